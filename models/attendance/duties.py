"""Who works when: the shift of the person, the roster of the day, the calendar."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attendance.rules import Duty
from models.attendance.tables import RosterEntry, Shift, ShiftAssignment
from models.base import in_chunks
from models.calendar import WorkCalendar
from models.worktime import Hours

Duties = Mapping[tuple[int, date], Duty]
"""(employee, day) → the duty; whoever is off that day is not among them."""


def duties(
    session: Session,
    employee_ids: Collection[int],
    days: Collection[date],
    *,
    calendar: WorkCalendar,
    like: datetime,
) -> Duties:
    """What these people work on these days: the roster first, then the shift on workdays.

    Moments are in the time zone of `like`. Two questions for any number of people and days.
    """
    found: dict[tuple[int, date], Duty] = {}
    workdays = [day for day in days if calendar.is_workday(day)]
    for chunk in in_chunks(employee_ids):
        assigned = session.execute(
            select(ShiftAssignment.employee_id, ShiftAssignment.by_roster, Shift)
            .join(Shift)
            .where(ShiftAssignment.employee_id.in_(chunk))
        )
        for employee_id, by_roster, shift in assigned:
            if not by_roster:
                for day in workdays:
                    found[employee_id, day] = duty_of(shift, day, like)
        if not days:
            continue
        entries = session.execute(
            select(RosterEntry.employee_id, RosterEntry.day, Shift)
            .outerjoin(Shift, Shift.id == RosterEntry.shift_id)
            .where(RosterEntry.employee_id.in_(chunk), RosterEntry.day.between(min(days), max(days)))
        )
        for employee_id, day, shift in entries:
            if shift is None:
                found.pop((employee_id, day), None)
            elif day in days:
                found[employee_id, day] = duty_of(shift, day, like)
    return found


def duty_of(shift: Shift, day: date, like: datetime) -> Duty:
    """A shift on a day, in the time zone of `like`."""
    start, end = Hours(shift.starts_at, shift.ends_at).on(day, like)
    return Duty(shift.name, start, end, shift.rest_minutes, shift.flex_minutes, shift.needs_out)


def duties_near(
    session: Session, employee_id: int, at: datetime, *, calendar: WorkCalendar
) -> Sequence[tuple[date, Duty]]:
    """What one person works yesterday, today and tomorrow, in the order of days."""
    days = [at.date() + timedelta(days=offset) for offset in (-1, 0, 1)]
    found = duties(session, [employee_id], days, calendar=calendar, like=at)
    return [(day, found[employee_id, day]) for day in days if (employee_id, day) in found]


def has_shift(session: Session, employee_id: int) -> bool:
    """Whether somebody works by a shift or a roster at all."""
    return session.get(ShiftAssignment, employee_id) is not None
