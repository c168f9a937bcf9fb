"""Taking back one's own reports before anybody has acted upon them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases.access import WORK, enter, record, require_case, require_open, take
from models.cases.errors import TEXTS, NoSuchPayment, PaymentDecided
from models.cases.kinds import CaseStatus, PaymentState
from models.cases.rules import Trigger
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
    if case.worked_at != _moment(before["worked_at"]):
        raise MovedOn(number=case.id)
    was, case.status = case.status, CaseStatus.ASSIGNED
    case.accept_by, case.contact_by = _moment(before["accept_by"]), _moment(before["contact_by"])
    case.declines, case.accepted_at = before["declines"], None
    case.version += 1
    enter(session, case, "unaccept", at=at, by=actor, was=was)
    record(session, "cases.unaccept", case, actor, at)


def _moment(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(kept)


def accepted_by_it(session: Session, case: Case, at: datetime) -> bool:
    """Whether the case, until then only assigned, was accepted by what was reported about it at `at`."""
    events = session.scalars(
        select(CaseEvent).where(
            CaseEvent.case_id == case.id, CaseEvent.kind == Trigger.ACCEPT, CaseEvent.at == at
        )
    )
    return any(one.details.get("by_working") for one in events)


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
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy, after_halt=True)
    session.refresh(payment)
    if payment.state != PaymentState.REPORTED:
        raise PaymentDecided(number=case.id, state=payment.state)
    payment.state, payment.decided_at, payment.decided_by_id = PaymentState.WITHDRAWN, at, actor.id
    session.flush()
    record(session, "cases.withdraw_payment", case, actor, at, payment=payment.id)
    return payment, case
