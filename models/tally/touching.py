"""Which person-days of which source a transaction has changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from models.base import SHANGHAI, Base, on_inserting

TOUCHED = "tally.touched"
"""Where a session keeps them."""

Day = date | datetime
Keys = Callable[[Session, Any], Iterable[tuple[str, int | None, Day | None]]]
"""(session, row) → source, person and day of what the row counts for; without a person or a day: nothing."""


@dataclass(frozen=True)
class _Watched:
    columns: frozenset[str]
    keys: Keys


_watched: dict[type[Base], _Watched] = {}


def touch(session: Session, source: str, pairs: Iterable[tuple[int | None, Day | None]]) -> None:
    """Have these person-days of a source counted anew before the transaction commits (domain.md 4.1)."""
    touched = session.info.setdefault(TOUCHED, {})
    for person, day in pairs:
        if person is not None and day is not None:
            touched.setdefault(source, set()).add((person, _shanghai(day)))


def _shanghai(day: Day) -> date:
    return day.astimezone(SHANGHAI).date() if isinstance(day, datetime) else day


def watch(table: type[Base], columns: Sequence[str], keys: Keys) -> None:
    """Touch what a row counts for whenever one is made, deleted, or changes in one of these columns.

    Rows that the session writes and those that `insert_once` and `insert_all` write are seen; whoever updates
    rows by a statement of their own says so with `touch`.
    """
    _watched[table] = _Watched(frozenset(columns), keys)

    nothing = dict.fromkeys(table.__table__.columns.keys())

    def inserting(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            _count(session, keys(session, SimpleNamespace(**{**nothing, **row})))

    on_inserting(table, inserting)


class _Before:
    """A row as it was before it changed."""

    def __init__(self, row: Any, values: Mapping[str, Any]) -> None:
        self._row, self._values = row, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._row, name)


@event.listens_for(Session, "after_flush")
def _written(session: Session, _context: UOWTransaction) -> None:
    for row in (*session.new, *session.deleted):
        watched = _watched.get(type(row))
        if watched is not None:
            _count(session, watched.keys(session, row))
    for row in session.dirty:
        watched = _watched.get(type(row))
        before = None if watched is None else _changed(row, watched.columns)
        if watched is not None and before:
            _count(session, watched.keys(session, row))
            _count(session, watched.keys(session, _Before(row, before)))


def _changed(row: Any, columns: Iterable[str]) -> dict[str, Any]:
    """The former values of what has changed of these columns."""
    attributes, found = inspect(row).attrs, {}
    for name in columns:
        history = attributes[name].history
        if history.has_changes():
            found[name] = history.deleted[0] if history.deleted else getattr(row, name)
    return found


def _count(session: Session, keys: Iterable[tuple[str, int | None, Day | None]]) -> None:
    for source, person, day in keys:
        touch(session, source, [(person, day)])
