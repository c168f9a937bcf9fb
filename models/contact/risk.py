"""Risk lists: whoever is on one is not followed up any more (S4-21, S4-32)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from models import audit, planning, secrecy, staff
from models.base import in_chunks
from models.contact.errors import NoSuchRisk, RiskIncomplete
from models.contact.kinds import Relation
from models.contact.standing import RULES, stop
from models.contact.tables import Debtor, DebtorContact, RiskEntry
from models.policy import Policy
from models.staff import Employee

RISK_HIT = "contact.risk_hit"
"""The kind of the due item by which the owner and compliance are told of a debtor."""
TOLD_WITHIN = timedelta(days=2)
SUSPECTED = "?"
"""Behind the kind where the name alone is the same: somebody may only be called so."""


@dataclass(frozen=True)
class RiskHit:
    """A debtor who is on a list."""

    debtor_id: int
    entry_id: int
    kind: str
    certain: bool
    """By identity number or phone; else by the name alone."""


def add_risk(
    session: Session,
    *,
    kind: str,
    source: str,
    at: datetime,
    policy: Policy,
    name: str = "",
    id_number: str = "",
    number: str = "",
    by: Employee | None = None,
) -> RiskEntry:
    """Enter a line of a risk list; the same line again is the known one. `rescreen` compares it with debtors.

    `by` None is the command line.

    Raises:
        NotPermitted: `by` may not; RiskIncomplete: kind, source, or whom it is about, is missing.
    """
    if by is not None:
        staff.require(by, RULES, policy.rights)
    id_number, number = secrecy.normal_id_number(id_number), secrecy.normal_phone(number)
    name = name.strip()
    if kind not in policy.contact.risk_kinds or not source.strip() or not (name or id_number or number):
        raise RiskIncomplete(kinds=list(policy.contact.risk_kinds.values()))
    hashes: Mapping[str, str | None] = {
        "name_hash": secrecy.identity_hash(session, "name", name) if name else None,
        "id_hash": secrecy.identity_hash(session, "id_number", id_number) if id_number else None,
        "number_hash": secrecy.identity_hash(session, "phone", number) if number else None,
    }
    same = [getattr(RiskEntry, column) == value for column, value in hashes.items()]
    known = session.scalars(
        select(RiskEntry).where(*same, RiskEntry.kind == kind, RiskEntry.removed_at.is_(None)).limit(1)
    ).one_or_none()
    if known is not None:
        return known
    label = secrecy.mask_name(name) or secrecy.mask_id_number(id_number) or secrecy.mask_phone(number)
    made = RiskEntry(kind=kind, label=label, source=source.strip()[:100], added_at=at, **hashes)
    session.add(made)
    session.flush()
    if by is not None:
        audit.record(
            session,
            at=at,
            actor=by.subject,
            action="contact.add_risk",
            subject=f"risk:{made.id}",
            details={"kind": kind},
        )
    return made


def remove_risk(session: Session, *, actor: Employee, number: int, at: datetime, policy: Policy) -> RiskEntry:
    """Take a line off its list. Who was stopped by it stays so until compliance lifts that, too.

    Raises:
        NotPermitted: the actor may not; NoSuchRisk: there is no such line.
    """
    staff.require(actor, RULES, policy.rights)
    entry = session.get(RiskEntry, number)
    if entry is None or entry.removed_at is not None:
        raise NoSuchRisk(number=number)
    entry.removed_at = at
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="contact.remove_risk",
        subject=f"risk:{entry.id}",
        details={"kind": entry.kind},
    )
    return entry


def risk_counts(session: Session, *, actor: Employee, policy: Policy) -> Mapping[str, int]:
    """Kind of a risk list → how many stand on it.

    Raises:
        NotPermitted: the actor may not.
    """
    staff.require(actor, RULES, policy.rights)
    counted = session.execute(
        select(RiskEntry.kind, func.count()).where(RiskEntry.removed_at.is_(None)).group_by(RiskEntry.kind)
    )
    return {kind: int(count) for kind, count in counted}


def screen_debtor(session: Session, *, debtor: Debtor, at: datetime) -> RiskHit | None:
    """Compare one debtor with the lists; a hit stops follow-up at once and is told (`screen_debtors`)."""
    hits = screen_debtors(session, debtor_ids=[debtor.id], at=at)
    session.refresh(debtor)
    return hits[0] if hits else None


def screen_debtors(session: Session, *, debtor_ids: Iterable[int], at: datetime) -> Sequence[RiskHit]:
    """Compare debtors, such as those who have just come in, with the lists; returns whom it newly hit.

    By identity number or phone it is a hit: contact is stopped at once. By the name alone the debtor is
    flagged and a stop is proposed. Owner and compliance are told of both (`RISK_HIT`).
    """
    found: list[RiskHit] = []
    for some in in_chunks(debtor_ids):
        found += _matches(session, Debtor.id.in_(some))
    return _act(session, found, at)


def rescreen(session: Session, *, entry_ids: Iterable[int], at: datetime) -> Sequence[RiskHit]:
    """Compare all debtors with new lines of a list; the same follows as of `screen_debtors`."""
    found: list[RiskHit] = []
    for some in in_chunks(entry_ids):
        found += _matches(session, RiskEntry.id.in_(some))
    return _act(session, found, at)


def _matches(session: Session, some: ColumnElement[bool]) -> list[RiskHit]:
    """Which of some debtors, or of some lines, belong together: three questions, each by an index."""
    own = and_(DebtorContact.debtor_id == Debtor.id, DebtorContact.relation == Relation.DEBTOR)
    name_alone = and_(RiskEntry.id_hash.is_(None), RiskEntry.number_hash.is_(None))
    columns = (Debtor.id, RiskEntry.id, RiskEntry.kind)
    by_id = select(*columns).join(RiskEntry, RiskEntry.id_hash == Debtor.id_hash)
    with_numbers = select(*columns).join(DebtorContact, own)
    by_number = with_numbers.join(RiskEntry, RiskEntry.number_hash == DebtorContact.number_hash)
    by_name = select(*columns).join(RiskEntry, and_(RiskEntry.name_hash == Debtor.name_hash, name_alone))
    found: list[RiskHit] = []
    for statement, certain in ((by_id, True), (by_number, True), (by_name, False)):
        rows = session.execute(
            statement.where(some, RiskEntry.removed_at.is_(None), Debtor.redacted_at.is_(None))
        )
        found += [RiskHit(debtor, entry, kind, certain) for debtor, entry, kind in rows]
    return found


def _act(session: Session, found: Iterable[RiskHit], at: datetime) -> Sequence[RiskHit]:
    """Stop or flag whom it hits for the first time, and have it told; certain hits come first."""
    acted: dict[int, RiskHit] = {}
    for hit in sorted(found, key=lambda one: (not one.certain, one.entry_id)):
        if hit.debtor_id in acted:
            continue
        debtor = session.get_one(Debtor, hit.debtor_id, with_for_update=True, populate_existing=True)
        mark = hit.kind if hit.certain else hit.kind + SUSPECTED
        if debtor.risk in (mark, hit.kind) or (debtor.risk and not hit.certain):
            continue  # known before: what compliance has decided since stays
        acted[hit.debtor_id] = hit
        debtor.risk = mark
        session.flush()
        audit.record(
            session,
            at=at,
            action="contact.risk_hit",
            subject=debtor.subject,
            details={"entry": hit.entry_id, "kind": hit.kind, "certain": hit.certain},
        )
        if hit.certain:
            stop(session, debtor=debtor, why="risk", at=at, by=None)
    planning.plan_due(session, [(RISK_HIT, id_, at, at + TOLD_WITHIN) for id_ in acted])
    return list(acted.values())
