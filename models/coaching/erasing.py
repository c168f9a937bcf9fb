"""What leaders found about an erased person goes with the person."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.coaching.tables import DimensionReview
from models.redaction import Words
from models.staff import Employee, Person, on_erase


@on_erase
def forget_dimensions(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """Delete the points that leaders gave an erased employee; those the person gave others stay."""
    if isinstance(person, Employee):
        session.execute(delete(DimensionReview).where(DimensionReview.employee_id == person.id))
