"""Writes about joining, moving and leaving."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit
from models.lifecycle.tables import Reason, Separation, SeparationState
from models.staff import Employee


def notice_departure(session: Session, *, employee: Employee, at: datetime) -> Separation:
    """Somebody is gone without a word: the rights end at `at`, and the reason is unknown (S3-19)."""
    employee.left_at = at
    separation = session.scalars(
        select(Separation).where(
            Separation.employee_id == employee.id, Separation.state == SeparationState.ANNOUNCED
        )
    ).one_or_none()
    if separation is None:
        separation = Separation(
            employee_id=employee.id,
            announced_at=at,
            announced_by="system",
            leaves_at=at,
            reason=Reason.UNKNOWN,
        )
        session.add(separation)
    separation.leaves_at = at
    session.flush()
    audit.record(
        session,
        at=at,
        action="lifecycle.notice_departure",
        subject=employee.subject,
        details={"separation": separation.id},
    )
    return separation
