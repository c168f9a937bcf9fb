"""Leaving: announced, undone until the last moment, noticed, and closed only when nothing is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, handover, planning, staff
from models.calendar import WorkCalendar
from models.handover import Carried, Cause, Handover
from models.lifecycle.errors import (
    HasLeft,
    InThePast,
    IsLeaving,
    MoveIsPlanned,
    NothingMayBeLeft,
    NotLeaving,
    StillHere,
)
from models.lifecycle.moving import drop_planned
from models.lifecycle.queries import (
    attendance_totals,
    counted,
    handed_over,
    open_separation,
    planned_transfer,
    post_of,
)
from models.lifecycle.tables import Reason, Separation, SeparationState
from models.policy import Policy
from models.staff import Employee

LEAVES = "lifecycle.leaves"
"""The kind of the due item of a last moment."""


def check_separation(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    leaves_at: datetime,
    at: datetime,
    policy: Policy,
) -> None:
    """Refuse what `announce_separation` would refuse; for a preview.

    Raises:
        NotPermitted: the actor may not; IsLeaving: it is announced already; MoveIsPlanned: a transfer has to
        be undone first; InThePast: the moment has passed.
    """
    staff.require_for_person(
        session, actor=actor, action="people.leave", person=employee, at=at, policy=policy
    )
    known = open_separation(session, employee.id)
    if known is not None:
        raise IsLeaving(person=employee.named, at=known.leaves_at)
    planned = planned_transfer(session, employee.id)
    if planned is not None:
        raise MoveIsPlanned(person=employee.named, at=planned.effective_at)
    if leaves_at < at:
        raise InThePast(at=leaves_at.date())


def announce_separation(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    leaves_at: datetime,
    reason: Reason,
    at: datetime,
    policy: Policy,
) -> Separation:
    """Somebody leaves at a moment: the rights end then by themselves, and the handover begins now (S3-03).

    Raises:
        NotPermitted: the actor may not; IsLeaving, MoveIsPlanned, InThePast: as `check_separation` says.
    """
    check_separation(session, actor=actor, employee=employee, leaves_at=leaves_at, at=at, policy=policy)
    post = post_of(session, employee, at)
    return _announce(session, employee, leaves_at, reason, at, actor.subject, post.unit_id, post.role)


def _announce(
    session: Session,
    employee: Employee,
    leaves_at: datetime,
    reason: Reason,
    at: datetime,
    by: str,
    unit_id: int,
    role: str,
) -> Separation:
    separation = Separation(
        employee_id=employee.id,
        announced_at=at,
        announced_by=by,
        leaves_at=leaves_at,
        reason=reason,
        state=SeparationState.ANNOUNCED,
    )
    session.add(separation)
    employee.left_at = leaves_at
    session.flush()
    handover.open_handover(
        session,
        employee=employee,
        cause=Cause.SEPARATION,
        unit_id=unit_id,
        role=role,
        effective_at=leaves_at,
        at=at,
        by=by,
    )
    plan_leaving(session, separation)
    audit.record(
        session,
        at=at,
        actor=by,
        action="people.leave",
        subject=employee.subject,
        details={"separation": separation.id, "leaves_at": leaves_at.isoformat(), "reason": str(reason)},
    )
    return separation


def plan_leaving(session: Session, separation: Separation) -> None:
    """Enter the last moment among what is due, and with the person: an import may have taken it off."""
    due = separation.leaves_at
    employee = session.get(Employee, separation.employee_id)
    open_one = handover_of(session, separation)
    if employee is not None and open_one is not None and open_one.begun_at is None:
        employee.left_at = due
        session.flush()
    planning.plan_due(session, [(LEAVES, separation.id, due, handover.planning_end(due))])


def cancel_separation(
    session: Session, *, actor: Employee, employee: Employee, at: datetime, policy: Policy
) -> tuple[Separation, Sequence[int]]:
    """Undo a leaving before its moment: everything is as it was; returns it and who had been asked.

    Raises:
        NotPermitted: the actor may not; NotLeaving: none is announced; HasLeft: the moment has passed.
    """
    separation = open_separation(session, employee.id)
    staff.require_for_person(
        session, actor=actor, action="people.leave", person=employee, at=at, policy=policy
    )
    if separation is None:
        raise NotLeaving(person=employee.named)
    session.refresh(separation, with_for_update=True)
    if separation.leaves_at <= at:
        raise HasLeft(person=employee.named, at=separation.leaves_at)
    separation.state, separation.closed_at = SeparationState.CANCELLED, at
    employee.left_at = None
    session.flush()
    open_one = handover_of(session, separation)
    asked = [] if open_one is None else handover.cancel(session, handover=open_one, at=at, by=actor.subject)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="people.cancel_leave",
        subject=employee.subject,
        details={"separation": separation.id},
    )
    return separation, asked


def handover_of(session: Session, separation: Separation) -> Handover | None:
    """The handover of a leaving, while it is open."""
    return handover.open_handover_of(session, employee_id=separation.employee_id, cause=Cause.SEPARATION)


def notice_departure(session: Session, *, employee: Employee, at: datetime) -> Separation:
    """The directory has this person no more: rights end now, and the work goes to others at once.

    A leaving that was announced for later is brought forward; one that has happened stays as it is. HR in
    scope and the leader are told by the job of `LEAVES`, which also closes it.
    """
    separation = open_separation(session, employee.id)
    if separation is not None and separation.leaves_at <= at:
        employee.left_at = employee.left_at or separation.leaves_at
        return separation
    if separation is None and employee.left_at is not None and employee.left_at <= at:
        known = session.scalars(
            select(Separation)
            .where(Separation.employee_id == employee.id, Separation.state == SeparationState.CLOSED)
            .order_by(Separation.id.desc())
            .limit(1)
        ).one_or_none()
        if known is not None:
            return known
    drop_planned(session, employee=employee, at=at, by="system")
    if separation is None:
        post = staff.main_post(session, employee.id, at)
        unit_id = staff.ensure_root(session).id if post is None else post.unit_id
        role = "" if post is None else post.role
        separation = _announce(session, employee, at, Reason.UNKNOWN, at, "system", unit_id, role)
    else:
        separation.leaves_at = employee.left_at = at
        open_one = handover_of(session, separation)
        if open_one is not None:
            open_one.effective_at = at
        session.flush()
        plan_leaving(session, separation)
        audit.record(
            session,
            at=at,
            action="people.gone",
            subject=employee.subject,
            details={"separation": separation.id},
        )
    _part(session, separation, employee, at)
    return separation


def _part(session: Session, separation: Separation, employee: Employee, at: datetime) -> Carried:
    """Rights, posts and work end with the person."""
    employee.left_at = separation.leaves_at
    session.flush()
    handover.close_others(session, employee=employee, at=at, by="system")
    open_one = handover_of(session, separation)
    carried = Carried() if open_one is None else handover.carry_out(session, handover=open_one, at=at)
    staff.end_posts(session, employee=employee, at=separation.leaves_at)
    session.flush()
    return carried


@dataclass(frozen=True)
class Left:
    """What happened when somebody's last moment came."""

    separation: Separation
    employee: Employee
    closed: bool
    """False while something is left with them that nobody could take."""
    came_back: bool = False


def let_go(
    session: Session, *, separation: Separation, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Left | None:
    """The last moment has come: hand everything over and close. None if that was done before.

    Somebody who is back already, as the directory or an import says, keeps what is left.
    """
    session.refresh(separation, with_for_update=True)
    if separation.state != SeparationState.ANNOUNCED or separation.leaves_at > at:
        return None
    employee = session.get(Employee, separation.employee_id, populate_existing=True)
    assert employee is not None
    open_one = handover_of(session, separation)
    if employee.left_at is None and (open_one is None or open_one.begun_at is not None):
        if open_one is not None:
            handover.end_without_moving(session, handover=open_one, at=at)
        _close(session, separation, employee, at, calendar, by="system")
        return Left(separation, employee, closed=True, came_back=True)
    _part(session, separation, employee, at)
    try:
        close_separation(session, separation=separation, at=at, policy=policy, calendar=calendar)
    except NothingMayBeLeft:
        return Left(separation, employee, closed=False)
    return Left(separation, employee, closed=True)


def close_separation(
    session: Session,
    *,
    separation: Separation,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    actor: Employee | None = None,
) -> Separation:
    """Close a leaving with its report (S3-17); a closed one stays as it is.

    Items that have turned up with the leaver since the listing are handed over first.

    Raises:
        NotPermitted: the actor may not; StillHere: the last moment is still to come; NothingMayBeLeft: the
        person still owns something.
    """
    employee = session.get(Employee, separation.employee_id)
    assert employee is not None
    if actor is not None:
        post = post_of(session, employee, at)
        staff.require_for_unit(
            session, actor=actor, action="people.leave", unit_id=post.unit_id, policy=policy
        )
    session.refresh(separation, with_for_update=True)
    if separation.state != SeparationState.ANNOUNCED:
        return separation
    if actor is not None and separation.leaves_at > at:
        left = handover.open_items(session, employee.id, at)
        if left:
            raise NothingMayBeLeft(person=employee.named, counts=counted(left))
        raise StillHere(person=employee.named, at=separation.leaves_at)
    open_one = handover_of(session, separation)
    if open_one is not None:
        handover.carry_out(session, handover=open_one, at=at)
    left = handover.open_items(session, employee.id, at)
    if left:
        raise NothingMayBeLeft(person=employee.named, counts=counted(left))
    staff.end_posts(session, employee=employee, at=separation.leaves_at)
    _close(session, separation, employee, at, calendar, by="system" if actor is None else actor.subject)
    return separation


def _close(
    session: Session,
    separation: Separation,
    employee: Employee,
    at: datetime,
    calendar: WorkCalendar,
    *,
    by: str,
) -> None:
    separation.state, separation.closed_at = SeparationState.CLOSED, at
    separation.report = report(session, separation=separation, employee=employee, calendar=calendar)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=by,
        action="people.close_leave",
        subject=employee.subject,
        details={"separation": separation.id},
    )


def report(
    session: Session, *, separation: Separation, employee: Employee, calendar: WorkCalendar
) -> dict[str, Any]:
    """Tenure, attendance and what was handed over, in numbers (S3-17, S3-20)."""
    last = separation.leaves_at
    tenure = None if employee.hired_on is None else (last.date() - employee.hired_on).days + 1
    closed = separation.closed_at or last
    totals = attendance_totals(session, employee=employee, until=last, calendar=calendar)
    return {
        "tenure_days": tenure,
        **totals,
        "handed_over": dict(handed_over(session, employee_id=employee.id)),
        "leaving_hours": round((closed - separation.announced_at).total_seconds() / 3600, 1),
    }
