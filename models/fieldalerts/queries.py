"""Reads about alerts of field work: tracks, fences, and the alerts within reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import fieldwork, locations, secrecy
from models.cases import Case, ContactNote
from models.contact import ContactAttempt, Debtor
from models.fieldalerts.rules import Code, Fence, Tracked
from models.fieldalerts.tables import OPEN, FieldAlert
from models.locations import Point
from models.policy import Policy
from models.staff import Employee, person_in_reach, require

SEE = "field_alerts.decide"


@dataclass(frozen=True)
class Ground:
    """A note or a contact that an alert rests on."""

    number: int | None
    """Of the case; None if there is none any more."""
    name: str
    """The debtor's masked name."""
    at: datetime


def grounds_of(session: Session, alert: FieldAlert) -> Sequence[Ground]:
    """The notes or contacts that an alert rests on, in the order of time; of others days or points do."""
    if alert.code == Code.VISIT_MISMATCH:
        rows = session.execute(
            select(ContactNote.case_id, Debtor.name_mask, ContactNote.at)
            .join(Case, Case.id == ContactNote.case_id)
            .join(Debtor, Debtor.id == Case.debtor_id)
            .where(ContactNote.id.in_(alert.rests_on))
            .order_by(ContactNote.at, ContactNote.id)
        )
    elif alert.code == Code.RISK_CUSTOMER:
        newest = select(func.max(Case.id)).where(Case.debtor_id == Debtor.id).scalar_subquery()
        rows = session.execute(
            select(newest, Debtor.name_mask, ContactAttempt.at)
            .join(Debtor, Debtor.id == ContactAttempt.debtor_id)
            .where(ContactAttempt.id.in_(alert.rests_on))
            .order_by(ContactAttempt.at, ContactAttempt.id)
        )
    else:
        return ()
    return [Ground(number, name, at) for number, name, at in rows]


def track_of(session: Session, person: Employee, day: date) -> Sequence[Tracked]:
    """The points of a day that can be read, for the rules alone: nobody looks at them."""
    return [
        Tracked(one.fix.id, one.fix.at, one.point, one.fix.accuracy)
        for one in locations.own_track(session, actor=person, day=day)
        if one.point is not None
    ]


def fences_of(session: Session, person: Employee, policy: Policy) -> Sequence[Fence]:
    """The person's places of work, and the places of the customers whose cases they work."""
    offices = [
        Fence(Point(site.latitude, site.longitude), site.radius)
        for site in locations.sites_of(session, person)
    ]
    customers = [
        Fence(point, policy.fieldwork.fence_metres)
        for point in fieldwork.places_of_cases(session, owner_id=person.id)
    ]
    return [*offices, *customers]


def find_alert(
    session: Session, *, actor: Employee, alert_id: int, at: datetime, policy: Policy, lock: bool = False
) -> FieldAlert | None:
    """The alert, if it is of somebody within the actor's reach.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    allowed = require(actor, SEE, policy.rights)
    statement = (
        select(FieldAlert)
        .join(Employee, Employee.id == FieldAlert.employee_id)
        .where(FieldAlert.id == alert_id, person_in_reach(allowed, actor, at))
    )
    if lock:
        statement = statement.with_for_update(of=FieldAlert)
    return session.scalars(statement).one_or_none()


def alerts_within(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, limit: int = 20
) -> Sequence[tuple[FieldAlert, Employee]]:
    """The open alerts of those within the actor's reach, the newest first.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    allowed = require(actor, SEE, policy.rights)
    rows = session.execute(
        select(FieldAlert, Employee)
        .join(Employee, Employee.id == FieldAlert.employee_id)
        .where(FieldAlert.state.in_(OPEN), person_in_reach(allowed, actor, at))
        .order_by(FieldAlert.raised_at.desc(), FieldAlert.id.desc())
        .limit(limit)
    )
    return [(alert, person) for alert, person in rows]


def own_alerts(session: Session, *, actor: Employee, limit: int = 10) -> Sequence[FieldAlert]:
    """The person's own alerts, the newest first."""
    return session.scalars(
        select(FieldAlert)
        .where(FieldAlert.employee_id == actor.id)
        .order_by(FieldAlert.raised_at.desc(), FieldAlert.id.desc())
        .limit(limit)
    ).all()


def words_of(session: Session, alert: FieldAlert) -> str:
    """What the person wrote about it."""
    return secrecy.open_text(session, f"employee:{alert.employee_id}", alert.words) or ""
