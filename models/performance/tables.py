"""What people are to reach."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment

ANY_BUCKET = -1
"""The bucket of a target that is the same for all of them."""


class Target(Base):
    """What a role in a unit and below it, or one person, is to reach in a measure from a day on (4.2).

    It holds until the next one of the same kind begins. Nothing is written over: of several that begin on the
    same day the last one holds.
    """

    __tablename__ = "target"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """Somebody's own target, lifted above that of the post (S2-30) or eased."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(20), default="")
    measure: Mapped[str] = mapped_column(String(30))
    bucket: Mapped[int] = mapped_column(default=ANY_BUCKET)
    """The entry bucket of the cases."""
    starts_on: Mapped[date] = mapped_column(Date)
    """The first day of a month."""
    value: Mapped[int] = mapped_column(BigInteger)
    """In hundredths of what the measure is counted in: fen, hundredths of a percent."""
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why somebody has an own target, sealed under their key; they see it."""
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """Empty: it came from a table."""
    set_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("(employee_id IS NULL) <> (unit_id IS NULL)", name="whose"),
        Index(None, "unit_id", "role"),
        Index(None, "employee_id"),
    )


class ProbationPlan(Base):
    """What somebody is to do during probation (S2-25); a new plan takes the place of the one before."""

    __tablename__ = "probation_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    """The last day."""
    set_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    set_at: Mapped[datetime] = mapped_column(Moment)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("probation_plan.id"))
    over_at: Mapped[datetime | None] = mapped_column(Moment)
    """When another plan took its place, or it was taken back."""

    __table_args__ = (
        Index(
            "uq_probation_plan",
            "employee_id",
            unique=True,
            sqlite_where=text("over_at IS NULL"),
            postgresql_where=text("over_at IS NULL"),
        ),
    )


class ProbationGoal(Base):
    """One goal of a plan."""

    __tablename__ = "probation_goal"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("probation_plan.id"))
    kind: Mapped[str] = mapped_column(String(30))
    """A code of the policy."""
    target: Mapped[int]
    weight: Mapped[int]
    """In percent; those of a plan add up to a hundred."""

    __table_args__ = (UniqueConstraint("plan_id", "kind"),)


class GoalStep(Base):
    """How far somebody is with a goal, as whoever leads said it; the last one holds."""

    __tablename__ = "goal_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(ForeignKey("probation_goal.id"))
    done: Mapped[int]
    """In all so far, or the level."""
    noted_at: Mapped[datetime] = mapped_column(Moment)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (Index(None, "goal_id"),)


class Contest(Base):
    """Somebody says that a payment, or a figure of a month, is not right (申诉, S3-08)."""

    __tablename__ = "contest"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    measure: Mapped[str] = mapped_column(String(30))
    month: Mapped[date] = mapped_column(Date)
    """The first day of the month whose figure it is."""
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    credited_before_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """For whom the payment counted when it was contested."""
    value_before: Mapped[int | None] = mapped_column(BigInteger)
    """The figure then, in hundredths of what the measure is counted in."""
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why, sealed under the key of who contests."""
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the decision said, sealed likewise."""

    __table_args__ = (Index(None, "employee_id", "state"), Index(None, "state", "asked_at"))

    @property
    def about(self) -> str:
        """What its cards are about."""
        return f"contest:{self.id}"


class NoDailyReport(Base):
    """Somebody who leads and does not want to hear of their people each day."""

    __tablename__ = "no_daily_report"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)


class ResultImport(Base):
    """Results of another system that came together: in one file, or in one call."""

    __tablename__ = "result_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """Empty: from a table, on the command line."""
    system: Mapped[str] = mapped_column(String(40))
    """What the other system is called; empty where a table names one row by row."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


class ExternalResult(Base):
    """One thing that another system says somebody did: a sale, a loan, an overdue balance, a talk, a rating.

    A later one with the same id takes its place; nothing is written over. Of customers there is only the
    number that the other system gives them: sealed, and hashed so that purchases of the same one are known.
    """

    __tablename__ = "external_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("result_import.id"))
    system: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    day: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
    """Fen; minutes of a talk, points of a rating."""
    customer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The customer's number, sealed under the key of the person."""
    customer_hash: Mapped[str] = mapped_column(String(64), default="")
    loan: Mapped[str] = mapped_column(String(80), default="")
    """Of an overdue balance: the id of the loan in the same system."""
    first_visit_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("external_result.id"))
    nth: Mapped[int] = mapped_column(default=0)
    """Of a purchase: on which of the customer's days of buying from this person it is the first (1, 2, …); of
    an overdue balance 1 while its loan is known; else 0."""
    until: Mapped[date | None] = mapped_column(Date)
    """The day on which a later balance of the same loan takes its place."""

    __table_args__ = (
        Index(
            "uq_external_result",
            "system",
            "external_id",
            unique=True,
            sqlite_where=text("state = 'holds'"),
            postgresql_where=text("state = 'holds'"),
        ),
        Index(None, "employee_id", "day"),
        Index(None, "employee_id", "until"),
        Index(None, "customer_hash"),
        Index(None, "system", "loan"),
        Index(None, "import_id"),
    )


class MonthEnd(Base):
    """A case as it stood when a month ended, beside how it stood at the end of the month before (4.1)."""

    __tablename__ = "month_end"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    day: Mapped[date] = mapped_column(Date)
    """The last day of the month."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    bucket: Mapped[int]
    balance: Mapped[int] = mapped_column(BigInteger)
    """0: it was paid or settled."""
    was_bucket: Mapped[int | None]
    """A month before; empty: it was not there then, or somebody else had it."""
    was_balance: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (UniqueConstraint("case_id", "day"), Index(None, "owner_id", "day"))
