"""Keeping the ledgers small."""

from datetime import timedelta

from jobs.base import JobContext, Notice
from models import messaging, planning


def forget_numbers(ctx: JobContext) -> list[Notice]:
    """Empty answers that showed a full number, soon after they have arrived."""
    kept = timedelta(minutes=ctx.policy.delivery.number_keep_minutes)
    messaging.empty_brief(ctx.session, settled_before=ctx.now - kept)
    return []


def forget_finished(ctx: JobContext) -> list[Notice]:
    """Delete what was finished long ago: messages, the files they needed, job runs and due items."""
    messaging.forget_old(ctx.session, before=ctx.now - timedelta(days=ctx.policy.inbox.keep_days))
    messaging.forget_contents(
        ctx.session, before=ctx.now - timedelta(days=ctx.policy.delivery.attachment_keep_days)
    )
    planning.forget_finished(ctx.session, now=ctx.now, keep_days=ctx.policy.jobs.keep_runs_days)
    return []
