"""Writes about people."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models import messaging
from models.base import insert_once
from models.staff.queries import find_candidate, find_employee, find_team
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
