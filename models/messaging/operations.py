"""Writes about messages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from models.base import insert_once
from models.messaging.tables import (
    Channel,
    HeldReason,
    InboundMessage,
    OutboundKind,
    OutboundMessage,
    OutboundState,
    Outcome,
    Priority,
)

TAKEN = (OutboundState.ACCEPTED, OutboundState.DELIVERED)
"""The states of messages the platform has and of which more may be learnt."""

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
        .where(*theirs, OutboundMessage.state.in_([OutboundState.INTENT, OutboundState.HELD]))
        .values(state=OutboundState.WITHDRAWN, settled_at=now, error="the person left")
    )
    session.execute(update(OutboundMessage).where(*theirs).values(payload={}, recipient=""))


def forget_old(session: Session, *, before: datetime) -> int:
    """Delete messages from before that moment, unless they are still to be sent; returns how many."""
    came = session.execute(delete(InboundMessage).where(InboundMessage.received_at < before))
    settled = OutboundMessage.settled_at.is_not(None)
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
                "unknown": False,
                "content": content_of(message.payload) if message.kind == OutboundKind.MESSAGE else None,
                "repeat": 0,
                "reference": message.payload.get("template_card", {}).get("task_id"),
            }
            for message in messages
        ],
    )


def content_of(payload: Mapping[str, Any]) -> str:
    """The hash of what a person would see."""
    return sha256(json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def claim(messages: Sequence[OutboundMessage], *, now: datetime) -> None:
    """Take messages into sending."""
    for message in messages:
        message.state = OutboundState.SENDING
        message.held_reason = None
        message.claimed_at = now
        message.first_tried_at = message.first_tried_at or now
        message.attempts += 1


def hold(message: OutboundMessage, *, until: datetime, reason: HeldReason) -> None:
    """The message may not leave before `until`."""
    message.state = OutboundState.HELD
    message.due_at = until
    message.held_reason = reason


def accept(
    message: OutboundMessage, *, at: datetime, msgid: str | None = None, response_code: str | None = None
) -> None:
    """The platform took the message."""
    message.state = OutboundState.ACCEPTED
    message.settled_at = at
    message.msgid = msgid
    message.response_code = response_code
    message.unknown = False
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


def retry(message: OutboundMessage, *, due_at: datetime, error: str, unknown: bool) -> None:
    """Try the message again at `due_at`; `unknown` if the platform may have it already."""
    message.state = OutboundState.INTENT
    message.due_at = due_at
    message.unknown = message.unknown or unknown
    message.error = error


def leave_uncertain(message: OutboundMessage, *, at: datetime, error: str) -> None:
    """Nobody knows whether the message arrived, and a repeat could appear twice."""
    message.state = OutboundState.UNCERTAIN
    message.unknown = True
    message.settled_at = at
    message.error = error


def free_window(session: Session, *, recipient: str, now: datetime) -> None:
    """The candidate did something: what was held for want of a window may leave."""
    session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.recipient == recipient,
            OutboundMessage.channel == Channel.OFFICIAL,
            OutboundMessage.state == OutboundState.HELD,
            OutboundMessage.held_reason == HeldReason.NO_WINDOW,
        )
        .values(due_at=now - AT_ONCE)
    )


def note_answered(session: Session, *, reference: str) -> None:
    """The person tapped the card with this task id."""
    session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.reference == reference, OutboundMessage.state.in_(TAKEN))
        .values(state=OutboundState.ANSWERED)
    )


def note_receipt(session: Session, *, msgid: str, delivered: bool, status: str) -> None:
    """The platform reported what became of a template message (protocol 2.8)."""
    session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.msgid == msgid,
            OutboundMessage.channel == Channel.OFFICIAL,
            OutboundMessage.kind == OutboundKind.TEMPLATE,
            OutboundMessage.state.in_(TAKEN),
        )
        .values(
            state=OutboundState.DELIVERED if delivered else OutboundState.FAILED,
            error=None if delivered else status,
        )
    )
