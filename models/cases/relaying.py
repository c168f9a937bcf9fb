"""What customer service passes on to the owner of a case (S3-15, S3-32)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.calendar import WorkCalendar
from models.cases.access import WORK, record, require_case, require_open, seal_words, take
from models.cases.errors import NoSuchSignal
from models.cases.hearing import hear, heed
from models.cases.ownership import office_hours
from models.cases.reminding import plan_signal
from models.cases.tables import Case, Signal
from models.policy import Policy
from models.staff import Employee
from models.worktime import add_work

SEND = "signals.send"
"""The right to pass something on."""


def send_signal(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    kind: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    amount: int | None = None,
    pay_on: date | None = None,
    words: str = "",
) -> Signal:
    """Let the owner of a case know what the debtor said, with a deadline for dealing with it.

    The words pass the wording filter like those of a note.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; CaseClosed: it has ended.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(SEND,), at=at, policy=policy)
    require_open(case)
    soon = timedelta(minutes=policy.reminders.signal_minutes[0])
    due_at = add_work(at, soon, office_hours(policy), calendar.is_workday)
    heard = hear(session, words, policy)
    signal = Signal(
        case_id=case.id,
        kind=kind,
        amount=amount,
        pay_on=pay_on,
        words=seal_words(session, case, heard.masked),
        at=at,
        by_id=actor.id,
        due_at=due_at,
    )
    session.add(signal)
    session.flush()
    plan_signal(session, signal=signal, owner_id=case.owner_id, at=at, policy=policy, calendar=calendar)
    record(session, "cases.signal", case, actor, at, words=heard.masked, signal=signal.id, kind=kind)
    heed(session, actor=actor, case=case, heard=heard, at=at)
    return signal


def find_signal(
    session: Session, *, actor: Employee, signal_id: int, at: datetime, policy: Policy
) -> tuple[Signal, Case]:
    """What was passed on about a case that the actor works, with the case.

    Raises:
        NotPermitted: the actor works no cases; NoSuchSignal: there is none; NoSuchCase, CaseChanged: the case
        is somebody else's.
    """
    signal = session.get(Signal, signal_id)
    if signal is None:
        raise NoSuchSignal()
    case = session.get_one(Case, signal.case_id)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    return signal, case


def waiting_signals(session: Session, case: Case) -> Sequence[Signal]:
    """What customer service has passed on about a case and nobody has dealt with, the oldest first."""
    return session.scalars(
        select(Signal).where(Signal.case_id == case.id, Signal.handled_at.is_(None)).order_by(Signal.id)
    ).all()


def handle_signal(
    session: Session, *, actor: Employee, signal: Signal, at: datetime, policy: Policy
) -> Signal:
    """The owner has dealt with it; once is enough.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`.
    """
    case = session.get_one(Case, signal.case_id)
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy, after_halt=True)
    session.refresh(signal)
    if signal.handled_at is None:
        signal.handled_at, signal.handled_by_id = at, actor.id
        session.flush()
        record(session, "cases.handle_signal", case, actor, at, signal=signal.id)
    return signal
