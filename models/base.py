"""What every table shares: metadata, names of constraints, and how a moment is stored."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Select,
    Text,
    TypeDecorator,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, make_transient_to_detached
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

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


E = TypeVar("E", bound=Base)
K = TypeVar("K", int, str)

CHUNK = 500
"""So many keys in one question."""


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


class Numbers(TypeDecorator[Sequence[int]]):
    """Any number of whole numbers as one parameter, so that a statement stays the same for all of them."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Integer) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.dumps(value)


class _among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_among)
def _compile_among(element: _among, compiler: SQLCompiler, **kw: Any) -> str:
    column, numbers = (compiler.process(one, **kw) for one in element.clauses)
    if compiler.dialect.name == "postgresql":
        return f"{column} = ANY({numbers})"
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - both are compiled


def among(column: Any, name: str = "people") -> ColumnElement[bool]:
    """The column is one of the numbers that the parameter `name` lists (a sequence, however long).

    The statement is the same for any number of them, so that it is made and prepared once.
    """
    return _among(column, bindparam(name, type_=Numbers()))


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
    _tell(session, table, rows)
    connection = session.connection()
    insert = _insert_once(table, connection.dialect.name, tuple(rows[0]))
    return run(connection, insert, rows if len(rows) > 1 else rows[0])


def insert_all(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows of the same columns at once, past the session; each must be new."""
    if rows:
        _tell(session, table, rows)
        connection = session.connection()
        run(connection, _insert_all(table, connection.dialect.name, tuple(rows[0])), rows)


_inserting: dict[type[Base], Callable[[Session, Sequence[Mapping[str, Any]]], None]] = {}


def on_inserting(table: type[Base], told: Callable[[Session, Sequence[Mapping[str, Any]]], None]) -> None:
    """Have somebody told of the rows that go into a table past the session."""
    _inserting[table] = told


def _tell(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    told = _inserting.get(table)
    if told is not None:
        told(session, rows)


def set_aside(session: Session, table: type[Base], count: int) -> Sequence[int]:
    """Ids for so many rows that are still to be made up and inserted.

    PostgreSQL gives them to nobody else. SQLite only tells which come next: whoever inserts them looks with
    `still_next`, in the transaction that does it, whether somebody else was faster.
    """
    if session.connection().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(f'"{table.__tablename__}"', "id")
        given = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return [int(one) for one in session.scalars(given)]
    first = _newest(session, table) + 1
    return range(first, first + count)


def still_next(session: Session, table: type[Base], ids: Sequence[int]) -> bool:
    """Whether nobody else has taken what was set aside."""
    if not ids or session.connection().dialect.name == "postgresql":
        return True
    return ids[0] == _newest(session, table) + 1


def _newest(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.max(table.__table__.c.id))) or 0


def run(
    connection: Connection,
    statement: ClauseElement,
    parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]],
) -> int:
    """Execute a statement that returns no rows, on the hot path; returns how many rows it touched.

    `statement` is one that is made once and kept. SQLite gets it past SQLAlchemy, which spends more time on
    a small statement than SQLite does; its errors are then those of the driver.
    """
    if connection.dialect.name != "sqlite":
        options = {"preserve_rowcount": True}
        return connection.execute(statement, parameters, execution_options=options).rowcount  # type: ignore[call-overload, no-any-return]
    prepared = _prepared(statement)
    driver: Any = connection.connection.dbapi_connection
    if isinstance(parameters, Mapping):
        return int(driver.execute(prepared.sql, prepared.bind(parameters)).rowcount)
    return int(driver.executemany(prepared.sql, [prepared.bind(row) for row in parameters]).rowcount)


def find(session: Session, statement: Select[E], parameters: Mapping[str, Any]) -> E | None:
    """The one entity that a SELECT finds, on the hot path; `statement` is one that is made once and kept.

    The same as `session.scalars(…).one_or_none()`, at a third of its cost on SQLite.
    """
    rows = find_rows(session, statement, parameters)
    return rows[0][0] if rows else None


def find_rows(session: Session, statement: Any, parameters: Mapping[str, Any]) -> Sequence[Any]:
    """The rows that a SELECT of whole entities and columns finds, on the hot path, as `find` does.

    For few entities, or any number of rows of columns: of many entities the session's own way costs less.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return session.execute(statement, parameters).all()
    session.flush()
    driver: Any = connection.connection.dbapi_connection
    prepared = _prepared(statement)
    rows = driver.execute(prepared.sql, prepared.bind(parameters)).fetchall()
    parts, plain = _results(statement)
    return rows if plain else [[part.read(session, row) for part in parts] for row in rows]


class _Part(Protocol):
    """What makes one value of a result from the values of a row."""

    def read(self, session: Session, row: Sequence[Any]) -> Any:
        """The entity or the value."""


@dataclass(frozen=True)
class _EntityPart:
    entity: Any
    first: int
    columns: Sequence[tuple[str, Callable[[Any], Any] | None]]

    def read(self, session: Session, row: Sequence[Any]) -> Any:
        """The entity that the session knows, or a new one."""
        found = self.entity(
            **{
                name: value if process is None else process(value)
                for (name, process), value in zip(self.columns, row[self.first :], strict=False)
            }
        )
        make_transient_to_detached(found)
        known = session.identity_map.get(identity_key(instance=found))
        if known is not None:
            return known
        session.add(found)
        return found


@dataclass(frozen=True)
class _ColumnPart:
    place: int
    process: Callable[[Any], Any] | None

    def read(self, _session: Session, row: Sequence[Any]) -> Any:
        """The value."""
        value = row[self.place]
        return value if self.process is None else self.process(value)


@cache
def _results(statement: Any) -> tuple[Sequence[_Part], bool]:
    """What makes the values, and whether they are those of the driver as they stand."""
    parts: list[_Part] = []
    place = 0
    for described in statement.column_descriptions:
        if described["expr"] is described["entity"]:
            table = described["entity"].__table__
            columns = [(str(column.key), _processor(column.type)) for column in table.columns]
            parts.append(_EntityPart(described["entity"], place, columns))
            place += len(columns)
        else:
            parts.append(_ColumnPart(place, _processor(described["type"])))
            place += 1
    return parts, all(isinstance(part, _ColumnPart) and part.process is None for part in parts)


def _processor(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(_SQLITE).result_processor(_SQLITE, None)


@dataclass(frozen=True)
class _Prepared:
    """A statement in the driver's words."""

    sql: str
    binds: Sequence[Callable[[Mapping[str, Any]], Any]]
    """What makes each value of a row's parameters."""

    def bind(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The parameters as the driver takes them."""
        return [bind(parameters) for bind in self.binds]


_SQLITE = pysqlite.dialect()


@cache
def _prepared(statement: ClauseElement) -> _Prepared:
    compiled = statement.compile(dialect=_SQLITE)
    assert isinstance(compiled, SQLCompiler)
    return _Prepared(str(compiled), [_binder(compiled.binds[name]) for name in compiled.positiontup or ()])


def _binder(parameter: BindParameter[Any]) -> Callable[[Mapping[str, Any]], Any]:
    process = parameter.type.dialect_impl(_SQLITE).bind_processor(_SQLITE)
    name = parameter.key
    if not parameter.required:  # a value that stands in the statement
        value = parameter.value if process is None else process(parameter.value)
        return lambda _row: value
    if process is None:
        return itemgetter(name)
    return lambda row: process(row[name])


def upsert(session: Session, table: type[Base], key: str, values: Mapping[str, Any]) -> None:
    """Insert the row, or overwrite the one with the same `key` column."""
    connection = session.connection()
    run(connection, _upsert(table, connection.dialect.name, key, tuple(values)), values)


def upsert_all(
    session: Session,
    table: type[Base],
    keys: tuple[str, ...],
    rows: Sequence[Mapping[str, Any]],
    *,
    add: bool = False,
) -> None:
    """Insert rows, or overwrite those with the same key columns; with `add` their numbers are added up."""
    if rows:
        connection = session.connection()
        statement = _upsert_all(table, connection.dialect.name, keys, tuple(rows[0]), add)
        run(connection, statement, rows)


@cache
def _upsert_all(
    table: type[Base], dialect: str, keys: tuple[str, ...], names: tuple[str, ...], add: bool
) -> ClauseElement:
    statement = _insert(table, dialect).values({name: bindparam(name) for name in names})
    columns = table.__table__.c
    changed = {
        name: columns[name] + statement.excluded[name] if add else statement.excluded[name]
        for name in names
        if name not in keys
    }
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)


@cache
def _insert_all(table: type[Base], dialect: str, names: tuple[str, ...]) -> ClauseElement:
    return _insert(table, dialect).values({name: bindparam(name) for name in names})


@cache
def _insert_once(table: type[Base], dialect: str, names: tuple[str, ...]) -> ClauseElement:
    statement = _insert(table, dialect).values({name: bindparam(name) for name in names})
    return statement.on_conflict_do_nothing()


@cache
def _upsert(table: type[Base], dialect: str, key: str, names: tuple[str, ...]) -> ClauseElement:
    statement = _insert(table, dialect).values({name: bindparam(name) for name in names})
    changed = {name: statement.excluded[name] for name in names if name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=changed)


def _insert(table: type[Base], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """The INSERT of the database at hand, which knows ON CONFLICT."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def mark_once(
    session: Session,
    table: type[E],
    *,
    waits: ColumnElement[bool],
    due: InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime],
    marked: InstrumentedAttribute[datetime | None],
    at: datetime,
) -> Sequence[E]:
    """The rows that still wait and are due by `at`, in the order of their ids, each of them once.

    `marked` of each is set to `at`; rows that another worker is dealing with are passed over.
    """
    found = session.scalars(
        select(table)
        .where(waits, due <= at, marked.is_(None))
        .order_by(table.__table__.c.id)
        .with_for_update(skip_locked=True)
    ).all()
    for row in found:
        setattr(row, marked.key, at)
    session.flush()
    return found


def in_chunks(ids: Iterable[K], size: int = CHUNK) -> Iterable[Sequence[K]]:
    """The ids or other keys, ascending, so many at a time."""
    ordered = sorted(set(ids))
    for first in range(0, len(ordered), size):
        yield ordered[first : first + size]
