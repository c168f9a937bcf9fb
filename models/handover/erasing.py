"""What somebody still has to hand over before they can be erased."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.handover import queries, registry
from models.handover.tables import Handover, HandoverState
from models.staff import Employee, Person, on_asking_what_is_held

HANDOVER = "handover"


@on_asking_what_is_held
def work_held(session: Session, person: Person, at: datetime) -> Iterable[str]:
    """The kinds of open work of an employee, and `handover` while one is under way or waits for an answer."""
    if not isinstance(person, Employee):
        return
    for item in registry.open_items(session, person.id, at).values():
        yield item.kind
    under_way = select(Handover.id).where(
        Handover.state == HandoverState.OPEN,
        or_(Handover.employee_id == person.id, Handover.cover_id == person.id),
    )
    if session.execute(under_way.limit(1)).first() is not None or queries.asked(
        session, employee_id=person.id
    ):
        yield HANDOVER
