"""What departments, HR and administration hear of somebody who passed, and by when (S1-28 to S1-31)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.base import CloseCards, JobContext, Notice
from jobs.offers import tend_offers
from models import admissions, lifecycle, notices, recruiting
from models.admissions import ChainState, ChainStep, ChainView, HiringChain, Prepared, StepKind
from models.calendar import WorkCalendar
from models.candidates import Application
from models.notices import CandidateNotice
from models.policy import Policy
from models.staff import Employee

AT_ONCE = 100
"""Of so many people the departments are asked in one run."""


def tend_admissions(ctx: JobContext) -> list[Notice]:
    """Ask about who has passed meanwhile, end what was overtaken, remind, and tell of what is late."""
    told: list[Notice] = []
    for chain, owners in admissions.end_overtaken(ctx.session, at=ctx.now):
        told += _tell_called_off(ctx.session, chain, owners)
    begun = admissions.begin_chains(
        ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar, limit=AT_ONCE
    )
    for chain in begun:
        told += tell_of_need(ctx.session, chain, ctx.now, ctx.policy)
    late = admissions.to_escalate(ctx.session, at=ctx.now)
    known = {step.id for step in late}
    for step in late:
        told += _tell_late(ctx, step)
    for step in admissions.to_remind(ctx.session, at=ctx.now):
        if step.id not in known:
            told += _remind(ctx, step)
    return [*told, *tend_offers(ctx)]


def begin_at_once(
    session: Session, application_id: int, at: datetime, policy: Policy, calendar: WorkCalendar
) -> list[Notice]:
    """The same for one who has just passed the last stage: nobody waits for the next run."""
    application = session.get_one(Application, application_id)
    chain = admissions.begin_chain(session, application, at=at, policy=policy, calendar=calendar)
    return [] if chain is None else tell_of_need(session, chain, at, policy)


def tell_of_need(
    session: Session, chain: HiringChain, at: datetime, policy: Policy, how: str = ""
) -> list[Notice]:
    """Who answers for the department gets the card (S1-28); `how`: it is asked `again`, or still `waits`."""
    view = admissions.chain_view(session, chain, policy=policy)
    owner = _owner(session, view, at, policy)
    return [] if owner is None else [_need(owner, view, how)]


def _need(owner: Employee, view: ChainView, how: str) -> Notice:
    return Notice(owner, "admissions/need", {"v": view, "how": how}, about=view.chain.about)


def _owner(session: Session, view: ChainView, at: datetime, policy: Policy) -> Employee | None:
    """Who has to do the open step now."""
    if view.open is None:
        return None
    admissions.who_does(session, view.open, at=at, policy=policy)
    return session.get_one(Employee, view.open.owner_id)


def _remind(ctx: JobContext, step: ChainStep) -> list[Notice]:
    view = _view(ctx, step)
    owner = _owner(ctx.session, view, ctx.now, ctx.policy) if view.passed else None
    if owner is None:
        return []
    if step.kind == StepKind.NEED:
        return [_need(owner, view, "waits")]
    return [Notice(owner, "admissions/notice_waits", {"v": view}, about=view.chain.about)]


def _tell_late(ctx: JobContext, step: ChainStep) -> list[Notice]:
    """HR hears of a department that does not answer; of late notices the notices themselves tell."""
    view = _view(ctx, step)
    if not view.passed or step.kind != StepKind.NEED:
        return []
    about, unit_id = view.chain.about, view.unit.id
    values = {"v": view, "owner": ctx.session.get_one(Employee, step.owner_id)}
    people = recruiting.who_answers(ctx.session, unit_id=unit_id, at=ctx.now, policy=ctx.policy)
    return [Notice(one, "admissions/need_late", values, about=about) for one in people]


def _view(ctx: JobContext, step: ChainStep) -> ChainView:
    chain = ctx.session.get_one(HiringChain, step.application_id)
    return admissions.chain_view(ctx.session, chain, policy=ctx.policy)


def _tell_called_off(session: Session, chain: HiringChain, owners: Sequence[int]) -> list[Notice]:
    person = recruiting.person_of(session, session.get_one(Application, chain.application_id))
    return [
        Notice(session.get_one(Employee, id_), "checklist/called_off", {"person": person}) for id_ in owners
    ]


def tell_not_needed(session: Session, chain: HiringChain, at: datetime, policy: Policy) -> list[Notice]:
    """HR hears that the department needs nobody any more, and why; it decides how to go on."""
    view = admissions.chain_view(session, chain, policy=policy)
    people = recruiting.who_answers(session, unit_id=view.unit.id, at=at, policy=policy)
    return [Notice(one, "admissions/not_needed", {"v": view}, about=chain.about) for one in people]


def tell_asked_again(session: Session, chain: HiringChain, at: datetime, policy: Policy) -> list[Notice]:
    """The department hears why HR asks once more."""
    return tell_of_need(session, chain, at, policy, "again")


def after_release(
    session: Session,
    *,
    actor: Employee,
    notice: CandidateNotice,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> list[Notice | CloseCards]:
    """HR has let a notice go: of a pass notice administration and the department hear (S1-30, S2-15)."""
    prepared = admissions.prepare(
        session, actor=actor, notice=notice, at=at, policy=policy, calendar=calendar
    )
    if prepared is None:
        return []
    view = admissions.chain_view(session, prepared.chain, policy=policy)
    closing = CloseCards(prepared.chain.about, "admissions/notice_left_button")
    return [closing, *_tell_preparing(session, prepared, view), *_tell_department(session, view)]


def _tell_preparing(session: Session, prepared: Prepared, view: ChainView) -> list[Notice]:
    owners: dict[int, list[lifecycle.ChecklistItem]] = {}
    for item, owner in prepared.steps:
        owners.setdefault(owner.id, []).append(item)
    return [
        Notice(session.get_one(Employee, id_), "checklist/prepare", {"v": view, "steps": items})
        for id_, items in owners.items()
    ]


def _tell_department(session: Session, view: ChainView) -> list[Notice]:
    department = department_of(session, view)
    return [] if department is None else [Notice(department, "admissions/notice_left", {"v": view})]


def department_of(session: Session, view: ChainView) -> Employee | None:
    """Who of the department has confirmed the need: they hear how it goes on (S2-15)."""
    kind, _, number = (view.process.row.need_confirmed_by or "").partition(":")
    return session.get(Employee, int(number)) if kind == "employee" else None


def held_back(session: Session, notice: CandidateNotice, policy: Policy) -> ChainView | None:
    """HR does not send a pass notice: what it was about, so that there is a way on."""
    chain = admissions.chain_of_notice(session, notice)
    if chain is None or chain.state != ChainState.NOTICE or notices.stands(session, notice):
        return None
    return admissions.chain_view(session, chain, policy=policy)
