"""争议, 投诉, 停催 and 恢复: contact about a case stops at once, and only a supervisor lets it go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router
from handlers.casewords import code_of, sees_no_way, take_case, tells_of_death
from handlers.meant import argument_of, keep_for_undo, the_case
from jobs.base import CloseCards
from jobs.case_cards import about_case, about_halt, close_case_cards, supervisors_of
from models import cases
from models.cases import Case, HaltKind
from models.staff import Employee

router = Router(texts="halts")


@dataclass(frozen=True)
class NewHalt:
    """Why contact stops, and what was said."""

    kind: HaltKind
    reason: str = ""


@dataclass(frozen=True)
class Resumption:
    """Whether a complaint or dispute was justified; nothing of it where there was neither."""

    upheld: bool | None = None


@router.command("争议", "有争议", "异议", may="cases.see", takes_args=True)
def dispute(ctx: Context) -> list[Part]:
    """客户对欠款有争议，如「争议 1024 说金额不对」"""
    return _typed(ctx, HaltKind.DISPUTE)


@router.command("投诉", "客户投诉", may="cases.see", takes_args=True)
def complain(ctx: Context) -> list[Part]:
    """客户要投诉，先停催，如「投诉 1024 说打太多电话」"""
    return _typed(ctx, HaltKind.COMPLAINT)


@router.command("停催", "暂停催收", may="cases.see", takes_args=True)
def stop(ctx: Context) -> list[Part]:
    """身故、重病等先停催，如「停催 1024 客户去世了」"""
    return _typed(ctx, None)


@router.tap("case_halt", may="cases.see")
def choose(ctx: Context) -> list[Part]:
    """点选为什么停催"""
    number, _, kind = ctx.args.partition(".")
    case = the_case(ctx, "cases.see", number)
    if kind not in set(HaltKind):
        return [Reply("why_halt", v=cases.view(ctx.session, case, at=ctx.now))]
    return _halt(ctx, case, HaltKind(kind), "")


@router.endpoint("POST", "/cases/<int:number>/halt", may="cases.see", body=NewHalt)
def post_halt(ctx: Context) -> list[Part]:
    """停催"""
    return _halt(ctx, the_case(ctx, "cases.see", ctx.path["number"]), ctx.body.kind, ctx.body.reason)


def _typed(ctx: Context, kind: HaltKind | None) -> list[Part]:
    number, words = take_case(ctx.args)
    if number is None:
        return [Reply("which_halt", kind=kind or "")]
    case = the_case(ctx, "cases.see", number)
    phrases = {code: words_.split() for code, words_ in ctx.words("halts/kinds").items()}
    meant = kind or _danger(words, phrases) or code_of(words, phrases)
    if meant is None:
        return [Reply("why_halt", v=cases.view(ctx.session, case, at=ctx.now))]
    return _halt(ctx, case, HaltKind(meant), words)


def _danger(words: str, phrases: Mapping[str, Sequence[str]]) -> str | None:
    """Words of somebody who sees no way out stand before all else, unless a death itself is told.

    「没有路给他走了」 is no death, though 「他走了」 may be one.
    """
    danger = {HaltKind.SELF_HARM.value: phrases[HaltKind.SELF_HARM]}
    if not sees_no_way(words) and code_of(words, danger) is None:
        return None
    return HaltKind.DEATH if tells_of_death(words) else HaltKind.SELF_HARM


def _halt(ctx: Context, case: Case, kind: HaltKind, words: str) -> list[Part]:
    owner = ctx.session.get_one(Employee, case.owner_id)
    halted = cases.halt(
        ctx.session,
        actor=ctx.employee,
        case=case,
        kind=kind,
        reason=words or ctx.words("halts/names")[kind],
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "halt", number=case.id)
    seen = cases.view(ctx.session, case, at=ctx.now)
    values: dict[str, Any] = {
        "v": seen,
        "halt": halted,
        "person": ctx.employee,
        "words": words and cases.words_of(ctx.session, case, halted.words),
        "owner": owner,
    }
    told: list[Part] = [
        *close_case_cards([case.id]),
        Reply("halted", v=seen, halt=halted, data={"halt": halted.id, "status": case.status}),
    ]
    deciders = supervisors_of(ctx.session, case.unit_id, ctx.now)
    for person in deciders:
        if person.id != ctx.employee.id:
            told.append(Notice(person, "halts/please_decide", values, about=about_halt(halted.id)))
    if owner.id != ctx.employee.id and owner.id not in {person.id for person in deciders}:
        told.append(Notice(owner, "halts/yours_is_halted", values))
    return told


@router.inverse("halt", may="cases.see")
def halts_stay(ctx: Context) -> None:
    """撤销停催"""
    cases.no_way_back("halt", argument_of(ctx, "number"))


@router.command("恢复", "恢复跟进", "解除停催", may="cases.steer", takes_args=True)
def resume(ctx: Context) -> list[Part]:
    """主管让停催的案件接着跟，如「恢复 1024 不成立」"""
    number, words = take_case(ctx.args)
    if number is None:
        return [Reply("which_resumption")]
    case = the_case(ctx, "cases.steer", number)
    verdicts = {code: phrases.split() for code, phrases in ctx.words("halts/verdicts").items()}
    said = code_of(words, verdicts)
    found = cases.open_halt(ctx.session, case)
    asked = found is not None and found.kind in (HaltKind.DISPUTE, HaltKind.COMPLAINT)
    if asked and said is None:
        return [Reply("was_it_upheld", v=cases.view(ctx.session, case, at=ctx.now))]
    return _resume(ctx, case, {"upheld": True, "dismissed": False}.get(said or "") if asked else None)


@router.tap("case_resume", may="cases.steer")
def choose_verdict(ctx: Context) -> list[Part]:
    """点选争议或投诉成不成立，接着跟"""
    number, _, said = ctx.args.partition(".")
    case = the_case(ctx, "cases.steer", number)
    return _resume(ctx, case, {"upheld": True, "dismissed": False}.get(said))


@router.endpoint("POST", "/cases/<int:number>/resume", may="cases.steer", body=Resumption)
def resume_by_api(ctx: Context) -> list[Part]:
    """停催的案件接着跟"""
    return _resume(ctx, the_case(ctx, "cases.steer", ctx.path["number"]), ctx.body.upheld)


def _resume(ctx: Context, case: Case, upheld: bool | None) -> list[Part]:
    stopped = cases.open_halt(ctx.session, case)
    cases.resume(ctx.session, actor=ctx.employee, case=case, upheld=upheld, at=ctx.now, policy=ctx.policy)
    seen = cases.view(ctx.session, case, at=ctx.now)
    values: dict[str, Any] = {"v": seen, "upheld": upheld}
    told: list[Part] = [*close_case_cards([case.id])]
    if stopped is not None:
        told.append(CloseCards(about_halt(stopped.id), "halts/resumed_button"))
    told.append(Reply("resumed", data={"status": case.status}, **values))
    if seen.owner.id != ctx.employee.id:
        told.append(Notice(seen.owner, "halts/go_on", values, about=about_case(case.id)))
    return told
