"""Reads of the evidence trail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, union
from sqlalchemy.orm import Session

from models.audit.rules import BEGINNING, FIELDS, Head
from models.audit.sealing import heads_from
from models.audit.tables import AuditEvent, AuditHead, AuditSeal

PAGE = 500


def newest_about(session: Session, *, subject: str, limit: int) -> Sequence[AuditEvent]:
    """The newest rows that are about somebody or of what they did, newest first."""
    found = []
    for column in (AuditEvent.subject, AuditEvent.actor):
        found.append(
            session.scalars(
                select(AuditEvent).where(column == subject).order_by(AuditEvent.id.desc()).limit(limit)
            ).all()
        )
    rows = {row.id: row for part in found for row in part}
    return [rows[id_] for id_ in sorted(rows, reverse=True)[:limit]]


def newest(session: Session, *, limit: int) -> Sequence[AuditEvent]:
    """The newest rows of all, newest first."""
    return session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)).all()


@dataclass(frozen=True)
class Evidence:
    """A row in its place."""

    position: int
    row: Mapping[str, Any]


def evidence_about(session: Session, *, subject: str) -> Iterator[Evidence]:
    """The sealed rows about somebody, or of what they did, in the order of their places."""
    ids = union(
        select(AuditEvent.id).where(AuditEvent.subject == subject),
        select(AuditEvent.id).where(AuditEvent.actor == subject),
    ).subquery()
    columns = [AuditEvent.__table__.c[name] for name in FIELDS]
    after = 0
    while True:
        statement = (
            select(AuditSeal.position, *columns)
            .join(AuditSeal, AuditSeal.event_id == AuditEvent.id)
            .where(AuditEvent.id.in_(select(ids.c.id)), AuditSeal.position > after)
            .order_by(AuditSeal.position)
            .limit(PAGE)
        )
        rows: Sequence[Row[Any]] = session.connection().execute(statement).all()
        for row in rows:
            values = {name: value for name, value in row._mapping.items() if name != "position"}
            yield Evidence(row.position, values)
        if len(rows) < PAGE:
            return
        after = rows[-1].position


@dataclass(frozen=True)
class Stretch:
    """What lies between one signed end and the next: enough to compute the later from the earlier."""

    start: bytes
    """The hash of the place before the first."""
    contents: Sequence[bytes]
    """The hash of each row, in the order of their places."""
    head: Head

    @property
    def first(self) -> int:
        """The first place."""
        return self.head.position - len(self.contents) + 1


def stretch_around(session: Session, *, position: int) -> Stretch | None:
    """The stretch in which a place lies; None if no signed end comes after it."""
    heads = heads_from(session, position=position, limit=1)
    if not heads:
        return None
    before = (
        session.connection()
        .execute(
            select(AuditSeal.position, AuditSeal.hash).where(
                AuditSeal.position == _end_before(session, position)
            )
        )
        .first()
    )
    first, start = (before.position + 1, bytes(before.hash)) if before else (1, BEGINNING)
    contents = session.scalars(
        select(AuditSeal.content)
        .where(AuditSeal.position >= first, AuditSeal.position <= heads[0].position)
        .order_by(AuditSeal.position)
    ).all()
    return Stretch(start, [bytes(content) for content in contents], heads[0])


def _end_before(session: Session, position: int) -> int:
    statement = select(AuditHead.position).where(AuditHead.position < position)
    return session.scalar(statement.order_by(AuditHead.position.desc()).limit(1)) or 0
