"""Moving: another post from a moment on, and the work that stays behind changes hands."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, handover, planning, staff
from models.calendar import WorkCalendar
from models.handover import Carried, Cause, Handover, Key, OwnedItem
from models.lifecycle import checklist
from models.lifecycle.errors import InThePast, IsLeaving, MoveIsPlanned, NoPost, NotMoving, SamePost
from models.lifecycle.joining import require_power
from models.lifecycle.queries import planned_transfer
from models.lifecycle.tables import Transfer, TransferState
from models.policy import Policy
from models.staff import Employee, Post, Role, Unit

MOVES = "lifecycle.moves"
"""The kind of the due item of a transfer."""


def check_transfer(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    unit: Unit,
    role: Role,
    effective_at: datetime,
    at: datetime,
    policy: Policy,
) -> Post:
    """The main post now; refuses what `plan_transfer` would refuse, for a preview.

    Raises:
        NotPermitted: the actor may not, from there, to there or into this role; another refusal of
        errors.py: the person cannot move then.
    """
    staff.require_for_person(
        session, actor=actor, action="people.move", person=employee, at=at, policy=policy
    )
    staff.require_for_unit(session, actor=actor, action="people.move", unit_id=unit.id, policy=policy)
    require_power(session, actor=actor, role=role, unit_id=unit.id, policy=policy)
    planned = planned_transfer(session, employee.id)
    if planned is not None:
        raise MoveIsPlanned(person=employee.named, at=planned.effective_at)
    if employee.left_at is not None:
        raise IsLeaving(person=employee.named, at=employee.left_at)
    if effective_at < at:
        raise InThePast(at=effective_at.date())
    post = session.scalars(
        select(Post).where(Post.employee_id == employee.id, Post.is_main.is_(True), staff.held(at))
    ).one_or_none()
    if post is None:
        raise NoPost(person=employee.named)
    if (post.unit_id, post.role) == (unit.id, role):
        raise SamePost(person=employee.named)
    return post


def plan_transfer(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    unit: Unit,
    role: Role,
    effective_at: datetime,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Transfer:
    """Let somebody hold another main post from a moment on; nothing has to run for the rights to follow.

    What does not go along is handed over, and a checklist begins for the new unit (S3-18).

    Raises:
        NotPermitted: the actor may not; another refusal of errors.py: the person cannot move then.
    """
    post = check_transfer(
        session,
        actor=actor,
        employee=employee,
        unit=unit,
        role=role,
        effective_at=effective_at,
        at=at,
        policy=policy,
    )
    transfer = Transfer(
        employee_id=employee.id,
        from_unit_id=post.unit_id,
        from_role=post.role,
        to_unit_id=unit.id,
        to_role=role,
        announced_at=at,
        announced_by=actor.subject,
        effective_at=effective_at,
        state=TransferState.PLANNED,
    )
    session.add(transfer)
    staff.put_in_post(session, employee=employee, role=role, unit=unit, at=effective_at)
    handover.open_handover(
        session,
        employee=employee,
        cause=Cause.TRANSFER,
        unit_id=transfer.from_unit_id,
        role=transfer.from_role,
        effective_at=effective_at,
        at=at,
        by=actor.subject,
    )
    checklist.begin(
        session,
        of=transfer,
        steps=policy.checklist.moving,
        unit_id=unit.id,
        starts_at=effective_at,
        at=at,
        policy=policy,
        calendar=calendar,
        otherwise=actor,
    )
    plan_move(session, transfer)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="people.move",
        subject=employee.subject,
        details={
            "transfer": transfer.id,
            "from": [transfer.from_unit_id, transfer.from_role],
            "to": [unit.id, str(role)],
            "effective_at": effective_at.isoformat(),
        },
    )
    return transfer


def stays_behind(
    session: Session, *, employee: Employee, unit: Unit, role: Role, at: datetime
) -> Mapping[Key, OwnedItem]:
    """What somebody would have to hand over by going to that post; further posts are kept."""
    further = select(Post).where(Post.employee_id == employee.id, Post.is_main.is_(False), staff.held(at))
    posts = [(unit.id, str(role)), *((post.unit_id, post.role) for post in session.scalars(further))]
    items = handover.open_items(session, employee.id, at)
    return {key: item for key, item in items.items() if not handover.goes_along(session, item, posts)}


def plan_move(session: Session, transfer: Transfer) -> None:
    """Enter the moment among what is due."""
    due = transfer.effective_at
    planning.plan_due(session, [(MOVES, transfer.id, due, handover.planning_end(due))])


def handover_of(session: Session, transfer: Transfer) -> Handover | None:
    """The handover of a transfer, while it is open."""
    return handover.open_handover_of(session, employee_id=transfer.employee_id, cause=Cause.TRANSFER)


def take_effect(session: Session, *, transfer: Transfer, at: datetime) -> Carried:
    """The moment has come: what stays behind changes hands. Doing it twice is doing it once."""
    session.refresh(transfer, with_for_update=True)
    open_one = handover_of(session, transfer)
    if transfer.state != TransferState.PLANNED:
        return Carried(happened=False)
    transfer.state, transfer.done_at = TransferState.DONE, at
    session.flush()
    if open_one is None:
        return Carried()
    return handover.carry_out(session, handover=open_one, at=at)


def cancel_transfer(
    session: Session, *, actor: Employee, employee: Employee, at: datetime, policy: Policy
) -> tuple[Transfer, Sequence[int], Sequence[int]]:
    """Undo a transfer before it takes effect: the post goes on, nothing has moved.

    Returns it, who had steps to do, and who had been asked to take something over.

    Raises:
        NotPermitted: the actor may not; NotMoving: none is planned, or its moment has come.
    """
    staff.require_for_person(
        session, actor=actor, action="people.move", person=employee, at=at, policy=policy
    )
    transfer = planned_transfer(session, employee.id)
    if transfer is None or transfer.effective_at <= at:
        raise NotMoving(person=employee.named)
    return transfer, *_undo(session, transfer, at=at, by=actor.subject)


def _undo(
    session: Session, transfer: Transfer, *, at: datetime, by: str
) -> tuple[Sequence[int], Sequence[int]]:
    transfer.state, transfer.done_at = TransferState.CANCELLED, at
    session.flush()
    open_one = handover_of(session, transfer)
    asked: Sequence[int] = []
    if open_one is not None and open_one.begun_at is None:
        asked = handover.cancel(session, handover=open_one, at=at, by=by)
    steps = checklist.steps_of(session, of=transfer)
    checklist.drop(session, of=transfer, at=at)
    staff.withdraw_main_post(session, employee_id=transfer.employee_id, starts_at=transfer.effective_at)
    audit.record(
        session,
        at=at,
        actor=by,
        action="people.cancel_move",
        subject=f"employee:{transfer.employee_id}",
        details={"transfer": transfer.id},
    )
    return sorted({owner.id for item, owner in steps if item.done_at is None}), asked


def drop_planned(session: Session, *, employee: Employee, at: datetime, by: str) -> None:
    """Somebody is gone: a transfer that was planned never takes effect."""
    transfer = planned_transfer(session, employee.id)
    if transfer is not None:
        _undo(session, transfer, at=at, by=by)
