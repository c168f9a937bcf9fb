"""What people see of a case, gathered in few indexed questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from models import handover, secrecy, staff
from models.cases.access import subject_of
from models.cases.halting import open_halt
from models.cases.kinds import OfferState, PaymentState
from models.cases.promising import open_promise
from models.cases.rules import days_past_due, promise_horizon
from models.cases.settling import open_offer
from models.cases.tables import (
    Case,
    ContactNote,
    Halt,
    Payment,
    Placement,
    PromiseToPay,
    SettlementOffer,
    Signal,
)
from models.contact import Creditor, Debtor, DebtorContact
from models.policy import Policy
from models.staff import Employee


@dataclass(frozen=True)
class CaseView:
    """A case with all that a card shows of it; personal values are masked."""

    case: Case
    debtor: Debtor
    owner: Employee
    creditor: str
    placement: str
    ends_on: date
    """The last day on which we may work it."""
    dpd: int
    """Days past due."""
    promise: PromiseToPay | None
    """The open one."""
    note: ContactNote | None
    """The newest one."""
    halt: Halt | None
    """The open one."""
    offer: SettlementOffer | None
    """What is asked for or approved."""
    reported: int
    """Fen that were reported as paid and that finance has not looked at yet."""
    signal: Signal | None
    """What customer service has passed on and nobody has dealt with yet."""
    siblings: Sequence[int]
    """Numbers of the other open cases of the debtor."""

    @property
    def number(self) -> int:
        """The number people use."""
        return self.case.id

    @property
    def name(self) -> str:
        """The debtor's masked name."""
        return self.debtor.name_mask


def view(session: Session, case: Case, *, at: datetime) -> CaseView:
    """What a card shows of a case."""
    row = session.execute(
        select(Debtor, Employee, Creditor.name, Placement.number, Placement.end_on)
        .select_from(Debtor)
        .join(Employee, Employee.id == case.owner_id)
        .join(Creditor, Creditor.id == Debtor.creditor_id)
        .join(Placement, Placement.id == case.placement_id)
        .where(Debtor.id == case.debtor_id)
    ).one()
    debtor, owner, creditor, placement, ends_on = row
    return CaseView(
        case=case,
        debtor=debtor,
        owner=owner,
        creditor=creditor,
        placement=placement,
        ends_on=ends_on,
        dpd=days_past_due(case.overdue_since, at.date()),
        promise=open_promise(session, case),
        note=newest_note(session, case),
        halt=open_halt(session, case),
        offer=open_offer(session, case),
        reported=session.scalars(
            select(func.coalesce(func.sum(Payment.amount), 0)).where(
                Payment.case_id == case.id, Payment.state == PaymentState.REPORTED
            )
        ).one(),
        signal=session.scalars(
            select(Signal)
            .where(Signal.case_id == case.id, Signal.handled_at.is_(None))
            .order_by(Signal.id.desc())
            .limit(1)
        ).one_or_none(),
        siblings=session.scalars(
            select(Case.id)
            .where(Case.debtor_id == case.debtor_id, Case.id != case.id, Case.closed_at.is_(None))
            .order_by(Case.id)
            .limit(5)
        ).all(),
    )


def newest_note(session: Session, case: Case) -> ContactNote | None:
    """The last contact note of a case."""
    return session.scalars(
        select(ContactNote)
        .where(ContactNote.case_id == case.id)
        .order_by(ContactNote.at.desc(), ContactNote.id.desc())
        .limit(1)
    ).one_or_none()


def waiting_payments(session: Session, *, after: int = 0, limit: int) -> Sequence[tuple[Payment, Case, str]]:
    """(payment, case, masked name of the debtor) of what finance has to look at, oldest first."""
    rows = session.execute(
        select(Payment, Case, Debtor.name_mask)
        .join(Case, Case.id == Payment.case_id)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .where(Payment.state == PaymentState.REPORTED)
        .order_by(Payment.reported_at, Payment.id)
        .offset(after)
        .limit(limit)
    ).all()
    return [(payment, case, name) for payment, case, name in rows]


def waiting_of(session: Session, case: Case) -> Sequence[Payment]:
    """The payments of a case that wait for finance, oldest first."""
    return session.scalars(
        select(Payment)
        .where(Payment.case_id == case.id, Payment.state == PaymentState.REPORTED)
        .order_by(Payment.id)
    ).all()


def reversible_of(session: Session, case: Case) -> Sequence[Payment]:
    """The payments of a case that were confirmed and not reversed since, newest first."""
    reversal = aliased(Payment)
    return session.scalars(
        select(Payment)
        .where(
            Payment.case_id == case.id,
            Payment.state == PaymentState.CONFIRMED,
            Payment.amount > 0,
            ~exists().where(reversal.reverses_id == Payment.id),
        )
        .order_by(Payment.id.desc())
    ).all()


def count_waiting_payments(session: Session) -> tuple[int, int]:
    """(how many payments wait for finance, their sum in fen)."""
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(Payment.amount), 0)).where(
            Payment.state == PaymentState.REPORTED
        )
    ).one()
    return count, total


def words_of(session: Session, case: Case, sealed: bytes | None) -> str:
    """Free words kept with a case, for people; empty if there are none, or the debtor was erased."""
    return secrecy.open_text(session, subject_of(case), sealed) or ""


def kept_words(session: Session, case: Case, words: str) -> str:
    """Free words, sealed under the debtor's key, for what waits for a confirmation."""
    sealed = secrecy.seal(session, subject_of(case), words)
    return "" if sealed is None else sealed.hex()


def words_kept(session: Session, case: Case, kept: str) -> str:
    """The words again."""
    return words_of(session, case, bytes.fromhex(kept) if kept else None)


def last_promise_day(case: Case, today: date, policy: Policy) -> date:
    """The latest day on which a promise may be due (domain.md 5.1)."""
    days = promise_horizon(
        case.bucket,
        days=policy.cases.promise_days,
        days_late=policy.cases.promise_days_late,
        late_from=policy.cases.promise_late_bucket,
    )
    return today + timedelta(days=days)


def find_by_name_and_tail(
    session: Session, *, actor: Employee, name: str, tail: str, action: str, policy: Policy
) -> Sequence[Case]:
    """Open cases of debtors of this name with a number that ends so, within the actor's reach.

    Raises:
        NotPermitted: no role of the actor includes the action.
    """
    allowed = staff.require(actor, action, policy.rights)
    return session.scalars(
        select(Case)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .where(
            Debtor.name_hash == secrecy.identity_hash(session, "name", name),
            Case.closed_at.is_(None),
            staff.unit_in_reach(allowed, Case.unit_id),
            exists().where(
                DebtorContact.debtor_id == Debtor.id, DebtorContact.number_mask.endswith(tail[-4:])
            ),
        )
        .order_by(Case.id)
        .limit(6)
    ).all()


def offers_to_decide(session: Session, *, decider_id: int, at: datetime) -> Sequence[SettlementOffer]:
    """What somebody is asked to decide about, the longest waiting first, with what those are asked for whom
    they stand in during a short leave; but not what they have asked for themselves."""
    asked = [decider_id, *handover.stands_in_for(session, employee_id=decider_id, at=at)]
    return session.scalars(
        select(SettlementOffer)
        .where(SettlementOffer.decider_id.in_(asked), SettlementOffer.state == OfferState.ASKED)
        .where(SettlementOffer.asked_by_id != decider_id)
        .order_by(SettlementOffer.id)
    ).all()
