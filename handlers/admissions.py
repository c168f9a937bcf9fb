"""岗位需求, 录用进度: what departments and HR say of somebody who passed, until the notice is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import CloseCards, Context, Handler, Notice, Part, Reply, Router
from handlers.casewords import take_case
from handlers.meant import ask_for_words
from handlers.meant_hiring import process_meant
from handlers.parsing import Misunderstood, read_reason, take_days
from jobs.admissions import tell_asked_again, tell_not_needed
from models import admissions, lifecycle, proposals
from models.admissions import ChainState, ChainView
from models.proposals import Undoable

router = Router(texts="admissions")

CARDS = 3
"""So many people are shown at once, each on a card."""
UNDO = "answer_need"


@dataclass(frozen=True)
class Need:
    """Whether somebody is needed: from which day on (the suggested one if none is named), or why not."""

    needed: bool
    start_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Again:
    """Why the department is asked once more."""

    reason: str = ""


router.saying("need_date", "确认需求", "{cases} {words}", "确认需求 {cases} {words}?")
router.saying("no_need", "不需要了", "{cases} {words}", "不需要了|不再需要 {cases} {words}?")
router.saying("need_again", "再问用人部门", "{cases} {words}", "再问用人部门|退回用人部门 {cases} {words}?")


@router.command("岗位需求", "待确认需求", "需求确认", may="recruiting.confirm_need")
@router.endpoint("GET", "/needs", may="recruiting.confirm_need")
def waiting(ctx: Context) -> list[Part]:
    """看过了面试、等用人部门确认的人"""
    found = admissions.chains_within(
        ctx.session,
        actor=ctx.employee,
        action="recruiting.confirm_need",
        policy=ctx.policy,
        states=(ChainState.NEED,),
    )
    data = {"needs": [_as_data(ctx, one) for one in found]}
    if not found:
        return [Reply("none_waiting", data=data)]
    told: list[Part] = [
        Reply("need", about=one.chain.about, v=one, how="", data=data) for one in found[:CARDS]
    ]
    return [*told, Reply("more_waiting", more=len(found) - CARDS)] if len(found) > CARDS else told


@router.command("确认需求", "需要这个人", may="recruiting.confirm_need", takes_args=True)
@router.tap("need_yes", may="recruiting.confirm_need")
def confirm(ctx: Context) -> list[Part]:
    """确认需要，可改报到日，如「确认需求 林小雨 3月16日」"""
    number, rest = _asked(ctx, confirm, "recruiting.confirm_need")
    days, _ = take_days(rest, ctx.now.date())
    if rest and not days:
        return [_ask_for_day(ctx, number)]
    return _confirm(ctx, number, days[0] if days else None)


@router.tap("need_date", may="recruiting.confirm_need")
def ask_for_day(ctx: Context) -> Reply:
    """点卡片，改报到日"""
    return _ask_for_day(ctx, _asked(ctx, confirm, "recruiting.confirm_need")[0])


def _ask_for_day(ctx: Context, number: int) -> Reply:
    view = _view(ctx, number)
    _require_asked(view)
    return Reply("which_day", v=view, proposal=ask_for_words(ctx, "need_date", number=number))


def _confirm(ctx: Context, number: int, start_on: date | None) -> list[Part]:
    before = _view(ctx, number).chain.about
    chain, notice = admissions.confirm_need(
        ctx.session,
        actor=ctx.employee,
        application_id=number,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
        start_on=start_on,
    )
    view = admissions.chain_view(ctx.session, chain, policy=ctx.policy)
    data = {"state": chain.state, "start_on": chain.start_on, "notice": notice.id}
    reply = Reply("confirmed", v=view, undo=_remember(ctx, number), data=data)
    return [CloseCards(before, "admissions/confirmed_button"), reply]


@router.command("不需要了", "不再需要", may="recruiting.confirm_need", takes_args=True)
@router.tap("need_no", may="recruiting.confirm_need")
def refuse(ctx: Context) -> list[Part]:
    """不再需要人，写原因，如「不需要了 林小雨 岗位撤了」"""
    number, reason = _asked(ctx, refuse, "recruiting.confirm_need")
    if not reason:
        view = _view(ctx, number)
        _require_asked(view)
        reasons = tuple(ctx.words("admissions/no_need_reasons").values())
        proposal = ask_for_words(ctx, "no_need", number=number, choices=reasons)
        return [Reply("why_not_needed", v=view, reasons=reasons, proposal=proposal)]
    return _refuse(ctx, number, reason)


def _refuse(ctx: Context, number: int, reason: str) -> list[Part]:
    chain = admissions.refuse_need(
        ctx.session,
        actor=ctx.employee,
        application_id=number,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
    )
    view = admissions.chain_view(ctx.session, chain, policy=ctx.policy)
    told: Sequence[Notice] = tell_not_needed(ctx.session, chain, ctx.now, ctx.policy)
    reply = Reply("refused", v=view, undo=_remember(ctx, number), data={"state": chain.state})
    return [CloseCards(chain.about, "admissions/refused_button"), reply, *told]


@router.endpoint("POST", "/applications/<int:id>/need", may="recruiting.confirm_need", body=Need)
def post_need(ctx: Context) -> list[Part]:
    """用人部门答复：需要（可改报到日），或不再需要（写原因）"""
    body: Need = ctx.body
    number = int(ctx.path["id"])
    if body.needed:
        return _confirm(ctx, number, body.start_on)
    return _refuse(ctx, number, body.reason)


def _remember(ctx: Context, number: int) -> Undoable:
    return proposals.remember(
        ctx.session,
        actor=ctx.employee,
        kind=UNDO,
        arguments={"application": number},
        cause=ctx.cause,
        at=ctx.now,
        minutes=ctx.policy.cases.undo_minutes,
    )


@router.inverse(UNDO, may="recruiting.confirm_need")
def take_back(ctx: Context) -> Reply:
    """收回对岗位需求的答复"""
    assert ctx.undoable is not None
    chain = admissions.reopen_need(
        ctx.session,
        actor=ctx.employee,
        application_id=int(ctx.undoable.arguments["application"]),
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    view = admissions.chain_view(ctx.session, chain, policy=ctx.policy)
    return Reply("need", about=chain.about, v=view, how="taken_back", data={"state": chain.state})


# --- HR --------------------------------------------------------------------------------------------------


@router.command("再问用人部门", "退回用人部门", may="recruiting.decide", takes_args=True)
@router.tap("need_again", may="recruiting.decide")
def ask_again(ctx: Context) -> list[Part]:
    """人事再问一次，如「再问用人部门 林小雨 日期太近」"""
    number, reason = _asked(ctx, ask_again, "recruiting.decide")
    if not reason:
        view = _view(ctx, number, "recruiting.decide")
        reasons = tuple(ctx.words("admissions/again_reasons").values())
        proposal = ask_for_words(ctx, "need_again", number=number, choices=reasons)
        return [Reply("why_again", v=view, reasons=reasons, proposal=proposal)]
    return _ask_again(ctx, number, reason)


@router.endpoint("POST", "/applications/<int:id>/need/again", may="recruiting.decide", body=Again)
def post_again(ctx: Context) -> list[Part]:
    """人事请用人部门再确认一次"""
    return _ask_again(ctx, int(ctx.path["id"]), ctx.body.reason)


def _ask_again(ctx: Context, number: int, reason: str) -> list[Part]:
    before = _view(ctx, number, "recruiting.decide").chain.about
    chain = admissions.ask_again(
        ctx.session,
        actor=ctx.employee,
        application_id=number,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    told: Sequence[Notice] = tell_asked_again(ctx.session, chain, ctx.now, ctx.policy)
    names = [one.to.name for one in told]
    view = admissions.chain_view(ctx.session, chain, policy=ctx.policy)
    closing = CloseCards(before, "admissions/asked_again_button")
    return [closing, Reply("asked_again", v=view, names=names, data={"state": chain.state}), *told]


# --- looking ---------------------------------------------------------------------------------------------


@router.command("录用进度", "录用到哪了", may="recruiting.see", takes_args=True)
def progress(ctx: Context) -> Reply:
    """看过了面试的人办到哪步，如「录用进度 林小雨」"""
    if not ctx.args.strip():
        return _all(ctx)
    number, _ = _asked(ctx, progress, "recruiting.see")
    return _progress(ctx, _view(ctx, number, "recruiting.see"))


@router.endpoint("GET", "/hiring-chains", may="recruiting.see")
def list_chains(ctx: Context) -> Reply:
    """过了面试的人：每一步谁办、从什么时候起、什么时候前"""
    return _all(ctx)


def _all(ctx: Context) -> Reply:
    found = admissions.chains_within(
        ctx.session,
        actor=ctx.employee,
        action="recruiting.see",
        policy=ctx.policy,
        states=(*admissions.WAITING, ChainState.PREPARING, ChainState.NOT_NEEDED),
    )
    data = {"chains": [_as_data(ctx, one) for one in found]}
    if len(found) == 1:
        return _progress(ctx, found[0])
    return Reply("all_progress", found=found, now=ctx.now, data=data)


def _progress(ctx: Context, view: ChainView) -> Reply:
    data = {"chain": _as_data(ctx, view)}
    return Reply("progress", v=view, now=ctx.now, data=data)


# --- shared ----------------------------------------------------------------------------------------------


def _asked(ctx: Context, handler: Handler, action: str) -> tuple[int, str]:
    """(the number of the application, the rest of the words), by number or by the candidate's name.

    Raises:
        Misunderstood: neither is there.
    """
    number, rest = take_case(ctx.args)
    if number is None:
        if not ctx.args.strip():
            raise Misunderstood(usage=(handler.__doc__ or "").strip())
        view, rest = process_meant(ctx, handler, action)
        number = view.application.id
    _, reason = read_reason(rest)
    return number, reason or rest


def _view(ctx: Context, number: int, action: str = "recruiting.confirm_need") -> ChainView:
    return admissions.view_within(
        ctx.session, actor=ctx.employee, application_id=number, action=action, policy=ctx.policy
    )


def _require_asked(view: ChainView) -> None:
    if view.chain.state != ChainState.NEED:
        raise admissions.NeedSettled(state=str(view.chain.state))


def _as_data(ctx: Context, view: ChainView) -> Mapping[str, Any]:
    """A chain in the JSON API: each step with owner, start, due and age in hours (S1-31)."""

    def step(key: str, one: Any, owner: Any) -> Mapping[str, Any]:
        days, hours = lifecycle.age(one.starts_at, one.done_at or ctx.now)
        return {
            "step": key,
            "owner": owner.wecom_id,
            "state": one.state,
            "starts_at": one.starts_at,
            "due_at": one.due_at,
            "done_at": one.done_at,
            "age_hours": days * 24 + hours,
        }

    return {
        "application": view.chain.application_id,
        "candidate": view.person.id,
        "name": view.person.name,
        "unit": view.unit.name,
        "job": view.process.application.job,
        "state": view.chain.state,
        "start_on": view.chain.start_on,
        "strengths": [one.name for one in view.fit.met],
        "weaknesses": [one.name for one in view.fit.gaps],
        "steps": [step(one.kind, one, owner) for one, owner, _ in view.steps]
        + [step(item.key, item, owner) for item, owner in view.preparing],
    }
