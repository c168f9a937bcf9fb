"""Which course helps with what, and what a course did: pure decisions (domain.md section 8)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Need(StrEnum):
    """Why somebody may want a course, the most pressing first."""

    BROKEN_PROMISES = "broken_promises"
    """More than so many percent of the due promises were broken (S4-18)."""
    WEAK_MEASURE = "weak_measure"
    """A measure is far below its target (S4-28, S2-31)."""
    WEAK_DIMENSION = "weak_dimension"
    """An assessment found less than the job asks for (S2-22)."""
    TENURE = "tenure"
    """It is for people who have been here as long as this one (S3-28)."""


@dataclass(frozen=True)
class Lack:
    """One thing somebody lacks, with the figures that show it; `points` of 100, the fewer the worse."""

    need: Need
    about: str
    """A code of a measure, or the name of a dimension; empty for tenure."""
    points: Decimal
    actual: Decimal | None = None
    target: Decimal | None = None
    dimension: str = ""
    """What the assessment before the hire found weak in the same field (S2-31)."""
    dimension_points: Decimal | None = None


@dataclass(frozen=True)
class Offered:
    """A course that could be suggested, as far as it matters here."""

    version: int
    course: int
    roles: frozenset[str]
    measures: frozenset[str]
    dimensions: frozenset[str]
    months_from: int
    months_to: int | None

    def suits(self, role: str, months: int) -> bool:
        """Whether it is for people of this role who have been here for so many whole months."""
        if self.roles and role not in self.roles:
            return False
        return self.months_from <= months and (self.months_to is None or months < self.months_to)

    def helps(self, lack: Lack) -> bool:
        """Whether it is about what somebody lacks."""
        if lack.need is Need.TENURE:
            return bool(self.months_from or self.months_to is not None)
        if lack.need is Need.WEAK_DIMENSION:
            return lack.about in self.dimensions
        return lack.about in self.measures


@dataclass(frozen=True)
class Choice:
    """A course for somebody, and why."""

    offered: Offered
    lack: Lack


def choose(
    lacks: Sequence[Lack],
    offered: Sequence[Offered],
    *,
    role: str,
    months: int,
    rests: Collection[int],
    most: int,
) -> Sequence[Choice]:
    """At most so many courses for what somebody lacks: by need, then the fewest points; each course once.

    Of several that help, the one that is about the fewest other things comes first: it is closest to the
    point. `rests` are courses that were given not long ago, or are being learned.
    """
    found: list[Choice] = []
    taken = set(rests)
    order = list(Need)
    for lack in sorted(lacks, key=lambda one: (order.index(one.need), one.points, one.about)):
        fitting = [
            one for one in offered if one.course not in taken and one.suits(role, months) and one.helps(lack)
        ]
        for one in sorted(fitting, key=_breadth)[:1]:
            taken.add(one.course)
            found.append(Choice(one, lack))
    return found[:most]


def _breadth(one: Offered) -> tuple[int, int]:
    return len(one.measures) + len(one.dimensions), one.course


def lacks_of(
    points: Mapping[str, tuple[Decimal | None, Decimal | None, Decimal | None]],
    *,
    weak: int,
) -> Sequence[Lack]:
    """Measure → (points, actual, target): what has fewer points than `weak`; no points say nothing."""
    return [
        Lack(Need.WEAK_MEASURE, code, reached, actual, target)
        for code, (reached, actual, target) in points.items()
        if reached is not None and reached < weak
    ]


def broken(kept: int, due: int, *, percent: int, least: int) -> Lack | None:
    """Too many broken promises: more than `percent` of at least `least` that were due (S4-18)."""
    if due < least or (due - kept) * 100 <= percent * due:
        return None
    share = Fraction(100 * (due - kept), due)
    actual = Decimal(round(share * 100)) / 100
    return Lack(Need.BROKEN_PROMISES, "ptp_kept_rate", 100 - actual, actual, Decimal(percent))


# --- effect -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A measure of somebody before and after a day."""

    person: int
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Effect:
    """What a measure did around a course, beside those who had not learned it (domain.md section 8).

    Association, not proof: who learns may differ from who does not.
    """

    trained: int
    peers: int
    before: Decimal
    after: Decimal
    peers_before: Decimal
    peers_after: Decimal

    @property
    def difference(self) -> Decimal:
        """By how much the trained changed more than their peers (difference in differences)."""
        return (self.after - self.before) - (self.peers_after - self.peers_before)


def effect(pairs: Sequence[tuple[Change, Sequence[Change]]], *, least: int) -> Effect | None:
    """The effect over (somebody trained, their untrained peers over the same days); None with too few people.

    Every trained person weighs the same, and is held against the mean of the own peers.
    """
    pairs = [(own, others) for own, others in pairs if others]
    peers = {one.person for _, others in pairs for one in others}
    if len(pairs) < least or len(peers) < least:
        return None
    return Effect(
        len(pairs),
        len(peers),
        _mean([own.before for own, _ in pairs]),
        _mean([own.after for own, _ in pairs]),
        _mean([_mean([one.before for one in others], exact=True) for _, others in pairs]),
        _mean([_mean([one.after for one in others], exact=True) for _, others in pairs]),
    )


def _mean(values: Sequence[Decimal], *, exact: bool = False) -> Decimal:
    mean = sum(values, Decimal(0)) / len(values)
    return mean if exact else mean.quantize(Decimal("0.01"))
