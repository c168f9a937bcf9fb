"""Reads of the guard: what is known when somebody is to be contacted, and the decision about it."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.base import SHANGHAI, in_chunks
from models.calendar import WorkCalendar
from models.contact.kinds import TEXTS, THIRD_PARTIES, ContactChannel, Direction, Purpose, Relation, Rule
from models.contact.rules import Consent, ContactDecision, Situation, calls_limit, closed_until, monday_of
from models.contact.rules import decide as decide_purely
from models.contact.tables import (
    ContactAttempt,
    ContactConsent,
    ContactSuspension,
    Creditor,
    Debtor,
    DebtorContact,
)
from models.policy import Policy
from models.rule_packs import RulePack
from models.staff import Employee

Blocks = Callable[[Session, Debtor, datetime], Iterable[Rule]]
_blocks: list[Blocks] = []


def on_deciding(blocks: Blocks) -> Blocks:
    """Let another area say what it has against contacting a debtor at all: (session, debtor, at) → rules."""
    if blocks not in _blocks:
        _blocks.append(blocks)
    return blocks


def pack_of(session: Session, debtor: Debtor, policy: Policy) -> RulePack:
    """The rule pack by which a debtor lives: that of the creditor, else the default one."""
    creditor = session.get_one(Creditor, debtor.creditor_id)
    return policy.packs.get(creditor.pack) or policy.packs[policy.contact.default_pack]


def quiet_until(session: Session, *, creditor_id: int, at: datetime, policy: Policy) -> datetime | None:
    """When the hours of a creditor's rule pack allow contact again; None if they do at `at`."""
    creditor = session.get_one(Creditor, creditor_id)
    pack = policy.packs.get(creditor.pack) or policy.packs[policy.contact.default_pack]
    return closed_until(pack.on(at.date()).hours, at)


def decide(
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
    """Whether a debtor, or whoever has the number `contact`, may be contacted by us at `at`.

    `at` may lie ahead: contacts of that day that are known now count. Without `actor` nobody's suspended
    rights play a part, without `calendar` no holidays. It writes nothing and takes no lock.
    """
    known = situation(
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
    return decide_purely(known, pack_of(session, debtor, policy))


def situation(
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
) -> Situation:
    """All that `rules.decide` has to know: three or four questions of an index each."""
    at = at.astimezone(SHANGHAI)
    day = at.date()
    version = pack_of(session, debtor, policy).on(day)
    relation = Relation.DEBTOR if contact is None else Relation(contact.relation)
    week = _of_debtor(session, debtor.id, monday_of(day), day)
    today = [row for row in week if row.day == day]
    whose = _to_same(relation, contact)
    calls = [row for row in today if row.channel == ContactChannel.CALL and whose(row)]
    span = version.third_party_calls.days if relation in THIRD_PARTIES else 1
    dials = (
        [] if contact is None else _of_number(session, contact.number_hash, day - timedelta(days=span), day)
    )
    before = [row.at for row in dials if row.at <= at]
    third = relation in THIRD_PARTIES
    creditor = session.get_one(Creditor, debtor.creditor_id)
    return Situation(
        at=at,
        channel=channel,
        relation=relation,
        purpose=purpose,
        calls=sum(1 for row in calls if (row.effective if relation is Relation.DEBTOR else row.connected)),
        unsettled=sum(1 for row in (dials if third else calls) if row.connected is None),
        contacts=sum(1 for row in today if row.effective or row.channel != ContactChannel.CALL),
        attempts=sum(1 for row in dials if row.day == day),
        texts=sum(1 for row in today if row.channel in TEXTS),
        visits=sum(1 for row in today if row.channel == ContactChannel.VISIT),
        visits_in_week=sum(1 for row in week if row.channel == ContactChannel.VISIT),
        last_attempt_at=max(before, default=None),
        reached_on=tuple(sorted((row.day for row in dials if third and row.connected), reverse=True)),
        consents=_consents(session, debtor.id, at) if relation is Relation.DEBTOR else (),
        lost_contact=debtor.lost_contact_at is not None,
        stopped=debtor.stopped_at is not None,
        suspended=actor is not None and suspension_of(session, actor.id) is not None,
        refused=contact is not None and contact.do_not_contact_at is not None,
        invalid=contact is not None and contact.invalid_at is not None,
        risk=bool(debtor.risk),
        holiday=calendar is not None and calendar.is_holiday(day),
        blocks=tuple(rule for blocks in _blocks for rule in blocks(session, debtor, at)),
        creditor_calls=creditor.calls_per_day,
        overridden=overridden,
    )


def suspension_of(session: Session, employee_id: int) -> ContactSuspension | None:
    """Why somebody may contact no debtor now; None if they may."""
    return session.scalars(
        select(ContactSuspension).where(
            ContactSuspension.employee_id == employee_id, ContactSuspension.lifted_at.is_(None)
        )
    ).one_or_none()


def stopped_among(session: Session, debtor_ids: Collection[int]) -> frozenset[int]:
    """Those of some debtors whom nobody contacts: their cases are not given out."""
    found = set[int]()
    for some in in_chunks(debtor_ids):
        stopped = select(Debtor.id).where(Debtor.id.in_(some), Debtor.stopped_at.is_not(None))
        found.update(session.scalars(stopped))
    return frozenset(found)


def contacts_of(session: Session, debtor: Debtor) -> Sequence[DebtorContact]:
    """Every number of a debtor: the debtor's own first, those known to be wrong last."""
    found = session.scalars(
        select(DebtorContact).where(DebtorContact.debtor_id == debtor.id).order_by(DebtorContact.id)
    ).all()
    places = [str(relation) for relation in Relation]
    return sorted(found, key=lambda one: (one.invalid_at is not None, places.index(one.relation), one.id))


def consents_of(session: Session, debtor: Debtor, at: datetime) -> Sequence[ContactConsent]:
    """The consents to other hours that hold at `at`."""
    return session.scalars(
        select(ContactConsent)
        .where(ContactConsent.debtor_id == debtor.id, ContactConsent.withdrawn_at.is_(None))
        .where(ContactConsent.given_at <= at, ContactConsent.expires_at > at)
        .order_by(ContactConsent.id)
    ).all()


@dataclass(frozen=True)
class Allowance:
    """What is still possible today for a debtor."""

    pack: RulePack
    version: str
    decision: ContactDecision
    """Of a call to the debtor now."""
    calls: int
    calls_most: int | None
    """Effective calls there were today, and how many there may be."""
    texts: int
    texts_most: int | None
    visits: int
    visits_most: int | None


def allowance(
    session: Session,
    *,
    debtor: Debtor,
    at: datetime,
    policy: Policy,
    actor: Employee | None = None,
    calendar: WorkCalendar | None = None,
) -> Allowance:
    """What the rules still leave for today."""
    pack = pack_of(session, debtor, policy)
    version = pack.on(at.date())
    known = situation(
        session,
        debtor=debtor,
        channel=ContactChannel.CALL,
        at=at,
        policy=policy,
        actor=actor,
        calendar=calendar,
    )
    calls = calls_limit(version, known.creditor_calls)
    return Allowance(
        pack=pack,
        version=version.version,
        decision=decide_purely(known, pack),
        calls=known.calls,
        calls_most=None if calls is None else calls.value,
        texts=known.texts,
        texts_most=None if version.texts is None else version.texts.value,
        visits=known.visits,
        visits_most=None if version.visits is None else version.visits.value,
    )


_COLUMNS = (
    ContactAttempt.channel,
    ContactAttempt.day,
    ContactAttempt.at,
    ContactAttempt.connected,
    ContactAttempt.effective,
    ContactAttempt.contact_id,
)


def _of_debtor(session: Session, debtor_id: int, first: date, last: date) -> Sequence[Any]:
    """Our contacts of a debtor's people in these days."""
    return session.execute(
        select(*_COLUMNS, DebtorContact.relation)
        .outerjoin(DebtorContact, DebtorContact.id == ContactAttempt.contact_id)
        .where(ContactAttempt.debtor_id == debtor_id, ContactAttempt.day.between(first, last))
        .where(ContactAttempt.direction == Direction.OUT)
    ).all()


def _of_number(session: Session, number_hash: str, first: date, last: date) -> Sequence[Any]:
    """Our calls to a number in these days, whosever debtor it was about."""
    return session.execute(
        select(*_COLUMNS)
        .where(ContactAttempt.number_hash == number_hash, ContactAttempt.day.between(first, last))
        .where(ContactAttempt.direction == Direction.OUT, ContactAttempt.channel == ContactChannel.CALL)
    ).all()


def _to_same(relation: Relation, contact: DebtorContact | None) -> Callable[[Any], bool]:
    """Which contacts count for the same person: the debtor by every number, anybody else by the one."""
    if relation is Relation.DEBTOR or contact is None:
        return lambda row: row.relation in (None, Relation.DEBTOR)
    return lambda row: row.contact_id == contact.id


def _consents(session: Session, debtor_id: int, at: datetime) -> tuple[Consent, ...]:
    rows = session.execute(
        select(
            ContactConsent.from_hour,
            ContactConsent.to_hour,
            ContactConsent.given_at,
            ContactConsent.expires_at,
        )
        .where(ContactConsent.debtor_id == debtor_id, ContactConsent.expires_at > at)
        .where(ContactConsent.withdrawn_at.is_(None))
    )
    return tuple(Consent(*row) for row in rows)


def failures_in_a_row(session: Session, debtor_id: int, most: int) -> int:
    """How many contacts of the debtor, the newest first, have failed one after the other; at most `most`."""
    newest = session.execute(
        select(ContactAttempt.connected, ContactAttempt.reached)
        .outerjoin(DebtorContact, DebtorContact.id == ContactAttempt.contact_id)
        .where(ContactAttempt.debtor_id == debtor_id, ContactAttempt.connected.is_not(None))
        .where(or_(DebtorContact.relation.is_(None), DebtorContact.relation == Relation.DEBTOR))
        .order_by(ContactAttempt.at.desc(), ContactAttempt.id.desc())
        .limit(most)
    ).all()
    count = 0
    for connected, reached in newest:
        if connected and reached == Relation.DEBTOR:
            break
        count += 1
    return count
