"""How somebody stands: the licence to work, what keeps them from new cases, and their exams (domain.md 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import staff
from models.policy import Policy
from models.staff import Employee, Post
from models.training.enrolling import IS_OPEN
from models.training.exams import Mistake, Outcome, mistakes_of, outcome_of, tries_for
from models.training.learning import OwnLearning, own_learning
from models.training.licence import Bar, barred, concerns, licence_versions, licensed_until
from models.training.pushing import PUSH
from models.training.rules import Tries
from models.training.tables import Attempt, CourseVersion, Enrolment

MOST_EXAMS = 5
"""So many of the last exams are looked at."""


@dataclass(frozen=True)
class LicenceStanding:
    """What somebody has and lacks to be given new cases."""

    person: Employee
    needed: bool
    """Whether a post of theirs needs a licence, and a course gives one."""
    until: date | None
    """The last day on which their licence holds."""
    bar: Bar | None
    """What keeps them from new cases at this moment."""
    course: CourseVersion | None
    """The course that gives them the licence."""
    enrolment: Enrolment | None
    """Where they are enrolled for it."""
    tries: Tries | None
    blocking: Sequence[tuple[Enrolment, CourseVersion]]
    """What else is not done although its time is over."""


def standing_of(session: Session, *, person: Employee, at: datetime, policy: Policy) -> LicenceStanding:
    """How somebody stands with the licence and the gate; who may ask is asked before."""
    roles = staff.roles_of(person)
    course = next((one for one in licence_versions(session) if concerns(one, person)), None)
    asked = policy.training.licence_required and not roles.isdisjoint(policy.training.licence_roles)
    opened = session.execute(
        select(Enrolment, CourseVersion)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .where(Enrolment.employee_id == person.id, IS_OPEN)
        .order_by(Enrolment.id)
    ).all()
    mine = next((one for one, version in opened if version.licence), None)
    return LicenceStanding(
        person,
        asked and course is not None,
        licensed_until(session, [person.id], at=at).get(person.id),
        barred(session, [person.id], at=at, policy=policy).get(person.id),
        course,
        mine,
        None if mine is None else tries_for(session, mine, at, policy),
        [
            (one, version)
            for one, version in opened
            if one.gates_at is not None and one.gates_at <= at and not version.licence
        ],
    )


@dataclass(frozen=True)
class Lacking:
    """Somebody of whom a leader should know: barred now, without a licence, or with one that lapses soon."""

    person: Employee
    until: date | None
    bar: Bar | None
    gates_at: datetime | None
    """Until when who has no licence is still given cases."""


def licences_within(
    session: Session, *, actor: Employee, at: datetime, policy: Policy
) -> tuple[int, Sequence[Lacking]]:
    """How many people within reach need a licence, and those who are barred, have none, or soon have none.

    Raises:
        NotPermitted: the actor leads nobody's learning.
    """
    allowed = staff.require(actor, PUSH, policy.rights)
    holds = select(Post.employee_id).where(Post.role.in_(policy.training.licence_roles), staff.held(at))
    people = session.scalars(
        select(Employee)
        .where(Employee.id.in_(holds), staff.active(at), staff.person_in_reach(allowed, actor, at))
        .order_by(Employee.id)
    ).all()
    ids = [person.id for person in people]
    until = licensed_until(session, ids, at=at)
    bars = barred(session, ids, at=at, policy=policy)
    wanted = policy.training.licence_required and bool(licence_versions(session))
    ahead = {
        one.employee_id: one.gates_at
        for one in session.scalars(
            select(Enrolment)
            .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
            .where(IS_OPEN, CourseVersion.licence.is_(True), Enrolment.employee_id.in_(ids))
        )
    }
    soon = at.date() + timedelta(days=policy.training.licence_renew_days)
    found = [
        Lacking(person, until.get(person.id), bars.get(person.id), ahead.get(person.id))
        for person in people
        if person.id in bars or (wanted and until.get(person.id, at.date()) <= soon)
    ]
    found.sort(key=lambda one: (one.bar is None, one.until is not None, one.until or soon))
    return len(people), found


def last_exams(
    session: Session, *, person: Employee, at: datetime, policy: Policy, limit: int = MOST_EXAMS
) -> Sequence[Outcome]:
    """How the last try of each enrolment ended, the newest first; who may ask is asked before."""
    tries = session.scalars(
        select(Attempt)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.employee_id == person.id, Attempt.submitted_at.is_not(None))
        .order_by(Attempt.id.desc())
        .limit(limit * policy.training.tries)
    ).all()
    newest: dict[int, Attempt] = {}
    for one in tries:
        newest.setdefault(one.enrolment_id, one)
    return [outcome_of(session, one, at, policy) for one in list(newest.values())[:limit]]


def last_mistakes(
    session: Session, *, person: Employee
) -> tuple[Attempt, CourseVersion, Sequence[Mistake]] | None:
    """The last exam of somebody that is over, and what was wrong in it; None if there was none."""
    row = session.execute(
        select(Attempt, CourseVersion)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .where(Enrolment.employee_id == person.id, Attempt.submitted_at.is_not(None))
        .order_by(Attempt.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1], mistakes_of(session, row[0]))


def learning_of(
    session: Session, *, actor: Employee, person: Employee, at: datetime, policy: Policy
) -> tuple[LicenceStanding, OwnLearning, Sequence[Outcome]]:
    """How somebody whom the actor leads stands, what they learn, and their last exams.

    Raises:
        NotPermitted, OutOfReach: the actor does not lead this person's learning.
    """
    staff.require_for_person(session, actor=actor, action=PUSH, person=person, at=at, policy=policy)
    return (
        standing_of(session, person=person, at=at, policy=policy),
        own_learning(session, actor=person, at=at, policy=policy),
        last_exams(session, person=person, at=at, policy=policy),
    )
