"""Large changes of owner: computed and laid down piece by piece, then written by one short transaction.

SQLite has one writer, and rows that go through Python one by one would hold it for seconds. What is laid down
nobody looks at; the last transaction checks that no case has moved since, and copies inside the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, literal, null, select, update
from sqlalchemy.orm import Session

from models import tally
from models.base import insert_once
from models.cases.access import name_of
from models.cases.errors import CannotUndo, CaseChanged
from models.cases.kinds import STRETCHES, AssignmentCause, CaseStatus
from models.cases.ownership import RESTORED, Move, open_stretches, record_batch
from models.cases.passing import hand_follow_ups
from models.cases.tables import Assignment, AssignmentBatch, AssignmentDraft, Case, CaseEvent
from models.cases.undoing import check_owners, note_undone, take_batch
from models.contact import Debtor
from models.policy import Policy
from models.staff import Employee

UNSYNCHRONISED = {"synchronize_session": False}


def draft_rows(
    session: Session, moves: Sequence[Move], *, run_id: int, at: datetime
) -> Sequence[Mapping[str, Any]]:
    """The drafts of a change of owner; nothing is written."""
    last = open_stretches(session, [one.held.id for one in moves])
    rows = []
    for one in moves:
        stretch_id, number, started_at = last[one.held.id]
        rows.append(
            {
                "run_id": run_id,
                "case_id": one.held.id,
                "debtor_id": one.held.debtor_id,
                "version": one.held.version,
                "stretch_id": stretch_id,
                "number": number,
                "begins": max(at, started_at),
                "was": one.held.status,
                **{name: one.values[name] for name in RESTORED},
                "status": str(one.values["status"]),
                "why": dict(one.why),
                "before": one.held.snapshot(),
                "details": {"owner": one.values["owner_id"]},
            }
        )
    return rows


def lay_down(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write some of the drafts."""
    insert_once(session, AssignmentDraft, rows)


def clear_drafts(session: Session, *, run_id: int, most: int) -> int:
    """Delete up to so many drafts of a change of owner; returns how many."""
    some = select(AssignmentDraft.case_id).where(AssignmentDraft.run_id == run_id).limit(most)
    ids = session.scalars(some).all()
    session.execute(
        delete(AssignmentDraft)
        .where(AssignmentDraft.run_id == run_id, AssignmentDraft.case_id.in_(ids))
        .execution_options(**UNSYNCHRONISED)
    )
    return len(ids)


def write_drafts(
    session: Session, *, run_id: int, batch: Mapping[str, Any], by: Employee | None, at: datetime
) -> AssignmentBatch:
    """Let everything that was laid down happen at once; `batch` is that of `Intended`.

    The caller sees to it that nobody lays down anything meanwhile. The same key again changes nothing and
    returns what it did before.

    Raises:
        CaseChanged: a case is not as it was when the drafts were computed; nothing is changed then.
        RuntimeError: drafts are missing, or there are some of another change of owner.
    """
    _check_unmoved(session, run_id)
    fresh = insert_once(session, AssignmentBatch, batch)
    made = session.scalars(select(AssignmentBatch).where(AssignmentBatch.key == batch["key"])).one()
    if not fresh:
        return made
    numbers = _numbers(session, run_id, made.cases)
    _write(session, run_id, _Mark(made.cause, made.by_id, made.id, at))
    record_batch(session, made, by, at, numbers=numbers)
    return made


def write_undo(
    session: Session, *, run_id: int, batch: AssignmentBatch, by: Employee, at: datetime, policy: Policy
) -> int:
    """Let a batch be taken back at once whose taking back was laid down; returns how many cases went.

    Raises:
        NotPermitted, CannotUndo: as `undo_assignment` says; nothing is changed then.
        RuntimeError: drafts are missing, or there are some of another change of owner.
    """
    draft = AssignmentDraft
    take_batch(session, batch=batch, actor=by, policy=policy)
    try:
        _check_unmoved(session, run_id)
    except CaseChanged as moved:
        raise CannotUndo(**moved.facts, why="moved") from moved
    counted = select(draft.owner_id, func.min(draft.case_id)).where(draft.run_id == run_id)
    owners = {row[0]: int(row[1]) for row in session.execute(counted.group_by(draft.owner_id))}
    check_owners(session, owners, at)
    _numbers(session, run_id, batch.cases)
    _write(session, run_id, _Mark(str(AssignmentCause.UNDO), by.id, None, at))
    note_undone(session, batch=batch, actor=by, at=at, cases=batch.cases)
    return batch.cases


@dataclass(frozen=True)
class _Mark:
    """What all stretches and events of one change of owner say."""

    cause: str
    by_id: int | None
    batch_id: int | None
    at: datetime


def _numbers(session: Session, run_id: int, cases: int) -> Sequence[int]:
    numbers = session.scalars(select(AssignmentDraft.case_id).where(AssignmentDraft.run_id == run_id)).all()
    if len(numbers) != cases:
        raise RuntimeError(f"{len(numbers)} of {cases} drafts")
    return numbers


def _write(session: Session, run_id: int, mark: _Mark) -> None:
    draft = AssignmentDraft
    mine = draft.run_id == run_id
    _touch(session, run_id, mark.at)
    for statement in (
        update(Assignment).where(Assignment.id == draft.stretch_id, mine).values(ended_at=draft.begins),
        update(Debtor)
        .where(Debtor.id.in_(select(draft.debtor_id).where(mine)))
        .values(
            owner_id=select(func.max(draft.owner_id))
            .where(mine, draft.debtor_id == Debtor.id)
            .scalar_subquery()
        ),
        update(Case)
        .where(Case.id == draft.case_id, mine)
        .values(
            **{name: getattr(draft, name) for name in RESTORED},
            live_owner_id=draft.owner_id,
            version=Case.version + 1,
        ),
    ):
        session.execute(statement.execution_options(**UNSYNCHRONISED))
    session.execute(_stretches(run_id, mark))
    session.execute(_events(run_id, mark))
    session.expire_all()


def _touch(session: Session, run_id: int, at: datetime) -> None:
    """Let the figures of who had the cases, and of who gets them, follow; planned follow-ups go along."""
    draft = AssignmentDraft
    mine, worked = draft.run_id == run_id, draft.was != CaseStatus.POOL
    had = select(Assignment.owner_id, draft.begins).join(draft, draft.stretch_id == Assignment.id)
    gets = select(draft.owner_id, draft.begins).where(mine, draft.status != CaseStatus.POOL)
    for pairs in (had.where(mine, worked), gets):
        tally.touch(session, STRETCHES, session.execute(pairs.distinct()))
    hand_follow_ups(
        session, dict(session.execute(select(draft.case_id, draft.owner_id).where(mine)).all()), at
    )


def _check_unmoved(session: Session, run_id: int) -> None:
    """Take debtors and cases, and refuse if one has moved, has ended, or has come since."""
    draft = AssignmentDraft
    mine = draft.run_id == run_id
    debtors = select(draft.debtor_id).where(mine)
    for entity, ids in ((Debtor, debtors), (Case, select(draft.case_id).where(mine))):
        taken = select(entity.id).where(entity.id.in_(ids)).order_by(entity.id).with_for_update().subquery()
        session.execute(select(func.count()).select_from(taken)).one()
    moved = session.execute(
        select(Case.id, Case.owner_id)
        .outerjoin(draft, (draft.case_id == Case.id) & mine)
        .where(
            Case.debtor_id.in_(debtors),
            Case.closed_at.is_(None),
            draft.version.is_(None) | (draft.version != Case.version),
        )
        .order_by(Case.id)
        .limit(1)
    ).one_or_none()
    if moved is None:
        moved = session.execute(
            select(Case.id, Case.owner_id)
            .join(draft, (draft.case_id == Case.id) & mine)
            .where(Case.closed_at.is_not(None))
            .order_by(Case.id)
            .limit(1)
        ).one_or_none()
    if moved is not None:
        raise CaseChanged(number=moved.id, owner=name_of(session, moved.owner_id))


def _stretches(run_id: int, mark: _Mark) -> Any:
    draft, new = AssignmentDraft, Assignment
    values = {
        "case_id": draft.case_id,
        "number": draft.number + 1,
        "owner_id": draft.owner_id,
        "started_at": draft.begins,
        "follows": draft.number,
        "begins_where": draft.begins,
        "cause": literal(mark.cause),
        "by_id": null() if mark.by_id is None else literal(mark.by_id),
        "batch_id": null() if mark.batch_id is None else literal(mark.batch_id),
        "why": draft.why,
        "before": draft.before,
        "balance": case((draft.status == CaseStatus.POOL, null()), else_=Case.balance),
    }
    rows = (
        select(*values.values())
        .join(Case, Case.id == draft.case_id)
        .where(draft.run_id == run_id)
        .order_by(draft.case_id)
    )
    return insert(new).from_select(list(values), rows, include_defaults=False)


def _events(run_id: int, mark: _Mark) -> Any:
    draft = AssignmentDraft
    values = {
        "case_id": draft.case_id,
        "at": literal(mark.at, CaseEvent.at.type),
        "by_id": null() if mark.by_id is None else literal(mark.by_id),
        "kind": literal(mark.cause),
        "from_status": draft.was,
        "to_status": draft.status,
        "details": draft.details,
    }
    rows = (
        select(*values.values())
        .where(draft.run_id == run_id, draft.was != draft.status)
        .order_by(draft.case_id)
    )
    return insert(CaseEvent).from_select(list(values), rows, include_defaults=False)
