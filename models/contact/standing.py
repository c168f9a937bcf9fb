"""What stands about a debtor until somebody changes it: stops, hours agreed to, refusals, dead numbers.

Whether the actor works the debtor's cases is for the area of cases to check (models/cases/guarding.py);
only what is compliance's alone is checked here.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.contact.errors import (
    ConsentTooLong,
    EvidenceMissing,
    HoursNotNeeded,
    NoConsent,
    NotAThirdParty,
    NotStopped,
)
from models.contact.kinds import THIRD_PARTIES, Relation
from models.contact.operations import lose
from models.contact.queries import consents_of, pack_of
from models.contact.tables import ContactConsent, Debtor, DebtorContact
from models.policy import Policy
from models.staff import Employee

EVIDENCE = 100
"""So many letters of what proves a consent are kept."""
RULES = "contact.rules"
"""The right of compliance (config/rights.toml)."""
Stopper = Callable[[Session, Debtor, datetime], None]
_stoppers: list[Stopper] = []


def on_stop(stopper: Stopper) -> Stopper:
    """Let another area drop what it has planned about a debtor whom nobody contacts any more."""
    if stopper not in _stoppers:
        _stoppers.append(stopper)
    return stopper


def stop(
    session: Session, *, debtor: Debtor, why: str, at: datetime, by: Employee | None, words: str = ""
) -> None:
    """Nobody contacts this debtor any more, at once and by any channel, until compliance lifts it.

    `why` is a code of the policy (`contact.stop_reasons`). Stopped before, the first time stays.
    """
    if debtor.stopped_at is None:
        debtor.stopped_at, debtor.stopped_why = at, why
        session.flush()
    for stopper in _stoppers:
        stopper(session, debtor, at)
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if by is None else by.subject,
        action="contact.stop",
        subject=debtor.subject,
        details={"why": why},
        personal={debtor.subject: {"words": words}} if words else None,
    )


def lift_stop(
    session: Session, *, actor: Employee, debtor: Debtor, at: datetime, policy: Policy, words: str = ""
) -> None:
    """The debtor may be contacted again.

    Raises:
        NotPermitted: the actor is not of compliance; NotStopped: nobody has stopped it.
    """
    staff.require(actor, RULES, policy.rights)
    if debtor.stopped_at is None:
        raise NotStopped()
    why, debtor.stopped_at, debtor.stopped_why = debtor.stopped_why, None, ""
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="contact.lift_stop",
        subject=debtor.subject,
        details={"why": why},
        personal={debtor.subject: {"words": words}} if words else None,
    )


def agree_hours(
    session: Session,
    *,
    actor: Employee,
    debtor: Debtor,
    begin: time,
    end: time,
    expires_at: datetime,
    evidence: str,
    at: datetime,
    policy: Policy,
) -> ContactConsent:
    """The debtor has agreed to be contacted between these times of day, until `expires_at` (domain.md 2.2).

    Raises:
        EvidenceMissing: nothing proves it; HoursNotNeeded: they are lawful anyway;
        ConsentTooLong: it ends too late, or has ended (policy `contact.consent_days`).
    """
    hours = pack_of(session, debtor, policy).on(at.date()).hours
    if not evidence.strip():
        raise EvidenceMissing()
    if hours.begin <= begin < end <= hours.end or begin == end:
        raise HoursNotNeeded(begin=hours.begin, end=hours.end)
    days = policy.contact.consent_days
    if not at < expires_at <= at + timedelta(days=days + 1):
        raise ConsentTooLong(days=days)
    agreed = ContactConsent(
        debtor_id=debtor.id,
        from_hour=begin,
        to_hour=end,
        evidence=secrecy.seal(session, debtor.subject, evidence.strip()[:EVIDENCE]),
        given_at=at,
        expires_at=expires_at,
        noted_by_id=actor.id,
    )
    session.add(agreed)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="contact.agree_hours",
        subject=debtor.subject,
        details={
            "consent": agreed.id,
            "from": f"{begin:%H:%M}",
            "to": f"{end:%H:%M}",
            "until": expires_at.isoformat(),
        },
    )
    return agreed


def withdraw_hours(session: Session, *, actor: Employee, debtor: Debtor, at: datetime) -> int:
    """The debtor takes back every consent, at once; returns how many there were.

    Raises:
        NoConsent: there is none.
    """
    held = consents_of(session, debtor, at)
    if not held:
        raise NoConsent()
    for one in held:
        one.withdrawn_at = at
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="contact.withdraw_hours",
        subject=debtor.subject,
        details={"consents": [one.id for one in held]},
    )
    return len(held)


def refuse_contact(session: Session, *, actor: Employee, contact: DebtorContact, at: datetime) -> None:
    """This person does not want to be contacted about the debtor: final, for every case (domain.md 2.3).

    Raises:
        NotAThirdParty: it is the debtor's own number.
    """
    if contact.relation not in THIRD_PARTIES:
        raise NotAThirdParty()
    if contact.do_not_contact_at is None:
        contact.do_not_contact_at = at
        session.flush()
    _note(session, "contact.refuse", actor, contact, at)


def mark_invalid(session: Session, *, actor: Employee, contact: DebtorContact, at: datetime) -> None:
    """The number is known to be none of theirs. With the last of the debtor's own, contact counts as lost."""
    if contact.invalid_at is None:
        contact.invalid_at = at
        session.flush()
    _note(session, "contact.mark_invalid", actor, contact, at)
    if contact.relation == Relation.DEBTOR:
        good = select(DebtorContact.id).where(
            DebtorContact.debtor_id == contact.debtor_id,
            DebtorContact.relation == Relation.DEBTOR,
            DebtorContact.invalid_at.is_(None),
        )
        if session.execute(good.limit(1)).first() is None:
            lose(session, session.get_one(Debtor, contact.debtor_id), at)


def mark_valid(session: Session, *, actor: Employee, contact: DebtorContact, at: datetime) -> None:
    """The number was right after all."""
    contact.invalid_at = None
    session.flush()
    _note(session, "contact.mark_valid", actor, contact, at)


def _note(session: Session, action: str, actor: Employee, contact: DebtorContact, at: datetime) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=f"debtor:{contact.debtor_id}",
        details={"contact": contact.id, "relation": contact.relation},
    )
