"""What somebody has to work on, what is due first on top."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import handover
from models.cases.kinds import CaseStatus, PtpStatus
from models.cases.tables import Case, PromiseToPay, Signal
from models.contact import Debtor
from models.staff import Employee

HELD = (
    CaseStatus.ASSIGNED,
    CaseStatus.IN_PROGRESS,
    CaseStatus.PTP,
    CaseStatus.DISPUTED,
    CaseStatus.SUSPENDED,
)
"""What stands on somebody's list: the pool of a supervisor does not."""


class Why(StrEnum):
    """Why a case stands where it does on the list, the most pressing first."""

    SIGNAL = "signal"
    PROMISE = "promise"
    OVERDUE = "overdue"
    TODAY = "today"
    NOT_ACCEPTED = "not_accepted"
    FIRST_CONTACT = "first_contact"
    LATER = "later"
    HALTED = "halted"


DUE = (Why.SIGNAL, Why.PROMISE, Why.OVERDUE, Why.TODAY, Why.NOT_ACCEPTED, Why.FIRST_CONTACT)
"""What is to be done today."""
_ORDER = {why: number for number, why in enumerate(Why)}


@dataclass(frozen=True)
class AgendaItem:
    """A case on somebody's list."""

    number: int
    name: str
    """The debtor's masked name."""
    status: str
    bucket: int
    balance: int
    """Fen."""
    why: Why
    due_at: datetime | date | None
    """When that is due; empty where there is no such moment."""
    promised: int | None
    """Fen of the open promise."""
    owner: str = ""
    """Whose it is, if it is looked after for somebody who is away."""


@dataclass(frozen=True)
class Agenda:
    """Somebody's list."""

    items: Sequence[AgendaItem]

    @property
    def due(self) -> int:
        """How many are to be worked today."""
        return sum(item.why in DUE for item in self.items)

    @property
    def not_accepted(self) -> int:
        """How many of their own wait for being accepted."""
        return sum(item.status == CaseStatus.ASSIGNED and not item.owner for item in self.items)

    @property
    def covered(self) -> int:
        """How many are looked after for others."""
        return sum(bool(item.owner) for item in self.items)


def agenda(session: Session, *, owner_id: int, at: datetime, stand_in: bool = False) -> Agenda:
    """What somebody works on, what is due first on top: three indexed questions, whatever else there is.

    `stand_in`: with what is theirs for whom they stand in during a short leave.
    """
    owners = [owner_id]
    if stand_in:
        owners += handover.stands_in_for(session, employee_id=owner_id, at=at)
    away = select(Employee.id, Employee.name).where(Employee.id.in_(owners[1:]))
    names = dict(session.execute(away).all()) if owners[1:] else {}
    rows = session.execute(
        select(
            Case.id,
            Debtor.name_mask,
            Case.status,
            Case.bucket,
            Case.balance,
            Case.next_at,
            Case.accept_by,
            Case.contact_by,
            Case.worked_at,
            Case.owner_id,
        )
        .join(Debtor, Debtor.id == Case.debtor_id)
        .where(Case.live_owner_id.in_(owners), Case.status.in_(HELD))
    ).all()
    mine = select(Case.id).where(Case.live_owner_id.in_(owners), Case.status.in_(HELD))
    # The state is looked at here: asked for in SQL, SQLite would go through all open promises there are.
    made = select(PromiseToPay.case_id, PromiseToPay.amount, PromiseToPay.due_on, PromiseToPay.status).where(
        PromiseToPay.case_id.in_(mine)
    )
    promises: Mapping[int, tuple[int, date]] = {
        case_id: (amount, due_on)
        for case_id, amount, due_on, status in session.execute(made)
        if status == PtpStatus.OPEN
    }
    waiting = select(Signal.case_id, Signal.due_at).where(
        Signal.case_id.in_(mine), Signal.handled_at.is_(None)
    )
    signals = dict(session.execute(waiting).all())
    items = [
        AgendaItem(
            number,
            name,
            status,
            bucket,
            balance,
            *_why(
                status,
                at,
                signals.get(number),
                promises.get(number),
                next_at,
                accept_by,
                contact_by,
                worked_at,
            ),
            promised=promises[number][0] if number in promises else None,
            owner=names.get(owner, ""),
        )
        for number, name, status, bucket, balance, next_at, accept_by, contact_by, worked_at, owner in rows
    ]
    return Agenda(sorted(items, key=_place))


def _why(
    status: str,
    at: datetime,
    signal: datetime | None,
    promise: tuple[int, date] | None,
    next_at: datetime | None,
    accept_by: datetime | None,
    contact_by: datetime | None,
    worked_at: datetime | None,
) -> tuple[Why, datetime | date | None]:
    if status in (CaseStatus.DISPUTED, CaseStatus.SUSPENDED):
        return Why.HALTED, None
    if signal is not None:
        return Why.SIGNAL, signal
    if promise is not None and promise[1] <= at.date():
        return Why.PROMISE, promise[1]
    if next_at is not None and next_at <= at:
        return Why.OVERDUE, next_at
    if next_at is not None and next_at.date() == at.date():
        return Why.TODAY, next_at
    if status == CaseStatus.ASSIGNED:
        return Why.NOT_ACCEPTED, accept_by
    if worked_at is None and next_at is None:
        return Why.FIRST_CONTACT, contact_by
    return Why.LATER, next_at


def _place(item: AgendaItem) -> tuple[int, str, int, int]:
    """Why first, then the earlier moment, then the higher balance."""
    moment = "9" if item.due_at is None else item.due_at.isoformat()
    return _ORDER[item.why], moment, -item.balance, item.number
