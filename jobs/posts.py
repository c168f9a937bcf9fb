"""Further posts as they begin and end: the person and who leads the unit hear of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from jobs import handover as handovers
from jobs.base import JobContext, Notice
from models import lifecycle
from models.planning import DueItem
from models.policy import Policy
from models.staff import Employee, Post


def turn_posts(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Further posts begin and end; with an end, work changes hands."""
    notices: list[Notice] = []
    for item in items:
        post = ctx.session.get(Post, item.subject_id)
        if post is None:
            continue
        person = ctx.session.get_one(Employee, post.employee_id)
        if not person.is_here(ctx.now):
            continue
        values = post_values(ctx.session, person, post.unit_id, post.role, ctx.policy)
        leader = _leader(ctx.session, person, post.unit_id, ctx.now)
        if post.starts_at == item.due_at:
            notices.append(Notice(person, "posts/yours_now", values))
            notices += [Notice(other, "posts/has_begun", values) for other in leader]
        elif post.ends_at == item.due_at:
            one, carried = lifecycle.wind_up(ctx.session, post=post, at=ctx.now)
            notices.append(Notice(person, "posts/yours_no_more", values))
            notices += [Notice(other, "posts/has_ended", values) for other in leader]
            notices += [] if one is None else handovers.given(ctx.session, one, carried.moved)
    return notices


def tend_posts(ctx: JobContext) -> list[Notice]:
    """Plan what is due: a clock that was put back forgets it."""
    for post in lifecycle.turning_posts(ctx.session, ctx.now):
        lifecycle.plan_turns(ctx.session, post, at=ctx.now)
    return []


def told_of_taking_on(
    session: Session, person: Employee, post: Post, *, actor: Employee, at: datetime, policy: Policy
) -> list[Notice]:
    """Both hear that somebody takes a further post on, but not who arranged it."""
    values = post_values(session, person, post.unit_id, post.role, policy)
    values |= {"at": post.starts_at, "now": at}
    mine = Notice(person, "posts/you_take_on", values)
    others = _leader(session, person, post.unit_id, at)
    notices = [mine, *(Notice(other, "posts/takes_on", values) for other in others)]
    return [notice for notice in notices if notice.to.id != actor.id]


def told_of_end(
    session: Session,
    person: Employee,
    ended: lifecycle.PostEnded,
    *,
    actor: Employee,
    at: datetime,
    policy: Policy,
) -> list[Notice]:
    """Both hear that a further post ends or never begins, but not who arranged it."""
    values = post_values(session, person, ended.unit_id, ended.role, policy)
    values |= {"at": ended.ends_at, "now": at, "began": ended.began}
    mine = Notice(person, "posts/you_give_up", values)
    others = _leader(session, person, ended.unit_id, at)
    notices = [mine, *(Notice(other, "posts/gives_up", values) for other in others)]
    return [notice for notice in notices if notice.to.id != actor.id]


def post_values(
    session: Session, person: Employee, unit_id: int, role: str, policy: Policy
) -> dict[str, Any]:
    """What the words about a further post need."""
    unit = lifecycle.unit_named(session, unit_id)
    return {"person": person, "unit": unit, "role": policy.rights.roles[role].name}


def _leader(session: Session, person: Employee, unit_id: int, at: datetime) -> Sequence[Employee]:
    """Who leads the unit beside the person: one, or none."""
    leader = lifecycle.leader_of(session, unit_id, at, but_for=person.id)
    return [] if leader is None else [leader]
