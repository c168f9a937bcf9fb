"""Taking an answer to a request back: everything stands as before it, while nothing has come of it."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.candidates import ApplicationState
from models.recruiting import clocks, reading, rules
from models.recruiting.errors import AnswerStands
from models.recruiting.kinds import RequestKind, RequestState, StageStatus, StopReason
from models.recruiting.reading import Process
from models.recruiting.tables import RemedialRequest, StageRecord

MOMENTS = ("starts_at", "ends_at", "opened_at", "decided_at")
PLAIN = ("status", "interviewer_id", "place", "alternative", "decided_by")


def as_it_stands(process: Process, request: RemedialRequest, stage: StageRecord) -> dict[str, Any]:
    """What an answer changes, as JSON; the reason is sealed as it was."""
    moments = {name: getattr(stage, name) for name in MOMENTS}
    return {
        "stage": {name: getattr(stage, name) for name in PLAIN},
        "moments": {name: None if at is None else at.isoformat() for name, at in moments.items()},
        "reason": None if stage.reason is None else base64.b64encode(stage.reason).decode(),
        "state": request.state,
        "frozen_at": None if process.row.frozen_at is None else process.row.frozen_at.isoformat(),
        "frozen_why": process.row.frozen_why,
    }


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
    for name in PLAIN:
        setattr(stage, name, before["stage"][name])
    for name in MOMENTS:
        kept = before["moments"][name]
        setattr(stage, name, None if kept is None else datetime.fromisoformat(kept))
    stage.reason = None if before["reason"] is None else base64.b64decode(before["reason"])
    stage.link_hash = stage.link_expires_at = None
    request.state, request.changed_at = RequestState(before["state"]), at
    request.decided_by = request.decided_at = request.answer = None
    if request.kind != RequestKind.REVIEW:
        clocks.stop_clock(session, stage=stage, why=StopReason.PENDING_REQUEST, at=at)
    session.flush()
    reading.settle(session, process, at=at)
    if before["frozen_at"] is not None:
        process.row.frozen_at = datetime.fromisoformat(before["frozen_at"])
        process.row.frozen_why = before["frozen_why"]
        session.flush()
    return stage


def _left(request: RemedialRequest, before: Mapping[str, Any]) -> frozenset[str]:
    """How the answer may have left the stage."""
    if request.state == RequestState.REFUSED:
        status: str = before["stage"]["status"]
        return frozenset({StageStatus.NO_SHOW if status == StageStatus.REMEDIAL_REQUESTED else status})
    if request.kind == RequestKind.REVIEW:
        return frozenset({StageStatus.PASSED})
    return frozenset({StageStatus.SCHEDULED, StageStatus.ALTERNATIVE})
