"""交作业: handed in as words and pictures, looked at by whoever leads, accepted or returned (S3-29)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import (
    Attachment,
    AttachmentKind,
    CloseCards,
    Context,
    Handler,
    Notice,
    Part,
    Reply,
    Router,
)
from handlers.casewords import take_case
from handlers.meant import argument_of, ask_for_words, keep_for_undo, words_asked_for
from handlers.parsing import Misunderstood
from jobs.exams import tell_reviewers
from models import files, proposals, training
from models.proposals import ProposalState
from models.training import LEARN, REVIEW, HomeworkView, NoHomework, NoSuchCourse

router = Router(texts="homework")

CARDS = 3
"""So much homework is shown at once, each on its card."""
OFFERED = 6
SHOWN = ("image/png", "image/jpeg")
"""What arrives as a picture; everything else is a file."""

router.saying("hand_in_homework", "交作业", "{cases} {words}", "交作业 {cases} {words}")
router.saying("return_homework", "退回作业", "{cases} {words}", "退回作业 {cases} {words}")


@dataclass(frozen=True)
class HandedIn:
    """Homework by the API; pictures are sent in the chat."""

    words: str


@dataclass(frozen=True)
class Verdict:
    """Whether it is accepted; if not, what is missing."""

    accepts: bool
    remark: str = ""


# --- handed in --------------------------------------------------------------------------------------------


@router.command("交作业", "我的作业", "作业", may=LEARN, takes_args=True)
def hand_in(ctx: Context) -> list[Part]:
    """交课程的作业，如「交作业 夜间规则」"""
    number, rest = take_case(ctx.args)
    if number in {one.id for one in training.open_enrolments(ctx.session, ctx.employee)}:
        return _hand_in(ctx, number, _as_written(ctx, rest)) if rest else _ask(ctx, number)
    to_do = training.homework_to_do(ctx.session, ctx.employee)
    asked = ctx.args.strip()
    if asked:
        said = asked.strip("《》「」").lower()
        found = [one for one in to_do if said in one[1].title.lower()]
        if not found:
            return [_why_none(ctx, asked)]
        to_do = [one for one in found if one[1].title.lower() == said] or found
    if not to_do:
        return [Reply("nothing_to_hand_in")]
    if len(to_do) == 1:
        return _ask(ctx, to_do[0][0].id)
    return [Reply("which", to_do=to_do[:OFFERED])]


def _why_none(ctx: Context, asked: str) -> Reply:
    """Why nothing of this name is to be handed in; the refusal says more where something was handed in."""
    for version in training.courses_called(ctx.session, asked):
        for enrolment in training.open_enrolments(ctx.session, ctx.employee):
            if enrolment.version_id == version.id:
                training.may_hand_in(
                    ctx.session, actor=ctx.employee, enrolment_id=enrolment.id, policy=ctx.policy
                )
        if not version.homework:
            raise NoHomework(title=version.title)
        return Reply("not_learning", version=version)
    raise NoSuchCourse(asked=asked)


@router.tap("homework_hand_in", may=LEARN)
def ask_by_card(ctx: Context) -> list[Part]:
    """交一门课的作业"""
    return _ask(ctx, _number(ctx.args))


def _ask(ctx: Context, enrolment_id: int) -> list[Part]:
    """What is to be done, and that the next words are it."""
    _, version = training.may_hand_in(
        ctx.session, actor=ctx.employee, enrolment_id=enrolment_id, policy=ctx.policy
    )
    minutes = ctx.policy.training.homework_minutes
    proposal = ask_for_words(ctx, "hand_in_homework", number=enrolment_id, minutes=minutes)
    asked = Reply("asked", version=version, enrolment_id=enrolment_id, minutes=minutes, proposal=proposal)
    return [Reply("task", version=version), asked]


@router.tap("homework_pictures", may=LEARN)
def hand_in_pictures(ctx: Context) -> list[Part]:
    """只交图片"""
    return _hand_in(ctx, _number(ctx.args), "")


@router.endpoint("POST", "/enrolments/<int:id>/homework", may=LEARN, body=HandedIn, success=201)
def post_homework(ctx: Context) -> list[Part]:
    """交作业的文字"""
    return _hand_in(ctx, ctx.path["id"], ctx.body.words, pictures=False)


def _hand_in(ctx: Context, enrolment_id: int, words: str, *, pictures: bool = True) -> list[Part]:
    asked = words_asked_for(ctx, "hand_in_homework", ctx.policy.training.homework_minutes)
    since = asked.created_at if asked is not None and pictures else None
    view = training.hand_in(
        ctx.session,
        actor=ctx.employee,
        enrolment_id=enrolment_id,
        words=words,
        pictures_since=since,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    if asked is not None and asked.state == ProposalState.OPEN:
        proposals.cancel(ctx.session, actor=ctx.employee, id_=asked.id)
    names = [one.name for one in training.reviewers_of(ctx.session, view.person, ctx.now)]
    reply = Reply("handed_in", v=view, names=names, data=_as_data(view))
    return [reply, *tell_reviewers(ctx.session, view, ctx.now)]


# --- looked at --------------------------------------------------------------------------------------------


@router.command("批作业", "待批作业", may=REVIEW)
@router.endpoint("GET", "/homework/waiting", may=REVIEW)
def waiting(ctx: Context) -> list[Part]:
    """看谁的作业在等我批"""
    found = training.homework_waiting(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    data = {"homework": [_as_data(one) for one in found]}
    if not found:
        return [Reply("none_waiting", data=data)]
    told: list[Part] = [Reply("card", about=one.about, v=one, why="", data=data) for one in found[:CARDS]]
    return [*told, Reply("more_waiting", more=len(found) - CARDS)] if len(found) > CARDS else told


@router.tap("homework_look", may=REVIEW)
def look(ctx: Context) -> list[Part]:
    """看一份作业的全文和图片"""
    view = training.homework_within(
        ctx.session, actor=ctx.employee, homework_id=_number(ctx.args), at=ctx.now, policy=ctx.policy
    )
    told: list[Part] = [Reply("in_full", v=view)]
    for file in training.pictures_of(ctx.session, view):
        opened = files.open_about(ctx.session, actor=ctx.employee, file=file, at=ctx.now)
        kind = AttachmentKind.IMAGE if opened.file.media_type in SHOWN else AttachmentKind.FILE
        told.append(Attachment(kind, opened.name, opened.content))
    return told


@router.tap("homework_yes", may=REVIEW)
def accept(ctx: Context) -> list[Part]:
    """作业通过"""
    return _decide(ctx, _number(ctx.args), "", accepts=True)


@router.command("通过作业", may=REVIEW, takes_args=True)
def accept_by_word(ctx: Context) -> list[Part]:
    """通过一份作业，如「通过作业 3」"""
    number, words = _taken(ctx, accept_by_word)
    return _decide(ctx, number, words, accepts=True)


@router.command("退回作业", may=REVIEW, takes_args=True)
@router.tap("homework_no", may=REVIEW)
def refuse(ctx: Context) -> list[Part]:
    """退回一份作业，如「退回作业 3 少一步」"""
    number, words = _taken(ctx, refuse)
    if words:
        return _decide(ctx, number, _as_written(ctx, words), accepts=False)
    view = training.homework_within(
        ctx.session, actor=ctx.employee, homework_id=number, at=ctx.now, policy=ctx.policy
    )
    if view.homework.state != training.HomeworkState.WAITING:
        raise training.HomeworkSettled(state=view.homework.state)
    return [Reply("why_not", v=view, proposal=ask_for_words(ctx, "return_homework", number=number))]


@router.endpoint("POST", "/homework/<int:id>/decision", may=REVIEW, body=Verdict)
def post_decision(ctx: Context) -> list[Part]:
    """批一份作业；退回要写原因"""
    return _decide(ctx, ctx.path["id"], ctx.body.remark, accepts=ctx.body.accepts)


def _decide(ctx: Context, number: int, remark: str, *, accepts: bool) -> list[Part]:
    view = training.decide_homework(
        ctx.session,
        actor=ctx.employee,
        homework_id=number,
        accepts=accepts,
        remark=remark,
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "homework_decided", homework=number)
    return [
        CloseCards(view.about, "homework/decided_button"),
        Reply("decided", v=view, data=_as_data(view)),
        Notice(view.person, "homework/decided_notice", {"v": view}),
    ]


@router.inverse("homework_decided", may=REVIEW)
def take_back(ctx: Context) -> list[Part]:
    """撤销刚批的作业"""
    view = training.reopen_homework(
        ctx.session,
        actor=ctx.employee,
        homework_id=argument_of(ctx, "homework"),
        at=ctx.now,
        policy=ctx.policy,
    )
    return [
        Reply("reopened", v=view),
        Reply("card", about=view.about, v=view, why=""),
        Notice(view.person, "homework/reopened_notice", {"v": view}),
    ]


def _taken(ctx: Context, handler: Handler) -> tuple[int, str]:
    number, rest = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=(handler.__doc__ or "").strip())
    return number, rest


def _as_written(ctx: Context, words: str) -> str:
    """The words with their own marks and lines, where the whole message is them: the answer to a question."""
    said = "" if ctx.message is None else ctx.message.text.strip()
    return said if said and ctx.slots.words else words


def _number(said: str) -> int:
    """The number in the key of a button.

    Raises:
        NoSuchHomework: there is none.
    """
    if not said.isdecimal() or len(said) > 9:
        raise training.NoSuchHomework()
    return int(said)


def _as_data(view: HomeworkView) -> Mapping[str, Any]:
    """Homework in the JSON API."""
    return {
        "id": view.homework.id,
        "enrolment": view.enrolment.id,
        "course": view.version.title,
        "person": view.person.wecom_id,
        "words": view.words,
        "pictures": len(view.homework.file_ids),
        "state": view.homework.state,
        "remark": view.remark,
        "handed_in_at": view.homework.handed_in_at,
    }
