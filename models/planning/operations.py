"""Writes about what is planned."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from models.base import insert_once, upsert, upsert_all
from models.planning.queries import next_deferred
from models.planning.tables import ClockOffset, DeferredAnswer, DueItem, JobRun, RunState, TimetableMark


def plan_runs(session: Session, runs: Iterable[tuple[str, datetime, RunState]]) -> int:
    """Enter job runs as (name, planned moment, state); known ones stay as they are."""
    return insert_once(
        session,
        JobRun,
        [
            {"name": name, "planned_at": moment, "due_at": moment, "state": state, "attempts": 0}
            for name, moment, state in runs
        ],
    )


def plan_due(session: Session, rows: Iterable[tuple[str, int, datetime, datetime]]) -> int:
    """Enter due items as (kind, subject, due, expiry); known ones stay as they are."""
    return insert_once(
        session,
        DueItem,
        [
            {
                "kind": kind,
                "subject_id": subject_id,
                "due_at": due_at,
                "try_at": due_at,
                "expires_at": expires_at,
                "state": RunState.DUE,
                "attempts": 0,
            }
            for kind, subject_id, due_at, expires_at in rows
        ],
    )


def settle(session: Session, ids: Sequence[int], state: RunState) -> None:
    """Mark due items as finished in `state`."""
    if ids:
        session.execute(update(DueItem).where(DueItem.id.in_(ids)).values(state=state))


def postpone(session: Session, ids: Sequence[int], *, until: datetime) -> None:
    """Try due items again at `until`."""
    session.execute(
        update(DueItem).where(DueItem.id.in_(ids)).values(try_at=until, attempts=DueItem.attempts + 1)
    )


def defer(
    session: Session,
    *,
    key: str,
    kind: str,
    employee_id: int,
    arguments: Mapping[str, Any],
    at: datetime,
    expires_at: datetime,
) -> bool:
    """Enter the slow part of an answer to somebody; False if it is known."""
    row = {
        "key": key,
        "kind": kind,
        "employee_id": employee_id,
        "arguments": dict(arguments),
        "asked_at": at,
        "try_at": at,
        "expires_at": expires_at,
        "attempts": 0,
        "state": RunState.DUE,
    }
    return insert_once(session, DeferredAnswer, row) == 1


def take_deferred(session: Session, *, now: datetime, lease: timedelta) -> DeferredAnswer | None:
    """Take the deferred answer that has waited longest; without a word for `lease` it is free again."""
    found = next_deferred(session, now=now)
    if found is not None:
        found.try_at = now + lease
        found.attempts += 1
        session.flush()
    return found


def settle_deferred(session: Session, *, id_: int, state: RunState) -> bool:
    """Note what became of a deferred answer; False if somebody else was faster."""
    changed = session.execute(
        update(DeferredAnswer)
        .where(DeferredAnswer.id == id_, DeferredAnswer.state == RunState.DUE)
        .values(state=state)
    )
    return int(changed.rowcount) == 1  # type: ignore[attr-defined]


def forget_after(session: Session, moment: datetime) -> None:
    """The clock was put back: what was planned for later than now is planned anew (sandbox mode)."""
    session.execute(delete(JobRun).where(JobRun.planned_at > moment))
    session.execute(delete(DueItem).where(DueItem.due_at > moment))


def unskip_after(session: Session, moment: datetime) -> None:
    """The clock was wrong and is put right: what it made too late for, and is still to come, will be done."""
    runs = (JobRun.planned_at > moment, JobRun.state == RunState.SKIPPED)
    session.execute(update(JobRun).where(*runs).values(state=RunState.DUE, finished_at=None))
    items = (DueItem.due_at > moment, DueItem.state == RunState.SKIPPED)
    session.execute(update(DueItem).where(*items).values(state=RunState.DUE))


def reach(session: Session, *, names: Iterable[str], at: datetime) -> None:
    """Note that these lines of the timetable are planned up to `at`."""
    upsert_all(
        session, TimetableMark, ("name",), [{"name": name, "reached_at": at} for name in sorted(names)]
    )


def move_clock(session: Session, *, seconds: float) -> None:
    """Set how far the movable clock is ahead of the machine's."""
    upsert(session, ClockOffset, "id", {"id": 1, "seconds": seconds})


def forget_finished(session: Session, *, now: datetime, keep_days: int) -> int:
    """Delete finished job runs and due items older than `keep_days` and return how many."""
    before = now - timedelta(days=keep_days)
    runs = session.execute(delete(JobRun).where(JobRun.planned_at < before, JobRun.state != RunState.DUE))
    items = session.execute(delete(DueItem).where(DueItem.due_at < before, DueItem.state != RunState.DUE))
    session.execute(
        delete(DeferredAnswer).where(DeferredAnswer.asked_at < before, DeferredAnswer.state != RunState.DUE)
    )
    return int(runs.rowcount) + int(items.rowcount)  # type: ignore[attr-defined]
