"""The bytes of what is sent, kept once for all messages that need them (docs/adr/0013)."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy import LargeBinary, String, case, delete, literal, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Moment, insert_once
from models.messaging.attachments import Attachment, check_attachment
from models.messaging.tables import Channel


class KeptContent(Base):
    """The bytes of an attachment, under their hash."""

    __tablename__ = "kept_content"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    needed_until: Mapped[datetime] = mapped_column(Moment, index=True)
    """When the last message that refers to it expires: none is open afterwards."""


def attach(
    session: Session, *, attachment: Attachment, channel: Channel, use: str, until: datetime
) -> Mapping[str, str]:
    """Keep the file, and return what stands for its media id in a payload.

    `use` is the type under which it is uploaded; `until` is when the message expires.

    Raises:
        DomainError: this account does not take the file; the subclass says why.
    """
    check_attachment(attachment, channel, use)
    digest = sha256(attachment.content).hexdigest()
    while not _prolong(session, digest, until):
        insert_once(
            session, KeptContent, {"sha256": digest, "content": attachment.content, "needed_until": until}
        )
    return {"attachment": digest, "as": use, "name": attachment.name}


def kept_content(session: Session, digest: str) -> bytes | None:
    """The bytes with this hash."""
    return session.scalars(select(KeptContent.content).where(KeptContent.sha256 == digest)).one_or_none()


def forget_content(session: Session, *, digest: str) -> None:
    """Delete the bytes with this hash; a message that still waits with them is given up when it leaves."""
    session.execute(delete(KeptContent).where(KeptContent.sha256 == digest))


def forget_contents(session: Session, *, before: datetime) -> int:
    """Delete the bytes that no message has needed since then; returns how many files."""
    gone = session.execute(delete(KeptContent).where(KeptContent.needed_until < before))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _prolong(session: Session, digest: str, until: datetime) -> bool:
    """Keep a known file for longer, and from being deleted meanwhile; False if it is not known."""
    later = literal(until, KeptContent.needed_until.type)
    known = session.execute(
        update(KeptContent)
        .where(KeptContent.sha256 == digest)
        .values(needed_until=case((KeptContent.needed_until < later, later), else_=KeptContent.needed_until))
    )
    return int(known.rowcount) == 1  # type: ignore[attr-defined]
