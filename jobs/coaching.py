"""Courses for what people lack, each week (S4-18, S4-28); starters: what to learn, and a look later."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from jobs.base import JobContext, Notice
from models import coaching, lifecycle, performance, planning, staff
from models.coaching import Need, Suggestion
from models.performance import CATALOGUE, LEADING, Around, Window
from models.planning import DueItem
from models.policy import Policy
from models.staff import Employee, Role
from models.worktime import last_workday

COACH = "coach_team"
"""The kind of the due item; the subject is who leads the team."""
NEAREST_FIRST = (Role.TEAM_LEADER, Role.SUPERVISOR)
"""Each a minute after the one before: what somebody was given, the next leader finds given."""
NEEDS = (Need.BROKEN_PROMISES, Need.WEAK_MEASURE)
DAY = timedelta(days=1)


def plan_coaching(ctx: JobContext) -> list[Notice]:
    """On the first workday of a week: have all people looked at, by the nearest leader first."""
    day = ctx.now.date()
    if not performance.begins_week(day, ctx.calendar):
        return []
    due = datetime.combine(day, ctx.policy.training.coach_at, tzinfo=ctx.now.tzinfo)
    until = datetime.combine(day + DAY, time(), tzinfo=ctx.now.tzinfo)
    for later, role in enumerate(NEAREST_FIRST):
        leading = staff.people_in_roles(ctx.session, [role], at=ctx.now)
        moment = due + timedelta(minutes=later)
        planning.plan_due(ctx.session, [(COACH, one.id, moment, until) for one in leading])
    return []


def coach_teams(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Give each of a leader's people the course that helps most with what they lack, and tell the leader."""
    told: list[Notice] = []
    for item in items:
        leader = ctx.session.get_one(Employee, item.subject_id)
        [leader] = staff.with_posts(ctx.session, [leader], at=ctx.now)
        if leader.role not in LEADING or leader.unit_id is None:
            continue
        unit = ctx.session.get_one(staff.Unit, leader.unit_id)
        today = ctx.now.date()
        people = performance.people_of(_around(ctx), unit, Window(today, today))
        found = coaching.suggestions(_around(ctx), people, needs=NEEDS)
        given = [_given(ctx, one, found[one.id][0]) for one in people if one.id in found]
        if given:
            told.append(Notice(leader, "coaching/coached", {"given": given}))
    return told


def _given(ctx: JobContext, person: Employee, one: Suggestion) -> Mapping[str, Any]:
    coaching.take_up(ctx.session, person=person, suggestion=one, at=ctx.now)
    return {"person": person, "title": one.version.title, "why": why(ctx.policy, one)}


def tell_of_starters(ctx: JobContext) -> list[Notice]:
    """Each workday, to leaders: what a starter should learn (S2-22); to look again a month later (S2-23)."""
    today = ctx.now.date()
    if not ctx.calendar.is_workday(today):
        return []
    since = last_workday(today, ctx.calendar.is_workday)
    return [*_plans(ctx, since), *_months(ctx, since)]


def _plans(ctx: JobContext, since: date) -> Iterable[Notice]:
    for person in coaching.starters_of(ctx.session, today=ctx.now.date(), since=since):
        leader = _leader(ctx, person)
        if leader is None:
            continue
        found = coaching.suggestions(_around(ctx), [person], needs=[Need.WEAK_DIMENSION]).get(person.id)
        if found:
            shown = [
                {"version": one.version.id, "title": one.version.title, "why": why(ctx.policy, one)}
                for one in found
            ]
            yield Notice(leader, "coaching/starter_plan", {"person": person, "found": shown})


def _months(ctx: JobContext, since: date) -> Iterable[Notice]:
    for person in coaching.starters_to_review(ctx.session, today=ctx.now.date(), since=since):
        leader = _leader(ctx, person)
        found = coaching.findings_of(ctx.session, person, ctx.policy)
        if leader is not None and found:
            yield Notice(leader, "coaching/month_over", {"person": person, "found": found})


def _leader(ctx: JobContext, person: Employee) -> Employee | None:
    [person] = staff.with_posts(ctx.session, [person], at=ctx.now)
    if person.unit_id is None:
        return None
    return lifecycle.leader_of(ctx.session, person.unit_id, ctx.now, but_for=person.id)


def why(policy: Policy, one: Suggestion) -> Mapping[str, Any]:
    """What a sentence about the reason needs."""
    about = one.lack.about
    names = policy.performance.measures
    return {
        "lack": one.lack,
        "name": names[about][0] if about in names else about,
        "unit": CATALOGUE[about].unit if about in CATALOGUE else None,
    }


def _around(ctx: JobContext) -> Around:
    return Around(ctx.session, ctx.now, ctx.policy, ctx.calendar)
