"""分案 and 为什么是我: who gets which cases, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import Answer, Context, Later, Part, Reply, Router, to_confirm
from handlers.casewords import read_cases, read_names, read_number, split_giving, take_strategy
from handlers.meant import person_called, unit_called
from handlers.previews import being_worked_out, plan_at_once, proposed_later, worked_out
from jobs.distribution import cards_of
from models import cases, distribution, proposals
from models.cases import AssignmentBatch, CaseStatus, Filter
from models.distribution import MISMATCHES, Asked, Plan, Request, Strategy
from models.proposals import Proposal

router = Router(texts="distribution")

SHOWN = 5
"""Lines of people on a card; it takes six."""


@router.command("分案", "派案", "分单", "派单", may="cases.assign", takes_args=True)
def give_out(ctx: Context) -> Answer:
    """把池子里的案子分下去，如「分案 M3 30件 给 一组」"""
    if not ctx.args.strip():
        return Reply(
            "pool", pool=distribution.pool(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
        )
    giving = split_giving(ctx.args)
    said = read_cases(giving[0] if giving else ctx.args)
    code, names = take_strategy(giving[1] if giving else "", ctx.policy.distribution.strategies)
    if not read_names(names) or said.rest:
        return Reply("how_to_give_out", said=said.rest, strategies=ctx.policy.distribution.strategies)
    people = _people(ctx, names)
    in_pool = Filter(statuses=(CaseStatus.POOL,), buckets=said.buckets, limit=said.count)
    strategy = _usual(ctx) if code is None else Strategy(code)
    filter_ = Filter() if said.numbers else in_pool
    return _preview(ctx, _asked(ctx, filter_, people, strategy, numbers=said.numbers))


@router.tap("distribute", may="cases.assign")
def give_out_to_unit(ctx: Context) -> Answer:
    """把池子里的案子分给一个组"""
    unit_id, _, code = ctx.args.partition(".")
    strategy = Strategy(code) if code in ctx.policy.distribution.strategies else _usual(ctx)
    people = distribution.members(ctx.session, [int(unit_id)], ctx.now) if unit_id.isdecimal() else []
    if not people:
        raise distribution.NobodyToGiveTo()
    return _preview(ctx, _asked(ctx, Filter(statuses=(CaseStatus.POOL,)), people, strategy))


@dataclass(frozen=True)
class Wanted:
    """Which cases go to whom; empty lists do not matter."""

    to: tuple[str, ...]
    """Accounts."""
    strategy: Strategy | None = None
    buckets: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    count: int | None = None
    numbers: tuple[int, ...] = ()
    """Cases by number, from whomever has them; else out of the pool."""
    override: bool = False
    """Whether what somebody may be given by their profile does not matter."""


@router.endpoint("POST", "/distributions", may="cases.assign", body=Wanted)
def post_distribution(ctx: Context) -> Answer:
    """分案：先得到 proposal，确认后才算；很多件的要等一会儿再 GET"""
    body: Wanted = ctx.body
    people = [person_called(ctx, "cases.assign", account).id for account in body.to]
    filter_ = Filter(
        statuses=(CaseStatus.POOL,),
        buckets=body.buckets,
        products=body.products,
        areas=body.areas,
        limit=body.count,
    )
    asked = _asked(
        ctx,
        Filter() if body.numbers else filter_,
        people,
        body.strategy or _usual(ctx),
        numbers=body.numbers,
        overridden=MISMATCHES if body.override else frozenset(),
    )
    return _preview(ctx, asked)


@router.endpoint("GET", "/distributions/preview", may="cases.assign")
def read_preview(ctx: Context) -> Reply:
    """看后台算好的分案预览，确认用里面的 proposal"""
    proposal = proposals.newest_open(ctx.session, actor=ctx.employee, at=ctx.now)
    if proposal is None or proposal.kind != "distribute":
        raise proposals.NothingToConfirm()
    cases_ = proposal.arguments["cases"]
    return Reply("ready", cases=cases_, data={**to_confirm(proposal), "cases": cases_})


@router.tap("distribute_anyway", may="cases.assign")
def go_past_profiles(ctx: Context) -> Answer:
    """不合各人能接的范围，也照样分"""
    proposal = ctx.session.get(Proposal, int(ctx.args)) if ctx.args.isdecimal() else None
    if proposal is None or proposal.employee_id != ctx.employee.id or proposal.kind != "distribute":
        raise proposals.NothingToConfirm()
    proposals.cancel(ctx.session, actor=ctx.employee, id_=proposal.id)
    request = Request.from_json(proposal.arguments["request"]).past_profiles()
    return _preview(ctx, Asked(request, proposal.arguments["looked_at"]))


@router.confirmation("distribute", may="cases.assign")
def carry_out(ctx: Context) -> list[Part]:
    """确认分案"""
    assert ctx.proposal is not None
    arguments = ctx.proposal.arguments
    request, key = Request.from_json(arguments["request"]), f"proposal:{ctx.proposal.id}"
    plan = plan_at_once(ctx, request, arguments["looked_at"])
    if plan is None:
        distribution.order(
            ctx.session,
            actor=ctx.employee,
            request=request,
            fingerprint=arguments["fingerprint"],
            cause=ctx.cause,
            key=key,
            at=ctx.now,
            policy=ctx.policy,
        )
        return [Reply("being_given_out", cases=arguments["cases"])]
    if plan.fingerprint != arguments["fingerprint"]:
        return [_shown(ctx, plan, changed=True)]
    batch = distribution.carry_out(
        ctx.session,
        actor=ctx.employee,
        plan=plan,
        at=ctx.now,
        key=key,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    undoable = proposals.remember(
        ctx.session,
        actor=ctx.employee,
        kind="distribute",
        arguments={"batch": batch.id},
        cause=ctx.cause,
        at=ctx.now,
        minutes=ctx.policy.cases.undo_minutes,
    )
    data = {"batch": batch.id, "cases": batch.cases, "amount": batch.amount, "undo": undoable.id}
    answer = Reply(
        "given_out",
        data=data,
        batch=batch,
        people=len(plan.lines),
        staying=plan.staying,
        until=undoable.expires_at,
    )
    return [answer, *cards_of(ctx.session, batch, ctx.now)]


@router.inverse("distribute", may="cases.assign")
def take_back(ctx: Context) -> Reply:
    """撤销分案"""
    assert ctx.undoable is not None
    batch = ctx.session.get_one(AssignmentBatch, ctx.undoable.arguments["batch"])
    count = cases.undo_assignment(ctx.session, batch=batch, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    return Reply("taken_back", count=count, taken=ctx.taken_back, data={"cases": count})


@router.inverse("distribute_many", may="cases.assign", by_worker=True)
def take_back_many(ctx: Context) -> Reply:
    """撤销很多件的分案"""
    assert ctx.undoable is not None
    batch = distribution.order_undo(
        ctx.session,
        actor=ctx.employee,
        undoable=ctx.undoable,
        cause=ctx.cause,
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("being_taken_back", cases=batch.cases, data={"cases": batch.cases})


def _usual(ctx: Context) -> Strategy:
    return Strategy(ctx.policy.distribution.default_strategy)


def _people(ctx: Context, said: str) -> list[int]:
    """The people and teams of 「张三、李四」 or 「一组」.

    Raises:
        NobodyCalled, SeveralCalled: as `person_called` says; distribution.NobodyToGiveTo: a team has nobody
        who works cases.
    """
    people: list[int] = []
    for name in read_names(said):
        unit = unit_called(ctx, "cases.assign", name)
        if unit is None:
            people.append(person_called(ctx, "cases.assign", name).id)
            continue
        found = distribution.members(ctx.session, [unit.id], ctx.now)
        if not found:
            raise distribution.NobodyToGiveTo()
        people += found
    return people


def _asked(
    ctx: Context,
    filter_: Filter,
    people: Sequence[int],
    strategy: Strategy,
    *,
    numbers: Sequence[int] = (),
    overridden: frozenset[distribution.Barrier] = frozenset(),
) -> Asked:
    return distribution.ask(
        ctx.session,
        actor=ctx.employee,
        filter=filter_,
        to=people,
        strategy=strategy,
        at=ctx.now,
        policy=ctx.policy,
        numbers=numbers,
        overridden=overridden,
    )


def _preview(ctx: Context, asked: Asked) -> Answer:
    plan = plan_at_once(ctx, asked.request, asked.cases)
    if plan is None:
        return [being_worked_out(asked), Later("distribution_preview", {"request": asked.request.as_json()})]
    return _shown(ctx, plan)


@router.later("distribution_preview", may="cases.assign")
def work_out_preview(ctx: Context) -> Reply:
    """The preview of many cases."""
    plan = worked_out(ctx)
    return proposed_later(ctx, plan, _as_shown(ctx, plan))


def _shown(ctx: Context, plan: Plan, *, changed: bool = False) -> Reply:
    proposal = distribution.propose(ctx.session, actor=ctx.employee, plan=plan, at=ctx.now, policy=ctx.policy)
    data = {**to_confirm(proposal), **distribution.as_data(plan)}
    return _as_shown(ctx, plan, changed=changed, data=data, proposal=proposal)


def _as_shown(ctx: Context, plan: Plan, *, changed: bool = False, **more: Any) -> Reply:
    most = ctx.policy.distribution.most_at_once
    if not plan.cases:
        return Reply("nobody_fits", plan=plan, most=most, **more)
    strategy = ctx.policy.distribution.strategies[plan.request.strategy][0]
    return Reply("preview", plan=plan, changed=changed, shown=SHOWN, strategy=strategy, most=most, **more)


@router.command("为什么是我", "为什么给我", "为啥给我", "为什么分给我", may="cases.see", takes_args=True)
@router.endpoint("GET", "/cases/<int:number>/why", may="cases.see")
def why(ctx: Context) -> Reply:
    """看一件案子为什么给我，如「为什么是我 1024」"""
    number = ctx.path.get("number") or read_number(ctx.args)
    if number is None:
        return Reply("which_why")
    found = distribution.reason(ctx.session, actor=ctx.employee, number=number, at=ctx.now, policy=ctx.policy)
    words = ctx.policy.distribution.strategies.get(found.strategy, ("",))[0]
    data = {
        "number": found.number,
        "cause": found.cause,
        "by": found.by,
        "at": found.at,
        "strategy": found.strategy,
        "seed": found.seed,
        "why": dict(found.why),
    }
    return Reply("why", reason=found, why=found.why, strategy=words, data=data)
