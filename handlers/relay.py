"""转告: customer service passes on what a debtor said, and whoever has the case deals with it in time."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router
from handlers.casewords import code_of, take_case, take_name_and_tail, take_sum_and_day
from handlers.meant import masked, the_case
from jobs.case_cards import about_signal, told_of_handling
from models import cases, handover
from models.cases import Case, Signal, SignalKind
from models.staff import Employee

router = Router(texts="relay")


@dataclass(frozen=True)
class NewSignal:
    """What a debtor said: of which kind, how much in fen, by when, in which words."""

    kind: SignalKind = SignalKind.WILLING_TO_PAY
    amount: int | None = None
    pay_on: date | None = None
    words: str = ""


@router.command("转告", "客户来电", "转达", may="signals.send", takes_args=True)
def send(ctx: Context) -> list[Part]:
    """客服转告跟进的人，如「转告 1024 周五能还5000」"""
    number, words = take_case(ctx.args)
    if number is not None:
        return _send(ctx, the_case(ctx, "signals.send", number), words)
    name, tail, words = take_name_and_tail(ctx.args)
    if not name:
        return [Reply("how_to_send")]
    known = cases.find_by_name_and_tail(
        ctx.session,
        actor=ctx.employee,
        name=name,
        tail=tail,
        action="signals.send",
        policy=ctx.policy,
    )
    if not known:
        return [Reply("nobody_like_that", name=name, tail=tail)]
    if len(known) > 1:
        return [Reply("which_of_them", cases=known[:5], words=masked(ctx, words))]
    return _send(ctx, known[0], words)


@router.endpoint("POST", "/cases/<int:number>/signals", may="signals.send", body=NewSignal)
def post_signal(ctx: Context) -> list[Part]:
    """转告跟进的人"""
    body: NewSignal = ctx.body
    case = the_case(ctx, "signals.send", ctx.path["number"])
    return _pass_on(ctx, case, body.kind, body.amount, body.pay_on, body.words)


def _send(ctx: Context, case: Case, words: str) -> list[Part]:
    if not words:
        return [Reply("what_was_said", number=case.id)]
    amount, pay_on, _ = take_sum_and_day(words, ctx.now.date())
    phrases = {code: said.split() for code, said in ctx.words("relay/kinds").items()}
    kind = code_of(words, phrases) or (SignalKind.WILLING_TO_PAY if amount else SignalKind.QUESTION)
    return _pass_on(ctx, case, SignalKind(kind), amount, pay_on, words)


def _pass_on(
    ctx: Context, case: Case, kind: SignalKind, amount: int | None, pay_on: date | None, words: str
) -> list[Part]:
    signal = cases.send_signal(
        ctx.session,
        actor=ctx.employee,
        case=case,
        kind=kind,
        amount=amount,
        pay_on=pay_on,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    receiver = _receiver(ctx, case)
    seen = cases.view(ctx.session, case, at=ctx.now)
    values: dict[str, Any] = {"v": seen, "signal": signal, "person": ctx.employee}
    values["words"] = cases.words_of(ctx.session, case, signal.words)
    return [
        Reply("sent", receiver=receiver, data={"signal": signal.id, "due_at": signal.due_at}, **values),
        Notice(receiver, "relay/passed_on", values, about=about_signal(signal.id)),
    ]


def _receiver(ctx: Context, case: Case) -> Employee:
    """Who has the case, or who stands in meanwhile."""
    stand_in = handover.stand_in(ctx.session, employee_id=case.owner_id, at=ctx.now)
    return ctx.session.get_one(Employee, stand_in or case.owner_id)


@router.tap("signal_done", may="cases.work")
@router.endpoint("POST", "/signals/<int:id>/handled", may="cases.work")
def done(ctx: Context) -> list[Part]:
    """客服转告的事办了"""
    signal, case = _signal(ctx)
    first = signal.handled_at is None
    cases.handle_signal(ctx.session, actor=ctx.employee, signal=signal, at=ctx.now, policy=ctx.policy)
    told = told_of_handling(ctx.session, [signal], ctx.employee) if first else []
    return [Reply("handled", number=case.id, data={"signal": signal.id}), *told]


@router.tap("signal_later", may="cases.work")
def later(ctx: Context) -> list[Part]:
    """晚一点再联系，到时提醒"""
    signal, case = _signal(ctx)
    due_at = ctx.now + timedelta(minutes=ctx.policy.reminders.signal_later_minutes)
    planned = cases.plan_follow_up(
        ctx.session,
        actor=ctx.employee,
        case=case,
        due_at=due_at,
        kind="relay",
        or_later=True,
        at=ctx.now,
        policy=ctx.policy,
    )
    later = planned.due_at != due_at
    return [Reply("put_off", number=case.id, due_at=planned.due_at, later=later, signal=signal)]


def _signal(ctx: Context) -> tuple[Signal, Case]:
    asked = str(ctx.path.get("id", ctx.args))
    id_ = int(asked) if asked.isdecimal() else 0
    return cases.find_signal(ctx.session, actor=ctx.employee, signal_id=id_, at=ctx.now, policy=ctx.policy)
