"""风险名单: who stands on a list is not followed up any more."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.base import Context, Reply, Router
from handlers.parsing import Misunderstood, read_name
from models import contact, secrecy

router = Router(texts="risk")


@dataclass(frozen=True)
class RiskLine:
    """Whom a list names, by name, identity number or phone."""

    kind: str
    source: str
    name: str = ""
    id_number: str = ""
    number: str = ""


@router.command("风险名单", may="contact.rules")
@router.endpoint("GET", "/risk-list", may="contact.rules")
def show_lists(ctx: Context) -> Reply:
    """看风险名单有多少人"""
    counts = contact.risk_counts(ctx.session, actor=ctx.employee, policy=ctx.policy)
    kinds = ctx.policy.contact.risk_kinds
    return Reply("lists", counts=counts, kinds=kinds, data={"counts": counts})


@router.command("加入风险名单", "加风险名单", "登记风险", may="contact.rules", takes_args=True)
def add(ctx: Context) -> Reply:
    """登记风险名单：加入风险名单 失信名单 名字 证件号"""
    line = _read(read_name(ctx.args), ctx.policy.contact.risk_kinds, ctx.employee.name)
    if line is None:
        raise Misunderstood(usage=str(add.__doc__))
    return _added(ctx, line)


@router.endpoint("POST", "/risk-list", may="contact.rules", body=RiskLine, success=201)
def add_by_api(ctx: Context) -> Reply:
    """登记风险名单，马上比对全部债务人"""
    return _added(ctx, ctx.body)


def _added(ctx: Context, line: RiskLine) -> Reply:
    made = contact.add_risk(
        ctx.session,
        kind=line.kind,
        source=line.source,
        name=line.name,
        id_number=line.id_number,
        number=line.number,
        by=ctx.employee,
        at=ctx.now,
        policy=ctx.policy,
    )
    hits = contact.rescreen(ctx.session, entry_ids=[made.id], at=ctx.now)
    stopped = sum(1 for hit in hits if hit.certain)
    kind = ctx.policy.contact.risk_kinds[made.kind]
    data = {"id": made.id, "stopped": stopped, "suspected": len(hits) - stopped}
    return Reply("added", entry=made, kind=kind, stopped=stopped, suspected=len(hits) - stopped, data=data)


@router.command("移出风险名单", may="contact.rules", takes_args=True)
def remove(ctx: Context) -> Reply:
    """从风险名单里去掉一行，如「移出风险名单 12」"""
    asked = read_name(ctx.args)
    if not asked.isdecimal() or len(asked) > 9:
        raise Misunderstood(usage=str(remove.__doc__))
    return _removed(ctx, int(asked))


@router.endpoint("DELETE", "/risk-list/<int:id>", may="contact.rules")
def remove_by_api(ctx: Context) -> Reply:
    """从风险名单里去掉一行；已停止联系的要另外解除"""
    return _removed(ctx, ctx.path["id"])


def _removed(ctx: Context, number: int) -> Reply:
    entry = contact.remove_risk(ctx.session, actor=ctx.employee, number=number, at=ctx.now, policy=ctx.policy)
    return Reply("removed", entry=entry, kind=ctx.policy.contact.risk_kinds.get(entry.kind, entry.kind))


def _read(text: str, kinds: Mapping[str, str], who: str) -> RiskLine | None:
    """Kind, name, identity number and phone of what was typed, in any order; the source is who typed it."""
    found: dict[str, str] = {}
    for word in re.split(r"[\s,，、;；]+", text):
        code = next((code for code, title in kinds.items() if word in (code, title)), None)
        if code is not None and "kind" not in found:
            found["kind"] = code
        elif secrecy.normal_id_number(word):
            found["id_number"] = word
        elif secrecy.normal_phone(word):
            found["number"] = word
        elif word and "name" not in found:
            found["name"] = word
        else:
            return None
    if "kind" not in found or len(found) < 2:
        return None
    return RiskLine(source=who, **found)
