"""Large distributions: ordered in the transaction of a message, done by a worker in short ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models import cases, proposals, staff
from models.base import insert_once
from models.calendar import WorkCalendar
from models.cases import AssignmentBatch, AssignmentDraft, Conflict
from models.distribution.errors import NothingToGive, PlanChanged, StillGivingOut, StillTakingBack
from models.distribution.operations import note_override, take_people
from models.distribution.plans import Plan, again, wanted
from models.distribution.queries import ASSIGN, workers
from models.distribution.requests import Request
from models.distribution.tables import DistributionRun, RunState
from models.policy import Policy
from models.proposals import Undoable, UndoState
from models.staff import Employee

LEASE = timedelta(seconds=120)
"""After so long without a sign of its worker another takes one up, from the beginning."""


def order(
    session: Session,
    *,
    actor: Employee,
    request: Request,
    fingerprint: int,
    cause: str,
    key: str,
    at: datetime,
    policy: Policy,
) -> None:
    """Have a confirmed distribution done by a worker.

    Raises:
        NotPermitted: the actor may not assign.
    """
    staff.require(actor, ASSIGN, policy.rights)
    row = {
        "key": key,
        "cause": cause,
        "employee_id": actor.id,
        "undoable_id": None,
        "request": request.as_json(),
        "fingerprint": fingerprint,
        "asked_at": at,
        "try_at": at,
        "attempts": 0,
        "state": RunState.WAITING,
        "batch_id": None,
    }
    insert_once(session, DistributionRun, row)


def order_undo(
    session: Session, *, actor: Employee, undoable: Undoable, cause: str, at: datetime, policy: Policy
) -> AssignmentBatch:
    """Have a large distribution taken back by a worker; returns its batch.

    Raises:
        NotPermitted: the actor may not assign; cases.CannotUndo: it was taken back before.
    """
    batch = session.get_one(AssignmentBatch, undoable.arguments["batch"])
    cases.take_batch(session, batch=batch, actor=actor, policy=policy)
    row = {
        "key": f"undo:{undoable.id}:{at.timestamp():.6f}",
        "cause": cause,
        "employee_id": actor.id,
        "undoable_id": undoable.id,
        "request": {},
        "fingerprint": 0,
        "asked_at": at,
        "try_at": at,
        "attempts": 0,
        "state": RunState.WAITING,
        "batch_id": None,
    }
    insert_once(session, DistributionRun, row)
    return batch


def any_run(session: Session, *, now: datetime) -> bool:
    """Whether one waits."""
    waiting = exists().where(DistributionRun.state == RunState.WAITING, DistributionRun.try_at <= now)
    return bool(session.scalar(select(waiting)))


def require_none_under_way(session: Session, *, actor: Employee, policy: Policy) -> None:
    """For taking back what the actor did last: it must not be a distribution that is still on its way.

    Raises:
        StillGivingOut: it is; StillTakingBack: one is being taken back.
    """
    later = exists().where(
        Undoable.employee_id == actor.id,
        Undoable.state == UndoState.OPEN,
        Undoable.done_at > DistributionRun.asked_at,
    )
    under_way = select(DistributionRun.undoable_id).where(
        DistributionRun.employee_id == actor.id, DistributionRun.state == RunState.WAITING, ~later
    )
    found = session.execute(under_way.order_by(DistributionRun.id.desc()).limit(1)).one_or_none()
    if found is not None and found.undoable_id is None:
        raise StillGivingOut(minutes=policy.cases.undo_minutes)
    if found is not None:
        raise StillTakingBack()


def take_run(session: Session, *, now: datetime) -> DistributionRun | None:
    """Take the one that has waited longest, for a while."""
    run = session.scalars(
        select(DistributionRun)
        .where(DistributionRun.state == RunState.WAITING, DistributionRun.try_at <= now)
        .order_by(DistributionRun.try_at, DistributionRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if run is not None:
        run.try_at = now + LEASE
        run.attempts += 1
        session.flush()
    return run


def hold_run(session: Session, *, run_id: int, attempt: int, now: datetime) -> bool:
    """Go on with one for a while; False if another worker has taken it up: nothing may be laid down then.

    Holds it until the end of the transaction: what is laid down is of one attempt alone.
    """
    run = _taken(session, run_id, attempt)
    if run is None:
        return False
    run.try_at = now + LEASE
    session.flush()
    return True


def _taken(session: Session, run_id: int, attempt: int) -> DistributionRun | None:
    """A run, for this transaction; None if it is another worker's by now."""
    run = session.get_one(DistributionRun, run_id, with_for_update=True, populate_existing=True)
    return run if run.attempts == attempt else None


@dataclass(frozen=True)
class Drafted:
    """A distribution, computed: what is to be laid down."""

    plan: Plan
    batch: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]


def draft(
    session: Session,
    *,
    run: DistributionRun,
    actor: Employee,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Drafted:
    """Compute a distribution; nothing is written.

    Raises:
        PlanChanged: it would turn out otherwise than was shown; NothingToGive, NotPermitted, NoSuchCase, …:
        as `carry_out` says.
    """
    request = Request.from_json(run.request)
    plan = again(session, actor=actor, request=request, at=at, policy=policy)
    if not plan.outcome.placed:
        raise NothingToGive(cases=plan.staying, reason=plan.main_reason)
    if plan.fingerprint != run.fingerprint:
        raise PlanChanged()
    intended = cases.intend(
        session, by=actor, at=at, key=run.key, policy=policy, calendar=calendar, **wanted(plan)
    )
    return Drafted(plan, intended.batch, cases.draft_rows(session, intended.moves, run_id=run.id, at=at))


def draft_undo(
    session: Session, *, run: DistributionRun, actor: Employee, at: datetime, policy: Policy
) -> Sequence[Mapping[str, Any]]:
    """Compute what is to be laid down to take a distribution back; nothing is written.

    Raises:
        NotPermitted, cases.NoSuchCase, cases.CannotUndo: as `cases.undo_assignment` says.
    """
    moves = cases.intend_undo(session, batch=_to_undo(session, run), actor=actor, at=at, policy=policy)
    return cases.draft_rows(session, moves, run_id=run.id, at=at)


def _to_undo(session: Session, run: DistributionRun) -> AssignmentBatch:
    undoable = session.get_one(Undoable, run.undoable_id)
    return session.get_one(AssignmentBatch, undoable.arguments["batch"])


def finish_undo(
    session: Session, *, run_id: int, attempt: int, actor: Employee, at: datetime, policy: Policy
) -> AssignmentBatch | None:
    """Let a distribution be taken back whose taking back has been laid down.

    None if another worker has it, or had it. What is left is as after `finish`.

    Raises:
        NotPermitted, cases.CannotUndo: as `cases.undo_assignment` says.
    """
    run = _taken(session, run_id, attempt)
    if run is None or run.state != RunState.WAITING or run.batch_id is not None:
        return None
    proposals.take_back(session, actor=actor, at=run.asked_at, id_=run.undoable_id)
    batch = _to_undo(session, run)
    cases.write_undo(session, run_id=run_id, batch=batch, by=actor, at=at, policy=policy)
    run.batch_id = batch.id
    session.flush()
    return batch


def finish(
    session: Session,
    *,
    run_id: int,
    attempt: int,
    drafted: Drafted,
    actor: Employee,
    at: datetime,
    policy: Policy,
) -> AssignmentBatch | None:
    """Let a distribution happen that has been laid down; None if another worker has it, or had it.

    What is left is to tell people, and to say so with `note_told`.

    Raises:
        PlanChanged: somebody may not have any more what the plan gives them; cases.CaseChanged: a case has
        moved.
    """
    run = _taken(session, run_id, attempt)
    if run is None or run.state != RunState.WAITING or run.batch_id is not None:
        return None
    staff.require(actor, ASSIGN, policy.rights)
    _check_people(session, run_id, at, policy)
    batch = cases.write_drafts(session, run_id=run_id, batch=drafted.batch, by=actor, at=at)
    note_override(session, actor=actor, plan=drafted.plan, batch=batch, at=at)
    run.batch_id = batch.id
    session.flush()
    return batch


def note_told(session: Session, *, run_id: int, attempt: int) -> AssignmentBatch | None:
    """Note that people are told in this transaction; None if another worker does it, or did."""
    run = _taken(session, run_id, attempt)
    if run is None or run.state != RunState.WAITING or run.batch_id is None:
        return None
    run.state = RunState.DONE
    session.flush()
    return session.get_one(AssignmentBatch, run.batch_id)


def refuse_run(session: Session, *, run_id: int, attempt: int) -> bool:
    """Note that nothing more will come of a distribution; whether that means that it has not happened.

    False also if another worker has it, or had it.
    """
    run = _taken(session, run_id, attempt)
    if run is None or run.state != RunState.WAITING:
        return False
    run.state = RunState.REFUSED if run.batch_id is None else RunState.DONE
    session.flush()
    return run.state == RunState.REFUSED


def _check_people(session: Session, run_id: int, at: datetime, policy: Policy) -> None:
    """Take the people and look at them again: barriers, caps and conflicts, set-wise."""
    mine = AssignmentDraft.run_id == run_id
    counted = select(AssignmentDraft.owner_id, func.count()).where(mine).group_by(AssignmentDraft.owner_id)
    given = {row[0]: int(row[1]) for row in session.execute(counted)}
    take_people(session, given)
    people = workers(session, given, at=at, policy=policy)
    conflict = exists().where(
        mine,
        Conflict.employee_id == AssignmentDraft.owner_id,
        Conflict.debtor_id == AssignmentDraft.debtor_id,
    )
    too_much = any(one.barrier is not None or one.load + given[one.id] > one.cap for one in people)
    if too_much or len(people) != len(given) or session.scalar(select(conflict)):
        raise PlanChanged()
