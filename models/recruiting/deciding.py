"""What HR answers to a request, by when, and who hears of it when it does not (S0-25, S0-27, S0-33)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.base import mark_once
from models.candidates import Application
from models.policy import Policy
from models.recruiting import reading, requests, reversing, stages
from models.recruiting.errors import (
    NotInTheFuture,
    RequestNotFound,
    RequestSettled,
    SaysNoReason,
    SlotTaken,
)
from models.recruiting.kinds import DECIDE, RequestKind, RequestState, StageStatus
from models.recruiting.reading import Process
from models.recruiting.tables import RemedialRequest, StageRecord
from models.staff import Employee


@dataclass(frozen=True)
class Answered:
    """What became of a request."""

    request: RemedialRequest
    stage: StageRecord
    link: str | None = None
    """The secret of the fresh link, where one was opened; it is kept nowhere."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """How it stood before the answer, as JSON: what `take_back_answer` takes."""


def request_within(
    session: Session, *, actor: Employee, request_id: int, policy: Policy, lock: bool = False
) -> RemedialRequest:
    """A request within the actor's reach.

    Raises:
        NotPermitted: the actor decides on none. RequestNotFound: there is none, or not within reach.
    """
    allowed = staff.require(actor, DECIDE, policy.rights)
    found = session.get(RemedialRequest, request_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or found.state == RequestState.DRAFT:
        raise RequestNotFound()
    application = session.get(Application, found.application_id)
    assert application is not None
    if not staff.covers_unit(session, allowed, application.unit_id):
        raise RequestNotFound()
    return found


def require_open_request(request: RemedialRequest) -> None:
    """Refuse unless a request waits for an answer, or for what the candidate adds.

    Raises:
        RequestSettled: as named.
    """
    if request.state not in reading.HANDED_IN:
        raise RequestSettled(state=request.state)


def approve(
    session: Session, *, actor: Employee, request_id: int, at: datetime, policy: Policy, answer: str = ""
) -> Answered:
    """Give another chance: a fresh link that expires, and the stage is open again (S0-27).

    Of a review: the stage is passed after all, for which `answer` is the reason.

    Raises:
        NotPermitted, RequestNotFound, RequestSettled: as `_open`.
        SaysNoReason: a review is approved without one.
    """
    process, request, stage = _open(session, actor, request_id, policy)
    before = reversing.as_it_stands(process, request, stage)
    if request.kind == RequestKind.REVIEW:
        if not answer.strip():
            raise SaysNoReason()
        stage.status, stage.decided_by, stage.decided_at = StageStatus.PASSED, actor.subject, at
        stage.reason = secrecy.seal(session, reading.sealed_under(process.application), answer.strip())
        link = None
    else:
        _reopen(stage, StageStatus.SCHEDULED, at)
        stage.starts_at = stage.ends_at = None
        link = stages.open_link(session, stage, at=at, policy=policy)
    _settle(session, process, request, RequestState.APPROVED, answer, at, actor)
    return Answered(request, stage, link, before)


def approve_alternative(
    session: Session,
    *,
    actor: Employee,
    request_id: int,
    interviewer: Employee,
    starts_at: datetime,
    at: datetime,
    policy: Policy,
    place: str = "",
    answer: str = "",
) -> Answered:
    """Let something else stand in for the stage: what the flow names, held by somebody at a time (S0-33).

    Raises:
        NotPermitted, RequestNotFound, RequestSettled: as `_open`.
        NotInTheFuture: the time is over. SlotTaken: the interviewer holds another one then.
    """
    process, request, stage = _open(session, actor, request_id, policy)
    if starts_at <= at:
        raise NotInTheFuture(starts_at=starts_at)
    until = starts_at + timedelta(minutes=policy.recruiting.alternative_minutes)
    require_free_interviewer(session, interviewer, starts_at, until, but_for=stage)
    before = reversing.as_it_stands(process, request, stage)
    _reopen(stage, StageStatus.ALTERNATIVE, at)
    flow = policy.flows.get(process.row.flow)
    stage.alternative = None if flow is None else flow.alternative
    stage.starts_at, stage.ends_at = starts_at, until
    stage.interviewer_id, stage.place = interviewer.id, place
    _settle(session, process, request, RequestState.APPROVED, answer, at, actor)
    return Answered(request, stage, before=before)


def require_free_interviewer(
    session: Session,
    interviewer: Employee,
    starts_at: datetime,
    ends_at: datetime,
    *,
    but_for: StageRecord | None = None,
) -> None:
    """Refuse if somebody holds another stage at that time.

    Raises:
        SlotTaken: as named.
    """
    found = session.scalars(
        select(StageRecord).where(
            StageRecord.interviewer_id == interviewer.id,
            StageRecord.status.in_((StageStatus.SCHEDULED, StageStatus.ALTERNATIVE)),
            StageRecord.starts_at < ends_at,
            StageRecord.ends_at > starts_at,
        )
    ).all()
    if any(but_for is None or one.id != but_for.id for one in found):
        raise SlotTaken(starts_at=starts_at)


def refuse(
    session: Session, *, actor: Employee, request_id: int, reason: str, at: datetime, policy: Policy
) -> Answered:
    """Say no, and why; the candidate's time goes on from where it stood.

    Raises:
        NotPermitted, RequestNotFound, RequestSettled: as `_open`. SaysNoReason: as named.
    """
    process, request, stage = _open(session, actor, request_id, policy)
    if not reason.strip():
        raise SaysNoReason()
    before = reversing.as_it_stands(process, request, stage)
    _settle(session, process, request, RequestState.REFUSED, reason, at, actor)
    return Answered(request, stage, before=before)


def take_back_answer(
    session: Session,
    *,
    actor: Employee,
    request_id: int,
    before: Mapping[str, Any],
    at: datetime,
    policy: Policy,
) -> Answered:
    """Take an answer back while nothing has come of it: the request is open again, as it stood `before`.

    Raises:
        NotPermitted, RequestNotFound: as `request_within`. RequestSettled: it is not answered.
        AnswerStands: the candidate or somebody of ours has gone on from it meanwhile.
    """
    known = request_within(session, actor=actor, request_id=request_id, policy=policy)
    process = reading.process_of(session, known.application_id, policy=policy, lock=True)
    request = request_within(session, actor=actor, request_id=request_id, policy=policy, lock=True)
    if request.state not in (RequestState.APPROVED, RequestState.REFUSED):
        raise RequestSettled(state=request.state)
    stage = reversing.put_back(session, process, request, before, at=at)
    _record(session, process, request, "recruiting.take_back_answer", at, actor, "")
    return Answered(request, stage)


def ask_back(
    session: Session, *, actor: Employee, request_id: int, question: str, at: datetime, policy: Policy
) -> Answered:
    """Ask the candidate for more; our clock stands until the answer, the candidate's does as well.

    Raises:
        NotPermitted, RequestNotFound, RequestSettled: as `_open`. SaysNoReason: nothing was asked.
    """
    process, request, stage = _open(session, actor, request_id, policy)
    if not question.strip():
        raise SaysNoReason()
    request.state, request.changed_at = RequestState.ASKED_BACK, at
    request.due_at = request.remind_at = None
    request.question = secrecy.seal(session, f"candidate:{request.person_id}", question.strip())
    session.flush()
    _record(session, process, request, "recruiting.ask_back", at, actor, question)
    return Answered(request, stage)


def _open(
    session: Session, actor: Employee, request_id: int, policy: Policy
) -> tuple[Process, RemedialRequest, StageRecord]:
    """What is asked, and of which stage.

    Raises:
        NotPermitted, RequestNotFound: as `request_within`.
        RequestSettled: it was decided or withdrawn; asked back, it can be decided all the same.
    """
    known = request_within(session, actor=actor, request_id=request_id, policy=policy)
    process = reading.process_of(session, known.application_id, policy=policy, lock=True)
    request = request_within(session, actor=actor, request_id=request_id, policy=policy, lock=True)
    require_open_request(request)
    stage = next(one for one in process.stages if one.id == request.stage_id)
    return process, request, stage


def _reopen(stage: StageRecord, status: StageStatus, at: datetime) -> None:
    stage.status, stage.opened_at = status, at
    stage.decided_by = stage.decided_at = None


def _settle(
    session: Session,
    process: Process,
    request: RemedialRequest,
    state: RequestState,
    answer: str,
    at: datetime,
    actor: Employee,
) -> None:
    request.state, request.changed_at = state, at
    request.decided_by, request.decided_at = actor.subject, at
    request.answer = secrecy.seal(session, f"candidate:{request.person_id}", answer.strip())
    session.flush()
    requests.close(session, process, request, at=at)
    _record(session, process, request, "recruiting.answer_request", at, actor, answer)


def _record(
    session: Session,
    process: Process,
    request: RemedialRequest,
    action: str,
    at: datetime,
    actor: Employee,
    words: str,
) -> None:
    person = reading.person_of(session, process.application)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=person.subject,
        details={
            "request": request.id,
            "application": request.application_id,
            "kind": request.kind,
            "state": request.state,
        },
        personal={person.subject: {"words": words.strip()}} if words.strip() else {},
    )


# --- our own clock ---------------------------------------------------------------------------------


def to_remind(session: Session, *, at: datetime) -> Sequence[RemedialRequest]:
    """Requests of which HR is to be reminded now, each once; they are marked as such (S0-25)."""
    return mark_once(
        session,
        RemedialRequest,
        waits=RemedialRequest.state == RequestState.SUBMITTED,
        due=RemedialRequest.remind_at,
        marked=RemedialRequest.reminded_at,
        at=at,
    )


def to_escalate(session: Session, *, at: datetime) -> Sequence[RemedialRequest]:
    """Requests that nobody has answered in time, each once; they are marked as such (S0-25)."""
    return mark_once(
        session,
        RemedialRequest,
        waits=RemedialRequest.state == RequestState.SUBMITTED,
        due=RemedialRequest.due_at,
        marked=RemedialRequest.escalated_at,
        at=at,
    )


def requests_within(
    session: Session, *, actor: Employee, policy: Policy, limit: int = 20
) -> tuple[Sequence[RemedialRequest], int]:
    """The most urgent requests within reach that wait for an answer, and how many there are in all.

    Raises:
        NotPermitted: the actor decides on none.
    """
    allowed = staff.require(actor, DECIDE, policy.rights)
    waiting = (
        select(RemedialRequest)
        .join(Application, Application.id == RemedialRequest.application_id)
        .where(
            RemedialRequest.state.in_(reading.HANDED_IN),
            staff.unit_in_reach(allowed, Application.unit_id),
        )
    )
    found = session.scalars(
        waiting.order_by(RemedialRequest.due_at.is_(None), RemedialRequest.due_at, RemedialRequest.id).limit(
            limit
        )
    ).all()
    return found, session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
