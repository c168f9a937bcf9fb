"""Places of work, where people were while they worked, what they agreed to, and who looked."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Origin(StrEnum):
    """How a location was obtained (protocol 2.2, 3.10, JS-SDK)."""

    EVENT = "event"
    """The report when the chat is opened."""
    MESSAGE = "message"
    SELECTION = "selection"
    """Picked from the menu."""
    PAGE = "page"
    """The page asked the phone."""
    RECORD = "record"
    """A check-in record of WeCom itself."""


class Purpose(StrEnum):
    """What a fix was taken for."""

    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    VISIT_IN = "visit_in"
    VISIT_OUT = "visit_out"
    ON_THE_WAY = "on_the_way"
    """The chat or the page was opened in shift, with nothing to check in to."""


class WorkSite(Base):
    """A valid place of work of a unit and those below it, or of one person (a second place)."""

    __tablename__ = "work_site"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)
    """Degrees, GCJ-02."""
    radius: Mapped[int]
    """Metres."""
    added_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("(unit_id IS NULL) <> (employee_id IS NULL)", name="one_holder"),
        Index(
            "uq_work_site_name_of_unit",
            "unit_id",
            "name",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND unit_id IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND unit_id IS NOT NULL"),
        ),
        Index(
            "uq_work_site_name_of_person",
            "employee_id",
            "name",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND employee_id IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND employee_id IS NOT NULL"),
        ),
    )


class LocationFix(Base):
    """One point at which somebody was while at work, and what it is worth as evidence.

    The point itself is sealed under the person's key and emptied after some days together with what
    could tell one phone from another; the distance to the place it was meant for, and the grade with
    its reasons, stay (domain.md 2.6).
    """

    __tablename__ = "location_fix"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    day: Mapped[date] = mapped_column(Date)
    """The workday it belongs to."""
    at: Mapped[datetime] = mapped_column(Moment)
    """When the phone measured it."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    origin: Mapped[str] = mapped_column(String(10))
    coord_type: Mapped[str] = mapped_column(String(10))
    """The system it was reported in; the sealed point is GCJ-02 always."""
    purpose: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """JSON: latitude, longitude (GCJ-02), place."""
    accuracy: Mapped[float | None] = mapped_column(Float)
    """Metres, as the phone said."""
    point_hash: Mapped[str | None] = mapped_column(String(64))
    """By which the very same point (six decimals) of one person is recognised."""
    device_hash: Mapped[str | None] = mapped_column(String(64))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("work_site.id"))
    distance: Mapped[int | None]
    """Metres to the nearest place it was meant for."""
    standing: Mapped[str] = mapped_column(String(10))
    grade: Mapped[str] = mapped_column(String(1))
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Codes of models/locations/rules.Reason, in the order in which they are told."""

    __table_args__ = (
        Index(None, "employee_id", "at"),
        Index(None, "day"),
        Index(
            "ix_location_fix_point",
            "employee_id",
            "point_hash",
            sqlite_where=text("point_hash IS NOT NULL"),
            postgresql_where=text("point_hash IS NOT NULL"),
        ),
        Index(
            "ix_location_fix_device",
            "device_hash",
            "day",
            sqlite_where=text("device_hash IS NOT NULL"),
            postgresql_where=text("device_hash IS NOT NULL"),
        ),
        Index(
            "ix_location_fix_readable",
            "at",
            sqlite_where=text("sealed IS NOT NULL"),
            postgresql_where=text("sealed IS NOT NULL"),
        ),
    )


class LocationConsent(Base):
    """What somebody agreed to about their location, in which version; taken back from `withdrawn_at`."""

    __tablename__ = "location_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(
            "uq_location_consent_held",
            "employee_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )


class ConsentAsked(Base):
    """That somebody was asked about a version: once is enough."""

    __tablename__ = "consent_asked"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    version: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class TrackReading(Base):
    """That somebody looked at where a person was on a day."""

    __tablename__ = "track_reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("employee_id", "reader_id", "day", "at"),
        Index(None, "employee_id", "at"),
    )


class RecentReport(Base):
    """The newest location that somebody's phone reported, for the tap that follows; it is overwritten.

    The point is sealed like every other, and emptied with the first use or after some minutes.
    """

    __tablename__ = "recent_report"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    origin: Mapped[str] = mapped_column(String(10))
    coord_type: Mapped[str] = mapped_column(String(10))
    accuracy: Mapped[float | None] = mapped_column(Float)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
