"""Who hears of cases that changed hands, and the nightly ladder of cases that nobody works."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from models import distribution, staff
from models.cases import AssignmentBatch
from models.staff import Employee

LISTED = 8
"""So many numbers of cases stand in a message; of more their count is told."""


def cards_of(session: Session, batch: AssignmentBatch, at: datetime) -> list[Notice]:
    """One card for each new owner, and a line for each who had them before and did not give them away."""
    told = distribution.told_of(session, batch)
    concerned = [one.person_id for one in told.got] + [one.person_id for one in told.lost]
    people = _people(session, concerned, at)
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
    """Go one step of the ladder for what nobody works: owner, supervisor, somebody else (domain.md 5.3)."""
    distribution.note_rules(ctx.session, policy=ctx.policy, at=ctx.now)
    done = distribution.recycle(
        ctx.session,
        at=ctx.now,
        key=f"recycle:{ctx.now:%Y%m%d}",
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    everybody = [*done.reminded, *done.warned, *done.stuck, *(o for of in done.warned.values() for o in of)]
    people = _people(ctx.session, everybody, ctx.now)
    told = [
        Notice(people[owner], "distribution/idle_yours", {"numbers": sorted(numbers), "listed": LISTED})
        for owner, numbers in sorted(done.reminded.items())
        if owner in people
    ]
    for leader, owners in sorted(done.warned.items()):
        lines = [
            (people[owner].name, sorted(numbers))
            for owner, numbers in sorted(owners.items())
            if owner in people
        ]
        if leader in people and lines:
            told.append(
                Notice(people[leader], "distribution/idle_theirs", {"lines": lines, "listed": LISTED})
            )
    for leader, numbers in sorted(done.stuck.items()):
        if leader in people:
            values = {"numbers": sorted(numbers), "listed": LISTED}
            told.append(Notice(people[leader], "distribution/idle_stuck", values))
    for batch_id in done.batches:
        told += cards_of(ctx.session, ctx.session.get_one(AssignmentBatch, batch_id), ctx.now)
    return told
