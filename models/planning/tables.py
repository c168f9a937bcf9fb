"""What is planned: runs of jobs, rows due at a person's own time, and how far the timetable has come."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class RunState(StrEnum):
    """The life of a job run or a due item."""

    DUE = "due"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class JobRun(Base):
    """One run of a timetable job; its name and planned moment happen once."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    planned_at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default=RunState.DUE)
    due_at: Mapped[datetime] = mapped_column(Moment)
    """When to try (again); the job is always handed `planned_at` as its now."""
    attempts: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "ix_job_run_due",
            "due_at",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
    )


class DueItem(Base):
    """Something to do for one subject at its own time, found by index when that time has come."""

    __tablename__ = "due_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(50))
    subject_id: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    """From this moment on it is too late; the item is skipped."""
    state: Mapped[str] = mapped_column(String(10), default=RunState.DUE)
    attempts: Mapped[int] = mapped_column(default=0)
    try_at: Mapped[datetime] = mapped_column(Moment)
    """When to try (again); starts as `due_at`."""

    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "due_at"),
        Index(
            "ix_due_item_due",
            "try_at",
            "kind",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
    )


class DeferredAnswer(Base):
    """The slow part of an answer: somebody waits for it, and a worker makes it after the commit."""

    __tablename__ = "deferred_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    """What asked for it: a message that comes twice asks once."""
    kind: Mapped[str] = mapped_column(String(50))
    """Which handler makes it (`Router.later`)."""
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who asked."""
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Ids, codes and dates; never personal values."""
    asked_at: Mapped[datetime] = mapped_column(Moment)
    try_at: Mapped[datetime] = mapped_column(Moment)
    """From when on a worker may take it: who took it has until then."""
    expires_at: Mapped[datetime] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default=RunState.DUE)

    __table_args__ = (
        Index(
            "ix_deferred_answer_due",
            "try_at",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
    )


class TimetableMark(Base):
    """Up to which moment the timetable has been planned."""

    __tablename__ = "timetable_mark"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    reached_at: Mapped[datetime] = mapped_column(Moment)


class ClockOffset(Base):
    """How far the movable clock is ahead of the machine's, in seconds (sandbox mode only)."""

    __tablename__ = "clock_offset"

    id: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[float] = mapped_column(Float)
