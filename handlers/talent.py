"""人才档案 and 岗位匹配: everything known of somebody who applied, and how far it fits the job."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import Attachment, AttachmentKind, Context, Later, Reply, Router
from handlers.drawing import BLUE, ORANGE, PALE, Radar, Ring, picture
from handlers.parsing import Misunderstood, read_name
from models import candidates, recruiting
from models.recruiting import Fit, TalentFile
from models.staff import Candidate

router = Router(texts="talent")

FEWEST_AXES = 3
"""Fewer dimensions make no radar."""


@dataclass(frozen=True)
class Which:
    """Which application, the newest open one if none is named."""

    application: int | None = None


@router.command(
    "人才档案", "候选人档案", "看档案", "人才报告", may="recruiting.see", takes_args=True,
)  # fmt: skip
def show(ctx: Context) -> list[Reply | Later]:
    """看候选人的档案，如「人才档案 林小雨」"""
    person, application = _meant(ctx, (show.__doc__ or "").strip())
    return _shown(ctx, person, application)


@router.tap("talent_file", may="recruiting.see")
def tapped(ctx: Context) -> list[Reply | Later]:
    """点卡片看候选人的档案"""
    if not ctx.args.isdecimal():
        return [Reply("common/stale_key")]
    return _file(ctx, int(ctx.args))


@router.endpoint("POST", "/candidates/<int:id>/talent-file", may="recruiting.see", body=Which)
def post_file(ctx: Context) -> list[Reply | Later]:
    """看候选人的档案：看了谁的备注会留痕；雷达图发到聊天"""
    person, application = _meant_by_number(ctx, ctx.body.application)
    return _shown(ctx, person, application)


@router.command(
    "岗位匹配", "匹配度", "匹配情况", "差距分析", may="recruiting.see", takes_args=True,
)  # fmt: skip
def show_fit(ctx: Context) -> Reply:
    """看候选人合不合岗位要求，如「岗位匹配 林小雨」"""
    person, application = _meant(ctx, (show_fit.__doc__ or "").strip())
    return _fit(ctx, person, application)


@router.endpoint("GET", "/candidates/<int:id>/fit", may="recruiting.see", query=Which)
def get_fit(ctx: Context) -> Reply:
    """看候选人合不合岗位要求：达到的、差的、简历提到的"""
    person, application = _meant_by_number(ctx, ctx.query.application)
    return _fit(ctx, person, application)


@router.later("talent_radar", may="recruiting.see")
def draw(ctx: Context) -> Attachment:
    """The radar of somebody who applied."""
    process, person, fit = recruiting.fit_within(
        ctx.session,
        actor=ctx.employee,
        application_id=ctx.arguments["application"],
        policy=ctx.policy,
    )
    score = recruiting.view(ctx.session, process, at=ctx.now, policy=ctx.policy).score
    words = ctx.words(
        "talent/picture_words", person=person, application=process.application, score=score, fit=fit
    )
    axes = [one.name for one in fit.measured]
    rings = [
        Ring(words["asked"], [float(one.requirement) for one in fit.measured], PALE, filled=True),
        Ring(words["ai"], [one.ai for one in fit.measured], BLUE),
        Ring(words["people"], [one.people for one in fit.measured], ORANGE),
    ]
    content = picture(words["title"], words["subtitle"], [Radar(words["radar"], axes, rings)], words["note"])
    return Attachment(AttachmentKind.IMAGE, f"{words['file']}.png", content)


# --- shared ----------------------------------------------------------------------------------------------


def _meant(ctx: Context, usage: str) -> tuple[Candidate, int | None]:
    """Whom 「林小雨 客服」 means, and which of the applications."""
    name, _, rest = read_name(ctx.args).partition(" ")
    if not name:
        raise Misunderstood(usage=usage)
    person = _person(ctx, name)
    return person, recruiting.application_meant(
        ctx.session, actor=ctx.employee, person=person, asked=rest, at=ctx.now, policy=ctx.policy
    )


def _meant_by_number(ctx: Context, application: int | None) -> tuple[Candidate, int | None]:
    person = _person(ctx, str(ctx.path["id"]))
    known = recruiting.processes_of_person(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    if application is None:
        return person, recruiting.application_meant(
            ctx.session, actor=ctx.employee, person=person, asked="", at=ctx.now, policy=ctx.policy
        )
    return person, application if application in {one.application.id for one in known} else None


def _person(ctx: Context, asked: str) -> Candidate:
    return candidates.the_candidate(
        ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy, action="recruiting.see"
    )


def _shown(ctx: Context, person: Candidate, application: int | None) -> list[Reply | Later]:
    if application is None:
        return [Reply("no_application", person=person, data={"application": None})]
    return _file(ctx, application)


def _file(ctx: Context, application: int) -> list[Reply | Later]:
    found = recruiting.talent_file(
        ctx.session, actor=ctx.employee, application_id=application, at=ctx.now, policy=ctx.policy
    )
    drawn = bool(found.fit.known) and len(found.fit.measured) >= FEWEST_AXES
    reply = Reply(
        "file", f=found, drawn=drawn, codes=ctx.policy.recruiting.remarks, data={"file": _as_data(found)}
    )
    return [reply, Later("talent_radar", {"application": application})] if drawn else [reply]


def _fit(ctx: Context, person: Candidate, application: int | None) -> Reply:
    if application is None:
        return Reply("no_application", person=person, data={"application": None})
    process, _, fit = recruiting.fit_within(
        ctx.session, actor=ctx.employee, application_id=application, policy=ctx.policy
    )
    unit = recruiting.unit_of(ctx.session, process.application)
    data = {"application": application, **_fit_as_data(fit)}
    return Reply("fit", person=person, application=process.application, unit=unit, fit=fit, data=data)


def _fit_as_data(fit: Fit) -> Mapping[str, Any]:
    return {
        "fit_percent": fit.percent,
        "dimensions": [
            {
                "name": one.name,
                "requirement": one.requirement,
                "ai": one.ai,
                "interviewers": one.people,
                "gap": one.gap,
            }
            for one in fit.measured
        ],
        "resume_names": list(fit.named),
        "resume_lacks": list(fit.lacking),
    }


def _as_data(found: TalentFile) -> Mapping[str, Any]:
    """The file in the JSON API."""
    application, current = found.view.application, found.view.current
    return {
        "candidate": found.person.id,
        "name": found.person.name,
        "application": application.id,
        "unit": found.view.unit.name,
        "job": application.job,
        "state": application.state,
        "stage": None if current is None else current.code,
        "status": None if current is None else current.status,
        "base_score": found.score.base,
        "factor_percent": found.score.percent,
        "adjusted_score": found.score.adjusted,
        "why": found.score.why,
        **_fit_as_data(found.fit),
        "report_url": None if found.view.process.ai is None else found.view.process.ai.report_url,
        "sheets": [
            {
                "stage": filled.stage.code,
                "interviewer": one.interviewer.name,
                "scores": one.sheet.scores,
                "words": one.words,
            }
            for filled in found.sheets
            for one in filled.views
        ],
        "materials": found.materials,
        "background_check": None if found.background is None else found.background.status,
        "remarks": [
            {
                "at": one.remark.at,
                "code": one.remark.code,
                "words": one.words,
                "candidate_words": one.candidate_words,
            }
            for one in found.remarks
        ],
    }
