"""Runs of the sync with how far they have come, and what the directory said last."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Source(StrEnum):
    """Whose list of members a run goes by."""

    CONTACTS = "contacts"
    """The contact-sync assistant's: everybody in the corp."""
    APP = "app"
    """The app's: everybody in its visible range."""


class RunState(StrEnum):
    """The life of a run."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """So many would have left that nobody has: a person must look."""
    FAILED = "failed"
    """The platform refuses until somebody changes the set-up."""


class Stage(StrEnum):
    """What a run is doing, in this order."""

    DEPARTMENTS = "departments"
    NAMES = "names"
    MEMBERS = "members"
    DETAILS = "details"
    UNITS = "units"
    PEOPLE = "people"
    LEAVERS = "leavers"


class DirectoryRun(Base):
    """One reading of the whole directory; at most one is under way."""

    __tablename__ = "directory_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(10))
    """Whose list it goes by; empty before the first piece."""
    state: Mapped[str] = mapped_column(String(10), default=RunState.RUNNING)
    stage: Mapped[str] = mapped_column(String(20), default=Stage.DEPARTMENTS)
    cursor: Mapped[str] = mapped_column(String(200), default="")
    """Where the list of members goes on."""
    total: Mapped[int] = mapped_column(default=0)
    """How many members there are, once that is known."""
    done: Mapped[int] = mapped_column(default=0)
    """How many of them are dealt with in this stage."""
    accepts_leavers: Mapped[bool] = mapped_column(default=False)
    """Whether a person has said that any number may have left."""
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    holder: Mapped[str] = mapped_column(String(40), default="")
    """Which process is at it."""
    held_until: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(
            "uq_directory_run_running",
            "state",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )


class DepartmentState(StrEnum):
    """What is known of a department."""

    LISTED = "listed"
    NAMED = "named"
    HIDDEN = "hidden"
    """Out of the app's visible range: it is there, and has no name for us."""
    GONE = "gone"


class DirectoryDepartment(Base):
    """A department as the directory had it last."""

    __tablename__ = "directory_department"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("directory_run.id"))
    parent_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[str] = mapped_column(String(10), default=DepartmentState.LISTED)

    __table_args__ = (Index(None, "run_id"),)


class MemberState(StrEnum):
    """How far a member has come in the run that has listed it."""

    LISTED = "listed"
    READ = "read"
    APPLIED = "applied"
    HIDDEN = "hidden"
    """Out of the app's visible range: it is there, and nothing more is known."""
    GONE = "gone"


class DirectoryMember(Base):
    """A member as the directory had it last, and what the organisation was given of it."""

    __tablename__ = "directory_member"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The UserID in lower case."""
    userid: Mapped[str] = mapped_column(String(64))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("directory_run.id"))
    """The last run that has listed it."""
    state: Mapped[str] = mapped_column(String(10), default=MemberState.LISTED)
    departments: Mapped[list[int]] = mapped_column(JSON, default=list)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Name, position, main department, departments led, status; no phone and no address."""
    given: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What was made of it last: role, units, and the further posts that came of it."""
    gone_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when the directory has it no more."""

    __table_args__ = (Index(None, "run_id", "state"),)


class ChangeKind(StrEnum):
    """What is to be read again."""

    MEMBER = "member"
    DEPARTMENT = "department"


class DirectoryChange(Base):
    """A change that the platform told of: it says whom to read again, and nothing that is believed."""

    __tablename__ = "directory_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(64))
    """The UserID, or the number of the department."""
    new_key: Mapped[str] = mapped_column(String(64), default="")
    """The UserID from now on, where it changed."""
    deleted: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime] = mapped_column(Moment)
