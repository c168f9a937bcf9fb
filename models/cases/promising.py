"""Promises to pay: made, cancelled, kept, broken (domain.md 4.1, 5.1)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models import handover, tally
from models.calendar import WorkCalendar
from models.cases.access import WORK, record, require_case, require_open, shift, take
from models.cases.errors import AmountOutOfRange, DayOutOfRange, NoPromise, PromiseOpen
from models.cases.kinds import PAYMENTS, CaseStatus, PaymentState, PtpStatus
from models.cases.putting_back import put_back
from models.cases.rules import HALTED, Trigger, is_kept, promise_deadline, promise_horizon, promise_status
from models.cases.tables import Assignment, Case, Payment, PromiseToPay
from models.cases.working import begin, deal_with, plan_by_itself
from models.policy import Policy
from models.staff import Employee

NOT_KEPT = (PtpStatus.BROKEN, PtpStatus.PARTIAL)


def promise(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    amount: int,
    due_on: date,
    at: datetime,
    policy: Policy,
) -> PromiseToPay:
    """Note that the debtor has promised so many fen up to a day; what was waiting is dealt with by that.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; CaseClosed: it has ended; PromiseOpen: there is
        one already; WrongState: contact is stopped; AmountOutOfRange: nothing, or more than is owed;
        DayOutOfRange: the day has passed, or lies too far ahead.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    require_open(case)
    known = open_promise(session, case)
    if known is not None:
        raise PromiseOpen(number=case.id, amount=known.amount, due_on=known.due_on)
    if not 0 < amount <= case.balance:
        raise AmountOutOfRange(number=case.id, most=case.balance)
    days = promise_horizon(
        case.bucket,
        days=policy.cases.promise_days,
        days_late=policy.cases.promise_days_late,
        late_from=policy.cases.promise_late_bucket,
    )
    first, last = at.date(), at.date() + timedelta(days=days)
    if not first <= due_on <= last:
        raise DayOutOfRange(number=case.id, first=first, last=last)
    begin(session, actor=actor, case=case, at=at)
    made = PromiseToPay(
        case_id=case.id,
        amount=amount,
        due_on=due_on,
        grace_days=policy.cases.grace_days,
        counts_on=promise_deadline(due_on, policy.cases.grace_days),
        threshold_percent=policy.cases.threshold_percent,
        status=PtpStatus.OPEN,
        made_at=at,
        made_by_id=actor.id,
    )
    shift(
        session, case, Trigger.PROMISE, at=at, by=actor, details={"amount": amount, "due": due_on.isoformat()}
    )
    session.add(made)
    session.flush()
    deal_with(session, actor=actor, case=case, at=at, policy=policy)
    record(
        session, "cases.promise", case, actor, at, promise=made.id, amount=amount, due_on=due_on.isoformat()
    )
    return made


def cancel_promise(
    session: Session, *, actor: Employee, case: Case, at: datetime, policy: Policy, undo: bool = False
) -> PromiseToPay:
    """Take an open promise back: it was a mistake, or another one is to be noted.

    With `undo` everything is as it was before (`put_back`).

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; NoPromise: none is open.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    known = open_promise(session, case)
    if known is None:
        raise NoPromise(number=case.id)
    settle(session, case, known, PtpStatus.CANCELLED, by=actor, at=at)
    record(session, "cases.cancel_promise", case, actor, at, promise=known.id)
    if undo:
        put_back(session, actor=actor, case=case, made_at=known.made_at, at=at)
    return known


def open_promise(session: Session, case: Case) -> PromiseToPay | None:
    """The open promise of a case."""
    return session.scalars(
        select(PromiseToPay)
        .where(PromiseToPay.case_id == case.id, PromiseToPay.status == PtpStatus.OPEN)
        .execution_options(populate_existing=True)
    ).one_or_none()


def settle(
    session: Session,
    case: Case,
    known: PromiseToPay,
    status: PtpStatus,
    *,
    by: Employee | None,
    at: datetime,
) -> None:
    """A promise has come to its end; a case that waited for it is in progress again."""
    known.status, known.settled_at = status, at
    if case.status == CaseStatus.PTP:
        shift(
            session,
            case,
            Trigger.PROMISE_ENDED,
            at=at,
            by=by,
            details={"promise": known.id, "status": str(status)},
        )
    session.flush()


def promise_of(session: Session, case: Case, paid_on: date, reported_at: datetime) -> PromiseToPay | None:
    """The promise towards which a payment counts: the last one made before, up to its due date and grace."""
    last = session.scalars(
        select(PromiseToPay)
        .where(PromiseToPay.case_id == case.id, PromiseToPay.made_at <= reported_at)
        .where(PromiseToPay.status != PtpStatus.CANCELLED)
        .order_by(PromiseToPay.made_at.desc(), PromiseToPay.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return None
    fits = last.made_at.date() <= paid_on <= promise_deadline(last.due_on, last.grace_days)
    return last if fits else None


def count_towards(
    session: Session, case: Case, known: PromiseToPay, *, by: Employee | None, at: datetime, policy: Policy
) -> None:
    """Let a promise follow the confirmed payments that count towards it, those taken back included.

    Kept as soon as enough was paid, also if that turns out only after it was given up for broken. One that
    was kept by a payment since reversed is open again, if its time is not over and no other one is open.
    """
    known.paid = paid_towards(session, known, (PaymentState.CONFIRMED,))
    if is_kept(known.paid, known.amount, known.threshold_percent):
        if known.status == PtpStatus.OPEN:
            settle(session, case, known, PtpStatus.KEPT, by=by, at=at)
        elif known.status in NOT_KEPT:
            known.status = PtpStatus.KEPT
        _credit(session, case, known, at, policy)
    elif known.status == PtpStatus.KEPT:
        _unkeep(session, case, known, by, at)
    elif known.status in NOT_KEPT:
        known.status = PtpStatus.PARTIAL if known.paid > 0 else PtpStatus.BROKEN
    session.flush()


def _unkeep(session: Session, case: Case, known: PromiseToPay, by: Employee | None, at: datetime) -> None:
    status = promise_status(
        known.paid, known.amount, known.threshold_percent, known.due_on, known.grace_days, at.date()
    )
    goes_on = case.status in (CaseStatus.IN_PROGRESS, *HALTED) and open_promise(session, case) is None
    if status == PtpStatus.OPEN and not goes_on:
        status = PtpStatus.CANCELLED
    known.status = status
    if status == PtpStatus.OPEN:
        known.settled_at = None
        if case.status == CaseStatus.IN_PROGRESS:
            shift(session, case, Trigger.PROMISE, at=at, by=by, details={"promise": known.id})


def paid_towards(session: Session, known: PromiseToPay, states: Sequence[PaymentState]) -> int:
    """The fen of the payments in these states that count towards a promise."""
    session.flush()
    return int(
        session.scalar(
            select(func.coalesce(func.sum(Payment.amount), 0)).where(
                Payment.promise_id == known.id, Payment.state.in_(states)
            )
        )
        or 0
    )


def _credit(session: Session, case: Case, known: PromiseToPay, at: datetime, policy: Policy) -> None:
    """A promise kept soon after a transfer counts for who made it (domain.md 4.1)."""
    if known.made_by_id == case.owner_id:
        return
    ended_at = session.scalar(
        select(func.max(Assignment.ended_at)).where(
            Assignment.case_id == case.id, Assignment.owner_id == known.made_by_id
        )
    )
    if ended_at is not None and at - ended_at <= timedelta(days=policy.cases.credit_days):
        towards = Payment.promise_id == known.id
        moved = session.execute(
            select(Payment.credited_to_id, Payment.posted_at).where(towards, Payment.posted_at.is_not(None))
        ).all()
        tally.touch(session, PAYMENTS, [(who, day) for who, day in moved if who != known.made_by_id])
        tally.touch(session, PAYMENTS, [(known.made_by_id, day) for _, day in moved])
        session.execute(update(Payment).where(towards).values(credited_to_id=known.made_by_id))


def settle_promises(
    session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar, limit: int = 500
) -> Sequence[PromiseToPay]:
    """Give up for broken, or partly kept, what was not paid up to due date and grace; returns those promises,
    not more than `limit` of them.

    One for which a payment report still waits for finance is left until that is decided. Its owner is to
    follow up on the next workday.
    """
    today = at.date()
    rows = session.execute(
        select(PromiseToPay.id, Case.id, PromiseToPay.due_on, PromiseToPay.grace_days)
        .join(Case, Case.id == PromiseToPay.case_id)
        .where(PromiseToPay.status == PtpStatus.OPEN, PromiseToPay.due_on < today)
        .order_by(Case.debtor_id, Case.id)
    ).all()
    settled: list[PromiseToPay] = []
    for promise_id, number, due_on, grace_days in rows:
        if today <= promise_deadline(due_on, grace_days):
            continue
        if len(settled) == limit:
            break
        known, case = session.get_one(PromiseToPay, promise_id), session.get_one(Case, number)
        take(session, case)
        session.refresh(known)
        waiting = (PaymentState.CONFIRMED, PaymentState.REPORTED)
        if known.status != PtpStatus.OPEN or is_kept(
            paid_towards(session, known, waiting), known.amount, known.threshold_percent
        ):
            continue
        known.paid = paid_towards(session, known, (PaymentState.CONFIRMED,))
        status = PtpStatus.PARTIAL if known.paid > 0 else PtpStatus.BROKEN
        settle(session, case, known, status, by=None, at=at)
        if case.status == CaseStatus.IN_PROGRESS:
            next_day = handover.add_workdays(at, 1, calendar.is_workday)
            due_at = datetime.combine(next_day.date(), policy.reminders.work_starts_at, tzinfo=at.tzinfo)
            plan_by_itself(session, case=case, due_at=due_at, kind="call", at=at)
        record(session, "cases.promise_ended", case, None, at, promise=known.id, status=str(status))
        settled.append(known)
    return settled
