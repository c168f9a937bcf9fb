"""The code that makes the first administrator."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class CodeOutcome(StrEnum):
    """What became of a code that somebody said."""

    RIGHT = "right"
    WRONG = "wrong"
    VOID = "void"
    """There is no code that could be right: none was made, too old, too often wrong, used."""
    NOT_NEEDED = "not_needed"
    """There is an administrator, who can grant the role."""


class AdminCode(Base):
    """The one code there is; a new one replaces it."""

    __tablename__ = "admin_code"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    wrong: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
