"""Taking back a change of owner: everything exactly as it was, or nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, staff
from models.cases.access import ASSIGN, WORK, in_chunks, name_of
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
    session.refresh(batch, with_for_update=True)
    if batch.undone_at is not None:
        raise CannotUndo(number=0, owner="", why="done")
    if actor is not None and batch.by_id != actor.id:
        raise CannotUndo(number=0, owner="", why="other")
    cause = AssignmentCause(batch.cause)
    if actor is not None:
        staff.require(actor, WORK if cause == AssignmentCause.CLAIM else ASSIGN, policy.rights)
    before = _snapshots(session, batch)
    debtors: set[int] = set()
    for some in in_chunks(before):
        debtors.update(session.scalars(select(Case.debtor_id).where(Case.id.in_(some))))
    held = take_debtors(session, debtors)
    _check_unmoved(session, before, held)
    _check_owners(session, before, at)
    if actor is not None and cause != AssignmentCause.CLAIM:
        check_reach(session, actor, cause, held.values(), (), at, policy)
    moves = [Move(held[number], restored(snapshot)) for number, snapshot in sorted(before.items())]
    move(session, moves, cause=AssignmentCause.UNDO, by=actor, at=at)
    batch.undone_at = at
    session.flush()
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if actor is None else actor.subject,
        action="cases.undo",
        details={"batch": batch.id, "cases": len(moves)},
    )
    return len(moves)


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


def _check_owners(session: Session, before: Mapping[int, Mapping[str, Any]], at: datetime) -> None:
    for number, was in sorted(before.items()):
        owner = session.get(Employee, was["owner_id"])
        if owner is None or not owner.is_here(at):
            raise CannotUndo(number=number, owner=name_of(session, was["owner_id"]), why="gone")
