"""What candidates are told, over which channels, and what became of it; and what HR has to follow up."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class TemplateState(StrEnum):
    """The life of a version of a template."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    REPLACED = "replaced"


class NoticeTemplate(Base):
    """A version of a template after the one that is delivered, which is version 1 (S1-24, S1-25)."""

    __tablename__ = "notice_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=TemplateState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("code", "version"),)

    @property
    def about(self) -> str:
        """How cards name it."""
        return f"notice_template:{self.id}"


class NoticeState(StrEnum):
    """How far a notice has come."""

    BLOCKED = "blocked"
    """A value is missing: a human completes it (S1-08)."""
    REVIEW = "review"
    """A human looks at it before it leaves (S1-29)."""
    PLANNED = "planned"
    SENT = "sent"
    """Handed to the first channel; its deliveries say what became of it."""
    STOPPED = "stopped"
    """Its reason is gone: admitted elsewhere, withdrawn, changed (S1-22)."""


class CandidateNotice(Base):
    """What one person is told because of one event: once, whatever the branches (S1-04)."""

    __tablename__ = "candidate_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    event: Mapped[str] = mapped_column(String(100))
    """Names the cause, such as `stage:12:invitation`; those of one person differ."""
    template: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    values: Mapped[bytes | None] = mapped_column(LargeBinary)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the caller gave and what the person reads, sealed under the person's key."""
    state: Mapped[str] = mapped_column(String(10))
    invitation: Mapped[bool] = mapped_column(default=False)
    """It goes by all channels at once (S0-42)."""
    approve: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    """From then on it is no longer worth sending."""
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    """The first sign of life: a tap, or a word to the service account."""
    repeats: Mapped[int] = mapped_column(default=0)
    """How often the same event asked for it again, and was not told (S1-05)."""

    __table_args__ = (
        UniqueConstraint("person_id", "event"),
        Index(None, "application_id"),
        Index(None, "created_at"),
    )

    @property
    def about(self) -> str:
        """How messages name it: below the application, whose end withdraws them."""
        return f"candidate:{self.person_id}:application:{self.application_id or 0}:notice:{self.id}"


class DeliveryState(StrEnum):
    """What is known of a notice on one channel (S1-16)."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    """The platform has it."""
    DELIVERED = "delivered"
    """The platform reported that it reached the phone."""
    READ = "read"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class NoticeDelivery(Base):
    """A notice on one channel."""

    __tablename__ = "notice_delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("candidate_notice.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(10))
    about: Mapped[str] = mapped_column(String(100))
    """How its messages are found in the outbox."""
    state: Mapped[str] = mapped_column(String(10), default=DeliveryState.QUEUED)
    reason: Mapped[str] = mapped_column(String(100), default="")
    """Why it failed, as a code."""
    posted_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    watched_until: Mapped[datetime] = mapped_column(Moment)
    """So long it is looked at what became of it."""

    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        Index(None, "about"),
        Index(
            "ix_notice_delivery_watched",
            "watched_until",
            sqlite_where=text("state IN ('queued', 'accepted', 'delivered')"),
            postgresql_where=text("state IN ('queued', 'accepted', 'delivered')"),
        ),
    )


WATCHED = (DeliveryState.QUEUED, DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
"""The states of deliveries of which more may be learnt."""


class FollowUpKind(StrEnum):
    """Why HR has to see to a notice."""

    MISSING_VALUE = "missing_value"
    UNREACHED = "unreached"
    REVIEW = "review"
    LATE = "late"
    """It has not left within the target (S1-02): for whoever leads."""


class FollowUpItem(Base):
    """Something about a notice that a human has to do (S1-08, S1-18, S1-29)."""

    __tablename__ = "follow_up_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("candidate_notice.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """Whose HR it is for."""
    kind: Mapped[str] = mapped_column(String(20))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Codes only: which values are missing, why it failed."""
    opened_at: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """Empty when it settled itself."""

    __table_args__ = (
        UniqueConstraint("notice_id", "kind"),
        Index(
            "ix_follow_up_item_open",
            "unit_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_follow_up_item_untold",
            "id",
            sqlite_where=text("told_at IS NULL"),
            postgresql_where=text("told_at IS NULL"),
        ),
    )

    @property
    def about(self) -> str:
        """How cards name it."""
        return f"follow_up:{self.id}"


class NoticeReply(Base):
    """What somebody wrote after a notice, as a kind and the phrases that say so (S1-14, S1-44)."""

    __tablename__ = "notice_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("candidate_notice.id", ondelete="CASCADE"))
    message: Mapped[str] = mapped_column(String(64), unique=True)
    """The key of the inbound message."""
    kind: Mapped[str] = mapped_column(String(20))
    hits: Mapped[list[str]] = mapped_column(JSON)
    """Phrases of the rules; nothing else of what was written."""
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index(None, "notice_id"), Index(None, "at"))


class ChannelOutage(Base):
    """A time in which notices got stuck on a channel, and went over the next (S1-52)."""

    __tablename__ = "channel_outage"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    began_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(
            "uq_channel_outage_open",
            "channel",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
