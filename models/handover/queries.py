"""Reads about handing over: what is on its way, who could take it, and who cannot."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, literal_column, or_, select
from sqlalchemy.orm import Session

from models import staff
from models.base import among, find_rows
from models.handover import registry
from models.handover.leadership import LEADING
from models.handover.registry import Key, OwnedItem
from models.handover.rules import Successor, overlap, ranked
from models.handover.tables import Cause, Handover, HandoverItem, HandoverState, ItemState
from models.staff import Employee, Post, Role, Unit, UnitTree

WAITING = (ItemState.PROPOSED, ItemState.ACCEPTED)
"""Lines whose item has not moved yet."""


def open_handover_of(session: Session, *, employee_id: int, cause: Cause) -> Handover | None:
    """The handover of somebody that is under way for this cause."""
    return session.scalars(
        select(Handover).where(
            Handover.employee_id == employee_id,
            Handover.cause == cause,
            Handover.state == HandoverState.OPEN,
        )
    ).one_or_none()


def open_handovers(session: Session) -> Sequence[Handover]:
    """All that are under way, in the order in which they take effect."""
    return session.scalars(
        select(Handover)
        .where(Handover.state == HandoverState.OPEN)
        .order_by(Handover.effective_at, Handover.id)
    ).all()


def handovers_of(session: Session, employee_id: int) -> Sequence[Handover]:
    """The handovers of somebody that were not undone, newest first."""
    return session.scalars(
        select(Handover)
        .where(Handover.employee_id == employee_id, Handover.state != HandoverState.CANCELLED)
        .order_by(Handover.id.desc())
    ).all()


def lines(
    session: Session, handover_id: int, states: Collection[ItemState] | None = None
) -> Sequence[HandoverItem]:
    """The lines of a handover, in the order of their making."""
    statement = (
        select(HandoverItem)
        .where(HandoverItem.handover_id == handover_id)
        .order_by(HandoverItem.id)
        .execution_options(populate_existing=True)
    )
    if states is not None:
        statement = statement.where(HandoverItem.state.in_(states))
    return session.scalars(statement).all()


def asked(session: Session, *, employee_id: int) -> Sequence[HandoverItem]:
    """The lines about which somebody has been asked and has not answered."""
    return session.scalars(
        select(HandoverItem)
        .join(Handover, Handover.id == HandoverItem.handover_id)
        .where(
            HandoverItem.to_id == employee_id,
            HandoverItem.state == ItemState.PROPOSED,
            Handover.state == HandoverState.OPEN,
        )
        .order_by(HandoverItem.id)
    ).all()


def to_hand_over(session: Session, handover: Handover, at: datetime) -> Mapping[Key, OwnedItem]:
    """What the person really owns now and will not take along, of all areas."""
    items = registry.open_items(session, handover.employee_id, at)
    if handover.delegated:
        return {}
    if handover.cause not in (Cause.TRANSFER, Cause.POST):
        return items
    if handover.cause == Cause.POST:
        ended = [(handover.unit_id, handover.role)]
        items = {key: item for key, item in items.items() if goes_along(session, item, ended)}
    then = max(at, handover.effective_at)
    held = select(Post).where(Post.employee_id == handover.employee_id, staff.held(then))
    posts = [(post.unit_id, post.role) for post in session.scalars(held)]
    return {key: item for key, item in items.items() if not goes_along(session, item, posts)}


def goes_along(session: Session, item: OwnedItem, posts: Sequence[tuple[int, str]]) -> bool:
    """Whether one of the posts still answers for the item: in the role it takes, in its unit or above it."""
    if item.kind == "leadership":
        return any(unit_id == item.unit_id and role in LEADING for unit_id, role in posts)
    fitting = {unit_id for unit_id, role in posts if item.skill in ("", role)}
    if item.unit_id is None:
        return bool(fitting)
    above = select(UnitTree.ancestor_id).where(UnitTree.unit_id == item.unit_id)
    return not fitting.isdisjoint(session.scalars(above).all())


def unavailable(
    session: Session, *, starts_at: datetime, ends_at: datetime | None, at: datetime
) -> Mapping[int, str]:
    """Employee → why nothing is handed to them for that time: `leaving`, `moving`, `away`, `covering`.

    Those who have left by `at` are not among them.
    """
    found: dict[int, str] = {}
    for other in open_handovers(session):
        if other.cause == Cause.POST:
            continue
        if other.cause == Cause.LEAVE:
            if overlap(starts_at, ends_at, other.effective_at, other.returns_at):
                found.setdefault(other.employee_id, "away")
                if other.cover_id is not None:
                    found.setdefault(other.cover_id, "covering")
        elif other.begun_at is None or other.cause == Cause.SEPARATION:
            found[other.employee_id] = "leaving" if other.cause == Cause.SEPARATION else "moving"
    going = select(Employee.id).where(Employee.left_at > at)
    return {**found, **dict.fromkeys(session.scalars(going), "leaving")}


def window(handover: Handover, at: datetime) -> tuple[datetime, datetime | None]:
    """The time for which a successor has to be there: a cover for the leave, others when it takes effect."""
    starts_at = max(at, handover.effective_at)
    return starts_at, handover.returns_at or starts_at.replace(microsecond=999999)


def why_not(session: Session, handover: Handover, employee_id: int, at: datetime) -> str | None:
    """Why somebody cannot take anything of this handover; None if they can."""
    if employee_id == handover.employee_id:
        return "self"
    person = session.get(Employee, employee_id)
    if person is None or (person.left_at is not None and person.left_at <= at):
        return "leaving"
    starts_at, ends_at = window(handover, at)
    why = unavailable(session, starts_at=starts_at, ends_at=ends_at, at=at).get(employee_id)
    return None if why == "covering" and employee_id == handover.cover_id else why


@dataclass(frozen=True)
class Near:
    """Who could take the items of one unit and role, as long as nothing moves."""

    home: frozenset[int]
    """The units of the handover and of the item."""
    units: Mapping[int, frozenset[int]]
    """Employee → where they hold the role."""
    loads: Mapping[int, int]


Known = dict[tuple[str, int | None], Near]
"""Role and unit → who is near: kept while many items are offered, so that it is found out once."""


def successors(
    session: Session,
    handover: Handover,
    item: OwnedItem,
    at: datetime,
    *,
    but_for: Collection[int],
    known: Known | None = None,
) -> Sequence[Successor]:
    """Who could take an item, best first: of the same role, in its unit, else below the unit above it."""
    known = {} if known is None else known
    role = item.skill or handover.role
    near = known.get((role, item.unit_id)) or _near(session, handover, item.unit_id, role, at)
    known[role, item.unit_id] = near
    coming = _coming(session, near.units)
    return ranked(
        Successor(id_, not near.home.isdisjoint(units), role, near.loads[id_] + coming.get(id_, 0))
        for id_, units in near.units.items()
        if id_ not in but_for
    )


def _near(session: Session, handover: Handover, unit_id: int | None, role: str, at: datetime) -> Near:
    home = frozenset({handover.unit_id, unit_id or handover.unit_id})
    parents = select(Unit.parent_id).where(Unit.id.in_(home), Unit.parent_id.is_not(None))
    near = or_(
        Post.unit_id.in_(select(UnitTree.unit_id).where(UnitTree.ancestor_id.in_(parents))),
        Post.unit_id.in_(select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(home))),
    )
    starts_at, ends_at = window(handover, at)
    cannot = {*unavailable(session, starts_at=starts_at, ends_at=ends_at, at=at), handover.employee_id}
    rows = session.execute(
        select(Employee.id, Post.unit_id)
        .join(Post, Post.employee_id == Employee.id)
        .where(Post.role == role, near, staff.held(at), staff.active(at))
        .order_by(Employee.id)
    ).all()
    units: dict[int, frozenset[int]] = {}
    for employee_id, where in rows:
        if employee_id not in cannot:
            units[employee_id] = units.get(employee_id, frozenset()) | {where}
    return Near(home, units, registry.loads(session, units, at))


def _coming(session: Session, people: Collection[int]) -> Mapping[int, int]:
    """Employee → how many items are on their way to them."""
    rows = session.scalars(
        select(HandoverItem.to_id)
        .join(Handover, Handover.id == HandoverItem.handover_id)
        .where(HandoverItem.state.in_(WAITING), Handover.state == HandoverState.OPEN)
        .where(HandoverItem.to_id.in_(people))
    ).all()
    return Counter(rows)


def nearest(session: Session, roles: Sequence[Role], *, unit_id: int, at: datetime) -> Sequence[Employee]:
    """Who holds one of these roles in a unit or above it: nearest first, then in the order of the roles."""
    order = {role: number for number, role in enumerate(roles)}
    rows = session.execute(
        select(Employee, UnitTree.depth, Post.role)
        .join(Post, Post.employee_id == Employee.id)
        .join(UnitTree, UnitTree.ancestor_id == Post.unit_id)
        .where(UnitTree.unit_id == unit_id, Post.role.in_(roles), staff.held(at), staff.active(at))
    ).all()
    ordered = sorted(rows, key=lambda row: (row[1], order[Role(row[2])], row[0].id))
    return staff.with_posts(session, dict.fromkeys(row[0] for row in ordered), at=at)


def answerable(session: Session, handover: Handover, at: datetime) -> int | None:
    """To whom falls what nobody else takes: the nearest who leads, up to the root, else an administrator.

    Who covers for somebody already comes after who does not. None if nobody is left at all.
    """
    starts_at, ends_at = window(handover, at)
    why = unavailable(session, starts_at=starts_at, ends_at=ends_at, at=at)
    leading = nearest(session, LEADING, unit_id=handover.unit_id, at=at)
    others = [
        person.id
        for role in (Role.ADMIN, Role.HR_CITY, Role.HR_PROVINCE, Role.HR_HEAD)
        for person in staff.holders(session, role, unit_id=None, at=at)
    ]
    everybody = [person.id for person in leading] + others
    for allowed in ((None,), ("covering",)):
        for id_ in everybody:
            if id_ != handover.employee_id and why.get(id_) in (None, *allowed):
                return id_
    return None


def stand_in(session: Session, *, employee_id: int, at: datetime) -> int | None:
    """Who acts for somebody who is on leave at `at`; None if they are here or nobody was named."""
    leave = _leave(session, employee_id, at)
    return None if leave is None else leave.cover_id


def on_leave(session: Session, *, employee_id: int, at: datetime) -> bool:
    """Whether somebody is on leave at `at`."""
    return _leave(session, employee_id, at) is not None


def _leave(session: Session, employee_id: int, at: datetime) -> Handover | None:
    leave = open_handover_of(session, employee_id=employee_id, cause=Cause.LEAVE)
    if leave is None or leave.returns_at is None or not leave.effective_at <= at < leave.returns_at:
        return None
    return leave


def leaves_between(
    session: Session, employee_ids: Collection[int], begin: datetime, end: datetime
) -> Mapping[int, Sequence[tuple[datetime, datetime]]]:
    """Employee → the stretches of leave that touch the time between, in their order."""
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    values = {"people": list(employee_ids), "begin": begin, "end": end}
    for employee_id, first, last in find_rows(session, _LEAVES, values):
        found.setdefault(employee_id, []).append((first, last))
    return found


_LEAVES = (
    select(Handover.employee_id, Handover.effective_at, Handover.returns_at)
    .where(
        among(Handover.employee_id),
        Handover.cause == literal_column(f"'{Cause.LEAVE}'", String),
        Handover.state != HandoverState.CANCELLED,
        Handover.effective_at < bindparam("end"),
        Handover.returns_at > bindparam("begin"),
    )
    .order_by(Handover.effective_at)
)


def stands_in_for(session: Session, *, employee_id: int, at: datetime) -> Sequence[int]:
    """Whose work somebody may do for them now: the owners stay the owners (a short leave)."""
    return session.scalars(
        select(Handover.employee_id).where(
            Handover.cover_id == employee_id,
            Handover.delegated.is_(True),
            Handover.state == HandoverState.OPEN,
            Handover.effective_at <= at,
            Handover.returns_at > at,
        )
    ).all()


def labelled(
    session: Session, rows: Sequence[HandoverItem], at: datetime
) -> Sequence[tuple[HandoverItem, OwnedItem | None]]:
    """Lines with what they are about, as its area tells it now; None once it is finished."""
    handovers = {row.handover_id for row in rows}
    owners = {row.to_id for row in rows} | set(
        session.scalars(select(Handover.employee_id).where(Handover.id.in_(handovers)))
    )
    known: dict[Key, OwnedItem] = {}
    for owner in sorted(owners):
        known.update(registry.open_items(session, owner, at))
    return [(row, known.get((row.area, row.item_id))) for row in rows]
