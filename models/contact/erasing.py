"""What an erased person leaves behind with the guard: reasons and sources."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.contact.tables import ContactSuspension, RiskEntry
from models.redaction import ERASED, Words, redact
from models.staff import Employee, Person, on_erase


@on_erase
def erase_reasons(session: Session, person: Person, words: Words, _at: datetime) -> None:
    """Take away why the rights of an erased person were suspended, and the person's words elsewhere."""
    if isinstance(person, Employee):
        session.execute(
            update(ContactSuspension).where(ContactSuspension.employee_id == person.id).values(why=ERASED)
        )
    for column in (ContactSuspension.why, RiskEntry.source):
        redact(session, column, words)
