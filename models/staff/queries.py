"""Reads about people."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from models import messaging
from models.base import find
from models.messaging import OutboundMessage
from models.policy import Policy
from models.staff.rules import require
from models.staff.tables import Candidate, Employee, Team

_BY_KEY = select(Employee).where(Employee.wecom_key == bindparam("key"), Employee.left_at.is_(None))
_LOCKED = _BY_KEY.with_for_update(key_share=True)
_BY_OPENID = select(Candidate).where(Candidate.openid == bindparam("openid"))


def find_employee(session: Session, wecom_id: str, *, lock: bool = False) -> Employee | None:
    """The employee with this UserID who has not left, in any letter case.

    With `lock`, messages of one person are handled one after the other (PostgreSQL row lock;
    SQLite has a single writer anyway).
    """
    return find(session, _LOCKED if lock else _BY_KEY, {"key": wecom_id.lower()})


def find_by_name_or_account(session: Session, asked: str) -> Sequence[Employee]:
    """The active employees with this name or this UserID."""
    return session.scalars(
        select(Employee)
        .where(or_(Employee.name == asked, Employee.wecom_key == asked.lower()), Employee.left_at.is_(None))
        .order_by(Employee.id)
    ).all()


def messages_to_employee(
    session: Session, *, actor: Employee, person: Employee, policy: Policy, limit: int = 5
) -> Sequence[OutboundMessage]:
    """The newest messages to an employee, newest first.

    Raises:
        NotPermitted: the actor's role does not see what others are sent.
    """
    require(actor, "messages.see_delivery", policy.permissions)
    return messaging.messages_to(session, recipient=person.wecom_id, limit=limit)


def newest_recallable(
    session: Session, *, actor: Employee, person: Employee, at: datetime, policy: Policy
) -> messaging.Recallable | None:
    """The newest message to an employee that can still be taken back.

    Raises:
        NotPermitted: the actor's role does not take messages back.
    """
    require(actor, "messages.recall", policy.permissions)
    return messaging.newest_recallable(session, recipient=person.wecom_id, now=at)


def find_candidate(session: Session, openid: str) -> Candidate | None:
    """The follower with this OpenID."""
    return find(session, _BY_OPENID, {"openid": openid})


def find_team(session: Session, name: str) -> Team | None:
    """The team with this name."""
    return session.scalars(select(Team).where(Team.name == name)).one_or_none()
