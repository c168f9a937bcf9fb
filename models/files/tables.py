"""Where files are kept, media that waits to be fetched, and objects that wait to be removed."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment
from models.files.rules import DATABASE


class StoredFile(Base):
    """A file of one person, sealed under that person's key wherever the bytes are."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(40))
    """Whom it is about: `employee:17`, `candidate:5`."""
    about: Mapped[str] = mapped_column(String(60), default="")
    """What it belongs to, `area:id`; empty for nothing but the person."""
    media_type: Mapped[str] = mapped_column(String(100))
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: people put names into names of files."""
    size: Mapped[int]
    """Bytes before sealing."""
    sha256: Mapped[str] = mapped_column(String(64))
    """A keyed hash of person and content: the same file of the same person is kept once."""
    uploaded_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Moment)
    delete_after: Mapped[datetime | None] = mapped_column(Moment, index=True)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    passed: Mapped[bool | None]
    """What was decided about a health proof."""
    ticket: Mapped[str | None] = mapped_column(String(20), unique=True)
    """By which the buttons of the answer name it, from before it was fetched."""
    location: Mapped[str] = mapped_column(String(80), default=DATABASE)
    """`database`, or the name of the object in the store."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The sealed bytes; empty once they are in the store."""
    copy_sha256: Mapped[str | None] = mapped_column(String(64))
    copied_at: Mapped[datetime | None] = mapped_column(Moment)
    """Under which hash, and since when, the outbox holds a copy for somebody who looks."""

    __table_args__ = (
        UniqueConstraint("subject", "about", "sha256"),
        Index(
            "ix_stored_file_in_database",
            "id",
            sqlite_where=text("content IS NOT NULL"),
            postgresql_where=text("content IS NOT NULL"),
        ),
        Index(
            "ix_stored_file_copied_at",
            "copied_at",
            sqlite_where=text("copied_at IS NOT NULL"),
            postgresql_where=text("copied_at IS NOT NULL"),
        ),
    )


class MediaFetch(Base):
    """Media that somebody sent in chat and that still has to be fetched from the platform."""

    __tablename__ = "media_fetch"

    ticket: Mapped[str] = mapped_column(String(20), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    media_id: Mapped[str] = mapped_column(String(256))
    subject: Mapped[str] = mapped_column(String(40), index=True)
    """Who sent it."""
    kind: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    next_at: Mapped[datetime] = mapped_column(Moment, index=True)
    attempts: Mapped[int] = mapped_column(default=0)


class AbandonedObject(Base):
    """An object in the store that no file refers to any more."""

    __tablename__ = "abandoned_object"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
