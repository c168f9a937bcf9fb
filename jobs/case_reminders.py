"""Reminders about cases, each from how things stand when its time has come (domain.md 5.4)."""

from collections.abc import Sequence
from datetime import timedelta

from jobs.base import JobContext, Notice
from jobs.case_desk import people_of, release, tell
from models import cases, distribution, planning
from models.cases import reminding
from models.cases.reminding import Topic, Wanted
from models.planning import DueItem

PROMISES_AT_ONCE = 10
"""So many promises are given up for broken in one transaction; the others follow a moment later."""
MOMENT = timedelta(seconds=1)


def tend_reminders(ctx: JobContext) -> list[Notice]:
    """Plan what is due: a clock that was put back forgets it, and cases change hands."""
    reminding.plan_reminders(ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar)
    return []


def remind_to_accept(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Cases that were given to somebody and not accepted: the owner, then whoever leads, step by step."""
    people, owners = people_of(ctx), [item.subject_id for item in items]
    return tell(ctx, reminding.not_accepted(ctx.session, owners, people, ctx.policy, ctx.calendar), people)


def remind_to_contact(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Debtors whom the owner has not contacted for the first time: the same steps."""
    people, owners = people_of(ctx), [item.subject_id for item in items]
    return tell(ctx, reminding.not_contacted(ctx.session, owners, people, ctx.policy, ctx.calendar), people)


def announce_follow_ups(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Follow-ups some time before they are due."""
    return _follow_ups(ctx, items, soon=True)


def remind_of_follow_ups(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Follow-ups that are due now, with buttons to put them off."""
    return _follow_ups(ctx, items, soon=False)


def _follow_ups(ctx: JobContext, items: Sequence[DueItem], *, soon: bool) -> list[Notice]:
    people, ids = people_of(ctx), [item.subject_id for item in items]
    return tell(
        ctx, reminding.follow_ups(ctx.session, ids, soon=soon, people=people, policy=ctx.policy), people
    )


def chase_signals(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """What customer service passed on and nobody has dealt with: the owner, then whoever leads (S4-49)."""
    people, ids = people_of(ctx), [item.subject_id for item in items]
    return tell(ctx, reminding.signals(ctx.session, ids, people, ctx.policy, ctx.calendar), people)


def remind_of_notes(ctx: JobContext, _items: Sequence[DueItem]) -> list[Notice]:
    """Numbers that were dialled a day ago, and of which nobody has noted what came of it."""
    return tell(ctx, reminding.not_noted(ctx.session, at=ctx.now, policy=ctx.policy))


def announce_promises(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Promises that are due on the next day, or on the rest days before the next workday."""
    return _promises(ctx, items, Topic.PROMISE_BEFORE)


def remind_of_promises(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Promises that are due today, or fell due on the rest days just over."""
    return _promises(ctx, items, Topic.PROMISE_DUE)


def _promises(ctx: JobContext, items: Sequence[DueItem], topic: Topic) -> list[Notice]:
    """Owner by owner in several parts."""
    parts = {item.subject_id for item in items}
    return tell(ctx, reminding.promises(ctx.session, topic, parts, at=ctx.now, calendar=ctx.calendar))


def break_promises(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Promises whose day and grace are over without the money: owner and leader hear of it."""
    settled = cases.settle_promises(
        ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar, limit=PROMISES_AT_ONCE
    )
    if len(settled) == PROMISES_AT_ONCE:
        rows = [(item.kind, 0, item.due_at + MOMENT, item.expires_at) for item in items]
        planning.plan_due(ctx.session, rows)
    return tell(ctx, reminding.ended_promises(ctx.session, [one.id for one in settled]))


def review_cases(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Those whose placement ends soon, owner by owner in several parts; the last is what nobody works."""
    found: list[Wanted] = []
    for item in items:
        if item.subject_id == reminding.REVIEW_PARTS:
            told = distribution.on_the_ladder(ctx.session, at=ctx.now)
            found += reminding.idle(
                ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar, but_for=told
            )
        else:
            found += reminding.ending_placements(
                ctx.session, item.subject_id, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
            )
    return tell(ctx, found)


def release_held(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """What was held because somebody was not to be told at the time."""
    return release(ctx, [item.subject_id for item in items])
