"""Writes about attendance."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, locations
from models.attendance.queries import (
    find_check_in,
    find_shift,
    shift_of,
    shifts_of,
)
from models.attendance.rules import minutes_late, reminder_due, shift_start, work_day
from models.attendance.tables import CheckIn, Shift, ShiftAssignment, Source
from models.base import insert_once, upsert
from models.calendar import WorkCalendar
from models.errors import DomainError
from models.locations import Fix, LocationFix, Purpose, Reason
from models.planning import plan_due
from models.policy import CheckInPolicy, Policy
from models.staff import Employee, require
from models.worktime import Hours

REMINDER = "checkin_reminder"
"""The kind of the due rows that hold each person's reminder."""


class AlreadyCheckedIn(DomainError):
    """There is a check-in for this day (facts: at)."""

    texts = "checkin"


class LocationNeeded(DomainError):
    """The organisation asks for a location and none arrived recently."""

    texts = "checkin"


def check_in(
    session: Session,
    *,
    actor: Employee,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    source: Source,
    fix: Fix | None = None,
) -> CheckIn:
    """Record that the employee starts work at `at`, with `fix` or else the recent location.

    Nobody is late on a day off.

    Raises:
        NotPermitted: the actor's role has no check-in.
        AlreadyCheckedIn: there is one for this day; one per person and day is a constraint.
        LocationNeeded: the policy asks for a location and there is none.
    """
    require(actor, "attendance.check_in", policy.rights)
    if fix is None:
        oldest = at - timedelta(minutes=policy.checkin.location_max_age_minutes)
        fix = locations.recent_report(session, employee=actor, since=oldest, until=at)
    shift = shift_of(session, actor.id)
    early = timedelta(minutes=policy.checkin.early_minutes)
    day = at.date() if shift is None else work_day(at, shift.starts_at, shift.ends_at, early)
    known = find_check_in(session, employee_id=actor.id, day=day)
    if known is not None:
        raise AlreadyCheckedIn(at=known.at)
    if fix is None and policy.checkin.location_required:
        raise LocationNeeded()
    late = 0
    if shift is not None and calendar.is_workday(day):
        late = minutes_late(at, shift_start(day, shift.starts_at, at), policy.checkin.grace_minutes)
    values = {
        "employee_id": actor.id,
        "day": day,
        "at": at,
        "minutes_late": late,
        "source": source,
    }
    inserted = insert_once(session, CheckIn, values)
    record = find_check_in(session, employee_id=actor.id, day=day)
    assert record is not None
    if not inserted:
        raise AlreadyCheckedIn(at=record.at)
    _place(session, record, actor, fix, at, policy)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="attendance.check_in",
        subject=actor.subject,
        details={"check_in": record.id, "day": day.isoformat(), "minutes_late": late, "source": source},
    )
    return record


def _place(
    session: Session, record: CheckIn, actor: Employee, fix: Fix | None, at: datetime, policy: Policy
) -> None:
    """Put to a check-in where it was, and what that is worth."""
    taken = locations.take_fix(
        session,
        employee=actor,
        fix=fix,
        at=at,
        day=record.day,
        purpose=Purpose.CHECK_IN,
        policy=policy,
        targets=locations.targets_of(session, actor),
    )
    record.fix_id = taken.id


def report_location(
    session: Session, *, actor: Employee, fix: Fix, at: datetime, policy: Policy, calendar: WorkCalendar
) -> None:
    """Keep where the phone was when the chat was opened, for the tap that follows; in shift only.

    Only the newest report is kept, so that no track comes into being (domain.md 2.6). The platform does
    not promise an order: a check-in that came just before its report gets the location afterwards.
    """
    shift = shift_of(session, actor.id)
    if shift is not None and not _in_shift(at, shift, policy, calendar):
        return
    if not locations.report(session, employee=actor, fix=fix, at=at, policy=policy):
        return
    just_before = at - timedelta(seconds=policy.checkin.location_late_seconds)
    record = session.scalars(
        select(CheckIn)
        .where(CheckIn.employee_id == actor.id, CheckIn.at >= just_before)
        .order_by(CheckIn.at.desc())
        .limit(1)
    ).one_or_none()
    taken = None if record is None else session.get(LocationFix, record.fix_id)
    if record is not None and taken is not None and Reason.NO_PLACE in taken.reasons:
        _place(session, record, actor, fix, at, policy)
        session.flush()
        session.delete(taken)


def _in_shift(at: datetime, shift: Shift, policy: Policy, calendar: WorkCalendar) -> bool:
    early = timedelta(minutes=policy.checkin.early_minutes)
    day = work_day(at, shift.starts_at, shift.ends_at, early)
    start, end = Hours(shift.starts_at, shift.ends_at).on(day, at)
    return calendar.is_workday(day) and start - early <= at < end + early


def add_shift(session: Session, *, name: str, starts_at: time, ends_at: time) -> Shift:
    """The shift called `name` with these hours, made or changed."""
    shift = find_shift(session, name)
    if shift is None:
        shift = Shift(name=name, starts_at=starts_at, ends_at=ends_at)
        session.add(shift)
    shift.starts_at, shift.ends_at = starts_at, ends_at
    session.flush()
    return shift


def assign_shift(session: Session, *, employee: Employee, shift: Shift) -> None:
    """Put the employee on the shift, from now on."""
    upsert(session, ShiftAssignment, "employee_id", {"employee_id": employee.id, "shift_id": shift.id})


def plan_reminders(
    session: Session, *, now: datetime, until: datetime, calendar: WorkCalendar, policy: CheckInPolicy
) -> int:
    """Plan the reminder of every shift that starts between `now` and `until`; repeats change nothing."""
    days = [now.date() + timedelta(days=n) for n in range((until.date() - now.date()).days + 1)]
    rows = []
    for day in filter(calendar.is_workday, days):
        for employee_id, starts_at in shifts_of(session, at=now):
            start = shift_start(day, starts_at, now)
            if now <= start <= until:
                due_at = reminder_due(start, policy.reminder_minutes_before)
                expires_at = start + timedelta(minutes=policy.reminder_expires_minutes_after)
                rows.append((REMINDER, employee_id, due_at, expires_at))
    return plan_due(session, rows)
