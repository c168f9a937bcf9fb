"""入职: entering somebody who starts, and how far the steps have come."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import Context, Part, Reply, Router
from handlers.parsing import take_days
from jobs.lifecycle import tell_called_off, tell_owners
from models import lifecycle, proposals, staff
from models.lifecycle import Onboarding
from models.staff import Employee, Role, Unit

router = Router(texts="joining")

ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


@dataclass(frozen=True)
class _Asked:
    """What somebody asked for; what could not be read is None."""

    account: str | None
    name: str | None
    role: Role | None
    unit: Unit | None
    unit_words: str
    day: date


@router.command("入职", may="people.join", takes_args=True)
def propose(ctx: Context) -> Reply:
    """办入职：入职 账号 姓名 角色 单位 报到日期"""
    asked = _read(ctx)
    if asked.account is None or asked.name is None or asked.role is None or asked.unit is None:
        return Reply("how_to_join", asked=asked, roles=_names(ctx))
    back = lifecycle.check_joining(
        ctx.session,
        actor=ctx.employee,
        wecom_id=asked.account,
        role=asked.role,
        unit=asked.unit,
        start_on=asked.day,
        at=ctx.now,
        policy=ctx.policy,
    )
    powerful = asked.role in ctx.policy.people.powerful_roles
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="join_powerful" if powerful else "join",
        arguments={
            "who": lifecycle.seal_starter(
                ctx.session, actor=ctx.employee, wecom_id=asked.account, name=asked.name
            ),
            "role": asked.role,
            "unit": asked.unit.id,
            "day": asked.day.isoformat(),
        },
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
        needs_code=powerful
        and proposals.needs_code(ctx.session, actor=ctx.employee, action="people.appoint", policy=ctx.policy),
    )
    return Reply(
        "preview",
        proposal=proposal,
        asked=asked,
        unit=lifecycle.unit_named(ctx.session, asked.unit.id),
        role=ctx.policy.rights.roles[asked.role].name,
        steps=len(ctx.policy.checklist.joining),
        back=back,
    )


@router.confirmation("join", may="people.join")
def join(ctx: Context) -> list[Part]:
    """确认入职"""
    return _join(ctx)


@router.confirmation("join_powerful", may="people.appoint")
def join_powerful(ctx: Context) -> list[Part]:
    """确认有权力的角色入职"""
    return _join(ctx)


def _join(ctx: Context) -> list[Part]:
    assert ctx.proposal is not None
    arguments = ctx.proposal.arguments
    unit = ctx.session.get(Unit, arguments["unit"])
    assert unit is not None
    account, name = lifecycle.open_starter(ctx.session, actor=ctx.employee, sealed=arguments["who"])
    onboarding = lifecycle.join(
        ctx.session,
        actor=ctx.employee,
        wecom_id=account,
        name=name,
        role=Role(arguments["role"]),
        unit=unit,
        start_on=date.fromisoformat(arguments["day"]),
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    person = ctx.session.get(Employee, onboarding.employee_id)
    assert person is not None
    steps = lifecycle.steps_of(ctx.session, of=onboarding)
    values = _values(ctx, onboarding)
    owners = dict.fromkeys(owner.name for _, owner in steps)
    return [
        Reply("joined", person=person, steps=len(steps), owners=list(owners), **values),
        *tell_owners(ctx.session, steps, person, {"moves": False, **values}),
    ]


@router.command("撤销入职", "取消入职", may="people.join", takes_args=True)
def cancel(ctx: Context) -> list[Part]:
    """报到前撤销入职，如「撤销入职 张三」"""
    person = _person(ctx, "people.join", ctx.args)
    told = lifecycle.cancel_onboarding(
        ctx.session, actor=ctx.employee, employee=person, at=ctx.now, policy=ctx.policy
    )
    return [Reply("called_off", person=person), *tell_called_off(ctx.session, told, person)]


@router.command("入职进度", may="people.see_joining", takes_args=True)
def progress(ctx: Context) -> Reply:
    """看新人的入职办到哪一步，如「入职进度 张三」"""
    person = _person(ctx, "people.see_joining", ctx.args) if ctx.args else None
    found = lifecycle.onboardings(ctx.session, actor=ctx.employee, policy=ctx.policy, person=person)
    if person is None and len(found) != 1:
        counts = [
            (starter, onboarding, [item.state for item, _ in lifecycle.steps_of(ctx.session, of=onboarding)])
            for onboarding, starter in found
        ]
        return Reply("all_progress", starters=counts)
    if not found:
        return Reply("not_joining_now", person=person)
    [(onboarding, starter)] = found
    steps = [
        (item, owner, lifecycle.age(item.starts_at, item.done_at or ctx.now))
        for item, owner in lifecycle.steps_of(ctx.session, of=onboarding)
    ]
    return Reply("progress", person=starter, steps=steps, now=ctx.now, **_values(ctx, onboarding))


def _person(ctx: Context, action: str, asked: str) -> Employee:
    return lifecycle.the_person(
        ctx.session, actor=ctx.employee, action=action, asked=asked, at=ctx.now, policy=ctx.policy
    )


def _values(ctx: Context, onboarding: Onboarding) -> dict[str, Any]:
    return {
        "unit": lifecycle.unit_named(ctx.session, onboarding.unit_id),
        "role": ctx.policy.rights.roles[onboarding.role].name,
        "starts_at": onboarding.starts_at,
        "onboarding": onboarding,
    }


def _names(ctx: Context) -> list[str]:
    """What the roles of employees are called."""
    return [rights.name for role, rights in ctx.policy.rights.roles.items() if role != Role.CANDIDATE]


def _read(ctx: Context) -> _Asked:
    """Account and name come first, in either order; role, unit and day follow in any."""
    days, rest = take_days(ctx.args, ctx.now.date())
    words = re.split(r"[\s,，、;；]+", rest) if rest else []
    account = next((word for word in words[:2] if ACCOUNT.fullmatch(word)), None)
    if account is not None:
        words.remove(account)
    name = words.pop(0) if words else None
    by_name = {rights.name.lower(): Role(role) for role, rights in ctx.policy.rights.roles.items()}
    role = next((by_name[word.lower()] for word in words if word.lower() in by_name), None)
    others = [word for word in words if word.lower() not in by_name]
    unit_words = " ".join(others)
    unit = staff.find_unit(ctx.session, "/".join(others)) if others else None
    if role is Role.CANDIDATE:
        role = None
    return _Asked(account, name, role, unit, unit_words, days[0] if days else ctx.now.date())
