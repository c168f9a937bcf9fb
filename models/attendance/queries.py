"""Reads about attendance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from models.attendance.rules import work_day
from models.attendance.tables import CheckIn, Shift, ShiftAssignment
from models.policy import CheckInPolicy, Policy
from models.staff import Employee, active, person_in_reach, require
from models.worktime import Hours

_CHECK_IN = select(CheckIn).where(
    CheckIn.employee_id == bindparam("employee_id"), CheckIn.day == bindparam("day")
)
_SHIFT = select(Shift).join(ShiftAssignment).where(ShiftAssignment.employee_id == bindparam("employee_id"))


def find_check_in(session: Session, *, employee_id: int, day: date) -> CheckIn | None:
    """The check-in of one employee on one day."""
    return session.scalars(_CHECK_IN, {"employee_id": employee_id, "day": day}).one_or_none()


def find_shift(session: Session, name: str) -> Shift | None:
    """The shift with this name."""
    return session.scalars(select(Shift).where(Shift.name == name)).one_or_none()


def shift_of(session: Session, employee_id: int) -> Shift | None:
    """The shift an employee works."""
    return session.scalars(_SHIFT, {"employee_id": employee_id}).one_or_none()


def shifts_of(session: Session, *, at: datetime) -> Sequence[tuple[int, time]]:
    """Every active employee with a shift, as (employee id, start of the shift)."""
    rows = session.execute(
        select(ShiftAssignment.employee_id, Shift.starts_at)
        .join(Shift)
        .join(Employee, Employee.id == ShiftAssignment.employee_id)
        .where(active(at))
        .order_by(ShiftAssignment.employee_id)
    )
    return [(employee_id, starts_at) for employee_id, starts_at in rows]


def hours_of(session: Session, employee_ids: Collection[int]) -> Mapping[int, Hours]:
    """Employee → the hours of the shift; who has none is not among them."""
    rows = session.execute(
        select(ShiftAssignment.employee_id, Shift.starts_at, Shift.ends_at)
        .join(Shift)
        .where(ShiftAssignment.employee_id.in_(employee_ids))
    )
    return {employee_id: Hours(starts_at, ends_at) for employee_id, starts_at, ends_at in rows}


@dataclass(frozen=True)
class Expected:
    """An employee with a shift, and the check-in of the day if there is one."""

    employee: Employee
    starts_at: time
    check_in: CheckIn | None


def expected(
    session: Session,
    *,
    at: datetime,
    within: ColumnElement[bool] | None = None,
    employee_ids: Collection[int] | None = None,
    day: date | None = None,
) -> Sequence[Expected]:
    """Everybody with a shift (of those within, or of a list), with the check-in of `day`.

    Without a day it is that of `at`. Whoever has left by `at` is not expected.
    """
    day = day or at.date()
    statement = (
        select(Employee, Shift.starts_at, CheckIn)
        .join(ShiftAssignment, ShiftAssignment.employee_id == Employee.id)
        .join(Shift, Shift.id == ShiftAssignment.shift_id)
        .outerjoin(CheckIn, (CheckIn.employee_id == Employee.id) & (CheckIn.day == day))
        .where(active(at))
        .order_by(Shift.starts_at, Employee.name)
    )
    if within is not None:
        statement = statement.where(within)
    if employee_ids is not None:
        statement = statement.where(Employee.id.in_(employee_ids))
    return [Expected(employee, starts_at, found) for employee, starts_at, found in session.execute(statement)]


def todays_check_in(
    session: Session, *, employee: Employee, at: datetime, policy: CheckInPolicy
) -> CheckIn | None:
    """The check-in for the workday that `at` belongs to."""
    shift = shift_of(session, employee.id)
    early = timedelta(minutes=policy.early_minutes)
    day = at.date() if shift is None else work_day(at, shift.starts_at, shift.ends_at, early)
    return find_check_in(session, employee_id=employee.id, day=day)


def team_today(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> Sequence[Expected]:
    """Those within the actor's reach today.

    Raises:
        NotPermitted: the actor's role does not see a team.
    """
    allowed = require(actor, "attendance.see_team", policy.rights)
    return expected(session, at=at, within=person_in_reach(allowed, actor, at))
