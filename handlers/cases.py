"""我的案件, 案件, 历史, 接单 and 拒绝: what somebody has to work on, and taking it or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router
from handlers.casewords import take_case, take_cases
from handlers.meant import argument_of, keep_for_undo, masked, the_case
from jobs.case_cards import about_case, close_case_cards
from models import cases, contact, handover
from models.cases import Agenda, AgendaItem, Case, CaseStatus, CaseView

router = Router(texts="cases")

PAGE = 5
"""A card takes six buttons; the last one leads on."""
ENTRIES = 10
"""Lines of a history that a phone still shows well."""


@dataclass(frozen=True)
class Declined:
    """Why somebody does not take a case: a code of `cases/decline_reasons`, or words of their own."""

    reason: str


# --- the list --------------------------------------------------------------------------------------------


@router.command(
    "我的案件", "我的案子", "今天要跟的", "今天要跟", "今天跟谁", "待跟进", "案件列表", may="cases.see"
)
@router.tap("my_cases", may="cases.see")
@router.endpoint("GET", "/cases", may="cases.see")
def my_cases(ctx: Context) -> Reply:
    """看我的案件，先办的排在前面"""
    return _my_list(ctx)


def _my_list(ctx: Context) -> Reply:
    found = cases.agenda(ctx.session, owner_id=ctx.employee.id, at=ctx.now, stand_in=True)
    first = int(ctx.args) if ctx.args.isdecimal() else 0
    page = found.items[first : first + PAGE]
    following = first + len(page)
    return Reply(
        "mine",
        agenda=found,
        page=page,
        start=first,
        now=ctx.now,
        following=following if following < len(found.items) else None,
        data=_data_of(found),
    )


def _data_of(found: Agenda) -> dict[str, Any]:
    return {"due": found.due, "cases": [_line(item) for item in found.items]}


def _line(item: AgendaItem) -> dict[str, Any]:
    return {
        "number": item.number,
        "name": item.name,
        "status": item.status,
        "bucket": item.bucket,
        "balance": item.balance,
        "why": item.why,
        "due_at": item.due_at,
        "promised": item.promised,
        "instead_of": item.owner,
    }


# --- one case --------------------------------------------------------------------------------------------


@router.command("案件", "案子", "看案件", "查案件", "案件详情", may="cases.see", takes_args=True)
@router.tap("case", may="cases.see")
@router.event("number", may="cases.see")
def show_case(ctx: Context) -> Reply:
    """看一个案件，如「案件 1024」，只发编号也行"""
    said = ctx.args if ctx.args or ctx.message is None else ctx.message.text
    number, _ = take_case(said)
    if number is None:
        return _my_list(ctx) if not ctx.args.strip() else Reply("which_case")
    return _detail(ctx, the_case(ctx, "cases.see", number, after_halt=True))


@router.endpoint("GET", "/cases/<int:number>", may="cases.see")
def get_case(ctx: Context) -> Reply:
    """一个案件"""
    return _detail(ctx, the_case(ctx, "cases.see", ctx.path["number"], after_halt=True))


def _detail(ctx: Context, case: Case) -> Reply:
    seen = cases.view(ctx.session, case, at=ctx.now)
    own = case.owner_id == ctx.employee.id
    away = handover.stands_in_for(ctx.session, employee_id=ctx.employee.id, at=ctx.now)
    return Reply(
        "detail",
        about=about_case(case.id),
        v=seen,
        own=own,
        mine=own or case.owner_id in away,
        now=ctx.now,
        today=contact.allowance(
            ctx.session,
            debtor=seen.debtor,
            at=ctx.now,
            policy=ctx.policy,
            actor=ctx.employee,
            calendar=ctx.calendar,
        ),
        outcomes=ctx.policy.cases.outcomes,
        data={"case": _case_data(seen)},
    )


def _case_data(v: CaseView) -> dict[str, Any]:
    promise = v.promise
    return {
        "number": v.number,
        "name": v.name,
        "district": v.debtor.district,
        "creditor": v.creditor,
        "placement": v.placement,
        "product": v.case.product,
        "bucket": v.case.bucket,
        "days_past_due": v.dpd,
        "balance": v.case.balance,
        "status": v.case.status,
        "owner": v.owner.wecom_id,
        "version": v.case.version,
        "accept_by": v.case.accept_by,
        "next_at": v.case.next_at,
        "promise": None if promise is None else {"amount": promise.amount, "due_on": promise.due_on},
        "reported": v.reported,
        "halted": None if v.halt is None else v.halt.kind,
    }


@router.tap("case_more", may="cases.work")
def show_more(ctx: Context) -> Reply:
    """一个案件上还能办什么"""
    case = the_case(ctx, "cases.work", take_case(ctx.args)[0] or 0)
    return Reply("more", about=about_case(case.id), v=cases.view(ctx.session, case, at=ctx.now))


@router.command("历史", "案件历史", "跟进历史", may="cases.see", takes_args=True)
@router.tap("case_history", may="cases.see")
@router.endpoint("GET", "/cases/<int:number>/history", may="cases.see")
def history(ctx: Context) -> Reply:
    """看案件的来龙去脉，如「历史 1024」"""
    said, rest = take_case(ctx.args)
    number = ctx.path.get("number", said)
    if number is None:
        return Reply("which_history")
    case = the_case(ctx, "cases.see", number, after_halt=True)
    entries = cases.timeline(ctx.session, case)
    page = int(rest) if rest.isdecimal() and len(rest) < 4 else 1
    first = (max(page, 1) - 1) * ENTRIES
    return Reply(
        "history",
        number=case.id,
        entries=entries[first : first + ENTRIES],
        total=len(entries),
        start=first,
        page=page,
        more=first + ENTRIES < len(entries),
        outcomes=ctx.policy.cases.outcomes,
        data={"entries": [{"at": e.at, "kind": e.kind, "by": e.by, **e.values} for e in entries]},
    )


# --- taking it or not ------------------------------------------------------------------------------------


@router.command("接单", "接案", may="cases.work", takes_args=True)
@router.command("全部接单", "都接了", "都接", "全接", "全部接下", may="cases.work", hidden=True)
@router.tap("case_accept", may="cases.work")
def accept(ctx: Context) -> list[Part]:
    """接下分给我的案件，如「接单 1024」，不写就全接"""
    said, _, version = ctx.args.partition(".")
    numbers, _ = take_cases(said)
    if not numbers:
        waiting = cases.agenda(ctx.session, owner_id=ctx.employee.id, at=ctx.now).items
        numbers = [item.number for item in waiting if item.status == CaseStatus.ASSIGNED]
    return _accept(ctx, numbers, int(version) if version.isdecimal() else None)


@router.endpoint("POST", "/cases/<int:number>/accept", may="cases.work")
def accept_by_api(ctx: Context) -> list[Part]:
    """接下分给我的案件"""
    return _accept(ctx, [ctx.path["number"]], None)


def _accept(ctx: Context, numbers: Sequence[int], version: int | None) -> list[Part]:
    if not numbers:
        return [Reply("nothing_to_accept")]
    found = [the_case(ctx, "cases.work", number) for number in numbers]
    for case in found:
        cases.accept(
            ctx.session, actor=ctx.employee, case=case, at=ctx.now, policy=ctx.policy, version=version
        )
    keep_for_undo(
        ctx,
        "accept",
        numbers=[case.id for case in found],
        versions=[case.version for case in found],
    )
    if len(found) == 1:
        reply = Reply(
            "accepted",
            about=about_case(found[0].id),
            v=cases.view(ctx.session, found[0], at=ctx.now),
            data={"accepted": [found[0].id]},
        )
    else:
        amount = sum(case.balance for case in found)
        contact_by = min((case.contact_by for case in found if case.contact_by), default=None)
        reply = Reply(
            "accepted_several",
            count=len(found),
            amount=amount,
            contact_by=contact_by,
            data={"accepted": [case.id for case in found]},
        )
    return [*close_case_cards(case.id for case in found), reply]


@router.inverse("accept", may="cases.work")
def take_accepting_back(ctx: Context) -> list[Part]:
    """撤销接单"""
    assert ctx.undoable is not None
    kept = ctx.undoable.arguments
    numbers: list[int] = kept["numbers"]
    for number, version in zip(numbers, kept["versions"], strict=True):
        cases.take_back_accepting(
            ctx.session,
            actor=ctx.employee,
            case=the_case(ctx, "cases.work", number),
            version=version,
            at=ctx.now,
            policy=ctx.policy,
        )
    return [*close_case_cards(numbers), Reply("not_accepted_after_all", numbers=numbers)]


@router.command("拒绝", "拒单", "不接", may="cases.work", takes_args=True)
@router.tap("case_decline", may="cases.work")
def decline(ctx: Context) -> list[Part]:
    """不接分给我的案件，如「拒绝 1024 是我亲戚」"""
    number, said = take_case(ctx.args.replace(".", " "))
    if number is None:
        return [Reply("which_decline")]
    case = the_case(ctx, "cases.work", number)
    reasons = ctx.words("cases/decline_reasons")
    reason = reasons.get(said, said)
    if not reason:
        return [Reply("why_decline", v=cases.view(ctx.session, case, at=ctx.now), reasons=reasons)]
    return _decline(ctx, case, reason)


@router.endpoint("POST", "/cases/<int:number>/decline", may="cases.work", body=Declined)
def decline_by_api(ctx: Context) -> list[Part]:
    """不接分给我的案件"""
    case = the_case(ctx, "cases.work", ctx.path["number"])
    reasons = ctx.words("cases/decline_reasons")
    return _decline(ctx, case, reasons.get(ctx.body.reason, ctx.body.reason))


def _decline(ctx: Context, case: Case, reason: str) -> list[Part]:
    owner = cases.decline(
        ctx.session, actor=ctx.employee, case=case, reason=reason, at=ctx.now, policy=ctx.policy
    )
    ctx.session.refresh(case)
    keep_for_undo(ctx, "decline", number=case.id)
    values = {"person": ctx.employee, "v": cases.view(ctx.session, case, at=ctx.now)}
    values["reason"] = masked(ctx, reason)
    return [
        *close_case_cards([case.id]),
        Reply("declined", number=case.id, data={"owner": owner.wecom_id}),
        Notice(owner, "cases/somebody_declined", values, about=about_case(case.id)),
    ]


@router.inverse("decline", may="cases.work")
def declining_stays(ctx: Context) -> None:
    """撤销拒绝"""
    cases.no_way_back("decline", argument_of(ctx, "number"))
