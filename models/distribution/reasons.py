"""Why somebody has a case: what decided when it came to them (为什么是我)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases
from models.cases import SEE, Assignment, AssignmentBatch
from models.policy import Policy
from models.staff import Employee


@dataclass(frozen=True)
class Reason:
    """How a case came to its owner. What is unknown is empty."""

    number: int
    owner: str
    mine: bool
    cause: str
    """Code of an `AssignmentCause`."""
    by: str
    """Who decided; empty: the system did."""
    at: datetime
    from_: str
    """Who had it before; empty if it was nobody's."""
    strategy: str
    seed: int
    cases: int
    """How many were given out together."""
    why: Mapping[str, Any]
    """Numbers and codes: `place`, `of`, `people`, `load`, `cap`, `against` …"""


def reason(session: Session, *, actor: Employee, number: int | str, at: datetime, policy: Policy) -> Reason:
    """What decided for the owner of a case.

    Raises:
        NotPermitted, cases.NoSuchCase: the actor sees no such case.
    """
    case = cases.find_case(session, actor=actor, number=number, action=SEE, at=at, policy=policy)
    stretches = session.scalars(
        select(Assignment).where(Assignment.case_id == case.id).order_by(Assignment.number.desc()).limit(2)
    ).all()
    newest = stretches[0]
    batch = None if newest.batch_id is None else session.get(AssignmentBatch, newest.batch_id)
    people = {one.owner_id for one in stretches} | {newest.by_id or 0}
    rows = session.execute(select(Employee.id, Employee.name).where(Employee.id.in_(people)))
    names = {row.id: row.name for row in rows}
    before = stretches[1] if len(stretches) > 1 else None
    return Reason(
        number=case.id,
        owner=names[newest.owner_id],
        mine=newest.owner_id == actor.id,
        cause=newest.cause,
        by=names.get(newest.by_id or 0, ""),
        at=newest.started_at,
        from_="" if before is None else names[before.owner_id],
        strategy="" if batch is None else batch.strategy,
        seed=0 if batch is None else batch.seed,
        cases=1 if batch is None else batch.cases,
        why=newest.why,
    )
