"""兼任: further posts beside the main one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handlers.base import Context, Part, Reply, Router, to_confirm
from handlers.meant import beginning_of, employee_roles, person_called, propose_into_role
from handlers.parsing import read_going, take_days, take_role
from jobs.handover import ask, given, withdrawn
from jobs.posts import post_values, told_of_end, told_of_taking_on
from models import handover, lifecycle, proposals, staff
from models.staff import Employee, Post, Role, Unit

router = Router(texts="posts")


@dataclass(frozen=True)
class FurtherPost:
    """Which unit and role, and from which day on; without one from tomorrow on."""

    unit: int
    role: str
    on: date | None = None

    def __post_init__(self) -> None:
        """Roles of employees only."""
        if self.role not in set(Role) - {Role.CANDIDATE}:
            raise ValueError("role")


@dataclass(frozen=True)
class EndOfPost:
    """Which unit, which role where there are several, and on which day; without one now."""

    unit: int
    role: str | None = None
    on: date | None = None


@router.command("兼任", "兼岗", "加兼任", may="people.move", takes_args=True)
def propose(ctx: Context) -> Reply:
    """加兼任岗位：兼任 张三 城东二组 组长 4月1日起"""
    days, rest = take_days(ctx.args, ctx.now.date())
    who_and_where = read_going(rest)
    role, words = take_role(who_and_where[1] if who_and_where else "", employee_roles(ctx))
    if who_and_where is None or role is None or not words:
        return Reply("how_to_take_on", roles=list(employee_roles(ctx)))
    person = person_called(ctx, "people.move", who_and_where[0])
    units = _units(ctx, words)
    if len(units) > 1:
        return Reply("which_unit", words=words, units=units)
    return _preview(ctx, person, units[0], Role(role), days[0] if days else None)


@router.endpoint("POST", "/people/<account>/posts", may="people.move", body=FurtherPost)
def propose_by_api(ctx: Context) -> Reply:
    """加兼任岗位：先预览，再确认"""
    body: FurtherPost = ctx.body
    person, unit = _asked_by_api(ctx, body.unit)
    return _preview(ctx, person, unit, Role(body.role), body.on)


def _preview(ctx: Context, person: Employee, unit: Unit, role: Role, day: date | None) -> Reply:
    starts_at = beginning_of(ctx, day or ctx.now.date() + timedelta(days=1))
    known = lifecycle.check_further_post(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        unit=unit,
        role=role,
        starts_at=starts_at,
        at=ctx.now,
        policy=ctx.policy,
    )
    proposal = propose_into_role(
        ctx,
        "add_post",
        role,
        {
            "person": person.id,
            "unit": unit.id,
            "role": role,
            "at": None if starts_at == ctx.now else starts_at.isoformat(),
        },
    )
    return Reply(
        "preview",
        proposal=proposal,
        posts=[
            (lifecycle.unit_named(ctx.session, post.unit_id), ctx.policy.rights.roles[post.role].name)
            for post in person.posts
        ],
        starts_at=starts_at,
        goes_on=known is not None,
        now=ctx.now,
        data=to_confirm(proposal),
        **post_values(ctx.session, person, unit.id, role, ctx.policy),
    )


@router.confirmation("add_post", may="people.move")
def add(ctx: Context) -> list[Part]:
    """确认兼任"""
    return _add(ctx)


@router.confirmation("add_post_powerful", may="people.appoint")
def add_powerful(ctx: Context) -> list[Part]:
    """确认兼任有权力的角色"""
    return _add(ctx)


def _add(ctx: Context) -> list[Part]:
    assert ctx.proposal is not None
    asked = ctx.proposal.arguments
    person = ctx.session.get_one(Employee, asked["person"])
    unit = ctx.session.get_one(Unit, asked["unit"])
    taken = lifecycle.add_further_post(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        unit=unit,
        role=Role(asked["role"]),
        starts_at=_asked_moment(ctx, asked),
        at=ctx.now,
        policy=ctx.policy,
    )
    values = post_values(ctx.session, person, unit.id, taken.post.role, ctx.policy)
    return [
        Reply("taken_on", at=taken.post.starts_at, now=ctx.now, data={"post": taken.post.id}, **values),
        *told_of_taking_on(
            ctx.session, person, taken.post, actor=ctx.employee, at=ctx.now, policy=ctx.policy
        ),
        *([] if taken.withdrawn is None else withdrawn(ctx.session, taken.withdrawn, taken.asked)),
    ]


@router.command(
    "取消兼任", "撤销兼任", "结束兼任", "不再兼任", "去掉兼任", may="people.move", takes_args=True
)
def propose_end(ctx: Context) -> list[Part]:
    """结束兼任，如「取消兼任 张三 城东二组」"""
    days, rest = take_days(ctx.args, ctx.now.date())
    who_and_where = read_going(rest)
    role, words = take_role(who_and_where[1] if who_and_where else "", employee_roles(ctx))
    if who_and_where is None or not words:
        return [Reply("how_to_end")]
    person = person_called(ctx, "people.move", who_and_where[0])
    units = _units(ctx, words)
    if len(units) > 1:
        return [Reply("which_unit", words=words, units=units)]
    return _preview_end(ctx, person, units[0], role, days[0] if days else None)


@router.endpoint("DELETE", "/people/<account>/posts", may="people.move", body=EndOfPost)
def propose_end_by_api(ctx: Context) -> list[Part]:
    """结束兼任：先预览，再确认；还没开始的直接取消"""
    body: EndOfPost = ctx.body
    person, unit = _asked_by_api(ctx, body.unit)
    return _preview_end(ctx, person, unit, body.role, body.on)


def _preview_end(
    ctx: Context, person: Employee, unit: Unit, role: str | None, day: date | None
) -> list[Part]:
    post = lifecycle.the_further_post(
        ctx.session, employee=person, unit=unit, role=role, at=ctx.now, policy=ctx.policy
    )
    ends_at = ctx.now if day is None else beginning_of(ctx, day)
    if post.starts_at > ctx.now and day is None:
        return _end(ctx, person, post, ctx.now)
    left = lifecycle.check_end_of_post(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        post=post,
        ends_at=ends_at,
        at=ctx.now,
        policy=ctx.policy,
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="end_post",
        arguments={
            "person": person.id,
            "post": post.id,
            "at": None if ends_at == ctx.now else ends_at.isoformat(),
        },
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return [
        Reply(
            "preview_end",
            proposal=proposal,
            ends_at=ends_at,
            now=ctx.now,
            counts=lifecycle.counted(left),
            data=to_confirm(proposal),
            **post_values(ctx.session, person, unit.id, post.role, ctx.policy),
        )
    ]


@router.confirmation("end_post", may="people.move")
def end(ctx: Context) -> list[Part]:
    """确认结束兼任"""
    assert ctx.proposal is not None
    asked = ctx.proposal.arguments
    person = ctx.session.get_one(Employee, asked["person"])
    post = ctx.session.get(Post, asked["post"])
    ends_at = _asked_moment(ctx, asked)
    if post is None or (post.ends_at is not None and post.ends_at <= ctx.now):
        return [Reply("over_before", person=person)]
    return _end(ctx, person, post, ends_at)


def _end(ctx: Context, person: Employee, post: Post, ends_at: datetime) -> list[Part]:
    ended = lifecycle.end_further_post(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        post=post,
        ends_at=ends_at,
        at=ctx.now,
        policy=ctx.policy,
    )
    lines = [] if ended.handover is None else handover.lines(ctx.session, ended.handover.id)
    values = post_values(ctx.session, person, ended.unit_id, ended.role, ctx.policy)
    told: list[Part] = [
        Reply(
            "ended",
            at=ended.ends_at,
            now=ctx.now,
            began=ended.began,
            lines=len(lines),
            data={"began": ended.began},
            **values,
        ),
        *told_of_end(ctx.session, person, ended, actor=ctx.employee, at=ctx.now, policy=ctx.policy),
    ]
    if ended.handover is not None and ended.carried is not None:
        return [*told, *given(ctx.session, ended.handover, ended.carried.moved)]
    return [*told, *ask(ctx.session, lines, ctx.now)]


def _units(ctx: Context, asked: str) -> Sequence[Unit]:
    return staff.find_units(
        ctx.session, actor=ctx.employee, action="people.move", asked=asked, policy=ctx.policy
    )


def _asked_by_api(ctx: Context, unit_id: int) -> tuple[Employee, Unit]:
    person = staff.find_person(
        ctx.session,
        actor=ctx.employee,
        action="people.move",
        account=ctx.path["account"],
        at=ctx.now,
        policy=ctx.policy,
    )
    unit = staff.find_unit_by_id(
        ctx.session, actor=ctx.employee, action="people.move", unit_id=unit_id, policy=ctx.policy
    )
    return person, unit


def _asked_moment(ctx: Context, asked: Mapping[str, str | None]) -> datetime:
    at = asked["at"]
    return datetime.fromisoformat(at) if at else ctx.now
