"""Taking a person out of the ledgers of messages: their own are emptied, of others' only their words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.orm import Session

from models.messaging.media import KeptContent
from models.messaging.tables import (
    UNSENT_STATES,
    Channel,
    InboundMessage,
    OutboundMessage,
    OutboundState,
    ParkedMessage,
)
from models.redaction import Words, redact, without_numbers


def erase_person(
    session: Session, *, account: str, sender: str, subject: str, words: Words, at: datetime
) -> None:
    """Empty what the person wrote and was told, with the files of it, and take `words` out of the rest.

    `subject` is the pseudonym, under which texts and letters go. The rows stay, so that nothing is handled
    twice and the figures keep adding up.
    """
    _erase_own(session, account, sender, at)
    for channel in (Channel.SMS, Channel.EMAIL):
        _erase_own(session, channel, subject, at)
    _forget_contents(session)
    redact(session, InboundMessage.fields, words, further=_without_numbers)
    redact(session, InboundMessage.sender, words)
    redact(session, ParkedMessage.fields, words, further=_without_numbers)
    for other in (
        OutboundMessage.payload,
        OutboundMessage.recipient,
        OutboundMessage.key,
        OutboundMessage.error,
        OutboundMessage.about,
    ):
        redact(session, other, words)


def _erase_own(session: Session, account: str, sender: str, at: datetime) -> None:
    from_them = (InboundMessage.account == account, func.lower(InboundMessage.sender) == sender.lower())
    to_them = (
        OutboundMessage.channel == account,
        func.lower(OutboundMessage.recipient) == sender.lower(),
    )
    session.execute(
        delete(ParkedMessage).where(
            ParkedMessage.account == account, func.lower(ParkedMessage.sender) == sender.lower()
        )
    )
    session.execute(update(InboundMessage).where(*from_them).values(fields={}, sender="", act=None))
    session.execute(
        update(OutboundMessage)
        .where(*to_them, OutboundMessage.state.in_(UNSENT_STATES))
        .values(state=OutboundState.WITHDRAWN, settled_at=at, error="the person was erased")
    )
    session.execute(
        update(OutboundMessage).where(*to_them).values(payload={}, recipient="", content=None, about=None)
    )


def _without_numbers(fields: Any) -> Any:
    """Who writes of the person writes down earlier and new numbers too, which nobody knows any more."""
    if isinstance(fields, Mapping) and isinstance(fields.get("Content"), str):
        return {**fields, "Content": without_numbers(fields["Content"])}
    return fields


def _forget_contents(session: Session) -> None:
    """Delete the bytes of every file that no message waits for: names inside a file cannot be taken out."""
    kept = set(session.scalars(select(KeptContent.sha256).with_for_update()))
    if not kept:
        return
    open_ones = select(OutboundMessage.payload).where(
        OutboundMessage.settled_at.is_(None), cast(OutboundMessage.payload, Text).contains('"attachment"')
    )
    waiting = {digest for payload in session.scalars(open_ones) for digest in _attachments(payload)}
    for digest in sorted(kept - waiting):
        session.execute(delete(KeptContent).where(KeptContent.sha256 == digest))


def _attachments(value: Any) -> Iterator[str]:
    """The hashes of the files that a payload refers to."""
    if isinstance(value, Mapping):
        if isinstance(value.get("attachment"), str):
            yield value["attachment"]
        for one in value.values():
            yield from _attachments(one)
    elif isinstance(value, list):
        for one in value:
            yield from _attachments(one)
