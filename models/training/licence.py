"""Who may be given new cases: the licence and the gate, always asked and never stored (docs/adr/0031)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from models import audit, staff
from models.base import in_chunks
from models.calendar import WorkCalendar
from models.policy import Policy
from models.staff import Employee, Post
from models.training.enrolling import IS_OPEN, enrol
from models.training.tables import Certificate, Course, CourseVersion, Enrolment, PushReason
from models.worktime import workday_after

MOST_AT_ONCE = 100
"""So many people are enrolled in one transaction."""


class Bar(StrEnum):
    """Why somebody gets no new cases; those they have stay theirs."""

    UNLICENSED = "unlicensed"
    """No valid licence, and no time left to earn it."""
    GATED = "gated"
    """Something mandatory is not done, and its time is over."""


def barred(session: Session, ids: Collection[int], *, at: datetime, policy: Policy) -> Mapping[int, Bar]:
    """Who of these gets no new cases and why, with a few questions for any number of people.

    Whoever holds a role that needs a licence has a valid one, or is enrolled for it with the gate ahead; and
    nobody has anything open of which the gate is over. Where no course gives it, none is asked for.
    """
    found: dict[int, Bar] = {}
    asked = licensed_roles(licence_versions(session), policy)
    for some in in_chunks(ids):
        gated = select(Enrolment.employee_id).where(
            Enrolment.employee_id.in_(some), IS_OPEN, Enrolment.gates_at <= at
        )
        found.update(dict.fromkeys(session.scalars(gated), Bar.GATED))
        if asked:
            found.update(dict.fromkeys(_lacking(session, some, asked, at), Bar.UNLICENSED))
    return found


def _lacking(session: Session, ids: Sequence[int], roles: Collection[str], at: datetime) -> set[int]:
    """Who of these needs a licence and has none, and no time left to earn it.

    Three plain questions: as one, PostgreSQL looks at every enrolment for each person.
    """
    holding = select(Post.employee_id).where(Post.employee_id.in_(ids), Post.role.in_(roles), staff.held(at))
    licensed = select(Certificate.employee_id).where(
        Certificate.employee_id.in_(ids),
        Certificate.licence.is_(True),
        Certificate.expires_at > at,
        or_(Certificate.revoked_at.is_(None), Certificate.revoked_at > at),
    )
    earning = select(Enrolment.employee_id).where(
        Enrolment.employee_id.in_(ids),
        IS_OPEN,
        Enrolment.gates_at > at,
        Enrolment.version_id.in_(select(CourseVersion.id).where(CourseVersion.licence.is_(True))),
    )
    return set(session.scalars(holding)) - set(session.scalars(licensed)) - set(session.scalars(earning))


def has_licence(employee_id: ColumnElement[int] | object, at: datetime) -> ColumnElement[bool]:
    """Whether the employee of a row has a licence to work that is valid then."""
    return exists().where(
        Certificate.employee_id == employee_id,
        Certificate.licence.is_(True),
        Certificate.expires_at > at,
        or_(Certificate.revoked_at.is_(None), Certificate.revoked_at > at),
    )


def licence_versions(session: Session) -> Sequence[CourseVersion]:
    """The versions of today that give the licence to work, in the order of their courses."""
    newer = aliased(CourseVersion)
    return session.scalars(
        select(CourseVersion)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(
            CourseVersion.licence.is_(True),
            Course.retired_at.is_(None),
            ~exists().where(newer.course_id == CourseVersion.course_id, newer.number > CourseVersion.number),
        )
        .order_by(CourseVersion.course_id)
    ).all()


def licensed_roles(versions: Collection[CourseVersion], policy: Policy) -> Collection[str]:
    """The roles that need a licence and for which some course gives it."""
    if not policy.training.licence_required:
        return ()
    wanted = policy.training.licence_roles
    return [role for role in wanted if any(not one.roles or role in one.roles for one in versions)]


def barred_count(session: Session, *, at: datetime, policy: Policy) -> tuple[int, int]:
    """How many people hold a role that needs a licence, and how many of them get no new cases."""
    roles = policy.training.licence_roles
    ids = session.scalars(select(Employee.id).where(*_holders(at, roles)).order_by(Employee.id)).all()
    return len(ids), len(barred(session, ids, at=at, policy=policy))


def licensed_until(session: Session, ids: Collection[int], *, at: datetime) -> Mapping[int, date]:
    """Employee → the last day on which their licence holds; who has none is not among them."""
    found: dict[int, date] = {}
    for some in in_chunks(ids):
        rows = session.execute(
            select(Certificate.employee_id, func.max(Certificate.expires_at))
            .where(
                Certificate.employee_id.in_(some),
                Certificate.licence.is_(True),
                Certificate.revoked_at.is_(None),
                Certificate.expires_at > at,
            )
            .group_by(Certificate.employee_id)
        )
        found.update({id_: (until - timedelta(microseconds=1)).date() for id_, until in rows})
    return found


def enter_licence(
    session: Session, *, person: Employee, until: date, at: datetime, actor: str
) -> Certificate | None:
    """Keep a licence that was earned elsewhere, valid through a day; None if it is known.

    One entered before with another day gives way to it. `actor` is the subject of whoever enters it.
    """
    expires_at = datetime.combine(until + timedelta(days=1), time(), tzinfo=at.tzinfo)
    known = session.scalars(
        select(Certificate)
        .where(
            Certificate.employee_id == person.id,
            Certificate.licence.is_(True),
            Certificate.course_id.is_(None),
            Certificate.revoked_at.is_(None),
        )
        .with_for_update()
    ).all()
    if any(one.expires_at == expires_at for one in known):
        return None
    for one in known:
        one.revoked_at = at
    fresh = Certificate(
        employee_id=person.id, licence=True, granted_at=at, expires_at=expires_at, course_id=None
    )
    session.add(fresh)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor,
        action="training.enter_licence",
        subject=person.subject,
        details={"certificate": fresh.id, "until": until.isoformat()},
    )
    return fresh


# --- the rule that enrols -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Needing:
    """Somebody who has to be enrolled for the licence, and from when on there are no cases without it."""

    person: Employee
    gates_at: datetime
    reason: PushReason
    because: Mapping[str, object]


def tend_licences(session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar) -> int:
    """Enrol everybody who needs a licence and has none, or whose licence lapses soon; how many were new.

    Newcomers get no case before the exam; who has worked already, the days of grace, once; who had one, none.
    Nobody is enrolled twice for it, and an enrolment without a gate gets one.
    """
    versions = licence_versions(session)
    roles = licensed_roles(versions, policy)
    if not roles:
        return 0
    enrolled = 0
    for need in [
        *_unlicensed(session, roles, at, policy, calendar),
        *_lapsing(session, roles, at, policy),
    ][:MOST_AT_ONCE]:
        _, fresh = enrol(
            session,
            person=need.person,
            version=next(one for one in versions if concerns(one, need.person)),
            reason=need.reason,
            because=need.because,
            gates_at=need.gates_at,
            at=at,
        )
        enrolled += fresh
    return enrolled


def concerns(version: CourseVersion, person: Employee) -> bool:
    """Whether a version is for somebody, by the roles of the posts they hold."""
    return not version.roles or not staff.roles_of(person).isdisjoint(version.roles)


def _holders(at: datetime, roles: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    holds = select(Post.employee_id).where(Post.role.in_(roles), staff.held(at))
    return Employee.id.in_(holds), staff.active(at)


def _enrolled(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Enrolment.employee_id == Employee.id,
        CourseVersion.id == Enrolment.version_id,
        CourseVersion.licence.is_(True),
        *more,
    )


def _unlicensed(
    session: Session, roles: Collection[str], at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[Needing]:
    people = session.scalars(
        select(Employee)
        .where(
            *_holders(at, roles),
            ~has_licence(Employee.id, at),
            ~_enrolled(IS_OPEN, Enrolment.gates_at.is_not(None)),
        )
        .order_by(Employee.id)
        .limit(MOST_AT_ONCE)
    ).all()
    if not people:
        return []
    ids = [person.id for person in people]
    before = set(
        session.scalars(
            select(Certificate.employee_id).where(
                Certificate.employee_id.in_(ids), Certificate.licence.is_(True)
            )
        )
    ) | set(
        session.scalars(
            select(Enrolment.employee_id)
            .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
            .where(
                Enrolment.employee_id.in_(ids),
                CourseVersion.licence.is_(True),
                Enrolment.reason.in_((PushReason.LICENCE, PushReason.RENEWAL)),
            )
        )
    )
    since = at.date() - timedelta(days=policy.training.newcomer_days)
    days = policy.training.licence_grace_workdays
    grace = datetime.combine(
        workday_after(at.date(), days, calendar.is_workday),
        policy.reminders.work_ends_at,
        tzinfo=at.tzinfo,
    )
    found = []
    for person in staff.with_posts(session, people, at=at):
        newcomer = person.hired_on is not None and person.hired_on >= since
        if newcomer:
            found.append(Needing(person, at, PushReason.LICENCE, {"newcomer": True}))
        elif person.id in before:
            found.append(Needing(person, at, PushReason.LICENCE, {"lapsed": True}))
        else:
            found.append(Needing(person, grace, PushReason.LICENCE, {"workdays": days}))
    return found


def _lapsing(session: Session, roles: Collection[str], at: datetime, policy: Policy) -> Sequence[Needing]:
    soon = at + timedelta(days=policy.training.licence_renew_days)
    people = session.scalars(
        select(Employee)
        .where(
            *_holders(at, roles),
            has_licence(Employee.id, at),
            ~has_licence(Employee.id, soon),
            ~_enrolled(IS_OPEN),
        )
        .order_by(Employee.id)
        .limit(MOST_AT_ONCE)
    ).all()
    until = licensed_until(session, [person.id for person in people], at=at)
    return [
        Needing(
            person,
            datetime.combine(until[person.id] + timedelta(days=1), time(), tzinfo=at.tzinfo),
            PushReason.RENEWAL,
            {"until": until[person.id].isoformat()},
        )
        for person in staff.with_posts(session, people, at=at)
    ]
