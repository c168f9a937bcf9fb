"""Contact about a case stops: a dispute, a death …; only a supervisor lets it go on (domain.md 5.1)."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.cases.access import (
    ASSIGN,
    STEER,
    WORK,
    leading,
    record,
    require_case,
    require_open,
    seal_words,
    shift,
    take,
)
from models.cases.errors import AlreadyHalted, NotHalted
from models.cases.hearing import hear_reason, on_danger
from models.cases.kinds import AssignmentCause, CaseStatus, HaltKind
from models.cases.ownership import hand_on
from models.cases.promising import open_promise
from models.cases.relaying import SEND
from models.cases.rules import Trigger, state_after
from models.cases.tables import Assignment, Case, Halt
from models.cases.working import cancel_follow_ups
from models.policy import Policy
from models.staff import Employee

DISPUTES = (HaltKind.DISPUTE, HaltKind.COMPLAINT)
_GOES_BACK_TO = (CaseStatus.POOL, CaseStatus.ASSIGNED, CaseStatus.IN_PROGRESS)


def halt(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    kind: HaltKind,
    reason: str,
    at: datetime,
    policy: Policy,
) -> Halt:
    """Stop all contact about a case: what is planned is cancelled, a promise stays.

    A dispute or complaint stays with the owner; anything else goes to a supervisor, with all open cases of
    the debtor. It may follow upon a dispute.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; CaseClosed: it has ended; ReasonMissing: there
        is none; AlreadyHalted: contact is stopped already.
    """
    take(session, case)
    who = (WORK, STEER, ASSIGN, SEND)
    require_case(session, actor=actor, case=case, actions=who, at=at, policy=policy)
    require_open(case)
    words = hear_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    return _halt(session, case, kind, words, actor, at)


def _halt(session: Session, case: Case, kind: HaltKind, words: str, actor: Employee, at: datetime) -> Halt:
    trigger = Trigger.DISPUTE if kind in DISPUTES else Trigger.SUSPEND
    before = open_halt(session, case)
    if state_after(case.status, trigger) is None:
        raise AlreadyHalted(number=case.id, kind=str(kind) if before is None else before.kind)
    status_before = case.status
    if before is not None:
        before.closed_at, before.closed_by_id, status_before = at, actor.id, before.status_before
    session.flush()
    stopped = Halt(
        case_id=case.id,
        kind=kind,
        status_before=status_before,
        opened_at=at,
        opened_by_id=actor.id,
        owner_id=case.owner_id,
        words=seal_words(session, case, words),
    )
    session.add(stopped)
    cancel_follow_ups(session, case, at)
    shift(session, case, trigger, at=at, by=actor, details={"kind": str(kind)}, words=words)
    if trigger == Trigger.SUSPEND:
        supervisor = leading(session, case.unit_id, at)
        if supervisor is not None:
            _hand(session, case, supervisor.id, actor, at)
    record(session, "cases.halt", case, actor, at, words=words, halt=stopped.id, kind=str(kind))
    return stopped


@on_danger
def stop_for_danger(session: Session, actor: Employee, case: Case, words: str, at: datetime) -> None:
    """Stop contact about a case whose debtor may be in danger, or dangerous; once is enough.

    Whoever wrote the words was permitted to write them, and need not be permitted to stop contact.
    """
    take(session, case)
    if case.closed_at is None and state_after(case.status, Trigger.SUSPEND) is not None:
        _halt(session, case, HaltKind.SELF_HARM, words, actor, at)


def _hand(session: Session, case: Case, to_id: int, actor: Employee, at: datetime) -> None:
    hand_on(
        session,
        debtors=[case.debtor_id],
        from_id=case.owner_id,
        to_id=to_id,
        cause=AssignmentCause.DISPUTE,
        by=actor,
        at=at,
    )


def open_halt(session: Session, case: Case) -> Halt | None:
    """Why contact about a case is stopped."""
    return session.scalars(
        select(Halt)
        .where(Halt.case_id == case.id, Halt.closed_at.is_(None))
        .execution_options(populate_existing=True)
    ).one_or_none()


def resume(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    upheld: bool | None,
    at: datetime,
    policy: Policy,
) -> Case:
    """Let a case go on as it stood before it was stopped, with who had it then.

    `upheld` says of a dispute or complaint whether it was justified. A promise that is still open holds; one
    that has ended meanwhile leaves the case in progress.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; NotHalted: contact is not stopped.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(STEER,), at=at, policy=policy)
    stopped = open_halt(session, case)
    if stopped is None:
        raise NotHalted(number=case.id)
    stopped.closed_at, stopped.closed_by_id, stopped.upheld = at, actor.id, upheld
    if open_promise(session, case) is not None:
        to = CaseStatus.PTP
    elif stopped.status_before in _GOES_BACK_TO:
        to = CaseStatus(stopped.status_before)
    else:
        to = CaseStatus.IN_PROGRESS
    shift(session, case, Trigger.RESUME, at=at, by=actor, to=to, details={"upheld": upheld})
    _give_back(session, case, actor, at)
    record(session, "cases.resume", case, actor, at, halt=stopped.id, upheld=upheld)
    return case


def _give_back(session: Session, case: Case, actor: Employee, at: datetime) -> None:
    """A debtor who went to a supervisor because contact stopped goes back, unless another case is stopped."""
    others = exists().where(
        Case.debtor_id == case.debtor_id, Case.status == CaseStatus.SUSPENDED, Case.id != case.id
    )
    now = session.scalars(
        select(Assignment).where(Assignment.case_id == case.id, Assignment.ended_at.is_(None))
    ).one()
    if now.cause != AssignmentCause.DISPUTE or session.scalar(select(others)):
        return
    before = session.get(Employee, now.before["owner_id"])
    if before is not None and before.is_here(at):
        _hand(session, case, before.id, actor, at)
