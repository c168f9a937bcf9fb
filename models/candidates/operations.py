"""Entering applications, admitting, and correcting what is known of a candidate."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, messaging, secrecy, staff
from models.candidates import matching
from models.candidates.errors import (
    AdmittedElsewhere,
    AnotherName,
    ApplicationSettled,
    NoOpenApplication,
    NotBound,
    NothingToUndo,
    NumberTaken,
    SamePhone,
    TooLateToUndo,
)
from models.candidates.queries import (
    ApplicationView,
    applications_of,
    is_admitted_elsewhere,
    require_for_candidate,
    root_of,
    rows_of,
)
from models.candidates.rules import may_undo
from models.candidates.tables import Application, ApplicationState, ErasureRequest
from models.policy import Policy
from models.staff import Candidate, Employee, Unit


@dataclass(frozen=True)
class Entered:
    """What came of entering an application."""

    new: bool
    changed: bool
    recognised: bool
    """The person was known by the same identity number."""
    possible_match: bool
    """Somebody with the same phone and name is known: a human decides."""
    application_id: int


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
    policy: Policy,
    number: str | None = None,
    email: str | None = None,
) -> Entered:
    """Enter somebody's application; the same again changes nothing (S1-04, S1-23).

    `phone` and `id_number` are in their normal form. The same identity number is the same person. The same
    phone and name may be: a human decides (`matching`); without an identity number they tell whether it is
    the same application again. `number` is how other systems name the application.

    Raises:
        AnotherName: the identity number is known under another name.
        NumberTaken: another application has this number.
    """
    by_id = _by_hash(session, "id_hash", "id_number", id_number)
    by_phone = [one for one in _by_hash(session, "phone_hash", "phone", phone) if one.name == name]
    if by_id and by_id[0].name != name:
        raise AnotherName(known=secrecy.mask_name(by_id[0].name), told=secrecy.mask_name(name))
    person = by_id[0] if by_id else None
    same = [one for one in by_phone if id_number is None and _applied(session, one, unit, job) is not None]
    if person is None and same:
        person = same[0]
    application = None if person is None else _applied(session, person, unit, job)
    if number is not None:
        _require_free(session, number, application)
    possible = person is None and bool(by_phone)
    is_new = person is None
    if person is None:
        person = Candidate(name=name)
        session.add(person)
        session.flush()
    changed = _keep(session, person, phone, id_number, address, email)
    if application is None:
        changed = True
        application = Application(
            candidate_id=person.id, person_id=person.id, unit_id=unit.id, job=job, entered_at=at, source=""
        )
        session.add(application)
    begins = application.id is None
    if number is not None and application.number != number:
        application.number, changed, begins = number, True, True
    if (application.applied_on, application.source) != (applied_on, source):
        application.applied_on, application.source, changed = applied_on, source, True
    session.flush()
    matching.note(session, person=person, others=by_phone, at=at)
    if begins:
        begin_after(session, [application], at, policy)
    if changed:
        audit.record(
            session,
            at=at,
            actor=actor,
            action="candidates.enter",
            subject=person.subject,
            details={"application": application.id, "unit": unit.id},
        )
    return Entered(is_new, changed and not is_new, bool(by_id), possible, application.id)


Beginner = Callable[[Session, Sequence[Application], datetime, Policy], None]
_beginners: list[Beginner] = []


def on_enter(begin: Beginner) -> Beginner:
    """Let another area begin what follows new applications: (session, applications, at, policy).

    An application that has got its number is among them once more.
    """
    if begin not in _beginners:
        _beginners.append(begin)
    return begin


def begin_after(session: Session, applications: Sequence[Application], at: datetime, policy: Policy) -> None:
    """Begin what follows from new applications."""
    for begin in _beginners:
        begin(session, applications, at, policy)


def _require_free(session: Session, number: str, application: Application | None) -> None:
    taken = session.scalar(select(Application.id).where(Application.number == number))
    if taken is not None and (application is None or application.id != taken):
        raise NumberTaken(number=number)


def _by_hash(session: Session, column: str, kind: str, value: str | None) -> list[Candidate]:
    """The persons of whom some row has this value, oldest first."""
    if value is None:
        return []
    said = secrecy.identity_hash(session, kind, value)
    rows = session.scalars(select(Candidate).where(getattr(Candidate, column) == said).order_by(Candidate.id))
    return list(dict.fromkeys(root_of(session, row) for row in rows.all()))


def _applied(session: Session, person: Candidate, unit: Unit, job: str) -> Application | None:
    return session.scalars(
        select(Application)
        .where(Application.person_id == person.id, Application.unit_id == unit.id, Application.job == job)
        .order_by(Application.id)
    ).first()


def _keep(
    session: Session,
    person: Candidate,
    phone: str | None,
    id_number: str | None,
    address: str | None,
    email: str | None,
) -> bool:
    """Keep what is new of somebody; whether anything was."""
    hashes = (person.phone_hash, person.id_hash)
    before = secrecy.open_text(session, person.subject, person.address)
    new_address = address if address and address != before else None
    known_email = secrecy.open_text(session, person.subject, person.email)
    new_email = email if email and email != known_email else None
    known_phone = phone and secrecy.identity_hash(session, "phone", phone) == person.phone_hash
    known_id = id_number and secrecy.identity_hash(session, "id_number", id_number) == person.id_hash
    staff.keep_identity(
        session,
        person=person,
        phone=None if known_phone else phone,
        id_number=None if known_id else id_number,
        address=new_address,
        email=new_email,
    )
    return hashes != (person.phone_hash, person.id_hash) or bool(new_address or new_email)


# --- admitting ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decided:
    """An admission, or its end, and which other applications it concerns."""

    application: Application
    person: Candidate
    others: Sequence[Application]
    """The person's other open applications, wherever they are."""


def open_applications(
    session: Session, *, actor: Employee, person: Candidate, policy: Policy
) -> Sequence[ApplicationView]:
    """The applications of a person that the actor may admit.

    Raises:
        NotPermitted: the actor admits nobody.
        NoOpenApplication: there is none.
    """
    allowed = staff.require(actor, "candidates.admit", policy.rights)
    found = [
        one
        for one in applications_of(session, person, allowed)
        if one.application.state == ApplicationState.OPEN
    ]
    if not found:
        raise NoOpenApplication(name=person.name)
    return found


def check_admission(
    session: Session, *, actor: Employee, application_id: int, policy: Policy, reason: str = ""
) -> Decided:
    """What admitting would do; nothing is changed.

    Raises:
        NotPermitted, OutOfReach: the actor may not, or not in this unit.
        NoOpenApplication: there is no such application.
        ApplicationSettled: it was decided before.
        AdmittedElsewhere: another unit has admitted the person, and the head office gives no reason.
    """
    application = session.get(Application, application_id, populate_existing=True)
    if application is None:
        raise NoOpenApplication(name=None)
    staff.require_for_unit(
        session, actor=actor, action="candidates.admit", unit_id=application.unit_id, policy=policy
    )
    person = session.get(Candidate, application.person_id)
    assert person is not None
    if application.state != ApplicationState.OPEN:
        raise ApplicationSettled(state=application.state)
    if is_admitted_elsewhere(session, application):
        head_office = staff.reach(actor, "candidates.admit", policy.rights).everything
        if not (head_office and reason):
            raise AdmittedElsewhere(name=person.name, may_override=head_office)
    return Decided(application, person, _others_open(session, application))


def admit(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    at: datetime,
    policy: Policy,
    reason: str = "",
) -> Decided:
    """Admit somebody; what the other units had ready for them is not sent any more (S1-22, S1-23).

    `reason` lets the head office admit somebody whom another unit has admitted.

    Raises:
        DomainError: as `check_admission`.
    """
    _lock_person(session, application_id)
    decided = check_admission(
        session, actor=actor, application_id=application_id, policy=policy, reason=reason
    )
    return _admit(session, decided, by=actor.subject, at=at, reason=reason)


def admit_accepted(session: Session, *, application: Application, by: str, at: datetime) -> Decided:
    """Somebody has accepted what HR offered: the admission is that of who made the offer (S2-10)."""
    _lock_person(session, application.id)
    person = session.get_one(Candidate, application.person_id)
    decided = Decided(application, person, _others_open(session, application))
    return _admit(session, decided, by=by, at=at, reason="")


def _admit(session: Session, decided: Decided, *, by: str, at: datetime, reason: str) -> Decided:
    application, person = decided.application, decided.person
    application.overrides = is_admitted_elsewhere(session, application)
    application.state = ApplicationState.ADMITTED
    application.decided_at, application.decided_by = at, by
    session.flush()
    for other in decided.others:
        for row in rows_of(session, person):
            about = f"candidate:{row.id}:application:{other.id}"
            messaging.withdraw_about(session, about=about, at=at, reason="admitted elsewhere")
    audit.record(
        session,
        at=at,
        actor=by,
        action="candidates.admit",
        subject=person.subject,
        details={
            "application": application.id,
            "unit": application.unit_id,
            "overrides": application.overrides,
            "others": [other.id for other in decided.others],
        },
        personal={person.subject: {"reason": reason}} if application.overrides else {},
    )
    return decided


def undo_admission(
    session: Session, *, actor: Employee, person: Candidate, at: datetime, policy: Policy, asked: str = ""
) -> Decided:
    """Take the newest admission of a person back, that of the unit asked for if one is; it is open again.

    Raises:
        NotPermitted: the actor admits nobody.
        NothingToUndo: nothing within reach was admitted.
        TooLateToUndo: it was admitted too long ago.
    """
    allowed = staff.require(actor, "candidates.admit", policy.rights)
    admitted = [
        one.application
        for one in applications_of(session, person, allowed)
        if one.application.state == ApplicationState.ADMITTED and asked in f"{one.unit} {one.application.job}"
    ]
    if not admitted:
        raise NothingToUndo(name=person.name)
    application = max(admitted, key=lambda one: (one.decided_at or at, one.id))
    hours = policy.candidates.undo_admission_hours
    if not may_undo(application.decided_at, at, timedelta(hours=hours)):
        raise TooLateToUndo(decided_at=application.decided_at, limit=hours, unit="hours")
    application.state, application.overrides = ApplicationState.OPEN, False
    application.decided_at = application.decided_by = None
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="candidates.undo_admission",
        subject=person.subject,
        details={"application": application.id, "unit": application.unit_id},
    )
    return Decided(application, person, _others_open(session, application))


def _lock_person(session: Session, application_id: int) -> None:
    """Two admissions of one person happen one after the other."""
    of = select(Application.person_id).where(Application.id == application_id).scalar_subquery()
    session.execute(select(Candidate.id).where(Candidate.id == of).with_for_update())


def _others_open(session: Session, application: Application) -> Sequence[Application]:
    return session.scalars(
        select(Application)
        .where(
            Application.person_id == application.person_id,
            Application.id != application.id,
            Application.state == ApplicationState.OPEN,
        )
        .order_by(Application.id)
    ).all()


# --- correcting --------------------------------------------------------------------------------------


def seal_words(session: Session, person: Candidate, words: str) -> str:
    """Words about a person for a proposal, which holds nothing that can be read."""
    return base64.b64encode(secrecy.seal(session, person.subject, words) or b"").decode()


def open_words(session: Session, person: Candidate, sealed: str) -> str:
    """The words again; empty once the person was erased."""
    return secrecy.open_text(session, person.subject, base64.b64decode(sealed) or None) or ""


def check_phone(session: Session, *, person: Candidate, phone: str) -> str:
    """The masked number that is known now; `phone` is the new one in its normal form.

    Raises:
        SamePhone: it is the one that is known.
    """
    if person.phone_hash == secrecy.identity_hash(session, "phone", phone):
        raise SamePhone()
    return secrecy.mask_phone(secrecy.open_text(session, person.subject, person.phone))


def ask_for_phone(
    session: Session, *, actor: Employee, person: Candidate, phone: str, at: datetime, policy: Policy
) -> tuple[str, str]:
    """Note that a correction is asked for; returns the number that is known, masked, and the new one sealed.

    Raises:
        NotPermitted, OutOfReach: the actor may not correct this person.
        SamePhone: the number is the one that is known.
    """
    require_for_candidate(session, actor=actor, action="candidates.correct", person=person, policy=policy)
    before = check_phone(session, person=person, phone=phone)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="candidates.ask_to_correct",
        subject=person.subject,
        details={"what": "phone"},
    )
    return before, seal_words(session, person, phone)


def correct_phone(
    session: Session, *, actor: Employee, person: Candidate, sealed: str, at: datetime, policy: Policy
) -> str:
    """Give a person the number that was asked for; returns it masked (S1-03).

    Raises:
        NotPermitted, OutOfReach: the actor may not correct this person.
        SamePhone: the number is the one that is known.
    """
    require_for_candidate(session, actor=actor, action="candidates.correct", person=person, policy=policy)
    return _change_phone(session, actor.subject, person, open_words(session, person, sealed), at)


def correct_own_phone(session: Session, *, person: Candidate, phone: str, at: datetime) -> tuple[str, str]:
    """A bound candidate gives a new number; returns the old one and the new one, masked (S1-03).

    Raises:
        NotBound: nobody knows who this follower is.
        SamePhone: the number is the one that is known.
    """
    person = require_bound(session, person)
    before = check_phone(session, person=person, phone=phone)
    return before, _change_phone(session, person.subject, person, phone, at)


def _change_phone(session: Session, by: str, person: Candidate, phone: str, at: datetime) -> str:
    check_phone(session, person=person, phone=phone)
    staff.keep_identity(session, person=person, phone=phone)
    named = [one for one in _by_hash(session, "phone_hash", "phone", phone) if one.name == person.name]
    matching.note(session, person=person, others=named, at=at)
    audit.record(
        session,
        at=at,
        actor=by,
        action="candidates.correct",
        subject=person.subject,
        details={"what": "phone"},
    )
    return secrecy.mask_phone(phone)


def require_bound(session: Session, person: Candidate) -> Candidate:
    """The row that stands for the follower, who must be known as a person.

    Raises:
        NotBound: nobody knows who this follower is.
    """
    root = root_of(session, person)
    if root.name is None:
        raise NotBound()
    return root


def ask_to_be_erased(session: Session, *, person: Candidate, at: datetime) -> datetime | None:
    """Note that a candidate wants their data deleted; when that was asked before, else None (PIPL art. 47).

    Raises:
        NotBound: nobody knows who this follower is; unfollowing deletes everything.
    """
    person = require_bound(session, person)
    known = session.get(ErasureRequest, person.id)
    if known is not None:
        return known.asked_at
    session.add(ErasureRequest(candidate_id=person.id, asked_at=at))
    session.flush()
    audit.record(
        session, at=at, actor=person.subject, action="candidates.ask_to_be_erased", subject=person.subject
    )
    return None
