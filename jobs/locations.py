"""What is kept of people's whereabouts for a while only."""

from jobs.base import JobContext, Notice
from models import corroboration, fieldalerts, locations


def forget_whereabouts(ctx: JobContext) -> list[Notice]:
    """Empty the points that are older than policy allows, our own and WeCom's, and the words about them."""
    locations.forget_fixes(ctx.session, at=ctx.now, policy=ctx.policy.locations)
    corroboration.forget_records(ctx.session, at=ctx.now, policy=ctx.policy)
    fieldalerts.forget_words(ctx.session, at=ctx.now, policy=ctx.policy)
    return []
