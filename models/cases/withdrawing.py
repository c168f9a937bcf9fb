"""Taking back one's own reports before anybody has acted upon them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases.access import WORK, record, require_case, take
from models.cases.errors import NoSuchPayment, PaymentDecided
from models.cases.kinds import PaymentState
from models.cases.tables import Case, Payment
from models.policy import Policy
from models.staff import Employee


def newest_reported(session: Session, case: Case) -> Payment | None:
    """The payment that was reported last and still waits for finance."""
    return session.scalars(
        select(Payment)
        .where(Payment.case_id == case.id, Payment.state == PaymentState.REPORTED)
        .order_by(Payment.id.desc())
        .limit(1)
    ).one_or_none()


def withdraw_payment(
    session: Session, *, actor: Employee, payment_id: int, at: datetime, policy: Policy
) -> tuple[Payment, Case]:
    """Take back a payment report that finance has not decided about; returns it with its case.

    Raises:
        NoSuchPayment: there is none; NotPermitted, NoSuchCase, CaseChanged: as `find_case`; PaymentDecided:
        finance was faster, or it was taken back before.
    """
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NoSuchPayment()
    case = session.get_one(Case, payment.case_id)
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    session.refresh(payment)
    if payment.state != PaymentState.REPORTED:
        raise PaymentDecided(number=case.id, state=payment.state)
    payment.state, payment.decided_at, payment.decided_by_id = PaymentState.WITHDRAWN, at, actor.id
    session.flush()
    record(session, "cases.withdraw_payment", case, actor, at, payment=payment.id)
    return payment, case
