"""今天拜访, 到了, 离开: visits to customers, from the plan to the note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from handlers.arriving import MOST, WORK, arrive, arrived, data_of, look, plans_at, recent_fix, tapped_at
from handlers.attendance_words import more_than_a_day
from handlers.base import Context, Part, Reply, Router
from handlers.casewords import take_case
from handlers.meant import argument_of, keep_for_undo, the_case
from handlers.parsing import Misunderstood, take_days
from models import cases, fieldwork
from models.cases import PlannedVisit
from models.fieldwork import Near, NotInside, Visit
from models.locations import Fix, Origin

router = Router(texts="visits")

PLACES = "attendance.arrange"

OUTCOMES = ("talked", "third_party", "no_answer", "refused", "other")
"""What can come of a visit, in the order of the buttons."""


@dataclass(frozen=True)
class Departure:
    """Where the phone is, in degrees and metres, and the coordinate system it was asked for.

    `at` is when it was tapped, where it waited on the phone for a signal; `sent_at` when it was sent, both by
    the phone's own clock.
    """

    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    coord_type: Literal["gcj02", "wgs84"] = "gcj02"
    at: datetime | None = None
    sent_at: datetime | None = None
    device: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no place on earth and no moment; the error names the field."""
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude, longitude")
        if self.latitude is not None and not -90 <= self.latitude <= 90:
            raise ValueError("latitude")
        if self.longitude is not None and not -180 <= self.longitude <= 180:
            raise ValueError("longitude")
        if len(self.device) > 64:
            raise ValueError("device")
        for name, moment in (("at", self.at), ("sent_at", self.sent_at)):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(name)
        if self.at is not None and self.sent_at is None:
            raise ValueError("sent_at")

    def fix(self, ahead: timedelta) -> Fix | None:
        """Where that is, if it was said; the phone's clock is so far ahead."""
        if self.latitude is None or self.longitude is None:
            return None
        return Fix(
            self.latitude,
            self.longitude,
            Origin.PAGE,
            self.coord_type,
            self.accuracy,
            device=self.device,
            clock_off=ahead.total_seconds(),
        )


@dataclass(frozen=True)
class Arrival(Departure):
    """At which case's customer the phone is; `key` names the tap, so that sent twice it counts once."""

    case: int = 0
    key: str | None = None

    def __post_init__(self) -> None:
        """Refuse a key that is none as well."""
        super().__post_init__()
        if self.key is not None and not 8 <= len(self.key) <= 64:
            raise ValueError("key")


@router.command("今天拜访", "今日拜访", "拜访", "拜访计划", "外访", may=WORK, takes_args=True)
@router.tap("visits", may=WORK)
def show(ctx: Context) -> Reply:
    """看今天要拜访谁，如「拜访 明天」"""
    days, rest = take_days(ctx.args, ctx.now.date())
    if more_than_a_day(rest):
        raise Misunderstood(usage=str(show.__doc__))
    day = days[0] if days else ctx.now.date()
    return _show(ctx, (day - ctx.now.date()).days)


@router.endpoint("GET", "/visits", may=WORK)
def show_by_api(ctx: Context) -> Reply:
    """今天要拜访谁，拜访了谁"""
    return _show(ctx, 0)


def _show(ctx: Context, ahead: int) -> Reply:
    moment = ctx.now + timedelta(days=ahead)
    plans = cases.planned_visits(ctx.session, actor=ctx.employee, day=moment)
    made = fieldwork.visits_of(
        ctx.session,
        [ctx.employee.id],
        moment.date(),
        moment.date(),
        at=ctx.now,
        policy=ctx.policy.fieldwork,
    )
    return Reply(
        "listed",
        day=moment.date(),
        today=not ahead,
        plans=plans,
        made=made,
        most=MOST,
        data={
            "plans": [
                {"case": one.number, "name": one.name, "due_at": one.follow_up.due_at} for one in plans
            ],
            "made": [data_of(one) for one in made],
        },
    )


@router.command("到了", "到客户了", "我到客户了", "到客户处", "到了客户", may=WORK, takes_args=True)
def come(ctx: Context) -> list[Part]:
    """到客户处签到，如「到了 1024」"""
    number, words = take_case(ctx.args)
    if number is not None:
        return arrive(ctx, the_case(ctx, WORK, number))
    going_on = fieldwork.visit_going_on(ctx.session, ctx.employee.id)
    if going_on is not None and going_on.day == ctx.now.date():
        return [arrived(ctx, going_on)]
    plans = cases.planned_visits(ctx.session, actor=ctx.employee, day=ctx.now)
    if words.strip():
        plans = [one for one in plans if one.name[:1] == words.strip()[:1]]
    return _come(ctx, plans)


def _come(ctx: Context, plans: Sequence[PlannedVisit]) -> list[Part]:
    fix = recent_fix(ctx)
    there: Sequence[PlannedVisit] = [] if fix is None else plans_at(ctx, plans, fix)
    if len(there) == 1 or len(plans) == 1:
        return arrive(ctx, (there or plans)[0].case, fix)
    if plans:
        return [Reply("which", plans=(there or plans)[:MOST])]
    near: Sequence[Near] = ()
    if fix is not None:
        near = fieldwork.customers_near(
            ctx.session, employee=ctx.employee, fix=fix, policy=ctx.policy.fieldwork, limit=MOST
        )
    return [Reply("nothing_planned", near=near, located=fix is not None)]


@router.tap("visit_in", may=WORK)
def come_by_card(ctx: Context) -> list[Part]:
    """点卡片到客户处签到"""
    return arrive(ctx, the_case(ctx, WORK, ctx.args), recent_fix(ctx))


@router.endpoint("POST", "/visits", may=WORK, body=Arrival, success=201)
def come_by_api(ctx: Context) -> list[Part]:
    """到客户处签到"""
    body: Arrival = ctx.body
    tapped, ahead = tapped_at(ctx, body.at, body.sent_at)
    return arrive(ctx, the_case(ctx, WORK, body.case), body.fix(ahead), body.key, tapped)


@router.command("离开", "离开了", "离开客户", "拜访完了", "拜访结束", may=WORK)
@router.tap("visit_out", may=WORK)
@router.endpoint("POST", "/visits/leave", may=WORK)
def leave(ctx: Context) -> Reply:
    """离开客户处，接着记结果"""
    return _leave(ctx, ctx.now, recent_fix(ctx))


@router.endpoint("POST", "/visits/departure", may=WORK, body=Departure)
def leave_from_page(ctx: Context) -> Reply:
    """离开客户处，带着自己的时间和位置"""
    body: Departure = ctx.body
    tapped, ahead = tapped_at(ctx, body.at, body.sent_at)
    return _leave(ctx, tapped, body.fix(ahead))


def _leave(ctx: Context, at: datetime, fix: Fix | None) -> Reply:
    visit = fieldwork.check_out(
        ctx.session,
        actor=ctx.employee,
        at=at,
        received_at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
        fix=fix,
    )
    one = look(ctx, visit)
    known = [code for code in OUTCOMES if code in ctx.policy.cases.outcomes]
    needs = ctx.policy.fieldwork
    return Reply("left", one=one, outcomes=known, stay=needs.stay_minutes, data=data_of(one))


@router.tap("visit_photo", may=WORK)
def add_photo(ctx: Context) -> Reply:
    """把照片放进这次拜访"""
    ticket, _, number = ctx.args.partition(".")
    visit = _own(ctx, number)
    kept = fieldwork.add_photo(
        ctx.session, actor=ctx.employee, visit=visit, ticket=ticket, at=ctx.now, policy=ctx.policy
    )
    return Reply("photo_kept", one=look(ctx, visit), data={"file": kept.id})


def _own(ctx: Context, number: str) -> Visit:
    visit = ctx.session.get(Visit, int(number)) if number.isdecimal() else None
    if visit is None or visit.employee_id != ctx.employee.id or visit.attempt_id is None:
        raise NotInside()
    return visit


@router.tap("visit_place", may=PLACES)
def confirm_place(ctx: Context) -> Reply:
    """主管确认这次签到就在客户地址"""
    return _confirmed(ctx, int(ctx.args) if ctx.args.isdecimal() else 0)


@router.endpoint("POST", "/visits/<int:visit>/place", may=PLACES)
def confirm_place_by_api(ctx: Context) -> Reply:
    """确认一次签到就在客户地址，以后的签到和它比"""
    return _confirmed(ctx, ctx.path["visit"])


def _confirmed(ctx: Context, number: int) -> Reply:
    visit, before = fieldwork.confirm_place(
        ctx.session, actor=ctx.employee, visit_id=number, at=ctx.now, policy=ctx.policy
    )
    keep_for_undo(ctx, "visit_place", visit=visit.id, before=before)
    one = look(ctx, visit)
    return Reply("place_confirmed", one=one, metres=ctx.policy.fieldwork.fence_metres, data=data_of(one))


@router.inverse("visit_in", may=WORK)
def take_back(ctx: Context) -> Reply:
    """撤销点错的签到"""
    visit = fieldwork.take_back(
        ctx.session,
        actor=ctx.employee,
        visit_id=argument_of(ctx, "visit"),
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("taken_back", one=look(ctx, visit))


@router.inverse("visit_place", may=PLACES)
def take_back_place(ctx: Context) -> Reply:
    """撤销确认的客户地址"""
    assert ctx.undoable is not None
    visit = fieldwork.take_back_place(
        ctx.session,
        actor=ctx.employee,
        visit_id=argument_of(ctx, "visit"),
        before=ctx.undoable.arguments["before"],
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("place_taken_back", one=look(ctx, visit))
