"""What goes on in hiring by itself: results are entered, absences noted, old remarks forgotten."""

from collections.abc import Sequence

from jobs.base import JobContext, Notice
from jobs.chances import plan_prompts
from models import recruiting
from models.planning import DueItem

AT_ONCE = 200
"""So many applications or results are dealt with in one run: it is over within a second."""


def tend_recruiting(ctx: JobContext) -> list[Notice]:
    """Enter what the interview system has told, note absences, and begin what was entered before."""
    recruiting.start_missing(ctx.session, at=ctx.now, policy=ctx.policy, limit=AT_ONCE)
    recruiting.apply_results(ctx.session, at=ctx.now, policy=ctx.policy, limit=AT_ONCE)
    recruiting.mark_no_shows(ctx.session, at=ctx.now, policy=ctx.policy)
    plan_prompts(ctx.session, at=ctx.now, policy=ctx.policy)
    return []


def enter_results(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Enter some of the results that were told; each item stands for so many."""
    for _ in items:
        recruiting.apply_results(ctx.session, at=ctx.now, policy=ctx.policy, limit=AT_ONCE)
    return []


def forget_remarks(ctx: JobContext) -> list[Notice]:
    """Delete the remarks whose time is over."""
    recruiting.forget_remarks(ctx.session, at=ctx.now)
    return []
