"""Further posts beside the main one: taken on and ended at a moment, and the work that belongs to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import audit, handover, planning, staff
from models.handover import Carried, Cause, Handover, Key, OwnedItem
from models.lifecycle.errors import (
    EndsAlready,
    InThePast,
    IsLeaving,
    NoPost,
    NotInPost,
    PostHeld,
    SeveralPosts,
)
from models.lifecycle.joining import require_power
from models.lifecycle.queries import unit_named
from models.policy import Policy
from models.staff import Employee, Post, Role, Unit

TURNS = "lifecycle.post_turns"
"""The kind of the due item of a further post that begins or ends."""


@dataclass(frozen=True)
class TakenOn:
    """A further post that somebody takes on."""

    post: Post
    withdrawn: Handover | None = None
    """The handover that its end had begun, where the post goes on after all."""
    asked: Sequence[int] = ()
    """Who had been asked to take something over."""


@dataclass(frozen=True)
class PostEnded:
    """A further post that ends, or never begins."""

    unit_id: int
    role: str
    ends_at: datetime
    began: bool
    handover: Handover | None = None
    carried: Carried | None = None
    """What changed hands, where the end was now."""


def check_further_post(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    unit: Unit,
    role: Role,
    starts_at: datetime,
    at: datetime,
    policy: Policy,
) -> Post | None:
    """Refuse what `add_further_post` would refuse; returns the same post if its end is planned.

    Raises:
        NotPermitted: the actor may not, for this person, in this unit or in this role; InThePast: the moment
        has passed; IsLeaving: the person leaves before; NoPost: no main post is held then; PostHeld: the
        person holds it already.
    """
    staff.require_for_person(
        session, actor=actor, action="people.move", person=employee, at=at, policy=policy
    )
    staff.require_for_unit(session, actor=actor, action="people.move", unit_id=unit.id, policy=policy)
    require_power(session, actor=actor, role=role, unit_id=unit.id, policy=policy)
    if starts_at < at:
        raise InThePast(at=starts_at.date())
    if employee.left_at is not None and employee.left_at <= starts_at:
        raise IsLeaving(person=employee.named, at=employee.left_at)
    mine = select(Post).where(Post.employee_id == employee.id)
    if session.scalars(mine.where(Post.is_main.is_(True), staff.held(starts_at))).first() is None:
        raise NoPost(person=employee.named)
    same = session.scalars(
        mine.where(
            Post.unit_id == unit.id,
            Post.role == role,
            or_(Post.ends_at.is_(None), Post.ends_at > starts_at),
        ).order_by(Post.starts_at)
    ).all()
    if len(same) == 1 and same[0].ends_at is not None and not same[0].is_main:
        return same[0]
    if same:
        raise PostHeld(
            person=employee.named,
            unit=unit_named(session, unit.id),
            role=policy.rights.roles[role].name,
            at=same[0].starts_at,
            begun=same[0].starts_at <= at,
        )
    return None


def add_further_post(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    unit: Unit,
    role: Role,
    starts_at: datetime,
    at: datetime,
    policy: Policy,
) -> TakenOn:
    """Let somebody hold another post beside the main one from a moment on; the rights follow by themselves.

    The same post whose end is planned goes on instead, and what its end had begun is undone.

    Raises:
        NotPermitted: the actor may not; another refusal, as `check_further_post` says.
    """
    _alone(session, employee)
    known = check_further_post(
        session,
        actor=actor,
        employee=employee,
        unit=unit,
        role=role,
        starts_at=starts_at,
        at=at,
        policy=policy,
    )
    withdrawn, asked = None, list[int]()
    if known is None:
        post = staff.put_in_post(
            session, employee=employee, role=role, unit=unit, at=starts_at, is_main=False
        )
    else:
        post, withdrawn = known, handover_for(session, known)
        post.ends_at = None
        session.flush()
        if withdrawn is not None:
            asked += handover.cancel(session, handover=withdrawn, at=at, by=actor.subject)
    plan_turns(session, post, at=at)
    details = {"post": post.id, "unit": unit.id, "role": str(role), "starts_at": post.starts_at.isoformat()}
    _record(session, "people.add_post", actor, employee, at, {**details, "goes_on": known is not None})
    return TakenOn(post, withdrawn, asked)


def the_further_post(
    session: Session, *, employee: Employee, unit: Unit, role: str | None, at: datetime, policy: Policy
) -> Post:
    """The further post that somebody holds or is to hold in a unit.

    Raises:
        NotInPost: there is none; SeveralPosts: there are several, and the role has to be named.
    """
    found = session.scalars(
        select(Post)
        .where(Post.employee_id == employee.id, Post.unit_id == unit.id, Post.is_main.is_(False))
        .where(or_(Post.ends_at.is_(None), Post.ends_at > at))
        .order_by(Post.id)
    ).all()
    fitting = [post for post in found if role in (None, post.role)]
    named = unit_named(session, unit.id)
    if not fitting:
        raise NotInPost(person=employee.named, unit=named)
    if len(fitting) > 1:
        roles = [policy.rights.roles[post.role].name for post in fitting]
        raise SeveralPosts(person=employee.named, unit=named, roles=roles)
    return fitting[0]


def check_end_of_post(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    post: Post,
    ends_at: datetime,
    at: datetime,
    policy: Policy,
) -> Mapping[Key, OwnedItem]:
    """What would have to be handed over; refuses what `end_further_post` would refuse.

    Raises:
        NotPermitted: the actor may not; InThePast: the moment has passed; EndsAlready: its end is planned.
    """
    staff.require_for_person(
        session, actor=actor, action="people.move", person=employee, at=at, policy=policy
    )
    staff.require_for_unit(session, actor=actor, action="people.move", unit_id=post.unit_id, policy=policy)
    if ends_at < at:
        raise InThePast(at=ends_at.date())
    if post.ends_at is not None:
        raise EndsAlready(
            person=employee.named,
            unit=unit_named(session, post.unit_id),
            role=policy.rights.roles[post.role].name,
            at=post.ends_at,
        )
    return {} if post.starts_at >= ends_at else _left_behind(session, post, ends_at, at)


def end_further_post(
    session: Session,
    *,
    actor: Employee,
    employee: Employee,
    post: Post,
    ends_at: datetime,
    at: datetime,
    policy: Policy,
) -> PostEnded:
    """Let a further post end at a moment; one that would begin then or later never does.

    The work that no other post of the person answers for is handed over (S3-03).

    Raises:
        NotPermitted: the actor may not; InThePast, EndsAlready: as `check_end_of_post` says; AlreadyUnderWay:
        the person hands over another post.
    """
    _alone(session, employee)
    session.refresh(post)
    items = check_end_of_post(
        session, actor=actor, employee=employee, post=post, ends_at=ends_at, at=at, policy=policy
    )
    began = post.starts_at < ends_at
    details = {"post": post.id, "unit": post.unit_id, "role": post.role, "ends_at": ends_at.isoformat()}
    _record(session, "people.end_post", actor, employee, at, {**details, "began": began})
    unit_id, role = post.unit_id, post.role
    if not began:
        session.delete(post)
        session.flush()
        return PostEnded(unit_id, role, ends_at, began)
    post.ends_at = ends_at
    session.flush()
    one = _open(session, employee, post, at, actor.subject) if items else None
    if ends_at > at:
        plan_turns(session, post, at=at)
        return PostEnded(unit_id, role, ends_at, began, one)
    carried = None if one is None else handover.carry_out(session, handover=one, at=at)
    return PostEnded(unit_id, role, ends_at, began, one, carried)


def wind_up(session: Session, *, post: Post, at: datetime) -> tuple[Handover | None, Carried]:
    """The end of a further post has come: what no other post answers for changes hands."""
    employee = session.get_one(Employee, post.employee_id)
    one = handover_for(session, post)
    other = handover.open_handover_of(session, employee_id=employee.id, cause=Cause.POST)
    if one is None and other is None and _left_behind(session, post, at, at):
        one = _open(session, employee, post, at, "system")
    return one, Carried() if one is None else handover.carry_out(session, handover=one, at=at)


def handover_for(session: Session, post: Post) -> Handover | None:
    """The handover that the end of a further post has begun, while it is open."""
    one = handover.open_handover_of(session, employee_id=post.employee_id, cause=Cause.POST)
    return one if one is not None and (one.unit_id, one.role) == (post.unit_id, post.role) else None


def plan_turns(session: Session, post: Post, *, at: datetime) -> None:
    """Enter the moments of a further post that are still to come among what is due."""
    moments = [moment for moment in (post.starts_at, post.ends_at) if moment is not None and moment > at]
    planning.plan_due(session, [(TURNS, post.id, due, handover.planning_end(due)) for due in moments])


def turning_posts(session: Session, at: datetime) -> Sequence[Post]:
    """The further posts that begin or end after `at`."""
    return session.scalars(
        select(Post)
        .where(Post.is_main.is_(False), or_(Post.starts_at > at, Post.ends_at > at))
        .order_by(Post.id)
    ).all()


def _left_behind(session: Session, post: Post, ends_at: datetime, at: datetime) -> Mapping[Key, OwnedItem]:
    """What this post answers for now, and no other one that is held when it ends."""
    held = select(Post).where(
        Post.employee_id == post.employee_id, Post.id != post.id, staff.held(max(at, ends_at))
    )
    others = [(other.unit_id, other.role) for other in session.scalars(held)]
    return {
        key: item
        for key, item in handover.open_items(session, post.employee_id, at).items()
        if handover.goes_along(session, item, [(post.unit_id, post.role)])
        and not handover.goes_along(session, item, others)
    }


def _open(session: Session, employee: Employee, post: Post, at: datetime, by: str) -> Handover:
    assert post.ends_at is not None
    return handover.open_handover(
        session,
        employee=employee,
        cause=Cause.POST,
        unit_id=post.unit_id,
        role=post.role,
        effective_at=post.ends_at,
        at=at,
        by=by,
    )


def _alone(session: Session, employee: Employee) -> None:
    """Two who change the posts of one person at once do so one after the other."""
    session.execute(select(Employee.id).where(Employee.id == employee.id).with_for_update())


def _record(
    session: Session,
    action: str,
    actor: Employee,
    employee: Employee,
    at: datetime,
    details: Mapping[str, object],
) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=employee.subject,
        details=dict(details),
    )
