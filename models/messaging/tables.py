"""What came in and what goes out. The database alone is the truth about both."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that matter to it alone: the others cost nothing when they are written."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Outcome(StrEnum):
    """What became of an inbound message."""

    ANSWERED = "answered"
    REFUSED = "refused"
    MISUNDERSTOOD = "misunderstood"
    UNKNOWN_SENDER = "unknown_sender"
    CRASHED = "crashed"
    KEPT = "kept"
    """Acknowledged and stored; nobody waits for an answer."""


class InboundMessage(Base):
    """A message or event as the platform sent it. The key is the dedupe: it happens once."""

    __tablename__ = "inbound_message"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(10))
    sender: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    outcome: Mapped[str] = mapped_column(String(20))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    act: Mapped[str | None] = mapped_column(String(64))
    """The same for both halves of what the platform reports twice, as an event and as a message."""

    __table_args__ = (
        Index(None, "received_at"),
        Index("ix_inbound_message_sender", "account", "sender", "received_at"),
        _partial("ix_inbound_message_act", "act", where="act IS NOT NULL"),
    )


class ParkedMessage(Base):
    """A message of a candidate that came in a rush: it is durable, and answered in its turn."""

    __tablename__ = "parked_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    account: Mapped[str] = mapped_column(String(10))
    sender: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    parked_at: Mapped[datetime] = mapped_column(Moment)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a process took it to answer it."""

    __table_args__ = (Index("ix_parked_message_sender", "account", "sender", "id"),)


class Channel(StrEnum):
    """A way out."""

    WECOM = "wecom"
    OFFICIAL = "official"
    SMS = "sms"
    """A text message. The recipient is a pseudonym; the number is looked up when the message leaves."""
    EMAIL = "email"
    """The recipient is a pseudonym; subject and text in the payload are sealed under that person's key."""


class OutboundKind(StrEnum):
    """What the platform is asked to do."""

    MESSAGE = "message"
    CARD_UPDATE = "card_update"
    TEMPLATE = "template"
    RECALL = "recall"
    MENU = "menu"
    TYPING = "typing"
    """Show a candidate that an answer is being written."""
    GROUP = "group"
    """A message to a group chat of the app; the recipient is the chat's id."""
    GROUP_CREATE = "group_create"
    """Make a group chat; the recipient is the id it gets."""


class Priority(IntEnum):
    """Answers go before pushes."""

    ANSWER = 0
    PUSH = 10


class OutboundState(StrEnum):
    """The life of an outgoing message."""

    INTENT = "intent"
    HELD = "held"
    """May not leave yet: `held_reason` says why, `due_at` until when."""
    SENDING = "sending"
    ACCEPTED = "accepted"
    """The platform took it. It does not say that anybody saw it."""
    DELIVERED = "delivered"
    """The platform reported that it reached the phone (service-account templates, text messages)."""
    ANSWERED = "answered"
    """The person tapped it: the only sure sign of having been read."""
    WITHDRAWN = "withdrawn"
    """Not sent, because its reason was gone when it would have left."""
    RECALLED = "recalled"
    """Was on the phone, and was taken back."""
    UNCERTAIN = "uncertain"
    """Sent without an answer, and a repeat could appear twice: left as it is, and counted."""
    FAILED = "failed"


UNSENT_STATES = (OutboundState.INTENT, OutboundState.HELD)
"""The states of messages that have not left, or are to leave again."""
OPEN_STATES = (*UNSENT_STATES, OutboundState.SENDING)
"""The states of messages that are neither taken by the platform nor given up."""
TAKEN_STATES = (OutboundState.ACCEPTED, OutboundState.DELIVERED, OutboundState.ANSWERED)
"""The states of messages that the platform has."""


class HeldReason(StrEnum):
    """Why a message may not leave yet."""

    MEMBER_LIMIT = "member_limit"
    """The member has had as many as the platform delivers (more are dropped in silence)."""
    ACCOUNT_LIMIT = "account_limit"
    """The app has sent as many today as the corporation's accounts allow."""
    BUSY_MINUTE = "busy_minute"
    """Pushes keep clear of the full and the half hour."""
    NO_WINDOW = "no_window"
    """The candidate has not written lately, so the service account may not write either."""
    PLATFORM_LIMIT = "platform_limit"
    """The platform takes no more of these calls until its window is over (protocol 3.14, 4.6)."""
    UNAUTHORISED = "unauthorised"
    """The platform gives us no token, so nothing can leave until somebody puts the settings right."""
    PLATFORM_BUSY = "platform_busy"
    """The platform was busy several times in a row; it gets a longer rest."""


class OutboundMessage(Base):
    """One message to one recipient over one channel."""

    __tablename__ = "outbound_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    """Names the cause, so that the same cause never makes two messages."""
    channel: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The body in the platform's own words, without the recipient."""
    priority: Mapped[int] = mapped_column(default=Priority.ANSWER)
    state: Mapped[str] = mapped_column(String(10), default=OutboundState.INTENT)
    only_if: Mapped[str | None] = mapped_column(String(100))
    """The name of the check that must still hold when the message leaves."""
    subject_id: Mapped[int | None]
    """What the check is about."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None] = mapped_column(Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    unknown: Mapped[bool] = mapped_column(default=False)
    """Whether it was handed over without an answer, so that the platform may have it already."""
    held_reason: Mapped[str | None] = mapped_column(String(20))
    content: Mapped[str | None] = mapped_column(String(64))
    """Hash of what the person would see; equal messages have the same."""
    repeat: Mapped[int] = mapped_column(default=0)
    """How many equal messages went to the same person shortly before."""
    reference: Mapped[str | None] = mapped_column(String(64))
    """By which events name it: the task id of a card."""
    about: Mapped[str | None] = mapped_column(String(100))
    """What a card is about, so that everybody's can be changed when one has dealt with it."""
    brief: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it shows a full number, so that its content is emptied soon after it was settled."""
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the platform took it or it was given up; empty while it is open."""
    msgid: Mapped[str | None] = mapped_column(Text)
    response_code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        _partial("ix_outbound_message_open", "priority", "id", "due_at", where="settled_at IS NULL"),
        _partial("ix_outbound_message_open_recipient", "recipient", "channel", where="settled_at IS NULL"),
        Index("ix_outbound_message_tried", "recipient", "channel", "first_tried_at"),
        _partial(
            "ix_outbound_message_tried_at", "channel", "first_tried_at", where="first_tried_at IS NOT NULL"
        ),
        _partial("ix_outbound_message_settled_at", "settled_at", where="settled_at IS NOT NULL"),
        _partial("ix_outbound_message_brief", "settled_at", where="brief"),
        _partial("ix_outbound_message_reference", "reference", where="reference IS NOT NULL"),
        _partial("ix_outbound_message_msgid", "msgid", where="msgid IS NOT NULL"),
        _partial("ix_outbound_message_about", "about", where="about IS NOT NULL"),
    )
