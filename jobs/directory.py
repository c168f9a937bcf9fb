"""Reading the directory once a day; changes in between are told by the platform."""

from jobs.base import JobContext, Notice
from models import directory


def sync_directory(ctx: JobContext) -> list[Notice]:
    """Ask for a full run; the errand in the shell does it, piece by piece."""
    directory.start(ctx.session, at=ctx.now)
    return []
