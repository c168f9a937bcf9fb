"""What people hear of words that must not be said: at once, and again if nobody has looked at them."""

from collections.abc import Sequence
from typing import Any

from jobs.base import JobContext, Notice
from models import wording
from models.planning import DueItem
from models.staff import Role
from models.wording import Flagged
from models.wording_policy import Severity, WordingPolicy


def about_text(id_: int) -> str:
    """What a card about a text is called, so that it can be closed."""
    return f"wording:{id_}"


def told_values(flagged: Flagged, policy: WordingPolicy) -> dict[str, Any]:
    """What the texts about a text with hits may say."""
    return {
        "flagged": flagged,
        "rules": [policy.rules[code].name for code in flagged.codes if code in policy.rules],
        "rewrite": policy.rules[flagged.worst.code].rewrite if flagged.worst.code in policy.rules else "",
    }


def tell_of_hits(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Leaders, and whom else the rules name, get a card; the author hears what could have been said."""
    told: list[Notice] = []
    for flagged in wording.told(ctx.session, [item.subject_id for item in items]):
        if flagged.open:
            told += _told(ctx, flagged)
    return told


def _told(ctx: JobContext, flagged: Flagged) -> list[Notice]:
    rules = ctx.policy.wording.rules
    values = told_values(flagged, ctx.policy.wording)
    whom = dict.fromkeys(one for code in flagged.codes if code in rules for one in rules[code].tell)
    people = wording.those_to_tell(ctx.session, author=flagged.author, whom=whom, at=ctx.now)
    urgent = flagged.worst.severity == Severity.ESCALATE
    if urgent:
        cards = [Notice(one, "wording/urgent", values, about=about_text(flagged.text.id)) for one in people]
    else:
        cards = [Notice(one, "wording/flagged", values, about=about_text(flagged.text.id)) for one in people]
    if urgent:
        return [Notice(flagged.author, "wording/urgent_for_author", values), *cards]
    if all(hit.quoted for hit in flagged.hits):
        return cards
    return [Notice(flagged.author, "wording/yours", values), *cards]


def tend_wording(ctx: JobContext) -> list[Notice]:
    """What nobody has looked at within a workday goes to the supervisor (domain.md 3, rule 5)."""
    told: list[Notice] = []
    for flagged in wording.overdue(ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar):
        wording.escalate(ctx.session, found=flagged, at=ctx.now)
        values = told_values(flagged, ctx.policy.wording)
        people = wording.those_to_tell(
            ctx.session, author=flagged.author, whom=(Role.SUPERVISOR,), at=ctx.now
        )
        told += [Notice(one, "wording/late", values, about=about_text(flagged.text.id)) for one in people]
    return told


def forget_words(ctx: JobContext) -> list[Notice]:
    """Blank what was kept of debtors who were deleted."""
    wording.forget_unreadable(ctx.session)
    return []
