"""Where money comes in lately: by area, so that strong people can be placed there (S4-27)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.cases import Case, Payment, PaymentState
from models.distribution.rules import Group, shrunk
from models.policy import Policy


def with_potential(
    session: Session, groups: Sequence[Group], *, at: datetime, policy: Policy
) -> Sequence[Group]:
    """The groups with the potential of where their cases are; of one without an area it is the mean."""
    areas = {area for one in groups for area in one.areas}
    found, mean = _potentials(session, areas, at, policy)
    return [
        replace(one, potential=max((found.get(area, mean) for area in one.areas), default=mean))
        for one in groups
    ]


def _potentials(
    session: Session, areas: Collection[str], at: datetime, policy: Policy
) -> tuple[Mapping[str, float], float]:
    """Area → confirmed payments of the last days ÷ placed balance of its cases that were open then, pulled
    towards the mean of these areas the fewer cases it has."""
    since = at - timedelta(days=policy.distribution.score_days)
    paid: dict[str, int] = {}
    placed: dict[str, tuple[int, int]] = {}
    for some in _named(areas):
        money = (
            select(Case.area, func.sum(Payment.amount))
            .join(Case, Case.id == Payment.case_id)
            .where(Payment.state == PaymentState.CONFIRMED, Payment.posted_at >= since, Case.area.in_(some))
            .group_by(Case.area)
        )
        paid.update({area: int(amount) for area, amount in session.execute(money)})
        owed = (
            select(Case.area, func.count(), func.sum(Case.placed_balance))
            .where(Case.area.in_(some), or_(Case.closed_at.is_(None), Case.closed_at >= since))
            .group_by(Case.area)
        )
        placed.update({area: (int(count), int(amount)) for area, count, amount in session.execute(owed)})
    everything = sum(amount for _, amount in placed.values())
    mean = sum(paid.values()) / everything if everything else 0.0
    found = {
        area: shrunk(paid.get(area, 0) / amount if amount else 0.0, count if amount else 0, mean)
        for area, (count, amount) in placed.items()
    }
    return found, mean


def _named(areas: Collection[str]) -> Sequence[Sequence[str]]:
    ordered = sorted(areas)
    return [ordered[first : first + 500] for first in range(0, len(ordered), 500)]
