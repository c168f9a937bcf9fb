"""What there is to learn: courses with their versions, lessons and pictures; giving one up, and back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit, staff
from models.policy import Policy
from models.staff import Employee
from models.training.content import CourseDraft, LessonDraft, QuestionDraft, Where
from models.training.errors import CourseState, NoSuchCourse
from models.training.publishing import PUBLISH, current_version
from models.training.tables import Course, CourseVersion, Enrolment, Lesson, LessonPicture, Question


def draft_of(session: Session, course: Course, version: CourseVersion | None = None) -> CourseDraft | None:
    """A version as a draft that would make the same again; the one that holds if none is named."""
    version = version or current_version(session, course.id)
    if version is None:
        return None
    lessons = lessons_of(session, version.id)
    hashes = {name: digest for lesson in lessons for name, digest in lesson.pictures.items()}
    found = session.scalars(select(LessonPicture).where(LessonPicture.sha256.in_(set(hashes.values()))))
    content = {picture.sha256: picture.content for picture in found}
    where = Where(course.code)
    return CourseDraft(
        code=course.code,
        title=version.title,
        family=version.family,
        where=where,
        kind=course.kind,
        compliance=version.compliance,
        licence=version.licence,
        roles=tuple(version.roles),
        measures=tuple(version.measures),
        dimensions=tuple(version.dimensions),
        months_from=version.months_from,
        months_to=version.months_to,
        draws=version.draws,
        pass_mark=version.pass_mark,
        minutes=version.minutes,
        valid_days=version.valid_days,
        homework=version.homework,
        homework_criteria=version.homework_criteria,
        note=version.note,
        lessons=[LessonDraft(one.title, one.markdown, where) for one in lessons],
        questions=[
            QuestionDraft(
                one.code,
                one.kind,
                one.stem,
                tuple(one.options),
                tuple(one.answer),
                one.explanation,
                one.source,
                where,
            )
            for one in questions_of(session, version.id)
        ],
        pictures={name: content[digest] for name, digest in hashes.items()},
    )


def lessons_of(session: Session, version_id: int) -> Sequence[Lesson]:
    """The lessons of a version in their order."""
    return session.scalars(select(Lesson).where(Lesson.version_id == version_id).order_by(Lesson.place)).all()


def questions_of(session: Session, version_id: int) -> Sequence[Question]:
    """The questions of a version in the order of the bank."""
    return session.scalars(
        select(Question).where(Question.version_id == version_id).order_by(Question.id)
    ).all()


@dataclass(frozen=True)
class Given:
    """A course as the catalogue lists it."""

    course: Course
    version: CourseVersion
    lessons: int
    letters: int
    """Characters of all lessons."""
    questions: int


def catalogue(session: Session, course_ids: Sequence[int] | None = None) -> Sequence[Given]:
    """Every course still given, by family and code; only these, if they are named."""
    newest = (
        select(CourseVersion.course_id, func.max(CourseVersion.number).label("number"))
        .group_by(CourseVersion.course_id)
        .subquery()
    )
    lessons = (
        select(func.count())
        .select_from(Lesson)
        .where(Lesson.version_id == CourseVersion.id)
        .correlate(CourseVersion)
        .scalar_subquery()
    )
    letters = (
        select(func.coalesce(func.sum(func.length(Lesson.markdown)), 0))
        .where(Lesson.version_id == CourseVersion.id)
        .correlate(CourseVersion)
        .scalar_subquery()
    )
    questions = (
        select(func.count())
        .select_from(Question)
        .where(Question.version_id == CourseVersion.id)
        .correlate(CourseVersion)
        .scalar_subquery()
    )
    asked = (
        select(Course, CourseVersion, lessons, letters, questions)
        .join(CourseVersion, CourseVersion.course_id == Course.id)
        .join(
            newest,
            (newest.c.course_id == CourseVersion.course_id) & (newest.c.number == CourseVersion.number),
        )
        .where(Course.retired_at.is_(None))
        .order_by(Course.code)
    )
    if course_ids is not None:
        asked = asked.where(Course.id.in_(course_ids))
    return [Given(*row) for row in session.execute(asked).all()]


def versions_of(session: Session, course: Course) -> Sequence[tuple[CourseVersion, Employee | None]]:
    """All versions, the newest first, and who published each; None: the product brought it, or an import."""
    found = session.execute(
        select(CourseVersion, Employee)
        .outerjoin(Employee, Employee.id == CourseVersion.published_by_id)
        .where(CourseVersion.course_id == course.id)
        .order_by(CourseVersion.number.desc())
    )
    return [(version, person) for version, person in found.all()]


def versions_that_say(session: Session, words: str) -> Collection[int]:
    """The versions in whose lessons these words stand."""
    asked = select(Lesson.version_id).where(
        Lesson.markdown.contains(words, autoescape=True) | Lesson.title.contains(words, autoescape=True)
    )
    return set(session.scalars(asked))


def version_of(session: Session, enrolment: Enrolment) -> CourseVersion:
    """The version that somebody learns."""
    return session.get_one(CourseVersion, enrolment.version_id)


def known_course(session: Session, code: str) -> Course | None:
    """The course of this code, given up or not; None without one."""
    return session.scalars(select(Course).where(Course.code == code)).one_or_none()


def all_courses(session: Session) -> Sequence[tuple[Course, CourseVersion]]:
    """Every course with its newest version, given up or not, by code."""
    newest: dict[int, tuple[Course, CourseVersion]] = {}
    for course, version in session.execute(
        select(Course, CourseVersion)
        .join(CourseVersion, CourseVersion.course_id == Course.id)
        .order_by(Course.code, CourseVersion.number)
    ):
        newest[course.id] = (course, version)
    return list(newest.values())


def course_of(session: Session, course_id: int) -> Course:
    """A course by its id.

    Raises:
        NoSuchCourse: there is none.
    """
    found = session.get(Course, course_id)
    if found is None:
        raise NoSuchCourse(asked=str(course_id))
    return found


def retire(session: Session, *, course: Course, actor: Employee, at: datetime, policy: Policy) -> None:
    """Give a course to nobody any more; what people have done of it stays, and so do its versions.

    Raises:
        NotPermitted; CourseState: it is given up already.
    """
    staff.require(actor, PUBLISH, policy.rights)
    if course.retired_at is not None:
        raise CourseState(retired=True)
    course.retired_at = at
    session.flush()
    _record(session, "training.retire", course, actor, at)


def restore(session: Session, *, course: Course, actor: Employee, at: datetime, policy: Policy) -> None:
    """Give it again.

    Raises:
        NotPermitted; CourseState: it is given.
    """
    staff.require(actor, PUBLISH, policy.rights)
    if course.retired_at is None:
        raise CourseState(retired=False)
    course.retired_at = None
    session.flush()
    _record(session, "training.restore", course, actor, at)


def _record(session: Session, action: str, course: Course, actor: Employee, at: datetime) -> None:
    details = {"course": course.code}
    audit.record(session, at=at, actor=actor.subject, action=action, details=details)


def delivered_digests(session: Session) -> Mapping[str, tuple[str, bool]]:
    """Code of a course → digest of the version that holds, and whether it is the organisation's own affair:
    they published it, or gave it up."""
    newest: dict[str, tuple[str, bool]] = {}
    for code, digest, delivered, retired_at in session.execute(
        select(Course.code, CourseVersion.digest, CourseVersion.delivered, Course.retired_at)
        .join(CourseVersion, CourseVersion.course_id == Course.id)
        .order_by(Course.code, CourseVersion.number)
    ):
        newest[code] = (digest, not delivered or retired_at is not None)
    return newest
