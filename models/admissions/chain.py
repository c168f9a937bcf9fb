"""The way of somebody who passed: need, notice, preparation; each step with one owner and a time.

Nobody is hired by it: the department says that it needs somebody, HR sends the notice (S1-28, S1-31, S2-03).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from models import audit, candidates, lifecycle, notices, recruiting, staff
from models.admissions.errors import NeedSettled, NothingToConfirmYet, TakenElsewhere
from models.admissions.steps import close_step, open_next, who_confirms
from models.admissions.tables import (
    EVENT,
    ChainState,
    HiringChain,
    StepKind,
    StepState,
)
from models.calendar import WorkCalendar
from models.candidates import Application, ApplicationState
from models.flows import StageKind
from models.notices import CandidateNotice, NoticeState
from models.policy import Policy
from models.recruiting import CONFIRM_NEED, DECIDE, HiringProcess, Process, StageRecord
from models.staff import Candidate, Employee, Unit

LAST = (StageKind.OFFER, StageKind.ONBOARDING)
"""Who stands at such a stage has passed everything that somebody judges."""
TEMPLATE = "pass"


@dataclass(frozen=True)
class Prepared:
    """What follows from a pass notice that has left."""

    chain: HiringChain
    steps: Sequence[tuple[lifecycle.ChecklistItem, Employee]]


# --- beginning ---------------------------------------------------------------------------------------


def has_passed(process: Process) -> bool:
    """Whether an open application has everything behind it that somebody judges."""
    current = process.current
    return process.application.state == ApplicationState.OPEN and (current is None or current.kind in LAST)


def begin_chains(
    session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar, limit: int = 100
) -> list[HiringChain]:
    """Ask the departments about everybody who has passed meanwhile."""
    at_last = exists().where(
        StageRecord.application_id == Application.id,
        StageRecord.code == HiringProcess.current,
        StageRecord.kind.in_(LAST),
    )
    found = session.scalars(
        select(Application)
        .join(HiringProcess, HiringProcess.application_id == Application.id)
        .outerjoin(HiringChain, HiringChain.application_id == Application.id)
        .where(
            Application.state == ApplicationState.OPEN,
            HiringChain.application_id.is_(None),
            or_(HiringProcess.current.is_(None), at_last),
        )
        .order_by(Application.id)
        .limit(limit)
    ).all()
    begun = [begin_chain(session, one, at=at, policy=policy, calendar=calendar) for one in found]
    return [one for one in begun if one is not None]


def begin_chain(
    session: Session, application: Application, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> HiringChain | None:
    """Ask the department whether it still needs somebody who has passed everything.

    None: it was asked before, something is still to be passed, another unit has admitted the person, or
    nobody is there who could be asked.
    """
    process = recruiting.process_of(session, application.id, policy=policy, lock=True)
    if not has_passed(process) or session.get(HiringChain, application.id) is not None:
        return None
    if candidates.is_admitted_elsewhere(session, application):
        return None
    if not who_confirms(session, unit_id=application.unit_id, at=at, policy=policy):
        return None
    start_on = at.date() + timedelta(days=policy.admissions.start_days)
    while not calendar.is_workday(start_on):
        start_on += timedelta(days=1)
    chain = HiringChain(
        application_id=application.id, state=ChainState.NEED, round=1, start_on=start_on, begun_at=at
    )
    session.add(chain)
    session.flush()
    open_next(session, chain, StepKind.NEED, at=at, policy=policy, calendar=calendar)
    return chain


# --- the department ----------------------------------------------------------------------------------


def confirm_need(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    start_on: date | None = None,
) -> tuple[HiringChain, CandidateNotice]:
    """The department needs somebody, from a day on; HR gets the notice to look at (S1-28, S1-29).

    Raises:
        NotPermitted, NothingToConfirmYet: the actor may not, or it is not within reach.
        NeedSettled: it was answered. TakenElsewhere: as named. InThePast: the day is over.
    """
    chain, process, person = the_chain(session, actor, application_id, CONFIRM_NEED, policy)
    if chain.state != ChainState.NEED:
        raise NeedSettled(state=str(chain.state))
    if start_on is not None and start_on < at.date():
        raise lifecycle.InThePast(at=start_on)
    if not has_passed(process):
        raise NeedSettled(state="not_passed")
    if candidates.is_admitted_elsewhere(session, process.application):
        raise TakenElsewhere(name=person.name)
    recruiting.confirm_need(session, actor=actor, application_id=application_id, at=at, policy=policy)
    chain.start_on = start_on or chain.start_on
    close_step(session, chain, StepState.DONE, at=at, by=actor.subject)
    chain.state = ChainState.NOTICE
    fit = recruiting.fit_for(session, process)
    best = max(fit.met, key=lambda one: one.points or 0, default=None)
    starts_at = datetime.combine(chain.start_on, policy.joining.starts_at, tzinfo=at.tzinfo)
    notice = notices.plan(
        session,
        person=person,
        application=process.application,
        event=chain.event,
        template=TEMPLATE,
        values={
            "start": starts_at,
            "materials": policy.admissions.documents,
            **_address(session, process.application.unit_id, policy),
        },
        at=at,
        policy=policy,
        until=max(starts_at, at + timedelta(days=1)),
        strength="" if best is None else best.name,
        score=None if process.ai is None else process.ai.score,
        approve=True,
    )
    if notice is None:
        raise NeedSettled(state=str(chain.state))
    open_next(session, chain, StepKind.NOTICE, at=at, policy=policy, calendar=calendar)
    return chain, notice


def _address(session: Session, unit_id: int, policy: Policy) -> Mapping[str, str]:
    """Where starters of a unit report, or of the nearest unit above it of which that is known."""
    path = staff.unit_path(session, session.get_one(Unit, unit_id))
    known = (policy.admissions.addresses.get(name, "") for name in reversed(path))
    address = next((one for one in known if one), "")
    return {"address": address} if address else {}


def refuse_need(
    session: Session, *, actor: Employee, application_id: int, reason: str, at: datetime, policy: Policy
) -> HiringChain:
    """The department needs nobody any more and says why; HR decides what becomes of the application.

    Raises:
        NotPermitted, NothingToConfirmYet, NeedSettled: as `confirm_need`. SaysNoReason: as named.
    """
    chain, process, person = the_chain(session, actor, application_id, CONFIRM_NEED, policy)
    if chain.state != ChainState.NEED:
        raise NeedSettled(state=str(chain.state))
    if not reason.strip():
        raise recruiting.SaysNoReason()
    close_step(session, chain, StepState.REFUSED, at=at, by=actor.subject, words=reason)
    chain.state = ChainState.NOT_NEEDED
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.no_need",
        subject=person.subject,
        details={"application": process.application.id},
        personal={person.subject: {"reason": reason.strip()}},
    )
    return chain


def reopen_need(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> HiringChain:
    """The department takes its answer back, while no notice has left and HR has not gone on from it.

    Raises:
        NotPermitted, NothingToConfirmYet: the actor may not, or it is not within reach.
        NeedSettled: something has come of the answer.
    """
    chain, process, person = the_chain(session, actor, application_id, CONFIRM_NEED, policy)
    if process.application.state != ApplicationState.OPEN:
        raise NeedSettled(state=str(ChainState.ENDED))
    if chain.state not in (ChainState.NOTICE, ChainState.NOT_NEEDED):
        raise NeedSettled(state=str(chain.state))
    close_step(session, chain, StepState.DROPPED, at=at, by=actor.subject)
    notices.stop(session, person=person, event=chain.event, at=at)
    _ask_anew(session, chain, process, at=at, policy=policy, calendar=calendar)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.reopen_need",
        subject=person.subject,
        details={"application": application_id},
    )
    return chain


def _ask_anew(
    session: Session,
    chain: HiringChain,
    process: Process,
    *,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    words: str = "",
) -> None:
    chain.state, chain.round = ChainState.NEED, chain.round + 1
    process.row.need_confirmed_at = process.row.need_confirmed_by = None
    open_next(session, chain, StepKind.NEED, at=at, policy=policy, calendar=calendar, words=words)


def ask_again(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    reason: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> HiringChain:
    """HR asks the department once more: what it said, or the day, does not fit; an unsent notice is dropped.

    Raises:
        NotPermitted, NothingToConfirmYet: the actor may not, or it is not within reach.
        NeedSettled: the department is being asked, or the notice has left.
    """
    chain, process, person = the_chain(session, actor, application_id, DECIDE, policy)
    if chain.state not in (ChainState.NOTICE, ChainState.NOT_NEEDED):
        raise NeedSettled(state=str(chain.state))
    if process.application.state != ApplicationState.OPEN:
        raise NeedSettled(state=str(ChainState.ENDED))
    if chain.state == ChainState.NOTICE:
        close_step(session, chain, StepState.REFUSED, at=at, by=actor.subject, words=reason)
        notices.stop(session, person=person, event=chain.event, at=at)
    _ask_anew(session, chain, process, at=at, policy=policy, calendar=calendar, words=reason)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.ask_need_again",
        subject=person.subject,
        details={"application": application_id, "round": chain.round},
        personal={person.subject: {"reason": reason.strip()}},
    )
    return chain


# --- the notice and what follows ---------------------------------------------------------------------


def chain_of_notice(session: Session, notice: CandidateNotice) -> HiringChain | None:
    """The chain whose notice this is, if it waits for it."""
    if notice.application_id is None or not notice.event.startswith(f"{EVENT}:"):
        return None
    chain = session.get(HiringChain, notice.application_id)
    return chain if chain is not None and chain.event == notice.event else None


def prepare(
    session: Session,
    *,
    actor: Employee,
    notice: CandidateNotice,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Prepared | None:
    """HR has let a pass notice go: administration prepares (S1-30). None: it is another notice."""
    chain = chain_of_notice(session, notice)
    if chain is None or chain.state != ChainState.NOTICE or notice.state != NoticeState.PLANNED:
        return None
    application = session.get_one(Application, chain.application_id)
    close_step(session, chain, StepState.DONE, at=at, by=actor.subject)
    chain.state = ChainState.PREPARING
    session.flush()
    lifecycle.begin_preparing(
        session,
        application=application,
        starts_at=datetime.combine(chain.start_on, policy.joining.starts_at, tzinfo=at.tzinfo),
        at=at,
        policy=policy,
        calendar=calendar,
        otherwise=actor,
    )
    return Prepared(chain, lifecycle.steps_of(session, of=application))


def end_overtaken(session: Session, *, at: datetime) -> list[tuple[HiringChain, Sequence[int]]]:
    """End what an admission elsewhere, a withdrawal or a rejection has overtaken; each with who prepared."""
    found = session.scalars(
        select(HiringChain)
        .join(Application, Application.id == HiringChain.application_id)
        .where(
            HiringChain.state.not_in((ChainState.ENDED,)),
            Application.state.in_((ApplicationState.REJECTED, ApplicationState.WITHDRAWN)) | _elsewhere(),
        )
        .order_by(HiringChain.application_id)
        .with_for_update(of=HiringChain, skip_locked=True)
    ).all()
    ended = []
    for chain in found:
        application = session.get_one(Application, chain.application_id)
        close_step(session, chain, StepState.DROPPED, at=at, by=audit.SYSTEM)
        person = recruiting.person_of(session, application)
        notices.stop(session, person=person, event=chain.event, at=at)
        chain.state = ChainState.ENDED
        ended.append((chain, lifecycle.stop_preparing(session, application=application, at=at)))
    session.flush()
    return ended


def _elsewhere() -> ColumnElement[bool]:
    """Another application of the same person was admitted."""
    other = Application.__table__.alias("other")
    return (Application.state == ApplicationState.OPEN) & exists().where(
        other.c.person_id == Application.person_id,
        other.c.id != Application.id,
        other.c.state == ApplicationState.ADMITTED,
    )


def the_chain(
    session: Session, actor: Employee, application_id: int, action: str, policy: Policy
) -> tuple[HiringChain, Process, Candidate]:
    """The chain of an application within reach, locked.

    Raises:
        NotPermitted, NothingToConfirmYet: the actor may not, or it is not within reach.
    """
    allowed = staff.require(actor, action, policy.rights)
    chain = session.get(HiringChain, application_id, with_for_update=True, populate_existing=True)
    application = session.get(Application, application_id)
    if chain is None or application is None or not staff.covers_unit(session, allowed, application.unit_id):
        raise NothingToConfirmYet()
    process = recruiting.process_of(session, application_id, policy=policy, lock=True)
    return chain, process, recruiting.person_of(session, application)
