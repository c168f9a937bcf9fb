"""Leave: somebody else sees to the work, and it comes back by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import handover, staff
from models.calendar import WorkCalendar
from models.handover import Carried, Cause, Handover
from models.lifecycle.errors import EndBeforeStart, InThePast, IsLeaving, NotOnLeave
from models.lifecycle.joining import first_moment
from models.lifecycle.queries import post_of
from models.policy import Policy
from models.staff import Employee, Post


@dataclass(frozen=True)
class Leave:
    """A leave as it was asked for."""

    starts_at: datetime
    ends_at: datetime
    """The first moment of the day after the last."""
    workdays: int
    delegated: bool
    """Short enough for the owner to stay the owner."""


def read_leave(*, first: date, last: date, at: datetime, policy: Policy, calendar: WorkCalendar) -> Leave:
    """What leave from one day to another means (domain.md 5.3: up to 3 workdays delegate, else transfer).

    Raises:
        EndBeforeStart: the last day lies before the first; InThePast: the last day has passed.
    """
    if last < first:
        raise EndBeforeStart()
    if last < at.date():
        raise InThePast(at=last)
    workdays = handover.workdays_between(first, last, calendar.is_workday)
    return Leave(
        first_moment(first, at),
        datetime.combine(last + timedelta(days=1), time(), tzinfo=at.tzinfo),
        workdays,
        workdays <= policy.handover.delegate_workdays,
    )


def require_cover(
    session: Session, *, actor: Employee, employee: Employee, cover: Employee, at: datetime, policy: Policy
) -> None:
    """Refuse unless the actor may let one of these cover for the other.

    Raises:
        NotPermitted: the role does not; OutOfReach: not for both.
    """
    for person in (employee, cover):
        staff.require_for_person(
            session, actor=actor, action="people.cover", person=person, at=at, policy=policy
        )


def stand_ins(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    first: date,
    last: date,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Sequence[Employee]:
    """Who beside the person could see to their work on these days: of the same team and role, and there.

    By name; only people for whom the actor may arrange it.

    Raises:
        NotPermitted: no role of theirs includes it. EndBeforeStart, InThePast: as `read_leave`.
    """
    allowed = staff.require(actor, "people.cover", policy.rights)
    leave = read_leave(first=first, last=last, at=at, policy=policy, calendar=calendar)
    post = post_of(session, employee, at)
    gone = handover.unavailable(session, starts_at=leave.starts_at, ends_at=leave.ends_at, at=at)
    found = session.scalars(
        select(Employee)
        .join(Post, Post.employee_id == Employee.id)
        .where(
            Post.unit_id == post.unit_id,
            Post.role == post.role,
            Employee.id != employee.id,
            staff.held(at),
            staff.active(at),
            staff.person_in_reach(allowed, actor, at),
        )
        .order_by(Employee.name, Employee.id)
    ).unique()
    return [one for one in found if one.id not in gone]


def arrange_cover(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    cover: Employee,
    first: date,
    last: date,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Handover:
    """Let one person see to another's work from one day to another, both counted; it comes back by itself.

    Raises:
        NotPermitted: the actor may not; EndBeforeStart, InThePast: the days do not fit; IsLeaving: the person
        leaves before the end; NotAvailable: the cover is away, leaves, or covers for somebody else;
        AlreadyUnderWay: a leave of the person is arranged already.
    """
    require_cover(session, actor=actor, employee=employee, cover=cover, at=at, policy=policy)
    leave = read_leave(first=first, last=last, at=at, policy=policy, calendar=calendar)
    if employee.left_at is not None and employee.left_at <= leave.ends_at:
        raise IsLeaving(person=employee.named, at=employee.left_at)
    post = post_of(session, employee, at)
    return handover.open_handover(
        session,
        employee=employee,
        cause=Cause.LEAVE,
        unit_id=post.unit_id,
        role=post.role,
        effective_at=leave.starts_at,
        returns_at=leave.ends_at,
        cover=cover,
        delegated=leave.delegated,
        at=at,
        by=actor.subject,
    )


def end_cover(
    session: Session, *, actor: Employee, employee: Employee, at: datetime, policy: Policy
) -> tuple[Handover, Carried]:
    """Somebody does not go on leave, or is back early: what has moved comes back now.

    Raises:
        NotPermitted: the actor may not; NotOnLeave: nobody covers for this person.
    """
    staff.require_for_person(
        session, actor=actor, action="people.cover", person=employee, at=at, policy=policy
    )
    leave = handover.open_handover_of(session, employee_id=employee.id, cause=Cause.LEAVE)
    if leave is None:
        raise NotOnLeave(person=employee.named)
    if leave.begun_at is None:
        handover.cancel(session, handover=leave, at=at, by=actor.subject)
        return leave, Carried()
    return leave, handover.give_back(session, handover=leave, at=at)
