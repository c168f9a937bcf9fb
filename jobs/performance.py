"""Nightly proof that people's figures are what their records say."""

from collections.abc import Sequence
from datetime import timedelta

from jobs.base import JobContext, Notice
from models import performance, planning, staff
from models.base import SHANGHAI
from models.planning import DueItem
from models.staff import Role

CHECK = "tally_check"
"""Kind of the due items that count some people anew; the subject is after whom."""
MOMENT = timedelta(seconds=2)
UNTIL = timedelta(hours=20)
PEOPLE_AT_ONCE = 10
MONTH_END = "month_end"
"""Kind of the due items that note how cases stood when a month ended."""
CASES_AT_ONCE = 500


def check_tallies(ctx: JobContext) -> list[Notice]:
    """Begin to count all tallies anew, some people at a time: no transaction holds anybody up."""
    planning.plan_due(ctx.session, [(CHECK, 0, ctx.now, ctx.now + UNTIL)])
    return []


def note_month_ends(ctx: JobContext) -> list[Notice]:
    """Begin to note how cases stood when the month ended, some at a time."""
    planning.plan_due(ctx.session, [(MONTH_END, 0, ctx.now, ctx.now + UNTIL)])
    return []


def note_some_month_ends(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Note it of some cases; the subject of an item is after which."""
    for item in items:
        day = item.due_at.astimezone(SHANGHAI).date().replace(day=1) - timedelta(days=1)
        done = performance.note_month_end(ctx.session, day, after=item.subject_id, limit=CASES_AT_ONCE)
        if done is not None:
            planning.plan_due(ctx.session, [(item.kind, done, item.due_at + MOMENT, item.expires_at)])
    return []


def check_some(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Count some people anew; after the last of them the administrators hear of what was not right."""
    told: list[Notice] = []
    for item in items:
        done = performance.check_some(ctx.session, after=item.subject_id, limit=PEOPLE_AT_ONCE, at=ctx.now)
        if done is not None:
            row = (item.kind, done, item.due_at + MOMENT, item.expires_at)
            planning.plan_due(ctx.session, [row])
            continue
        found = performance.repaired(ctx.session, since=item.expires_at - UNTIL)
        if found is not None:
            admins = staff.holders(ctx.session, Role.ADMIN, unit_id=None, at=ctx.now)
            told += [Notice(admin, "tallies/mended", {"found": found}) for admin in admins]
    return told
