"""Reads about messages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.messaging.rules import act_of
from models.messaging.tables import (
    TAKEN_STATES,
    UNSENT_STATES,
    HeldReason,
    InboundMessage,
    OutboundKind,
    OutboundMessage,
    OutboundState,
    Priority,
)

CHOOSING = 7_411_900_001
"""The number of the lock under which workers choose (PostgreSQL)."""


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


class Waiting(NamedTuple):
    """An open message, as far as sending it goes."""

    id: int
    key: str
    channel: str
    recipient: str
    kind: str
    payload: Mapping[str, Any]
    priority: int
    only_if: str | None
    subject_id: int | None
    expires_at: datetime
    attempts: int
    first_tried_at: datetime | None
    unknown: bool
    content: str | None
    repeat: int


_COLUMNS = [OutboundMessage.__table__.c[name] for name in Waiting._fields]
_OPEN = OutboundMessage.settled_at.is_(None)
_WAITING = OutboundMessage.state.in_(UNSENT_STATES)


def _may_go(earlier: type[OutboundMessage]) -> ColumnElement[bool]:
    """Due, and overtaking nobody.

    Nothing overtakes an earlier message to the same person whose fate is unknown or being decided. Apart
    from that an earlier one of the same kind and of the same or higher priority goes first.
    """
    overtakes = exists().where(
        earlier.recipient == OutboundMessage.recipient,
        earlier.channel == OutboundMessage.channel,
        earlier.id != OutboundMessage.id,
        earlier.settled_at.is_(None),
        or_(
            earlier.state == OutboundState.SENDING,
            and_(
                earlier.id < OutboundMessage.id,
                or_(
                    earlier.unknown,
                    and_(
                        earlier.kind == OutboundMessage.kind,
                        earlier.priority <= OutboundMessage.priority,
                    ),
                ),
            ),
        ),
    )
    return and_(_OPEN, _WAITING, OutboundMessage.due_at <= bindparam("now"), ~overtakes)


_SENDABLE = (
    select(*_COLUMNS)
    .where(_may_go(aliased(OutboundMessage)))
    .order_by(OutboundMessage.priority, OutboundMessage.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=OutboundMessage)
)
_EQUAL = _SENDABLE.where(
    OutboundMessage.channel == bindparam("channel"),
    OutboundMessage.content == bindparam("content"),
    OutboundMessage.kind == OutboundKind.MESSAGE,
)


def one_at_a_time(session: Session) -> None:
    """Two workers choose one after the other: what the first takes, the second must not overtake."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CHOOSING)))


def sendable(session: Session, *, now: datetime, limit: int) -> Sequence[Waiting]:
    """Due messages, answers first, at most one a recipient and channel, locked for this worker."""
    return _first_of_each(session.connection().execute(_SENDABLE, {"now": now, "most": limit}))


def sendable_equal(
    session: Session, *, channel: str, content: str, now: datetime, limit: int
) -> Sequence[Waiting]:
    """The same of the messages with this content."""
    values = {"now": now, "most": limit, "channel": channel, "content": content}
    return _first_of_each(session.connection().execute(_EQUAL, values))


def _first_of_each(rows: Iterable[Row[Any]]) -> Sequence[Waiting]:
    firsts: dict[tuple[str, str], Waiting] = {}
    for row in rows:
        waiting = Waiting._make(row)
        firsts.setdefault((waiting.channel, waiting.recipient), waiting)
    return list(firsts.values())


_ANYTHING = select(OutboundMessage.id).where(_OPEN, _WAITING, OutboundMessage.due_at <= bindparam("now"))


def anything_to_send(session: Session, *, now: datetime) -> bool:
    """Whether a message is due."""
    return session.connection().execute(_ANYTHING.limit(1), {"now": now}).first() is not None


def left_behind(session: Session, *, claimed_before: datetime) -> Sequence[Waiting]:
    """Messages whose worker died while sending them."""
    statement = (
        select(*_COLUMNS)
        .where(
            _OPEN,
            OutboundMessage.state == OutboundState.SENDING,
            OutboundMessage.claimed_at < claimed_before,
        )
        .with_for_update(skip_locked=True)
    )
    return [Waiting._make(row) for row in session.connection().execute(statement)]


def sending(session: Session, ids: Collection[int]) -> Mapping[int, Waiting]:
    """Those of the messages that are still under way, locked."""
    statement = (
        select(*_COLUMNS)
        .where(OutboundMessage.id.in_(ids), _OPEN, OutboundMessage.state == OutboundState.SENDING)
        .with_for_update()
    )
    return {row.id: Waiting._make(row) for row in session.connection().execute(statement)}


def paused_until(session: Session, *, now: datetime) -> Mapping[tuple[str, str], tuple[datetime, HeldReason]]:
    """(channel, kind) → until when the platform takes no more of these calls, and why."""
    statement = (
        select(
            OutboundMessage.channel,
            OutboundMessage.kind,
            OutboundMessage.held_reason,
            func.max(OutboundMessage.due_at),
        )
        .where(
            _OPEN,
            OutboundMessage.state == OutboundState.HELD,
            OutboundMessage.held_reason.in_((HeldReason.PLATFORM_LIMIT, HeldReason.UNAUTHORISED)),
            OutboundMessage.due_at > now,
        )
        .group_by(OutboundMessage.channel, OutboundMessage.kind, OutboundMessage.held_reason)
    )
    found: dict[tuple[str, str], tuple[datetime, HeldReason]] = {}
    for channel, kind, reason, until in session.execute(statement):
        pause = (until, HeldReason(str(reason)))
        found[channel, kind] = max(found.get((channel, kind), pause), pause)
    return found


class Tried(NamedTuple):
    """A message that was handed to the platform before."""

    at: datetime
    last_at: datetime
    """When it was handed over last, or taken."""
    attempts: int
    content: str | None
    repeat: int


def tried_since(
    session: Session, *, channel: str, recipients: Collection[str], since: datetime
) -> Mapping[str, list[Tried]]:
    """Recipient → every message handed to the platform for the first time since then."""
    found: dict[str, list[Tried]] = {recipient: [] for recipient in recipients}
    if not found:
        return found
    columns = ("recipient", "first_tried_at", "claimed_at", "settled_at", "attempts", "content", "repeat")
    rows = session.execute(
        select(*(OutboundMessage.__table__.c[name] for name in columns)).where(
            OutboundMessage.channel == channel,
            OutboundMessage.recipient.in_(recipients),
            OutboundMessage.first_tried_at >= since,
            OutboundMessage.kind.in_((OutboundKind.MESSAGE, OutboundKind.TEMPLATE)),
        )
    )
    for recipient, at, claimed_at, settled_at, attempts, content, repeat in rows:
        if at is not None:
            found[recipient].append(Tried(at, settled_at or claimed_at or at, attempts, content, repeat))
    return found


def sent_between(session: Session, *, channel: str, since: datetime, until: datetime) -> int:
    """How many messages were handed to the platform in that time."""
    statement = select(func.count()).where(
        OutboundMessage.channel == channel,
        OutboundMessage.first_tried_at >= since,
        OutboundMessage.first_tried_at <= until,
        OutboundMessage.kind == OutboundKind.MESSAGE,
    )
    return session.scalars(statement).one()


def acts_since(
    session: Session, *, senders: Collection[str], since: datetime
) -> Mapping[str, list[tuple[str, datetime]]]:
    """Candidate → (act, moment) of what opened a window since then (protocol 4.2)."""
    found: dict[str, list[tuple[str, datetime]]] = {sender: [] for sender in senders}
    if not found:
        return found
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


class Unreceipted(NamedTuple):
    """A text of which the vendor may still say what became of it."""

    id: int
    key: str
    recipient: str
    state: str
    msgid: str | None
    claimed_at: datetime


def without_receipt(
    session: Session, *, channel: str, since: datetime, limit: int | None = None
) -> Sequence[Unreceipted]:
    """Messages handed over since then of which no receipt has come, oldest first."""
    columns = [OutboundMessage.__table__.c[name] for name in Unreceipted._fields]
    states = (OutboundState.ACCEPTED, OutboundState.UNCERTAIN, OutboundState.SENDING)
    rows = session.execute(
        select(*columns)
        .where(
            OutboundMessage.channel == channel,
            OutboundMessage.first_tried_at >= since,
            OutboundMessage.state.in_(states),
        )
        .order_by(OutboundMessage.first_tried_at, OutboundMessage.id)
        .limit(limit)
    )
    return [Unreceipted._make(row) for row in rows]


def messages_to(session: Session, *, recipient: str, limit: int) -> Sequence[OutboundMessage]:
    """The newest messages to one person, newest first."""
    return session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.recipient == recipient,
            OutboundMessage.kind.in_((OutboundKind.MESSAGE, OutboundKind.TEMPLATE)),
        )
        .order_by(OutboundMessage.id.desc())
        .limit(limit)
    ).all()


def oldest_unsettled(session: Session) -> datetime | None:
    """When the oldest message was made that is neither accepted nor given up."""
    statement = select(OutboundMessage.created_at).where(_OPEN).order_by(OutboundMessage.id)
    return session.scalars(statement.limit(1)).one_or_none()


def outbox_counts(session: Session, *, since: datetime) -> dict[tuple[str, str], int]:
    """(channel, state) → number of open messages, and of those settled since then."""
    counts: dict[tuple[str, str], int] = {}
    for which in (_OPEN, OutboundMessage.settled_at >= since):
        rows = session.execute(
            select(OutboundMessage.channel, OutboundMessage.state, func.count())
            .where(which)
            .group_by(OutboundMessage.channel, OutboundMessage.state)
        )
        for channel, state, count in rows:
            counts[channel, state] = counts.get((channel, state), 0) + count
    return counts


def inbound_counts(session: Session, *, since: datetime) -> dict[tuple[str, str], int]:
    """(account, outcome) → number of inbound messages since then."""
    rows = session.execute(
        select(InboundMessage.account, InboundMessage.outcome, func.count())
        .where(InboundMessage.received_at >= since)
        .group_by(InboundMessage.account, InboundMessage.outcome)
    )
    return {(account, outcome): count for account, outcome, count in rows}


def answer_times(session: Session, *, since: datetime) -> Mapping[str, Sequence[float]]:
    """Channel → seconds from the commit of each answer until the platform took it, sorted."""
    found: dict[str, list[float]] = {}
    rows = session.execute(
        select(OutboundMessage.channel, OutboundMessage.created_at, OutboundMessage.settled_at).where(
            OutboundMessage.settled_at >= since,
            OutboundMessage.priority == Priority.ANSWER,
            OutboundMessage.kind == OutboundKind.MESSAGE,
            OutboundMessage.state.in_(TAKEN_STATES),
        )
    )
    for channel, created_at, settled_at in rows:
        assert settled_at is not None
        found.setdefault(channel, []).append(max((settled_at - created_at).total_seconds(), 0.0))
    return {channel: sorted(times) for channel, times in found.items()}


MENUS_LOOKED_AT = 20
"""Among so many of the newest messages the last menu is looked for."""


def text_from(session: Session, *, key: str, account: str, sender: str) -> str:
    """What somebody wrote in the message with this key; empty if it is not theirs, or forgotten."""
    found = session.get(InboundMessage, key)
    if found is None or (found.account, found.sender) != (account, sender):
        return ""
    return str(found.fields.get("Content", ""))


def newest_buttons(session: Session, *, channel: str, recipient: str, since: datetime) -> Sequence[str]:
    """The keys of the buttons on the newest card that somebody got since a moment; empty without one."""
    found = session.scalars(
        select(OutboundMessage.payload)
        .where(
            OutboundMessage.recipient == recipient,
            OutboundMessage.channel == channel,
            OutboundMessage.kind == OutboundKind.MESSAGE,
            OutboundMessage.state.in_((*TAKEN_STATES, OutboundState.UNCERTAIN)),
            OutboundMessage.first_tried_at >= since,
        )
        .order_by(OutboundMessage.first_tried_at.desc(), OutboundMessage.id.desc())
        .limit(MENUS_LOOKED_AT)
    )
    for payload in found:
        if payload.get("msgtype") == "template_card":
            return [str(one.get("key", "")) for one in payload["template_card"].get("button_list", [])]
    return []


def newest_menu(session: Session, *, channel: str, recipient: str) -> Sequence[tuple[str, str]]:
    """(key, words) of each option of the newest menu that reached somebody: what they were asked last."""
    found = session.scalars(
        select(OutboundMessage.payload)
        .where(
            OutboundMessage.recipient == recipient,
            OutboundMessage.channel == channel,
            OutboundMessage.kind == OutboundKind.MESSAGE,
            OutboundMessage.state.in_((*TAKEN_STATES, OutboundState.UNCERTAIN)),
            OutboundMessage.first_tried_at.is_not(None),
        )
        .order_by(OutboundMessage.first_tried_at.desc(), OutboundMessage.id.desc())
        .limit(MENUS_LOOKED_AT)
    )
    for payload in found:
        if payload.get("msgtype") == "msgmenu":
            return [(str(one["id"]), str(one["content"])) for one in payload["msgmenu"]["list"]]
    return []
