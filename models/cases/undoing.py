"""Taking back a change of owner: everything exactly as it was, or nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, staff
from models.base import in_chunks
from models.cases.access import ASSIGN, WORK, name_of
from models.cases.errors import CannotUndo
from models.cases.kinds import AssignmentCause
from models.cases.ownership import Held, Move, check_reach, move, restored, take_debtors
from models.cases.tables import Assignment, AssignmentBatch, Case
from models.policy import Policy
from models.staff import Employee


def undo_assignment(
    session: Session, *, batch: AssignmentBatch, actor: Employee | None, at: datetime, policy: Policy
) -> int:
    """Give every case of a batch back to who had it, in the state it was in; returns how many went.

    Owner, unit, state, deadlines and who assigned it are as before; the version goes on, so that who still
    looks at the old card is told. `actor` is who made the batch, and may do so still; None for the system.

    Raises:
        NotPermitted: the actor may not assign any more; NoSuchCase: a case is out of reach by now;
        CannotUndo: it was done before, somebody else made the batch, a case has moved on since (nothing is
        changed then), or an owner before has left.
    """
    moves = intend_undo(session, batch=batch, actor=actor, at=at, policy=policy)
    move(session, moves, cause=AssignmentCause.UNDO, by=actor, at=at)
    note_undone(session, batch=batch, actor=actor, at=at, cases=len(moves))
    return len(moves)


def intend_undo(
    session: Session, *, batch: AssignmentBatch, actor: Employee | None, at: datetime, policy: Policy
) -> Sequence[Move]:
    """Compute what `undo_assignment` would write; the cases are taken for this transaction.

    Raises:
        NotPermitted, NoSuchCase, CannotUndo: as `undo_assignment` says.
    """
    cause = take_batch(session, batch=batch, actor=actor, policy=policy)
    before = _snapshots(session, batch)
    debtors: set[int] = set()
    for some in in_chunks(before):
        debtors.update(session.scalars(select(Case.debtor_id).where(Case.id.in_(some))))
    held = take_debtors(session, debtors)
    _check_unmoved(session, before, held)
    check_owners(session, {was["owner_id"]: number for number, was in sorted(before.items())}, at)
    if actor is not None and cause != AssignmentCause.CLAIM:
        check_reach(session, actor, cause, held.values(), (), at, policy)
    return [Move(held[number], restored(snapshot)) for number, snapshot in sorted(before.items())]


def take_batch(
    session: Session, *, batch: AssignmentBatch, actor: Employee | None, policy: Policy
) -> AssignmentCause:
    """Take a batch that somebody may take back, for this transaction alone; returns its cause.

    Raises:
        NotPermitted, CannotUndo: as `undo_assignment` says.
    """
    session.refresh(batch, with_for_update=True)
    if batch.undone_at is not None:
        raise CannotUndo(number=0, owner="", why="done")
    if actor is not None and batch.by_id != actor.id:
        raise CannotUndo(number=0, owner="", why="other")
    cause = AssignmentCause(batch.cause)
    if actor is not None:
        staff.require(actor, WORK if cause == AssignmentCause.CLAIM else ASSIGN, policy.rights)
    return cause


def note_undone(
    session: Session, *, batch: AssignmentBatch, actor: Employee | None, at: datetime, cases: int
) -> None:
    """Mark a batch as taken back, and enter it into the evidence trail."""
    batch.undone_at = at
    session.flush()
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if actor is None else actor.subject,
        action="cases.undo",
        details={"batch": batch.id, "cases": cases},
    )


def _snapshots(session: Session, batch: AssignmentBatch) -> Mapping[int, Mapping[str, Any]]:
    """Case → how it stood before the batch."""
    rows = session.execute(
        select(Assignment.case_id, Assignment.before).where(Assignment.batch_id == batch.id)
    )
    return {row.case_id: row.before for row in rows}


def _check_unmoved(
    session: Session, before: Mapping[int, Mapping[str, Any]], held: Mapping[int, Held]
) -> None:
    """Refuse if anything has happened to one of the cases, or to another case of their debtors."""
    for number in sorted({*before, *held}):
        is_now = held.get(number)
        was = before.get(number)
        if is_now is None or was is None or is_now.version != was["version"] + 1:
            owner = session.scalars(select(Case.owner_id).where(Case.id == number)).one()
            raise CannotUndo(number=number, owner=name_of(session, owner), why="moved")


def check_owners(session: Session, owners: Mapping[int, int], at: datetime) -> None:
    """Refuse if one of these is not there any more (employee → one of the cases that they had).

    Raises:
        CannotUndo: an owner before has left.
    """
    for owner_id, number in sorted(owners.items()):
        owner = session.get(Employee, owner_id)
        if owner is None or not owner.is_here(at):
            raise CannotUndo(number=number, owner=name_of(session, owner_id), why="gone")
