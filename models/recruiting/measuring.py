"""Pure sums of the hiring report."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from models.recruiting.kinds import StageStatus

DECIDED = {StageStatus.PASSED: True, StageStatus.WAIVED: True, StageStatus.FAILED: False}
"""Whether a stage that is decided was passed."""


@dataclass(frozen=True)
class Strength:
    """How those did later who are strong in a dimension, against all (S0-40): (passed, decided)."""

    name: str
    strong: tuple[int, int]
    everybody: tuple[int, int]


def median_days(spans: Sequence[timedelta]) -> float | None:
    """The median in days, to a tenth; None of nothing."""
    return round(median(span.total_seconds() for span in spans) / 86_400, 1) if spans else None


def strengths_of(
    applications: Iterable[Sequence[tuple[str, Mapping[str, Any]]]], least: float
) -> list[Strength]:
    """For each dimension how many passed all that was decided after the stage that gave the points.

    Each application is its stages in order, as (status, dimension → points); one of which nothing was
    decided later counts nowhere. Strong is who has at least so many points.
    """
    strong: dict[str, list[bool]] = defaultdict(list)
    everybody: dict[str, list[bool]] = defaultdict(list)
    for stages in applications:
        for number, (_, points) in enumerate(stages):
            later = [DECIDED[StageStatus(status)] for status, _ in stages[number + 1 :] if status in DECIDED]
            for name, value in points.items() if later else ():
                if isinstance(value, int | float):
                    everybody[name].append(all(later))
                    if value >= least:
                        strong[name].append(all(later))
    return [
        Strength(name, (sum(strong[name]), len(strong[name])), (sum(passed), len(passed)))
        for name, passed in sorted(everybody.items())
    ]
