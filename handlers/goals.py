"""试用期目标, 目标进度 and 我的目标: what somebody is to do during probation, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.meant import argument_of, keep_for_undo, person_called
from handlers.parsing import Misunderstood, take_days
from handlers.performance_words import name_in, read_goals, read_progress, take_template
from models import performance, proposals
from models.calendar import add_months
from models.performance import PlanView
from models.policy import GoalLine
from models.staff import Employee

router = Router(texts="goals")

MAY = "performance.set_goals"


@dataclass(frozen=True)
class GoalBody:
    """One goal: its code, how much of it, its weight in percent."""

    kind: str
    target: int
    weight: int


@dataclass(frozen=True)
class GoalsBody:
    """The goals of somebody; without a last day they hold as long as the policy says."""

    goals: list[GoalBody]
    ends_on: date | None = None


@dataclass(frozen=True)
class Done:
    """How much of a goal is done in all, or the level."""

    done: int


# --- setting ------------------------------------------------------------------------------------------


@router.command("试用期目标", "试用目标", "定试用期目标", "试用期进度", may=MAY, takes_args=True)
def goals(ctx: Context) -> Reply:
    """定或看试用期目标，如「试用期目标 张三」"""
    if not ctx.args.strip():
        return _everybody(ctx)
    of_policy = ctx.policy.performance
    lines, rest = read_goals(ctx.args, of_policy.goal_kinds)
    days, rest = take_days(rest, ctx.now.date())
    template = None
    if not lines:
        template, rest = take_template(rest, of_policy.goal_templates)
        if template is None and any(mark.isdigit() for mark in rest) and _names_a_goal(ctx, rest):
            return Reply("weights_needed", kinds=[one.words[0] for one in of_policy.goal_kinds.values()])
    person = person_called(ctx, MAY, name_in(rest))
    if template is not None:
        return _preview_template(ctx, person, template, days[-1] if days else None)
    if lines:
        return _preview(ctx, person, lines, _until(ctx, days[-1] if days else None, None))
    return _of_person(ctx, person)


def _names_a_goal(ctx: Context, text: str) -> bool:
    kinds = ctx.policy.performance.goal_kinds.values()
    return any(word in text for kind in kinds for word in kind.words)


@router.tap("goal_template", may=MAY)
def choose(ctx: Context) -> Reply:
    """用模板定试用期目标"""
    account, _, template = ctx.args.rpartition(".")
    if template not in ctx.policy.performance.goal_templates:
        raise Misunderstood(usage=str(goals.__doc__))
    return _preview_template(ctx, person_called(ctx, MAY, account), template, None)


@router.endpoint("POST", "/people/<account>/goals", may=MAY, body=GoalsBody)
def set_by_api(ctx: Context) -> Reply:
    """定一个人的试用期目标：先预览，再确认"""
    body: GoalsBody = ctx.body
    person = person_called(ctx, MAY, ctx.path["account"])
    if unknown := [one.kind for one in body.goals if one.kind not in ctx.policy.performance.goal_kinds]:
        raise Misunderstood(usage=unknown[0])
    lines = [GoalLine(one.kind, one.target, one.weight) for one in body.goals]
    return _preview(ctx, person, lines, _until(ctx, body.ends_on, None))


def _preview_template(ctx: Context, person: Employee, code: str, ends_on: date | None) -> Reply:
    template = ctx.policy.performance.goal_templates[code]
    return _preview(ctx, person, template.goals, _until(ctx, ends_on, template.months))


def _until(ctx: Context, ends_on: date | None, months: int | None) -> date:
    if ends_on is not None:
        return ends_on
    first = add_months(ctx.now.date().replace(day=1), months or ctx.policy.performance.probation_months)
    return date.fromordinal(first.toordinal() + min(ctx.now.day, 28) - 1)


def _preview(ctx: Context, person: Employee, lines: Sequence[GoalLine], ends_on: date) -> Reply:
    before = performance.check_goals(
        ctx.session,
        actor=ctx.employee,
        person=person,
        lines=lines,
        ends_on=ends_on,
        at=ctx.now,
        policy=ctx.policy,
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="set_goals",
        arguments={
            "person": person.id,
            "goals": [[line.kind, line.target, line.weight] for line in lines],
            "ends_on": ends_on.isoformat(),
        },
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return Reply(
        "preview",
        proposal=proposal,
        person=person,
        lines=_lines(ctx, lines),
        ends_on=ends_on,
        replaces=before is not None,
        data=to_confirm(proposal),
    )


@router.confirmation("set_goals", may=MAY)
def set_(ctx: Context) -> list[Part]:
    """确认试用期目标"""
    assert ctx.proposal is not None
    asked = ctx.proposal.arguments
    person = ctx.session.get_one(Employee, asked["person"])
    lines = [GoalLine(*line) for line in asked["goals"]]
    plan = performance.set_goals(
        ctx.session,
        actor=ctx.employee,
        person=person,
        lines=lines,
        ends_on=date.fromisoformat(asked["ends_on"]),
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "set_goals", plan=plan.id)
    values: dict[str, Any] = {"person": person, "lines": _lines(ctx, lines), "ends_on": plan.ends_on}
    return [Reply("set", data={"plan": plan.id}, **values), Notice(person, "goals/yours", values)]


@router.inverse("set_goals", may=MAY)
def take_goals_back(ctx: Context) -> Reply:
    """撤销试用期目标"""
    person = performance.take_back_goals(
        ctx.session, actor=ctx.employee, plan_id=argument_of(ctx, "plan"), at=ctx.now, policy=ctx.policy
    )
    view = performance.progress(ctx.session, person, at=ctx.now, policy=ctx.policy)
    return Reply("goals_taken_back", person=person, again=view is not None, taken=ctx.taken_back)


# --- how far it is ------------------------------------------------------------------------------------


@router.command("目标进度", "更新目标", "记目标", may=MAY, takes_args=True)
def note(ctx: Context) -> list[Part]:
    """记试用期目标做到多少，如「目标进度 张三 数据报告 2」"""
    said = read_progress(ctx.args, ctx.policy.performance.goal_kinds)
    if said is None:
        return [Reply("how_to_note")]
    who, code, done = said
    return _note(ctx, person_called(ctx, MAY, who), code, done)


@router.endpoint("POST", "/people/<account>/goals/<code>", may=MAY, body=Done)
def note_by_api(ctx: Context) -> list[Part]:
    """记试用期目标做到多少"""
    body: Done = ctx.body
    return _note(ctx, person_called(ctx, MAY, ctx.path["account"]), ctx.path["code"], body.done)


def _note(ctx: Context, person: Employee, code: str, done: int) -> list[Part]:
    step = performance.note_progress(
        ctx.session, actor=ctx.employee, person=person, code=code, done=done, at=ctx.now, policy=ctx.policy
    )
    keep_for_undo(ctx, "note_progress", step=step.id)
    view = performance.progress(ctx.session, person, at=ctx.now, policy=ctx.policy)
    assert view is not None
    [changed] = [one for one in view.goals if one.code == code]
    values: dict[str, Any] = {"person": person, "one": changed, "reached": view.reached}
    told: list[Part] = [Reply("noted", data=_data(view), **values), Notice(person, "goals/moved", values)]
    by = ctx.session.get_one(Employee, view.plan.set_by_id)
    if by.id != ctx.employee.id:
        told.append(Notice(by, "goals/moved_on", values))
    return told


@router.inverse("note_progress", may=MAY)
def take_note_back(ctx: Context) -> Reply:
    """撤销记的目标进度"""
    person, code = performance.take_back_progress(
        ctx.session, actor=ctx.employee, step_id=argument_of(ctx, "step"), at=ctx.now, policy=ctx.policy
    )
    view = performance.progress(ctx.session, person, at=ctx.now, policy=ctx.policy)
    one = None if view is None else next((it for it in view.goals if it.code == code), None)
    return Reply("note_taken_back", person=person, one=one, taken=ctx.taken_back)


@router.command("我的目标", "我的试用期目标", "我的进度")
@router.endpoint("GET", "/goals")
def mine(ctx: Context) -> Reply:
    """看我的试用期目标做到哪里"""
    view = performance.progress(ctx.session, ctx.employee, at=ctx.now, policy=ctx.policy)
    return Reply("mine", view=view, data=_data(view))


@router.endpoint("GET", "/people/<account>/goals", may=MAY)
def of_person_by_api(ctx: Context) -> Reply:
    """看一个人的试用期目标做到哪里"""
    return _of_person(ctx, person_called(ctx, MAY, ctx.path["account"]))


def _of_person(ctx: Context, person: Employee) -> Reply:
    view = performance.progress(ctx.session, person, at=ctx.now, policy=ctx.policy)
    if view is None:
        templates = ctx.policy.performance.goal_templates
        return Reply(
            "none_yet",
            person=person,
            templates={code: template.name for code, template in templates.items()},
            data=_data(None),
        )
    return Reply("of_person", person=person, view=view, data=_data(view))


def _everybody(ctx: Context) -> Reply:
    found = performance.plans_within(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    return Reply("everybody", plans=found, today=ctx.now.date())


def _lines(ctx: Context, lines: Sequence[GoalLine]) -> list[dict[str, Any]]:
    kinds = ctx.policy.performance.goal_kinds
    return [
        {
            "name": kinds[line.kind].words[0],
            "unit": kinds[line.kind].unit,
            "level": kinds[line.kind].level,
            "target": line.target,
            "weight": line.weight,
        }
        for line in lines
    ]


def _data(view: PlanView | None) -> dict[str, Any]:
    if view is None:
        return {"goals": []}
    return {
        "starts_on": view.plan.starts_on,
        "ends_on": view.plan.ends_on,
        "reached": float(view.reached),
        "goals": [
            {
                "kind": one.code,
                "name": one.kind.words[0],
                "target": one.goal.target,
                "done": one.goal.done,
                "missing": one.goal.missing,
                "weight": one.goal.weight,
                "points": float(one.goal.points),
            }
            for one in view.goals
        ],
    }
