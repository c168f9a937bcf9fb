"""Visits to customers, as they were made."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class VisitState(StrEnum):
    """The life of a visit; before it there is the plan, a follow-up of its case."""

    INSIDE = "inside"
    DONE = "done"
    VOID = "void"
    """Checked in by mistake and taken back."""


class Visit(Base):
    """Somebody was at a customer's: when, for which case, and by which evidence (domain.md 6.4).

    Where that was stands in the fixes (models/locations), under the key of who was there.
    """

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_up.id"))
    """The plan; empty if nobody had planned it."""
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("contact_attempt.id"))
    """The contact that it counts as; empty once it was taken back."""
    day: Mapped[date] = mapped_column(Date)
    planned_at: Mapped[datetime | None] = mapped_column(Moment)
    in_at: Mapped[datetime] = mapped_column(Moment)
    in_fix_id: Mapped[int] = mapped_column(ForeignKey("location_fix.id"))
    out_at: Mapped[datetime | None] = mapped_column(Moment)
    """Empty while it goes on, and for good if nobody checked out that day."""
    out_fix_id: Mapped[int | None] = mapped_column(ForeignKey("location_fix.id"))
    state: Mapped[str] = mapped_column(String(10))
    photos: Mapped[int] = mapped_column(default=0)
    """How many pictures of the place were put to the case meanwhile."""
    stay_until: Mapped[datetime] = mapped_column(Moment)
    """Whoever leaves before that was not there long enough for a valid visit."""
    note_by: Mapped[datetime] = mapped_column(Moment)
    """By when it is to be noted to be a valid one."""
    photo_needed: Mapped[bool]
    """These three by the policy of its day: a later policy makes no other figure of it."""
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """What the phone called it: sent twice it counts once."""

    __table_args__ = (
        Index(None, "employee_id", "day"),
        Index(None, "case_id", "in_at"),
        Index(None, "day"),
        Index(
            "uq_visit_inside",
            "employee_id",
            unique=True,
            sqlite_where=text("state = 'inside'"),
            postgresql_where=text("state = 'inside'"),
        ),
        Index(
            "uq_visit_plan",
            "follow_up_id",
            unique=True,
            sqlite_where=text("state <> 'void' AND follow_up_id IS NOT NULL"),
            postgresql_where=text("state <> 'void' AND follow_up_id IS NOT NULL"),
        ),
    )
