"""Reads about messages."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.messaging.rules import act_of
from models.messaging.tables import (
    InboundMessage,
    OutboundKind,
    OutboundMessage,
    OutboundState,
)


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

    Nothing overtakes an earlier message to the same person whose fate is unknown or being decided. Apart
    from that an earlier one of the same or higher priority goes first.
    """
    earlier = aliased(OutboundMessage)
    overtakes = exists().where(
        earlier.recipient == OutboundMessage.recipient,
        earlier.channel == OutboundMessage.channel,
        earlier.id != OutboundMessage.id,
        earlier.settled_at.is_(None),
        or_(
            earlier.state == OutboundState.SENDING,
            and_(
                earlier.id < OutboundMessage.id,
                or_(earlier.unknown, earlier.priority <= OutboundMessage.priority),
            ),
        ),
    )
    rows = session.scalars(
        select(OutboundMessage)
        .where(_OPEN, _WAITING, OutboundMessage.due_at <= now, ~overtakes)
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


_OPEN = OutboundMessage.settled_at.is_(None)
_WAITING = OutboundMessage.state.in_((OutboundState.INTENT, OutboundState.HELD))


def anything_to_send(session: Session, *, now: datetime) -> bool:
    """Whether a message is due."""
    waiting = select(OutboundMessage.id).where(_OPEN, _WAITING, OutboundMessage.due_at <= now)
    return session.execute(waiting.limit(1)).first() is not None


def left_behind(session: Session, *, claimed_before: datetime) -> Sequence[OutboundMessage]:
    """Messages whose worker died while sending them."""
    return session.scalars(
        select(OutboundMessage)
        .where(
            _OPEN,
            OutboundMessage.state == OutboundState.SENDING,
            OutboundMessage.claimed_at < claimed_before,
        )
        .with_for_update(skip_locked=True)
    ).all()


def tried_since(
    session: Session, *, channel: str, recipients: Collection[str], since: datetime
) -> Mapping[str, list[tuple[datetime, str | None]]]:
    """Recipient → (moment, content hash) of every message handed to the platform since then."""
    found: dict[str, list[tuple[datetime, str | None]]] = {recipient: [] for recipient in recipients}
    rows = session.execute(
        select(OutboundMessage.recipient, OutboundMessage.first_tried_at, OutboundMessage.content).where(
            OutboundMessage.channel == channel,
            OutboundMessage.recipient.in_(recipients),
            OutboundMessage.first_tried_at >= since,
            OutboundMessage.kind.in_((OutboundKind.MESSAGE, OutboundKind.TEMPLATE)),
        )
    )
    for recipient, at, content in rows:
        if at is not None:
            found[recipient].append((at, content))
    return found


def sent_today(session: Session, *, channel: str, since: datetime) -> int:
    """How many messages were handed to the platform since midnight."""
    statement = select(func.count()).where(
        OutboundMessage.channel == channel,
        OutboundMessage.first_tried_at >= since,
        OutboundMessage.kind == OutboundKind.MESSAGE,
    )
    return session.scalars(statement).one()


def acts_since(
    session: Session, *, senders: Collection[str], since: datetime
) -> Mapping[str, list[tuple[str, datetime]]]:
    """Candidate → (act, moment) of what opened a window since then (protocol 4.2)."""
    found: dict[str, list[tuple[str, datetime]]] = {sender: [] for sender in senders}
    rows = session.execute(
        select(
            InboundMessage.sender, InboundMessage.kind, InboundMessage.event, InboundMessage.received_at
        ).where(
            InboundMessage.account == "official",
            InboundMessage.sender.in_(senders),
            InboundMessage.received_at >= since,
        )
    )
    for sender, kind, event, at in rows:
        act = act_of(kind, event)
        if act is not None:
            found[sender].append((act, at))
    return found


def messages_to(session: Session, *, recipient: str, limit: int) -> Sequence[OutboundMessage]:
    """The newest messages to one person, newest first."""
    return session.scalars(
        select(OutboundMessage)
        .where(OutboundMessage.recipient == recipient, OutboundMessage.kind != OutboundKind.CARD_UPDATE)
        .order_by(OutboundMessage.id.desc())
        .limit(limit)
    ).all()


def oldest_unsettled(session: Session) -> datetime | None:
    """When the oldest message was made that is neither accepted nor given up."""
    statement = select(OutboundMessage.created_at).where(_OPEN)
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
