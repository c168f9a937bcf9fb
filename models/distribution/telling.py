"""What people are told of a change of owner: by person, in one message each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models import proposals, staff
from models.cases import Assignment, AssignmentBatch, Case, CaseStatus
from models.distribution.plans import Plan
from models.distribution.queries import ASSIGN, MEMBERS, WORK, pool_of, pool_units
from models.policy import Policy
from models.proposals import Proposal
from models.staff import Employee, Unit


@dataclass(frozen=True)
class Got:
    """What one person got."""

    person_id: int
    cases: int
    amount: int
    """What is owed in them, in fen."""
    first: int
    """The number of one of them."""
    to_accept: int
    """How many wait for being accepted."""
    accept_by: datetime | None
    contact_by: datetime | None
    """The earliest of them."""
    by: str
    """Who decided; empty: the system."""


@dataclass(frozen=True)
class Lost:
    """What one person has no longer."""

    person_id: int
    cases: int
    first: int
    to: Sequence[str]
    """Who has them now."""


@dataclass(frozen=True)
class Told:
    """Who hears of a batch."""

    got: Sequence[Got]
    lost: Sequence[Lost]
    """Those who worked them before; whoever only held the pool is not told."""


def told_of(session: Session, batch: AssignmentBatch) -> Told:
    """Who got and who lost what by a batch, by person."""
    by = "" if batch.by_id is None else session.get_one(Employee, batch.by_id).name
    waiting = Case.status == CaseStatus.ASSIGNED
    rows = session.execute(
        select(
            Assignment.owner_id,
            func.count(),
            func.sum(Case.balance),
            func.min(Case.id),
            func.count().filter(waiting),
            func.min(Case.accept_by).filter(waiting),
            func.min(Case.contact_by),
        )
        .join(Case, Case.id == Assignment.case_id)
        .where(Assignment.batch_id == batch.id)
        .group_by(Assignment.owner_id)
        .order_by(Assignment.owner_id)
    ).all()
    got = [
        Got(owner, int(cases), int(amount), first, int(to_accept), accept_by, contact_by, by)
        for owner, cases, amount, first, to_accept, accept_by, contact_by in rows
    ]
    return Told(got, _lost(session, batch))


def _lost(session: Session, batch: AssignmentBatch) -> Sequence[Lost]:
    """Former owners; the state before says whether it was in a pool."""
    before = aliased(Assignment)
    was = func.coalesce(Assignment.before["status"].as_string(), "")
    rows = session.execute(
        select(before.owner_id, Assignment.case_id, Employee.name)
        .join(before, (before.case_id == Assignment.case_id) & (before.number == Assignment.number - 1))
        .join(Employee, Employee.id == Assignment.owner_id)
        .where(Assignment.batch_id == batch.id, was != CaseStatus.POOL)
        .order_by(before.owner_id, Assignment.case_id)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for owner, number, name in rows:
        found.setdefault(owner, []).append((number, name))
    return [
        Lost(owner, len(some), some[0][0], list(dict.fromkeys(name for _, name in some)))
        for owner, some in found.items()
    ]


@dataclass(frozen=True)
class PoolLine:
    """What lies in the pool of one bucket."""

    bucket: int
    cases: int
    amount: int


@dataclass(frozen=True)
class Pool:
    """What lies in the pools that concern somebody."""

    lines: Sequence[PoolLine]
    teams: Sequence[tuple[int, str]]
    """Units to whose members the asker could give it (id, name)."""
    may_claim: bool

    @property
    def cases(self) -> int:
        """How many cases."""
        return sum(line.cases for line in self.lines)

    @property
    def amount(self) -> int:
        """What is owed in them, in fen."""
        return sum(line.amount for line in self.lines)


MOST_TEAMS = 4
"""A card has room for so many buttons beside two others."""


def pool(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> Pool:
    """The pools within the asker's reach: those to give out from, else those to claim from."""
    allowed = staff.reach(actor, ASSIGN, policy.rights)
    may_claim = staff.may(staff.roles_of(actor), WORK, policy.rights)
    if allowed:
        near = session.execute(
            select(Unit.id, Unit.name)
            .where(staff.unit_in_reach(allowed, Unit.id), Unit.closed_at.is_(None))
            .order_by(Unit.id)
        ).all()
        units = [id_ for id_, _ in near]
        teams = [(id_, name) for id_, name in near if _has_members(session, id_, at)]
    else:
        units, teams = list(pool_units(session, actor)) if may_claim else [], []
    lines = [PoolLine(*line) for line in pool_of(session, units)]
    return Pool(lines, teams[:MOST_TEAMS], may_claim and not allowed)


def _has_members(session: Session, unit_id: int, at: datetime) -> bool:
    there = select(staff.Post.id).where(
        staff.Post.unit_id == unit_id, staff.Post.role.in_(MEMBERS), staff.held(at)
    )
    return session.scalars(there.limit(1)).first() is not None


def propose(session: Session, *, actor: Employee, plan: Plan, at: datetime, policy: Policy) -> Proposal:
    """Keep a plan until it is confirmed: what was asked for, and the fingerprint of what was shown."""
    return proposals.propose(
        session,
        actor=actor,
        kind="distribute",
        arguments={
            "request": plan.request.as_json(),
            "fingerprint": plan.fingerprint,
            "cases": plan.cases,
            "looked_at": plan.looked_at,
        },
        at=at,
        minutes=policy.people.confirm_minutes,
    )


def as_data(plan: Plan) -> Mapping[str, Any]:
    """A plan as the JSON API tells it."""
    return {
        "cases": plan.cases,
        "amount": plan.amount,
        "strategy": str(plan.request.strategy),
        "seed": plan.request.seed,
        "people": [
            {
                "account": line.account,
                "cases": line.cases,
                "debtors": line.debtors,
                "amount": line.amount,
                "load": line.load,
                "cap": line.cap,
                "over_soft_cap": line.over_soft_cap,
                "buckets": {str(bucket): number for bucket, number in line.buckets.items()},
            }
            for line in plan.lines
        ],
        "stays": dict(plan.stays),
        "rest": plan.rest,
        "barred": [{"account": one.account, "reason": str(one.reason)} for one in plan.barred],
    }


def claim_key(actor: Employee, at: datetime, message: str | None) -> str:
    """What a claim is known by: a message that comes twice claims once."""
    return f"claim:{actor.id}:{sha256((message or at.isoformat()).encode()).hexdigest()[:32]}"
