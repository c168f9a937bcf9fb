"""What candidates applied for, who may be the same person, and how a WeChat comes to belong to one."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment

ADMITTED_ONCE = "state = 'admitted' AND NOT overrides"
"""Of these one a person: more than one admission takes the head office."""


class ApplicationState(StrEnum):
    """What became of an application."""

    OPEN = "open"
    ADMITTED = "admitted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class MatchState(StrEnum):
    """What a human said about two rows that may be one person."""

    WAITING = "waiting"
    SAME = "same"
    OTHER = "other"


class Application(Base):
    """One application of one person for one job in one unit."""

    __tablename__ = "application"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    """The row under which it was entered; it stays there whatever is merged."""
    person_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    """The row that stands for the person: another one than `candidate_id` once that was merged."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    job: Mapped[str] = mapped_column(String(50))
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    """How other systems name it; without one it is `A` and the id."""
    applied_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(50), default="")
    entered_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default=ApplicationState.OPEN)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    """The pseudonym of who decided."""
    overrides: Mapped[bool] = mapped_column(default=False)
    """Admitted although another unit had admitted the person: the head office gave a reason."""

    __table_args__ = (
        UniqueConstraint("candidate_id", "unit_id", "job"),
        Index(None, "person_id"),
        Index(None, "unit_id"),
        Index(
            "uq_application_admitted",
            "person_id",
            unique=True,
            sqlite_where=text(ADMITTED_ONCE),
            postgresql_where=text(ADMITTED_ONCE),
        ),
    )

    @property
    def called(self) -> str:
        """How other systems name it."""
        return self.number or f"A{self.id}"

    @property
    def about(self) -> str:
        """How messages name it (`Notice.about`)."""
        return f"candidate:{self.person_id}:application:{self.id}"


class CandidateMatch(Base):
    """Two rows with the same name and phone; a human says whether they are one person."""

    __tablename__ = "candidate_match"

    id: Mapped[int] = mapped_column(primary_key=True)
    older_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    newer_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    state: Mapped[str] = mapped_column(String(10), default=MatchState.WAITING)
    found_at: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    """When HR was told of it."""
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    merged_id: Mapped[int | None] = mapped_column(ForeignKey("candidate.id"))
    """The row that was merged into the other one because of this."""

    __table_args__ = (UniqueConstraint("older_id", "newer_id"), Index(None, "newer_id"), Index(None, "state"))


class BindingCode(Base):
    """A code, or the scene of a QR code, by which a candidate's WeChat comes to belong to the person."""

    __tablename__ = "binding_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[str] = mapped_column(String(40))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was used, voided, or followed by another one."""
    wrong_tails: Mapped[int] = mapped_column(default=0)
    """How often the end of the phone number given with it was wrong."""

    __table_args__ = (Index(None, "candidate_id"),)


class BindingTry(Base):
    """How far a follower has come with binding, and how often it went wrong."""

    __tablename__ = "binding_try"

    follower_id: Mapped[int] = mapped_column(
        ForeignKey("candidate.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    wrong_codes: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    """Until then no code of this follower is looked at."""
    code_id: Mapped[int | None] = mapped_column(ForeignKey("binding_code.id"))
    """The code that was right; the last digits of the phone are still to come."""

    __table_args__ = (Index(None, "code_id"),)


class BindingPicture(Base):
    """A QR code that somebody waits for; the shell asks the platform for it and draws it."""

    __tablename__ = "binding_picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("binding_code.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who asked for it."""
    scene: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the candidate's key; gone once the picture was made."""
    asked_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(
            "ix_binding_picture_waiting",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index(None, "code_id"),
    )


class ErasureRequest(Base):
    """A candidate asked to have their data deleted."""

    __tablename__ = "erasure_request"

    candidate_id: Mapped[int] = mapped_column(
        ForeignKey("candidate.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    asked_at: Mapped[datetime] = mapped_column(Moment)
