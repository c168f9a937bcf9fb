"""How far people are: by course, by person, and the receipts of a version (S3-09, domain.md section 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from models import staff
from models.base import in_chunks
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee, Unit
from models.training.catalogue import versions_that_say
from models.training.enrolling import IS_OPEN
from models.training.errors import NoSuchCourse
from models.training.licence import licence_versions
from models.training.pushing import PUSH
from models.training.tables import Attempt, Course, CourseKind, CourseVersion, Enrolment


class SeveralCourses(DomainError):
    """More than one course is called so (facts: titles)."""

    texts = "pushes"


NEWEST = ("新规", "新规定", "最新的新规", "最新新规", "这条新规", "这个新规", "今天的新规", "最新规定")
"""What the newest regulation is called."""
LICENCES = ("上岗证", "上岗证考试", "上岗资格", "上岗")
"""What the course is called that gives the licence to work, where there is one."""
MOST_LIKE = 6


def _newest_regulation(session: Session) -> CourseVersion | None:
    return session.scalars(
        select(CourseVersion)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(Course.kind == CourseKind.REGULATION, Course.retired_at.is_(None))
        .order_by(CourseVersion.delivered, CourseVersion.id.desc())
        .limit(1)
    ).first()


def _like(session: Session, words: str, versions: Sequence[CourseVersion]) -> Sequence[str]:
    """The titles of courses that speak of these words, else those that share two characters with them."""
    if len(words) < 2:
        return []
    speaking = set(versions_that_say(session, words))
    if not speaking:
        speaking = {id_ for part in (words[:2], words[-2:]) for id_ in versions_that_say(session, part)}
    pairs = [words[place : place + 2] for place in range(len(words) - 1)]
    shares = {one.id: sum(pair in one.title for pair in pairs) for one in versions}
    found = [one for one in versions if one.id in speaking or shares[one.id]]
    found.sort(key=lambda one: -shares[one.id])
    return [one.title for one in found[:MOST_LIKE]]


def find_version(session: Session, asked: str, *, number: int | None = None) -> CourseVersion:
    """The version of the course with this code or title, or a part of it: that of today, or a past one.

    「新规」 alone is the regulation that was published last, 「上岗证」 the course that gives the licence.

    Raises:
        NoSuchCourse: there is none, those like it are named; SeveralCourses: there are several.
    """
    words = asked.strip().strip("「」《》\"'")
    if words in NEWEST and (regulation := _newest_regulation(session)) is not None:
        return regulation
    if words in LICENCES and len(given := licence_versions(session)) == 1:
        return given[0]
    versions = session.execute(
        select(CourseVersion, Course.code, Course.retired_at)
        .join(Course, Course.id == CourseVersion.course_id)
        .order_by(CourseVersion.course_id, CourseVersion.number)
    ).all()
    newest = {version.course_id: (version, code, retired) for version, code, retired in versions}
    exact = [one for one, code, _ in newest.values() if words in (code, one.title)]
    parts = [one for one, _, retired in newest.values() if words and words in one.title and retired is None]
    found = exact or parts or [one for one, _, _ in newest.values() if words and words in one.title]
    if not found:
        standing = [one for one, _, retired in newest.values() if retired is None]
        raise NoSuchCourse(asked=asked, near=_like(session, words, standing), again=True)
    if len(found) > 1:
        raise SeveralCourses(titles=[one.title for one in found])
    if number is None or found[0].number == number:
        return found[0]
    for version, _, _ in versions:
        if version.course_id == found[0].course_id and version.number == number:
            return version
    raise NoSuchCourse(asked=asked)


@dataclass(frozen=True)
class Progress:
    """How far the people within reach are with one version."""

    version: CourseVersion
    people: int
    sent: int
    read: int
    done: int
    late: int
    """Not done although the deadline is over."""

    @property
    def share(self) -> float:
        """The share who are done."""
        return self.done / self.people if self.people else 0.0


def _within(actor: Employee, unit: Unit | None, at: datetime, policy: Policy) -> ColumnElement[bool]:
    allowed = staff.require(actor, PUSH, policy.rights)
    within = staff.person_in_reach(allowed, actor, at) & staff.active(at)
    return within if unit is None else within & staff.belongs_to(unit.id, at)


def progress(
    session: Session,
    *,
    actor: Employee,
    at: datetime,
    policy: Policy,
    unit: Unit | None = None,
    limit: int = 20,
) -> Sequence[Progress]:
    """How far the people within reach, or of a unit, are: versions still open first, then the newest.

    Raises:
        NotPermitted: the actor sees nobody's.
    """
    late = IS_OPEN & (Enrolment.due_at <= at)
    open_ = func.sum(case((IS_OPEN, 1), else_=0))
    rows = session.execute(
        select(
            Enrolment.version_id,
            func.count(),
            func.count(Enrolment.sent_at),
            func.count(Enrolment.read_at),
            func.count(Enrolment.completed_at),
            func.sum(case((late, 1), else_=0)),
        )
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(Enrolment.withdrawn_at.is_(None), _within(actor, unit, at, policy))
        .group_by(Enrolment.version_id)
        .order_by(case((open_ > 0, 0), else_=1), Enrolment.version_id.desc())
        .limit(limit)
    ).all()
    versions = {
        one.id: one
        for one in session.scalars(
            select(CourseVersion).where(CourseVersion.id.in_([row[0] for row in rows]))
        )
    }
    return [Progress(versions[id_], *(int(count) for count in counts)) for id_, *counts in rows]


@dataclass(frozen=True)
class Receipt:
    """What is on record of one person and one version."""

    person: Employee
    enrolment: Enrolment
    score: int | None
    passed: bool | None
    """None: there is no exam on record."""

    @property
    def days(self) -> int | None:
        """From the push to the end, in days; None if either is missing."""
        if self.enrolment.sent_at is None or self.enrolment.completed_at is None:
            return None
        return (self.enrolment.completed_at.date() - self.enrolment.sent_at.date()).days


def receipts(
    session: Session,
    *,
    version: CourseVersion,
    actor: Employee,
    at: datetime,
    policy: Policy,
    unit: Unit | None = None,
    open_only: bool = False,
) -> Sequence[Receipt]:
    """Who was given a version and what became of it, by name; also those who have left since.

    Raises:
        NotPermitted: the actor sees nobody's.
    """
    allowed = staff.require(actor, PUSH, policy.rights)
    within = staff.person_in_reach(allowed, actor, at)
    if unit is not None:
        within = within & staff.belongs_to(unit.id, at)
    if open_only:
        within = within & staff.active(at) & IS_OPEN
    kept = or_(
        Enrolment.withdrawn_at.is_(None), Enrolment.sent_at.is_not(None), Enrolment.read_at.is_not(None)
    )
    rows = session.execute(
        select(Enrolment, Employee)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(Enrolment.version_id == version.id, kept, within)
        .order_by(Employee.name, Enrolment.id)
    ).all()
    scores: dict[int, tuple[int | None, bool]] = {}
    for some in in_chunks([one.id for one, _ in rows]):
        tries = (
            select(Attempt.enrolment_id, Attempt.score, Attempt.passed)
            .where(Attempt.enrolment_id.in_(some), Attempt.submitted_at.is_not(None))
            .order_by(Attempt.number)
        )
        for id_, score, passed in session.execute(tries):
            scores[id_] = score, bool(passed)
    people = {person.id: person for _, person in rows}
    staff.with_posts(session, people.values(), at=at)
    return [Receipt(person, one, *scores.get(one.id, (None, None))) for one, person in rows]


def unit_names(session: Session, people: Sequence[Employee]) -> Mapping[int, str]:
    """Unit → its name, of the main posts of these people."""
    ids = {person.unit_id for person in people if person.unit_id is not None}
    return dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids))).all())
