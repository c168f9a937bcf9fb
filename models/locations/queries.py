"""Reads about places: work sites, consent, fixes, tracks and who read them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from models import secrecy
from models.base import insert_once
from models.locations.rules import Fix, Point
from models.locations.tables import (
    LocationConsent,
    LocationFix,
    RecentReport,
    TrackReading,
    WorkSite,
)
from models.policy import LocationPolicy, Policy
from models.staff import Employee, UnitTree, require, require_for_person, unit_in_reach

CLOCKS_DIFFER = timedelta(seconds=5)
"""What another process has noted a moment later counts: two clocks differ a little."""


def sites_of(session: Session, employee: Employee) -> Sequence[WorkSite]:
    """Every valid place of work of a person: their own, and those of their units and of units above."""
    units = [post.unit_id for post in employee.posts]
    above = select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(units))
    return session.scalars(
        select(WorkSite)
        .where(
            WorkSite.closed_at.is_(None),
            or_(WorkSite.employee_id == employee.id, WorkSite.unit_id.in_(above)),
        )
        .order_by(WorkSite.id)
    ).all()


def sites_within(session: Session, *, actor: Employee, policy: Policy) -> Sequence[WorkSite]:
    """The open places of the units within the actor's reach.

    Raises:
        NotPermitted: the actor's role arranges nothing.
    """
    allowed = require(actor, "attendance.arrange", policy.rights)
    return session.scalars(
        select(WorkSite)
        .where(WorkSite.closed_at.is_(None), unit_in_reach(allowed, WorkSite.unit_id))
        .order_by(WorkSite.unit_id, WorkSite.name)
    ).all()


def site_within(
    session: Session, *, actor: Employee, site_id: int, at: datetime, policy: Policy
) -> WorkSite | None:
    """An open place of a unit or a person within the actor's reach."""
    allowed = require(actor, "attendance.arrange", policy.rights)
    site = session.get(WorkSite, site_id)
    if site is None or site.closed_at is not None:
        return None
    if site.employee_id is not None:
        person = session.get(Employee, site.employee_id)
        assert person is not None
        require_for_person(
            session, actor=actor, action="attendance.arrange", person=person, at=at, policy=policy
        )
        return site
    seen = select(exists().where(WorkSite.id == site_id, unit_in_reach(allowed, WorkSite.unit_id)))
    return site if session.scalar(seen) else None


def consent_of(session: Session, employee_id: int) -> LocationConsent | None:
    """The consent that stands, of whichever version."""
    return session.scalars(
        select(LocationConsent).where(
            LocationConsent.employee_id == employee_id, LocationConsent.withdrawn_at.is_(None)
        )
    ).one_or_none()


def has_agreed(session: Session, employee_id: int, policy: LocationPolicy) -> bool:
    """Whether somebody agreed to the version in force."""
    held = consent_of(session, employee_id)
    return held is not None and held.version == policy.consent_version


def consents_of(session: Session, employee_id: int) -> Sequence[LocationConsent]:
    """Every consent of a person, the newest first."""
    return session.scalars(
        select(LocationConsent)
        .where(LocationConsent.employee_id == employee_id)
        .order_by(LocationConsent.given_at.desc())
    ).all()


def recent_report(session: Session, *, employee: Employee, since: datetime, until: datetime) -> Fix | None:
    """The newest location report, if it was made between `since` and `until` and can still be read."""
    known = session.get(RecentReport, employee.id, populate_existing=True)
    if known is None or not since <= known.at <= until + CLOCKS_DIFFER:
        return None
    plain = secrecy.open_text(session, employee.subject, known.sealed)
    if plain is None:
        return None
    said = json.loads(plain)
    return Fix(
        latitude=said["latitude"],
        longitude=said["longitude"],
        origin=known.origin,
        coord_type=known.coord_type,
        accuracy=known.accuracy,
        place=said["place"],
    )


def fixes_before(
    session: Session, employee_id: int, moment: datetime, *, limit: int
) -> Sequence[LocationFix]:
    """The fixes with a readable point before a moment, newest first."""
    return session.scalars(
        select(LocationFix)
        .where(
            LocationFix.employee_id == employee_id,
            LocationFix.at < moment,
            LocationFix.sealed.is_not(None),
        )
        .order_by(LocationFix.at.desc())
        .limit(limit)
    ).all()


def _content(session: Session, subject: str, fix: LocationFix) -> dict[str, Any] | None:
    plain = secrecy.open_text(session, subject, fix.sealed)
    return None if plain is None else json.loads(plain)


def point_of(session: Session, subject: str, fix: LocationFix) -> Point | None:
    """Where a fix was, GCJ-02; None once it was forgotten."""
    said = _content(session, subject, fix)
    return None if said is None else Point(said["latitude"], said["longitude"])


def place_of(session: Session, subject: str, fix: LocationFix) -> str | None:
    """What the place was called by the phone; None if it told nothing, or once it was forgotten."""
    said = _content(session, subject, fix)
    return None if said is None else said["place"]


def other_days_at(session: Session, employee_id: int, point_hash: str, day: date) -> int:
    """On how many other days a person reported exactly this point."""
    return int(
        session.scalar(
            select(func.count(LocationFix.day.distinct())).where(
                LocationFix.employee_id == employee_id,
                LocationFix.point_hash == point_hash,
                LocationFix.day != day,
            )
        )
        or 0
    )


def is_new_device(session: Session, employee_id: int, device_hash: str) -> bool:
    """Whether a person has had other phones before, and never this one."""
    hashes = session.scalars(
        select(LocationFix.device_hash)
        .where(LocationFix.employee_id == employee_id, LocationFix.device_hash.is_not(None))
        .distinct()
    ).all()
    return bool(hashes) and device_hash not in hashes


def is_shared_device(session: Session, employee_id: int, device_hash: str, day: date) -> bool:
    """Whether somebody else used the same phone on that day."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    LocationFix.device_hash == device_hash,
                    LocationFix.day == day,
                    LocationFix.employee_id != employee_id,
                )
            )
        )
    )


@dataclass(frozen=True)
class TrackPoint:
    """One fix of a day; the point is empty once it was forgotten."""

    fix: LocationFix
    point: Point | None
    place: str | None


def _points(session: Session, person: Employee, day: date) -> Sequence[TrackPoint]:
    fixes = session.scalars(
        select(LocationFix)
        .where(LocationFix.employee_id == person.id, LocationFix.day == day)
        .order_by(LocationFix.at, LocationFix.id)
    ).all()
    found = []
    for fix in fixes:
        said = _content(session, person.subject, fix)
        point = None if said is None else Point(said["latitude"], said["longitude"])
        found.append(TrackPoint(fix, point, None if said is None else said["place"]))
    return found


def own_track(session: Session, *, actor: Employee, day: date) -> Sequence[TrackPoint]:
    """Where the person was on a day, in their own eyes: nobody is noted as a reader."""
    return _points(session, actor, day)


def track_within(
    session: Session, *, actor: Employee, person: Employee, day: date, at: datetime, policy: Policy
) -> Sequence[TrackPoint]:
    """Where somebody was on a day; that the actor looked is kept and shown to the person (domain.md 2.6).

    Raises:
        NotPermitted, OutOfReach: the actor may not.
    """
    if person.id == actor.id:
        return own_track(session, actor=actor, day=day)
    require_for_person(
        session, actor=actor, action="attendance.see_track", person=person, at=at, policy=policy
    )
    row = {"employee_id": person.id, "reader_id": actor.id, "day": day, "at": at}
    insert_once(session, TrackReading, row)
    return _points(session, person, day)


def readers_of(session: Session, employee_id: int, *, since: datetime) -> Sequence[TrackReading]:
    """Who looked at the person's tracks, the newest first."""
    return session.scalars(
        select(TrackReading)
        .where(TrackReading.employee_id == employee_id, TrackReading.at >= since)
        .order_by(TrackReading.at.desc())
    ).all()


@dataclass(frozen=True)
class Holdings:
    """What is held of a person's whereabouts."""

    readable: int
    oldest: datetime | None
    consent: LocationConsent | None


def holdings_of(session: Session, employee_id: int) -> Holdings:
    """How many points can still be read, since when, and what the person agreed to."""
    readable, oldest = session.execute(
        select(func.count(), func.min(LocationFix.at)).where(
            LocationFix.employee_id == employee_id, LocationFix.sealed.is_not(None)
        )
    ).one()
    return Holdings(readable, oldest, consent_of(session, employee_id))
