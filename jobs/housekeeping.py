"""Keeping the ledgers small."""

from jobs.base import JobContext, Notice
from models import planning


def forget_finished(ctx: JobContext) -> list[Notice]:
    """Delete what the timetable finished long ago."""
    planning.forget_finished(ctx.session, now=ctx.now, keep_days=ctx.policy.jobs.keep_runs_days)
    return []
