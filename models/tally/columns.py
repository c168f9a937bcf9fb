"""The day of a moment, as the database at hand says it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from models.base import Moment

MOST_DAYS = 60
"""So many days fit into one number of a database."""


class day_of(FunctionElement[Any]):
    """The day in Shanghai of a column that holds a moment."""

    name = "day_of"
    type = Date()
    inherit_cache = True

    def __init__(
        self, moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None] | Any
    ) -> None:
        super().__init__(moment)


@compiles(day_of, "sqlite")
def _on_sqlite(element: day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({compiler.process(_moment(element), **kw)}, '+8 hours')"


@compiles(day_of, "postgresql")
def _on_postgresql(element: day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(_moment(element), **kw)} + INTERVAL '8 hours' AS DATE)"


class days_until(FunctionElement[Any]):
    """How many days lie between a column that holds a day, and a day."""

    name = "days_until"
    type = Integer()
    inherit_cache = True


@compiles(days_until, "sqlite")
def _until_on_sqlite(element: days_until, compiler: SQLCompiler, **kw: Any) -> str:
    day, until = (compiler.process(one, **kw) for one in element.clauses)
    return f"CAST(julianday({until}) - julianday({day}) AS INTEGER)"


@compiles(days_until, "postgresql")
def _until_on_postgresql(element: days_until, compiler: SQLCompiler, **kw: Any) -> str:
    day, until = (compiler.process(one, **kw) for one in element.clauses)
    return f"(CAST({until} AS DATE) - {day})"


class days_set(FunctionElement[Any]):
    """All days of a group as one number: bit n is the n-th day after the parameter `first`, of `MOST_DAYS`.

    Each day may be there once only.
    """

    name = "days_set"
    type = BigInteger()
    inherit_cache = True

    def __init__(self, day: InstrumentedAttribute[date]) -> None:
        super().__init__(day, bindparam("first", type_=Date))


@compiles(days_set, "sqlite")
def _set_on_sqlite(element: days_set, compiler: SQLCompiler, **kw: Any) -> str:
    day, first = (compiler.process(one, **kw) for one in element.clauses)
    return f"SUM(1 << CAST(julianday({day}) - julianday({first}) AS INTEGER))"


@compiles(days_set, "postgresql")
def _set_on_postgresql(element: days_set, compiler: SQLCompiler, **kw: Any) -> str:
    day, first = (compiler.process(one, **kw) for one in element.clauses)
    return f"bit_or(CAST(1 AS bigint) << ({day} - CAST({first} AS DATE)))"


class month_of(FunctionElement[Any]):
    """The first day of the month of a column that holds a day."""

    name = "month_of"
    type = Date()
    inherit_cache = True


@compiles(month_of, "sqlite")
def _month_on_sqlite(element: month_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, 'start of month')"


@compiles(month_of, "postgresql")
def _month_on_postgresql(element: month_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(date_trunc('month', {compiler.process(element.clauses, **kw)}) AS DATE)"


def _moment(element: day_of) -> ColumnElement[Any]:
    [moment] = element.clauses
    assert isinstance(moment.type, Moment)
    return moment
