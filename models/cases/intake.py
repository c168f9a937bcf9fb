"""Many cases at once, from a creditor's file: computed first without a lock, then written set-wise.

`make_ready` hashes, makes up keys and seals; `take_in` looks once more, decides whose each case is, and
writes. The same row again changes nothing (S3-45).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit, planning, secrecy
from models.base import in_chunks, insert_all, insert_once, set_aside, still_next
from models.calendar import WorkCalendar
from models.cases import amending
from models.cases.access import leading
from models.cases.amending import Amendment
from models.cases.entering import (
    CaseFacts,
    DebtorFacts,
    contact_values,
    debtor_key,
    debtor_values,
)
from models.cases.kinds import AssignmentCause, CaseStatus
from models.cases.ownership import deadlines
from models.cases.rules import bucket_of, days_past_due
from models.cases.tables import Assignment, Case, CaseEvent
from models.contact import Debtor, DebtorContact, screen_debtors
from models.policy import Policy
from models.secrecy import NewKey, Sealer

ARRIVED = "cases.arrived"
"""Kind of the due item that tells an owner once what an import has brought."""
TOLD_AFTER = timedelta(minutes=5)
ARRIVED_UNTIL = timedelta(days=4)


class Outdated(Exception):
    """Somebody has changed meanwhile what was looked at; nothing was written."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One row of a file, checked."""

    line: int
    placement_id: int
    creditor_id: int
    unit_id: int
    """Into whose pool it comes."""
    debtor: DebtorFacts
    facts: CaseFacts
    is_current: bool = False
    """Whether the balance is what is owed today by the creditor's books, payments taken off."""


@dataclass(frozen=True)
class Standing:
    """What was there when it was looked."""

    cases: Mapping[str, tuple[int, str, bool, int, int]]
    """Reference → id, hash, whether it has ended, and both balances."""
    debtors: Mapping[str, int]
    """Key → id."""


@dataclass
class Prepared:
    """What is ready to be written."""

    rows: Sequence[Incoming]
    keys: Mapping[int, str]
    """Line → key of the debtor."""
    standing: Standing
    cases: list[tuple[Incoming, dict[str, Any]]] = field(default_factory=list)
    debtors: dict[int, dict[str, Any]] = field(default_factory=dict)
    """The new ones by id."""
    secrets: dict[int, NewKey] = field(default_factory=dict)
    """Their keys."""
    contacts: list[dict[str, Any]] = field(default_factory=list)
    amendments: list[Amendment] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass
class TakenIn:
    """What became of the rows, by line."""

    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    """Line → why: `closed`, `another_debtor`, `below_paid`, `no_supervisor`, `erased`."""
    assigned: int = 0
    """How many went straight to who has the debtor's other cases."""
    risky: int = 0
    """How many new debtors are, or may be, on a risk list."""


def known_hashes(session: Session, creditor_id: int, references: Iterable[str]) -> Mapping[str, str]:
    """Reference → hash of the row it was last imported from, of the cases that are known."""
    found: dict[str, str] = {}
    for some in in_chunks(references):
        rows = select(Case.reference, Case.content_hash).where(
            Case.creditor_id == creditor_id, Case.reference.in_(some)
        )
        found.update((reference, digest) for reference, digest in session.execute(rows))
    return found


@dataclass(frozen=True)
class CameIn:
    """What an import gave straight to somebody, and is not accepted yet; the amount in fen."""

    cases: int
    amount: int
    accept_by: datetime | None


def came_in(session: Session, *, owner_id: int, at: datetime) -> CameIn:
    """What the import of that moment gave to this owner."""
    count, amount, accept_by = session.execute(
        select(func.count(), func.sum(Case.balance), func.min(Case.accept_by)).where(
            Case.live_owner_id == owner_id,
            Case.status == CaseStatus.ASSIGNED,
            Case.assigned_at == at,
            Case.assigned_by_id.is_(None),
        )
    ).one()
    return CameIn(int(count), int(amount or 0), accept_by)


# --- beforehand ------------------------------------------------------------------------------------------


def make_ready(session: Session, rows: Sequence[Incoming], *, at: datetime) -> Prepared:
    """Compute whatever can be computed without a lock for rows of one creditor; writes nothing."""
    keys = {row.line: debtor_key(session, row.debtor) for row in rows}
    ready = Prepared(rows, keys, _look(session, rows, keys))
    cases, debtors = ready.standing.cases, ready.standing.debtors
    fresh = [row for row in rows if row.facts.reference not in cases]
    sealers = _sealers(session, ready, fresh)
    _add_contacts(session, ready, fresh, sealers)
    day = at.date()
    taken = [row for row in fresh if row.line not in ready.refused]
    for row, id_ in zip(taken, set_aside(session, Case, len(taken)), strict=True):
        debtor_id = debtors.get(keys[row.line]) or sealers[keys[row.line]][0]
        ready.cases.append((row, _case_values(row, id_, debtor_id, day, at)))
    known = [row for row in rows if row.facts.reference in cases]
    for one in amending.amend(session, [(row, keys[row.line]) for row in known], debtors, at=at):
        if isinstance(one, Amendment):
            ready.amendments.append(one)
        else:
            ready.refused[one.line] = one.why
    return ready


def _look(session: Session, rows: Sequence[Incoming], keys: Mapping[int, str]) -> Standing:
    if not rows:
        return Standing({}, {})
    creditor_id = rows[0].creditor_id
    cases: dict[str, tuple[int, str, bool, int, int]] = {}
    columns = (Case.reference, Case.id, Case.content_hash, Case.closed_at, Case.placed_balance, Case.balance)
    for some in in_chunks(row.facts.reference for row in rows):
        found = select(*columns).where(Case.creditor_id == creditor_id, Case.reference.in_(some))
        for reference, id_, digest, closed_at, placed, balance in session.execute(found):
            cases[reference] = (id_, digest, closed_at is not None, placed, balance)
    debtors: dict[str, int] = {}
    for some in in_chunks(keys.values()):
        people = select(Debtor.key_hash, Debtor.id)
        people = people.where(Debtor.creditor_id == creditor_id, Debtor.key_hash.in_(some))
        debtors.update((key, id_) for key, id_ in session.execute(people))
    return Standing(cases, debtors)


def _sealers(
    session: Session, ready: Prepared, fresh: Sequence[Incoming]
) -> Mapping[str, tuple[int, Sealer]]:
    """Key of a debtor → id, and what seals for this person; new ones get both now."""
    known = ready.standing.debtors
    first = {ready.keys[row.line]: row for row in reversed(fresh)}
    there = {key: known[key] for key in first if key in known}
    opened = secrecy.sealers(session, [f"debtor:{id_}" for id_ in there.values()])
    found = {key: (id_, opened[f"debtor:{id_}"]) for key, id_ in there.items() if f"debtor:{id_}" in opened}
    for row in fresh:
        key = ready.keys[row.line]
        if key in known and key not in found:
            ready.refused[row.line] = "erased"
    unknown = [(key, row) for key, row in first.items() if key not in known]
    ids = set_aside(session, Debtor, len(unknown))
    made = secrecy.new_keys(session, [f"debtor:{id_}" for id_ in ids])
    for (key, row), id_ in zip(unknown, ids, strict=True):
        new = made[f"debtor:{id_}"]
        found[key] = (id_, new.sealer)
        ready.secrets[id_] = new
        ready.debtors[id_] = {
            "id": id_,
            "creditor_id": row.creditor_id,
            "key_hash": key,
            **debtor_values(session, row.debtor, new.sealer.seal),
            **_NOTHING_YET,
        }
    return found


_NOTHING_YET = {
    "lost_contact_at": None,
    "stopped_at": None,
    "stopped_why": "",
    "risk": "",
    "redacted_at": None,
}
"""What is not known of a new debtor."""


def _add_contacts(
    session: Session,
    ready: Prepared,
    fresh: Sequence[Incoming],
    sealers: Mapping[str, tuple[int, Sealer]],
) -> None:
    """The numbers of the rows that their debtors do not have yet."""
    known = amending.numbers_of(session, ready.standing.debtors.values())
    for row in fresh:
        if row.line in ready.refused:
            continue
        debtor_id, sealer = sealers[ready.keys[row.line]]
        there = known.setdefault(debtor_id, set())
        for one in row.debtor.numbers:
            if (digest := secrecy.identity_hash(session, "phone", one.number)) not in there:
                there.add(digest)
                values = contact_values(session, one, sealer.seal)
                ready.contacts.append(
                    {"debtor_id": debtor_id, **values, "invalid_at": None, "do_not_contact_at": None}
                )


def _case_values(row: Incoming, id_: int, debtor_id: int, day: Any, at: datetime) -> dict[str, Any]:
    """The columns of a case but for whose it is."""
    facts = row.facts
    bucket = bucket_of(days_past_due(facts.overdue_since, day))
    return {
        "id": id_,
        "placement_id": row.placement_id,
        "creditor_id": row.creditor_id,
        "debtor_id": debtor_id,
        "reference": facts.reference,
        "product": facts.product,
        "area": facts.area,
        "language": facts.language,
        "principal": facts.principal,
        "placed_balance": facts.balance,
        "balance": facts.balance,
        "waived": 0,
        "overdue_since": facts.overdue_since,
        "bucket": bucket,
        "entry_bucket": bucket,
        "version": 1,
        "declines": 0,
        "custom": dict(facts.custom),
        "content_hash": facts.content_hash,
        "created_at": at,
        **_NOT_WORKED,
    }


_NOT_WORKED = dict.fromkeys(
    ("assigned_by_id", "accepted_at", "worked_at", "next_at", "retained_until", "closed_at")
)


# --- under the lock --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """Whose a case is, where, and as what."""

    owner_id: int
    unit_id: int
    status: CaseStatus


def take_in(
    session: Session, ready: Prepared, *, at: datetime, policy: Policy, calendar: WorkCalendar, actor: str
) -> TakenIn:
    """Write what was prepared: new cases into the pools of their units, or to who has the debtor's others.

    A known case gets what is new about it, never another owner.

    Raises:
        Outdated: what was looked at has changed; prepare it anew.
    """
    _look_again(session, ready)
    taken = TakenIn(refused=dict(ready.refused))
    places = _places(session, ready, taken, at)
    _write(session, ready, places, taken, at, policy, calendar)
    _write_changes(session, ready, taken, at, actor)
    taken.risky += len(screen_debtors(session, debtor_ids=_newly_known(ready), at=at))
    if taken.new:
        first, last = ready.cases[0][1]["id"], ready.cases[-1][1]["id"]
        audit.record(
            session,
            at=at,
            actor=actor,
            action="cases.import",
            details={"cases": len(taken.new), "first": first, "last": last, "assigned": taken.assigned},
        )
    return taken


def _look_again(session: Session, ready: Prepared) -> None:
    """Take hold of the debtors, and see that all is as it was."""
    for some in in_chunks(ready.standing.debtors.values()):
        session.execute(select(Debtor.id).where(Debtor.id.in_(some)).order_by(Debtor.id).with_for_update())
    case_ids = [values["id"] for _, values in ready.cases]
    if not (
        still_next(session, Debtor, list(ready.debtors))
        and still_next(session, Case, case_ids)
        and _look(session, ready.rows, ready.keys) == ready.standing
    ):
        raise Outdated


def _places(session: Session, ready: Prepared, taken: TakenIn, at: datetime) -> Mapping[int, _Place]:
    """Line → where the case goes; all open cases of a debtor stay together (domain.md 5.2)."""
    standing = _households(session, ready)
    leaders: dict[int, int | None] = {}
    found: dict[int, _Place] = {}
    for row, values in ready.cases:
        place = standing.get(values["debtor_id"])
        if place is None:
            if row.unit_id not in leaders:
                leader = leading(session, row.unit_id, at)
                leaders[row.unit_id] = None if leader is None else leader.id
            owner_id = leaders[row.unit_id]
            if owner_id is None:
                taken.refused[row.line] = "no_supervisor"
                continue
            place = _Place(owner_id, row.unit_id, CaseStatus.POOL)
            standing[values["debtor_id"]] = place
        found[row.line] = place
    return found


def _households(session: Session, ready: Prepared) -> dict[int, _Place]:
    """Debtor → where a further case goes, of those that have open ones."""
    found: dict[int, _Place] = {}
    known = {values["debtor_id"] for _, values in ready.cases} - set(ready.debtors)
    for some in in_chunks(known):
        rows = select(Case.debtor_id, Case.owner_id, Case.unit_id, Case.status).where(
            Case.debtor_id.in_(some), Case.closed_at.is_(None)
        )
        for debtor_id, owner_id, unit_id, status in session.execute(rows.order_by(Case.id)):
            worked = status != CaseStatus.POOL
            if debtor_id not in found or worked:
                becomes = CaseStatus.ASSIGNED if worked else CaseStatus.POOL
                found[debtor_id] = _Place(owner_id, unit_id, becomes)
    return found


def _write(
    session: Session,
    ready: Prepared,
    places: Mapping[int, _Place],
    taken: TakenIn,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> None:
    accept_by, contact_by = deadlines(at, policy, calendar)
    cases, owners = [], {}
    for row, values in ready.cases:
        place = places.get(row.line)
        if place is None:
            continue
        is_assigned = place.status == CaseStatus.ASSIGNED
        owners[values["debtor_id"]] = place.owner_id
        cases.append(
            {
                **values,
                "unit_id": place.unit_id,
                "status": place.status,
                "owner_id": place.owner_id,
                "live_owner_id": place.owner_id,
                "assigned_at": at if is_assigned else None,
                "accept_by": accept_by if is_assigned else None,
                "contact_by": contact_by if is_assigned else None,
            }
        )
        taken.new.append(row.line)
        taken.assigned += is_assigned
    new = [
        {**values, "owner_id": owners[id_], "created_at": at}
        for id_, values in ready.debtors.items()
        if id_ in owners
    ]
    insert_all(session, Debtor, new)
    secrecy.keep_keys(session, [ready.secrets[values["id"]] for values in new])
    _give_pools(session, owners, set(ready.debtors))
    insert_once(session, DebtorContact, [one for one in ready.contacts if one["debtor_id"] in owners])
    insert_all(session, Case, cases)
    insert_all(session, Assignment, [_stretch(values, at) for values in cases])
    insert_all(session, CaseEvent, [_event(values, at) for values in cases])
    taken.risky = len(screen_debtors(session, debtor_ids=[values["id"] for values in new], at=at))
    told = {values["owner_id"] for values in cases if values["status"] == CaseStatus.ASSIGNED}
    planning.plan_due(
        session, [(ARRIVED, owner_id, at + TOLD_AFTER, at + ARRIVED_UNTIL) for owner_id in sorted(told)]
    )


def _newly_known(ready: Prepared) -> set[int]:
    """Debtors known before of whom this file says a number, a name or an identity that was not known."""
    by_number = {one["debtor_id"] for one in ready.contacts} - set(ready.debtors)
    return by_number | {one.debtor_id for one in ready.amendments if one.contacts or one.debtor}


def _give_pools(session: Session, owners: Mapping[int, int], new: set[int]) -> None:
    """Debtors that are known, but have no open case any more, come to whose pool the new one is in."""
    known = [id_ for id_ in owners if id_ not in new]
    for some in in_chunks(known):
        for debtor in session.scalars(select(Debtor).where(Debtor.id.in_(some))):
            debtor.owner_id = owners[debtor.id]
    session.flush()


def _stretch(values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "case_id": values["id"],
        "number": 1,
        "owner_id": values["owner_id"],
        "started_at": at,
        "ended_at": None,
        "follows": None,
        "begins_where": None,
        "cause": AssignmentCause.IMPORT,
        "by_id": None,
        "batch_id": None,
        "why": {},
        "before": {},
        "balance": None if values["status"] == CaseStatus.POOL else values["balance"],
    }


def _event(values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "case_id": values["id"],
        "at": at,
        "by_id": None,
        "kind": "import",
        "from_status": "",
        "to_status": values["status"],
        "details": {},
        "words": None,
    }


def _write_changes(session: Session, ready: Prepared, taken: TakenIn, at: datetime, actor: str) -> None:
    amending.write(session, ready.amendments, at=at, actor=actor)
    for one in ready.amendments:
        (taken.changed if one.changed else taken.unchanged).append(one.line)
