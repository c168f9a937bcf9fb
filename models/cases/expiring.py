"""Cases whose placement has ended go back to the creditor by themselves (domain.md 5.1)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.cases.ending import return_cases
from models.cases.kinds import OPEN
from models.cases.tables import Case, Placement
from models.policy import Policy


def return_ended(session: Session, *, at: datetime, policy: Policy, limit: int) -> Sequence[int]:
    """Return so many open cases, not retained, whose placement ended before today; their numbers."""
    today = at.date()
    ended = select(Placement.id).where(Placement.end_on < today)
    numbers = session.scalars(
        select(Case.id)
        .where(
            Case.placement_id.in_(ended),
            Case.status.in_(OPEN),
            or_(Case.retained_until.is_(None), Case.retained_until < today),
        )
        .order_by(Case.debtor_id, Case.id)
        .limit(limit)
    ).all()
    if numbers:
        return_cases(
            session,
            actor=None,
            case_ids=numbers,
            reason=policy.reminders.ended_reason,
            at=at,
            policy=policy,
        )
    return numbers
