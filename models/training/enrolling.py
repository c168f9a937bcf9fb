"""Enrolments: somebody is to learn something, has read it, has done it (docs/adr/0031)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
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
    takes the more pressing reason (`press`) and the earlier gate; one of an older version is withdrawn for
    the new one.
    """
    known = session.scalars(
        select(Enrolment)
        .where(Enrolment.employee_id == person.id, Enrolment.course_id == version.course_id, IS_OPEN)
        .with_for_update()
    ).one_or_none()
    if known is not None and known.version_id == version.id:
        push_id = None if push is None else push.id
        press(known, version=version, reason=reason, because=because, push_id=push_id, at=at)
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


def press(
    enrolment: Enrolment,
    *,
    version: CourseVersion,
    reason: PushReason,
    because: Mapping[str, Any] | None,
    push_id: int | None,
    at: datetime,
) -> None:
    """An open enrolment takes a reason that is more pressing than its own.

    It is pushed anew where it had no deadline because people took it up themselves, or closes cases only
    now: otherwise nothing would be reminded of, and nothing gated.
    """
    if presses(reason) >= presses(enrolment.reason):
        return
    gated = is_mandatory(version, enrolment.reason) or not is_mandatory(version, reason)
    again = enrolment.reason == PushReason.OWN or (not gated and enrolment.gates_at is None)
    enrolment.reason, enrolment.because = reason, dict(because or {})
    enrolment.push_id = enrolment.push_id if push_id is None else push_id
    if again:
        enrolment.sent_at = enrolment.sent_on = enrolment.due_at = enrolment.leader_told_at = None
        enrolment.reminded = 0
    if enrolment.sent_at is None:
        enrolment.next_at = at


def is_mandatory(version: CourseVersion, reason: PushReason, *, regulation: bool = False) -> bool:
    """Whether there are no new cases once its time is over: law, licence, conduct; never one's own wish."""
    if reason in (PushReason.OWN, PushReason.WEAK_MEASURE, PushReason.WEAK_DIMENSION):
        return False
    return (
        regulation
        or version.compliance
        or version.licence
        or reason in (PushReason.REGULATION, PushReason.LICENCE, PushReason.CONDUCT)
    )


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
