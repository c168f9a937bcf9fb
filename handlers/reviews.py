"""复习: the questions that come back, when they come, and the board of those who learn."""

from datetime import time
from typing import Any

from handlers.base import CloseCards, Context, Part, Reply, Router
from handlers.course_words import with_digits
from handlers.parsing import Misunderstood, take_time
from handlers.quizzing import LETTERS, fits_on_card, letters_of, places_in
from models import training
from models.training import LEARN, Reviewed, Reviewing, Standing

router = Router(texts="reviews")


@router.command("复习", "每日复习", "练习", "刷题", "错题", "错题本", may=LEARN)
@router.tap("review", may=LEARN)
def begin(ctx: Context) -> list[Part]:
    """复习两分钟：答错过的、要紧的题再来一遍"""
    return _ask(training.begin_review(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy))


@router.tap("review_answer", may=LEARN)
def answer(ctx: Context) -> list[Part]:
    """回答复习里的一题"""
    named, _, typed = ctx.args.partition(":")
    shown = places_in(ctx, typed)
    if not named.isdecimal() or len(named) > 9:
        return [Reply("common/stale_key")]
    found = training.answer_review(
        ctx.session,
        actor=ctx.employee,
        answer_id=int(named),
        shown=shown,
        at=ctx.now,
        policy=ctx.policy,
    )
    if found.is_new:
        training.learned_today(
            ctx.session,
            person_id=ctx.employee.id,
            at=ctx.now,
            is_workday=ctx.calendar.is_workday,
        )
    return _answered(ctx, found, f"review:{named}", letters_of(shown))


def _answered(ctx: Context, found: Reviewed, about: str, letters: str) -> list[Part]:
    day = found.day and training.day_of(ctx.session, ctx.employee, ctx.now)
    told: list[Part] = [Reply("answered", r=found, day=day, today=ctx.now.date())]
    if found.is_new:
        told.insert(0, CloseCards(about, "reviews/ask_button", {"letters": letters}))
    return [*told, *([] if found.next is None else _ask(found.next))]


def _ask(asked: Reviewing) -> list[Part]:
    """The card of a question; before it the question in full, where a card would cut it."""
    whole = fits_on_card(asked.kind, asked.stem, asked.options)
    values: dict[str, Any] = {"q": asked, "marks": LETTERS}
    card = Reply("ask", about=asked.about, whole=whole, letters="", **values)
    return [card] if whole else [Reply("question", **values), card]


# --- when, and whether ------------------------------------------------------------------------------------


@router.command("复习时间", "几点复习", may=LEARN, takes_args=True)
def choose_time(ctx: Context) -> Reply:
    """定每天几点复习，如「复习时间 8:30」"""
    clock, _ = take_time(with_digits(ctx.args))
    if not ctx.args.strip():
        when, wanted = training.review_time_of(ctx.session, ctx.employee, ctx.policy)
        return Reply("time_now", clock=when, wanted=wanted)
    if clock is None:
        raise Misunderstood(usage=(choose_time.__doc__ or "").strip())
    return _chosen(ctx, clock)


def _chosen(ctx: Context, clock: time) -> Reply:
    training.choose_review_time(ctx.session, actor=ctx.employee, clock=clock, at=ctx.now, policy=ctx.policy)
    return Reply("time_chosen", clock=clock)


@router.command("不要复习", "不复习", "停止复习", "别发复习", may=LEARN)
@router.tap("review_off", may=LEARN)
def stop(ctx: Context) -> Reply:
    """不要每天的复习"""
    training.choose_review(ctx.session, actor=ctx.employee, wanted=False, at=ctx.now, policy=ctx.policy)
    return Reply("stopped")


@router.command("要复习", "恢复复习", "开始复习提醒", may=LEARN)
def go_on(ctx: Context) -> Reply:
    """恢复每天的复习"""
    training.choose_review(ctx.session, actor=ctx.employee, wanted=True, at=ctx.now, policy=ctx.policy)
    return Reply("going_on", clock=ctx.policy.training.review_at)


# --- the board --------------------------------------------------------------------------------------------


@router.command("学习榜", "学习排行", "学习排行榜", "积分榜", may=LEARN)
@router.tap("learning_board", may=LEARN)
@router.endpoint("GET", "/learning-board", may=LEARN)
def board(ctx: Context) -> Reply:
    """看本月的学习榜"""
    people = training.beside(ctx.session, ctx.employee, ctx.now)
    first = ctx.now.date().replace(day=1)
    found = training.board(
        ctx.session,
        people,
        first=first,
        at=ctx.now,
        policy=ctx.policy.training,
        is_workday=ctx.calendar.is_workday,
    )
    named = [one for one in found if one.named][: ctx.policy.training.board_named]
    mine = next((one for one in found if one.person.id == ctx.employee.id), None)
    return Reply(
        "board",
        named=named,
        mine=mine,
        people=len(people),
        worth=ctx.policy.training.board_points,
        data={"board": [_entry(one) for one in named], "own": None if mine is None else _entry(mine)},
    )


def _entry(one: Standing) -> dict[str, Any]:
    return {
        "account": one.person.wecom_id,
        "rank": one.rank,
        "points": one.points,
        "courses": one.courses,
        "right": one.right,
        "streak": one.streak,
    }


@router.command("不上榜", "不上学习榜", may=LEARN)
def leave_board(ctx: Context) -> Reply:
    """学习榜上不写我的名字"""
    training.choose_board(ctx.session, actor=ctx.employee, wanted=False, at=ctx.now, policy=ctx.policy)
    return Reply("unnamed")


@router.command("上榜", "上学习榜", may=LEARN)
def join_board(ctx: Context) -> Reply:
    """学习榜上写我的名字"""
    training.choose_board(ctx.session, actor=ctx.employee, wanted=True, at=ctx.now, policy=ctx.policy)
    return Reply("named_again")
