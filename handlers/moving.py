"""调动: another post from a day on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.meant import beginning_of, employee_roles, person_called, propose_into_role
from handlers.parsing import read_going, take_days, take_role
from jobs.handover import ask, withdrawn
from jobs.lifecycle import tell_called_off, tell_owners, transfer_values
from models import handover, lifecycle, staff
from models.handover import Cause
from models.staff import Employee, Role, Unit

router = Router(texts="moving")


@dataclass(frozen=True)
class Transfer:
    """Where to, in which role (the same if none is named), and from which day on (tomorrow)."""

    unit: int
    role: Role | None = None
    effective_on: date | None = None

    def __post_init__(self) -> None:
        """Nobody who works here becomes a candidate."""
        if self.role is Role.CANDIDATE:
            raise ValueError("role")


@router.command("调动", "调岗", "转岗", "调到", "调去", may="people.move", takes_args=True)
def propose(ctx: Context) -> Reply:
    """办调动：调动 张三 到 城东催收组 组长 4月1日起"""
    days, rest = take_days(ctx.args, ctx.now.date())
    who_and_where = read_going(rest)
    if who_and_where is None:
        return Reply("how_to_move", words="", roles=list(employee_roles(ctx)))
    person = person_called(ctx, "people.move", who_and_where[0])
    role, unit = _where(ctx, who_and_where[1], person)
    if unit is None or role is None:
        return Reply("how_to_move", words=who_and_where[1], roles=list(employee_roles(ctx)))
    return _preview(ctx, person, role, unit, days[0] if days else None)


@router.endpoint("POST", "/people/<account>/transfer", may="people.move", body=Transfer)
def post_transfer(ctx: Context) -> Reply:
    """办调动：先得到 proposal，确认后才算"""
    body: Transfer = ctx.body
    person = person_called(ctx, "people.move", ctx.path["account"])
    unit = staff.find_unit_by_id(
        ctx.session, actor=ctx.employee, action="people.move", unit_id=body.unit, policy=ctx.policy
    )
    role = body.role or (Role(person.role) if person.role else None)
    if role is None:
        raise lifecycle.NoPost(person=person.named)
    return _preview(ctx, person, role, unit, body.effective_on)


def _preview(ctx: Context, person: Employee, role: Role, unit: Unit, day: date | None) -> Reply:
    effective_at = beginning_of(ctx, day or ctx.now.date() + timedelta(days=1))
    post = lifecycle.check_transfer(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        unit=unit,
        role=role,
        effective_at=effective_at,
        at=ctx.now,
        policy=ctx.policy,
    )
    proposal = propose_into_role(
        ctx,
        "move",
        role,
        {
            "person": person.id,
            "role": role,
            "unit": unit.id,
            "at": None if effective_at == ctx.now else effective_at.isoformat(),
        },
    )
    return Reply(
        "preview",
        proposal=proposal,
        person=person,
        old_unit=lifecycle.unit_named(ctx.session, post.unit_id),
        new_unit=lifecycle.unit_named(ctx.session, unit.id),
        old_role=ctx.policy.rights.roles[post.role].name,
        new_role=ctx.policy.rights.roles[role].name,
        effective_at=effective_at,
        counts=lifecycle.counted(
            lifecycle.stays_behind(ctx.session, employee=person, unit=unit, role=role, at=ctx.now)
        ),
        data=to_confirm(proposal),
    )


@router.confirmation("move", may="people.move")
def move(ctx: Context) -> list[Part]:
    """确认调动"""
    return _move(ctx)


@router.confirmation("move_powerful", may="people.appoint")
def move_powerful(ctx: Context) -> list[Part]:
    """确认调到有权力的角色"""
    return _move(ctx)


def _move(ctx: Context) -> list[Part]:
    assert ctx.proposal is not None
    arguments = ctx.proposal.arguments
    person = ctx.session.get_one(Employee, arguments["person"])
    unit = ctx.session.get_one(Unit, arguments["unit"])
    transfer = lifecycle.plan_transfer(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        unit=unit,
        role=Role(arguments["role"]),
        effective_at=datetime.fromisoformat(arguments["at"]) if arguments["at"] else ctx.now,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    values = transfer_values(ctx.session, transfer, ctx.policy)
    one = handover.open_handover_of(ctx.session, employee_id=person.id, cause=Cause.TRANSFER)
    lines = [] if one is None else handover.lines(ctx.session, one.id)
    steps = {
        "unit": values["new_unit"],
        "role": ctx.policy.rights.roles[transfer.to_role].name,
        "starts_at": transfer.effective_at,
        "moves": True,
    }
    return [
        Reply("planned", lines=len(lines), now=ctx.now, **values),
        *([] if person.id == ctx.employee.id else [Notice(person, "moving/you_will_move", values)]),
        *ask(ctx.session, lines, ctx.now),
        *tell_owners(ctx.session, lifecycle.steps_of(ctx.session, of=transfer), person, steps),
    ]


@router.command("撤销调动", "取消调动", may="people.move", takes_args=True)
@router.endpoint("DELETE", "/people/<account>/transfer", may="people.move")
def cancel(ctx: Context) -> list[Part]:
    """生效前撤销调动，如「撤销调动 张三」"""
    person = person_called(ctx, "people.move", ctx.path.get("account", ctx.args))
    one = handover.open_handover_of(ctx.session, employee_id=person.id, cause=Cause.TRANSFER)
    transfer, owners, asked = lifecycle.cancel_transfer(
        ctx.session, actor=ctx.employee, employee=person, at=ctx.now, policy=ctx.policy
    )
    values = transfer_values(ctx.session, transfer, ctx.policy)
    told: list[Part] = [] if one is None else [*withdrawn(ctx.session, one, asked)]
    return [
        Reply("called_off", **values),
        *told,
        *tell_called_off(ctx.session, owners, person),
    ]


def _where(ctx: Context, words: str, person: Employee) -> tuple[Role | None, Unit | None]:
    """The role and the unit named, in either order; what is not named stays as it is."""
    named, path = take_role(words, employee_roles(ctx))
    unit = None
    if path:
        units = staff.find_units(
            ctx.session, actor=ctx.employee, action="people.move", asked=path, policy=ctx.policy
        )
        unit = units[0] if len(units) == 1 else None
    if not path and named and person.unit_id is not None:
        unit = ctx.session.get(Unit, person.unit_id)
    role = named or person.role
    return (Role(role) if role else None), unit
