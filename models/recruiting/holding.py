"""Interviews as who holds them sees them: what is to come, and whose sheet is missing (S0-06, S2-05)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from models.candidates import Application, ApplicationState
from models.flows import StageKind
from models.policy import Policy
from models.recruiting import reading
from models.recruiting.errors import NotTheInterviewer
from models.recruiting.kinds import INTERVIEW, StageStatus
from models.recruiting.reading import Process
from models.recruiting.sheets import FILLABLE
from models.recruiting.tables import HiringProcess, InterviewSheet, StageRecord
from models.staff import Candidate, Employee

LOOK_BACK = timedelta(days=14)
"""An interview whose sheet is missing for longer is no longer listed."""


def _held() -> ColumnElement[bool]:
    """Arranged, held by a human, and not over by a sheet."""
    return and_(
        StageRecord.interviewer_id.is_not(None),
        or_(
            StageRecord.status == StageStatus.ALTERNATIVE,
            and_(StageRecord.status == StageStatus.SCHEDULED, StageRecord.kind != StageKind.AI_INTERVIEW),
        ),
        Application.state == ApplicationState.OPEN,
    )


def interviews_between(session: Session, *, since: datetime, until: datetime) -> Sequence[StageRecord]:
    """The interviews that people hold and that begin in that time, and have no sheet."""
    return session.scalars(
        select(StageRecord)
        .join(Application, Application.id == StageRecord.application_id)
        .where(_held(), StageRecord.starts_at >= since, StageRecord.starts_at <= until)
        .order_by(StageRecord.starts_at, StageRecord.id)
    ).all()


def own_interviews(session: Session, *, actor: Employee, at: datetime) -> Sequence[StageRecord]:
    """The interviews that somebody is to hold, or whose sheet they still owe; the earliest first."""
    return session.scalars(
        select(StageRecord)
        .join(Application, Application.id == StageRecord.application_id)
        .where(_held(), StageRecord.interviewer_id == actor.id, StageRecord.starts_at >= at - LOOK_BACK)
        .order_by(StageRecord.starts_at, StageRecord.id)
        .limit(20)
    ).all()


def awaits_sheet(stage: StageRecord) -> bool:
    """Whether an interview is arranged still, and nobody has said what came of it."""
    return stage.interviewer_id is not None and stage.status in (
        StageStatus.SCHEDULED,
        StageStatus.ALTERNATIVE,
    )


def interview_meant(
    session: Session, *, actor: Employee, person: Candidate, policy: Policy
) -> tuple[Process, StageRecord]:
    """The interview with a person that the actor holds, or has scored and may score anew.

    Raises:
        NotPermitted, ProcessNotFound: the actor holds no interviews, or it is not within reach.
        NotTheInterviewer: there is none of the actor's.
    """
    found = session.scalars(
        select(StageRecord.application_id)
        .join(Application, Application.id == StageRecord.application_id)
        .join(HiringProcess, HiringProcess.application_id == Application.id)
        .where(
            Application.person_id == person.id,
            Application.state == ApplicationState.OPEN,
            StageRecord.code == HiringProcess.current,
            StageRecord.interviewer_id == actor.id,
            StageRecord.status.in_(FILLABLE),
        )
        .order_by(StageRecord.starts_at.desc(), StageRecord.id.desc())
    ).first()
    if found is None:
        raise NotTheInterviewer()
    process = reading.process_within(
        session, actor=actor, application_id=found, action=INTERVIEW, policy=policy
    )
    return process, reading.require_open(process)


def own_sheet(session: Session, *, actor: Employee, stage: StageRecord) -> InterviewSheet | None:
    """What the actor has noted of a stage."""
    return session.get(InterviewSheet, (stage.id, actor.id))
