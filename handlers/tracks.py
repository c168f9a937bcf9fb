"""我的轨迹, 轨迹: where somebody was on a day while at work, whom they visited, and the same to look at."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from handlers.base import Context, Page, Reply, Router
from handlers.meant import person_called
from handlers.parsing import Misunderstood, take_days
from models import fieldwork, locations, staff
from models.fieldwork import Seen
from models.locations import Standing, TrackPoint
from models.staff import Employee

router = Router(texts="tracks")

MINE = "attendance.check_in"
SEE = "attendance.see_track"
PLACES = "attendance.arrange"
UNSURE = (Standing.UNKNOWN, Standing.OUTSIDE)
MOST = 4
"""So many visits are asked about on one card."""


@router.command("我的轨迹", "我的行踪", "我去了哪里", may=MINE, takes_args=True)
def mine(ctx: Context) -> list[Reply]:
    """看自己一天到过哪些点，如「我的轨迹 昨天」"""
    days, _ = take_days(ctx.args, ctx.now.date())
    return _track(ctx, ctx.employee, days[0] if days else ctx.now.date())


@router.command("轨迹", "行踪", "去了哪里", may=SEE, takes_args=True)
def track(ctx: Context) -> list[Reply]:
    """看一个人一天到过哪些点，如「轨迹 张三 昨天」"""
    days, name = take_days(ctx.args, ctx.now.date())
    if not name.strip():
        raise Misunderstood(usage=str(track.__doc__))
    return _track(ctx, person_called(ctx, SEE, name.strip()), days[0] if days else ctx.now.date())


@router.endpoint("GET", "/people/<account>/track", may=SEE)
def track_by_api(ctx: Context) -> list[Reply]:
    """一个人今天到过哪些点"""
    return _track(ctx, person_called(ctx, SEE, ctx.path["account"]), ctx.now.date())


@router.command("上门核对", "核对上门", "核对拜访", "拜访核对", may=SEE, takes_args=True)
def check_notes(ctx: Context) -> Reply:
    """催记说上门却没签到的，如「上门核对 张三 昨天」"""
    days, name = take_days(ctx.args, ctx.now.date())
    person = person_called(ctx, SEE, name.strip()) if name.strip() else None
    return _checked(ctx, person, days[0] if days else ctx.now.date(), days[-1] if days else ctx.now.date())


@router.endpoint("GET", "/visits/unsupported", may=SEE)
def check_notes_by_api(ctx: Context) -> Reply:
    """今天催记说上门、却没在客户处签到的"""
    return _checked(ctx, None, ctx.now.date(), ctx.now.date())


def _checked(ctx: Context, person: Employee | None, first: date, last: date) -> Reply:
    found = fieldwork.unsupported_within(
        ctx.session,
        actor=ctx.employee,
        person=person,
        first=first,
        last=last,
        at=ctx.now,
        policy=ctx.policy,
    )
    data = {
        "notes": [
            {"account": one.author.wecom_id, "case": one.number, "name": one.name, "at": one.note.at}
            for one in found
        ]
    }
    return Reply("unsupported", found=found, person=person, first=first, last=last, data=data)


@router.page("/track/<account>/<day>", "track.html", may=SEE, writes=True)
def page(ctx: Context) -> Page:
    """一个人一天的轨迹，可以回放"""
    day = _day(ctx)
    return _page(ctx, person_called(ctx, SEE, ctx.path["account"]), day)


@router.page("/my-track/<day>", "track.html", may=MINE)
def my_page(ctx: Context) -> Page:
    """自己一天的轨迹，可以回放"""
    return _page(ctx, ctx.employee, _day(ctx))


def _day(ctx: Context) -> date:
    try:
        return date.fromisoformat(ctx.path["day"])
    except ValueError:
        raise Misunderstood(usage=str(track.__doc__)) from None


def _look(ctx: Context, person: Employee, day: date) -> tuple[Sequence[TrackPoint], Sequence[Seen]]:
    points = locations.track_within(
        ctx.session, actor=ctx.employee, person=person, day=day, at=ctx.now, policy=ctx.policy
    )
    visits = fieldwork.visits_of(ctx.session, [person.id], day, day, at=ctx.now, policy=ctx.policy.fieldwork)
    return points, visits


def _track(ctx: Context, person: Employee, day: date) -> list[Reply]:
    points, visits = _look(ctx, person, day)
    data = {
        "account": person.wecom_id,
        "day": day,
        "points": [
            {
                "at": one.fix.at,
                "purpose": one.fix.purpose,
                "latitude": None if one.point is None else one.point.latitude,
                "longitude": None if one.point is None else one.point.longitude,
                "grade": one.fix.grade,
                "reasons": one.fix.reasons,
            }
            for one in points
        ],
        "visits": [
            {
                "case": one.number,
                "name": one.name,
                "in_at": one.visit.in_at,
                "out_at": one.visit.out_at,
                "grade": one.fix.grade,
                "valid": one.verdict.valid,
                "lacks": [str(lack) for lack in one.verdict.lacks],
            }
            for one in visits
        ],
    }
    own = person.id == ctx.employee.id
    values: dict[str, Any] = {"person": person, "day": day, "own": own}
    unsupported = fieldwork.unsupported_notes(ctx.session, {person.id: person}, day, day, policy=ctx.policy)
    told = [
        Reply("track", points=points, visits=visits, unsupported=unsupported, data=data, **values),
    ]
    if any(one.point is not None for one in points):
        told.append(Reply("look_at_it", **values))
    readable = {one.fix.id for one in points if one.point is not None}
    unsure = [one for one in visits if one.fix.standing in UNSURE and one.fix.id in readable]
    if unsure and not own and staff.may(staff.roles_of(ctx.employee), PLACES, ctx.policy.rights):
        told.append(Reply("visits/whose_place", visits=unsure[:MOST]))
    return told


def _page(ctx: Context, person: Employee, day: date) -> Page:
    points, visits = _look(ctx, person, day)
    seen = [(one, one.point) for one in points if one.point is not None]
    visited = {one.visit.in_fix_id: one for one in visits} | {
        one.visit.out_fix_id: one for one in visits if one.visit.out_fix_id is not None
    }
    drawn = fieldwork.draw([point for _, point in seen])
    stops = [
        {"fix": one.fix, "place": one.place, "visit": visited.get(one.fix.id), "x": x, "y": y}
        for (one, _), (x, y) in zip(seen, drawn.places, strict=True)
    ]
    return Page(
        person=person,
        day=day,
        own=person.id == ctx.employee.id,
        stops=stops,
        without=len(points) - len(stops),
        visits=visits,
        drawn=drawn,
        now=ctx.now,
    )
