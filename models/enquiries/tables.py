"""Questions of candidates to HR, and what the next free words of a candidate belong to."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Enquiry(Base):
    """A question of a candidate's, which a human of the unit answers (S0-21)."""

    __tablename__ = "enquiry"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    """Under whose key the words are sealed."""
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_by: Mapped[str | None] = mapped_column(String(40))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "person_id"), Index(None, "application_id"))

    @property
    def about(self) -> str:
        """How cards name it (`Notice.about`)."""
        return f"enquiry:{self.id}"


class AwaitedWords(Base):
    """What the next free words of a candidate belong to; the newest question counts."""

    __tablename__ = "awaited_words"

    candidate_id: Mapped[int] = mapped_column(
        ForeignKey("candidate.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(String(60))
    """The tap that takes them, such as `request_words:17`."""
    at: Mapped[datetime] = mapped_column(Moment)
