"""Targets: set by whoever leads, for a role in a unit or for one person, and looked up for people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.base import among, find_rows
from models.errors import DomainError, NotFound, NotPermitted
from models.performance.kinds import KINDS, MOST
from models.performance.rules import eased, month_of_service
from models.performance.tables import ANY_BUCKET, Target
from models.policy import Policy
from models.staff import Employee, Post, Unit, UnitTree

SET = "performance.set_targets"
OWN_DEPTH = -1
"""How near somebody's own target is: nearer than any of a unit."""


class TargetInThePast(DomainError):
    """What is over is not judged by another target afterwards (facts: first, the first month that can be)."""

    texts = "targets"


class TargetOutOfRange(DomainError):
    """No such measure can have this value (facts: unit, most)."""

    texts = "targets"


class RoleHasNoTargets(DomainError):
    """Nobody scores this role (facts: roles, the names of those that are)."""

    texts = "targets"


class TargetReasonNeeded(DomainError):
    """Somebody's own target says why it is another one than the post's (facts: person)."""

    texts = "targets"


class OwnTarget(NotPermitted):
    """Nobody says what they themselves are to reach."""

    texts = "targets"


class TargetGone(NotFound):
    """It was taken back before."""

    texts = "targets"


@dataclass(frozen=True)
class Wanted:
    """What is to be reached from a month on: by somebody, or by a role in a unit and below it."""

    measure: str
    value: int
    """In hundredths of what the measure is counted in."""
    starts_on: date
    bucket: int = ANY_BUCKET
    person: Employee | None = None
    unit: Unit | None = None
    role: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Standard:
    """A target as it holds for somebody in a period, and where it comes from."""

    measure: str
    bucket: int
    value: Decimal
    """In yuan, percent, visits a day; a newcomer's is eased."""
    full: Decimal
    """Before that."""
    target: Target
    depth: int
    """So many units above the person's own; `OWN_DEPTH`: the person's alone."""


def check_target(
    session: Session, *, actor: Employee, wanted: Wanted, at: datetime, policy: Policy
) -> Target | None:
    """What holds in that month so far for the same; refuse what `set_target` would refuse.

    Raises:
        NotPermitted, staff.OutOfReach: the actor sets no targets there; TargetInThePast, TargetOutOfRange,
        RoleHasNoTargets, TargetReasonNeeded, OwnTarget: what cannot be.
    """
    _require(session, actor, wanted.person, wanted.unit, at, policy)
    if wanted.person is not None and not wanted.reason.strip():
        raise TargetReasonNeeded(person=wanted.person.named)
    _check(wanted, at, policy)
    if _is_own(session, actor, wanted):
        raise OwnTarget(action=SET)
    return session.scalars(_holding(wanted)).first()


def set_target(
    session: Session, *, actor: Employee, wanted: Wanted, at: datetime, policy: Policy
) -> tuple[Target, Target | None]:
    """Set a target from a month on; returns it, and what would have held in that month without it.

    Raises:
        As `check_target` says.
    """
    before = check_target(session, actor=actor, wanted=wanted, at=at, policy=policy)
    person = wanted.person
    target = Target(
        employee_id=None if person is None else person.id,
        unit_id=wanted.unit.id if person is None and wanted.unit is not None else None,
        role=wanted.role if person is None else "",
        measure=wanted.measure,
        bucket=wanted.bucket,
        starts_on=wanted.starts_on.replace(day=1),
        value=wanted.value,
        reason=None if person is None else secrecy.seal(session, person.subject, wanted.reason.strip()),
        set_by_id=actor.id,
        set_at=at,
    )
    session.add(target)
    session.flush()
    _record(session, "performance.set_target", actor.subject, target, at)
    return target, before


def keep_target(session: Session, *, wanted: Wanted, actor: str, at: datetime, policy: Policy) -> int | None:
    """Keep a target of a post that comes from a table; returns what held before, None if nothing did.

    What holds already is not kept again.

    Raises:
        TargetInThePast, TargetOutOfRange, RoleHasNoTargets: what cannot be.
    """
    assert wanted.unit is not None
    _check(wanted, at, policy)
    before = session.scalars(_holding(wanted)).first()
    if before is None or before.value != wanted.value:
        target = Target(
            unit_id=wanted.unit.id,
            role=wanted.role,
            measure=wanted.measure,
            bucket=wanted.bucket,
            starts_on=wanted.starts_on,
            value=wanted.value,
            set_at=at,
        )
        session.add(target)
        session.flush()
        _record(session, "performance.set_target", actor, target, at)
    return None if before is None else before.value


def take_back_target(
    session: Session, *, actor: Employee, target_id: int, at: datetime, policy: Policy
) -> Target:
    """Let a target never have been; what held before it holds again.

    Raises:
        NotPermitted, staff.OutOfReach: the actor sets no targets there; TargetGone: it is no more.
    """
    target = session.get(Target, target_id)
    if target is None or target.set_by_id != actor.id:
        raise TargetGone()
    person = None if target.employee_id is None else session.get_one(Employee, target.employee_id)
    unit = None if target.unit_id is None else session.get_one(Unit, target.unit_id)
    _require(session, actor, person, unit, at, policy)
    session.delete(target)
    session.flush()
    _record(session, "performance.take_back_target", actor.subject, target, at)
    return target


def standards(
    session: Session, people: Sequence[Employee], *, first: date, policy: Policy
) -> Mapping[int, Sequence[Standard]]:
    """What each of these people is to reach in a period that begins on `first`; by measure and bucket.

    The nearest setting wins: the person's own, then that of the own unit, then of the units above; of one
    unit that of the bucket before that of all; then the newest that began by then (domain.md 4.2). People
    are given as `staff.with_posts` loads them: role and unit of the main post at the moment asked about.
    """
    own, posts = _own(session, people, first), _of_posts(session, people, first)
    known: dict[tuple[str, int | None, int | None], Sequence[Standard]] = {}
    found: dict[int, Sequence[Standard]] = {}
    for person in people:
        month = None if person.hired_on is None else month_of_service(person.hired_on, first)
        post = (person.role, person.unit_id, month)
        if person.id in own:
            both = [*own[person.id], *posts[person.role, person.unit_id]]
            found[person.id] = _standards_of(both, month, policy)
            continue
        if post not in known:
            known[post] = _standards_of(posts[person.role, person.unit_id], month, policy)
        found[person.id] = known[post]
    return found


def why(session: Session, target: Target) -> str:
    """Why somebody has an own target, in the words of whoever set it; empty for the target of a post."""
    if target.employee_id is None:
        return ""
    return secrecy.open_text(session, f"employee:{target.employee_id}", target.reason) or ""


def targets_within(
    session: Session, *, actor: Employee, unit: Unit | None, at: datetime, policy: Policy
) -> Sequence[Target]:
    """The targets of posts that hold this month or begin later, of the unit or of all units in reach.

    Raises:
        NotPermitted, staff.OutOfReach: the actor sets no targets, or not there.
    """
    allowed = staff.require(actor, SET, policy.rights)
    there = select(Target).where(Target.unit_id.is_not(None), staff.unit_in_reach(allowed, Target.unit_id))
    if unit is not None:
        staff.require_for_unit(session, actor=actor, action=SET, unit_id=unit.id, policy=policy)
        there = there.where(Target.unit_id == unit.id)
    first = at.date().replace(day=1)
    newest: dict[tuple[object, ...], Target] = {}
    later = []
    for target in session.scalars(there.order_by(Target.starts_on, Target.id)):
        if target.starts_on > first:
            later.append(target)
        else:
            newest[target.unit_id, target.role, target.measure, target.bucket] = target
    order = list(KINDS)
    return sorted(
        [*newest.values(), *later],
        key=lambda one: (one.unit_id, one.role, order.index(one.measure), one.bucket, one.starts_on),
    )


def concerned(session: Session, target: Target, *, at: datetime, policy: Policy) -> Sequence[Employee]:
    """For whom a target holds when it begins: nothing nearer says something else."""
    if target.employee_id is not None:
        people = [session.get_one(Employee, target.employee_id)]
    else:
        there = select(UnitTree.unit_id).where(UnitTree.ancestor_id == target.unit_id)
        holding = select(Post.employee_id).where(
            Post.role == target.role, Post.is_main.is_(True), staff.held(at), Post.unit_id.in_(there)
        )
        people = list(session.scalars(select(Employee).where(Employee.id.in_(holding), staff.active(at))))
    people_ = staff.with_posts(session, people, at=at)
    found = standards(session, people_, first=target.starts_on, policy=policy)
    return [one for one in people_ if any(it.target.id == target.id for it in found[one.id])]


def _check(wanted: Wanted, at: datetime, policy: Policy) -> None:
    if wanted.person is None and wanted.role not in policy.performance.weights:
        raise RoleHasNoTargets(roles=[policy.rights.roles[role].name for role in policy.performance.weights])
    first = at.date().replace(day=1)
    if wanted.starts_on < first:
        raise TargetInThePast(first=first)
    unit = KINDS[wanted.measure].unit
    if not 0 <= wanted.value <= MOST[unit]:
        raise TargetOutOfRange(unit=unit, most=Decimal(MOST[unit]) / 100)


def _require(
    session: Session,
    actor: Employee,
    person: Employee | None,
    unit: Unit | None,
    at: datetime,
    policy: Policy,
) -> None:
    if person is not None:
        staff.require_for_person(session, actor=actor, action=SET, person=person, at=at, policy=policy)
    else:
        assert unit is not None
        staff.require_for_unit(session, actor=actor, action=SET, unit_id=unit.id, policy=policy)


def _is_own(session: Session, actor: Employee, wanted: Wanted) -> bool:
    if wanted.person is not None or wanted.role != actor.role:
        return wanted.person is not None and wanted.person.id == actor.id
    assert wanted.unit is not None
    return bool(session.get(UnitTree, (wanted.unit.id, actor.unit_id)))


def _holding(wanted: Wanted) -> Select[Target]:
    same = (
        select(Target)
        .where(
            Target.measure == wanted.measure,
            Target.bucket == wanted.bucket,
            Target.starts_on <= wanted.starts_on.replace(day=1),
        )
        .order_by(Target.starts_on.desc(), Target.id.desc())
        .limit(1)
    )
    if wanted.person is not None:
        return same.where(Target.employee_id == wanted.person.id)
    assert wanted.unit is not None
    return same.where(Target.unit_id == wanted.unit.id, Target.role == wanted.role)


_OWN = select(Target).where(among(Target.employee_id), Target.starts_on <= bindparam("first"))
_ABOVE = select(UnitTree.unit_id, UnitTree.ancestor_id, UnitTree.depth).where(
    among(UnitTree.unit_id, "units")
)
_POSTS = select(Target).where(among(Target.unit_id, "units"), Target.starts_on <= bindparam("first"))


def _own(
    session: Session, people: Sequence[Employee], first: date
) -> Mapping[int, Sequence[tuple[int, Target]]]:
    """Person → the targets that are theirs alone."""
    found: dict[int, list[tuple[int, Target]]] = defaultdict(list)
    values = {"people": [person.id for person in people], "first": first}
    for (target,) in find_rows(session, _OWN, values):
        found[target.employee_id].append((OWN_DEPTH, target))
    return found


def _of_posts(
    session: Session, people: Sequence[Employee], first: date
) -> Mapping[tuple[str, int | None], Sequence[tuple[int, Target]]]:
    """Role and unit → (how near, target) of everything that may hold for who works there."""
    units = {person.unit_id for person in people if person.unit_id is not None}
    above: dict[int | None, dict[int, int]] = defaultdict(dict)
    for unit, ancestor, depth in find_rows(session, _ABOVE, {"units": sorted(units)}):
        above[unit][ancestor] = depth
    ancestors = sorted({ancestor for units_ in above.values() for ancestor in units_})
    of_role: dict[str, list[tuple[int, Target]]] = defaultdict(list)
    for (target,) in find_rows(session, _POSTS, {"units": ancestors, "first": first}):
        of_role[target.role].append((target.unit_id, target))
    return {
        (role, unit): [(above[unit][at], target) for at, target in of_role.get(role, ()) if at in above[unit]]
        for role, unit in {(person.role, person.unit_id) for person in people}
    }


def _standards_of(
    rows: Sequence[tuple[int, Target]], month: int | None, policy: Policy
) -> Sequence[Standard]:
    order = list(KINDS)
    found: dict[tuple[int, int], Standard] = {}
    for measure, bucket in {(target.measure, target.bucket) for _, target in rows}:
        chosen = _chosen(rows, measure, bucket)
        if chosen is None or chosen[1].bucket != bucket:
            continue  # what is said of all buckets, nearer to the person, holds for this one too
        depth, target = chosen
        full = value = Decimal(target.value) / 100
        if month is not None and measure in policy.performance.newcomer_measures:
            value = eased(full, KINDS[measure].direction, month, policy.performance.newcomer_percents)
        found[order.index(measure), bucket] = Standard(measure, bucket, value, full, target, depth)
    return [found[key] for key in sorted(found)]


def _chosen(rows: Iterable[tuple[int, Target]], measure: str, bucket: int) -> tuple[int, Target] | None:
    fitting = [one for one in rows if one[1].measure == measure and one[1].bucket in (bucket, ANY_BUCKET)]
    return min(
        fitting,
        key=lambda one: (one[0], one[1].bucket == ANY_BUCKET, -one[1].starts_on.toordinal(), -one[1].id),
        default=None,
    )


def _record(session: Session, action: str, actor: str, target: Target, at: datetime) -> None:
    audit.record(
        session,
        at=at,
        actor=actor,
        action=action,
        subject=f"unit:{target.unit_id}" if target.employee_id is None else f"employee:{target.employee_id}",
        details={
            "target": target.id,
            "role": target.role,
            "measure": target.measure,
            "bucket": target.bucket,
            "starts_on": target.starts_on.isoformat(),
            "value": target.value,
        },
    )
