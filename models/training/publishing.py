"""Publishing: a draft becomes a version of its course, for good (S3-09)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, staff
from models.base import insert_once
from models.policy import Policy, TrainingPolicy
from models.staff import Employee
from models.training.content import CourseDraft, Problem, problems
from models.training.errors import ContentRefused
from models.training.tables import Course, CourseKind, CourseVersion, Lesson, LessonPicture, Question

PUBLISH = "training.publish"
"""The right to publish (config/rights.toml)."""


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
    return list(problems(filled(draft, policy)))


def filled(draft: CourseDraft, policy: TrainingPolicy) -> CourseDraft:
    """The draft with every number said: what it leaves open is as the policy says."""
    usual = policy.regulation_draws if draft.kind is CourseKind.REGULATION else policy.draws
    draws = min(usual, len(draft.questions)) if draft.draws is None else draft.draws
    mark = policy.compliance_pass_mark if draft.compliance else policy.pass_mark
    gives = draft.compliance or draft.licence
    return replace(
        draft,
        draws=draws,
        pass_mark=mark if draft.pass_mark is None else draft.pass_mark,
        minutes=max(1, draws * policy.minutes_a_question) if draft.minutes is None else draft.minutes,
        valid_days=policy.certificate_days if draft.valid_days is None and gives else draft.valid_days,
    )


def publish(
    session: Session,
    *,
    draft: CourseDraft,
    actor: Employee | None,
    at: datetime,
    policy: Policy,
) -> Published:
    """Publish a draft as the next version of its course; `actor` is None for the command line.

    What people were given of the version before is dealt with by `supersede`.

    Raises:
        NotPermitted: the actor publishes nothing; ContentRefused: something is wrong with it.
    """
    if actor is not None:
        staff.require(actor, PUBLISH, policy.rights)
    draft = filled(draft, policy.training)
    wrong = list(problems(draft))
    if wrong:
        raise ContentRefused(problems=wrong)
    insert_once(session, Course, {"code": draft.code, "kind": draft.kind})
    course = session.scalars(select(Course).where(Course.code == draft.code).with_for_update()).one()
    course.kind = draft.kind
    before = current_version(session, course.id)
    digest = _digest(draft)
    if before is not None and before.digest == digest and course.retired_at is None:
        return Published(before, is_new=False, before=before)
    course.retired_at = None
    version = CourseVersion(
        course_id=course.id,
        number=1 if before is None else before.number + 1,
        digest=digest,
        published_at=at,
        published_by_id=None if actor is None else actor.id,
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
        used = {name: one for name, one in hashes.items() if f"({name})" in lesson.markdown}
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


_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


def media_type(content: bytes) -> str:
    """The type of a picture by its first bytes; empty if it is none that a lesson may have."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if content.startswith(start)), "")


def _digest(draft: CourseDraft) -> str:
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


def current_versions(session: Session) -> Mapping[int, CourseVersion]:
    """Course → the version that holds now, of the courses still given, in the order of their codes."""
    newest = (
        select(CourseVersion)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(Course.retired_at.is_(None))
        .order_by(Course.code, CourseVersion.number)
    )
    return {version.course_id: version for version in session.scalars(newest)}
