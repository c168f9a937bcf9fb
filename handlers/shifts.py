"""班次: the shifts of the organisation, added, changed from a day on, and closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.parsing import Misunderstood
from handlers.roster_words import OFF, ShiftSaid, read_shift
from models import attendance, proposals
from models.attendance import Shift, ShiftChange, ShiftTimes, Wish
from models.worktime import Hours

router = Router(texts="shifts")

MAY = attendance.ARRANGE


@dataclass(frozen=True)
class ShiftWanted:
    """A shift: its name, its hours as 09:00, and minutes."""

    name: str
    starts_at: str
    ends_at: str
    rest_minutes: int = 0
    flex_minutes: int = 0
    needs_out: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no time of day; the error names the field."""
        _time(self.starts_at, "starts_at")
        _time(self.ends_at, "ends_at")


@dataclass(frozen=True)
class ShiftChanged:
    """What of a shift becomes another, and from which day on; without one it is tomorrow."""

    starts_at: str | None = None
    ends_at: str | None = None
    rest_minutes: int | None = None
    flex_minutes: int | None = None
    needs_out: bool | None = None
    since: date | None = None

    def __post_init__(self) -> None:
        """Refuse half of the hours, and what is no time of day; the error names the field."""
        if (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("starts_at, ends_at")
        if self.starts_at is not None and self.ends_at is not None:
            _time(self.starts_at, "starts_at")
            _time(self.ends_at, "ends_at")


def _time(text: str, name: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(name) from None


@router.command("班次", "班次列表", "有哪些班次", "班次表", may=MAY)
@router.tap("shifts", may=MAY)
@router.endpoint("GET", "/attendance/shifts", may=MAY)
def list_shifts(ctx: Context) -> Reply:
    """看有哪些班次、几点到几点、谁在上"""
    lines = attendance.shifts_in_force(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    data = {
        "shifts": [
            {
                **_data(line.shift, line.now),
                "people": len(line.people),
                "by_roster": line.by_roster,
                "later": [{"since": since, **_data(line.shift, times)} for since, times in line.later],
            }
            for line in lines
        ]
    }
    return Reply("list", lines=lines, data=data)


@router.command("加班次", "新增班次", "新建班次", "添加班次", may=MAY, takes_args=True)
def add(ctx: Context) -> Reply:
    """加一个班次，如「加班次 夜班 22:00-06:00」"""
    said = read_shift(ctx.args, ctx.now.date())
    if not said.name or said.hours is None:
        raise Misunderstood(usage=str(add.__doc__))
    if said.name.lower() in OFF:
        return Reply("means_off", name=said.name)
    return _add(ctx, said.name, _wish(said))


@router.endpoint("POST", "/attendance/shifts", may=MAY, body=ShiftWanted, success=201)
def add_by_api(ctx: Context) -> Reply:
    """加一个班次"""
    body: ShiftWanted = ctx.body
    hours = Hours(time.fromisoformat(body.starts_at), time.fromisoformat(body.ends_at))
    return _add(ctx, body.name, Wish(hours, body.rest_minutes, body.flex_minutes, body.needs_out))


def _add(ctx: Context, name: str, wish: Wish) -> Reply:
    change = attendance.create_shift(
        ctx.session, actor=ctx.employee, name=name, wish=wish, at=ctx.now, policy=ctx.policy
    )
    _remember(ctx, change.kept)
    return Reply("added", change=change, data=_data(change.shift, change.after))


@router.command("改班次", "修改班次", "调整班次", may=MAY, takes_args=True)
def change(ctx: Context) -> list[Part]:
    """改时间，如「改班次 夜班 23:00-07:00 周一起」"""
    said = read_shift(ctx.args, ctx.now.date())
    wish = _wish(said)
    if not said.name or wish == Wish():
        raise Misunderstood(usage=str(change.__doc__))
    shift = attendance.open_shift(ctx.session, asked=said.name)
    since = said.since or ctx.now.date() + timedelta(days=1)
    plan = attendance.plan_change(
        ctx.session,
        actor=ctx.employee,
        shift=shift,
        wish=wish,
        since=since,
        at=ctx.now,
        policy=ctx.policy,
    )
    if plan.before == plan.after:
        return [Reply("same", plan=plan)]
    if not plan.people:
        return _change(ctx, shift, wish, since)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="change_shift",
        arguments={"shift": shift.id, "since": since.toordinal(), **_kept(wish)},
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return [Reply("confirm_change", plan=plan, proposal=proposal, data=to_confirm(proposal))]


@router.confirmation("change_shift", may=MAY)
def change_confirmed(ctx: Context) -> list[Part]:
    """确认改班次"""
    assert ctx.proposal is not None
    arguments = ctx.proposal.arguments
    shift = attendance.open_shift(ctx.session, asked=int(arguments["shift"]))
    return _change(ctx, shift, _unkept(arguments), date.fromordinal(arguments["since"]))


@router.endpoint("POST", "/attendance/shifts/<int:id>", may=MAY, body=ShiftChanged)
def change_by_api(ctx: Context) -> list[Part]:
    """改一个班次，从某天起"""
    body: ShiftChanged = ctx.body
    hours = None
    if body.starts_at is not None and body.ends_at is not None:
        hours = Hours(time.fromisoformat(body.starts_at), time.fromisoformat(body.ends_at))
    wish = Wish(hours, body.rest_minutes, body.flex_minutes, body.needs_out)
    shift = attendance.open_shift(ctx.session, asked=ctx.path["id"])
    return _change(ctx, shift, wish, body.since or ctx.now.date() + timedelta(days=1))


def _change(ctx: Context, shift: Shift, wish: Wish, since: date) -> list[Part]:
    done = attendance.change_shift(
        ctx.session,
        actor=ctx.employee,
        shift=shift,
        wish=wish,
        since=since,
        at=ctx.now,
        policy=ctx.policy,
    )
    _remember(ctx, done.kept)
    data = {**_data(shift, done.after), "since": since, "people": len(done.people)}
    return [Reply("changed", change=done, data=data), *_told(ctx, done)]


def _told(ctx: Context, done: ShiftChange) -> list[Part]:
    values = {"change": done, "by": ctx.employee}
    return [
        Notice(person, "shifts/yours_changed", values)
        for person in done.people
        if person.id != ctx.employee.id
    ]


@router.command("停用班次", "删班次", "删除班次", may=MAY, takes_args=True, hidden=True)
def close(ctx: Context) -> Reply:
    """停用没人上的班次，如「停用班次 晚班」"""
    if not ctx.args.strip():
        raise Misunderstood(usage=str(close.__doc__))
    said = read_shift(ctx.args, ctx.now.date())
    return _close(ctx, attendance.open_shift(ctx.session, asked=said.name or ctx.args.strip()))


@router.endpoint("DELETE", "/attendance/shifts/<int:id>", may=MAY)
def close_by_api(ctx: Context) -> Reply:
    """停用一个班次"""
    return _close(ctx, attendance.open_shift(ctx.session, asked=ctx.path["id"]))


def _close(ctx: Context, shift: Shift) -> Reply:
    kept = attendance.close_shift(ctx.session, actor=ctx.employee, shift=shift, at=ctx.now, policy=ctx.policy)
    _remember(ctx, kept)
    return Reply("closed", shift=shift)


def _remember(ctx: Context, kept: Mapping[str, Any]) -> None:
    proposals.remember(
        ctx.session,
        actor=ctx.employee,
        kind="shift",
        arguments=kept,
        cause=ctx.cause,
        at=ctx.now,
        minutes=ctx.policy.cases.undo_minutes,
    )


@router.inverse("shift", may=MAY)
def take_back(ctx: Context) -> list[Part]:
    """撤销刚才加、改、停用的班次"""
    assert ctx.undoable is not None
    shift, people = attendance.restore_shift(
        ctx.session, actor=ctx.employee, kept=ctx.undoable.arguments, at=ctx.now, policy=ctx.policy
    )
    told = [Notice(one, "shifts/as_before", {"shift": shift}) for one in people if one.id != ctx.employee.id]
    return [Reply("restored", shift=shift), *told]


def _wish(said: ShiftSaid) -> Wish:
    hours = None if said.hours is None else Hours(*said.hours)
    return Wish(hours, said.rest_minutes, said.flex_minutes, said.needs_out)


def _kept(wish: Wish) -> dict[str, Any]:
    hours = wish.hours
    return {
        "hours": None if hours is None else [hours.starts_at.isoformat(), hours.ends_at.isoformat()],
        "rest_minutes": wish.rest_minutes,
        "flex_minutes": wish.flex_minutes,
        "needs_out": wish.needs_out,
    }


def _unkept(kept: Mapping[str, Any]) -> Wish:
    hours = kept["hours"]
    return Wish(
        None if hours is None else Hours(*(time.fromisoformat(one) for one in hours)),
        kept["rest_minutes"],
        kept["flex_minutes"],
        kept["needs_out"],
    )


def _data(shift: Shift, times: ShiftTimes) -> dict[str, Any]:
    return {
        "id": shift.id,
        "name": shift.name,
        "starts_at": f"{times.hours.starts_at:%H:%M}",
        "ends_at": f"{times.hours.ends_at:%H:%M}",
        "rest_minutes": times.rest_minutes,
        "flex_minutes": times.flex_minutes,
        "needs_out": times.needs_out,
        "kind": times.kind,
    }
