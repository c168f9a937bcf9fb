"""What goes on in hiring by itself: results are entered, absences noted, old remarks forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from jobs.base import JobContext, Notice
from jobs.chances import plan_prompts
from jobs.interviews import plan_interviews
from models import planning, recruiting
from models.planning import DueItem

AT_ONCE = 200
"""So many applications or results are dealt with in one run: it is over within a second."""
MORE = "recruiting_more"
"""The kind of the due item that goes on with what one run did not get to."""
MOMENT = timedelta(seconds=1)


def tend_recruiting(ctx: JobContext) -> list[Notice]:
    """Enter what the interview system has told, note absences, and begin what was entered before."""
    _tend(ctx, ctx.now)
    return []


def tend_more(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Go on with it where there was more than one run deals with."""
    _tend(ctx, max(item.due_at for item in items))
    return []


def _tend(ctx: JobContext, planned: datetime) -> None:
    """One run of it; what is left is planned for a moment later."""
    recruiting.apply_overtaken(ctx.session, at=ctx.now, policy=ctx.policy)
    done = (
        recruiting.start_missing(ctx.session, at=ctx.now, policy=ctx.policy, limit=AT_ONCE),
        recruiting.apply_results(ctx.session, at=ctx.now, policy=ctx.policy, limit=AT_ONCE),
        len(recruiting.mark_no_shows(ctx.session, at=ctx.now, policy=ctx.policy, limit=AT_ONCE)),
    )
    plan_prompts(ctx.session, at=ctx.now, policy=ctx.policy)
    plan_interviews(ctx.session, at=ctx.now, policy=ctx.policy)
    if max(done) == AT_ONCE:
        later = planned + MOMENT
        planning.plan_due(ctx.session, [(MORE, 0, later, later + timedelta(hours=1))])


def enter_results(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Enter some of the results that were told; each item stands for so many."""
    for _ in items:
        recruiting.apply_results(ctx.session, at=ctx.now, policy=ctx.policy, limit=AT_ONCE)
    return []


def forget_remarks(ctx: JobContext) -> list[Notice]:
    """Delete the remarks whose time is over."""
    recruiting.forget_remarks(ctx.session, at=ctx.now)
    return []
