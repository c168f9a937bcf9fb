"""Distribution: who gets which cases, and why (domain.md 5.3)."""

from models.distribution.rules import (
    MISMATCHES,
    Barrier,
    Group,
    Left,
    Limits,
    Outcome,
    Placed,
    Strategy,
    Worker,
    take_up_to,
)
from models.distribution.sharing import share_out

__all__ = [
    "MISMATCHES",
    "Barrier",
    "Group",
    "Left",
    "Limits",
    "Outcome",
    "Placed",
    "Strategy",
    "Worker",
    "share_out",
    "take_up_to",
]
