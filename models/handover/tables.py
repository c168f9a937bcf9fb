"""Who hands what to whom, and how each thing was decided."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Cause(StrEnum):
    """Why work changes hands."""

    SEPARATION = "separation"
    TRANSFER = "transfer"
    LEAVE = "leave"
    POST = "post"
    """A further post ends."""


class HandoverState(StrEnum):
    """The life of a handover."""

    OPEN = "open"
    CLOSED = "closed"
    """What went out has come in; after a leave: has come back."""
    CANCELLED = "cancelled"


class ItemState(StrEnum):
    """The life of one line of the ledger."""

    PROPOSED = "proposed"
    """Somebody has been asked."""
    ACCEPTED = "accepted"
    """Somebody takes it; it moves when the handover takes effect."""
    REFUSED = "refused"
    """Somebody could not take it; another line asks the next one."""
    MOVED = "moved"
    RETURNED = "returned"
    """The cover has given it back."""
    KEPT = "kept"
    """It was to come back and did not: it was finished, passed on, or its owner has left."""
    DROPPED = "dropped"
    """It never moved: it was finished before, or the handover was undone."""


class Handover(Base):
    """One person's open work on its way to others; at most one is open for each person and cause."""

    __tablename__ = "handover"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Whose work it is."""
    cause: Mapped[str] = mapped_column(String(10))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(20))
    """The post from which the person goes: where successors are looked for."""
    announced_at: Mapped[datetime] = mapped_column(Moment)
    announced_by: Mapped[str] = mapped_column(String(40))
    effective_at: Mapped[datetime] = mapped_column(Moment)
    """When the work moves; until then everything can be undone."""
    returns_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a cover ends."""
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """Who was named to cover."""
    delegated: Mapped[bool] = mapped_column(default=False)
    """Whether the owner stays the owner and the cover acts in their place (a short leave)."""
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it took effect."""
    state: Mapped[str] = mapped_column(String(10), default=HandoverState.OPEN)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(
            "uq_handover_open",
            "employee_id",
            "cause",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )


class HandoverItem(Base):
    """One open item and one person asked to take it; an item has at most one line that counts."""

    __tablename__ = "handover_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    area: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(30))
    item_id: Mapped[int]
    """Its number in its area."""
    to_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who is asked, or has it."""
    why: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Why this person: `near`, `role` and `load`; or `named`, or `fallen`."""
    state: Mapped[str] = mapped_column(String(10))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    refusal: Mapped[str | None] = mapped_column(String(20))
    """Why it was refused (`Refusal`)."""
    moved_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(None, "handover_id"),
        Index(None, "to_id", "state"),
        Index(
            "uq_handover_item_open",
            "handover_id",
            "area",
            "item_id",
            unique=True,
            sqlite_where=text("state IN ('proposed', 'accepted', 'moved')"),
            postgresql_where=text("state IN ('proposed', 'accepted', 'moved')"),
        ),
    )


class Refusal(StrEnum):
    """Why somebody does not take an item."""

    BUSY = "busy"
    UNFAMILIAR = "unfamiliar"
    CONFLICT = "conflict"
    SILENT = "silent"
    """There was no answer in time."""
    UNAVAILABLE = "unavailable"
    """The person goes away as well."""
    REPLACED = "replaced"
    """The leader named somebody else."""
