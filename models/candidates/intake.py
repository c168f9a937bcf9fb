"""Many applications at once, from a file: those of people whom nobody knows yet are written set-wise (S2-18).

`make_ready` looks, makes up keys and seals without a lock; `take_in` looks once more and writes. Whoever may
be somebody known is left to `enter`, one by one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import audit, secrecy
from models.base import in_chunks, insert_all, set_aside, still_next
from models.candidates.operations import begin_after
from models.candidates.tables import Application, ApplicationState
from models.policy import Policy
from models.secrecy import NewKey
from models.staff import Candidate


class Outdated(Exception):
    """Somebody has entered one of these people meanwhile; nothing was written."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """One row of a file, checked; phone and identity number in their normal form."""

    line: int
    name: str
    phone: str | None
    id_number: str | None
    address: str | None
    unit_id: int
    job: str
    applied_on: date | None
    source: str
    number: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class _Hashes:
    phone: str | None
    id_number: str | None


@dataclass
class Prepared:
    """What is ready to be written, and what is not."""

    fresh: list[Applicant] = field(default_factory=list)
    known: list[Applicant] = field(default_factory=list)
    """Those who may be somebody known: `enter` decides."""
    unchanged: dict[int, int] = field(default_factory=dict)
    """Line → application, of those who stand there exactly so."""
    applications: dict[int, int] = field(default_factory=dict)
    """Line → application, of the fresh ones."""
    people: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    keys: list[NewKey] = field(default_factory=list)
    hashes: Mapping[int, _Hashes] = field(default_factory=dict)


def make_ready(session: Session, applicants: Sequence[Applicant], *, at: datetime) -> Prepared:
    """Tell the new ones from those who may be known, and compute all of the new ones; writes nothing."""
    hashes = {one.line: _hashes(session, one) for one in applicants}
    ready = Prepared(hashes=hashes)
    there = _Known(session, applicants, hashes)
    seen: set[str] = set()
    for one in applicants:
        mine = hashes[one.line]
        marks = {mark for mark in (mine.phone, mine.id_number, one.number) if mark}
        same = there.same(one, mine)
        if same is not None:
            ready.unchanged[one.line] = same
        elif marks & (there.marks | seen):
            ready.known.append(one)
        else:
            ready.fresh.append(one)
        seen |= marks
    _compute(session, ready, at)
    return ready


def _hashes(session: Session, one: Applicant) -> _Hashes:
    def hashed(kind: str, value: str | None) -> str | None:
        return secrecy.identity_hash(session, kind, value) if value else None

    return _Hashes(hashed("phone", one.phone), hashed("id_number", one.id_number))


def _compute(session: Session, ready: Prepared, at: datetime) -> None:
    ids = set_aside(session, Candidate, len(ready.fresh))
    keys = secrecy.new_keys(session, [f"candidate:{id_}" for id_ in ids])
    numbers = set_aside(session, Application, len(ready.fresh))
    for one, id_, application in zip(ready.fresh, ids, numbers, strict=True):
        key = keys[f"candidate:{id_}"]
        ready.keys.append(key)
        ready.applications[one.line] = application
        ready.people.append(
            {
                "id": id_,
                "name": one.name,
                "phone": key.sealer.seal(one.phone),
                "id_number": key.sealer.seal(one.id_number),
                "address": key.sealer.seal(one.address),
                "email": key.sealer.seal(one.email),
                "phone_hash": ready.hashes[one.line].phone,
                "id_hash": ready.hashes[one.line].id_number,
            }
        )
        ready.rows.append(
            {
                "id": application,
                "candidate_id": id_,
                "person_id": id_,
                "unit_id": one.unit_id,
                "job": one.job,
                "number": one.number,
                "applied_on": one.applied_on,
                "source": one.source,
                "entered_at": at,
                "state": ApplicationState.OPEN,
                "overrides": False,
            }
        )


class _Known:
    """Who of some applicants may be known, by phone, identity number or number."""

    def __init__(
        self, session: Session, applicants: Sequence[Applicant], hashes: Mapping[int, _Hashes]
    ) -> None:
        self.marks: set[str] = set()
        self._people: dict[int, Any] = {}
        self._by_mark: dict[str, set[int]] = {}
        for column in (Candidate.phone_hash, Candidate.id_hash):
            wanted = (
                one.phone if column is Candidate.phone_hash else one.id_number for one in hashes.values()
            )
            for row in _rows(session, column, wanted):
                self._people[row.id] = row
                for mark in (row.phone_hash, row.id_hash):
                    if mark:
                        self.marks.add(mark)
                        self._by_mark.setdefault(mark, set()).add(row.id)
        self._applied: dict[tuple[int, int, str], Any] = {}
        for some in in_chunks(self._people):
            rows = select(Application).where(Application.person_id.in_(some))
            for application in session.scalars(rows):
                key = (application.person_id, application.unit_id, application.job)
                self._applied[key] = application
        for numbers in in_chunks(one.number for one in applicants if one.number):
            taken = session.scalars(select(Application.number).where(Application.number.in_(numbers)))
            self.marks |= {str(number) for number in taken}
        self._sealers = secrecy.sealers(session, [f"candidate:{id_}" for id_ in self._people])

    def same(self, one: Applicant, mine: _Hashes) -> int | None:
        """The application that stands there exactly so; None if there is none."""
        found = self._by_mark.get(mine.id_number or mine.phone or "", set())
        if len(found) != 1:
            return None
        person = self._people[next(iter(found))]
        application = self._applied.get((person.id, one.unit_id, one.job))
        if person.merged_into_id is not None or person.name != one.name or application is None:
            return None
        hashes = (mine.phone or person.phone_hash, mine.id_number or person.id_hash)
        if hashes != (person.phone_hash, person.id_hash):
            return None
        if (application.applied_on, application.source) != (one.applied_on, one.source):
            return None
        if one.number is not None and application.number != one.number:
            return None
        for told, sealed in ((one.address, person.address), (one.email, person.email)):
            if told and self._open(person.id, sealed) != told:
                return None
        return int(application.id)

    def _open(self, id_: int, sealed: bytes | None) -> str | None:
        sealer = self._sealers.get(f"candidate:{id_}")
        return None if sealer is None else sealer.open(sealed)


def _rows(
    session: Session, column: InstrumentedAttribute[str | None], wanted: Iterable[str | None]
) -> Iterator[Any]:
    columns = (
        Candidate.id,
        Candidate.name,
        Candidate.phone_hash,
        Candidate.id_hash,
        Candidate.address,
        Candidate.email,
        Candidate.merged_into_id,
    )
    for some in in_chunks(one for one in wanted if one):
        yield from session.execute(select(*columns).where(column.in_(some)))


def take_in(session: Session, ready: Prepared, *, at: datetime, policy: Policy, actor: str) -> None:
    """Write the new ones, and begin what follows from an application.

    Raises:
        Outdated: what was looked at has changed; prepare it anew.
    """
    if not ready.fresh:
        return
    _look_again(session, ready)
    insert_all(session, Candidate, ready.people)
    secrecy.keep_keys(session, ready.keys)
    insert_all(session, Application, ready.rows)
    begin_after(session, [Application(**row) for row in ready.rows], at, policy)
    audit.record(
        session,
        at=at,
        actor=actor,
        action="candidates.enter",
        details={
            "applications": len(ready.rows),
            "first": ready.rows[0]["id"],
            "last": ready.rows[-1]["id"],
        },
    )


def _look_again(session: Session, ready: Prepared) -> None:
    there = _Known(session, ready.fresh, {one.line: ready.hashes[one.line] for one in ready.fresh})
    free = still_next(session, Candidate, [row["id"] for row in ready.people]) and still_next(
        session, Application, [row["id"] for row in ready.rows]
    )
    if there.marks or not free:
        raise Outdated
