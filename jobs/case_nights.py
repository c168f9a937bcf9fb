"""What happens to cases by themselves at night, part by part: no transaction holds anybody up."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from jobs.base import JobContext, Notice
from models import cases, planning
from models.cases import reminding
from models.planning import DueItem

MOMENT = timedelta(seconds=2)
"""After it the next piece of a part follows."""
CASES_AT_ONCE = 200
OFFERS_AT_ONCE = 200
DEBTORS_AT_ONCE = 50
KEPT_DAYS = 30
"""Cards that people got are counted by the day, and looked at again while they are under way: not longer."""

Part = Callable[[JobContext, int], int | None]


def _buckets(ctx: JobContext, after: int) -> int | None:
    """The buckets roll on."""
    return cases.recompute_buckets(ctx.session, today=ctx.now.date(), after=after)


def _returns(ctx: JobContext, _after: int) -> int | None:
    """Placements that have ended: what is not retained goes back."""
    numbers = cases.return_ended(ctx.session, at=ctx.now, policy=ctx.policy, limit=CASES_AT_ONCE)
    return 0 if len(numbers) == CASES_AT_ONCE else None


def _offers(ctx: JobContext, _after: int) -> int | None:
    """Approved settlements that were not paid in time."""
    expired = cases.expire_offers(ctx.session, at=ctx.now, policy=ctx.policy, limit=OFFERS_AT_ONCE)
    return 0 if len(expired) == OFFERS_AT_ONCE else None


def _redaction(ctx: JobContext, _after: int) -> int | None:
    """Who debtors were whose cases went back long enough ago."""
    forgotten = cases.redact_returned(ctx.session, at=ctx.now, policy=ctx.policy, limit=DEBTORS_AT_ONCE)
    return 0 if len(forgotten) == DEBTORS_AT_ONCE else None


def _cards(ctx: JobContext, _after: int) -> int | None:
    """Cards of days long past."""
    reminding.forget_cards(ctx.session, before=ctx.now - timedelta(days=KEPT_DAYS))
    return None


PARTS: Sequence[Part] = (_buckets, _returns, _offers, _redaction, _cards)
assert len(PARTS) == reminding.NIGHT_PARTS


def tend_cases(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """One piece of one part each; what is left follows in a transaction of its own.

    The subject of an item is the part, and behind it how far it has come.
    """
    for item in items:
        after, part = divmod(item.subject_id, reminding.NIGHT_PARTS)
        come_to = PARTS[part](ctx, after)
        if come_to is not None:
            following = come_to * reminding.NIGHT_PARTS + part
            row = (item.kind, following, item.due_at + MOMENT, item.expires_at)
            planning.plan_due(ctx.session, [row])
    return []
