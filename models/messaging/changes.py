"""What is changed on phones afterwards: messages taken back, and cards that somebody else has dealt with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from models.errors import DomainError
from models.messaging.operations import Outgoing, post, withdraw
from models.messaging.queries import Waiting
from models.messaging.tables import (
    OPEN_STATES,
    TAKEN_STATES,
    UNSENT_STATES,
    Channel,
    OutboundKind,
    OutboundMessage,
    OutboundState,
)

RECALL_SPAN = timedelta(hours=24)
"""For how long the platform takes a message back (protocol 3.4)."""
CARD_SPAN = timedelta(hours=72)
"""For how long a response code changes its card (protocol 3.5)."""
MARGIN = timedelta(minutes=1)
"""Nothing is asked of the platform so shortly before the end."""

NEVER_SEEN = (OutboundState.WITHDRAWN, OutboundState.FAILED, OutboundState.RECALLED)
"""The states of messages of which nobody has anything on the phone."""

TAKEN_BACK = "taken back"
CARD_OF = "card_of"
"""In a payload: the id of the message whose response code is not known yet."""


class NotRecallable(DomainError):
    """Only messages of the WeCom app can be taken back, and only those that are known to have arrived."""

    texts = "delivery"


class StillSending(DomainError):
    """The message is on its way at this moment."""

    texts = "delivery"


class TooLateToRecall(DomainError):
    """The platform takes messages back for 24 hours only."""

    texts = "delivery"


class SharedMessage(DomainError):
    """The message went to several people in one call, and taking it back takes it from all of them."""

    texts = "delivery"


class RecallFailed(DomainError):
    """The platform has already refused to take the message back."""

    texts = "delivery"


def recall(session: Session, *, ids: Collection[int], at: datetime) -> bool:
    """Take messages back; True if the platform has to do it, False if none had left. Twice is once.

    What has not left is withdrawn. Of what has, everybody who got it in the same call must be named, since
    they share the message id by which it is taken back; `note_recalled` follows when the platform did it.

    Raises:
        DomainError: one of them cannot be taken back; the subclass says why.
    """
    rows = session.scalars(
        select(OutboundMessage)
        .where(OutboundMessage.id.in_(ids))
        .order_by(OutboundMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    orders: dict[str, Outgoing] = {}
    for row in rows:
        if row.state in UNSENT_STATES and not row.unknown:
            withdraw(session, row.id, at=at, reason=TAKEN_BACK)
        elif row.state not in (OutboundState.WITHDRAWN, OutboundState.RECALLED):
            msgid = _recallable(row, at)
            if msgid not in orders:
                orders[msgid] = _order(session, row, msgid, ids, at)
    post(session, list(orders.values()), now=at, lifetime=RECALL_SPAN)
    return bool(orders) or any(row.state == OutboundState.RECALLED for row in rows)


def _recallable(row: OutboundMessage, at: datetime) -> str:
    """The id by which the platform knows the message, if it would take it back."""
    if row.state == OutboundState.SENDING:
        raise StillSending()
    known = row.channel == Channel.WECOM and row.kind == OutboundKind.MESSAGE and row.state in TAKEN_STATES
    if not known or row.msgid is None or row.settled_at is None:
        raise NotRecallable(channel=row.channel)
    if at - row.settled_at >= RECALL_SPAN - MARGIN:
        raise TooLateToRecall(sent_at=row.settled_at)
    return row.msgid


def _order(
    session: Session, row: OutboundMessage, msgid: str, named: Collection[int], at: datetime
) -> Outgoing:
    sharing = sharing_call(session, row)
    others = [one for one in sharing if one.id not in named]
    if others:
        raise SharedMessage(others=len(others))
    key = f"recall:{sharing[0].id}"
    earlier = session.scalars(select(OutboundMessage).where(OutboundMessage.key == key)).one_or_none()
    if earlier is not None and earlier.state in (OutboundState.FAILED, OutboundState.WITHDRAWN):
        raise RecallFailed(code=(earlier.error or "").split(" ")[0])
    assert row.settled_at is not None
    ends = row.settled_at + RECALL_SPAN
    payload = {"msgid": msgid}
    return Outgoing(
        key, Channel.WECOM, row.recipient, OutboundKind.RECALL, payload, expires_at=max(ends, at + MARGIN)
    )


def sharing_call(session: Session, row: OutboundMessage) -> Sequence[OutboundMessage]:
    """The messages that the platform knows by the same id, this one among them."""
    if row.msgid is None:
        return [row]
    return session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.msgid == row.msgid,
            OutboundMessage.channel == row.channel,
            OutboundMessage.kind == OutboundKind.MESSAGE,
        )
        .order_by(OutboundMessage.id)
    ).all()


@dataclass(frozen=True)
class TakenBack:
    """What became of the messages of one cause: how many are taken back, and whose are not."""

    back: int = 0
    kept_by: tuple[str, ...] = ()
    """The recipients whose message stays, in the order of the messages."""


_AT_ONCE = 100
"""So many notices of one cause are looked up in one question."""
_PIECES = 3
"""Messages that one long text is cut into at most here."""


def recall_because(session: Session, *, cause: str, at: datetime) -> TakenBack:
    """Take back all notices that were sent because of one thing; those that cannot be are told."""
    rows: list[OutboundMessage] = []
    first = 0
    while True:
        keys = [
            f"{cause}:notice:{number}:{piece}"
            for number in range(first, first + _AT_ONCE)
            for piece in range(_PIECES)
        ]
        some = session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.key.in_(keys), OutboundMessage.channel == Channel.WECOM)
            .order_by(OutboundMessage.id)
        ).all()
        rows += some
        if not some:
            break
        first += _AT_ONCE
    groups: dict[object, list[OutboundMessage]] = {}
    for row in rows:
        groups.setdefault(row.msgid or row.id, []).append(row)
    back, kept = 0, []
    for some in groups.values():
        if all(row.state in NEVER_SEEN for row in some):
            continue
        try:
            recall(session, ids=[row.id for row in some], at=at)
        except DomainError:
            kept += [row.recipient for row in some]
        else:
            back += len(some)
    return TakenBack(back, tuple(dict.fromkeys(kept)))


def note_recalled(session: Session, *, msgid: str) -> None:
    """The platform has taken the message back from everybody who got it."""
    session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.msgid == msgid,
            OutboundMessage.channel == Channel.WECOM,
            OutboundMessage.kind == OutboundKind.MESSAGE,
            OutboundMessage.state.in_(TAKEN_STATES),
        )
        .values(state=OutboundState.RECALLED)
    )


@dataclass(frozen=True)
class Recallable:
    """A message that can be taken back, and how many other people lose it with that."""

    message: OutboundMessage
    others: int


def newest_recallable(session: Session, *, recipient: str, now: datetime) -> Recallable | None:
    """The newest message of the app to this person that can still be taken back, and has not been."""
    rows = session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.recipient == recipient,
            OutboundMessage.channel == Channel.WECOM,
            OutboundMessage.kind == OutboundKind.MESSAGE,
            or_(
                OutboundMessage.state.in_(UNSENT_STATES) & ~OutboundMessage.unknown,
                OutboundMessage.state.in_(TAKEN_STATES)
                & OutboundMessage.msgid.is_not(None)
                & (OutboundMessage.settled_at > now - RECALL_SPAN + MARGIN),
            ),
        )
        .order_by(OutboundMessage.id.desc())
        .limit(20)
    ).all()
    for row in rows:
        sharing = sharing_call(session, row)
        asked = select(OutboundMessage.id).where(OutboundMessage.key == f"recall:{sharing[0].id}")
        if session.execute(asked).first() is None:
            return Recallable(row, len(sharing) - 1)
    return None


def update_card(
    session: Session, *, about: str, change: Mapping[str, Any], now: datetime, but_for: str | None = None
) -> int:
    """Change everybody's card about something, once; returns how many cards that is.

    `change` is a button text or a whole card in the platform's words (protocol 3.5). A card that has not
    left yet is withdrawn. `but_for` is the task id of the card that was tapped: it has an answer of its own.
    """
    rows = session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.about == about,
            OutboundMessage.channel == Channel.WECOM,
            OutboundMessage.kind == OutboundKind.MESSAGE,
            OutboundMessage.reference.is_not(None),
        )
        .order_by(OutboundMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    updates = []
    for row in rows:
        if row.reference == but_for:
            continue
        if row.state in UNSENT_STATES and not row.unknown:
            withdraw(session, row.id, at=now, reason="dealt with")
        elif row.state in OPEN_STATES:  # on its way: its code is known once it has arrived
            payload = {CARD_OF: row.id, **change}
            updates.append(
                Outgoing(f"card:{row.id}", Channel.WECOM, row.recipient, OutboundKind.CARD_UPDATE, payload)
            )
        elif row.state in TAKEN_STATES and row.response_code and row.settled_at is not None:
            ends = row.settled_at + CARD_SPAN
            payload = {"response_code": row.response_code, **change}
            key = f"card:{row.id}"
            if now < ends - MARGIN:
                updates.append(
                    Outgoing(
                        key, Channel.WECOM, row.recipient, OutboundKind.CARD_UPDATE, payload, expires_at=ends
                    )
                )
    return post(session, updates, now=now, lifetime=CARD_SPAN)


def with_its_card(session: Session, row: Waiting, now: datetime) -> Waiting | None:
    """The row with the code of the card it changes, if that was on its way when the change was made.

    None, and the row is withdrawn, if that card never arrived.
    """
    if row.kind != OutboundKind.CARD_UPDATE or CARD_OF not in row.payload:
        return row
    card = session.get(OutboundMessage, row.payload[CARD_OF], populate_existing=True)
    if card is None or not card.response_code:
        withdraw(session, row.id, at=now, reason="the card did not arrive")
        return None
    change = {name: value for name, value in row.payload.items() if name != CARD_OF}
    return row._replace(payload={"response_code": card.response_code, **change})


def show_typing(session: Session, *, key: str, recipient: str, now: datetime) -> None:
    """Show a candidate that an answer is being written (protocol 4.2); worthless a moment later."""
    payload = {"command": "Typing"}
    typing = Outgoing(key, Channel.OFFICIAL, recipient, OutboundKind.TYPING, payload)
    post(session, [typing], now=now, lifetime=timedelta(seconds=15))
