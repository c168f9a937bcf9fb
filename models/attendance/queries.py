"""Reads about attendance: check-ins, shifts, and what became of days."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, String, bindparam, exists, literal_column, select
from sqlalchemy.orm import Session

from models.attendance.duties import Duties, duties, shifts_of
from models.attendance.rules import Bounds, DayFacts, DayStatus, Duty, day_status
from models.attendance.tables import (
    Asked,
    AskedState,
    AttendanceRequest,
    CheckIn,
    Shift,
    ShiftAssignment,
    Way,
)
from models.base import among, find_rows, in_chunks
from models.calendar import WorkCalendar
from models.handover import leaves_between
from models.policy import CheckInPolicy, Policy
from models.staff import Employee, active, person_in_reach, require
from models.worktime import Hours

_CHECK_IN = select(CheckIn).where(
    CheckIn.employee_id == bindparam("employee_id"),
    CheckIn.day == bindparam("day"),
    CheckIn.way == bindparam("way"),
)
SCHEDULED = exists().where(ShiftAssignment.employee_id == Employee.id)
"""Employees with a shift or a roster."""


def find_check_in(session: Session, *, employee_id: int, day: date, way: Way = Way.IN) -> CheckIn | None:
    """When one employee came, or went, on one day."""
    values = {"employee_id": employee_id, "day": day, "way": way}
    return session.scalars(_CHECK_IN, values).one_or_none()


def who_went(session: Session, employee_ids: Collection[int], *, day: date) -> set[int]:
    """Who of these has checked out on a day."""
    found: set[int] = set()
    for some in in_chunks(employee_ids):
        found |= set(
            session.scalars(
                select(CheckIn.employee_id).where(
                    CheckIn.employee_id.in_(some), CheckIn.day == day, CheckIn.way == Way.OUT
                )
            )
        )
    return found


def find_key(session: Session, *, employee_id: int, key: str) -> CheckIn | None:
    """The check-in that the page of this person called so."""
    return session.scalars(
        select(CheckIn).where(CheckIn.key == key, CheckIn.employee_id == employee_id)
    ).one_or_none()


def days_came(session: Session, employee_id: int, *, until: date) -> Sequence[date]:
    """On which of the last three days somebody came."""
    return session.scalars(
        select(CheckIn.day).where(
            CheckIn.employee_id == employee_id,
            CheckIn.day.between(until - timedelta(days=2), until),
            CheckIn.way == Way.IN,
        )
    ).all()


def find_shift(session: Session, name: str) -> Shift | None:
    """The shift with this name."""
    return session.scalars(select(Shift).where(Shift.name == name)).one_or_none()


def with_shift(session: Session, *, at: datetime) -> Sequence[int]:
    """Every active employee with a shift."""
    return session.scalars(select(Employee.id).where(SCHEDULED, active(at)).order_by(Employee.id)).all()


def hours_of(session: Session, employee_ids: Collection[int], day: date) -> Mapping[int, Hours]:
    """Employee → the hours of the shift on a day; who has none is not among them."""
    return {employee_id: times.hours for employee_id, times in shifts_of(session, employee_ids, day).items()}


@dataclass(frozen=True)
class Expected:
    """An employee who works on the day, and the check-in if there is one."""

    employee: Employee
    duty: Duty
    check_in: CheckIn | None
    on_leave: bool = False

    @property
    def starts_at(self) -> datetime:
        """When the duty begins."""
        return self.duty.starts_at


def expected(
    session: Session,
    *,
    at: datetime,
    calendar: WorkCalendar,
    within: ColumnElement[bool] | None = None,
    employee_ids: Collection[int] | None = None,
    day: date | None = None,
) -> Sequence[Expected]:
    """Everybody who works on `day` (of those within, or of a list), with the check-in of that day.

    Without a day it is that of `at`. Whoever has left by `at` is not expected.
    """
    day = day or at.date()
    statement = (
        select(Employee, CheckIn)
        .outerjoin(
            CheckIn,
            (CheckIn.employee_id == Employee.id) & (CheckIn.day == day) & (CheckIn.way == Way.IN),
        )
        .where(active(at), SCHEDULED)
    )
    if within is not None:
        statement = statement.where(within)
    if employee_ids is not None:
        statement = statement.where(Employee.id.in_(employee_ids))
    found = session.execute(statement).all()
    ids = [employee.id for employee, _ in found]
    worked = duties(session, ids, [day], calendar=calendar, like=at)
    away = away_between(session, ids, _begin(day, at), _begin(day + timedelta(days=2), at))
    people = [
        Expected(employee, duty, check_in, _covers(away.get(employee.id, ()), duty))
        for employee, check_in in found
        if (duty := worked.get((employee.id, day))) is not None
    ]
    return sorted(people, key=lambda one: (one.starts_at, one.employee.name))


def away_between(
    session: Session, employee_ids: Collection[int], begin: datetime, end: datetime
) -> Mapping[int, Sequence[tuple[datetime, datetime]]]:
    """Employee → the stretches of leave that touch the time between: arranged by a leader, or approved."""
    found = {one: list(away) for one, away in leaves_between(session, employee_ids, begin, end).items()}
    values = {"people": list(employee_ids), "begin": begin, "end": end}
    for employee_id, first, last in find_rows(session, _LEAVES, values):
        found.setdefault(employee_id, []).append((first, last))
    return found


_LEAVES = (
    select(AttendanceRequest.employee_id, AttendanceRequest.begins_at, AttendanceRequest.ends_at)
    .where(
        among(AttendanceRequest.employee_id),
        AttendanceRequest.kind == literal_column(f"'{Asked.LEAVE}'", String),
        AttendanceRequest.state == AskedState.APPROVED,
        AttendanceRequest.begins_at < bindparam("end"),
        AttendanceRequest.ends_at > bindparam("begin"),
    )
    .order_by(AttendanceRequest.begins_at)
)


def _begin(day: date, like: datetime) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=like.tzinfo)


def _covers(leave: Sequence[tuple[datetime, datetime]], duty: Duty) -> bool:
    return any(begin <= duty.starts_at and duty.ends_at <= end for begin, end in leave)


def team_today(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[Expected]:
    """Those within the actor's reach who work today.

    Raises:
        NotPermitted: the actor's role does not see a team.
    """
    allowed = require(actor, "attendance.see_team", policy.rights)
    return expected(session, at=at, calendar=calendar, within=person_in_reach(allowed, actor, at))


def off_but_here(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[Employee]:
    """Those within the actor's reach who are off today and came all the same, by name.

    Raises:
        NotPermitted: the actor's role does not see a team.
    """
    allowed = require(actor, "attendance.see_team", policy.rights)
    came = session.scalars(
        select(Employee)
        .join(CheckIn, CheckIn.employee_id == Employee.id)
        .where(
            CheckIn.day == at.date(), CheckIn.way == Way.IN, active(at), person_in_reach(allowed, actor, at)
        )
        .order_by(Employee.name)
    ).all()
    worked = duties(session, [one.id for one in came], [at.date()], calendar=calendar, like=at)
    return [one for one in came if (one.id, at.date()) not in worked]


FieldDays = Callable[
    [Session, Collection[int], Sequence[date]], Mapping[tuple[int, date], tuple[datetime, datetime | None]]
]
_field_days: list[FieldDays] = []


def on_field_days(tells: FieldDays) -> FieldDays:
    """Let another area say who was in the field: (session, employees, days) → of each employee and day the
    first and the last sign of life there (domain.md 6.3: instead of a check-in at the office)."""
    if tells not in _field_days:
        _field_days.append(tells)
    return tells


def bounds_of(policy: CheckInPolicy) -> Bounds:
    """The numbers by which a day is judged."""
    return Bounds(
        grace=policy.grace_minutes,
        late=policy.late_minutes,
        half_day=policy.half_day_minutes,
        out_after=policy.out_minutes_after,
        overtime_from=policy.overtime_from_minutes,
    )


def day_statuses(
    session: Session,
    employee_ids: Collection[int],
    days: Sequence[date],
    *,
    at: datetime,
    policy: CheckInPolicy,
    calendar: WorkCalendar,
) -> Mapping[int, Sequence[DayStatus]]:
    """What became of each of these days for each of these people, in the order of days.

    A handful of questions for any number of people; nothing that could go stale is stored.
    """
    if not days:
        return {employee_id: [] for employee_id in employee_ids}
    worked: Duties = duties(session, employee_ids, days, calendar=calendar, like=at)
    punches = _punches(session, employee_ids, days)
    begin, end = _begin(days[0], at), _begin(days[-1] + timedelta(days=2), at)
    away = away_between(session, employee_ids, begin, end)
    bounds = bounds_of(policy)
    in_field: dict[tuple[int, date], tuple[datetime, datetime | None]] = {}
    for tells in _field_days:
        in_field |= tells(session, employee_ids, days)
    return {
        employee_id: [
            day_status(
                DayFacts(
                    day=day,
                    duty=worked.get((employee_id, day)),
                    first_in=punches.get((employee_id, day, Way.IN)),
                    last_out=punches.get((employee_id, day, Way.OUT)),
                    field_in=in_field.get((employee_id, day), (None, None))[0],
                    field_out=in_field.get((employee_id, day), (None, None))[1],
                    leave=away.get(employee_id, ()),
                ),
                now=at,
                bounds=bounds,
            )
            for day in days
        ]
        for employee_id in employee_ids
    }


def _punches(
    session: Session, employee_ids: Collection[int], days: Sequence[date]
) -> Mapping[tuple[int, date, str], datetime]:
    found: dict[tuple[int, date, str], datetime] = defaultdict()
    for chunk in in_chunks(employee_ids):
        rows = session.execute(
            select(CheckIn.employee_id, CheckIn.day, CheckIn.way, CheckIn.at).where(
                CheckIn.employee_id.in_(chunk), CheckIn.day.between(days[0], days[-1])
            )
        )
        found |= {(employee_id, day, way): at for employee_id, day, way, at in rows}
    return found


def people_within(
    session: Session,
    *,
    actor: Employee,
    at: datetime,
    policy: Policy,
    within: ColumnElement[bool] | None = None,
) -> Sequence[Employee]:
    """Everybody with a shift within the actor's reach, by name; `within` narrows it further.

    Raises:
        NotPermitted: the actor's role does not see a team.
    """
    allowed = require(actor, "attendance.see_team", policy.rights)
    statement = (
        select(Employee)
        .where(SCHEDULED, person_in_reach(allowed, actor, at))
        .order_by(Employee.name, Employee.id)
    )
    return session.scalars(statement if within is None else statement.where(within)).all()
