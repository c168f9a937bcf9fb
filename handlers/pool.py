"""池子 and 领案: what waits to be given out, and taking some of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base import Context, Reply, Router
from handlers.sharing import read_count
from models import distribution

router = Router(texts="distribution")


@router.command("池子", "公池", "案池", "看池子", may="cases.see")
@router.tap("pool", may="cases.see")
@router.endpoint("GET", "/pool", may="cases.see")
def pool(ctx: Context) -> Reply:
    """看池子里有多少案子"""
    found = distribution.pool(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    lines = [{"bucket": one.bucket, "cases": one.cases, "amount": one.amount} for one in found.lines]
    return Reply("pool", pool=found, data={"pool": lines})


@dataclass(frozen=True)
class Claim:
    """How many cases somebody would like to have; of these buckets, if some are named."""

    count: int
    buckets: tuple[int, ...] = ()


@router.command("领案", "领案子", "领单", "我要领案", may="cases.work", takes_args=True)
def claim(ctx: Context) -> Reply:
    """从池子里领案，如「领案 5」「领案 3 M2」"""
    count, buckets = read_count(ctx.args)
    if not count:
        return Reply("how_many_to_claim")
    return _claim(ctx, count, buckets)


@router.tap("claim", may="cases.work")
def claim_by_card(ctx: Context) -> Reply:
    """从池子里领案"""
    return _claim(ctx, int(ctx.args) if ctx.args.isdecimal() else 1, ())


@router.endpoint("POST", "/pool/claims", may="cases.work", body=Claim, success=201)
def post_claim(ctx: Context) -> Reply:
    """从池子里领案"""
    body: Claim = ctx.body
    return _claim(ctx, body.count, body.buckets)


def _claim(ctx: Context, count: int, buckets: Sequence[int]) -> Reply:
    got = distribution.claim(
        ctx.session,
        actor=ctx.employee,
        count=count,
        at=ctx.now,
        key=distribution.claim_key(ctx.employee, ctx.now, None if ctx.message is None else ctx.message.key),
        policy=ctx.policy,
        calendar=ctx.calendar,
        buckets=buckets,
    )
    data = {"cases": list(got.numbers), "amount": got.amount, "left": got.left}
    return Reply("claimed", got=got, data=data)
