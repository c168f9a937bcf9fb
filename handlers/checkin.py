"""打卡: coming and going, by word, by one tap, by location and from the page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from handlers.arriving import WORK, by_location, look, tapped_at
from handlers.base import Context, Message, Notice, Page, Part, Place, Reply, Router
from models import attendance, cases, fieldwork, locations, staff
from models.attendance import Act, CheckIn, Source, Way
from models.cases import PlannedVisit
from models.locations import Fix, LocationFix, Origin

router = Router(texts="checkin")

COORDINATES = {Origin.EVENT: "wgs84", Origin.MESSAGE: "gcj02", Origin.SELECTION: "gcj02"}
"""The coordinate system of each origin (protocol 2.2)."""


@router.command("打卡", "签到", "一键打卡", may="attendance.check_in")
@router.tap("check_in", may="attendance.check_in")
def check_in(ctx: Context) -> list[Reply | Notice]:
    """记录上班或下班的时间，一天各一次"""
    return _either(ctx, _act(ctx, _source(ctx.message)))


@router.command("上班打卡", "上班", "到岗", "我到了", "我到公司了", may="attendance.check_in")
def come(ctx: Context) -> list[Reply | Notice]:
    """记录上班的时间"""
    return _come(ctx, _act(ctx, _source(ctx.message)))


@router.command("下班打卡", "下班", "签退", "下班了", "我下班了", "我走了", may="attendance.check_in")
@router.tap("check_out", may="attendance.check_in")
def go(ctx: Context) -> list[Reply | Notice]:
    """记录下班的时间，再打一次算后一次"""
    return _go(ctx, _act(ctx, _source(ctx.message)))


@router.event("location_message", may="attendance.check_in")
@router.event("location_select", may="attendance.check_in")
def check_in_here(ctx: Context) -> Sequence[Part]:
    """发送位置打卡，约了拜访的到客户处签到"""
    assert ctx.message is not None
    assert ctx.message.place is not None
    origin = Origin.SELECTION if ctx.message.event else Origin.MESSAGE
    fix = _fix(ctx.message.place, origin)
    visited = by_location(ctx, fix)
    return _either(ctx, _act(ctx, Source.LOCATION, fix)) if visited is None else visited


@router.event("location", may="attendance.check_in")
def note_location(ctx: Context) -> None:
    """打开应用时上报的位置,供随后的一键打卡使用"""
    assert ctx.message is not None
    assert ctx.message.place is not None
    fix = _fix(ctx.message.place, Origin.EVENT)
    attendance.report_location(
        ctx.session, actor=ctx.employee, fix=fix, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )


@router.page("/checkin", "checkin.html", may="attendance.check_in")
def show_page(ctx: Context) -> Page:
    """打卡页面"""
    today = attendance.today(
        ctx.session, employee=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    plans: Sequence[PlannedVisit] = ()
    going_on = None
    if staff.may(staff.roles_of(ctx.employee), WORK, ctx.policy.rights):
        plans = cases.planned_visits(ctx.session, actor=ctx.employee, day=ctx.now)
        going_on = fieldwork.visit_going_on(ctx.session, ctx.employee.id)
        if going_on is not None and going_on.day != ctx.now.date():
            going_on = None
    went = attendance.find_check_in(ctx.session, employee_id=ctx.employee.id, day=today.day, way=Way.OUT)
    return Page(
        employee=ctx.employee,
        duty=today.duty,
        came=today.came,
        went=went,
        now=ctx.now,
        plans=plans,
        inside=None if going_on is None else look(ctx, going_on),
        agreed=locations.has_agreed(ctx.session, ctx.employee.id, ctx.policy.locations),
    )


@dataclass(frozen=True)
class CheckInRequest:
    """What the page posts: degrees, metres, and the coordinate system it asked the phone for.

    `key` names the tap, so that sent twice it counts once; `at` is when it was tapped, where it waited on the
    phone for a signal; `sent_at` is the phone's clock on sending; `device` names the phone.
    """

    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    coord_type: Literal["gcj02", "wgs84"] = "gcj02"
    way: Literal["in", "out"] | None = None
    key: str | None = None
    at: datetime | None = None
    sent_at: datetime | None = None
    device: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no place on earth and no moment; the error names the field."""
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude, longitude")
        for name, value, least, most in (
            ("latitude", self.latitude, -90, 90),
            ("longitude", self.longitude, -180, 180),
            ("accuracy", self.accuracy, 0, 100_000),
        ):
            if value is not None and not least <= value <= most:
                raise ValueError(name)
        if self.key is not None and not re.fullmatch(r"[0-9A-Za-z-]{8,64}", self.key):
            raise ValueError("key")
        if len(self.device) > 64:
            raise ValueError("device")
        for name, moment in (("at", self.at), ("sent_at", self.sent_at)):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(name)
        if self.at is not None and self.sent_at is None:
            raise ValueError("sent_at")


@router.endpoint("POST", "/checkins", body=CheckInRequest, success=201, may="attendance.check_in")
def post_check_in(ctx: Context) -> list[Reply | Notice]:
    """小程序或页面打卡"""
    body: CheckInRequest = ctx.body
    tapped, ahead = tapped_at(ctx, body.at, body.sent_at)
    fix = None
    if body.latitude is not None and body.longitude is not None:
        fix = Fix(
            body.latitude,
            body.longitude,
            Origin.PAGE,
            body.coord_type,
            body.accuracy,
            device=body.device,
            clock_off=ahead.total_seconds(),
        )
    act = _act(ctx, Source.PAGE, fix, tapped, body.key)
    if body.way == "in":
        return _come(ctx, act)
    if body.way == "out":
        return _go(ctx, act)
    return _either(ctx, act)


def _act(
    ctx: Context, source: Source, fix: Fix | None = None, at: datetime | None = None, key: str | None = None
) -> Act:
    """A tap that has just come in."""
    return Act(at or ctx.now, source, fix, key, received_at=ctx.now)


def _either(ctx: Context, act: Act) -> list[Reply | Notice]:
    """One tap means coming, and going once the shift is over; in between it is asked which is meant."""
    today = attendance.today(
        ctx.session, employee=ctx.employee, at=act.at, policy=ctx.policy, calendar=ctx.calendar
    )
    came, duty = today.came, today.duty
    if came is None and not today.ends:
        return _come(ctx, act)
    if came is not None and (came.key is not None and came.key == act.key):
        return _checked(ctx, came)
    if came is not None and duty is not None and (not duty.needs_out or act.at < duty.middle):
        return _come(ctx, act)
    if came is not None and duty is not None and act.at < duty.moved(came.at).ends_at:
        return [Reply("is_it_the_end", ends_at=duty.moved(came.at).ends_at, came=came)]
    return _go(ctx, act)


def _come(ctx: Context, act: Act) -> list[Reply | Notice]:
    record = attendance.check_in(
        ctx.session, actor=ctx.employee, act=act, policy=ctx.policy, calendar=ctx.calendar
    )
    return _checked(ctx, record)


def _go(ctx: Context, act: Act) -> list[Reply | Notice]:
    record = attendance.check_out(
        ctx.session, actor=ctx.employee, act=act, policy=ctx.policy, calendar=ctx.calendar
    )
    return _checked(ctx, record)


def _checked(ctx: Context, record: CheckIn) -> list[Reply | Notice]:
    """What became of a tap; who was never asked about the location is asked now."""
    fix = ctx.session.get_one(LocationFix, record.fix_id)
    place = locations.place_of(ctx.session, ctx.employee.subject, fix)
    data = {
        "day": record.day,
        "way": record.way,
        "at": record.at,
        "minutes_late": record.minutes_late,
        "place": place,
        "standing": fix.standing,
        "grade": fix.grade,
        "reasons": fix.reasons,
    }
    late = ctx.now - record.at > timedelta(seconds=ctx.policy.locations.late_seconds)
    values: dict[str, Any] = {"record": record, "fix": fix, "place": place, "sent_late": late}
    if record.way == Way.IN:
        told: list[Reply | Notice] = [Reply("checked_in", data=data, **values)]
    else:
        more, claimed = attendance.overtime_today(
            ctx.session,
            employee=ctx.employee,
            day=record.day,
            at=ctx.now,
            policy=ctx.policy,
            calendar=ctx.calendar,
        )
        data |= {"minutes_over": more}
        told = [Reply("checked_out", data=data, more=more, claimed=claimed, **values)]
    policy = ctx.policy.locations
    if locations.ask_once(ctx.session, employee=ctx.employee, at=ctx.now, policy=policy):
        about = f"location_consent:{ctx.employee.id}"
        asked = {"keep_days": policy.keep_days}
        told.append(Notice(ctx.employee, "whereabouts/ask", asked, about=about))
    return told


def _source(message: Message | None) -> Source:
    if message is not None and message.card is not None:
        return Source.CARD
    if message is not None and message.event:
        return Source.MENU
    return Source.WORD


def _fix(place: Place, origin: Origin) -> Fix:
    return Fix(place.latitude, place.longitude, origin, COORDINATES[origin], place.accuracy, place.label)
