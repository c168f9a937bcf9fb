"""还款, 待确认还款, 冲正: reported by who works the case, confirmed by finance, and the balance follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.casewords import says_all, take_case, take_nth, take_sum_and_day
from handlers.meant import argument_of, keep_for_undo, masked, the_case
from jobs.base import CloseCards
from jobs.case_cards import (
    about_case,
    about_payment,
    close_case_cards,
    finance_of,
    told_of_handling,
)
from models import cases, proposals
from models.cases import Case, CaseStatus, Payment, PaymentState
from models.staff import Employee

router = Router(texts="payments")

PAGE = 5
"""A card takes six buttons; the last one leads on."""


@dataclass(frozen=True)
class NewPayment:
    """How much in fen came in, and on which day (today if none is named)."""

    amount: int
    paid_on: date | None = None


@dataclass(frozen=True)
class Because:
    """Why, in words."""

    reason: str


# --- reported --------------------------------------------------------------------------------------------


@router.command("还款", "到账", "回款", "还款上报", may="cases.work", takes_args=True)
def report(ctx: Context) -> list[Part]:
    """上报客户还的钱，如「还款 1024 2000 今天」"""
    number, said = take_case(ctx.args)
    if number is None:
        return [Reply("which_payment")]
    case = the_case(ctx, "cases.work", number, after_halt=True)
    amount, paid_on, rest = take_sum_and_day(said, ctx.now.date())
    if amount is None and says_all(rest):
        amount = case.balance
    return _report(ctx, case, amount, paid_on)


@router.tap("case_payment", may="cases.work")
def choose(ctx: Context) -> list[Part]:
    """点选还了多少"""
    number, _, amount = ctx.args.partition(".")
    case = the_case(ctx, "cases.work", number, after_halt=True)
    return _report(ctx, case, int(amount) if amount.isdecimal() else None, None)


@router.endpoint("POST", "/cases/<int:number>/payments", may="cases.work", body=NewPayment)
def post_payment(ctx: Context) -> list[Part]:
    """上报客户还的钱"""
    case = the_case(ctx, "cases.work", ctx.path["number"], after_halt=True)
    return _report(ctx, case, ctx.body.amount, ctx.body.paid_on)


def _report(ctx: Context, case: Case, amount: int | None, paid_on: date | None) -> list[Part]:
    seen = cases.view(ctx.session, case, at=ctx.now)
    if amount is None:
        return [Reply("ask_amount", v=seen)]
    waiting = cases.waiting_signals(ctx.session, case)
    last = cases.newest_reported(ctx.session, case)
    payment = cases.report_payment(
        ctx.session,
        actor=ctx.employee,
        case=case,
        amount=amount,
        paid_on=paid_on or ctx.now.date(),
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "report_payment", payment=payment.id)
    seen = cases.view(ctx.session, case, at=ctx.now)
    finance = [one for one in finance_of(ctx.session, case.unit_id, ctx.now) if one.id != ctx.employee.id]
    values: dict[str, Any] = {"v": seen, "payment": payment, "person": ctx.employee}
    asked = [
        Notice(person, "payments/look_at", values, about=about_payment(payment.id)) for person in finance
    ]
    again = last is not None and (last.amount, last.paid_on) == (payment.amount, payment.paid_on)
    reply = Reply(
        "reported", v=seen, payment=payment, asked=len(asked), again=again, data={"payment": payment.id}
    )
    handled = told_of_handling(ctx.session, waiting, ctx.employee)
    return [*close_case_cards([case.id]), reply, *asked, *handled]


@router.command("撤销上报", "撤回上报", may="cases.work", takes_args=True)
def withdraw_typed(ctx: Context) -> list[Part]:
    """撤回报错的还款，如「撤销上报 1024」"""
    number = take_case(ctx.args)[0]
    if number is None:
        return [Reply("which_withdrawal")]
    case = the_case(ctx, "cases.work", number, after_halt=True)
    payment = cases.newest_reported(ctx.session, case)
    if payment is None:
        return [Reply("nothing_reported", number=case.id)]
    return _withdraw(ctx, payment.id)


@router.tap("payment_withdraw", may="cases.work")
@router.endpoint("POST", "/payments/<int:id>/withdraw", may="cases.work")
def withdraw(ctx: Context) -> list[Part]:
    """撤回报错的还款，财务确认之前都可以"""
    return _withdraw(ctx, _id(ctx.path.get("id", ctx.args)))


@router.inverse("report_payment", may="cases.work")
def take_back(ctx: Context) -> list[Part]:
    """撤销还款上报"""
    return _withdraw(ctx, argument_of(ctx, "payment"), undo=True)


@router.inverse("decide_payment", may="payments.confirm")
def decisions_stay(ctx: Context) -> None:
    """撤销核对"""
    payment, case = _payment(ctx, argument_of(ctx, "payment"))
    done = "rejection" if payment.state == PaymentState.REJECTED else "payment"
    cases.no_way_back("reversal" if payment.amount < 0 else done, case.id)


def _withdraw(ctx: Context, payment_id: int, *, undo: bool = False) -> list[Part]:
    payment, case = cases.withdraw_payment(
        ctx.session, actor=ctx.employee, payment_id=payment_id, at=ctx.now, policy=ctx.policy, undo=undo
    )
    return [
        *close_case_cards([case.id]),
        CloseCards(about_payment(payment.id), "payments/withdrawn_button"),
        Reply(
            "withdrawn",
            number=case.id,
            payment=payment,
            waits=case.status == CaseStatus.ASSIGNED,
            accepted=cases.accepted_by_it(ctx.session, case, payment.reported_at),
            data={"payment": payment.id},
        ),
    ]


# --- confirmed -------------------------------------------------------------------------------------------


@router.command("待确认还款", "待确认", "待核对还款", "还款核对", may="payments.confirm")
@router.tap("payments", may="payments.confirm")
@router.endpoint("GET", "/payments", may="payments.confirm")
def waiting(ctx: Context) -> Reply:
    """看等我确认到账的还款"""
    first = int(ctx.args) if ctx.args.isdecimal() else 0
    found = cases.waiting_payments(ctx.session, after=first, limit=PAGE + 1)
    count, total = cases.count_waiting_payments(ctx.session)
    page = found[:PAGE]
    return Reply(
        "waiting",
        page=page,
        count=count,
        total=total,
        start=first,
        following=first + PAGE if len(found) > PAGE else None,
        data={
            "count": count,
            "total": total,
            "payments": [
                {
                    "id": payment.id,
                    "case": case.id,
                    "name": name,
                    "amount": payment.amount,
                    "paid_on": payment.paid_on,
                    "reported_at": payment.reported_at,
                }
                for payment, case, name in page
            ],
        },
    )


@router.tap("payment", may="payments.confirm")
def show(ctx: Context) -> Reply:
    """看一笔等确认的还款"""
    payment, case = _payment(ctx, ctx.args)
    seen = cases.view(ctx.session, case, at=ctx.now)
    reporter = None if payment.reported_by_id is None else ctx.session.get(Employee, payment.reported_by_id)
    return Reply("look_at", about=about_payment(payment.id), v=seen, payment=payment, person=reporter)


@router.command("确认到账", may="payments.confirm", takes_args=True)
def confirm_typed(ctx: Context) -> list[Part]:
    """确认一个案件报上来的还款，如「确认到账 1024」"""
    named = _named(ctx, cases.waiting_of)
    if named is None:
        return [Reply("which_confirmation")]
    found, case, _ = named
    if not found:
        return [Reply("nothing_waiting", number=case.id)]
    if len(found) > 1:
        return [Reply("several_waiting", number=case.id, page=found[:PAGE], tap="payment", code="")]
    return _confirm(ctx, found[0], case)


@router.tap("payment_confirm", may="payments.confirm")
@router.endpoint("POST", "/payments/<int:id>/confirm", may="payments.confirm")
def confirm(ctx: Context) -> list[Part]:
    """确认到账，余额和承诺跟着变"""
    return _confirm(ctx, *_payment(ctx, ctx.path.get("id", ctx.args)))


def _confirm(ctx: Context, payment: Payment, case: Case) -> list[Part]:
    cases.confirm_payment(ctx.session, actor=ctx.employee, payment=payment, at=ctx.now, policy=ctx.policy)
    keep_for_undo(ctx, "decide_payment", payment=payment.id)
    values: dict[str, Any] = {"v": cases.view(ctx.session, case, at=ctx.now), "payment": payment}
    told: list[Part] = [
        *close_case_cards([case.id]),
        CloseCards(about_payment(payment.id), "payments/confirmed_button"),
        Reply("confirmed", **values, data={"payment": payment.id, "balance": case.balance}),
    ]
    for person in _concerned(ctx, case, payment):
        told.append(Notice(person, "payments/money_is_in", values, about=about_case(case.id)))
    return [*told, *_told_of_falling_short(ctx, case)]


def _told_of_falling_short(ctx: Context, case: Case) -> list[Part]:
    """Owner and decider of a settlement that was paid, but leaves more than was approved to be waived."""
    offer = cases.offer_falling_short(ctx.session, case, ctx.policy)
    if offer is None:
        return []
    values = {"v": cases.view(ctx.session, case, at=ctx.now), "offer": offer}
    ids = dict.fromkeys((case.owner_id, offer.decided_by_id or offer.decider_id))
    people = [ctx.session.get_one(Employee, id_) for id_ in ids]
    return [
        Notice(person, "payments/offer_falls_short", values, about=about_case(case.id)) for person in people
    ]


@router.command("不对", "还款不对", "没到账", may="payments.confirm", takes_args=True)
def reject_typed(ctx: Context) -> list[Part]:
    """退回对不上的还款，如「不对 1024 没有到账」"""
    named = _named(ctx, cases.waiting_of)
    if named is None:
        return [Reply("which_rejection")]
    found, case, reason = named
    if not found:
        return [Reply("nothing_waiting", number=case.id)]
    if len(found) > 1:
        code = _code_of(ctx, "reject_reasons", reason)
        return [Reply("several_waiting", number=case.id, page=found[:PAGE], tap="payment_reject", code=code)]
    return _reject_because(ctx, found[0], case, reason)


@router.tap("payment_reject", may="payments.confirm")
def reject(ctx: Context) -> list[Part]:
    """还款对不上，点选原因"""
    id_, _, code = ctx.args.partition(".")
    return _reject_because(ctx, *_payment(ctx, id_), ctx.words("payments/reject_reasons").get(code, ""))


def _reject_because(ctx: Context, payment: Payment, case: Case, reason: str) -> list[Part]:
    if reason:
        return _reject(ctx, payment, case, reason)
    seen, reasons = cases.view(ctx.session, case, at=ctx.now), ctx.words("payments/reject_reasons")
    return [Reply("why_reject", v=seen, payment=payment, reasons=reasons)]


@router.endpoint("POST", "/payments/<int:id>/reject", may="payments.confirm", body=Because)
def reject_by_api(ctx: Context) -> list[Part]:
    """这笔还款对不上，要写原因"""
    return _reject(ctx, *_payment(ctx, ctx.path["id"]), ctx.body.reason)


def _reject(ctx: Context, payment: Payment, case: Case, reason: str) -> list[Part]:
    cases.reject_payment(
        ctx.session, actor=ctx.employee, payment=payment, reason=reason, at=ctx.now, policy=ctx.policy
    )
    keep_for_undo(ctx, "decide_payment", payment=payment.id)
    values: dict[str, Any] = {
        "v": cases.view(ctx.session, case, at=ctx.now),
        "payment": payment,
        "reason": masked(ctx, reason),
    }
    told: list[Part] = [
        *close_case_cards([case.id]),
        CloseCards(about_payment(payment.id), "payments/rejected_button"),
        Reply("rejected", **values, data={"payment": payment.id}),
    ]
    for person in _concerned(ctx, case, payment):
        told.append(Notice(person, "payments/money_is_not_in", values, about=about_case(case.id)))
    return told


@router.command("冲正", "还款冲正", may="payments.confirm", takes_args=True)
def reverse_typed(ctx: Context) -> Reply:
    """把确认错的还款冲掉，如「冲正 1024 银行退回」"""
    named = _named(ctx, cases.reversible_of)
    if named is None:
        return Reply("which_reversal")
    found, case, reason = named
    if not found:
        return Reply("nothing_to_reverse", number=case.id)
    if len(found) > 1:
        code = _code_of(ctx, "reverse_reasons", reason)
        return Reply(
            "several_to_reverse", number=case.id, page=found[:PAGE], tap="payment_reverse", code=code
        )
    return _reverse_because(ctx, found[0], case, reason)


@router.tap("payment_reverse", may="payments.confirm")
def reverse_tapped(ctx: Context) -> Reply:
    """冲正，点选原因"""
    id_, _, code = ctx.args.partition(".")
    return _reverse_because(ctx, *_payment(ctx, id_), ctx.words("payments/reverse_reasons").get(code, ""))


def _reverse_because(ctx: Context, payment: Payment, case: Case, reason: str) -> Reply:
    if reason:
        return _propose_reversal(ctx, payment, case, reason)
    seen, reasons = cases.view(ctx.session, case, at=ctx.now), ctx.words("payments/reverse_reasons")
    return Reply("why_reverse", v=seen, payment=payment, reasons=reasons)


@router.endpoint("POST", "/payments/<int:id>/reverse", may="payments.confirm", body=Because)
def reverse_by_api(ctx: Context) -> Reply:
    """冲正：先得到 proposal，确认后才算"""
    return _propose_reversal(ctx, *_payment(ctx, ctx.path["id"]), ctx.body.reason)


def _propose_reversal(ctx: Context, payment: Payment, case: Case, reason: str) -> Reply:
    if payment.state != PaymentState.CONFIRMED or payment.amount < 0:
        raise cases.NotReversible(number=case.id)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="reverse_payment",
        arguments={"payment": payment.id, "reason": cases.kept_words(ctx.session, case, reason)},
        at=ctx.now,
        minutes=ctx.policy.security.confirm_minutes,
    )
    return Reply(
        "confirm_reversal",
        proposal=proposal,
        v=cases.view(ctx.session, case, at=ctx.now),
        payment=payment,
        reason=masked(ctx, reason),
        data=to_confirm(proposal),
    )


@router.confirmation("reverse_payment", may="payments.confirm")
def reverse(ctx: Context) -> list[Part]:
    """确认冲正"""
    assert ctx.proposal is not None
    payment, case = _payment(ctx, ctx.proposal.arguments["payment"])
    reason = cases.words_kept(ctx.session, case, ctx.proposal.arguments["reason"])
    taken = cases.reverse_payment(
        ctx.session, actor=ctx.employee, payment=payment, reason=reason, at=ctx.now, policy=ctx.policy
    )
    keep_for_undo(ctx, "decide_payment", payment=taken.id)
    values: dict[str, Any] = {
        "v": cases.view(ctx.session, case, at=ctx.now),
        "payment": payment,
        "reason": masked(ctx, reason),
    }
    told: list[Part] = [*close_case_cards([case.id]), Reply("reversed", **values)]
    for person in _concerned(ctx, case, payment):
        told.append(Notice(person, "payments/money_is_back", values, about=about_case(case.id)))
    return told


def _named(
    ctx: Context, payments_of: Callable[[Session, Case], Sequence[Payment]]
) -> tuple[Sequence[Payment], Case, str] | None:
    """(the payments meant, their case, what else was said): those of a case, or the one of 「第 17 笔」."""
    id_, said = take_nth(ctx.args)
    if id_ is not None:
        payment, case = _payment(ctx, id_)
        return [payment], case, said
    number, said = take_case(ctx.args)
    if number is None:
        return None
    case = the_case(ctx, "payments.confirm", number)
    return payments_of(ctx.session, case), case, said


def _code_of(ctx: Context, block: str, said: str) -> str:
    """What a button carries of a reason that was typed; empty if it is none of the usual ones."""
    return next((f".{code}" for code, words in ctx.words(f"payments/{block}").items() if words == said), "")


def _payment(ctx: Context, asked: int | str) -> tuple[Payment, Case]:
    return cases.find_payment(
        ctx.session, actor=ctx.employee, payment_id=_id(asked), at=ctx.now, policy=ctx.policy
    )


def _id(asked: int | str) -> int:
    return int(asked) if str(asked).isdecimal() else 0


def _concerned(ctx: Context, case: Case, payment: Payment) -> Sequence[Employee]:
    """The owner, and who reported it where that is somebody else; but not who acts."""
    ids = [case.owner_id, payment.reported_by_id]
    people = [ctx.session.get(Employee, id_) for id_ in dict.fromkeys(ids) if id_ is not None]
    return [person for person in people if person is not None and person.id != ctx.employee.id]
