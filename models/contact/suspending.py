"""Contact rights: who may contact no debtor until a supervisor lifts it (domain.md section 3, rule 6)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, staff
from models.contact.errors import NotSuspended, OwnRights
from models.contact.queries import suspension_of
from models.contact.tables import ContactSuspension
from models.policy import Policy
from models.staff import Employee

LIFT = "contact.lift"
"""The right of who leads (config/rights.toml)."""


def suspend(
    session: Session, *, employee: Employee, why: str, at: datetime, by: Employee | None
) -> ContactSuspension:
    """Somebody may contact no debtor from now on; suspended before, the first time stays.

    It takes no right: what suspends (a confirmed breach of wording, `suspend_by_hand`) has checked its own.
    """
    known = suspension_of(session, employee.id)
    if known is not None:
        return known
    made = ContactSuspension(employee_id=employee.id, since=at, why=why[:60])
    session.add(made)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if by is None else by.subject,
        action="contact.suspend",
        subject=employee.subject,
        details={"suspension": made.id},
        personal={employee.subject: {"why": why}},
    )
    return made


def suspend_by_hand(
    session: Session, *, actor: Employee, employee: Employee, why: str, at: datetime, policy: Policy
) -> ContactSuspension:
    """Somebody who leads suspends the contact rights of somebody of theirs.

    Raises:
        NotPermitted: no role of the actor includes it, or not for this person.
    """
    staff.require_for_person(session, actor=actor, action=LIFT, person=employee, at=at, policy=policy)
    return suspend(session, employee=employee, why=why, at=at, by=actor)


def lift_suspension(
    session: Session, *, actor: Employee, employee: Employee, at: datetime, policy: Policy
) -> ContactSuspension:
    """Somebody may contact debtors again.

    Raises:
        NotPermitted: as `suspend_by_hand` says; OwnRights: these are the actor's own;
        NotSuspended: nobody has suspended them.
    """
    staff.require_for_person(session, actor=actor, action=LIFT, person=employee, at=at, policy=policy)
    if employee.id == actor.id:
        raise OwnRights()
    known = suspension_of(session, employee.id)
    if known is None:
        raise NotSuspended(person=employee.named)
    known.lifted_at, known.lifted_by_id = at, actor.id
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=LIFT,
        subject=employee.subject,
        details={"suspension": known.id},
    )
    return known


def suspended(
    session: Session, *, actor: Employee, at: datetime, policy: Policy
) -> Sequence[tuple[ContactSuspension, Employee]]:
    """Whose contact rights are suspended, of those within the actor's reach; the longest first.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    allowed = staff.require(actor, LIFT, policy.rights)
    rows = session.execute(
        select(ContactSuspension, Employee)
        .join(Employee, Employee.id == ContactSuspension.employee_id)
        .where(ContactSuspension.lifted_at.is_(None), staff.person_in_reach(allowed, actor, at))
        .order_by(ContactSuspension.since, ContactSuspension.id)
    )
    return [(suspension, person) for suspension, person in rows]
