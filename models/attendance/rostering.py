"""Who works which shift, from a day on or on single days: arranged, and taken back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.attendance.arranging import ChangedSince, ShiftNotFound, check_not_over, note, require_for_all
from models.attendance.shifts import assign_shift, keep_roster
from models.attendance.tables import RosterEntry, Shift, ShiftAssignment
from models.base import in_chunks
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee

LONGEST_DAYS = 62
"""So many days of a roster at once."""


class TooManyDays(DomainError):
    """More days than are arranged at once (facts: days)."""

    texts = "rosters"


class NoDaysNamed(DomainError):
    """A roster without a day."""

    texts = "rosters"


@dataclass(frozen=True)
class Arranged:
    """What was arranged, for whom it changed something, and how it was."""

    changed: Sequence[Employee]
    own_days: Mapping[int, int]
    """Employee → on how many later days the roster says something else than the shift."""
    kept: Mapping[str, Any]
    """How it stood before and after, for the way back."""


def put_on_shift(
    session: Session,
    *,
    actor: Employee,
    people: Sequence[Employee],
    shift: Shift,
    since: date,
    at: datetime,
    policy: Policy,
    by_roster: bool = False,
) -> Arranged:
    """Let these people work a shift from a day on; the days before stay as they were, and so does the roster.

    Raises:
        NotPermitted, OutOfReach: the actor arranges nothing, or not for all of them.
        ShiftNotFound, DayIsOver: as named.
    """
    require_for_all(session, actor=actor, people=people, at=at, policy=policy)
    _check_days([since], at)
    if shift.closed_on is not None:
        raise ShiftNotFound(asked=shift.name)
    ids = [person.id for person in people]
    before = _arrangement(session, ids, [])
    for person in people:
        held = [row for row in before["assigned"][str(person.id)] if row[0] <= since.isoformat()][-1:]
        later = [row for row in before["assigned"][str(person.id)] if row[0] > since.isoformat()]
        if later or [row[1:] for row in held] != [[shift.id, by_roster]]:
            assign_shift(session, employee=person, shift=shift, since=since, by_roster=by_roster)
    later_days = _own_days(session, ids, since)
    details = {"shift": shift.id, "since": since.isoformat(), "by_roster": by_roster}
    return _arranged(session, actor, people, [], before, details, later_days, at)


def put_on_days(
    session: Session,
    *,
    actor: Employee,
    people: Sequence[Employee],
    days: Collection[date],
    shift: Shift | None,
    at: datetime,
    policy: Policy,
) -> Arranged:
    """Let these people work a shift on these days, or be off (no shift), whatever else is said.

    Who has no shift yet works by roster from then on.

    Raises:
        NotPermitted, OutOfReach: the actor arranges nothing, or not for all of them.
        ShiftNotFound, DayIsOver, NoDaysNamed, TooManyDays: as named.
    """
    require_for_all(session, actor=actor, people=people, at=at, policy=policy)
    _check_days(days, at)
    if shift is not None and shift.closed_on is not None:
        raise ShiftNotFound(asked=shift.name)
    before = _arrangement(session, [person.id for person in people], days)
    for person in people:
        if shift is not None and not before["assigned"][str(person.id)]:
            assign_shift(session, employee=person, shift=shift, since=min(days), by_roster=True)
        keep_roster(session, employee=person, days=days, shift=shift)
    shift_id = None if shift is None else shift.id
    details = {"shift": shift_id, "days": [day.isoformat() for day in sorted(days)]}
    return _arranged(session, actor, people, days, before, details, {}, at)


def take_back_arrangement(
    session: Session, *, actor: Employee, kept: Mapping[str, Any], at: datetime, policy: Policy
) -> Sequence[Employee]:
    """Let everybody work as before something was arranged; whom it concerns.

    Raises:
        NotPermitted, OutOfReach: the actor arranges nothing, or not for all of them.
        ChangedSince: something else was arranged meanwhile.
    """
    before, after = kept["before"], kept["after"]
    ids = [int(one) for one in before["assigned"]]
    days = [date.fromisoformat(day) for day in kept["days"]]
    people: list[Employee] = []
    for some in in_chunks(ids):
        people += session.scalars(select(Employee).where(Employee.id.in_(some))).all()
    require_for_all(session, actor=actor, people=people, at=at, policy=policy)
    if _arrangement(session, ids, days) != after:
        raise ChangedSince()
    for some in in_chunks(ids):
        session.execute(delete(ShiftAssignment).where(ShiftAssignment.employee_id.in_(some)))
        session.execute(
            delete(RosterEntry).where(RosterEntry.employee_id.in_(some), RosterEntry.day.in_(days))
        )
    session.add_all(
        ShiftAssignment(
            employee_id=int(one), since=date.fromisoformat(since), shift_id=shift_id, by_roster=by_roster
        )
        for one, rows in before["assigned"].items()
        for since, shift_id, by_roster in rows
    )
    session.add_all(
        RosterEntry(employee_id=int(one), day=date.fromisoformat(day), shift_id=shift_id)
        for one, rows in before["rostered"].items()
        for day, shift_id in rows
    )
    session.flush()
    for person in people:
        note(session, actor, at, "attendance.roster_back", {}, person)
    return sorted(people, key=lambda one: (one.name, one.id))


def _check_days(days: Collection[date], at: datetime) -> None:
    if not days:
        raise NoDaysNamed()
    check_not_over(min(days), at)
    if len(set(days)) > LONGEST_DAYS:
        raise TooManyDays(days=LONGEST_DAYS)


def _arranged(
    session: Session,
    actor: Employee,
    people: Sequence[Employee],
    days: Collection[date],
    before: Mapping[str, Any],
    details: Mapping[str, Any],
    own_days: Mapping[int, int],
    at: datetime,
) -> Arranged:
    after = _arrangement(session, [person.id for person in people], days)
    changed = [
        person
        for person in people
        if any(before[part][str(person.id)] != after[part][str(person.id)] for part in after)
    ]
    for person in changed:
        note(session, actor, at, "attendance.roster", details, person)
    kept = {"before": before, "after": after, "days": [day.isoformat() for day in sorted(days)]}
    return Arranged(changed, own_days, kept)


def _arrangement(session: Session, ids: Collection[int], days: Collection[date]) -> dict[str, Any]:
    """What these people are put on, and what the roster of these days says, as plain values."""
    assigned: dict[str, list[list[Any]]] = {str(one): [] for one in sorted(ids)}
    rostered: dict[str, list[list[Any]]] = {str(one): [] for one in sorted(ids)}
    session.flush()
    for some in in_chunks(ids):
        rows = session.execute(
            select(
                ShiftAssignment.employee_id,
                ShiftAssignment.since,
                ShiftAssignment.shift_id,
                ShiftAssignment.by_roster,
            )
            .where(ShiftAssignment.employee_id.in_(some))
            .order_by(ShiftAssignment.employee_id, ShiftAssignment.since)
        )
        for employee_id, since, shift_id, by_roster in rows:
            assigned[str(employee_id)].append([since.isoformat(), shift_id, by_roster])
        entries = session.execute(
            select(RosterEntry.employee_id, RosterEntry.day, RosterEntry.shift_id)
            .where(RosterEntry.employee_id.in_(some), RosterEntry.day.in_(days))
            .order_by(RosterEntry.employee_id, RosterEntry.day)
        )
        for employee_id, day, entry in entries:
            rostered[str(employee_id)].append([day.isoformat(), entry])
    return {"assigned": assigned, "rostered": rostered}


def _own_days(session: Session, ids: Collection[int], since: date) -> Mapping[int, int]:
    found: dict[int, int] = {}
    for some in in_chunks(ids):
        rows = session.scalars(
            select(RosterEntry.employee_id).where(RosterEntry.employee_id.in_(some), RosterEntry.day >= since)
        )
        for employee_id in rows:
            found[employee_id] = found.get(employee_id, 0) + 1
    return found
