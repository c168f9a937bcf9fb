"""Verifying the chain: a walk over all of it that needs no secret, and names what is not as it was sealed."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from models.audit.rules import BEGINNING, Head, Keys, content_hash, link
from models.audit.sealing import COLUMNS, as_head, newest_head
from models.audit.tables import AuditEvent, AuditHead, AuditSeal

PAGE = 2000
MOST_FAULTS = 20
"""More are not told: by then the first ones are what matters."""
LATE = timedelta(hours=1)


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was sealed: a kind, and where."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Verdict:
    """What a walk over the chain found."""

    sealed: int = 0
    """How many places there are."""
    heads: int = 0
    """How many signed ends agreed with the chain."""
    published: int = 0
    """How many ends that were published elsewhere did."""
    late: int = 0
    """How many rows were sealed more than an hour after the moment they state."""
    first_late: int | None = None
    unsealed: int = 0
    """How many rows at the end have no place yet."""
    unsealed_since: datetime | None = None
    faults: list[Fault] = field(default_factory=list)

    def find(self, kind: str, **facts: Any) -> None:
        """Note a fault."""
        self.faults.append(Fault(kind, facts))

    @property
    def is_full(self) -> bool:
        """Whether enough was found."""
        return len(self.faults) >= MOST_FAULTS


def verify(
    session: Session,
    *,
    keys: Keys,
    published: Sequence[Head] = (),
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> Verdict:
    """Walk over the whole chain, page by page; `told` hears how far it is (S4-46).

    The session sees one state of the database. `published` are ends that were kept outside of it.
    """
    verdict = Verdict()
    newest = newest_head(session)
    last = session.scalar(select(func.max(AuditSeal.position))) or 0
    elsewhere = _trusted(published, keys, verdict)
    walk = _Walk(keys, verdict, elsewhere)
    for done in _pages(session, walk, last):
        told(done, last)
        if verdict.is_full:
            return verdict
    signed = 0 if newest is None else newest.position
    if last > signed:
        verdict.find("unsigned", first=signed + 1, last=last)
    for position in sorted(elsewhere):
        if position > last:
            verdict.find("cut_off", last=last, position=position, at=elsewhere[position].at)
            break
    _look_at_the_tail(session, verdict)
    return verdict


def _trusted(published: Sequence[Head], keys: Keys, verdict: Verdict) -> dict[int, Head]:
    """Position → the published end there; what nobody we trust has signed is a fault."""
    found: dict[int, Head] = {}
    for head in published:
        known = found.get(head.position)
        if known == head:
            continue
        if not keys.vouch(head):
            kind = "published_forged" if keys.knows(head.key_id) else "published_key"
            verdict.find(kind, position=head.position, key=head.key_id)
            if verdict.is_full:
                break
        elif known is not None and known.hash != head.hash:
            verdict.find("published_twice", position=head.position)
        else:
            found[head.position] = head
    return found


class _Walk:
    """Where the walk is, and what it has seen."""

    def __init__(self, keys: Keys, verdict: Verdict, published: Mapping[int, Head]) -> None:
        self.keys = keys
        self.verdict = verdict
        self.published = published
        self.position = 0
        self.hash = BEGINNING
        self.good_until = 0
        """Up to where a signed end has agreed."""

    def step(self, row: Row[Any] | None, seal: Any) -> None:
        """One place: the row is what was sealed, and the place follows upon the one before."""
        if seal.position != self.position + 1:
            self.verdict.find("seal_missing", position=self.position + 1, next=seal.position)
        elif link(self.hash, seal.position, bytes(seal.content)) != bytes(seal.hash):
            self.verdict.find("seal_changed", position=seal.position)
        if row is None:
            self.verdict.find("removed", position=seal.position, event=seal.event_id)
        elif not _is_as_sealed(row, bytes(seal.content)):
            self.verdict.find("changed", position=seal.position, event=seal.event_id)
        self.position, self.hash = seal.position, bytes(seal.hash)
        self.verdict.sealed += 1
        elsewhere = self.published.get(self.position)
        if elsewhere is not None:
            if elsewhere.hash == self.hash:
                self.verdict.published += 1
            else:
                self.verdict.find("published_differs", position=self.position, at=elsewhere.at)

    def compare(self, head: Head) -> None:
        """A signed end at the place where the walk is."""
        if not self.keys.knows(head.key_id):
            self.verdict.find("unknown_key", position=head.position, key=head.key_id)
        elif not self.keys.vouch(head):
            self.verdict.find("head_forged", position=head.position)
        elif head.hash != self.hash:
            self.verdict.find("head_differs", first=self.good_until + 1, last=head.position)
        else:
            self.verdict.heads += 1
            self.good_until = head.position


def _is_as_sealed(row: Row[Any], content: bytes) -> bool:
    try:
        return content_hash(row._asdict()) == content
    except (TypeError, ValueError, KeyError, AttributeError):  # values of kinds that we never write
        return False


_SEALS = select(AuditSeal.position, AuditSeal.event_id, AuditSeal.content, AuditSeal.hash)


def _pages(session: Session, walk: _Walk, last: int) -> Iterator[int]:
    """Take the walk over page after page; yields how far it is."""
    connection = session.connection()
    while walk.position < last and not walk.verdict.is_full:
        after = walk.position
        seals = connection.execute(
            _SEALS.where(AuditSeal.position > after).order_by(AuditSeal.position).limit(PAGE)
        ).all()
        if not seals:
            return
        until = seals[-1].position
        rows = _rows(session, [seal.event_id for seal in seals])
        heads = list(_heads_between(session, after, until))
        at_heads = [head.position for head in heads]
        waiting = iter(heads)
        head = next(waiting, None)
        for seal in seals:
            while head is not None and head.position < seal.position:
                walk.verdict.find("head_nowhere", position=head.position)
                head = next(waiting, None)
            row = rows.get(seal.event_id)
            walk.step(row, seal)
            _note_lateness(walk.verdict, row, heads, bisect_left(at_heads, seal.position), seal.position)
            if head is not None and head.position == seal.position:
                walk.compare(head)
                head = next(waiting, None)
            if walk.verdict.is_full:
                break
        yield walk.position


def _heads_between(session: Session, after: int, until: int) -> Iterator[Head]:
    statement = (
        select(AuditHead.position, AuditHead.hash, AuditHead.at, AuditHead.key_id, AuditHead.signature)
        .where(AuditHead.position > after, AuditHead.position <= until)
        .order_by(AuditHead.position)
    )
    for row in session.connection().execute(statement):
        yield as_head(row)


def _note_lateness(
    verdict: Verdict, row: Row[Any] | None, heads: Sequence[Head], index: int, position: int
) -> None:
    if row is None or index >= len(heads):
        return
    try:
        late = heads[index].at - row.at > LATE
    except (TypeError, AttributeError):
        return
    if late:
        verdict.late += 1
        verdict.first_late = verdict.first_late or position


def _rows(session: Session, ids: Sequence[int]) -> Mapping[int, Row[Any]]:
    """Id → row; one that cannot even be read is there with its id alone."""
    found: dict[int, Row[Any]] = {}
    for first in range(0, len(ids), 500):
        some = ids[first : first + 500]
        try:
            found |= _fetched(session, select(*COLUMNS).where(AuditEvent.id.in_(some)))
        except (ValueError, TypeError):
            for id_ in some:
                found |= _readable(session, id_)
    return found


def _fetched(session: Session, statement: Select[Any]) -> dict[int, Row[Any]]:
    return {row.id: row for row in session.connection().execute(statement)}


def _readable(session: Session, id_: int) -> dict[int, Row[Any]]:
    try:
        return _fetched(session, select(*COLUMNS).where(AuditEvent.id == id_))
    except (ValueError, TypeError):
        return _fetched(session, select(AuditEvent.id).where(AuditEvent.id == id_))


_NO_SEAL = ~exists().where(AuditSeal.event_id == AuditEvent.id)


def _look_at_the_tail(session: Session, verdict: Verdict) -> None:
    """Rows without a place: the newest ones wait for theirs, one among the sealed was put in later."""
    connection = session.connection()
    for row in stragglers(session):
        verdict.find("inserted", event=row)
    count, since = connection.execute(select(func.count(), func.min(AuditEvent.at)).where(_NO_SEAL)).one()
    verdict.unsealed, verdict.unsealed_since = int(count), since


def stragglers(session: Session) -> Sequence[int]:
    """The rows that have no place although later ones do, or although they are marked as sealed.

    For a second this is so of a row whose transaction was a little slower than a later one's.
    """
    last = select(func.max(AuditSeal.event_id)).scalar_subquery()
    statement = (
        select(AuditEvent.id)
        .where(_NO_SEAL, or_(AuditEvent.id < last, AuditEvent.sealed.is_(True)))
        .order_by(AuditEvent.id)
        .limit(MOST_FAULTS)
    )
    return session.scalars(statement).all()
