"""Nightly proof that people's figures are what their records say."""

from collections.abc import Sequence
from datetime import timedelta

from jobs.base import JobContext, Notice
from models import performance, planning, staff
from models.planning import DueItem
from models.staff import Role

CHECK = "tally_check"
"""Kind of the due items that count some people anew; the subject is after whom."""
MOMENT = timedelta(seconds=2)
UNTIL = timedelta(hours=20)
PEOPLE_AT_ONCE = 10


def check_tallies(ctx: JobContext) -> list[Notice]:
    """Begin to count all tallies anew, some people at a time: no transaction holds anybody up."""
    planning.plan_due(ctx.session, [(CHECK, 0, ctx.now, ctx.now + UNTIL)])
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
