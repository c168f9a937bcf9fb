"""Writes about visits: at the customer's, a picture, away again, and what was a mistake."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import attendance, audit, cases, locations
from models.base import insert_once
from models.calendar import WorkCalendar
from models.cases import WORK, Case, FollowUp
from models.contact import ContactAttempt, Debtor
from models.fieldwork.errors import NoSuchVisit, NotInside, StillInside, VisitNoted
from models.fieldwork.places import target_of
from models.fieldwork.queries import find_key, visit_going_on
from models.fieldwork.tables import Visit, VisitState
from models.files import StoredFile
from models.locations import Fix, LocationFix, Purpose, Reason
from models.policy import Policy
from models.staff import Employee, require


def check_in(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    fix: Fix | None = None,
    key: str | None = None,
    received_at: datetime | None = None,
) -> Visit:
    """Somebody is at the customer's of a case: with `fix`, or else the recent location of the phone.

    What waited on the phone for a signal (`received_at` lies later) counts from its own moment.

    The plan of that day for the case is done by it, if there is one; the contact is recorded once. Wherever
    the phone says it is, the visit is kept, with a grade of evidence and its reasons (domain.md 6.4). The
    same `key` again is the same visit. A visit of an earlier day that nobody left ends without a moment.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged, CaseClosed, ContactRefused: as `cases.begin_visit`;
        StillInside: another visit goes on; TooOld: it has waited for too long.
    """
    require(actor, WORK, policy.rights)
    received = received_at or at
    if key is not None and (known := find_key(session, employee_id=actor.id, key=key)) is not None:
        return known
    _refuse_old(at, received, policy)
    _end_forgotten(session, actor, at)
    other = visit_going_on(session, actor.id)
    if other is not None:
        raise StillInside(number=other.case_id, name=_name(session, other))
    planned = _plan_of(session, actor, case, at)
    attempt = cases.begin_visit(
        session, actor=actor, case=case, follow_up=planned, at=at, policy=policy, calendar=calendar
    )
    planned_at = None if planned is None else planned.due_at
    most = timedelta(minutes=policy.fieldwork.in_time_minutes)
    in_time = planned_at is not None and abs(at - planned_at) <= most
    taken = _fix(
        session, actor, case, at, policy, calendar, Purpose.VISIT_IN, fix, in_time=in_time, received=received
    )
    values = {
        "employee_id": actor.id,
        "case_id": case.id,
        "follow_up_id": None if planned is None else planned.id,
        "attempt_id": attempt.id,
        "day": at.date(),
        "planned_at": planned_at,
        "in_at": at,
        "in_fix_id": taken.id,
        "state": VisitState.INSIDE,
        "photos": 0,
        "stay_until": at + timedelta(minutes=policy.fieldwork.stay_minutes),
        "note_by": at + timedelta(hours=policy.fieldwork.note_hours),
        "photo_needed": policy.fieldwork.photo_needed,
        "key": key,
    }
    if not insert_once(session, Visit, values):
        raise StillInside(number=case.id, name=session.get_one(Debtor, case.debtor_id).name_mask)
    visit = visit_going_on(session, actor.id)
    assert visit is not None
    note(session, visit, actor, at, "fieldwork.check_in", standing=taken.standing, grade=taken.grade)
    return visit


def check_out(
    session: Session,
    *,
    actor: Employee,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    fix: Fix | None = None,
    received_at: datetime | None = None,
) -> Visit:
    """Somebody leaves the customer's; however short it was, it is kept.

    Raises:
        NotPermitted: the actor works no cases; NotInside: no visit of that day goes on; TooOld: as check_in.
    """
    require(actor, WORK, policy.rights)
    received = received_at or at
    _refuse_old(at, received, policy)
    _end_forgotten(session, actor, at)
    visit = visit_going_on(session, actor.id)
    if visit is None or visit.in_at > at:
        raise NotInside()
    case = session.get_one(Case, visit.case_id)
    taken = _fix(
        session, actor, case, at, policy, calendar, Purpose.VISIT_OUT, fix, in_time=None, received=received
    )
    visit.out_at, visit.out_fix_id, visit.state = at, taken.id, VisitState.DONE
    note(session, visit, actor, at, "fieldwork.check_out", standing=taken.standing, grade=taken.grade)
    return visit


def locate(
    session: Session,
    *,
    actor: Employee,
    visit: Visit,
    fix: Fix,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> LocationFix:
    """The location of a visit that was begun without one comes afterwards: it counts from when it came."""
    require(actor, WORK, policy.rights)
    case = session.get_one(Case, visit.case_id)
    taken = _fix(session, actor, case, at, policy, calendar, Purpose.VISIT_IN, fix, in_time=None)
    visit.in_fix_id = taken.id
    note(session, visit, actor, at, "fieldwork.locate", standing=taken.standing, grade=taken.grade)
    return taken


def add_photo(
    session: Session, *, actor: Employee, visit: Visit, ticket: str, at: datetime, policy: Policy
) -> StoredFile:
    """A picture of the place goes to the case, and speaks for the visit.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged, NotFetchedYet, FileGone, TooManyFiles: as `cases.file_into`.
    """
    case = session.get_one(Case, visit.case_id)
    kept = cases.file_into(session, actor=actor, case=case, ticket=ticket, at=at, policy=policy)
    visit.photos += 1
    locations.support(session, fix=session.get_one(LocationFix, visit.in_fix_id), more=Reason.PHOTO)
    note(session, visit, actor, at, "fieldwork.photo", file=kept.id)
    return kept


def take_back(session: Session, *, actor: Employee, visit_id: int, at: datetime, policy: Policy) -> Visit:
    """The check-in was a mistake: the visit and its contact count no more, and the plan stands again.

    Raises:
        NoSuchVisit: there is none of the actor's; VisitNoted: it was noted, or left, already; NotPermitted,
        NoSuchCase, CaseChanged: as `cases.take_back_visit`.
    """
    visit = session.get(Visit, visit_id)
    if visit is None or visit.employee_id != actor.id or visit.state == VisitState.VOID:
        raise NoSuchVisit()
    case, attempt_id = session.get_one(Case, visit.case_id), visit.attempt_id
    if visit.state != VisitState.INSIDE or attempt_id is None:
        raise VisitNoted(number=case.id)
    visit.state, visit.attempt_id = VisitState.VOID, None
    session.flush()
    done = cases.take_back_visit(
        session,
        actor=actor,
        case=case,
        attempt=session.get_one(ContactAttempt, attempt_id),
        follow_up=None if visit.follow_up_id is None else session.get_one(FollowUp, visit.follow_up_id),
        at=at,
        policy=policy,
    )
    if not done:
        raise VisitNoted(number=case.id)
    note(session, visit, actor, at, "fieldwork.void")
    return visit


def _plan_of(session: Session, actor: Employee, case: Case, at: datetime) -> FollowUp | None:
    """The visit planned for today of this case, the earliest if there are several."""
    plans = cases.planned_visits(session, actor=actor, day=at)
    return next((one.follow_up for one in plans if one.case.id == case.id), None)


def _fix(
    session: Session,
    actor: Employee,
    case: Case,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    purpose: Purpose,
    fix: Fix | None,
    *,
    in_time: bool | None,
    received: datetime | None = None,
) -> LocationFix:
    debtor = session.get_one(Debtor, case.debtor_id)
    target = target_of(session, debtor, policy.fieldwork)
    if fix is None:
        oldest = at - timedelta(minutes=policy.checkin.location_max_age_minutes)
        fix = locations.recent_report(session, employee=actor, since=oldest, until=at)
    return locations.take_fix(
        session,
        employee=actor,
        fix=fix,
        at=received or at,
        measured=at,
        day=at.date(),
        purpose=purpose,
        policy=policy,
        targets=[] if target is None else [target],
        in_shift=attendance.in_shift(session, employee=actor, at=at, policy=policy, calendar=calendar),
        in_time=in_time,
    )


def _refuse_old(at: datetime, received: datetime, policy: Policy) -> None:
    if received - at > timedelta(hours=policy.locations.queued_hours):
        raise attendance.TooOld(at=at, hours=policy.locations.queued_hours)


def _end_forgotten(session: Session, actor: Employee, at: datetime) -> None:
    session.execute(
        update(Visit)
        .where(Visit.employee_id == actor.id, Visit.state == VisitState.INSIDE, Visit.day < at.date())
        .values(state=VisitState.DONE)
    )


def _name(session: Session, visit: Visit) -> str:
    found = select(Debtor.name_mask).join(Case, Case.debtor_id == Debtor.id).where(Case.id == visit.case_id)
    return session.scalars(found).one()


def note(
    session: Session,
    visit: Visit,
    actor: Employee,
    at: datetime,
    action: str,
    *,
    subject: str | None = None,
    **details: object,
) -> None:
    """Enter what was done about a visit into the evidence trail."""
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=subject or actor.subject,
        details={"visit": visit.id, "case": visit.case_id, **details},
    )
