"""The report about their people that those who lead get each workday and each week."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from jobs.base import JobContext, Notice
from models import performance, planning, staff
from models.planning import DueItem

DAILY, WEEKLY = "team_daily", "team_weekly"
"""Kinds of the due items; the subject is who gets the report."""
LATER = "team_report"
"""The deferred answer that makes it: with a picture, it is too slow for this transaction."""
DAY = timedelta(days=1)


def plan_team_reports(ctx: JobContext) -> list[Notice]:
    """Plan the reports of this day for everybody who leads; what is planned already stays."""
    day, values = ctx.now.date(), ctx.policy.team_reports
    if not ctx.calendar.is_workday(day):
        return []
    kinds = [(DAILY, values.daily_at)]
    if performance.begins_week(day, ctx.calendar):
        kinds.append((WEEKLY, values.weekly_at))

    def moment(clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=ctx.now.tzinfo)

    people = staff.people_in_roles(ctx.session, values.roles, at=ctx.now)
    until = moment(values.until)
    rows = [(kind, one.id, moment(clock), until) for kind, clock in kinds for one in people]
    planning.plan_due(ctx.session, rows)
    return []


def report_day(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """The report of a workday, to those who are at work and want it; all items are of one moment."""
    window = performance.days_told_of(items[0].due_at.date(), ctx.calendar)
    return _defer(ctx, items, window, daily=True)


def report_week(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """The report of a week, to those who are at work; all items are of one moment."""
    window = performance.week_told_of(items[0].due_at.date(), ctx.calendar)
    return _defer(ctx, items, window, daily=False)


def _defer(
    ctx: JobContext, items: Sequence[DueItem], window: performance.Window, *, daily: bool
) -> list[Notice]:
    """Have each report made; the key says whose it is and of which day, so that none is made twice."""
    by_person = {item.subject_id: item for item in items}
    hearing = performance.who_hears(
        ctx.session, by_person, daily=daily, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    for person in hearing:
        item = by_person[person.id]
        planning.defer(
            ctx.session,
            key=f"{item.kind}:{person.id}:{item.due_at:%Y%m%d}",
            kind=LATER,
            employee_id=person.id,
            arguments={
                "daily": daily,
                "first": window.first.isoformat(),
                "last": window.last.isoformat(),
                "until": item.expires_at.isoformat(),
            },
            at=ctx.now,
            expires_at=item.expires_at + DAY,
        )
    return []
