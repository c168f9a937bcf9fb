"""Alerts of field work, what they rest on, and what became of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class AlertState(StrEnum):
    """The life of an alert."""

    RAISED = "raised"
    """The person was asked."""
    EXPLAINED = "explained"
    """The person said what it was."""
    TOLD = "told"
    """Nobody explained it in time: whoever leads was told."""
    HANDLED = "handled"
    """Whoever leads has dealt with it."""
    FALSE_ALARM = "false_alarm"


OPEN = (AlertState.RAISED, AlertState.EXPLAINED, AlertState.TOLD)
"""What may still be decided."""


class FieldAlert(Base):
    """One alert: at most one for each person, code and day (domain.md 6.5)."""

    __tablename__ = "field_alert"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    code: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), default=AlertState.RAISED)
    begins_at: Mapped[datetime | None] = mapped_column(Moment)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    """Of a stay: when it began and how long it lasts so far."""
    rests_on: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Ids of fixes, of notes or visits, or days: what the alert was made from."""
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    raised_at: Mapped[datetime] = mapped_column(Moment)
    tell_at: Mapped[datetime | None] = mapped_column(Moment)
    """When whoever leads is told, unless somebody has dealt with it before."""
    reason: Mapped[str] = mapped_column(String(20), default="")
    """A code of `Reason`, of a one-tap explanation."""
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The person's own words, sealed."""
    explained_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    """When somebody who leads looked at it."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("employee_id", "code", "day"),
        Index(None, "day"),
        Index(
            "ix_field_alert_to_tell",
            "tell_at",
            sqlite_where=text("tell_at IS NOT NULL"),
            postgresql_where=text("tell_at IS NOT NULL"),
        ),
    )

    @property
    def about(self) -> str:
        """By which cards about it are found."""
        return f"field_alert:{self.id}"
