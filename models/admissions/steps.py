"""The steps between the departments: who does them, by when, and what became of them (S1-31)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import handover, recruiting, secrecy, staff
from models.admissions.tables import ChainStep, HiringChain, StepKind, StepState
from models.base import mark_once
from models.calendar import WorkCalendar
from models.candidates import Application
from models.policy import Policy
from models.recruiting import CONFIRM_NEED
from models.staff import Employee, Role
from models.worktime import Hours, add_work


def who_confirms(session: Session, *, unit_id: int, at: datetime, policy: Policy) -> Sequence[Employee]:
    """The hiring department nearest to a unit, or who stands in for it; where there is none, HR."""
    for role in (Role.HIRING_DEPARTMENT, Role.HR_CITY, Role.HR_PROVINCE, Role.HR_HEAD):
        people = staff.holders(session, role, unit_id=unit_id, at=at)
        found = [one for person in people if (one := _here(session, person, unit_id, at, policy))]
        if found:
            return list(dict.fromkeys(found))
    return []


def _here(session: Session, person: Employee, unit_id: int, at: datetime, policy: Policy) -> Employee | None:
    """The person, or who stands in for them while they are away, if they may confirm in the unit."""
    if handover.on_leave(session, employee_id=person.id, at=at):
        cover = handover.stand_in(session, employee_id=person.id, at=at)
        if cover is None:
            return None
        person = staff.with_posts(session, [session.get_one(Employee, cover)], at=at)[0]
    allowed = staff.reach(person, CONFIRM_NEED, policy.rights)
    return person if staff.covers_unit(session, allowed, unit_id) else None


def open_next(
    session: Session,
    chain: HiringChain,
    kind: StepKind,
    *,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    words: str = "",
) -> None:
    """Begin the next step: its owner is the nearest who may do it."""
    owners = those_who_do(session, chain, kind, at=at, policy=policy)
    hours = Hours(policy.reminders.work_starts_at, policy.reminders.work_ends_at)
    due, soon = timedelta(hours=policy.admissions.step_hours), timedelta(hours=policy.admissions.remind_hours)
    session.add(
        ChainStep(
            application_id=chain.application_id,
            kind=kind,
            owner_id=owners[0].id,
            starts_at=at,
            remind_at=add_work(at, soon, hours, calendar.is_workday),
            due_at=add_work(at, due, hours, calendar.is_workday),
            state=StepState.OPEN,
            words=_sealed(session, chain, words),
        )
    )
    session.flush()


def _sealed(session: Session, chain: HiringChain, words: str) -> bytes | None:
    application = session.get_one(Application, chain.application_id)
    said = words.strip()
    return secrecy.seal(session, recruiting.sealed_under(application), said) if said else None


def those_who_do(
    session: Session, chain: HiringChain, kind: StepKind, *, at: datetime, policy: Policy
) -> Sequence[Employee]:
    """Who can do a step of this kind: HR sends notices, the department says whom it needs."""
    unit_id = session.get_one(Application, chain.application_id).unit_id
    if kind == StepKind.NOTICE:
        hr = recruiting.who_answers(session, unit_id=unit_id, at=at, policy=policy)
        if hr:
            return hr
    return who_confirms(session, unit_id=unit_id, at=at, policy=policy)


def who_does(session: Session, step: ChainStep, *, at: datetime, policy: Policy) -> Sequence[Employee]:
    """Who can do an open step now; the first of them owns it from now on."""
    chain = session.get_one(HiringChain, step.application_id)
    found = those_who_do(session, chain, StepKind(step.kind), at=at, policy=policy)
    if found and step.owner_id not in {one.id for one in found}:
        step.owner_id = found[0].id
        session.flush()
    return found


def close_step(
    session: Session, chain: HiringChain, state: StepState, *, at: datetime, by: str, words: str = ""
) -> None:
    """The open step of a chain is over."""
    step = open_step(session, chain)
    if step is None:
        return
    step.state, step.done_at, step.done_by = state, at, by
    step.words = _sealed(session, chain, words) or step.words
    session.flush()


def open_step(session: Session, chain: HiringChain) -> ChainStep | None:
    """What somebody has to do now."""
    return session.scalars(
        select(ChainStep).where(
            ChainStep.application_id == chain.application_id, ChainStep.state == StepState.OPEN
        )
    ).one_or_none()


def to_remind(session: Session, *, at: datetime) -> Sequence[ChainStep]:
    """Steps of which their owners are to be reminded now, each once; they are marked as such."""
    return mark_once(
        session,
        ChainStep,
        waits=ChainStep.state == StepState.OPEN,
        due=ChainStep.remind_at,
        marked=ChainStep.reminded_at,
        at=at,
    )


def to_escalate(session: Session, *, at: datetime) -> Sequence[ChainStep]:
    """Steps that nobody has done in time, each once; they are marked as such."""
    return mark_once(
        session,
        ChainStep,
        waits=ChainStep.state == StepState.OPEN,
        due=ChainStep.due_at,
        marked=ChainStep.escalated_at,
        at=at,
    )
