"""选时间 and 改时间: candidates take one of the times that are offered, and change it."""

from collections.abc import Sequence
from datetime import datetime

from handlers.base import Audience, Context, Part, Reply, Router
from jobs.hiring import tell_of_appointment
from models import recruiting
from models.candidates import ApplicationState
from models.recruiting import ProcessView, StageRecord, StageStatus
from models.staff import Employee

router = Router(texts="slots")


@router.command("选时间", "改时间", "选面试时间", "改面试时间", "约时间", audience=Audience.CANDIDATE)
@router.tap("slots", audience=Audience.CANDIDATE)
def offer(ctx: Context) -> Reply:
    """选面试时间，或者换一个"""
    views = recruiting.my_process(ctx.session, person=ctx.candidate, at=ctx.now, policy=ctx.policy)
    views = [view for view in views if ctx.args in ("", str(view.application.id))]
    offered = [(view, recruiting.free_slots(ctx.session, process=view.process, at=ctx.now)) for view in views]
    fitting = [(view, slots) for view, slots in offered if slots and _may_choose(view)]
    if len(fitting) > 1:
        return Reply("which", views=[view for view, _ in fitting])
    if not fitting:
        return Reply("none_free", view=views[0] if views else None)
    [(view, slots)] = fitting
    return Reply("offered", view=view, stage=view.current, slots=slots)


def _may_choose(view: ProcessView) -> bool:
    stage = view.current
    choosable = (StageStatus.PENDING, StageStatus.SCHEDULED)
    return view.application.state == ApplicationState.OPEN and stage is not None and stage.status in choosable


@router.tap("slot", audience=Audience.CANDIDATE)
def choose(ctx: Context) -> Sequence[Part]:
    """定下一个面试时间"""
    application, _, slot = ctx.args.partition(":")
    before = _starts_at(ctx, application)
    stage = recruiting.choose_slot(
        ctx.session,
        person=ctx.candidate,
        application_id=int(application) if application.isdecimal() else 0,
        slot_id=int(slot) if slot.isdecimal() else 0,
        at=ctx.now,
        policy=ctx.policy,
    )
    interviewer = ctx.session.get(Employee, stage.interviewer_id) if stage.interviewer_id else None
    values = ctx.policy.recruiting
    left = max(0, values.slot_changes - stage.changes)
    told = tell_of_appointment(ctx.session, _view(ctx, stage), stage, before, ctx.now, ctx.policy)
    chosen = Reply("chosen", stage=stage, interviewer=interviewer, left=left, hours=values.slot_hours)
    return [chosen, *told]


def _starts_at(ctx: Context, application: str) -> datetime | None:
    """For when the current stage of an application is arranged so far."""
    views = recruiting.my_process(ctx.session, person=ctx.candidate, at=ctx.now, policy=ctx.policy)
    found = [view.current for view in views if str(view.application.id) == application]
    return next((stage.starts_at for stage in found if stage is not None), None)


def _view(ctx: Context, stage: StageRecord) -> ProcessView:
    process = recruiting.process_of(ctx.session, stage.application_id, policy=ctx.policy)
    return recruiting.view(ctx.session, process, at=ctx.now, policy=ctx.policy)
