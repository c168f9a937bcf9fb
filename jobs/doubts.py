"""Who hears of a department's doubt, by when, and what became of it (S2-17)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from models import recruiting
from models.policy import Policy
from models.recruiting import Doubt, DoubtView, StageRecord


def tell_doubt(session: Session, view: DoubtView, at: datetime, policy: Policy) -> list[Notice]:
    """HR of the unit gets the card."""
    people = recruiting.who_answers(session, unit_id=view.unit.id, at=at, policy=policy)
    return [Notice(one, "doubts/card", {"v": view, "how": ""}, about=view.doubt.about) for one in people]


def tell_answered(view: DoubtView, stage: StageRecord | None) -> list[Notice]:
    """Who doubted hears what HR does about it."""
    return [Notice(view.asker, "doubts/answered_notice", {"v": view, "stage": stage})]


def tend_doubts(ctx: JobContext) -> list[Notice]:
    """Remind HR of doubts, and tell the HR above of those that wait too long."""
    late = recruiting.doubts_to_escalate(ctx.session, at=ctx.now)
    known = {one.id for one in late}
    waiting = [one for one in recruiting.doubts_to_remind(ctx.session, at=ctx.now) if one.id not in known]
    return [*_cards(ctx, waiting, "waits"), *_cards(ctx, late, "late")]


def _cards(ctx: JobContext, found: Sequence[Doubt], how: str) -> list[Notice]:
    told: list[Notice] = []
    find = recruiting.who_leads if how == "late" else recruiting.who_answers
    for one in found:
        view = recruiting.doubt_view(ctx.session, one, policy=ctx.policy)
        people = find(ctx.session, unit_id=view.unit.id, at=ctx.now, policy=ctx.policy)
        told += [Notice(to, "doubts/card", {"v": view, "how": how}, about=one.about) for to in people]
    return told
