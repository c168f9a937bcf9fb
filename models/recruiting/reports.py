"""What hiring comes to in some time: who missed what and why, and how far people come (S0-41)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import staff
from models.candidates import Application
from models.policy import Policy
from models.recruiting import rules
from models.recruiting.kinds import SEE, RequestState, StageStatus, StopReason
from models.recruiting.tables import RemedialRequest, StageRecord
from models.staff import Employee

NOT_RECEIVED, UNEXPLAINED = "not_received", "unexplained"
"""Reasons of absences that nobody named: a notice is known not to have arrived; nothing was said."""


@dataclass(frozen=True)
class Step:
    """A stage with how many came to it and how many passed it."""

    name: str
    reached: int
    passed: int


@dataclass(frozen=True)
class HiringReport:
    """Counts over the applications within reach."""

    since: datetime
    until: datetime
    applied: int
    missed: int
    reasons: Mapping[str, int]
    """Code of `policy.recruiting.reasons`, `NOT_RECEIVED` or `UNEXPLAINED` → absences, most first."""
    steps: Sequence[Step]
    """In the order in which most applications pass them."""


def report(
    session: Session, *, actor: Employee, since: datetime, until: datetime, policy: Policy
) -> HiringReport:
    """Absences that fell into the time, and how far those came who applied in it.

    That a notice was not received is what receipts say, not what somebody claims: that is `not_told` (S0-41).

    Raises:
        NotPermitted: the actor sees none.
    """
    allowed = staff.require(actor, SEE, policy.rights)
    within = staff.unit_in_reach(allowed, Application.unit_id)
    applied = (within, Application.entered_at >= since, Application.entered_at < until)
    reasons = _reasons(session, within, since, until)
    return HiringReport(
        since,
        until,
        session.scalar(select(func.count(Application.id)).where(*applied)) or 0,
        sum(reasons.values()),
        dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        _steps(session, applied),
    )


def _reasons(session: Session, within: object, since: datetime, until: datetime) -> dict[str, int]:
    newest = (
        select(func.max(RemedialRequest.id))
        .where(
            RemedialRequest.stage_id == StageRecord.id,
            RemedialRequest.state.not_in((RequestState.DRAFT, RequestState.WITHDRAWN)),
        )
        .correlate(StageRecord)
        .scalar_subquery()
    )
    why = case(
        (StageRecord.cause == StopReason.NOTICE_FAILED, NOT_RECEIVED),
        else_=func.coalesce(RemedialRequest.reason_code, UNEXPLAINED),
    )
    rows = session.execute(
        select(why, func.count())
        .select_from(StageRecord)
        .join(Application, Application.id == StageRecord.application_id)
        .outerjoin(RemedialRequest, RemedialRequest.id == newest)
        .where(within, StageRecord.missed_at >= since, StageRecord.missed_at < until)  # type: ignore[arg-type]
        .group_by(why)
    )
    return {str(code): int(count) for code, count in rows}


def _steps(session: Session, applied: Sequence[object]) -> list[Step]:
    reached = func.sum(case((StageRecord.status == StageStatus.PENDING, 0), else_=1))
    passed = func.sum(case((StageRecord.status.in_(rules.CLEARED), 1), else_=0))
    rows = session.execute(
        select(StageRecord.name, reached, passed)
        .join(Application, Application.id == StageRecord.application_id)
        .where(*applied)  # type: ignore[arg-type]
        .group_by(StageRecord.name)
        .order_by(func.min(StageRecord.position), StageRecord.name)
    )
    return [Step(str(name), int(came), int(went)) for name, came, went in rows]
