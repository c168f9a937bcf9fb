"""The best of those who have a result go on, ties included; of the others a named human decides (S2-04)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, staff
from models.candidates import Application, ApplicationState
from models.policy import Policy
from models.recruiting import reading, rules
from models.recruiting.errors import NoCut
from models.recruiting.kinds import DECIDE, StageStatus
from models.recruiting.results import processes_of
from models.recruiting.tables import StageRecord
from models.staff import Candidate, Employee


@dataclass(frozen=True)
class Ranked:
    """Somebody in a ranking."""

    process: reading.Process
    person: Candidate
    score: float
    inside: bool
    """Whether they are among the best, or level with the last of them."""
    waits: bool
    """Whether a human has still to decide about the stage."""
    reaches: bool
    """Whether the score is at the line or above."""

    @property
    def goes_on(self) -> bool:
        """Whether a cut lets them go on."""
        return self.inside and self.waits and self.reaches


@dataclass(frozen=True)
class Cut:
    """A ranking of those who applied for one job in one unit and have a result."""

    stage: str
    share: int
    """How many per cent go on."""
    ranked: Sequence[Ranked]
    """The best first."""


def ranking(
    session: Session, *, actor: Employee, unit_id: int, job: str, stage_code: str, policy: Policy
) -> Cut:
    """How those who applied for a job in a unit stand to each other in a stage with a cut.

    Raises:
        NotPermitted, OutOfReach: the actor decides on none, or not in this unit.
        NoCut: the stage has none, or nobody has a result.
    """
    staff.require_for_unit(session, actor=actor, action=DECIDE, unit_id=unit_id, policy=policy)
    return _ranking(session, unit_id, job, stage_code, policy)


def _ranking(session: Session, unit_id: int, job: str, stage_code: str, policy: Policy) -> Cut:
    ids = session.scalars(
        select(Application.id)
        .join(StageRecord, StageRecord.application_id == Application.id)
        .where(
            Application.unit_id == unit_id,
            Application.job == job,
            Application.state == ApplicationState.OPEN,
            StageRecord.code == stage_code,
            StageRecord.score.is_not(None),
        )
        .order_by(Application.id)
    ).all()
    found = {}
    for process in processes_of(session, ids, policy=policy):
        planned = process.version.stage(stage_code)
        if planned is not None and planned.top_share is not None:
            found[process.application.id] = (process, process.stage(stage_code), planned)
    if not found:
        raise NoCut(stage=stage_code)
    planned = next(iter(found.values()))[2]
    share = planned.top_share or 100
    scores = {id_: float(stage.score or 0) for id_, (_, stage, _) in found.items()}
    inside = rules.best(scores, share)
    ranked = [
        Ranked(
            process,
            reading.person_of(session, process.application),
            scores[id_],
            id_ in inside,
            stage.status == StageStatus.COMPLETED,
            scores[id_] >= (line.pass_line or 0),
        )
        for id_, (process, stage, line) in found.items()
    ]
    ranked.sort(key=lambda one: (-one.score, one.process.application.id))
    return Cut(planned.name, share, ranked)


def make_cut(
    session: Session,
    *,
    actor: Employee,
    unit_id: int,
    job: str,
    stage_code: str,
    at: datetime,
    policy: Policy,
) -> tuple[Cut, list[int]]:
    """Let the best go on who are at the line or above; returns the rest, and which went on.

    Nobody else is decided about, and nobody falls back.

    Raises:
        DomainError: as `ranking`.
    """
    cut = ranking(session, actor=actor, unit_id=unit_id, job=job, stage_code=stage_code, policy=policy)
    passed = []
    for one in cut.ranked:
        if not one.goes_on:
            continue
        stage = one.process.stage(stage_code)
        stage.status = StageStatus.PASSED
        stage.decided_by, stage.decided_at = actor.subject, at
        reading.settle(session, one.process, at=at)
        passed.append(one.process.application.id)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.cut",
        details={"unit": unit_id, "stage": stage_code, "share": cut.share, "applications": passed},
    )
    return _ranking(session, unit_id, job, stage_code, policy), passed
