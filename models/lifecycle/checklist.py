"""Checklists: every step has one owner, a start and a due time, and is handed over like any other work."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from models import audit, handover, staff
from models.calendar import WorkCalendar
from models.candidates import Application, root_of
from models.handover import LEADING, OwnedItem, Ownership
from models.lifecycle.errors import NobodyAnswerable, NotYourStep, StepDone
from models.lifecycle.rules import step_due
from models.lifecycle.tables import (
    ChecklistItem,
    Onboarding,
    OnboardingState,
    Process,
    StepState,
    Transfer,
)
from models.policy import ChecklistStep, Policy
from models.staff import Candidate, Employee, Person, Role

AREA = "checklist"
LEADER = "leader"
For = Onboarding | Transfer | Application
"""What a checklist belongs to."""


def begin(
    session: Session,
    *,
    of: For,
    steps: Sequence[ChecklistStep],
    unit_id: int,
    starts_at: datetime,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    otherwise: Employee | None,
) -> Sequence[ChecklistItem]:
    """Make a checklist and give each step to whom it belongs, nearest to the unit (S1-30, S2-10, S2-21).

    Steps that it has already are not made once more.

    All steps of one role go to the same person: nearest to the unit, else anywhere. Where nobody holds the
    role, they go to who leads the unit or one above, then to an administrator, then to `otherwise`.

    Raises:
        NobodyAnswerable: there is nobody at all.
    """
    process, employee_id = _process(of), None if isinstance(of, Application) else of.employee_id
    owners: dict[str, tuple[int, int | None]] = {}
    there = {item.key for item, _ in steps_of(session, of=of)}
    made = []
    for step in steps:
        if step.key in there:
            continue
        if step.role not in owners:
            owners[step.role] = _owner(session, step.role, unit_id, employee_id, at, otherwise)
        owner, absent = owners[step.role]
        item = ChecklistItem(
            process=process,
            process_id=of.id,
            employee_id=employee_id,
            application_id=of.id if isinstance(of, Application) else None,
            unit_id=unit_id,
            key=step.key,
            role=step.role,
            owner_id=owner,
            starts_at=at,
            due_at=step_due(
                starts_at.date(),
                step.workdays,
                due_at=policy.checklist.due_at,
                at=at,
                urgent_hours=policy.checklist.urgent_hours,
                is_workday=calendar.is_workday,
            ),
            state=StepState.OPEN,
        )
        session.add(item)
        session.flush()
        if absent is not None:
            key = (AREA, item.id)
            handover.mark_for_return(session, key=key, kind=AREA, owner_id=absent, held_by=owner, at=at)
        made.append(item)
    return made


def _process(of: For) -> Process:
    if isinstance(of, Application):
        return Process.HIRING
    return Process.JOINING if isinstance(of, Onboarding) else Process.MOVING


def begin_preparing(
    session: Session,
    *,
    application: Application,
    starts_at: datetime,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    otherwise: Employee | None,
) -> Sequence[ChecklistItem]:
    """Let badge, contract and the like be made ready for who was told that they passed (S1-30).

    Raises:
        NobodyAnswerable: there is nobody at all who could do it.
    """
    return begin(
        session,
        of=application,
        steps=policy.checklist.preparing,
        unit_id=application.unit_id,
        starts_at=starts_at,
        at=at,
        policy=policy,
        calendar=calendar,
        otherwise=otherwise,
    )


def stop_preparing(session: Session, *, application: Application, at: datetime) -> Sequence[int]:
    """Who applied does not come: nothing more is made ready; returns who had steps to do."""
    owners = sorted(
        {owner.id for item, owner in steps_of(session, of=application) if item.state == StepState.OPEN}
    )
    drop(session, of=application, at=at)
    return owners


def take_over(session: Session, *, application: Application, of: Onboarding) -> None:
    """What was prepared for who applied, done or not, belongs to their joining from now on."""
    session.execute(
        update(ChecklistItem)
        .where(
            ChecklistItem.process == Process.HIRING,
            ChecklistItem.process_id == application.id,
            ChecklistItem.state != StepState.DROPPED,
        )
        .values(process=Process.JOINING, process_id=of.id, employee_id=of.employee_id)
    )


def whom_for(session: Session, item: ChecklistItem) -> Person:
    """For whom a step is done: an employee, or who applied."""
    if item.employee_id is not None:
        return session.get_one(Employee, item.employee_id)
    application = session.get_one(Application, item.application_id)
    return root_of(session, session.get_one(Candidate, application.person_id))


def _owner(
    session: Session, role: str, unit_id: int, but_for: int | None, at: datetime, otherwise: Employee | None
) -> tuple[int, int | None]:
    """(who does a step, whose cover they are)."""
    if role == LEADER:
        known = handover.nearest(session, LEADING, unit_id=unit_id, at=at)
    else:
        near = staff.holders(session, Role(role), unit_id=unit_id, at=at)
        known = [*near, *staff.holders(session, Role(role), unit_id=None, at=at)]
    found = _fit(session, known, but_for, at)
    if not found:
        found = _fit(session, handover.nearest(session, LEADING, unit_id=unit_id, at=at), but_for, at)
    if not found:
        admins = staff.holders(session, Role.ADMIN, unit_id=None, at=at)
        found = _fit(session, admins, but_for, at) or ([] if otherwise is None else [otherwise.id])
    if not found:
        raise NobodyAnswerable()
    owner = found[0]
    cover = handover.stand_in(session, employee_id=owner, at=at)
    leave = handover.open_handover_of(session, employee_id=owner, cause=handover.Cause.LEAVE)
    if cover is None or leave is None or leave.delegated or cover == but_for:
        return owner, None
    return cover, owner


def _fit(session: Session, people: Sequence[Employee], but_for: int | None, at: datetime) -> list[int]:
    """Those of the nearest unit who stay, the least busy first; then the others in their order."""
    stay = [person for person in people if person.id != but_for and person.left_at is None]
    if not stay:
        return []
    first = {post.unit_id for post in stay[0].posts}
    near = [one for one in stay if not first.isdisjoint(post.unit_id for post in one.posts)]
    far = [one for one in stay if one not in near]
    near.sort(key=lambda one: (handover.load(session, one.id, at), one.id))
    return [one.id for one in (*near, *far)]


def drop(session: Session, *, of: For, at: datetime) -> None:
    """What a checklist was for was undone: its open steps are no more."""
    process = _process(of)
    session.execute(
        update(ChecklistItem)
        .where(
            ChecklistItem.process == process,
            ChecklistItem.process_id == of.id,
            ChecklistItem.state == StepState.OPEN,
        )
        .values(state=StepState.DROPPED, done_at=at)
    )


def finish_step(
    session: Session, *, actor: Employee, item_id: int, at: datetime, policy: Policy
) -> tuple[ChecklistItem, Onboarding | None]:
    """Note that a step is done; returns it, and the onboarding that it was the last step of.

    The owner does it, or who stands in for the owner.

    Raises:
        NotPermitted: the role works on no checklist.
        NotYourStep: it is somebody else's.
        StepDone: it was done before.
    """
    item = _own(session, actor, item_id, at, policy)
    if item.state == StepState.DONE:
        raise StepDone(at=item.done_at)
    item.state, item.done_at, item.done_by = StepState.DONE, at, actor.subject
    session.flush()
    _record(session, "checklist.finish", item, actor, at)
    if item.process != Process.JOINING or _any_open(session, item):
        return item, None
    onboarding = session.get(Onboarding, item.process_id, with_for_update=True)
    assert onboarding is not None
    onboarding.state, onboarding.done_at = OnboardingState.DONE, at
    session.flush()
    return item, onboarding


def reopen_step(
    session: Session, *, actor: Employee, item_id: int, at: datetime, policy: Policy
) -> ChecklistItem:
    """Undo `finish_step`, by who did it.

    Raises:
        NotPermitted: the role works on no checklist.
        NotYourStep: somebody else did it, or it is not done.
    """
    item = _own(session, actor, item_id, at, policy)
    if item.state != StepState.DONE or item.done_by != actor.subject:
        raise NotYourStep()
    item.state, item.done_at, item.done_by = StepState.OPEN, None, None
    if item.process == Process.JOINING:
        onboarding = session.get(Onboarding, item.process_id, with_for_update=True)
        assert onboarding is not None
        if onboarding.state == OnboardingState.DONE:
            onboarding.state, onboarding.done_at = OnboardingState.OPEN, None
    session.flush()
    _record(session, "checklist.reopen", item, actor, at)
    return item


def _own(session: Session, actor: Employee, item_id: int, at: datetime, policy: Policy) -> ChecklistItem:
    staff.require(actor, "checklist.work", policy.rights)
    item = session.get(ChecklistItem, item_id, populate_existing=True, with_for_update=True)
    mine = {actor.id, *handover.stands_in_for(session, employee_id=actor.id, at=at)}
    if item is None or item.owner_id not in mine or item.state == StepState.DROPPED:
        raise NotYourStep()
    return item


def _any_open(session: Session, item: ChecklistItem) -> bool:
    beside = select(ChecklistItem.id).where(
        ChecklistItem.process == item.process,
        ChecklistItem.process_id == item.process_id,
        ChecklistItem.state == StepState.OPEN,
    )
    return session.scalars(beside.limit(1)).first() is not None


def _record(session: Session, action: str, item: ChecklistItem, actor: Employee, at: datetime) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=whom_for(session, item).subject,
        details={"item": item.id, "step": item.key},
    )


def steps_of(session: Session, *, of: For) -> Sequence[tuple[ChecklistItem, Employee]]:
    """The steps of a checklist that were not dropped, each with its owner, by due time."""
    process = _process(of)
    rows = session.execute(
        select(ChecklistItem, Employee)
        .join(Employee, Employee.id == ChecklistItem.owner_id)
        .where(
            ChecklistItem.process == process,
            ChecklistItem.process_id == of.id,
            ChecklistItem.state != StepState.DROPPED,
        )
        .order_by(ChecklistItem.due_at, ChecklistItem.id)
    )
    return [(item, owner) for item, owner in rows]


def my_steps(
    session: Session, *, actor: Employee, at: datetime, policy: Policy
) -> Sequence[tuple[ChecklistItem, Person]]:
    """The open steps of the actor, and of those they stand in for, each with whom it is for, by due time.

    Raises:
        NotPermitted: the role works on no checklist.
    """
    staff.require(actor, "checklist.work", policy.rights)
    mine = [actor.id, *handover.stands_in_for(session, employee_id=actor.id, at=at)]
    return _with_persons(
        session,
        select(ChecklistItem)
        .where(ChecklistItem.owner_id.in_(mine), ChecklistItem.state == StepState.OPEN)
        .order_by(ChecklistItem.due_at, ChecklistItem.id),
    )


def _with_persons(
    session: Session, statement: Select[ChecklistItem]
) -> Sequence[tuple[ChecklistItem, Person]]:
    return [(item, whom_for(session, item)) for item in session.scalars(statement).all()]


def steps_to_remind(
    session: Session, *, at: datetime, policy: Policy
) -> Sequence[tuple[ChecklistItem, Person]]:
    """Open steps that are due soon, or overdue and not yet told to the leader, each with whom it is for."""
    soon = at + timedelta(hours=policy.checklist.remind_hours)
    return _with_persons(
        session,
        select(ChecklistItem)
        .where(
            ChecklistItem.state == StepState.OPEN,
            or_(
                (ChecklistItem.due_at <= soon) & ChecklistItem.reminded_at.is_(None),
                (ChecklistItem.due_at <= at) & ChecklistItem.escalated_at.is_(None),
            ),
        )
        .order_by(ChecklistItem.owner_id, ChecklistItem.due_at, ChecklistItem.id)
        .with_for_update(of=ChecklistItem, skip_locked=True),
    )


def _open_items(session: Session, owner_id: int, _at: datetime) -> Sequence[OwnedItem]:
    found = _with_persons(
        session,
        select(ChecklistItem)
        .where(ChecklistItem.owner_id == owner_id, ChecklistItem.state == StepState.OPEN)
        .order_by(ChecklistItem.id),
    )
    return [
        OwnedItem(
            AREA,
            item.id,
            {"step": item.key, "person": person.name},
            due_at=item.due_at,
            unit_id=item.unit_id,
            skill="" if item.role == LEADER else item.role,
        )
        for item, person in found
    ]


def _loads(session: Session, owners: Collection[int], _at: datetime) -> Mapping[int, int]:
    rows = session.scalars(
        select(ChecklistItem.owner_id).where(
            ChecklistItem.owner_id.in_(owners), ChecklistItem.state == StepState.OPEN
        )
    )
    return Counter(rows)


def _owner_of(session: Session, item_id: int, _at: datetime) -> int | None:
    return session.scalar(
        select(ChecklistItem.owner_id).where(
            ChecklistItem.id == item_id, ChecklistItem.state == StepState.OPEN
        )
    )


def _reassign(session: Session, item_id: int, from_id: int, to_id: int, _at: datetime) -> bool:
    item = session.get(ChecklistItem, item_id, populate_existing=True, with_for_update=True)
    if item is None or item.state != StepState.OPEN or item.owner_id != from_id:
        return False
    item.owner_id = to_id
    session.flush()
    return True


OWNERSHIP = Ownership(AREA, _open_items, _owner_of, _reassign, _loads)
