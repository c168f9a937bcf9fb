"""Corrections: a check-in that is missing or wrong, asked for, made, and taken back."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attendance.asking import (
    OWN,
    STANDING,
    RequestView,
    keep,
    lock_person,
    refuse_twice,
    standing_in_month,
)
from models.attendance.duties import duties
from models.attendance.operations import put_place
from models.attendance.queries import day_statuses, find_check_in
from models.attendance.request_rules import claimed, fits, last_day_for, wrong_ends
from models.attendance.rules import DayStatus, minutes_late
from models.attendance.tables import Asked, AttendanceRequest, CheckIn, Source, Way
from models.calendar import WorkCalendar
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee, require


class NoDutyThen(DomainError):
    """The person does not work on that day (facts: day)."""

    texts = "corrections"


class NotYetOver(DomainError):
    """That moment has not come yet (facts: day, way)."""

    texts = "corrections"


class NothingToCorrect(DomainError):
    """The check-in is there, and in time (facts: day, way, at)."""

    texts = "corrections"


class TooLateToCorrect(DomainError):
    """More workdays have passed than are allowed (facts: day, days)."""

    texts = "corrections"


class TooManyCorrections(DomainError):
    """So many were asked for in that month (facts: month, most)."""

    texts = "corrections"


class NoSuchMoment(DomainError):
    """The check-in cannot have been then (facts: day, way, at, starts_at, ends_at)."""

    texts = "corrections"


def correctable(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[tuple[DayStatus, Way]]:
    """The check-ins of the last workdays that are missing or wrong and not asked for, the newest first."""
    require(actor, OWN, policy.rights)
    rules = policy.checkin
    days = [at.date() - timedelta(days=n) for n in range(31, -1, -1)]
    kept = [
        day for day in days if last_day_for(day, rules.correction_workdays, calendar.is_workday) >= at.date()
    ]
    found = day_statuses(session, [actor.id], kept, at=at, policy=rules, calendar=calendar)[actor.id]
    asked = {
        (one.day, one.way)
        for one in session.scalars(
            select(AttendanceRequest).where(
                AttendanceRequest.employee_id == actor.id,
                AttendanceRequest.kind == Asked.CORRECTION,
                AttendanceRequest.day.in_(kept),
                AttendanceRequest.state.in_(STANDING),
            )
        )
    }
    return [
        (status, way)
        for status in reversed(found)
        for way in wrong_ends(status, at)
        if (status.day, way) not in asked
    ]


def correction_moment(
    session: Session,
    *,
    actor: Employee,
    day: date,
    way: Way,
    clock: time | None,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> datetime:
    """From when a corrected check-in would count: `clock`, else the hours of the duty.

    Raises:
        NotPermitted, AlreadyAsked: as named.
        NoDutyThen, NotYetOver, NothingToCorrect, NoSuchMoment: that day or moment is none to correct.
        TooLateToCorrect, TooManyCorrections: the bounds of domain.md 6.3.
    """
    require(actor, OWN, policy.rights)
    rules = policy.checkin
    duty = duties(session, [actor.id], [day], calendar=calendar, like=at).get((actor.id, day))
    if day > at.date():
        raise NotYetOver(day=day, way=way.value)
    if duty is None or (way is Way.OUT and not duty.needs_out):
        raise NoDutyThen(day=day, off=duty is None)
    if last_day_for(day, rules.correction_workdays, calendar.is_workday) < at.date():
        raise TooLateToCorrect(day=day, days=rules.correction_workdays)
    refuse_twice(session, actor, Asked.CORRECTION, day, way)
    [status] = day_statuses(session, [actor.id], [day], at=at, policy=rules, calendar=calendar)[actor.id]
    if way not in wrong_ends(status, at):
        there = status.first_in if way is Way.IN else status.last_out
        if there is None:
            raise NotYetOver(day=day, way=way.value)
        raise NothingToCorrect(day=day, way=way.value, at=there)
    moment = claimed(duty, day, way, clock)
    other = status.last_out if way is Way.IN else status.first_in
    early, after = timedelta(minutes=rules.early_minutes), timedelta(minutes=rules.out_minutes_after)
    if moment > at or not fits(duty, way, moment, other, early, after):
        raise NoSuchMoment(
            day=day, way=way.value, at=moment, starts_at=duty.starts_at, ends_at=duty.ends_at, other=other
        )
    if standing_in_month(session, actor.id, Asked.CORRECTION, day) >= rules.corrections_a_month:
        raise TooManyCorrections(month=day.month, most=rules.corrections_a_month)
    return moment


def ask_correction(
    session: Session,
    *,
    actor: Employee,
    day: date,
    way: Way,
    clock: time | None,
    words: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> RequestView:
    """Ask that the check-in of this end of this day counts from `clock`, else from the hours of the duty.

    Raises:
        NotPermitted, ReasonMissing, NobodyDecides: as named.
        AlreadyAsked, NoDutyThen, NotYetOver, NothingToCorrect, NoSuchMoment, TooLateToCorrect,
        TooManyCorrections: as `correction_moment` says.
    """
    require(actor, OWN, policy.rights)
    lock_person(session, actor)
    moment = correction_moment(
        session, actor=actor, day=day, way=way, clock=clock, at=at, policy=policy, calendar=calendar
    )
    return keep(
        session,
        actor=actor,
        values={"kind": Asked.CORRECTION, "day": day, "way": way, "begins_at": moment, "ends_at": moment},
        words=words,
        at=at,
        policy=policy,
        calendar=calendar,
    )


def correct(session: Session, view: RequestView, at: datetime, policy: Policy) -> None:
    """Make the check-in of an approved correction, or move the one there is."""
    request, way, grace = view.request, Way(view.request.way), policy.checkin.grace_minutes
    first = find_check_in(session, employee_id=view.person.id, day=request.day)
    minutes = 0
    if view.duty is not None and way is Way.IN:
        minutes = minutes_late(request.begins_at, view.duty.moved(request.begins_at).starts_at, grace)
    elif view.duty is not None:
        ends_at = view.duty.moved(None if first is None else first.at).ends_at
        minutes = minutes_late(ends_at, request.begins_at, grace)
    known = (
        first
        if way is Way.IN
        else find_check_in(session, employee_id=view.person.id, day=request.day, way=way)
    )
    if known is None:
        made = CheckIn(
            employee_id=view.person.id,
            day=request.day,
            way=way,
            at=request.begins_at,
            minutes_late=minutes,
            source=Source.CORRECTION,
        )
        session.add(made)
        session.flush()
        put_place(session, made, view.person, None, at, policy)
        return
    request.before = {
        "at": known.at.isoformat(),
        "minutes_late": known.minutes_late,
        "source": known.source,
    }
    known.at, known.minutes_late, known.source = request.begins_at, minutes, Source.CORRECTION


def correct_back(session: Session, request: AttendanceRequest) -> None:
    """Put the check-in back as it was before the correction; what was tapped since stays."""
    known = find_check_in(session, employee_id=request.employee_id, day=request.day, way=Way(request.way))
    if known is None or known.source != Source.CORRECTION or known.at != request.begins_at:
        return
    if request.before is None:
        session.delete(known)
        return
    known.at = datetime.fromisoformat(request.before["at"])
    known.minutes_late, known.source = request.before["minutes_late"], request.before["source"]
