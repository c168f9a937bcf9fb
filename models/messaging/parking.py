"""What candidates say while more comes in than can be answered at once: kept, and answered in its turn."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.base import find_rows, insert_once
from models.messaging.tables import ParkedMessage

LEASE = timedelta(seconds=30)
"""So long a process has for those it took; if it dies they are free again after that."""

_THEIRS = (
    select(ParkedMessage.id)
    .where(ParkedMessage.account == bindparam("account"), ParkedMessage.sender == bindparam("sender"))
    .limit(1)
)


def park(session: Session, rows: Iterable[tuple[str, str, str, Mapping[str, Any]]], *, at: datetime) -> None:
    """Keep messages (key, account, sender, fields) that are answered later; what is parked already stays."""
    insert_once(
        session,
        ParkedMessage,
        [
            {
                "key": key,
                "account": account,
                "sender": sender,
                "fields": dict(fields),
                "parked_at": at,
                "taken_at": None,
            }
            for key, account, sender, fields in rows
        ],
    )


def is_parked(session: Session, *, account: str, sender: str) -> bool:
    """Whether something that this sender said still waits: what comes after it waits too."""
    return bool(find_rows(session, _THEIRS, {"account": account, "sender": sender}))


def parked_count(session: Session) -> int:
    """How many are parked."""
    return session.scalar(select(func.count()).select_from(ParkedMessage)) or 0


def anything_parked(session: Session) -> bool:
    """Whether one is parked, taken or not."""
    return session.scalar(select(ParkedMessage.id).limit(1)) is not None


def to_be_taken(session: Session, *, now: datetime) -> bool:
    """Whether one of them waits for somebody to take it."""
    return session.scalar(select(ParkedMessage.id).where(_is_free(now)).limit(1)) is not None


def take_parked(session: Session, *, now: datetime, limit: int) -> Sequence[ParkedMessage]:
    """Take the oldest of them, of each sender the first; nobody else gets them for a while."""
    earlier = aliased(ParkedMessage)
    first = ~exists().where(
        earlier.account == ParkedMessage.account,
        earlier.sender == ParkedMessage.sender,
        earlier.id < ParkedMessage.id,
    )
    taken = session.scalars(
        select(ParkedMessage)
        .where(_is_free(now), first)
        .order_by(ParkedMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for one in taken:
        one.taken_at = now
    session.flush()
    return taken


def unpark(session: Session, *, key: str) -> None:
    """One of them is dealt with."""
    session.execute(delete(ParkedMessage).where(ParkedMessage.key == key))


def _is_free(now: datetime) -> Any:
    """A later moment is of before the clock was put back."""
    taken = ParkedMessage.taken_at
    return or_(taken.is_(None), taken <= now - LEASE, taken > now)
