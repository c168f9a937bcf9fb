"""Reads about joining, moving and leaving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import attendance, handover, staff
from models.attendance import CheckIn, Way
from models.calendar import WorkCalendar
from models.handover import Cause, Handover, HandoverItem, ItemState, OwnedItem
from models.lifecycle.errors import NobodyCalled, NoPost, SeveralCalled
from models.lifecycle.tables import (
    Onboarding,
    OnboardingState,
    Separation,
    SeparationState,
    Transfer,
    TransferState,
)
from models.policy import Policy
from models.staff import Employee, Post, Role, Unit, main_post

HR_ROLES = (Role.HR_CITY, Role.HR_PROVINCE, Role.HR_HEAD)


def the_person(
    session: Session,
    *,
    actor: Employee,
    action: str,
    asked: str,
    at: datetime,
    policy: Policy,
    also_left: bool = False,
) -> Employee:
    """The one employee with this name, account or number for whom the actor may do `action`.

    With `also_left` those who have left count too.

    Raises:
        NotPermitted: no role of the actor includes the action.
        NobodyCalled: there is nobody, or not within reach: the two look the same.
        SeveralCalled: there are several within reach.
    """
    found = staff.find_called(
        session, actor=actor, action=action, asked=asked, at=at, policy=policy, also_left=also_left
    )
    return _the_one(asked, found)


def _the_one(asked: str, found: Sequence[Employee]) -> Employee:
    if not found:
        raise NobodyCalled(asked=asked)
    if len(found) > 1:
        raise SeveralCalled(asked=asked, people=[one.named for one in found])
    return found[0]


def post_of(session: Session, employee: Employee, at: datetime) -> Post:
    """The same.

    Raises:
        NoPost: the person never held one.
    """
    post = main_post(session, employee.id, at)
    if post is None:
        raise NoPost(person=employee.named)
    return post


def open_onboarding(session: Session, employee_id: int) -> Onboarding | None:
    """The joining of somebody that is under way."""
    return session.scalars(
        select(Onboarding).where(
            Onboarding.employee_id == employee_id, Onboarding.state == OnboardingState.OPEN
        )
    ).one_or_none()


def planned_transfer(session: Session, employee_id: int) -> Transfer | None:
    """The transfer of somebody that has not taken effect."""
    return session.scalars(
        select(Transfer).where(Transfer.employee_id == employee_id, Transfer.state == TransferState.PLANNED)
    ).one_or_none()


def open_separation(session: Session, employee_id: int) -> Separation | None:
    """The leaving of somebody that is not closed."""
    return session.scalars(
        select(Separation).where(
            Separation.employee_id == employee_id, Separation.state == SeparationState.ANNOUNCED
        )
    ).one_or_none()


def newest_separation(session: Session, employee_id: int) -> Separation | None:
    """The last leaving of somebody that was not undone."""
    return session.scalars(
        select(Separation)
        .where(Separation.employee_id == employee_id, Separation.state != SeparationState.CANCELLED)
        .order_by(Separation.id.desc())
        .limit(1)
    ).one_or_none()


def separation_in_reach(
    session: Session, *, actor: Employee, person: Employee, at: datetime, policy: Policy
) -> Separation | None:
    """The last leaving of somebody that was not undone.

    Raises:
        NotPermitted: the actor's role sees no leaving; OutOfReach: not of this person.
    """
    staff.require_for_person(session, actor=actor, action="people.leave", person=person, at=at, policy=policy)
    return newest_separation(session, person.id)


def onboardings(
    session: Session, *, actor: Employee, policy: Policy, person: Employee | None = None
) -> Sequence[tuple[Onboarding, Employee]]:
    """The joinings under way within the actor's reach, by start; of one person also the last one done.

    Raises:
        NotPermitted: the actor's role does not see how starters come on.
    """
    allowed = staff.require(actor, "people.see_joining", policy.rights)
    statement = (
        select(Onboarding, Employee)
        .join(Employee, Employee.id == Onboarding.employee_id)
        .where(staff.unit_in_reach(allowed, Onboarding.unit_id))
        .order_by(Onboarding.starts_at, Onboarding.id)
    )
    if person is None:
        statement = statement.where(Onboarding.state == OnboardingState.OPEN)
    else:
        statement = statement.where(
            Onboarding.employee_id == person.id, Onboarding.state != OnboardingState.CANCELLED
        )
    found = [(onboarding, employee) for onboarding, employee in session.execute(statement)]
    return found if person is None else found[-1:]


def hr_of(session: Session, unit_id: int, at: datetime) -> Sequence[Employee]:
    """The HR people answerable for a unit: of the city, else of the province, else of the head office."""
    for role in HR_ROLES:
        found = staff.holders(session, role, unit_id=unit_id, at=at)
        if found:
            return found
    return []


def leader_of(session: Session, unit_id: int, at: datetime, *, but_for: int | None = None) -> Employee | None:
    """Who leads a unit, or the next one above."""
    for person in handover.nearest(session, handover.LEADING, unit_id=unit_id, at=at):
        if person.id != but_for:
            return person
    return None


def those_to_tell(
    session: Session, unit_id: int, at: datetime, *, but_for: int | None = None
) -> Sequence[Employee]:
    """HR in scope and who leads the unit, each once."""
    leader = leader_of(session, unit_id, at, but_for=but_for)
    people = [*([] if leader is None else [leader]), *hr_of(session, unit_id, at)]
    return [person for person in dict.fromkeys(people) if person.id != but_for]


def unit_named(session: Session, unit_id: int) -> str:
    """What a unit is called, from below the root down: 城北分公司/催收一组."""
    unit = session.get(Unit, unit_id)
    assert unit is not None
    names = staff.unit_path(session, unit)
    return "/".join(names[1:] or names)


@dataclass(frozen=True)
class Ledger:
    """A handover as people look at it."""

    handover: Handover
    person: Employee
    lines: Sequence[tuple[HandoverItem, OwnedItem | None, Employee]]
    """Line, what it is about (None once finished), who is asked or has it."""
    nobody: int
    """How many items there are that nobody has been found for."""


def ledger(session: Session, *, of: Handover, at: datetime) -> Ledger:
    """Every item of a handover with the line that counts."""
    shown = (ItemState.PROPOSED, ItemState.ACCEPTED, ItemState.MOVED, ItemState.RETURNED, ItemState.KEPT)
    rows = handover.lines(session, of.id, shown)
    people = {
        one.id: one
        for one in session.scalars(select(Employee).where(Employee.id.in_({row.to_id for row in rows})))
    }
    person = session.get(Employee, of.employee_id)
    assert person is not None
    lines = [(row, item, people[row.to_id]) for row, item in handover.labelled(session, rows, at)]
    there = {(row.area, row.item_id) for row in rows if row.state in handover.WAITING}
    begun = of.state != handover.HandoverState.OPEN
    left = 0 if begun else len(handover.to_hand_over(session, of, at).keys() - there)
    return Ledger(of, person, lines, left)


def the_handover(
    session: Session, *, actor: Employee, asked: str, at: datetime, policy: Policy
) -> tuple[Employee, Handover | None]:
    """The one employee with this name, account or number, and their last handover that was not undone.

    A handover is within the actor's reach if the unit is that it takes place in, even if the person has gone
    elsewhere; one's own always is. Without one, the person has to be.

    Raises:
        NotPermitted: the actor does not steer handovers.
        NobodyCalled: there is nobody, or not within reach; SeveralCalled: there are several within reach.
    """
    allowed = staff.require(actor, "handover.steer", policy.rights)
    known = session.scalars(select(Employee).where(staff.is_called(asked)).order_by(Employee.id)).all()
    found: dict[Employee, Handover | None] = {}
    for person in known:
        theirs = [
            one
            for one in handover.handovers_of(session, person.id)
            if person.id == actor.id or staff.covers_unit(session, allowed, one.unit_id)
        ]
        under_way = [one for one in theirs if one.state == handover.HandoverState.OPEN]
        if theirs or staff.covers_anybody(session, allowed, actor, person, at=at):
            found[person] = next(iter([*under_way, *theirs]), None)
    here = [person for person in found if person.is_here(at)]
    person = _the_one(asked, here or list(found))
    staff.with_posts(session, [person], at=at)
    return person, found[person]


def attendance_totals(
    session: Session, *, employee: Employee, until: datetime, calendar: WorkCalendar
) -> Mapping[str, int | None]:
    """Days and minutes of an employment (S3-17); expected and absent days need a shift and a first day."""
    since = employee.hired_on or date(2000, 1, 1)
    days, late, minutes, first = session.execute(
        select(
            func.count(),
            func.count().filter(CheckIn.minutes_late > 0),
            func.coalesce(func.sum(CheckIn.minutes_late), 0),
            func.min(CheckIn.day),
        ).where(
            CheckIn.employee_id == employee.id,
            CheckIn.day.between(since, until.date()),
            CheckIn.way == Way.IN,
        )
    ).one()
    start = employee.hired_on or first
    expected = None
    if start is not None and attendance.has_shift(session, employee.id):
        expected = handover.workdays_between(start, until.date(), calendar.is_workday)
    return {
        "days_expected": expected,
        "days_present": int(days),
        "days_late": int(late),
        "minutes_late": int(minutes),
        "days_absent": None if expected is None else max(0, expected - int(days)),
    }


def handed_over(session: Session, *, employee_id: int) -> Mapping[str, int]:
    """Kind → how many items passed to others because the person leaves."""
    rows = session.execute(
        select(HandoverItem.kind, func.count())
        .join(Handover, Handover.id == HandoverItem.handover_id)
        .where(
            Handover.employee_id == employee_id,
            Handover.cause == Cause.SEPARATION,
            HandoverItem.state == ItemState.MOVED,
        )
        .group_by(HandoverItem.kind)
        .order_by(HandoverItem.kind)
    )
    return {kind: int(count) for kind, count in rows}


def counted(items: Mapping[Any, OwnedItem]) -> Mapping[str, int]:
    """Kind → how many."""
    counts: dict[str, int] = {}
    for item in items.values():
        counts[item.kind] = counts.get(item.kind, 0) + 1
    return counts
