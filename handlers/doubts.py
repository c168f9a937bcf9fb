"""申请加测: a department doubts a dimension; HR puts a stage in, or says no (S2-17)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import CloseCards, Context, Handler, Part, Reply, Router
from handlers.casewords import take_case
from handlers.meant import ask_for_words
from handlers.meant_hiring import candidate_called, one_open_process, process_meant
from handlers.parsing import Misunderstood, read_reason
from jobs.doubts import tell_answered, tell_doubt
from models import recruiting
from models.recruiting import DoubtState, DoubtView

router = Router(texts="doubts")

CARDS = 3
"""So many doubts are shown at once, each on its card."""


@dataclass(frozen=True)
class NewDoubt:
    """Which dimension is doubted, and why."""

    dimension: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """Whether a stage is put in, and what it is called; or why not."""

    inserts: bool
    words: str


router.saying("insert_for_doubt", "同意加测", "{cases} {words}", "同意加测 {cases} {words}?")
router.saying("refuse_doubt", "不加测", "{cases} {words}", "不加测|不用加测 {cases} {words}?")


@router.command("申请加测", "补充测评", "申请补充测评", may="recruiting.confirm_need", takes_args=True)
def ask(ctx: Context) -> list[Part]:
    """请人事再测一项，如「申请加测 林小雨 抗压 想看谈判」"""
    view, rest = process_meant(ctx, ask, "recruiting.confirm_need")
    before, reason = read_reason(rest)
    dimension, _, words = (before if reason else rest).partition(" ")
    return _ask(ctx, view.application.id, dimension, reason or words)


@router.endpoint("POST", "/candidates/<int:id>/doubt", may="recruiting.confirm_need", body=NewDoubt)
def post_doubt(ctx: Context) -> list[Part]:
    """用人部门请人事再测一项，写原因"""
    person = candidate_called(ctx, str(ctx.path["id"]), "recruiting.confirm_need")
    view, _ = one_open_process(ctx, person, "")
    return _ask(ctx, view.application.id, ctx.body.dimension, ctx.body.reason)


def _ask(ctx: Context, application_id: int, dimension: str, words: str) -> list[Part]:
    view = recruiting.doubt(
        ctx.session,
        actor=ctx.employee,
        application_id=application_id,
        dimension=dimension,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    told = tell_doubt(ctx.session, view, ctx.now, ctx.policy)
    names = [one.to.name for one in told]
    return [Reply("asked", v=view, names=names, data={"doubt": _as_data(view)}), *told]


@router.command("加测申请", "待处理加测", may="recruiting.decide")
@router.endpoint("GET", "/doubts", may="recruiting.decide")
def waiting(ctx: Context) -> list[Part]:
    """看用人部门申请的加测"""
    found = recruiting.doubts_within(ctx.session, actor=ctx.employee, policy=ctx.policy)
    data = {"doubts": [_as_data(one) for one in found]}
    if not found:
        return [Reply("none_waiting", data=data)]
    told: list[Part] = []
    for one in found[:CARDS]:
        told.append(Reply("card", about=one.doubt.about, v=one, how="", data=data))
    return [*told, Reply("more_waiting", more=len(found) - CARDS)] if len(found) > CARDS else told


@router.command("同意加测", may="recruiting.decide", takes_args=True)
@router.tap("doubt_yes", may="recruiting.decide")
def insert(ctx: Context) -> list[Part]:
    """同意加测，写叫什么，如「同意加测 3 模拟谈判」"""
    number, words = _number(ctx, insert)
    if words:
        return _answer(ctx, number, words, inserts=True)
    view = _open(ctx, number)
    names = tuple(ctx.words("doubts/stage_names").values())
    proposal = ask_for_words(ctx, "insert_for_doubt", number=number, choices=names)
    return [Reply("which_stage", v=view, names=names, proposal=proposal)]


@router.command("不加测", "不用加测", may="recruiting.decide", takes_args=True)
@router.tap("doubt_no", may="recruiting.decide")
def refuse(ctx: Context) -> list[Part]:
    """不加测，写原因，如「不加测 3 复试已经看过」"""
    number, words = _number(ctx, refuse)
    if words:
        return _answer(ctx, number, words, inserts=False)
    view = _open(ctx, number)
    return [Reply("why_not", v=view, proposal=ask_for_words(ctx, "refuse_doubt", number=number))]


@router.endpoint("POST", "/doubts/<int:id>/answer", may="recruiting.decide", body=Answer)
def post_answer(ctx: Context) -> list[Part]:
    """人事答复加测申请：加一个环节，或写明为什么不加"""
    return _answer(ctx, int(ctx.path["id"]), ctx.body.words, inserts=ctx.body.inserts)


def _answer(ctx: Context, number: int, words: str, *, inserts: bool) -> list[Part]:
    view, stage = recruiting.answer_doubt(
        ctx.session,
        actor=ctx.employee,
        doubt_id=number,
        inserts=inserts,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
    )
    closing = CloseCards(view.doubt.about, "doubts/answered_button")
    return [closing, Reply("answered", v=view, stage=stage, data=_as_data(view)), *tell_answered(view, stage)]


def _open(ctx: Context, number: int) -> DoubtView:
    view = recruiting.doubt_within(ctx.session, actor=ctx.employee, doubt_id=number, policy=ctx.policy)
    if view.doubt.state != DoubtState.OPEN:
        raise recruiting.DoubtSettled(state=str(view.doubt.state))
    return view


def _number(ctx: Context, handler: Handler) -> tuple[int, str]:
    number, rest = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=(handler.__doc__ or "").strip())
    return number, rest


def _as_data(view: DoubtView) -> Mapping[str, Any]:
    """A doubt in the JSON API."""
    return {
        "id": view.doubt.id,
        "state": view.doubt.state,
        "candidate": view.person.id,
        "name": view.person.name,
        "dimension": view.doubt.dimension,
        "points": view.points,
        "reason": view.words,
        "answer": view.answer,
        "due_at": view.doubt.due_at,
    }
