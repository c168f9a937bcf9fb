"""What candidates and interviewers hear of what HR arranges and decides."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobs.base import Notice
from models import candidates, notices, recruiting
from models.policy import Policy
from models.recruiting import ProcessView, StageRecord, StageStatus
from models.staff import Employee


def tell_decided(
    session: Session, view: ProcessView, stage: StageRecord, reason: str, at: datetime, policy: Policy
) -> list[Notice]:
    """The candidate hears what a stage came to, what comes next, and that a human can look again."""
    to = candidates.wechat_of(session, recruiting.person_of(session, view.application))
    if to is None:
        return []
    values = {"v": view, "stage": stage, "reason": " ".join(reason.split())}
    until = at + timedelta(days=policy.recruiting.answer_days)
    if stage.status == StageStatus.FAILED:
        return [Notice(to, "recruiting/not_passed_notice", values, expires_at=until)]
    return [Notice(to, "recruiting/passed_notice", values, expires_at=until)]


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
    assert stage.starts_at is not None
    if before is not None:
        notices.stop(session, person=person, event=event_of(stage, before), at=at)
    address = policy.recruiting.interview_address.replace("{number}", view.application.called)
    notices.plan(
        session,
        person=person,
        application=view.application,
        event=event_of(stage, stage.starts_at),
        template="interview_on_site" if stage.place else "interview_invitation",
        values={
            "stage": stage.name,
            "time": stage.starts_at,
            **({"place": stage.place} if stage.place else {"link": address} if address else {}),
        },
        at=at,
        policy=policy,
        invitation=True,
        starts_at=stage.starts_at,
    )
    if stage.interviewer_id is None:
        return []
    holder = session.get_one(Employee, stage.interviewer_id)
    values = {"v": view, "stage": stage, "person": person}
    return [Notice(holder, "recruiting/to_hold_notice", values, about=stage.about)]


def event_of(stage: StageRecord, starts_at: datetime) -> str:
    """How the invitation to a stage at a time is called: nobody is invited to it twice (S1-04)."""
    return f"{stage.about}:{starts_at:%Y%m%d%H%M}"
