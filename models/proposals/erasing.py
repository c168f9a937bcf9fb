"""What an erased person leaves behind in what others asked for."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.proposals.tables import Proposal
from models.redaction import Words, redact
from models.staff import Person, on_erase


@on_erase
def erase_words(session: Session, _person: Person, words: Words, _at: datetime) -> None:
    """Take the words of an erased person out of what anybody asked for."""
    redact(session, Proposal.arguments, words)
