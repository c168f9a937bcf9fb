"""WeCom's own check-in records: when they are asked for, and for how long their points are kept."""

from jobs.base import JobContext, Notice
from models import corroboration


def ask_for_records(ctx: JobContext) -> list[Notice]:
    """Begin to fetch what is new; the errand does the rest."""
    if ctx.policy.checkin.official_days:
        corroboration.start_run(ctx.session, at=ctx.now, policy=ctx.policy)
    return []
