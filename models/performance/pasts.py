"""A figure against the own past: what is unlike it, and how it went (S4-45)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session

from models.base import in_chunks
from models.calendar import add_months
from models.performance import rules
from models.performance.around import Around, together
from models.performance.catalogue import CATALOGUE, Over
from models.performance.rules import (
    Comparison,
    Figure,
)
from models.performance.windows import DAY, Window
from models.staff import Employee
from models.tally import MonthTally

HISTORY = 12
"""So many whole months before are a figure's own past."""


@dataclass(frozen=True)
class Outlier:
    """Somebody's figure that is unlike their own past (S4-45)."""

    person: Employee
    measure: str
    value: Decimal
    comparison: Comparison


WATCHED = tuple(
    one.code
    for one in CATALOGUE.values()
    if one.code not in ("ptp_partial_rate", "attended_days")
    and not one.live
    and all(term.over is Over.PERIOD for term in one.terms)
)
"""What is held against the own past: what the months before tell by themselves."""


def outliers(around: Around, people: Sequence[Employee], window: Window) -> Sequence[Outlier]:
    """Whose figures of a month are unlike the own months before; of a month that runs, only the ratios."""
    if window.months != 1:
        return []
    runs = window.runs(around.at.date())
    watched = [one for one in WATCHED if not runs or CATALOGUE[one].denominator]
    sums = _by_month(around.session, people, add_months(window.first, -HISTORY), window.first, watched)
    values = around.policy.performance
    found = []
    for person in people:
        for code in watched:
            now = _made(code, sums.get((person.id, window.first), {})).value
            if now is None:
                continue
            compared = rules.against_history(
                now,
                _past(code, sums, person.id, window.first),
                limit=values.outlier_z,
                least=values.outlier_history,
            )
            if compared is not None and compared.unusual:
                found.append(Outlier(person, code, now, compared))
    return found


Sums = Mapping[tuple[int, date], Mapping[str, tuple[int, int]]]


def _past(code: str, sums: Sums, person: int, first: date) -> Sequence[Decimal]:
    made = [_made(code, some).value for (who, month), some in sums.items() if who == person and month < first]
    return [value for value in made if value is not None]


def _made(code: str, sums: Mapping[str, tuple[int, int]]) -> Figure:
    measure = CATALOGUE[code]

    def amount(term: Any) -> int:
        value, count = sums.get(term.part, (0, 0))
        return value if term.money else count

    whole = sum(map(amount, measure.denominator)) if measure.denominator else None
    return rules.figure(code, measure.unit, sum(map(amount, measure.numerator)), whole)


def _by_month(
    session: Session, people: Sequence[Employee], first: date, last: date, measures: Collection[str]
) -> Sums:
    parts = sorted({term.part for code in measures for term in CATALOGUE[code].terms})
    found: dict[tuple[int, date], dict[str, tuple[int, int]]] = {}
    for some in in_chunks([one.id for one in people]):
        rows = (
            select(
                MonthTally.employee_id,
                MonthTally.month,
                MonthTally.measure,
                func.sum(MonthTally.value),
                func.sum(MonthTally.count, type_=Integer),
            )
            .where(
                MonthTally.employee_id.in_(some),
                MonthTally.measure.in_(parts),
                MonthTally.month.between(first, last),
            )
            .group_by(MonthTally.employee_id, MonthTally.month, MonthTally.measure)
        )
        for who, month, part, value, count in session.execute(rows):
            found.setdefault((who, month), {})[part] = int(value), int(count)
    return found


def trend(
    around: Around,
    people: Sequence[Employee],
    measure: str,
    window: Window,
    *,
    bucket: int | None = None,
    points: int = 6,
) -> Sequence[tuple[Window, Figure]]:
    """A measure over windows of the same kind, the oldest first, the asked one last."""
    windows = [window]
    while len(windows) < points:
        first = windows[0].first
        if window.months:
            begins = add_months(first, -window.months)
            windows.insert(0, Window(begins, first - DAY))
        else:
            days = window.last - window.first + DAY
            windows.insert(0, Window(first - days, first - DAY))
    if not people:
        return []
    return [
        (one, together(around.figures(people, one, [measure], bucket), people)[measure]) for one in windows
    ]
