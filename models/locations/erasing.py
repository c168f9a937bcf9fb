"""Where an erased person was."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.locations.operations import empty
from models.locations.tables import RecentReport, WorkSite
from models.redaction import Words
from models.staff import Employee, Person, on_erase


@on_erase
def erase_places(session: Session, person: Person, _words: Words, at: datetime) -> None:
    """Where an erased person was, and a place of work of their own, go; when they came stays."""
    if not isinstance(person, Employee):
        return
    empty(session, employee_id=person.id)
    session.execute(delete(RecentReport).where(RecentReport.employee_id == person.id))
    for site in session.query(WorkSite).where(WorkSite.employee_id == person.id):
        site.name, site.latitude, site.longitude, site.closed_at = "", 0.0, 0.0, site.closed_at or at
