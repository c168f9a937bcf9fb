"""First days, transfers and last moments as they come, and the steps that are due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs import handover as handovers
from jobs.base import JobContext, Notice
from jobs.spreadsheet import Sheet, attached
from models import handover, lifecycle, staff
from models.lifecycle import (
    ChecklistItem,
    Left,
    Onboarding,
    OnboardingState,
    Separation,
    SeparationState,
    Transfer,
    TransferState,
)
from models.messaging import Attachment
from models.planning import DueItem
from models.policy import Policy
from models.staff import Employee, Person


def welcome_starters(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """The first day: a welcome with the starter pack, and a word to the leader."""
    notices: list[Notice] = []
    for item in items:
        onboarding = ctx.session.get(Onboarding, item.subject_id)
        if onboarding is None or onboarding.state == OnboardingState.CANCELLED:
            continue
        starter = ctx.session.get_one(Employee, onboarding.employee_id)
        unit = lifecycle.unit_named(ctx.session, onboarding.unit_id)
        leader = lifecycle.leader_of(ctx.session, onboarding.unit_id, ctx.now, but_for=starter.id)
        values = {
            "starter": starter,
            "onboarding": onboarding,
            "unit": unit,
            "leader": leader,
            "roles": ctx.policy.rights.roles,
            "handbook": ctx.policy.joining.handbook,
            "directions": ctx.policy.joining.directions,
        }
        notices.append(Notice(starter, "joining/welcome", values))
        if leader is not None:
            notices.append(Notice(leader, "joining/starts_today", values))
    return notices


def begin_transfers(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """A transfer takes effect: work that stays behind moves, and people hear of it."""
    notices: list[Notice] = []
    for item in items:
        transfer = ctx.session.get(Transfer, item.subject_id)
        if transfer is not None:
            notices += move(ctx, transfer)
    return notices


def move(ctx: JobContext, transfer: Transfer) -> list[Notice]:
    """The same for one."""
    before = handover.open_handover_of(
        ctx.session, employee_id=transfer.employee_id, cause=handover.Cause.TRANSFER
    )
    carried = lifecycle.take_effect(ctx.session, transfer=transfer, at=ctx.now)
    if not carried.happened:
        return []
    person = ctx.session.get_one(Employee, transfer.employee_id)
    values = transfer_values(ctx.session, transfer, ctx.policy)
    notices = [Notice(person, "moving/you_moved", values)]
    for unit_id in (transfer.from_unit_id, transfer.to_unit_id):
        leader = lifecycle.leader_of(ctx.session, unit_id, ctx.now, but_for=person.id)
        if leader is not None and all(leader.id != notice.to.id for notice in notices):
            notices.append(Notice(leader, "moving/somebody_moved", values))
    return notices + ([] if before is None else handovers.given(ctx.session, before, carried.moved))


def transfer_values(session: Session, transfer: Transfer, policy: Policy) -> dict[str, Any]:
    """What the words about a transfer need."""
    return {
        "person": session.get_one(Employee, transfer.employee_id),
        "transfer": transfer,
        "old_unit": lifecycle.unit_named(session, transfer.from_unit_id),
        "new_unit": lifecycle.unit_named(session, transfer.to_unit_id),
        "roles": policy.rights.roles,
    }


def let_leavers_go(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Last moments: everything is with others, the report goes to HR."""
    notices: list[Notice] = []
    for item in items:
        separation = ctx.session.get(Separation, item.subject_id)
        if separation is not None:
            notices += let_go(ctx, separation)
    return notices


def let_go(ctx: JobContext, separation: Separation) -> list[Notice]:
    """The same for one; nothing if it was done before."""
    was_open = separation.state == SeparationState.ANNOUNCED
    left = lifecycle.let_go(
        ctx.session, separation=separation, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    if left is None or not was_open:
        return []
    if not left.closed:
        return _told_of_rest(ctx, left)
    return told_of_leaving(ctx.session, separation, ctx.now, ctx.policy, handed=not left.came_back)


def told_of_leaving(
    session: Session, separation: Separation, at: datetime, policy: Policy, *, handed: bool = True
) -> list[Notice]:
    """A leaving is closed: who has the work now, the leader and HR hear of it, HR with the report."""
    person = session.get_one(Employee, separation.employee_id)
    post = lifecycle.post_of(session, person, separation.leaves_at)
    notices: list[Notice] = []
    for one in handover.handovers_of(session, person.id) if handed else []:
        if one.cause == handover.Cause.SEPARATION and one.effective_at == separation.leaves_at:
            moved = handover.lines(session, one.id, (handover.ItemState.MOVED,))
            notices += handovers.given(session, one, moved)
    hr = {one.id for one in lifecycle.hr_of(session, post.unit_id, at)}
    values = report_values(session, separation, policy)
    for other in lifecycle.those_to_tell(session, post.unit_id, at, but_for=person.id):
        files = [report_file(values, policy, at)] if other.id in hr else []
        notices.append(Notice(other, "leaving/has_left", values, attachments=files))
    return notices


def _told_of_rest(ctx: JobContext, left: Left) -> list[Notice]:
    """Something is left that nobody could take: HR hears of it once a day."""
    long_ago = ctx.now - left.separation.leaves_at > timedelta(minutes=10)
    if long_ago and not (ctx.now.hour == 9 and ctx.now.minute < 10):
        return []
    post = lifecycle.post_of(ctx.session, left.employee, left.separation.leaves_at)
    those = lifecycle.those_to_tell(ctx.session, post.unit_id, ctx.now, but_for=left.employee.id)
    counts = lifecycle.counted(handover.open_items(ctx.session, left.employee.id, ctx.now))
    values = {"person": left.employee, "counts": counts}
    return [Notice(person, "leaving/not_closed", values) for person in those]


def report_values(session: Session, separation: Separation, policy: Policy) -> dict[str, Any]:
    """The leaving report, and what its words need (S3-17)."""
    person = session.get_one(Employee, separation.employee_id)
    post = lifecycle.post_of(session, person, separation.leaves_at)
    return {
        "person": person,
        "separation": separation,
        "report": separation.report or {},
        "unit": lifecycle.unit_named(session, post.unit_id),
        "reasons": policy.leaving.reasons,
    }


def report_file(values: Mapping[str, Any], policy: Policy, at: datetime) -> Attachment:
    """The same as a spreadsheet."""
    person, separation, report = values["person"], values["separation"], values["report"]
    labels = policy.leaving.report
    facts: dict[str, Any] = {
        "name": person.name,
        "number": person.number,
        "unit": values["unit"],
        "hired_on": person.hired_on,
        "leaves_at": f"{separation.leaves_at:%Y-%m-%d %H:%M}",
        "reason": values["reasons"][separation.reason][0],
        **report,
        "items": sum(report.get("handed_over", {}).values()),
    }
    rows = [(label, facts.get(name)) for name, label in labels.items() if name != "title"]
    sheet = Sheet(labels["title"], (), rows, widths=(20, 30))
    return attached(f"{labels['title']}-{person.name}", [sheet], at=at)


def tend_lifecycle(ctx: JobContext) -> list[Notice]:
    """Plan what is due (a clock that was put back forgets it), and do what was left behind."""
    session = ctx.session
    for onboarding in session.scalars(select(Onboarding).where(Onboarding.state == OnboardingState.OPEN)):
        if onboarding.starts_at > ctx.now:
            lifecycle.plan_start(session, onboarding)
    notices: list[Notice] = []
    planned = select(Transfer).where(Transfer.state == TransferState.PLANNED).order_by(Transfer.id)
    for transfer in session.scalars(planned).all():
        lifecycle.plan_move(session, transfer)
        if transfer.effective_at <= ctx.now:
            notices += move(ctx, transfer)
    open_ones = select(Separation).where(Separation.state == SeparationState.ANNOUNCED)
    for separation in session.scalars(open_ones.order_by(Separation.leaves_at, Separation.id)).all():
        lifecycle.plan_leaving(session, separation)
        if separation.leaves_at <= ctx.now:
            notices += let_go(ctx, separation)
    return notices


def remind_of_steps(ctx: JobContext) -> list[Notice]:
    """One message to everybody with steps that are due, and to their leader once they are overdue (S1-31)."""
    due = lifecycle.steps_to_remind(ctx.session, at=ctx.now, policy=ctx.policy)
    owners: dict[int, list[tuple[ChecklistItem, Person]]] = {}
    leaders: dict[int, list[tuple[ChecklistItem, Person, Employee]]] = {}
    for item, person in due:
        owners.setdefault(item.owner_id, []).append((item, person))
        item.reminded_at = item.reminded_at or ctx.now
        if item.due_at <= ctx.now:
            item.escalated_at = ctx.now
            owner = ctx.session.get_one(Employee, item.owner_id)
            post = staff.main_post(ctx.session, owner.id, ctx.now)
            leader = (
                None
                if post is None
                else lifecycle.leader_of(ctx.session, post.unit_id, ctx.now, but_for=owner.id)
            )
            if leader is not None:
                leaders.setdefault(leader.id, []).append((item, person, owner))
    ctx.session.flush()
    notices = [
        Notice(ctx.session.get_one(Employee, id_), "checklist/due", {"steps": steps, "now": ctx.now})
        for id_, steps in owners.items()
    ]
    return notices + [
        Notice(
            ctx.session.get_one(Employee, id_),
            "checklist/overdue_with_yours",
            {"steps": steps, "now": ctx.now},
        )
        for id_, steps in leaders.items()
    ]


def tell_owners(
    session: Session,
    steps: Sequence[tuple[ChecklistItem, Employee]],
    person: Employee,
    values: Mapping[str, Any],
) -> list[Notice]:
    """Everybody with new steps hears of them: the name, account, unit, role and day of whom they are for."""
    owners: dict[int, list[ChecklistItem]] = {}
    for item, owner in steps:
        owners.setdefault(owner.id, []).append(item)
    return [
        Notice(
            session.get_one(Employee, id_),
            "checklist/new_steps",
            {"person": person, "steps": items, **values},
        )
        for id_, items in owners.items()
    ]


def tell_called_off(session: Session, people: Sequence[int], person: Employee) -> list[Notice]:
    """Whose steps were dropped hears of it."""
    return [
        Notice(session.get_one(Employee, id_), "checklist/called_off", {"person": person}) for id_ in people
    ]
