"""From the last interview to the first day: who has to answer what by when."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class ChainState(StrEnum):
    """Where an application stands between the departments (S1-28 to S1-30)."""

    NEED = "need"
    """The hiring department says whether it still needs somebody."""
    NOTICE = "notice"
    """HR looks at the pass notice."""
    PREPARING = "preparing"
    """The notice has left, and administration prepares."""
    NOT_NEEDED = "not_needed"
    """The department needs nobody any more; HR decides what becomes of the application."""
    ENDED = "ended"
    """The application was decided otherwise."""


WAITING = (ChainState.NEED, ChainState.NOTICE)
"""Somebody has a step to do."""


class StepKind(StrEnum):
    """What is to be done."""

    NEED = "need"
    NOTICE = "notice"


class StepState(StrEnum):
    """What became of a step."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    """No need any more, or the notice was sent back."""
    DROPPED = "dropped"
    """It was overtaken by something else."""


class HiringChain(Base):
    """One application on its way from passing to the first day."""

    __tablename__ = "hiring_chain"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[str] = mapped_column(String(12), default=ChainState.NEED)
    round: Mapped[int] = mapped_column(default=1)
    """How often the department was asked; each time has a notice of its own."""
    start_on: Mapped[date] = mapped_column(Date)
    """The first day, as suggested and then as the department says."""
    begun_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index(None, "state"),)

    @property
    def about(self) -> str:
        """How messages name it (`Notice.about`)."""
        return f"chain:{self.application_id}:{self.round}"

    @property
    def event(self) -> str:
        """What its pass notice is called: nobody is told twice in one round."""
        return f"{EVENT}:{self.application_id}:{self.round}"


class OfferState(StrEnum):
    """The life of an offer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


ACTIVE = (OfferState.OPEN, OfferState.ACCEPTED)
ACTIVE_ONCE = "state IN ('open', 'accepted') AND NOT overrides"
"""Of these one a person: more than one offer takes the head office."""


class Offer(Base):
    """A job offered to somebody who applied (S2-09)."""

    __tablename__ = "offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    role: Mapped[str] = mapped_column(String(20))
    """The role that the person will have here."""
    start_on: Mapped[date] = mapped_column(Date)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Exactly what is offered, sealed under the candidate's key."""
    text_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the words that were accepted."""
    state: Mapped[str] = mapped_column(String(10), default=OfferState.OPEN)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    why: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it was declined or withdrawn; sealed likewise."""
    overrides: Mapped[bool] = mapped_column(default=False)
    """The head office made it in spite of another one, and said why."""
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """Who starts because of it."""

    __table_args__ = (
        Index(
            "uq_offer_active",
            "person_id",
            unique=True,
            sqlite_where=text(ACTIVE_ONCE),
            postgresql_where=text(ACTIVE_ONCE),
        ),
        Index(None, "person_id"),
        Index(None, "application_id"),
        Index(None, "employee_id"),
        Index(
            "ix_offer_open",
            "expires_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    @property
    def about(self) -> str:
        """How messages name it (`Notice.about`)."""
        return f"offer:{self.id}"


EVENT = "passed"
"""How the events of pass notices begin."""


class ChainStep(Base):
    """One step with its owner, its beginning and its time (S1-31)."""

    __tablename__ = "chain_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("hiring_chain.application_id"))
    kind: Mapped[str] = mapped_column(String(10))
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    starts_at: Mapped[datetime] = mapped_column(Moment)
    remind_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was overdue and HR, or the HR above, heard of it."""
    state: Mapped[str] = mapped_column(String(10), default=StepState.OPEN)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    done_by: Mapped[str | None] = mapped_column(String(40))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it is asked once more, then why not; sealed under the candidate's key."""

    __table_args__ = (
        Index(
            "uq_chain_step_open",
            "application_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "application_id"),
        Index(None, "owner_id"),
        Index(
            "ix_chain_step_due",
            "due_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
