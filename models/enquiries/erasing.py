"""What is left of questions once a person was erased: that there were some, and when."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from models.candidates import rows_of
from models.enquiries.tables import AwaitedWords, Enquiry
from models.redaction import Words
from models.staff import Candidate, Person, on_erase


@on_erase
def erase_enquiries(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """The words go."""
    if not isinstance(person, Candidate):
        return
    ids = [row.id for row in rows_of(session, person)]
    session.execute(update(Enquiry).where(Enquiry.person_id.in_(ids)).values(words=None, answer=None))
    session.execute(delete(AwaitedWords).where(AwaitedWords.candidate_id.in_(ids)))
