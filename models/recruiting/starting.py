"""Beginning: an application gets the stages of the flow that serves its job."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import insert_all
from models.candidates import Application, ApplicationState, on_enter
from models.flows import FlowVersion, flow_for
from models.policy import Policy
from models.recruiting.kinds import StageStatus, Tag
from models.recruiting.results import CHUNK, apply_waiting
from models.recruiting.tables import HiringProcess, StageRecord

STEP = 10
"""How far apart the positions of stages are, so that one can be put between."""


def start_process(session: Session, application: Application, at: datetime, policy: Policy) -> None:
    """Put an application at the beginning of its flow; results that were there before it count at once."""
    begin(session, [application], at, policy)


@on_enter
def begin(session: Session, applications: Sequence[Application], at: datetime, policy: Policy) -> None:
    """The same for many; those that have begun only get the results that wait for their numbers."""
    known: set[int] = set()
    ids = [one.id for one in applications]
    for first in range(0, len(ids), CHUNK):
        some = select(HiringProcess.application_id).where(
            HiringProcess.application_id.in_(ids[first : first + CHUNK])
        )
        known |= set(session.scalars(some))
    start_processes(session, [one for one in applications if one.id not in known], at=at, policy=policy)
    apply_waiting(session, [one for one in applications if one.id in known], at=at, policy=policy)


def start_processes(
    session: Session, applications: Sequence[Application], *, at: datetime, policy: Policy
) -> None:
    """The same for many that have none yet."""
    processes, stages = [], []
    for application in applications:
        flow = flow_for(policy.flows, application.job)
        version = flow.on(application.entered_at.date())
        processes.append(process_row(application.id, flow.name, version, at))
        stages += stage_rows(application.id, version)
    insert_all(session, HiringProcess, processes)
    insert_all(session, StageRecord, stages)
    apply_waiting(session, applications, at=at, policy=policy)


def process_row(application_id: int, flow: str, version: FlowVersion, at: datetime) -> dict[str, object]:
    """The row of a process that begins."""
    return {
        "application_id": application_id,
        "flow": flow,
        "flow_version": version.version,
        "current": version.stages[0].code,
        "tag": Tag.NOT_DONE,
        "hits": [],
        "updated_at": at,
    }


def stage_rows(application_id: int, version: FlowVersion) -> list[dict[str, object]]:
    """The rows of its stages."""
    return [
        {
            "application_id": application_id,
            "code": stage.code,
            "name": stage.name,
            "kind": stage.kind,
            "position": number * STEP,
            "mandatory": stage.mandatory,
            "status": StageStatus.PENDING,
            "place": "",
            "changes": 0,
            "not_at_fault": False,
            "cause": "",
            "dimensions": {},
        }
        for number, stage in enumerate(version.stages, start=1)
    ]


def start_missing(session: Session, *, at: datetime, policy: Policy, limit: int) -> int:
    """Begin for open applications from before there were flows; returns how many."""
    found = session.scalars(
        select(Application)
        .outerjoin(HiringProcess, HiringProcess.application_id == Application.id)
        .where(HiringProcess.application_id.is_(None), Application.state == ApplicationState.OPEN)
        .order_by(Application.id)
        .limit(limit)
    ).all()
    start_processes(session, found, at=at, policy=policy)
    return len(found)
