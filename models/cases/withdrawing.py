"""Taking back one's own reports before anybody has acted upon them."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases.access import ASSIGN, STEER, WORK, record, require_case, require_open, take
from models.cases.errors import TEXTS, NoSuchPayment, PaymentDecided
from models.cases.kinds import CaseStatus, PaymentState
from models.cases.putting_back import moment, put_back, unaccept
from models.cases.tables import Case, CaseEvent, Payment
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee


class NoWayBack(DomainError):
    """What was done last is not taken back but mended in another way (facts: what, number)."""

    texts = TEXTS


class MovedOn(DomainError):
    """The case has moved on since, so that it cannot wait for being accepted again (facts: number)."""

    texts = TEXTS


def no_way_back(what: str, number: int) -> None:
    """Say that something is mended in another way than by taking it back; it stays the newest thing done.

    Raises:
        NoWayBack: always.
    """
    raise NoWayBack(what=what, number=number)


def take_back_accepting(
    session: Session, *, actor: Employee, case: Case, version: int, at: datetime, policy: Policy
) -> None:
    """A case that the actor has just accepted waits for being accepted again, exactly as it did before:
    deadlines and declines included; `version` is that of then.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged, CaseClosed: as `accept`; MovedOn: something was done with it.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    require_open(case)
    accepted = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc()).limit(1)
    ).one_or_none()
    before = None if accepted is None else accepted.details.get("before")
    if case.version != version or case.status != CaseStatus.IN_PROGRESS or before is None:
        raise MovedOn(number=case.id)
    if case.worked_at != moment(before["worked_at"]):
        raise MovedOn(number=case.id)
    unaccept(session, actor=actor, case=case, before=before, at=at)


def take_back_retention(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    until: date,
    before: date | None,
    at: datetime,
    policy: Policy,
) -> None:
    """A case that the actor has just retained `until` a day is so only up to the day of before, if any.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; NoWayBack: it was retained anew since, or has ended.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(STEER, ASSIGN), at=at, policy=policy)
    if case.retained_until != until or case.closed_at is not None:
        no_way_back("retain", case.id)
    case.retained_until = before
    session.flush()
    record(session, "cases.unretain", case, actor, at, until=None if before is None else before.isoformat())


def newest_reported(session: Session, case: Case) -> Payment | None:
    """The payment that was reported last and still waits for finance."""
    return session.scalars(
        select(Payment)
        .where(Payment.case_id == case.id, Payment.state == PaymentState.REPORTED)
        .order_by(Payment.id.desc())
        .limit(1)
    ).one_or_none()


def withdraw_payment(
    session: Session, *, actor: Employee, payment_id: int, at: datetime, policy: Policy, undo: bool = False
) -> tuple[Payment, Case]:
    """Take back a payment report that finance has not decided about; returns it with its case.

    With `undo` everything is as it was before (`put_back`).

    Raises:
        NoSuchPayment: there is none; NotPermitted, NoSuchCase, CaseChanged: as `find_case`; PaymentDecided:
        finance was faster, or it was taken back before.
    """
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NoSuchPayment()
    case = session.get_one(Case, payment.case_id)
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy, after_halt=True)
    session.refresh(payment)
    if payment.state != PaymentState.REPORTED:
        raise PaymentDecided(number=case.id, state=payment.state)
    payment.state, payment.decided_at, payment.decided_by_id = PaymentState.WITHDRAWN, at, actor.id
    session.flush()
    record(session, "cases.withdraw_payment", case, actor, at, payment=payment.id)
    if undo:
        put_back(session, actor=actor, case=case, made_at=payment.reported_at, at=at)
    return payment, case
