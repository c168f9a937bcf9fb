"""发新规, 发课程, 停用课程 and 课程版本: content within the day, and every version of it kept (S3-09)."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from handlers.base import Context, Part, Reply, Router, to_confirm
from handlers.course_words import FAMILIES, RIGHT, WRONG, looks_asked, plain, read_answer, read_course
from handlers.meant import argument_of, employee_roles, keep_for_undo
from handlers.parsing import nearest
from models import proposals, training
from models.training import (
    ContentRefused,
    Course,
    CourseDraft,
    CourseKind,
    CourseVersion,
    Family,
    LessonDraft,
    Problem,
    QuestionDraft,
    QuestionKind,
    Where,
    Wrong,
)
from models.training.errors import NoSuchCourse

router = Router(texts="course_publishing")

PUBLISH = training.PUBLISH
JUDGED = (RIGHT, WRONG)
COMPARED = (
    *("title", "family", "compliance", "licence", "roles", "measures", "dimensions", "months_from"),
    *("months_to", "draws", "pass_mark", "minutes", "valid_days", "homework", "homework_criteria"),
)


@dataclass(frozen=True)
class NewLesson:
    """A lesson of a request."""

    title: str
    markdown: str


@dataclass(frozen=True)
class NewQuestion:
    """A question of a request; the answer as people write it: "B", "AC", "对"."""

    code: str
    kind: QuestionKind
    stem: str
    answer: str
    explanation: str
    source: str
    options: Sequence[str] = ()


@dataclass(frozen=True)
class NewCourse:
    """A course of a request; pictures by name, in base64."""

    code: str
    title: str
    family: Family
    lessons: Sequence[NewLesson]
    questions: Sequence[NewQuestion] = ()
    kind: CourseKind = CourseKind.COURSE
    compliance: bool = False
    licence: bool = False
    roles: Sequence[str] = ()
    measures: Sequence[str] = ()
    dimensions: Sequence[str] = ()
    months_from: int = 0
    months_to: int | None = None
    draws: int | None = None
    pass_mark: int | None = None
    minutes: int | None = None
    valid_days: int | None = None
    homework: str | None = None
    homework_criteria: str | None = None
    note: str = ""
    pictures: Mapping[str, str] = field(default_factory=dict)


# --- publishing ------------------------------------------------------------------------------------------


@router.command(
    "发新规",
    "发布新规",
    "发规定",
    "新规发布",
    "发个新规",
    "发一个新规",
    "发条新规",
    may=PUBLISH,
    takes_args=True,
)
def regulation(ctx: Context) -> Reply:
    """发布新规，标题、正文和题写在一条消息里"""
    return _from_message(ctx, CourseKind.REGULATION)


@router.command("发课程", "发布课程", "发课", may=PUBLISH, takes_args=True)
def course(ctx: Context) -> Reply:
    """发布一门课，标题、正文和题写在一条消息里"""
    return _from_message(ctx, CourseKind.COURSE)


def _from_message(ctx: Context, kind: CourseKind) -> Reply:
    assert ctx.message is not None
    first, text = _after_word(ctx.message.text)
    if not text.strip():
        return Reply("how_to_publish", regulation=kind is CourseKind.REGULATION)
    roles = {name: str(role) for name, role in employee_roles(ctx).items()}
    draft, unread = read_course(text, kind=kind, roles=roles, first=first)
    known = training.known_course(ctx.session, draft.code)
    before = None if known is None else training.current_version(ctx.session, known.id)
    if before is not None:
        draft = replace(draft, questions=_recoded(ctx, draft.questions, before))
    wrong = [*unread, *training.everything_wrong(draft, ctx.policy)]
    if wrong:
        raise ContentRefused(problems=sorted(wrong, key=lambda one: one.where.row))
    draft = training.filled(draft, ctx.policy.training)
    given_up = known is not None and known.retired_at is not None
    if before is not None and not given_up and before.digest == training.digest_of(draft):
        return Reply("same_as_before", before=before)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="publish_course",
        arguments={"draft": _kept(draft)},
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    named = {role: name for name, role in roles.items()}
    return Reply(
        "preview",
        proposal=proposal,
        draft=draft,
        version_title=draft.title,
        before=before,
        retired=given_up,
        family=FAMILIES[draft.family][0],
        roles=[named.get(role, role) for role in draft.roles],
        letters=sum(len(one.markdown) for one in draft.lessons),
        unread=looks_asked(draft),
        data=to_confirm(proposal),
    )


def _after_word(text: str) -> tuple[int, str]:
    """(the line on which what follows the command begins, that with its lines as they are)."""
    found = re.match(r"\W*(\w+)[\s:：,，]?", text)
    if found is None:
        return 1, text
    return text.count("\n", 0, found.end()) + 1, text[found.end() :]


def _recoded(
    ctx: Context, questions: Sequence[QuestionDraft], before: CourseVersion
) -> Sequence[QuestionDraft]:
    """A question that stays the same keeps its code, a new one takes one that nobody had."""
    known = {one.stem: one.code for one in training.questions_of(ctx.session, before.id)}
    taken = set(known.values())
    found = []
    number = 1
    for question in questions:
        code = known.get(question.stem.strip())
        while code is None or (code not in known.values() and code in taken):
            code, number = f"q{number}", number + 1
            if code not in taken:
                break
            code = None
        taken.add(code)
        found.append(replace(question, code=code))
    return found


def _kept(draft: CourseDraft) -> dict[str, Any]:
    """A draft as a proposal keeps it: as the API would be sent it."""
    kept = asdict(draft)
    kept.pop("where")
    kept.pop("pictures")
    for one in (*kept["lessons"], *kept["questions"]):
        one.pop("where")
    return kept


def _draft(kept: Mapping[str, Any]) -> CourseDraft:
    where = Where("message")
    values = {
        **kept,
        "family": Family(kept["family"]),
        "kind": CourseKind(kept["kind"]),
        "lessons": [LessonDraft(where=where, **one) for one in kept["lessons"]],
        "questions": [
            QuestionDraft(where=where, **{**one, "kind": QuestionKind(one["kind"])})
            for one in kept["questions"]
        ],
    }
    return CourseDraft(where=where, **values)


@router.confirmation("publish_course", may=PUBLISH)
def publish(ctx: Context) -> list[Part]:
    """确认发布"""
    assert ctx.proposal is not None
    return _publish(ctx, _draft(ctx.proposal.arguments["draft"]))


@router.endpoint("POST", "/courses", may=PUBLISH, body=NewCourse, success=201)
def publish_by_api(ctx: Context) -> list[Part]:
    """发布一门课"""
    draft, wrong = _from_request(ctx.body)
    wrong = [*wrong, *training.everything_wrong(draft, ctx.policy)]
    if wrong:
        raise ContentRefused(problems=wrong)
    return _publish(ctx, draft)


def _publish(ctx: Context, draft: CourseDraft) -> list[Part]:
    done = training.publish(ctx.session, draft=draft, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    version = done.version
    data = {"course": draft.code, "version": version.number, "id": version.id, "is_new": done.is_new}
    regulation = draft.kind is CourseKind.REGULATION
    return [Reply("published", version=version, is_new=done.is_new, regulation=regulation, data=data)]


def _from_request(body: NewCourse) -> tuple[CourseDraft, Sequence[Problem]]:
    wrong: list[Problem] = []
    questions = []
    for row, one in enumerate(body.questions, start=1):
        where = Where("questions", row)
        options = one.options or (JUDGED if one.kind is QuestionKind.JUDGE else ())
        answer = read_answer(one.answer, options) if one.answer.strip() else []
        if answer is None:
            wrong.append(Problem(where, Wrong.UNKNOWN_VALUE, {"what": "answer", "said": one.answer[:40]}))
            continue
        questions.append(
            QuestionDraft(one.code, one.kind, one.stem, options, answer, one.explanation, one.source, where)
        )
    pictures = {}
    for name, content in body.pictures.items():
        try:
            pictures[name] = base64.b64decode(content, validate=True)
        except binascii.Error:
            wrong.append(Problem(Where(name), Wrong.UNREADABLE, {"what": "picture"}))
    lessons = [
        LessonDraft(one.title, one.markdown, Where(f"lessons {row}", 1))
        for row, one in enumerate(body.lessons, start=1)
    ]
    plain_values = {
        name: getattr(body, name)
        for name in NewCourse.__dataclass_fields__
        if name not in ("lessons", "questions", "pictures")
    }
    draft = CourseDraft(
        where=Where("course"), lessons=lessons, questions=questions, pictures=pictures, **plain_values
    )
    return draft, wrong


# --- giving up, and what there was -----------------------------------------------------------------------


@router.command("停用课程", "下架课程", "停课", may=PUBLISH, takes_args=True)
def propose_retirement(ctx: Context) -> Reply:
    """停用一门课，如「停用课程 夜间联系」"""
    return _propose_retirement(ctx, ctx.args)


@router.endpoint("POST", "/courses/<code>/retirement", may=PUBLISH)
def propose_retirement_by_api(ctx: Context) -> Reply:
    """停用一门课：先预览，再确认"""
    return _propose_retirement(ctx, ctx.path["code"])


def _propose_retirement(ctx: Context, said: str) -> Reply:
    found, version = _called(ctx, said)
    if found.retired_at is not None:
        raise training.CourseState(retired=True)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="retire_course",
        arguments={"course": found.id},
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return Reply(
        "confirm_retirement", course=found, version=version, proposal=proposal, data=to_confirm(proposal)
    )


@router.confirmation("retire_course", may=PUBLISH)
def retire(ctx: Context) -> Reply:
    """确认停用"""
    assert ctx.proposal is not None
    found = training.course_of(ctx.session, ctx.proposal.arguments["course"])
    training.retire(ctx.session, course=found, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    keep_for_undo(ctx, "retire_course", course=found.id)
    return Reply("retired", version=training.current_version(ctx.session, found.id))


@router.inverse("retire_course", may=PUBLISH)
def restore(ctx: Context) -> Reply:
    """撤销停用"""
    found = training.course_of(ctx.session, argument_of(ctx, "course"))
    training.restore(ctx.session, course=found, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    return Reply("restored", version=training.current_version(ctx.session, found.id))


@router.command("课程版本", "版本记录", may=PUBLISH, takes_args=True)
def versions(ctx: Context) -> Reply:
    """看一门课的各个版本，如「课程版本 夜间联系」"""
    found, _ = _called(ctx, ctx.args)
    return _versions(ctx, found)


@router.endpoint("GET", "/courses/<code>/versions", may=PUBLISH)
def versions_by_api(ctx: Context) -> Reply:
    """一门课的各个版本"""
    found, _ = _called(ctx, ctx.path["code"])
    return _versions(ctx, found)


def _versions(ctx: Context, found: Course) -> Reply:
    all_of = training.versions_of(ctx.session, found)
    names = ctx.words("course_publishing/changes")
    changed = [
        _changes(ctx, newer, older)
        for (newer, _), (older, _) in zip(all_of, [*all_of[1:], (None, None)], strict=True)
    ]
    data = {
        "versions": [
            {
                "number": version.number,
                "title": version.title,
                "published_at": version.published_at,
                "published_by": None if person is None else person.wecom_id,
                "delivered": version.delivered,
                "note": version.note,
                "changes": changes,
            }
            for (version, person), changes in zip(all_of, changed, strict=True)
        ]
    }
    return Reply(
        "versions",
        course=found,
        versions=all_of,
        changes=[list(dict.fromkeys(names[one] for one in changes)) for changes in changed],
        data=data,
    )


def _changes(ctx: Context, newer: CourseVersion, older: CourseVersion | None) -> Sequence[str]:
    """The names of what a version changed."""
    if older is None:
        return []
    changed = [name for name in COMPARED if getattr(newer, name) != getattr(older, name)]
    lessons = [
        [(one.title, one.markdown) for one in training.lessons_of(ctx.session, version.id)]
        for version in (newer, older)
    ]
    pictures = [
        [one.pictures for one in training.lessons_of(ctx.session, version.id)] for version in (newer, older)
    ]
    questions = [
        [
            (one.code, one.kind, one.stem, one.options, one.answer, one.explanation, one.source)
            for one in training.questions_of(ctx.session, version.id)
        ]
        for version in (newer, older)
    ]
    for name, (new, old) in (("lessons", lessons), ("questions", questions), ("pictures", pictures)):
        if new != old:
            changed.append(name)
    return changed


def _called(ctx: Context, said: str) -> tuple[Course, CourseVersion]:
    """The course of this code or title, given up or not.

    Raises:
        NoSuchCourse: none or several could be meant.
    """
    wanted = plain(said).replace(" ", "")
    found = training.all_courses(ctx.session)
    titles = {one.id: plain(version.title).replace(" ", "") for one, version in found}
    for fits in (
        [pair for pair in found if wanted in (plain(pair[0].code), titles[pair[0].id])],
        [pair for pair in found if wanted and wanted in titles[pair[0].id]],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise NoSuchCourse(asked=said, near=[version.title for _, version in fits[:6]])
    near = nearest(wanted, titles.values())
    raise NoSuchCourse(asked=said, near=[version.title for one, version in found if titles[one.id] in near])
