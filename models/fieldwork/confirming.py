"""Who leads says where a customer is, by a visit that was there; and takes it back."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import locations
from models.cases import Case
from models.contact import Debtor
from models.fieldwork.errors import NoSuchVisit, NothingMeasured, PlaceMovedOn
from models.fieldwork.operations import note
from models.fieldwork.places import keep_place, target_of
from models.fieldwork.tables import Visit, VisitState
from models.locations import LocationFix
from models.policy import Policy
from models.staff import Employee, require, require_for_person

ARRANGE = "attendance.arrange"
"""The right of who may say that a visit was at the customer's place (config/rights.toml)."""


def confirm_place(
    session: Session, *, actor: Employee, visit_id: int, at: datetime, policy: Policy
) -> tuple[Visit, Mapping[str, Any]]:
    """Who leads says that this visit was at the customer's: it and later ones are compared with its point.

    Returns the visit, and what was known before, for `take_back_place`: plain values, the place sealed.

    Raises:
        NotPermitted: the actor arranges nothing; NoSuchVisit: there is none within reach; NothingMeasured: it
        has no location, or it was forgotten.
    """
    visit, person, fix, debtor = _of_visit(session, actor, visit_id, at, policy)
    point = locations.point_of(session, person.subject, fix)
    if point is None:
        raise NothingMeasured()
    before = {
        "place": None if debtor.place is None else base64.b64encode(debtor.place).decode(),
        "origin": debtor.place_origin,
        "standing": fix.standing,
        "distance": fix.distance,
        "grade": fix.grade,
        "reasons": list(fix.reasons),
    }
    keep_place(session, debtor=debtor, point=point)
    target = target_of(session, debtor, policy.fieldwork)
    assert target is not None
    locations.compare(session, fix=fix, point=point, target=target)
    note(session, visit, actor, at, "fieldwork.confirm_place", subject=debtor.subject)
    return visit, {**before, "made": _mark(debtor)}


def take_back_place(
    session: Session,
    *,
    actor: Employee,
    visit_id: int,
    before: Mapping[str, Any],
    at: datetime,
    policy: Policy,
) -> Visit:
    """It was no customer's place: what was known before stands again, for the debtor and for the visit.

    Visits that were made meanwhile keep what they were worth when they were made.

    Raises:
        NotPermitted, NoSuchVisit: as `confirm_place`; PlaceMovedOn: somebody has said something else since.
    """
    visit, _, fix, debtor = _of_visit(session, actor, visit_id, at, policy)
    if debtor.place is None or _mark(debtor) != before["made"]:
        raise PlaceMovedOn(number=visit.case_id)
    known = before["place"]
    debtor.place = None if known is None else base64.b64decode(known)
    debtor.place_origin = before["origin"]
    fix.standing, fix.distance = before["standing"], before["distance"]
    fix.grade, fix.reasons = before["grade"], list(before["reasons"])
    note(session, visit, actor, at, "fieldwork.take_back_place", subject=debtor.subject)
    return visit


def _of_visit(
    session: Session, actor: Employee, visit_id: int, at: datetime, policy: Policy
) -> tuple[Visit, Employee, LocationFix, Debtor]:
    """A visit within reach that is not the actor's own, who made it, where, and at whose."""
    require(actor, ARRANGE, policy.rights)
    visit = session.get(Visit, visit_id)
    if visit is None or visit.state == VisitState.VOID or visit.employee_id == actor.id:
        raise NoSuchVisit()
    person = session.get_one(Employee, visit.employee_id)
    require_for_person(session, actor=actor, action=ARRANGE, person=person, at=at, policy=policy)
    debtor = session.get_one(Debtor, session.get_one(Case, visit.case_id).debtor_id)
    return visit, person, session.get_one(LocationFix, visit.in_fix_id), debtor


def _mark(debtor: Debtor) -> str:
    """By which the very same sealed place is known again."""
    return hashlib.sha256(debtor.place or b"").hexdigest()
