"""How a case ends, is kept where it is, or begins again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models import audit, secrecy, tally
from models.base import in_chunks, insert_all
from models.cases.access import (
    ASSIGN,
    STEER,
    leading,
    record,
    require_case,
    require_open,
    shift,
    take,
)
from models.cases.errors import DayOutOfRange, NoSupervisor, ReasonMissing, WrongState
from models.cases.hearing import hear_reason, heed_reason
from models.cases.kinds import (
    FOLLOW_UPS,
    PROMISES,
    AssignmentCause,
    FollowUpState,
    OfferState,
    PtpStatus,
)
from models.cases.ownership import (
    MOST_LISTED,
    Held,
    Move,
    forget,
    move,
    open_stretches,
    take_debtors,
    take_households,
)
from models.cases.rules import Trigger, state_after
from models.cases.tables import (
    Case,
    CaseEnding,
    CaseEvent,
    FollowUp,
    Halt,
    PromiseToPay,
    SettlementOffer,
    Signal,
)
from models.contact import Debtor
from models.policy import Policy
from models.staff import Employee


def end(
    session: Session,
    numbers: Collection[int],
    trigger: Trigger,
    *,
    by: Employee | None,
    at: datetime,
    words: str = "",
) -> None:
    """End open cases that this transaction has taken: nothing about them is planned, promised, offered,
    halted or to be answered any more. What was reported as paid is still to be decided.

    Raises:
        WrongState: the trigger does not end one of them.
    """
    by_id = None if by is None else by.id
    session.flush()
    for some in in_chunks(numbers):
        rows = session.execute(
            select(Case.id, Case.debtor_id, Case.status).where(Case.id.in_(some)).order_by(Case.id)
        ).all()
        events = []
        for number, debtor_id, status in rows:
            target = state_after(status, trigger)
            if target is None:
                raise WrongState(number=number, status=status)
            events.append(
                {
                    "case_id": number,
                    "at": at,
                    "by_id": by_id,
                    "kind": str(trigger),
                    "from_status": status,
                    "to_status": str(target),
                    "details": {},
                    "words": secrecy.seal(session, f"debtor:{debtor_id}", words),
                }
            )
        session.execute(insert(CaseEvent), events)
        _note_endings(session, some, str(events[0]["to_status"]), at)
        _drop_open(session, some, by_id, at)
        session.execute(
            update(Case)
            .where(Case.id.in_(some))
            .values(
                status=events[0]["to_status"],
                closed_at=at,
                live_owner_id=None,
                accept_by=None,
                contact_by=None,
                next_at=None,
                version=Case.version + 1,
            )
            .execution_options(synchronize_session=False)
        )
    forget(session, numbers, ())


def _note_endings(session: Session, cases: Sequence[int], status: str, at: datetime) -> None:
    owners = dict(session.execute(select(Case.id, Case.owner_id).where(Case.id.in_(cases))).all())
    endings = [
        {
            "case_id": number,
            "assignment_id": stretch_id,
            "owner_id": owners[number],
            "status": status,
            "ended_at": at,
            "undone_at": None,
        }
        for number, (stretch_id, _, _) in sorted(open_stretches(session, cases).items())
    ]
    insert_all(session, CaseEnding, endings)


def _touch_open(session: Session, cases: Sequence[int]) -> None:
    """Let the figures follow of whose follow-ups and promises are dropped."""
    planned = select(FollowUp.owner_id, FollowUp.due_at).where(
        FollowUp.case_id.in_(cases), FollowUp.state == FollowUpState.OPEN
    )
    tally.touch(session, FOLLOW_UPS, session.execute(planned))
    made = select(PromiseToPay.made_by_id, PromiseToPay.made_at).where(
        PromiseToPay.case_id.in_(cases), PromiseToPay.status == PtpStatus.OPEN
    )
    tally.touch(session, PROMISES, session.execute(made))


def _drop_open(session: Session, cases: Sequence[int], by_id: int | None, at: datetime) -> None:
    """Close whatever is open about these cases."""
    _touch_open(session, cases)
    open_rows = (
        (
            FollowUp,
            FollowUp.state == FollowUpState.OPEN,
            {"state": FollowUpState.CANCELLED, "settled_at": at},
        ),
        (
            PromiseToPay,
            PromiseToPay.status == PtpStatus.OPEN,
            {"status": PtpStatus.CANCELLED, "settled_at": at},
        ),
        (
            SettlementOffer,
            SettlementOffer.state.in_((OfferState.ASKED, OfferState.APPROVED)),
            {"state": OfferState.WITHDRAWN},
        ),
        (Halt, Halt.closed_at.is_(None), {"closed_at": at, "closed_by_id": by_id}),
        (Signal, Signal.handled_at.is_(None), {"handled_at": at, "handled_by_id": by_id}),
    )
    for table, is_open, values in open_rows:
        session.execute(
            update(table)
            .where(table.case_id.in_(cases), is_open)
            .values(**values)
            .execution_options(synchronize_session="fetch")
        )


def return_cases(
    session: Session,
    *,
    actor: Employee | None,
    case_ids: Collection[int],
    reason: str,
    at: datetime,
    policy: Policy,
) -> int:
    """Give cases back to the creditor, all of them or none; returns how many (domain.md 5.1).

    `actor` is None where a placement ends by itself.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; CaseClosed: one has ended; ReasonMissing: there is none.
    """
    if not reason.strip():
        raise ReasonMissing(number=min(case_ids, default=0))
    held = take_households(session, case_ids)
    if actor is not None:
        for number in sorted(case_ids):
            one = session.get_one(Case, number)
            require_case(session, actor=actor, case=one, actions=(STEER,), at=at, policy=policy)
        first = session.get_one(Case, min(case_ids))
        reason = hear_reason(session, actor=actor, case=first, reason=reason, at=at, policy=policy)
    give_back(session, held, case_ids, by=actor, at=at, words=reason.strip())
    return len(case_ids)


def give_back(
    session: Session,
    held: Mapping[int, Held],
    numbers: Collection[int],
    *,
    by: Employee | None,
    at: datetime,
    words: str,
    **details: int,
) -> None:
    """Return cases that this transaction has taken, and enter it into the evidence trail."""
    end(session, numbers, Trigger.RETURN, by=by, at=at, words=words)
    listed = {} if len(numbers) > MOST_LISTED else {"numbers": sorted(numbers)}
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if by is None else by.subject,
        action="cases.return",
        details={
            "cases": len(numbers),
            "amount": sum(held[number].balance for number in numbers),
            **details,
            **listed,
        },
    )


def retain(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    until: date,
    reason: str,
    at: datetime,
    policy: Policy,
) -> Case:
    """Leave a case with its owner up to a day, whatever recycling says (domain.md 5.3).

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; CaseClosed: it has ended; ReasonMissing: there is none;
        DayOutOfRange: the day has passed, or lies too far ahead.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(STEER, ASSIGN), at=at, policy=policy)
    require_open(case)
    reason = hear_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    first, last = at.date(), at.date() + timedelta(days=policy.cases.retain_days)
    if not first <= until <= last:
        raise DayOutOfRange(number=case.id, first=first, last=last)
    case.retained_until = until
    session.flush()
    record(session, "cases.retain", case, actor, at, words=reason, until=until.isoformat())
    heed_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    return case


def reopen(
    session: Session, *, actor: Employee, case: Case, reason: str, at: datetime, policy: Policy
) -> Case:
    """Let an ended case go on, with what is owed (domain.md 5.2); a waiver is taken back.

    It goes to who has the debtor's other open cases, else to its last owner, else to a supervisor.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; ReasonMissing: there is none; WrongState: it is open, or
        paid in full, or the debtor's identity has been deleted since; NoSupervisor: nobody could have it.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(STEER,), at=at, policy=policy)
    reason = hear_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    gone = session.get_one(Debtor, case.debtor_id).redacted_at is not None
    if gone or state_after(case.status, Trigger.REOPEN) is None:
        raise WrongState(number=case.id, status=case.status)
    take_back_waiver(session, case)
    if case.balance == 0:
        raise WrongState(number=case.id, status=case.status)
    revive(session, case, Trigger.REOPEN, by=actor, at=at, words=reason)
    record(session, "cases.reopen", case, actor, at, words=reason)
    heed_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    return case


def take_back_waiver(session: Session, case: Case) -> None:
    """What was waived is owed again: the offer behind it has not been kept to."""
    offer = session.scalars(
        select(SettlementOffer)
        .where(SettlementOffer.case_id == case.id, SettlementOffer.state == OfferState.PAID)
        .order_by(SettlementOffer.id.desc())
        .limit(1)
    ).one_or_none()
    if offer is not None:
        offer.state = OfferState.EXPIRED
    case.balance += case.waived
    case.waived = 0
    session.flush()


def revive(
    session: Session, case: Case, trigger: Trigger, *, by: Employee | None, at: datetime, words: str
) -> None:
    """Make an ended case, which this transaction has taken, one that somebody works again."""
    debtor = session.get_one(Debtor, case.debtor_id, populate_existing=True, with_for_update=True)
    last = session.get_one(Employee, case.owner_id)
    owner: Employee | None = last
    if take_debtors(session, [case.debtor_id]):
        owner = session.get_one(Employee, debtor.owner_id)
    elif not last.is_here(at):
        owner = leading(session, case.unit_id, at)
    if owner is None:
        raise NoSupervisor()
    if owner.id == last.id:
        debtor.owner_id = last.id
    ended = session.scalars(
        select(CaseEnding).where(CaseEnding.case_id == case.id, CaseEnding.undone_at.is_(None))
    ).one_or_none()
    if ended is not None:
        ended.undone_at = at
    case.closed_at, case.live_owner_id, case.accepted_at = None, last.id, at
    shift(session, case, trigger, at=at, by=by, words=words)
    if owner.id != last.id:
        _follow_owner(session, case, owner.id, by, at)


def _follow_owner(session: Session, case: Case, owner_id: int, by: Employee | None, at: datetime) -> None:
    """Give a revived case to who shall have it, beside what that one has of the debtor already."""
    held = take_debtors(session, [case.debtor_id])[case.id]
    values = {**held.values, "owner_id": owner_id, "assigned_at": at}
    move(session, [Move(held, values)], cause=AssignmentCause.REOPEN, by=by, at=at)
