"""Where an application stands in its flow, what came of each stage, and who asked for another chance."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment
from models.recruiting.kinds import DoubtState, RequestState, RequestStep, StageStatus, Tag

OPEN_REQUEST = "state IN ('draft', 'submitted', 'asked_back')"
APPROVED_REQUEST = "state = 'approved'"
RECEIVED = "state = 'received'"
WAITING = "state = 'waiting'"
UNDER_WAY = "status IN ('scheduled', 'alternative') AND starts_at IS NOT NULL"
MISSED = "status = 'no_show'"
STANDING = "until_at IS NULL"


class HiringProcess(Base):
    """Where one application stands in its flow."""

    __tablename__ = "hiring_process"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), primary_key=True, autoincrement=False
    )
    flow: Mapped[str] = mapped_column(String(40))
    flow_version: Mapped[str] = mapped_column(String(20))
    current: Mapped[str | None] = mapped_column(String(40))
    """The code of the stage it stands at; none: every stage is passed."""
    tag: Mapped[str] = mapped_column(String(10), default=Tag.NOT_DONE)
    frozen_at: Mapped[datetime | None] = mapped_column(Moment)
    frozen_why: Mapped[str | None] = mapped_column(String(40))
    """The code of the stage that was missed."""
    screen_score: Mapped[float | None]
    """What the résumé is worth, 0–100."""
    hits: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The words of the résumé that speak for the job (S0-35)."""
    resume: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Sealed under the candidate's key."""
    base_score: Mapped[float | None]
    adjusted_score: Mapped[float | None]
    """By which lists are in order; `recommended` says why."""
    need_confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    need_confirmed_by: Mapped[str | None] = mapped_column(String(40))
    """Who of the hiring department confirmed the need (S1-28)."""
    updated_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index(None, "current"),)


class StageRecord(Base):
    """One stage of one application."""

    __tablename__ = "stage_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    mandatory: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(String(20), default=StageStatus.PENDING)
    starts_at: Mapped[datetime | None] = mapped_column(Moment)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    interviewer_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    place: Mapped[str] = mapped_column(String(200), default="")
    changes: Mapped[int] = mapped_column(default=0)
    """How often the candidate has changed the slot."""
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_expires_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when it is open once more: an absence from before counts no longer."""
    missed_at: Mapped[datetime | None] = mapped_column(Moment)
    not_at_fault: Mapped[bool] = mapped_column(default=False)
    cause: Mapped[str] = mapped_column(String(20), default="")
    """Why not: a code of `StopReason`."""
    score: Mapped[float | None]
    dimensions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Dimension → points."""
    report_url: Mapped[str | None] = mapped_column(String(500))
    result_at: Mapped[datetime | None] = mapped_column(Moment)
    result_event: Mapped[str | None] = mapped_column(String(100))
    """When the newest result happened, and which one it is."""
    alternative: Mapped[str | None] = mapped_column(String(20))
    """What stands in for it."""
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the candidate's key."""
    inserted_by: Mapped[str | None] = mapped_column(String(40))
    """Who put a supplementary stage in (S2-17)."""

    __table_args__ = (
        UniqueConstraint("application_id", "code"),
        Index(
            "ix_stage_record_under_way",
            "starts_at",
            sqlite_where=text(UNDER_WAY),
            postgresql_where=text(UNDER_WAY),
        ),
        Index(None, "interviewer_id"),
        Index(
            "ix_stage_record_missed",
            "missed_at",
            sqlite_where=text(MISSED),
            postgresql_where=text(MISSED),
        ),
    )

    @property
    def about(self) -> str:
        """How messages name it (`Notice.about`)."""
        return f"stage:{self.id}"


class InterviewResult(Base):
    """A result as the interview system told it; each event once, whatever its order."""

    __tablename__ = "interview_result"

    event_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    type: Mapped[str] = mapped_column(String(10))
    application_no: Mapped[str] = mapped_column(String(40))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    stage: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    receipt: Mapped[str] = mapped_column(String(40))
    """The call that brought it."""
    score: Mapped[float | None]
    dimensions: Mapped[dict[str, Any]] = mapped_column(JSON)
    report_url: Mapped[str | None] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(12))

    __table_args__ = (
        Index(
            "ix_interview_result_received",
            "received_at",
            "event_id",
            sqlite_where=text(RECEIVED),
            postgresql_where=text(RECEIVED),
        ),
        Index(
            "ix_interview_result_waiting",
            "application_no",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
        Index(None, "application_id"),
        Index(None, "receipt"),
    )


class Remark(Base):
    """Something noted of a person, never shown without the candidate's own side (S0-18, S0-20)."""

    __tablename__ = "remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stage_record.id"))
    code: Mapped[str] = mapped_column(String(20))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the candidate's key."""
    author: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Moment)
    candidate_words: Mapped[bytes | None] = mapped_column(LargeBinary)
    candidate_said_at: Mapped[datetime | None] = mapped_column(Moment)
    not_at_fault: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index(None, "person_id"), Index(None, "application_id"), Index(None, "stage_id"))


class RemarkReading(Base):
    """Somebody has read a remark, the last time then."""

    __tablename__ = "remark_reading"

    remark_id: Mapped[int] = mapped_column(
        ForeignKey("remark.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    reader_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index(None, "reader_id"),)


class RemedialRequest(Base):
    """A candidate asks for another chance at a stage, for something in its place, or for a second look."""

    __tablename__ = "remedial_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage_record.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("candidate.id"))
    """Under whose key the words are sealed."""
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default=RequestState.DRAFT)
    step: Mapped[str] = mapped_column(String(10), default=RequestStep.REASON)
    reason_code: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    interest: Mapped[bytes | None] = mapped_column(LargeBinary)
    wish: Mapped[bytes | None] = mapped_column(LargeBinary)
    supplement: Mapped[bytes | None] = mapped_column(LargeBinary)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    remind_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """By when HR answers."""
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    question: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What HR asked back."""
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index(
            "uq_remedial_request_open",
            "stage_id",
            unique=True,
            sqlite_where=text(OPEN_REQUEST),
            postgresql_where=text(OPEN_REQUEST),
        ),
        Index(
            "uq_remedial_request_approved",
            "stage_id",
            "kind",
            unique=True,
            sqlite_where=text(APPROVED_REQUEST),
            postgresql_where=text(APPROVED_REQUEST),
        ),
        Index(None, "application_id"),
        Index(None, "person_id"),
        Index(
            "ix_remedial_request_due",
            "due_at",
            sqlite_where=text("state = 'submitted'"),
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    @property
    def about(self) -> str:
        """How messages name it (`Notice.about`)."""
        return f"request:{self.id}"


class Doubt(Base):
    """A department doubts what is known of one dimension of somebody who applied (S2-17)."""

    __tablename__ = "doubt"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    dimension: Mapped[str] = mapped_column(String(50))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why; sealed under the candidate's key, as the answer is."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    remind_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default=DoubtState.OPEN)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index(None, "application_id"),
        Index(None, "asked_by_id"),
        Index(
            "uq_doubt_open",
            "application_id",
            "dimension",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    @property
    def about(self) -> str:
        """How messages name it (`Notice.about`)."""
        return f"doubt:{self.id}"


class RequestEvidence(Base):
    """A file that belongs to a request, by the ticket it has from before it is fetched (S0-26)."""

    __tablename__ = "request_evidence"

    request_id: Mapped[int] = mapped_column(
        ForeignKey("remedial_request.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    ticket: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class ClockStop(Base):
    """A stretch that does not count against the candidate (S0-25, S0-32)."""

    __tablename__ = "clock_stop"

    id: Mapped[int] = mapped_column(primary_key=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage_record.id"))
    why: Mapped[str] = mapped_column(String(20))
    from_at: Mapped[datetime] = mapped_column(Moment)
    until_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(None, "stage_id"),
        Index(
            "uq_clock_stop_standing",
            "stage_id",
            "why",
            unique=True,
            sqlite_where=text(STANDING),
            postgresql_where=text(STANDING),
        ),
    )


class InterviewSlot(Base):
    """A time that can be chosen for a stage; one application at most has it."""

    __tablename__ = "interview_slot"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    stage_code: Mapped[str] = mapped_column(String(40))
    interviewer_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    place: Mapped[str] = mapped_column(String(200), default="")
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stage_record.id"), unique=True)
    """The stage for which it was taken."""

    __table_args__ = (
        UniqueConstraint("interviewer_id", "starts_at"),
        Index("ix_interview_slot_on_offer", "unit_id", "stage_code", "starts_at"),
    )


class InterviewSheet(Base):
    """What one interviewer noted of a stage, on the fixed dimensions of the job (S0-06)."""

    __tablename__ = "interview_sheet"

    stage_id: Mapped[int] = mapped_column(
        ForeignKey("stage_record.id"), primary_key=True, autoincrement=False
    )
    interviewer_id: Mapped[int] = mapped_column(
        ForeignKey("employee.id"), primary_key=True, autoincrement=False
    )
    scores: Mapped[dict[str, Any]] = mapped_column(JSON)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the candidate's key."""
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index(None, "interviewer_id"),)
