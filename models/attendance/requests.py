"""What people ask their leaders for: corrections and leave, and what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, handover, secrecy, staff
from models.attendance.duties import duties
from models.attendance.operations import put_place
from models.attendance.queries import day_statuses, find_check_in
from models.attendance.request_rules import claimed, fits, last_day_for, wrong_ends
from models.attendance.rules import DayStatus, Duty, minutes_late
from models.attendance.tables import (
    Asked,
    AskedState,
    AttendanceRequest,
    CheckIn,
    Source,
    Way,
)
from models.calendar import WorkCalendar, add_months
from models.errors import DomainError, NotFound, NotPermitted
from models.policy import Policy
from models.staff import Employee, Role, covers_person, person_in_reach, require

OWN = "attendance.check_in"
DECIDE = "attendance.decide"
STANDING = (AskedState.OPEN, AskedState.APPROVED)


class ReasonMissing(DomainError):
    """A request needs a reason."""

    texts = "attendance_requests"


class NobodyDecides(DomainError):
    """Nobody leads the person who could decide."""

    texts = "attendance_requests"


class RequestNotFound(NotFound):
    """There is no such request, or it is out of reach."""

    texts = "attendance_requests"


class RequestSettled(DomainError):
    """It has been decided or withdrawn (facts: state, kind)."""

    texts = "attendance_requests"


class OwnRequest(NotPermitted):
    """Nobody decides what they ask for themselves."""

    texts = "attendance_requests"


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


class AlreadyAsked(DomainError):
    """The same is asked for and not decided (facts: day, way)."""

    texts = "attendance_requests"


@dataclass(frozen=True)
class RequestView:
    """A request with what whoever decides wants to see of it."""

    request: AttendanceRequest
    person: Employee
    words: str
    answer: str
    decider: Employee | None
    status: DayStatus
    """What became of the day as it stands."""
    duty: Duty | None
    """What is worked on the day, leave or not."""
    work: int
    """So many things the person has to see to."""
    this_month: int
    """So many requests of this kind stand in that month, this one among them."""

    @property
    def kind(self) -> Asked:
        """What it asks for."""
        return Asked(self.request.kind)

    @property
    def is_whole_days(self) -> bool:
        """Whether somebody is away for a workday at least."""
        return self.kind is Asked.LEAVE and self.minutes >= 24 * 60

    @property
    def last_day(self) -> date:
        """The last day of a leave."""
        return (self.request.ends_at - timedelta(seconds=1)).date()

    @property
    def minutes(self) -> int:
        """The whole minutes between its bounds."""
        return int((self.request.ends_at - self.request.begins_at).total_seconds() // 60)


def deciders_of(session: Session, person: Employee, at: datetime) -> Sequence[Employee]:
    """Who decides what somebody asks for: the nearest leaders, never the person; else the administrators."""
    post = staff.main_post(session, person.id, at)
    unit_id = None if post is None else post.unit_id
    for role in (Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER) if unit_id is not None else ():
        found = [one for one in staff.holders(session, role, unit_id=unit_id, at=at) if one.id != person.id]
        if found:
            return found
    return [one for one in staff.holders(session, Role.ADMIN, unit_id=None, at=at) if one.id != person.id]


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
        NotPermitted, ReasonMissing, NobodyDecides, AlreadyAsked: as named.
        NoDutyThen, NotYetOver, NothingToCorrect, NoSuchMoment: that day or moment is none to correct.
        TooLateToCorrect, TooManyCorrections: the bounds of domain.md 6.3.
    """
    require(actor, OWN, policy.rights)
    lock_person(session, actor)
    rules = policy.checkin
    duty = duties(session, [actor.id], [day], calendar=calendar, like=at).get((actor.id, day))
    if day > at.date():
        raise NotYetOver(day=day, way=way.value)
    if duty is None or (way is Way.OUT and not duty.needs_out):
        raise NoDutyThen(day=day, off=duty is None)
    if last_day_for(day, rules.correction_workdays, calendar.is_workday) < at.date():
        raise TooLateToCorrect(day=day, days=rules.correction_workdays)
    _refuse_twice(session, actor, Asked.CORRECTION, day, way)
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
    if _standing(session, actor.id, Asked.CORRECTION, day) >= rules.corrections_a_month:
        raise TooManyCorrections(month=day.month, most=rules.corrections_a_month)
    return keep(
        session,
        actor=actor,
        values={"kind": Asked.CORRECTION, "day": day, "way": way, "begins_at": moment, "ends_at": moment},
        words=words,
        at=at,
        policy=policy,
        calendar=calendar,
    )


def keep(
    session: Session,
    *,
    actor: Employee,
    values: Mapping[str, Any],
    words: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> RequestView:
    """Write down a request that may be made.

    Raises:
        ReasonMissing: no words. NobodyDecides: nobody could say yes.
    """
    if not words.strip():
        raise ReasonMissing()
    if not deciders_of(session, actor, at):
        raise NobodyDecides()
    request = AttendanceRequest(
        employee_id=actor.id,
        words=secrecy.seal(session, actor.subject, words.strip()),
        state=AskedState.OPEN,
        asked_at=at,
        **values,
    )
    session.add(request)
    session.flush()
    _record(session, request, "attendance.ask", actor, actor, at, words)
    return view_of(session, request, at=at, policy=policy, calendar=calendar)


def view_of(
    session: Session, request: AttendanceRequest, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> RequestView:
    """A request with its words opened and its day judged."""
    person = session.get_one(Employee, request.employee_id)
    found = day_statuses(session, [person.id], [request.day], at=at, policy=policy.checkin, calendar=calendar)
    duty = duties(session, [person.id], [request.day], calendar=calendar, like=at)
    return RequestView(
        request=request,
        person=person,
        words=secrecy.open_text(session, person.subject, request.words) or "",
        answer=secrecy.open_text(session, person.subject, request.answer) or "",
        decider=None if request.decided_by_id is None else session.get(Employee, request.decided_by_id),
        status=found[person.id][0],
        duty=duty.get((person.id, request.day)),
        work=len(handover.open_items(session, person.id, at)) if request.kind == Asked.LEAVE else 0,
        this_month=_standing(session, person.id, Asked(request.kind), request.day),
    )


def request_within(
    session: Session,
    *,
    actor: Employee,
    request_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    lock: bool = False,
) -> RequestView:
    """A request that the actor may decide.

    Raises:
        NotPermitted: no role of theirs includes it.
        RequestNotFound: there is none, or it is out of reach. OwnRequest: it is their own.
    """
    allowed = require(actor, DECIDE, policy.rights)
    request = session.get(AttendanceRequest, request_id, with_for_update=lock or None, populate_existing=lock)
    if request is None:
        raise RequestNotFound()
    person = session.get_one(Employee, request.employee_id)
    if not covers_person(session, allowed, actor, person, at=at):
        raise RequestNotFound()
    if person.id == actor.id:
        raise OwnRequest()
    return view_of(session, request, at=at, policy=policy, calendar=calendar)


def waiting_within(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[RequestView]:
    """What waits for a decision within the actor's reach, the oldest first; their own is not among it.

    Raises:
        NotPermitted: no role of theirs decides.
    """
    allowed = require(actor, DECIDE, policy.rights)
    found = session.scalars(
        select(AttendanceRequest)
        .join(Employee, Employee.id == AttendanceRequest.employee_id)
        .where(
            AttendanceRequest.state == AskedState.OPEN,
            person_in_reach(allowed, actor, at),
            Employee.id != actor.id,
        )
        .order_by(AttendanceRequest.id)
    ).all()
    return [view_of(session, one, at=at, policy=policy, calendar=calendar) for one in found]


def waiting_since(
    session: Session, *, before: datetime, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[RequestView]:
    """Everything that was asked before a moment and waits, the oldest first; for jobs."""
    found = session.scalars(
        select(AttendanceRequest)
        .where(AttendanceRequest.state == AskedState.OPEN, AttendanceRequest.asked_at < before)
        .order_by(AttendanceRequest.id)
    ).all()
    return [view_of(session, one, at=at, policy=policy, calendar=calendar) for one in found]


def own_requests(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[RequestView]:
    """What somebody asked for in the last month or has still to come, the newest first."""
    require(actor, OWN, policy.rights)
    found = session.scalars(
        select(AttendanceRequest)
        .where(
            AttendanceRequest.employee_id == actor.id,
            AttendanceRequest.asked_at >= at - timedelta(days=31),
        )
        .order_by(AttendanceRequest.id.desc())
    ).all()
    return [view_of(session, one, at=at, policy=policy, calendar=calendar) for one in found]


def decide(
    session: Session,
    *,
    actor: Employee,
    request_id: int,
    approves: bool,
    words: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> RequestView:
    """Say yes, or no with a reason; an approved correction makes the check-in at once.

    Raises:
        NotPermitted, RequestNotFound, OwnRequest: as `request_within`.
        RequestSettled: it was decided or withdrawn. ReasonMissing: no without a reason.
    """
    view = request_within(
        session, actor=actor, request_id=request_id, at=at, policy=policy, calendar=calendar, lock=True
    )
    request = view.request
    if request.state != AskedState.OPEN:
        raise RequestSettled(state=request.state, kind=request.kind)
    if not approves and not words.strip():
        raise ReasonMissing()
    request.state = AskedState.APPROVED if approves else AskedState.REFUSED
    request.decided_by_id, request.decided_at = actor.id, at
    if words.strip():
        request.answer = secrecy.seal(session, view.person.subject, words.strip())
    if approves and view.kind is Asked.CORRECTION:
        _correct(session, view, at, policy)
    session.flush()
    action = "attendance.approve" if approves else "attendance.refuse"
    _record(session, request, action, actor, view.person, at, words)
    return view_of(session, request, at=at, policy=policy, calendar=calendar)


def reopen(
    session: Session,
    *,
    actor: Employee,
    request_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> RequestView:
    """Take a decision back: the request waits again, and a corrected check-in is as it was before.

    Raises:
        NotPermitted, RequestNotFound, OwnRequest: as `request_within`.
        RequestSettled: it is not decided, or the person has withdrawn it meanwhile.
    """
    view = request_within(
        session, actor=actor, request_id=request_id, at=at, policy=policy, calendar=calendar, lock=True
    )
    request = view.request
    if request.state not in (AskedState.APPROVED, AskedState.REFUSED):
        raise RequestSettled(state=request.state, kind=request.kind)
    if request.state == AskedState.REFUSED and view.kind is not Asked.LEAVE:
        _refuse_twice(session, view.person, view.kind, request.day, Way(request.way))
    if request.state == AskedState.APPROVED and view.kind is Asked.CORRECTION:
        _correct_back(session, request)
    request.state, request.decided_by_id, request.decided_at = AskedState.OPEN, None, None
    request.answer = request.before = None
    session.flush()
    _record(session, request, "attendance.reopen", actor, view.person, at, "")
    return view_of(session, request, at=at, policy=policy, calendar=calendar)


def withdraw(
    session: Session,
    *,
    actor: Employee,
    request_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> RequestView:
    """The person no longer asks for it; of an approved leave what is left of it ends.

    Raises:
        NotPermitted, RequestNotFound: it is not theirs.
        RequestSettled: it was decided, and is no leave that still lasts.
    """
    require(actor, OWN, policy.rights)
    request = session.get(AttendanceRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None or request.employee_id != actor.id:
        raise RequestNotFound()
    lasting = request.kind == Asked.LEAVE and request.ends_at > at
    if request.state != AskedState.OPEN and not (request.state == AskedState.APPROVED and lasting):
        raise RequestSettled(state=request.state, kind=request.kind)
    if request.state == AskedState.APPROVED and request.begins_at < at:
        request.ends_at = at
    else:
        request.state = AskedState.WITHDRAWN
    session.flush()
    _record(session, request, "attendance.withdraw", actor, actor, at, "")
    return view_of(session, request, at=at, policy=policy, calendar=calendar)


def _correct(session: Session, view: RequestView, at: datetime, policy: Policy) -> None:
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


def _correct_back(session: Session, request: AttendanceRequest) -> None:
    known = find_check_in(session, employee_id=request.employee_id, day=request.day, way=Way(request.way))
    if known is None or known.source != Source.CORRECTION or known.at != request.begins_at:
        return
    if request.before is None:
        session.delete(known)
        return
    known.at = datetime.fromisoformat(request.before["at"])
    known.minutes_late, known.source = request.before["minutes_late"], request.before["source"]


def lock_person(session: Session, person: Employee) -> None:
    """Let one request of a person at a time be looked at and written."""
    session.execute(select(Employee.id).where(Employee.id == person.id).with_for_update())


def _refuse_twice(session: Session, person: Employee, kind: Asked, day: date, way: Way) -> None:
    known = session.scalars(
        select(AttendanceRequest.id).where(
            AttendanceRequest.employee_id == person.id,
            AttendanceRequest.kind == kind,
            AttendanceRequest.day == day,
            AttendanceRequest.way == way,
            AttendanceRequest.state.in_(STANDING),
        )
    ).first()
    if known is not None:
        raise AlreadyAsked(day=day, way=way.value, kind=kind.value)


def _standing(session: Session, employee_id: int, kind: Asked, day: date) -> int:
    """How many requests of this kind stand in the month of a day."""
    first = day.replace(day=1)
    return len(
        session.scalars(
            select(AttendanceRequest.id).where(
                AttendanceRequest.employee_id == employee_id,
                AttendanceRequest.kind == kind,
                AttendanceRequest.day >= first,
                AttendanceRequest.day < add_months(first, 1),
                AttendanceRequest.state.in_(STANDING),
            )
        ).all()
    )


def _record(
    session: Session,
    request: AttendanceRequest,
    action: str,
    actor: Employee,
    person: Employee,
    at: datetime,
    words: str,
) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=person.subject,
        details={
            "request": request.id,
            "kind": request.kind,
            "day": request.day.isoformat(),
            "way": request.way,
            "begins_at": request.begins_at.isoformat(),
            "ends_at": request.ends_at.isoformat(),
        },
        personal={person.subject: {"words": words.strip()}} if words.strip() else {},
    )
