"""What happens to cases by themselves at night, part by part: no transaction holds anybody up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from jobs.base import CloseCards, JobContext, Notice
from jobs.case_cards import about_offer
from jobs.case_desk import tell
from models import cases, planning
from models.cases import reminding
from models.planning import DueItem

MOMENT = timedelta(seconds=2)
"""After it the next piece of a part follows."""
CASES_AT_ONCE = 80
OFFERS_AT_ONCE = 200
DEBTORS_AT_ONCE = 50
KEPT_DAYS = 30
"""Cards that people got are counted by the day, and looked at again while they are under way: not longer."""


@dataclass(frozen=True)
class Piece:
    """What came of one piece of a part."""

    come_to: int | None = None
    """How far it has come; None if nothing is left."""
    told: Sequence[Notice | CloseCards] = ()


Part = Callable[[JobContext, int], Piece]


def _buckets(ctx: JobContext, after: int) -> Piece:
    """The buckets roll on."""
    return Piece(cases.recompute_buckets(ctx.session, today=ctx.now.date(), after=after))


def _returns(ctx: JobContext, _after: int) -> Piece:
    """Placements that have ended: what is not retained goes back."""
    numbers = cases.return_ended(ctx.session, at=ctx.now, policy=ctx.policy, limit=CASES_AT_ONCE)
    return Piece(0 if len(numbers) == CASES_AT_ONCE else None)


def _offers(ctx: JobContext, _after: int) -> Piece:
    """Settlements that were not paid in time: whoever has the case, or asked for one that nobody decided
    about, hears of it in the morning; the card that asks for a decision is closed."""
    expired = cases.expire_offers(ctx.session, at=ctx.now, policy=ctx.policy, limit=OFFERS_AT_ONCE)
    told: list[Notice | CloseCards] = [
        CloseCards(about_offer(offer.id), "settlements/expired_button")
        for offer in expired
        if offer.decided_at is None
    ]
    told += tell(ctx, reminding.expired_offers(ctx.session, [offer.id for offer in expired]))
    return Piece(0 if len(expired) == OFFERS_AT_ONCE else None, told)


def _redaction(ctx: JobContext, _after: int) -> Piece:
    """Who debtors were whose cases went back long enough ago."""
    forgotten = cases.redact_returned(ctx.session, at=ctx.now, policy=ctx.policy, limit=DEBTORS_AT_ONCE)
    return Piece(0 if len(forgotten) == DEBTORS_AT_ONCE else None)


def _cards(ctx: JobContext, _after: int) -> Piece:
    """Cards of days long past."""
    reminding.forget_cards(ctx.session, before=ctx.now - timedelta(days=KEPT_DAYS))
    return Piece()


PARTS: Sequence[Part] = (_buckets, _returns, _offers, _redaction, _cards)
assert len(PARTS) == reminding.NIGHT_PARTS


def tend_cases(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice | CloseCards]:
    """One piece of one part each; what is left follows in a transaction of its own.

    The subject of an item is the part, and behind it how far it has come.
    """
    told: list[Notice | CloseCards] = []
    for item in items:
        after, part = divmod(item.subject_id, reminding.NIGHT_PARTS)
        piece = PARTS[part](ctx, after)
        told += piece.told
        if piece.come_to is not None:
            following = piece.come_to * reminding.NIGHT_PARTS + part
            row = (item.kind, following, item.due_at + MOMENT, item.expires_at)
            planning.plan_due(ctx.session, [row])
    return told
