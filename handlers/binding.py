"""绑定 and 我的资料: which WeChat is a candidate's, and what candidates see and correct of themselves."""

from handlers.base import Audience, Context, Part, Reply, Router
from handlers.parsing import Misunderstood, digits_in, normalise, read_name, take_phone
from jobs.candidates import tell_of_erasure_request
from models import candidates, secrecy
from models.staff import Candidate

router = Router(texts="candidates")


@router.command("绑定码", may="candidates.bind", takes_args=True)
@router.endpoint("POST", "/candidates/<int:id>/binding-code", may="candidates.bind")
def make_code(ctx: Context) -> Reply:
    """给候选人一个绑定码，如「绑定码 林小雨」"""
    person = _person(ctx)
    code, until = candidates.make_code(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    return Reply("code", person=person, code=code, until=until, data={"code": code, "expires_at": until})


@router.command("绑定二维码", may="candidates.bind", takes_args=True)
@router.endpoint("POST", "/candidates/<int:id>/binding-picture", may="candidates.bind")
def make_picture(ctx: Context) -> Reply:
    """给候选人一张绑定二维码，如「绑定二维码 林小雨」"""
    person = _person(ctx)
    until = candidates.ask_for_picture(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    return Reply("picture_asked", person=person, until=until, data={"expires_at": until})


def _person(ctx: Context) -> Candidate:
    asked = str(ctx.path["id"]) if "id" in ctx.path else read_name(ctx.args)
    return candidates.the_candidate(
        ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy, action="candidates.bind"
    )


# --- what candidates say -----------------------------------------------------------------------------


@router.command("绑定", "绑定微信", "绑定码", audience=Audience.CANDIDATE, takes_args=True)
def bind(ctx: Context) -> Reply:
    """用人事给的绑定码认领应聘，如「绑定 12345678」"""
    return _take(ctx, digits_in(ctx.args))


@router.event("number", audience=Audience.CANDIDATE)
def take_number(ctx: Context) -> Reply:
    """候选人只发了数字：绑定码，或手机尾号"""
    assert ctx.message is not None
    return _take(ctx, candidates.digits_of(normalise(ctx.message.text)))


def _take(ctx: Context, digits: str) -> Reply:
    follower = ctx.candidate
    if candidates.is_code(digits):
        progress = candidates.begin(
            ctx.session, follower=follower, code=digits, at=ctx.now, policy=ctx.policy
        )
    elif candidates.awaits_tail(ctx.session, follower=follower) and digits:
        progress = candidates.finish(
            ctx.session, follower=follower, tail=digits, at=ctx.now, policy=ctx.policy
        )
    else:
        return Reply("how_to_bind")
    return Reply("binding", progress=progress)


@router.event("scan", audience=Audience.CANDIDATE)
def scan(ctx: Context) -> Reply | None:
    """已关注的人扫了绑定二维码"""
    assert ctx.message is not None
    progress = candidates.begin_by_scene(
        ctx.session, follower=ctx.candidate, event_key=ctx.message.event_key, at=ctx.now
    )
    return None if progress is None else Reply("binding", progress=progress)


@router.command("我的资料", "我的信息", audience=Audience.CANDIDATE)
def show_own(ctx: Context) -> Reply:
    """看招聘系统里留了我的什么"""
    person = candidates.require_bound(ctx.session, ctx.candidate)
    return Reply("own", view=candidates.own_view(ctx.session, person))


@router.command("改手机", "改手机号", "换手机", audience=Audience.CANDIDATE, takes_args=True)
def correct_own_phone(ctx: Context) -> Reply:
    """改我的手机，如「改手机 新号码」"""
    _, written = take_phone(ctx.args)
    phone = secrecy.normal_phone(written)
    if not phone:
        raise Misunderstood(usage=(correct_own_phone.__doc__ or "").strip())
    before, after = candidates.correct_own_phone(ctx.session, person=ctx.candidate, phone=phone, at=ctx.now)
    return Reply("own_phone_corrected", before=before, after=after)


@router.command("删除我的资料", "注销", audience=Audience.CANDIDATE)
def ask_to_be_erased(ctx: Context) -> list[Part]:
    """请人事和合规删除我的资料"""
    person = candidates.require_bound(ctx.session, ctx.candidate)
    before = candidates.ask_to_be_erased(ctx.session, person=person, at=ctx.now)
    if before is not None:
        return [Reply("erasure_asked_before", asked_at=before)]
    return [Reply("erasure_asked"), *tell_of_erasure_request(ctx.session, person, ctx.now, ctx.policy)]
