"""What other systems say that people did: taken in by the API, listed and withdrawn in the chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from handlers.base import Context, Reply, Router, to_confirm
from models import performance, proposals
from models.performance import Difference, ImportView, Intake, Outcome, Refusal, ResultKind, Told, Total

router = Router(texts="external_results")

MAY = "performance.import_results"
NO_DAY = date.min
"""A day that cannot be read: it is refused as one that cannot be."""
MONEY = (ResultKind.PURCHASE, ResultKind.LOAN, ResultKind.OVERDUE)


@dataclass(frozen=True)
class ResultRow:
    """One record of the other system: days as 2026-03-09; yuan, minutes of a talk, points of a hundred."""

    kind: str
    day: str
    amount: str | int | float | None = None
    external_id: str = ""
    person: str = ""
    customer: str = ""
    loan: str = ""
    first_visit_on: str = ""
    system: str = ""


@dataclass(frozen=True)
class TotalRow:
    """What the other system's records of somebody come to in a month (2026-03)."""

    person: str
    kind: str
    month: str
    count: int | None = None
    amount: str | int | float | None = None
    system: str = ""


@dataclass(frozen=True)
class Results:
    """Records of one system, and what they should come to; with `preview` nothing is kept."""

    results: tuple[ResultRow, ...]
    system: str = ""
    totals: tuple[TotalRow, ...] = ()
    preview: bool = False


@router.endpoint("POST", "/external-results", may=MAY, body=Results)
def post(ctx: Context) -> Reply:
    """收进外部系统的业绩记录，逐条说结果，并和对方的合计核对"""
    body: Results = ctx.body
    intake = performance.take_results(
        ctx.session,
        [_told(row) for row in body.results],
        actor=ctx.employee,
        at=ctx.now,
        policy=ctx.policy,
        system=body.system,
        totals=[_total(row) for row in body.totals],
        preview=body.preview,
    )
    return Reply(
        "taken",
        intake=intake,
        preview=body.preview,
        accepted=intake.count(Outcome.ACCEPTED),
        repeated=intake.count(Outcome.REPEATED),
        corrected=intake.count(Outcome.CORRECTED),
        refused=intake.count(Outcome.REFUSED),
        data=_as_data(ctx, intake),
    )


def _told(row: ResultRow) -> Told:
    return Told(
        kind=row.kind,
        day=_day(row.day),
        amount=_amount(row.kind, row.amount),
        person=row.person,
        external_id=row.external_id,
        customer=row.customer,
        loan=row.loan,
        first_visit_on=(_day(row.first_visit_on) or NO_DAY) if row.first_visit_on else None,
        system=row.system,
    )


def _total(row: TotalRow) -> Total:
    month = _day(f"{row.month}-01") or NO_DAY
    return Total(row.person, row.kind, month, row.count, _amount(row.kind, row.amount), row.system)


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _amount(kind: str, said: str | float | None) -> int | None:
    """Fen, or whole things; None for what is no such number."""
    try:
        number = Decimal(str(said)) * (100 if kind in MONEY else 1)
        return int(number) if said is not None and number == int(number) else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _as_data(ctx: Context, intake: Intake) -> Mapping[str, Any]:
    rows = [
        {
            "row": number,
            "external_id": one.told.external_id,
            "outcome": one.outcome,
            **(_refused(ctx, one.refusal) if one.refusal else {}),
        }
        for number, one in enumerate(intake.rows, start=1)
    ]
    return {
        "import": intake.number,
        "counts": {one.value: intake.count(one) for one in Outcome},
        "rows": rows,
        "unknown_people": intake.unknown,
        "differences": [_different(ctx, one) for one in intake.differences],
    }


def _refused(ctx: Context, refusal: Refusal) -> Mapping[str, str]:
    facts = {"most": "", "kind": "", "day": "", "person": "", "loan": "", "id": "", **refusal.facts}
    said = ctx.words("external_results/refusal", why=refusal.why.value, facts=facts)
    return {"column": refusal.column.value, "reason": refusal.why.value, "message": said["say"]}


def _different(ctx: Context, one: Difference) -> Mapping[str, Any]:
    told = one.told or (None, None)
    kinds = ctx.words("external_results/kinds")
    said = ctx.words(
        "external_results/comparison",
        who=one.person,
        known=one.known,
        month=one.month,
        kind=kinds.get(one.kind, one.kind),
        told=one.told,
        held=one.held,
        told_amount=_shown(one.kind, told[1]),
        held_amount=_shown(one.kind, one.held[1]),
    )
    return {
        "person": one.person,
        "kind": one.kind,
        "month": f"{one.month:%Y-%m}",
        "told": None if one.told is None else {"count": told[0], "amount": _plain(one.kind, told[1])},
        "held": {"count": one.held[0], "amount": _plain(one.kind, one.held[1])},
        "message": said["say"],
    }


def _shown(kind: str, amount: int | None) -> str:
    return f"{_plain(kind, amount or 0):,}"


def _plain(kind: str, amount: int | None) -> float | int | None:
    return None if amount is None else amount / 100 if kind in MONEY else amount


# --- what came when, and taken back -----------------------------------------------------------------------


@router.command("导入记录", "业绩导入记录", may=MAY)
@router.endpoint("GET", "/external-results", may=MAY)
def imports(ctx: Context) -> Reply:
    """看外部业绩记录什么时候导入过"""
    found = performance.imports_listed(ctx.session, actor=ctx.employee, policy=ctx.policy)
    return Reply("imports", found=found, data={"imports": [_import_data(one) for one in found]})


def _import_data(one: ImportView) -> Mapping[str, Any]:
    return {
        "import": one.entry.id,
        "at": one.entry.at,
        "by": None if one.by is None else one.by.wecom_id,
        "systems": one.systems,
        "rows": one.rows,
        "holding": one.holding,
        "withdrawn_at": one.entry.withdrawn_at,
    }


@router.command("撤回导入", may=MAY, takes_args=True)
@router.tap("withdraw_results", may=MAY)
def withdraw(ctx: Context) -> Reply:
    """撤回一次导入的外部业绩记录，如「撤回导入 12」"""
    number = ctx.args.strip()
    if not number.isdecimal() or len(number) > len(str(10**8)):
        return Reply("which_import")
    return _withdrawal(ctx, int(number))


@router.endpoint("POST", "/external-results/<int:number>/withdrawal", may=MAY)
def withdraw_by_api(ctx: Context) -> Reply:
    """撤回一次导入：先预览，再确认"""
    return _withdrawal(ctx, ctx.path["number"])


def _withdrawal(ctx: Context, number: int) -> Reply:
    view = performance.import_called(ctx.session, number, actor=ctx.employee, policy=ctx.policy)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="withdraw_results",
        arguments={"number": number},
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return Reply("withdrawal", v=view, proposal=proposal, data=to_confirm(proposal))


@router.confirmation("withdraw_results", may=MAY)
def withdraw_confirmed(ctx: Context) -> Reply:
    """确认撤回导入"""
    assert ctx.proposal is not None
    done = performance.withdraw_import(
        ctx.session,
        ctx.proposal.arguments["number"],
        actor=ctx.employee,
        at=ctx.now,
        policy=ctx.policy,
    )
    data = {"import": done.number, "gone": done.gone, "restored": done.restored, "stay": done.stay}
    return Reply("withdrawn", done=done, data=data)
