"""What people learn: courses and their versions, who is to learn what, exams, certificates, reviews."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    Time,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment

LEARNING = "learning"
"""What people's figures are counted from, among enrolments (models/tally)."""


class Family(StrEnum):
    """What a course is about (S3-27, domain.md section 8)."""

    LAW = "law"
    RULES = "rules"
    PROCESS = "process"
    SKILLS = "skills"
    COMPLAINTS = "complaints"
    WORDING = "wording"
    PRODUCT = "product"


class CourseKind(StrEnum):
    """A course is learned when there is time; a regulation is told to all it concerns within the day."""

    COURSE = "course"
    REGULATION = "regulation"


class QuestionKind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    JUDGE = "judge"


class Course(Base):
    """A course over all its versions, named by its code."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[CourseKind] = mapped_column(String(20))
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    """From then on nobody is given it; what people have done stays."""


class CourseVersion(Base):
    """A course as it was published once; nothing of it ever changes (S3-09). The highest number holds."""

    __tablename__ = "course_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(60))
    family: Mapped[Family] = mapped_column(String(20))
    compliance: Mapped[bool]
    """Everybody it is for must pass it; the mark is that of compliance."""
    licence: Mapped[bool]
    """Its certificate is the licence to work."""
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    """For whom; an empty list: for everybody."""
    measures: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Codes of measures it helps with (domain.md 4.1)."""
    dimensions: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Dimensions of an assessment it helps with, in the words of the assessment (S2-22)."""
    months_from: Mapped[int] = mapped_column(default=0)
    months_to: Mapped[int | None]
    """For people of so many months of service (S3-28); empty: without an end."""
    draws: Mapped[int]
    """So many questions of the bank make an exam."""
    pass_mark: Mapped[int]
    """In percent."""
    minutes: Mapped[int]
    """How long an exam may take."""
    valid_days: Mapped[int | None]
    """For so long a certificate holds; empty: passing gives none."""
    homework: Mapped[str | None] = mapped_column(Text)
    """What is to be handed in; empty: nothing."""
    homework_criteria: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(200), default="")
    """What has changed, for the people who know the version before."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the content: the same content published again is no new version."""
    published_at: Mapped[datetime] = mapped_column(Moment)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """Empty: it comes with the product, or from the command line."""
    delivered: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It comes with the product; what the organisation published itself is never replaced by such a one."""

    __table_args__ = (UniqueConstraint("course_id", "number"),)


class Lesson(Base):
    """A micro-lesson: three to five minutes, one topic (domain.md section 8)."""

    __tablename__ = "lesson"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    place: Mapped[int]
    title: Mapped[str] = mapped_column(String(60))
    markdown: Mapped[str] = mapped_column(Text)
    pictures: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Name in the Markdown → SHA-256 of a `LessonPicture`."""

    __table_args__ = (UniqueConstraint("version_id", "place"),)


class LessonPicture(Base):
    """A picture of lessons, kept once."""

    __tablename__ = "lesson_picture"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Question(Base):
    """A question of the bank of one version; `code` stays the same from version to version."""

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[QuestionKind] = mapped_column(String(20))
    stem: Mapped[str] = mapped_column(Text)
    options: Mapped[list[str]] = mapped_column(JSON)
    """In the order of the bank; people see them shuffled (but 对, 错 of a judgement)."""
    answer: Mapped[list[int]] = mapped_column(JSON)
    """The right options, by their place in `options`, ascending."""
    explanation: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(200))
    """The law, rule or text it comes from."""

    __table_args__ = (UniqueConstraint("version_id", "code"),)


class PushReason(StrEnum):
    """Why somebody is to learn something; of several waiting ones the first named here comes first."""

    REGULATION = "regulation"
    LICENCE = "licence"
    RENEWAL = "renewal"
    CONDUCT = "conduct"
    """A confirmed hit of the wording filter (domain.md section 3, rules 5 and 6)."""
    ASSIGNED = "assigned"
    """Whoever leads gave it."""
    NEWCOMER = "newcomer"
    BROKEN_PROMISES = "broken_promises"
    """S4-18."""
    WEAK_MEASURE = "weak_measure"
    """S4-28, S2-31."""
    WEAK_DIMENSION = "weak_dimension"
    """S2-22."""
    OWN = "own"
    """They took it up themselves (S3-11)."""


class TrainingPush(Base):
    """One decision to have people learn a version: a broadcast, an order of a leader, a run of a rule.

    Its enrolments are the audience and the receipts; they are kept as long as the compliance file (5 years).
    """

    __tablename__ = "training_push"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    reason: Mapped[PushReason] = mapped_column(String(20))
    audience: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Who was meant: ids and codes of people, units, roles."""
    pushed_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """Empty: a rule did."""
    pushed_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class ReceiptBy(StrEnum):
    """What shows that somebody has read it; delivery is none (domain.md section 8)."""

    BUTTON = "button"
    QUIZ = "quiz"


class Enrolment(Base):
    """Somebody is to learn a version, or does so of their own will: from the plan to the result.

    The gate (no new cases) is only ever this: an enrolment that is open and whose `gates_at` is over.
    """

    __tablename__ = "enrolment"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    push_id: Mapped[int | None] = mapped_column(ForeignKey("training_push.id"))
    reason: Mapped[PushReason] = mapped_column(String(20))
    because: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the reason rests on, for the person to see: code of a measure, figure, target, rule."""
    planned_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the lesson was pushed; empty: it still waits for a working hour of a day without a lesson."""
    sent_on: Mapped[date | None] = mapped_column(Date)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """The deadline; empty: none, or not pushed yet."""
    gates_at: Mapped[datetime | None] = mapped_column(Moment)
    """From then on there are no new cases until it is done; empty: never."""
    reminded: Mapped[int] = mapped_column(default=0)
    """How many reminders have gone out."""
    leader_told_at: Mapped[datetime | None] = mapped_column(Moment)
    gate_told_at: Mapped[datetime | None] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    read_by: Mapped[ReceiptBy | None] = mapped_column(String(20))
    rounds: Mapped[int] = mapped_column(default=1)
    """So many times the tries have been granted: once, and again after every live lesson."""
    completed_at: Mapped[datetime | None] = mapped_column(Moment)
    """Passed (and homework accepted), or read where there is no question."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    """Taken back, a newer version took its place, or the person left."""
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the job looks at it next: to push it, to remind, to tell of the gate; empty: never."""
    card_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the newest card with buttons went out; empty: none is open."""

    __table_args__ = (
        Index(
            "uq_enrolment_open",
            "employee_id",
            "course_id",
            unique=True,
            sqlite_where=text("completed_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("completed_at IS NULL AND withdrawn_at IS NULL"),
        ),
        Index(
            "ix_enrolment_gates",
            "gates_at",
            sqlite_where=text("completed_at IS NULL AND withdrawn_at IS NULL AND gates_at IS NOT NULL"),
            postgresql_where=text("completed_at IS NULL AND withdrawn_at IS NULL AND gates_at IS NOT NULL"),
        ),
        Index(
            "ix_enrolment_waiting",
            "planned_at",
            sqlite_where=text("completed_at IS NULL AND withdrawn_at IS NULL AND sent_at IS NULL"),
            postgresql_where=text("completed_at IS NULL AND withdrawn_at IS NULL AND sent_at IS NULL"),
        ),
        Index(
            "ix_enrolment_next",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index(None, "employee_id", "sent_on"),
        Index(None, "version_id"),
        Index(None, "push_id"),
        CheckConstraint("completed_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
    )


class Attempt(Base):
    """One try at an exam; which questions, and in which order their options stand, is fixed at its start."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    """An answer after that does not count."""
    questions: Mapped[list[list[Any]]] = mapped_column(JSON)
    """In the order asked: [id of the question, [places of its options in the order shown]]."""
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    score: Mapped[int | None]
    """Right answers in percent, rounded down."""
    passed: Mapped[bool | None]

    __table_args__ = (
        UniqueConstraint("enrolment_id", "number"),
        Index(
            "uq_attempt_open",
            "enrolment_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
    )


class AttemptAnswer(Base):
    """What somebody answered to one question of a try; the first answer stands."""

    __tablename__ = "attempt_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    place: Mapped[int]
    """Which question of the try, from 0."""
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    chosen: Mapped[list[int]] = mapped_column(JSON)
    """Places in `Question.options`, ascending."""
    correct: Mapped[bool]
    answered_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("attempt_id", "place"),)


class Certificate(Base):
    """Somebody has shown that they know it, until a day."""

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    """Empty: it was earned elsewhere and entered from a table."""
    version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id"))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))
    licence: Mapped[bool]
    """Whether it is the licence to work."""
    score: Mapped[int | None]
    granted_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was taken away, or a newer one took its place."""

    __table_args__ = (
        Index(None, "employee_id", "expires_at"),
        UniqueConstraint("attempt_id"),
    )


class HomeworkState(StrEnum):
    """How homework stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class Homework(Base):
    """What somebody handed in for a course (S3-29); after it was returned they hand in anew."""

    __tablename__ = "homework"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the person's key."""
    file_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Files of theirs (models/files)."""
    handed_in_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[HomeworkState] = mapped_column(String(20), default=HomeworkState.WAITING)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)
    remark: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What whoever reviewed it said, sealed under the person's key."""
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "enrolment_id"),)


class ReviewItem(Base):
    """A question that comes back to somebody until it sits (spaced repetition, `fsrs`)."""

    __tablename__ = "review_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    question_code: Mapped[str] = mapped_column(String(40))
    state: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The card of `fsrs`."""
    due_at: Mapped[datetime] = mapped_column(Moment)
    right_in_a_row: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(20))
    """Why it came in: a mistake, an alert, a weak figure."""
    added_at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("employee_id", "course_id", "question_code"),
        Index(None, "employee_id", "due_at"),
    )


class ReviewAnswer(Base):
    """One answer to a question that came back."""

    __tablename__ = "review_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("review_item.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    shown: Mapped[list[int]] = mapped_column(JSON)
    """The order in which the options stood."""
    chosen: Mapped[list[int] | None] = mapped_column(JSON)
    correct: Mapped[bool | None]
    answered_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "item_id"),)


class QuestionDoubt(Base):
    """Somebody says that a question is wrong, and what became of it: one of a person about a question."""

    __tablename__ = "question_doubt"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why, sealed under the person's key."""
    asked_at: Mapped[datetime] = mapped_column(Moment)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    wrong: Mapped[bool | None]
    """What was decided: whether the question is wrong."""

    __table_args__ = (UniqueConstraint("employee_id", "question_id"),)


class Learner(Base):
    """How somebody wants to learn, and how steadily they do; without a row, all is as the policy says."""

    __tablename__ = "learner"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    review_at: Mapped[time | None] = mapped_column(Time)
    """When the two minutes of the day come; empty: as the policy says."""
    review_off_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when they want none; what is mandatory comes all the same."""
    board_off_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when they are not named on the board."""
    streak: Mapped[int] = mapped_column(default=0)
    """Workdays in a row with learning."""
    best_streak: Mapped[int] = mapped_column(default=0)
    last_on: Mapped[date | None] = mapped_column(Date)
