"""Cases that came in for somebody who has the debtor's others: told once, when the import is through."""

from collections.abc import Sequence

from jobs.base import JobContext, Notice
from models import cases
from models.cases import TOLD_AFTER
from models.planning import DueItem
from models.staff import Employee


def tell_of_arrivals(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Each owner hears how many there are and until when to accept them."""
    told = []
    for item in items:
        person = ctx.session.get(Employee, item.subject_id)
        came = cases.came_in(ctx.session, owner_id=item.subject_id, at=item.due_at - TOLD_AFTER)
        if person is not None and came.cases:
            told.append(Notice(person, "arrivals/given", {"came": came}))
    return told
