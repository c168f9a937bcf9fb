"""目标 and 设目标: what people are to reach, set by whoever leads."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.meant import argument_of, employee_roles, keep_for_undo, person_called, sealed, unsealed
from handlers.parsing import take_role
from handlers.performance_words import read_target
from models import performance, proposals, staff
from models.calendar import add_months
from models.performance import ANY_BUCKET, KINDS, Standard, Target, Wanted
from models.policy import Policy
from models.staff import Employee, Unit

router = Router(texts="targets")

MAY = "performance.set_targets"
LAST_BUCKET = 7
MOST_LISTED = 30
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class ForPost:
    """A target of a role in a unit: yuan, percent, visits a day; the month as 2026-12."""

    unit: int
    role: str
    measure: str
    value: Decimal
    month: str
    bucket: int = ANY_BUCKET

    def __post_init__(self) -> None:
        """Refuse what names nothing; the error names the field."""
        _check(self.measure, self.value, self.month, self.bucket)


@dataclass(frozen=True)
class ForPerson:
    """Somebody's own target, with the reason that the person sees."""

    measure: str
    value: Decimal
    month: str
    reason: str
    bucket: int = ANY_BUCKET

    def __post_init__(self) -> None:
        """Refuse what names nothing; the error names the field."""
        _check(self.measure, self.value, self.month, self.bucket)


def _check(measure: str, value: Decimal, month: str, bucket: int) -> None:
    if measure not in KINDS:
        raise ValueError("measure")
    if value * HUNDRED != int(value * HUNDRED):
        raise ValueError("value")
    if re.fullmatch(r"20\d{2}-(?:0[1-9]|1[0-2])", month) is None:
        raise ValueError("month")
    if not ANY_BUCKET <= bucket <= LAST_BUCKET:
        raise ValueError("bucket")


# --- setting ------------------------------------------------------------------------------------------


@router.command("设目标", "定目标", "改目标", "设定目标", "下目标", may=MAY, takes_args=True)
def propose(ctx: Context) -> Reply:
    """定目标，如「设目标 催收员 M2 回款率 35% 十二月」"""
    said = read_target(ctx.args, ctx.now.date(), ctx.policy.performance.measures)
    if not said.measure or said.value is None:
        return Reply("how_to_set", said=said, names=_names(ctx.policy))
    role, words = take_role(said.rest, employee_roles(ctx))
    starts_on = said.starts_on or ctx.now.date().replace(day=1)
    if role is None:
        if not said.rest:
            return Reply("how_to_set", said=said, names=_names(ctx.policy))
        person = person_called(ctx, MAY, said.rest)
        return _preview(
            ctx,
            Wanted(said.measure, said.value, starts_on, said.bucket, person=person, reason=said.reason),
        )
    units = staff.find_units(ctx.session, actor=ctx.employee, action=MAY, asked=words, policy=ctx.policy)
    if len(units) > 1:
        return Reply("which_unit", units=units)
    return _preview(ctx, Wanted(said.measure, said.value, starts_on, said.bucket, unit=units[0], role=role))


@router.endpoint("POST", "/targets", may=MAY, body=ForPost)
def propose_by_api(ctx: Context) -> Reply:
    """定一个角色的目标：先预览，再确认"""
    body: ForPost = ctx.body
    unit = staff.find_unit_by_id(
        ctx.session, actor=ctx.employee, action=MAY, unit_id=body.unit, policy=ctx.policy
    )
    return _preview(ctx, _wanted(body, unit=unit, role=body.role))


@router.endpoint("POST", "/people/<account>/targets", may=MAY, body=ForPerson)
def propose_for_person_by_api(ctx: Context) -> Reply:
    """定一个人自己的目标：先预览，再确认"""
    body: ForPerson = ctx.body
    person = person_called(ctx, MAY, ctx.path["account"])
    return _preview(ctx, _wanted(body, person=person, reason=body.reason))


def _wanted(body: ForPost | ForPerson, **whom: Any) -> Wanted:
    return Wanted(
        body.measure,
        int(body.value * HUNDRED),
        date.fromisoformat(f"{body.month}-01"),
        body.bucket,
        **whom,
    )


def _preview(ctx: Context, wanted: Wanted) -> Reply:
    before = performance.check_target(
        ctx.session, actor=ctx.employee, wanted=wanted, at=ctx.now, policy=ctx.policy
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="set_target",
        arguments={
            "measure": wanted.measure,
            "value": wanted.value,
            "starts_on": wanted.starts_on.isoformat(),
            "bucket": wanted.bucket,
            "person": None if wanted.person is None else wanted.person.id,
            "unit": None if wanted.unit is None else wanted.unit.id,
            "role": wanted.role,
            "reason": sealed(ctx)(wanted.reason),
        },
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return Reply(
        "preview",
        proposal=proposal,
        before=None if before is None else _of(ctx, before),
        reason=wanted.reason,
        data=to_confirm(proposal),
        **_shown(ctx, wanted.measure, wanted.bucket, wanted.value, wanted.starts_on),
        **_whose(ctx, wanted.person, wanted.unit, wanted.role),
    )


@router.confirmation("set_target", may=MAY)
def set_(ctx: Context) -> list[Part]:
    """确认定目标"""
    assert ctx.proposal is not None
    asked = ctx.proposal.arguments
    wanted = Wanted(
        asked["measure"],
        asked["value"],
        date.fromisoformat(asked["starts_on"]),
        asked["bucket"],
        person=None if asked["person"] is None else ctx.session.get_one(Employee, asked["person"]),
        unit=None if asked["unit"] is None else ctx.session.get_one(Unit, asked["unit"]),
        role=asked["role"],
        reason=unsealed(ctx)(asked["reason"]),
    )
    target, before = performance.set_target(
        ctx.session, actor=ctx.employee, wanted=wanted, at=ctx.now, policy=ctx.policy
    )
    keep_for_undo(ctx, "set_target", target=target.id)
    values = {**_of(ctx, target), **_whose(ctx, wanted.person, wanted.unit, wanted.role)}
    people = performance.concerned(ctx.session, target, at=ctx.now, policy=ctx.policy)
    told = [
        Notice(one, "targets/yours", {**values, "own": wanted.person is not None, "reason": wanted.reason})
        for one in people
        if one.id != ctx.employee.id
    ]
    reply = Reply(
        "set",
        before=None if before is None else _of(ctx, before),
        people=len(people),
        data={"target": target.id, "people": len(people)},
        **values,
    )
    return [reply, *told]


@router.inverse("set_target", may=MAY)
def take_back(ctx: Context) -> Reply:
    """撤销定的目标"""
    target = performance.take_back_target(
        ctx.session,
        actor=ctx.employee,
        target_id=argument_of(ctx, "target"),
        at=ctx.now,
        policy=ctx.policy,
    )
    person = None if target.employee_id is None else ctx.session.get_one(Employee, target.employee_id)
    unit = None if target.unit_id is None else ctx.session.get_one(Unit, target.unit_id)
    return Reply(
        "taken_back", taken=ctx.taken_back, **_of(ctx, target), **_whose(ctx, person, unit, target.role)
    )


# --- looking ------------------------------------------------------------------------------------------


@router.command("目标", "业绩目标", "本月目标", "看目标", takes_args=True)
def show(ctx: Context) -> Reply:
    """看要达到的目标，主管还可以「目标 一组」"""
    asked = ctx.args.strip()
    if not asked:
        return _show_person(ctx, ctx.employee)
    try:
        units = staff.find_units(ctx.session, actor=ctx.employee, action=MAY, asked=asked, policy=ctx.policy)
    except staff.UnitNotFound:
        return _show_person(ctx, person_called(ctx, MAY, asked))
    if len(units) > 1:
        return Reply("which_unit", units=units)
    return _show_unit(ctx, units[0])


@router.endpoint("GET", "/targets")
def show_by_api(ctx: Context) -> Reply:
    """看自己要达到的目标"""
    return _show_person(ctx, ctx.employee)


@router.endpoint("GET", "/people/<account>/targets", may=MAY)
def show_person_by_api(ctx: Context) -> Reply:
    """看一个人要达到的目标"""
    return _show_person(ctx, person_called(ctx, MAY, ctx.path["account"]))


def _show_person(ctx: Context, person: Employee) -> Reply:
    first = ctx.now.date().replace(day=1)
    now, then = (
        performance.standards(ctx.session, [person], first=month, policy=ctx.policy)[person.id]
        for month in (first, add_months(first, 1))
    )
    known = {(one.measure, one.bucket): one for one in now}
    changes = [one for one in then if _is_new(one, known.get((one.measure, one.bucket)))]
    return Reply(
        "standards",
        person=person,
        own=person.id == ctx.employee.id,
        sets=staff.may(staff.roles_of(ctx.employee), MAY, ctx.policy.rights),
        first=first,
        next=add_months(first, 1),
        now=[_standard(ctx, one) for one in now],
        then=[_standard(ctx, one) for one in changes],
        data={
            "month": f"{first:%Y-%m}",
            "targets": [_data(one) for one in now],
            "next_month": [_data(one) for one in changes],
        },
    )


def _is_new(one: Standard, before: Standard | None) -> bool:
    return before is None or before.value != one.value


def _show_unit(ctx: Context, unit: Unit) -> Reply:
    found = performance.targets_within(
        ctx.session, actor=ctx.employee, unit=unit, at=ctx.now, policy=ctx.policy
    )
    return Reply(
        "of_unit",
        unit=unit,
        targets=[{**_of(ctx, one), **_whose(ctx, None, unit, one.role)} for one in found],
        most=MOST_LISTED,
    )


def _standard(ctx: Context, one: Standard) -> dict[str, Any]:
    return {
        **_shown(ctx, one.measure, one.bucket, int(one.value * HUNDRED), one.target.starts_on),
        "full": one.full,
        "eased": one.value != one.full,
        "reason": performance.why(ctx.session, one.target),
    }


def _data(one: Standard) -> dict[str, Any]:
    return {
        "measure": one.measure,
        "bucket": None if one.bucket == ANY_BUCKET else one.bucket,
        "value": float(one.value),
        "full": float(one.full),
        "unit": KINDS[one.measure].unit,
        "direction": KINDS[one.measure].direction,
        "own": one.target.employee_id is not None,
    }


def _of(ctx: Context, target: Target) -> dict[str, Any]:
    return _shown(ctx, target.measure, target.bucket, target.value, target.starts_on)


def _shown(ctx: Context, measure: str, bucket: int, value: int, starts_on: date) -> dict[str, Any]:
    kind = KINDS[measure]
    return {
        "name": _names(ctx.policy)[measure],
        "bucket": None if bucket == ANY_BUCKET else bucket,
        "unit_of": kind.unit,
        "limit": kind.direction is performance.Direction.LOWER,
        "value": Decimal(value) / HUNDRED,
        "starts_on": starts_on,
    }


def _whose(ctx: Context, person: Employee | None, unit: Unit | None, role: str) -> dict[str, Any]:
    return {
        "person": person,
        "unit": None if unit is None else unit.name,
        "role": ctx.policy.rights.roles[role].name if role else "",
    }


def _names(policy: Policy) -> dict[str, str]:
    return {code: words[0] for code, words in policy.performance.measures.items()}
