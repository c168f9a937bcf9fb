"""Shifts, check-ins, and what people ask for about them."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String, Time, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Source(StrEnum):
    """How a check-in came in."""

    WORD = "word"
    MENU = "menu"
    CARD = "card"
    LOCATION = "location"
    PAGE = "page"
    CORRECTION = "correction"
    """Asked for afterwards, and approved."""


ALWAYS = date(2000, 1, 1)
"""The first day of what has been so since before we knew."""


class Shift(Base):
    """Working hours that have a name; what they are may change from a day on."""

    __tablename__ = "shift"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    closed_on: Mapped[date | None] = mapped_column(Date)
    """From this day on nobody is put on it any more."""


class ShiftHours(Base):
    """The hours of a shift from a day on, by the clock; an end at or before the start lies on the next day.

    The first ones hold from `ALWAYS` on, so that every day has some. A change adds a row: the days before it
    keep the hours that held then.
    """

    __tablename__ = "shift_hours"

    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"), primary_key=True)
    since: Mapped[date] = mapped_column(Date, primary_key=True)
    starts_at: Mapped[time] = mapped_column(Time)
    ends_at: Mapped[time] = mapped_column(Time)
    rest_minutes: Mapped[int] = mapped_column(default=0)
    """The break inside, which is no work."""
    flex_minutes: Mapped[int] = mapped_column(default=0)
    """A flexible shift: so much earlier or later one may come, and goes as much earlier or later."""
    needs_out: Mapped[bool] = mapped_column(default=True)
    """Whether the end of work is checked out as well."""


class ShiftAssignment(Base):
    """The shift an employee works from a day on, on workdays: the newest row that has begun counts.

    By roster only the days that it names are worked.
    """

    __tablename__ = "shift_assignment"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    since: Mapped[date] = mapped_column(Date, primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"))
    by_roster: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index(None, "shift_id"),)


class RosterEntry(Base):
    """What one employee works on one day, whatever the calendar says; no shift is a day off."""

    __tablename__ = "roster_entry"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shift.id"))

    __table_args__ = (Index(None, "day"), Index(None, "shift_id"))


class Way(StrEnum):
    """Which end of work a check-in is of."""

    IN = "in"
    OUT = "out"


class CheckIn(Base):
    """The start or the end of work of one employee on one workday: at most one of each.

    A later end takes the place of the earlier one; both stand in the trail.
    """

    __tablename__ = "check_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    day: Mapped[date] = mapped_column(Date)
    """The day the shift belongs to; a night shift belongs to the day it starts."""
    way: Mapped[str] = mapped_column(String(3), default=Way.IN)
    at: Mapped[datetime] = mapped_column(Moment)
    minutes_late: Mapped[int]
    """Of an end: minutes before the end of the shift."""
    source: Mapped[str] = mapped_column(String(10))
    fix_id: Mapped[int | None] = mapped_column(ForeignKey("location_fix.id"))
    """Where it was, and what that is worth (models/locations)."""
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """What the page called it: sent twice it counts once."""

    __table_args__ = (UniqueConstraint("employee_id", "day", "way"), Index(None, "day"))


class Asked(StrEnum):
    """What somebody may ask their leader for."""

    CORRECTION = "correction"
    """A check-in that is missing or wrong."""
    LEAVE = "leave"
    OVERTIME = "overtime"


class LeaveKind(StrEnum):
    """Why somebody is away."""

    ANNUAL = "annual"
    SICK = "sick"
    PERSONAL = "personal"
    MARRIAGE = "marriage"
    MATERNITY = "maternity"
    BEREAVEMENT = "bereavement"
    COMPENSATORY = "compensatory"
    OTHER = "other"


class AskedState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class AttendanceRequest(Base):
    """What somebody asks their leader for; the words are sealed under the person's own key.

    Of a correction `begins_at` is the moment that the check-in shall have, and `ends_at` the same; of a
    leave, and of overtime, the two are its bounds.
    """

    __tablename__ = "attendance_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    day: Mapped[date] = mapped_column(Date)
    """The workday it is about; of a leave the first day."""
    way: Mapped[str] = mapped_column(String(3), default="")
    """Of a correction which end of work."""
    leave_kind: Mapped[str | None] = mapped_column(String(20))
    begins_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default=AskedState.OPEN)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why not."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The check-in that an approved correction took the place of, for the way back."""

    __table_args__ = (
        Index("ix_attendance_request_whose", "employee_id", "kind", "day"),
        Index(None, "state"),
        Index(
            "uq_attendance_request_standing",
            "employee_id",
            "kind",
            "day",
            "way",
            unique=True,
            sqlite_where=text("state IN ('open', 'approved') AND kind <> 'leave'"),
            postgresql_where=text("state IN ('open', 'approved') AND kind <> 'leave'"),
        ),
    )

    @property
    def about(self) -> str:
        """What the cards about it are about."""
        return f"attendance_request:{self.id}"


class OvertimeTalk(Base):
    """Somebody's leader was told that they worked long in a month: once."""

    __tablename__ = "overtime_talk"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    """Its first day."""
    at: Mapped[datetime] = mapped_column(Moment)
