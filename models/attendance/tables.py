"""Shifts, check-ins and the last location each employee reported."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import Date, Float, ForeignKey, Index, String, Text, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Source(StrEnum):
    """How a check-in came in."""

    WORD = "word"
    MENU = "menu"
    CARD = "card"
    LOCATION = "location"
    PAGE = "page"


class Origin(StrEnum):
    """How a location was obtained; each has its own coordinate system (protocol 2.2)."""

    EVENT = "event"
    MESSAGE = "message"
    SELECTION = "selection"
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
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    accuracy: Mapped[float | None] = mapped_column(Float)
    """Metres, as the phone said."""
    coord_type: Mapped[str | None] = mapped_column(String(10))
    place: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("employee_id", "day"), Index(None, "day"))


class LastLocation(Base):
    """The newest location an employee reported; overwritten, so that no track is kept."""

    __tablename__ = "last_location"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)
    accuracy: Mapped[float | None] = mapped_column(Float)
    coord_type: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    place: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
