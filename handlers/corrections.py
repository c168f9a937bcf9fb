"""补卡: a check-in that is missing or wrong, asked for afterwards."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from handlers.asked import asked
from handlers.attendance_words import take_past_day, take_way
from handlers.base import Context, Part, Reply, Router
from handlers.meant import ask_for_words
from handlers.parsing import read_reason, take_days, take_time
from models import attendance
from models.attendance import DayStatus, Way

router = Router(texts="corrections")

MAY = "attendance.check_in"
MOST = 5
"""So many check-ins have a button of their own."""

router.saying("correct_in", "补上班卡", "{cases} {words}", "补上班卡 {cases} {words}?")
router.saying("correct_out", "补下班卡", "{cases} {words}", "补下班卡 {cases} {words}?")


@dataclass(frozen=True)
class NewCorrection:
    """Which end of which workday, from when it counts (without it the shift's own time), and why."""

    day: date
    way: Literal["in", "out"]
    reason: str
    time: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no time of day; the error names the field."""
        if self.time:
            try:
                time.fromisoformat(self.time)
            except ValueError:
                raise ValueError("time") from None


@router.command(
    "补卡",
    "申请补卡",
    "补签",
    "补签到",
    "忘打卡",
    "忘记打卡",
    "忘了打卡",
    "没打上卡",
    "迟到申诉",
    "申诉迟到",
    "考勤申诉",
    "申诉考勤",
    "考勤异常",
    may=MAY,
    takes_args=True,
)
@router.tap("corrections", may=MAY)
def correct(ctx: Context) -> list[Part]:
    """补一次卡，如「补卡 昨天 下班 18:00 没电」"""
    return _read(ctx, ctx.args, None)


@router.command("补上班卡", may=MAY, takes_args=True)
def correct_coming(ctx: Context) -> list[Part]:
    """补上班卡，如「补上班卡 昨天 9:00 手机没电」"""
    return _read(ctx, ctx.args, Way.IN)


@router.command("补下班卡", may=MAY, takes_args=True)
def correct_going(ctx: Context) -> list[Part]:
    """补下班卡，如「补下班卡 昨天 18:00 忘了」"""
    return _read(ctx, ctx.args, Way.OUT)


@router.tap("correct", may=MAY)
def choose(ctx: Context) -> list[Part]:
    """点选补哪一次卡"""
    day, _, way = ctx.args.partition(".")
    try:
        return _with_reason(ctx, date.fromisoformat(day), Way(way), None, "")
    except ValueError:
        return [Reply("common/stale_key")]


@router.endpoint("POST", "/attendance/corrections", may=MAY, body=NewCorrection, success=201)
def post_correction(ctx: Context) -> list[Part]:
    """申请补卡"""
    body: NewCorrection = ctx.body
    clock = time.fromisoformat(body.time) if body.time else None
    return _ask(ctx, body.day, Way(body.way), clock, body.reason)


_KEPT = re.compile(r"^(\d{8})(\d{4})?(?:\s+|$)")
"""A day, and a time of day, as one number: how they wait for the reason."""


def _read(ctx: Context, args: str, way: Way | None) -> list[Part]:
    kept = _KEPT.match(args)
    if kept is not None and way is not None:
        [kept_day], _ = take_days(kept[1], ctx.now.date())
        clock = time(int(kept[2][:2]), int(kept[2][2:])) if kept[2] else None
        return _with_reason(ctx, kept_day, way, clock, args[kept.end() :])
    day, rest = take_past_day(args, ctx.now.date())
    clock, rest = take_time(rest)
    named, rest = take_way(rest)
    way = way or named
    before, reason = read_reason(rest)
    reason = reason or before
    found = attendance.correctable(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    if day is None:
        fitting = [one for one in found if way is None or one[1] is way]
        if not reason or len(fitting) != 1:
            return [_offer(ctx, fitting)]
        [(status, way)] = fitting
        return _with_reason(ctx, status.day, way, clock, reason)
    if way is None:
        fitting = [one for one in found if one[0].day == day]
        if len(fitting) > 1:
            return [_offer(ctx, fitting)]
        way = fitting[0][1] if fitting else _likely(clock)
    return _with_reason(ctx, day, way, clock, reason)


def _likely(clock: time | None) -> Way:
    """Which end a time of day is rather of, where nothing says it."""
    return Way.OUT if clock is not None and clock >= time(13) else Way.IN


def _offer(ctx: Context, found: Sequence[tuple[DayStatus, Way]]) -> Reply:
    data = {"missing": [{"day": status.day, "way": way} for status, way in found]}
    rules = ctx.policy.checkin
    return Reply("which", found=found[:MOST], days=rules.correction_workdays, data=data)


def _with_reason(ctx: Context, day: date, way: Way, clock: time | None, reason: str) -> list[Part]:
    """Ask for it; without a reason ask for that first, once it is known that it can be corrected."""
    if reason:
        return _ask(ctx, day, way, clock, reason)
    attendance.correction_moment(
        ctx.session,
        actor=ctx.employee,
        day=day,
        way=way,
        clock=clock,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    number = int(f"{day:%Y%m%d}" + (f"{clock:%H%M}" if clock else ""))
    names = tuple(ctx.words("corrections/reasons").values())
    proposal = ask_for_words(ctx, f"correct_{way.value}", number=number, choices=names)
    return [Reply("why", day=day, way=way.value, clock=clock, names=names, proposal=proposal)]


def _ask(ctx: Context, day: date, way: Way, clock: time | None, reason: str) -> list[Part]:
    view = attendance.ask_correction(
        ctx.session,
        actor=ctx.employee,
        day=day,
        way=way,
        clock=clock,
        words=reason,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    return asked(ctx, view)
