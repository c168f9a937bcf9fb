"""问人事 and 答复: a candidate's question reaches the HR of the unit, and the answer comes back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base import Audience, Context, Part, Reply, Router
from handlers.parsing import Misunderstood
from jobs.chances import tell_hr_of_enquiry, tell_of_enquiry_answer
from jobs.telling import of_candidates
from models import enquiries, recruiting
from models.candidates import Application

router = Router(texts="enquiries")

_NUMBERED = re.compile(r"#?(?P<number>\d{1,9})\s*[:：，,]?\s*(?P<words>.*)", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What HR answers."""

    words: str


# --- candidates ----------------------------------------------------------------------------------------


@router.command("问人事", "联系人事", "找人事", "人工", audience=Audience.CANDIDATE, takes_args=True)
def ask_by_word(ctx: Context) -> Part | Sequence[Part]:
    """问招聘的人事，如「问人事 复试什么时候」"""
    return _ask(ctx, ctx.args, None) if ctx.args else _what(ctx, None)


@router.tap("ask_hr", audience=Audience.CANDIDATE)
def ask_by_tap(ctx: Context) -> Reply:
    """点问人事，接着打字"""
    return _what(ctx, int(ctx.args) if ctx.args.isdecimal() else None)


def _what(ctx: Context, application_id: int | None) -> Reply:
    application = enquiries.application_to_ask_about(
        ctx.session, person=ctx.candidate, application_id=application_id
    )
    if application is None:
        return Reply("nobody_to_ask")
    key = f"enquiry_words:{application.id}"
    enquiries.await_words(ctx.session, candidate=ctx.candidate, key=key, at=ctx.now)
    unit = recruiting.unit_of(ctx.session, application)
    return Reply("what", application=application, unit=unit)


@router.tap("enquiry_words", audience=Audience.CANDIDATE)
def take_words(ctx: Context) -> Part | Sequence[Part]:
    """收下要问人事的话"""
    assert ctx.message is not None
    return _ask(ctx, ctx.message.text, int(ctx.args) if ctx.args.isdecimal() else None)


@router.tap("enquiry_drop", audience=Audience.CANDIDATE)
def drop(ctx: Context) -> Reply:
    """不问了"""
    enquiries.go_on(ctx.session, candidate=ctx.candidate, at=ctx.now)
    return Reply("dropped")


def _ask(ctx: Context, words: str, application_id: int | None) -> Part | Sequence[Part]:
    if enquiries.application_to_ask_about(ctx.session, person=ctx.candidate) is None:
        return Reply("nobody_to_ask")
    enquiry = enquiries.ask_hr(
        ctx.session, person=ctx.candidate, words=words, at=ctx.now, application_id=application_id
    )
    enquiries.go_on(ctx.session, candidate=ctx.candidate, at=ctx.now)
    application = ctx.session.get_one(Application, enquiry.application_id)
    told = tell_hr_of_enquiry(ctx.session, enquiry, ctx.now, ctx.policy)
    unit = recruiting.unit_of(ctx.session, application)
    return [Reply("passed_on", unit=unit, reached=bool(told), words=" ".join(words.split())), *told]


# --- HR ------------------------------------------------------------------------------------------------


@router.command("答复", "答复候选人", "回复候选人", may="enquiries.answer", takes_args=True)
def answer(ctx: Context) -> Part | Sequence[Part]:
    """答复候选人的提问，如「答复 12 周三面试」"""
    found = _NUMBERED.fullmatch(ctx.args.strip())
    if found is None:
        raise Misunderstood(usage=(answer.__doc__ or "").strip())
    return _answer(ctx, int(found["number"]), found["words"])


@router.tap("enquiry_reply", may="enquiries.answer")
def how_to_answer(ctx: Context) -> Reply:
    """点卡片回复候选人"""
    enquiry = enquiries.enquiry_within(
        ctx.session,
        actor=ctx.employee,
        enquiry_id=int(ctx.args) if ctx.args.isdecimal() else 0,
        policy=ctx.policy,
    )
    if enquiry.answered_at is not None:
        raise enquiries.EnquirySettled(answered_at=enquiry.answered_at)
    words = " ".join(enquiries.words_of(ctx.session, enquiry)[0].split())
    application = ctx.session.get_one(Application, enquiry.application_id)
    person = recruiting.person_of(ctx.session, application)
    return Reply("how_to_answer", enquiry=enquiry, person=person, words=words)


@router.endpoint("POST", "/enquiries/<int:id>/answer", may="enquiries.answer", body=Answer)
def post_answer(ctx: Context) -> Part | Sequence[Part]:
    """答复候选人的提问"""
    return _answer(ctx, ctx.path["id"], ctx.body.words)


def _answer(ctx: Context, enquiry_id: int, words: str) -> Sequence[Part]:
    enquiry = enquiries.answer_enquiry(
        ctx.session, actor=ctx.employee, enquiry_id=enquiry_id, words=words, at=ctx.now, policy=ctx.policy
    )
    application = ctx.session.get_one(Application, enquiry.application_id)
    person = recruiting.person_of(ctx.session, application)
    told = tell_of_enquiry_answer(ctx.session, enquiry, ctx.now, ctx.policy)
    return [Reply("told", person=person, told=of_candidates(told), data={"enquiry": enquiry.id}), *told]
