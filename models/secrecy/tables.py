"""The keys of persons, wrapped."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class PersonKey(Base):
    """The key under which all sensitive values of one person are sealed; destroying it destroys them.

    The row stays when the key is gone, so that none is ever made again for the same person.
    """

    __tablename__ = "person_key"

    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Whose: `employee:17`, `candidate:5`."""
    field_key: Mapped[str] = mapped_column(String(8))
    """The id of the field key that wraps it; empty once destroyed."""
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    destroyed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "field_key"),)
