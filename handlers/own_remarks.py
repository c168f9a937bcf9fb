"""备注: what is noted of a candidate, and their own side of it."""

from handlers.base import Audience, Context, Reply, Router
from models import enquiries, recruiting

router = Router(texts="own_remarks")

AT_ONCE = 6


@router.command("备注", "我的备注", audience=Audience.CANDIDATE)
@router.tap("own_remarks", audience=Audience.CANDIDATE)
def show(ctx: Context) -> Reply:
    """看记了我什么，写上自己的说明"""
    found = recruiting.own_remarks(ctx.session, person=ctx.candidate, at=ctx.now)
    names = ctx.policy.recruiting.remarks
    return Reply("mine", views=found[:AT_ONCE], names=names)


@router.tap("remark_explain", audience=Audience.CANDIDATE)
def explain(ctx: Context) -> Reply:
    """给一条备注写说明"""
    enquiries.await_words(ctx.session, candidate=ctx.candidate, key=f"remark_words:{ctx.args}", at=ctx.now)
    return Reply("ask")


@router.tap("remark_words", audience=Audience.CANDIDATE)
def take_words(ctx: Context) -> Reply:
    """收下对备注的说明"""
    assert ctx.message is not None
    recruiting.explain_remark(
        ctx.session,
        person=ctx.candidate,
        remark_id=int(ctx.args) if ctx.args.isdecimal() else 0,
        words=ctx.message.text,
        at=ctx.now,
    )
    enquiries.go_on(ctx.session, candidate=ctx.candidate, at=ctx.now)
    return Reply("explained")
