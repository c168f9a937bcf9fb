"""Enrolments: somebody is to learn something, has read it, has done it (docs/adr/0031)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from models import audit, tally
from models.staff import Employee
from models.training.errors import NothingToLearn
from models.training.tables import LEARNING, CourseVersion, Enrolment, PushReason, ReceiptBy, TrainingPush

LEARN = "training.learn"
"""The right to learn and to be examined (config/rights.toml)."""
IS_OPEN: ColumnElement[bool] = Enrolment.completed_at.is_(None) & Enrolment.withdrawn_at.is_(None)
"""Whether an enrolment is still to be done."""


def enrol(
    session: Session,
    *,
    person: Employee,
    version: CourseVersion,
    reason: PushReason,
    at: datetime,
    because: Mapping[str, Any] | None = None,
    push: TrainingPush | None = None,
    gates_at: datetime | None = None,
) -> tuple[Enrolment, bool]:
    """Have somebody learn a version, and whether that is new.

    Of a course there is one open enrolment a person. An open one of the same version stays as it is, but
    takes the more pressing reason and the earlier gate; one of an older version is withdrawn for the new one.
    """
    known = session.scalars(
        select(Enrolment)
        .where(Enrolment.employee_id == person.id, Enrolment.course_id == version.course_id, IS_OPEN)
        .with_for_update()
    ).one_or_none()
    if known is not None and known.version_id == version.id:
        if presses(reason) < presses(known.reason):
            known.reason, known.because = reason, dict(because or {})
            known.push_id = known.push_id if push is None else push.id
        if gates_at is not None and (known.gates_at is None or gates_at < known.gates_at):
            known.gates_at = gates_at
        if known.sent_at is None and known.next_at is None and reason is not PushReason.OWN:
            known.next_at = at
        session.flush()
        return known, False
    if known is not None:
        known.withdrawn_at = at
        known.next_at = _woken(known, at)
        session.flush()
    fresh = Enrolment(
        employee_id=person.id,
        version_id=version.id,
        course_id=version.course_id,
        push_id=None if push is None else push.id,
        reason=reason,
        because=dict(because or {}),
        planned_at=at,
        gates_at=gates_at,
        next_at=None if reason is PushReason.OWN else at,
    )
    session.add(fresh)
    session.flush()
    return fresh, True


def presses(reason: PushReason) -> int:
    """How pressing a reason is: the lowest comes first."""
    return list(PushReason).index(reason)


def enrolment_of(session: Session, *, person: Employee, enrolment_id: int, lock: bool = False) -> Enrolment:
    """Somebody's own enrolment, open or not.

    Raises:
        NothingToLearn: there is none of this number, or it is somebody else's, or was withdrawn.
    """
    found = session.get(Enrolment, enrolment_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or found.employee_id != person.id or found.withdrawn_at is not None:
        raise NothingToLearn()
    return found


def open_enrolments(session: Session, person: Employee) -> Sequence[Enrolment]:
    """What somebody is to learn, the most pressing first."""
    found = session.scalars(
        select(Enrolment).where(Enrolment.employee_id == person.id, IS_OPEN).order_by(Enrolment.id)
    ).all()
    return sorted(found, key=lambda one: (presses(one.reason), one.id))


def acknowledge(
    session: Session, *, person: Employee, enrolment: Enrolment, by: ReceiptBy, at: datetime
) -> bool:
    """Keep the receipt of somebody who has read it; False if there is one already.

    Where there is nothing to answer and nothing to hand in, it is done with that.
    """
    if enrolment.read_at is not None:
        return False
    enrolment.read_at, enrolment.read_by = at, by
    session.flush()
    _record(session, "training.acknowledge", person, enrolment, at, by=by)
    version = session.get_one(CourseVersion, enrolment.version_id)
    if not version.draws and not version.homework:
        complete(session, person=person, enrolment=enrolment, at=at)
    return True


def complete(session: Session, *, person: Employee, enrolment: Enrolment, at: datetime) -> None:
    """Somebody has done it: the exam is passed, the homework accepted, or it is read where that is all."""
    if enrolment.completed_at is None and enrolment.withdrawn_at is None:
        enrolment.completed_at = at
        enrolment.next_at = _woken(enrolment, at)
        session.flush()
        _record(session, "training.complete", person, enrolment, at)


def withdraw_of_person(session: Session, *, person: Employee, at: datetime) -> None:
    """Take back everything somebody has not done: they have left."""
    touch_figures(session, Enrolment.employee_id == person.id, IS_OPEN)
    session.execute(
        update(Enrolment)
        .where(Enrolment.employee_id == person.id, IS_OPEN)
        .values(withdrawn_at=at, next_at=None)
    )


def _woken(enrolment: Enrolment, at: datetime) -> datetime | None:
    """The job has something to do once it is over: to close the card, to tell that cases come again."""
    return at if enrolment.card_at is not None or enrolment.gate_told_at is not None else None


def touch_figures(session: Session, *which: ColumnElement[bool]) -> None:
    """Have the figures of these enrolments counted anew; for who updates or deletes rows by a statement.

    It is to be said before the statement (docs/adr/0030).
    """
    due = select(Enrolment.employee_id, Enrolment.due_at).where(Enrolment.due_at.is_not(None), *which)
    tally.touch(session, LEARNING, [(person, day) for person, day in session.execute(due)])


def _record(
    session: Session, action: str, person: Employee, enrolment: Enrolment, at: datetime, **more: Any
) -> None:
    audit.record(
        session,
        at=at,
        actor=person.subject,
        action=action,
        subject=person.subject,
        details={"enrolment": enrolment.id, "version": enrolment.version_id, **more},
    )
