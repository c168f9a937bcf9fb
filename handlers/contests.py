"""申诉: a payment or a figure that is not right is contested by taps, and whoever leads decides on a card."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import CloseCards, Context, Handler, Notice, Part, Reply, Router
from handlers.casewords import take_amount, take_case
from handlers.meant import argument_of, ask_for_words, keep_for_undo
from handlers.parsing import Misunderstood
from handlers.performance_questions import asked_by, names_of
from jobs.contests import tell_deciders
from models import performance
from models.performance import CATALOGUE, SEE, ContestState, ContestView, Moved, month_of

router = Router(texts="contests")

DECIDE = "performance.decide_contest"
CARDS = 3
BUTTONS = 5
MILLION = 1_000_000
_NUMBER = re.compile(r"^\s*(\d{1,15})\s*(.*)$", re.DOTALL)
_MEASURES = tuple(CATALOGUE)

router.saying("contest_payment_why", "申诉还款", "{cases} {words}", "申诉还款 {cases} {words}?")
router.saying("contest_figure_why", "申诉指标", "{cases} {words}", "申诉指标 {cases} {words}?")
router.saying("contest_refuse", "不同意申诉", "{cases} {words}", "不同意申诉 {cases} {words}?")


@dataclass(frozen=True)
class NewContest:
    """Why, and of what: a payment by case and amount in fen, or a measure of a month (2026-03)."""

    words: str
    case: int | None = None
    amount: int | None = None
    measure: str = ""
    month: str = ""

    def __post_init__(self) -> None:
        """Refuse what names nothing; the error names the field."""
        if (self.case is None) == (not self.measure) or (self.case is None) != (self.amount is None):
            raise ValueError("measure")
        if self.measure and self.measure not in CATALOGUE:
            raise ValueError("measure")
        if self.month and re.fullmatch(r"20\d{2}-(?:0[1-9]|1[0-2])", self.month) is None:
            raise ValueError("month")


@dataclass(frozen=True)
class Decision:
    """Whether the leader agrees; if not, why."""

    agrees: bool
    words: str = ""


# --- contesting -----------------------------------------------------------------------------------------


@router.command("申诉", "业绩申诉", "还款没算我的", "业绩不对", may=SEE, takes_args=True)
@router.tap("contest", may=SEE)
@router.sentence(
    "contest",
    "这笔|那笔|有笔|有一笔? 还款|回款|钱|业绩? <missed>",
    "{cases} 这笔|那笔? {amount}? 还款|回款|钱? <missed>",
    anywhere=("{amount}",),
    may=SEE,
)
def contest(ctx: Context) -> list[Part]:
    """业绩不对就申诉，如「申诉」「申诉 1024 500元」"""
    number, rest = take_case(ctx.args)
    amount, rest = take_amount(rest)
    if ctx.slots.cases:
        number, amount = ctx.slots.cases[0], ctx.slots.amount
    if number is not None and amount is None:
        return [Reply("amount_needed", number=number)]
    if number is not None and amount is not None:
        payment = performance.payment_meant(ctx.session, actor=ctx.employee, number=number, amount=amount)
        return [_why_payment(ctx, payment.id, payment.case_id, payment.amount)]
    question = asked_by(ctx, ctx.args)
    if question.measure:
        return [_why_figure(ctx, question.measure, question.window.first)]
    found = performance.payments_to_contest(ctx.session, actor=ctx.employee, at=ctx.now)
    return [Reply("what_is_wrong", found=found[:BUTTONS])]


@router.tap("contest_payment", may=SEE)
def choose_payment(ctx: Context) -> list[Part]:
    """点选哪一笔还款没算"""
    found = performance.payments_to_contest(ctx.session, actor=ctx.employee, at=ctx.now)
    chosen = [one for one in found if str(one.id) == ctx.args]
    if not chosen:
        return [Reply("common/stale_key")]
    return [_why_payment(ctx, chosen[0].id, chosen[0].case_id, chosen[0].amount)]


@router.tap("contest_figure", may=SEE)
def choose_figure(ctx: Context) -> list[Part]:
    """点选哪一个数不对"""
    code = ctx.args
    if code in CATALOGUE:
        return [_why_figure(ctx, code, ctx.now.date())]
    names = names_of(ctx)
    shown = performance.measures_of(ctx.employee.role, ctx.policy)[: BUTTONS + 1]
    return [Reply("which_figure", choices=[(names[one], one) for one in shown])]


def _why_payment(ctx: Context, payment_id: int, number: int, amount: int) -> Reply:
    names = tuple(ctx.words("contests/reasons").values())
    proposal = ask_for_words(ctx, "contest_payment_why", number=payment_id, choices=names)
    return Reply("why_payment", number=number, amount=amount, names=names, proposal=proposal)


def _why_figure(ctx: Context, measure: str, month: date) -> Reply:
    number = _MEASURES.index(measure) * MILLION + month.year * 100 + month.month
    proposal = ask_for_words(ctx, "contest_figure_why", number=number)
    return Reply("why_figure", name=names_of(ctx)[measure], month=month, proposal=proposal)


@router.command("申诉还款", may=SEE, takes_args=True, hidden=True)
def with_reason(ctx: Context) -> list[Part]:
    """写为什么这笔还款该算我的"""
    number, words = _number(ctx, with_reason)
    return _contest(ctx, words, payment_id=number)


@router.command("申诉指标", may=SEE, takes_args=True, hidden=True)
def figure_with_reason(ctx: Context) -> list[Part]:
    """写为什么这个数不对"""
    number, words = _number(ctx, figure_with_reason)
    place, month = divmod(number, MILLION)
    try:
        first = date(month // 100, month % 100, 1)
    except ValueError:
        return [Reply("common/stale_key")]
    if place >= len(_MEASURES):
        return [Reply("common/stale_key")]
    return _contest(ctx, words, measure=_MEASURES[place], month=first)


@router.endpoint("POST", "/contests", may=SEE, body=NewContest, success=201)
def post_contest(ctx: Context) -> list[Part]:
    """申诉一笔还款或一个数"""
    body: NewContest = ctx.body
    if body.case is not None and body.amount is not None:
        payment = performance.payment_meant(
            ctx.session, actor=ctx.employee, number=body.case, amount=body.amount
        )
        return _contest(ctx, body.words, payment_id=payment.id)
    month = date.fromisoformat(f"{body.month}-01") if body.month else ctx.now.date()
    return _contest(ctx, body.words, measure=body.measure, month=month)


def _contest(ctx: Context, words: str, **what: Any) -> list[Part]:
    view = performance.contest(
        ctx.session,
        actor=ctx.employee,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
        **what,
    )
    keep_for_undo(ctx, "contest", contest=view.contest.id)
    told = tell_deciders(ctx.session, view, ctx.now, _named(ctx, view))
    reply = Reply(
        "asked",
        v=view,
        name=_named(ctx, view),
        names=[one.to.name for one in told],
        data={"contest": view.contest.id},
    )
    return [reply, *told]


@router.inverse("contest", may=SEE)
def withdraw(ctx: Context) -> list[Part]:
    """撤回自己的申诉"""
    view = performance.withdraw_contest(
        ctx.session, actor=ctx.employee, contest_id=argument_of(ctx, "contest"), at=ctx.now
    )
    return [
        CloseCards(view.contest.about, "contests/withdrawn_button"),
        Reply("withdrawn", v=view, name=_named(ctx, view)),
    ]


# --- deciding -------------------------------------------------------------------------------------------


@router.command("待批申诉", "申诉列表", "业绩申诉列表", may=DECIDE)
@router.endpoint("GET", "/contests", may=DECIDE)
def waiting(ctx: Context) -> list[Part]:
    """看谁的业绩申诉在等我定"""
    found = performance.contests_waiting(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    data = {"contests": [_as_data(one) for one in found]}
    if not found:
        return [Reply("none_waiting", data=data)]
    cards = [
        Reply("card", about=one.contest.about, v=one, name=_named(ctx, one), data=data)
        for one in found[:CARDS]
    ]
    return [*cards, Reply("more_waiting", more=len(found) - CARDS)] if len(found) > CARDS else [*cards]


@router.command("同意申诉", may=DECIDE, takes_args=True, hidden=True)
@router.tap("contest_yes", may=DECIDE)
def agree(ctx: Context) -> list[Part]:
    """同意一份业绩申诉，如「同意申诉 3」"""
    number, words = _number(ctx, agree)
    return _decide(ctx, number, words, agrees=True)


@router.command("不同意申诉", "驳回申诉", may=DECIDE, takes_args=True, hidden=True)
@router.tap("contest_no", may=DECIDE)
def refuse(ctx: Context) -> list[Part]:
    """不同意一份业绩申诉，如「不同意申诉 3 承诺不是他记的」"""
    number, words = _number(ctx, refuse)
    if words:
        return _decide(ctx, number, words, agrees=False)
    view = performance.contest_within(
        ctx.session, actor=ctx.employee, contest_id=number, at=ctx.now, policy=ctx.policy
    )
    if view.contest.state != ContestState.OPEN:
        raise performance.ContestSettled(state=view.contest.state)
    proposal = ask_for_words(ctx, "contest_refuse", number=number)
    return [Reply("why_not", v=view, name=_named(ctx, view), proposal=proposal)]


@router.endpoint("POST", "/contests/<int:id>/decision", may=DECIDE, body=Decision)
def post_decision(ctx: Context) -> list[Part]:
    """定一份业绩申诉；不同意要写原因"""
    return _decide(ctx, ctx.path["id"], ctx.body.words, agrees=ctx.body.agrees)


def _decide(ctx: Context, number: int, words: str, *, agrees: bool) -> list[Part]:
    view, moved = performance.decide_contest(
        ctx.session,
        actor=ctx.employee,
        contest_id=number,
        agrees=agrees,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    keep_for_undo(ctx, "contest_decided", contest=number)
    values = _values(ctx, view, moved)
    told = [Notice(view.person, "contests/decided_notice", values)]
    told += [Notice(one.person, "contests/moved_notice", {**values, "one": one}) for one in moved[1:]]
    return [
        CloseCards(view.contest.about, "contests/decided_button"),
        Reply("decided", **values, data=_as_data(view)),
        *told,
    ]


@router.inverse("contest_decided", may=DECIDE)
def take_back(ctx: Context) -> list[Part]:
    """撤销刚定的业绩申诉"""
    view, moved = performance.reopen_contest(
        ctx.session,
        actor=ctx.employee,
        contest_id=argument_of(ctx, "contest"),
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    values = _values(ctx, view, moved)
    told = [Notice(view.person, "contests/reopened_notice", values)]
    told += [Notice(one.person, "contests/moved_back_notice", {**values, "one": one}) for one in moved[1:]]
    card = Reply("card", about=view.contest.about, v=view, name=_named(ctx, view))
    return [Reply("reopened", **values), card, *told]


# --- shared ---------------------------------------------------------------------------------------------


def _values(ctx: Context, view: ContestView, moved: Any) -> dict[str, Any]:
    unit = CATALOGUE[view.contest.measure].unit
    own: Moved | None = next(iter(moved), None)
    return {"v": view, "name": _named(ctx, view), "own": own, "unit": unit}


def _named(ctx: Context, view: ContestView) -> str:
    return names_of(ctx)[view.contest.measure]


def _number(ctx: Context, handler: Handler) -> tuple[int, str]:
    found = _NUMBER.match(ctx.args)
    if found is None:
        raise Misunderstood(usage=(handler.__doc__ or "").strip())
    return int(found[1]), found[2].strip()


def _as_data(view: ContestView) -> Mapping[str, Any]:
    """A contest in the JSON API."""
    row = view.contest
    return {
        "id": row.id,
        "person": view.person.wecom_id,
        "measure": row.measure,
        "month": month_of(row.month).first,
        "payment": row.payment_id,
        "case": None if view.payment is None else view.payment.case_id,
        "amount": None if view.payment is None else view.payment.amount,
        "words": view.words,
        "state": row.state,
        "answer": view.answer,
    }
