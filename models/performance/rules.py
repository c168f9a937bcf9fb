"""How people's figures are compared and scored: pure (docs/performance-scores.md works every case by hand).

Values are what people say: yuan, percent, visits a day. They are rounded to two decimals, half up, before
anything compares them, so that whatever is shown can be worked out again from what is shown (domain.md 4.3).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
_ZERO = Decimal(0)


class Unit(StrEnum):
    """What a figure is counted in."""

    MONEY = "money"
    """Its numerator is in fen, its value in yuan."""
    RATE = "rate"
    """A part of a whole; its value is in percent."""
    PER_HUNDRED = "per_hundred"
    """So many to a hundred of something else."""
    PER_DAY = "per_day"
    """So many to one of something else."""
    MEAN = "mean"
    """The mean of scores."""
    COUNT = "count"
    """Whole things."""
    DAYS = "days"
    """The mean of so many days."""


SINGLE = (Unit.PER_DAY, Unit.MEAN, Unit.DAYS)
"""Ratios whose value is no percentage."""


class Direction(StrEnum):
    """Which way a figure gets better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Figure:
    """A measure of somebody over some days, and what it was made from."""

    measure: str
    """A code of domain.md 4.1."""
    numerator: int
    denominator: int | None
    """None: the measure is no ratio."""
    value: Decimal | None
    """Rounded to two decimals; None: there is nothing it could be made from."""


def figure(measure: str, unit: Unit, numerator: int, denominator: int | None = None) -> Figure:
    """The figure of a measure; one that divides by nothing has no value."""
    if unit is Unit.COUNT:
        return Figure(measure, numerator, None, rounded(Decimal(numerator)))
    if unit is Unit.MONEY:
        return Figure(measure, numerator, None, _hundredths(numerator, 100))
    if not denominator:
        return Figure(measure, numerator, denominator, None)
    times = 1 if unit in SINGLE else 100
    return Figure(measure, numerator, denominator, _hundredths(numerator * times, denominator))


def _hundredths(parts: int, whole: int) -> Decimal:
    """`rounded` of a quotient, for figures of many people: a tenth of its cost."""
    up = (abs(parts) * 200 + whole) // (whole * 2)
    return Decimal(up if parts >= 0 else -up).scaleb(-2)


def rounded(exact: Fraction | Decimal, step: Decimal = CENT) -> Decimal:
    """To two decimals (or `step`), half up; exact before that, so that nothing is rounded twice."""
    if step is CENT:
        return _hundredths(*exact.as_integer_ratio())
    whole = Fraction(exact) / Fraction(step)
    up = (abs(whole.numerator) * 2 + whole.denominator) // (whole.denominator * 2)
    return (Decimal(up if whole >= 0 else -up) * step).quantize(step)


# --- one measure against its target ------------------------------------------------------------------


def attainment(actual: Decimal, target: Decimal, direction: Direction) -> Decimal:
    """How far a target is reached, 0 to 120 (domain.md 4.2); 100 is on the spot."""
    if target <= 0:
        reached = actual <= target if direction is Direction.LOWER else actual >= target
        return rounded(HUNDRED if reached else Decimal(0))
    parts, of = actual.as_integer_ratio()
    aim, of_aim = target.as_integer_ratio()
    parts, whole = parts * of_aim, of * aim
    points = (2 * whole - parts if direction is Direction.LOWER else parts) * 100
    return _hundredths(min(max(points, 0), 120 * whole), whole)


def month_of_service(hired_on: date, first: date) -> int:
    """Which month of service a period from `first` on falls in: full months worked before it, plus one."""
    months = (first.year - hired_on.year) * 12 + first.month - hired_on.month
    return max(months - (first.day < hired_on.day), 0) + 1


def eased(target: Decimal, direction: Direction, month: int, percents: Sequence[int]) -> Decimal:
    """The target of somebody in a month of service (40, 70, then 100 %); a limit is not eased.

    Half of the complaints that are allowed would be the harder target.
    """
    if direction is Direction.LOWER or month > len(percents):
        return target
    return rounded(target * percents[month - 1] / HUNDRED)


@dataclass(frozen=True)
class Gap:
    """What is missing to a target, or how much room is left under a limit."""

    missing: int
    """So many more (fen, or things): 0 is reached. Under a limit: so many more good ones."""
    room: int | None = None
    """Under a limit: so many more are still allowed."""


def gap(now: Figure, unit: Unit, target: Decimal, direction: Direction, *, grows: bool = False) -> Gap | None:
    """How much more it takes to reach a target, exactly; None if nothing helps (any more).

    `grows`: what is added to the numerator is added to the denominator too, as with a promise that is kept.
    A limit (lower is better) that is exceeded is met again by good ones, which only the denominator counts.
    """
    if unit in (Unit.MONEY, Unit.COUNT) or now.denominator is None:
        aim = Fraction(target) * (100 if unit is Unit.MONEY else 1)
        if direction is Direction.LOWER:
            room = int(aim // 1) - now.numerator
            return Gap(0, room) if room >= 0 else None
        return Gap(max(_ceiling(aim) - now.numerator, 0))
    share = Fraction(target) / (1 if unit in SINGLE else 100)
    parts, whole = now.numerator, now.denominator
    reached = now.value is not None and _meets(now.value, target, direction)
    if direction is Direction.LOWER:
        if reached or not parts:
            return Gap(0, max(int(_until(share, parts, whole, grows) // 1), 0))
        return Gap(_ceiling(parts / share) - whole) if share > 0 else None
    if reached:
        return Gap(0)
    if not grows:
        return Gap(_ceiling(share * whole) - parts) if whole else None
    if share >= 1:
        return None if whole > parts or share > 1 else Gap(1)
    return Gap(max(_ceiling((share * whole - parts) / (1 - share)), 1))


def _until(share: Fraction, parts: int, whole: int, grows: bool) -> Fraction:
    """How many more bad ones a limit still allows."""
    if not grows:
        return share * whole - parts
    return (share * whole - parts) / (1 - share) if share < 1 else Fraction(0)


def _meets(value: Decimal, target: Decimal, direction: Direction) -> bool:
    return value <= target if direction is Direction.LOWER else value >= target


def _ceiling(exact: Fraction) -> int:
    return -(-exact.numerator // exact.denominator)


# --- all measures in one score -----------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One measure of a score, with its weight; without a value or a target it does not count."""

    measure: str
    weight: int
    direction: Direction
    actual: Decimal | None
    target: Decimal | None
    conduct: bool = False
    """Whether it is about conduct: that can only lower a score."""


@dataclass(frozen=True)
class Scored:
    """What one measure gave: its points (0 to 120), None without data."""

    part: Part
    points: Decimal | None


@dataclass(frozen=True)
class Score:
    """A composite score, and what it was made from."""

    parts: tuple[Scored, ...]
    covered: Decimal
    """The part of the weight that has data, in percent."""
    value: Decimal | None
    """None: too little data, and no rank."""
    lowered: bool = False
    """Whether conduct lowered it."""
    capped: bool = False
    """Whether a confirmed serious breach lowered it."""


def composite(parts: Iterable[Part], *, least: int = 60, breach: bool = False, ceiling: int = 59) -> Score:
    """Σ weight · points ÷ Σ weight over the measures with data (domain.md 4.2).

    With less than `least` percent of the weight there is no score. Conduct counts only where it lowers the
    score of the rest, and a confirmed serious breach caps it at `ceiling`: neither ever raises one.
    """
    scored = tuple(Scored(part, _points(part)) for part in parts)
    weight = sum(one.part.weight for one in scored)
    known = [one for one in scored if one.points is not None]
    with_data = sum(one.part.weight for one in known)
    covered = _hundredths(100 * with_data, weight or 1)
    if not with_data or with_data * 100 < least * weight:
        return Score(scored, covered, None)
    whole = _mean(known)
    work = _mean([one for one in known if not one.part.conduct])
    value = whole if work is None or (whole is not None and whole < work) else work
    lowered = work is not None and value is not None and value < work
    if breach and value is not None and value > ceiling:
        return Score(scored, covered, rounded(Decimal(ceiling)), lowered, capped=True)
    return Score(scored, covered, value, lowered)


def _points(part: Part) -> Decimal | None:
    if part.actual is None or part.target is None:
        return None
    return attainment(part.actual, part.target, part.direction)


def _mean(known: Sequence[Scored]) -> Decimal | None:
    weight = sum(one.part.weight for one in known)
    if not weight:
        return None
    points = sum(int((one.points or _ZERO).scaleb(2)) * one.part.weight for one in known)
    return _hundredths(points, 100 * weight)


# --- people beside each other ------------------------------------------------------------------------


def shrunk(now: Figure, mean: Decimal, *, cases: int | None = None, strength: int = 20) -> Decimal | None:
    """A rate in percent, drawn towards the mean of the peers: (x + m·p0) ÷ (n + m) (domain.md 4.3).

    A rate of amounts says how many `cases` it rests on; else its denominator does.
    """
    if not now.denominator:
        return None
    count = now.denominator if cases is None else cases
    parts, of = mean.as_integer_ratio()
    drawn = 100 * now.numerator * count * of + strength * parts * now.denominator
    return rounded(Fraction(drawn, now.denominator * of * (count + strength)))


def peer_mean(figures: Iterable[Figure], unit: Unit) -> Decimal | None:
    """What the peers reach together: everything they did over everything they had."""
    known = [one for one in figures if one.value is not None]
    if not known:
        return None
    if any(one.denominator is None for one in known):
        return _middle([one.value or Decimal(0) for one in known])
    whole = sum(one.denominator or 0 for one in known)
    return figure(known[0].measure, unit, sum(one.numerator for one in known), whole).value


def _middle(values: Sequence[Decimal]) -> Decimal:
    return rounded(Fraction(sum(values, _ZERO)) / len(values))


def eligible(cases: int, days: int, *, least_cases: int = 10, least_days: int = 5) -> bool:
    """Whether somebody had enough cases and attended days to be ranked."""
    return cases >= least_cases and days >= least_days


@dataclass(frozen=True)
class Entrant:
    """Somebody among peers: what is compared, and what decides how a tie is shown."""

    person: int
    number: str
    """The employee number: the last thing to decide the order inside a tie."""
    value: Decimal | None
    eligible: bool = True
    complaints: Decimal = Decimal(0)
    kept: Decimal | None = None
    """The rate of promises that were kept."""


@dataclass(frozen=True)
class Place:
    """A place in a ranking; None: shown, but not ranked."""

    entrant: Entrant
    rank: int | None
    shared: bool = False


@dataclass(frozen=True)
class Ranking:
    """The places in the order they are shown; those without a rank come last."""

    places: tuple[Place, ...]
    mean: Decimal | None
    """Of all who have a value."""
    public: bool
    """False: so few people that each sees only the own place and the mean."""

    def of(self, person: int) -> Place | None:
        """The place of somebody."""
        return next((place for place in self.places if place.entrant.person == person), None)


def ranked(entrants: Collection[Entrant], direction: Direction, *, least_people: int = 5) -> Ranking:
    """Competition ranking 1, 2, 2, 4 (domain.md 4.3); a tie is shown by complaints, promises kept, number."""
    known = [one for one in entrants if one.value is not None]
    mean = _middle([one.value or _ZERO for one in known]) if known else None
    running = [(rounded(one.value or _ZERO), one) for one in known if one.eligible]
    ordered = sorted(value for value, _ in running)
    places = []
    for value, one in running:
        below, above = bisect_left(ordered, value), bisect_right(ordered, value)
        better = below if direction is Direction.LOWER else len(ordered) - above
        places.append(Place(one, better + 1, shared=above - below > 1))
    places.sort(key=lambda place: (place.rank or 0, *_tie(place.entrant)))
    rest = sorted((one for one in entrants if one.value is None or not one.eligible), key=_tie)
    everybody = (*places, *(Place(one, None) for one in rest))
    return Ranking(everybody, mean, public=len(entrants) >= least_people)


def _tie(one: Entrant) -> tuple[Decimal, Decimal, tuple[int, str]]:
    return one.complaints, -(one.kept or _ZERO), (len(one.number), one.number)


# --- a figure against the own past -------------------------------------------------------------------


@dataclass(frozen=True)
class Comparison:
    """A value beside the own history: its robust z-score, and whether somebody should look (S4-45)."""

    middle: Decimal
    """The median of the history."""
    z: Decimal | None
    """None: the history never moved."""
    unusual: bool


def against_history(
    value: Decimal, history: Sequence[Decimal], *, limit: Decimal = Decimal("3.5"), least: int = 6
) -> Comparison | None:
    """How unusual a value is: 0.6745 · (value − median) ÷ median absolute deviation; None: too little.

    If most of the history is the same value, the mean deviation stands in (Iglewicz and Hoaglin 1993); if all
    of it is, any other value is unusual.
    """
    if len(history) < max(least, 1):
        return None
    middle = _median(history)
    off = [abs(one - middle) for one in history]
    spread = Fraction(_median(off)) / Fraction("0.6745")
    if not spread:
        spread = Fraction("1.253314") * sum(map(Fraction, off)) / len(off)
    if not spread:
        return Comparison(rounded(middle), None, unusual=value != middle)
    z = Fraction(value - middle) / spread
    return Comparison(rounded(middle), rounded(z), unusual=abs(z) > Fraction(limit))


def _median(values: Sequence[Decimal]) -> Decimal:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


# --- what follows from quality ------------------------------------------------------------------------


def follows(now: Figure, *, at_least: Decimal | None, above: Decimal | None, least: int) -> bool:
    """Whether something follows from a figure (S4-17, S4-18): it reaches a value, or goes beyond one, and
    was made from at least so many things."""
    if now.value is None or (now.denominator is not None and now.denominator < least):
        return False
    if at_least is not None:
        return now.value >= at_least
    return above is not None and now.value > above


# --- goals of probation ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Goal:
    """One goal of a probation: how much of it is done, and what it weighs in percent (S2-25)."""

    target: int
    """So many times, or a level to reach; never 0."""
    weight: int
    done: int = 0

    @property
    def missing(self) -> int:
        """What is still to do."""
        return max(self.target - self.done, 0)

    @property
    def points(self) -> Decimal:
        """What it gives by now: at most its weight."""
        return rounded(Fraction(self.weight * min(max(self.done, 0), self.target), self.target))


def goals_reached(goals: Iterable[Goal]) -> Decimal:
    """How much of a probation's goals is reached, in percent of the whole."""
    return rounded(sum((one.points for one in goals), Decimal(0)))


def weights_left(weights: Iterable[int]) -> int:
    """What is missing to a hundred; 0 is right, below 0 it is too much."""
    return 100 - sum(weights)
