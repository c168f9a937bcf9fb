"""Joining: an employee number, a first day, and a checklist that begins by itself."""

import base64
from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from models import audit, handover, planning, secrecy, staff
from models.calendar import WorkCalendar
from models.candidates import Application
from models.lifecycle import checklist
from models.lifecycle.errors import AlreadyHere, InThePast, NotJoining, StillHandingOver
from models.lifecycle.queries import open_onboarding, open_separation, post_of
from models.lifecycle.tables import Onboarding, OnboardingState
from models.policy import Policy
from models.staff import Employee, Role, Unit

STARTS = "lifecycle.starts"
"""The kind of the due item of a first day."""


def first_moment(day: date, at: datetime) -> datetime:
    """When a day begins; today began now."""
    return max(at, datetime.combine(day, time(), tzinfo=at.tzinfo))


def require_joining(session: Session, *, actor: Employee, role: str, unit_id: int, policy: Policy) -> None:
    """Refuse unless the actor may enter somebody in this role into this unit.

    Raises:
        NotPermitted: the actor's role does not, or not in this role; OutOfReach: not in this unit.
    """
    staff.require_for_unit(session, actor=actor, action="people.join", unit_id=unit_id, policy=policy)
    require_power(session, actor=actor, role=role, unit_id=unit_id, policy=policy)


def require_power(session: Session, *, actor: Employee, role: str, unit_id: int, policy: Policy) -> None:
    """Refuse a role with power over others unless the actor may give it (S0-61).

    Raises:
        NotPermitted: the actor may not.
    """
    if role in policy.people.powerful_roles:
        staff.require_for_unit(session, actor=actor, action="people.appoint", unit_id=unit_id, policy=policy)


def seal_starter(session: Session, *, actor: Employee, wecom_id: str, name: str) -> str:
    """Account and name of who is to join, sealed for the time until the actor confirms."""
    sealed = secrecy.seal(session, actor.subject, f"{wecom_id}\n{name}")
    return base64.b64encode(sealed or b"").decode()


def open_starter(session: Session, *, actor: Employee, sealed: str) -> tuple[str, str]:
    """(account, name) again."""
    words = secrecy.open_text(session, actor.subject, base64.b64decode(sealed)) or "\n"
    wecom_id, _, name = words.partition("\n")
    return wecom_id, name


def check_joining(
    session: Session,
    *,
    actor: Employee,
    wecom_id: str,
    role: Role,
    unit: Unit,
    start_on: date,
    at: datetime,
    policy: Policy,
) -> Employee | None:
    """Who has worked here before and comes back, if within reach; refuses what `join` would, for a preview.

    Raises:
        NotPermitted: the actor may not; InThePast: the day has passed; AlreadyHere: the account is taken;
        StillHandingOver: the last leaving of the person is not closed.
    """
    require_joining(session, actor=actor, role=role, unit_id=unit.id, policy=policy)
    if start_on < at.date():
        raise InThePast(at=start_on)
    known = staff.find_known(session, wecom_id)
    if known is None:
        return None
    allowed = staff.require(actor, "people.join", policy.rights)
    within = staff.covers_anybody(session, allowed, actor, known, at=at)
    named = {"account": wecom_id, "person": known.named if within else None}
    if known.is_here(at) and (open_onboarding(session, known.id) or staff.main_post(session, known.id, at)):
        raise AlreadyHere(**named)
    if open_separation(session, known.id) is not None:
        raise StillHandingOver(**named)
    return known if within else None


def join(
    session: Session,
    *,
    actor: Employee,
    wecom_id: str,
    name: str,
    role: Role,
    unit: Unit,
    start_on: date,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Onboarding:
    """Enter somebody who starts on a day, and begin the onboarding; who has left may come back (S3-01).

    Raises:
        NotPermitted: the actor may not; InThePast: the day has passed; AlreadyHere: the account is taken;
        StillHandingOver: the last leaving of the person is not closed.
    """
    check_joining(
        session,
        actor=actor,
        wecom_id=wecom_id,
        role=role,
        unit=unit,
        start_on=start_on,
        at=at,
        policy=policy,
    )
    starts_at = datetime.combine(start_on, time(), tzinfo=at.tzinfo)
    employee = staff.add_employee(
        session, wecom_id=wecom_id, name=name, role=role, unit=unit, since=starts_at
    )
    return begin_onboarding(
        session, employee=employee, start_on=start_on, at=at, actor=actor, policy=policy, calendar=calendar
    )


def begin_onboarding(
    session: Session,
    *,
    employee: Employee,
    start_on: date,
    at: datetime,
    actor: Employee | None,
    policy: Policy,
    calendar: WorkCalendar,
    application: Application | None = None,
    otherwise: Employee | None = None,
) -> Onboarding:
    """Give an employee with a post a number and a checklist (S2-10, S3-16); what is under way stays.

    `actor` is None where it begins by itself, as an accepted offer does; what was prepared for the
    application belongs to it from then on, and `otherwise` is given the steps that nobody else could do.

    Raises:
        NotPermitted: the actor may not; NoPost: the employee holds no post from that day on;
        NobodyAnswerable: there is nobody who could be given a step.
    """
    known = open_onboarding(session, employee.id)
    if known is not None:
        return known
    post = post_of(session, employee, first_moment(start_on, at))
    if actor is not None:
        require_joining(session, actor=actor, role=post.role, unit_id=post.unit_id, policy=policy)
    employee.number = employee.number or staff.next_number(session, prefix=policy.joining.number_prefix)
    employee.hired_on = start_on
    onboarding = Onboarding(
        employee_id=employee.id,
        unit_id=post.unit_id,
        role=post.role,
        starts_at=datetime.combine(start_on, policy.joining.starts_at, tzinfo=at.tzinfo),
        begun_at=at,
        begun_by="system" if actor is None else actor.subject,
        state=OnboardingState.OPEN,
    )
    session.add(onboarding)
    session.flush()
    if application is not None:
        checklist.take_over(session, application=application, of=onboarding)
    checklist.begin(
        session,
        of=onboarding,
        steps=policy.checklist.joining,
        unit_id=post.unit_id,
        starts_at=onboarding.starts_at,
        at=at,
        policy=policy,
        calendar=calendar,
        otherwise=actor or otherwise,
    )
    plan_start(session, onboarding)
    audit.record(
        session,
        at=at,
        actor=onboarding.begun_by,
        action="people.join",
        subject=employee.subject,
        details={"onboarding": onboarding.id, "unit": post.unit_id, "role": post.role},
        personal={employee.subject: {"name": employee.name, "start_on": str(start_on)}},
    )
    return onboarding


def plan_start(session: Session, onboarding: Onboarding) -> None:
    """Enter the first day among what is due."""
    due = max(onboarding.starts_at, onboarding.begun_at)
    planning.plan_due(session, [(STARTS, onboarding.id, due, handover.planning_end(due))])


def cancel_onboarding(
    session: Session, *, actor: Employee, employee: Employee, at: datetime, policy: Policy
) -> Sequence[int]:
    """Undo a joining before the first day: the person never starts; returns who had steps to do.

    Raises:
        NotPermitted: the actor may not; NotJoining: no joining is under way, or it has begun.
    """
    onboarding = open_onboarding(session, employee.id)
    if onboarding is None or onboarding.starts_at <= at:
        raise NotJoining(person=employee.named)
    require_joining(session, actor=actor, role=onboarding.role, unit_id=onboarding.unit_id, policy=policy)
    owners = sorted(
        {owner.id for item, owner in checklist.steps_of(session, of=onboarding) if item.done_at is None}
    )
    checklist.drop(session, of=onboarding, at=at)
    onboarding.state, onboarding.done_at = OnboardingState.CANCELLED, at
    staff.end_posts(session, employee=employee, at=at)
    employee.left_at = at
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="people.cancel_join",
        subject=employee.subject,
        details={"onboarding": onboarding.id},
    )
    return owners
