"""What turnover is, in numbers: pure, from spells of employment (docs/turnover.md has every formula)."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from models.calendar import add_months
from models.policy import TurnoverFormula

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNKNOWN = "unknown"
"""The reason of a leaving for which nobody gave one (models/lifecycle)."""
POINTS = (30, 90, 180, 365)
"""After how many days survival is told (domain.md section 9)."""
Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True)
class Held:
    """A main post somebody held, and whether its unit is among those that are looked at."""

    starts_at: datetime
    ends_at: datetime | None
    inside: bool
    unit: str = ""


@dataclass(frozen=True)
class Leaving:
    """One leaving of the company: the moment, and what is known of it."""

    at: datetime
    reason: str = UNKNOWN
    announced_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Spell:
    """Somebody's employment from a hiring to a leaving; who comes back begins a new one."""

    person: int
    number: str | None
    hired_on: date | None
    leaving: Leaving | None
    stays: tuple[tuple[datetime, datetime | None], ...]
    """When the person belonged to the units that are looked at: from, up to and without."""
    joined_here: bool
    left_here: bool
    unit: str = ""
    """The unit of the last post."""

    def is_member(self, at: datetime) -> bool:
        """Whether the person belonged to the units up to this moment and beyond it.

        At midnight: who was hired for the new day does not count yet, who left with the old one no more.
        """
        return any(start < at and (end is None or at < end) for start, end in self.stays)

    def left_by(self, at: datetime) -> bool:
        """Whether the person has left the company by then."""
        return self.leaving is not None and self.leaving.at <= at

    def days(self, as_of: date) -> int:
        """Whole days from the hiring to the last day, or to `as_of` for who is still employed."""
        assert self.hired_on is not None
        last = as_of if self.leaving is None else min(last_day(self.leaving.at), as_of)
        return max((last - self.hired_on).days, 0)


def last_day(left_at: datetime) -> date:
    """The last day of somebody whose rights end at that moment: midnight still belongs to the day before."""
    return (left_at.astimezone(SHANGHAI) - timedelta(microseconds=1)).date()


def midnight(day: date) -> datetime:
    """The beginning of a day."""
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def spells_of(
    person: int,
    number: str | None,
    hired_on: date | None,
    held: Sequence[Held],
    leavings: Iterable[Leaving],
    *,
    employed: bool,
) -> Sequence[Spell]:
    """The spells of one person, oldest first; with `employed` the last one goes on.

    `hired_on` belongs to the spell that it lies in. Who comes back without a new date is taken to be hired
    when the first post after the leaving began; of every other spell the date is unknown.
    """
    found: list[Spell] = []
    since: datetime | None = None
    for leaving in [*sorted(leavings, key=lambda one: one.at), *([None] if employed else [])]:
        until = None if leaving is None else leaving.at
        posts = sorted((p for p in held if _overlaps(p, since, until)), key=lambda p: p.starts_at)
        if posts:
            hired = _hired_on(hired_on, posts[0].starts_at, since, until)
            found.append(_spell(person, number, hired, leaving, posts, since))
        since = until
    return found


def _overlaps(post: Held, since: datetime | None, until: datetime | None) -> bool:
    return (until is None or post.starts_at < until) and (
        since is None or post.ends_at is None or post.ends_at > since
    )


def _hired_on(
    known: date | None, first_post: datetime, since: datetime | None, until: datetime | None
) -> date | None:
    if known is not None:
        after = since is None or known > last_day(since)
        before = until is None or known <= last_day(until)
        if after and before:
            return known
    return None if since is None else max(first_post, since).date()


def _spell(
    person: int,
    number: str | None,
    hired: date | None,
    leaving: Leaving | None,
    posts: Sequence[Held],
    since: datetime | None,
) -> Spell:
    until = None if leaving is None else leaving.at
    stays: list[tuple[datetime, datetime | None]] = []
    for place, post in enumerate(posts):
        start = post.starts_at if since is None else max(post.starts_at, since)
        if hired is not None:
            start = midnight(hired) if place == 0 else max(start, midnight(hired))
        # The last post lasts until the leaving; one that somebody ended earlier by mistake is no leaving.
        end = until if place == len(posts) - 1 else post.ends_at
        if post.inside and (end is None or start < end):
            stays.append((start, end))
    return Spell(
        person=person,
        number=number,
        hired_on=hired,
        leaving=leaving,
        stays=tuple(stays),
        joined_here=posts[0].inside,
        left_here=posts[-1].inside,
        unit=posts[-1].unit,
    )


class Timeline:
    """Headcount and leavings of the units at any moment, without looking at every spell again."""

    def __init__(self, spells: Sequence[Spell]) -> None:
        stays = [stay for spell in spells for stay in spell.stays]
        self._starts = sorted(start for start, _ in stays)
        self._ends = sorted(end for _, end in stays if end is not None)
        self._left = sorted(s.leaving.at for s in spells if s.left_here and s.leaving is not None)

    def headcount(self, at: datetime) -> int:
        """How many people belonged to the units at this moment (`Spell.is_member`)."""
        return bisect_left(self._starts, at) - bisect_right(self._ends, at)

    @property
    def first_leaving(self) -> datetime | None:
        """The first leaving that is known: what came before it was perhaps not kept."""
        return self._left[0] if self._left else None

    def leavers(self, start: datetime, end: datetime) -> int:
        """How many left the company from these units after `start` and up to `end`."""
        return bisect_right(self._left, end) - bisect_right(self._left, start)


def leavers(spells: Iterable[Spell], start: datetime, end: datetime) -> Sequence[Spell]:
    """Who left the company from these units after `start` and up to `end`."""
    return [s for s in spells if s.left_here and s.leaving is not None and start < s.leaving.at <= end]


@dataclass(frozen=True)
class Period:
    """Whole months: from the first day of one on, so many."""

    first: date
    months: int = 1

    @property
    def starts_at(self) -> datetime:
        """The first moment."""
        return midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return midnight(add_months(self.first, self.months))

    def each(self) -> Sequence["Period"]:
        """Its months."""
        return [Period(add_months(self.first, number)) for number in range(self.months)]

    def before(self) -> "Period":
        """The period of the same length before it."""
        return Period(add_months(self.first, -self.months), self.months)

    def year_to_its_end(self) -> "Period":
        """The twelve months that end with it."""
        return Period(add_months(self.first, self.months - 12), 12)


@dataclass(frozen=True)
class Rate:
    """Turnover of a period: the numbers it was made from, and how it was made."""

    period: Period
    start: int
    end: int
    leavers: int
    average: Fraction
    """The mean of the monthly averages of headcount."""
    formula: TurnoverFormula
    populated: int
    """In how many of its months there was anybody."""
    hidden: bool = False
    """Whether the group is too small to be told of."""

    @property
    def value(self) -> Fraction | None:
        """The rate, 0 for nobody left; None if there were no people or the group is too small."""
        if self.hidden:
            return None
        below = self.average if self.formula is TurnoverFormula.AVERAGE else Fraction(self.leavers + self.end)
        return Fraction(self.leavers) / below if below else None


def rate(
    people: Timeline, period: Period, *, as_of: datetime, formula: TurnoverFormula, least: int = 0
) -> Rate | None:
    """Turnover of a period up to `as_of`; None for one that has not begun.

    By averages: leavers ÷ mean of the monthly averages, where a monthly average is (start + end) ÷ 2; for one
    month that is the monthly rate, for twelve the annual one. Else: leavers ÷ (leavers + headcount at the
    end). With anybody, but under `least` people on average, in one of its months it is hidden.
    """
    if period.starts_at > as_of:
        return None
    averages = []
    for month in period.each():
        if month.starts_at <= as_of:
            until = min(month.ends_at, as_of)
            averages.append(Fraction(people.headcount(month.starts_at) + people.headcount(until), 2))
    end = min(period.ends_at, as_of)
    gone = people.leavers(period.starts_at, end)
    return Rate(
        period=period,
        start=people.headcount(period.starts_at),
        end=people.headcount(end),
        leavers=gone,
        average=sum(averages, Fraction(0)) / len(averages),
        formula=formula,
        populated=sum(average > 0 for average in averages),
        hidden=any(0 < average < least for average in averages),
    )


def percent(value: Fraction | float | None) -> Decimal | None:
    """A share as a percentage with one decimal, halves rounded up."""
    if value is None:
        return None
    exact = (
        Decimal(value.numerator * 100) / Decimal(value.denominator)
        if isinstance(value, Fraction)
        else Decimal(repr(value)) * 100
    )
    return exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Cohort:
    """Who was hired in one stretch of time, and how many of them were gone early."""

    first: date
    last: date
    hired: int
    gone: int

    @property
    def share(self) -> Fraction | None:
        """Early attrition; None if nobody was hired."""
        return Fraction(self.gone, self.hired) if self.hired else None


def early(spells: Iterable[Spell], first: date, last: date, *, as_of: datetime, days: int) -> Cohort:
    """Early attrition of those hired from `first` to `last`: gone within `days` ÷ hired.

    Only who was hired at least `days` before `as_of` counts.
    """
    today = as_of.astimezone(SHANGHAI).date()
    old_enough = today - timedelta(days=days)
    cohort = [
        s for s in spells if s.joined_here and s.hired_on and first <= s.hired_on <= min(last, old_enough)
    ]
    gone = sum(s.left_by(as_of) and s.days(today) <= days for s in cohort)
    return Cohort(first, min(last, old_enough), len(cohort), gone)


@dataclass(frozen=True)
class Step:
    """The survival curve from this day on, with its 95 % interval."""

    day: int
    at_risk: int
    events: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Survival:
    """How long people stay (Kaplan–Meier): a step for each day on which somebody left."""

    people: int
    left: int
    steps: tuple[Step, ...]
    until: int
    """Up to which day the curve is told: so long at least `least` people were followed."""

    def at(self, day: int) -> Step | None:
        """The curve on a day; None beyond what is told."""
        if not self.people or day > self.until:
            return None
        begin = Step(0, self.people, 0, 1.0, 1.0, 1.0)
        return next((step for step in reversed(self.steps) if step.day <= day), begin)

    @property
    def median(self) -> int | None:
        """The first day on which at most half are left; None if that has not been seen."""
        return next((step.day for step in self.steps if step.value <= 0.5), None)


def survival(lives: Iterable[tuple[int, bool]], *, least: int = 0) -> Survival:
    """Kaplan–Meier over (days, whether the person left then; else they were still employed).

    S(t) = Π (1 − d ÷ n), where on each day d left of n who were still followed; who is censored on a day
    counts among the n of that day. The interval is Greenwood's in its log-log form. Nothing is told of fewer
    than `least` people, and of no day that fewer have reached.
    """
    followed = sorted(lives)
    if len(followed) < max(least, 1):
        return Survival(0, 0, (), 0)
    until = followed[-max(least, 1)][0]
    steps: list[Step] = []
    value, variance = Fraction(1), 0.0
    days = [day for day, _ in followed]
    leavings = Counter(day for day, left in followed if left and day <= until)
    for day, events in sorted(leavings.items()):
        at_risk = len(days) - bisect_left(days, day)
        value *= Fraction(at_risk - events, at_risk)
        if at_risk > events:
            variance += events / (at_risk * (at_risk - events))
        steps.append(Step(day, at_risk, events, float(value), *_interval(float(value), variance)))
    return Survival(len(followed), sum(left for _, left in followed), tuple(steps), until)


def _interval(value: float, variance: float) -> tuple[float, float]:
    """Greenwood's 95 % interval in its log-log form: S ^ exp(± z √v ÷ ln S)."""
    if value in (0.0, 1.0):
        return value, value
    width = Z_95 * math.sqrt(variance) / abs(math.log(value))
    return float(value ** math.exp(width)), float(value ** math.exp(-width))


@dataclass(frozen=True)
class Counts:
    """Groups that are large enough to be told, and all others in one sum that is, too."""

    shown: Mapping[str, int]
    rest: int


def tell_apart(counts: Mapping[str, int], least: int) -> Counts | None:
    """Hide the groups under `least` people behind one sum; None if all together are fewer.

    If that sum were under `least` itself, the smallest group told joins it, so that nothing can be computed
    back from a total.
    """
    present = {name: count for name, count in counts.items() if count}
    total = sum(present.values())
    if total < least:
        return None if total else Counts({}, 0)
    shown = {name: count for name, count in present.items() if count >= least}
    rest = total - sum(shown.values())
    while 0 < rest < least:
        smallest = min(shown, key=lambda name: (shown[name], name))
        rest += shown.pop(smallest)
    return Counts(dict(sorted(shown.items(), key=lambda item: (-item[1], item[0]))), rest)


@dataclass(frozen=True)
class Reasons:
    """Why people left: the reasons that may be told, and sums of kinds where these give nothing away."""

    total: int
    told: Counts | None
    """None: too few people left to tell anything."""
    kinds: Mapping[str, int]

    @property
    def top(self) -> Sequence[tuple[str, int]]:
        """The reasons that may be told, the commonest first; without those nobody gave."""
        shown = self.told.shown if self.told else {}
        return [(reason, count) for reason, count in shown.items() if reason != UNKNOWN]

    def may_tell(self, reason: str) -> bool:
        """Whether the reason of a single leaver may be named without giving a small group away."""
        return self.told is not None and reason in self.told.shown


def reasons(gone: Iterable[Spell], kinds: Mapping[Any, Sequence[str]], least: int) -> Reasons:
    """Leavers by reason and kind (S3-19); any part that can be made out has at least `least` people.

    `kinds` are the reasons of each kind. A kind's sum is told if what it has beside its told reasons is
    nobody or enough, and so is what then remains of all.
    """
    given = [spell.leaving.reason for spell in gone if spell.leaving is not None]
    counts = {reason: given.count(reason) for members in kinds.values() for reason in members}
    told = tell_apart(counts, least)
    if told is None:
        return Reasons(len(given), None, {})
    sums = {kind: sum(counts[reason] for reason in members) for kind, members in kinds.items()}
    beside = {
        kind: sums[kind] - sum(told.shown.get(reason, 0) for reason in members)
        for kind, members in kinds.items()
    }

    def enough(people: int) -> bool:
        return people == 0 or people >= least

    safe = {kind: people for kind, people in sums.items() if people and enough(beside[kind])}
    if not enough(told.rest - sum(beside[kind] for kind in safe)):
        safe = {}
    return Reasons(len(given), told, {kind: count for kind, count in safe.items() if count >= least})


def merge_small(cohorts: Sequence[Cohort], least: int) -> tuple[Sequence[Cohort], Cohort | None]:
    """The cohorts of at least `least` people, and all smaller ones as one.

    That one is None if there is none, or all together are too few to tell.
    """
    counts = tell_apart({c.first.isoformat(): c.hired for c in cohorts}, least)
    if counts is None:
        return [], None
    shown = [c for c in cohorts if c.first.isoformat() in counts.shown]
    small = [c for c in cohorts if c.hired and c not in shown]
    if not small:
        return shown, None
    together = Cohort(
        min(c.first for c in small), max(c.last for c in small), counts.rest, sum(c.gone for c in small)
    )
    return shown, together


def lead_days(gone: Iterable[Spell]) -> tuple[int, Fraction | None]:
    """How many leavings are closed, and the median of days from announcing to closing (S3-20)."""
    took = sorted(
        Fraction((s.leaving.closed_at - s.leaving.announced_at) // timedelta(minutes=1), 24 * 60)
        for s in gone
        if s.leaving is not None and s.leaving.announced_at and s.leaving.closed_at
    )
    if not took:
        return 0, None
    middle = len(took) // 2
    return len(took), took[middle] if len(took) % 2 else (took[middle - 1] + took[middle]) / 2
