"""Writes about places: fixes, consent, work sites, readers, and forgetting."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from models import audit, secrecy
from models.base import insert_once, upsert
from models.errors import DomainError, NotFound
from models.locations import queries
from models.locations.rules import (
    Fix,
    Known,
    Limits,
    Point,
    Reason,
    Standing,
    canonical,
    compared,
    evidence,
    grade,
    metres_between,
    speed_kmh,
    standing,
)
from models.locations.tables import (
    ConsentAsked,
    LocationConsent,
    LocationFix,
    Origin,
    Purpose,
    RecentReport,
    WorkSite,
)
from models.policy import LocationPolicy, Policy
from models.staff import Employee, Unit, require_for_person, require_for_unit

ARRANGE = "attendance.arrange"


class SiteExists(DomainError):
    """There is a place of this name already (facts: name)."""

    texts = "locations"


class SiteNotFound(NotFound):
    """No such place, or out of reach."""

    texts = "locations"


class AlreadyAgreed(DomainError):
    """The consent of this version stands already (facts: at)."""

    texts = "locations"


class NothingAgreed(DomainError):
    """There is no consent to take back."""

    texts = "locations"


@dataclass(frozen=True)
class Target:
    """A place that a fix is meant for."""

    point: Point
    radius: float
    site_id: int | None = None
    geocode: bool = False
    """Whether it was looked up on a map."""


def targets_of(session: Session, employee: Employee) -> Sequence[Target]:
    """Every valid place of work of a person."""
    return [
        Target(Point(site.latitude, site.longitude), site.radius, site.id)
        for site in queries.sites_of(session, employee)
    ]


def take_fix(
    session: Session,
    *,
    employee: Employee,
    fix: Fix | None,
    at: datetime,
    day: date,
    purpose: Purpose,
    policy: Policy,
    targets: Sequence[Target],
    measured: datetime | None = None,
    in_shift: bool = True,
    photo: bool = False,
    in_time: bool | None = None,
) -> LocationFix:
    """Keep where somebody was for one purpose, with what it is worth as evidence (domain.md 6.4).

    A row is always made, so that every check-in can tell its reasons; the point is only kept if the person
    agreed and is in shift. `at` is now; `fix.at`, or else `measured`, is when the phone measured it.
    """
    absent = None
    if not in_shift:
        absent = Reason.OFF_SHIFT
    elif fix is not None and not queries.has_agreed(session, employee.id, policy.locations):
        absent = Reason.NO_CONSENT
    elif fix is None:
        absent = Reason.NO_PLACE
    kept = None if absent else fix
    measured = measured or at
    if fix is not None and fix.at is not None:
        measured = fix.at
    values: dict[str, object] = {
        "employee_id": employee.id,
        "day": day,
        "at": measured,
        "received_at": at,
        "origin": "" if fix is None else fix.origin,
        "coord_type": "" if kept is None else kept.coord_type,
        "purpose": purpose,
        "standing": Standing.UNKNOWN,
    }
    late = at - measured > timedelta(seconds=policy.locations.late_seconds)
    known = Known(Standing.UNKNOWN, absent=absent, sent_late=late, photo=photo, in_time=in_time)
    if kept is not None:
        known, more = _measure(session, employee, kept, measured, day, policy.locations, targets, known)
        values |= more
    found = evidence(known, _limits(policy.locations))
    row = LocationFix(**values, grade=found.grade, reasons=list(found.reasons))
    session.add(row)
    session.flush()
    return row


def _measure(
    session: Session,
    employee: Employee,
    fix: Fix,
    measured: datetime,
    day: date,
    policy: LocationPolicy,
    targets: Sequence[Target],
    known: Known,
) -> tuple[Known, dict[str, object]]:
    point = canonical(fix.latitude, fix.longitude, fix.coord_type)
    nearest = min(targets, key=lambda one: metres_between(point, one.point) - one.radius, default=None)
    metres = None if nearest is None else metres_between(point, nearest.point)
    where = Standing.UNKNOWN
    if nearest is not None and metres is not None:
        where = standing(metres, fix.accuracy, nearest.radius)
    point_hash = secrecy.identity_hash(
        session, "point", f"{employee.id}:{point.latitude:.6f},{point.longitude:.6f}"
    )
    device_hash = secrecy.identity_hash(session, "device", fix.device) if fix.device else None
    before = queries.fixes_before(session, employee.id, measured, limit=policy.same_accuracy)
    speed = None
    if before:
        last = queries.point_of(session, employee.subject, before[0])
        if last is not None:
            seconds = (measured - before[0].at).total_seconds()
            speed = speed_kmh(metres_between(point, last), seconds, fix.accuracy, before[0].accuracy)
    flat = 0
    for one in before:
        if one.point_hash == point_hash:
            continue
        if fix.accuracy is None or one.accuracy != fix.accuracy:
            break
        flat += 1
    known = Known(
        standing=where,
        accuracy=fix.accuracy,
        speed_kmh=speed,
        same_point_days=queries.other_days_at(session, employee.id, point_hash, day),
        metres_to_target=metres,
        target_is_geocode=nearest is not None and nearest.geocode,
        same_accuracy=flat,
        device_new=device_hash is not None and queries.is_new_device(session, employee.id, device_hash),
        device_shared=device_hash is not None
        and queries.is_shared_device(session, employee.id, device_hash, day),
        clock_off_seconds=fix.clock_off,
        chosen=fix.origin in (Origin.MESSAGE, Origin.SELECTION),
        sent_late=known.sent_late,
        photo=known.photo,
        in_time=known.in_time,
    )
    content = {"latitude": round(point.latitude, 6), "longitude": round(point.longitude, 6)}
    return known, {
        "sealed": secrecy.seal(session, employee.subject, json.dumps(content | {"place": fix.place})),
        "accuracy": fix.accuracy,
        "point_hash": point_hash,
        "device_hash": device_hash,
        "site_id": None if nearest is None else nearest.site_id,
        "distance": None if metres is None else round(metres),
        "standing": where,
    }


def compare(session: Session, *, fix: LocationFix, point: Point, target: Target) -> None:
    """Somebody has said where the place is that a fix was meant for: it is judged by that from now on."""
    metres = metres_between(point, target.point)
    where = standing(metres, fix.accuracy, target.radius)
    found = compared(fix.reasons, where)
    fix.standing, fix.distance = where, round(metres)
    fix.grade, fix.reasons = found.grade, list(found.reasons)
    session.flush()


def support(session: Session, *, fix: LocationFix, more: Reason) -> None:
    """Something else speaks for a fix that was kept before, such as a photo."""
    reasons = list(dict.fromkeys([*(Reason(one) for one in fix.reasons), more]))
    fix.reasons, fix.grade = [str(one) for one in reasons], grade(reasons)
    session.flush()


def _limits(policy: LocationPolicy) -> Limits:
    return Limits(
        accurate_metres=policy.accurate_metres,
        vague_metres=policy.vague_metres,
        speed_kmh=policy.speed_kmh,
        same_point_days=policy.same_point_days,
        same_accuracy=policy.same_accuracy,
        clock_off_seconds=policy.clock_off_seconds,
    )


def corroborate(fix: LocationFix, *, agrees: bool) -> None:
    """WeCom's own record of the same act says the same, or something else: the grade follows."""
    said = Reason.OFFICIAL if agrees else Reason.CONTRADICTED
    if said in fix.reasons:
        return
    reasons = [Reason(one) for one in fix.reasons if one not in (Reason.OFFICIAL, Reason.CONTRADICTED)]
    reasons.append(said)
    fix.reasons, fix.grade = [str(one) for one in reasons], grade(reasons)


Emptying = Callable[[Session, int], None]
_emptying: list[Emptying] = []


def on_emptying(emptying: Emptying) -> Emptying:
    """Let another area empty the points that it keeps of somebody who takes the consent back."""
    if emptying not in _emptying:
        _emptying.append(emptying)
    return emptying


def report(session: Session, *, employee: Employee, fix: Fix, at: datetime, policy: Policy) -> bool:
    """Keep where the phone was when the chat was opened, for the tap that follows; only the newest.

    Nothing is kept of who has not agreed (domain.md 2.6); False then.
    """
    if not queries.has_agreed(session, employee.id, policy.locations):
        return False
    content = {"latitude": fix.latitude, "longitude": fix.longitude, "place": fix.place}
    upsert(
        session,
        RecentReport,
        "employee_id",
        {
            "employee_id": employee.id,
            "at": at,
            "origin": fix.origin,
            "coord_type": fix.coord_type,
            "accuracy": fix.accuracy,
            "sealed": secrecy.seal(session, employee.subject, json.dumps(content)),
        },
    )
    return True


def agree(session: Session, *, actor: Employee, at: datetime, policy: LocationPolicy) -> LocationConsent:
    """The person agrees to the version in force; an older one ends (PIPL article 14).

    Raises:
        AlreadyAgreed: this version stands already.
    """
    held = queries.consent_of(session, actor.id)
    if held is not None and held.version == policy.consent_version:
        raise AlreadyAgreed(at=held.given_at)
    if held is not None:
        held.withdrawn_at = at
        session.flush()
    asked = {"employee_id": actor.id, "version": policy.consent_version, "at": at}
    insert_once(session, ConsentAsked, asked)
    row = LocationConsent(employee_id=actor.id, version=policy.consent_version, given_at=at)
    session.add(row)
    session.flush()
    _note(session, actor, at, "locations.agree", {"version": row.version})
    return row


def withdraw(session: Session, *, actor: Employee, at: datetime) -> int:
    """The person takes the consent back: every point that is still readable is emptied at once.

    Returns how many. What was concluded from them (distance, grade) stays with the check-ins.

    Raises:
        NothingAgreed: there is none.
    """
    held = queries.consent_of(session, actor.id)
    if held is None:
        raise NothingAgreed()
    held.withdrawn_at = at
    emptied = empty(session, employee_id=actor.id)
    for emptying in _emptying:
        emptying(session, actor.id)
    _note(session, actor, at, "locations.withdraw", {"version": held.version, "emptied": emptied})
    return emptied


def empty(session: Session, *, employee_id: int | None = None, before: datetime | None = None) -> int:
    """Empty the points of one person, or those from before a moment; returns how many."""
    which: list[ColumnElement[bool]] = [LocationFix.sealed.is_not(None)]
    reports: list[ColumnElement[bool]] = [RecentReport.sealed.is_not(None)]
    if employee_id is not None:
        which.append(LocationFix.employee_id == employee_id)
        reports.append(RecentReport.employee_id == employee_id)
    if before is not None:
        which.append(LocationFix.at < before)
        reports.append(RecentReport.at < before)
    blank = {"sealed": None, "point_hash": None, "device_hash": None}
    done = session.execute(update(LocationFix).where(and_(*which)).values(blank))
    session.execute(update(RecentReport).where(and_(*reports)).values(sealed=None))
    return int(done.rowcount)  # type: ignore[attr-defined]


def forget_fixes(session: Session, *, at: datetime, policy: LocationPolicy) -> int:
    """Empty the points that are older than policy allows (domain.md 2.6: raw tracks 30 days)."""
    return empty(session, before=at - timedelta(days=policy.keep_days))


def ask_once(session: Session, *, employee: Employee, at: datetime, policy: LocationPolicy) -> bool:
    """Whether to ask somebody about the location now: nobody is asked twice about the same version."""
    if queries.has_agreed(session, employee.id, policy):
        return False
    row = {"employee_id": employee.id, "version": policy.consent_version, "at": at}
    return bool(insert_once(session, ConsentAsked, row))


def add_site(
    session: Session,
    *,
    actor: Employee,
    name: str,
    point: Point,
    at: datetime,
    policy: Policy,
    unit: Unit | None = None,
    employee: Employee | None = None,
    radius: int | None = None,
) -> WorkSite:
    """A valid place of work of a unit and all below it, or of one person; GCJ-02.

    Raises:
        NotPermitted, OutOfReach: the actor may not.
        SiteExists: one of that name is open.
    """
    holder: ColumnElement[bool]
    if unit is not None:
        require_for_unit(session, actor=actor, action=ARRANGE, unit_id=unit.id, policy=policy)
        holder = WorkSite.unit_id == unit.id
    else:
        assert employee is not None
        require_for_person(session, actor=actor, action=ARRANGE, person=employee, at=at, policy=policy)
        holder = WorkSite.employee_id == employee.id
    if session.scalar(select(WorkSite.id).where(holder, WorkSite.name == name, WorkSite.closed_at.is_(None))):
        raise SiteExists(name=name)
    site = WorkSite(
        unit_id=None if unit is None else unit.id,
        employee_id=None if unit is not None or employee is None else employee.id,
        name=name,
        latitude=point.latitude,
        longitude=point.longitude,
        radius=radius or policy.locations.site_radius_metres,
        added_at=at,
    )
    session.add(site)
    session.flush()
    _note(session, actor, at, "locations.add_site", {"site": site.id, "radius": site.radius})
    return site


def close_site(session: Session, *, actor: Employee, site_id: int, at: datetime, policy: Policy) -> WorkSite:
    """The place is valid no more.

    Raises:
        SiteNotFound: there is none, or it is out of the actor's reach.
    """
    site = queries.site_within(session, actor=actor, site_id=site_id, at=at, policy=policy)
    if site is None:
        raise SiteNotFound()
    site.closed_at = at
    _note(session, actor, at, "locations.close_site", {"site": site.id})
    return site


def _note(session: Session, actor: Employee, at: datetime, action: str, details: dict[str, object]) -> None:
    audit.record(session, at=at, actor=actor.subject, action=action, subject=actor.subject, details=details)
