"""An employee's own leave: from when to when, and whether it may be asked for."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attendance.asking import OWN, STANDING, RequestView, keep, lock_person
from models.attendance.duties import duties
from models.attendance.queries import away_between
from models.attendance.request_rules import claimed
from models.attendance.rules import Duty
from models.attendance.tables import Asked, AskedState, AttendanceRequest, LeaveKind, Way
from models.calendar import WorkCalendar
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee, require

LONGEST_DAYS = 366
"""Nobody asks for more at once."""


class LeavePart(StrEnum):
    """Half a workday: the middle is that of the shift."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class LeaveNotInOrder(DomainError):
    """It ends before it begins, or lasts longer than a year."""

    texts = "leave"


class LeaveTooLate(DomainError):
    """It began too long ago to be asked for (facts: days)."""

    texts = "leave"


class OffAnyway(DomainError):
    """The person does not work then (facts: first)."""

    texts = "leave"


class LeaveOverlaps(DomainError):
    """There is a leave at that time already (facts: begins_at, ends_at)."""

    texts = "leave"


def ask_leave(
    session: Session,
    *,
    actor: Employee,
    first: date,
    last: date,
    kind: LeaveKind,
    words: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    part: LeavePart | None = None,
    hours: tuple[time, time] | None = None,
) -> RequestView:
    """Ask for leave on whole workdays, half of one, or hours of one.

    Raises:
        NotPermitted, ReasonMissing, NobodyDecides: as named.
        LeaveNotInOrder, LeaveTooLate, OffAnyway, LeaveOverlaps: the time is none to ask for.
    """
    require(actor, OWN, policy.rights)
    lock_person(session, actor)
    if last < first or (last - first).days >= LONGEST_DAYS:
        raise LeaveNotInOrder()
    if first < at.date() - timedelta(days=policy.checkin.leave_back_days):
        raise LeaveTooLate(days=policy.checkin.leave_back_days)
    days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
    found = duties(session, [actor.id], days, calendar=calendar, like=at)
    worked = {day: duty for (_, day), duty in found.items()}
    if not any(day in worked for day in days[1:]):
        raise OffAnyway(first=first)
    begins_at, ends_at = _bounds(worked, first, last, part, hours, at)
    if ends_at <= begins_at:
        raise LeaveNotInOrder()
    known = away_between(session, [actor.id], begins_at, ends_at).get(actor.id)
    waiting = session.execute(
        select(AttendanceRequest.begins_at, AttendanceRequest.ends_at).where(
            AttendanceRequest.employee_id == actor.id,
            AttendanceRequest.kind == Asked.LEAVE,
            AttendanceRequest.state.in_(STANDING),
            AttendanceRequest.begins_at < ends_at,
            AttendanceRequest.ends_at > begins_at,
        )
    ).first()
    there = tuple(waiting) if waiting is not None else known[0] if known else None
    if there is not None:
        raise LeaveOverlaps(begins_at=there[0], ends_at=there[1])
    return keep(
        session,
        actor=actor,
        values={
            "kind": Asked.LEAVE,
            "day": first,
            "leave_kind": kind,
            "begins_at": begins_at,
            "ends_at": ends_at,
        },
        words=words,
        at=at,
        policy=policy,
        calendar=calendar,
    )


def own_leave_now(session: Session, *, actor: Employee, at: datetime) -> AttendanceRequest | None:
    """The next approved leave of somebody that is not over."""
    return session.scalars(
        select(AttendanceRequest)
        .where(
            AttendanceRequest.employee_id == actor.id,
            AttendanceRequest.kind == Asked.LEAVE,
            AttendanceRequest.state == AskedState.APPROVED,
            AttendanceRequest.ends_at > at,
        )
        .order_by(AttendanceRequest.begins_at)
        .limit(1)
    ).one_or_none()


def _bounds(
    worked: Mapping[date, Duty],
    first: date,
    last: date,
    part: LeavePart | None,
    hours: tuple[time, time] | None,
    like: datetime,
) -> tuple[datetime, datetime]:
    """From when to when: whole days end with the duty that began on the last of them, also after midnight."""
    duty = worked.get(first)
    if hours is not None and duty is not None:
        begin, end = (claimed(duty, first, Way.OUT, clock) for clock in hours)
        return max(begin, duty.starts_at), min(end, duty.ends_at)
    if part is not None and duty is not None:
        halves = {
            LeavePart.MORNING: (duty.starts_at, duty.middle),
            LeavePart.AFTERNOON: (duty.middle, duty.ends_at),
        }
        return halves[part]
    begins_at = datetime.combine(first, time(), tzinfo=like.tzinfo)
    ends_at = datetime.combine(last + timedelta(days=1), time(), tzinfo=like.tzinfo)
    before, until = worked.get(first - timedelta(days=1)), worked.get(last)
    if before is not None:
        begins_at = max(begins_at, before.ends_at)
    return begins_at, ends_at if until is None else max(ends_at, until.ends_at)
