"""What somebody learns: taking up a course, what they have before them and behind them (S3-11, S3-40)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import staff
from models.policy import Policy
from models.staff import Employee
from models.training.catalogue import Given, catalogue
from models.training.enrolling import LEARN, enrol, open_enrolments
from models.training.errors import CourseState
from models.training.tables import Certificate, CourseVersion, Enrolment, PushReason


@dataclass(frozen=True)
class Offered:
    """A course of the catalogue, as it stands for somebody."""

    given: Given
    enrolment: Enrolment | None
    """Theirs that is open, else the last one they have done; of whatever version."""
    suits: bool
    """It is for their role and their months of service."""

    @property
    def is_open(self) -> bool:
        """Whether they are to learn it now."""
        return self.enrolment is not None and self.enrolment.completed_at is None

    @property
    def is_done(self) -> bool:
        """Whether they have done the version that holds."""
        one = self.enrolment
        return one is not None and one.completed_at is not None and one.version_id == self.given.version.id


def offered_to(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> Sequence[Offered]:
    """The catalogue for somebody: what they are to learn, what suits them, what they have done, the rest.

    Raises:
        NotPermitted: they have no post.
    """
    staff.require(actor, LEARN, policy.rights)
    own: dict[int, Enrolment] = {}
    for one in session.scalars(
        select(Enrolment)
        .where(Enrolment.employee_id == actor.id, Enrolment.withdrawn_at.is_(None))
        .order_by(Enrolment.completed_at.is_(None), Enrolment.id)
    ):
        own[one.course_id] = one
    found = [
        Offered(given, own.get(given.course.id), suits(given.version, actor, at))
        for given in catalogue(session)
    ]
    return sorted(found, key=lambda one: (not one.is_open, one.is_done, not one.suits, one.given.course.code))


def suits(version: CourseVersion, person: Employee, at: datetime) -> bool:
    """Whether a course is meant for somebody: by role and by months of service, where these are known."""
    if version.roles and not staff.roles_of(person) & set(version.roles):
        return False
    if person.hired_on is None:
        return True
    months = (at.year - person.hired_on.year) * 12 + at.month - person.hired_on.month
    return version.months_from <= months and (version.months_to is None or months <= version.months_to)


def begin_learning(
    session: Session, *, actor: Employee, given: Given, at: datetime, policy: Policy
) -> tuple[Enrolment, bool]:
    """Begin a course of one's own will, and whether that is new.

    Raises:
        NotPermitted; CourseState: it is given to nobody any more.
    """
    staff.require(actor, LEARN, policy.rights)
    if given.course.retired_at is not None:
        raise CourseState(retired=True)
    enrolment, is_new = enrol(session, person=actor, version=given.version, reason=PushReason.OWN, at=at)
    if is_new:
        enrolment.sent_at = at
        session.flush()
    return enrolment, is_new


@dataclass(frozen=True)
class OwnCourse:
    """Something somebody learns or has learned."""

    enrolment: Enrolment
    version: CourseVersion


@dataclass(frozen=True)
class OwnLearning:
    """Everything of somebody: what is open, with the nearest deadline first, what is done, certificates."""

    open: Sequence[OwnCourse]
    done: Sequence[OwnCourse]
    certificates: Sequence[tuple[Certificate, CourseVersion | None]]


def own_learning(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> OwnLearning:
    """What somebody is to learn and has learned; certificates that hold.

    Raises:
        NotPermitted: they have no post.
    """
    staff.require(actor, LEARN, policy.rights)
    waiting = open_enrolments(session, actor)
    done = session.scalars(
        select(Enrolment)
        .where(Enrolment.employee_id == actor.id, Enrolment.completed_at.is_not(None))
        .order_by(Enrolment.completed_at.desc(), Enrolment.id.desc())
    ).all()
    held = session.scalars(
        select(Certificate)
        .where(
            Certificate.employee_id == actor.id,
            Certificate.revoked_at.is_(None),
            Certificate.expires_at > at,
        )
        .order_by(Certificate.licence.desc(), Certificate.expires_at)
    ).all()
    ids = {one.version_id for one in (*waiting, *done)} | {one.version_id for one in held if one.version_id}
    versions = {
        one.id: one for one in session.scalars(select(CourseVersion).where(CourseVersion.id.in_(ids)))
    }
    ordered = sorted(waiting, key=lambda one: (one.due_at is None, one.due_at or at))
    return OwnLearning(
        [OwnCourse(one, versions[one.version_id]) for one in ordered],
        [OwnCourse(one, versions[one.version_id]) for one in done],
        [(one, versions.get(one.version_id or 0)) for one in held],
    )
