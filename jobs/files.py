"""Deleting files that have been kept long enough."""

from jobs.base import JobContext, Notice
from models import files


def delete_expired_files(ctx: JobContext) -> list[Notice]:
    """Delete the files whose time is over; each deletion is recorded."""
    files.delete_expired(ctx.session, at=ctx.now, policy=ctx.policy)
    return []
