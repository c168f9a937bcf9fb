"""What an erased candidate leaves behind in notices: figures, and no words."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.notices.planning import PENDING, halt
from models.notices.tables import CandidateNotice
from models.redaction import Words
from models.staff import Candidate, Person, on_erase


@on_erase
def erase_notices(session: Session, person: Person, _words: Words, at: datetime) -> None:
    """What is under way is stopped, and what was told is emptied."""
    if not isinstance(person, Candidate):
        return
    mine = CandidateNotice.person_id == person.id
    for notice in session.scalars(select(CandidateNotice).where(mine, CandidateNotice.state.in_(PENDING))):
        halt(session, notice, at=at, reason="erased")
    session.execute(update(CandidateNotice).where(mine).values(words=None, values=None))
