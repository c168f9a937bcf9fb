"""The buttons on reminders about cases: put off, done, and somebody else for what nobody works."""

from handlers.base import Context, Reply, Router, to_confirm
from models import attendance, cases, distribution
from models.cases import Filter, reminding
from models.distribution import Strategy

router = Router(texts="case_reminders")

SHOWN = 5
"""Lines of people on a card; it takes six."""


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
        shift=attendance.hours_of(ctx.session, [ctx.employee.id], ctx.now.date()).get(ctx.employee.id),
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
    return Reply("snoozed", follow_up=follow_up, later=follow_up.due_at != until)


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


@router.tap("case_reassign", may="cases.assign")
def reassign(ctx: Context) -> Reply:
    """没人跟的案件换人"""
    if not ctx.args.isdecimal():
        return Reply("common/stale_key")
    found = reminding.idle_of_card(
        ctx.session, card_id=int(ctx.args), employee_id=ctx.employee.id, at=ctx.now
    )
    if not found:
        return Reply("worked_again")
    owners, units = {one.owner_id for one in found}, {one.unit_id for one in found}
    others = [id_ for id_ in distribution.members(ctx.session, units, ctx.now) if id_ not in owners]
    if not others:
        raise distribution.NobodyToGiveTo()
    plan = distribution.simulate(
        ctx.session,
        actor=ctx.employee,
        filter=Filter(),
        to=others,
        strategy=Strategy.LOAD,
        at=ctx.now,
        policy=ctx.policy,
        numbers=[one.number for one in found],
    )
    proposal = distribution.propose(ctx.session, actor=ctx.employee, plan=plan, at=ctx.now, policy=ctx.policy)
    data = {**to_confirm(proposal), **distribution.as_data(plan)}
    most = ctx.policy.distribution.most_at_once
    if not plan.cases:
        return Reply("distribution/nobody_fits", data=data, plan=plan, proposal=proposal, most=most)
    return Reply(
        "distribution/preview",
        data=data,
        plan=plan,
        proposal=proposal,
        changed=False,
        shown=SHOWN,
        most=most,
        strategy=ctx.policy.distribution.strategies[Strategy.LOAD][0],
    )
