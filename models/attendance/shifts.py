"""Shifts and who works them: what is written without asking who may."""

from collections.abc import Collection, Sequence
from datetime import date, time

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.attendance.queries import find_shift
from models.attendance.tables import ALWAYS, RosterEntry, Shift, ShiftAssignment, ShiftHours
from models.base import insert_once
from models.staff import Employee
from models.worktime import Hours


def add_shift(
    session: Session,
    *,
    name: str,
    starts_at: time,
    ends_at: time,
    rest_minutes: int = 0,
    flex_minutes: int = 0,
    needs_out: bool = True,
) -> Shift:
    """The shift called `name`; made with these hours if there is none, otherwise as it is."""
    shift = find_shift(session, name)
    if shift is None:
        shift = Shift(name=name)
        session.add(shift)
        session.flush()
        session.add(
            ShiftHours(
                shift_id=shift.id,
                since=ALWAYS,
                starts_at=starts_at,
                ends_at=ends_at,
                rest_minutes=rest_minutes,
                flex_minutes=flex_minutes,
                needs_out=needs_out,
            )
        )
        session.flush()
    return shift


def shift_with_hours(session: Session, *, name: str, hours: Hours, day: date) -> Shift:
    """An open shift that has these hours from a day on, called `name` unless another one is."""
    for called in (name, *(f"{name} {number}" for number in range(2, 100))):
        shift = add_shift(session, name=called, starts_at=hours.starts_at, ends_at=hours.ends_at)
        known = hours_from(session, shift, day)
        if (
            shift.closed_on is None
            and len(known) == 1
            and (known[0].starts_at, known[0].ends_at)
            == (
                hours.starts_at,
                hours.ends_at,
            )
        ):
            return shift
    raise ValueError(name)


def hours_from(session: Session, shift: Shift, day: date) -> Sequence[ShiftHours]:
    """The hours of a shift on a day, and those planned for later days, in their order."""
    found = session.scalars(
        select(ShiftHours).where(ShiftHours.shift_id == shift.id).order_by(ShiftHours.since)
    ).all()
    return [*[one for one in found if one.since <= day][-1:], *(one for one in found if one.since > day)]


def assign_shift(
    session: Session, *, employee: Employee, shift: Shift, since: date = ALWAYS, by_roster: bool = False
) -> None:
    """Put the employee on the shift from a day on, in place of what was planned from there on.

    By roster only the days that it names are worked.
    """
    session.execute(
        delete(ShiftAssignment).where(
            ShiftAssignment.employee_id == employee.id, ShiftAssignment.since >= since
        )
    )
    values = {"employee_id": employee.id, "since": since, "shift_id": shift.id, "by_roster": by_roster}
    insert_once(session, ShiftAssignment, values)


def keep_roster(session: Session, *, employee: Employee, days: Collection[date], shift: Shift | None) -> None:
    """What somebody works on these days, in place of what was said before; no shift is a day off."""
    session.execute(
        delete(RosterEntry).where(RosterEntry.employee_id == employee.id, RosterEntry.day.in_(days))
    )
    shift_id = None if shift is None else shift.id
    rows = [{"employee_id": employee.id, "day": day, "shift_id": shift_id} for day in sorted(set(days))]
    insert_once(session, RosterEntry, rows)
