"""Looking people and units up, and taking their data out: each within the reach of who asks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models import audit, secrecy
from models.audit import AuditEvent
from models.errors import DomainError, NotFound, NotPermitted
from models.policy import Policy, Scope
from models.staff.queries import (
    active,
    covers_anybody,
    covers_person,
    covers_unit,
    ends_with,
    held,
    is_called,
    is_nicknamed,
    person_in_reach,
    unit_in_reach,
    unit_path,
    with_posts,
)
from models.staff.rules import reach, require
from models.staff.tables import Employee, Post, Unit, UnitTree

MOST_FOUND = 10
"""How many people a search names; who means another one has to say more."""
TAIL_DIGITS = 4
"""The last digits of a phone by which its owner is found."""
SHORTEST_REASON = 4
"""Characters of a reason for taking full values out."""
PAGE = 20
"""People on a page of a list."""
REVEAL = "people.reveal"

Sound = Callable[[str], str]
"""How a name sounds: its pinyin without tones."""


class PersonNotFound(NotFound):
    """Nobody within reach is called so (facts: asked)."""

    texts = "people"


class UnitNotFound(NotFound):
    """No unit within reach is called so (facts: asked)."""

    texts = "people"


class TooManyReveals(DomainError):
    """The actor has seen as many full numbers today as the policy allows (facts: most)."""

    texts = "people"


class FullExportNotPermitted(NotPermitted):
    """The masked list may go out, the full values may not (facts: action, unit)."""

    texts = "people"


class ReasonNeeded(DomainError):
    """Full values go out for a reason alone (facts: unit)."""

    texts = "people"


@dataclass(frozen=True)
class Profile:
    """A person as others see them: personal values are masked, and empty where none is known."""

    person: Employee
    units: Sequence[str]
    """The names of the units of the posts, in their order."""
    phone: str
    id_number: str
    address: str


@dataclass(frozen=True)
class Roster:
    """A page of the people of a unit and of what lies below it, as far as the reach goes."""

    unit: Unit
    people: Sequence[Profile]
    page: int
    """From 1 on."""
    total: int

    @property
    def left(self) -> int:
        """How many people come after this page."""
        return max(self.total - self.page * PAGE, 0)


@dataclass(frozen=True)
class UnitCount:
    """A unit within reach."""

    unit: Unit
    depth: int
    """Steps below the uppermost unit within reach."""
    people: int
    """With a main post in it or in what is shown below it."""


@dataclass(frozen=True)
class Granted:
    """What somebody may do, as far as one scope of one post reaches."""

    scope: Scope
    unit: str
    """The name of the unit; empty where none matters."""
    actions: Sequence[str]
    """In words."""


def search(
    session: Session,
    *,
    actor: Employee,
    asked: str,
    at: datetime,
    policy: Policy,
    sound: Sound,
    action: str = "people.see",
) -> Sequence[Employee]:
    """Whom the words may mean, of those for whom the actor may do `action` (S1-20, S1-25).

    Name, account and number as a whole come first; else a nickname, the phone or its last 4 digits, else a
    part of the name or number, else the sound of the name. One more than `MOST_FOUND` at most.

    Raises:
        NotPermitted: no role of the actor includes the action.
    """
    within = person_in_reach(require(actor, action, policy.rights), actor, at)
    asked = asked.strip()
    if not asked:
        return []
    for clause in _meanings(session, asked):
        found = _some(session, within & clause, at)
        if found:
            return found
    if not (asked.isascii() and asked.replace(" ", "").isalpha()):
        return []
    return _some(session, within & Employee.id.in_(_sounding(session, asked, within, at, sound)), at)


def _meanings(session: Session, asked: str) -> Sequence[ColumnElement[bool]]:
    """From the most literal on."""
    meanings: list[ColumnElement[bool]] = [is_called(asked), is_nicknamed(asked)]
    phone = secrecy.normal_phone(asked)
    if phone:
        meanings.append(Employee.phone_hash == secrecy.identity_hash(session, "phone", phone))
    if len(asked) == TAIL_DIGITS and asked.isdecimal():
        meanings.append(Employee.phone_tail_hash == secrecy.identity_hash(session, "phone_tail", asked))
    part = Employee.name.contains(asked, autoescape=True)
    return [*meanings, or_(part, Employee.number.contains(asked.upper(), autoescape=True))]


def _some(session: Session, clause: ColumnElement[bool], at: datetime) -> Sequence[Employee]:
    found = select(Employee).where(clause, active(at)).order_by(Employee.id).limit(MOST_FOUND + 1)
    return with_posts(session, session.scalars(found), at=at)


def _sounding(
    session: Session, asked: str, within: ColumnElement[bool], at: datetime, sound: Sound
) -> Collection[int]:
    """Whose name sounds so, as a whole, from its beginning, or by its initials."""
    heard = asked.replace(" ", "").lower()
    rows = session.execute(select(Employee.id, Employee.name).where(within, active(at)))
    found = []
    for id_, name in rows:
        if sound(name).startswith(heard) or "".join(sound(mark)[:1] for mark in name) == heard:
            found.append(id_)
    return found[: MOST_FOUND + 1]


def find_person(
    session: Session, *, actor: Employee, action: str, account: str, at: datetime, policy: Policy
) -> Employee:
    """The person with this account, if the actor may do `action` for them.

    Raises:
        NotPermitted: no role of the actor includes the action.
        PersonNotFound: there is nobody, or not within reach: the two look the same.
    """
    allowed = require(actor, action, policy.rights)
    found = session.scalars(
        select(Employee).where(Employee.wecom_key == account.lower(), active(at))
    ).one_or_none()
    if found is None or not covers_person(session, allowed, actor, found, at=at):
        raise PersonNotFound(asked=account)
    [person] = with_posts(session, [found], at=at)
    return person


def find_called(
    session: Session,
    *,
    actor: Employee,
    action: str,
    asked: str,
    at: datetime,
    policy: Policy,
    also_left: bool = False,
) -> Sequence[Employee]:
    """The employees with this name, account or number, else with this nickname, for whom the actor may do
    `action`, with their posts.

    Who has not started yet counts where they will be; with `also_left`, and if nobody else is called so, who
    has left counts where they were.

    Raises:
        NotPermitted: no role of the actor includes the action.
    """
    allowed = require(actor, action, policy.rights)
    within: list[Employee] = []
    for clause in (is_called(asked), is_nicknamed(asked)):
        named = session.scalars(select(Employee).where(clause).order_by(Employee.id)).all()
        within = [person for person in named if covers_anybody(session, allowed, actor, person, at=at)]
        if within:
            break
    here = [person for person in within if person.is_here(at)]
    return with_posts(session, here or (within if also_left else []), at=at)


def profiles(session: Session, people: Sequence[Employee]) -> Sequence[Profile]:
    """People as others see them; they carry their posts."""
    return _masked(session, people, _opened(session, people))


def _masked(
    session: Session, people: Sequence[Employee], opened: Sequence[Mapping[int, str]]
) -> Sequence[Profile]:
    units = _unit_names(session, {post.unit_id for person in people for post in person.posts})
    phones, numbers, addresses = opened
    return [
        Profile(
            person,
            [units[post.unit_id] for post in person.posts],
            secrecy.mask_phone(phones.get(person.id)),
            secrecy.mask_id_number(numbers.get(person.id)),
            secrecy.mask_address(addresses.get(person.id)),
        )
        for person in people
    ]


def _unit_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return {unit.id: unit.name for unit in session.scalars(select(Unit).where(Unit.id.in_(ids)))}


def _opened(session: Session, people: Sequence[Employee]) -> Sequence[Mapping[int, str]]:
    """Phones, identity numbers and addresses of people, by their id: the keys in few questions."""
    values: list[dict[int, str]] = [{}, {}, {}]
    keys = secrecy.keys_of(session, [person.subject for person in people])
    for person in people:
        key = keys.get(person.subject)
        for kept, sealed in zip(values, (person.phone, person.id_number, person.address), strict=True):
            text = None if key is None else secrecy.open_with(key, person.subject, sealed)
            if text is not None:
                kept[person.id] = text
    return values


def reveal_phone(
    session: Session, *, actor: Employee, person: Employee, at: datetime, policy: Policy
) -> str | None:
    """One full number, to act on it now; it needs no reason and leaves a trace. None if there is none.

    Raises:
        NotPermitted: no role of the actor includes it.
        PersonNotFound: not for this person.
        TooManyReveals: enough for one day (policy `security.reveals_per_day`).
    """
    allowed = require(actor, "people.reveal_phone", policy.rights)
    if not covers_person(session, allowed, actor, person, at=at):
        raise PersonNotFound(asked=person.name)
    most = policy.security.reveals_per_day
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    seen = session.scalars(
        select(func.count())
        .select_from(AuditEvent)
        .where(AuditEvent.actor == actor.subject, AuditEvent.action == REVEAL)
        .where(AuditEvent.at >= midnight, AuditEvent.at < midnight + timedelta(days=1))
    ).one()
    if seen >= most:
        raise TooManyReveals(most=most)
    phone = secrecy.open_text(session, person.subject, person.phone)
    if phone is not None:
        audit.record(
            session,
            at=at,
            actor=actor.subject,
            action=REVEAL,
            subject=person.subject,
            details={"field": "phone"},
        )
    return phone


def find_units(
    session: Session, *, actor: Employee, action: str, asked: str, policy: Policy
) -> Sequence[Unit]:
    """The open units that a name or path may mean, of those in which the actor may do `action`.

    The whole name comes before a part of it; without a name it is the unit of the actor's main post.

    Raises:
        NotPermitted: no role of the actor includes the action.
        UnitNotFound: there is none, or not within reach: the two look the same.
    """
    allowed = require(actor, action, policy.rights)
    *above, name = [part.strip() for part in asked.split("/") if part.strip()] or [""]
    if not name:
        if actor.unit_id is None or not covers_unit(session, allowed, actor.unit_id):
            raise UnitNotFound(asked=asked)
        return [session.get_one(Unit, actor.unit_id)]
    open_ = select(Unit).where(unit_in_reach(allowed, Unit.id), Unit.closed_at.is_(None)).order_by(Unit.id)
    for clause in (Unit.name == name, Unit.name.contains(name, autoescape=True)):
        found = session.scalars(open_.where(clause)).all()
        fitting = [unit for unit in found if ends_with(unit_path(session, unit)[:-1], above)]
        if fitting:
            return fitting
    raise UnitNotFound(asked=asked)


def find_unit_by_id(session: Session, *, actor: Employee, action: str, unit_id: int, policy: Policy) -> Unit:
    """The unit, if the actor may do `action` in it.

    Raises:
        NotPermitted: no role of the actor includes the action.
        UnitNotFound: there is none, or not within reach: the two look the same.
    """
    allowed = require(actor, action, policy.rights)
    unit = session.get(Unit, unit_id)
    if unit is None or unit.closed_at is not None or not covers_unit(session, allowed, unit_id):
        raise UnitNotFound(asked=str(unit_id))
    return unit


def roster(
    session: Session, *, actor: Employee, unit: Unit, at: datetime, policy: Policy, page: int = 1
) -> Roster:
    """A page of the people of a unit and of all below it that the actor may see.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    belongs = _belongs(actor, "people.see", unit, at, policy)
    total = session.scalars(select(func.count()).select_from(Employee).where(belongs, active(at))).one()
    some = session.scalars(
        select(Employee)
        .where(belongs, active(at))
        .order_by(Employee.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return Roster(unit, profiles(session, with_posts(session, some, at=at)), page, total)


def _belongs(actor: Employee, action: str, unit: Unit, at: datetime, policy: Policy) -> ColumnElement[bool]:
    """Employees with a post in the unit or below it, where the actor may do `action`."""
    allowed = require(actor, action, policy.rights)
    if unit.parent_id is None and allowed.everything:
        return Employee.id > 0
    there = (
        select(Post.employee_id)
        .join(UnitTree, UnitTree.unit_id == Post.unit_id)
        .where(UnitTree.ancestor_id == unit.id, held(at), unit_in_reach(allowed, Post.unit_id))
    )
    return Employee.id.in_(there)


def units_in_reach(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, below: Unit | None = None
) -> Sequence[UnitCount]:
    """The open units in which the actor may see people, as a tree in reading order, with head counts.

    With `below`, that unit and what lies below it.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    allowed = require(actor, "people.see", policy.rights)
    wanted = select(Unit).where(unit_in_reach(allowed, Unit.id), Unit.closed_at.is_(None)).order_by(Unit.id)
    if below is not None:
        inside = select(UnitTree.unit_id).where(UnitTree.ancestor_id == below.id)
        wanted = wanted.where(Unit.id.in_(inside))
    units = {unit.id: unit for unit in session.scalars(wanted)}
    counted = session.execute(
        select(Post.unit_id, func.count())
        .join(Employee, Employee.id == Post.employee_id)
        .where(unit_in_reach(allowed, Post.unit_id), Post.is_main.is_(True), held(at), active(at))
        .group_by(Post.unit_id)
    )
    counts = {unit_id: int(count) for unit_id, count in counted if unit_id in units}
    children: dict[int | None, list[Unit]] = {}
    for unit in units.values():
        children.setdefault(unit.parent_id if unit.parent_id in units else None, []).append(unit)

    def walk(unit: Unit, depth: int) -> list[UnitCount]:
        under = [line for child in children.get(unit.id, ()) for line in walk(child, depth + 1)]
        people = counts.get(unit.id, 0) + sum(line.people for line in under if line.depth == depth + 1)
        return [UnitCount(unit, depth, people), *under]

    return [line for top in children.get(None, ()) for line in walk(top, 0)]


def rights_of(session: Session, *, actor: Employee, policy: Policy) -> Sequence[Granted]:
    """What the actor may do and how far, in the words of config/rights.toml: the farthest first (S3-39)."""
    names = _unit_names(session, {post.unit_id for post in actor.posts})
    farthest: dict[str, set[tuple[Scope, str]]] = {}
    for post in actor.posts:
        for action in policy.rights.granted_to(post.role):
            scope = policy.rights.scope(post.role, action)
            assert scope is not None
            unit = names[post.unit_id] if scope in (Scope.TEAM, Scope.SUBTREE) else ""
            farthest.setdefault(action, set()).add((scope, unit))
    groups: dict[tuple[Scope, str], list[str]] = {}
    for action in policy.rights.actions:
        reaches = farthest.get(action, set())
        most = max((scope for scope, _ in reaches), default=None)
        for scope, unit in sorted(reaches):
            if scope == most or (most is not Scope.ALL and scope is not Scope.OWN):
                groups.setdefault((scope, unit), []).append(policy.rights.actions[action].name)
    return [Granted(scope, unit, groups[scope, unit]) for scope, unit in sorted(groups, reverse=True)]


def require_export(
    session: Session, *, actor: Employee, unit: Unit, full: bool, reason: str, policy: Policy
) -> None:
    """Refuse unless the actor may take the list of this unit out, with full values for a reason.

    Raises:
        NotPermitted: no role of the actor includes it.
        UnitNotFound: not in this unit.
        ReasonNeeded: full values, and no reason to speak of.
    """
    action = "people.export_full" if full else "people.export"
    if full and not reach(actor, action, policy.rights):
        raise FullExportNotPermitted(action=action, unit=unit.name)
    find_unit_by_id(session, actor=actor, action=action, unit_id=unit.id, policy=policy)
    if full and len(reason.strip()) < SHORTEST_REASON:
        raise ReasonNeeded(unit=unit.name)


def export_people(
    session: Session,
    *,
    actor: Employee,
    unit: Unit,
    at: datetime,
    policy: Policy,
    full: bool = False,
    reason: str = "",
) -> Sequence[Sequence[str]]:
    """The people of a unit and of all below it, as rows of a sheet: masked, or full for a reason (S1-27).

    Name, account, number, units, roles, first day, phone, identity number, address.

    Raises:
        NotPermitted: no role of the actor includes it.
        UnitNotFound: not in this unit.
        ReasonNeeded: full values, and no reason to speak of.
    """
    require_export(session, actor=actor, unit=unit, full=full, reason=reason, policy=policy)
    action = "people.export_full" if full else "people.export"
    belongs = _belongs(actor, action, unit, at, policy)
    found = session.scalars(select(Employee).where(belongs, active(at)).order_by(Employee.id)).all()
    people = with_posts(session, found, at=at)
    opened = _opened(session, people)
    rows = []
    for profile in _masked(session, people, opened):
        person = profile.person
        values = (profile.phone, profile.id_number, profile.address)
        rows.append(
            [
                person.name,
                person.wecom_id,
                person.number or "",
                "、".join(profile.units),
                "、".join(policy.rights.roles[post.role].name for post in person.posts),
                person.hired_on.isoformat() if person.hired_on else "",
                *((kept.get(person.id, "") for kept in opened) if full else values),
            ]
        )
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=f"unit:{unit.id}",
        details={"employees": [person.id for person in people]},
        personal={actor.subject: {"reason": reason.strip()}} if full else None,
    )
    return rows
