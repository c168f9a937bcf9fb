"""Large changes of owner: computed and laid down piece by piece, then written by one short transaction.

SQLite has one writer, and rows that go through Python one by one would hold it for seconds. What is laid down
nobody looks at; the last transaction checks that no case has moved since, and copies inside the database.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal, null, select, update
from sqlalchemy.orm import Session

from models.base import insert_once
from models.cases.access import name_of
from models.cases.errors import CaseChanged
from models.cases.ownership import RESTORED, Intended, open_stretches, record_batch
from models.cases.tables import Assignment, AssignmentBatch, AssignmentDraft, Case, CaseEvent
from models.contact import Debtor
from models.staff import Employee

UNSYNCHRONISED = {"synchronize_session": False}


def draft_rows(
    session: Session, intended: Intended, *, run_id: int, at: datetime
) -> Sequence[Mapping[str, Any]]:
    """The drafts of a change of owner; nothing is written."""
    last = open_stretches(session, [one.held.id for one in intended.moves])
    rows = []
    for one in intended.moves:
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
    draft = AssignmentDraft
    mine = draft.run_id == run_id
    _check_unmoved(session, run_id)
    fresh = insert_once(session, AssignmentBatch, batch)
    made = session.scalars(select(AssignmentBatch).where(AssignmentBatch.key == batch["key"])).one()
    if not fresh:
        return made
    numbers = session.scalars(select(draft.case_id).where(mine)).all()
    if len(numbers) != made.cases:
        raise RuntimeError(f"{len(numbers)} of {made.cases} drafts")
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
    session.execute(_stretches(run_id, made))
    session.execute(_events(run_id, made))
    session.expire_all()
    record_batch(session, made, by, at, numbers=numbers)
    return made


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


def _stretches(run_id: int, batch: AssignmentBatch) -> Any:
    draft, new = AssignmentDraft, Assignment
    values = {
        "case_id": draft.case_id,
        "number": draft.number + 1,
        "owner_id": draft.owner_id,
        "started_at": draft.begins,
        "follows": draft.number,
        "begins_where": draft.begins,
        "cause": literal(batch.cause),
        "by_id": null() if batch.by_id is None else literal(batch.by_id),
        "batch_id": literal(batch.id),
        "why": draft.why,
        "before": draft.before,
    }
    rows = select(*values.values()).where(draft.run_id == run_id).order_by(draft.case_id)
    return insert(new).from_select(list(values), rows, include_defaults=False)


def _events(run_id: int, batch: AssignmentBatch) -> Any:
    draft = AssignmentDraft
    values = {
        "case_id": draft.case_id,
        "at": literal(batch.at, CaseEvent.at.type),
        "by_id": null() if batch.by_id is None else literal(batch.by_id),
        "kind": literal(batch.cause),
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
