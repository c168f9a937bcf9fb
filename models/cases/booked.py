"""What a file of the creditor's payments has booked: each owner hears of it once, when it is through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import planning
from models.cases.kinds import OfferState, PtpStatus
from models.cases.rules import is_kept
from models.cases.tables import Case, Payment, PromiseToPay, SettlementOffer
from models.contact import Debtor

BOOKED = "cases.booked"
"""Kind of the due item that tells an owner of what was booked at the moment that its expiry goes back to."""
TOLD_AFTER = timedelta(minutes=5)
TOLD_UNTIL = timedelta(days=4)
"""A long holiday lies between an import and the time at which somebody may be told."""


def tell_later(session: Session, *, owner_id: int, at: datetime) -> None:
    """Have the owner told of all that is booked at this moment."""
    planning.plan_due(session, [(BOOKED, owner_id, at + TOLD_AFTER, at + TOLD_UNTIL)])


@dataclass(frozen=True)
class Short:
    """A promise towards which less has come in than was promised; amounts in fen."""

    number: int
    name: str
    """Of the debtor, masked."""
    promised: int
    missing: int
    due_on: date
    is_over: bool
    """Whether its time was over before the money came: it counts as broken."""


@dataclass(frozen=True)
class Booked:
    """What came in for one owner; amounts in fen."""

    cases: int
    amount: int
    ended: int
    """How many of these cases are paid in full or settled by that."""
    short: Sequence[Short]
    """The largest first."""
    offers: Sequence[int]
    """Cases with a settlement that may have been paid and yet be more than was approved."""


def booked(session: Session, *, owner_id: int, at: datetime) -> Booked:
    """What a file has booked at that moment to cases of this owner."""
    own = select(Case.id).where(Case.live_owner_id == owner_id)
    rows = session.execute(
        select(Payment, Case, PromiseToPay, Debtor.name_mask)
        .join(Case, Case.id == Payment.case_id)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .outerjoin(PromiseToPay, PromiseToPay.id == Payment.promise_id)
        .where(
            or_(Payment.credited_to_id == owner_id, Payment.case_id.in_(own)),
            Payment.posted_at == at,
            Payment.external_id.is_not(None),
            Payment.decided_by_id.is_(None),
            Case.owner_id == owner_id,
        )
        .order_by(Payment.id)
    ).all()
    found = {case.id: case for _, case, _, _ in rows}
    short = {
        known.id: Short(
            case.id,
            name,
            known.amount,
            known.amount - known.paid,
            known.due_on,
            known.status != PtpStatus.OPEN,
        )
        for _, case, known, name in rows
        if known is not None
        and case.closed_at is None
        and known.status != PtpStatus.CANCELLED
        and not is_kept(known.paid, known.amount, known.threshold_percent)
    }
    offers = session.scalars(
        select(SettlementOffer.case_id)
        .where(SettlementOffer.case_id.in_(found), SettlementOffer.state == OfferState.APPROVED)
        .order_by(SettlementOffer.case_id)
    )
    return Booked(
        len(found),
        sum(payment.amount for payment, *_ in rows),
        sum(case.closed_at is not None for case in found.values()),
        sorted(short.values(), key=lambda one: (-one.missing, one.number)),
        list(dict.fromkeys(offers)),
    )
