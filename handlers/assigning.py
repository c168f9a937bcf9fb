"""转案 and 分案 in ordinary sentences: a plan is made of them, and shown before anything happens."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from handlers.base import Answer, Context, Later, Reply, Router, to_confirm
from handlers.meant_cases import scope, wanted
from handlers.previews import being_worked_out, plan_at_once, proposed_later, worked_out
from handlers.sentences.values import Criteria
from models import cases, distribution
from models.cases import OPEN, CaseStatus, Filter
from models.distribution import Plan, Strategy
from models.staff import Employee, Unit

router = Router(texts="assigning")

MAY = "cases.assign"
SHOWN = 3
"""People on a preview, beside what is told of all of them."""
SAMPLE = 5
"""Numbers of cases shown as a sample."""


@router.sentence(
    "transfer",
    "<take>? {from} <hand>? <shift>|<deal>? <give> {to} <hand>?",
    "<take>? {from} <hand>? <shift>|<deal> 到|去|进 {to} <hand>?",
    "<take>? {from} <hand>? <give> {to} <shift>|<deal>|<takeover>",
    "<take>? {cases} <shift>|<deal>? <give> {to} <hand>?",
    "<take>? {cases} <give> {to} <takeover>",
    "<take>? {from} <hand>? {cases} <shift>|<deal>? <give> {to} <hand>?",
    "<take>? {from} <hand>? {cases} <give> {to} <takeover>",
    "<give> {to} <shift>|<deal> <take>? {from} <hand>?",
    "<shift>|<deal> <give>? {to} {from} <hand>",
    "{cases} <transfer> {to} <takeover>?",
    "<take>? {from} <hand> <transfer_b> {to} <takeover>",
    "让|由|叫|换 {to} <takeover> {cases}",
    "让|由|叫|换 {to} <takeover> {from} <hand>?",
    "<take>? {cases} <away>",
    "<take>? {from} <hand>? <away>",
    "<take>? <shift> <give> {to} <hand>?",
    "<take>? {cases} <shift>|<away>",
    "<take>? {from} <hand>? <shift>|<away>",
    "{from} <overload> <take>? <hand>? <shift>|<deal>? <give> {to} <hand>?",
    "<take>? {cases} 转|派|交|归 {to}",
    "<take>? {from} <hand>? 移交|转交|转移|转 {to}",
    "<shift>|<deal> {from} <hand>? <give> {to} <hand>?",
    anywhere=(
        "{filter}",
        "{count}",
        "{part}",
        "<without> {without} <apart>?",
        "{without} <apart>",
        "<when>? {deadline} <when>? <work>",
        "{by} <when>? <work>?",
        "{strategy}",
        "<around_transfer>",
    ),
    needs=(
        "to",
        "from|cases",
    ),
    may=MAY,
)
def transfer(ctx: Context) -> Answer:
    """把谁手上的案件转给谁，如「1024转给王五」"""
    source = ctx.slots.person("from")
    for number in ctx.slots.cases:
        case = cases.find_case(
            ctx.session, actor=ctx.employee, number=number, action=MAY, at=ctx.now, policy=ctx.policy
        )
        if source is not None and case.owner_id != source.id:
            return Reply("not_theirs", number=number, name=source.name)
    if ctx.slots.cases:
        return _preview(ctx, Filter())
    filter_ = wanted(ctx)
    if source is not None:
        return _preview(ctx, replace(filter_, owner_ids=(source.id,)))
    statuses = filter_.statuses or tuple(one for one in OPEN if one is not CaseStatus.POOL)
    return _preview(ctx, replace(scope(ctx, MAY, "from").within(filter_), statuses=statuses))


@router.sentence(
    "distribute",
    "<take>? <deal>? <distribute> {to} <deal>?",
    "<take>? {pool} <shift>|<deal>? <give> {to} <deal>?",
    "给|让 {to} <deal>|<distribute_b>",
    "<deal>|再派|再分 {to}",
    "<take>? {to} <deal>",
    "<take>? <deal> <give> {to}",
    "<take>? <deal> <distribute_c>",
    "<take>? <deal>",
    anywhere=(
        "{filter}",
        "{count}",
        "{part}",
        "<without> {without} <apart>?",
        "{without} <apart>",
        "{strategy}",
        "<when>? {deadline} <when>? <work>",
        "{by} <when>? <work>?",
        "<around_distribute>",
    ),
    needs=(
        "filter|count|part|strategy",
        "to",
    ),
    may=MAY,
)
def give_out(ctx: Context) -> Answer:
    """把池子里的案件分下去，如「新案平均分给一组」"""
    return _preview(ctx, replace(wanted(ctx), statuses=(CaseStatus.POOL,)))


def _preview(ctx: Context, filter_: Filter) -> Answer:
    teams = [team.id for team in ctx.slots.teams.get("to", ())]
    people = [one.id for one in ctx.slots.to()]
    if teams:
        without = {*filter_.owner_ids, *(one.id for one in ctx.slots.to("without"))}
        members = distribution.members(ctx.session, teams, ctx.now)
        people = [person for person in members if person not in without]
    if not people:
        raise distribution.NobodyToGiveTo()
    count = _count(ctx, filter_, len(people))
    strategies = ctx.policy.distribution.strategies
    default = ctx.policy.distribution.default_strategy
    strategy = ctx.slots.strategy if ctx.slots.strategy in strategies else default
    asked = distribution.ask(
        ctx.session,
        actor=ctx.employee,
        filter=replace(filter_, limit=count),
        to=people,
        strategy=Strategy(strategy),
        at=ctx.now,
        policy=ctx.policy,
        numbers=ctx.slots.cases,
        contact_by=ctx.slots.deadline,
    )
    said = {
        "people": [one.id for one in ctx.slots.to("from")],
        "units": [team.id for team in ctx.slots.teams.get("from", ())],
        "count": count,
        "which": _kept(ctx.slots.filter),
    }
    plan = plan_at_once(ctx, asked.request, asked.cases)
    if plan is None:
        return [
            being_worked_out(asked),
            Later("assigning_preview", {"request": asked.request.as_json(), **said}),
        ]
    proposal = distribution.propose(ctx.session, actor=ctx.employee, plan=plan, at=ctx.now, policy=ctx.policy)
    data = {**to_confirm(proposal), **distribution.as_data(plan)}
    return _shown(ctx, plan, said, data=data, proposal=proposal)


def _count(ctx: Context, filter_: Filter, people: int) -> int | None:
    """How many cases are asked for; of a part of them at least one. None: all."""
    if ctx.slots.part is not None:
        near = filter_ if filter_.owner_ids or filter_.unit_ids else scope(ctx, MAY, "").within(filter_)
        many, _ = cases.count_and_amount(ctx.session, near, at=ctx.now)
        return max(1, int(many * ctx.slots.part))
    count = ctx.slots.count
    return count * people if count is not None and ctx.slots.each else count


@router.later("assigning_preview", may=MAY)
def work_out_preview(ctx: Context) -> Reply:
    """The preview of many cases."""
    plan = worked_out(ctx)
    return proposed_later(ctx, plan, _shown(ctx, plan, ctx.arguments))


def _kept(criteria: Criteria) -> Mapping[str, Any]:
    """What a sentence says of the cases, for keeping."""
    due = criteria.promise_due
    return {**asdict(criteria), "promise_due": None if due is None else due.isoformat()}


def _criteria(kept: Mapping[str, Any]) -> Criteria:
    due = kept["promise_due"]
    return Criteria(**{**kept, "promise_due": None if due is None else date.fromisoformat(due)})


def _names(ctx: Context, said: Mapping[str, Any]) -> list[str]:
    """Whose cases a sentence means."""
    return [
        *(ctx.session.get_one(Employee, id_).name for id_ in said["people"]),
        *(ctx.session.get_one(Unit, id_).name for id_ in said["units"]),
    ]


def _shown(ctx: Context, plan: Plan, said: Mapping[str, Any], **more: Any) -> Reply:
    """A plan as the sentence asked for it."""
    most = ctx.policy.distribution.most_at_once
    source = "、".join(_names(ctx, said))
    if not plan.cases:
        return Reply("distribution/nobody_fits", plan=plan, source=source, most=most, **more)
    deadline = plan.request.contact_by
    numbers = [number for one in plan.outcome.placed for number in one.group.case_ids]
    quiet = None
    if deadline is not None:
        quiet = cases.quiet_among(ctx.session, numbers=numbers, at=deadline, policy=ctx.policy)
    return Reply(
        "preview",
        plan=plan,
        source=source,
        filter=_criteria(said["which"]),
        asked=said["count"],
        sample=numbers[:SAMPLE],
        deadline=deadline,
        quiet=quiet,
        strategy=ctx.policy.distribution.strategies[plan.request.strategy][0],
        shown=SHOWN,
        minutes=ctx.policy.cases.undo_minutes,
        most=most,
        **more,
    )
