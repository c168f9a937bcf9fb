"""Reminders of check-in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from jobs.base import JobContext, Notice
from models import attendance
from models.planning import DueItem
from models.staff import Employee

HORIZON = timedelta(hours=26)


def plan_reminders(ctx: JobContext) -> list[Notice]:
    """Plan everybody's reminder for the shifts of the next day; what is planned already stays."""
    attendance.plan_reminders(
        ctx.session, now=ctx.now, until=ctx.now + HORIZON, calendar=ctx.calendar, policy=ctx.policy.checkin
    )
    return []


def remind_before_shift(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Remind those whose shift starts soon and who have not checked in; all items are of one moment."""
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
    """Whether the person of a reminder still has to check in for that shift."""
    item = ctx.session.get(DueItem, subject_id)
    return item is not None and item.subject_id in _absent(ctx, [item])


def _start(ctx: JobContext, item: DueItem) -> datetime:
    return item.due_at + timedelta(minutes=ctx.policy.checkin.reminder_minutes_before)


def _absent(ctx: JobContext, items: Sequence[DueItem]) -> dict[int, Employee]:
    """Who of these works that shift, on a workday, and has not checked in; whoever left is not among them."""
    start = _start(ctx, items[0])
    if not ctx.calendar.is_workday(start.date()):
        return {}
    people = attendance.expected(
        ctx.session, at=ctx.now, day=start.date(), employee_ids=[item.subject_id for item in items]
    )
    return {e.employee.id: e.employee for e in people if e.check_in is None and e.starts_at == start.time()}
