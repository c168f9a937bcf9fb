"""Asking for overtime, before it or afterwards."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attendance.asking import OWN, STANDING, RequestView, keep, lock_person, refuse_twice
from models.attendance.duties import duties, duties_near, has_shift
from models.attendance.overtime import overtime_of
from models.attendance.overtime_rules import Overtime, Stretch, minutes_confirmed, stretch_asked
from models.attendance.queries import day_statuses
from models.attendance.request_rules import last_day_for
from models.attendance.rules import DayStatus, Duty
from models.attendance.tables import Asked, AttendanceRequest
from models.calendar import WorkCalendar
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee, require

LONGEST_AHEAD = timedelta(days=31)
"""Nobody plans overtime for later."""


class NoShiftToExceed(DomainError):
    """The person has no shift, so that nothing can be said to be over it."""

    texts = "overtime"


class OvertimeTooLate(DomainError):
    """More workdays have passed than are allowed (facts: day, days)."""

    texts = "overtime"


class OvertimeTooEarly(DomainError):
    """The day is too far away (facts: day)."""

    texts = "overtime"


class OvertimeHoursNeeded(DomainError):
    """Nothing says from when to when (facts: day)."""

    texts = "overtime"


class OvertimeInShift(DomainError):
    """It is the time of the shift, or before it (facts: day, starts_at, ends_at)."""

    texts = "overtime"


class OvertimeTooShort(DomainError):
    """It is less than counts (facts: least)."""

    texts = "overtime"


class OvertimeNotBorneOut(DomainError):
    """The check-ins of that day say otherwise (facts: day, first_in, last_out)."""

    texts = "overtime"


def claimable(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[DayStatus]:
    """The days, the newest first, on which somebody worked longer, has not said so, and still may."""
    require(actor, OWN, policy.rights)
    if not has_shift(session, actor.id):
        return []
    rules = policy.checkin
    days = [at.date() - timedelta(days=n) for n in range(31, -1, -1)]
    workdays = rules.overtime_workdays
    days = [day for day in days if last_day_for(day, workdays, calendar.is_workday) >= at.date()]
    asked = session.scalars(
        select(AttendanceRequest.day).where(
            AttendanceRequest.employee_id == actor.id,
            AttendanceRequest.kind == Asked.OVERTIME,
            AttendanceRequest.day.in_(days),
            AttendanceRequest.state.in_(STANDING),
        )
    ).all()
    found = day_statuses(session, [actor.id], days, at=at, policy=rules, calendar=calendar)[actor.id]
    return [one for one in reversed(found) if one.over is not None and one.day not in asked]


def overtime_day(session: Session, *, employee: Employee, at: datetime, calendar: WorkCalendar) -> date:
    """The day that overtime without a day is of: a night shift that ended this morning, else today."""
    yesterday = at.date() - timedelta(days=1)
    duty = dict(duties_near(session, employee.id, at, calendar=calendar)).get(yesterday)
    return yesterday if duty is not None and duty.ends_at.date() == at.date() and at.hour < 12 else at.date()


def overtime_stretch(
    session: Session,
    *,
    actor: Employee,
    day: date,
    hours: tuple[time | None, time] | None,
    minutes: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Stretch:
    """From when to when overtime on a day would be: by hours (without the first, from the end of the shift),
    by how long, else what the check-ins bear out.

    Raises:
        NotPermitted, AlreadyAsked: as named.
        NoShiftToExceed, OvertimeTooLate, OvertimeTooEarly, OvertimeHoursNeeded, OvertimeInShift,
        OvertimeTooShort, OvertimeNotBorneOut: that time is none to ask for.
    """
    require(actor, OWN, policy.rights)
    rules = policy.checkin
    if not has_shift(session, actor.id):
        raise NoShiftToExceed()
    if day > at.date() + LONGEST_AHEAD:
        raise OvertimeTooEarly(day=day)
    if last_day_for(day, rules.overtime_workdays, calendar.is_workday) < at.date():
        raise OvertimeTooLate(day=day, days=rules.overtime_workdays)
    refuse_twice(session, actor, Asked.OVERTIME, day, "")
    duty = duties(session, [actor.id], [day], calendar=calendar, like=at).get((actor.id, day))
    [status] = day_statuses(session, [actor.id], [day], at=at, policy=rules, calendar=calendar)[actor.id]
    asked = _asked(day, duty, status, hours, minutes, at)
    if asked is None:
        raise OvertimeHoursNeeded(day=day)
    if asked[1] <= asked[0] and duty is not None:
        raise OvertimeInShift(day=day, starts_at=duty.starts_at, ends_at=duty.ends_at)
    if asked[1] - asked[0] < timedelta(minutes=rules.overtime_from_minutes):
        raise OvertimeTooShort(least=rules.overtime_from_minutes)
    counts = minutes_confirmed(asked, status.over, rules.overtime_from_minutes)
    if not counts and day < at.date() and asked[1] <= at and status.last_out is not None:
        raise OvertimeNotBorneOut(day=day, first_in=status.first_in, last_out=status.last_out)
    return asked


def _asked(
    day: date,
    duty: Duty | None,
    status: DayStatus,
    hours: tuple[time | None, time] | None,
    minutes: int,
    at: datetime,
) -> Stretch | None:
    """What is meant; None if nothing says from when."""
    begin = status.over[0] if status.over is not None else None if duty is None else duty.ends_at
    if hours is not None:
        first = hours[0] or (None if begin is None else begin.timetz().replace(tzinfo=None))
        return None if first is None else stretch_asked(duty, day, (first, hours[1]), at)
    if minutes:
        return None if begin is None else (begin, begin + timedelta(minutes=minutes))
    return status.over


def ask_overtime(
    session: Session,
    *,
    actor: Employee,
    day: date,
    hours: tuple[time | None, time] | None,
    words: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    minutes: int = 0,
) -> RequestView:
    """Ask that work outside the shift counts as overtime.

    Raises:
        NotPermitted, ReasonMissing, NobodyDecides, AlreadyAsked: as named.
        DomainError: that time is none to ask for, as `overtime_stretch` says.
    """
    require(actor, OWN, policy.rights)
    lock_person(session, actor)
    begins_at, ends_at = overtime_stretch(
        session,
        actor=actor,
        day=day,
        hours=hours,
        minutes=minutes,
        at=at,
        policy=policy,
        calendar=calendar,
    )
    return keep(
        session,
        actor=actor,
        values={"kind": Asked.OVERTIME, "day": day, "begins_at": begins_at, "ends_at": ends_at},
        words=words,
        at=at,
        policy=policy,
        calendar=calendar,
    )


def overtime_today(
    session: Session, *, employee: Employee, day: date, at: datetime, policy: Policy, calendar: WorkCalendar
) -> tuple[int, Overtime | None]:
    """(minutes of a day that could be asked for as overtime, what was asked for already)."""
    if not has_shift(session, employee.id):
        return 0, None
    found = day_statuses(session, [employee.id], [day], at=at, policy=policy.checkin, calendar=calendar)
    asked = overtime_of(session, found, policy=policy.checkin, calendar=calendar).get(employee.id, ())
    return (0, asked[0]) if asked else (found[employee.id][0].minutes_over, None)
