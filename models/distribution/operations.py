"""Writes of distribution: giving out what was planned, and claiming from the pool."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit, cases, contact, staff
from models.base import in_chunks
from models.calendar import WorkCalendar
from models.cases import AssignmentBatch, AssignmentCause, CaseStatus, Filter
from models.contact import Debtor
from models.distribution.errors import (
    ClaimLimit,
    NoClaims,
    NoRoom,
    NothingToGive,
    PlanChanged,
    PoolEmpty,
)
from models.distribution.plans import Plan, wanted
from models.distribution.queries import (
    ASSIGN,
    WORK,
    households_of,
    pool_page,
    pool_units,
    workers,
)
from models.distribution.rules import Group, Worker, barrier, take_up_to
from models.policy import Policy
from models.staff import Employee

CLAIM_PAGE = 200
"""So many cases of the pool are looked at at a time."""


def carry_out(
    session: Session,
    *,
    actor: Employee,
    plan: Plan,
    at: datetime,
    key: str,
    policy: Policy,
    calendar: WorkCalendar,
) -> AssignmentBatch:
    """Give everybody what the plan says: all of it or nothing (domain.md 5.2).

    The plan may have been computed in an earlier transaction: people and cases are taken and looked at again
    here. The same `key` again changes nothing and returns what it did before.

    Raises:
        NotPermitted: the actor may not assign; NothingToGive: the plan gives nobody anything;
        PlanChanged: somebody may not have any more what the plan gives them;
        cases.CaseChanged, cases.CaseClosed, …: as `cases.assign` says.
    """
    staff.require(actor, ASSIGN, policy.rights)
    known = session.scalars(select(AssignmentBatch).where(AssignmentBatch.key == key)).one_or_none()
    if known is not None:
        return known
    outcome = plan.outcome
    if not outcome.placed:
        raise NothingToGive(cases=plan.staying, reason=plan.main_reason)
    _check_people(session, plan, at, policy)
    batch = cases.assign(session, by=actor, at=at, key=key, policy=policy, calendar=calendar, **wanted(plan))
    note_override(session, actor=actor, plan=plan, batch=batch, at=at)
    return batch


def note_override(
    session: Session, *, actor: Employee, plan: Plan, batch: AssignmentBatch, at: datetime
) -> None:
    """Enter into the evidence trail that somebody got cases although their profile says otherwise."""
    if plan.against_profile:
        audit.record(
            session,
            at=at,
            actor=actor.subject,
            action="distribution.override",
            details={"batch": batch.id, "cases": plan.against_profile},
        )


def _check_people(session: Session, plan: Plan, at: datetime, policy: Policy) -> None:
    """Take the people for this transaction and look at them again.

    Raises:
        PlanChanged: one of them may not have all that the plan gives them.
    """
    ids = sorted({one.worker_id for one in plan.outcome.placed})
    take_people(session, ids)
    now = {one.id: one for one in workers(session, ids, at=at, policy=policy)}
    given: dict[int, int] = {}
    for one in plan.outcome.placed:
        person = now.get(one.worker_id)
        if person is None or barrier(person, one.group, plan.request.overridden) is not None:
            raise PlanChanged()
        given[person.id] = given.get(person.id, 0) + one.group.size
    if any(now[id_].load + count > now[id_].cap for id_, count in given.items()):
        raise PlanChanged()


def take_people(session: Session, ids: Collection[int]) -> None:
    """Take people, in the order of their ids: nobody else gives them cases meanwhile."""
    for some in in_chunks(ids):
        session.execute(
            select(Employee.id)
            .where(Employee.id.in_(some))
            .order_by(Employee.id)
            .with_for_update(key_share=True)
        ).all()


@dataclass(frozen=True)
class Claimable:
    """How much somebody may still claim today, and what keeps them from more."""

    worker: Worker
    claimed: int
    """Cases claimed today."""
    limit: int
    """How many one may claim in a day."""

    @property
    def left(self) -> int:
        """How many more."""
        return max(0, min(self.limit - self.claimed, self.worker.cap - self.worker.load))


def claimable(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> Claimable:
    """How much the actor may still claim today.

    Raises:
        NotPermitted: the actor works no cases.
    """
    staff.require(actor, WORK, policy.rights)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    claimed = session.scalar(
        select(func.coalesce(func.sum(AssignmentBatch.cases), 0)).where(
            AssignmentBatch.cause == AssignmentCause.CLAIM,
            AssignmentBatch.by_id == actor.id,
            AssignmentBatch.at >= midnight,
            AssignmentBatch.undone_at.is_(None),
        )
    )
    [worker] = workers(session, [actor.id], at=at, policy=policy)
    return Claimable(worker, int(claimed or 0), policy.distribution.claims_per_day)


@dataclass(frozen=True)
class Claimed:
    """What somebody got out of the pool."""

    batch: AssignmentBatch
    numbers: tuple[int, ...]
    amount: int
    asked: int
    left: int
    """How many more may be claimed today."""


def claim(
    session: Session,
    *,
    actor: Employee,
    count: int,
    at: datetime,
    key: str,
    policy: Policy,
    calendar: WorkCalendar,
    wanted: Filter | None = None,
) -> Claimed:
    """Take up to so many cases out of the pools of the actor's units, the oldest first.

    Debtors stay together: one whose cases are more than what is left, or not all as `wanted`, is passed over.
    Two who claim at once never get the same: each takes only what the other has not taken.

    Raises:
        NotPermitted: the actor works no cases; NoClaims: gets none at all now; ClaimLimit: enough for today;
        NoRoom: has as many as the cap allows; PoolEmpty: nothing there for this person.
    """
    take_people(session, [actor.id])
    known = session.scalars(select(AssignmentBatch).where(AssignmentBatch.key == key)).one_or_none()
    may = claimable(session, actor=actor, at=at, policy=policy)
    if known is not None:
        return _claimed(session, known, count, may.left)
    if may.worker.barrier is not None:
        raise NoClaims(reason=str(may.worker.barrier))
    if may.claimed >= may.limit:
        raise ClaimLimit(limit=may.limit)
    if may.left == 0:
        raise NoRoom(load=may.worker.load, cap=may.worker.cap)
    asked = wanted or Filter()
    in_pool = replace(asked, unit_ids=pool_units(session, actor), statuses=(CaseStatus.POOL,))
    groups: list[Group] = []
    seen = 0
    if {*asked.statuses} <= {CaseStatus.POOL}:
        groups, seen = _out_of_pool(session, may.worker, min(count, may.left), in_pool, at)
    if not groups:
        raise PoolEmpty(cases=seen, choosy=asked != Filter())
    units = len(groups)
    batch = cases.assign(
        session,
        to={number: actor.id for one in groups for number in one.case_ids},
        cause=AssignmentCause.CLAIM,
        by=actor,
        at=at,
        key=key,
        policy=policy,
        calendar=calendar,
        strategy="claim",
        details={"asked": count, "wanted": asked.as_json()},
        why={
            number: {"place": place, "of": units, "load": may.worker.load, "cap": may.worker.cap}
            for place, one in enumerate(groups, 1)
            for number in one.case_ids
        },
    )
    return _claimed(session, batch, count, may.left - batch.cases)


def _claimed(session: Session, batch: AssignmentBatch, asked: int, left: int) -> Claimed:
    numbers = session.scalars(
        select(cases.Assignment.case_id)
        .where(cases.Assignment.batch_id == batch.id)
        .order_by(cases.Assignment.case_id)
    ).all()
    return Claimed(batch, tuple(numbers), batch.amount, asked, max(0, left))


def _out_of_pool(
    session: Session, worker: Worker, count: int, in_pool: Filter, at: datetime
) -> tuple[list[Group], int]:
    """The first groups of the pool that fit, taken for this transaction; and how many cases were seen."""
    groups: list[Group] = []
    known: set[int] = set()
    left, after, seen = count, 0, 0
    while left and (page := pool_page(session, in_pool, at=at, after=after, limit=CLAIM_PAGE)):
        after, seen = page[-1][0], seen + len(page)
        debtors = [debtor for debtor in dict.fromkeys(debtor for _, debtor in page) if debtor not in known]
        known.update(debtors)
        fitting = _fitting(session, worker, debtors, in_pool, at)
        while left and (some := take_up_to(fitting, left)):
            fitting = [one for one in fitting if one not in some]
            free = _take_free(session, [one.debtor_id for one in some])
            for one in _fitting(session, worker, free, in_pool, at):
                if one.size <= left:
                    groups.append(one)
                    left -= one.size
    return groups, seen


def _take_free(session: Session, debtors: Collection[int]) -> Sequence[int]:
    """Those of the debtors whom nobody else is taking, now taken for this transaction; in their order."""
    free = set(
        session.scalars(
            select(Debtor.id)
            .where(Debtor.id.in_(debtors))
            .order_by(Debtor.id)
            .with_for_update(skip_locked=True)
        )
    )
    return [debtor for debtor in debtors if debtor in free]


def _fitting(
    session: Session, worker: Worker, debtors: Sequence[int], in_pool: Filter, at: datetime
) -> list[Group]:
    """Groups of these debtors, in their order, that are wholly as wanted and that the person may have.

    Those of whom nobody contacts the debtor stay.
    """
    found = households_of(session, debtors)
    stopped = contact.stopped_among(session, debtors)
    meant = {
        number
        for some in in_chunks(found.statuses)
        for number in cases.select_ids(session, replace(in_pool, numbers=some), at=at)
    }
    return [
        one
        for debtor in debtors
        if debtor not in stopped
        and (one := found.groups.get(debtor)) is not None
        and meant.issuperset(one.case_ids)
        and barrier(worker, one) is None
    ]
