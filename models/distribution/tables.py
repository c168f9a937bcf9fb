"""What distribution remembers: the rules of recycling as they were seen, and how far idle cases have come."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
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
