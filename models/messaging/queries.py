"""Reads about messages."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.messaging.tables import InboundMessage, OutboundMessage, OutboundState

OPEN = (OutboundState.INTENT, OutboundState.SENDING)
"""The states of messages that are neither accepted nor given up."""


def is_other_half(session: Session, *, key: str, act: str, kind: str, since: datetime) -> bool:
    """Whether this message is the second half of an act whose first half was dealt with.

    Both halves carry the same `act` and differ in kind. Halves are paired by number, so that the
    same act done twice is still two acts.
    """
    counts = dict(
        session.execute(
            select(InboundMessage.kind, func.count())
            .where(InboundMessage.act == act, InboundMessage.key != key, InboundMessage.received_at >= since)
            .group_by(InboundMessage.kind)
        ).all()
    )
    same = counts.pop(kind, 0)
    return sum(counts.values()) > same


def sendable(session: Session, *, now: datetime, limit: int) -> Sequence[OutboundMessage]:
    """Due messages, answers first, at most one a recipient and channel, locked for this worker.

    A message waits while an earlier one to the same person is being sent, and an earlier one of the
    same or higher priority that is still to be sent goes before it.
    """
    earlier = aliased(OutboundMessage)
    overtakes = exists().where(
        earlier.recipient == OutboundMessage.recipient,
        earlier.channel == OutboundMessage.channel,
        earlier.id != OutboundMessage.id,
        or_(
            earlier.state == OutboundState.SENDING,
            and_(
                earlier.state == OutboundState.INTENT,
                earlier.id < OutboundMessage.id,
                earlier.priority <= OutboundMessage.priority,
            ),
        ),
    )
    rows = session.scalars(
        select(OutboundMessage)
        .where(OutboundMessage.state == OutboundState.INTENT, OutboundMessage.due_at <= now, ~overtakes)
        .order_by(OutboundMessage.priority, OutboundMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    seen: set[tuple[str, str]] = set()
    firsts = []
    for row in rows:
        if (row.channel, row.recipient) not in seen:
            seen.add((row.channel, row.recipient))
            firsts.append(row)
    return firsts


def anything_to_send(session: Session, *, now: datetime) -> bool:
    """Whether a message is due."""
    waiting = select(OutboundMessage.id).where(
        OutboundMessage.state == OutboundState.INTENT, OutboundMessage.due_at <= now
    )
    return session.execute(waiting.limit(1)).first() is not None


def unsettled(session: Session) -> int:
    """How many messages are neither accepted nor given up."""
    return session.scalars(select(func.count()).where(OutboundMessage.state.in_(OPEN))).one()


def oldest_unsettled(session: Session) -> datetime | None:
    """When the oldest message was made that is neither accepted nor given up."""
    statement = select(OutboundMessage.created_at).where(OutboundMessage.state.in_(OPEN))
    return session.scalars(statement.order_by(OutboundMessage.created_at).limit(1)).one_or_none()


def outbox_counts(session: Session) -> dict[tuple[str, str], int]:
    """(channel, state) → number of outgoing messages."""
    rows = session.execute(
        select(OutboundMessage.channel, OutboundMessage.state, func.count()).group_by(
            OutboundMessage.channel, OutboundMessage.state
        )
    )
    return {(channel, state): count for channel, state, count in rows}


def inbound_counts(session: Session) -> dict[tuple[str, str], int]:
    """(account, outcome) → number of inbound messages."""
    rows = session.execute(
        select(InboundMessage.account, InboundMessage.outcome, func.count()).group_by(
            InboundMessage.account, InboundMessage.outcome
        )
    )
    return {(account, outcome): count for account, outcome, count in rows}
