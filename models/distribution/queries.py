"""Reads for distribution: cases as groups and people as workers, with a few questions for all of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models import handover, staff, training
from models.base import in_chunks
from models.cases import (
    Assignment,
    Case,
    CaseStatus,
    Conflict,
    Filter,
    Payment,
    PaymentState,
    WorkProfile,
    conditions,
)
from models.contact import ContactSuspension
from models.distribution.rules import Barrier, Group, Worker, shrunk
from models.policy import Policy
from models.staff import Employee, Post, Role, UnitTree
from models.training import Bar

WORK, ASSIGN = "cases.work", "cases.assign"
"""The rights of this area (config/rights.toml)."""
MEMBERS = (Role.COLLECTOR, Role.FIELD_REP)
"""Who is meant when cases are given to a team."""
_WHY_AWAY = {"away": Barrier.AWAY, "leaving": Barrier.LEFT, "moving": Barrier.LEFT}
_UNTRAINED = {Bar.UNLICENSED: Barrier.UNLICENSED, Bar.GATED: Barrier.GATED}


def members(session: Session, unit_ids: Collection[int], at: datetime) -> Sequence[int]:
    """Who works cases in these units and below them, in the order of ids."""
    below = select(UnitTree.unit_id).where(UnitTree.ancestor_id.in_(unit_ids))
    found = (
        select(Employee.id)
        .join(Post, Post.employee_id == Employee.id)
        .where(Post.unit_id.in_(below), Post.role.in_(MEMBERS), staff.held(at), staff.active(at))
        .distinct()
        .order_by(Employee.id)
    )
    return session.scalars(found).all()


class CaseRow(NamedTuple):
    """An open case, as far as it matters here."""

    debtor_id: int
    id: int
    version: int
    balance: int
    owner_id: int
    unit_id: int
    status: str
    bucket: int
    product: str
    area: str
    language: str


class Households:
    """All open cases of some debtors: the groups, and how each case stands."""

    def __init__(self, rows: Sequence[CaseRow]) -> None:
        self.versions = {row.id: row.version for row in rows}
        self.statuses = {row.id: row.status for row in rows}
        self.units = {row.id: row.unit_id for row in rows}
        self.buckets = {row.id: row.bucket for row in rows}
        self.groups = _grouped(rows)

    def add(self, other: "Households") -> None:
        """Those of other debtors, too."""
        for name, values in vars(other).items():
            getattr(self, name).update(values)


def _grouped(rows: Sequence[CaseRow]) -> dict[int, Group]:
    by_debtor: dict[int, list[CaseRow]] = {}
    for row in rows:
        by_debtor.setdefault(row.debtor_id, []).append(row)
    return {
        debtor_id: Group(
            debtor_id,
            tuple(row.id for row in some),
            sum(row.balance for row in some),
            owner_id=some[0].owner_id,
            buckets=frozenset(row.bucket for row in some),
            products=frozenset(row.product for row in some if row.product),
            areas=frozenset(row.area for row in some if row.area),
            languages=frozenset(row.language for row in some if row.language),
        )
        for debtor_id, some in by_debtor.items()
    }


def households(session: Session, case_ids: Collection[int]) -> Households:
    """The open cases of all debtors who have one of these cases."""
    debtors: set[int] = set()
    for some in in_chunks(case_ids):
        debtors.update(session.scalars(select(Case.debtor_id).where(Case.id.in_(some))))
    return households_of(session, debtors)


def households_of(session: Session, debtors: Collection[int]) -> Households:
    """The open cases of these debtors."""
    columns = [getattr(Case, name) for name in CaseRow._fields]
    rows: list[CaseRow] = []
    for some in in_chunks(debtors):
        found = select(*columns).where(Case.debtor_id.in_(some), Case.closed_at.is_(None)).order_by(Case.id)
        rows += [CaseRow(*row) for row in session.execute(found)]
    return Households(rows)


def workers(
    session: Session,
    ids: Collection[int],
    *,
    at: datetime,
    policy: Policy,
    scored: bool = False,
    previous: Mapping[int, Collection[int]] | None = None,
) -> Sequence[Worker]:
    """Employees as those who could be given cases, in the order of ids.

    `previous` is employee → debtors who must not come back to them; with `scored` they have a score.
    """
    people = {
        person.id: person
        for some in in_chunks(ids)
        for person in session.scalars(select(Employee).where(Employee.id.in_(some)))
    }
    staff.with_posts(session, people.values(), at=at)
    found = sorted(people)
    loads = load_of(session, found)
    profiles = {
        profile.employee_id: profile
        for some in in_chunks(found)
        for profile in session.scalars(select(WorkProfile).where(WorkProfile.employee_id.in_(some)))
    }
    conflicts: dict[int, set[int]] = {}
    suspended: set[int] = set()
    for some in in_chunks(found):
        for employee_id, debtor_id in session.execute(
            select(Conflict.employee_id, Conflict.debtor_id).where(Conflict.employee_id.in_(some))
        ):
            conflicts.setdefault(employee_id, set()).add(debtor_id)
        suspended.update(
            session.scalars(
                select(ContactSuspension.employee_id).where(
                    ContactSuspension.employee_id.in_(some), ContactSuspension.lifted_at.is_(None)
                )
            )
        )
    away = handover.unavailable(session, starts_at=at, ends_at=at + timedelta(seconds=1), at=at)
    untrained = training.barred(session, found, at=at, policy=policy)
    scores = _scores(session, found, at, policy) if scored else {}
    return [
        _worker(
            people[id_],
            profiles.get(id_),
            loads.get(id_, (0, 0)),
            _barrier(people[id_], away.get(id_), id_ in suspended, untrained.get(id_), at, policy),
            conflicts=frozenset(conflicts.get(id_, ())),
            previous=frozenset((previous or {}).get(id_, ())),
            score=scores.get(id_, 0.0),
            policy=policy,
        )
        for id_ in found
    ]


def _worker(
    person: Employee,
    profile: WorkProfile | None,
    load: tuple[int, int],
    barrier: Barrier | None,
    *,
    conflicts: frozenset[int],
    previous: frozenset[int],
    score: float,
    policy: Policy,
) -> Worker:
    own = None if profile is None else profile.cap
    cap = policy.cases.capacity_hard if own is None else min(own, policy.cases.capacity_hard)
    return Worker(
        person.id,
        load=load[0],
        balance=load[1],
        cap=cap,
        soft_cap=min(cap, policy.cases.capacity_soft),
        barrier=barrier,
        buckets=frozenset(profile.buckets if profile else ()),
        products=frozenset(profile.products if profile else ()),
        areas=frozenset(profile.areas if profile else ()),
        languages=frozenset(profile.languages if profile else ()),
        conflicts=conflicts,
        previous=previous,
        score=score,
    )


def _barrier(
    person: Employee,
    away: str | None,
    suspended: bool,
    untrained: Bar | None,
    at: datetime,
    policy: Policy,
) -> Barrier | None:
    """What keeps somebody from any case at all (domain.md 5.3: filters first)."""
    if not person.is_here(at):
        return Barrier.LEFT
    if not staff.may(staff.roles_of(person), WORK, policy.rights):
        return Barrier.ROLE
    if away in _WHY_AWAY:
        return _WHY_AWAY[away]
    if suspended:
        return Barrier.SUSPENDED
    return None if untrained is None else _UNTRAINED[untrained]


def load_of(session: Session, ids: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """Employee → how many open cases they work, and what is owed in them; the pool is nobody's load."""
    found: dict[int, tuple[int, int]] = {}
    for some in in_chunks(ids):
        rows = session.execute(
            select(Case.live_owner_id, func.count(), func.sum(Case.balance))
            .where(Case.live_owner_id.in_(some), Case.status != CaseStatus.POOL)
            .group_by(Case.live_owner_id)
        )
        found.update({int(owner or 0): (int(cases), int(amount)) for owner, cases, amount in rows})
    return found


def _scores(session: Session, ids: Collection[int], at: datetime, policy: Policy) -> Mapping[int, float]:
    """Employee → confirmed payments ÷ placed balance of the last days, pulled towards the mean of all."""
    since = at - timedelta(days=policy.distribution.score_days)
    paid: dict[int, int] = {}
    placed: dict[int, tuple[int, int]] = {}
    for some in in_chunks(ids):
        money = (
            select(Payment.credited_to_id, func.sum(Payment.amount))
            .where(
                Payment.credited_to_id.in_(some),
                Payment.state == PaymentState.CONFIRMED,
                Payment.posted_at >= since,
            )
            .group_by(Payment.credited_to_id)
        )
        paid.update({int(id_ or 0): int(amount) for id_, amount in session.execute(money)})
        held = (
            select(Assignment.owner_id, Assignment.case_id)
            .where(
                Assignment.owner_id.in_(some),
                or_(Assignment.ended_at.is_(None), Assignment.ended_at >= since),
            )
            .distinct()
            .subquery()
        )
        balances = (
            select(held.c.owner_id, func.count(), func.sum(Case.placed_balance))
            .join(Case, Case.id == held.c.case_id)
            .where(or_(Case.closed_at.is_(None), Case.closed_at >= since))
            .group_by(held.c.owner_id)
        )
        placed.update({id_: (int(n), int(sum_)) for id_, n, sum_ in session.execute(balances)})
    everything = sum(amount for _, amount in placed.values())
    mean = sum(paid.values()) / everything if everything else 0.0
    scores = {}
    for id_ in ids:
        cases, balance = placed.get(id_, (0, 0))
        scores[id_] = shrunk(paid.get(id_, 0) / balance if balance else 0.0, cases if balance else 0, mean)
    return scores


def pool_units(session: Session, person: Employee) -> Sequence[int]:
    """From whose pools somebody may claim: the units of their posts and those above them."""
    own = {post.unit_id for post in person.posts}
    return session.scalars(
        select(UnitTree.ancestor_id)
        .where(UnitTree.unit_id.in_(own))
        .distinct()
        .order_by(UnitTree.ancestor_id)
    ).all()


def pool_of(session: Session, unit_ids: Collection[int]) -> Sequence[tuple[int, int, int]]:
    """What lies in the pools of these units: bucket, cases, what is owed in them."""
    rows = session.execute(
        select(Case.bucket, func.count(), func.sum(Case.balance))
        .where(Case.unit_id.in_(unit_ids), Case.status == CaseStatus.POOL)
        .group_by(Case.bucket)
        .order_by(Case.bucket)
    )
    return [(int(bucket), int(cases), int(amount)) for bucket, cases, amount in rows]


def pool_page(
    session: Session, in_pool: Filter, *, at: datetime, after: int, limit: int
) -> Sequence[tuple[int, int]]:
    """The next cases of the pools in the order in which they are claimed (case, debtor): the oldest first."""
    rows = session.execute(
        select(Case.id, Case.debtor_id)
        .where(*conditions(in_pool, at), Case.id > after)
        .order_by(Case.id)
        .limit(limit)
    )
    return [(case_id, debtor_id) for case_id, debtor_id in rows]
