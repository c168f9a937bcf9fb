"""The ladder of idle cases: which step is due (pure)."""

from enum import IntEnum

from models.policy import DistributionPolicy


class Rung(IntEnum):
    """A step of the ladder."""

    NONE = 0
    REMIND = 1
    """The owner is reminded."""
    WARN = 2
    """The supervisor is told."""
    MOVE = 3
    """Somebody else gets them."""


def rung_of(left: int, gone: int, policy: DistributionPolicy) -> Rung:
    """Which step is due for cases that go to somebody else in so many days, after the steps gone so far.

    One step a night: nobody is passed over because a night was missed or a rule became stricter.
    """
    reached = Rung.NONE
    if left <= 0:
        reached = Rung.MOVE
    elif left <= policy.recycling_warn_days:
        reached = Rung.WARN
    elif left <= policy.recycling_remind_days:
        reached = Rung.REMIND
    if reached == Rung.MOVE and gone >= Rung.WARN:
        return Rung.MOVE
    following = Rung(min(gone + 1, Rung.MOVE))
    return following if following <= reached else Rung.NONE
