"""补测, 替代流程 and 复核: candidates ask for another chance, part by part, over days if need be."""

from collections.abc import Mapping, Sequence

from handlers.base import Audience, CloseCards, Context, Notice, Part, Reply, Router
from jobs.requests import tell_handed_in
from models import enquiries, recruiting
from models.recruiting import (
    ProcessView,
    RemedialRequest,
    RequestKind,
    RequestState,
    RequestStep,
)

router = Router(texts="own_requests")

PARTS = (RequestStep.REASON, RequestStep.INTEREST, RequestStep.WISH)
UNDER_WAY = (RequestState.DRAFT, RequestState.ASKED_BACK)


# --- beginning -----------------------------------------------------------------------------------------


@router.command("补测", "申请补测", "特殊申请", "没参加面试", audience=Audience.CANDIDATE)
@router.tap("remedial", audience=Audience.CANDIDATE)
def ask_for_another_try(ctx: Context) -> Reply:
    """没参加面试，申请再来一次"""
    return _begin(ctx, RequestKind.REMEDIAL)


@router.command("替代流程", "申请替代流程", audience=Audience.CANDIDATE)
@router.tap("alternative", audience=Audience.CANDIDATE)
def ask_for_something_else(ctx: Context) -> Reply:
    """没做 AI 面试，申请换一种方式"""
    return _begin(ctx, RequestKind.ALTERNATIVE)


@router.command("复核", "申请复核", audience=Audience.CANDIDATE)
@router.tap("review", audience=Audience.CANDIDATE)
def ask_for_a_second_look(ctx: Context) -> Reply:
    """请人再看一遍我的面试结果"""
    return _begin(ctx, RequestKind.REVIEW)


@router.tap("request_instead", audience=Audience.CANDIDATE)
def begin_instead(ctx: Context) -> Reply:
    """不要原来的草稿，改申请别的"""
    application, _, kind = ctx.args.partition(":")
    return _start(ctx, _number(application), RequestKind(kind))


def _begin(ctx: Context, kind: RequestKind) -> Reply:
    views = recruiting.my_process(ctx.session, person=ctx.candidate, at=ctx.now, policy=ctx.policy)
    views = [view for view in views if ctx.args in ("", str(view.application.id))]
    fitting = [view for view in views if view.action(kind).allowed or _draft(view) is not None]
    if len(fitting) > 1:
        return Reply("which", kind=kind, views=fitting)
    if not fitting:
        return _cannot(ctx, kind, views)
    [view] = fitting
    draft = _draft(view)
    if draft is not None and draft.kind != kind:
        return Reply("another_draft", kind=kind, request=draft, view=view)
    return _start(ctx, view.application.id, kind)


def _draft(view: ProcessView) -> RemedialRequest | None:
    request = view.request
    return request if request is not None and request.state == RequestState.DRAFT else None


def _cannot(ctx: Context, kind: RequestKind, views: Sequence[ProcessView]) -> Reply:
    """Why not, by which rule, and what can be done instead."""
    if not views:
        return Reply("nothing_to_ask_for")
    waiting = next((view.request for view in views if view.request is not None), None)
    if waiting is not None:
        return _whole(ctx, waiting)
    view = views[0]
    others = [other for other in RequestKind if view.action(other).allowed]
    days = ctx.policy.recruiting.window_days
    why = view.action(kind).why_not
    return Reply("cannot", kind=kind, why=why, view=view, others=others, days=days)


def _start(ctx: Context, application_id: int, kind: RequestKind) -> Reply:
    request = recruiting.begin_request(
        ctx.session,
        person=ctx.candidate,
        application_id=application_id,
        kind=kind,
        at=ctx.now,
        policy=ctx.policy,
    )
    return _question(ctx, request)


# --- telling -------------------------------------------------------------------------------------------


def _missing(request: RemedialRequest) -> RequestStep | None:
    """The part that is still to be told."""
    wanted = PARTS if request.kind != RequestKind.REVIEW else PARTS[:1]
    return next((part for part in wanted if getattr(request, part.value) is None), None)


def _question(ctx: Context, request: RemedialRequest) -> Reply:
    """What a request needs next; the whole of it where nothing is missing."""
    part = _missing(request)
    if part is None:
        return _whole(ctx, request)
    enquiries.await_request(ctx.session, candidate=ctx.candidate, request=request, at=ctx.now)
    return Reply("ask", request=request, part=part, reasons=_reasons(ctx))


def _whole(ctx: Context, request: RemedialRequest) -> Reply:
    if request.state in UNDER_WAY and _missing(request) is not None:
        return _question(ctx, request)
    if request.state in UNDER_WAY:
        enquiries.await_request(ctx.session, candidate=ctx.candidate, request=request, at=ctx.now)
    return Reply(
        "whole",
        request=request,
        words={part: " ".join(said.split()) for part, said in _words(ctx, request).items()},
        reason=_reason_name(ctx, request),
        files=len(recruiting.evidence_of(ctx.session, request)),
    )


def _words(ctx: Context, request: RemedialRequest) -> Mapping[str, str]:
    nothing = dict.fromkeys(("reason", "interest", "wish", "supplement", "question", "answer"), "")
    return nothing | recruiting.words_of(ctx.session, request)


def _reasons(ctx: Context) -> Sequence[tuple[str, str]]:
    return [(code, names[0]) for code, names in ctx.policy.recruiting.reasons.items()]


def _reason_name(ctx: Context, request: RemedialRequest) -> str:
    return ctx.policy.recruiting.reasons[request.reason_code][0] if request.reason_code else ""


@router.tap("request_show", audience=Audience.CANDIDATE)
def show(ctx: Context) -> Reply:
    """看自己的申请，接着写"""
    return _whole(ctx, _own(ctx, ctx.args))


@router.command("我的申请", audience=Audience.CANDIDATE)
def show_newest(ctx: Context) -> Reply:
    """看我的申请写了什么、办到哪里"""
    request = _newest(ctx)
    return Reply("none_open") if request is None else _whole(ctx, request)


@router.tap("request_reason", audience=Audience.CANDIDATE)
def choose_reason(ctx: Context) -> Reply:
    """点一个原因"""
    number, _, code = ctx.args.partition(":")
    request = _own(ctx, number)
    names = ctx.policy.recruiting.reasons.get(code, ("",))
    return _say(ctx, request, RequestStep.REASON, names[0])


@router.tap("request_words", audience=Audience.CANDIDATE)
def take_words(ctx: Context) -> Part | Sequence[Part]:
    """没写完的申请收下一段话"""
    assert ctx.message is not None
    request = _own(ctx, ctx.args)
    text = ctx.message.text.strip()
    part = _missing(request)
    if part is not None:
        return _say(ctx, request, part, text)
    if request.state not in UNDER_WAY:
        _go_on(ctx)
        return _whole(ctx, request)
    known = ctx.words("own_requests/short_words")
    if text in known["none"].split():
        return _whole(ctx, request)
    if text in known["yes"].split():
        return _submit(ctx, request)
    before = _words(ctx, request)[RequestStep.SUPPLEMENT]
    return _say(ctx, request, RequestStep.SUPPLEMENT, f"{before}\n{text}")


@router.tap("request_part", audience=Audience.CANDIDATE)
def say_anew(ctx: Context) -> Reply:
    """改申请的一部分"""
    number, _, part = ctx.args.partition(":")
    return _ask_anew(ctx, _own(ctx, number), RequestStep(part))


@router.tap("request_say", audience=Audience.CANDIDATE)
def take_correction(ctx: Context) -> Reply:
    """收下改过的一部分"""
    assert ctx.message is not None
    number, _, part = ctx.args.partition(":")
    return _say(ctx, _own(ctx, number), RequestStep(part), ctx.message.text)


@router.command("改原因", audience=Audience.CANDIDATE, takes_args=True, hidden=True)
def correct_reason(ctx: Context) -> Reply:
    """改申请里的原因"""
    return _correct(ctx, RequestStep.REASON)


@router.command("改意愿", "改兴趣", audience=Audience.CANDIDATE, takes_args=True, hidden=True)
def correct_interest(ctx: Context) -> Reply:
    """改申请里为什么想要这份工作"""
    return _correct(ctx, RequestStep.INTEREST)


@router.command("改安排", "改要求", audience=Audience.CANDIDATE, takes_args=True, hidden=True)
def correct_wish(ctx: Context) -> Reply:
    """改申请里想怎么安排"""
    return _correct(ctx, RequestStep.WISH)


@router.command("改补充", audience=Audience.CANDIDATE, takes_args=True, hidden=True)
def correct_supplement(ctx: Context) -> Reply:
    """改申请里补充的话"""
    return _correct(ctx, RequestStep.SUPPLEMENT)


def _correct(ctx: Context, part: RequestStep) -> Reply:
    request = _newest(ctx)
    if request is None:
        return Reply("none_open")
    return _say(ctx, request, part, ctx.args) if ctx.args else _ask_anew(ctx, request, part)


def _ask_anew(ctx: Context, request: RemedialRequest, part: RequestStep) -> Reply:
    key = f"request_say:{request.id}:{part}"
    enquiries.await_words(ctx.session, candidate=ctx.candidate, key=key, at=ctx.now)
    return Reply("ask_anew", request=request, part=part, reasons=_reasons(ctx))


def _say(ctx: Context, request: RemedialRequest, part: RequestStep, text: str) -> Reply:
    """Keep one part and ask for the next; after the last one for evidence, once."""
    first = getattr(request, part.value) is None
    person, id_ = ctx.candidate, request.id
    if request.state == RequestState.DRAFT and request.step == part:
        request = recruiting.say(
            ctx.session, person=person, request_id=id_, text=text, at=ctx.now, policy=ctx.policy
        )
    else:
        request = recruiting.correct(
            ctx.session, person=person, request_id=id_, part=part, text=text, at=ctx.now, policy=ctx.policy
        )
    if first and part == RequestStep.WISH and _missing(request) is None:
        enquiries.await_request(ctx.session, candidate=ctx.candidate, request=request, at=ctx.now)
        return Reply("ask_evidence", request=request)
    if request.state == RequestState.SUBMITTED:
        _go_on(ctx)
    return _question(ctx, request)


# --- handing in and taking back ------------------------------------------------------------------------


@router.command("提交", "提交申请", audience=Audience.CANDIDATE, hidden=True)
def submit_newest(ctx: Context) -> Part | Sequence[Part]:
    """把写好的申请交给人事"""
    request = _newest(ctx)
    return Reply("none_open") if request is None else _submit(ctx, request)


@router.tap("request_submit", audience=Audience.CANDIDATE)
def submit(ctx: Context) -> Part | Sequence[Part]:
    """点提交"""
    return _submit(ctx, _own(ctx, ctx.args))


def _submit(ctx: Context, request: RemedialRequest) -> Part | Sequence[Part]:
    if request.state == RequestState.DRAFT and _missing(request) is not None:
        return _question(ctx, request)
    request = recruiting.submit(
        ctx.session,
        person=ctx.candidate,
        request_id=request.id,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    _go_on(ctx)
    told = tell_handed_in(ctx.session, request, ctx.now, ctx.policy)
    return [Reply("submitted", request=request), *told]


@router.command("撤回", "撤回申请", audience=Audience.CANDIDATE)
def withdraw_newest(ctx: Context) -> Part | Sequence[Part]:
    """撤回还没有答复的申请"""
    request = _newest(ctx)
    return Reply("none_open") if request is None else _withdraw(ctx, request)


@router.tap("request_withdraw", audience=Audience.CANDIDATE)
def withdraw(ctx: Context) -> Part | Sequence[Part]:
    """点撤回"""
    return _withdraw(ctx, _own(ctx, ctx.args))


def _withdraw(ctx: Context, request: RemedialRequest) -> Sequence[Part]:
    request = recruiting.withdraw(
        ctx.session, person=ctx.candidate, request_id=request.id, at=ctx.now, policy=ctx.policy
    )
    _go_on(ctx)
    views = recruiting.my_process(ctx.session, person=ctx.candidate, at=ctx.now, policy=ctx.policy)
    view = next(one for one in views if one.application.id == request.application_id)
    others = [other for other in RequestKind if view.action(other).allowed]
    told: list[Notice | CloseCards] = [CloseCards(request.about, "own_requests/withdrawn_button")]
    return [Reply("withdrawn", request=request, view=view, others=others), *told]


def _own(ctx: Context, number: str) -> RemedialRequest:
    return recruiting.own_request(ctx.session, person=ctx.candidate, request_id=_number(number))


def _newest(ctx: Context) -> RemedialRequest | None:
    return recruiting.newest_request(ctx.session, person=ctx.candidate)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 9 else 0


def _go_on(ctx: Context) -> None:
    enquiries.go_on(ctx.session, candidate=ctx.candidate, at=ctx.now)
