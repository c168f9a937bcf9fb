"""Cards that somebody got about cases, or is to get: by them they are counted, held and looked at again."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class CardState(StrEnum):
    """What has become of a card."""

    SENT = "sent"
    HELD = "held"
    """Waits for a time at which the person may be told."""
    MERGED = "merged"
    """Was held, and came together with others."""
    LEFT_OUT = "left_out"
    """There were too many that day: the evening card speaks of it."""


class ReminderCard(Base):
    """One card about cases for one person."""

    __tablename__ = "reminder_card"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Whom it was meant for when it was made; who gets it in the end is decided when it leaves."""
    kind: Mapped[str] = mapped_column(String(30))
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10))
    subjects: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    """What it is about, each with who owned it then; the first ones of many."""
    total: Mapped[int] = mapped_column(default=0)
    """How many there are in all."""

    __table_args__ = (Index(None, "employee_id", "day"), Index(None, "day"))
