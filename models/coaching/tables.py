"""What leaders find when they look again at what an assessment had found."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class DimensionReview(Base):
    """A leader's points for somebody in a dimension, a month after the hire or later (S2-23)."""

    __tablename__ = "dimension_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    dimension: Mapped[str] = mapped_column(String(40))
    points: Mapped[int]
    """Of a hundred."""
    reviewed_at: Mapped[datetime] = mapped_column(Moment)
    reviewed_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (Index(None, "employee_id"),)
