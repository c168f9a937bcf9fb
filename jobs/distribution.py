"""Who hears of cases that changed hands, and the nightly ladder of cases that nobody works."""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from jobs.case_desk import people_of
from models import distribution, planning, staff
from models.cases import AssignmentBatch
from models.planning import DueItem
from models.staff import Employee

LISTED = 8
"""So many numbers of cases stand in a message; of more their count is told."""
RECYCLE, RECYCLED = "case_recycle", "case_recycled"
"""Kinds of due items: a piece of the night's work, and somebody who is to hear of it."""
MOMENT = timedelta(seconds=2)
"""After it the next piece of a night follows."""
NIGHT = timedelta(days=1)
"""After so long what is left waits for the next night."""
KEPT = timedelta(days=14)
"""So long somebody may still hear of a night: from the first one that they have not heard of."""


def cards_of(
    session: Session,
    batch: AssignmentBatch,
    at: datetime,
    only: Collection[int] | None = None,
    told: distribution.Told | None = None,
) -> list[Notice]:
    """One card for each new owner, and a line for each who had them before and did not give them away.

    With `only` nobody but these people; `told` is what `told_of` says, if that is known.
    """
    told = told or distribution.told_of(session, batch)
    concerned = [one.person_id for one in told.got] + [one.person_id for one in told.lost]
    people = _people(session, [id_ for id_ in concerned if only is None or id_ in only], at)
    got = [
        Notice(people[one.person_id], "distribution/you_got", {"got": one, "cause": batch.cause, "at": at})
        for one in told.got
        if one.person_id in people
    ]
    lost = [
        Notice(people[one.person_id], "distribution/you_gave", {"lost": one, "cause": batch.cause})
        for one in told.lost
        if one.person_id in people and one.person_id != batch.by_id
    ]
    return [*got, *lost]


def _people(session: Session, ids: Sequence[int], at: datetime) -> Mapping[int, Employee]:
    found = [session.get_one(Employee, id_) for id_ in dict.fromkeys(ids)]
    return {person.id: person for person in staff.with_posts(session, found, at=at) if person.is_here(at)}


def note_recycling_rules(ctx: JobContext) -> list[Notice]:
    """Remember the rules of recycling; new ones take effect the next day."""
    distribution.note_rules(ctx.session, policy=ctx.policy, at=ctx.now)
    return []


def recycle_idle_cases(ctx: JobContext) -> list[Notice]:
    """Begin the night's work on what nobody works; not before a rest day, when nobody would hear of it."""
    distribution.note_rules(ctx.session, policy=ctx.policy, at=ctx.now)
    if ctx.calendar.is_workday(ctx.now.date()):
        planning.plan_due(ctx.session, [(RECYCLE, 0, ctx.now, ctx.now + NIGHT)])
    return []


def recycle_some(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Go one step of the ladder for some debtors: owner, supervisor, somebody else (domain.md 5.3).

    The subject of an item is the debtor after whom it begins. Nobody is woken: whom it concerns hears of it
    when they may be told.
    """
    for item in items:
        done = distribution.recycle(
            ctx.session,
            at=ctx.now,
            key=f"recycle:{ctx.now:%Y%m%d}",
            policy=ctx.policy,
            calendar=ctx.calendar,
            after=item.subject_id,
        )
        rows = _hearing(ctx, done)
        if done.come_to is not None:
            rows.append((RECYCLE, done.come_to, item.due_at + MOMENT, item.expires_at))
        planning.plan_due(ctx.session, rows)
    return []


def _hearing(ctx: JobContext, done: distribution.Recycled) -> list[tuple[str, int, datetime, datetime]]:
    """Who is to hear of it, and when."""
    concerned = {*done.reminded, *done.warned, *done.stuck, *done.taken}
    for batch_id in done.batches:
        batch = ctx.session.get_one(AssignmentBatch, batch_id)
        concerned.update(one.person_id for one in distribution.told_of(ctx.session, batch).got)
    people = people_of(ctx)
    reminded = set(done.reminded)
    concerned.update(one for one, away in people.stand_ins().items() if not reminded.isdisjoint(away))
    people.load(concerned)
    return [(RECYCLED, id_, people.told_from(id_), ctx.now + KEPT) for id_ in sorted(concerned)]


def tell_of_idle_cases(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """In the morning: what the night did, one message for each person and step."""
    told: list[Notice] = []
    for since in sorted({item.expires_at - KEPT for item in items}):
        to = {item.subject_id for item in items if item.expires_at - KEPT == since}
        told += _told(ctx, distribution.idle_news(ctx.session, since=since, at=ctx.now), to)
    return told


def _told(ctx: JobContext, news: distribution.IdleNews, to: Set[int]) -> list[Notice]:
    owners = [owner for of in news.warned.values() for owner in of]
    instead = people_of(ctx).stand_ins()
    away = [id_ for one in to for id_ in instead.get(one, ()) if id_ in news.reminded]
    people = _people(ctx.session, [*to, *owners, *away], ctx.now)
    told = []
    for id_ in sorted(to & people.keys()):
        person = people[id_]
        for owner in (id_, *sorted(instead.get(id_, ()))):
            if owner in news.reminded and owner in people:
                of_whom = "" if owner == id_ else people[owner].name
                values = {"numbers": news.reminded[owner], "listed": LISTED, "instead_of": of_whom}
                told.append(Notice(person, "distribution/idle_yours", values))
        of = sorted(news.warned.get(id_, {}).items())
        lines = [(people[owner].name, numbers) for owner, numbers in of if owner in people]
        if lines:
            told.append(Notice(person, "distribution/idle_theirs", {"lines": lines, "listed": LISTED}))
        if id_ in news.stuck:
            values = {"numbers": news.stuck[id_], "listed": LISTED}
            told.append(Notice(person, "distribution/idle_stuck", values))
    for batch in news.batches:
        told += cards_of(ctx.session, batch, ctx.now, only=to)
    return told
