"""What candidates leave behind: the other rows of the person, codes, and questions that are still open."""

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from models.candidates.queries import rows_of
from models.candidates.tables import (
    Application,
    ApplicationState,
    BindingCode,
    BindingPicture,
    BindingTry,
    CandidateMatch,
    ErasureRequest,
)
from models.redaction import Words
from models.staff import Candidate, Person, make_unreadable, on_erase


@on_erase
def erase_candidate(session: Session, person: Person, _words: Words, at: datetime) -> None:
    """Every row of the person is erased; applications stay as figures, those still open are withdrawn."""
    if not isinstance(person, Candidate):
        return
    others = [row for row in rows_of(session, person) if row.id != person.id]
    for row in others:
        row.merged_into_id = None
    session.flush()
    for row in others:
        make_unreadable(session, person=row, at=at)
        row.merged_into_id = person.id
    session.execute(
        update(Application)
        .where(Application.person_id == person.id, Application.state == ApplicationState.OPEN)
        .values(state=ApplicationState.WITHDRAWN, decided_at=at)
    )
    codes = select(BindingCode.id).where(BindingCode.candidate_id == person.id)
    session.execute(
        delete(BindingTry).where(or_(BindingTry.follower_id == person.id, BindingTry.code_id.in_(codes)))
    )
    session.execute(delete(BindingPicture).where(BindingPicture.code_id.in_(codes)))
    session.execute(delete(BindingCode).where(BindingCode.candidate_id == person.id))
    session.execute(
        delete(CandidateMatch).where(
            or_(CandidateMatch.older_id == person.id, CandidateMatch.newer_id == person.id)
        )
    )
    session.execute(delete(ErasureRequest).where(ErasureRequest.candidate_id == person.id))
    session.flush()
