"""请假 and 代班: who sees to somebody's work meanwhile."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.meant import argument_of, keep_for_undo, person_called
from handlers.parsing import read_cover
from jobs.handover import ask, told_of_return, withdrawn
from models import handover, lifecycle, proposals
from models.handover import Cause, ItemState
from models.staff import Employee

router = Router(texts="cover")


@dataclass(frozen=True)
class LeaveRequest:
    """The first and the last day of a leave, and the account of who sees to the work meanwhile."""

    cover: str
    first: date
    last: date


@router.command("请假", "代班", "休假", may="people.cover", takes_args=True)
def propose(ctx: Context) -> Reply:
    """安排代班：请假 李四 3月9日 到 3月13日 给 王五"""
    names, days = read_cover(ctx.args, ctx.now.date())
    if len(names) != 2 or not days:
        return Reply("how_to_cover")
    person = person_called(ctx, "people.cover", names[0])
    cover = person_called(ctx, "people.cover", names[1])
    return _preview(ctx, person, cover, days[0], days[-1])


@router.endpoint("POST", "/people/<account>/leave", may="people.cover", body=LeaveRequest)
def post_leave(ctx: Context) -> Reply:
    """安排代班：先得到 proposal，确认后才算"""
    body: LeaveRequest = ctx.body
    person = person_called(ctx, "people.cover", ctx.path["account"])
    cover = person_called(ctx, "people.cover", body.cover)
    return _preview(ctx, person, cover, body.first, body.last)


def _preview(ctx: Context, person: Employee, cover: Employee, first: date, last: date) -> Reply:
    lifecycle.require_cover(
        ctx.session, actor=ctx.employee, employee=person, cover=cover, at=ctx.now, policy=ctx.policy
    )
    leave = lifecycle.read_leave(first=first, last=last, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="cover",
        arguments={
            "person": person.id,
            "cover": cover.id,
            "first": first.isoformat(),
            "last": last.isoformat(),
        },
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    items = handover.open_items(ctx.session, person.id, ctx.now)
    return Reply(
        "preview",
        proposal=proposal,
        person=person,
        stand_in=cover,
        first=first,
        last=last,
        leave=leave,
        counts=lifecycle.counted(items),
        minutes=ctx.policy.cases.undo_minutes,
        data=to_confirm(proposal),
    )


@router.confirmation("cover", may="people.cover")
def arrange(ctx: Context) -> list[Part]:
    """确认代班"""
    assert ctx.proposal is not None
    arguments = ctx.proposal.arguments
    person = ctx.session.get_one(Employee, arguments["person"])
    cover = ctx.session.get_one(Employee, arguments["cover"])
    one = lifecycle.arrange_cover(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        cover=cover,
        first=date.fromisoformat(arguments["first"]),
        last=date.fromisoformat(arguments["last"]),
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    lines = handover.lines(ctx.session, one.id)
    values: dict[str, Any] = {"person": person, "stand_in": cover, "handover": one, "lines": len(lines)}
    keep_for_undo(ctx, "cover", person=person.id)
    told: list[Part] = []
    if person.id != ctx.employee.id:
        told.append(Notice(person, "cover/you_are_covered", values))
    asked = [row for row in lines if row.state == ItemState.PROPOSED and row.to_id == cover.id]
    if not asked and cover.id != ctx.employee.id:
        told.append(Notice(cover, "cover/you_will_cover", values))
    return [Reply("arranged", **values), *told, *ask(ctx.session, lines, ctx.now)]


@router.command("销假", "取消代班", "取消请假", may="people.cover", takes_args=True)
@router.endpoint("DELETE", "/people/<account>/leave", may="people.cover")
def end(ctx: Context) -> list[Part]:
    """不请了或提前回来，如「销假 李四」"""
    return _end(
        ctx, person_called(ctx, "people.cover", ctx.path.get("account", ctx.args) or ctx.employee.wecom_id)
    )


@router.inverse("cover", may="people.cover")
def take_back(ctx: Context) -> list[Part]:
    """撤销代班"""
    return _end(ctx, ctx.session.get_one(Employee, argument_of(ctx, "person")))


def _end(ctx: Context, person: Employee) -> list[Part]:
    before = handover.open_handover_of(ctx.session, employee_id=person.id, cause=Cause.LEAVE)
    had_begun = before is not None and before.begun_at is not None
    one, carried = lifecycle.end_cover(
        ctx.session, actor=ctx.employee, employee=person, at=ctx.now, policy=ctx.policy
    )
    reply = Reply("ended", person=person, returned=len(carried.returned), had_begun=had_begun)
    if had_begun:
        told = told_of_return(ctx.session, one, carried)
        return [reply, *[notice for notice in told if notice.to.id != ctx.employee.id]]
    asked = [] if one.cover_id is None else [one.cover_id]
    return [reply, *withdrawn(ctx.session, one, [id_ for id_ in asked if id_ != ctx.employee.id])]
