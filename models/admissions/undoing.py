"""Taking a decision about a stage back, with the question to the department that it has begun."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models import recruiting
from models.admissions.tables import ChainState, ChainStep, HiringChain
from models.policy import Policy
from models.recruiting import DecisionStands, StageRecord
from models.staff import Employee


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
) -> tuple[StageRecord, str | None]:
    """Let a stage stand as before; returns it, and how the question to the department was called, if any.

    Raises:
        NotPermitted, ProcessNotFound, StageNotFound: as `recruiting.take_back_decision`.
        DecisionStands: the same, or the department has answered meanwhile.
    """
    stage = recruiting.take_back_decision(
        session,
        actor=actor,
        application_id=application_id,
        code=code,
        decided_at=decided_at,
        before=before,
        at=at,
        policy=policy,
    )
    chain = session.get(HiringChain, application_id, with_for_update=True, populate_existing=True)
    if chain is None or chain.begun_at < decided_at:
        return stage, None
    if chain.state != ChainState.NEED or chain.round > 1:
        raise DecisionStands(stage=stage.name, why="answered")
    about = chain.about
    session.execute(delete(ChainStep).where(ChainStep.application_id == application_id))
    session.delete(chain)
    session.flush()
    return stage, about
