"""Which cases there are, and how the work goes: asked in ordinary sentences."""

from dataclasses import replace

from handlers.base import Context, Reply, Router
from handlers.meant_cases import scope, wanted
from models import cases
from models.cases import CaseStatus

router = Router(texts="overview")

MAY = "cases.see"
SHOWN = 8
"""Lines of cases that a phone shows well."""
MOST_PEOPLE = 15
"""Lines of people."""


@router.sentence(
    "list_cases",
    "<look> {who} <hand>?",
    "<look>? {who} <hand>? <which>",
    "<look>? <which> {who}",
    "<look> {filter}",
    "<look>? {filter} <which>",
    "<which> {filter}",
    "{who} {filter}",
    "{who} <hand>? <look>",
    "{filter} <look>",
    "谁|哪些人|哪个 {filter}",
    anywhere=(
        "{filter}",
        "<hand>",
        "承诺|待办",
    ),
    may=MAY,
)
def list_cases(ctx: Context) -> Reply:
    """看谁手上有哪些案件，如「看看张三的M3」"""
    filter_ = scope(ctx, MAY).within(wanted(ctx))
    count, amount = cases.count_and_amount(ctx.session, filter_, at=ctx.now)
    numbers = cases.select_ids(ctx.session, _first(filter_), at=ctx.now)
    lines = cases.listed(ctx.session, numbers)
    return Reply(
        "cases",
        who=ctx.slots.named("who"),
        filter=ctx.slots.filter,
        count=count,
        amount=amount,
        lines=lines,
        alone=len(ctx.slots.to("who")) == 1,
        pool=CaseStatus.POOL,
    )


def _first(filter_: cases.Filter) -> cases.Filter:
    return replace(filter_, limit=SHOWN)


@router.sentence(
    "progress",
    "<look>? {who} <how>",
    "<look>? <how> {who}",
    "<look>? <how>",
    anywhere=(
        "{day}",
        "<around_progress>",
    ),
    may=MAY,
)
def progress(ctx: Context) -> Reply:
    """看今天干得怎么样，如「一组今天怎么样」"""
    day = ctx.slots.day or ctx.now.date()
    whose = scope(ctx, MAY)
    done = cases.progress(
        ctx.session, actor=ctx.employee, scope=whose, day=day, at=ctx.now, policy=ctx.policy
    )
    return Reply(
        "progress",
        who=ctx.slots.named("who"),
        day=day,
        today=ctx.now.date(),
        done=done,
        shown=MOST_PEOPLE,
    )
