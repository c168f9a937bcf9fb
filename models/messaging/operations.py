"""Writes about messages."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement

from models.base import Moment, insert_once, run
from models.messaging.tables import (
    UNSENT_STATES,
    Channel,
    HeldReason,
    InboundMessage,
    OutboundKind,
    OutboundMessage,
    OutboundState,
    Outcome,
    ParkedMessage,
    Priority,
)

UNANSWERED = (OutboundState.ACCEPTED, OutboundState.DELIVERED)
"""The states of messages the platform has and of which more may be learnt."""

UNCERTAIN = (OutboundState.SENDING, OutboundState.UNCERTAIN)
"""The states of messages that the platform perhaps has."""

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
    run(session.connection(), _CONCLUDE, {"of": key, "became": outcome})


def forget_person(session: Session, *, account: str, sender: str, now: datetime) -> None:
    """Empty what a person wrote and was told; the keys stay, so that nothing is handled twice."""
    session.execute(
        delete(ParkedMessage).where(ParkedMessage.account == account, ParkedMessage.sender == sender)
    )
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.account == account, InboundMessage.sender == sender)
        .values(fields={}, sender="", act=None)
    )
    theirs = (OutboundMessage.channel == account, OutboundMessage.recipient == sender)
    session.execute(
        update(OutboundMessage)
        .where(*theirs, OutboundMessage.state.in_(UNSENT_STATES))
        .values(state=OutboundState.WITHDRAWN, settled_at=now, error="the person left")
    )
    session.execute(update(OutboundMessage).where(*theirs).values(payload={}, recipient=""))


def forget_old(session: Session, *, before: datetime) -> int:
    """Delete messages from before that moment, unless they are still to be sent; returns how many."""
    came = session.execute(delete(InboundMessage).where(InboundMessage.received_at < before))
    settled = OutboundMessage.settled_at.is_not(None)
    went = session.execute(delete(OutboundMessage).where(OutboundMessage.created_at < before, settled))
    return int(came.rowcount) + int(went.rowcount)  # type: ignore[attr-defined]


def empty_brief(session: Session, *, settled_before: datetime) -> int:
    """Empty messages that showed a full number and were settled before then; returns how many."""
    emptied = session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.brief, OutboundMessage.settled_at < settled_before)
        .values(payload={}, content=None, brief=False)
    )
    return int(emptied.rowcount)  # type: ignore[attr-defined]


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
    about: str | None = None
    brief: bool = False
    """Whether it shows a full number: what it says is kept only until it has arrived (`empty_brief`)."""
    not_before: datetime | None = None


_LAST_OF_MANY = select(func.max(OutboundMessage.due_at)).where(
    OutboundMessage.settled_at.is_(None),
    OutboundMessage.state == OutboundState.INTENT,
    OutboundMessage.priority == Priority.PUSH,
    OutboundMessage.error.is_(None),
    OutboundMessage.due_at <= bindparam("soon", type_=Moment),
)
"""The last of the messages that are on their way; what waits for another time of day holds nobody up."""
SOON = timedelta(hours=1)


def post(
    session: Session,
    messages: Sequence[Outgoing],
    *,
    now: datetime,
    lifetime: timedelta,
    per_second: float = math.inf,
) -> int:
    """Put messages into the outbox; one whose key is known is left out. Returns how many are new.

    Of many, `per_second` become due in each second from now on, after those that wait already; equal ones
    may leave in one call, and so count as one.
    """
    contents = [content_of(message.payload) for message in messages]
    order = {content: number for number, content in enumerate(dict.fromkeys(contents))}
    begin = now - AT_ONCE
    if len(order) > 1 and per_second < math.inf:
        last = session.scalars(_LAST_OF_MANY, {"soon": now + SOON}).one()
        begin = max(begin, last or begin)
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
                "due_at": max(
                    begin + timedelta(seconds=order[content] / per_second), message.not_before or begin
                ),
                "expires_at": message.expires_at or now + lifetime,
                "attempts": 0,
                "unknown": False,
                "content": content if message.kind == OutboundKind.MESSAGE else None,
                "repeat": 0,
                "about": message.about,
                "brief": message.brief,
                "reference": message.payload.get("template_card", {}).get("task_id"),
            }
            for message, content in zip(messages, contents, strict=True)
        ],
    )


def content_of(payload: Mapping[str, Any]) -> str:
    """The hash of what a person would see."""
    return sha256(json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


_MESSAGE = OutboundMessage.id == bindparam("of")
_UNSETTLED = OutboundMessage.settled_at.is_(None)


def _change(**values: Any) -> ClauseElement:
    """UPDATE of one open message by its id `of`."""
    return update(OutboundMessage).where(_MESSAGE, _UNSETTLED).values(**values)


_CLAIM = _change(
    state=OutboundState.SENDING,
    held_reason=None,
    claimed_at=bindparam("now"),
    first_tried_at=func.coalesce(OutboundMessage.first_tried_at, bindparam("now", type_=Moment)),
    attempts=OutboundMessage.attempts + 1,
    repeat=bindparam("times"),
)
_HOLD = _change(state=OutboundState.HELD, due_at=bindparam("until"), held_reason=bindparam("reason"))
_ACCEPT = _change(
    state=OutboundState.ACCEPTED,
    settled_at=bindparam("at"),
    msgid=bindparam("named"),
    response_code=bindparam("code"),
    unknown=False,
    error=None,
)
_WITHDRAW = _change(state=OutboundState.WITHDRAWN, settled_at=bindparam("at"), error=bindparam("reason"))
_FAIL = _change(state=OutboundState.FAILED, settled_at=bindparam("at"), error=bindparam("reason"))
_RETRY = _change(state=OutboundState.INTENT, due_at=bindparam("until"), error=bindparam("reason"))
_RETRY_UNKNOWN = _change(
    state=OutboundState.INTENT, due_at=bindparam("until"), error=bindparam("reason"), unknown=True
)
_LEAVE = _change(
    state=OutboundState.UNCERTAIN, settled_at=bindparam("at"), error=bindparam("reason"), unknown=True
)


def claim(session: Session, messages: Sequence[tuple[int, int]], *, now: datetime) -> None:
    """Take messages, each with the number of equal ones before it, into sending."""
    rows = [{"of": id_, "times": repeat, "now": now} for id_, repeat in messages]
    _run(session, _CLAIM, rows)


def hold(session: Session, holds: Sequence[tuple[int, datetime, HeldReason]]) -> None:
    """Messages that may not leave before a moment, and why."""
    _run(session, _HOLD, [{"of": id_, "until": until, "reason": why} for id_, until, why in holds])


def accept(session: Session, messages: Sequence[tuple[int, str | None, str | None]], *, at: datetime) -> None:
    """The platform took messages: their ids, with its message id and response code, if it gave any."""
    rows = [{"of": id_, "at": at, "named": msgid, "code": code} for id_, msgid, code in messages]
    _run(session, _ACCEPT, rows)


def withdraw(session: Session, id_: int, *, at: datetime, reason: str) -> None:
    """The message is not sent: its reason is gone or its time has passed."""
    _run(session, _WITHDRAW, [{"of": id_, "at": at, "reason": reason}])


def withdraw_about(session: Session, *, about: str, at: datetime, reason: str) -> int:
    """Withdraw what has not left of messages about something, and about its parts (`about:…`); how many."""
    rows = session.scalars(
        select(OutboundMessage.id).where(
            or_(
                OutboundMessage.about == about,
                OutboundMessage.about.startswith(f"{about}:", autoescape=True),
            ),
            _UNSETTLED,
            OutboundMessage.state.in_(UNSENT_STATES),
            OutboundMessage.unknown.is_(False),
        )
    ).all()
    for id_ in rows:
        withdraw(session, id_, at=at, reason=reason)
    return len(rows)


def fail(session: Session, id_: int, *, at: datetime, error: str) -> None:
    """The platform refused the message for good."""
    _run(session, _FAIL, [{"of": id_, "at": at, "reason": error}])


def retry(session: Session, id_: int, *, due_at: datetime, error: str, unknown: bool) -> None:
    """Try the message again at `due_at`; `unknown` if the platform may have it already."""
    statement = _RETRY_UNKNOWN if unknown else _RETRY
    _run(session, statement, [{"of": id_, "until": due_at, "reason": error}])


def leave_uncertain(session: Session, id_: int, *, at: datetime, error: str) -> None:
    """Nobody knows whether the message arrived, and a repeat could appear twice."""
    _run(session, _LEAVE, [{"of": id_, "at": at, "reason": error}])


def _run(session: Session, statement: ClauseElement, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        run(session.connection(), statement, rows)


def hasten(session: Session, *, channels: Collection[str], now: datetime) -> None:
    """The channels work again: what waits for another try is tried now."""
    session.execute(
        update(OutboundMessage)
        .where(
            _UNSETTLED,
            OutboundMessage.state == OutboundState.INTENT,
            OutboundMessage.error.is_not(None),
            OutboundMessage.channel.in_(channels),
        )
        .values(due_at=now - AT_ONCE)
    )


def put_back(session: Session, *, now: datetime) -> None:
    """The clock went back to `now`: what waits for a later moment is looked at now, and leases begin anew."""
    waiting = OutboundMessage.state.in_(UNSENT_STATES)
    session.execute(
        update(OutboundMessage)
        .where(_UNSETTLED, waiting, OutboundMessage.due_at > now)
        .values(due_at=now - AT_ONCE)
    )
    under_way = OutboundMessage.state == OutboundState.SENDING
    session.execute(
        update(OutboundMessage)
        .where(_UNSETTLED, under_way, OutboundMessage.claimed_at > now)
        .values(claimed_at=now)
    )


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
        .where(OutboundMessage.reference == reference, OutboundMessage.state.in_(UNANSWERED))
        .values(state=OutboundState.ANSWERED)
    )


def note_fates(session: Session, fates: Sequence[tuple[int, bool, str]], *, at: datetime) -> None:
    """What became of texts by the vendor's receipts: (id, whether it reached the phone, why not).

    One whose answer never came is known again by its receipt.
    """
    for id_, delivered, reason in fates:
        session.execute(
            update(OutboundMessage)
            .where(OutboundMessage.id == id_, OutboundMessage.state.in_((*UNANSWERED, *UNCERTAIN)))
            .values(
                state=OutboundState.DELIVERED if delivered else OutboundState.FAILED,
                settled_at=func.coalesce(OutboundMessage.settled_at, bindparam("now", at, Moment)),
                unknown=False,
                error=None if delivered else reason or "not delivered",
            )
        )


def note_receipt(session: Session, *, msgid: str, delivered: bool, status: str) -> None:
    """The platform reported what became of a template message (protocol 2.8)."""
    session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.msgid == msgid,
            OutboundMessage.channel == Channel.OFFICIAL,
            OutboundMessage.kind == OutboundKind.TEMPLATE,
            OutboundMessage.state.in_(UNANSWERED),
        )
        .values(
            state=OutboundState.DELIVERED if delivered else OutboundState.FAILED,
            error=None if delivered else status,
        )
    )
