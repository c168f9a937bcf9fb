"""The buttons on reminders about cases: put off, and done."""

from handlers.base import Context, Reply, Router
from models import attendance, cases
from models.cases import reminding

router = Router(texts="case_reminders")


@router.tap("case_snooze", may="cases.work")
def snooze(ctx: Context) -> Reply:
    """稍后提醒"""
    said, _, by = ctx.args.partition(".")
    known = {str(minutes) for minutes in ctx.policy.reminders.snooze_minutes} | {reminding.TOMORROW}
    if not said.isdecimal() or by not in known:
        return Reply("common/stale_key")
    until = reminding.snoozed_to(
        ctx.now,
        by,
        shift=attendance.hours_of(ctx.session, [ctx.employee.id]).get(ctx.employee.id),
        policy=ctx.policy.reminders,
        is_workday=ctx.calendar.is_workday,
    )
    follow_up = cases.snooze(
        ctx.session,
        actor=ctx.employee,
        follow_up_id=int(said),
        until=until,
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("snoozed", follow_up=follow_up)


@router.tap("case_follow_up_done", may="cases.work")
def done(ctx: Context) -> Reply:
    """跟进办好了"""
    if not ctx.args.isdecimal():
        return Reply("common/stale_key")
    follow_up = cases.finish_follow_up(
        ctx.session,
        actor=ctx.employee,
        follow_up_id=int(ctx.args),
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("followed_up", follow_up=follow_up)
