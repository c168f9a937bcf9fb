"""Cases as they are worked: whose they are and were, what was promised, paid, said, asked and decided.

Money is an integer of fen (0.01 CNY). The invariants of domain.md 5.2 stand here as constraints.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Placement(Base):
    """A batch of cases that a creditor has placed with us for a time (委案)."""

    __tablename__ = "placement"

    id: Mapped[int] = mapped_column(primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    number: Mapped[str] = mapped_column(String(50))
    """The creditor's number of the batch."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """Into whose pool its cases come."""
    start_on: Mapped[date] = mapped_column(Date)
    end_on: Mapped[date] = mapped_column(Date)
    """The last day on which we may work its cases."""
    commission_permille: Mapped[int | None]
    declared_cases: Mapped[int | None]
    declared_amount: Mapped[int | None] = mapped_column(BigInteger)
    """What the creditor says it holds, for the reconciliation (S3-45)."""
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("creditor_id", "number"), Index(None, "end_on"))


class Case(Base):
    """One loan account of one debtor under one placement.

    Every case has exactly one owner; all open ones of a debtor have the same (the deferred foreign key on
    `live_owner_id`).
    """

    __tablename__ = "case"

    id: Mapped[int] = mapped_column(primary_key=True)
    """The number people use."""
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id"))
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("debtor.id"))
    reference: Mapped[str] = mapped_column(String(60))
    """The creditor's number of the account."""
    product: Mapped[str] = mapped_column(String(50), default="")
    area: Mapped[str] = mapped_column(String(50), default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    principal: Mapped[int] = mapped_column(BigInteger, default=0)
    placed_balance: Mapped[int] = mapped_column(BigInteger)
    """What was owed when it was placed."""
    balance: Mapped[int] = mapped_column(BigInteger)
    """What is owed now: placed, minus confirmed payments, minus what was waived."""
    waived: Mapped[int] = mapped_column(BigInteger, default=0)
    overdue_since: Mapped[date | None] = mapped_column(Date)
    """The first day past due; empty: not overdue."""
    bucket: Mapped[int]
    """M0…M7+ today; recomputed daily."""
    entry_bucket: Mapped[int]
    """The bucket when it was placed; frozen."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """The unit in whose pool it is, or whose member works it."""
    status: Mapped[str] = mapped_column(String(20))
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    live_owner_id: Mapped[int | None]
    """The owner while the case is open, else empty."""
    version: Mapped[int] = mapped_column(default=1)
    """Goes up with every change of state or owner: who comes late is told so (domain.md 5.2)."""
    assigned_at: Mapped[datetime | None] = mapped_column(Moment)
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    accept_by: Mapped[datetime | None] = mapped_column(Moment)
    """By when the assignee is to accept; while it is assigned."""
    contact_by: Mapped[datetime | None] = mapped_column(Moment)
    """By when the owner is to contact the debtor for the first time, or as a supervisor said."""
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    worked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the last note was made."""
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the next follow-up is due."""
    declines: Mapped[int] = mapped_column(default=0)
    retained_until: Mapped[date | None] = mapped_column(Date)
    """Until when recycling leaves it with its owner (留案)."""
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Further columns of the creditor's file, of no personal kind (S2-40)."""
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    """Of the row it was imported from: the same row again changes nothing."""
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("creditor_id", "reference"),
        ForeignKeyConstraint(
            ["debtor_id", "live_owner_id"],
            ["debtor.id", "debtor.owner_id"],
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint(
            "(closed_at IS NULL AND live_owner_id = owner_id)"
            " OR (closed_at IS NOT NULL AND live_owner_id IS NULL)",
            name="one_owner",
        ),
        CheckConstraint(
            "(status IN ('paid', 'settled', 'returned', 'closed')) = (closed_at IS NOT NULL)", name="ended"
        ),
        CheckConstraint("balance >= 0 AND placed_balance >= 0 AND waived >= 0", name="amounts"),
        CheckConstraint("status <> 'paid' OR balance = 0", name="paid_in_full"),
        Index(None, "live_owner_id", "status", "next_at"),
        Index(None, "unit_id", "status"),
        Index(None, "debtor_id"),
        Index(None, "placement_id", "status"),
        Index(
            "ix_case_contact_by",
            "contact_by",
            sqlite_where=text("contact_by IS NOT NULL"),
            postgresql_where=text("contact_by IS NOT NULL"),
        ),
        Index(
            "ix_case_worked_at",
            "worked_at",
            sqlite_where=text("status = 'in_progress'"),
            postgresql_where=text("status = 'in_progress'"),
        ),
        Index(
            "ix_case_accept_by",
            "accept_by",
            sqlite_where=text("status = 'assigned'"),
            postgresql_where=text("status = 'assigned'"),
        ),
    )


class AssignmentBatch(Base):
    """A change of owner of one or many cases at once: all of them or none (domain.md 5.2)."""

    __tablename__ = "assignment_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    """What asked for it: the same again changes nothing."""
    cause: Mapped[str] = mapped_column(String(20))
    strategy: Mapped[str] = mapped_column(String(30), default="")
    seed: Mapped[int] = mapped_column(BigInteger, default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    cases: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What it was computed from: codes, ids and numbers."""
    undone_at: Mapped[datetime | None] = mapped_column(Moment)


class Assignment(Base):
    """One stretch of ownership. The stretches of a case follow each other without gap or overlap: each begins
    where the one before it ended (the foreign key on `follows`, `begins_where`)."""

    __tablename__ = "assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    number: Mapped[int]
    """1, 2, 3 … within the case."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    follows: Mapped[int | None]
    begins_where: Mapped[datetime | None] = mapped_column(Moment)
    """Number and end of the stretch before it; empty for the first."""
    cause: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_batch.id"))
    why: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What decided for this owner: answers 「为什么是我」."""
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """How the case stood before, as far as the change of owner changed it: what undoing it restores."""
    balance: Mapped[int | None] = mapped_column(BigInteger)
    """What was owed when it was given to the owner to be worked; frozen (domain.md 4.1).

    Empty: it was held in a pool.
    """

    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("case_id", "number", "ended_at"),
        ForeignKeyConstraint(
            ["case_id", "follows", "begins_where"],
            ["assignment.case_id", "assignment.number", "assignment.ended_at"],
        ),
        CheckConstraint(
            "(number = 1 AND follows IS NULL AND begins_where IS NULL)"
            " OR (number > 1 AND follows = number - 1 AND begins_where = started_at)",
            name="no_gap",
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="forward"),
        Index(
            "uq_assignment_open",
            "case_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "owner_id", "started_at"),
        Index(None, "owner_id", "ended_at"),
        Index(None, "batch_id"),
    )


class CaseEnding(Base):
    """That a case ended in somebody's hands; it stays when the case goes on later, and says so."""

    __tablename__ = "case_ending"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    """The stretch of ownership in which it ended."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    status: Mapped[str] = mapped_column(String(20))
    ended_at: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the case went on."""

    __table_args__ = (
        Index(None, "owner_id", "ended_at"),
        Index(None, "owner_id", "undone_at"),
        Index(None, "assignment_id"),
        Index(
            "uq_case_ending_standing",
            "case_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )


class AssignmentDraft(Base):
    """One case of a large change of owner, as it will be written: made in many short transactions, and then
    written by one short one, so that nobody waits for it and nobody sees half of it (docs/adr/0025)."""

    __tablename__ = "assignment_draft"

    run_id: Mapped[int] = mapped_column(primary_key=True)
    """Which change of owner."""
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    debtor_id: Mapped[int] = mapped_column(ForeignKey("debtor.id"))
    version: Mapped[int]
    """That of the case when this was computed: another one, and nothing is written at all."""
    stretch_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    """The stretch that ends."""
    number: Mapped[int]
    """Its number."""
    begins: Mapped[datetime] = mapped_column(Moment)
    was: Mapped[str] = mapped_column(String(20))
    """The state before."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    status: Mapped[str] = mapped_column(String(20))
    accept_by: Mapped[datetime | None] = mapped_column(Moment)
    contact_by: Mapped[datetime | None] = mapped_column(Moment)
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    assigned_at: Mapped[datetime | None] = mapped_column(Moment)
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    declines: Mapped[int]
    """The columns of the case as they will be."""
    why: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Those of the stretch that begins."""
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """That of the event."""

    __table_args__ = (Index("ix_assignment_draft_debtor", "run_id", "debtor_id", "owner_id"),)


class CaseEvent(Base):
    """A change of state of a case, with what made it."""

    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    kind: Mapped[str] = mapped_column(String(30))
    from_status: Mapped[str] = mapped_column(String(20))
    to_status: Mapped[str] = mapped_column(String(20))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A reason somebody wrote, sealed under the debtor's key."""

    __table_args__ = (Index(None, "case_id", "at"),)


class ContactNote(Base):
    """What came of a contact (催记). Never changed: a correction is a new row that names the old one."""

    __tablename__ = "contact_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("contact_attempt.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    outcome: Mapped[str] = mapped_column(String(30))
    """Code of config/policy.toml `[cases] outcomes`."""
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What was written, sealed under the debtor's key; numbers in it are masked (domain.md 3, PII_LEAK)."""
    identity_stated: Mapped[bool | None]
    """Whether the institution was named at the beginning; asked for the first note of a case."""
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("contact_note.id"))
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Rules of contact or wording that it broke."""

    __table_args__ = (
        Index(None, "case_id", "at"),
        Index(None, "employee_id", "at"),
        Index(None, "attempt_id"),
    )


class PromiseToPay(Base):
    """What a debtor promised (承诺还款); at most one open a case (domain.md 4.1)."""

    __tablename__ = "promise_to_pay"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    due_on: Mapped[date] = mapped_column(Date)
    grace_days: Mapped[int]
    counts_on: Mapped[date] = mapped_column(Date)
    """The last day on which it can be kept, due date and grace: it counts as kept or not on that day."""
    threshold_percent: Mapped[int]
    status: Mapped[str] = mapped_column(String(10))
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    """Confirmed payments since it was made, up to due date and grace."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    settled_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index(
            "uq_promise_to_pay_open",
            "case_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index(None, "case_id", "made_at"),
        Index(None, "status", "due_on"),
        Index(None, "made_by_id", "made_at"),
        Index(None, "made_by_id", "counts_on"),
    )


class Payment(Base):
    """Money that came in for a case; a reversal is a negative row of its own."""

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    """The number of the entry in the creditor's books, where it comes from there."""
    reported_at: Mapped[datetime] = mapped_column(Moment)
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    posted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it changed the balance."""
    credited_to_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    """To whom it counts: the owner when it was posted, or as domain.md 4.1 says."""
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise_to_pay.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it was rejected or reversed, sealed under the debtor's key."""

    __table_args__ = (
        CheckConstraint("amount <> 0 AND ((reverses_id IS NULL) = (amount > 0))", name="amount"),
        Index(None, "case_id", "posted_at"),
        Index(None, "state", "reported_at"),
        Index(None, "credited_to_id", "posted_at"),
    )


class SettlementOffer(Base):
    """Less than is owed, if it is paid by a day: takes an approval by tier (减免)."""

    __tablename__ = "settlement_offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    pay_amount: Mapped[int] = mapped_column(BigInteger)
    waived_amount: Mapped[int] = mapped_column(BigInteger)
    pay_by: Mapped[date] = mapped_column(Date)
    tier: Mapped[str] = mapped_column(String(20))
    """The role that decides."""
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    decider_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who is asked; moves along with a handover."""
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint("pay_amount > 0 AND waived_amount > 0", name="amounts"),
        Index(
            "uq_settlement_offer_open",
            "case_id",
            unique=True,
            sqlite_where=text("state IN ('asked', 'approved')"),
            postgresql_where=text("state IN ('asked', 'approved')"),
        ),
        Index(None, "case_id"),
        Index(None, "decider_id", "state"),
    )


class Halt(Base):
    """Contact about a case is stopped: a dispute, a complaint, a death …; only a supervisor lets it go on."""

    __tablename__ = "halt"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(String(20))
    status_before: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who had the case then: whom a complaint is about."""
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    upheld: Mapped[bool | None]
    """Of a complaint or dispute: whether it was justified."""

    __table_args__ = (
        Index(None, "owner_id", "opened_at"),
        Index(
            "uq_halt_open",
            "case_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )


class FollowUp(Base):
    """The next thing to do about a case, at its time; belongs to whoever owns the case when it is due."""

    __tablename__ = "follow_up"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """`call`, `visit`, `promise`, `relay`, `other`."""
    due_at: Mapped[datetime] = mapped_column(Moment)
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Whose it is: it goes along with its case until it is done or due, and stays with that person then."""
    state: Mapped[str] = mapped_column(String(10))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    snoozes: Mapped[int] = mapped_column(default=0)
    escalated: Mapped[int] = mapped_column(default=0)
    """How many steps of the escalation ladder it has gone."""
    lifted: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether who leads has allowed it beyond what the rule pack allows; it stays so when it is put off."""
    settled_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(
            "ix_follow_up_open",
            "due_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "case_id", "state"),
        Index(None, "owner_id", "due_at"),
    )


class Signal(Base):
    """What customer service passes on to the owner of a case, with its deadline (S3-15, S3-32)."""

    __tablename__ = "signal"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """`willing_to_pay`, `question`, `hardship`, `complaint`."""
    amount: Mapped[int | None] = mapped_column(BigInteger)
    pay_on: Mapped[date | None] = mapped_column(Date)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    due_at: Mapped[datetime] = mapped_column(Moment)
    escalated: Mapped[int] = mapped_column(default=0)
    handled_at: Mapped[datetime | None] = mapped_column(Moment)
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (
        Index(
            "ix_signal_open",
            "due_at",
            sqlite_where=text("handled_at IS NULL"),
            postgresql_where=text("handled_at IS NULL"),
        ),
        Index(None, "case_id"),
    )


class WorkProfile(Base):
    """What somebody may be given: buckets, products, areas and languages, and how many.

    An empty list allows everything (domain.md 5.3).
    """

    __tablename__ = "work_profile"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    buckets: Mapped[list[int]] = mapped_column(JSON, default=list)
    products: Mapped[list[str]] = mapped_column(JSON, default=list)
    areas: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    cap: Mapped[int | None]
    """How many cases at most; empty: as the policy says."""


class Conflict(Base):
    """Somebody who must not work the cases of a debtor: a relative, a neighbour (domain.md 5.3)."""

    __tablename__ = "conflict"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("debtor.id"))
    noted_at: Mapped[datetime] = mapped_column(Moment)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (UniqueConstraint("employee_id", "debtor_id"),)
