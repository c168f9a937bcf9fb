"""What every table shares: metadata, names of constraints, and how a moment is stored."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, Dialect, MetaData, Table, TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

SHANGHAI = ZoneInfo("Asia/Shanghai")

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


ROWS_PER_INSERT = 500


class Base(DeclarativeBase):
    """The parent of every table class."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Moment(TypeDecorator[datetime]):
    """A moment in time: UTC in the database, aware and in Asia/Shanghai in Python."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC).astimezone(SHANGHAI)


def insert_once(
    session: Session, table: Table | type[Base], values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> int:
    """Insert the rows whose keys are new and return how many were.

    A row that meets any unique constraint is left out without an error, also when another process
    commits the same key at the same instant (PostgreSQL waits for that commit, SQLite has one writer).
    """
    rows = [values] if isinstance(values, Mapping) else list(values)
    inserted = 0
    for start in range(0, len(rows), ROWS_PER_INSERT):
        part = rows[start : start + ROWS_PER_INSERT]
        statement = _insert(session, table).on_conflict_do_nothing()
        result: Any = session.execute(
            statement.values(part if len(part) > 1 else part[0]),
            execution_options={"preserve_rowcount": True},
        )
        inserted += int(result.rowcount)
    return inserted


def upsert(session: Session, table: type[Base], key: str, values: Mapping[str, Any]) -> None:
    """Insert the row, or overwrite the one with the same `key` column."""
    changed = {name: value for name, value in values.items() if name != key}
    statement = _insert(session, table).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed))


def _insert(session: Session, table: Table | type[Base]) -> Any:
    """The INSERT of the database at hand, which knows ON CONFLICT."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
