"""Reads about people and units."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    bindparam,
    exists,
    false,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import messaging
from models.base import among, find, find_rows
from models.messaging import OutboundMessage
from models.policy import Policy
from models.staff.rules import HeldPost, OutOfReach, Reach, is_held, require
from models.staff.tables import Candidate, Employee, Nickname, Post, Role, Unit, UnitTree


def active(at: datetime) -> ColumnElement[bool]:
    """Employees who have not left by then."""
    return or_(Employee.left_at.is_(None), Employee.left_at > at)


def held(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Posts that are held then."""
    return (Post.starts_at <= at) & or_(Post.ends_at.is_(None), Post.ends_at > at)


_AT = bindparam("at", type_=Post.starts_at.type)
_POST = (Post.id, Post.unit_id, Post.role, Post.title, Post.is_main)
"""The columns of a `HeldPost`, in its order."""
_POSTS = (
    select(Post.employee_id, *_POST)
    .where(among(Post.employee_id), held(_AT))
    .order_by(Post.is_main.desc(), Post.id)
)
_BY_KEY = (
    select(Employee, *_POST)
    .outerjoin(
        Post,
        (Post.employee_id == Employee.id)
        & (Post.starts_at <= _AT)
        & or_(Post.ends_at.is_(None), Post.ends_at > _AT),
    )
    .where(
        Employee.wecom_key == bindparam("key"),
        or_(Employee.left_at.is_(None), Employee.left_at > _AT),
    )
    .order_by(Post.is_main.desc(), Post.id)
)
_LOCKED = _BY_KEY.with_for_update(key_share=True, of=Employee)
_BY_OPENID = select(Candidate).where(Candidate.openid == bindparam("openid"))


def find_employee(session: Session, wecom_id: str, *, at: datetime, lock: bool = False) -> Employee | None:
    """The employee with this UserID who has not left by `at`, with the posts held then; in any letter case.

    With `lock`, messages of one person are handled one after the other (PostgreSQL row lock;
    SQLite has a single writer anyway).
    """
    rows = find_rows(session, _LOCKED if lock else _BY_KEY, {"key": wecom_id.lower(), "at": at})
    if not rows:
        return None
    employee: Employee = rows[0][0]
    employee.posts = tuple(HeldPost(*post) for _, *post in rows if post[0] is not None)
    return employee


def find_known(session: Session, wecom_id: str) -> Employee | None:
    """The employee with this UserID, whether they have left or not; without posts."""
    return session.scalars(select(Employee).where(Employee.wecom_key == wecom_id.lower())).one_or_none()


def with_posts(session: Session, employees: Iterable[Employee], *, at: datetime) -> Sequence[Employee]:
    """The same employees, with the posts they hold at `at`."""
    people = list(employees)
    by_id: dict[int, list[HeldPost]] = {person.id: [] for person in people}
    for employee_id, *post in find_rows(session, _POSTS, {"people": list(by_id), "at": at}):
        by_id[employee_id].append(HeldPost(*post))
    for person in people:
        person.posts = tuple(by_id[person.id])
    return people


def is_called(asked: str) -> ColumnElement[bool]:
    """Employees with this name, UserID or number."""
    return or_(Employee.name == asked, Employee.wecom_key == asked.lower(), Employee.number == asked.upper())


def is_nicknamed(asked: str) -> ColumnElement[bool]:
    """Employees with this nickname."""
    words = "".join(asked.split()).lower()
    return Employee.id.in_(select(Nickname.employee_id).where(Nickname.words == words))


def find_by_name_or_account(session: Session, asked: str, *, at: datetime) -> Sequence[Employee]:
    """The active employees with this name, UserID or number."""
    found = session.scalars(select(Employee).where(is_called(asked), active(at)).order_by(Employee.id))
    return with_posts(session, found, at=at)


LINE = frozenset({Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER})
"""Roles that lead a unit, and no other one beside it."""


def holders(session: Session, role: Role, *, unit_id: int | None, at: datetime) -> Sequence[Employee]:
    """Who holds this role nearest to a unit: whom to ask or to tell.

    Those in it, else in the next unit above it, up to the root. Who serves others (IT, HR, finance …) often
    sits in a team beside it, so that each unit on the way counts with the teams inside it; but nobody leads
    the team beside the own one. Without a unit: everybody who holds the role anywhere.
    """
    statement = (
        select(Employee)
        .join(Post, Post.employee_id == Employee.id)
        .where(Post.role == role, held(at), active(at))
        .order_by(Employee.id)
    )
    if unit_id is None:
        return with_posts(session, session.scalars(statement).unique(), at=at)
    above = select(UnitTree.ancestor_id).where(UnitTree.unit_id == unit_id).order_by(UnitTree.depth)
    for ancestor in session.scalars(above).all():
        inside = select(UnitTree.unit_id).where(UnitTree.ancestor_id == ancestor, UnitTree.inside.is_(True))
        near = Post.unit_id == ancestor if role in LINE else Post.unit_id.in_(inside)
        found = session.scalars(statement.where(near)).unique().all()
        if found:
            return with_posts(session, found, at=at)
    return []


def people_in_roles(session: Session, roles: Iterable[str], *, at: datetime) -> Sequence[Employee]:
    """The active employees whose main post at `at` is in one of these roles, by id, with their posts."""
    found = session.scalars(
        select(Employee)
        .join(Post, Post.employee_id == Employee.id)
        .where(Post.role.in_(sorted(roles)), Post.is_main.is_(True), held(at), active(at))
        .order_by(Employee.id)
    ).all()
    return with_posts(session, found, at=at)


def units_in(allowed: Reach) -> ColumnElement[bool]:
    """Rows of `UnitTree` whose unit is within reach: one indexed question."""
    return or_(
        UnitTree.ancestor_id.in_(allowed.teams) & UnitTree.inside.is_(True) if allowed.teams else false(),
        UnitTree.ancestor_id.in_(allowed.subtrees) if allowed.subtrees else false(),
    )


def unit_in_reach(
    allowed: Reach, unit_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
) -> ColumnElement[bool]:
    """Rows whose unit is within reach, for any table that has a unit."""
    if allowed.everything:
        return true()
    return unit_id.in_(select(UnitTree.unit_id).where(units_in(allowed)))


def person_in_reach(allowed: Reach, actor: Employee, at: datetime) -> ColumnElement[bool]:
    """Employees within reach: with a post held at `at` in a unit that is, or the actor."""
    if allowed.everything:
        return true()
    there = select(Post.employee_id).where(
        held(at), Post.unit_id.in_(select(UnitTree.unit_id).where(units_in(allowed)))
    )
    # Not "or the actor": an OR beside a subquery makes the database look at everybody.
    return Employee.id.in_(union_all(there, select(literal(actor.id))) if allowed.own else there)


def belongs_to(unit_id: int, at: datetime) -> ColumnElement[bool]:
    """Employees with a post held at `at` in the unit or below it."""
    return Employee.id.in_(
        select(Post.employee_id)
        .join(UnitTree, UnitTree.unit_id == Post.unit_id)
        .where(UnitTree.ancestor_id == unit_id, held(at))
    )


def covers_unit(session: Session, allowed: Reach, unit_id: int) -> bool:
    """Whether a unit is within reach."""
    if allowed.everything:
        return True
    return bool(session.scalar(select(exists().where(UnitTree.unit_id == unit_id).where(units_in(allowed)))))


def covers_person(
    session: Session, allowed: Reach, actor: Employee, person: Employee, *, at: datetime
) -> bool:
    """Whether a person is within reach: is the actor, or holds a post in a unit that is."""
    if allowed.everything or (allowed.own and person.id == actor.id):
        return True
    units = select(Post.unit_id).where(Post.employee_id == person.id, held(at))
    return bool(session.scalar(select(exists().where(UnitTree.unit_id.in_(units)).where(units_in(allowed)))))


def main_post(session: Session, employee_id: int, at: datetime) -> Post | None:
    """The main post that somebody holds; else the next one, else the last one."""
    posts = session.scalars(
        select(Post).where(Post.employee_id == employee_id, Post.is_main.is_(True)).order_by(Post.starts_at)
    ).all()
    now = [post for post in posts if is_held(post.starts_at, post.ends_at, at)]
    later = [post for post in posts if post.starts_at > at]
    in_order = [*now, *later, *reversed(posts)]
    return in_order[0] if in_order else None


def covers_anybody(
    session: Session, allowed: Reach, actor: Employee, person: Employee, *, at: datetime
) -> bool:
    """The same for starters and leavers as well: who holds no post counts where the next one is, or was."""
    if covers_person(session, allowed, actor, person, at=at):
        return True
    if session.scalar(select(exists().where(Post.employee_id == person.id, held(at)))):
        return False
    post = main_post(session, person.id, at)
    return post is not None and covers_unit(session, allowed, post.unit_id)


def require_for_person(
    session: Session, *, actor: Employee, action: str, person: Employee, at: datetime, policy: Policy
) -> None:
    """Refuse unless the actor may do `action` to this person; starters and leavers as `covers_anybody` says.

    Raises:
        NotPermitted: no role of the actor includes it; OutOfReach: not for this person.
    """
    if not covers_anybody(session, require(actor, action, policy.rights), actor, person, at=at):
        raise OutOfReach(action=action)


def require_for_unit(session: Session, *, actor: Employee, action: str, unit_id: int, policy: Policy) -> None:
    """Refuse unless the actor may do `action` in this unit.

    Raises:
        NotPermitted: no role of the actor includes it; OutOfReach: not in this unit.
    """
    if not covers_unit(session, require(actor, action, policy.rights), unit_id):
        raise OutOfReach(action=action)


def messages_to_employee(
    session: Session, *, actor: Employee, person: Employee, at: datetime, policy: Policy, limit: int = 5
) -> Sequence[OutboundMessage]:
    """The newest messages to an employee, newest first.

    Raises:
        NotPermitted: the actor's role does not see what this person is sent.
    """
    require_for_person(
        session, actor=actor, action="messages.see_delivery", person=person, at=at, policy=policy
    )
    return messaging.messages_to(session, recipient=person.wecom_id, limit=limit)


def newest_recallable(
    session: Session, *, actor: Employee, person: Employee, at: datetime, policy: Policy
) -> messaging.Recallable | None:
    """The newest message to an employee that can still be taken back.

    Raises:
        NotPermitted: the actor's role does not take back what this person is sent.
    """
    require_for_person(session, actor=actor, action="messages.recall", person=person, at=at, policy=policy)
    return messaging.newest_recallable(session, recipient=person.wecom_id, now=at)


def find_candidate(session: Session, openid: str) -> Candidate | None:
    """The follower with this OpenID."""
    return find(session, _BY_OPENID, {"openid": openid})


def root_unit(session: Session) -> Unit | None:
    """The head of the organisation."""
    return session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one_or_none()


def find_unit(session: Session, path: str) -> Unit | None:
    """The open unit with this name, or with this path from any unit above it: 「城北分公司/催收一组」.

    None if there is none, or if more than one could be meant.
    """
    *above, name = [part.strip() for part in path.split("/") if part.strip()] or [""]
    found = session.scalars(select(Unit).where(Unit.name == name, Unit.closed_at.is_(None))).all()
    fitting = [unit for unit in found if ends_with(unit_path(session, unit)[:-1], above)]
    return fitting[0] if len(fitting) == 1 else None


def ends_with(names: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether the names end with the wanted ones, in their order; some may lie in between."""
    left = list(wanted)
    for name in reversed(names):
        if left and left[-1] == name:
            left.pop()
    return not left


def unit_path(session: Session, unit: Unit) -> Sequence[str]:
    """The names from the root down to this unit."""
    return session.scalars(
        select(Unit.name)
        .join(UnitTree, UnitTree.ancestor_id == Unit.id)
        .where(UnitTree.unit_id == unit.id)
        .order_by(UnitTree.depth.desc())
    ).all()


def units_below(session: Session, unit_id: int) -> Sequence[Unit]:
    """The unit and everything below it, as one indexed question, in the order of ids."""
    return session.scalars(
        select(Unit)
        .join(UnitTree, UnitTree.unit_id == Unit.id)
        .where(UnitTree.ancestor_id == unit_id)
        .order_by(Unit.id)
    ).all()
