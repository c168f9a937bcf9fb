"""What every table shares: metadata, names of constraints, and how a moment is stored."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, Dialect, Executable, MetaData, TypeDecorator
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
    session: Session, table: type[Base], values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> int:
    """Insert the rows whose keys are new and return how many were.

    A row that meets any unique constraint is left out without an error, also when another process
    commits the same key at the same instant (PostgreSQL waits for that commit, SQLite has one writer).
    Rows go past the session straight to the database: this is the hot path.
    """
    rows = [values] if isinstance(values, Mapping) else list(values)
    if not rows:
        return 0
    connection = session.connection()
    result = connection.execute(
        _insert_once(table, connection.dialect.name),
        rows if len(rows) > 1 else rows[0],
        execution_options={"preserve_rowcount": True},
    )
    return result.rowcount


def upsert(session: Session, table: type[Base], key: str, values: Mapping[str, Any]) -> None:
    """Insert the row, or overwrite the one with the same `key` column."""
    connection = session.connection()
    connection.execute(_upsert(table, connection.dialect.name, key, tuple(values)), values)


@cache
def _insert_once(table: type[Base], dialect: str) -> Executable:
    return _insert(table, dialect).on_conflict_do_nothing()


@cache
def _upsert(table: type[Base], dialect: str, key: str, names: tuple[str, ...]) -> Executable:
    statement = _insert(table, dialect)
    changed = {name: statement.excluded[name] for name in names if name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=changed)


def _insert(table: type[Base], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """The INSERT of the database at hand, which knows ON CONFLICT."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
