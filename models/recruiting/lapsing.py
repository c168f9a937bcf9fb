"""What becomes of a fresh link that nobody has used: it was missed, unless our side kept it from its use."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, handover
from models.calendar import WorkCalendar
from models.candidates import Application, ApplicationState
from models.policy import Policy
from models.recruiting import clocks, reading, stages
from models.recruiting.kinds import RequestKind, RequestState, StageStatus, StopReason
from models.recruiting.tables import RemedialRequest, StageRecord


def lapsed_links(
    session: Session, *, at: datetime, policy: Policy, limit: int = 200
) -> Sequence[tuple[StageRecord, RemedialRequest]]:
    """The stages whose link is over unused, each with the request it was the answer to.

    A result may be a little late, as after a start (`no_show_minutes`).
    """
    since = at - timedelta(minutes=policy.recruiting.no_show_minutes)
    found = session.scalars(
        select(StageRecord)
        .join(Application, Application.id == StageRecord.application_id)
        .where(
            StageRecord.status == StageStatus.SCHEDULED,
            StageRecord.starts_at.is_(None),
            StageRecord.link_expires_at <= since,
            Application.state == ApplicationState.OPEN,
        )
        .order_by(StageRecord.link_expires_at, StageRecord.id)
        .limit(limit)
        .with_for_update(of=StageRecord, skip_locked=True)
    ).all()
    answered = [(stage, _answered(session, stage)) for stage in found]
    return [(stage, request) for stage, request in answered if request is not None]


def _answered(session: Session, stage: StageRecord) -> RemedialRequest | None:
    """The request that the link was the answer to."""
    return session.scalars(
        select(RemedialRequest)
        .where(
            RemedialRequest.stage_id == stage.id,
            RemedialRequest.kind != RequestKind.REVIEW,
            RemedialRequest.state == RequestState.APPROVED,
        )
        .order_by(RemedialRequest.decided_at.desc(), RemedialRequest.id.desc())
        .limit(1)
    ).first()


def miss_link(session: Session, *, stage: StageRecord, at: datetime, policy: Policy) -> None:
    """The link was there and was not used: the stage is missed once more, since the link was over."""
    assert stage.link_expires_at is not None
    process = reading.process_of(session, stage.application_id, policy=policy, lock=True)
    stage.not_at_fault, stage.cause = False, ""
    stages.missed(session, process, stage, at=stage.link_expires_at, policy=policy)
    reading.settle(session, process, at=at)
    _record(session, stage, "recruiting.miss", at)


def ask_anew(
    session: Session,
    *,
    stage: StageRecord,
    request: RemedialRequest,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> None:
    """The link could not be used, and not by the candidate's fault: the request waits for HR once more.

    Our clock runs anew, the candidate's stands still (S0-25, S0-32).
    """
    process = reading.process_of(session, stage.application_id, policy=policy, lock=True)
    request.state, request.changed_at = RequestState.SUBMITTED, at
    request.reminded_at = request.escalated_at = None
    request.decided_by = request.decided_at = request.answer = None
    answer, remind = policy.recruiting.answer_workdays, policy.recruiting.remind_workdays
    request.due_at = handover.add_workdays(at, answer, calendar.is_workday)
    request.remind_at = handover.add_workdays(at, remind, calendar.is_workday)
    stage.status, stage.link_hash, stage.link_expires_at = StageStatus.REMEDIAL_REQUESTED, None, None
    clocks.stop_clock(session, stage=stage, why=StopReason.PENDING_REQUEST, at=at)
    reading.settle(session, process, at=at)
    process.row.frozen_at, process.row.frozen_why = at, stage.code
    session.flush()
    _record(session, stage, "recruiting.link_lost", at)


def _record(session: Session, stage: StageRecord, action: str, at: datetime) -> None:
    application = session.get_one(Application, stage.application_id)
    audit.record(
        session,
        at=at,
        action=action,
        subject=reading.person_of(session, application).subject,
        details={"application": application.id, "stage": stage.code},
    )
