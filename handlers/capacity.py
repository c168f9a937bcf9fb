"""我能接什么, 额度 and 回避: what somebody may be given."""

from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router
from handlers.casewords import read_name_and_number
from handlers.meant import person_called
from models import distribution
from models.staff import Employee

router = Router(texts="distribution")


@router.command("我能接什么", "我的范围", "我能接多少", may="cases.work")
@router.endpoint("GET", "/work-profile", may="cases.work")
def profile(ctx: Context) -> Reply:
    """看我能接哪些案子、还能接多少"""
    found = distribution.own_profile(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    worker = found.claims.worker
    data = {
        "buckets": list(found.buckets),
        "products": list(found.products),
        "areas": list(found.areas),
        "languages": list(found.languages),
        "licensed_until": found.licensed_until,
        "load": worker.load,
        "cap": worker.cap,
        "claims_left": found.claims.left,
    }
    return Reply("profile", profile=found, worker=worker, claims=found.claims, data=data)


@dataclass(frozen=True)
class Cap:
    """How many cases somebody may have."""

    cap: int


@router.command("额度", "案件额度", may="cases.assign", takes_args=True)
def cap(ctx: Context) -> list[Part]:
    """定一个人最多几件案子，如「额度 张三 120」"""
    said = read_name_and_number(ctx.args)
    if said is None:
        return [Reply("how_to_cap")]
    name, number = said
    return _cap(ctx, person_called(ctx, "cases.assign", name), number)


@router.endpoint("POST", "/people/<account>/cap", may="cases.assign", body=Cap)
def post_cap(ctx: Context) -> list[Part]:
    """定一个人最多几件案子"""
    body: Cap = ctx.body
    return _cap(ctx, person_called(ctx, "cases.assign", ctx.path["account"]), body.cap)


def _cap(ctx: Context, person: Employee, number: int) -> list[Part]:
    before = distribution.set_cap(
        ctx.session, actor=ctx.employee, person=person, cap=number, at=ctx.now, policy=ctx.policy
    )
    usual = ctx.policy.cases.capacity_hard
    values: dict[str, Any] = {"person": person, "cap": number, "before": usual if before is None else before}
    told = [] if person.id == ctx.employee.id else [Notice(person, "distribution/your_cap", values)]
    return [Reply("cap_set", **values), *told]


@dataclass(frozen=True)
class OfCase:
    """The case of whose debtor it is said."""

    number: int


@router.command("不能分给", "不要分给", "别分给", "回避", may="cases.assign", takes_args=True)
def conflict(ctx: Context) -> Reply:
    """有利害关系的不分给他，如「不能分给 张三 1024」"""
    said = read_name_and_number(ctx.args)
    if said is None:
        return Reply("how_to_keep_apart")
    name, number = said
    return _conflict(ctx, person_called(ctx, "cases.assign", name), number)


@router.endpoint("POST", "/people/<account>/conflicts", may="cases.assign", body=OfCase, success=201)
def post_conflict(ctx: Context) -> Reply:
    """有利害关系的不分给他"""
    body: OfCase = ctx.body
    return _conflict(ctx, person_called(ctx, "cases.assign", ctx.path["account"]), body.number)


def _conflict(ctx: Context, person: Employee, number: int) -> Reply:
    has_it = distribution.note_conflict(
        ctx.session, actor=ctx.employee, person=person, number=number, at=ctx.now, policy=ctx.policy
    )
    return Reply("conflict_noted", person=person, number=number, has_it=has_it)


@router.command("可以分给", "取消回避", may="cases.assign", takes_args=True)
def no_conflict(ctx: Context) -> Reply:
    """取消回避，如「可以分给 张三 1024」"""
    said = read_name_and_number(ctx.args)
    if said is None:
        return Reply("how_to_keep_apart")
    name, number = said
    return _no_conflict(ctx, person_called(ctx, "cases.assign", name), number)


@router.endpoint("DELETE", "/people/<account>/conflicts/<int:number>", may="cases.assign")
def delete_conflict(ctx: Context) -> Reply:
    """取消回避"""
    person = person_called(ctx, "cases.assign", ctx.path["account"])
    return _no_conflict(ctx, person, ctx.path["number"])


def _no_conflict(ctx: Context, person: Employee, number: int) -> Reply:
    distribution.withdraw_conflict(
        ctx.session, actor=ctx.employee, person=person, number=number, at=ctx.now, policy=ctx.policy
    )
    return Reply("conflict_gone", person=person, number=number)
