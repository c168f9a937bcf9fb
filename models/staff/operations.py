"""Writes about people and units."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, literal, select, true, update
from sqlalchemy.orm import Session, aliased

from models import audit, messaging, secrecy
from models.base import insert_once
from models.errors import DomainError
from models.messaging import OutboundMessage
from models.policy import Policy
from models.staff.queries import (
    find_candidate,
    find_employee,
    find_known,
    held,
    require_for_person,
    root_unit,
)
from models.staff.rules import require
from models.staff.tables import (
    ALWAYS,
    Candidate,
    Employee,
    EmployeeNumber,
    Post,
    Role,
    Unit,
    UnitKind,
    UnitTree,
)

ROOT_NAME = "总部"
"""What the root is called until somebody gives it a name."""


class UnitWithinItself(DomainError):
    """A unit cannot lie below itself (facts: unit)."""

    texts = "staff"


def ensure_root(session: Session, *, name: str = ROOT_NAME) -> Unit:
    """The head of the organisation, made if there is none."""
    root = root_unit(session)
    if root is None:
        root = Unit(parent_id=None, name=name, kind=UnitKind.HEAD_OFFICE)
        session.add(root)
        session.flush()
        _enter_into_tree(session, root)
    return root


def add_unit(
    session: Session,
    *,
    name: str,
    parent: Unit | None = None,
    kind: UnitKind = UnitKind.TEAM,
    directory_id: int | None = None,
) -> Unit:
    """The unit called `name` in `parent` (else in the root), made if it does not exist."""
    parent = parent or ensure_root(session)
    unit = session.scalars(select(Unit).where(Unit.parent_id == parent.id, Unit.name == name)).one_or_none()
    if unit is None:
        unit = Unit(parent_id=parent.id, name=name, kind=kind, directory_id=directory_id)
        session.add(unit)
        session.flush()
        _enter_into_tree(session, unit)
    unit.closed_at = None
    return unit


def _enter_into_tree(session: Session, unit: Unit) -> None:
    """The rows of a unit that has nothing below it yet."""
    session.execute(insert(UnitTree).values(ancestor_id=unit.id, unit_id=unit.id, depth=0, inside=True))
    if unit.parent_id is not None:
        is_team = unit.kind == UnitKind.TEAM
        above = select(
            UnitTree.ancestor_id,
            literal(unit.id),
            UnitTree.depth + 1,
            UnitTree.inside if is_team else literal(False),
        ).where(UnitTree.unit_id == unit.parent_id)
        session.execute(insert(UnitTree).from_select(["ancestor_id", "unit_id", "depth", "inside"], above))


def move_unit(session: Session, *, unit: Unit, parent: Unit) -> None:
    """Put a unit, with all below it, into another one.

    Raises:
        UnitWithinItself: that one lies below it.
    """
    below = select(UnitTree.unit_id).where(UnitTree.ancestor_id == unit.id)
    if session.scalar(below.where(UnitTree.unit_id == parent.id)) is not None:
        raise UnitWithinItself(unit=unit)
    ids = session.scalars(below).all()
    session.execute(delete(UnitTree).where(UnitTree.unit_id.in_(ids), UnitTree.ancestor_id.not_in(ids)))
    unit.parent_id = parent.id
    session.flush()
    over, under = aliased(UnitTree), aliased(UnitTree)
    is_team = unit.kind == UnitKind.TEAM
    rows = (
        select(
            over.ancestor_id,
            under.unit_id,
            over.depth + under.depth + 1,
            (over.inside & under.inside) if is_team else literal(False),
        )
        .select_from(over)
        .join(under, true())
        .where(over.unit_id == parent.id, under.ancestor_id == unit.id)
    )
    session.execute(insert(UnitTree).from_select(["ancestor_id", "unit_id", "depth", "inside"], rows))


def change_kind(session: Session, *, unit: Unit, kind: UnitKind) -> None:
    """Make a unit a branch, or a team: what counts as inside the units above changes with it."""
    if unit.kind == kind:
        return
    unit.kind = kind
    session.flush()
    if unit.parent_id is not None:
        parent = session.get(Unit, unit.parent_id)
        assert parent is not None
        move_unit(session, unit=unit, parent=parent)


def add_employee(
    session: Session,
    *,
    wecom_id: str,
    name: str,
    role: Role,
    unit: Unit | None = None,
    title: str = "",
    since: datetime = ALWAYS,
) -> Employee:
    """Enter a member with a main post, or bring the known one up to date (and back, if they had left)."""
    employee = find_known(session, wecom_id)
    if employee is None:
        employee = Employee(wecom_id=wecom_id, wecom_key=wecom_id.lower(), name=name)
        session.add(employee)
    employee.name = name
    employee.left_at = None
    session.flush()
    put_in_post(
        session, employee=employee, role=role, unit=unit or ensure_root(session), title=title, at=since
    )
    return employee


def put_in_post(
    session: Session,
    *,
    employee: Employee,
    role: Role,
    unit: Unit,
    at: datetime,
    title: str = "",
    is_main: bool = True,
) -> Post:
    """Let somebody hold a post from `at` on; a main post ends the main post held before.

    The same post again changes nothing but its title.
    """
    known = session.scalars(
        select(Post)
        .where(Post.employee_id == employee.id, Post.is_main.is_(is_main), Post.ends_at.is_(None))
        .order_by(Post.id)
    ).all()
    for post in known:
        if (post.role, post.unit_id) == (role, unit.id):
            post.title = title or post.title
            session.flush()
            return post
    if is_main:
        for post in known:
            if post.starts_at >= at:
                session.delete(post)
            else:
                post.ends_at = at
        session.flush()
    post = Post(
        employee_id=employee.id,
        unit_id=unit.id,
        role=role,
        title=title,
        is_main=is_main,
        starts_at=at,
        ends_at=None,
    )
    session.add(post)
    session.flush()
    return post


def withdraw_main_post(session: Session, *, employee_id: int, starts_at: datetime) -> None:
    """A main post that was to begin then never does, and the one that it would have ended goes on."""
    main = (Post.employee_id == employee_id, Post.is_main.is_(True))
    session.execute(delete(Post).where(*main, Post.starts_at == starts_at))
    session.execute(update(Post).where(*main, Post.ends_at == starts_at).values(ends_at=None))


def end_posts(session: Session, *, employee: Employee, at: datetime) -> None:
    """All posts of somebody end at `at`; those that would begin later never do."""
    session.execute(delete(Post).where(Post.employee_id == employee.id, Post.starts_at >= at))
    session.execute(update(Post).where(Post.employee_id == employee.id, held(at)).values(ends_at=at))


def next_number(session: Session, *, prefix: str) -> str:
    """The next employee number with this prefix: E00042. Two at once never get the same."""
    insert_once(session, EmployeeNumber, {"prefix": prefix, "last": 0})
    session.execute(
        update(EmployeeNumber).where(EmployeeNumber.prefix == prefix).values(last=EmployeeNumber.last + 1)
    )
    last = session.scalars(select(EmployeeNumber.last).where(EmployeeNumber.prefix == prefix)).one()
    return f"{prefix}{last:05d}"


def keep_identity(
    session: Session,
    *,
    person: Employee | Candidate,
    phone: str | None = None,
    id_number: str | None = None,
    address: str | None = None,
    email: str | None = None,
) -> None:
    """Seal what is given of a person's phone, identity number and address; the rest stays as it is.

    `phone` and `id_number` are in their normal form (models/secrecy/rules.py). Employees have no `email`.
    """
    if phone:
        person.phone = secrecy.seal(session, person.subject, phone)
        person.phone_hash = secrecy.identity_hash(session, "phone", phone)
        if isinstance(person, Employee):
            person.phone_tail_hash = secrecy.identity_hash(session, "phone_tail", phone[-4:])
    if id_number:
        person.id_number = secrecy.seal(session, person.subject, id_number)
        person.id_hash = secrecy.identity_hash(session, "id_number", id_number)
    if address:
        person.address = secrecy.seal(session, person.subject, address)
    if email and isinstance(person, Candidate):
        person.email = secrecy.seal(session, person.subject, email)
    session.flush()


def follow(session: Session, *, openid: str, at: datetime, scene: str | None = None) -> Candidate:
    """Enter a follower of the service account; a known one stays as it is."""
    insert_once(session, Candidate, {"openid": openid, "followed_at": at, "scene": scene})
    candidate = find_candidate(session, openid)
    assert candidate is not None
    return candidate


def unfollow(session: Session, *, openid: str, at: datetime) -> None:
    """Delete what came of a follower from the platform, which asks for it on unsubscribe (protocol 2.8).

    Somebody who applied stays with what the application says; the OpenID goes.
    """
    messaging.forget_person(session, account=messaging.Channel.OFFICIAL, sender=openid, now=at)
    known = find_candidate(session, openid)
    if known is None:
        return
    if known.name is None:
        session.execute(delete(Candidate).where(Candidate.id == known.id))
        session.expunge(known)
        return
    known.openid, known.followed_at, known.scene, known.bound_at = None, None, None, None
    session.flush()


@dataclass(frozen=True)
class Recalled:
    """A message that is taken back."""

    message: OutboundMessage
    person: Employee | None
    """Whom it was for; None if they have left."""
    others: int
    """How many other people it is taken from."""
    had_left: bool
    """Whether the platform has to take it back; otherwise nobody has seen it."""


def recall_message(
    session: Session, *, actor: Employee, message_id: int, at: datetime, policy: Policy
) -> Recalled:
    """Take a message back from everybody who got it in the same call.

    Raises:
        NotPermitted: the actor's role does not take messages back, or not from this person.
        DomainError: it cannot be taken back; the subclass says why (models/messaging/changes.py).
    """
    require(actor, "messages.recall", policy.rights)
    message = session.get(OutboundMessage, message_id)
    if message is None:
        raise messaging.NotRecallable(channel=messaging.Channel.WECOM)
    person = find_employee(session, message.recipient, at=at)
    sharing = messaging.sharing_call(session, message)
    for one in sharing:
        receiver = find_employee(session, one.recipient, at=at)
        if receiver is not None:
            require_for_person(
                session, actor=actor, action="messages.recall", person=receiver, at=at, policy=policy
            )
    had_left = messaging.recall(session, ids=[one.id for one in sharing], at=at)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="messages.recall",
        subject=None if person is None else person.subject,
        details={"messages": [one.id for one in sharing]},
    )
    return Recalled(message, person, len(sharing) - 1, had_left)


def set_hired_on(session: Session, *, employee: Employee, day: date | None) -> None:
    """Note since when somebody is employed."""
    if day is not None:
        employee.hired_on = day
        session.flush()
