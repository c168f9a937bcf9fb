"""The files of an erased person."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.files.operations import forget_person
from models.redaction import Words
from models.staff import Person, on_erase


@on_erase
def erase_files(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """Delete every file of an erased person; the evidence says by number what there was."""
    forget_person(session, subject=person.subject)
