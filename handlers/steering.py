"""留案, 退案 and 重新打开: what supervisors decide about cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.casewords import take_case, take_cases, take_last_day
from handlers.meant import argument_of, keep_for_undo, masked, the_case
from handlers.meant_cases import wanted
from handlers.parsing import read_reason
from jobs.case_cards import about_case, close_case_cards
from jobs.case_returns import return_part, totals
from models import cases, proposals
from models.cases import Case, Filter
from models.staff import Employee

router = Router(texts="steering")


@dataclass(frozen=True)
class Retention:
    """Until which day a case stays with its owner, and why."""

    until: date
    reason: str


@dataclass(frozen=True)
class Return:
    """Which cases go back to the creditor, or the open ones of which placement; and why."""

    reason: str
    cases: tuple[int, ...] = ()
    placement: str = ""


@dataclass(frozen=True)
class Reopening:
    """Why a case is opened again."""

    reason: str


@router.command("留案", "停留", may="cases.assign", takes_args=True)
def retain(ctx: Context) -> list[Part]:
    """留给原来的人，如「留案 1024 到31号 要回款」"""
    number, said = take_case(ctx.args)
    until, rest = take_last_day(said, ctx.now.date())
    before, reason = read_reason(rest)
    reason = reason or before
    if number is None or until is None or not reason:
        return [Reply("how_to_retain", number=number or 1024)]
    return _retain(ctx, the_case(ctx, "cases.assign", number), until, reason)


@router.endpoint("POST", "/cases/<int:number>/retention", may="cases.steer", body=Retention)
def post_retention(ctx: Context) -> list[Part]:
    """留给现在的人接着跟"""
    case = the_case(ctx, "cases.steer", ctx.path["number"])
    return _retain(ctx, case, ctx.body.until, ctx.body.reason)


def _retain(ctx: Context, case: Case, until: date, reason: str) -> list[Part]:
    before = case.retained_until
    cases.retain(
        ctx.session,
        actor=ctx.employee,
        case=case,
        until=until,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(
        ctx,
        "retain",
        number=case.id,
        until=until.toordinal(),
        before=0 if before is None else before.toordinal(),
    )
    seen = cases.view(ctx.session, case, at=ctx.now)
    told: list[Part] = [Reply("retained", v=seen, until=until, data={"retained_until": until})]
    if seen.owner.id != ctx.employee.id:
        values = {"v": seen, "until": until, "person": ctx.employee, "reason": masked(ctx, reason)}
        told.append(Notice(seen.owner, "steering/yours_is_retained", values))
    return told


@router.inverse("retain", may="cases.assign")
def take_retention_back(ctx: Context) -> Reply:
    """撤销留案"""
    case = the_case(ctx, "cases.assign", argument_of(ctx, "number"))
    before = argument_of(ctx, "before")
    cases.take_back_retention(
        ctx.session,
        actor=ctx.employee,
        case=case,
        until=date.fromordinal(argument_of(ctx, "until")),
        before=date.fromordinal(before) if before else None,
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("not_retained", number=case.id, until=case.retained_until)


@router.command("退案", "退回甲方", may="cases.steer", takes_args=True)
def propose_return(ctx: Context) -> Reply:
    """退回甲方，如「退案 1024 甲方要求」「退案 3月批」"""
    which = wanted(ctx)
    if which.placement_ids:
        return _propose_placement(ctx, which)
    numbers, said = take_cases(ctx.args)
    reason = read_reason(said)[1] or said
    if ctx.args and not numbers:
        raise cases.NothingPlaced(placement=ctx.args)
    if not numbers or not reason:
        return Reply("how_to_return", number=numbers[0] if numbers else 1024)
    return _propose_return(ctx, numbers, reason)


@router.endpoint("POST", "/cases/return", may="cases.steer", body=Return)
def post_return(ctx: Context) -> Reply:
    """退回甲方：先得到 proposal，确认后才算"""
    body: Return = ctx.body
    if not body.placement:
        return _propose_return(ctx, body.cases, body.reason)
    found = Filter(placement_ids=cases.placements_numbered(ctx.session, body.placement))
    return _propose_recall(ctx, found, named=body.placement, reason=body.reason)


def _propose_placement(ctx: Context, which: Filter) -> Reply:
    """What was said names a placement: all of its cases, or those of a kind."""
    said = ctx.slots.filter
    kind = Filter(
        placement_ids=which.placement_ids,
        buckets=which.buckets,
        products=which.products,
        amount_from=which.amount_from,
        amount_to=which.amount_to,
    )
    numbers, rest = take_cases(ctx.slots.words)
    if kind != which or numbers:
        return Reply("which_to_return", placement=_called(ctx, which))
    reason = read_reason(rest)[1] or rest or ctx.words("steering/reasons")["placement"]
    named = " ".join([_called(ctx, which), ctx.words("steering/kind", filter=said).get("kind", "")]).strip()
    return _propose_recall(ctx, kind, named=named, reason=reason)


def _called(ctx: Context, which: Filter) -> str:
    return "、".join(cases.numbers_of(ctx.session, list(which.placement_ids)))


def _propose_recall(ctx: Context, which: Filter, *, named: str, reason: str) -> Reply:
    recall = cases.to_recall(
        ctx.session, actor=ctx.employee, which=which, named=named, at=ctx.now, policy=ctx.policy
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="return_placement",
        arguments={
            "which": recall.which.as_json(),
            "up_to": recall.up_to,
            "named": named,
            "reason": cases.kept_reason(ctx.session, actor=ctx.employee, reason=reason),
        },
        at=ctx.now,
        minutes=ctx.policy.security.confirm_minutes,
    )
    data = {**to_confirm(proposal), "cases": recall.cases, "amount": recall.amount}
    values: dict[str, Any] = {
        "proposal": proposal,
        "recall": recall,
        "named": named,
        "reason": masked(ctx, reason),
    }
    return Reply("confirm_placement", data=data, **values)


def _propose_return(ctx: Context, numbers: Sequence[int], reason: str) -> Reply:
    found = [the_case(ctx, "cases.steer", number) for number in dict.fromkeys(numbers)]
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="return_cases",
        arguments={
            "cases": [case.id for case in found],
            "reason": cases.kept_words(ctx.session, found[0], reason),
        },
        at=ctx.now,
        minutes=ctx.policy.security.confirm_minutes,
    )
    return Reply(
        "confirm_return",
        proposal=proposal,
        numbers=[case.id for case in found],
        amount=sum(case.balance for case in found),
        reason=masked(ctx, reason),
        data=to_confirm(proposal),
    )


@router.confirmation("return_cases", may="cases.steer")
def return_now(ctx: Context) -> list[Part]:
    """确认退案"""
    assert ctx.proposal is not None
    numbers: list[int] = ctx.proposal.arguments["cases"]
    found = [the_case(ctx, "cases.steer", number) for number in numbers]
    reason = cases.words_kept(ctx.session, found[0], ctx.proposal.arguments["reason"])
    owners: dict[int, list[int]] = {}
    for case in found:
        owners.setdefault(case.owner_id, []).append(case.id)
    cases.return_cases(
        ctx.session, actor=ctx.employee, case_ids=numbers, reason=reason, at=ctx.now, policy=ctx.policy
    )
    keep_for_undo(ctx, "return_cases", number=numbers[0])
    told: list[Part] = [*close_case_cards(numbers), Reply("returned", numbers=numbers)]
    for owner_id, theirs in owners.items():
        owner = ctx.session.get_one(Employee, owner_id)
        if owner.id != ctx.employee.id:
            values = {"numbers": theirs, "person": ctx.employee, "reason": masked(ctx, reason)}
            told.append(Notice(owner, "steering/yours_are_returned", values))
    return told


@router.confirmation("return_placement", may="cases.steer")
def return_placement_now(ctx: Context) -> list[Part]:
    """确认整批退案"""
    proposal = ctx.proposal
    assert proposal is not None
    cases.begin_recall(ctx.session, actor=ctx.employee, proposal=proposal, at=ctx.now, policy=ctx.policy)
    told, last = return_part(ctx.session, actor=ctx.employee, proposal=proposal, at=ctx.now)
    keep_for_undo(ctx, "return_cases", number=proposal.arguments["up_to"])
    if not last:
        return [Reply("placement_being_returned", named=proposal.arguments["named"]), *told]
    return [Reply("placement_returned", **totals(ctx.session, proposal)), *told]


@router.inverse("return_cases", may="cases.steer")
def returns_stay(ctx: Context) -> None:
    """撤销退案"""
    cases.no_way_back("return", argument_of(ctx, "number"))


@router.command("重新打开", "重开", "恢复案件", may="cases.steer", takes_args=True)
def reopen(ctx: Context) -> list[Part]:
    """把结束的案件重新打开，如「重新打开 1024 甲方又委托」"""
    number, said = take_case(ctx.args)
    reason = read_reason(said)[1] or said
    if number is None or not reason:
        return [Reply("how_to_reopen", number=number or 1024)]
    return _reopen(ctx, the_case(ctx, "cases.steer", number), reason)


@router.endpoint("POST", "/cases/<int:number>/reopen", may="cases.steer", body=Reopening)
def post_reopening(ctx: Context) -> list[Part]:
    """把结束的案件重新打开"""
    return _reopen(ctx, the_case(ctx, "cases.steer", ctx.path["number"]), ctx.body.reason)


def _reopen(ctx: Context, case: Case, reason: str) -> list[Part]:
    cases.reopen(ctx.session, actor=ctx.employee, case=case, reason=reason, at=ctx.now, policy=ctx.policy)
    seen = cases.view(ctx.session, case, at=ctx.now)
    told: list[Part] = [Reply("reopened", v=seen, data={"status": case.status})]
    if seen.owner.id != ctx.employee.id:
        values = {"v": seen, "person": ctx.employee, "reason": masked(ctx, reason)}
        told.append(Notice(seen.owner, "steering/yours_is_open_again", values, about=about_case(case.id)))
    return told
