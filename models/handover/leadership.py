"""Leading a unit, as something that is owned: a unit with people is never without somebody who leads it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models import staff
from models.handover.registry import OwnedItem, Ownership
from models.staff import Employee, Post, Role, Unit, UnitTree

AREA = "leadership"
LEADING = (Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER)
"""The roles that lead the unit they are in, nearest first."""


def open_items(session: Session, owner_id: int, at: datetime) -> Sequence[OwnedItem]:
    """The units with people of which somebody is the only leader."""
    units = session.execute(
        select(Unit.id, Unit.name)
        .join(Post, Post.unit_id == Unit.id)
        .where(Post.employee_id == owner_id, Post.role.in_(LEADING), Post.starts_at <= at)
        .where(Unit.closed_at.is_(None))
        .distinct()
        .order_by(Unit.id)
    ).all()
    found = []
    for unit_id, name in units:
        post = _leading(session, unit_id, at)
        if post is not None and post.employee_id == owner_id:
            found.append(OwnedItem(AREA, unit_id, {"unit": name}, unit_id=unit_id, skill=post.role, weight=3))
    return found


def owner_of(session: Session, unit_id: int, at: datetime) -> int | None:
    """Who alone leads a unit; None if nobody is in it, or if several lead it together."""
    post = _leading(session, unit_id, at)
    return None if post is None else post.employee_id


def reassign(session: Session, unit_id: int, from_id: int, to_id: int, at: datetime) -> bool:
    """Let somebody lead the unit from `at` on, beside the post they hold.

    A post that `from` held beside another one ends; a main post ends with the transfer or the leaving, and
    goes on during a leave.
    """
    post = _leading(session, unit_id, at)
    if post is None or post.employee_id != from_id:
        return False
    if not post.is_main and (post.ends_at is None or post.ends_at > at):
        post.ends_at = at
    leads = select(
        exists().where(
            Post.employee_id == to_id, Post.unit_id == unit_id, Post.role.in_(LEADING), staff.held(at)
        )
    )
    session.flush()
    if not session.scalar(leads):
        session.add(
            Post(
                employee_id=to_id,
                unit_id=unit_id,
                role=post.role,
                title="",
                is_main=False,
                starts_at=at,
                ends_at=None,
            )
        )
    session.flush()
    return True


def _leading(session: Session, unit_id: int, at: datetime) -> Post | None:
    """The post from which a unit is led.

    An additional post goes before the main one of who is on leave. Where nobody leads any more it is the
    last post from which somebody did.
    """
    posts = session.scalars(
        select(Post)
        .join(Employee, Employee.id == Post.employee_id)
        .where(Post.unit_id == unit_id, Post.role.in_(LEADING), Post.starts_at <= at)
        .order_by(Post.starts_at.desc(), Post.id.desc())
    ).all()
    if not posts:
        return None
    present = (
        select(Post.id)
        .join(Employee, Employee.id == Post.employee_id)
        .where(Post.id.in_([post.id for post in posts]), staff.held(at), staff.active(at))
    )
    held = set(session.scalars(present).all())
    leading = [post for post in posts if post.id in held]
    beside = [post for post in leading if not post.is_main]
    if len({post.employee_id for post in leading}) > 1 and not beside:
        return None
    post = (beside or leading or posts)[0]
    return post if _has_people(session, unit_id, post.employee_id, at) else None


def _has_people(session: Session, unit_id: int, but_for: int, at: datetime) -> bool:
    """Whether anybody else works in the unit or below it."""
    somebody = (
        exists()
        .where(Post.employee_id == Employee.id, Post.unit_id == UnitTree.unit_id)
        .where(UnitTree.ancestor_id == unit_id)
        .where(staff.held(at), staff.active(at), Employee.id != but_for)
    )
    return bool(session.scalar(select(somebody)))


def loads(session: Session, owners: Collection[int], at: datetime) -> Mapping[int, int]:
    """The weight of what people lead; most lead nothing, and are not asked about one by one."""
    leading = select(Post.employee_id).where(Post.employee_id.in_(owners), Post.role.in_(LEADING))
    return {
        id_: sum(item.weight for item in open_items(session, id_, at))
        for id_ in session.scalars(leading.distinct()).all()
    }


OWNERSHIP = Ownership(AREA, open_items, owner_of, reassign, loads)
