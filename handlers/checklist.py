"""我的待办: the steps that are mine, each done with one tap."""

from handlers.base import Context, Notice, Part, Reply, Router
from models import lifecycle
from models.staff import Employee

router = Router(texts="checklist")

AT_ONCE = 5
"""So many steps on one card; a sixth button leads on."""


@router.command("我的待办", "待办", may="checklist.work")
@router.endpoint("GET", "/checklist", may="checklist.work")
def my_steps(ctx: Context) -> Reply:
    """看我要办的事，点一下就办结"""
    return _list(ctx, 0)


@router.tap("steps", may="checklist.work")
def more_steps(ctx: Context) -> Reply:
    """看后面的待办"""
    return _list(ctx, int(ctx.args) if ctx.args.isdecimal() else 0)


@router.tap("step_done", may="checklist.work")
@router.endpoint("POST", "/checklist/<int:id>/done", may="checklist.work")
def finish(ctx: Context) -> list[Part]:
    """办结一项"""
    id_ = _number(ctx)
    if id_ is None:
        return [Reply("common/stale_key")]
    item, onboarding = lifecycle.finish_step(
        ctx.session, actor=ctx.employee, item_id=id_, at=ctx.now, policy=ctx.policy
    )
    person = lifecycle.whom_for(ctx.session, item)
    left = lifecycle.my_steps(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    parts: list[Part] = [Reply("done", item=item, person=person, left=len(left), data={"left": len(left)})]
    if onboarding is None:
        return parts
    person = _person(ctx, onboarding.employee_id)
    values = {"person": person, "onboarding": onboarding}
    kind, _, number = onboarding.begun_by.partition(":")
    told = {} if kind != "employee" else {int(number): _person(ctx, int(number))}
    leader = lifecycle.leader_of(ctx.session, onboarding.unit_id, ctx.now, but_for=person.id)
    if leader is not None:
        told[leader.id] = leader
    return parts + [
        Notice(one, "checklist/all_done", values) for id_, one in told.items() if id_ != ctx.employee.id
    ]


@router.tap("step_undo", may="checklist.work")
@router.endpoint("POST", "/checklist/<int:id>/undo", may="checklist.work")
def undo(ctx: Context) -> Reply:
    """点错了，改回没办"""
    id_ = _number(ctx)
    if id_ is None:
        return Reply("common/stale_key")
    item = lifecycle.reopen_step(ctx.session, actor=ctx.employee, item_id=id_, at=ctx.now, policy=ctx.policy)
    return Reply("undone", item=item, person=lifecycle.whom_for(ctx.session, item))


def _number(ctx: Context) -> int | None:
    """The number of the step, from the path of the request or from the button."""
    said = str(ctx.path.get("id", ctx.args))
    return int(said) if said.isdecimal() and len(said) < 10 else None


def _list(ctx: Context, first: int) -> Reply:
    steps = lifecycle.my_steps(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    some = steps[first : first + AT_ONCE]
    following = first + AT_ONCE
    data = {
        "steps": [
            {
                "id": item.id,
                "step": item.key,
                "for": person.wecom_id if isinstance(person, Employee) else None,
                "name": person.name,
                "due_at": item.due_at,
            }
            for item, person in steps
        ]
    }
    return Reply(
        "mine",
        data=data,
        steps=some,
        first=first,
        count=len(steps),
        following=following if following < len(steps) else None,
        now=ctx.now,
    )


def _person(ctx: Context, id_: int) -> Employee:
    return ctx.session.get_one(Employee, id_)
