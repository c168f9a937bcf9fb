"""What candidates type in words of their own, and 不应聘了: nothing they say is a dead end."""

from collections.abc import Sequence
from typing import Any

from handlers.base import Audience, CloseCards, Context, Notice, Part, Reply, Router
from handlers.parsing import nearest, normalise
from jobs.chances import tell_hr_of_enquiry, tell_hr_who_gave_up
from models import candidates, enquiries, messaging, notices, recruiting
from models.candidates import Application, ApplicationState
from models.enquiries import Enquiry
from models.messaging import Channel
from models.recruiting import ProcessView

router = Router(texts="own_words")

FOR_HR = ("refusal", "question")
"""The kinds of replies to a notice (`notices.replies` in the policy) that a human has to read."""


# --- words of their own ----------------------------------------------------------------------------------


@router.tap("heard", audience=Audience.CANDIDATE)
def hear(ctx: Context) -> Sequence[Part]:
    """别的话：通知之后的是回复，听不懂的给出能点的"""
    assert ctx.message is not None
    said = ctx.message.text.strip()
    words = [word for command in ctx.commands for word in command.words if len(word) > 1]
    near = nearest(normalise(said), words)
    if near or candidates.root_of(ctx.session, ctx.candidate).name is None:
        return [Reply("common/unknown_command", said=said, near=near, usage=[])]
    notice = notices.newest_told(ctx.session, person=ctx.candidate, at=ctx.now)
    if notice is None:
        return [Reply("unknown", said=said, key=ctx.message.key)]
    kind = notices.keep_reply(
        ctx.session, notice=notice, message=ctx.message.key, words=said, at=ctx.now, policy=ctx.policy
    )
    if kind in FOR_HR and _may_ask(ctx):
        enquiry, told, values = _pass_on(ctx, said, notice.application_id)
        return [Reply("replied_passed_on", kind=kind, application=enquiry.application_id, **values), *told]
    return [Reply("replied", kind=kind, said=said, key=ctx.message.key)]


@router.tap("heard_time", audience=Audience.CANDIDATE)
def hear_of_time(ctx: Context) -> Reply:
    """说时间不方便：改时间、补测或问人事"""
    assert ctx.message is not None
    return Reply("time", key=ctx.message.key)


@router.tap("heard_missed", audience=Audience.CANDIDATE)
def hear_of_miss(ctx: Context) -> Reply:
    """说没参加：申请补测、替代流程或问人事"""
    assert ctx.message is not None
    return Reply("missed", key=ctx.message.key)


@router.tap("heard_thanks", audience=Audience.CANDIDATE)
def hear_thanks(ctx: Context) -> Reply:
    """说收到、谢谢"""
    return Reply("thanks")


@router.tap("heard_hello", audience=Audience.CANDIDATE)
def hear_hello(ctx: Context) -> Reply:
    """打招呼：说能做什么"""
    return Reply("hello")


@router.tap("pass_on", audience=Audience.CANDIDATE)
def pass_on(ctx: Context) -> Sequence[Part]:
    """把刚才那句话转给人事"""
    said = messaging.text_from(
        ctx.session, key=ctx.args, account=Channel.OFFICIAL, sender=ctx.candidate.openid or ""
    )
    if not said:
        return [Reply("common/stale_key")]
    if not _may_ask(ctx):
        return [Reply("enquiries/nobody_to_ask")]
    _, told, values = _pass_on(ctx, said, None)
    return [Reply("enquiries/passed_on", **values), *told]


def _may_ask(ctx: Context) -> bool:
    return enquiries.application_to_ask_about(ctx.session, person=ctx.candidate) is not None


def _pass_on(
    ctx: Context, said: str, application_id: int | None
) -> tuple[Enquiry, Sequence[Notice], dict[str, Any]]:
    """The words as a question to HR, who hears of it, and what is said of that."""
    enquiry = enquiries.ask_hr(
        ctx.session, person=ctx.candidate, words=said, at=ctx.now, application_id=application_id
    )
    told = tell_hr_of_enquiry(ctx.session, enquiry, ctx.now, ctx.policy)
    unit = recruiting.unit_of(ctx.session, ctx.session.get_one(Application, enquiry.application_id))
    return enquiry, told, {"unit": unit, "reached": bool(told), "words": " ".join(said.split())}


# --- giving up -------------------------------------------------------------------------------------------


@router.command("不应聘了", "我放弃", "放弃应聘", "撤回应聘", "不去了", audience=Audience.CANDIDATE)
@router.tap("give_up", audience=Audience.CANDIDATE)
def ask_whether_to_give_up(ctx: Context) -> Reply:
    """不应聘了，撤回我的应聘"""
    views = recruiting.my_process(ctx.session, person=ctx.candidate, at=ctx.now, policy=ctx.policy)
    views = [view for view in views if view.application.state == ApplicationState.OPEN]
    asked = [view for view in views if str(view.application.id) == ctx.args]
    if not views:
        return Reply("nothing_to_give_up")
    if len(views) > 1 and not asked:
        return Reply("which_to_give_up", views=views)
    return Reply("sure", view=(asked or views)[0])


@router.tap("give_up_yes", audience=Audience.CANDIDATE)
def give_up(ctx: Context) -> Sequence[Part]:
    """确定不应聘了"""
    number = int(ctx.args) if ctx.args.isdecimal() else 0
    request = _open_request(ctx, number)
    process = recruiting.give_up(
        ctx.session, person=ctx.candidate, application_id=number, at=ctx.now, policy=ctx.policy
    )
    enquiries.go_on(ctx.session, candidate=ctx.candidate, at=ctx.now)
    unit = recruiting.unit_of(ctx.session, process.application)
    closed = [] if request is None else [CloseCards(request, "own_requests/withdrawn_button")]
    told = tell_hr_who_gave_up(ctx.session, process.application, ctx.now, ctx.policy)
    return [Reply("given_up", unit=unit, application=process.application), *closed, *told]


def _open_request(ctx: Context, application_id: int) -> str | None:
    """How the cards of the request that is open for an application are called."""
    views = recruiting.my_process(ctx.session, person=ctx.candidate, at=ctx.now, policy=ctx.policy)
    found: Sequence[ProcessView] = [one for one in views if one.application.id == application_id]
    return next((one.request.about for one in found if one.request is not None), None)
