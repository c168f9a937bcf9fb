"""待处理申请, and what HR answers to them: 同意补测, 替代, 追问, 拒绝."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.base import CloseCards, Context, Handler, Notice, Part, Reply, Router
from handlers.casewords import take_case
from handlers.meant import ask_for_words, person_called
from handlers.parsing import Misunderstood, take_moment
from jobs.requests import record_of, tell_decided, tell_taken_back, values_of
from jobs.telling import of_candidates
from models import proposals, recruiting
from models.recruiting import Answered, RequestFacts, RequestKind
from models.staff import Employee

router = Router(texts="requests")

CARDS, TOLD = 3, 20
"""So many requests are shown at once, each on its card; so many the JSON API tells of."""
UNDO = "answer_request"


@dataclass(frozen=True)
class Approval:
    """What is said with it; of a review, why it is passed after all."""

    answer: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why."""

    reason: str


@dataclass(frozen=True)
class Question:
    """What HR wants to know."""

    question: str


@dataclass(frozen=True)
class Alternative:
    """Who holds it (an account), when and where, and what is said with it."""

    interviewer: str
    starts_at: datetime
    place: str = ""
    answer: str = ""


router.saying(
    "refuse_request",
    "拒绝申请",
    "{cases} {words}",
    "拒绝|不同意|驳回 {cases} {words}?",
    "拒绝|不同意|驳回 申请|补测 {cases} {words}?",
)
router.saying(
    "ask_candidate",
    "追问",
    "{cases} {words}",
    "追问 {cases} {words}?",
    "追问 申请 {cases} {words}?",
)
router.saying(
    "give_alternative",
    "替代",
    "{cases} {words}",
    "替代 {cases} {words}?",
    "申请 {cases} 替代 {words}?",
)
router.saying(
    "pass_review",
    "同意申请",
    "{cases} {words}",
    "同意申请|同意补测|同意复核 {cases} {words}?",
    "同意|批准 {cases} 补测|申请|复核 {words}?",
)


@router.command("待处理申请", "待处理的申请", "补测申请", "候选人申请", may="recruiting.decide")
def waiting(ctx: Context) -> list[Part]:
    """看等我答复的补测、替代和复核申请"""
    facts, total = _waiting(ctx, CARDS)
    return _shown(ctx, facts, total, None)


@router.endpoint("GET", "/requests", may="recruiting.decide")
def get_requests(ctx: Context) -> list[Part]:
    """看等我答复的申请，最急的在前"""
    facts, total = _waiting(ctx, TOLD)
    return _shown(ctx, facts[:CARDS], total, {"requests": [_as_data(ctx, one) for one in facts]})


def _waiting(ctx: Context, most: int) -> tuple[Sequence[RequestFacts], int]:
    """The most urgent requests that wait, with everything by which they are decided; how many wait in all."""
    found, total = recruiting.requests_within(ctx.session, actor=ctx.employee, policy=ctx.policy, limit=most)
    return [recruiting.facts_of(ctx.session, one, at=ctx.now, policy=ctx.policy) for one in found], total


def _shown(
    ctx: Context, facts: Sequence[RequestFacts], total: int, data: Mapping[str, Any] | None
) -> list[Part]:
    if not facts:
        return [Reply("none_waiting", data=data)]
    told: list[Part] = [
        Reply("card", about=one.request.about, data=data, **values_of(ctx.session, one, ctx.policy))
        for one in facts
    ]
    if total > len(facts):
        told.append(Reply("more_waiting", shown=len(facts), more=total - len(facts)))
    return told


@router.command("看申请", "申请全文", may="recruiting.decide", takes_args=True)
@router.tap("request_read", may="recruiting.decide")
@router.endpoint("GET", "/requests/<int:id>", may="recruiting.decide")
def read(ctx: Context) -> Reply:
    """看一份申请的全文，如「看申请 12」"""
    number, _ = _asked(ctx, read)
    facts = _facts(ctx, number)
    return Reply("whole", data={"request": _as_data(ctx, facts)}, **values_of(ctx.session, facts, ctx.policy))


# --- answering -------------------------------------------------------------------------------------------


@router.command("同意申请", "同意补测", "批准补测", "批准申请", may="recruiting.decide", takes_args=True)
@router.tap("request_approve", may="recruiting.decide")
def approve(ctx: Context) -> list[Part]:
    """同意一份申请，如「同意补测 12」"""
    number, answer = _asked(ctx, approve)
    return _approve(ctx, number, answer)


@router.tap("request_pass", may="recruiting.decide")
def pass_after_all(ctx: Context) -> list[Part]:
    """点卡片：复核改为通过，问理由"""
    return _approve(ctx, _asked(ctx, approve)[0], "")


@router.endpoint("POST", "/requests/<int:id>/approval", may="recruiting.decide", body=Approval)
def post_approval(ctx: Context) -> list[Part]:
    """同意一份申请；复核要写理由"""
    return _approved(ctx, recruiting.approve, ctx.path["id"], answer=ctx.body.answer)


def _approve(ctx: Context, number: int, answer: str) -> list[Part]:
    facts = _facts(ctx, number)
    if facts.request.kind == RequestKind.REVIEW and not answer:
        return [Reply("why_pass", **_ask(ctx, "pass_review", facts))]
    return _approved(ctx, recruiting.approve, number, answer=answer)


@router.command("拒绝申请", "拒绝补测", "不同意申请", "不同意补测", may="recruiting.decide", takes_args=True)
@router.tap("request_refuse", may="recruiting.decide")
def refuse(ctx: Context) -> list[Part]:
    """拒绝一份申请，如「拒绝申请 12 没有证明」"""
    number, reason = _asked(ctx, refuse)
    if not reason:
        reasons = tuple(ctx.words("requests/refuse_reasons").values())
        asking = _ask(ctx, "refuse_request", _facts(ctx, number), reasons)
        return [Reply("why_refuse", reasons=reasons, **asking)]
    return _refused(ctx, number, reason)


@router.endpoint("POST", "/requests/<int:id>/refusal", may="recruiting.decide", body=Refusal)
def post_refusal(ctx: Context) -> list[Part]:
    """拒绝一份申请，写明原因"""
    return _refused(ctx, ctx.path["id"], ctx.body.reason)


@router.command("追问", "追问申请", "追问候选人", may="recruiting.decide", takes_args=True)
@router.tap("request_ask", may="recruiting.decide")
def ask_back(ctx: Context) -> list[Part]:
    """请候选人补充，如「追问 12 哪天有空」"""
    number, question = _asked(ctx, ask_back)
    if not question:
        questions = tuple(ctx.words("requests/questions").values())
        asking = _ask(ctx, "ask_candidate", _facts(ctx, number), questions)
        return [Reply("what_to_ask", questions=questions, **asking)]
    return _asked_back(ctx, number, question)


@router.endpoint("POST", "/requests/<int:id>/question", may="recruiting.decide", body=Question)
def post_question(ctx: Context) -> list[Part]:
    """请候选人补充"""
    return _asked_back(ctx, ctx.path["id"], ctx.body.question)


@router.command("替代", "替代流程", "安排替代", may="recruiting.decide", takes_args=True)
@router.tap("request_alternative", may="recruiting.decide")
def give_alternative(ctx: Context) -> list[Part]:
    """安排替代，如「替代 12 王面试官 周三 15:00」"""
    number, words = _asked(ctx, give_alternative)
    facts = _facts(ctx, number)
    starts_at, rest = take_moment(words, ctx.now)
    name, _, place = rest.partition(" ")
    if starts_at is None or not name:
        minutes = ctx.policy.recruiting.alternative_minutes
        return [Reply("who_and_when", minutes=minutes, **_ask(ctx, "give_alternative", facts))]
    return _alternative(ctx, number, name, starts_at, place, "")


@router.endpoint("POST", "/requests/<int:id>/alternative", may="recruiting.decide", body=Alternative)
def post_alternative(ctx: Context) -> list[Part]:
    """安排替代流程：谁、什么时候"""
    asked: Alternative = ctx.body
    return _alternative(ctx, ctx.path["id"], asked.interviewer, asked.starts_at, asked.place, asked.answer)


def _alternative(
    ctx: Context, number: int, name: str, starts_at: datetime, place: str, answer: str
) -> list[Part]:
    recruiting.request_within(ctx.session, actor=ctx.employee, request_id=number, policy=ctx.policy)
    return _approved(
        ctx,
        recruiting.approve_alternative,
        number,
        interviewer=person_called(ctx, "people.see", name),
        starts_at=starts_at,
        place=place,
        answer=answer,
    )


def _approved(ctx: Context, operation: Callable[..., Answered], number: int, **more: Any) -> list[Part]:
    values, told = _answer(ctx, operation, number, **more)
    closed = CloseCards(values["f"].request.about, "requests/approved_button")
    return [closed, Reply("approved", **values), *told]


def _refused(ctx: Context, number: int, reason: str) -> list[Part]:
    values, told = _answer(ctx, recruiting.refuse, number, reason=reason)
    closed = CloseCards(values["f"].request.about, "requests/refused_button")
    return [closed, Reply("refused", **values), *told]


def _asked_back(ctx: Context, number: int, question: str) -> list[Part]:
    values, told = _answer(ctx, recruiting.ask_back, number, question=question)
    closed = CloseCards(values["f"].request.about, "requests/asked_button")
    return [closed, Reply("asked", **values), *told]


def _answer(
    ctx: Context, operation: Callable[..., Answered], number: int, **more: Any
) -> tuple[dict[str, Any], list[Notice]]:
    answered = operation(
        ctx.session, actor=ctx.employee, request_id=number, at=ctx.now, policy=ctx.policy, **more
    )
    facts = recruiting.facts_of(ctx.session, answered.request, at=ctx.now, policy=ctx.policy)
    values: dict[str, Any] = {
        **values_of(ctx.session, facts, ctx.policy),
        "interviewer": _holder(ctx, answered),
        "minutes": ctx.policy.recruiting.alternative_minutes,
        "data": {"request": _as_data(ctx, facts)},
    }
    if answered.before:
        values["undo"] = proposals.remember(
            ctx.session,
            actor=ctx.employee,
            kind=UNDO,
            arguments={"request": number, "before": dict(answered.before)},
            cause=ctx.cause,
            at=ctx.now,
            minutes=ctx.policy.cases.undo_minutes,
        )
    told = tell_decided(ctx.session, answered, ctx.now, ctx.policy)
    return {**values, "told": of_candidates(told)}, told


def _holder(ctx: Context, answered: Answered) -> str:
    id_ = answered.stage.interviewer_id
    return "" if id_ is None else ctx.session.get_one(Employee, id_).name


@router.inverse(UNDO, may="recruiting.decide")
def take_back(ctx: Context) -> list[Part]:
    """收回对申请的答复"""
    assert ctx.undoable is not None
    kept = ctx.undoable.arguments
    answered = recruiting.take_back_answer(
        ctx.session,
        actor=ctx.employee,
        request_id=int(kept["request"]),
        before=kept["before"],
        at=ctx.now,
        policy=ctx.policy,
    )
    facts = recruiting.facts_of(ctx.session, answered.request, at=ctx.now, policy=ctx.policy)
    told: Sequence[Notice] = tell_taken_back(ctx.session, answered, ctx.now, ctx.policy)
    return [
        Reply(
            "taken_back",
            told=told,
            data={"request": _as_data(ctx, facts)},
            **values_of(ctx.session, facts, ctx.policy),
        ),
        *told,
    ]


# --- shared ----------------------------------------------------------------------------------------------


def _asked(ctx: Context, handler: Handler) -> tuple[int, str]:
    """The number of the request in the path, the button or the words; and the rest of the words.

    Raises:
        Misunderstood: there is none.
    """
    if "id" in ctx.path:
        return int(ctx.path["id"]), ""
    number, rest = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=(handler.__doc__ or "").strip())
    return number, rest


def _facts(ctx: Context, number: int) -> RequestFacts:
    return recruiting.facts_within(
        ctx.session, actor=ctx.employee, request_id=number, at=ctx.now, policy=ctx.policy
    )


def _ask(ctx: Context, command: str, facts: RequestFacts, choices: Sequence[str] = ()) -> Mapping[str, Any]:
    """Let what is written next be the words that are missing; what the question says."""
    recruiting.require_open_request(facts.request)
    proposal = ask_for_words(ctx, command, number=facts.request.id, choices=choices)
    return {"proposal": proposal, **values_of(ctx.session, facts, ctx.policy)}


def _as_data(ctx: Context, facts: RequestFacts) -> dict[str, Any]:
    """A request in the JSON API."""
    request, stage = facts.request, facts.stage
    record = record_of(ctx.session, facts, ctx.policy)
    return {
        "id": request.id,
        "kind": request.kind,
        "state": request.state,
        "candidate": facts.person.id,
        "name": facts.person.name,
        "application": request.application_id,
        "unit": facts.unit.name,
        "job": facts.application.job,
        "stage": stage.code,
        "missed_at": stage.missed_at,
        "reason_code": request.reason_code,
        "words": dict(facts.words),
        "files": facts.files,
        "notice": None if record is None else dict(record.deliveries),
        "notice_failed": facts.notice_failed,
        "due_at": request.due_at,
        "link_expires_at": stage.link_expires_at,
        "starts_at": stage.starts_at,
    }
