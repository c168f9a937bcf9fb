"""考试: started, answered question by question or on the page, and what it led to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.base import (
    Attachment,
    AttachmentKind,
    CloseCards,
    Context,
    Later,
    Notice,
    Page,
    Part,
    Reply,
    Router,
)
from handlers.course_words import asks_about_exams
from handlers.drawing import BLUE, DPI, INK, LARGE, MIDDLE, ORANGE, PALE, SOFT, WIDTH, Canvas
from handlers.meant import argument_of, keep_for_undo
from handlers.quizzing import fits_on_card, letters_of, places_in
from jobs.exams import lesson_card, tell_of_lesson, tell_taught
from models import training
from models.training import (
    LEARN,
    LETTERS,
    REVIEW,
    Answered,
    Asked,
    Certificate,
    CourseVersion,
    NoOpenExam,
    NoSuchCourse,
    NothingToLearn,
    Outcome,
    Sitting,
)

router = Router(texts="exams")

OFFERED = 6
"""So many exams are offered on one card."""


@dataclass(frozen=True)
class Chosen:
    """An answer: which question of the try, and the places of the chosen options as shown, from 0."""

    attempt: int
    place: int
    chosen: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class HandedIn:
    """The try to hand in."""

    attempt: int


# --- in the chat ------------------------------------------------------------------------------------------


@router.command("考试", "开始考试", "我要考试", "测验", may=LEARN, takes_args=True)
@router.tap("exams", may=LEARN)
def sit(ctx: Context) -> list[Part]:
    """考试，如「考试 夜间规则」"""
    running = training.open_try(ctx.session, ctx.employee, ctx.now)
    if ctx.args.strip():
        if asks_about_exams(ctx.args) and not training.courses_called(ctx.session, ctx.args.strip()):
            return [Reply("how_it_goes", values=ctx.policy.training)]
        return _about(ctx, ctx.args.strip())
    if running is not None:
        return _ask(ctx, _next(ctx, running.id), "")
    waiting = training.exams_to_sit(ctx.session, ctx.employee)
    if not waiting:
        return [Reply("none_waiting")]
    if len(waiting) == 1:
        return _invite(ctx, waiting[0][0].id)
    return [Reply("which", exams=waiting[:OFFERED], more=len(waiting) - OFFERED)]


def _about(ctx: Context, asked: str) -> list[Part]:
    """The exam of the course that these words mean."""
    found = training.courses_called(ctx.session, asked)
    if not found:
        raise NoSuchCourse(asked=asked)
    if len(found) > 1:
        return [Reply("several_courses", courses=found[:OFFERED], asked=asked)]
    mine = {version.course_id: one for one, version in training.exams_to_sit(ctx.session, ctx.employee)}
    known = mine.get(found[0].course_id)
    if known is not None:
        return _invite(ctx, known.id)
    done = training.done_by(ctx.session, ctx.employee, found[0], ctx.now)
    if done is not None:
        training.require_start(ctx.session, enrolment=done, version=found[0], at=ctx.now, policy=ctx.policy)
    return [Reply("own_course", version=found[0], tries=ctx.policy.training.tries)]


@router.tap("exam_about", may=LEARN)
def invite(ctx: Context) -> list[Part]:
    """看一门考试的时限和次数"""
    return _invite(ctx, _number(ctx.args))


def _invite(ctx: Context, enrolment_id: int) -> list[Part]:
    """What is to come before the time begins to run; an open try goes on at once."""
    sitting = training.sitting_of(
        ctx.session, actor=ctx.employee, enrolment_id=enrolment_id, at=ctx.now, policy=ctx.policy
    )
    if sitting.attempt is not None:
        return _begin(ctx, enrolment_id)
    training.require_start(
        ctx.session, enrolment=sitting.enrolment, version=sitting.version, at=ctx.now, policy=ctx.policy
    )
    return [Reply("invitation", s=sitting, tries=ctx.policy.training.tries)]


@router.tap("exam", may=LEARN)
def begin(ctx: Context) -> list[Part]:
    """开始考试"""
    return _begin(ctx, _number(ctx.args))


@router.tap("exam_course", may=LEARN)
def begin_course(ctx: Context) -> list[Part]:
    """开始考一门课现在的版本"""
    enrolment = training.take_up(
        ctx.session, actor=ctx.employee, course_id=_number(ctx.args), at=ctx.now, policy=ctx.policy
    )
    return _begin(ctx, enrolment.id)


def _begin(ctx: Context, enrolment_id: int) -> list[Part]:
    sitting = training.start(
        ctx.session, actor=ctx.employee, enrolment_id=enrolment_id, at=ctx.now, policy=ctx.policy
    )
    if sitting.attempt is None:
        assert sitting.outcome is not None
        return _result(ctx, sitting.outcome, "", late=True)
    return _ask(ctx, _next(ctx, sitting.attempt.id), "")


@router.tap("exam_answer", may=LEARN)
def answer(ctx: Context) -> list[Part]:
    """回答考试里的一题"""
    named, _, typed = ctx.args.partition(":")
    attempt_id, _, place = named.partition(".")
    shown = places_in(ctx, typed)
    number = _number(place)
    answered = training.answer(
        ctx.session,
        actor=ctx.employee,
        attempt_id=_number(attempt_id),
        place=number,
        shown=shown,
        at=ctx.now,
        policy=ctx.policy,
    )
    return _answered(ctx, answered, f"exam:{attempt_id}.{number}", letters_of(shown))


def _answered(ctx: Context, answered: Answered, about: str, letters: str) -> list[Part]:
    closing = CloseCards(about, "exams/pick_button", {"letters": letters})
    if answered.outcome is not None and (answered.is_new or answered.late):
        return [closing, *_result(ctx, answered.outcome, letters, late=answered.late)]
    if answered.outcome is not None:
        return [Reply("over_before", o=answered.outcome)]
    assert answered.next is not None
    if not answered.is_new:
        return [Reply("stands"), *_ask(ctx, answered.next, letters)]
    return [closing, *_ask(ctx, answered.next, letters)]


def _ask(ctx: Context, asked: Asked | None, letters: str) -> list[Part]:
    """The card of a question; before it the question in full, where a card would cut it."""
    if asked is None:
        raise NoOpenExam()
    whole = fits_on_card(asked.kind, asked.stem, asked.options)
    left = max(1, int((asked.ends_at - ctx.now).total_seconds() + 59) // 60)
    values: dict[str, Any] = {"q": asked, "marks": LETTERS, "minutes": left}
    card = Reply("pick", about=asked.about, whole=whole, letters=letters, **values)
    return [card] if whole else [Reply("question", **values), card]


def _next(ctx: Context, attempt_id: int) -> Asked | None:
    attempt = ctx.session.get_one(training.Attempt, attempt_id)
    return training.next_question(ctx.session, attempt)


def _result(ctx: Context, outcome: Outcome, letters: str, *, late: bool) -> list[Part]:
    """How it ended; a certificate of compliance follows as a picture, who leads hears of the last failure."""
    told: list[Part] = [
        Reply("result", o=outcome, letters=letters, late=late, data=_outcome_data(outcome)),
        *tell_of_lesson(ctx.session, outcome, ctx.now),
    ]
    if outcome.certificate is not None and outcome.version.compliance:
        told.append(Later("certificate", {"certificate": outcome.certificate.id}))
    return told


# --- certificates -----------------------------------------------------------------------------------------


@router.command("我的证书", "证书", may=LEARN)
@router.tap("my_certificates", may=LEARN)
@router.endpoint("GET", "/certificates", may=LEARN)
def my_certificates(ctx: Context) -> Reply:
    """看我的证书和到期的日子"""
    found = training.certificates_of(ctx.session, ctx.employee)
    data = [
        {
            "id": one.id,
            "title": None if version is None else version.title,
            "licence": one.licence,
            "score": one.score,
            "granted_at": one.granted_at,
            "expires_at": one.expires_at,
            "stands": one.expires_at > ctx.now,
        }
        for one, version in found
    ]
    return Reply("certificates", found=found, now=ctx.now, data={"certificates": data})


@router.command("证书图", "证书图片", may=LEARN, takes_args=True)
def show_certificate(ctx: Context) -> list[Part]:
    """要一张证书的图，如「证书图 夜间规则」"""
    asked = ctx.args.strip().strip("《》「」").lower()
    found = [
        (one, version)
        for one, version in training.certificates_of(ctx.session, ctx.employee)
        if version is not None and one.expires_at > ctx.now and asked in version.title.lower()
    ]
    if not found:
        return [Reply("no_certificate", asked=ctx.args.strip())]
    return [
        Reply("certificate_comes", title=found[0][1].title),
        Later("certificate", {"certificate": found[0][0].id}),
    ]


@router.later("certificate", may=LEARN)
def draw_certificate(ctx: Context) -> Reply | Attachment:
    """The certificate as a picture."""
    certificate = ctx.session.get(Certificate, ctx.arguments["certificate"])
    if certificate is None or certificate.employee_id != ctx.employee.id or certificate.version_id is None:
        return Reply("common/stale_key")
    version = ctx.session.get_one(CourseVersion, certificate.version_id)
    words = ctx.words("exams/certificate_words", person=ctx.employee, c=certificate, version=version)
    return Attachment(AttachmentKind.IMAGE, f"{words['file']}.png", certificate_picture(words))


def certificate_picture(words: Mapping[str, str]) -> bytes:
    """A certificate drawn from its words (exams/certificate_words)."""
    height, middle = 600, WIDTH / 2
    fits = min(LARGE, (WIDTH - 140) / len(words["course"]) * 72 / DPI)
    canvas = Canvas(height)
    canvas.box(0, 0, WIDTH, height, PALE)
    canvas.box(24, 24, WIDTH - 48, height - 48, "white")
    canvas.line([(48, 48), (WIDTH - 48, 48), (WIDTH - 48, height - 48), (48, height - 48), (48, 48)], BLUE)
    canvas.words((middle, 116), words["title"], size=LARGE * 1.3, color=BLUE, align="center")
    canvas.words((middle, 204), words["person"], size=LARGE, color=INK, align="center")
    canvas.words((middle, 272), words["passed"], size=MIDDLE, color=SOFT, align="center")
    canvas.words((middle, 336), words["course"], size=fits, color=INK, align="center")
    canvas.words((middle, 404), words["score"], size=MIDDLE, color=ORANGE, align="center")
    canvas.words((middle, 470), words["until"], size=MIDDLE, color=INK, align="center")
    canvas.words((middle, 524), words["number"], color=SOFT, align="center")
    return canvas.png()


# --- the live lesson --------------------------------------------------------------------------------------


@router.tap("exam_taught", may=REVIEW)
def taught_by_card(ctx: Context) -> list[Part]:
    """已当面讲过，可以再考"""
    return _taught(ctx, _number(ctx.args))


@router.endpoint("POST", "/exams/<int:id>/lesson", may=REVIEW)
def taught_by_api(ctx: Context) -> list[Part]:
    """登记已当面讲过，可以再考"""
    return _taught(ctx, ctx.path["id"])


def _taught(ctx: Context, enrolment_id: int) -> list[Part]:
    person, enrolment, version = training.taught(
        ctx.session, actor=ctx.employee, enrolment_id=enrolment_id, at=ctx.now, policy=ctx.policy
    )
    keep_for_undo(ctx, "exam_taught", enrolment=enrolment.id)
    return [
        CloseCards(lesson_card(enrolment.id), "exams/taught_button"),
        Reply("taught", person=person, version=version, data={"rounds": enrolment.rounds}),
        tell_taught(person, enrolment, version, ctx.employee, ctx.policy.training.tries),
    ]


@router.inverse("exam_taught", may=REVIEW)
def take_back_lesson(ctx: Context) -> list[Part]:
    """撤销「已当面讲过」"""
    person, enrolment, version = training.not_taught(
        ctx.session,
        actor=ctx.employee,
        enrolment_id=argument_of(ctx, "enrolment"),
        at=ctx.now,
        policy=ctx.policy,
    )
    return [
        Reply("not_taught", person=person, version=version),
        Notice(person, "exams/not_taught_notice", {"version": version, "leader": ctx.employee}),
        *tell_of_lesson(ctx.session, None, ctx.now, enrolment=enrolment),
    ]


# --- on the page and by the API ---------------------------------------------------------------------------


@router.page("/exams/<int:id>", "exam.html", may=LEARN)
def exam_page(ctx: Context) -> Page:
    """一次考试，在网页上答"""
    sitting = training.sitting_of(
        ctx.session, actor=ctx.employee, enrolment_id=ctx.path["id"], at=ctx.now, policy=ctx.policy
    )
    return Page(s=sitting, now=ctx.now, person=ctx.employee)


@router.endpoint("GET", "/exams", may=LEARN)
def list_exams(ctx: Context) -> Reply:
    """还要考哪些"""
    waiting = training.exams_to_sit(ctx.session, ctx.employee)
    data = [
        {
            "enrolment": one.id,
            "title": version.title,
            "questions": version.draws,
            "minutes": version.minutes,
            "pass_mark": version.pass_mark,
            "due_at": one.due_at,
        }
        for one, version in waiting
    ]
    if not waiting:
        return Reply("none_waiting", data={"exams": data})
    return Reply("which", exams=waiting, more=0, data={"exams": data})


@router.endpoint("GET", "/exams/<int:id>", may=LEARN)
def get_exam(ctx: Context) -> Reply:
    """一次考试到哪里了"""
    sitting = training.sitting_of(
        ctx.session, actor=ctx.employee, enrolment_id=ctx.path["id"], at=ctx.now, policy=ctx.policy
    )
    return _stands(ctx, sitting)


@router.endpoint("POST", "/exams/<int:id>/start", may=LEARN)
def post_start(ctx: Context) -> list[Part]:
    """开始或接着考"""
    sitting = training.start(
        ctx.session, actor=ctx.employee, enrolment_id=ctx.path["id"], at=ctx.now, policy=ctx.policy
    )
    told = [] if sitting.outcome is None else tell_of_lesson(ctx.session, sitting.outcome, ctx.now)
    return [_stands(ctx, sitting), *told]


@router.endpoint("POST", "/exams/answers", may=LEARN, body=Chosen)
def post_answer(ctx: Context) -> list[Part]:
    """答一题，重复送到也只算第一次"""
    body: Chosen = ctx.body
    answered = training.answer(
        ctx.session,
        actor=ctx.employee,
        attempt_id=body.attempt,
        place=body.place,
        shown=body.chosen,
        at=ctx.now,
        policy=ctx.policy,
    )
    about = f"exam:{body.attempt}.{body.place}"
    closing = CloseCards(about, "exams/pick_button", {"letters": letters_of(body.chosen)})
    if answered.outcome is None:
        attempt = ctx.session.get_one(training.Attempt, body.attempt)
        data = {"new": answered.is_new, "questions": _questions(ctx, attempt), "outcome": None}
        return [Reply("kept", data=data), *([closing] if answered.is_new else [])]
    ended = answered.is_new or answered.late
    return [
        *([closing] if answered.is_new else []),
        *_ended(ctx, answered.outcome, answered.is_new, told=ended),
    ]


@router.endpoint("POST", "/exams/submit", may=LEARN, body=HandedIn)
def post_submit(ctx: Context) -> list[Part]:
    """交卷，重复送到也只算一次"""
    attempt = ctx.session.get(training.Attempt, ctx.body.attempt)
    was_open = attempt is not None and attempt.submitted_at is None
    outcome = training.submit(
        ctx.session, actor=ctx.employee, attempt_id=ctx.body.attempt, at=ctx.now, policy=ctx.policy
    )
    return _ended(ctx, outcome, was_open, told=was_open)


def _ended(ctx: Context, outcome: Outcome, is_new: bool, *, told: bool) -> list[Part]:
    """The result for a page; what follows from it is told once."""
    data = {"new": is_new, "questions": [], "outcome": _outcome_data(outcome)}
    reply = Reply("result", o=outcome, letters="", late=outcome.timed_out, data=data)
    return [reply, *_result(ctx, outcome, "", late=False)[1:]] if told else [reply]


def _stands(ctx: Context, sitting: Sitting) -> Reply:
    attempt, outcome = sitting.attempt, sitting.outcome
    data = {
        "enrolment": sitting.enrolment.id,
        "title": sitting.version.title,
        "now": ctx.now,
        "minutes": sitting.version.minutes,
        "pass_mark": sitting.version.pass_mark,
        "tries_left": sitting.tries.left,
        "next_at": sitting.tries.next_at,
        "attempt": None
        if attempt is None
        else {
            "id": attempt.id,
            "number": attempt.number,
            "ends_at": attempt.ends_at,
            "questions": _questions(ctx, attempt),
        },
        "outcome": None if outcome is None else _outcome_data(outcome),
    }
    return Reply("sitting", s=sitting, data=data)


def _questions(ctx: Context, attempt: training.Attempt) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "place": one.place,
            "kind": one.kind,
            "stem": one.stem,
            "options": list(one.options),
            "answered": None if one.answered is None else list(one.answered),
        }
        for one in training.asked_in(ctx.session, attempt)
    ]


def _outcome_data(outcome: Outcome) -> Mapping[str, Any]:
    """A result in the JSON API."""
    return {
        "attempt": outcome.attempt.id,
        "score": outcome.attempt.score,
        "passed": outcome.attempt.passed,
        "right": outcome.right,
        "total": outcome.total,
        "pass_mark": outcome.version.pass_mark,
        "timed_out": outcome.timed_out,
        "tries_left": outcome.tries.left,
        "next_at": outcome.tries.next_at,
        "needs_lesson": outcome.needs_lesson,
        "waits_for_homework": outcome.waits_for_homework,
        "certificate_until": None if outcome.certificate is None else outcome.certificate.expires_at,
        "mistakes": [
            {
                "stem": one.stem,
                "chosen": list(one.chosen),
                "right": list(one.right),
                "explanation": one.explanation,
                "source": one.source,
            }
            for one in outcome.mistakes
        ],
    }


def _number(said: str) -> int:
    """The number in the key of a button.

    Raises:
        NothingToLearn: there is none.
    """
    if not said.isdecimal() or len(said) > 9:
        raise NothingToLearn()
    return int(said)
