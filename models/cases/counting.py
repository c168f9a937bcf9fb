"""How much was written about cases, for figures of others."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import staff
from models.cases.tables import ContactNote
from models.policy import Policy
from models.staff import Employee


def notes_written(
    session: Session,
    *,
    actor: Employee,
    action: str,
    since: datetime,
    until: datetime,
    at: datetime,
    policy: Policy,
) -> int:
    """How many contact notes those within reach of the actor's right to `action` wrote in a period.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    reach = staff.require(actor, action, policy.rights)
    statement = (
        select(func.count())
        .select_from(ContactNote)
        .join(Employee, Employee.id == ContactNote.employee_id)
        .where(ContactNote.at >= since, ContactNote.at < until, staff.person_in_reach(reach, actor, at))
    )
    return session.scalar(statement) or 0
