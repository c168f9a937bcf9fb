"""留案, 退案 and 重新打开: what supervisors decide about cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.casewords import take_case, take_cases, take_last_day
from handlers.meant import argument_of, keep_for_undo, masked, the_case
from handlers.parsing import read_reason
from jobs.case_cards import about_case, close_case_cards
from models import cases, proposals
from models.cases import Case
from models.staff import Employee

router = Router(texts="steering")


@dataclass(frozen=True)
class Retention:
    """Until which day a case stays with its owner, and why."""

    until: date
    reason: str


@dataclass(frozen=True)
class Return:
    """Which cases go back to the creditor, and why."""

    cases: list[int]
    reason: str


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
    """退回甲方，如「退案 1024 1031 甲方要求」"""
    numbers, said = take_cases(ctx.args)
    reason = read_reason(said)[1] or said
    if not numbers or not reason:
        return Reply("how_to_return", number=numbers[0] if numbers else 1024)
    return _propose_return(ctx, numbers, reason)


@router.endpoint("POST", "/cases/return", may="cases.steer", body=Return)
def post_return(ctx: Context) -> Reply:
    """退回甲方：先得到 proposal，确认后才算"""
    return _propose_return(ctx, ctx.body.cases, ctx.body.reason)


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
