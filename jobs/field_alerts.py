"""Alerts of field work: raised while people are out, told to whoever leads if nobody explains them."""

from collections.abc import Sequence

from jobs.base import JobContext, Notice
from models import fieldalerts, lifecycle, staff
from models.fieldalerts import FieldAlert
from models.staff import Employee


def watch_stops(ctx: JobContext) -> list[Notice]:
    """Look at today's tracks; whoever stays somewhere for long is asked what it is."""
    return _ask(
        ctx,
        fieldalerts.raise_stops(ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar),
    )


def watch_days(ctx: JobContext) -> list[Notice]:
    """On workdays: who wrote no note for days, made few visits or noted one without a check-in is asked."""
    if not ctx.calendar.is_workday(ctx.now.date()):
        return []
    at, policy, calendar = ctx.now, ctx.policy, ctx.calendar
    silent = fieldalerts.raise_silence(ctx.session, at=at, policy=policy, calendar=calendar)
    few = fieldalerts.raise_low_visits(ctx.session, at=at, policy=policy, calendar=calendar)
    claimed = fieldalerts.raise_mismatches(ctx.session, at=at, policy=policy, calendar=calendar)
    return _ask(ctx, [*silent, *few, *claimed])


def watch_risks(ctx: JobContext) -> list[Notice]:
    """Whoever contacts somebody on a list of risks again is advised to stop, and asked why."""
    return _ask(
        ctx,
        fieldalerts.raise_risks(ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar),
    )


def tell_leaders(ctx: JobContext) -> list[Notice]:
    """Whoever leads is told of what nobody explained in time; that may be slackness or too much work."""
    told = []
    for alert in fieldalerts.to_tell(ctx.session, at=ctx.now):
        [person] = staff.with_posts(ctx.session, [_person(ctx, alert)], at=ctx.now)
        leader = None
        if person.unit_id is not None:
            leader = lifecycle.leader_of(ctx.session, person.unit_id, ctx.now, but_for=person.id)
        if leader is not None:
            grounds = fieldalerts.grounds_of(ctx.session, alert)
            values = {"alert": alert, "person": person, "grounds": grounds}
            told.append(Notice(leader, "field_alerts/told", values, about=alert.about))
    return told


def _ask(ctx: JobContext, alerts: Sequence[FieldAlert]) -> list[Notice]:
    return [
        Notice(
            person := _person(ctx, alert),
            "field_alerts/asked",
            {"alert": alert, "person": person, "grounds": fieldalerts.grounds_of(ctx.session, alert)},
            about=alert.about,
        )
        for alert in alerts
    ]


def _person(ctx: JobContext, alert: FieldAlert) -> Employee:
    return ctx.session.get_one(Employee, alert.employee_id)
