"""池子 and 领案: what waits to be given out, and taking some of it."""

from dataclasses import dataclass

from handlers.base import Context, Reply, Router
from handlers.casewords import read_cases
from handlers.meant_cases import wanted
from models import distribution
from models.cases import Filter

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
    """How many cases somebody would like to have, and which. Amounts in fen."""

    count: int
    buckets: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    amount_from: int | None = None
    amount_to: int | None = None

    @property
    def wanted(self) -> Filter:
        """Which cases."""
        return Filter(
            buckets=self.buckets,
            products=self.products,
            amount_from=self.amount_from,
            amount_to=self.amount_to,
        )


@router.command("领案", "领案子", "领单", "我要领案", may="cases.work", takes_args=True)
def claim(ctx: Context) -> Reply:
    """从池子里领案，如「领案 5」「领案 3 M2 信用卡」"""
    said = read_cases(ctx.slots.words or ctx.args)
    count = ctx.slots.count or said.count or next(iter(said.numbers), None)
    if not count or said.rest:
        return Reply("how_many_to_claim", said=said.rest)
    return _claim(ctx, count, wanted(ctx))


@router.tap("claim", may="cases.work")
def claim_by_card(ctx: Context) -> Reply:
    """从池子里领案"""
    return _claim(ctx, int(ctx.args) if ctx.args.isdecimal() else 1, Filter())


@router.endpoint("POST", "/pool/claims", may="cases.work", body=Claim, success=201)
def post_claim(ctx: Context) -> Reply:
    """从池子里领案"""
    body: Claim = ctx.body
    return _claim(ctx, body.count, body.wanted)


def _claim(ctx: Context, count: int, which: Filter) -> Reply:
    got = distribution.claim(
        ctx.session,
        actor=ctx.employee,
        count=count,
        at=ctx.now,
        key=distribution.claim_key(ctx.employee, ctx.now, None if ctx.message is None else ctx.message.key),
        policy=ctx.policy,
        calendar=ctx.calendar,
        wanted=which,
    )
    data = {"cases": list(got.numbers), "amount": got.amount, "left": got.left}
    return Reply("claimed", got=got, filter=ctx.slots.filter, data=data)
