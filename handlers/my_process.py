"""我的流程: where a candidate's applications stand, and what can be done now, by tapping or by number."""

from collections.abc import Sequence

from handlers.base import Audience, Context, Page, Reply, Router
from models import notices, recruiting
from models.candidates import Application, ApplicationState
from models.recruiting import ProcessView, RequestState, StageRecord, StageStatus
from models.staff import Employee

router = Router(texts="my_process")

ASKABLE = ("remedial", "alternative", "review")


@router.command("我的流程", "流程", "进度", "我的进度", "我的面试", audience=Audience.CANDIDATE)
@router.tap("my_process", audience=Audience.CANDIDATE)
def my_process(ctx: Context) -> Reply:
    """看我应聘到哪一步，现在能做什么"""
    views = recruiting.my_process(ctx.session, person=ctx.candidate, at=ctx.now, policy=ctx.policy)
    asked = [view for view in views if str(view.application.id) == ctx.args]
    if not views:
        return Reply("nothing")
    if len(views) > 1 and not asked:
        return Reply("several", views=views)
    [view, *_] = asked or views
    if view.current is not None:
        notices.opened(ctx.session, application=view.application, about=view.current.about, at=ctx.now)
    return Reply(
        "process",
        v=view,
        now=ctx.now,
        days=(ctx.now.date() - view.process.row.updated_at.date()).days,
        before=_before(view),
        after=_after(view),
        interviewer=_interviewer(ctx, view.current),
        acts=_acts(ctx, view),
        remarks=len(recruiting.own_remarks(ctx.session, person=ctx.candidate, at=ctx.now)),
    )


def _before(view: ProcessView) -> StageRecord | None:
    """The stage that was cleared last."""
    done = [one for one in view.process.stages if one.status in (StageStatus.PASSED, StageStatus.WAIVED)]
    return done[-1] if done else None


def _after(view: ProcessView) -> StageRecord | None:
    """The stage that comes after the current one."""
    stages, current = list(view.process.stages), view.current
    later = [] if current is None else stages[stages.index(current) + 1 :]
    return later[0] if later else None


def _interviewer(ctx: Context, stage: StageRecord | None) -> str:
    if stage is None or stage.interviewer_id is None:
        return ""
    return ctx.session.get_one(Employee, stage.interviewer_id).name


def _acts(ctx: Context, view: ProcessView) -> Sequence[tuple[str, str]]:
    """(what, the tap that does it) of everything that can be done now, what is most likely wanted first."""
    id_, request = view.application.id, view.request
    acts: list[tuple[str, str]] = []
    if request is not None:
        acts.append((f"request_{request.state}", f"request_show:{request.id}"))
    acts += [(code, f"{code}:{id_}") for code in ASKABLE if view.action(code).allowed]
    if view.application.state == ApplicationState.OPEN and request is None:
        free = recruiting.free_slots(ctx.session, process=view.process, at=ctx.now)
        if free and view.current is not None:
            chosen = view.current.status == StageStatus.SCHEDULED and view.current.starts_at is not None
            acts.append(("change_slot" if chosen else "choose_slot", f"slots:{id_}"))
    if request is not None and request.state != RequestState.DRAFT:
        acts.append(("withdraw", f"request_withdraw:{request.id}"))
    return [*acts, ("ask_hr", f"ask_hr:{id_}")]


@router.page("/interview/<token>", "interview.html", anybody=True, writes=True)
def interview(ctx: Context) -> Page:
    """面试链接打开的页面"""
    stage = recruiting.stage_of_link(ctx.session, str(ctx.path["token"]), at=ctx.now)
    if stage is None:
        return Page(stage=None)
    application = ctx.session.get_one(Application, stage.application_id)
    notices.opened(ctx.session, application=application, about=stage.about, at=ctx.now)
    address = ctx.policy.recruiting.interview_address.replace("{number}", application.called)
    return Page(stage=stage, job=application.job, address=address, now=ctx.now)
