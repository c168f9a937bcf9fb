"""Texts in which something was said that must not be, and what came of a review (domain.md section 3)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Decision(StrEnum):
    """What a reviewer says of a hit (domain.md 3, rule 5)."""

    CONFIRMED = "confirmed"
    FALSE_POSITIVE = "false_positive"
    NEEDS_TRAINING = "needs_training"


class WordingText(Base):
    """A text with hits, as it was kept: with its numbers masked."""

    __tablename__ = "wording_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(40))
    """What it was written about, such as `case:12`."""
    subject: Mapped[str] = mapped_column(String(40))
    """The pseudonym under whose key the words are sealed: the debtor's."""
    author_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    mode: Mapped[str] = mapped_column(String(10))
    text_hash: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the masked text; empty once it was deleted."""
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[str] = mapped_column(String(20))
    """Of the rules by which it was judged."""
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the supervisor heard that nobody had looked at it in time."""

    __table_args__ = (Index(None, "author_id", "at"), Index(None, "at"), Index(None, "subject"))


class WordingHit(Base):
    """One hit in it, by its place, and what a reviewer made of it."""

    __tablename__ = "wording_hit"

    id: Mapped[int] = mapped_column(primary_key=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("wording_text.id"))
    code: Mapped[str] = mapped_column(String(30))
    """The rule of config/wording.toml."""
    phrase: Mapped[str] = mapped_column(Text)
    """The phrase or expression of the rule that was met."""
    severity: Mapped[str] = mapped_column(String(10))
    begins: Mapped[int]
    ends: Mapped[int]
    """Its place in the text."""
    quoted: Mapped[bool]
    decision: Mapped[str | None] = mapped_column(String(20))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(None, "text_id"),
        Index(
            "ix_wording_hit_open",
            "text_id",
            sqlite_where=text("decision IS NULL"),
            postgresql_where=text("decision IS NULL"),
        ),
    )


class WordingAllowance(Base):
    """Words that compliance has found to be innocent for a rule, with the reason (domain.md 3, rule 5)."""

    __tablename__ = "wording_allowance"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30))
    words: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (
        Index(
            "uq_wording_allowance_open",
            "code",
            "words",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )
