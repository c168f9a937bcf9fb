"""What is still to be told to candidates: misses, and how their requests stand."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.candidates import Application, ApplicationState, require_bound, rows_of
from models.recruiting.kinds import RequestState, StageStatus
from models.recruiting.tables import RemedialRequest, StageRecord
from models.staff import Candidate


def missed_between(session: Session, *, since: datetime, until: datetime) -> Sequence[StageRecord]:
    """The stages that were missed in that time and stand so still, of applications that are open."""
    return session.scalars(
        select(StageRecord)
        .join(Application, Application.id == StageRecord.application_id)
        .where(
            StageRecord.missed_at > since,
            StageRecord.missed_at <= until,
            StageRecord.status == StageStatus.NO_SHOW,
            Application.state == ApplicationState.OPEN,
        )
        .order_by(StageRecord.missed_at, StageRecord.id)
    ).all()


def requests_of(session: Session, *, person: Candidate, limit: int = 10) -> Sequence[RemedialRequest]:
    """The candidate's own requests that were handed in, the one changed last first.

    Raises:
        NotBound: nobody knows who this follower is.
    """
    ids = [row.id for row in rows_of(session, require_bound(session, person))]
    return session.scalars(
        select(RemedialRequest)
        .where(RemedialRequest.person_id.in_(ids), RemedialRequest.state != RequestState.DRAFT)
        .where(RemedialRequest.submitted_at.is_not(None))
        .order_by(RemedialRequest.changed_at.desc(), RemedialRequest.id.desc())
        .limit(limit)
    ).all()
