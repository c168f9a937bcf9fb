"""What candidates applied for."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Application(Base):
    """One application of one person for one job in one unit."""

    __tablename__ = "application"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    job: Mapped[str] = mapped_column(String(50))
    applied_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(50), default="")
    entered_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("candidate_id", "unit_id", "job"),)
