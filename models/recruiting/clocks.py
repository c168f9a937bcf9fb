"""Fair clocks: what stands still while our side is late or a notice did not arrive."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audit
from models.policy import Policy
from models.recruiting import reading, rules
from models.recruiting.kinds import StopReason
from models.recruiting.tables import ClockStop, Remark, StageRecord


def window(session: Session, stage: StageRecord, *, at: datetime, policy: Policy) -> rules.Window:
    """The time within which another chance at a stage can be asked for, as it stands."""
    stops = reading.stops_of(session, stage.id)
    return rules.window_of(stage.missed_at, stops, at=at, days=policy.recruiting.window_days)


def stop_clock(session: Session, *, stage: StageRecord, why: StopReason, at: datetime) -> None:
    """The candidate's time stands still from now on; a second time for the same reason changes nothing."""
    standing = select(ClockStop.id).where(
        ClockStop.stage_id == stage.id, ClockStop.why == why, ClockStop.until_at.is_(None)
    )
    if session.scalar(standing) is None:
        session.add(ClockStop(stage_id=stage.id, why=why, from_at=at))
        session.flush()


def start_clock(session: Session, *, stage: StageRecord, why: StopReason, at: datetime) -> None:
    """The candidate's time goes on, as far as this reason is concerned."""
    session.execute(
        update(ClockStop)
        .where(ClockStop.stage_id == stage.id, ClockStop.why == why, ClockStop.until_at.is_(None))
        .values(until_at=at)
    )


def notice_failed(session: Session, *, stage: StageRecord, at: datetime, policy: Policy) -> None:
    """A notice about a stage did not arrive: the absence is not the candidate's fault (S0-41).

    The clock stands until `notice_arrived`; remarks about the stage say so by themselves.
    """
    stop_clock(session, stage=stage, why=StopReason.NOTICE_FAILED, at=stage.missed_at or at)
    if not stage.not_at_fault:
        _excuse(session, stage, StopReason.NOTICE_FAILED, at, policy)


def notice_arrived(session: Session, *, stage: StageRecord, at: datetime) -> None:
    """The candidate knows now: the clock goes on. What was missed before stays excused."""
    start_clock(session, stage=stage, why=StopReason.NOTICE_FAILED, at=at)


def stages_unheard_of(session: Session) -> Sequence[StageRecord]:
    """The stages whose clock stands because a notice did not arrive."""
    standing = select(ClockStop.stage_id).where(
        ClockStop.why == StopReason.NOTICE_FAILED, ClockStop.until_at.is_(None)
    )
    return session.scalars(
        select(StageRecord).where(StageRecord.id.in_(standing)).order_by(StageRecord.id)
    ).all()


def _excuse(session: Session, stage: StageRecord, cause: StopReason, at: datetime, policy: Policy) -> None:
    stage.not_at_fault, stage.cause = True, cause
    session.execute(update(Remark).where(Remark.stage_id == stage.id).values(not_at_fault=True))
    process = reading.process_of(session, stage.application_id, policy=policy)
    reading.settle(session, process, at=at)
    audit.record(
        session,
        at=at,
        action="recruiting.excuse",
        subject=reading.person_of(session, process.application).subject,
        details={"application": stage.application_id, "stage": stage.code, "cause": cause},
    )
