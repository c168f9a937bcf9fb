"""打卡地点: the valid places of work of the units one leads."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from handlers.base import Context, Reply, Router
from handlers.meant import argument_of, keep_for_undo
from handlers.parsing import Misunderstood, small_number
from models import locations, staff
from models.locations import Fix, Origin, Point, WorkSite
from models.staff import Unit

router = Router(texts="sites")

MAY = "attendance.arrange"


@dataclass(frozen=True)
class SiteRequest:
    """A place: the unit's number, a name, degrees in the coordinate system named, metres."""

    unit: int
    name: str
    latitude: float
    longitude: float
    coord_type: Literal["gcj02", "wgs84", "bd09"] = "gcj02"
    radius: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no place on earth; the error names the field."""
        if not -90 <= self.latitude <= 90:
            raise ValueError("latitude")
        if not -180 <= self.longitude <= 180:
            raise ValueError("longitude")
        if self.radius is not None and not 20 <= self.radius <= 5000:
            raise ValueError("radius")
        if not self.name.strip():
            raise ValueError("name")


@router.command("打卡地点", "考勤地点", may=MAY)
@router.endpoint("GET", "/attendance/sites", may=MAY)
def list_sites(ctx: Context) -> Reply:
    """看各单位的打卡地点"""
    sites = locations.sites_within(ctx.session, actor=ctx.employee, policy=ctx.policy)
    named = [(site, ctx.session.get_one(Unit, site.unit_id)) for site in sites]
    return Reply("sites", sites=named, data={"sites": [_data(site, unit) for site, unit in named]})


@router.command("把这里设为打卡地点", "加打卡地点", "新增打卡地点", "设为打卡地点", may=MAY, takes_args=True)
def add_here(ctx: Context) -> Reply:
    """把我现在的位置设为打卡地点，如「加打卡地点 城北分公司」"""
    asked = ctx.args.strip()
    if not asked:
        raise Misunderstood(usage=str(add_here.__doc__))
    [unit, *others] = staff.find_units(
        ctx.session, actor=ctx.employee, action=MAY, asked=asked, policy=ctx.policy
    )
    if others:
        return Reply("which_unit", units=[unit, *others])
    fix = _here(ctx)
    if fix is None:
        return Reply("where_are_you", unit=unit)
    point = locations.canonical(fix.latitude, fix.longitude, fix.coord_type)
    return _add(ctx, unit, fix.place or unit.name, point, None)


@router.endpoint("POST", "/attendance/sites", may=MAY, body=SiteRequest, success=201)
def add_by_api(ctx: Context) -> Reply:
    """设一个打卡地点"""
    body: SiteRequest = ctx.body
    unit = staff.find_unit_by_id(
        ctx.session, actor=ctx.employee, action=MAY, unit_id=body.unit, policy=ctx.policy
    )
    point = locations.canonical(body.latitude, body.longitude, body.coord_type)
    return _add(ctx, unit, body.name.strip(), point, body.radius)


@router.command("停用打卡地点", "删打卡地点", may=MAY, takes_args=True)
def close(ctx: Context) -> Reply:
    """停用一个打卡地点，如「停用打卡地点 3」"""
    if not ctx.args.strip().isdigit():
        raise Misunderstood(usage=str(close.__doc__))
    return _close(ctx, small_number(ctx.args.strip()))


@router.endpoint("DELETE", "/attendance/sites/<int:site>", may=MAY)
def close_by_api(ctx: Context) -> Reply:
    """停用一个打卡地点"""
    return _close(ctx, ctx.path["site"])


@router.inverse("site_added")
def take_back(ctx: Context) -> Reply:
    """撤销新设的打卡地点"""
    return _close(ctx, argument_of(ctx, "site"))


def _here(ctx: Context) -> Fix | None:
    """Where the asker is: what the phone has just told, on opening the chat."""
    since = ctx.now - timedelta(minutes=ctx.policy.checkin.location_max_age_minutes)
    fix = locations.recent_report(ctx.session, employee=ctx.employee, since=since, until=ctx.now)
    if fix is not None:
        return fix
    points = locations.own_track(ctx.session, actor=ctx.employee, day=ctx.now.date())
    newest = next((one for one in reversed(points) if one.point and one.fix.at >= since), None)
    if newest is None or newest.point is None:
        return None
    at = newest.point
    return Fix(at.latitude, at.longitude, Origin.MESSAGE, "gcj02", place=newest.place)


def _add(ctx: Context, unit: Unit, name: str, point: Point, radius: int | None) -> Reply:
    site = locations.add_site(
        ctx.session,
        actor=ctx.employee,
        unit=unit,
        name=name,
        point=point,
        radius=radius,
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "site_added", site=site.id)
    return Reply("added", site=site, unit=unit, data=_data(site, unit))


def _close(ctx: Context, number: int) -> Reply:
    site = locations.close_site(
        ctx.session, actor=ctx.employee, site_id=number, at=ctx.now, policy=ctx.policy
    )
    return Reply("closed", site=site)


def _data(site: WorkSite, unit: Unit) -> dict[str, object]:
    return {
        "id": site.id,
        "unit": unit.id,
        "name": site.name,
        "latitude": site.latitude,
        "longitude": site.longitude,
        "radius": site.radius,
    }
