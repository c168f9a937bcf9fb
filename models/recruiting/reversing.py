"""Taking back an answer or a decision: everything stands as before it, while nothing has come of it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import audit
from models.candidates import ApplicationState
from models.policy import Policy
from models.recruiting import clocks, reading, rules
from models.recruiting.errors import AnswerStands, DecisionStands
from models.recruiting.kinds import DECIDE, RequestKind, RequestState, StageStatus, StopReason
from models.recruiting.reading import Process
from models.recruiting.tables import RemedialRequest, StageRecord
from models.staff import Employee

MOMENTS = ("starts_at", "ends_at", "opened_at", "decided_at")
PLAIN = ("status", "interviewer_id", "place", "alternative", "decided_by")


@dataclass(frozen=True)
class Decided:
    """What a named human has decided about a stage."""

    stage: StageRecord
    before: Mapping[str, Any]
    """How it stood before, as JSON: what `take_back_decision` takes."""


def as_it_stands(process: Process, request: RemedialRequest, stage: StageRecord) -> dict[str, Any]:
    """What an answer changes, as JSON; the reason is sealed as it was."""
    return {**_standing(process, stage), "state": request.state}


def as_undecided(process: Process, stage: StageRecord) -> dict[str, Any]:
    """What a decision about a stage changes, as JSON, and how the others stand meanwhile."""
    return {**_standing(process, stage), "others": _others(process, stage)}


def _standing(process: Process, stage: StageRecord) -> dict[str, Any]:
    moments = {name: getattr(stage, name) for name in MOMENTS}
    return {
        "stage": {name: getattr(stage, name) for name in PLAIN},
        "moments": {name: None if at is None else at.isoformat() for name, at in moments.items()},
        "reason": None if stage.reason is None else base64.b64encode(stage.reason).decode(),
        "frozen_at": None if process.row.frozen_at is None else process.row.frozen_at.isoformat(),
        "frozen_why": process.row.frozen_why,
    }


def _others(process: Process, stage: StageRecord) -> dict[str, str]:
    return {one.code: str(one.status) for one in process.stages if one.id != stage.id}


def take_back_decision(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    code: str,
    decided_at: datetime,
    before: Mapping[str, Any],
    at: datetime,
    policy: Policy,
) -> StageRecord:
    """Take a decision about a stage back while nobody has gone on from it: it stands as `before`.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach. StageNotFound: as named.
        DecisionStands: the application is settled, the candidate asks for a second look, another stage stands
            otherwise meanwhile, or it was decided anew after `decided_at`.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=DECIDE, policy=policy, lock=True
    )
    stage = process.stage(code)
    if stage.decided_at != decided_at:
        raise DecisionStands(stage=stage.name, why="anew")
    if process.application.state != ApplicationState.OPEN:
        raise DecisionStands(stage=stage.name, why="settled")
    if reading.open_request(session, stage.id) is not None:
        raise DecisionStands(stage=stage.name, why="request")
    if _others(process, stage) != before["others"]:
        raise DecisionStands(stage=stage.name, why="went_on")
    _restore(stage, before)
    reading.settle(session, process, at=at)
    _freeze_again(session, process, before)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.take_back_decision",
        subject=reading.person_of(session, process.application).subject,
        details={"application": application_id, "stage": stage.code},
    )
    return stage


def _restore(stage: StageRecord, before: Mapping[str, Any]) -> None:
    for name in PLAIN:
        setattr(stage, name, before["stage"][name])
    for name in MOMENTS:
        kept = before["moments"][name]
        setattr(stage, name, None if kept is None else datetime.fromisoformat(kept))
    stage.reason = None if before["reason"] is None else base64.b64decode(before["reason"])


def _freeze_again(session: Session, process: Process, before: Mapping[str, Any]) -> None:
    if before["frozen_at"] is not None:
        process.row.frozen_at = datetime.fromisoformat(before["frozen_at"])
        process.row.frozen_why = before["frozen_why"]
        session.flush()


def put_back(
    session: Session, process: Process, request: RemedialRequest, before: Mapping[str, Any], *, at: datetime
) -> StageRecord:
    """Let everything stand as `before` again; a link that was opened opens nothing any more.

    Raises:
        AnswerStands: somebody has gone on from the answer.
    """
    stage = next(one for one in process.stages if one.id == request.stage_id)
    later = [one for one in process.stages if one.position > stage.position]
    went_on = (
        process.application.state != ApplicationState.OPEN
        or stage.status not in _left(request, before)
        or any(one.status not in (StageStatus.PENDING, *rules.CLEARED) for one in later)
        or reading.open_request(session, stage.id) is not None
    )
    if went_on:
        raise AnswerStands()
    _restore(stage, before)
    stage.link_hash = stage.link_expires_at = None
    request.state, request.changed_at = RequestState(before["state"]), at
    request.decided_by = request.decided_at = request.answer = None
    if request.kind != RequestKind.REVIEW:
        clocks.stop_clock(session, stage=stage, why=StopReason.PENDING_REQUEST, at=at)
    session.flush()
    reading.settle(session, process, at=at)
    _freeze_again(session, process, before)
    return stage


def _left(request: RemedialRequest, before: Mapping[str, Any]) -> frozenset[str]:
    """How the answer may have left the stage."""
    if request.state == RequestState.REFUSED:
        status: str = before["stage"]["status"]
        return frozenset({StageStatus.NO_SHOW if status == StageStatus.REMEDIAL_REQUESTED else status})
    if request.kind == RequestKind.REVIEW:
        return frozenset({StageStatus.PASSED})
    return frozenset({StageStatus.SCHEDULED, StageStatus.ALTERNATIVE})
