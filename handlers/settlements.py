"""减免: asked for by who works the case, decided by whoever the amount takes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router
from handlers.casewords import take_case, take_sum_and_day
from handlers.meant import argument_of, keep_for_undo, masked, the_case
from handlers.parsing import read_reason
from jobs.base import CloseCards
from jobs.case_cards import about_case, about_offer, close_case_cards
from models import cases
from models.cases import Case, CaseStatus, SettlementOffer
from models.staff import Employee

router = Router(texts="settlements")

CARDS = 3
"""So many offers are shown at once, each on its card."""


@dataclass(frozen=True)
class NewOffer:
    """How much in fen settles the case if it is paid by the day, and why."""

    pay_amount: int
    pay_by: date
    reason: str


@dataclass(frozen=True)
class Decision:
    """Whether it is approved, and why."""

    approved: bool
    reason: str = ""


@router.command("减免", "申请减免", "和解", "一次性结清", may="cases.work", takes_args=True)
def ask(ctx: Context) -> list[Part]:
    """申请减免：减免 1024 8000 3月31日 生病"""
    number, said = take_case(ctx.args)
    if number is None:
        return [Reply("how_to_ask", number=1024)]
    case = the_case(ctx, "cases.work", number)
    before, reason = read_reason(said)
    amount, pay_by, rest = take_sum_and_day(before, ctx.now.date())
    reason = reason or rest
    if amount is None or pay_by is None or not reason:
        return [
            Reply("what_is_missing", number=case.id, amount=amount, pay_by=pay_by, reason=masked(ctx, reason))
        ]
    return _ask(ctx, case, amount, pay_by, reason)


@router.tap("settlement", may="cases.work")
def explain(ctx: Context) -> Reply:
    """说明怎么申请减免"""
    case = the_case(ctx, "cases.work", take_case(ctx.args)[0] or 0)
    return Reply("how_to_ask", number=case.id)


@router.endpoint("POST", "/cases/<int:number>/settlements", may="cases.work", body=NewOffer)
def post_offer(ctx: Context) -> list[Part]:
    """申请减免"""
    case = the_case(ctx, "cases.work", ctx.path["number"])
    return _ask(ctx, case, ctx.body.pay_amount, ctx.body.pay_by, ctx.body.reason)


def _ask(ctx: Context, case: Case, amount: int, pay_by: date, reason: str) -> list[Part]:
    offer = cases.ask_settlement(
        ctx.session,
        actor=ctx.employee,
        case=case,
        pay_amount=amount,
        pay_by=pay_by,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "ask_settlement", number=case.id)
    decider = ctx.session.get_one(Employee, offer.decider_id)
    seen = cases.view(ctx.session, case, at=ctx.now)
    values: dict[str, Any] = {"v": seen, "offer": offer, "person": ctx.employee}
    values["reason"] = cases.words_of(ctx.session, case, offer.words)
    return [
        *close_case_cards([case.id]),
        Reply("asked", decider=decider, data={"offer": offer.id, "tier": offer.tier}, **values),
        Notice(decider, "settlements/decide", {**values, "instead_of": None}, about=about_offer(offer.id)),
    ]


@router.command("撤回减免", "取消减免", may="cases.work", takes_args=True)
@router.tap("offer_withdraw", may="cases.work")
@router.endpoint("POST", "/cases/<int:number>/settlements/withdraw", may="cases.work")
def withdraw(ctx: Context) -> list[Part]:
    """撤回还没批或不用了的减免，如「撤回减免 1024」"""
    number = ctx.path.get("number", take_case(ctx.args)[0])
    if number is None:
        return [Reply("which_withdrawal")]
    return _withdraw(ctx, number)


@router.inverse("ask_settlement", may="cases.work")
def take_back(ctx: Context) -> list[Part]:
    """撤销减免申请"""
    return _withdraw(ctx, argument_of(ctx, "number"), undo=True)


def _withdraw(ctx: Context, number: int, *, undo: bool = False) -> list[Part]:
    case = the_case(ctx, "cases.work", number)
    offer = cases.withdraw_settlement(
        ctx.session, actor=ctx.employee, case=case, at=ctx.now, policy=ctx.policy, undo=undo
    )
    return [
        *close_case_cards([case.id]),
        CloseCards(about_offer(offer.id), "settlements/withdrawn_button"),
        Reply(
            "withdrawn", number=case.id, waits=case.status == CaseStatus.ASSIGNED, data={"offer": offer.id}
        ),
    ]


@router.command("待批减免", "减免审批", may="settlements.decide")
@router.endpoint("GET", "/settlements", may="settlements.decide")
def waiting(ctx: Context) -> list[Part]:
    """看等我批的减免"""
    found = cases.offers_to_decide(ctx.session, decider_id=ctx.employee.id, at=ctx.now)
    data = [
        {"id": offer.id, "case": offer.case_id, "pay_amount": offer.pay_amount, "pay_by": offer.pay_by}
        for offer in found
    ]
    if not found:
        return [Reply("nothing_to_decide", data={"offers": data})]
    told: list[Part] = [_decide_card(ctx, offer, data) for offer in found[:CARDS]]
    if len(found) > CARDS:
        told.append(Reply("more_to_decide", shown=CARDS, more=len(found) - CARDS))
    return told


def _decide_card(ctx: Context, offer: SettlementOffer, data: object) -> Reply:
    case = ctx.session.get_one(Case, offer.case_id)
    decider = ctx.session.get_one(Employee, offer.decider_id)
    return Reply(
        "decide",
        about=about_offer(offer.id),
        v=cases.view(ctx.session, case, at=ctx.now),
        offer=offer,
        person=ctx.session.get_one(Employee, offer.asked_by_id),
        instead_of=None if offer.decider_id == ctx.employee.id else decider.name,
        reason=cases.words_of(ctx.session, case, offer.words),
        data={"offers": data},
    )


@router.tap("offer_approve", may="settlements.decide")
def approve(ctx: Context) -> list[Part]:
    """同意减免"""
    return _decide(ctx, *_offer(ctx, ctx.args), True, "")


@router.tap("offer_refuse", may="settlements.decide")
def refuse(ctx: Context) -> list[Part]:
    """不同意减免，点选原因"""
    id_, _, code = ctx.args.partition(".")
    offer, case = _offer(ctx, id_)
    reasons = ctx.words("settlements/refuse_reasons")
    if code not in reasons:
        return [Reply("why_refuse", offer=offer, reasons=reasons)]
    return _decide(ctx, offer, case, False, reasons[code])


@router.command("同意减免", "批准减免", may="settlements.decide", takes_args=True)
def approve_typed(ctx: Context) -> list[Part]:
    """同意一个案件的减免，如「同意减免 1024」"""
    number = take_case(ctx.args)[0]
    if number is None:
        return [Reply("which_decision")]
    return _decide(ctx, *_offer_of(ctx, number), True, "")


@router.command("不同意减免", "不批减免", "驳回减免", may="settlements.decide", takes_args=True)
def refuse_typed(ctx: Context) -> list[Part]:
    """不同意减免，如「不同意减免 1024 免得太多」"""
    number, reason = take_case(ctx.args)
    if number is None:
        return [Reply("which_decision")]
    offer, case = _offer_of(ctx, number)
    if not reason:
        return [Reply("why_refuse", offer=offer, reasons=ctx.words("settlements/refuse_reasons"))]
    return _decide(ctx, offer, case, False, reason)


@router.endpoint("POST", "/settlements/<int:id>/decision", may="settlements.decide", body=Decision)
def decide_by_api(ctx: Context) -> list[Part]:
    """同意或不同意减免"""
    return _decide(ctx, *_offer(ctx, ctx.path["id"]), ctx.body.approved, ctx.body.reason)


def _decide(ctx: Context, offer: SettlementOffer, case: Case, approved: bool, reason: str) -> list[Part]:
    cases.decide_settlement(
        ctx.session,
        actor=ctx.employee,
        offer=offer,
        approved=approved,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
    )
    seen = cases.view(ctx.session, case, at=ctx.now)
    values: dict[str, Any] = {
        "v": seen,
        "offer": offer,
        "approved": approved,
        "reason": masked(ctx, reason),
        "decider": ctx.employee,
    }
    told: list[Part] = [*close_case_cards([case.id])]
    if approved:
        told.append(CloseCards(about_offer(offer.id), "settlements/approved_button"))
        told.append(Reply("approved", data={"offer": offer.id}, **values))
    else:
        told.append(CloseCards(about_offer(offer.id), "settlements/refused_button"))
        told.append(Reply("refused", data={"offer": offer.id}, **values))
    for id_ in dict.fromkeys((offer.asked_by_id, case.owner_id)):
        person = ctx.session.get_one(Employee, id_)
        if person.id != ctx.employee.id:
            told.append(Notice(person, "settlements/decided", values, about=about_case(case.id)))
    return told


def _offer_of(ctx: Context, number: int) -> tuple[SettlementOffer, Case]:
    offer = cases.open_offer(ctx.session, the_case(ctx, "settlements.decide", number))
    return _offer(ctx, 0 if offer is None else offer.id)


def _offer(ctx: Context, asked: int | str) -> tuple[SettlementOffer, Case]:
    id_ = int(asked) if str(asked).isdecimal() else 0
    return cases.find_offer(ctx.session, actor=ctx.employee, offer_id=id_, at=ctx.now, policy=ctx.policy)
