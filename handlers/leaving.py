"""离职: announced, undone, looked at, closed."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.meant import person_called
from handlers.parsing import take_days, take_time
from jobs.handover import ask, withdrawn
from jobs.lifecycle import report_file, report_values, told_of_leaving
from models import handover, lifecycle, proposals, staff
from models.handover import Cause
from models.lifecycle import Reason, SeparationState
from models.staff import Employee

router = Router(texts="leaving")


@dataclass(frozen=True)
class Leaving:
    """The last day and hour (that of the policy if none is named), and why."""

    last_day: date
    reason: Reason
    last_time: time | None = None


REASONS_AT_ONCE = 5
"""So many reasons on one card; a sixth button leads on."""


@router.command("离职", may="people.leave", takes_args=True)
def propose(ctx: Context) -> Reply:
    """办离职：离职 张三 3月31日 薪资"""
    days, rest = take_days(ctx.args, ctx.now.date())
    hour, rest = take_time(rest)
    words = [word for word in re.split(r"[\s,，、;；]+", rest) if word]
    if not words or not days:
        return Reply("how_to_leave", name=words[0] if words else "", last_hour=ctx.policy.leaving.last_hour)
    person = person_called(ctx, "people.leave", words[0])
    leaves_at = _last_moment(ctx, days[0], hour)
    said = " ".join(words[1:])
    reason = lifecycle.reason_of(said, ctx.policy.leaving.reasons) if said else None
    if reason is None:
        _check(ctx, person, leaves_at)
        return _ask_reason(ctx, person, leaves_at, 0, said)
    return _preview(ctx, person, leaves_at, Reason(reason))


@router.endpoint("POST", "/people/<account>/separation", may="people.leave", body=Leaving)
def post_separation(ctx: Context) -> Reply:
    """办离职：先得到 proposal，确认后才算"""
    body: Leaving = ctx.body
    person = person_called(ctx, "people.leave", ctx.path["account"])
    return _preview(ctx, person, _last_moment(ctx, body.last_day, body.last_time), body.reason)


@router.tap("leave_reason", may="people.leave")
def choose_reason(ctx: Context) -> Reply:
    """选了离职原因"""
    found = re.fullmatch(r"(\d+)\.(\d{12})\.(\w+)", ctx.args)
    person = ctx.session.get(Employee, int(found[1])) if found else None
    if found is None or person is None:
        return Reply("common/stale_key")
    leaves_at = max(ctx.now, datetime.strptime(found[2], "%Y%m%d%H%M").replace(tzinfo=ctx.now.tzinfo))
    staff.with_posts(ctx.session, [person], at=ctx.now)
    if found[3].isdecimal():
        return _ask_reason(ctx, person, leaves_at, int(found[3]), "")
    return _preview(ctx, person, leaves_at, Reason(found[3]))


def _check(ctx: Context, person: Employee, leaves_at: datetime) -> None:
    lifecycle.check_separation(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        leaves_at=leaves_at,
        at=ctx.now,
        policy=ctx.policy,
    )


def _ask_reason(ctx: Context, person: Employee, leaves_at: datetime, first: int, said: str) -> Reply:
    reasons = [(key, words[0]) for key, words in ctx.policy.leaving.reasons.items()]
    key = f"{person.id}.{leaves_at:%Y%m%d%H%M}"
    some = reasons[first : first + REASONS_AT_ONCE]
    following = first + REASONS_AT_ONCE
    return Reply(
        "which_reason",
        person=person,
        leaves_at=leaves_at,
        said=said,
        key=key,
        reasons=some,
        following=following if following < len(reasons) else None,
    )


def _preview(ctx: Context, person: Employee, leaves_at: datetime, reason: Reason) -> Reply:
    _check(ctx, person, leaves_at)
    post = lifecycle.post_of(ctx.session, person, ctx.now)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="leave",
        arguments={"person": person.id, "at": leaves_at.isoformat(), "reason": reason},
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    items = handover.open_items(ctx.session, person.id, ctx.now)
    return Reply(
        "preview",
        proposal=proposal,
        person=person,
        unit=lifecycle.unit_named(ctx.session, post.unit_id),
        leaves_at=leaves_at,
        reason=ctx.policy.leaving.reasons[reason][0],
        counts=lifecycle.counted(items),
        data=to_confirm(proposal),
    )


@router.confirmation("leave", may="people.leave")
def announce(ctx: Context) -> list[Part]:
    """确认离职"""
    assert ctx.proposal is not None
    arguments = ctx.proposal.arguments
    person = ctx.session.get_one(Employee, arguments["person"])
    separation = lifecycle.announce_separation(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        leaves_at=max(ctx.now, datetime.fromisoformat(arguments["at"])),
        reason=Reason(arguments["reason"]),
        at=ctx.now,
        policy=ctx.policy,
    )
    one = handover.open_handover_of(ctx.session, employee_id=person.id, cause=Cause.SEPARATION)
    lines = [] if one is None else handover.lines(ctx.session, one.id)
    values: dict[str, Any] = {"person": person, "leaves_at": separation.leaves_at, "lines": len(lines)}
    told: list[Part] = []
    if person.id != ctx.employee.id:
        told.append(Notice(person, "leaving/you_leave", values))
    leader = (
        None if one is None else lifecycle.leader_of(ctx.session, one.unit_id, ctx.now, but_for=person.id)
    )
    if leader is not None and leader.id != ctx.employee.id:
        told.append(Notice(leader, "leaving/somebody_leaves", values))
    return [Reply("announced", **values), *told, *ask(ctx.session, lines, ctx.now)]


@router.command("撤销离职", "取消离职", may="people.leave", takes_args=True)
@router.endpoint("DELETE", "/people/<account>/separation", may="people.leave")
def cancel(ctx: Context) -> list[Part]:
    """最后时刻之前撤销离职，如「撤销离职 张三」"""
    person = _named(ctx)
    one = handover.open_handover_of(ctx.session, employee_id=person.id, cause=Cause.SEPARATION)
    _, asked = lifecycle.cancel_separation(
        ctx.session, actor=ctx.employee, employee=person, at=ctx.now, policy=ctx.policy
    )
    told: list[Part] = [] if one is None else [*withdrawn(ctx.session, one, asked)]
    if person.id != ctx.employee.id:
        told.append(Notice(person, "leaving/you_stay", {"person": person}))
    return [Reply("called_off", person=person), *told]


@router.command("离职进度", may="people.leave", takes_args=True)
@router.endpoint("GET", "/people/<account>/separation", may="people.leave")
def progress(ctx: Context) -> list[Part]:
    """看某人的离职办到哪一步，如「离职进度 张三」"""
    person = _named(ctx)
    separation = lifecycle.separation_in_reach(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    if separation is None:
        return [Reply("not_leaving_now", person=person, data={"separation": None})]
    data = {
        "separation": {
            "account": person.wecom_id,
            "state": separation.state,
            "reason": separation.reason,
            "announced_at": separation.announced_at,
            "leaves_at": separation.leaves_at,
            "closed_at": separation.closed_at,
        }
    }
    if separation.state == SeparationState.CLOSED:
        values = report_values(ctx.session, separation, ctx.policy)
        told: list[Part] = [Reply("report", data=data, **values)]
        return told if ctx.message is None else [*told, report_file(values, ctx.policy, ctx.now)]
    one = handover.open_handover_of(ctx.session, employee_id=person.id, cause=Cause.SEPARATION)
    book = None if one is None else lifecycle.ledger(ctx.session, of=one, at=ctx.now)
    return [
        Reply(
            "progress",
            person=person,
            separation=separation,
            reason=ctx.policy.leaving.reasons[separation.reason][0],
            ledger=book,
            now=ctx.now,
            data=data,
        )
    ]


@router.command("离职办结", may="people.leave", takes_args=True)
@router.endpoint("POST", "/people/<account>/separation/close", may="people.leave")
def close(ctx: Context) -> list[Part]:
    """人已走、手上都交清了，办结离职"""
    person = _named(ctx)
    separation = lifecycle.separation_in_reach(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    if separation is None:
        return [Reply("not_leaving_now", person=person)]
    if separation.state == SeparationState.CLOSED:
        return [Reply("closed_before", person=person, separation=separation)]
    lifecycle.close_separation(
        ctx.session,
        separation=separation,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
        actor=ctx.employee,
    )
    told = told_of_leaving(ctx.session, separation, ctx.now, ctx.policy)
    others = [notice for notice in told if notice.to.id != ctx.employee.id]
    values = report_values(ctx.session, separation, ctx.policy)
    return [Reply("report", **values), report_file(values, ctx.policy, ctx.now), *others]


def _named(ctx: Context) -> Employee:
    """Whom the path of the request names, or the words after the command."""
    return person_called(ctx, "people.leave", ctx.path.get("account", ctx.args), also_left=True)


def _last_moment(ctx: Context, day: date, hour: time | None) -> datetime:
    """The last moment of that day; today it is now at the earliest."""
    moment = datetime.combine(day, hour or ctx.policy.leaving.last_hour, tzinfo=ctx.now.tzinfo)
    return max(moment, ctx.now) if day == ctx.now.date() else moment
