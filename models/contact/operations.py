"""Asking the guard before a contact, and recording every contact there was."""

from datetime import datetime

from sqlalchemy.orm import Session

from models import audit
from models.audit import AuditOutcome
from models.base import SHANGHAI
from models.calendar import WorkCalendar
from models.contact import rules
from models.contact.errors import ContactRefused
from models.contact.kinds import NO_BREACH, ContactChannel, Direction, Purpose, Reached, Relation, Rule
from models.contact.queries import decide, failures_in_a_row, pack_of
from models.contact.rules import ContactDecision
from models.contact.tables import ContactAttempt, Debtor, DebtorContact
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee


def require(
    session: Session,
    *,
    debtor: Debtor,
    channel: ContactChannel,
    at: datetime,
    policy: Policy,
    contact: DebtorContact | None = None,
    actor: Employee | None = None,
    purpose: Purpose | None = None,
    calendar: WorkCalendar | None = None,
    overridden: bool = False,
) -> ContactDecision:
    """Refuse a contact that is not lawful at `at` (`decide` says what the arguments mean).

    Raises:
        ContactRefused: it names the rule, the version of the pack and the next lawful moment.
    """
    decision = decide(
        session,
        debtor=debtor,
        channel=channel,
        at=at,
        policy=policy,
        contact=contact,
        actor=actor,
        purpose=purpose,
        calendar=calendar,
        overridden=overridden,
    )
    if decision.allowed:
        return decision
    pack = pack_of(session, debtor, policy)
    version = pack.on(at.astimezone(SHANGHAI).date())
    raise ContactRefused(
        rule=str(decision.rules[0]),
        rules=[str(rule) for rule in decision.rules],
        limits=dict(decision.limits),
        pack=decision.pack,
        title=f"{pack.title} {version.version}",
        begin=version.hours.begin,
        end=version.hours.end,
        why=debtor.stopped_why,
        at=at,
        next_at=decision.next_at,
        can_be_lifted=decision.can_be_lifted,
        debtor_id=debtor.id,
        contact_id=None if contact is None else contact.id,
        channel=str(channel),
    )


def note_refusal(session: Session, *, actor: str, refusal: DomainError, at: datetime) -> None:
    """Enter a refused contact into the evidence trail, in the transaction that keeps the refusal.

    The transaction in which it was refused is undone, so that it cannot stand there (domain.md 2.2, 11).
    """
    if not isinstance(refusal, ContactRefused):
        return
    facts = refusal.facts
    next_at = facts["next_at"]
    audit.record(
        session,
        at=at,
        actor=actor,
        action="contact.refused",
        subject=f"debtor:{facts['debtor_id']}",
        outcome=AuditOutcome.REFUSED,
        details={
            "rules": facts["rules"],
            "pack": facts["pack"],
            "channel": facts["channel"],
            "contact": facts["contact_id"],
            "next_at": None if next_at is None else next_at.isoformat(),
        },
    )


def record(
    session: Session,
    *,
    actor: Employee,
    debtor: Debtor,
    contact: DebtorContact | None,
    channel: ContactChannel,
    direction: Direction,
    at: datetime,
    policy: Policy,
    connected: bool | None = None,
    reached: Reached | None = None,
    purpose: Purpose | None = None,
    ended_at: datetime | None = None,
    calendar: WorkCalendar | None = None,
    overridden: bool = False,
) -> ContactAttempt:
    """Record a contact that was made or tried: always, with the rules it broke as `flags` (domain.md 2.2).

    `connected` None: nobody has said yet what came of it (`settle`). What they begin themselves is never
    flagged and never counts.
    """
    here = at.astimezone(SHANGHAI)
    outward = direction is Direction.OUT
    pack = pack_of(session, debtor, policy)
    flags: list[str] = []
    if outward:
        decision = decide(
            session,
            debtor=debtor,
            channel=channel,
            at=at,
            policy=policy,
            contact=contact,
            actor=actor,
            purpose=purpose,
            calendar=calendar,
            overridden=overridden,
        )
        flags = [str(rule) for rule in decision.broken]
    attempt = ContactAttempt(
        creditor_id=debtor.creditor_id,
        debtor_id=debtor.id,
        contact_id=None if contact is None else contact.id,
        number_hash=None if contact is None else contact.number_hash,
        employee_id=actor.id,
        channel=channel,
        direction=direction,
        purpose=purpose or "",
        at=at,
        day=here.date(),
        pack=pack.named_on(here.date()),
        flags=flags,
    )
    session.add(attempt)
    session.flush()
    breach = [rule for rule in flags if rule not in NO_BREACH]
    if breach:
        audit.record(
            session,
            at=at,
            actor=actor.subject,
            action="contact.breach",
            subject=debtor.subject,
            details={"attempt": attempt.id, "rules": breach, "pack": attempt.pack},
        )
    if connected is not None:
        _conclude(session, attempt, debtor, contact, connected, reached, at, policy, ended_at)
    return attempt


def settle(
    session: Session,
    *,
    attempt: ContactAttempt,
    connected: bool,
    reached: Reached | None,
    at: datetime,
    policy: Policy,
    ended_at: datetime | None = None,
) -> ContactAttempt:
    """Say what came of an attempt that was recorded when it was begun; it may be said again, then corrected.

    `ended_at` is when the call ended, where that is known.
    """
    debtor = session.get_one(Debtor, attempt.debtor_id)
    contact = None if attempt.contact_id is None else session.get_one(DebtorContact, attempt.contact_id)
    _conclude(session, attempt, debtor, contact, connected, reached, at, policy, ended_at)
    return attempt


def _conclude(
    session: Session,
    attempt: ContactAttempt,
    debtor: Debtor,
    contact: DebtorContact | None,
    connected: bool,
    reached: Reached | None,
    at: datetime,
    policy: Policy,
    ended_at: datetime | None,
) -> None:
    """Enter what came of it, and what follows from it: an effective call, the debtor lost or found."""
    attempt.connected = connected
    attempt.reached = (reached or Reached.NOBODY) if connected else Reached.NOBODY
    with_debtor = attempt.reached == Reached.DEBTOR
    outward = attempt.direction == Direction.OUT
    attempt.effective = outward and attempt.channel == ContactChannel.CALL and with_debtor
    pack = pack_of(session, debtor, policy)
    version = pack.on(attempt.day)
    begun = attempt.at.astimezone(SHANGHAI)
    if ended_at is not None and rules.ended_late(begun, ended_at.astimezone(SHANGHAI), version):
        attempt.flags = list(dict.fromkeys([*attempt.flags, str(Rule.ENDED_LATE)]))
    session.flush()
    if with_debtor:
        _found(session, debtor, at)
    elif contact is None or contact.relation == Relation.DEBTOR:
        needed = version.lost_contact_attempts.value
        if failures_in_a_row(session, debtor.id, needed) >= needed:
            lose(session, debtor, at)


def lose(session: Session, debtor: Debtor, at: datetime) -> None:
    """The debtor counts as out of contact: the gate to third parties is open (domain.md 2.3)."""
    if debtor.lost_contact_at is None:
        debtor.lost_contact_at = at
        session.flush()
        audit.record(session, at=at, action="contact.lost", subject=debtor.subject)


def _found(session: Session, debtor: Debtor, at: datetime) -> None:
    if debtor.lost_contact_at is not None:
        debtor.lost_contact_at = None
        session.flush()
        audit.record(session, at=at, action="contact.found", subject=debtor.subject)
