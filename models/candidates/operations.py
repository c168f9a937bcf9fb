"""Writes about candidates."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.candidates.tables import Application
from models.staff import Candidate, Unit


@dataclass(frozen=True)
class Entered:
    """What came of entering an application."""

    new: bool
    changed: bool
    recognised: bool
    """The person was known by the same identity number."""
    possible_match: bool
    """Somebody with the same phone and name is known: a human decides."""


def enter(
    session: Session,
    *,
    name: str,
    phone: str | None,
    id_number: str | None,
    address: str | None,
    unit: Unit,
    job: str,
    applied_on: date | None,
    source: str,
    at: datetime,
    actor: str,
) -> Entered:
    """Enter somebody's application; the same again changes nothing.

    `phone` and `id_number` are in their normal form; without an identity number the phone and the name tell
    whether it is the same application again.
    """
    by_id = _by_hash(session, "id_hash", "id_number", id_number)
    by_phone = [one for one in _by_hash(session, "phone_hash", "phone", phone) if one.name == name]
    person = by_id[0] if by_id else None
    same = [one for one in by_phone if id_number is None and _applied(session, one, unit, job) is not None]
    if person is None and same:
        person = same[0]
    possible = person is None and bool(by_phone)
    is_new = person is None
    if person is None:
        person = Candidate(name=name)
        session.add(person)
        session.flush()
    changed = _keep(session, person, name, phone, id_number, address)
    application = _applied(session, person, unit, job)
    if application is None:
        changed = True
        application = Application(candidate_id=person.id, unit_id=unit.id, job=job, entered_at=at, source="")
        session.add(application)
    if (application.applied_on, application.source) != (applied_on, source):
        application.applied_on, application.source, changed = applied_on, source, True
    session.flush()
    if changed:
        audit.record(
            session,
            at=at,
            actor=actor,
            action="candidates.enter",
            subject=person.subject,
            details={"application": application.id, "unit": unit.id},
        )
    return Entered(is_new, changed and not is_new, bool(by_id), possible)


def _by_hash(session: Session, column: str, kind: str, value: str | None) -> list[Candidate]:
    if value is None:
        return []
    said = secrecy.identity_hash(session, kind, value)
    return list(
        session.scalars(select(Candidate).where(getattr(Candidate, column) == said).order_by(Candidate.id))
    )


def _applied(session: Session, person: Candidate, unit: Unit, job: str) -> Application | None:
    return session.scalars(
        select(Application).where(
            Application.candidate_id == person.id, Application.unit_id == unit.id, Application.job == job
        )
    ).one_or_none()


def _keep(
    session: Session,
    person: Candidate,
    name: str,
    phone: str | None,
    id_number: str | None,
    address: str | None,
) -> bool:
    """Keep what is new of somebody; whether anything was."""
    hashes = (person.phone_hash, person.id_hash)
    before = secrecy.open_text(session, person.subject, person.address)
    changed = person.name != name
    person.name = name
    new_address = address if address and address != before else None
    staff.keep_identity(session, person=person, phone=phone, id_number=id_number, address=new_address)
    return changed or hashes != (person.phone_hash, person.id_hash) or new_address is not None
