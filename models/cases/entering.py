"""Cases as they come in from a creditor: creditors, placements, debtors with their numbers."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models import secrecy
from models.calendar import WorkCalendar
from models.cases.access import leading, record
from models.cases.errors import NoSupervisor
from models.cases.kinds import AssignmentCause, CaseStatus
from models.cases.ownership import deadlines
from models.cases.rules import bucket_of, days_past_due
from models.cases.tables import Assignment, Case, CaseEvent, Placement
from models.contact import Creditor, Debtor, DebtorContact, Relation, screen_debtor
from models.locations import Point
from models.policy import Policy
from models.staff import Employee, Unit

Seal = Callable[[str], bytes | None]
"""Seals a value under the key of the person whom it is about."""
LOAN_FILE = "loan_file"
"""The source of numbers that come with a case."""
IMPORTED, CONFIRMED = "import", "confirmed"
"""Who says where a debtor's address is: a file of the creditor, or who leads, after a visit."""


@dataclass(frozen=True)
class ContactFacts:
    """A number that comes with a case."""

    number: str
    relation: Relation = Relation.DEBTOR
    name: str = ""
    source: str = LOAN_FILE


@dataclass(frozen=True)
class DebtorFacts:
    """Who owes, as a file says."""

    name: str
    id_number: str = ""
    phone: str = ""
    address: str = ""
    contacts: Sequence[ContactFacts] = ()
    point: Point | None = None
    """Where the address is, GCJ-02."""

    @property
    def numbers(self) -> Sequence[ContactFacts]:
        """The debtor's own number and those of others, each once."""
        own = [ContactFacts(self.phone, name=self.name)] if self.phone else []
        return list({one.number: one for one in reversed([*own, *self.contacts])}.values())[::-1]


@dataclass(frozen=True)
class CaseFacts:
    """What is owed, as a file says; amounts in fen."""

    reference: str
    balance: int
    principal: int = 0
    overdue_since: date | None = None
    product: str = ""
    area: str = ""
    language: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)
    content_hash: str = ""


def creditor_called(session: Session, name: str) -> Creditor:
    """The creditor with this name, made at the first use."""
    known = session.scalars(select(Creditor).where(Creditor.name == name)).one_or_none()
    if known is None:
        known = Creditor(name=name)
        session.add(known)
        session.flush()
    return known


def open_placement(
    session: Session,
    *,
    creditor: Creditor,
    number: str,
    unit: Unit,
    start_on: date,
    end_on: date,
    at: datetime,
    commission_permille: int | None = None,
    declared_cases: int | None = None,
    declared_amount: int | None = None,
) -> Placement:
    """The placement with the creditor's number, made at the first use."""
    known = session.scalars(
        select(Placement).where(Placement.creditor_id == creditor.id, Placement.number == number)
    ).one_or_none()
    if known is None:
        known = Placement(
            creditor_id=creditor.id,
            number=number,
            unit_id=unit.id,
            start_on=start_on,
            end_on=end_on,
            commission_permille=commission_permille,
            declared_cases=declared_cases,
            declared_amount=declared_amount,
            created_at=at,
        )
        session.add(known)
        session.flush()
    return known


def debtor_key(session: Session, facts: DebtorFacts) -> str:
    """By which a debtor is recognised: the hash of the identity number, else of phone and name."""
    if facts.id_number:
        return secrecy.identity_hash(session, "id_number", facts.id_number)
    return secrecy.identity_hash(session, "debtor", f"{facts.phone}\0{facts.name}")


def place_text(point: Point | None) -> str:
    """A place as it is sealed; empty for none."""
    if point is None:
        return ""
    return json.dumps({"latitude": round(point.latitude, 6), "longitude": round(point.longitude, 6)})


def read_place(plain: str | None) -> Point | None:
    """What `place_text` made."""
    if not plain:
        return None
    said = json.loads(plain)
    return Point(said["latitude"], said["longitude"])


def debtor_values(session: Session, facts: DebtorFacts, seal: Seal) -> dict[str, Any]:
    """A debtor's columns that hold personal values: sealed by `seal`, masked, hashed."""
    return {
        "name": seal(facts.name),
        "id_number": seal(facts.id_number),
        "address": seal(facts.address),
        "place": seal(place_text(facts.point)),
        "place_origin": IMPORTED if facts.point else "",
        "name_mask": secrecy.mask_name(facts.name),
        "name_hash": secrecy.identity_hash(session, "name", facts.name) if facts.name else None,
        "id_hash": secrecy.identity_hash(session, "id_number", facts.id_number) if facts.id_number else None,
        "district": secrecy.mask_address(facts.address).rstrip("*"),
    }


def contact_values(session: Session, facts: ContactFacts, seal: Seal) -> dict[str, Any]:
    """The columns of a number, likewise."""
    return {
        "relation": str(facts.relation),
        "name": seal(facts.name),
        "number": seal(facts.number),
        "name_mask": secrecy.mask_name(facts.name),
        "number_mask": secrecy.mask_phone(facts.number),
        "number_hash": secrecy.identity_hash(session, "phone", facts.number),
        "source": facts.source,
    }


def pool_owner(session: Session, unit_id: int, at: datetime) -> Employee:
    """Who holds the pool of a unit (domain.md 5.2: a real supervisor).

    Raises:
        NoSupervisor: nobody leads it or a unit above it.
    """
    owner = leading(session, unit_id, at)
    if owner is None:
        raise NoSupervisor()
    return owner


def place(
    session: Session,
    *,
    placement: Placement,
    debtor: DebtorFacts,
    facts: CaseFacts,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    number: int | None = None,
) -> Case:
    """Enter one case: into the pool of its placement, or to who has the debtor's other cases.

    A case with the same reference stays as it is. `number` is given where numbers have been set aside.

    Raises:
        NoSupervisor: nobody could hold it.
    """
    known = session.scalars(
        select(Case).where(Case.creditor_id == placement.creditor_id, Case.reference == facts.reference)
    ).one_or_none()
    if known is not None:
        return known
    person = _debtor(session, placement, debtor, at)
    session.refresh(person, with_for_update=True)
    siblings = session.scalars(
        select(Case).where(Case.debtor_id == person.id, Case.closed_at.is_(None)).order_by(Case.id)
    ).all()
    worked = [one for one in siblings if one.status != CaseStatus.POOL]
    if not siblings:
        person.owner_id = pool_owner(session, placement.unit_id, at).id
    accept_by, contact_by = deadlines(at, policy, calendar) if worked else (None, None)
    bucket = bucket_of(days_past_due(facts.overdue_since, at.date()))
    case = Case(
        id=number,
        placement_id=placement.id,
        creditor_id=placement.creditor_id,
        debtor_id=person.id,
        reference=facts.reference,
        product=facts.product,
        area=facts.area,
        language=facts.language,
        principal=facts.principal,
        placed_balance=facts.balance,
        balance=facts.balance,
        overdue_since=facts.overdue_since,
        bucket=bucket,
        entry_bucket=bucket,
        unit_id=(worked or siblings)[0].unit_id if siblings else placement.unit_id,
        status=CaseStatus.ASSIGNED if worked else CaseStatus.POOL,
        owner_id=person.owner_id,
        live_owner_id=person.owner_id,
        assigned_at=at if worked else None,
        accept_by=accept_by,
        contact_by=contact_by,
        custom=dict(facts.custom),
        content_hash=facts.content_hash,
        created_at=at,
    )
    session.add(case)
    session.flush()
    session.add(
        Assignment(
            case_id=case.id,
            number=1,
            owner_id=case.owner_id,
            started_at=at,
            cause=AssignmentCause.IMPORT,
            balance=None if case.status == CaseStatus.POOL else case.balance,
        )
    )
    session.add(CaseEvent(case_id=case.id, at=at, kind="import", from_status="", to_status=case.status))
    session.flush()
    record(session, "cases.import", case, None, at, placement=placement.id)
    screen_debtor(session, debtor=person, at=at)
    return case


def _debtor(session: Session, placement: Placement, facts: DebtorFacts, at: datetime) -> Debtor:
    """The debtor of this creditor, made at the first use; numbers that are new are added."""
    key = debtor_key(session, facts)
    person = session.scalars(
        select(Debtor).where(Debtor.creditor_id == placement.creditor_id, Debtor.key_hash == key)
    ).one_or_none()
    if person is None:
        owner = pool_owner(session, placement.unit_id, at)
        person = Debtor(creditor_id=placement.creditor_id, key_hash=key, owner_id=owner.id, created_at=at)
        session.add(person)
        session.flush()
        seal = partial(secrecy.seal, session, person.subject)
        for name, value in debtor_values(session, facts, seal).items():
            setattr(person, name, value)
        session.flush()
    for one in facts.numbers:
        values = contact_values(session, one, partial(secrecy.seal, session, person.subject))
        there = exists().where(
            DebtorContact.debtor_id == person.id, DebtorContact.number_hash == values["number_hash"]
        )
        if not session.scalar(select(there)):
            session.add(DebtorContact(debtor_id=person.id, **values))
            session.flush()
    return person
