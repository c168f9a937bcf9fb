"""Sealing: rows get their place in the chain within seconds of their commit, and its end is signed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, insert, literal_column, select, update
from sqlalchemy.orm import Session

from models.audit.rules import BEGINNING, FIELDS, Head, Signer, content_hash, link
from models.audit.tables import AuditEvent, AuditHead, AuditSeal
from models.base import run

SEALING = 7_411_900_002
"""The number of the lock under which one sealer works (PostgreSQL)."""
COLUMNS = [AuditEvent.__table__.c[name] for name in FIELDS]

_UNSEALED = select(AuditEvent.id).where(literal_column("NOT sealed"))
_HAS_SEAL = exists().where(AuditSeal.event_id == AuditEvent.id)
_NEXT = (
    select(*COLUMNS)
    .where(literal_column("NOT sealed"), ~_HAS_SEAL)
    .order_by(AuditEvent.id)
    .limit(bindparam("most"))
)
_MARK = update(AuditEvent).where(AuditEvent.id == bindparam("of")).values(sealed=True)
_TRY_LOCK = select(func.pg_try_advisory_xact_lock(SEALING))
_SEAL = insert(AuditSeal).values(
    {name: bindparam(name) for name in ("position", "event_id", "content", "hash")}
)


def anything_unsealed(session: Session) -> bool:
    """Whether a row waits for its seal: one look into an index of those that do."""
    return session.connection().execute(_UNSEALED.limit(1)).first() is not None


def seal(session: Session, *, signer: Signer, at: datetime, limit: int) -> int:
    """Give up to `limit` rows their places and sign the new end; returns how many (S4-46).

    All of it is one transaction, so that a sealer that dies leaves nothing half done. A second sealer finds
    the first at work and does nothing (PostgreSQL) or waits for the only writer (SQLite).
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql" and not connection.scalar(_TRY_LOCK):
        return 0
    rows = connection.execute(_NEXT, {"most": limit}).all()
    if not rows:
        return 0
    head = newest_head(session)
    position, last = (head.position, head.hash) if head is not None else (0, BEGINNING)
    seals: list[Mapping[str, Any]] = []
    for row in rows:
        position += 1
        content = content_hash(row._asdict())
        last = link(last, position, content)
        seals.append({"position": position, "event_id": row.id, "content": content, "hash": last})
    run(connection, _SEAL, seals)
    run(connection, _MARK, [{"of": row.id} for row in rows])
    signed = signer.sign(position, last, at)
    session.add(
        AuditHead(position=position, hash=last, at=at, key_id=signed.key_id, signature=signed.signature)
    )
    session.flush()
    return len(seals)


_HEADS = select(AuditHead.position, AuditHead.hash, AuditHead.at, AuditHead.key_id, AuditHead.signature)


def newest_head(session: Session) -> Head | None:
    """The signed end of the chain; None before the first row was sealed."""
    row = session.connection().execute(_HEADS.order_by(AuditHead.position.desc()).limit(1)).first()
    return None if row is None else as_head(row)


def as_head(row: Any) -> Head:
    """The head in a row of the table."""
    return Head(row.position, bytes(row.hash), row.at, row.key_id, bytes(row.signature))


def heads_from(session: Session, *, position: int, limit: int) -> Sequence[Head]:
    """The heads at this position and after it, in their order."""
    statement = _HEADS.where(AuditHead.position >= position).order_by(AuditHead.position).limit(limit)
    return [as_head(row) for row in session.connection().execute(statement)]


def unsealed_before(session: Session, *, before: datetime) -> tuple[int, datetime | None]:
    """How many rows from before that moment have no seal, and the earliest moment of theirs."""
    count, first = session.execute(
        select(func.count(), func.min(AuditEvent.at)).where(
            literal_column("NOT sealed"), AuditEvent.at < before
        )
    ).one()
    return int(count), first
