"""What a message tells before it is answered: whether it is new, who sent it, what it says of others."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.database import Database
from bot.inbound import keepable
from handlers.base import Account, Kind, Message, Stranger
from models import audit, directory, messaging, staff
from models.directory import ChangeKind
from models.policy import InboxPolicy
from models.staff import Person

AUTOMATIC_EVENTS = frozenset({"location", "enter_agent", "subscribe", "unsubscribe"})
"""Events that happen without a person asking for anything; a refusal of them is not spoken."""

ANSWERED_EVENTS = frozenset(
    {"click", "scancode_waitmsg", "template_card_event", "template_card_menu_event", "taskcard_click"}
)
"""Events by which a person asks for something; without a handler they get an answer all the same."""

OPENING_EVENTS = ANSWERED_EVENTS | {"subscribe", "scan"}
"""Events by which somebody becomes known as a candidate; a late receipt does not bring anybody back."""

LONGEST_USERID = 64


def asks(message: Message) -> bool:
    """Whether a person waits for an answer to it."""
    return message.kind is not Kind.EVENT or message.event in ANSWERED_EVENTS


class Receiving:
    """Enters messages and says who is behind them."""

    def __init__(self, database: Database, inbox: InboxPolicy) -> None:
        self._lock = not database.sqlite
        self._inbox = inbox

    def enter(self, session: Session, message: Message, now: datetime) -> bool:
        """Keep the message; False if it was kept before, and so is none of ours any more."""
        session.info[audit.CAUSE] = message.key
        return messaging.receive(
            session,
            key=message.key,
            account=message.account,
            sender=message.sender,
            kind=message.kind,
            event=message.event,
            sent_at=message.sent_at,
            received_at=now,
            fields=keepable(message),
            act=message.act,
        )

    def must_wait(self, session: Session, message: Message) -> bool:
        """Whether the candidate said something before that is still to be answered."""
        return message.account is Account.OFFICIAL and messaging.is_parked(
            session, account=message.account, sender=message.sender
        )

    def park(self, session: Session, messages: Sequence[Message], now: datetime) -> None:
        """Keep messages that are answered in their turn."""
        kept = [(one.key, one.account, one.sender, one.fields) for one in messages]
        messaging.park(session, kept, at=now)

    def note_signs(self, session: Session, message: Message, now: datetime) -> None:
        """What the message says of other things: a card tapped, a message delivered, a member changed."""
        if message.card is not None:
            messaging.note_answered(session, reference=message.card.task_id)
        if message.account is Account.CONTACTS:
            _note_directory_change(session, message, now)
        elif message.account is Account.OFFICIAL:
            _note_window(session, message, now)

    def identify(self, session: Session, message: Message, now: datetime) -> Person | Stranger | None:
        """The person behind the sender; a follower of the service account is entered on first sight."""
        if message.account is Account.OFFICIAL:
            follower = staff.find_candidate(session, message.sender)
            if message.event and message.event not in OPENING_EVENTS:
                return follower
            scene = (
                message.event_key.removeprefix("qrscene_") or None if message.event == "subscribe" else None
            )
            return follower or staff.follow(session, openid=message.sender, at=now, scene=scene)
        if message.account is Account.WECOM:
            known = staff.find_employee(session, message.sender, at=now, lock=self._lock)
            return known or (Stranger(message.sender) if message.sender != "sys" else None)
        return None

    def is_other_half(self, session: Session, message: Message, now: datetime) -> bool:
        """Whether the same act of the person has come as another message, and is dealt with."""
        if message.act is None:
            return False
        since = now - timedelta(seconds=self._inbox.other_half_seconds)
        return messaging.is_other_half(
            session, key=message.key, act=message.act, kind=message.kind, since=since
        )


def _note_window(session: Session, message: Message, now: datetime) -> None:
    """A receipt of the service account, or an act that lets it speak again."""
    if message.event == "templatesendjobfinish":
        status = str(message.fields.get("Status", "")).replace(" ", "")
        msgid = str(message.fields.get("MsgID", ""))
        messaging.note_receipt(session, msgid=msgid, delivered=status == "success", status=status)
    elif asks(message) or message.event in AUTOMATIC_EVENTS:
        messaging.free_window(session, recipient=message.sender, now=now)


def _note_directory_change(session: Session, message: Message, now: datetime) -> None:
    """A change in the directory asks to read somebody again; what else it says is not believed (2.4)."""
    if message.event != "change_contact":
        return
    what, _, of = str(message.fields.get("ChangeType", "")).partition("_")
    deleted = what == "delete"
    if of == "user":
        key, new_key = (str(message.fields.get(name) or "") for name in ("UserID", "NewUserID"))
        if 0 < len(key) <= LONGEST_USERID and len(new_key) <= LONGEST_USERID:
            kind = ChangeKind.MEMBER
            directory.note_change(session, kind=kind, key=key, new_key=new_key, deleted=deleted, at=now)
    elif of == "party":
        number = str(message.fields.get("Id") or "")
        if re.fullmatch(r"[0-9]{1,9}", number):
            kind = ChangeKind.DEPARTMENT
            directory.note_change(session, kind=kind, key=number, deleted=deleted, at=now)
