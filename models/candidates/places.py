"""Where candidates applied."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.candidates.tables import Application
from models.staff import Candidate


def units_applied_to(session: Session, candidate: Candidate) -> Sequence[int]:
    """The units in which somebody applied: whose HR deals with the person."""
    person = candidate.merged_into_id or candidate.id
    return session.scalars(
        select(Application.unit_id).where(Application.person_id == person).distinct()
    ).all()
