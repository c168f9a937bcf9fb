"""Which cases a sentence means: its slots as a filter and a scope."""

from datetime import timedelta

from handlers.base import Context
from models import cases
from models.cases import CaseStatus, Filter, Scope

NOBODY = 0
"""The id that no person has: the scope of a team that is left out wholly."""


def wanted(ctx: Context) -> Filter:
    """The filter that the sentence names; empty where it names none."""
    said = ctx.slots.filter
    since = None if said.not_worked_days is None else ctx.now - timedelta(days=said.not_worked_days)
    return Filter(
        buckets=said.buckets,
        products=said.products,
        placement_ids=said.placements,
        amount_from=said.amount_from,
        amount_to=said.amount_to,
        not_accepted=said.not_accepted,
        not_worked_since=since,
        promise_due_on=said.promise_due,
        statuses=(CaseStatus(said.status),) if said.status else (),
    )


def scope(ctx: Context, action: str, slot: str = "who") -> Scope:
    """Whose cases the sentence means: the people or the team of a slot, else all within the asker's reach;
    without those who are left out.

    Raises:
        NotPermitted, OutOfReach: as `cases.scope_of` says.
    """
    team = next(iter(ctx.slots.teams.get(slot, ())), None)
    whose = cases.scope_of(
        ctx.session,
        actor=ctx.employee,
        action=action,
        people=[one.id for one in ctx.slots.to(slot)],
        unit_id=None if team is None else team.id,
        at=ctx.now,
        policy=ctx.policy,
    )
    without = {one.id for one in ctx.slots.to("without")} if slot == "who" else set()
    if not without:
        return whose
    return Scope(
        owners=tuple(sorted({*cases.workers_in(ctx.session, whose, ctx.now)} - without)) or (NOBODY,)
    )
