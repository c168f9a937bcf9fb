"""What all arranging of shifts and rosters has in common: who may, refusals, and the trail."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit
from models.base import in_chunks
from models.errors import DomainError, NotFound
from models.policy import Policy
from models.staff import Employee, person_in_reach, require, require_for_person

ARRANGE = "attendance.arrange"


class ShiftNotFound(NotFound):
    """No open shift has this name or number (facts: asked)."""

    texts = "shifts"


class DayIsOver(DomainError):
    """What was worked on days that are over stays as it was (facts: day)."""

    texts = "rosters"


class ChangedSince(DomainError):
    """Somebody has changed it after what is to be taken back."""

    texts = "rosters"


def require_for_all(
    session: Session, *, actor: Employee, people: Sequence[Employee], at: datetime, policy: Policy
) -> None:
    """Refuse unless the actor arranges the work of every one of these people.

    Raises:
        NotPermitted, OutOfReach: as named.
    """
    within = ids_within(session, actor=actor, people=people, at=at, policy=policy)
    for person in people:
        if person.id not in within:
            require_for_person(session, actor=actor, action=ARRANGE, person=person, at=at, policy=policy)


def ids_within(
    session: Session, *, actor: Employee, people: Collection[Employee], at: datetime, policy: Policy
) -> set[int]:
    """Those of these people whose work the actor arranges.

    Raises:
        NotPermitted: the actor arranges nothing.
    """
    allowed = require(actor, ARRANGE, policy.rights)
    found: set[int] = set()
    for some in in_chunks(person.id for person in people):
        found |= set(
            session.scalars(
                select(Employee.id).where(Employee.id.in_(some), person_in_reach(allowed, actor, at))
            )
        )
    return found


def check_not_over(day: date, at: datetime) -> None:
    """Refuse days before today.

    Raises:
        DayIsOver: it is one.
    """
    if day < at.date():
        raise DayIsOver(day=day)


def note(
    session: Session,
    actor: Employee,
    at: datetime,
    action: str,
    details: Mapping[str, Any],
    person: Employee | None = None,
) -> None:
    subject = (person or actor).subject
    audit.record(session, at=at, actor=actor.subject, action=action, subject=subject, details=dict(details))
