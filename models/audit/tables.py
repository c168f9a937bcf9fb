"""The rows of the evidence trail."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment

_ID = BigInteger().with_variant(Integer, "sqlite")
SYSTEM = "system"
"""The actor of what happens without anybody asking."""


class AuditOutcome(StrEnum):
    """What became of what was tried."""

    DONE = "done"
    REFUSED = "refused"


class AuditEvent(Base):
    """One thing that somebody did, saw, took away, or was refused.

    Persons are named by pseudonyms (`employee:17`) alone; whatever says more about one stands in `personal`,
    sealed under that person's key, so that destroying the key deletes it while the chain stays whole.
    """

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str | None] = mapped_column(String(40))
    """Whom or what it is about: `employee:17`, `candidate:5`, `unit:3`, `case:9`."""
    outcome: Mapped[str] = mapped_column(String(10))
    cause: Mapped[str | None] = mapped_column(String(200))
    """The message, request or job in which it happened."""
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What is no personal value."""
    personal: Mapped[dict[str, str]] = mapped_column(JSON)
    """Pseudonym → what concerns this person, as JSON, sealed, in base64."""
    sealed: Mapped[bool] = mapped_column(server_default=false())
    """Whether the row has its place in the chain; the one thing that ever changes in it (docs/adr/0015)."""

    __table_args__ = (
        Index("ix_audit_event_subject", "subject", "id", postgresql_where=text("subject IS NOT NULL")),
        Index("ix_audit_event_actor", "actor", "id"),
        Index(
            "ix_audit_event_unsealed",
            "id",
            sqlite_where=text("NOT sealed"),
            postgresql_where=text("NOT sealed"),
        ),
    )


class AuditSeal(Base):
    """The place of one row in the chain: positions have no gaps, each hash covers all before it."""

    __tablename__ = "audit_seal"

    position: Mapped[int] = mapped_column(_ID, primary_key=True, autoincrement=False)
    """1, 2, 3 …"""
    event_id: Mapped[int] = mapped_column(_ID, unique=True)
    """No foreign key: a row that somebody takes out must leave its seal behind."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The hash of the row's canonical form."""
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    """The hash of the place before, the position and the content."""


class AuditHead(Base):
    """The end of the chain as it was once, signed: one row for each batch that was sealed."""

    __tablename__ = "audit_head"

    position: Mapped[int] = mapped_column(_ID, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)
    key_id: Mapped[str] = mapped_column(String(8))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
