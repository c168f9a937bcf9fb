"""上班打卡: by word, by one tap, by location and from the page."""

from dataclasses import dataclass
from typing import Literal

from handlers.base import Context, Message, Notice, Page, Place, Reply, Router
from models import attendance, locations
from models.attendance import CheckIn, Source
from models.locations import Fix, LocationFix, Origin

router = Router(texts="checkin")

COORDINATES = {Origin.EVENT: "wgs84", Origin.MESSAGE: "gcj02", Origin.SELECTION: "gcj02"}
"""The coordinate system of each origin (protocol 2.2)."""


@router.command("打卡", "签到", "上班打卡", "上班", "到岗", "我到了", "我到公司了", may="attendance.check_in")
@router.tap("check_in", may="attendance.check_in")
def check_in(ctx: Context) -> list[Reply | Notice]:
    """记录今天的上班时间"""
    return _checked_in(ctx, _record(ctx, _source(ctx.message)))


@router.event("location_message", may="attendance.check_in")
@router.event("location_select", may="attendance.check_in")
def check_in_here(ctx: Context) -> list[Reply | Notice]:
    """发送位置打卡"""
    assert ctx.message is not None
    assert ctx.message.place is not None
    origin = Origin.SELECTION if ctx.message.event else Origin.MESSAGE
    return _checked_in(ctx, _record(ctx, Source.LOCATION, _fix(ctx.message.place, origin)))


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
    shift = attendance.shift_of(ctx.session, ctx.employee.id)
    record = attendance.todays_check_in(
        ctx.session, employee=ctx.employee, at=ctx.now, policy=ctx.policy.checkin
    )
    return Page(employee=ctx.employee, shift=shift, record=record, now=ctx.now)


@dataclass(frozen=True)
class CheckInRequest:
    """What the page posts: degrees, metres, and the coordinate system it asked the phone for."""

    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    coord_type: Literal["gcj02", "wgs84"] = "gcj02"

    def __post_init__(self) -> None:
        """Refuse what is no place on earth; the error names the field."""
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude, longitude")
        for name, value, least, most in (
            ("latitude", self.latitude, -90, 90),
            ("longitude", self.longitude, -180, 180),
            ("accuracy", self.accuracy, 0, 100_000),
        ):
            if value is not None and not least <= value <= most:
                raise ValueError(name)


@router.endpoint("POST", "/checkins", body=CheckInRequest, success=201, may="attendance.check_in")
def post_check_in(ctx: Context) -> list[Reply | Notice]:
    """小程序或页面打卡"""
    body: CheckInRequest = ctx.body
    fix = None
    if body.latitude is not None and body.longitude is not None:
        fix = Fix(body.latitude, body.longitude, Origin.PAGE, body.coord_type, body.accuracy)
    return _checked_in(ctx, _record(ctx, Source.PAGE, fix))


def _record(ctx: Context, source: Source, fix: Fix | None = None) -> CheckIn:
    return attendance.check_in(
        ctx.session,
        actor=ctx.employee,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
        source=source,
        fix=fix,
    )


def _checked_in(ctx: Context, record: CheckIn) -> list[Reply | Notice]:
    fix = ctx.session.get_one(LocationFix, record.fix_id)
    place = locations.place_of(ctx.session, ctx.employee.subject, fix)
    data = {
        "day": record.day,
        "at": record.at,
        "minutes_late": record.minutes_late,
        "place": place,
        "standing": fix.standing,
        "grade": fix.grade,
        "reasons": fix.reasons,
    }
    told: list[Reply | Notice] = [Reply("checked_in", record=record, fix=fix, place=place, data=data)]
    policy = ctx.policy.locations
    if locations.ask_once(ctx.session, employee=ctx.employee, at=ctx.now, policy=policy):
        values = {"keep_days": policy.keep_days}
        about = f"location_consent:{ctx.employee.id}"
        told.append(Notice(ctx.employee, "whereabouts/ask", values, about=about))
    return told


def _source(message: Message | None) -> Source:
    if message is not None and message.card is not None:
        return Source.CARD
    if message is not None and message.event:
        return Source.MENU
    return Source.WORD


def _fix(place: Place, origin: Origin) -> Fix:
    return Fix(place.latitude, place.longitude, origin, COORDINATES[origin], place.accuracy, place.label)
