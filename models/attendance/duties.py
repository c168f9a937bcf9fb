"""Who works when: the shift of the person, the roster of the day, the calendar."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import Session

from models.attendance.rules import Duty
from models.attendance.tables import RosterEntry, Shift, ShiftAssignment, ShiftHours
from models.base import in_chunks
from models.calendar import WorkCalendar
from models.worktime import Hours

Duties = Mapping[tuple[int, date], Duty]
"""(employee, day) → the duty; whoever is off that day is not among them."""


class ShiftKind(StrEnum):
    """Kinds of shifts; whether only the days of the roster are worked is said of a person."""

    FIXED = "fixed"
    FLEXIBLE = "flexible"
    NIGHT = "night"


@dataclass(frozen=True)
class ShiftTimes:
    """A shift as it is on one day."""

    shift_id: int
    name: str
    hours: Hours
    rest_minutes: int = 0
    flex_minutes: int = 0
    needs_out: bool = True
    by_roster: bool = False
    """Of a person: only the days that the roster names are worked."""

    @classmethod
    def of(cls, shift: Shift, hours: ShiftHours, by_roster: bool = False) -> "ShiftTimes":
        """The shift with these hours."""
        clock = Hours(hours.starts_at, hours.ends_at)
        return cls(
            shift.id, shift.name, clock, hours.rest_minutes, hours.flex_minutes, hours.needs_out, by_roster
        )

    @property
    def kind(self) -> ShiftKind:
        """What people call a shift like this."""
        if self.flex_minutes:
            return ShiftKind.FLEXIBLE
        return ShiftKind.NIGHT if self.hours.ends_at <= self.hours.starts_at else ShiftKind.FIXED

    def on(self, day: date, like: datetime) -> Duty:
        """The duty of a day, in the time zone of `like`."""
        start, end = self.hours.on(day, like)
        return Duty(self.name, start, end, self.rest_minutes, self.flex_minutes, self.needs_out)


Assigned = Sequence[Row[int, date, bool, Shift, ShiftHours]]
"""What one person was put on: in the order of its days, then of the days of its hours."""

_ASSIGNED = (
    select(ShiftAssignment.employee_id, ShiftAssignment.since, ShiftAssignment.by_roster, Shift, ShiftHours)
    .join(Shift, Shift.id == ShiftAssignment.shift_id)
    .join(ShiftHours, ShiftHours.shift_id == Shift.id)
    .where(ShiftAssignment.employee_id.in_(bindparam("employees", expanding=True)))
    .order_by(ShiftAssignment.employee_id, ShiftAssignment.since, ShiftHours.since)
)
_ROSTER = (
    select(RosterEntry.employee_id, RosterEntry.day, Shift, ShiftHours)
    .outerjoin(Shift, Shift.id == RosterEntry.shift_id)
    .outerjoin(ShiftHours, (ShiftHours.shift_id == Shift.id) & (ShiftHours.since <= RosterEntry.day))
    .where(
        RosterEntry.employee_id.in_(bindparam("employees", expanding=True)),
        RosterEntry.day.between(bindparam("first"), bindparam("last")),
    )
    .order_by(RosterEntry.employee_id, RosterEntry.day, ShiftHours.since)
)


def duties(
    session: Session,
    employee_ids: Collection[int],
    days: Collection[date],
    *,
    calendar: WorkCalendar,
    like: datetime,
) -> Duties:
    """What these people work on these days: the roster first, then the shift on workdays.

    A day has the shift and the hours that hold on it, whatever was changed for later days. Moments are in
    the time zone of `like`. Two questions for any number of people and days.
    """
    found: dict[tuple[int, date], Duty] = {}
    if not days:
        return found
    workdays = [day for day in days if calendar.is_workday(day)]
    for chunk in in_chunks(employee_ids):
        for employee_id, rows in groupby(
            session.execute(_ASSIGNED, {"employees": chunk}), lambda row: row[0]
        ):
            held = list(rows)
            for day in workdays:
                times = in_force(held, day)
                if times is not None and not times.by_roster:
                    found[employee_id, day] = times.on(day, like)
        values = {"employees": chunk, "first": min(days), "last": max(days)}
        for employee_id, day, shift, hours in session.execute(_ROSTER, values):
            if shift is None:
                found.pop((employee_id, day), None)
            elif day in days:
                found[employee_id, day] = ShiftTimes.of(shift, hours).on(day, like)
    return found


def in_force(held: Assigned, day: date) -> ShiftTimes | None:
    """The shift that counts on a day: the newest that has begun, with the hours that it had then."""
    for _, since, by_roster, shift, hours in reversed(held):
        if since <= day and hours.since <= day:
            return ShiftTimes.of(shift, hours, by_roster)
    return None


def shifts_of(session: Session, employee_ids: Collection[int], day: date) -> Mapping[int, ShiftTimes]:
    """Employee → the shift of the person on a day, rosters aside; who has none is not among them."""
    found: dict[int, ShiftTimes] = {}
    for chunk in in_chunks(employee_ids):
        for employee_id, rows in groupby(
            session.execute(_ASSIGNED, {"employees": chunk}), lambda row: row[0]
        ):
            times = in_force(list(rows), day)
            if times is not None:
                found[employee_id] = times
    return found


def shift_of(session: Session, employee_id: int, day: date) -> ShiftTimes | None:
    """The shift an employee works on a day, rosters aside."""
    return shifts_of(session, [employee_id], day).get(employee_id)


def duties_near(
    session: Session, employee_id: int, at: datetime, *, calendar: WorkCalendar
) -> Sequence[tuple[date, Duty]]:
    """What one person works yesterday, today and tomorrow, in the order of days."""
    days = [at.date() + timedelta(days=offset) for offset in (-1, 0, 1)]
    found = duties(session, [employee_id], days, calendar=calendar, like=at)
    return [(day, found[employee_id, day]) for day in days if (employee_id, day) in found]


def has_shift(session: Session, employee_id: int) -> bool:
    """Whether somebody works by a shift or a roster at all."""
    return bool(session.scalar(select(exists().where(ShiftAssignment.employee_id == employee_id))))
