"""Times that candidates choose for themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audit, staff
from models.policy import Policy
from models.recruiting import reading, requests, rules, stages
from models.recruiting.deciding import require_free_interviewer
from models.recruiting.errors import (
    NotInTheFuture,
    SlotNotFound,
    SlotTaken,
    StageSettled,
    TooLateToChange,
    TooManyChanges,
)
from models.recruiting.kinds import DECIDE, StageStatus
from models.recruiting.reading import Process
from models.recruiting.tables import InterviewSlot, StageRecord
from models.staff import Candidate, Employee, Unit


def offer_slot(
    session: Session,
    *,
    actor: Employee,
    unit: Unit,
    stage_code: str,
    interviewer: Employee,
    starts_at: datetime,
    at: datetime,
    policy: Policy,
    minutes: int = 30,
    place: str = "",
) -> InterviewSlot:
    """Offer a time of an interviewer for a stage in a unit.

    Raises:
        NotPermitted, OutOfReach: the actor may not, or not in this unit.
        NotInTheFuture: as named. SlotTaken: the interviewer holds or offers something else then.
    """
    staff.require_for_unit(session, actor=actor, action=DECIDE, unit_id=unit.id, policy=policy)
    if starts_at <= at:
        raise NotInTheFuture(starts_at=starts_at)
    ends_at = starts_at + timedelta(minutes=minutes)
    require_free_interviewer(session, interviewer, starts_at, ends_at)
    overlapping = select(InterviewSlot.id).where(
        InterviewSlot.interviewer_id == interviewer.id,
        InterviewSlot.starts_at < ends_at,
        InterviewSlot.ends_at > starts_at,
    )
    if session.scalar(overlapping.limit(1)) is not None:
        raise SlotTaken(starts_at=starts_at)
    slot = InterviewSlot(
        unit_id=unit.id,
        stage_code=stage_code,
        interviewer_id=interviewer.id,
        starts_at=starts_at,
        ends_at=ends_at,
        place=place,
    )
    session.add(slot)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.offer_slot",
        subject=interviewer.subject,
        details={"slot": slot.id, "unit": unit.id, "stage": stage_code},
    )
    return slot


def free_slots(
    session: Session, *, process: Process, at: datetime, limit: int = 9
) -> Sequence[InterviewSlot]:
    """The times that are still to be had for the current stage, soonest first; none while it is locked."""
    current = process.current
    if current is None or rules.missing_for(process.version, process.stages, current.code):
        return []
    if process.row.frozen_at is not None:
        return []
    return session.scalars(
        select(InterviewSlot)
        .where(
            InterviewSlot.unit_id == process.application.unit_id,
            InterviewSlot.stage_code == current.code,
            InterviewSlot.stage_id.is_(None),
            InterviewSlot.starts_at > at,
        )
        .order_by(InterviewSlot.starts_at, InterviewSlot.id)
        .limit(limit)
    ).all()


def choose_slot(
    session: Session,
    *,
    person: Candidate,
    application_id: int,
    slot_id: int,
    at: datetime,
    policy: Policy,
) -> StageRecord:
    """Take a time, or change to another one: the earlier one is free again, and nobody loses a try.

    Raises:
        NotBound, ProcessNotFound, ProcessSettled: as elsewhere. StageLocked, ProcessFrozen: as named.
        SlotNotFound: it is not offered for this stage. SlotTaken: somebody else was faster.
        TooManyChanges, TooLateToChange: as named.
    """
    process = requests.own_process(session, person, application_id, policy=policy)
    stage = reading.require_open(process)
    stages.require_free(process, stage)
    if stage.status not in (StageStatus.PENDING, StageStatus.SCHEDULED):
        raise StageSettled(stage=stage.name, status=str(stage.status))
    slot = session.get(InterviewSlot, slot_id, with_for_update=True, populate_existing=True)
    fits = (
        slot is not None
        and (slot.unit_id, slot.stage_code) == (process.application.unit_id, stage.code)
        and slot.starts_at > at
    )
    if slot is None or not fits:
        raise SlotNotFound()
    if slot.stage_id == stage.id:
        return stage
    if slot.stage_id is not None:
        raise SlotTaken(starts_at=slot.starts_at)
    if stage.starts_at is not None:
        _require_changeable(stage, at, policy)
        stage.changes += 1
    session.execute(update(InterviewSlot).where(InterviewSlot.stage_id == stage.id).values(stage_id=None))
    slot.stage_id = stage.id
    stage.status = StageStatus.SCHEDULED
    stage.starts_at, stage.ends_at = slot.starts_at, slot.ends_at
    stage.interviewer_id, stage.place = slot.interviewer_id, slot.place
    session.flush()
    reading.settle(session, process, at=at)
    subject = reading.person_of(session, process.application).subject
    audit.record(
        session,
        at=at,
        actor=subject,
        action="recruiting.choose_slot",
        subject=subject,
        details={"application": application_id, "stage": stage.code, "slot": slot.id},
    )
    return stage


def _require_changeable(stage: StageRecord, at: datetime, policy: Policy) -> None:
    assert stage.starts_at is not None
    if stage.changes >= policy.recruiting.slot_changes:
        raise TooManyChanges(limit=policy.recruiting.slot_changes)
    hours = policy.recruiting.slot_hours
    if stage.starts_at - at < timedelta(hours=hours):
        raise TooLateToChange(hours=hours)
