"""First contact: joining the app, following the service account, leaving it."""

from handlers.base import Audience, Context, Reply, Router
from models import candidates, files, staff

router = Router(texts="welcome")


@router.event("subscribe")
def welcome_employee(ctx: Context) -> Reply:
    """新成员看到应用"""
    return Reply("employee", employee=ctx.employee)


@router.event("subscribe", audience=Audience.CANDIDATE)
def welcome_candidate(ctx: Context) -> Reply:
    """候选人关注服务号"""
    assert ctx.message is not None
    progress = candidates.begin_by_scene(
        ctx.session, follower=ctx.candidate, event_key=ctx.message.event_key, at=ctx.now
    )
    return Reply("candidate") if progress is None else Reply("candidates/binding", progress=progress)


@router.event("unsubscribe", audience=Audience.CANDIDATE)
def forget_candidate(ctx: Context) -> None:
    """候选人取消关注,删除其资料"""
    assert ctx.candidate.openid is not None
    if ctx.candidate.name is None:
        files.forget_person(ctx.session, subject=ctx.candidate.subject)
    staff.unfollow(ctx.session, openid=ctx.candidate.openid, at=ctx.now)
