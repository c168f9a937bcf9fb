"""入职: entering somebody who starts, and how far the steps have come."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import Context, Part, Reply, Router, to_confirm
from handlers.meant import employee_roles, person_called, propose_into_role
from handlers.parsing import take_days
from jobs.lifecycle import tell_called_off, tell_owners
from models import lifecycle, staff
from models.lifecycle import Onboarding, StepState
from models.staff import Employee, Role, Unit

router = Router(texts="joining")

ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
LONGEST_NAME = 100


@dataclass(frozen=True)
class _Asked:
    """What somebody asked for; what could not be read is None."""

    account: str | None
    name: str | None
    role: Role | None
    unit: Unit | None
    unit_words: str
    day: date


@dataclass(frozen=True)
class Joining:
    """Who joins, in which role, which unit and from which day on; today if none is named."""

    account: str
    name: str
    role: Role
    unit: int
    start_on: date | None = None

    def __post_init__(self) -> None:
        """As strict as the words of the chat."""
        if not ACCOUNT.fullmatch(self.account):
            raise ValueError("account")
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise ValueError("name")
        if self.role is Role.CANDIDATE:
            raise ValueError("role")


@router.command("入职", may="people.join", takes_args=True)
def propose(ctx: Context) -> Reply:
    """办入职：入职 账号 姓名 角色 单位 报到日期"""
    asked = _read(ctx)
    if asked.account is None or asked.name is None or asked.role is None or asked.unit is None:
        return Reply("how_to_join", asked=asked, roles=list(employee_roles(ctx)))
    return _preview(ctx, asked.account, asked.name, asked.role, asked.unit, asked.day)


@router.endpoint("POST", "/joinings", may="people.join", body=Joining)
def post_joining(ctx: Context) -> Reply:
    """办入职：先得到 proposal，确认后才算"""
    body: Joining = ctx.body
    unit = staff.find_unit_by_id(
        ctx.session, actor=ctx.employee, action="people.join", unit_id=body.unit, policy=ctx.policy
    )
    return _preview(ctx, body.account, body.name.strip(), body.role, unit, body.start_on or ctx.now.date())


def _preview(ctx: Context, account: str, name: str, role: Role, unit: Unit, day: date) -> Reply:
    back = lifecycle.check_joining(
        ctx.session,
        actor=ctx.employee,
        wecom_id=account,
        role=role,
        unit=unit,
        start_on=day,
        at=ctx.now,
        policy=ctx.policy,
    )
    proposal = propose_into_role(
        ctx,
        "join",
        role,
        {
            "who": lifecycle.seal_starter(ctx.session, actor=ctx.employee, wecom_id=account, name=name),
            "role": role,
            "unit": unit.id,
            "day": day.isoformat(),
        },
    )
    return Reply(
        "preview",
        proposal=proposal,
        account=account,
        name=name,
        day=day,
        unit=lifecycle.unit_named(ctx.session, unit.id),
        role=ctx.policy.rights.roles[role].name,
        steps=len(ctx.policy.checklist.joining),
        back=back,
        data=to_confirm(proposal),
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
    unit = ctx.session.get_one(Unit, arguments["unit"])
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
    person = ctx.session.get_one(Employee, onboarding.employee_id)
    steps = lifecycle.steps_of(ctx.session, of=onboarding)
    values = _values(ctx, onboarding)
    owners = dict.fromkeys(owner.name for _, owner in steps)
    return [
        Reply("joined", person=person, steps=len(steps), owners=list(owners), **values),
        *tell_owners(ctx.session, steps, person, {"moves": False, **values}),
    ]


@router.command("撤销入职", "取消入职", may="people.join", takes_args=True)
@router.endpoint("DELETE", "/people/<account>/joining", may="people.join")
def cancel(ctx: Context) -> list[Part]:
    """报到前撤销入职，如「撤销入职 张三」"""
    person = person_called(ctx, "people.join", ctx.path.get("account", ctx.args))
    told = lifecycle.cancel_onboarding(
        ctx.session, actor=ctx.employee, employee=person, at=ctx.now, policy=ctx.policy
    )
    return [Reply("called_off", person=person), *tell_called_off(ctx.session, told, person)]


@router.endpoint("GET", "/joinings", may="people.see_joining")
def list_joinings(ctx: Context) -> Reply:
    """在办的入职：谁、到哪里、办了几项"""
    return _all_progress(
        ctx, lifecycle.onboardings(ctx.session, actor=ctx.employee, policy=ctx.policy, person=None)
    )


@router.command("入职进度", may="people.see_joining", takes_args=True)
@router.endpoint("GET", "/people/<account>/joining", may="people.see_joining")
def progress(ctx: Context) -> Reply:
    """看新人的入职办到哪一步，如「入职进度 张三」"""
    asked = ctx.path.get("account", ctx.args)
    person = person_called(ctx, "people.see_joining", asked) if asked else None
    found = lifecycle.onboardings(ctx.session, actor=ctx.employee, policy=ctx.policy, person=person)
    if person is None and len(found) != 1:
        return _all_progress(ctx, found)
    if not found:
        return Reply("not_joining_now", person=person, data={"joining": None})
    [(onboarding, starter)] = found
    steps = [
        (item, owner, lifecycle.age(item.starts_at, item.done_at or ctx.now))
        for item, owner in lifecycle.steps_of(ctx.session, of=onboarding)
    ]
    values = _values(ctx, onboarding)
    data = {
        "joining": {
            "account": starter.wecom_id,
            "name": starter.name,
            "number": starter.number,
            "unit": values["unit"],
            "role": onboarding.role,
            "starts_at": onboarding.starts_at,
            "done_at": onboarding.done_at,
            "steps": [
                {
                    "step": item.key,
                    "owner": owner.wecom_id,
                    "state": item.state,
                    "due_at": item.due_at,
                    "done_at": item.done_at,
                }
                for item, owner, _ in steps
            ],
        }
    }
    return Reply("progress", person=starter, steps=steps, now=ctx.now, data=data, **values)


def _all_progress(ctx: Context, found: Sequence[tuple[Onboarding, Employee]]) -> Reply:
    counts = [
        (starter, onboarding, [item.state for item, _ in lifecycle.steps_of(ctx.session, of=onboarding)])
        for onboarding, starter in found
    ]
    data = {
        "joinings": [
            {
                "account": starter.wecom_id,
                "name": starter.name,
                "unit": lifecycle.unit_named(ctx.session, onboarding.unit_id),
                "starts_at": onboarding.starts_at,
                "done": states.count(StepState.DONE),
                "steps": len(states),
            }
            for starter, onboarding, states in counts
        ]
    }
    return Reply("all_progress", starters=counts, data=data)


def _values(ctx: Context, onboarding: Onboarding) -> dict[str, Any]:
    return {
        "unit": lifecycle.unit_named(ctx.session, onboarding.unit_id),
        "role": ctx.policy.rights.roles[onboarding.role].name,
        "starts_at": onboarding.starts_at,
        "onboarding": onboarding,
    }


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
    if role is Role.CANDIDATE:
        role = None
    unit = None
    if others and account and name and role:
        units = staff.find_units(
            ctx.session,
            actor=ctx.employee,
            action="people.join",
            asked="/".join(others),
            policy=ctx.policy,
        )
        unit = units[0] if len(units) == 1 else None
    return _Asked(account, name, role, unit, unit_words, days[0] if days else ctx.now.date())
