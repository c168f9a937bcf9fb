"""考勤申请: leaders decide what their people ask for, and people see what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import CloseCards, Context, Handler, Notice, Part, Reply, Router
from handlers.casewords import take_case
from handlers.meant import argument_of, ask_for_words, keep_for_undo
from handlers.parsing import Misunderstood
from jobs.attendance_requests import tell_decided, tell_deciders, tell_reopened
from models import attendance, staff
from models.attendance import DECIDE, AskedState, RequestSettled, RequestView

router = Router(texts="attendance_requests")

OWN = "attendance.check_in"
CARDS = 3
"""So many requests are shown at once, each on its card."""

router.saying("refuse_attendance", "不同意考勤", "{cases} {words}", "不同意考勤 {cases} {words}?")


@dataclass(frozen=True)
class Decision:
    """Whether the leader agrees; if not, why."""

    approves: bool
    words: str = ""


@router.command("考勤申请", "待批考勤", "待批", "待审批", "审批", may=DECIDE)
@router.endpoint("GET", "/attendance/requests/waiting", may=DECIDE)
def waiting(ctx: Context) -> list[Part]:
    """看谁在等我批补卡、请假、加班"""
    found = attendance.waiting_within(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    data = {"requests": [_as_data(one) for one in found]}
    if not found:
        return [Reply("none_waiting", data=data)]
    told: list[Part] = [
        Reply("card", about=one.request.about, v=one, waits=False, data=data) for one in found[:CARDS]
    ]
    return [*told, Reply("more_waiting", more=len(found) - CARDS)] if len(found) > CARDS else told


@router.command("同意考勤", "批准考勤", may=DECIDE, takes_args=True)
@router.tap("attendance_yes", may=DECIDE)
def approve(ctx: Context) -> list[Part]:
    """同意一份考勤申请，如「同意考勤 3」"""
    number, words = _number(ctx, approve)
    return _decide(ctx, number, words, approves=True)


@router.command("不同意考勤", "驳回考勤", may=DECIDE, takes_args=True)
@router.tap("attendance_no", may=DECIDE)
def refuse(ctx: Context) -> list[Part]:
    """不同意一份考勤申请，如「不同意考勤 3 那天没来」"""
    number, words = _number(ctx, refuse)
    if words:
        return _decide(ctx, number, words, approves=False)
    view = attendance.request_within(
        ctx.session,
        actor=ctx.employee,
        request_id=number,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    if view.request.state != AskedState.OPEN:
        raise RequestSettled(state=view.request.state, kind=view.request.kind)
    return [Reply("why_not", v=view, proposal=ask_for_words(ctx, "refuse_attendance", number=number))]


@router.endpoint("POST", "/attendance/requests/<int:id>/decision", may=DECIDE, body=Decision)
def post_decision(ctx: Context) -> list[Part]:
    """批一份考勤申请；不同意要写原因"""
    return _decide(ctx, ctx.path["id"], ctx.body.words, approves=ctx.body.approves)


@router.inverse("attendance_decided", may=DECIDE)
def take_back(ctx: Context) -> list[Part]:
    """撤销刚批的考勤申请"""
    view = attendance.reopen(
        ctx.session,
        actor=ctx.employee,
        request_id=argument_of(ctx, "request"),
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    card = Reply("card", about=view.request.about, v=view, waits=False)
    others = [one for one in tell_deciders(ctx.session, view, ctx.now) if one.to.id != ctx.employee.id]
    return [Reply("reopened", v=view), card, *others, tell_reopened(view)]


@router.command("我的申请", "申请进度", may=OWN)
@router.tap("my_requests", may=OWN)
@router.endpoint("GET", "/attendance/requests", may=OWN)
def mine(ctx: Context) -> Reply:
    """看我的补卡、请假、加班批了没有"""
    return _mine(ctx)


def _mine(ctx: Context) -> Reply:
    found = attendance.own_requests(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    return Reply("mine", views=found, data={"requests": [_as_data(one) for one in found]})


@router.command("撤回申请", "取消申请", may=OWN, takes_args=True)
@router.tap("attendance_withdraw", may=OWN)
def withdraw(ctx: Context) -> list[Part]:
    """不申请了，如「撤回申请 3」"""
    if not ctx.args.strip():
        found = attendance.own_requests(
            ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
        )
        waits = [one for one in found if one.request.state == AskedState.OPEN]
        return _withdraw(ctx, waits[0].request.id) if len(waits) == 1 else [_mine(ctx)]
    number, _ = _number(ctx, withdraw)
    return _withdraw(ctx, number)


@router.endpoint("DELETE", "/attendance/requests/<int:id>", may=OWN)
def withdraw_by_api(ctx: Context) -> list[Part]:
    """撤回自己的考勤申请"""
    return _withdraw(ctx, ctx.path["id"])


def _withdraw(ctx: Context, number: int) -> list[Part]:
    view = attendance.withdraw(
        ctx.session,
        actor=ctx.employee,
        request_id=number,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    closing = CloseCards(view.request.about, "attendance_requests/withdrawn_button")
    reply = Reply("withdrawn", v=view, data=_as_data(view))
    if view.decider is None:
        return [closing, reply]
    return [closing, reply, Notice(view.decider, "attendance_requests/withdrawn_notice", {"v": view})]


def _decide(ctx: Context, number: int, words: str, *, approves: bool) -> list[Part]:
    view = attendance.decide(
        ctx.session,
        actor=ctx.employee,
        request_id=number,
        approves=approves,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    keep_for_undo(ctx, "attendance_decided", request=number)
    closing = CloseCards(view.request.about, "attendance_requests/decided_button")
    covers = staff.may(staff.roles_of(ctx.employee), "people.cover", ctx.policy.rights)
    reply = Reply("decided", v=view, covers=covers, data=_as_data(view))
    return [closing, reply, tell_decided(view)]


def _number(ctx: Context, handler: Handler) -> tuple[int, str]:
    number, rest = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=(handler.__doc__ or "").strip())
    return number, rest


def _as_data(view: RequestView) -> Mapping[str, Any]:
    """A request in the JSON API."""
    return {
        "id": view.request.id,
        "kind": view.request.kind,
        "person": view.person.wecom_id,
        "day": view.request.day,
        "way": view.request.way,
        "leave_kind": view.request.leave_kind,
        "begins_at": view.request.begins_at,
        "ends_at": view.request.ends_at,
        "words": view.words,
        "state": view.request.state,
        "answer": view.answer,
    }
