"""Writes about attendance: coming, going, and reminders."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, locations
from models.attendance.duties import duties, duties_near, has_shift
from models.attendance.queries import (
    days_came,
    find_check_in,
    find_key,
    with_shift,
)
from models.attendance.rules import (
    Duty,
    day_of_coming,
    day_of_going,
    minutes_late,
    reminder_due,
)
from models.attendance.tables import CheckIn, Source, Way
from models.base import insert_once
from models.calendar import WorkCalendar
from models.errors import DomainError
from models.locations import Fix, LocationFix, Purpose, Reason
from models.planning import plan_due
from models.policy import Policy
from models.staff import Employee, require

REMINDER = "checkin_reminder"
"""The kind of the due rows that hold each person's reminder of coming."""

OUT_REMINDER = "checkout_reminder"
"""The same of going."""


class AlreadyCheckedIn(DomainError):
    """There is a check-in for this day (facts: at)."""

    texts = "checkin"


class LocationNeeded(DomainError):
    """The organisation asks for a location and none arrived recently."""

    texts = "checkin"


class TooOld(DomainError):
    """What waited on the phone is too old to be kept (facts: at, hours)."""

    texts = "checkin"


class FromTheFuture(DomainError):
    """The phone says a moment that has not come yet (facts: at)."""

    texts = "checkin"


@dataclass(frozen=True)
class Act:
    """One tap: when it was made, how it came in, where, and by which key a repeat is known.

    `at` is the moment of the tap; what waited on the phone for a signal arrived later, at `received_at`.
    """

    at: datetime
    source: Source
    fix: Fix | None = None
    key: str | None = None
    received_at: datetime | None = None

    @property
    def arrived(self) -> datetime:
        """When it came in."""
        return self.received_at or self.at


def check_in(
    session: Session,
    *,
    actor: Employee,
    act: Act,
    policy: Policy,
    calendar: WorkCalendar,
) -> CheckIn:
    """Record that the employee starts work, with the fix of the tap or else the recent location.

    Nobody is late on a day off. What waited on the phone counts from its own moment; the same key again
    is the same check-in.

    Raises:
        NotPermitted: the actor's role has no check-in.
        AlreadyCheckedIn: there is one for this day; one per person and day is a constraint.
        LocationNeeded: the policy asks for a location and there is none.
        TooOld, FromTheFuture: the moment is none at which it can have been tapped.
    """
    require(actor, "attendance.check_in", policy.rights)
    at = act.at
    repeated = _begin(session, actor, act, policy)
    if repeated is not None:
        return repeated
    near = duties_near(session, actor.id, at, calendar=calendar)
    day = day_of_coming(at, near, timedelta(minutes=policy.checkin.early_minutes))
    known = find_check_in(session, employee_id=actor.id, day=day)
    if known is not None:
        raise AlreadyCheckedIn(at=known.at)
    duty = dict(near).get(day)
    late = 0
    if duty is not None:
        late = minutes_late(at, duty.moved(at).starts_at, policy.checkin.grace_minutes)
    record = _keep(session, actor, act, day, Way.IN, late, policy)
    if record is None:
        known = find_check_in(session, employee_id=actor.id, day=day)
        assert known is not None
        raise AlreadyCheckedIn(at=known.at)
    return record


def check_out(
    session: Session,
    *,
    actor: Employee,
    act: Act,
    policy: Policy,
    calendar: WorkCalendar,
) -> CheckIn:
    """Record that the employee ends work; a later one takes the place of an earlier one.

    Raises:
        NotPermitted, LocationNeeded, TooOld, FromTheFuture: as `check_in`.
    """
    require(actor, "attendance.check_in", policy.rights)
    at = act.at
    repeated = _begin(session, actor, act, policy)
    if repeated is not None:
        return repeated
    near = duties_near(session, actor.id, at, calendar=calendar)
    after = timedelta(minutes=policy.checkin.out_minutes_after)
    day = day_of_going(at, near, after, days_came(session, actor.id, until=at.date()))
    duty, first = dict(near).get(day), find_check_in(session, employee_id=actor.id, day=day)
    before = 0
    if duty is not None:
        ends_at = duty.moved(None if first is None else first.at).ends_at
        before = minutes_late(ends_at, at, policy.checkin.grace_minutes)
    known = find_check_in(session, employee_id=actor.id, day=day, way=Way.OUT)
    if known is not None and known.at > at:
        return known
    if known is not None:
        session.delete(known)
        session.flush()
    record = _keep(session, actor, act, day, Way.OUT, before, policy)
    if record is None:
        record = find_check_in(session, employee_id=actor.id, day=day, way=Way.OUT)
        assert record is not None
    return record


@dataclass(frozen=True)
class Today:
    """The workday that a tap at a moment belongs to, as far as it is known before the tap."""

    day: date
    duty: Duty | None
    """What the person works on it; None on a day off."""
    came: CheckIn | None
    ends: bool
    """Whether a tap can only mean the end of a shift: its hours are over, and no other begins."""


def today(
    session: Session, *, employee: Employee, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Today:
    """What a tap of the employee at `at` would be about."""
    near = duties_near(session, employee.id, at, calendar=calendar)
    early = timedelta(minutes=policy.checkin.early_minutes)
    after = timedelta(minutes=policy.checkin.out_minutes_after)
    day = day_of_coming(at, near, early)
    begins = any(duty.starts_at - early <= at < duty.ends_at for _, duty in near)
    ends = any(duty.needs_out and duty.ends_at <= at <= duty.ends_at + after for _, duty in near)
    came = find_check_in(session, employee_id=employee.id, day=day)
    return Today(day, dict(near).get(day), came, ends and not begins)


def day_at(
    session: Session,
    *,
    employee_id: int,
    at: datetime,
    going: bool,
    policy: Policy,
    calendar: WorkCalendar,
) -> date:
    """The workday that coming, or going, at a moment belongs to."""
    near = duties_near(session, employee_id, at, calendar=calendar)
    if going:
        after = timedelta(minutes=policy.checkin.out_minutes_after)
        return day_of_going(at, near, after, days_came(session, employee_id, until=at.date()))
    return day_of_coming(at, near, timedelta(minutes=policy.checkin.early_minutes))


def _begin(session: Session, actor: Employee, act: Act, policy: Policy) -> CheckIn | None:
    """Refuse moments that cannot be; what was sent before is returned."""
    if act.key is not None:
        known = find_key(session, employee_id=actor.id, key=act.key)
        if known is not None:
            return known
    if act.arrived - act.at > timedelta(hours=policy.locations.queued_hours):
        raise TooOld(at=act.at, hours=policy.locations.queued_hours)
    if act.at - act.arrived > timedelta(seconds=policy.locations.late_seconds):
        raise FromTheFuture(at=act.at)
    return None


def _keep(
    session: Session, actor: Employee, act: Act, day: date, way: Way, minutes: int, policy: Policy
) -> CheckIn | None:
    """The row of an act with its place; None if somebody else has just made it."""
    fix = act.fix
    if fix is None:
        oldest = act.at - timedelta(minutes=policy.checkin.location_max_age_minutes)
        fix = locations.recent_report(session, employee=actor, since=oldest, until=act.at)
    if fix is None and policy.checkin.location_required:
        raise LocationNeeded()
    values = {
        "employee_id": actor.id,
        "day": day,
        "way": way,
        "at": act.at,
        "minutes_late": minutes,
        "source": act.source,
        "key": act.key,
    }
    if not insert_once(session, CheckIn, values):
        return None
    record = find_check_in(session, employee_id=actor.id, day=day, way=way)
    assert record is not None
    put_place(session, record, actor, fix, act.arrived, policy)
    audit.record(
        session,
        at=act.arrived,
        actor=actor.subject,
        action="attendance.check_in" if way is Way.IN else "attendance.check_out",
        subject=actor.subject,
        details={
            "check_in": record.id,
            "day": day.isoformat(),
            "at": act.at.isoformat(),
            "minutes_late": minutes,
            "source": act.source,
        },
    )
    return record


def put_place(
    session: Session, record: CheckIn, actor: Employee, fix: Fix | None, received: datetime, policy: Policy
) -> None:
    """Put to a check-in where it was, and what that is worth."""
    taken = locations.take_fix(
        session,
        employee=actor,
        fix=fix,
        at=received,
        measured=record.at,
        day=record.day,
        purpose=Purpose.CHECK_IN if record.way == Way.IN else Purpose.CHECK_OUT,
        policy=policy,
        targets=locations.targets_of(session, actor),
    )
    record.fix_id = taken.id


def report_location(
    session: Session, *, actor: Employee, fix: Fix, at: datetime, policy: Policy, calendar: WorkCalendar
) -> None:
    """Keep where the phone was when the chat was opened, for the tap that follows; in shift only.

    Only the newest report is kept, so that no track comes into being (domain.md 2.6). The platform does
    not promise an order: a check-in that came just before its report gets the location afterwards.
    """
    if not in_shift(session, employee=actor, at=at, policy=policy, calendar=calendar):
        return
    if not locations.report(session, employee=actor, fix=fix, at=at, policy=policy):
        return
    if actor.role in policy.field_alerts.track_roles and has_shift(session, actor.id):
        locations.take_fix(
            session,
            employee=actor,
            fix=fix,
            at=at,
            day=at.date(),
            purpose=Purpose.ON_THE_WAY,
            policy=policy,
            targets=locations.targets_of(session, actor),
        )
    just_before = at - timedelta(seconds=policy.checkin.location_late_seconds)
    record = session.scalars(
        select(CheckIn)
        .where(CheckIn.employee_id == actor.id, CheckIn.at >= just_before)
        .order_by(CheckIn.at.desc())
        .limit(1)
    ).one_or_none()
    taken = None if record is None or record.fix_id is None else session.get(LocationFix, record.fix_id)
    if record is not None and taken is not None and Reason.NO_PLACE in taken.reasons:
        put_place(session, record, actor, fix, at, policy)
        session.flush()
        session.delete(taken)


def in_shift(
    session: Session, *, employee: Employee, at: datetime, policy: Policy, calendar: WorkCalendar
) -> bool:
    """Whether somebody is at work at `at` or just before or after it; who has no shift is always."""
    if not has_shift(session, employee.id):
        return True
    early = timedelta(minutes=policy.checkin.early_minutes)
    after = timedelta(minutes=policy.checkin.out_minutes_after)
    near = duties_near(session, employee.id, at, calendar=calendar)
    return any(duty.starts_at - early <= at < duty.ends_at + after for _, duty in near)


def plan_reminders(
    session: Session, *, now: datetime, until: datetime, calendar: WorkCalendar, policy: Policy
) -> int:
    """Plan the reminders of every duty that starts or ends between `now` and `until`.

    Repeats change nothing.
    """
    days = [now.date() + timedelta(days=n) for n in range(-1, (until.date() - now.date()).days + 1)]
    rules, rows = policy.checkin, []
    found = duties(session, with_shift(session, at=now), days, calendar=calendar, like=now)
    for (employee_id, _), duty in sorted(found.items(), key=lambda one: one[0]):
        if now <= duty.starts_at <= until:
            due_at = reminder_due(duty.starts_at, rules.reminder_minutes_before)
            expires_at = duty.starts_at + timedelta(minutes=rules.reminder_expires_minutes_after)
            rows.append((REMINDER, employee_id, due_at, expires_at))
        if duty.needs_out and now <= duty.ends_at <= until:
            due_at = duty.ends_at + timedelta(minutes=rules.out_reminder_minutes_after)
            rows.append(
                (OUT_REMINDER, employee_id, due_at, due_at + timedelta(minutes=rules.out_minutes_after))
            )
    return plan_due(session, rows)
