"""Putting back what a report brought about besides, when the report itself is undone."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases.access import enter, record
from models.cases.kinds import CaseStatus, FollowUpState
from models.cases.rules import Trigger
from models.cases.tables import Case, CaseEvent, FollowUp, Signal
from models.cases.working import set_next
from models.staff import Employee


def put_back(session: Session, *, actor: Employee, case: Case, made_at: datetime, at: datetime) -> None:
    """Let a case, locked by the caller, be as it was before a report of `made_at` that is withdrawn now.

    Follow-ups that it settled are open again, what customer service had passed on waits again, and a case
    that was accepted by it waits for being accepted. If something else was done with the case since, it
    stays accepted (`accepted_by_it`).
    """
    settled = select(FollowUp).where(
        FollowUp.case_id == case.id, FollowUp.state == FollowUpState.DONE, FollowUp.settled_at == made_at
    )
    planned = session.scalars(settled).all()
    for one in planned:
        one.state, one.settled_at = FollowUpState.OPEN, None
        if one.due_at > at:
            one.owner_id = case.owner_id
    handled = session.scalars(
        select(Signal).where(Signal.case_id == case.id, Signal.handled_at == made_at)
    ).all()
    for signal in handled:
        signal.handled_at = signal.handled_by_id = None
    set_next(session, case)
    if planned or handled:
        record(
            session,
            "cases.put_back",
            case,
            actor,
            at,
            follow_ups=[one.id for one in planned],
            signals=[signal.id for signal in handled],
        )
    accepted = _accepted_by_working(session, case, made_at)
    if accepted is not None and _is_unmoved(session, case, accepted, at):
        unaccept(session, actor=actor, case=case, before=accepted.details["before"], at=at)


def unaccept(session: Session, *, actor: Employee, case: Case, before: dict[str, str], at: datetime) -> None:
    """A case waits for being accepted as it did before it was: deadlines and declines included."""
    was, case.status = case.status, CaseStatus.ASSIGNED
    case.accept_by, case.contact_by = moment(before["accept_by"]), moment(before["contact_by"])
    case.declines, case.accepted_at = int(before["declines"]), None
    case.version += 1
    enter(session, case, "unaccept", at=at, by=actor, was=was)
    record(session, "cases.unaccept", case, actor, at)


def accepted_by_it(session: Session, case: Case, made_at: datetime) -> bool:
    """Whether the case, until then only assigned, was accepted by what was reported at `made_at`, and is."""
    return case.status != CaseStatus.ASSIGNED and _accepted_by_working(session, case, made_at) is not None


def moment(kept: str | None) -> datetime | None:
    """A moment of an event's details."""
    return None if kept is None else datetime.fromisoformat(kept)


def _accepted_by_working(session: Session, case: Case, made_at: datetime) -> CaseEvent | None:
    events = session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id == case.id, CaseEvent.kind == Trigger.ACCEPT, CaseEvent.at == made_at)
        .order_by(CaseEvent.id.desc())
    )
    return next((one for one in events if one.details.get("by_working") and "before" in one.details), None)


def _is_unmoved(session: Session, case: Case, accepted: CaseEvent, at: datetime) -> bool:
    """Whether nothing was done with the case since then but what is undone at `at`."""
    later = session.scalars(
        select(CaseEvent.id).where(
            CaseEvent.case_id == case.id,
            CaseEvent.id > accepted.id,
            CaseEvent.at.not_in((accepted.at, at)),
        )
    ).first()
    worked_at = moment(accepted.details["before"]["worked_at"])
    return later is None and case.status == CaseStatus.IN_PROGRESS and case.worked_at == worked_at
