"""Writes about messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from models.base import insert_once
from models.messaging.tables import (
    Channel,
    InboundMessage,
    OutboundKind,
    OutboundMessage,
    OutboundState,
    Outcome,
    Priority,
)

AT_ONCE = timedelta(seconds=5)
"""New messages are due this much earlier than now: the clocks of two processes differ a little."""


def receive(
    session: Session,
    *,
    key: str,
    account: str,
    sender: str,
    kind: str,
    event: str,
    sent_at: datetime,
    received_at: datetime,
    fields: Mapping[str, Any],
    act: str | None = None,
) -> bool:
    """Enter an inbound message; False if its key is known, which means it was dealt with before."""
    row = {
        "key": key,
        "account": account,
        "sender": sender,
        "kind": kind,
        "event": event,
        "sent_at": sent_at,
        "received_at": received_at,
        "outcome": Outcome.ANSWERED,
        "fields": dict(fields),
        "act": act,
    }
    return insert_once(session, InboundMessage, row) == 1


_CONCLUDE = (
    update(InboundMessage).where(InboundMessage.key == bindparam("of")).values(outcome=bindparam("became"))
)


def conclude(session: Session, *, key: str, outcome: Outcome) -> None:
    """Note what became of an inbound message that was not simply answered."""
    session.connection().execute(_CONCLUDE, {"of": key, "became": outcome})


def forget_person(session: Session, *, account: str, sender: str, now: datetime) -> None:
    """Empty what a person wrote and was told; the keys stay, so that nothing is handled twice."""
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.account == account, InboundMessage.sender == sender)
        .values(fields={}, sender="", act=None)
    )
    theirs = (OutboundMessage.channel == account, OutboundMessage.recipient == sender)
    session.execute(
        update(OutboundMessage)
        .where(*theirs, OutboundMessage.state == OutboundState.INTENT)
        .values(state=OutboundState.WITHDRAWN, settled_at=now, error="the person left")
    )
    session.execute(update(OutboundMessage).where(*theirs).values(payload={}, recipient=""))


def forget_old(session: Session, *, before: datetime) -> int:
    """Delete messages from before that moment, unless they are still to be sent; returns how many."""
    came = session.execute(delete(InboundMessage).where(InboundMessage.received_at < before))
    settled = OutboundMessage.state.not_in([OutboundState.INTENT, OutboundState.SENDING])
    went = session.execute(delete(OutboundMessage).where(OutboundMessage.created_at < before, settled))
    return int(came.rowcount) + int(went.rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Outgoing:
    """A message that is to leave: everything of an outbox row that its author decides."""

    key: str
    channel: Channel
    recipient: str
    kind: OutboundKind
    payload: Mapping[str, Any]
    priority: Priority = Priority.ANSWER
    only_if: str | None = None
    subject_id: int | None = None
    expires_at: datetime | None = None


def post(session: Session, messages: Sequence[Outgoing], *, now: datetime, lifetime: timedelta) -> int:
    """Put messages into the outbox; one whose key is known is left out. Returns how many are new."""
    return insert_once(
        session,
        OutboundMessage,
        [
            {
                "key": message.key,
                "channel": message.channel,
                "recipient": message.recipient,
                "kind": message.kind,
                "payload": dict(message.payload),
                "priority": message.priority,
                "state": OutboundState.INTENT,
                "only_if": message.only_if,
                "subject_id": message.subject_id,
                "created_at": now,
                "due_at": now - AT_ONCE,
                "expires_at": message.expires_at or now + lifetime,
                "attempts": 0,
            }
            for message in messages
        ],
    )


def claim(messages: Sequence[OutboundMessage], *, now: datetime) -> None:
    """Take messages into sending."""
    for message in messages:
        message.state = OutboundState.SENDING
        message.claimed_at = now
        message.attempts += 1


def accept(
    message: OutboundMessage, *, at: datetime, msgid: str | None = None, response_code: str | None = None
) -> None:
    """The platform took the message."""
    message.state = OutboundState.ACCEPTED
    message.settled_at = at
    message.msgid = msgid
    message.response_code = response_code
    message.error = None


def withdraw(message: OutboundMessage, *, at: datetime, reason: str) -> None:
    """The message is not sent: its reason is gone or its time has passed."""
    message.state = OutboundState.WITHDRAWN
    message.settled_at = at
    message.error = reason


def fail(message: OutboundMessage, *, at: datetime, error: str) -> None:
    """The platform refused the message for good."""
    message.state = OutboundState.FAILED
    message.settled_at = at
    message.error = error


def retry(message: OutboundMessage, *, due_at: datetime, error: str) -> None:
    """Try the message again at `due_at`."""
    message.state = OutboundState.INTENT
    message.due_at = due_at
    message.error = error


def release_left_behind(session: Session, *, claimed_before: datetime, now: datetime) -> int:
    """Give rows back whose worker died while sending them; returns how many."""
    result = session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.state == OutboundState.SENDING, OutboundMessage.claimed_at < claimed_before)
        .values(state=OutboundState.INTENT, due_at=now, error="left behind while sending")
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
