"""面试提纲 and 加测: what an interviewer should know before, and a stage more where something is unclear."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Reply, Router
from handlers.meant_hiring import candidate_called, one_open_process, process_meant
from handlers.parsing import Misunderstood, read_reason
from models import recruiting
from models.recruiting import Brief, ProcessView

router = Router(texts="interviewing")


@dataclass(frozen=True)
class Supplement:
    """What the stage more is called, and why it is needed."""

    name: str
    reason: str = ""


@router.command("面试提纲", "提纲", may="recruiting.see", takes_args=True)
def show_brief(ctx: Context) -> Reply:
    """面试前看弱项和可以问的，如「面试提纲 林小雨」"""
    view, _ = process_meant(ctx, show_brief, "recruiting.see")
    return _brief(ctx, view)


@router.endpoint("GET", "/candidates/<int:id>/brief", may="recruiting.see")
def get_brief(ctx: Context) -> Reply:
    """面试提纲：AI面试各项得分、岗位要求、弱项和可以问的"""
    view, _ = one_open_process(ctx, candidate_called(ctx, str(ctx.path["id"]), "recruiting.see"), "")
    return _brief(ctx, view)


def _brief(ctx: Context, view: ProcessView) -> Reply:
    found = recruiting.briefs_within(
        ctx.session, actor=ctx.employee, application_id=view.application.id, policy=ctx.policy
    )
    person = recruiting.person_of(ctx.session, view.application)
    return Reply("brief", person=person, v=view, found=found, data={"brief": _as_data(found)})


@router.command("加测", "加一个环节", may="recruiting.decide", takes_args=True)
def insert(ctx: Context) -> Reply:
    """在现在的环节前加一个，如「加测 林小雨 情景模拟」"""
    view, rest = process_meant(ctx, insert, "recruiting.decide")
    before, reason = read_reason(rest)
    name, _, others = before.partition(" ")
    if not name:
        raise Misunderstood(usage=(insert.__doc__ or "").strip())
    return _insert(ctx, view, name, reason or others)


@router.endpoint("POST", "/candidates/<int:id>/supplement", may="recruiting.decide", body=Supplement)
def post_supplement(ctx: Context) -> Reply:
    """在现在的环节前加一个"""
    view, _ = one_open_process(ctx, candidate_called(ctx, str(ctx.path["id"]), "recruiting.decide"), "")
    return _insert(ctx, view, ctx.body.name, ctx.body.reason)


def _insert(ctx: Context, view: ProcessView, name: str, reason: str) -> Reply:
    after = view.current
    stage = recruiting.insert_stage(
        ctx.session,
        actor=ctx.employee,
        application_id=view.application.id,
        name=name,
        at=ctx.now,
        policy=ctx.policy,
        reason=reason,
    )
    person = recruiting.person_of(ctx.session, view.application)
    return Reply("inserted", person=person, stage=stage, after=after, data={"stage": stage.code})


def _as_data(found: Brief) -> Mapping[str, Any]:
    """A brief in the JSON API."""
    return {
        "application": found.process.application.id,
        "stage": found.stage.code,
        "base": found.score.base,
        "adjusted": found.score.adjusted,
        "dimensions": [
            {"name": name, "points": points, "asked_for": asked} for name, points, asked in found.dimensions
        ],
        "weak": [
            {"name": name, "points": points, "asked_for": asked, "questions": list(questions)}
            for name, points, asked, questions in found.weak
        ],
    }
