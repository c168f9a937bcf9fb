"""Reads about candidates, within the reach of who asks; merged rows count as one person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models import secrecy, staff
from models.base import in_chunks
from models.candidates.errors import CandidateNotFound, SeveralCandidates
from models.candidates.tables import Application, ApplicationState
from models.policy import Policy
from models.redaction import ERASED
from models.staff import Candidate, Employee, Reach, Role, Unit

MOST_SHOWN = 10
"""So many people are named at once."""
HR = (Role.HR_CITY, Role.HR_PROVINCE, Role.HR_HEAD)
"""Who is responsible for a unit's candidates, the nearest first."""


@dataclass(frozen=True)
class ApplicationView:
    """An application as it is shown."""

    application: Application
    unit: str
    elsewhere: bool
    """Whether another application of the person was admitted."""


@dataclass(frozen=True)
class CandidateView:
    """A person as others see them: values are masked; None where they may not be seen at all."""

    person: Candidate
    phone: str | None
    id_number: str | None
    address: str | None
    bound: bool
    applications: Sequence[ApplicationView]
    """Those within reach."""


def root_of(session: Session, person: Candidate) -> Candidate:
    """The row that stands for the person."""
    while person.merged_into_id is not None:
        into = session.get(Candidate, person.merged_into_id)
        assert into is not None
        person = into
    return person


def rows_of(session: Session, person: Candidate) -> Sequence[Candidate]:
    """The row and everything that was merged into it, directly or not."""
    found = [person]
    for row in found:
        found += session.scalars(
            select(Candidate).where(Candidate.merged_into_id == row.id).order_by(Candidate.id)
        )
    return found


def wechat_of(session: Session, person: Candidate) -> Candidate | None:
    """The row of the person that has an OpenID: to it messages go."""
    return next((row for row in rows_of(session, person) if row.openid is not None), None)


def wechats_of(session: Session, people: Collection[int]) -> Mapping[int, Candidate]:
    """By the ids of rows that stand for persons, the row of each that has an OpenID; not of those without."""
    stands_for = {id_: id_ for id_ in people}
    found: dict[int, Candidate] = {}
    rows = [
        row
        for ids in in_chunks(stands_for)
        for row in session.scalars(select(Candidate).where(Candidate.id.in_(ids)))
    ]
    while rows:
        for row in rows:
            if row.id not in stands_for:
                stands_for[row.id] = stands_for[row.merged_into_id or row.id]
            if row.openid is not None:
                found.setdefault(stands_for[row.id], row)
        merged = select(Candidate).order_by(Candidate.id)
        rows = [
            row
            for ids in in_chunks(row.id for row in rows)
            for row in session.scalars(merged.where(Candidate.merged_into_id.in_(ids)))
        ]
    return found


def in_reach(allowed: Reach) -> ColumnElement[bool]:
    """Persons of whom an application is within reach; the head office also sees who has none."""
    stands = Candidate.merged_into_id.is_(None) & (Candidate.name != ERASED)
    if allowed.everything:
        return stands
    applied = select(Application.person_id).where(staff.unit_in_reach(allowed, Application.unit_id))
    return stands & Candidate.id.in_(applied)


def covers(session: Session, allowed: Reach, person: Candidate) -> bool:
    """Whether a person is within reach."""
    return (
        session.scalar(select(Candidate.id).where(Candidate.id == person.id, in_reach(allowed))) is not None
    )


def require_for_candidate(
    session: Session, *, actor: Employee, action: str, person: Candidate, policy: Policy
) -> None:
    """Refuse unless the actor may do `action` to this person.

    Raises:
        NotPermitted: no role of the actor includes it; OutOfReach: not for this person.
    """
    if not covers(session, staff.require(actor, action, policy.rights), person):
        raise staff.OutOfReach(action=action)


def newest(session: Session, *, actor: Employee, policy: Policy) -> Sequence[Candidate]:
    """The newest persons within reach, at most `MOST_SHOWN` (S1-24, S1-25, S1-26).

    Raises:
        NotPermitted: the actor sees no candidates.
    """
    allowed = staff.require(actor, "candidates.see", policy.rights)
    statement = select(Candidate).where(in_reach(allowed)).order_by(Candidate.id.desc()).limit(MOST_SHOWN)
    return session.scalars(statement).all()


def search(
    session: Session, *, actor: Employee, asked: str, policy: Policy, action: str = "candidates.see"
) -> Sequence[Candidate]:
    """Persons within reach with this name or number; else with this part of a name.

    Raises:
        NotPermitted: no role of the actor includes the action.
    """
    within = in_reach(staff.require(actor, action, policy.rights))
    number = asked.rpartition(":")[2]
    meanings: list[ColumnElement[bool]] = [Candidate.name == asked]
    if number.isdecimal() and number.isascii() and len(number) < 10:
        meanings.append(Candidate.id == int(number))
    statement = select(Candidate).where(within).order_by(Candidate.id.desc()).limit(MOST_SHOWN)
    found = session.scalars(statement.where(or_(*meanings))).all()
    return found or session.scalars(statement.where(Candidate.name.contains(asked, autoescape=True))).all()


def the_candidate(
    session: Session, *, actor: Employee, asked: str, policy: Policy, action: str = "candidates.see"
) -> Candidate:
    """The one person within reach who is meant.

    Raises:
        NotPermitted: no role of the actor includes the action.
        CandidateNotFound: there is nobody, or not within reach: the two look the same.
        SeveralCandidates: more than one could be meant.
    """
    found = search(session, actor=actor, asked=asked, policy=policy, action=action) if asked else []
    if not found:
        raise CandidateNotFound(asked=asked)
    if len(found) > 1:
        seen = views(session, found, actor=actor, policy=policy)
        several = [(one.person.id, one.person.name, _jobs(one.applications)) for one in seen]
        raise SeveralCandidates(asked=asked, several=several)
    return found[0]


def _jobs(applications: Sequence[ApplicationView]) -> list[str]:
    return [f"{one.unit} {one.application.job}" for one in applications]


def views(
    session: Session, people: Sequence[Candidate], *, actor: Employee, policy: Policy
) -> Sequence[CandidateView]:
    """The persons as the actor sees them: applications within reach, contact data only where allowed."""
    allowed = staff.reach(actor, "candidates.see", policy.rights)
    contact = staff.reach(actor, "candidates.see_contact", policy.rights)
    shown = []
    for person in people:
        phone: str | None = None
        id_number: str | None = None
        address: str | None = None
        if contact and covers(session, contact, person):
            phone, id_number, address = _masked(session, person)
        bound = wechat_of(session, person) is not None
        applications = applications_of(session, person, allowed)
        shown.append(CandidateView(person, phone, id_number, address, bound, applications))
    return shown


def _masked(session: Session, person: Candidate) -> tuple[str, str, str]:
    """Phone, identity number and address, each from the first row of the person that has one."""
    rows = rows_of(session, person)

    def first(name: str) -> str | None:
        opened = (secrecy.open_text(session, row.subject, getattr(row, name)) for row in rows)
        return next((value for value in opened if value), None)

    return (
        secrecy.mask_phone(first("phone")),
        secrecy.mask_id_number(first("id_number")),
        secrecy.mask_address(first("address")),
    )


def own_view(session: Session, person: Candidate) -> CandidateView:
    """What is kept of a person, as they see it themselves: masked all the same."""
    applications = applications_of(session, person, Reach(everything=True))
    return CandidateView(person, *_masked(session, person), True, applications)


def phone_of(session: Session, subject: str) -> str | None:
    """The whole number of the person with this pseudonym as it is now, for what leaves this moment."""
    return _contact(session, subject, "phone")


def email_of(session: Session, subject: str) -> str | None:
    """The mail address of the person with this pseudonym as it is now."""
    return _contact(session, subject, "email")


def _contact(session: Session, subject: str, name: str) -> str | None:
    kind, _, number = subject.partition(":")
    row = session.get(Candidate, int(number)) if kind == "candidate" and number.isdecimal() else None
    rows = [] if row is None else rows_of(session, root_of(session, row))
    opened = (secrecy.open_text(session, row.subject, getattr(row, name)) for row in rows)
    return next((value for value in opened if value), None)


def applications_of(session: Session, person: Candidate, allowed: Reach) -> Sequence[ApplicationView]:
    """The person's applications within reach, oldest first."""
    rows = session.execute(
        select(Application, Unit.name)
        .join(Unit, Unit.id == Application.unit_id)
        .where(Application.person_id == person.id)
        .order_by(Application.id)
    ).all()
    admitted = {one.id for one, _ in rows if one.state == ApplicationState.ADMITTED}
    return [
        ApplicationView(one, unit, bool(admitted - {one.id}))
        for one, unit in rows
        if staff.covers_unit(session, allowed, one.unit_id)
    ]


def is_admitted_elsewhere(session: Session, application: Application) -> bool:
    """Whether another application of the person was admitted: then this one is told nothing more (S1-22)."""
    return bool(admitted_elsewhere(session, [application]))


def admitted_elsewhere(session: Session, applications: Collection[Application]) -> set[int]:
    """The ids of those applications of whose person another one was admitted."""
    admitted: dict[int, list[int]] = {}
    for ids in in_chunks(one.person_id for one in applications):
        found = session.execute(
            select(Application.person_id, Application.id).where(
                Application.person_id.in_(ids), Application.state == ApplicationState.ADMITTED
            )
        )
        for person_id, id_ in found:
            admitted.setdefault(person_id, []).append(id_)
    return {one.id for one in applications if set(admitted.get(one.person_id, ())) - {one.id}}


def responsible(session: Session, *, unit_id: int, at: datetime, policy: Policy) -> Sequence[Employee]:
    """The HR nearest to a unit who may admit there."""
    for role in HR:
        found = [
            person
            for person in staff.holders(session, role, unit_id=unit_id, at=at)
            if staff.covers_unit(session, staff.reach(person, "candidates.admit", policy.rights), unit_id)
        ]
        if found:
            return found
    return []
