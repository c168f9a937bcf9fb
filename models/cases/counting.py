"""How much was written about cases, for figures of others."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import staff
from models.base import SHANGHAI, in_chunks
from models.cases.kinds import WORKED
from models.cases.tables import Case, ContactNote
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


def holders_of_open_cases(session: Session) -> Mapping[int, date]:
    """Who works open cases → the day on which the oldest of them was given to them."""
    rows = session.execute(
        select(Case.live_owner_id, func.min(Case.assigned_at, type_=Case.assigned_at.type))
        .where(
            Case.live_owner_id.is_not(None),
            Case.assigned_at.is_not(None),
            Case.status.in_([str(one) for one in WORKED]),
        )
        .group_by(Case.live_owner_id)
    )
    return {owner_id: since.date() for owner_id, since in rows if owner_id is not None and since is not None}


def days_noted(session: Session, employee_ids: Collection[int], *, since: date) -> Mapping[int, set[date]]:
    """Employee → the days since then on which they wrote a note."""
    begin = datetime.combine(since, time(), SHANGHAI)
    found: dict[int, set[date]] = {}
    for chunk in in_chunks(employee_ids):
        rows = session.execute(
            select(ContactNote.employee_id, ContactNote.at).where(
                ContactNote.employee_id.in_(chunk), ContactNote.at >= begin
            )
        )
        for employee_id, at in rows:
            found.setdefault(employee_id, set()).add(at.date())
    return found
