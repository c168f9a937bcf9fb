"""规则 and 规则包: which rules of contact there are, and by which a creditor's debtors live."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Reply, Router
from handlers.parsing import read_name, take_times
from models import contact
from models.rule_packs import RulePack

router = Router(texts="rule_packs")


@dataclass(frozen=True)
class ChosenPack:
    """The pack of a creditor, and its own lower number of effective calls."""

    pack: str
    calls_per_day: int | None = None


@router.command("规则", "联系规定", "几点能打电话", "几点可以打电话")
@router.endpoint("GET", "/rule-packs")
def show_packs(ctx: Context) -> Reply:
    """看联系债务人的规则：时间、次数"""
    packs = [_summary(ctx, pack) for pack in ctx.policy.packs.values()]
    default = ctx.policy.contact.default_pack
    return Reply("packs", packs=packs, default=default, data={"packs": packs, "default": default})


@router.command("规则包", may="contact.rules", takes_args=True)
def choose(ctx: Context) -> Reply:
    """给委托方选规则包，如「规则包 城市银行 内部从严」"""
    words, calls = take_times(read_name(ctx.args))
    name, _, pack = words.rpartition(" ")
    if not name:
        return _creditors(ctx)
    return _chosen(ctx, name.strip(), pack, calls)


@router.endpoint("GET", "/creditors", may="contact.rules")
def list_creditors(ctx: Context) -> Reply:
    """委托方和各自的规则包"""
    return _creditors(ctx)


@router.endpoint("PUT", "/creditors/<int:id>/rule-pack", may="contact.rules", body=ChosenPack)
def choose_by_api(ctx: Context) -> Reply:
    """给委托方选规则包，可以把每天有效通话定得更少"""
    body: ChosenPack = ctx.body
    return _chosen(ctx, ctx.path["id"], body.pack, body.calls_per_day)


def _creditors(ctx: Context) -> Reply:
    default = ctx.policy.contact.default_pack
    lines = [
        {
            "id": one.id,
            "name": one.name,
            "pack": one.pack or default,
            "title": (ctx.policy.packs.get(one.pack) or ctx.policy.packs[default]).title,
            "calls_per_day": one.calls_per_day,
        }
        for one in contact.creditors(ctx.session, actor=ctx.employee, policy=ctx.policy)
    ]
    titles = [pack.title for pack in ctx.policy.packs.values()]
    return Reply("creditors", lines=lines, titles=titles, data={"creditors": lines})


def _chosen(ctx: Context, creditor: str | int, pack: str, calls: int | None) -> Reply:
    found = contact.choose_pack(
        ctx.session,
        actor=ctx.employee,
        creditor=creditor,
        pack=pack,
        calls_per_day=calls,
        at=ctx.now,
        policy=ctx.policy,
    )
    chosen = _summary(ctx, ctx.policy.packs[found.pack])
    data = {"creditor": found.id, "pack": found.pack, "calls_per_day": found.calls_per_day}
    return Reply("chosen", creditor=found.name, pack=chosen, calls=found.calls_per_day, data=data)


def _summary(ctx: Context, pack: RulePack) -> Mapping[str, Any]:
    """The numbers of the version in force today, for people and for programs."""
    version = pack.on(ctx.now.date())
    limits = {
        "calls": version.calls,
        "contacts": version.contacts,
        "attempts": version.attempts,
        "gap_minutes": version.gap_minutes,
        "texts": version.texts,
        "visits": version.visits,
        "visits_in_week": version.visits_in_week,
        "lost_contact_attempts": version.lost_contact_attempts,
        "third_party_calls": version.third_party_calls,
    }
    return {
        "name": pack.name,
        "title": pack.title,
        "version": version.version,
        "valid_from": version.valid_from,
        "begin": f"{version.hours.begin:%H:%M}",
        "end": f"{version.hours.end:%H:%M}",
        "limits": {name: None if limit is None else limit.value for name, limit in limits.items()},
        "third_party_days": version.third_party_calls.days,
        "joint_obligors": version.joint_obligors.value,
        "sources": sorted({limit.source for limit in limits.values() if limit} | {version.hours.source}),
    }
