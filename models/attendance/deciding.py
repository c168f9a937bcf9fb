"""What becomes of requests: leaders say yes or no and take it back, people withdraw what they asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import secrecy
from models.attendance.asking import OWN, ReasonMissing, RequestView, record, refuse_twice, view_of
from models.attendance.corrections import correct, correct_back
from models.attendance.tables import Asked, AskedState, AttendanceRequest
from models.calendar import WorkCalendar
from models.errors import DomainError, NotFound, NotPermitted
from models.policy import Policy
from models.staff import Employee, covers_person, person_in_reach, require

DECIDE = "attendance.decide"


class RequestNotFound(NotFound):
    """There is no such request, or it is out of reach."""

    texts = "attendance_requests"


class RequestSettled(DomainError):
    """It has been decided or withdrawn (facts: state, kind)."""

    texts = "attendance_requests"


class OwnRequest(NotPermitted):
    """Nobody decides what they ask for themselves."""

    texts = "attendance_requests"


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
        correct(session, view, at, policy)
    session.flush()
    action = "attendance.approve" if approves else "attendance.refuse"
    record(session, request, action, actor, view.person, at, words)
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
        refuse_twice(session, view.person, view.kind, request.day, request.way)
    if request.state == AskedState.APPROVED and view.kind is Asked.CORRECTION:
        correct_back(session, request)
    request.state, request.decided_by_id, request.decided_at = AskedState.OPEN, None, None
    request.answer = request.before = None
    session.flush()
    record(session, request, "attendance.reopen", actor, view.person, at, "")
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

    Approved overtime that has not begun may be given up too.

    Raises:
        NotPermitted, RequestNotFound: it is not theirs.
        RequestSettled: it was decided, and is no leave that still lasts and no overtime still to come.
    """
    require(actor, OWN, policy.rights)
    request = session.get(AttendanceRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None or request.employee_id != actor.id:
        raise RequestNotFound()
    lasting = (request.kind == Asked.LEAVE and request.ends_at > at) or (
        request.kind == Asked.OVERTIME and request.begins_at > at
    )
    if request.state != AskedState.OPEN and not (request.state == AskedState.APPROVED and lasting):
        raise RequestSettled(state=request.state, kind=request.kind)
    if request.state == AskedState.APPROVED and request.begins_at < at:
        request.ends_at = at
    else:
        request.state = AskedState.WITHDRAWN
    session.flush()
    record(session, request, "attendance.withdraw", actor, actor, at, "")
    return view_of(session, request, at=at, policy=policy, calendar=calendar)
