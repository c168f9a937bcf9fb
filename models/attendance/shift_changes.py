"""Adding, changing and closing shifts: what it touches, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from models.attendance.arranging import ARRANGE, ChangedSince, ShiftNotFound, check_not_over, ids_within, note
from models.attendance.duties import ShiftTimes
from models.attendance.queries import find_shift
from models.attendance.shifts import add_shift, hours_from
from models.attendance.tables import ALWAYS, RosterEntry, Shift, ShiftAssignment, ShiftHours
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee, active, require
from models.worktime import Hours

LONGEST_NAME = 20


class ShiftExists(DomainError):
    """There is a shift of this name already (facts: name)."""

    texts = "shifts"


class BadShift(DomainError):
    """The name is too long or empty, or the minutes do not fit the hours."""

    texts = "shifts"


class ShiftUsedElsewhere(DomainError):
    """People beyond the actor's reach work this shift, too (facts: name)."""

    texts = "shifts"


class ShiftInUse(DomainError):
    """People still work this shift (facts: name, people)."""

    texts = "shifts"


@dataclass(frozen=True)
class Wish:
    """What a shift shall be; what is None stays as it is, or is what is usual."""

    hours: Hours | None = None
    rest_minutes: int | None = None
    flex_minutes: int | None = None
    needs_out: bool | None = None

    def on(self, known: ShiftTimes) -> ShiftTimes:
        """The shift as it will be."""
        given = {
            "hours": self.hours,
            "rest_minutes": self.rest_minutes,
            "flex_minutes": self.flex_minutes,
            "needs_out": self.needs_out,
        }
        return replace(known, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


@dataclass(frozen=True)
class ShiftChange:
    """What becomes of a shift from a day on, and who works it then."""

    shift: Shift
    since: date
    before: ShiftTimes
    after: ShiftTimes
    people: Sequence[Employee]
    kept: Mapping[str, Any] = field(default_factory=dict)
    """How it stood before and after, for the way back."""


def open_shift(session: Session, *, asked: str | int) -> Shift:
    """The open shift with this name or number.

    Raises:
        ShiftNotFound: there is none.
    """
    shift = session.get(Shift, asked) if isinstance(asked, int) else find_shift(session, asked)
    if shift is None or shift.closed_on is not None:
        raise ShiftNotFound(asked=str(asked))
    return shift


def create_shift(
    session: Session, *, actor: Employee, name: str, wish: Wish, at: datetime, policy: Policy
) -> ShiftChange:
    """Add a shift; one of this name that was closed is open again, with these hours from today on.

    Raises:
        NotPermitted: the actor arranges no shifts.
        ShiftExists, BadShift: as named.
    """
    require(actor, ARRANGE, policy.rights)
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or wish.hours is None:
        raise BadShift()
    known = find_shift(session, name)
    if known is not None and known.closed_on is None:
        raise ShiftExists(name=name)
    usual = ShiftTimes(0, name, wish.hours)
    after = _sound(wish.on(usual))
    before = None if known is None else _standing(session, known)
    if known is None:
        shift = add_shift(
            session,
            name=name,
            starts_at=after.hours.starts_at,
            ends_at=after.hours.ends_at,
            rest_minutes=after.rest_minutes,
            flex_minutes=after.flex_minutes,
            needs_out=after.needs_out,
        )
        before = {**_standing(session, shift), "closed_on": at.date().isoformat()}
    else:
        shift = known
        shift.closed_on = None
        _put_hours(session, shift, after, at.date())
    note(session, actor, at, "attendance.add_shift", {"shift": shift.id, **_as_details(after)})
    return ShiftChange(shift, at.date(), after, after, [], _way_back(session, shift, before or {}))


def plan_change(
    session: Session,
    *,
    actor: Employee,
    shift: Shift,
    wish: Wish,
    since: date,
    at: datetime,
    policy: Policy,
) -> ShiftChange:
    """What a change of a shift would come to: nothing is written.

    Raises:
        NotPermitted: the actor arranges no shifts.
        DayIsOver, BadShift, ShiftUsedElsewhere: as named.
    """
    require(actor, ARRANGE, policy.rights)
    check_not_over(since, at)
    [now, *_] = hours_from(session, shift, since)
    before = ShiftTimes.of(shift, now)
    people = _all_within(session, actor, shift, since, at, policy)
    return ShiftChange(shift, since, before, _sound(wish.on(before)), people)


def change_shift(
    session: Session,
    *,
    actor: Employee,
    shift: Shift,
    wish: Wish,
    since: date,
    at: datetime,
    policy: Policy,
) -> ShiftChange:
    """Change a shift for everybody who works it, from a day on; the days before keep their hours.

    What was planned for later days is replaced.

    Raises:
        NotPermitted, DayIsOver, BadShift, ShiftUsedElsewhere: as `plan_change`.
    """
    change = plan_change(session, actor=actor, shift=shift, wish=wish, since=since, at=at, policy=policy)
    before = _standing(session, shift)
    _put_hours(session, shift, change.after, since)
    details = {"shift": shift.id, "since": since.isoformat(), "people": len(change.people)}
    note(session, actor, at, "attendance.change_shift", {**details, **_as_details(change.after)})
    return replace(change, kept=_way_back(session, shift, before))


def close_shift(
    session: Session, *, actor: Employee, shift: Shift, at: datetime, policy: Policy
) -> Mapping[str, Any]:
    """Nobody is put on the shift any more; what it was stays with the days on which it was worked.

    Returns how it stood before and after, for the way back.

    Raises:
        NotPermitted: the actor arranges no shifts.
        ShiftUsedElsewhere, ShiftInUse: as named.
    """
    require(actor, ARRANGE, policy.rights)
    people = _all_within(session, actor, shift, at.date(), at, policy)
    if people:
        raise ShiftInUse(name=shift.name, people=[one.name for one in people])
    before = _standing(session, shift)
    shift.closed_on = at.date()
    note(session, actor, at, "attendance.close_shift", {"shift": shift.id})
    return _way_back(session, shift, before)


def restore_shift(
    session: Session, *, actor: Employee, kept: Mapping[str, Any], at: datetime, policy: Policy
) -> tuple[Shift, Sequence[Employee]]:
    """Make a shift again what it was before a change; also who works it.

    Raises:
        NotPermitted: the actor arranges no shifts.
        ChangedSince: somebody has changed it meanwhile.
        ShiftUsedElsewhere, ShiftInUse: people work it, who are out of reach, or who would be left without.
    """
    require(actor, ARRANGE, policy.rights)
    shift = session.get_one(Shift, kept["shift"])
    if _standing(session, shift) != kept["after"]:
        raise ChangedSince()
    people = _all_within(session, actor, shift, at.date(), at, policy)
    before = kept["before"]
    if before["closed_on"] is not None and people:
        raise ShiftInUse(name=shift.name, people=[one.name for one in people])
    session.execute(delete(ShiftHours).where(ShiftHours.shift_id == shift.id))
    for since, begins, ends, rest, flex, out in before["hours"]:
        session.add(
            ShiftHours(
                shift_id=shift.id,
                since=date.fromisoformat(since),
                starts_at=time.fromisoformat(begins),
                ends_at=time.fromisoformat(ends),
                rest_minutes=rest,
                flex_minutes=flex,
                needs_out=out,
            )
        )
    shift.closed_on = None if before["closed_on"] is None else date.fromisoformat(before["closed_on"])
    session.flush()
    note(session, actor, at, "attendance.restore_shift", {"shift": shift.id})
    return shift, people


def users_of(session: Session, shift: Shift, since: date, at: datetime) -> Sequence[Employee]:
    """Who works a shift on a day or later, as far as it is planned, by name; nobody who has left."""
    newer = aliased(ShiftAssignment)
    assigned = select(ShiftAssignment.employee_id).where(
        ShiftAssignment.shift_id == shift.id,
        ~exists().where(
            newer.employee_id == ShiftAssignment.employee_id,
            newer.since > ShiftAssignment.since,
            newer.since <= since,
        ),
    )
    rostered = select(RosterEntry.employee_id).where(
        RosterEntry.shift_id == shift.id, RosterEntry.day >= since
    )
    return session.scalars(
        select(Employee)
        .where(Employee.id.in_(assigned.union(rostered)), active(at))
        .order_by(Employee.name, Employee.id)
    ).all()


def _all_within(
    session: Session, actor: Employee, shift: Shift, since: date, at: datetime, policy: Policy
) -> Sequence[Employee]:
    """Who works a shift from a day on.

    Raises:
        ShiftUsedElsewhere: some of them are out of the actor's reach.
    """
    people = users_of(session, shift, since, at)
    if len(ids_within(session, actor=actor, people=people, at=at, policy=policy)) < len(people):
        raise ShiftUsedElsewhere(name=shift.name)
    return people


def _put_hours(session: Session, shift: Shift, times: ShiftTimes, since: date) -> None:
    session.execute(delete(ShiftHours).where(ShiftHours.shift_id == shift.id, ShiftHours.since >= since))
    session.add(
        ShiftHours(
            shift_id=shift.id,
            since=since,
            starts_at=times.hours.starts_at,
            ends_at=times.hours.ends_at,
            rest_minutes=times.rest_minutes,
            flex_minutes=times.flex_minutes,
            needs_out=times.needs_out,
        )
    )
    session.flush()


def _sound(times: ShiftTimes) -> ShiftTimes:
    """The shift, if its minutes fit its hours.

    Raises:
        BadShift: they do not.
    """
    begin, end = times.hours.on(ALWAYS, datetime.combine(ALWAYS, time()))
    length = (end - begin) / timedelta(minutes=1)
    if not (0 <= times.rest_minutes < length and 0 <= times.flex_minutes <= length / 2):
        raise BadShift()
    return times


def _standing(session: Session, shift: Shift) -> dict[str, Any]:
    """How a shift stands, as plain values."""
    session.flush()
    hours = session.scalars(
        select(ShiftHours).where(ShiftHours.shift_id == shift.id).order_by(ShiftHours.since)
    )
    return {
        "closed_on": None if shift.closed_on is None else shift.closed_on.isoformat(),
        "hours": [
            [
                one.since.isoformat(),
                one.starts_at.isoformat(),
                one.ends_at.isoformat(),
                one.rest_minutes,
                one.flex_minutes,
                one.needs_out,
            ]
            for one in hours
        ],
    }


def _way_back(session: Session, shift: Shift, before: Mapping[str, Any]) -> dict[str, Any]:
    return {"shift": shift.id, "before": before, "after": _standing(session, shift)}


def _as_details(times: ShiftTimes) -> dict[str, Any]:
    return {
        "starts_at": times.hours.starts_at.isoformat(),
        "ends_at": times.hours.ends_at.isoformat(),
        "rest_minutes": times.rest_minutes,
        "flex_minutes": times.flex_minutes,
        "needs_out": times.needs_out,
    }
