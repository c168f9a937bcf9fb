"""加班: work outside the shift, asked for before or afterwards; what counts of it is what check-ins say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from handlers.asked import asked
from handlers.attendance_words import read_overtime
from handlers.base import Context, Part, Reply, Router
from handlers.meant import ask_for_words
from handlers.periods import find_months
from models import attendance
from models.attendance import Overtime, minutes_by_kind
from models.calendar import add_months

router = Router(texts="overtime")

MAY = "attendance.check_in"
MOST = 5
"""So many days have a button of their own."""

router.saying("overtime_why", "加班", "{cases} {words}", "加班 {cases} {words}?")


@dataclass(frozen=True)
class NewOvertime:
    """On which day, why, and from when to when; without times it is what the check-ins bear out."""

    day: date
    reason: str
    begins: str = ""
    ends: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no time of day; the error names the field."""
        for name, value in (("begins", self.begins), ("ends", self.ends)):
            try:
                time.fromisoformat(value or "00:00")
            except ValueError:
                raise ValueError(name) from None
        if self.begins and not self.ends:
            raise ValueError("ends")


@dataclass(frozen=True)
class Month:
    """A month as 2026-03 or in words; without one it is this month."""

    month: str = ""


@router.command("加班", "申请加班", "加班申请", "我要加班", "算加班", "报加班", may=MAY, takes_args=True)
def overtime(ctx: Context) -> list[Part]:
    """申请加班，如「加班 今晚 18:00-20:30 月底」"""
    kept = _KEPT.match(ctx.args)
    if kept is not None:
        return _go_on(ctx, kept)
    found = attendance.claimable(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    said = read_overtime(ctx.args, ctx.now.date(), {one.day for one in found})
    if not ctx.args.strip() or (said.day is None and said.hours is None and not said.minutes and found):
        data = {"days": [{"day": one.day, "minutes": one.minutes_over} for one in found]}
        days = ctx.policy.checkin.overtime_workdays
        return [Reply("which", found=found[:MOST], days=days, data=data)]
    day = said.day or attendance.overtime_day(
        ctx.session, employee=ctx.employee, at=ctx.now, calendar=ctx.calendar
    )
    return _with_reason(ctx, day, said.hours, said.minutes, said.words)


@router.tap("claim_overtime", may=MAY)
def claim(ctx: Context) -> list[Part]:
    """点选哪一天算加班"""
    try:
        day = date.fromisoformat(ctx.args)
    except ValueError:
        return [Reply("common/stale_key")]
    return _with_reason(ctx, day, None, 0, "")


@router.endpoint("POST", "/attendance/overtime", may=MAY, body=NewOvertime, success=201)
def post_overtime(ctx: Context) -> list[Part]:
    """申请加班"""
    body: NewOvertime = ctx.body
    begin = time.fromisoformat(body.begins) if body.begins else None
    hours = (begin, time.fromisoformat(body.ends)) if body.ends else None
    return _ask(ctx, body.day, hours, 0, body.reason)


@router.command("我的加班", "加班记录", "加班时长", may=MAY, takes_args=True)
@router.tap("my_overtime", may=MAY)
def mine(ctx: Context) -> Reply:
    """看自己的加班，如「我的加班 三月」"""
    return _mine(ctx, ctx.args)


@router.endpoint("GET", "/attendance/overtime", may=MAY, query=Month)
def mine_by_api(ctx: Context) -> Reply:
    """自己的加班"""
    return _mine(ctx, ctx.query.month)


def _mine(ctx: Context, said: str) -> Reply:
    months, _ = find_months(said, ctx.now.date())
    first, count = months or (ctx.now.date().replace(day=1), 1)
    last = add_months(first, count) - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = attendance.day_statuses(
        ctx.session, [ctx.employee.id], days, at=ctx.now, policy=ctx.policy.checkin, calendar=ctx.calendar
    )
    listed = attendance.overtime_of(ctx.session, found, policy=ctx.policy.checkin, calendar=ctx.calendar).get(
        ctx.employee.id, ()
    )
    return Reply(
        "mine",
        first=first,
        last=last,
        listed=listed,
        kinds=minutes_by_kind(listed),
        now=ctx.now,
        data={"overtime": [_as_data(one) for one in listed]},
    )


def _as_data(one: Overtime) -> Mapping[str, Any]:
    """Overtime in the JSON API."""
    return {
        "request": one.request_id,
        "day": one.day,
        "kind": one.kind,
        "begins_at": one.begins_at,
        "ends_at": one.ends_at,
        "approved": one.approved,
        "minutes": one.minutes,
    }


_KEPT = re.compile(r"^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\s+|$)")
"""A day and two times of day as one number: how they wait for the reason."""


def _go_on(ctx: Context, kept: re.Match[str]) -> list[Part]:
    year, month, day, *clocks = (int(part) for part in kept.groups())
    begin, end = time(clocks[0], clocks[1]), time(clocks[2], clocks[3])
    return _with_reason(ctx, date(year, month, day), (begin, end), 0, ctx.args[kept.end() :])


def _with_reason(
    ctx: Context, day: date, hours: tuple[time | None, time] | None, minutes: int, words: str
) -> list[Part]:
    """Ask for it; without a reason ask for that first, once the time is known to be possible."""
    if words:
        return _ask(ctx, day, hours, minutes, words)
    begins_at, ends_at = attendance.overtime_stretch(
        ctx.session,
        actor=ctx.employee,
        day=day,
        hours=hours,
        minutes=minutes,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    names = tuple(ctx.words("overtime/reasons").values())
    number = int(f"{day:%Y%m%d}{_clock(begins_at)}{_clock(ends_at)}")
    proposal = ask_for_words(ctx, "overtime_why", number=number, choices=names)
    return [
        Reply("why", day=day, begins_at=begins_at, ends_at=ends_at, names=names, proposal=proposal),
    ]


def _clock(moment: datetime) -> str:
    return f"{moment:%H%M}"


def _ask(
    ctx: Context, day: date, hours: tuple[time | None, time] | None, minutes: int, words: str
) -> list[Part]:
    view = attendance.ask_overtime(
        ctx.session,
        actor=ctx.employee,
        day=day,
        hours=hours,
        minutes=minutes,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    return asked(ctx, view)
