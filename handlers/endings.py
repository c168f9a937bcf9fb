"""按名次, 结束应聘, 恢复应聘, 接着应聘: how applications go on by rank, and how they end (S0-08, S2-04)."""

from dataclasses import dataclass
from typing import Any

from handlers.base import Audience, Context, Notice, Part, Reply, Router, to_confirm
from handlers.meant_hiring import candidate_called, one_open_process, process_meant
from handlers.parsing import Misunderstood, read_reason
from jobs.endings import tell_cut, tell_goes_on, tell_rejected, tell_reopened
from models import candidates, proposals, recruiting, staff
from models.candidates import Application
from models.recruiting import Cut, ProcessView
from models.staff import Unit

router = Router(texts="endings")

SHOWN = 20
"""So many of a ranking are named."""


@dataclass(frozen=True)
class NewCut:
    """The unit, the job and the stage (its code) whose best go on."""

    unit: int
    job: str
    stage: str


@dataclass(frozen=True)
class Rejection:
    """Why an application ends, or goes on after all."""

    reason: str


# --- by rank -----------------------------------------------------------------------------------------


@router.command("按名次", "前30%", "按名次通过", may="recruiting.decide", takes_args=True)
def propose_cut(ctx: Context) -> Reply:
    """前几名往下走，先看再定，如「按名次 技术岗 AI面试」"""
    job, _, stage = " ".join(ctx.args.split()).partition(" ")
    if not job:
        raise Misunderstood(usage=(propose_cut.__doc__ or "").strip())
    return _preview(ctx, ctx.session.get_one(Unit, ctx.employee.unit_id), job, _code(ctx, stage))


@router.endpoint("POST", "/cuts", may="recruiting.decide", body=NewCut)
def post_cut(ctx: Context) -> Reply:
    """按名次往下走：先得到 proposal，确认后才算；名次外的不会自动淘汰"""
    body: NewCut = ctx.body
    unit = staff.find_unit_by_id(
        ctx.session, actor=ctx.employee, action="recruiting.decide", unit_id=body.unit, policy=ctx.policy
    )
    return _preview(ctx, unit, body.job, body.stage)


def _code(ctx: Context, name: str) -> str:
    """The stage with a cut that is meant: by what flows call it, the first with one if none is named."""
    found = [
        stage
        for flow in ctx.policy.flows.values()
        for version in flow.versions
        for stage in version.stages
        if stage.top_share is not None
    ]
    named = [one for one in found if name.lower() in (one.code, one.name.lower())] if name else found
    if not named:
        raise recruiting.NoCut(stage=name)
    return named[0].code


def _preview(ctx: Context, unit: Unit, job: str, code: str) -> Reply:
    cut = recruiting.ranking(
        ctx.session,
        actor=ctx.employee,
        unit_id=unit.id,
        job=job,
        stage_code=code,
        policy=ctx.policy,
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="make_cut",
        arguments={"unit": unit.id, "job": job, "stage": code},
        at=ctx.now,
        minutes=ctx.policy.candidates.confirm_minutes,
    )
    return Reply(
        "confirm_cut", proposal=proposal, unit=unit, job=job, data=_data(cut, proposal), **_ranked(cut)
    )


def _ranked(cut: Cut) -> dict[str, Any]:
    goes = [one for one in cut.ranked if one.goes_on]
    others = [one for one in cut.ranked if one.waits and not one.goes_on]
    return {"cut": cut, "goes": goes, "others": others, "shown": SHOWN}


def _data(cut: Cut, proposal: proposals.Proposal) -> dict[str, Any]:
    return {
        **to_confirm(proposal),
        "ranked": [
            {
                "application": one.process.application.id,
                "name": one.person.name,
                "score": one.score,
                "goes_on": one.goes_on,
            }
            for one in cut.ranked
        ],
    }


@router.confirmation("make_cut", may="recruiting.decide")
def make_cut(ctx: Context) -> list[Part]:
    """让前几名往下走"""
    assert ctx.proposal is not None
    kept = ctx.proposal.arguments
    asked: dict[str, Any] = {"unit_id": kept["unit"], "job": kept["job"], "stage_code": kept["stage"]}
    cut, passed = recruiting.make_cut(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, **asked)
    told = tell_cut(ctx.session, passed, kept["stage"], ctx.now, ctx.policy)
    return [Reply("cut_made", passed=len(passed), **_ranked(cut)), *told]


# --- ending ------------------------------------------------------------------------------------------


@router.command("结束应聘", "不录用", "淘汰", may="recruiting.decide", takes_args=True)
def propose_rejection(ctx: Context) -> Reply:
    """结束一份应聘，写原因，如「结束应聘 林小雨 岗位招满」"""
    view, rest = process_meant(ctx, propose_rejection, "recruiting.decide")
    _, reason = read_reason(rest)
    return _propose(ctx, view, reason or rest)


@router.endpoint("POST", "/candidates/<int:id>/rejection", may="recruiting.decide", body=Rejection)
def post_rejection(ctx: Context) -> Reply:
    """结束一份应聘：先得到 proposal，确认后才算"""
    person = candidate_called(ctx, str(ctx.path["id"]), "recruiting.decide")
    view, _ = one_open_process(ctx, person, "")
    return _propose(ctx, view, ctx.body.reason)


def _propose(ctx: Context, view: ProcessView, reason: str) -> Reply:
    if not reason.strip():
        raise recruiting.SaysNoReason()
    person = recruiting.person_of(ctx.session, view.application)
    sealed = candidates.seal_words(ctx.session, person, reason.strip())
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="reject_application",
        arguments={"application": view.application.id, "reason": sealed},
        at=ctx.now,
        minutes=ctx.policy.candidates.confirm_minutes,
    )
    words = " ".join(reason.split())
    data = to_confirm(proposal)
    return Reply("confirm_rejection", v=view, person=person, reason=words, proposal=proposal, data=data)


@router.confirmation("reject_application", may="recruiting.decide")
def reject(ctx: Context) -> list[Part]:
    """结束已经确认的应聘"""
    assert ctx.proposal is not None
    kept = ctx.proposal.arguments
    application = ctx.session.get_one(Application, kept["application"])
    person = recruiting.person_of(ctx.session, application)
    reason = candidates.open_words(ctx.session, person, kept["reason"])
    recruiting.reject(
        ctx.session,
        actor=ctx.employee,
        application_id=application.id,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
    )
    told = tell_rejected(ctx.session, application, reason, ctx.now, ctx.policy)
    return [Reply("rejected", person=person, told=told), *told]


@router.command("恢复应聘", "重开应聘", may="recruiting.decide", takes_args=True)
def reopen(ctx: Context) -> list[Part]:
    """结束错了，写原因恢复，如「恢复应聘 林小雨 复核通过」"""
    before, reason = read_reason(ctx.args)
    name, _, rest = before.partition(" ")
    if not name:
        raise Misunderstood(usage=(reopen.__doc__ or "").strip())
    return _reopen(ctx, name, reason or rest)


@router.endpoint("POST", "/candidates/<int:id>/reopening", may="recruiting.decide", body=Rejection)
def post_reopening(ctx: Context) -> list[Part]:
    """恢复最近结束的一份应聘，写原因"""
    return _reopen(ctx, str(ctx.path["id"]), ctx.body.reason)


def _reopen(ctx: Context, asked: str, reason: str) -> list[Part]:
    person = candidate_called(ctx, asked, "recruiting.decide")
    process = recruiting.reopen(
        ctx.session, actor=ctx.employee, person=person, reason=reason, at=ctx.now, policy=ctx.policy
    )
    told: list[Notice] = tell_reopened(ctx.session, process.application, ctx.now, ctx.policy)
    return [Reply("reopened", person=person, current=process.current, told=told), *told]


# --- the candidate -----------------------------------------------------------------------------------


@router.tap("give_up_back", audience=Audience.CANDIDATE)
def take_back(ctx: Context) -> list[Part]:
    """改主意了，接着应聘"""
    process = recruiting.take_back_giving_up(
        ctx.session,
        person=ctx.candidate,
        application_id=_number(ctx.args),
        at=ctx.now,
        policy=ctx.policy,
    )
    told = tell_goes_on(ctx.session, process, ctx.now, ctx.policy)
    return [Reply("goes_on", application=process.application, current=process.current), *told]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 9 else 0
