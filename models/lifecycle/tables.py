"""How people come, change and go."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
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
