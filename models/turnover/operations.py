"""Writes about turnover: only that somebody took figures away."""

from datetime import datetime

from sqlalchemy.orm import Session

from models import audit, staff
from models.policy import Policy
from models.staff import Employee
from models.turnover.queries import SEE
from models.turnover.rules import Period


def note_export(
    session: Session, *, actor: Employee, unit_id: int | None, period: Period, at: datetime, policy: Policy
) -> None:
    """Enter that the actor takes the report away as a table (S3-19).

    Raises:
        NotPermitted: the actor may not see turnover.
    """
    staff.require(actor, SEE, policy.rights)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="turnover.export",
        details={"unit": unit_id, "first": period.first.isoformat(), "months": period.months},
    )
