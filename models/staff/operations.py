"""Writes about people."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models import messaging
from models.base import insert_once
from models.messaging import OutboundMessage
from models.policy import Policy
from models.staff.queries import find_candidate, find_employee, find_team
from models.staff.rules import require
from models.staff.tables import Candidate, Employee, Role, Team


def add_team(session: Session, *, name: str) -> Team:
    """The team called `name`, made if it does not exist."""
    team = find_team(session, name)
    if team is None:
        team = Team(name=name)
        session.add(team)
        session.flush()
    return team


def add_employee(
    session: Session, *, wecom_id: str, name: str, role: Role, team: Team | None = None
) -> Employee:
    """Enter a member, or bring the known one up to date (and back, if the person had left)."""
    employee = find_employee(session, wecom_id)
    if employee is None:
        employee = Employee(wecom_id=wecom_id, wecom_key=wecom_id.lower(), name=name, role=role)
        session.add(employee)
    employee.name = name
    employee.role = role
    employee.team_id = None if team is None else team.id
    employee.left_at = None
    session.flush()
    return employee


def follow(session: Session, *, openid: str, at: datetime, scene: str | None = None) -> Candidate:
    """Enter a follower of the service account; a known one stays as it is."""
    insert_once(session, Candidate, {"openid": openid, "followed_at": at, "scene": scene})
    candidate = find_candidate(session, openid)
    assert candidate is not None
    return candidate


def unfollow(session: Session, *, openid: str, at: datetime) -> None:
    """Delete what is kept of a follower: the platform asks for it on unsubscribe (protocol 2.8)."""
    messaging.forget_person(session, account=messaging.Channel.OFFICIAL, sender=openid, now=at)
    session.execute(delete(Candidate).where(Candidate.openid == openid))


@dataclass(frozen=True)
class Recalled:
    """A message that is taken back."""

    message: OutboundMessage
    person: Employee | None
    """Whom it was for; None if they have left."""
    others: int
    """How many other people it is taken from."""
    had_left: bool
    """Whether the platform has to take it back; otherwise nobody has seen it."""


def recall_message(
    session: Session, *, actor: Employee, message_id: int, at: datetime, policy: Policy
) -> Recalled:
    """Take a message back from everybody who got it in the same call.

    Raises:
        NotPermitted: the actor's role does not take messages back.
        DomainError: it cannot be taken back; the subclass says why (models/messaging/changes.py).
    """
    require(actor, "messages.recall", policy.permissions)
    message = session.get(OutboundMessage, message_id)
    if message is None:
        raise messaging.NotRecallable(channel=messaging.Channel.WECOM)
    sharing = messaging.sharing_call(session, message)
    had_left = messaging.recall(session, ids=[one.id for one in sharing], at=at)
    return Recalled(message, find_employee(session, message.recipient), len(sharing) - 1, had_left)
