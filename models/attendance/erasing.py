"""Where an erased person was."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from models.attendance.tables import CheckIn, LastLocation
from models.redaction import Words
from models.staff import Employee, Person, on_erase


@on_erase
def erase_places(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """Where an erased person was is deleted; when they came stays."""
    if not isinstance(person, Employee):
        return
    nowhere = dict.fromkeys(("latitude", "longitude", "accuracy", "coord_type", "place"))
    session.execute(update(CheckIn).where(CheckIn.employee_id == person.id).values(nowhere))
    session.execute(delete(LastLocation).where(LastLocation.employee_id == person.id))
