"""What people ask their leaders for: a request, what whoever decides sees of it, and who that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, handover, secrecy, staff
from models.attendance.duties import duties
from models.attendance.overtime import minutes_in_month, overtime_on
from models.attendance.overtime_rules import Overtime
from models.attendance.queries import day_statuses
from models.attendance.rules import DayStatus, Duty
from models.attendance.tables import Asked, AskedState, AttendanceRequest
from models.calendar import WorkCalendar, add_months
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee, Role

OWN = "attendance.check_in"
STANDING = (AskedState.OPEN, AskedState.APPROVED)


class ReasonMissing(DomainError):
    """A request needs a reason."""

    texts = "attendance_requests"


class NobodyDecides(DomainError):
    """Nobody leads the person who could decide."""

    texts = "attendance_requests"


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
    last_day: date
    """The last workday of a leave: a night shift that ends it belongs to the day it starts."""
    work: int
    """So many things the person has to see to."""
    this_month: int
    """So many requests of this kind stand in that month, this one among them."""
    overtime: Overtime | None = None
    """Of overtime what counts of it."""
    minutes_month: int = 0
    """Of overtime the minutes approved in that month."""
    unpublished: int | None = None
    """The year of its days of which nobody knows the holidays yet."""
    limit_hours: int = 0
    """Of overtime the hours in a month that the law allows."""

    @property
    def kind(self) -> Asked:
        """What it asks for."""
        return Asked(self.request.kind)

    @property
    def over_limit(self) -> bool:
        """Whether the month comes to more than the law allows, with this overtime if it still waits."""
        asked = self.minutes if self.request.state == AskedState.OPEN else 0
        return self.overtime is not None and self.minutes_month + asked > self.limit_hours * 60

    @property
    def is_whole_days(self) -> bool:
        """Whether somebody is away for a workday at least."""
        return self.kind is Asked.LEAVE and self.minutes >= 24 * 60

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
    record(session, request, "attendance.ask", actor, actor, at, words)
    return view_of(session, request, at=at, policy=policy, calendar=calendar)


def view_of(
    session: Session, request: AttendanceRequest, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> RequestView:
    """A request with its words opened and its day judged."""
    person = session.get_one(Employee, request.employee_id)
    found = day_statuses(session, [person.id], [request.day], at=at, policy=policy.checkin, calendar=calendar)
    last = (request.ends_at - timedelta(seconds=1)).date()
    nights = [request.day, last - timedelta(days=1)]
    duty = duties(session, [person.id], nights, calendar=calendar, like=at)
    if (night := duty.get((person.id, nights[1]))) is not None and night.ends_at == request.ends_at:
        last = max(nights)
    overtime = None
    if request.kind == Asked.OVERTIME:
        overtime = overtime_on(found[person.id][0], request, policy=policy.checkin, calendar=calendar)
    return RequestView(
        request=request,
        person=person,
        words=secrecy.open_text(session, person.subject, request.words) or "",
        answer=secrecy.open_text(session, person.subject, request.answer) or "",
        decider=None if request.decided_by_id is None else session.get(Employee, request.decided_by_id),
        status=found[person.id][0],
        duty=duty.get((person.id, request.day)),
        last_day=last,
        work=len(handover.open_items(session, person.id, at)) if request.kind == Asked.LEAVE else 0,
        this_month=standing_in_month(session, person.id, Asked(request.kind), request.day),
        overtime=overtime,
        minutes_month=0
        if overtime is None
        else minutes_in_month(
            session, person.id, request.day, at=at, policy=policy.checkin, calendar=calendar
        ),
        unpublished=calendar.unpublished(request.day, max(request.day, last)),
        limit_hours=policy.checkin.overtime_limit_hours,
    )


def lock_person(session: Session, person: Employee) -> None:
    """Let one request of a person at a time be looked at and written."""
    session.execute(select(Employee.id).where(Employee.id == person.id).with_for_update())


def refuse_twice(session: Session, person: Employee, kind: Asked, day: date, way: str) -> None:
    """Refuse what is asked for already, or approved.

    Raises:
        AlreadyAsked: a request of this kind stands for that day, and that end of it.
    """
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
        raise AlreadyAsked(day=day, way=way, kind=kind.value)


def standing_in_month(session: Session, employee_id: int, kind: Asked, day: date) -> int:
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


def record(
    session: Session,
    request: AttendanceRequest,
    action: str,
    actor: Employee,
    person: Employee,
    at: datetime,
    words: str,
) -> None:
    """Leave in the trail what was done about a request; the words are sealed."""
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
