"""What candidates and interviewers hear of what HR arranges and decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from jobs.telling import tell
from models import candidates, notices, recruiting
from models.candidates import Application
from models.flows import StageKind
from models.notices import NoticeState
from models.policy import Policy
from models.recruiting import ProcessView, StageRecord, StageStatus
from models.staff import Candidate, Employee


def tell_decided(
    session: Session, view: ProcessView, stage: StageRecord, reason: str, at: datetime, policy: Policy
) -> list[Notice]:
    """The candidate hears what a stage came to, what comes next, and that a human can look again."""
    failed = stage.status == StageStatus.FAILED
    return tell(
        session,
        person=recruiting.person_of(session, view.application),
        application=view.application,
        event=f"{stage.about}:decided:{at:%Y%m%d%H%M%S}",
        template="stage_decided",
        block="recruiting/not_passed_notice" if failed else "recruiting/passed_notice",
        values={"v": view, "stage": stage, "reason": " ".join(reason.split())},
        at=at,
        policy=policy,
        until=at + timedelta(days=policy.recruiting.answer_days),
    )


def tell_decision_taken_back(
    session: Session, view: ProcessView, stage: StageRecord, at: datetime, policy: Policy
) -> list[Notice] | None:
    """The candidate hears that a decision counts no longer; None if they had not heard of it yet."""
    person = recruiting.person_of(session, view.application)
    if notices.stop(session, person=person, event=f"{stage.about}:decided", at=at):
        return None
    return tell(
        session,
        person=person,
        application=view.application,
        event=f"{stage.about}:undecided:{at:%Y%m%d%H%M%S}",
        template="decision_taken_back",
        block="recruiting/taken_back_notice",
        values={"v": view, "stage": stage},
        at=at,
        policy=policy,
        until=at + timedelta(days=policy.recruiting.answer_days),
    )


def tell_of_appointment(
    session: Session,
    view: ProcessView,
    stage: StageRecord,
    before: datetime | None,
    at: datetime,
    policy: Policy,
) -> list[Notice]:
    """The candidate is invited by every channel (S0-42), and who holds the stage hears of it.

    An invitation to an earlier time is stopped.
    """
    person = recruiting.person_of(session, view.application)
    if before not in (None, stage.starts_at):
        notices.stop(session, person=person, event=event_of(stage, before), at=at)
    invite(session, view, stage, at, policy)
    if stage.interviewer_id is None:
        return []
    holder = session.get_one(Employee, stage.interviewer_id)
    values = {"v": view, "stage": stage, "person": person}
    return [Notice(holder, "recruiting/to_hold_notice", values, about=stage.about)]


def invite(session: Session, view: ProcessView, stage: StageRecord, at: datetime, policy: Policy) -> None:
    """The candidate is invited by every channel, and reminded (S0-42).

    The address of the interview system is told of AI interviews alone; of others, where they are: HR is asked
    for what is missing.
    """
    assert stage.starts_at is not None
    alternative = policy.notice_texts.alternatives.get(stage.alternative or "", stage.name)
    name = alternative if stage.status == StageStatus.ALTERNATIVE else stage.name
    online = not stage.place and stage.kind == StageKind.AI_INTERVIEW and name == stage.name
    address = policy.recruiting.interview_address.replace("{number}", view.application.called)
    where = ("link", address) if online else ("place", stage.place)
    notices.plan(
        session,
        person=recruiting.person_of(session, view.application),
        application=view.application,
        event=event_of(stage, stage.starts_at),
        template="interview_invitation" if online else "interview_on_site",
        values={"stage": name, "time": stage.starts_at, where[0]: where[1]},
        at=at,
        policy=policy,
        invitation=True,
        starts_at=stage.starts_at,
    )


@dataclass(frozen=True)
class Invited:
    """What becomes of an invitation, as whoever arranged it hears."""

    blocked: bool
    """Something is missing, and HR has to add it before it leaves."""
    later: datetime | None
    """When it leaves, where that is not now."""
    by_wechat: bool
    by_email: bool


def how_invited(session: Session, person: Candidate, stage: StageRecord, at: datetime) -> Invited | None:
    """What becomes of the invitation to a stage; None if the person is told nothing more."""
    assert stage.starts_at is not None
    notice = notices.told_of(session, person, event_of(stage, stage.starts_at))
    if notice is None:
        return None
    return Invited(
        notice.state == NoticeState.BLOCKED,
        notice.due_at if notice.due_at > at else None,
        candidates.wechat_of(session, person) is not None,
        candidates.email_of(session, person.subject) is not None,
    )


def event_of(stage: StageRecord, starts_at: datetime) -> str:
    """How the invitation to a stage at a time is called: nobody is invited to it twice (S1-04)."""
    return f"{stage.about}:{starts_at:%Y%m%d%H%M}"


def stage_told_of(session: Session, event: str) -> StageRecord | None:
    """The stage that an invitation is about, by what its event is called; None for other notices."""
    about, _, _ = event.rpartition(":")
    kind, _, id_ = about.partition(":")
    return session.get(StageRecord, int(id_)) if kind == "stage" and id_.isdecimal() else None


def excuse_unreached(ctx: JobContext, event: str) -> None:
    """Whom an invitation did not reach is not to blame, and their time stands still (S0-41)."""
    stage = stage_told_of(ctx.session, event)
    if stage is not None and stage.starts_at is not None and event == event_of(stage, stage.starts_at):
        recruiting.notice_failed(ctx.session, stage=stage, at=ctx.now, policy=ctx.policy)


def let_clocks_go_on(ctx: JobContext) -> None:
    """Whoever has heard of an invitation meanwhile has their time go on."""
    for stage in recruiting.stages_unheard_of(ctx.session):
        application = ctx.session.get_one(Application, stage.application_id)
        person = recruiting.person_of(ctx.session, application)
        if stage.starts_at is not None and notices.was_reached(
            ctx.session, person=person, event=event_of(stage, stage.starts_at)
        ):
            recruiting.notice_arrived(ctx.session, stage=stage, at=ctx.now)
