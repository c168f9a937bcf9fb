"""Reminders of check-in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from jobs.base import JobContext, Notice
from models import attendance
from models.planning import DueItem
from models.staff import Employee

HORIZON = timedelta(hours=26)
REACH = timedelta(hours=12)
"""How far back missed runs have something to add: so long after a duty nobody is reminded."""
APART = timedelta(hours=1)
"""How far apart missed runs are made up for: each plans more than a day, a later one who came in between."""


def plan_reminders(ctx: JobContext) -> list[Notice]:
    """Plan everybody's reminders for the duties of the next day; what is planned already stays."""
    attendance.plan_reminders(
        ctx.session, now=ctx.now, until=ctx.now + HORIZON, calendar=ctx.calendar, policy=ctx.policy
    )
    return []


def remind_before_shift(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Remind those whose duty starts soon and who have not checked in; all items are of one moment."""
    absent = _absent(ctx, items)
    start = _start(ctx, items[0])
    return [
        Notice(
            absent[item.subject_id],
            "checkin/reminder",
            {"employee": absent[item.subject_id], "start": start},
            only_if="not_checked_in",
            subject_id=item.id,
            expires_at=item.expires_at,
        )
        for item in items
        if item.subject_id in absent
    ]


def not_checked_in(ctx: JobContext, subject_id: int) -> bool:
    """Whether the person of a reminder still has to check in for that duty."""
    item = ctx.session.get(DueItem, subject_id)
    return item is not None and item.subject_id in _absent(ctx, [item])


def remind_after_shift(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Remind those whose duty is over, who came and have not checked out; all items are of one moment."""
    staying = _staying(ctx, items)
    end = _end(ctx, items[0])
    return [
        Notice(
            staying[item.subject_id],
            "checkin/out_reminder",
            {"employee": staying[item.subject_id], "end": end},
            only_if="not_checked_out",
            subject_id=item.id,
            expires_at=item.expires_at,
        )
        for item in items
        if item.subject_id in staying
    ]


def not_checked_out(ctx: JobContext, subject_id: int) -> bool:
    """Whether the person of a reminder still has to check out of that duty."""
    item = ctx.session.get(DueItem, subject_id)
    return item is not None and item.subject_id in _staying(ctx, [item])


def _start(ctx: JobContext, item: DueItem) -> datetime:
    return item.due_at + timedelta(minutes=ctx.policy.checkin.reminder_minutes_before)


def _end(ctx: JobContext, item: DueItem) -> datetime:
    return item.due_at - timedelta(minutes=ctx.policy.checkin.out_reminder_minutes_after)


def _absent(ctx: JobContext, items: Sequence[DueItem]) -> dict[int, Employee]:
    """Who of these works that duty, has not checked in and is not on leave; nobody who has left."""
    start = _start(ctx, items[0])
    people = attendance.expected(
        ctx.session,
        at=ctx.now,
        calendar=ctx.calendar,
        day=start.date(),
        employee_ids=[item.subject_id for item in items],
    )
    return {
        e.employee.id: e.employee
        for e in people
        if e.check_in is None and e.starts_at == start and not e.on_leave
    }


def _staying(ctx: JobContext, items: Sequence[DueItem]) -> dict[int, Employee]:
    """Who of these came to a duty that ended then, and has not checked out."""
    end = _end(ctx, items[0])
    found: dict[int, Employee] = {}
    for day in (end.date() - timedelta(days=1), end.date()):
        people = attendance.expected(
            ctx.session,
            at=ctx.now,
            calendar=ctx.calendar,
            day=day,
            employee_ids=[item.subject_id for item in items],
        )
        late = [
            one.employee
            for one in people
            if one.check_in is not None
            and one.duty.ends_at == end
            and one.duty.moved(one.check_in.at).ends_at <= ctx.now
        ]
        went = attendance.who_went(ctx.session, [person.id for person in late], day=day)
        found |= {person.id: person for person in late if person.id not in went}
    return found
