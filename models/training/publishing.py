"""Publishing: a draft becomes a version of its course, for good (S3-09)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, planning, staff
from models.base import insert_once
from models.policy import Policy, TrainingPolicy
from models.staff import Employee, Role
from models.training.content import CourseDraft, Problem, Wrong, problems
from models.training.errors import ContentRefused
from models.training.markdown import lesson_problems, pictures_in, tidy
from models.training.pictures import media_type, picture_problems
from models.training.tables import Course, CourseKind, CourseVersion, Lesson, LessonPicture, Question

PUBLISH = "training.publish"
"""The right to publish (config/rights.toml)."""
PUBLISHED = "training_published"
"""The kind of the due item by which those whom a new version concerns get it (jobs/lessons.py)."""
WORTH_SPREADING = timedelta(days=7)


@dataclass(frozen=True)
class Published:
    """What became of a draft."""

    version: CourseVersion
    is_new: bool
    """False: the same content had been published before."""
    before: CourseVersion | None
    """The version whose place it took."""


def check_draft(draft: CourseDraft, policy: TrainingPolicy) -> Sequence[Problem]:
    """Everything that is wrong with a draft, once the policy has filled in what it leaves open."""
    whole = filled(draft, policy)
    found = list(problems(whole))
    for lesson in whole.lessons:
        found += lesson_problems(lesson, draft.pictures)
    return [*found, *picture_problems(draft.pictures, policy)]


def everything_wrong(draft: CourseDraft, policy: Policy) -> Sequence[Problem]:
    """Like `check_draft`, and the roles and measures that there are not."""
    known = (
        ("roles", draft.roles, policy.rights.roles.keys() - {Role.CANDIDATE}),
        ("measures", draft.measures, policy.performance.measures.keys()),
    )
    strange = [
        Problem(draft.where, Wrong.UNKNOWN_VALUE, {"what": what, "said": one})
        for what, said, allowed in known
        for one in said
        if one not in allowed
    ]
    return [*check_draft(draft, policy.training), *strange]


def filled(draft: CourseDraft, policy: TrainingPolicy) -> CourseDraft:
    """The draft with every number said, and its texts tidy: what it leaves open is as the policy says."""
    usual = policy.regulation_draws if draft.kind is CourseKind.REGULATION else policy.draws
    draws = min(usual, len(draft.questions)) if draft.draws is None else draft.draws
    mark = policy.compliance_pass_mark if draft.compliance else policy.pass_mark
    gives = draft.compliance or draft.licence
    used = {name for lesson in draft.lessons for name in pictures_in(lesson.markdown)}
    return replace(
        draft,
        code=_line(draft.code),
        title=_line(draft.title),
        note=_line(draft.note),
        homework=_words(draft.homework),
        homework_criteria=_words(draft.homework_criteria),
        lessons=[replace(one, title=_line(one.title), markdown=tidy(one.markdown)) for one in draft.lessons],
        questions=[
            replace(
                one,
                code=_line(one.code),
                stem=tidy(one.stem).strip(),
                options=[_line(option) for option in one.options],
                explanation=tidy(one.explanation).strip(),
                source=_line(one.source),
                answer=sorted(set(one.answer)),
            )
            for one in draft.questions
        ],
        pictures={name: content for name, content in draft.pictures.items() if name in used},
        draws=draws,
        pass_mark=mark if draft.pass_mark is None else draft.pass_mark,
        minutes=max(1, draws * policy.minutes_a_question) if draft.minutes is None else draft.minutes,
        valid_days=policy.certificate_days if draft.valid_days is None and gives else draft.valid_days,
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _words(text: str | None) -> str | None:
    return tidy(text).strip() or None if text else None


def publish(
    session: Session,
    *,
    draft: CourseDraft,
    actor: Employee | None,
    at: datetime,
    policy: Policy,
    delivered: bool = False,
) -> Published:
    """Publish a draft as the next version of its course; `actor` is None for the command line.

    `delivered` says that it comes with the product: then it takes no place of what the organisation
    published itself, and does not come back where they gave it up. What people were given of the version
    before is dealt with by `supersede`, and a regulation is broadcast, a moment later (`PUBLISHED`).

    Raises:
        NotPermitted: the actor publishes nothing; ContentRefused: something is wrong with it.
    """
    if actor is not None:
        staff.require(actor, PUBLISH, policy.rights)
    wrong = everything_wrong(draft, policy)
    if wrong:
        raise ContentRefused(problems=wrong)
    draft = filled(draft, policy.training)
    insert_once(session, Course, {"code": draft.code, "kind": draft.kind})
    course = session.scalars(select(Course).where(Course.code == draft.code).with_for_update()).one()
    before = current_version(session, course.id)
    if delivered and before is not None and (not before.delivered or course.retired_at is not None):
        return Published(before, is_new=False, before=before)
    course.kind = draft.kind
    digest = digest_of(draft)
    if before is not None and before.digest == digest and course.retired_at is None:
        return Published(before, is_new=False, before=before)
    course.retired_at = None
    version = CourseVersion(
        course_id=course.id,
        number=1 if before is None else before.number + 1,
        digest=digest,
        published_at=at,
        published_by_id=None if actor is None else actor.id,
        delivered=delivered,
        **{name: getattr(draft, name) for name in _PLAIN},
        **{name: list(getattr(draft, name)) for name in _LISTS},
    )
    session.add(version)
    session.flush()
    _add_content(session, version, draft)
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if actor is None else actor.subject,
        action=PUBLISH,
        details={"course": course.code, "version": version.number},
    )
    if not delivered or before is not None:
        planning.plan_due(session, [(PUBLISHED, version.id, at, at + WORTH_SPREADING)])
    return Published(version, is_new=True, before=before)


_PLAIN = (
    "title",
    "family",
    "compliance",
    "licence",
    "months_from",
    "months_to",
    "draws",
    "pass_mark",
    "minutes",
    "valid_days",
    "homework",
    "homework_criteria",
    "note",
)
_LISTS = ("roles", "measures", "dimensions")


def _add_content(session: Session, version: CourseVersion, draft: CourseDraft) -> None:
    hashes: dict[str, str] = {}
    for name, content in draft.pictures.items():
        hashes[name] = hashlib.sha256(content).hexdigest()
        row = {"sha256": hashes[name], "media_type": media_type(content), "content": content}
        insert_once(session, LessonPicture, row)
    for place, lesson in enumerate(draft.lessons):
        used = {name: hashes[name] for name in pictures_in(lesson.markdown) if name in hashes}
        session.add(
            Lesson(
                version_id=version.id,
                place=place,
                title=lesson.title,
                markdown=lesson.markdown,
                pictures=used,
            )
        )
    for question in draft.questions:
        session.add(
            Question(
                version_id=version.id,
                code=question.code,
                kind=question.kind,
                stem=question.stem,
                options=list(question.options),
                answer=list(question.answer),
                explanation=question.explanation,
                source=question.source,
            )
        )
    session.flush()


def digest_of(draft: CourseDraft) -> str:
    """SHA-256 of the content of a draft; where it stood, and what is said about the change, do not count."""
    content: dict[str, Any] = asdict(draft)
    for part in (content, *content["lessons"], *content["questions"]):
        del part["where"]
    content["pictures"] = {
        name: hashlib.sha256(picture).hexdigest() for name, picture in sorted(draft.pictures.items())
    }
    del content["note"]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def current_version(session: Session, course_id: int) -> CourseVersion | None:
    """The version that holds now."""
    return session.scalars(
        select(CourseVersion)
        .where(CourseVersion.course_id == course_id)
        .order_by(CourseVersion.number.desc())
        .limit(1)
    ).first()


def current_versions(session: Session, *, kind: CourseKind | None = None) -> Mapping[int, CourseVersion]:
    """Course → the version that holds now, of the courses still given, in the order of their codes."""
    newest = (
        select(CourseVersion)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(Course.retired_at.is_(None))
        .order_by(Course.code, CourseVersion.number)
    )
    if kind is not None:
        newest = newest.where(Course.kind == kind)
    return {version.course_id: version for version in session.scalars(newest)}
