"""What each measure is counted in, and which way it gets better (domain.md 4.1); its names are policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.performance.rules import Direction, Unit


@dataclass(frozen=True)
class Kind:
    """The nature of a measure."""

    unit: Unit
    direction: Direction = Direction.HIGHER
    grows: bool = False
    """Whether what adds to the numerator adds to the denominator too (`rules.gap`)."""


KINDS: Mapping[str, Kind] = {
    "recovered_amount": Kind(Unit.MONEY),
    "recovery_rate_amount": Kind(Unit.RATE),
    "recovery_rate_cases": Kind(Unit.RATE),
    "connect_rate": Kind(Unit.RATE, grows=True),
    "rpc_rate": Kind(Unit.RATE, grows=True),
    "ptp_rate": Kind(Unit.RATE),
    "ptp_kept_rate": Kind(Unit.RATE, grows=True),
    "roll_rate": Kind(Unit.RATE, Direction.LOWER),
    "visits_per_day": Kind(Unit.PER_DAY),
    "followup_timeliness": Kind(Unit.RATE, grows=True),
    "note_coverage": Kind(Unit.RATE),
    "complaints_per_100": Kind(Unit.PER_HUNDRED, Direction.LOWER),
    "repurchase_rate": Kind(Unit.RATE),
    "overdue_rate": Kind(Unit.RATE, Direction.LOWER),
    "training_score": Kind(Unit.MEAN),
    "training_completion": Kind(Unit.RATE, grows=True),
    "attendance_rate": Kind(Unit.RATE, grows=True),
    "early_attrition": Kind(Unit.RATE, Direction.LOWER),
    "sales_amount": Kind(Unit.MONEY),
    "loans_booked": Kind(Unit.MONEY),
    "customer_feedback": Kind(Unit.MEAN),
    "talk_minutes": Kind(Unit.COUNT),
    "signing_cycle": Kind(Unit.DAYS, Direction.LOWER),
    "ptp_cycle": Kind(Unit.DAYS, Direction.LOWER),
}
MOST: Mapping[Unit, int] = {
    Unit.MONEY: 10**12,
    Unit.RATE: 100_00,
    Unit.PER_HUNDRED: 100_00,
    Unit.PER_DAY: 1_000_00,
    Unit.MEAN: 100_00,
    Unit.DAYS: 1_000_00,
    Unit.COUNT: 10**9,
}
"""The highest target that makes sense, in hundredths (of a yuan, a percent, a visit a day)."""


class ResultKind(StrEnum):
    """What other systems tell about (docs/external-results.md)."""

    PURCHASE = "purchase"
    """A customer bought something, for so much."""
    LOAN = "loan"
    """A loan was booked, of so much."""
    OVERDUE = "overdue"
    """So much of a loan is overdue on the evening of a day; 0: nothing is any more."""
    TALK = "talk"
    """So many minutes of talk."""
    FEEDBACK = "feedback"
    """A customer gave so many points of a hundred."""


class ResultState(StrEnum):
    """Whether what was told counts."""

    HOLDS = "holds"
    CORRECTED = "corrected"
    """A later one with the same id took its place."""
    WITHDRAWN = "withdrawn"
    """What it came with was taken back."""
