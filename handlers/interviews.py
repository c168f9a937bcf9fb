"""我的面试, 评分 and 没来: interviews as who holds them sees and scores them."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from handlers.base import CloseCards, Context, Part, Reply, Router
from handlers.parsing import Misunderstood, read_name, take_points
from models import candidates, recruiting
from models.candidates import Application
from models.recruiting import Process, StageRecord
from models.staff import Candidate

router = Router(texts="interviews")

ON_A_CARD = 3
"""A card holds so many questions."""
PREFIX = "d"


@dataclass(frozen=True)
class Sheet:
    """Dimension → points between 0 and 100, and what the interviewer says to it."""

    scores: Mapping[str, float] = field(default_factory=dict)
    words: str = ""


@router.command("我的面试", "待面试", "要面试的", may="recruiting.interview")
@router.endpoint("GET", "/interviews", may="recruiting.interview")
def mine(ctx: Context) -> Reply:
    """看我要面试谁，谁还没打分"""
    found = recruiting.own_interviews(ctx.session, actor=ctx.employee, at=ctx.now)
    lines = []
    for stage in found:
        application = ctx.session.get_one(Application, stage.application_id)
        lines.append((stage, application, recruiting.person_of(ctx.session, application)))
    data = [
        {
            "application": application.id,
            "candidate": person.id,
            "name": person.name,
            "job": application.job,
            "stage": stage.code,
            "starts_at": stage.starts_at,
        }
        for stage, application, person in lines
    ]
    return Reply("mine", lines=lines, data={"interviews": data})


# --- scoring ---------------------------------------------------------------------------------------------


@router.command("评分", "打分", "面试评分", "评分表", may="recruiting.interview", takes_args=True)
def score(ctx: Context) -> Part | list[Part]:
    """给面试打分，如「评分 林小雨 沟通 80 评语 清楚」"""
    name, _, rest = " ".join(unicodedata.normalize("NFKC", ctx.args).split()).partition(" ")
    if not name:
        raise Misunderstood(usage=(score.__doc__ or "").strip())
    person = _person(ctx, name, "recruiting.interview")
    process, stage = _interview(ctx, person)
    names = list(recruiting.dimensions_of(process, stage, ctx.policy))
    given, words = take_points(rest)
    before = recruiting.own_sheet(ctx.session, actor=ctx.employee, stage=stage)
    scores = {_dimension(said, names): points for said, points in given.items()}
    if not scores and not words:
        return _form(ctx, process, stage, person)
    if before is not None:
        scores = {**before.scores, **scores}
    return _fill(ctx, process, stage, person, scores, words)


@router.tap("sheet", may="recruiting.interview")
def open_form(ctx: Context) -> Part:
    """点卡片打分"""
    if not ctx.args.isdecimal():
        return Reply("common/stale_key")
    application = ctx.session.get(Application, int(ctx.args))
    if application is None:
        raise recruiting.ProcessNotFound()
    person = recruiting.person_of(ctx.session, application)
    process, stage = _interview(ctx, person)
    return _form(ctx, process, stage, person)


@router.tap("sheet_scores", may="recruiting.interview")
def take_form(ctx: Context) -> Part | list[Part]:
    """点卡片交评分"""
    application = ctx.session.get(Application, int(ctx.args)) if ctx.args.isdecimal() else None
    if application is None or ctx.message is None or ctx.message.card is None:
        return Reply("common/stale_key")
    person = recruiting.person_of(ctx.session, application)
    process, stage = _interview(ctx, person)
    names = list(recruiting.dimensions_of(process, stage, ctx.policy))
    selected = ctx.message.card.selected
    scores = {
        name: float(selected[f"{PREFIX}{number}"][0])
        for number, name in enumerate(names)
        if selected.get(f"{PREFIX}{number}")
    }
    return _fill(ctx, process, stage, person, scores, "")


@router.endpoint("GET", "/candidates/<int:id>/sheet", may="recruiting.interview")
def get_form(ctx: Context) -> Part:
    """评分表有哪些维度"""
    person = _person(ctx, str(ctx.path["id"]), "recruiting.interview")
    process, stage = _interview(ctx, person)
    return _form(ctx, process, stage, person)


@router.endpoint("POST", "/candidates/<int:id>/sheet", may="recruiting.interview", body=Sheet)
def post_sheet(ctx: Context) -> Part | list[Part]:
    """交评分表：每个维度 0–100 分"""
    person = _person(ctx, str(ctx.path["id"]), "recruiting.interview")
    process, stage = _interview(ctx, person)
    return _fill(ctx, process, stage, person, dict(ctx.body.scores), ctx.body.words)


@router.command("没来", "面试没来", "候选人没来", may="recruiting.interview", takes_args=True)
def nobody_came(ctx: Context) -> list[Part]:
    """候选人没来面试，如「没来 林小雨」"""
    name = read_name(ctx.args)
    if not name:
        raise Misunderstood(usage=(nobody_came.__doc__ or "").strip())
    process, _ = _interview(ctx, _person(ctx, name, "recruiting.interview"))
    return _absent(ctx, process.application.id)


@router.tap("sheet_absent", may="recruiting.interview")
def nobody_came_by_tap(ctx: Context) -> list[Part]:
    """点卡片：候选人没来"""
    return _absent(ctx, int(ctx.args)) if ctx.args.isdecimal() else [Reply("common/stale_key")]


# --- shared ----------------------------------------------------------------------------------------------


def _absent(ctx: Context, application_id: int) -> list[Part]:
    stage = recruiting.absent(
        ctx.session, actor=ctx.employee, application_id=application_id, at=ctx.now, policy=ctx.policy
    )
    application = ctx.session.get_one(Application, application_id)
    person = recruiting.person_of(ctx.session, application)
    closed = CloseCards(stage.about, "interviews/absent_button")
    return [closed, Reply("absent", person=person, stage=stage)]


def _form(ctx: Context, process: Process, stage: StageRecord, person: Candidate) -> Reply:
    """The sheet to fill in: on a card, or in words where it has more dimensions than a card holds."""
    names = list(recruiting.dimensions_of(process, stage, ctx.policy))
    return Reply(
        "form",
        person=person,
        stage=stage,
        application=process.application,
        names=names,
        card=len(names) <= ON_A_CARD,
        data={"application": process.application.id, "stage": stage.code, "dimensions": names},
    )


def _fill(
    ctx: Context,
    process: Process,
    stage: StageRecord,
    person: Candidate,
    scores: Mapping[str, float],
    words: str,
) -> list[Part]:
    """Fill the sheet in; what was said before stays where nothing new is said."""
    for one in recruiting.sheets_of(ctx.session, process, stage):
        if not words and one.interviewer.id == ctx.employee.id:
            words = one.words
    sheet = recruiting.fill_sheet(
        ctx.session,
        actor=ctx.employee,
        application_id=process.application.id,
        scores=scores,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
    )
    closed = CloseCards(stage.about, "interviews/filled_button")
    data = {"application": process.application.id, "scores": sheet.scores, "total": stage.score}
    return [closed, Reply("filled", person=person, stage=stage, sheet=sheet, words=words, data=data)]


def _interview(ctx: Context, person: Candidate) -> tuple[Process, StageRecord]:
    return recruiting.interview_meant(ctx.session, actor=ctx.employee, person=person, policy=ctx.policy)


def _person(ctx: Context, asked: str, action: str) -> Candidate:
    return candidates.the_candidate(
        ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy, action=action
    )


def _dimension(said: str, names: Iterable[str]) -> str:
    """The dimension that is meant by its name or a part of it; what was said, where it is none or several."""
    fitting = [name for name in names if said in name or name in said]
    return fitting[0] if len(fitting) == 1 else said
