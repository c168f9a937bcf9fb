"""What distribution remembers: the rules of recycling as they were seen, and how far idle cases have come."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class RecyclingRules(Base):
    """Rules of recycling, from the day after they were seen until others are (domain.md 5.3)."""

    __tablename__ = "recycling_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    days: Mapped[dict[str, int]] = mapped_column(JSON)
    """Bucket → after how many idle days a case goes to somebody else."""
    noted_at: Mapped[datetime] = mapped_column(Moment)


class IdleDebtor(Base):
    """A debtor whose cases nobody works: how many steps of the ladder have been gone."""

    __tablename__ = "idle_debtor"

    debtor_id: Mapped[int] = mapped_column(ForeignKey("debtor.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    """Since when; when somebody has worked them, the ladder begins anew."""
    step: Mapped[int]
    """1: the owner was reminded, 2: the supervisor was told, 3: nobody was free to take them."""
    stepped_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the last step was gone: people hear of it in the morning."""


class RunState(StrEnum):
    """The life of a large distribution."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class DistributionRun(Base):
    """A confirmed distribution, or the taking back of one, too large for the transaction of a message."""

    __tablename__ = "distribution_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    """What asked for it: the same again does nothing."""
    cause: Mapped[str] = mapped_column(String(150))
    """The key of the message that asked for it."""
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who asked."""
    undoable_id: Mapped[int | None] = mapped_column(ForeignKey("undoable.id"))
    """What is to be taken back, where that is what was asked for; `request` is empty then."""
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    fingerprint: Mapped[int] = mapped_column(BigInteger)
    """Of what was shown."""
    asked_at: Mapped[datetime] = mapped_column(Moment)
    try_at: Mapped[datetime] = mapped_column(Moment)
    """From when on a worker may take it: who took it has until then."""
    attempts: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_batch.id"))
    """What came of it; while the run still waits, people are yet to be told."""

    __table_args__ = (
        Index(
            "ix_distribution_run_waiting",
            "try_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )
