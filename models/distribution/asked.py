"""What is asked to be given out, before anything is computed."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases, staff
from models.base import in_chunks
from models.cases import Filter
from models.distribution.queries import ASSIGN
from models.distribution.requests import Request
from models.distribution.rules import MISMATCHES, Barrier, Strategy
from models.policy import Policy
from models.staff import Employee, Unit


@dataclass(frozen=True)
class Asked:
    """A request that may be computed, and how large it is."""

    request: Request
    cases: int
    """How many cases are to be given out at most; one question of an index, whoever may have them."""


def ask(
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
) -> Asked:
    """What is asked for as a request, without computing it: cheap however many cases there are.

    `to` are employees. `filter.limit` is how many cases at most, the highest balances first, and never more
    than the policy allows in one go; `numbers` names the cases instead of a filter. With `filter.statuses` of
    `POOL` alone, what belongs to a debtor of whom somebody already has a case stays. Without a seed one is
    made from the request.

    Raises:
        NotPermitted: the actor may not assign; staff.OutOfReach: somebody of `to` is out of reach.
    """
    allowed = staff.require(actor, ASSIGN, policy.rights)
    check_people(session, allowed, actor, sorted(set(to)), at)
    request = Request(
        filter=filter,
        numbers=tuple(numbers),
        to=tuple(sorted(set(to))),
        strategy=strategy,
        seed=_seed(actor, at, numbers, to) if seed is None else seed,
        overridden=frozenset(overridden) & MISMATCHES,
        contact_by=contact_by,
    )
    if numbers:
        return Asked(request, len(request.numbers))
    found, _ = cases.count_and_amount(session, near(session, allowed, filter), at=at)
    meant = found if filter.limit is None else min(filter.limit, found)
    most = policy.distribution.most_at_once
    if meant > most:
        request = replace(request, filter=replace(filter, limit=most), of=meant)
    return Asked(request, min(meant, most))


def _seed(actor: Employee, at: datetime, numbers: Sequence[int], to: Collection[int]) -> int:
    return zlib.crc32(f"{actor.id} {at.isoformat()} {list(numbers)} {sorted(to)}".encode())


def check_people(
    session: Session, allowed: staff.Reach, actor: Employee, ids: Sequence[int], at: datetime
) -> None:
    near: set[int] = set()
    for some in in_chunks(ids):
        there = select(Employee.id).where(Employee.id.in_(some), staff.person_in_reach(allowed, actor, at))
        near.update(session.scalars(there))
    if near != set(ids):
        raise staff.OutOfReach(action=ASSIGN)


def near(session: Session, allowed: staff.Reach, filter: Filter) -> Filter:
    """The filter without its limit, and within reach where it names no owner."""
    if allowed.everything or filter.owner_ids or filter.unit_ids:
        return replace(filter, limit=None)
    units = session.scalars(select(Unit.id).where(staff.unit_in_reach(allowed, Unit.id)))
    return replace(filter, limit=None, unit_ids=tuple(units))
