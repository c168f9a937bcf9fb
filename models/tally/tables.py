"""What records add up to: nothing that could not be counted anew at any time."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment

NO_BUCKET = -1
"""Where the bucket at which cases came in plays no part."""


class Tally(Base):
    """What one person's records of one kind add up to on one day.

    It names the person without a foreign key: whoever writes it would else have to wait for whoever holds the
    row of the person, who may be waiting for this one.
    """

    __tablename__ = "tally"

    employee_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    measure: Mapped[str] = mapped_column(String(20), primary_key=True)
    """What is counted: a part of a source (models/performance/sources.py)."""
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    """In Shanghai."""
    entry_bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)
    """Fen; 0 where it is not about money."""
    count: Mapped[int]


class MonthTally(Base):
    """The days of a month together; `month` is its first day."""

    __tablename__ = "month_tally"

    employee_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    measure: Mapped[str] = mapped_column(String(20), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    entry_bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]


class TallyRepair(Base):
    """A tally that was not what the records said when all were counted anew at night; it was put right."""

    __tablename__ = "tally_repair"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    employee_id: Mapped[int]
    measure: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    """Of a month the first day."""
    of_month: Mapped[bool]
    entry_bucket: Mapped[int]
    value_was: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[int] = mapped_column(BigInteger)
    count_was: Mapped[int]
    count: Mapped[int]

    __table_args__ = (Index(None, "at"),)
