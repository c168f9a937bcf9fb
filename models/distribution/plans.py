"""Trying out who would get what: nothing is written, and the same request gives the same plan again."""

import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases, contact, staff
from models.base import in_chunks
from models.cases import AssignmentBatch, AssignmentCause, CaseStatus, Filter, NoSuchCase
from models.distribution.asked import ask, check_people, near
from models.distribution.potential import with_potential
from models.distribution.queries import ASSIGN, Households, households, workers
from models.distribution.requests import Request
from models.distribution.rules import (
    MISMATCHES,
    TO_THE_BEST,
    Barrier,
    Group,
    Left,
    Limits,
    Outcome,
    Placed,
    Strategy,
    Worker,
    barrier,
    take_up_to,
)
from models.distribution.sharing import share_out
from models.policy import Policy
from models.staff import Employee, Unit

LATEST_TURNS = 50
"""Among so many batches it is looked for whose turn was the last."""

PAGE = 200
"""At least so many cases are looked at at a time, where only some are asked for."""


@dataclass(frozen=True)
class Line:
    """What one person would get."""

    person_id: int
    name: str
    account: str
    cases: int
    debtors: int
    amount: int
    """What is owed in those cases, in fen."""
    load: int
    """How many cases the person has before."""
    cap: int
    over_soft_cap: bool
    buckets: Mapping[int, int]
    """Bucket → cases."""


@dataclass(frozen=True)
class Barred:
    """Somebody who was named and gets nothing, and why."""

    name: str
    account: str
    reason: Barrier


@dataclass(frozen=True)
class Plan:
    """Who would get how much, what stays and why, and what it was computed from."""

    request: Request
    outcome: Outcome
    lines: Sequence[Line]
    stays: Mapping[str, int]
    """Code of a `Barrier`, or empty where nobody was named → how many cases stay."""
    barred: Sequence[Barred]
    people: Mapping[int, Worker]
    versions: Mapping[int, int]
    """Case → its version: whoever carries it out finds the cases as they were."""
    from_pool: bool
    """Whether all of them lie in a pool, so that nobody loses them."""
    against_profile: int
    """How many cases somebody gets although their profile says otherwise."""
    complete: bool = True
    """Whether all cases that may be needed were looked at."""
    total: int = 0
    """How many cases were meant, where not all of them could be looked at or given out in one go; else 0."""

    @property
    def cases(self) -> int:
        """How many cases would change hands."""
        return sum(line.cases for line in self.lines)

    @property
    def amount(self) -> int:
        """What is owed in them, in fen."""
        return sum(line.amount for line in self.lines)

    @property
    def staying(self) -> int:
        """How many cases stay."""
        return sum(self.stays.values())

    @property
    def looked_at(self) -> int:
        """How many cases would change hands or stay."""
        return self.cases + self.staying

    @property
    def rest(self) -> int:
        """How many cases are left for the next time, because there are too many for one go."""
        return max(0, self.total - self.looked_at)

    @property
    def main_reason(self) -> str:
        """Why most of those stay: a code of `Barrier`, perhaps empty."""
        return max(self.stays, key=lambda one: self.stays[one], default="")

    @property
    def mismatched(self) -> int:
        """How many of those would go if the profiles were overridden."""
        return sum(self.stays.get(reason, 0) for reason in MISMATCHES)

    @property
    def fingerprint(self) -> int:
        """Of what a preview shows: another one means that it would turn out differently by now."""
        said = [(line.person_id, line.cases, line.amount) for line in self.lines]
        return zlib.crc32(repr((said, sorted(self.stays.items()))).encode())


def simulate(
    session: Session,
    *,
    actor: Employee,
    filter: Filter,
    to: Collection[int],
    strategy: Strategy,
    at: datetime,
    policy: Policy,
    seed: int | None = None,
    numbers: Sequence[int] = (),
    overridden: Collection[Barrier] = (),
    contact_by: datetime | None = None,
) -> Plan:
    """Find out who would get what (domain.md 5.3): `ask` and `again` in one; nothing is written.

    Raises:
        NotPermitted, staff.OutOfReach, NoSuchCase: as those say.
    """
    asked = ask(
        session,
        actor=actor,
        filter=filter,
        to=to,
        strategy=strategy,
        at=at,
        policy=policy,
        seed=seed,
        numbers=numbers,
        overridden=overridden,
        contact_by=contact_by,
    )
    return again(session, actor=actor, request=asked.request, at=at, policy=policy)


def again(
    session: Session,
    *,
    actor: Employee,
    request: Request,
    at: datetime,
    policy: Policy,
    looks: int | None = None,
) -> Plan:
    """The plan of a request as it would turn out now.

    With a limit not more than `looks` cases are looked at, or than the policy allows in one go: the plan says
    whether that was enough.

    Raises:
        NotPermitted, staff.OutOfReach: as `ask` says; NoSuchCase: a numbered case is not there, has ended or
        is out of reach.
    """
    looks = looks or policy.distribution.most_at_once
    allowed = staff.require(actor, ASSIGN, policy.rights)
    check_people(session, allowed, actor, request.to, at)
    people = workers(session, request.to, at=at, policy=policy, scored=request.strategy in TO_THE_BEST)
    found, groups = Households(()), list[Group]()
    stays: dict[int, Barrier] = {}
    free, closed = list[Group](), list[Group]()
    complete, seen = request.filter.limit is None or bool(request.numbers), 0
    for ids in _pages(session, allowed, request, at, looks):
        seen += len(ids)
        page = households(session, ids)
        fresh = [one for one in _in_order(page, ids) if one.debtor_id not in found.groups]
        found.add(page)
        fresh = _in_reach(session, allowed, actor, page, fresh)
        stays.update(dict.fromkeys(_owned(request, page, fresh), Barrier.OWNED))
        stopped = contact.stopped_among(session, [one.debtor_id for one in fresh])
        stays.update(dict.fromkeys(stopped, Barrier.STOPPED))
        groups += fresh
        free += [one for one in fresh if one.debtor_id not in stays]
        if request.filter.limit is not None:
            closed += [one for one in free if not _open_to(one, people, request)]
            open_to_some = [one for one in free if _open_to(one, people, request)]
            free = take_up_to(open_to_some, request.filter.limit)
            if sum(one.size for one in free) == request.filter.limit:
                groups = groups[: groups.index(free[-1]) + 1] if free else []
                complete = True
                break
    complete = complete or seen < looks
    for number in request.numbers:
        if number not in found.versions:
            raise NoSuchCase(number=str(number))
    if request.numbers and {number for one in groups for number in one.case_ids}.isdisjoint(request.numbers):
        raise NoSuchCase(number=str(request.numbers[0]))
    if request.strategy == Strategy.POTENTIAL:
        free = list(with_potential(session, free, at=at, policy=policy))
    outcome = share_out(
        free or closed,
        people,
        request.strategy,
        seed=request.seed,
        cursor=_cursor(session, request),
        overridden=request.overridden,
        limits=Limits(policy.distribution.share_percent, policy.distribution.high_value_percent),
    )
    left = [
        *outcome.left,
        *(Left(one, {stays[one.debtor_id]: len(people)}) for one in groups if one.debtor_id in stays),
    ]
    plan = _told(session, request, replace(outcome, left=left), people, found)
    total = request.of
    if not complete and not total:
        total, _ = cases.count_and_amount(session, near(session, allowed, request.filter), at=at)
    return replace(plan, complete=complete, total=total)


def _pages(
    session: Session, allowed: staff.Reach, request: Request, at: datetime, looks: int
) -> Iterator[Sequence[int]]:
    """The cases that are asked for, in order: with a limit only as many at a time as may be needed."""
    if request.numbers:
        yield request.numbers
        return
    meant = near(session, allowed, request.filter)
    if request.filter.limit is None:
        yield cases.select_ids(session, meant, at=at)
        return
    size, after = max(PAGE, request.filter.limit), 0
    while size := min(size, looks - after):
        ids = cases.select_ids(session, replace(meant, limit=size), at=at, after=after)
        yield ids
        if len(ids) < size:
            return
        size, after = size * 2, after + size


def _in_order(found: Households, ids: Sequence[int]) -> list[Group]:
    """The groups in the order in which their first case was selected."""
    by_case = {number: one for one in found.groups.values() for number in one.case_ids}
    return list(dict.fromkeys(by_case[number] for number in ids if number in by_case))


def _in_reach(
    session: Session, allowed: staff.Reach, actor: Employee, found: Households, groups: Sequence[Group]
) -> list[Group]:
    """Those of which all cases are in a unit within reach, or the actor's own."""
    if allowed.everything:
        return list(groups)
    near: set[int] = set()
    for some in in_chunks(found.units.values()):
        near.update(
            session.scalars(select(Unit.id).where(Unit.id.in_(some), staff.unit_in_reach(allowed, Unit.id)))
        )
    return [
        one
        for one in groups
        if one.owner_id == actor.id or all(found.units[number] in near for number in one.case_ids)
    ]


def _owned(request: Request, found: Households, groups: Sequence[Group]) -> frozenset[int]:
    """Debtors of whom somebody has a case already, where only the pool is given out."""
    if tuple(request.filter.statuses) != (CaseStatus.POOL,):
        return frozenset()
    return frozenset(
        one.debtor_id
        for one in groups
        if any(found.statuses[number] != CaseStatus.POOL for number in one.case_ids)
    )


def _open_to(group: Group, people: Sequence[Worker], request: Request) -> bool:
    return any(barrier(one, group, request.overridden) is None for one in people)


def _cursor(session: Session, request: Request) -> int | None:
    """Whose turn among these people was the last."""
    if request.strategy != Strategy.TURNS:
        return None
    latest = (
        select(AssignmentBatch.details)
        .where(AssignmentBatch.strategy == Strategy.TURNS, AssignmentBatch.undone_at.is_(None))
        .order_by(AssignmentBatch.id.desc())
        .limit(LATEST_TURNS)
    )
    cursors = (details.get("cursor") for details in session.scalars(latest))
    return next((cursor for cursor in cursors if cursor in request.to), None)


def _told(
    session: Session,
    request: Request,
    outcome: Outcome,
    people: Sequence[Worker],
    found: Households,
) -> Plan:
    names = {
        id_: (name, account)
        for some in in_chunks(request.to)
        for id_, name, account in session.execute(
            select(Employee.id, Employee.name, Employee.wecom_id).where(Employee.id.in_(some))
        )
    }
    by_id = {one.id: one for one in people}
    stays: Counter[str] = Counter()
    for one in outcome.left:
        stays[str(one.reason or "")] += one.group.size
    placed = outcome.by_worker()
    return Plan(
        request=request,
        outcome=outcome,
        lines=[_line(by_id[id_], names[id_], placed[id_], outcome, found) for id_ in sorted(placed)],
        stays=dict(sorted(stays.items())),
        barred=[Barred(*names[one.id], one.barrier) for one in people if one.barrier is not None],
        people=by_id,
        versions={number: found.versions[number] for number in outcome.targets},
        from_pool=all(found.statuses[number] == CaseStatus.POOL for number in outcome.targets),
        against_profile=sum(
            one.group.size
            for one in outcome.placed
            if request.overridden and barrier(by_id[one.worker_id], one.group) is not None
        ),
    )


def _line(
    worker: Worker, name: tuple[str, str], placed: Sequence[Placed], outcome: Outcome, found: Households
) -> Line:
    numbers = [number for one in placed for number in one.group.case_ids]
    return Line(
        worker.id,
        *name,
        cases=len(numbers),
        debtors=len(placed),
        amount=sum(one.group.amount for one in placed),
        load=worker.load,
        cap=worker.cap,
        over_soft_cap=worker.id in outcome.over_soft_cap,
        buckets=dict(sorted(Counter(found.buckets[number] for number in numbers).items())),
    )


def why_of(plan: Plan, placed: Placed) -> dict[str, Any]:
    """What decided for the new owner of a group: codes and numbers, kept with each of its cases."""
    worker = plan.people[placed.worker_id]
    why: dict[str, Any] = {
        "place": placed.place,
        "of": len(plan.outcome.placed),
        "people": len(plan.people),
        "candidates": placed.candidates,
        "load": placed.load_before,
        "cap": worker.cap,
        "given": placed.given_before,
        "amount": placed.amount_before,
    }
    if plan.request.strategy in TO_THE_BEST:
        why["score"] = round(worker.score, 4)
    if plan.request.strategy == Strategy.POTENTIAL:
        why["potential"] = round(placed.group.potential, 4)
        why["areas"] = sorted(placed.group.areas)
    against = barrier(worker, placed.group)
    if against is not None:
        why["against"] = str(against)
    return why


def wanted(plan: Plan) -> dict[str, Any]:
    """What a plan asks of `cases.assign`."""
    return {
        "to": plan.outcome.targets,
        "cause": AssignmentCause.ASSIGN if plan.from_pool else AssignmentCause.TRANSFER,
        "strategy": str(plan.request.strategy),
        "seed": plan.request.seed,
        "details": {
            "request": plan.request.as_json(),
            "cursor": plan.outcome.cursor,
            "stays": dict(plan.stays),
        },
        "why": {
            number: why
            for one in plan.outcome.placed
            for why in [why_of(plan, one)]
            for number in one.group.case_ids
        },
        "versions": plan.versions,
        "contact_by": plan.request.contact_by,
    }
