"""Payments: reported, confirmed by finance, rejected, reversed; balance, promise, offer and state follow."""

from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from models import staff
from models.cases.access import (
    WORK,
    record,
    require_case,
    require_open,
    seal_words,
    take,
)
from models.cases.booked import tell_later
from models.cases.ending import end, revive, take_back_waiver
from models.cases.errors import (
    AmountOutOfRange,
    DayOutOfRange,
    NoSuchPayment,
    NotReversible,
    OwnReport,
    PaymentDecided,
)
from models.cases.hearing import hear_reason, heed_reason
from models.cases.kinds import CaseStatus, OfferState, PaymentState
from models.cases.promising import count_towards, promise_of
from models.cases.rules import Trigger, covers
from models.cases.settling import open_offer, paid_towards_offer
from models.cases.tables import Case, Payment, PromiseToPay, SettlementOffer
from models.cases.working import begin, deal_with
from models.policy import Policy
from models.staff import Employee

CONFIRM = "payments.confirm"
"""The right to say that money has come in."""
SAME_DAYS = 3
"""So many days may lie between what was reported and the same money in the creditor's books."""


def report_payment(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    amount: int,
    paid_on: date,
    at: datetime,
    policy: Policy,
) -> Payment:
    """Report that the debtor has paid; finance confirms it (S3-33). What was waiting is dealt with by that.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; CaseClosed: it has ended; AmountOutOfRange:
        nothing, or more than is owed; DayOutOfRange: the day is to come, or before the case was placed.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy, after_halt=True)
    require_open(case)
    payment = _enter(session, case, amount, paid_on, at, by=actor)
    begin(session, actor=actor, case=case, at=at)
    deal_with(session, actor=actor, case=case, at=at, policy=policy)
    record(session, "cases.report_payment", case, actor, at, payment=payment.id, amount=amount)
    return payment


def _enter(
    session: Session,
    case: Case,
    amount: int,
    paid_on: date,
    at: datetime,
    *,
    by: Employee | None,
) -> Payment:
    if not 0 < amount <= case.balance:
        raise AmountOutOfRange(number=case.id, most=case.balance)
    first, last = min(case.created_at.date(), at.date()), at.date()
    if not first <= paid_on <= last:
        raise DayOutOfRange(number=case.id, first=first, last=last)
    towards = promise_of(session, case, paid_on, at)
    payment = Payment(
        case_id=case.id,
        amount=amount,
        paid_on=paid_on,
        state=PaymentState.REPORTED,
        reported_at=at,
        reported_by_id=None if by is None else by.id,
        promise_id=None if towards is None else towards.id,
    )
    session.add(payment)
    session.flush()
    return payment


def book_payment(
    session: Session,
    *,
    case: Case,
    amount: int,
    paid_on: date,
    external_id: str,
    at: datetime,
    policy: Policy,
) -> Payment:
    """A payment out of the creditor's books: confirmed by that; the same entry again changes nothing.

    One of the same amount that somebody has reported within a few days of it is taken for the same money.
    The owner of the case is told of all that was booked at this moment together.

    Raises:
        AmountOutOfRange, DayOutOfRange: as `report_payment`.
    """
    known = session.scalars(select(Payment).where(Payment.external_id == external_id)).one_or_none()
    if known is not None:
        return known
    take(session, case)
    payment = _reported_before(session, case, amount, paid_on)
    if payment is None:
        payment = _enter(session, case, amount, paid_on, at, by=None)
    is_open = payment.state == PaymentState.REPORTED
    if is_open and amount > case.balance:
        raise AmountOutOfRange(number=case.id, most=case.balance)
    payment.external_id = external_id
    session.flush()
    if is_open:
        _post(session, case, payment, None, at, policy)
        tell_later(session, owner_id=case.owner_id, at=at)
    record(session, "cases.book_payment", case, None, at, payment=payment.id, amount=amount)
    return payment


def _reported_before(session: Session, case: Case, amount: int, paid_on: date) -> Payment | None:
    """What is likely the same money: reported and not rejected, and not in the creditor's books so far."""
    reversal = aliased(Payment)
    near = timedelta(days=SAME_DAYS)
    return session.scalars(
        select(Payment)
        .where(
            Payment.case_id == case.id,
            Payment.amount == amount,
            Payment.external_id.is_(None),
            Payment.state.in_((PaymentState.REPORTED, PaymentState.CONFIRMED)),
            Payment.paid_on.between(paid_on - near, paid_on + near),
            ~exists().where(reversal.reverses_id == Payment.id),
        )
        .order_by(Payment.id)
        .limit(1)
    ).one_or_none()


def find_payment(
    session: Session, *, actor: Employee, payment_id: int, at: datetime, policy: Policy
) -> tuple[Payment, Case]:
    """A payment that the actor may decide about, with its case.

    Raises:
        NotPermitted: the actor confirms no payments; NoSuchPayment: there is none within reach.
    """
    staff.require(actor, CONFIRM, policy.rights)
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NoSuchPayment()
    case = session.get_one(Case, payment.case_id)
    require_case(session, actor=actor, case=case, actions=(CONFIRM,), at=at, policy=policy)
    return payment, case


def _to_decide(session: Session, actor: Employee, payment: Payment, at: datetime, policy: Policy) -> Case:
    """The case of a reported payment, both for this transaction alone."""
    case = session.get_one(Case, payment.case_id)
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(CONFIRM,), at=at, policy=policy)
    session.refresh(payment)
    if payment.state != PaymentState.REPORTED:
        raise PaymentDecided(number=case.id, state=payment.state)
    return case


def confirm_payment(
    session: Session, *, actor: Employee, payment: Payment, at: datetime, policy: Policy
) -> Payment:
    """The money is there: balance, promise, settlement offer and state of the case follow.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; PaymentDecided: it was decided before; OwnReport: the actor
        has reported it; AmountOutOfRange: less is owed by now.
    """
    case = _to_decide(session, actor, payment, at, policy)
    if payment.reported_by_id == actor.id:
        raise OwnReport(number=case.id)
    if payment.amount > case.balance:
        raise AmountOutOfRange(number=case.id, most=case.balance)
    _post(session, case, payment, actor, at, policy)
    record(session, "cases.confirm_payment", case, actor, at, payment=payment.id, amount=payment.amount)
    return payment


def reject_payment(
    session: Session, *, actor: Employee, payment: Payment, reason: str, at: datetime, policy: Policy
) -> Payment:
    """The money is not there: nothing follows.

    Raises:
        NotPermitted, NoSuchCase, PaymentDecided: as `confirm_payment`; ReasonMissing: there is none.
    """
    case = _to_decide(session, actor, payment, at, policy)
    reason = hear_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    payment.state, payment.decided_at, payment.decided_by_id = PaymentState.REJECTED, at, actor.id
    payment.words = seal_words(session, case, reason)
    session.flush()
    record(session, "cases.reject_payment", case, actor, at, words=reason, payment=payment.id)
    heed_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    return payment


def _post(
    session: Session, case: Case, payment: Payment, actor: Employee | None, at: datetime, policy: Policy
) -> None:
    payment.state, payment.decided_at, payment.posted_at = PaymentState.CONFIRMED, at, at
    payment.decided_by_id = None if actor is None else actor.id
    payment.credited_to_id = case.owner_id
    case.balance -= payment.amount
    session.flush()
    _let_promise_follow(session, case, payment, actor, at, policy)
    if case.closed_at is not None:
        return
    offer = _offer_paid(session, case, policy)
    if offer is not None and not covers(offer.waived_amount, case.balance):
        offer = None
    if offer is not None:
        offer.state, offer.waived_amount = OfferState.PAID, case.balance or offer.waived_amount
        session.flush()
    if offer is not None and case.balance > 0:
        case.waived, case.balance = case.waived + case.balance, 0
        end(session, [case.id], Trigger.SETTLED, by=actor, at=at)
    elif case.balance == 0:
        end(session, [case.id], Trigger.PAID, by=actor, at=at)


def _let_promise_follow(
    session: Session, case: Case, payment: Payment, actor: Employee | None, at: datetime, policy: Policy
) -> None:
    known = None if payment.promise_id is None else session.get(PromiseToPay, payment.promise_id)
    if known is not None:
        count_towards(session, case, known, by=actor, at=at, policy=policy)


def _offer_paid(session: Session, case: Case, policy: Policy) -> SettlementOffer | None:
    """The approved offer that has been paid in time by now."""
    offer = open_offer(session, case)
    if offer is None or offer.state != OfferState.APPROVED:
        return None
    paid = paid_towards_offer(session, offer, (PaymentState.CONFIRMED,), policy)
    return offer if paid >= offer.pay_amount else None


def offer_falling_short(session: Session, case: Case, policy: Policy) -> SettlementOffer | None:
    """The approved offer that has been paid, though more is left of the case than was approved to be waived.

    So it is after an earlier payment was reversed, or a file raised the balance; such a case stays open.
    """
    return _offer_paid(session, case, policy) if case.closed_at is None else None


def reverse_payment(
    session: Session, *, actor: Employee, payment: Payment, reason: str, at: datetime, policy: Policy
) -> Payment:
    """Money that had come in has gone again: a negative row, and everything that followed is taken back.

    A case that had ended by it is in progress again, with its owner, else a supervisor (domain.md 5.1).

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; NotReversible: it was not confirmed, or reversed before;
        ReasonMissing: there is none; NoSupervisor: nobody could have the case.
    """
    case = session.get_one(Case, payment.case_id)
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(CONFIRM,), at=at, policy=policy)
    session.refresh(payment)
    reversed_before = session.scalar(select(exists().where(Payment.reverses_id == payment.id)))
    if payment.state != PaymentState.CONFIRMED or payment.amount < 0 or reversed_before:
        raise NotReversible(number=case.id)
    reason = hear_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    taken = Payment(
        case_id=case.id,
        amount=-payment.amount,
        paid_on=payment.paid_on,
        state=PaymentState.CONFIRMED,
        reported_at=at,
        reported_by_id=actor.id,
        decided_at=at,
        decided_by_id=actor.id,
        posted_at=at,
        credited_to_id=payment.credited_to_id,
        promise_id=payment.promise_id,
        reverses_id=payment.id,
        words=seal_words(session, case, reason),
    )
    session.add(taken)
    if case.status == CaseStatus.SETTLED:
        take_back_waiver(session, case)
    was_paid = case.status in (CaseStatus.PAID, CaseStatus.SETTLED)
    if was_paid:
        revive(session, case, Trigger.REVERSE, by=actor, at=at, words=reason)
        session.refresh(case)
    case.balance += payment.amount
    session.flush()
    _let_promise_follow(session, case, taken, actor, at, policy)
    record(session, "cases.reverse_payment", case, actor, at, words=reason, payment=payment.id)
    heed_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    return taken


def credit_payment(
    session: Session, *, actor: Employee, payment: Payment, to: Employee, at: datetime
) -> Payment:
    """Let a posted payment, and its reversal if there is one, count for somebody else.

    Whoever calls has asked whether the actor may decide that (models/performance/contests.py).
    """
    case = session.get_one(Case, payment.case_id)
    take(session, case)
    session.refresh(payment)
    before = payment.credited_to_id
    payment.credited_to_id = to.id
    for reversal in session.scalars(select(Payment).where(Payment.reverses_id == payment.id)):
        reversal.credited_to_id = to.id
    session.flush()
    record(session, "cases.credit_payment", case, actor, at, payment=payment.id, before=before, to=to.id)
    return payment
