"""Reads about what is planned."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, literal_column, or_, select
from sqlalchemy.orm import Session

from models.base import find, find_rows
from models.planning.tables import ClockOffset, DeferredAnswer, DueItem, JobRun, TimetableMark

DUE: ColumnElement[str] = literal_column("'due'")
"""Spelt out in the statement: SQLite uses a partial index only for the words of its definition."""


def next_run(session: Session, *, now: datetime) -> JobRun | None:
    """The earliest job run that is due; locked, and passed over where another worker holds it."""
    return find(session, _NEXT_RUN, {"now": now})


_NEXT_RUN = (
    select(JobRun)
    .where(JobRun.state == DUE, JobRun.due_at <= bindparam("now"))
    .order_by(JobRun.due_at, JobRun.name)
    .limit(1)
    .with_for_update(skip_locked=True)
)


def due_items(
    session: Session, *, now: datetime, limit: int, fewer: Mapping[str, int] | None = None
) -> Sequence[DueItem]:
    """The earliest due items of one kind and one planned moment; locked like `next_run`.

    Not more than `limit`, or than `fewer` says of their kind.
    """
    first = find(session, _FIRST_ITEM, {"now": now})
    if first is None:
        return []
    return session.scalars(
        select(DueItem)
        .where(
            DueItem.state == DUE,
            DueItem.try_at == first.try_at,
            DueItem.kind == first.kind,
            DueItem.due_at == first.due_at,
        )
        .order_by(DueItem.id)
        .limit((fewer or {}).get(first.kind, limit))
        .with_for_update(skip_locked=True)
    ).all()


_FIRST_ITEM = (
    select(DueItem)
    .where(DueItem.state == DUE, DueItem.try_at <= bindparam("now"))
    .order_by(DueItem.try_at, DueItem.kind)
    .limit(1)
    .with_for_update(skip_locked=True)
)


def anything_due(session: Session, *, now: datetime) -> bool:
    """Whether a job run or a due item waits."""
    return any(find_rows(session, statement, {"now": now}) for statement in (_ANY_RUN, _ANY_ITEM))


_ANY_RUN = select(JobRun.name).where(JobRun.state == DUE, JobRun.due_at <= bindparam("now")).limit(1)
_ANY_ITEM = select(DueItem.id).where(DueItem.state == DUE, DueItem.try_at <= bindparam("now")).limit(1)


def _waiting(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Deferred answers that may be taken; what was asked later than now dates from before a moved clock."""
    return (
        DeferredAnswer.state == DUE,
        or_(DeferredAnswer.try_at <= now, DeferredAnswer.asked_at > now),
    )


def next_deferred(session: Session, *, now: datetime) -> DeferredAnswer | None:
    """The deferred answer that has waited longest; locked, and passed over where another worker holds it."""
    return session.scalars(
        select(DeferredAnswer)
        .where(*_waiting(now))
        .order_by(DeferredAnswer.try_at, DeferredAnswer.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def any_deferred(session: Session, *, now: datetime) -> bool:
    """Whether somebody waits for the slow part of an answer."""
    return session.execute(select(DeferredAnswer.id).where(*_waiting(now)).limit(1)).first() is not None


def reached(session: Session) -> Mapping[str, datetime]:
    """Up to which moment each line of the timetable has been planned; a line that never was is missing."""
    return dict(find_rows(session, _REACHED, {}))


_REACHED = select(TimetableMark.name, TimetableMark.reached_at)


def clock_offset(session: Session) -> float:
    """Seconds by which the movable clock is ahead of the machine's."""
    return session.scalars(select(ClockOffset.seconds).where(ClockOffset.id == 1)).one_or_none() or 0.0
