"""Asking for another chance: begun, told in three parts, handed in, corrected, withdrawn (S0-22 to S0-32)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import audit, handover, secrecy
from models.calendar import WorkCalendar
from models.candidates import require_bound, rows_of
from models.policy import Policy
from models.recruiting import clocks, reading, rules
from models.recruiting.errors import (
    CannotAsk,
    ProcessNotFound,
    RequestNotFound,
    RequestSettled,
    RequestUnfinished,
    UnknownReason,
)
from models.recruiting.kinds import (
    RequestKind,
    RequestState,
    RequestStep,
    StageStatus,
    StopReason,
)
from models.recruiting.reading import Process
from models.recruiting.tables import RemedialRequest, RequestEvidence, StageRecord
from models.staff import Candidate

LONGEST_WORDS = 1000
PARTS = (RequestStep.REASON, RequestStep.INTEREST, RequestStep.WISH)
CORRECTABLE = frozenset({RequestState.DRAFT, RequestState.SUBMITTED, RequestState.ASKED_BACK})


def standing_of(
    session: Session, process: Process, stage: StageRecord, *, at: datetime, policy: Policy
) -> rules.Standing:
    """What decides about the actions of an application now."""
    approved = session.scalars(
        select(RemedialRequest.kind).where(
            RemedialRequest.stage_id == stage.id, RemedialRequest.state == RequestState.APPROVED
        )
    ).all()
    found = clocks.window(session, stage, at=at, policy=policy)
    late_days = timedelta(days=policy.recruiting.late_days)
    late = not found.open and stage.missed_at is not None and at > stage.missed_at + late_days
    return rules.Standing(
        open=process.application.state == "open",
        frozen=process.row.frozen_at is not None,
        window=found,
        open_request=reading.open_request(session, stage.id) is not None,
        used=frozenset(approved),
        late=late,
    )


def own_process(session: Session, person: Candidate, application_id: int, *, policy: Policy) -> Process:
    """The process of an application of the candidate's own, locked.

    Raises:
        NotBound: nobody knows who this follower is. ProcessNotFound: it is nobody's, or somebody else's.
    """
    person = require_bound(session, person)
    process = reading.process_of(session, application_id, policy=policy, lock=True)
    if process.application.person_id not in {row.id for row in rows_of(session, person)}:
        raise ProcessNotFound()
    return process


def begin_request(
    session: Session,
    *,
    person: Candidate,
    application_id: int,
    kind: RequestKind,
    at: datetime,
    policy: Policy,
) -> RemedialRequest:
    """Begin a request about the current stage, or go on with the draft of one (S0-24).

    The draft keeps through restarts and days of silence; until it is handed in nothing stands still.

    Raises:
        NotBound, ProcessNotFound: as `own_process`. ProcessSettled: as named.
        CannotAsk: with `why` a code of `rules.ask_why_not`.
    """
    process = own_process(session, person, application_id, policy=policy)
    stage = reading.require_open(process)
    known = reading.open_request(session, stage.id)
    if known is not None and known.state == RequestState.DRAFT:
        if known.kind == kind:
            return known
        session.execute(delete(RequestEvidence).where(RequestEvidence.request_id == known.id))
        session.delete(known)
        session.flush()
    _require_askable(session, process, stage, kind, at, policy)
    request = RemedialRequest(
        application_id=application_id,
        stage_id=stage.id,
        person_id=reading.person_of(session, process.application).id,
        kind=kind,
        state=RequestState.DRAFT,
        step=RequestStep.REASON,
        begun_at=at,
        changed_at=at,
    )
    session.add(request)
    session.flush()
    _record(session, request, "recruiting.begin_request", at)
    return request


def _require_askable(
    session: Session, process: Process, stage: StageRecord, kind: RequestKind, at: datetime, policy: Policy
) -> None:
    standing = standing_of(session, process, stage, at=at, policy=policy)
    why = rules.ask_why_not(stage, standing, kind)
    if why:
        days, ends_at = policy.recruiting.window_days, standing.window.ends_at
        raise CannotAsk(why=why, kind=str(kind), days=days, ends_at=ends_at)


def own_request(session: Session, *, person: Candidate, request_id: int) -> RemedialRequest:
    """A request of the candidate's own.

    Raises:
        NotBound: nobody knows who this follower is. RequestNotFound: it is nobody's, or somebody else's.
    """
    person = require_bound(session, person)
    found = session.get(RemedialRequest, request_id, with_for_update=True, populate_existing=True)
    if found is None or found.person_id not in {row.id for row in rows_of(session, person)}:
        raise RequestNotFound()
    return found


def newest_request(session: Session, *, person: Candidate) -> RemedialRequest | None:
    """The candidate's request that is not decided, the one changed last."""
    ids = [row.id for row in rows_of(session, require_bound(session, person))]
    return session.scalars(
        select(RemedialRequest)
        .where(RemedialRequest.person_id.in_(ids), RemedialRequest.state.in_(reading.OPEN_STATES))
        .order_by(RemedialRequest.changed_at.desc(), RemedialRequest.id.desc())
        .limit(1)
    ).first()


def say(
    session: Session,
    *,
    person: Candidate,
    request_id: int,
    text: str,
    at: datetime,
    policy: Policy,
    part: RequestStep | None = None,
) -> RemedialRequest:
    """Tell the next part, or the one named, of a draft; the reason may be a number of those on offer (S0-23).

    Raises:
        NotBound, RequestNotFound: as `own_request`.
        RequestSettled: it was decided or withdrawn. UnknownReason: the number is none of those on offer.
    """
    request = own_request(session, person=person, request_id=request_id)
    if request.state not in CORRECTABLE:
        raise RequestSettled(state=request.state)
    step = RequestStep(part or request.step)
    words = text.strip()[:LONGEST_WORDS]
    if step == RequestStep.REASON:
        request.reason_code = reason_code(words, policy)
    if step in PARTS or step == RequestStep.SUPPLEMENT:
        sealed = secrecy.seal(session, _subject(request), words)
        setattr(request, step.value, sealed)
        if part is None:
            request.step = _after(step)
    request.changed_at = at
    session.flush()
    return request


def reason_code(words: str, policy: Policy) -> str:
    """The code of a reason in somebody's words, or of its number.

    Raises:
        UnknownReason: a number that is not on offer, or nothing at all.
    """
    reasons = policy.recruiting.reasons
    if words.isdecimal() and words.isascii():
        if not 1 <= int(words) <= len(reasons):
            raise UnknownReason(reasons=[known[0] for known in reasons.values()])
        return list(reasons)[int(words) - 1]
    if not words:
        raise UnknownReason(reasons=[known[0] for known in reasons.values()])
    fitting = [(len(one), code) for code, known in reasons.items() for one in known if one in words]
    return max(fitting)[1] if fitting else "other"


def _after(step: RequestStep) -> RequestStep:
    steps = list(RequestStep)
    return steps[min(steps.index(step) + 1, len(steps) - 1)]


def attach(
    session: Session, *, person: Candidate, request_id: int, ticket: str, at: datetime
) -> RemedialRequest:
    """Put a file that the candidate sent to a request, by its ticket; the same again changes nothing (S0-26).

    Raises:
        NotBound, RequestNotFound: as `own_request`. RequestSettled: it was decided or withdrawn.
    """
    request = own_request(session, person=person, request_id=request_id)
    if request.state not in CORRECTABLE:
        raise RequestSettled(state=request.state)
    if session.get(RequestEvidence, (request.id, ticket)) is None:
        session.add(RequestEvidence(request_id=request.id, ticket=ticket, at=at))
        request.changed_at = at
        session.flush()
    return request


def submit(
    session: Session,
    *,
    person: Candidate,
    request_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> RemedialRequest:
    """Hand a request in: from now on the candidate's time stands still and ours runs (S0-25).

    Raises:
        NotBound, RequestNotFound: as `own_request`. RequestSettled: it is handed in or decided.
        RequestUnfinished: the reason (S0-23), or another part, is still to be told.
        CannotAsk: meanwhile it cannot be asked for any more.
    """
    request = own_request(session, person=person, request_id=request_id)
    if request.state not in (RequestState.DRAFT, RequestState.ASKED_BACK):
        raise RequestSettled(state=request.state)
    for part in PARTS if request.kind != RequestKind.REVIEW else PARTS[:1]:
        if getattr(request, part.value) is None:
            raise RequestUnfinished(step=str(part))
    process = own_process(session, person, request.application_id, policy=policy)
    stage = process.stage(_code(process, request))
    if request.state == RequestState.DRAFT:
        reading.require_open(process)
        _require_askable_but_for(session, process, stage, request, at, policy)
    request.state, request.step = RequestState.SUBMITTED, RequestStep.EVIDENCE
    request.submitted_at = request.submitted_at or at
    request.changed_at, request.reminded_at, request.escalated_at = at, None, None
    answer, remind = policy.recruiting.answer_workdays, policy.recruiting.remind_workdays
    request.due_at = handover.add_workdays(at, answer, calendar.is_workday)
    request.remind_at = handover.add_workdays(at, remind, calendar.is_workday)
    if request.kind != RequestKind.REVIEW:
        stage.status = StageStatus.REMEDIAL_REQUESTED
        clocks.stop_clock(session, stage=stage, why=StopReason.PENDING_REQUEST, at=at)
    session.flush()
    reading.settle(session, process, at=at)
    _record(session, request, "recruiting.submit_request", at)
    return request


def _require_askable_but_for(
    session: Session,
    process: Process,
    stage: StageRecord,
    request: RemedialRequest,
    at: datetime,
    policy: Policy,
) -> None:
    """The same check, but for the draft itself."""
    state, request.state = request.state, RequestState.WITHDRAWN
    session.flush()
    try:
        _require_askable(session, process, stage, RequestKind(request.kind), at, policy)
    finally:
        request.state = state


def _code(process: Process, request: RemedialRequest) -> str:
    return next(one.code for one in process.stages if one.id == request.stage_id)


def correct(
    session: Session,
    *,
    person: Candidate,
    request_id: int,
    part: RequestStep,
    text: str,
    at: datetime,
    policy: Policy,
) -> RemedialRequest:
    """Say one part anew, also after it was handed in.

    Raises:
        DomainError: as `say`.
    """
    request = say(session, person=person, request_id=request_id, text=text, at=at, policy=policy, part=part)
    if request.state != RequestState.DRAFT:
        _record(session, request, "recruiting.correct_request", at, part=str(part))
    return request


def withdraw(
    session: Session, *, person: Candidate, request_id: int, at: datetime, policy: Policy
) -> RemedialRequest:
    """Take a request back: the candidate's time goes on from where it stood.

    Raises:
        NotBound, RequestNotFound: as `own_request`. RequestSettled: it was decided or withdrawn.
    """
    request = own_request(session, person=person, request_id=request_id)
    if request.state not in CORRECTABLE:
        raise RequestSettled(state=request.state)
    process = own_process(session, person, request.application_id, policy=policy)
    request.state, request.changed_at = RequestState.WITHDRAWN, at
    close(session, process, request, at=at)
    _record(session, request, "recruiting.withdraw_request", at)
    return request


def close(session: Session, process: Process, request: RemedialRequest, *, at: datetime) -> None:
    """A request is over: the stage stands as before, and the candidate's time goes on."""
    stage = process.stage(_code(process, request))
    if stage.status == StageStatus.REMEDIAL_REQUESTED:
        stage.status = StageStatus.NO_SHOW
    clocks.start_clock(session, stage=stage, why=StopReason.PENDING_REQUEST, at=at)
    session.flush()
    reading.settle(session, process, at=at)


def evidence_of(session: Session, request: RemedialRequest) -> Sequence[str]:
    """The tickets of the files of a request, in their order."""
    return session.scalars(
        select(RequestEvidence.ticket)
        .where(RequestEvidence.request_id == request.id)
        .order_by(RequestEvidence.at, RequestEvidence.ticket)
    ).all()


def words_of(session: Session, request: RemedialRequest) -> dict[str, str]:
    """Part → what the candidate said; `question` and `answer` are ours."""
    names = ("reason", "interest", "wish", "supplement", "question", "answer")
    opened = {name: secrecy.open_text(session, _subject(request), getattr(request, name)) for name in names}
    return {name: text for name, text in opened.items() if text is not None}


def _subject(request: RemedialRequest) -> str:
    return f"candidate:{request.person_id}"


def _record(session: Session, request: RemedialRequest, action: str, at: datetime, **details: object) -> None:
    facts = {"request": request.id, "application": request.application_id, "kind": request.kind}
    audit.record(
        session,
        at=at,
        actor=_subject(request),
        action=action,
        subject=_subject(request),
        details={**facts, **details},
    )
