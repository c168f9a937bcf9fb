"""Notices to candidates: they leave, climb to the next channel, and HR hears what it has to see to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from jobs.base import JobContext, Notice
from jobs.chances import still_wanted
from jobs.hiring import excuse_unreached, let_clocks_go_on
from jobs.telling import parts_of
from models import candidates, notices, planning, recruiting, staff
from models.base import in_chunks
from models.notices import CandidateNotice, FollowUpItem, FollowUpKind
from models.planning import DueItem
from models.staff import Employee, Role

MORE = "notices_more"
"""The kind of the due item that goes on with what one look at the notices did not get to."""
MOMENT = timedelta(seconds=1)
TOLD_AT_ONCE = 200
"""Items of which HR hears in one run."""
CARDS_EACH = 3
"""So many cards at once somebody of HR gets; of more, how many there are."""


def send_notices(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """What is due leaves: the service account speaks, and texts and letters are in the outbox already."""
    spoken = notices.send(ctx.session, _notices(ctx, items), at=ctx.now, policy=ctx.policy)
    return [
        part
        for one in spoken
        for part in parts_of(
            one,
            "notices/told",
            {"title": one.title, "words": one.words, "notice": one.notice},
            at=ctx.now,
            policy=ctx.policy,
        )
    ]


def climb_notices(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """No sign of life so far: a text message (S1-17)."""
    wanted = [one for one in _notices(ctx, items) if still_wanted(ctx, one.event)]
    notices.climb(ctx.session, wanted, at=ctx.now, policy=ctx.policy)
    return []


def tend_notices(ctx: JobContext) -> list[Notice]:
    """Look what became of what was sent, and tell HR and IT what they have to see to (S1-18, S1-52)."""
    let_clocks_go_on(ctx)
    notices.note_replies(ctx.session, at=ctx.now, policy=ctx.policy)
    notices.note_late(ctx.session, at=ctx.now, policy=ctx.policy)
    return _watch(ctx, ctx.now)


def watch_more(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Go on with those that one look did not get to."""
    return _watch(ctx, max(item.due_at for item in items))


def _watch(ctx: JobContext, planned: datetime) -> list[Notice]:
    """One look; where more is left, the next one follows a moment later."""
    watched = notices.watch(ctx.session, at=ctx.now, policy=ctx.policy)
    told: list[Notice] = []
    for outage in watched.outages:
        values = {"out": outage.channel, "minutes": ctx.policy.notices.stuck_minutes}
        keepers = staff.holders(ctx.session, Role.IT, unit_id=None, at=ctx.now)
        told += [Notice(one, "notices/channel_out", values) for one in keepers]
    told += _tell_of_items(ctx)
    if watched.more:
        later = planned + MOMENT
        planning.plan_due(ctx.session, [(MORE, 0, later, later + timedelta(hours=1))])
    return told


def _tell_of_items(ctx: JobContext) -> list[Notice]:
    waiting: dict[int, list[FollowUpItem]] = {}
    people: dict[int, Employee] = {}
    asked: dict[tuple[int, bool], Sequence[Employee]] = {}
    untold = notices.untold(ctx.session, at=ctx.now, limit=TOLD_AT_ONCE)
    about = {one.id: one for one in _found(ctx, [item.notice_id for item in untold])}
    for item in untold:
        if item.kind == FollowUpKind.UNREACHED:
            excuse_unreached(ctx, about[item.notice_id].event)
        which = (item.unit_id, item.kind == FollowUpKind.LATE)
        if which not in asked:
            asked[which] = _asked(ctx, item)
        for one in asked[which]:
            people[one.id] = one
            waiting.setdefault(one.id, []).append(item)
    told: list[Notice] = []
    for id_, items in waiting.items():
        if len(items) > CARDS_EACH:
            told.append(Notice(people[id_], "notices/items_waiting", {"count": len(items)}))
            continue
        views = [notices.view(ctx.session, item, ctx.policy) for item in items]
        told += [Notice(people[id_], "notices/item", {"view": view}, about=view.item.about) for view in views]
    return told


def _asked(ctx: JobContext, item: FollowUpItem) -> Sequence[Employee]:
    """Who hears of it: HR of the unit, and of a notice that is late whoever leads them (S1-02)."""
    if item.kind == FollowUpKind.LATE:
        leads = recruiting.who_leads(ctx.session, unit_id=item.unit_id, at=ctx.now, policy=ctx.policy)
        if leads:
            return leads
    return _hr_of(ctx, item.unit_id)


def _hr_of(ctx: JobContext, unit_id: int) -> Sequence[Employee]:
    found = candidates.responsible(ctx.session, unit_id=unit_id, at=ctx.now, policy=ctx.policy)
    return found or staff.holders(ctx.session, Role.HR_HEAD, unit_id=None, at=ctx.now)


def notice_stands(ctx: JobContext, notice_id: int) -> bool:
    """Whether somebody is still to be told: asked once more when the message leaves (S1-22)."""
    notice = ctx.session.get(CandidateNotice, notice_id)
    return notice is not None and notices.stands(ctx.session, notice) and still_wanted(ctx, notice.event)


def _notices(ctx: JobContext, items: Sequence[DueItem]) -> Sequence[CandidateNotice]:
    return _found(ctx, [item.subject_id for item in items])


def _found(ctx: JobContext, ids: Sequence[int]) -> Sequence[CandidateNotice]:
    """Those of the notices that are still there."""
    return [
        one
        for some in in_chunks(ids)
        for one in ctx.session.scalars(
            select(CandidateNotice).where(CandidateNotice.id.in_(some)).order_by(CandidateNotice.id)
        )
    ]
