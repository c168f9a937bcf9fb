"""招聘队列, 候选人进度, 通过, 不通过, 放行, 安排面试, 放时间: hiring as HR sees and steers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.base import CloseCards, Context, Handler, Notice, Part, Reply, Router, to_confirm
from handlers.meant import person_called
from handlers.meant_hiring import candidate_called, current_of, one_open_process, process_meant
from handlers.parsing import Misunderstood, read_name, read_reason, take_moment
from jobs.admissions import begin_at_once
from jobs.hiring import how_invited, tell_decided, tell_decision_taken_back, tell_of_appointment
from models import admissions, candidates, proposals, recruiting
from models.candidates import Application
from models.proposals import Proposal
from models.recruiting import Decided, ProcessView, Queue, StageRecord
from models.staff import Employee, Unit

router = Router(texts="recruiting")

LINES = 10
"""So many applications of the queue are shown at once."""
UNDO = "decide_stage"
"""The kind of what is taken back: a decision about a stage."""


@dataclass(frozen=True)
class QueueQuery:
    """Whether those who have not done the AI interview are left out, and from which line on."""

    hide_not_done: bool = False
    offset: int = 0


@dataclass(frozen=True)
class Verdict:
    """Whether the stage (its code; empty: the current one) is passed, and why."""

    passed: bool
    reason: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Override:
    """Why somebody is let past the current stage."""

    reason: str


@dataclass(frozen=True)
class Appointment:
    """When the current stage is, with whom (an account) and where."""

    starts_at: datetime
    interviewer: str = ""
    place: str = ""


# --- lists -----------------------------------------------------------------------------------------------


@router.command("招聘队列", "候选人队列", "应聘队列", may="recruiting.see", takes_args=True)
def show_queue(ctx: Context) -> Reply:
    """看应聘的人，做完AI面试的在前"""
    words = ctx.words("recruiting/filters")
    hide = any(word in ctx.args for word in words["hide"].split("、"))
    digits = "".join(mark for mark in ctx.args if mark.isdecimal())
    return _queue(ctx, hide_not_done=hide, offset=(max(int(digits or 1), 1) - 1) * LINES)


@router.endpoint("GET", "/hiring-queue", may="recruiting.see", query=QueueQuery)
def list_queue(ctx: Context) -> Reply:
    """应聘的人：做完AI面试的在前，没做的在最后，可以不看没做的"""
    return _queue(ctx, hide_not_done=ctx.query.hide_not_done, offset=ctx.query.offset)


def _queue(ctx: Context, *, hide_not_done: bool, offset: int) -> Reply:
    found: Queue = recruiting.queue(
        ctx.session,
        actor=ctx.employee,
        policy=ctx.policy,
        limit=LINES,
        offset=offset,
        hide_not_done=hide_not_done,
    )
    data = {
        "total": found.total,
        "hidden": found.hidden,
        "applications": [
            {
                "id": one.application.id,
                "candidate": one.person.id,
                "name": one.person.name,
                "unit": one.unit.name,
                "job": one.application.job,
                "stage": one.row.current,
                "tag": one.row.tag,
                "frozen": one.row.frozen_at is not None,
                "base_score": one.row.base_score,
                "adjusted_score": one.row.adjusted_score,
            }
            for one in found.lines
        ],
    }
    page = offset // LINES + 1
    return Reply("queue", queue=found, hide=hide_not_done, page=page, offset=offset, data=data)


@router.command("候选人进度", "应聘进度", "面试进度", may="recruiting.see", takes_args=True)
def show_progress(ctx: Context) -> Reply:
    """看一个人到哪一步，如「候选人进度 林小雨」"""
    return _progress(ctx, read_name(ctx.args))


@router.endpoint("GET", "/candidates/<int:id>/process", may="recruiting.see")
def get_progress(ctx: Context) -> Reply:
    """看一个候选人到哪一步，能做什么，不能做的为什么"""
    return _progress(ctx, str(ctx.path["id"]))


def _progress(ctx: Context, asked: str) -> Reply:
    person = candidate_called(ctx, asked, "recruiting.see")
    views = recruiting.processes_of_person(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    holders = {
        stage.interviewer_id: ctx.session.get_one(Employee, stage.interviewer_id).name
        for view in views
        for stage in view.process.stages
        if stage.interviewer_id is not None
    }
    data = {"processes": [_as_data(view) for view in views]}
    return Reply("progress", person=person, views=views, holders=holders, data=data)


# --- deciding --------------------------------------------------------------------------------------------


@router.command("通过", "环节通过", "算通过", may="recruiting.decide", takes_args=True)
def propose_pass(ctx: Context) -> Reply:
    """定一个环节过了，如「通过 林小雨 初试 表达好」"""
    return _propose_by_words(ctx, propose_pass, passed=True)


@router.command("不通过", "没通过", "环节不通过", may="recruiting.decide", takes_args=True)
def propose_fail(ctx: Context) -> Reply:
    """定一个环节没过，如「不通过 林小雨 初试 原因」"""
    return _propose_by_words(ctx, propose_fail, passed=False)


def _propose_by_words(ctx: Context, handler: Handler, *, passed: bool) -> Reply:
    view, rest = process_meant(ctx, handler, "recruiting.decide")
    stage, rest = _take_stage(view, rest)
    before, reason = read_reason(rest)
    return _propose_verdict(ctx, view, stage, passed, reason or before)


@router.endpoint("POST", "/candidates/<int:id>/verdict", may="recruiting.decide", body=Verdict)
def post_verdict(ctx: Context) -> Reply:
    """定一个环节过没过：先得到 proposal，确认后才算"""
    body: Verdict = ctx.body
    view, _ = one_open_process(ctx, candidate_called(ctx, str(ctx.path["id"]), "recruiting.decide"), "")
    stage = view.process.stage(body.stage) if body.stage else current_of(view)
    return _propose_verdict(ctx, view, stage, body.passed, body.reason)


def _propose_verdict(ctx: Context, view: ProcessView, stage: StageRecord, passed: bool, reason: str) -> Reply:
    recruiting.require_decidable(ctx.session, view.process, stage, passed=passed, reason=reason)
    proposal = _propose(ctx, view, "decide_stage", reason, code=stage.code, passed=passed)
    values = _values(ctx, view, stage)
    data = to_confirm(proposal)
    return Reply(
        "confirm_verdict", proposal=proposal, passed=passed, reason=_line(reason), data=data, **values
    )


@router.confirmation("decide_stage", may="recruiting.decide")
def decide(ctx: Context) -> list[Part]:
    """定一个环节过没过"""
    kept, reason = _kept(ctx)
    decided = recruiting.decide_stage(
        ctx.session,
        actor=ctx.employee,
        application_id=kept["application"],
        passed=kept["passed"],
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
        code=kept["code"],
    )
    values, told = _decided(ctx, decided, reason)
    return [Reply("decided", **values), *told]


def _decided(ctx: Context, decided: Decided, reason: str) -> tuple[dict[str, Any], list[Notice]]:
    """What is said of a decision, and who hears of it: the candidate, after the last stage the department."""
    stage = decided.stage
    view = _view(ctx, stage.application_id)
    told: Sequence[Notice] = tell_decided(ctx.session, view, stage, reason, ctx.now, ctx.policy)
    asked = begin_at_once(ctx.session, stage.application_id, ctx.now, ctx.policy, ctx.calendar)
    assert stage.decided_at is not None
    undo = proposals.remember(
        ctx.session,
        actor=ctx.employee,
        kind=UNDO,
        arguments={
            "application": stage.application_id,
            "code": stage.code,
            "decided_at": stage.decided_at.isoformat(),
            "before": dict(decided.before),
        },
        cause=ctx.cause,
        at=ctx.now,
        minutes=ctx.policy.cases.undo_minutes,
    )
    values = {"undo": undo, "told": told, "asked": _names(asked), **_values(ctx, view, stage)}
    return values, [*told, *asked]


@router.inverse(UNDO, may="recruiting.decide")
def take_back(ctx: Context) -> list[Part]:
    """撤销对一个环节的判定或放行"""
    assert ctx.undoable is not None
    kept = ctx.undoable.arguments
    stage, question = admissions.take_back_decision(
        ctx.session,
        actor=ctx.employee,
        application_id=int(kept["application"]),
        code=kept["code"],
        decided_at=datetime.fromisoformat(kept["decided_at"]),
        before=kept["before"],
        at=ctx.now,
        policy=ctx.policy,
    )
    view = _view(ctx, stage.application_id)
    told: Sequence[Notice] | None = tell_decision_taken_back(ctx.session, view, stage, ctx.now, ctx.policy)
    closed = [] if question is None else [CloseCards(question, "recruiting/taken_back_button")]
    data = {"stage": stage.code, "status": stage.status}
    reply = Reply("taken_back", told=told, data=data, **_values(ctx, view, stage))
    return [reply, *closed, *(told or ())]


@router.command("放行", "放行候选人", may="recruiting.override", takes_args=True)
def propose_override(ctx: Context) -> Reply:
    """写明原因放行，如「放行 林小雨 材料很好」"""
    view, rest = process_meant(ctx, propose_override, "recruiting.override")
    before, reason = read_reason(rest)
    return _propose_override(ctx, view, reason or before)


@router.endpoint("POST", "/candidates/<int:id>/override", may="recruiting.override", body=Override)
def post_override(ctx: Context) -> Reply:
    """放行现在的环节：先得到 proposal，确认后才算，留痕"""
    view, _ = one_open_process(ctx, candidate_called(ctx, str(ctx.path["id"]), "recruiting.override"), "")
    return _propose_override(ctx, view, ctx.body.reason)


def _propose_override(ctx: Context, view: ProcessView, reason: str) -> Reply:
    if not reason.strip():
        raise recruiting.SaysNoReason()
    stage = current_of(view)
    proposal = _propose(ctx, view, "override_stage", reason)
    values = _values(ctx, view, stage)
    return Reply(
        "confirm_override", proposal=proposal, reason=_line(reason), data=to_confirm(proposal), **values
    )


@router.confirmation("override_stage", may="recruiting.override")
def override(ctx: Context) -> list[Part]:
    """放行现在的环节"""
    kept, reason = _kept(ctx)
    decided = recruiting.override(
        ctx.session,
        actor=ctx.employee,
        application_id=kept["application"],
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
    )
    values, told = _decided(ctx, decided, "")
    return [Reply("overridden", **values), *told]


# --- arranging -------------------------------------------------------------------------------------------


@router.command("安排面试", "约面试", "安排环节", may="recruiting.decide", takes_args=True)
def schedule(ctx: Context) -> list[Part]:
    """定时间，如「安排面试 林小雨 周三 15:00 王面试官」"""
    view, rest = process_meant(ctx, schedule, "recruiting.decide")
    starts_at, rest = take_moment(rest, ctx.now)
    if starts_at is None:
        raise Misunderstood(usage=(schedule.__doc__ or "").strip())
    name, _, place = rest.partition(" ")
    return _schedule(ctx, view, starts_at, name, place)


@router.endpoint("POST", "/candidates/<int:id>/appointment", may="recruiting.decide", body=Appointment)
def post_appointment(ctx: Context) -> list[Part]:
    """安排现在的环节：时间、面试官、地点"""
    view, _ = one_open_process(ctx, candidate_called(ctx, str(ctx.path["id"]), "recruiting.decide"), "")
    body: Appointment = ctx.body
    return _schedule(ctx, view, body.starts_at, body.interviewer, body.place)


def _schedule(ctx: Context, view: ProcessView, starts_at: datetime, name: str, place: str) -> list[Part]:
    before = current_of(view).starts_at
    holder = person_called(ctx, "people.see", name) if name else None
    stage = recruiting.schedule(
        ctx.session,
        actor=ctx.employee,
        application_id=view.application.id,
        starts_at=starts_at,
        at=ctx.now,
        policy=ctx.policy,
        interviewer=holder,
        place=place,
    )
    view = _view(ctx, view.application.id)
    told = tell_of_appointment(ctx.session, view, stage, before, ctx.now, ctx.policy)
    data = {"stage": stage.code, "starts_at": stage.starts_at}
    values = _values(ctx, view, stage)
    invited = how_invited(ctx.session, values["person"], stage, ctx.now)
    return [Reply("scheduled", holder=holder, invited=invited, data=data, **values), *told]


@router.command("放时间", "放出时间", "面试时间", may="recruiting.decide", takes_args=True)
def offer(ctx: Context) -> Reply:
    """给候选人选，如「放时间 初试 王面试官 周三 15:00」"""
    starts_at, rest = take_moment(ctx.args, ctx.now)
    stage, _, others = rest.partition(" ")
    name, _, place = others.partition(" ")
    if starts_at is None or not name:
        raise Misunderstood(usage=(offer.__doc__ or "").strip())
    unit = ctx.session.get_one(Unit, ctx.employee.unit_id)
    code = _stage_called(ctx, stage)
    slot = recruiting.offer_slot(
        ctx.session,
        actor=ctx.employee,
        unit=unit,
        stage_code=code,
        interviewer=person_called(ctx, "people.see", name),
        starts_at=starts_at,
        at=ctx.now,
        policy=ctx.policy,
        place=place,
    )
    holder = ctx.session.get_one(Employee, slot.interviewer_id)
    return Reply("offered", slot=slot, stage=stage, unit=unit, holder=holder, data={"slot": slot.id})


def _stage_called(ctx: Context, name: str) -> str:
    """The code of a stage by what flows call it.

    Raises:
        StageNotFound: no flow has one.
    """
    for flow in ctx.policy.flows.values():
        for version in flow.versions:
            for stage in version.stages:
                if name in (stage.code, stage.name):
                    return stage.code
    raise recruiting.StageNotFound(asked=name)


# --- shared --------------------------------------------------------------------------------------------


def _take_stage(view: ProcessView, rest: str) -> tuple[StageRecord, str]:
    """(the stage that the first word names, the current one if it names none; the rest)."""
    first, _, others = rest.partition(" ")
    named = [one for one in view.process.stages if first.lower() in (one.code, one.name.lower())]
    return (named[0], others) if named else (current_of(view), rest)


def _view(ctx: Context, application_id: int) -> ProcessView:
    process = recruiting.process_of(ctx.session, application_id, policy=ctx.policy)
    return recruiting.view(ctx.session, process, at=ctx.now, policy=ctx.policy)


def _propose(ctx: Context, view: ProcessView, kind: str, reason: str, **more: Any) -> Proposal:
    person = recruiting.person_of(ctx.session, view.application)
    sealed = candidates.seal_words(ctx.session, person, reason.strip())
    return proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind=kind,
        arguments={"application": view.application.id, "reason": sealed, **more},
        at=ctx.now,
        minutes=ctx.policy.candidates.confirm_minutes,
    )


def _kept(ctx: Context) -> tuple[Mapping[str, Any], str]:
    """What was proposed, and the reason in it."""
    assert ctx.proposal is not None
    kept = ctx.proposal.arguments
    application = ctx.session.get_one(Application, kept["application"])
    person = recruiting.person_of(ctx.session, application)
    return kept, candidates.open_words(ctx.session, person, kept["reason"])


def _values(ctx: Context, view: ProcessView, stage: StageRecord) -> dict[str, Any]:
    return {"v": view, "stage": stage, "person": recruiting.person_of(ctx.session, view.application)}


def _names(told: Sequence[Notice]) -> str:
    """Who of the hiring department is asked whether somebody is needed."""
    return next((one.to.name or "" for one in told), "")


def _line(words: str) -> str:
    return " ".join(words.split())


def _as_data(view: ProcessView) -> Mapping[str, Any]:
    """A process in the JSON API."""
    return {
        "application": view.application.id,
        "number": view.application.called,
        "unit": view.unit.name,
        "job": view.application.job,
        "state": view.application.state,
        "tag": view.process.row.tag,
        "frozen_at": view.process.row.frozen_at,
        "current": None if view.current is None else view.current.code,
        "score": {
            "base": view.score.base,
            "percent": view.score.percent,
            "adjusted": view.score.adjusted,
            "why": view.score.why,
        },
        "stages": [
            {
                "code": one.code,
                "name": one.name,
                "status": one.status,
                "score": one.score,
                "starts_at": one.starts_at,
                "missed_at": one.missed_at,
                "decided_by": one.decided_by,
            }
            for one in view.process.stages
        ],
        "actions": [
            {"code": one.code, "allowed": one.allowed, "why_not": one.why_not} for one in view.actions
        ],
    }
