"""承诺 and 取消承诺: what a debtor promised to pay, and by when."""

from dataclasses import dataclass
from datetime import date, timedelta

from handlers.base import Context, Part, Reply, Router
from handlers.casewords import says_all, take_case, take_sum_and_day
from handlers.meant import argument_of, keep_for_undo, the_case
from jobs.case_cards import about_case, close_case_cards, told_of_handling
from models import cases
from models.cases import Case, CaseStatus

router = Router(texts="promises")

DAYS_AT_ONCE = (0, 1, 2, 3, 5, 7)
"""Days from today that a card offers."""


@dataclass(frozen=True)
class NewPromise:
    """How much in fen, and by which day."""

    amount: int
    due_on: date


@router.command("承诺", "承诺还款", "答应还", may="cases.work", takes_args=True)
def promise(ctx: Context) -> list[Part]:
    """记下客户的承诺，如「承诺 1024 3000 周五」"""
    number, said = take_case(ctx.args)
    if number is None:
        return [Reply("which_promise")]
    case = the_case(ctx, "cases.work", number)
    amount, due_on, rest = take_sum_and_day(said, ctx.now.date())
    if amount is None and says_all(rest):
        amount = case.balance
    return _promise(ctx, case, amount, due_on)


@router.tap("case_promise", may="cases.work")
def choose(ctx: Context) -> list[Part]:
    """点选承诺的金额和日子"""
    number, _, rest = ctx.args.partition(".")
    amount, _, day = rest.partition(".")
    case = the_case(ctx, "cases.work", number)
    due_on = date.fromisoformat(day) if day else None
    return _promise(ctx, case, int(amount) if amount.isdecimal() else None, due_on)


@router.endpoint("POST", "/cases/<int:number>/promises", may="cases.work", body=NewPromise)
def post_promise(ctx: Context) -> list[Part]:
    """记下客户的承诺"""
    case = the_case(ctx, "cases.work", ctx.path["number"])
    return _promise(ctx, case, ctx.body.amount, ctx.body.due_on)


def _promise(ctx: Context, case: Case, amount: int | None, due_on: date | None) -> list[Part]:
    seen = cases.view(ctx.session, case, at=ctx.now)
    if amount is None:
        return [Reply("ask_amount", v=seen, due_on=due_on)]
    if due_on is None:
        last = cases.last_promise_day(case, ctx.now.date(), ctx.policy)
        days = [ctx.now.date() + timedelta(days=n) for n in DAYS_AT_ONCE]
        return [Reply("ask_day", v=seen, amount=amount, days=[day for day in days if day <= last], last=last)]
    waiting = cases.waiting_signals(ctx.session, case)
    made = cases.promise(
        ctx.session,
        actor=ctx.employee,
        case=case,
        amount=amount,
        due_on=due_on,
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "promise", number=case.id)
    reply = Reply(
        "promised",
        about=about_case(case.id),
        v=cases.view(ctx.session, case, at=ctx.now),
        promise=made,
        data={"promise": made.id, "amount": made.amount, "due_on": made.due_on},
    )
    return [*close_case_cards([case.id]), reply, *told_of_handling(ctx.session, waiting, ctx.employee)]


@router.command("取消承诺", "撤销承诺", "承诺作废", may="cases.work", takes_args=True)
@router.tap("promise_cancel", may="cases.work")
@router.endpoint("POST", "/cases/<int:number>/promises/cancel", may="cases.work")
def cancel(ctx: Context) -> list[Part]:
    """取消记错的承诺，如「取消承诺 1024」"""
    number = ctx.path.get("number", take_case(ctx.args)[0])
    if number is None:
        return [Reply("which_cancel")]
    return _cancel(ctx, number)


@router.inverse("promise", may="cases.work")
def take_back(ctx: Context) -> list[Part]:
    """撤销承诺"""
    return _cancel(ctx, argument_of(ctx, "number"), undo=True)


def _cancel(ctx: Context, number: int, *, undo: bool = False) -> list[Part]:
    case = the_case(ctx, "cases.work", number)
    dropped = cases.cancel_promise(
        ctx.session, actor=ctx.employee, case=case, at=ctx.now, policy=ctx.policy, undo=undo
    )
    reply = Reply(
        "cancelled",
        number=case.id,
        promise=dropped,
        waits=case.status == CaseStatus.ASSIGNED,
        accepted=cases.accepted_by_it(ctx.session, case, dropped.made_at),
        data={"promise": dropped.id},
    )
    return [*close_case_cards([case.id]), reply]
