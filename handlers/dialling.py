"""拨打, 不再联系, 号码失效: one number to dial, and what is known about the numbers of a debtor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Part, Reply, Router
from handlers.casewords import take_case
from handlers.meant import the_case
from handlers.parsing import Misunderstood
from models import cases
from models.cases import Case
from models.contact import THIRD_PARTIES, Debtor, DebtorContact, Purpose, Relation

router = Router(texts="dialling")

BUTTONS = 6
"""The most buttons a card has."""


@dataclass(frozen=True)
class Dial:
    """Which number, and of a third party for which purpose."""

    contact: int
    purpose: Purpose | None = None


@router.command("拨打", "拨号", "打给", "打电话给客户", may="cases.work", takes_args=True)
def dial(ctx: Context) -> list[Part]:
    """显示一个号码去拨，如「拨打 1024」"""
    number, _ = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=str(dial.__doc__))
    return _dial_somebody(ctx, the_case(ctx, "cases.work", number))


@router.tap("dial", may="cases.work")
def choose_number(ctx: Context) -> list[Part]:
    """点选要拨的号码"""
    number, _, rest = ctx.args.partition(".")
    case = the_case(ctx, "cases.work", number)
    id_, _, purpose = rest.partition(".")
    if not id_.isdecimal():
        return _dial_somebody(ctx, case)
    return _dial(ctx, case, int(id_), Purpose(purpose) if purpose in set(Purpose) else None)


@router.endpoint("GET", "/cases/<int:number>/contacts", may="cases.work")
def list_numbers(ctx: Context) -> Reply:
    """一个案件能联系的号码，打码"""
    case = the_case(ctx, "cases.work", ctx.path["number"])
    found = _numbers(ctx, case)
    return Reply("numbers", number=case.id, contacts=found, data={"contacts": [_line(one) for one in found]})


@router.endpoint("POST", "/cases/<int:number>/dial", may="cases.work", body=Dial)
def dial_by_api(ctx: Context) -> list[Part]:
    """显示一个号码去拨：先过联系规则，算一次拨打，留痕"""
    body: Dial = ctx.body
    return _dial(ctx, the_case(ctx, "cases.work", ctx.path["number"]), body.contact, body.purpose)


def _dial_somebody(ctx: Context, case: Case) -> list[Part]:
    """The only number of the debtor at once; else the choice between all that may be dialled at all."""
    found = [one for one in _numbers(ctx, case) if one.invalid_at is None and one.do_not_contact_at is None]
    own = [one for one in found if one.relation not in THIRD_PARTIES]
    debtor = ctx.session.get_one(Debtor, case.debtor_id)
    others = [one for one in found if one.relation in THIRD_PARTIES] if debtor.lost_contact_at else []
    if len(own) == 1 and not others:
        return _dial(ctx, case, own[0].id, None)
    if not own and not others:
        return [Reply("no_numbers", number=case.id, hidden=len(found))]
    choice = [*own, *others][:BUTTONS]
    return [Reply("which_number", number=case.id, name=debtor.name_mask, choice=choice)]


def _dial(ctx: Context, case: Case, contact_id: int, purpose: Purpose | None) -> list[Part]:
    one = ctx.session.get(DebtorContact, contact_id)
    if ctx.message is not None and purpose is None and one is not None and one.relation in THIRD_PARTIES:
        return [Reply("what_for", number=case.id, contact=one)]
    dialled = cases.dial(
        ctx.session,
        actor=ctx.employee,
        case=case,
        contact_id=contact_id,
        purpose=purpose,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    third = dialled.contact.relation in THIRD_PARTIES
    values: dict[str, Any] = {
        "number": case.id,
        "contact": dialled.contact,
        "phone": dialled.number,
        "third": third,
        "purpose": purpose,
        "warnings": dialled.attempt.flags,
    }
    data = {
        "phone": dialled.number,
        "attempt": dialled.attempt.id,
        "contact": _line(dialled.contact),
        "warnings": dialled.attempt.flags,
    }
    told: list[Part] = [Reply("dialled", data=data, brief=True, **values)]
    if ctx.message is not None:
        told.append(
            Reply(
                "how_was_it",
                number=case.id,
                contact=dialled.contact,
                third=third,
                attempt=dialled.attempt.id,
            )
        )
    return told


@router.command("不再联系", "第三人拒绝", may="cases.work", takes_args=True)
def refuse(ctx: Context) -> Reply:
    """第三人不愿再被联系，如「不再联系 1024」"""
    number, _ = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=str(refuse.__doc__))
    case = the_case(ctx, "cases.work", number)
    found = [
        one for one in _numbers(ctx, case) if one.relation in THIRD_PARTIES and not one.do_not_contact_at
    ]
    if not found:
        return Reply("no_third_parties", number=case.id)
    return Reply("who_refuses", number=case.id, contacts=found[:BUTTONS])


@router.tap("refuse_contact", may="cases.work")
def refuse_by_card(ctx: Context) -> Reply:
    """点选谁不愿再被联系"""
    case, contact_id = _case_and_contact(ctx)
    return _refused(ctx, case, contact_id)


@router.endpoint("POST", "/cases/<int:number>/contacts/<int:id>/refusal", may="cases.work")
def refuse_by_api(ctx: Context) -> Reply:
    """第三人不愿再被联系：不再出现，不能恢复"""
    return _refused(ctx, the_case(ctx, "cases.work", ctx.path["number"]), ctx.path["id"])


def _refused(ctx: Context, case: Case, contact_id: int) -> Reply:
    one = cases.refuse_contact(
        ctx.session, actor=ctx.employee, case=case, contact_id=contact_id, at=ctx.now, policy=ctx.policy
    )
    return Reply("refusal_noted", number=case.id, contact=one)


@router.command("号码失效", "空号", "号码无效", may="cases.work", takes_args=True)
def invalidate(ctx: Context) -> Reply:
    """号码打不通、不是本人的，如「号码失效 1024」"""
    number, _ = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=str(invalidate.__doc__))
    case = the_case(ctx, "cases.work", number)
    found = [one for one in _numbers(ctx, case) if one.invalid_at is None]
    if len(found) == 1:
        return _marked(ctx, case, found[0].id, valid=False)
    if not found:
        return Reply("no_numbers", number=case.id, hidden=0)
    return Reply("which_is_invalid", number=case.id, contacts=found[:BUTTONS])


@router.tap("invalid_number", may="cases.work")
def invalidate_by_card(ctx: Context) -> Reply:
    """点选失效的号码"""
    case, contact_id = _case_and_contact(ctx)
    return _marked(ctx, case, contact_id, valid=False)


@router.tap("valid_number", may="cases.work")
def validate_by_card(ctx: Context) -> Reply:
    """号码还有效，改回来"""
    case, contact_id = _case_and_contact(ctx)
    return _marked(ctx, case, contact_id, valid=True)


@router.endpoint("POST", "/cases/<int:number>/contacts/<int:id>/invalid", may="cases.work")
def invalidate_by_api(ctx: Context) -> Reply:
    """号码失效"""
    return _marked(ctx, the_case(ctx, "cases.work", ctx.path["number"]), ctx.path["id"], valid=False)


@router.endpoint("DELETE", "/cases/<int:number>/contacts/<int:id>/invalid", may="cases.work")
def validate_by_api(ctx: Context) -> Reply:
    """号码还有效"""
    return _marked(ctx, the_case(ctx, "cases.work", ctx.path["number"]), ctx.path["id"], valid=True)


def _marked(ctx: Context, case: Case, contact_id: int, *, valid: bool) -> Reply:
    one = cases.mark_number(
        ctx.session,
        actor=ctx.employee,
        case=case,
        contact_id=contact_id,
        valid=valid,
        at=ctx.now,
        policy=ctx.policy,
    )
    debtor = ctx.session.get_one(Debtor, case.debtor_id)
    lost = debtor.lost_contact_at is not None and one.relation == Relation.DEBTOR
    data = {"contact": _line(one), "lost_contact_at": debtor.lost_contact_at}
    if valid:
        return Reply("number_is_valid", number=case.id, contact=one, data=data)
    return Reply("number_is_invalid", number=case.id, contact=one, lost=lost, data=data)


def _case_and_contact(ctx: Context) -> tuple[Case, int]:
    number, _, id_ = ctx.args.partition(".")
    return the_case(ctx, "cases.work", number), int(id_) if id_.isdecimal() else 0


def _numbers(ctx: Context, case: Case) -> Sequence[DebtorContact]:
    return cases.numbers(ctx.session, actor=ctx.employee, case=case, at=ctx.now, policy=ctx.policy)


def _line(one: DebtorContact) -> Mapping[str, Any]:
    """A number for the JSON API: masked."""
    return {
        "id": one.id,
        "relation": one.relation,
        "name": one.name_mask,
        "number": one.number_mask,
        "source": one.source,
        "invalid_at": one.invalid_at,
        "do_not_contact_at": one.do_not_contact_at,
    }
