"""A whole placement goes back to the creditor, part by part: no transaction holds anybody up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from jobs.base import CloseCards, JobContext, Notice
from jobs.case_cards import Told, close_case_cards
from models import cases, planning, staff
from models.planning import DueItem
from models.proposals import Proposal
from models.staff import Employee

AT_ONCE = 200
"""So many cases in one transaction."""
MOMENT = timedelta(seconds=1)
"""After it the next part follows; what else is due comes in between."""
DAY = timedelta(days=1)


def return_part(session: Session, *, actor: Employee, proposal: Proposal, at: datetime) -> tuple[Told, bool]:
    """One part, and whether it was the last: then everybody who had some of the cases is told, once."""
    numbers = cases.recall_some(session, actor=actor, proposal=proposal, at=at, limit=AT_ONCE)
    told: Told = [*close_case_cards(numbers)]
    if len(numbers) == AT_ONCE:
        planning.plan_due(session, [(cases.RETURN_MORE, proposal.id, at + MOMENT, at + DAY)])
        return told, False
    for owner_id, (count, amount) in cases.recalled(session, proposal=proposal).items():
        owner = session.get_one(Employee, owner_id)
        if owner.id != actor.id:
            values = {"named": proposal.arguments["named"], "cases": count, "amount": amount, "person": actor}
            told.append(Notice(owner, "steering/placement_is_returned", values))
    return told, True


def totals(session: Session, proposal: Proposal) -> dict[str, Any]:
    """What has gone back in all."""
    found = cases.recalled(session, proposal=proposal).values()
    count, amount = sum(count for count, _ in found), sum(amount for _, amount in found)
    return {"named": proposal.arguments["named"], "cases": count, "amount": amount, "people": len(found)}


def return_more(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice | CloseCards]:
    """The next part of each; who confirmed it hears of the end."""
    told: list[Notice | CloseCards] = []
    for item in items:
        proposal = ctx.session.get_one(Proposal, item.subject_id)
        person = ctx.session.get_one(Employee, proposal.employee_id)
        [actor] = staff.with_posts(ctx.session, [person], at=ctx.now)
        part, last = return_part(ctx.session, actor=actor, proposal=proposal, at=ctx.now)
        told += part
        if last:
            told.append(Notice(actor, "steering/placement_returned", totals(ctx.session, proposal)))
    return told
