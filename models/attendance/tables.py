"""Shifts and check-ins."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Source(StrEnum):
    """How a check-in came in."""

    WORD = "word"
    MENU = "menu"
    CARD = "card"
    LOCATION = "location"
    PAGE = "page"


class Shift(Base):
    """Working hours by the clock; an end at or before the start lies on the next day."""

    __tablename__ = "shift"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    starts_at: Mapped[time] = mapped_column(Time)
    ends_at: Mapped[time] = mapped_column(Time)


class ShiftAssignment(Base):
    """The shift an employee works."""

    __tablename__ = "shift_assignment"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"))

    __table_args__ = (Index(None, "shift_id"),)


class CheckIn(Base):
    """The start of work of one employee on one workday: at most one."""

    __tablename__ = "check_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    day: Mapped[date] = mapped_column(Date)
    """The day the shift belongs to; a night shift belongs to the day it starts."""
    at: Mapped[datetime] = mapped_column(Moment)
    minutes_late: Mapped[int]
    source: Mapped[str] = mapped_column(String(10))
    fix_id: Mapped[int | None] = mapped_column(ForeignKey("location_fix.id"))
    """Where it was, and what that is worth (models/locations)."""

    __table_args__ = (UniqueConstraint("employee_id", "day"), Index(None, "day"))
