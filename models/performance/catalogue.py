"""Every measure of domain.md 4.1 for which there are records, as data: what is counted over what.

What it says in words stands in config/texts, under the code; docs/performance-figures.md works each by hand.
A measure whose formula changes gets a higher version, and figures say by which they were made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.performance.rules import Direction, Unit


class Over(StrEnum):
    """Which days of what is counted go into a figure."""

    PERIOD = "period"
    BEFORE = "before"
    """All days before the period: what somebody held when it began."""
    AVERAGE = "average"
    """What somebody held on the mean evening of the period; to whole things, half up."""
    PASSED = "passed"
    """The days of the period that are over."""
    UNTIL = "until"
    """All days up to the last one of the period: what has come together, or stands there, by then."""


@dataclass(frozen=True)
class Term:
    """Something that is counted (models/performance/sources.py), or its money."""

    part: str
    money: bool = False
    over: Over = Over.PERIOD


@dataclass(frozen=True)
class Measure:
    """One measure: the sum of some terms, or of some terms over some others."""

    code: str
    unit: Unit
    direction: Direction
    numerator: Sequence[Term]
    denominator: Sequence[Term] = ()
    by_bucket: bool = False
    """Whether it can be told by the bucket at which cases came in."""
    live: bool = False
    """It is not tallied, but made up of what else is known about each day (attendance)."""
    version: int = 1

    @property
    def terms(self) -> Iterable[Term]:
        """All that it takes."""
        return (*self.numerator, *self.denominator)


def _of(*parts: str) -> Sequence[Term]:
    return [Term(part) for part in parts]


_ASSIGNED_MONEY = [Term("held", money=True, over=Over.BEFORE), Term("begun", money=True)]
_ASSIGNED = [Term("held", over=Over.BEFORE), Term("begun")]
_PROMISES_DUE = _of("kept", "partly", "broken")
_CUSTOMERS = Term("customers", over=Over.UNTIL)
HIGHER, LOWER = Direction.HIGHER, Direction.LOWER

_ALL = (
    Measure("recovered_amount", Unit.MONEY, HIGHER, [Term("recovered", money=True)], by_bucket=True),
    Measure(
        "recovery_rate_amount",
        Unit.RATE,
        HIGHER,
        [Term("recovered", money=True)],
        _ASSIGNED_MONEY,
        by_bucket=True,
    ),
    Measure("recovery_rate_cases", Unit.RATE, HIGHER, _of("settled"), _ASSIGNED, by_bucket=True),
    Measure("cases_assigned", Unit.COUNT, HIGHER, _ASSIGNED, by_bucket=True),
    Measure("cases_settled", Unit.COUNT, HIGHER, _of("settled"), by_bucket=True),
    Measure("attempts", Unit.COUNT, HIGHER, _of("attempts")),
    Measure("connect_rate", Unit.RATE, HIGHER, _of("connected"), _of("attempts")),
    Measure("rpc_rate", Unit.RATE, HIGHER, _of("rpc"), _of("connected")),
    Measure("ptp_rate", Unit.RATE, HIGHER, _of("promised"), _of("rpc")),
    Measure("ptp_kept_rate", Unit.RATE, HIGHER, _of("kept"), _PROMISES_DUE, by_bucket=True),
    Measure("ptp_partial_rate", Unit.RATE, LOWER, _of("partly"), _PROMISES_DUE, by_bucket=True),
    Measure("visits", Unit.COUNT, HIGHER, _of("visits")),
    Measure("visits_per_day", Unit.PER_DAY, HIGHER, _of("visits"), _of("attended")),
    Measure(
        "followup_timeliness",
        Unit.RATE,
        HIGHER,
        _of("follow_done"),
        [*_of("follow_done", "follow_late"), Term("follow_open", over=Over.PASSED)],
        by_bucket=True,
    ),
    Measure("note_coverage", Unit.RATE, HIGHER, _of("worked_noted"), _of("worked")),
    Measure("complaints", Unit.COUNT, LOWER, _of("complaints"), by_bucket=True),
    Measure(
        "complaints_per_100",
        Unit.PER_HUNDRED,
        LOWER,
        _of("upheld"),
        [Term("held", over=Over.AVERAGE)],
        by_bucket=True,
    ),
    Measure("attended_days", Unit.COUNT, HIGHER, _of("attended")),
    Measure("attendance_rate", Unit.RATE, HIGHER, (), (), live=True),
    Measure(
        "training_score",
        Unit.MEAN,
        HIGHER,
        _of("quiz_points"),
        [*_of("quiz_sat"), Term("quiz_missed", over=Over.PASSED)],
    ),
    Measure(
        "training_completion",
        Unit.RATE,
        HIGHER,
        _of("learnt"),
        [*_of("learnt", "learnt_late"), Term("not_learnt", over=Over.PASSED)],
    ),
    Measure("sales_amount", Unit.MONEY, HIGHER, [Term("sold", money=True)]),
    Measure("customers", Unit.COUNT, HIGHER, [_CUSTOMERS]),
    Measure("repurchase_rate", Unit.RATE, HIGHER, [Term("repurchased", over=Over.UNTIL)], [_CUSTOMERS]),
    Measure("loans_booked", Unit.MONEY, HIGHER, [Term("booked", money=True)]),
    Measure(
        "overdue_rate",
        Unit.RATE,
        LOWER,
        [Term("overdue", money=True, over=Over.UNTIL)],
        [Term("booked", money=True, over=Over.UNTIL)],
    ),
    Measure("talk_minutes", Unit.COUNT, HIGHER, _of("talked")),
    Measure("customer_feedback", Unit.MEAN, HIGHER, _of("rating"), _of("rated")),
    Measure("signing_cycle", Unit.DAYS, LOWER, _of("signing_days"), _of("signed")),
    Measure("ptp_cycle", Unit.DAYS, LOWER, _of("kept_days"), _of("kept")),
    Measure(
        "roll_rate",
        Unit.RATE,
        LOWER,
        [Term("rolled", money=True)],
        [Term("could_roll", money=True)],
        by_bucket=True,
    ),
)

CATALOGUE: Mapping[str, Measure] = {measure.code: measure for measure in _ALL}
"""By code, in the order in which they are shown."""
