"""How people come, change and go."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class ReasonKind(StrEnum):
    """Whose decision a leaving was (domain.md section 9)."""

    VOLUNTARY = "voluntary"
    INVOLUNTARY = "involuntary"
    OTHER = "other"


class Reason(StrEnum):
    """Why somebody leaves (domain.md section 9; S3-19)."""

    PAY = "pay"
    PRESSURE = "pressure"
    GROWTH = "growth"
    RELOCATION = "relocation"
    HEALTH = "health"
    FAMILY = "family"
    MANAGER = "manager"
    PERFORMANCE = "performance"
    COMPLIANCE = "compliance"
    PROBATION_FAILED = "probation_failed"
    REDUNDANCY = "redundancy"
    CONTRACT_END = "contract_end"
    RETIREMENT = "retirement"
    UNKNOWN = "unknown"
    """Nobody has said: the directory noticed it."""


REASONS = {
    ReasonKind.VOLUNTARY: (
        Reason.PAY,
        Reason.PRESSURE,
        Reason.GROWTH,
        Reason.RELOCATION,
        Reason.HEALTH,
        Reason.FAMILY,
        Reason.MANAGER,
    ),
    ReasonKind.INVOLUNTARY: (
        Reason.PERFORMANCE,
        Reason.COMPLIANCE,
        Reason.PROBATION_FAILED,
        Reason.REDUNDANCY,
    ),
    ReasonKind.OTHER: (Reason.CONTRACT_END, Reason.RETIREMENT, Reason.UNKNOWN),
}
"""Kind → its reasons."""


class SeparationState(StrEnum):
    """The life of a leaving."""

    ANNOUNCED = "announced"
    """The last day is known; open items are being handed over."""
    CLOSED = "closed"
    """Nothing is left with the person."""
    CANCELLED = "cancelled"


class Separation(Base):
    """One leaving of one employee; at most one is under way."""

    __tablename__ = "separation"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    announced_at: Mapped[datetime] = mapped_column(Moment)
    announced_by: Mapped[str] = mapped_column(String(40))
    """The pseudonym of who announced it, or `system`."""
    leaves_at: Mapped[datetime] = mapped_column(Moment)
    """When the rights end; `Employee.left_at` says the same."""
    reason: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default=SeparationState.ANNOUNCED)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Attendance and results of the person, gathered when it closed (S3-17); no personal values."""

    __table_args__ = (
        Index(None, "employee_id"),
        Index(None, "leaves_at"),
        Index(
            "uq_separation_under_way",
            "employee_id",
            unique=True,
            sqlite_where=text("state = 'announced'"),
            postgresql_where=text("state = 'announced'"),
        ),
    )


class OnboardingState(StrEnum):
    """The life of a joining."""

    OPEN = "open"
    DONE = "done"
    """Every step is done."""
    CANCELLED = "cancelled"


class Onboarding(Base):
    """One joining of one employee; at most one is under way (S2-10, S3-02)."""

    __tablename__ = "onboarding"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime] = mapped_column(Moment)
    """When the first day begins, and with it the rights."""
    begun_at: Mapped[datetime] = mapped_column(Moment)
    begun_by: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default=OnboardingState.OPEN)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the last step was done: the lead time counts from `begun_at` (S3-20)."""

    __table_args__ = (
        Index(None, "employee_id"),
        Index(
            "uq_onboarding_under_way",
            "employee_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )


class TransferState(StrEnum):
    """The life of a transfer."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class Transfer(Base):
    """One change of the main post; at most one is planned for each person (S3-18)."""

    __tablename__ = "transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    from_role: Mapped[str] = mapped_column(String(20))
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    to_role: Mapped[str] = mapped_column(String(20))
    announced_at: Mapped[datetime] = mapped_column(Moment)
    announced_by: Mapped[str] = mapped_column(String(40))
    effective_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default=TransferState.PLANNED)
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(None, "employee_id"),
        Index(
            "uq_transfer_planned",
            "employee_id",
            unique=True,
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
    )


class Process(StrEnum):
    """What a checklist belongs to."""

    JOINING = "joining"
    MOVING = "moving"
    HIRING = "hiring"
    """Somebody was told that they passed, and has no employee number yet (S1-30)."""


class StepState(StrEnum):
    """The life of a step."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"
    """What it was for was undone."""


class ChecklistItem(Base):
    """One step of a checklist, with the one person who does it (S1-31)."""

    __tablename__ = "checklist_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(String(10))
    process_id: Mapped[int]
    """The onboarding, the transfer or the application."""
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """For whom it is done."""
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    """The application of who is no employee yet."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    key: Mapped[str] = mapped_column(String(30))
    role: Mapped[str] = mapped_column(String(20))
    """The role that does it, as the policy said; `leader` for who leads the unit."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    starts_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default=StepState.OPEN)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    done_by: Mapped[str | None] = mapped_column(String(40))
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was overdue and the leader of its owner was told."""

    __table_args__ = (
        UniqueConstraint("process", "process_id", "key"),
        Index(None, "employee_id"),
        Index(None, "application_id"),
        Index(
            "ix_checklist_item_open",
            "owner_id",
            "due_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
