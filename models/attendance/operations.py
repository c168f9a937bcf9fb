"""Writes about attendance."""

from datetime import datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from models import audit
from models.attendance.queries import (
    find_check_in,
    find_shift,
    recent_location,
    shift_of,
    shifts_of,
)
from models.attendance.rules import Fix, minutes_late, reminder_due, shift_start, work_day
from models.attendance.tables import CheckIn, LastLocation, Shift, ShiftAssignment, Source
from models.base import insert_once, upsert
from models.calendar import WorkCalendar
from models.errors import DomainError
from models.planning import plan_due
from models.policy import CheckInPolicy, Policy
from models.staff import Employee, require

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
        fix = recent_location(session, employee_id=actor.id, since=oldest, until=at)
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
        "latitude": None if fix is None else fix.latitude,
        "longitude": None if fix is None else fix.longitude,
        "accuracy": None if fix is None else fix.accuracy,
        "coord_type": None if fix is None else fix.coord_type,
        "place": None if fix is None else fix.place,
    }
    inserted = insert_once(session, CheckIn, values)
    record = find_check_in(session, employee_id=actor.id, day=day)
    assert record is not None
    if not inserted:
        raise AlreadyCheckedIn(at=record.at)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="attendance.check_in",
        subject=actor.subject,
        details={"check_in": record.id, "day": day.isoformat(), "minutes_late": late, "source": source},
    )
    return record


def report_location(
    session: Session, *, employee: Employee, fix: Fix, at: datetime, policy: CheckInPolicy
) -> None:
    """Keep where the phone was when the chat was opened, for the tap that follows.

    Only the newest report is kept, so that no track comes into being (domain.md 2.6). The platform does
    not promise an order: a check-in that came just before its report gets the location afterwards.
    """
    just_before = at - timedelta(seconds=policy.location_late_seconds)
    session.execute(
        update(CheckIn)
        .where(CheckIn.employee_id == employee.id, CheckIn.latitude.is_(None), CheckIn.at >= just_before)
        .values(
            latitude=fix.latitude,
            longitude=fix.longitude,
            accuracy=fix.accuracy,
            coord_type=fix.coord_type,
            place=fix.place,
        )
    )
    upsert(
        session,
        LastLocation,
        "employee_id",
        {
            "employee_id": employee.id,
            "latitude": fix.latitude,
            "longitude": fix.longitude,
            "accuracy": fix.accuracy,
            "coord_type": fix.coord_type,
            "origin": fix.origin,
            "place": fix.place,
            "at": at,
        },
    )


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
