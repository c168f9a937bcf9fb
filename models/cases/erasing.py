"""What an erased employee leaves behind among cases."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.cases.tables import Assignment, AssignmentBatch, Case, Conflict, WorkProfile
from models.redaction import Words, redact
from models.staff import Employee, Person, on_erase


@on_erase
def forget_profile(session: Session, person: Person, words: Words, _at: datetime) -> None:
    """What the person could work, and to whom they were related; and their words in what was computed.

    Who had which case stays, under the pseudonym: collection records have to be kept (domain.md 0).
    """
    for column in (AssignmentBatch.details, Assignment.why, Case.custom):
        redact(session, column, words)
    if not isinstance(person, Employee):
        return
    session.execute(delete(WorkProfile).where(WorkProfile.employee_id == person.id))
    session.execute(delete(Conflict).where(Conflict.employee_id == person.id))
