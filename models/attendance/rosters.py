"""Who works when, to look at: shifts in force, one's own next days, the roster of a unit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.attendance.arranging import ARRANGE
from models.attendance.duties import ShiftTimes, duties, shifts_of
from models.attendance.queries import SCHEDULED, away_between
from models.attendance.rules import Duty
from models.attendance.shift_changes import users_of
from models.attendance.shifts import hours_from
from models.attendance.tables import RosterEntry, Shift
from models.base import in_chunks
from models.calendar import WorkCalendar
from models.policy import Policy
from models.staff import Employee, active, person_in_reach, require


@dataclass(frozen=True)
class ShiftLine:
    """A shift in force, what it will be, and who of those within reach works it."""

    shift: Shift
    now: ShiftTimes
    later: Sequence[tuple[date, ShiftTimes]]
    people: Sequence[Employee]
    by_roster: int
    """How many of them work the days alone that the roster names."""


def shifts_in_force(
    session: Session, *, actor: Employee, at: datetime, policy: Policy
) -> Sequence[ShiftLine]:
    """Every open shift by its hours, with who works it today or later of those whose work the actor arranges.

    Raises:
        NotPermitted: the actor arranges no shifts.
    """
    people = scheduled_within(session, actor=actor, action=ARRANGE, at=at, policy=policy)
    held = shifts_of(session, [person.id for person in people], at.date())
    lines = []
    for shift in session.scalars(select(Shift).where(Shift.closed_on.is_(None))):
        now, *later = hours_from(session, shift, at.date())
        users = {one.id for one in users_of(session, shift, at.date(), at)}
        theirs = [one for one in people if one.id in users]
        lines.append(
            ShiftLine(
                shift,
                ShiftTimes.of(shift, now),
                [(hours.since, ShiftTimes.of(shift, hours)) for hours in later],
                theirs,
                sum(one.id in held and held[one.id].by_roster for one in theirs),
            )
        )
    return sorted(lines, key=lambda line: (line.now.hours.starts_at, line.shift.name))


def open_shift_names(session: Session) -> Mapping[str, int]:
    """The name of every open shift → its number."""
    rows = session.execute(select(Shift.name, Shift.id).where(Shift.closed_on.is_(None)))
    return {row.name: row.id for row in rows}


@dataclass(frozen=True)
class RosterDay:
    """What one person does on one day."""

    day: date
    duty: Duty | None
    """None on a day off."""
    on_leave: bool = False
    """All of the duty is leave."""
    part_leave: bool = False
    """Some of it is."""
    named: bool = False
    """The roster names the day."""


def roster_of(
    session: Session,
    employee_ids: Collection[int],
    days: Sequence[date],
    *,
    at: datetime,
    calendar: WorkCalendar,
) -> Mapping[int, Sequence[RosterDay]]:
    """What these people do on these days, in the order of days; a handful of questions for any number."""
    if not days:
        return {employee_id: [] for employee_id in employee_ids}
    worked = duties(session, employee_ids, days, calendar=calendar, like=at)
    begin = datetime.combine(days[0], datetime.min.time(), tzinfo=at.tzinfo)
    end = datetime.combine(days[-1] + timedelta(days=2), datetime.min.time(), tzinfo=at.tzinfo)
    away = away_between(session, employee_ids, begin, end)
    named: set[tuple[int, date]] = set()
    for some in in_chunks(employee_ids):
        rows = session.execute(
            select(RosterEntry.employee_id, RosterEntry.day).where(
                RosterEntry.employee_id.in_(some), RosterEntry.day.between(days[0], days[-1])
            )
        )
        named |= {(employee_id, day) for employee_id, day in rows}
    return {
        one: [
            _roster_day(day, worked.get((one, day)), away.get(one, ()), (one, day) in named) for day in days
        ]
        for one in employee_ids
    }


def _roster_day(
    day: date, duty: Duty | None, leave: Sequence[tuple[datetime, datetime]], named: bool
) -> RosterDay:
    if duty is None:
        return RosterDay(day, None, named=named)
    whole = any(begin <= duty.starts_at and duty.ends_at <= end for begin, end in leave)
    part = any(begin < duty.ends_at and duty.starts_at < end for begin, end in leave)
    return RosterDay(day, duty, on_leave=whole, part_leave=part and not whole, named=named)


def scheduled_within(
    session: Session,
    *,
    actor: Employee,
    action: str,
    at: datetime,
    policy: Policy,
    within: ColumnElement[bool] | None = None,
    also_without: bool = False,
) -> Sequence[Employee]:
    """Everybody here who has a shift, or just everybody, for whom the actor may do `action`, by name.

    Raises:
        NotPermitted: the actor may not do it to anybody.
    """
    allowed = require(actor, action, policy.rights)
    statement = (
        select(Employee)
        .where(active(at), person_in_reach(allowed, actor, at))
        .order_by(Employee.name, Employee.id)
    )
    if not also_without:
        statement = statement.where(SCHEDULED)
    return session.scalars(statement if within is None else statement.where(within)).all()
