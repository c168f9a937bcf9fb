"""Taking a person out of the ledgers of messages: their own are emptied, of others' only their words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.orm import Session

from models.messaging.media import KeptContent
from models.messaging.tables import UNSENT_STATES, InboundMessage, OutboundMessage, OutboundState
from models.redaction import Words, redact


def erase_person(session: Session, *, account: str, sender: str, words: Words, at: datetime) -> None:
    """Empty what the person wrote and was told, with the files of it, and take `words` out of the rest.

    The rows stay, so that nothing is handled twice and the figures keep adding up.
    """
    _erase_own(session, account, sender, at)
    for column in (InboundMessage.fields, InboundMessage.sender):
        redact(session, column, words)
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
    digests = {
        digest
        for payload in session.scalars(select(OutboundMessage.payload).where(*to_them))
        for digest in _attachments(payload)
    }
    session.execute(update(InboundMessage).where(*from_them).values(fields={}, sender="", act=None))
    session.execute(
        update(OutboundMessage)
        .where(*to_them, OutboundMessage.state.in_(UNSENT_STATES))
        .values(state=OutboundState.WITHDRAWN, settled_at=at, error="the person was erased")
    )
    session.execute(
        update(OutboundMessage).where(*to_them).values(payload={}, recipient="", content=None, about=None)
    )
    for digest in digests:
        wanted = select(OutboundMessage.id).where(
            OutboundMessage.settled_at.is_(None), cast(OutboundMessage.payload, Text).contains(digest)
        )
        if session.execute(wanted.limit(1)).first() is None:
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
