"""What an erased person leaves behind in what others asked for."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.proposals.tables import Proposal, SecondFactor
from models.redaction import Words, redact
from models.staff import Employee, Person, on_erase


@on_erase
def erase_words(session: Session, _person: Person, words: Words, _at: datetime) -> None:
    """Take the words of an erased person out of what anybody asked for."""
    redact(session, Proposal.arguments, words)


@on_erase
def forget_second_factor(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """Take away the authenticator of an erased person."""
    if isinstance(person, Employee):
        session.execute(delete(SecondFactor).where(SecondFactor.employee_id == person.id))
