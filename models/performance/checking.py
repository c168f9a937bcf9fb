"""Every night all tallies are counted anew from the records: what was not right is put right and reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import tally
from models.base import insert_all
from models.performance.queries import BEGINNING
from models.staff import Employee
from models.tally import Change, Tally, TallyRepair

AHEAD = timedelta(days=400)
"""So far ahead lie promises and plans that count on their day."""


def check_some(session: Session, *, after: int, limit: int, at: datetime) -> int | None:
    """Count the tallies of so many people anew, those with numbers above `after`.

    Returns the number up to which it is done, None once nobody is left. Of somebody who had no tallies at all
    nothing is reported: they are new, or older than the tallies.
    """
    people = session.scalars(
        select(Employee.id).where(Employee.id > after).order_by(Employee.id).limit(limit)
    ).all()
    counted = set(session.scalars(select(Tally.employee_id).where(Tally.employee_id.in_(people)).distinct()))
    changes = tally.count_anew(session, people, BEGINNING, at.date() + AHEAD)
    insert_all(session, TallyRepair, [_repair(one, at) for one in changes if one.employee_id in counted])
    return people[-1] if len(people) == limit else None


def _repair(change: Change, at: datetime) -> dict[str, object]:
    return {
        "at": at,
        "employee_id": change.employee_id,
        "measure": change.measure,
        "day": change.day,
        "of_month": change.of_month,
        "entry_bucket": change.entry_bucket,
        "value_was": change.was[0],
        "value": change.now[0],
        "count_was": change.was[1],
        "count": change.now[1],
    }


@dataclass(frozen=True)
class Repaired:
    """What was not right."""

    tallies: int
    people: Sequence[str]
    """Whose, by name."""
    first: date
    last: date


def repaired(session: Session, *, since: datetime) -> Repaired | None:
    """What has been put right since then; None if everything was right."""
    rows = session.execute(
        select(TallyRepair.day, Employee.name)
        .join(Employee, Employee.id == TallyRepair.employee_id)
        .where(TallyRepair.at >= since)
        .order_by(TallyRepair.id)
    ).all()
    if not rows:
        return None
    days = [day for day, _ in rows]
    return Repaired(len(rows), list(dict.fromkeys(name for _, name in rows)), min(days), max(days))
