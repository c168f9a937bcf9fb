"""What a later file says anew of known cases: balances, numbers, addresses; never another owner."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from models import audit, secrecy
from models.base import in_chunks, insert_once, run
from models.cases.entering import CONFIRMED, IMPORTED, contact_values, place_text
from models.cases.rules import bucket_of, days_past_due
from models.cases.tables import Case
from models.contact import Debtor, DebtorContact
from models.secrecy import Sealer

if TYPE_CHECKING:
    from models.cases.intake import Incoming

_AMENDED = (
    *("placement_id", "product", "area", "language", "principal", "placed_balance", "balance"),
    *("overdue_since", "bucket", "custom", "content_hash"),
)
_WRITE = (
    update(Case)
    .where(Case.id == bindparam("case_id"))
    .values({name: bindparam(f"new_{name}", type_=getattr(Case, name).type) for name in _AMENDED})
)


@dataclass(frozen=True)
class NotAmended:
    """Why a known case does not get what the row says."""

    line: int
    why: str


@dataclass(frozen=True)
class Amendment:
    """What is new about a known case."""

    line: int
    case_id: int
    debtor_id: int
    values: Mapping[str, Any]
    """All columns of `_AMENDED`."""
    changed: Sequence[str]
    """Which of them are others than before, and `contacts`, `name`, `id_number`, `address`, `place`.

    None: the row was only written in another way.
    """
    balances: tuple[int, int]
    """What was owed before, and is now."""
    debtor: Mapping[str, Any] = field(default_factory=dict)
    contacts: Sequence[Mapping[str, Any]] = ()


def numbers_of(session: Session, debtor_ids: Iterable[int]) -> dict[int, set[str]]:
    """Debtor → hashes of the numbers that are known."""
    found: dict[int, set[str]] = {}
    for some in in_chunks(debtor_ids):
        rows = select(DebtorContact.debtor_id, DebtorContact.number_hash)
        for debtor_id, digest in session.execute(rows.where(DebtorContact.debtor_id.in_(some))):
            found.setdefault(debtor_id, set()).add(digest)
    return found


def amend(
    session: Session,
    rows: "Sequence[tuple[Incoming, str]]",
    debtors: Mapping[str, int],
    *,
    at: datetime,
) -> Iterator[Amendment | NotAmended]:
    """What each row says anew of its case; rows come with the key of their debtor. Writes nothing."""
    if not rows:
        return
    cases = _cases(session, [row for row, _ in rows])
    people = _people(session, {case.debtor_id for case in cases.values()})
    numbers = numbers_of(session, people)
    sealers = secrecy.sealers(session, [person.subject for person in people.values()])
    for row, key in rows:
        case = cases[row.facts.reference]
        person = people[case.debtor_id]
        sealer = sealers.get(person.subject)
        if case.closed_at is not None:
            yield NotAmended(row.line, "closed")
        elif sealer is None:
            yield NotAmended(row.line, "erased")
        elif not _is_same(session, person, row, numbers.get(person.id, set())):
            yield NotAmended(row.line, "another_debtor")
        elif (balances := _balances(case, row))[1] <= 0:
            yield NotAmended(row.line, "below_paid")
        else:
            about = _about_debtor(session, person, row, sealer)
            if "id_hash" in about and key not in debtors:
                about["key_hash"] = key
            there = numbers.setdefault(person.id, set())
            yield _amendment(session, case, row, balances, about, there, sealer, at)


def _cases(session: Session, rows: "Sequence[Incoming]") -> Mapping[str, Case]:
    found: dict[str, Case] = {}
    for some in in_chunks(row.facts.reference for row in rows):
        known = select(Case).where(Case.creditor_id == rows[0].creditor_id, Case.reference.in_(some))
        for case in session.scalars(known.execution_options(populate_existing=True)):
            found[case.reference] = case
    return found


def _people(session: Session, ids: Collection[int]) -> Mapping[int, Debtor]:
    found: dict[int, Debtor] = {}
    for some in in_chunks(ids):
        known = select(Debtor).where(Debtor.id.in_(some)).execution_options(populate_existing=True)
        found.update((person.id, person) for person in session.scalars(known))
    return found


def _is_same(session: Session, person: Debtor, row: "Incoming", numbers: Collection[str]) -> bool:
    """Whether the row is about the debtor of the case: by identity number, else by name or own number."""
    said = row.debtor
    if said.id_number and person.id_hash:
        return secrecy.identity_hash(session, "id_number", said.id_number) == person.id_hash
    if secrecy.identity_hash(session, "name", said.name) == person.name_hash:
        return True
    return bool(said.phone) and secrecy.identity_hash(session, "phone", said.phone) in numbers


def _balances(case: Case, row: "Incoming") -> tuple[int, int]:
    """What is owed now, and what will be.

    A file that tells what was placed moves the balance by as much as it differs from the file before, so that
    payments stay taken off; one that tells what is owed today is taken at its word.
    """
    before = case.balance if row.is_current else case.placed_balance
    return case.balance, case.balance + row.facts.balance - before


def _about_debtor(session: Session, person: Debtor, row: "Incoming", sealer: Sealer) -> dict[str, Any]:
    """Columns of the debtor that the row says otherwise; an empty cell says nothing.

    Where a customer is was said better by who has been there.
    """
    said = row.debtor
    found: dict[str, Any] = {}
    if (digest := secrecy.identity_hash(session, "name", said.name)) != person.name_hash:
        found |= {"name": sealer.seal(said.name), "name_hash": digest}
        found["name_mask"] = secrecy.mask_name(said.name)
    if said.id_number and person.id_hash is None:
        found["id_hash"] = secrecy.identity_hash(session, "id_number", said.id_number)
        found["id_number"] = sealer.seal(said.id_number)
    if said.address and said.address != sealer.open(person.address):
        found["address"] = sealer.seal(said.address)
        found["district"] = secrecy.mask_address(said.address).rstrip("*")
    place = place_text(said.point)
    if place and person.place_origin != CONFIRMED and place != sealer.open(person.place):
        found |= {"place": sealer.seal(place), "place_origin": IMPORTED}
    return found


def _amendment(
    session: Session,
    case: Case,
    row: "Incoming",
    balances: tuple[int, int],
    about: Mapping[str, Any],
    numbers: set[str],
    sealer: Sealer,
    at: datetime,
) -> Amendment:
    facts = row.facts
    since = facts.overdue_since or case.overdue_since
    values = {
        "placement_id": row.placement_id,
        "product": facts.product or case.product,
        "area": facts.area or case.area,
        "language": facts.language or case.language,
        "principal": facts.principal or case.principal,
        "placed_balance": case.placed_balance + balances[1] - balances[0],
        "balance": balances[1],
        "overdue_since": since,
        "bucket": bucket_of(days_past_due(since, at.date())) if since else case.bucket,
        "custom": {**case.custom, **facts.custom},
        "content_hash": facts.content_hash,
    }
    changed = [name for name in _AMENDED if name not in _FOLLOW and values[name] != getattr(case, name)]
    changed += [name for name in ("name", "id_number", "address", "place") if name in about]
    contacts = []
    for one in row.debtor.numbers:
        if (digest := secrecy.identity_hash(session, "phone", one.number)) not in numbers:
            numbers.add(digest)
            contacts.append(contact_values(session, one, sealer.seal))
    if contacts:
        changed.append("contacts")
    return Amendment(row.line, case.id, case.debtor_id, values, changed, balances, about, contacts)


_FOLLOW = ("bucket", "content_hash", "placed_balance")
"""What follows from the rest."""


def write(session: Session, amendments: Sequence[Amendment], *, at: datetime, actor: str) -> None:
    """Write them, each with its line in the evidence trail."""
    if not amendments:
        return
    rows = [
        {"case_id": one.case_id, **{f"new_{name}": value for name, value in one.values.items()}}
        for one in amendments
    ]
    run(session.connection(), _WRITE, rows)
    for one in amendments:
        if one.debtor:
            session.execute(update(Debtor).where(Debtor.id == one.debtor_id).values(one.debtor))
        for contact in one.contacts:
            insert_once(session, DebtorContact, {"debtor_id": one.debtor_id, **contact, **_FREE})
        if one.changed:
            audit.record(
                session,
                at=at,
                actor=actor,
                action="cases.amend",
                subject=f"debtor:{one.debtor_id}",
                details={"case": one.case_id, "changed": one.changed, "balance": list(one.balances)},
            )
    session.expire_all()


_FREE = {"invalid_at": None, "do_not_contact_at": None}
"""A number that comes with a file may be dialled."""
