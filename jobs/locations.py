"""What is kept of people's whereabouts for a while only."""

from jobs.base import JobContext, Notice
from models import locations


def forget_fixes(ctx: JobContext) -> list[Notice]:
    """Empty the points that are older than policy allows."""
    locations.forget_fixes(ctx.session, at=ctx.now, policy=ctx.policy.locations)
    return []
