"""Being at a customer's, however that is said: by word, by tap, by a location that was sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.base import Context, Part, Reply
from handlers.meant import keep_for_undo
from jobs.case_cards import close_case_cards
from models import attendance, cases, fieldwork, locations, staff
from models.base import SHANGHAI
from models.cases import Case, PlannedVisit
from models.fieldwork import Seen, Visit
from models.locations import Fix, Reason, Standing
from models.staff import Employee

WORK = "cases.work"
MOST = 4
"""So many customers are offered on one card."""


def tapped_at(ctx: Context, at: datetime | None, sent_at: datetime | None) -> tuple[datetime, timedelta]:
    """When something that waited on a phone was tapped, and how far the phone's clock is ahead of ours."""
    if sent_at is None:
        return ctx.now, timedelta(0)
    ahead = sent_at - ctx.now
    tapped = ctx.now if at is None else min(ctx.now, (at - ahead).astimezone(SHANGHAI))
    return tapped, ahead


def arrive(
    ctx: Context, case: Case, fix: Fix | None = None, key: str | None = None, at: datetime | None = None
) -> list[Part]:
    """Check in at the customer's of a case, at `at` or now, and say what it is worth."""
    visit = fieldwork.check_in(
        ctx.session,
        actor=ctx.employee,
        case=case,
        at=at or ctx.now,
        received_at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
        fix=fix,
        key=key,
    )
    keep_for_undo(ctx, "visit_in", visit=visit.id)
    return [*close_case_cards([case.id]), arrived(ctx, visit)]


def arrived(ctx: Context, visit: Visit) -> Reply:
    """What is said of a visit that goes on."""
    one = look(ctx, visit)
    return Reply(
        "visits/arrived",
        one=one,
        photo_needed=ctx.policy.fieldwork.photo_needed,
        has_place=Reason.NO_PLACE not in one.fix.reasons,
        data=data_of(one),
    )


def look(ctx: Context, visit: Visit) -> Seen:
    """A visit with all that is told of it."""
    [one] = fieldwork.seen(ctx.session, [visit], at=ctx.now, policy=ctx.policy.fieldwork)
    return one


def data_of(one: Seen) -> dict[str, object]:
    """A visit, for the JSON API."""
    return {
        "visit": one.visit.id,
        "case": one.number,
        "name": one.name,
        "in_at": one.visit.in_at,
        "out_at": one.visit.out_at,
        "standing": one.fix.standing,
        "grade": one.fix.grade,
        "reasons": one.fix.reasons,
        "valid": one.verdict.valid,
        "lacks": [str(lack) for lack in one.verdict.lacks],
    }


def recent_fix(ctx: Context) -> Fix | None:
    """Where the phone has just said that it is."""
    since = ctx.now - timedelta(minutes=ctx.policy.checkin.location_max_age_minutes)
    return locations.recent_report(ctx.session, employee=ctx.employee, since=since, until=ctx.now)


def plans_at(ctx: Context, plans: Sequence[PlannedVisit], fix: Fix) -> Sequence[PlannedVisit]:
    """Those of the plans at whose customers a point lies; one of each customer."""
    here = locations.canonical(fix.latitude, fix.longitude, fix.coord_type)
    found: dict[int, PlannedVisit] = {}
    for plan in plans:
        point = fieldwork.place_of(ctx.session, plan.debtor)
        if point is None:
            continue
        metres = locations.metres_between(here, point)
        where = locations.standing(metres, fix.accuracy, ctx.policy.fieldwork.fence_metres)
        if where is Standing.INSIDE:
            found.setdefault(plan.debtor.id, plan)
    return list(found.values())


def by_location(ctx: Context, fix: Fix) -> list[Part] | None:
    """A location that was sent means a visit: the one that goes on without a place, or one planned for today.

    None: it has nothing to do with visits. Where it may mean the office as well, it is asked.
    """
    me = ctx.employee
    if not staff.may(staff.roles_of(me), WORK, ctx.policy.rights):
        return None
    going_on = fieldwork.visit_going_on(ctx.session, me.id)
    if going_on is not None and going_on.day == ctx.now.date():
        return _located(ctx, me, going_on, fix)
    plans = cases.planned_visits(ctx.session, actor=me, day=ctx.now)
    if not plans or _at_work(ctx, me, fix):
        return None
    there = plans_at(ctx, plans, fix)
    if len(there) == 1:
        return arrive(ctx, there[0].case, fix)
    locations.report(ctx.session, employee=me, fix=fix, at=ctx.now, policy=ctx.policy)
    came = attendance.find_check_in(ctx.session, employee_id=me.id, day=ctx.now.date())
    return [Reply("visits/which_or_office", plans=(there or plans)[:MOST], came=came)]


def _located(ctx: Context, me: Employee, visit: Visit, fix: Fix) -> list[Part]:
    if Reason.NO_PLACE in look(ctx, visit).fix.reasons:
        fieldwork.locate(
            ctx.session,
            actor=me,
            visit=visit,
            fix=fix,
            at=ctx.now,
            policy=ctx.policy,
            calendar=ctx.calendar,
        )
        return [arrived(ctx, visit)]
    locations.report(ctx.session, employee=me, fix=fix, at=ctx.now, policy=ctx.policy)
    return [Reply("visits/still_there", one=look(ctx, visit))]


def _at_work(ctx: Context, me: Employee, fix: Fix) -> bool:
    """Whether a point lies at one of the person's places of work."""
    here = locations.canonical(fix.latitude, fix.longitude, fix.coord_type)
    return any(
        locations.standing(locations.metres_between(here, one.point), fix.accuracy, one.radius)
        is Standing.INSIDE
        for one in locations.targets_of(ctx.session, me)
    )
