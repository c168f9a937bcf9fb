"""Check-in records that WeCom itself keeps, and how far they have been fetched."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class OfficialRecord(Base):
    """One record of WeCom's own check-in (protocol 3.10): corroboration, never a check-in of ours."""

    __tablename__ = "official_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    day: Mapped[date] = mapped_column(Date)
    """The workday it belongs to."""
    kind: Mapped[str] = mapped_column(String(10))
    """A `Kind`: coming, going, or outside."""
    at: Mapped[datetime] = mapped_column(Moment)
    """When; of a missed one when it was due."""
    exceptions: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Codes of `Exceptional`."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """JSON: latitude, longitude (GCJ-02), place; sealed under the person's key, emptied like every point."""
    device_hash: Mapped[str | None] = mapped_column(String(64))
    fetched_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("employee_id", "kind", "at"),
        Index(None, "employee_id", "day"),
        Index(
            "ix_official_record_readable",
            "at",
            sqlite_where=text("sealed IS NOT NULL"),
            postgresql_where=text("sealed IS NOT NULL"),
        ),
    )


class RecordRun(Base):
    """One time of fetching: which stretch, and up to which employee it has come."""

    __tablename__ = "record_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    after_id: Mapped[int] = mapped_column(default=0)
    """The highest id of an employee whose records have been fetched."""
    records: Mapped[int] = mapped_column(default=0)
    """How many were new."""
    started_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(String(200), default="")
    """What the platform said where it did not let us; empty while it is under way, so that one is open."""

    __table_args__ = (
        Index(
            "uq_record_run_open",
            "error",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )
