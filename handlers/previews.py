"""Previews of giving cases out: at once where few cases are to be looked at, else made by a worker."""

from collections.abc import Mapping
from typing import Any

from handlers.base import Context, Reply
from models import distribution
from models.distribution import Asked, Plan, Request


def plan_at_once(ctx: Context, request: Request, count: int | None = None) -> Plan | None:
    """What would come of a request of so many cases; None if a message must not wait for that."""
    looks = ctx.policy.distribution.at_once
    if count is not None and count > looks:
        return None
    plan = distribution.again(
        ctx.session, actor=ctx.employee, request=request, at=ctx.now, policy=ctx.policy, looks=looks
    )
    return plan if plan.complete and plan.looked_at <= looks else None


def being_worked_out(asked: Asked) -> Reply:
    """A moment's patience: the preview follows by `Later`, with the request among its arguments."""
    return Reply(
        "distribution/being_worked_out",
        cases=asked.cases,
        data={"cases": asked.cases, "being_worked_out": True},
    )


def worked_out(ctx: Context) -> Plan:
    """The plan that `being_worked_out` promised."""
    request = Request.from_json(ctx.arguments["request"])
    return distribution.again(ctx.session, actor=ctx.employee, request=request, at=ctx.now, policy=ctx.policy)


def proposed_later(ctx: Context, plan: Plan, reply: Reply) -> Reply:
    """The preview of a worker: what it proposes is entered when it is posted."""

    def propose(session: Any, at: Any) -> Mapping[str, Any]:
        return {
            "proposal": distribution.propose(session, actor=ctx.employee, plan=plan, at=at, policy=ctx.policy)
        }

    reply.completing = propose
    return reply
