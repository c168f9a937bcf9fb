"""Why something about distribution is refused. Facts are plain values."""

from models.errors import DomainError, NotFound

TEXTS = "distribution"


class NobodyToGiveTo(DomainError):
    """There is nobody in the teams that were named who works cases (facts: none)."""

    texts = TEXTS


class PlanChanged(DomainError):
    """What was previewed would not happen any more: cases or people have changed meanwhile (facts: none)."""

    texts = TEXTS


class NothingToGive(DomainError):
    """Nothing would be given to anybody (facts: cases; reason: a code of `Barrier`, perhaps empty)."""

    texts = TEXTS


class StillGivingOut(DomainError):
    """A large distribution is still on its way: nothing can be taken back of it yet (facts: minutes)."""

    texts = TEXTS


class StillTakingBack(DomainError):
    """A large distribution is still being taken back: nothing else can be meanwhile."""

    texts = TEXTS


class PoolEmpty(DomainError):
    """The pool holds nothing that the person could take.

    Facts: cases: how many such ones are there for others; choosy: whether only some kind was asked for.
    """

    texts = TEXTS


class ClaimLimit(DomainError):
    """The person has claimed as many today as one may in a day (facts: limit)."""

    texts = TEXTS


class NoRoom(DomainError):
    """The person has as many cases as they may (facts: load, cap)."""

    texts = TEXTS


class NoClaims(DomainError):
    """The person is given no cases at all now (facts: reason: a code of `Barrier`)."""

    texts = TEXTS


class CapOutOfRange(DomainError):
    """Nobody may have so many cases (facts: most)."""

    texts = TEXTS


class ConflictKnown(DomainError):
    """It is on record already (facts: person, number)."""

    texts = TEXTS


class NoConflict(NotFound):
    """There is no such conflict of interest on record (facts: person, number)."""

    texts = TEXTS
