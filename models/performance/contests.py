"""Contests: people say that a payment or a figure is not right, and whoever leads them decides (S3-08).

A payment that is credited anew changes both figures in the same transaction (models/tally).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from models import attendance, audit, cases, secrecy, staff, tally
from models.calendar import WorkCalendar
from models.cases import Assignment, Payment, PaymentState, PromiseToPay
from models.errors import DomainError, NotFound, NotPermitted
from models.performance.around import Around
from models.performance.seeing import SEE
from models.performance.tables import Contest
from models.performance.windows import month_of
from models.policy import Policy
from models.staff import Employee

DECIDE = "performance.decide_contest"
MONEY = "recovered_amount"
RECENT_DAYS = 62
"""Payments that were posted so long ago at most are offered."""


class ContestState(StrEnum):
    """What became of a contest."""

    OPEN = "open"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class NoSuchContest(NotFound):
    """There is none, or it is out of reach."""

    texts = "contests"


class NoPaymentToContest(NotFound):
    """No such payment was posted for a case that was theirs (facts: number)."""

    texts = "contests"


class CreditedAlready(DomainError):
    """The payment counts for them as it is (facts: number, amount)."""

    texts = "contests"


class ContestedAlready(DomainError):
    """They have contested the same, and it waits."""

    texts = "contests"


class ContestSettled(DomainError):
    """It was decided or withdrawn before (facts: state)."""

    texts = "contests"


class OwnContest(NotPermitted):
    """Nobody decides what they contest, or what would take something from them."""

    texts = "contests"


class NobodyToDecide(DomainError):
    """Nobody could decide about it."""

    texts = "contests"


class ContestReason(DomainError):
    """It takes a reason."""

    texts = "contests"


@dataclass(frozen=True)
class ContestView:
    """A contest as people see it."""

    contest: Contest
    person: Employee
    words: str
    answer: str
    payment: Payment | None
    credited: Employee | None
    """For whom the payment counts now."""
    decider: Employee | None


@dataclass(frozen=True)
class Moved:
    """The figure of somebody before and after a decision."""

    person: Employee
    before: Decimal | None
    after: Decimal | None


def payments_to_contest(session: Session, *, actor: Employee, at: datetime) -> Sequence[Payment]:
    """What was posted lately for cases that were theirs, or promised to them, and counts for others."""
    return session.scalars(
        select(Payment)
        .where(
            Payment.state == PaymentState.CONFIRMED,
            Payment.amount > 0,
            Payment.posted_at >= at - timedelta(days=RECENT_DAYS),
            Payment.credited_to_id.is_not(None),
            Payment.credited_to_id != actor.id,
            _was_theirs(actor),
        )
        .order_by(Payment.posted_at.desc())
        .limit(5)
    ).all()


def payment_meant(session: Session, *, actor: Employee, number: int, amount: int) -> Payment:
    """The newest payment of this amount for a case that was the actor's.

    Raises:
        NoPaymentToContest: there is none; CreditedAlready: it counts for them.
    """
    found = session.scalars(
        select(Payment)
        .where(
            Payment.case_id == number,
            Payment.amount == amount,
            Payment.state == PaymentState.CONFIRMED,
            _was_theirs(actor),
        )
        .order_by(Payment.id.desc())
    ).all()
    others = [one for one in found if one.credited_to_id not in (None, actor.id)]
    if others:
        return others[0]
    if found:
        raise CreditedAlready(number=number, amount=amount)
    raise NoPaymentToContest(number=number)


def _was_theirs(actor: Employee) -> ColumnElement[bool]:
    had = exists().where(Assignment.case_id == Payment.case_id, Assignment.owner_id == actor.id)
    promised = exists().where(PromiseToPay.case_id == Payment.case_id, PromiseToPay.made_by_id == actor.id)
    return had | promised


def contest(
    session: Session,
    *,
    actor: Employee,
    words: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    payment_id: int | None = None,
    measure: str = MONEY,
    month: date | None = None,
) -> ContestView:
    """Contest a payment, or a figure of a month.

    Raises:
        NotPermitted: the actor has no figures; NoPaymentToContest, CreditedAlready, ContestedAlready,
        ContestReason, NobodyToDecide: as named.
    """
    staff.require(actor, SEE, policy.rights)
    if not words.strip():
        raise ContestReason()
    payment = None
    if payment_id is not None:
        payment = session.get(Payment, payment_id)
        theirs = payment is not None and session.scalar(
            select(Payment.id).where(
                Payment.id == payment_id, Payment.state == PaymentState.CONFIRMED, _was_theirs(actor)
            )
        )
        if payment is None or not theirs or payment.amount < 0:
            raise NoPaymentToContest(number=0)
        if payment.credited_to_id == actor.id:
            raise CreditedAlready(number=payment.case_id, amount=payment.amount)
        month = (payment.posted_at or at).date()
    first = month_of(month or at.date()).first
    same = select(Contest).where(
        Contest.employee_id == actor.id,
        Contest.state == ContestState.OPEN,
        Contest.measure == measure,
        Contest.month == first,
        Contest.payment_id.is_(None) if payment is None else Contest.payment_id == payment.id,
    )
    if session.scalars(same).first() is not None:
        raise ContestedAlready()
    row = Contest(
        employee_id=actor.id,
        measure=measure,
        month=first,
        payment_id=None if payment is None else payment.id,
        credited_before_id=None if payment is None else payment.credited_to_id,
        value_before=_hundredths(figure_of_month(session, actor, measure, first, at, policy, calendar)),
        words=secrecy.seal(session, actor.subject, words.strip()),
        state=ContestState.OPEN,
        asked_at=at,
    )
    session.add(row)
    session.flush()
    view = view_of_contest(session, row)
    if not deciders_of_contest(session, view, at):
        raise NobodyToDecide()
    _record(session, "performance.contest", actor, view, at, words)
    return view


def _hundredths(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 100)


def figure_of_month(
    session: Session,
    person: Employee,
    measure: str,
    first: date,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Decimal | None:
    """The value of a figure of somebody in a month."""
    found = Around(session, at, policy, calendar).figures([person], month_of(first), [measure])
    return found[person.id][measure].value


def deciders_of_contest(session: Session, view: ContestView, at: datetime) -> Sequence[Employee]:
    """Who gets the card: the nearest leaders, never who asks or who would lose something."""
    apart = {view.person.id, None if view.credited is None else view.credited.id}
    return [one for one in attendance.deciders_of(session, view.person, at) if one.id not in apart]


def view_of_contest(session: Session, row: Contest) -> ContestView:
    """A contest with whom and what it is about."""
    person = session.get_one(Employee, row.employee_id)
    payment = None if row.payment_id is None else session.get_one(Payment, row.payment_id)
    return ContestView(
        row,
        person,
        secrecy.open_text(session, person.subject, row.words) or "",
        secrecy.open_text(session, person.subject, row.answer) or "",
        payment,
        None if row.credited_before_id is None else session.get_one(Employee, row.credited_before_id),
        None if row.decided_by_id is None else session.get_one(Employee, row.decided_by_id),
    )


def contest_within(
    session: Session, *, actor: Employee, contest_id: int, at: datetime, policy: Policy, lock: bool = False
) -> ContestView:
    """A contest that the actor may decide.

    Raises:
        NotPermitted: no role of theirs includes it; NoSuchContest: there is none within reach; OwnContest: it
        is theirs, or would take something from them.
    """
    allowed = staff.require(actor, DECIDE, policy.rights)
    row = session.get(Contest, contest_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NoSuchContest()
    view = view_of_contest(session, row)
    if not staff.covers_person(session, allowed, actor, view.person, at=at):
        raise NoSuchContest()
    if actor.id in (row.employee_id, row.credited_before_id):
        raise OwnContest(action=DECIDE)
    return view


def contests_waiting(
    session: Session, *, actor: Employee, at: datetime, policy: Policy
) -> Sequence[ContestView]:
    """What waits for the actor's decision, the oldest first.

    Raises:
        NotPermitted: no role of theirs decides.
    """
    allowed = staff.require(actor, DECIDE, policy.rights)
    found = session.scalars(
        select(Contest)
        .join(Employee, Employee.id == Contest.employee_id)
        .where(
            Contest.state == ContestState.OPEN,
            staff.person_in_reach(allowed, actor, at),
            Employee.id != actor.id,
        )
        .order_by(Contest.id)
    ).all()
    return [view_of_contest(session, row) for row in found if row.credited_before_id != actor.id]


def contests_open_since(session: Session, *, before: datetime) -> Sequence[ContestView]:
    """Everything that was contested before a moment and waits; for jobs."""
    found = session.scalars(
        select(Contest)
        .where(Contest.state == ContestState.OPEN, Contest.asked_at < before)
        .order_by(Contest.id)
    ).all()
    return [view_of_contest(session, row) for row in found]


def decide_contest(
    session: Session,
    *,
    actor: Employee,
    contest_id: int,
    agrees: bool,
    words: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> tuple[ContestView, Sequence[Moved]]:
    """Agree, and the payment counts for who asked; or refuse with a reason. Figures are counted anew at once.

    Raises:
        NotPermitted, NoSuchContest, OwnContest: as `contest_within`; ContestSettled: it was decided before;
        ContestReason: a refusal without a reason.
    """
    view = contest_within(session, actor=actor, contest_id=contest_id, at=at, policy=policy, lock=True)
    row = view.contest
    if row.state != ContestState.OPEN:
        raise ContestSettled(state=row.state)
    if not agrees and not words.strip():
        raise ContestReason()
    row.state = ContestState.AGREED if agrees else ContestState.REFUSED
    row.decided_by_id, row.decided_at = actor.id, at
    if words.strip():
        row.answer = secrecy.seal(session, view.person.subject, words.strip())
    moved = _move(session, view, view.person, actor, at, policy, calendar) if agrees else []
    session.flush()
    action = "performance.agree_contest" if agrees else "performance.refuse_contest"
    _record(session, action, actor, view, at, words)
    return view_of_contest(session, row), moved


def reopen_contest(
    session: Session,
    *,
    actor: Employee,
    contest_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> tuple[ContestView, Sequence[Moved]]:
    """Take a decision back: the contest waits again, and the payment counts for whom it did.

    Raises:
        NotPermitted, NoSuchContest, OwnContest: as `contest_within`; ContestSettled: it is not theirs to take
        back.
    """
    view = contest_within(session, actor=actor, contest_id=contest_id, at=at, policy=policy, lock=True)
    row = view.contest
    if row.state not in (ContestState.AGREED, ContestState.REFUSED) or row.decided_by_id != actor.id:
        raise ContestSettled(state=row.state)
    moved: Sequence[Moved] = []
    if row.state == ContestState.AGREED and view.credited is not None:
        moved = _move(session, view, view.credited, actor, at, policy, calendar)
    row.state, row.decided_by_id, row.decided_at, row.answer = ContestState.OPEN, None, None, None
    session.flush()
    _record(session, "performance.reopen_contest", actor, view, at, "")
    return view_of_contest(session, row), moved


def withdraw_contest(session: Session, *, actor: Employee, contest_id: int, at: datetime) -> ContestView:
    """Take back what one has contested, as long as nobody has decided.

    Raises:
        NoSuchContest: it is not theirs; ContestSettled: it was decided before.
    """
    row = session.get(Contest, contest_id, with_for_update=True, populate_existing=True)
    if row is None or row.employee_id != actor.id:
        raise NoSuchContest()
    if row.state != ContestState.OPEN:
        raise ContestSettled(state=row.state)
    row.state = ContestState.WITHDRAWN
    session.flush()
    view = view_of_contest(session, row)
    _record(session, "performance.withdraw_contest", actor, view, at, "")
    return view


def _move(
    session: Session,
    view: ContestView,
    to: Employee,
    actor: Employee,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Sequence[Moved]:
    """Credit the payment to somebody; the figures of both before and after."""
    row, payment = view.contest, view.payment
    if payment is None:
        before = None if row.value_before is None else Decimal(row.value_before) / 100
        after = figure_of_month(session, view.person, row.measure, row.month, at, policy, calendar)
        return [Moved(view.person, before, after)]
    people = [view.person, *([] if view.credited is None else [view.credited])]
    tally.recount(session)
    before_ = [figure_of_month(session, one, MONEY, row.month, at, policy, calendar) for one in people]
    cases.credit_payment(session, actor=actor, payment=payment, to=to, at=at)
    tally.recount(session)
    after_ = [figure_of_month(session, one, MONEY, row.month, at, policy, calendar) for one in people]
    return [Moved(*one) for one in zip(people, before_, after_, strict=True)]


def _record(
    session: Session, action: str, actor: Employee, view: ContestView, at: datetime, words: str
) -> None:
    row = view.contest
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=view.person.subject,
        details={
            "contest": row.id,
            "measure": row.measure,
            "month": row.month.isoformat(),
            "payment": row.payment_id,
        },
        personal={view.person.subject: {"words": words}} if words else None,
    )
