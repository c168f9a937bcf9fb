"""`python -m benchmarks.tracks`: recall and precision of the alerts of field work, and of evidence.

Synthetic days with a fixed seed, through the product's own rules. What is assumed of phones and people
stands in docs/field-alerts.md; each assumption is a constant here.
"""

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from benchmarks.claims import days_of_notes, weeks_of_contacts
from bot.policy import load_policy
from models.base import SHANGHAI
from models.fieldalerts.rules import Fence, StopLimits, Tracked, stays
from models.locations.rules import (
    HINTS,
    Known,
    Limits,
    Point,
    Reason,
    Standing,
    evidence,
    metres_between,
    speed_kmh,
    standing,
)

DEGREE = 111_195.0
CITY = Point(30.63, 104.07)
SPAN = 6_000.0
"""Metres from the middle of the city to its edges."""
JITTER = (5.0, 80.0)
"""Metres that a phone is off, most of the time (domain.md 10)."""
DRIFT = 0.06
"""Of points, the share that comes from a mobile mast: 150 to 900 m off, and the phone says so."""
SILENT_DRIFT = 0.01
"""The share that is as far off and says it were accurate."""
PAUSE, OFTEN = (4, 11), (1, 3)
"""Minutes between two times of opening the chat; and of somebody who has it open nearly always."""
LOST = 0.12
"""The share of points that never arrives."""
UNKNOWN = 0.03
"""Of customers, the share of whom nobody knows where they live: a visit there looks like a stop."""
SPEED = (12.0, 40.0)
"""Kilometres an hour through the city."""


@dataclass
class Day:
    """A labelled day of one person."""

    points: list[Tracked] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)
    stops: list[tuple[datetime, datetime]] = field(default_factory=list)
    """The true stays that an alert should see."""


@dataclass
class Score:
    """Right and wrong of one kind."""

    hit: int = 0
    missed: int = 0
    wrong: int = 0
    rest: int = 0

    def count(self, *, true: bool, said: bool) -> None:
        """One case."""
        if true:
            self.hit += said
            self.missed += not said
        else:
            self.wrong += said
            self.rest += not said

    @property
    def recall(self) -> float:
        """Of what is so, the share that is said."""
        return self.hit / max(1, self.hit + self.missed)

    @property
    def precision(self) -> float:
        """Of what is said, the share that is so."""
        return self.hit / max(1, self.hit + self.wrong)


def moved(point: Point, metres: float, heading: float) -> Point:
    """So far in a direction; radians, 0 is north."""
    north, east = metres * math.cos(heading), metres * math.sin(heading)
    shrink = math.cos(math.radians(point.latitude))
    return Point(point.latitude + north / DEGREE, point.longitude + east / (DEGREE * shrink))


def anywhere(rng: random.Random) -> Point:
    """A point of the city."""
    return moved(CITY, rng.uniform(0, SPAN), rng.uniform(0, math.tau))


def elsewhere(rng: random.Random, fences: Sequence[Fence]) -> Point:
    """A point of the city well away from every fence: only there a stay is none of a customer's."""
    while True:
        point = anywhere(rng)
        if all(metres_between(point, fence.point) > fence.radius + 250 for fence in fences):
            return point


def seen(rng: random.Random, at: Point) -> tuple[Point, float]:
    """What the phone says of a place: a point, and how sure it is."""
    dice = rng.random()
    if dice < DRIFT + SILENT_DRIFT:
        off = rng.uniform(150, 900)
        told = off * rng.uniform(0.9, 1.6) if dice < DRIFT else rng.uniform(10, 40)
        return moved(at, off, rng.uniform(0, math.tau)), round(told)
    off = rng.triangular(*JITTER, JITTER[0])
    return moved(at, off, rng.uniform(0, math.tau)), round(max(5.0, off * rng.uniform(0.7, 1.8)))


class Walk:
    """Somebody's day, minute by minute; the chat is opened now and then."""

    def __init__(
        self, rng: random.Random, day: Day, start: Point, at: datetime, pause: tuple[float, float]
    ) -> None:
        self.rng, self.day, self.here, self.now, self.pause = rng, day, start, at, pause
        self.opens = at

    def _passes(self, until: datetime, there: Point | None = None) -> None:
        begin, start = self.now, self.here
        length = max(1.0, (until - begin).total_seconds())
        while self.opens < until:
            if self.opens >= begin:
                share = (self.opens - begin).total_seconds() / length
                place = start
                if there is not None:
                    place = Point(
                        start.latitude + (there.latitude - start.latitude) * share,
                        start.longitude + (there.longitude - start.longitude) * share,
                    )
                if self.rng.random() > LOST:
                    point, accuracy = seen(self.rng, place)
                    self.day.points.append(Tracked(len(self.day.points), self.opens, point, accuracy))
            self.opens += timedelta(minutes=self.rng.uniform(*self.pause))
        self.now = until
        if there is not None:
            self.here = there

    def goes(self, there: Point, kmh: float | None = None) -> None:
        """On the way."""
        speed = kmh or self.rng.uniform(*SPEED)
        hours = metres_between(self.here, there) / 1000 / speed
        self._passes(self.now + timedelta(hours=max(hours, 1 / 60)), there)

    def stays(self, minutes: float) -> tuple[datetime, datetime]:
        """At one place; returns when."""
        begin = self.now
        self._passes(begin + timedelta(minutes=minutes))
        return begin, self.now


def days(
    rng: random.Random, count: int, minutes: tuple[float, float], pause: tuple[float, float]
) -> Iterator[Day]:
    """Days of visits; every other one has one stop of so many minutes that has nothing to do with work."""
    for number in range(count):
        day = Day()
        office = anywhere(rng)
        day.fences.append(Fence(office, 300))
        walk = Walk(rng, day, office, datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI), pause)
        walk.stays(rng.uniform(10, 40))
        for visit in range(rng.randint(2, 4)):
            customer = anywhere(rng)
            if rng.random() > UNKNOWN:
                day.fences.append(Fence(customer, 300))
            walk.goes(customer)
            walk.stays(rng.uniform(15, 70))
            if number % 2 == 0 and visit == 1:
                walk.goes(elsewhere(rng, day.fences))
                if walk.now.time() < time(13, 31):
                    walk.now = walk.now.replace(hour=13, minute=31)
                    walk.opens = walk.now
                day.stops.append(walk.stays(rng.uniform(*minutes)))
            elif rng.random() < 0.4:  # a short break, a jam: no alert
                walk.goes(anywhere(rng))
                walk.stays(rng.uniform(8, 24))
            elif rng.random() < 0.3:
                walk.goes(moved(walk.here, rng.uniform(900, 1800), rng.uniform(0, math.tau)), 2.0)
        yield day


def score_stops(
    rng: random.Random,
    count: int,
    minutes: tuple[float, float],
    pause: tuple[float, float] = PAUSE,
) -> Score:
    """Stays: an alert is right if it lies over the true stay."""
    numbers = load_policy().field_alerts
    limits = StopLimits(
        numbers.stop_radius_metres,
        numbers.stop_minutes,
        numbers.stop_points,
        numbers.stop_gap_minutes,
        numbers.noon_from,
        numbers.noon_until,
    )
    score = Score()
    for day in days(rng, count, minutes, pause):
        shift = (day.points[0].at.replace(hour=9, minute=0), day.points[0].at.replace(hour=18, minute=0))
        true = [stop for stop in day.stops if stop[1] <= shift[1]]
        found = stays(day.points, day.fences, limits, shift)
        for begin, end in true:
            score.count(true=True, said=any(one.begin < end and begin < one.end for one in found))
        for one in found:
            if not any(one.begin < end and begin < one.end for begin, end in day.stops):
                score.count(true=False, said=True)
        if not true and not found:
            score.count(true=False, said=False)
    return score


def limits_of() -> Limits:
    """The numbers of policy.toml for evidence."""
    numbers = load_policy().locations
    return Limits(
        accurate_metres=numbers.accurate_metres,
        vague_metres=numbers.vague_metres,
        speed_kmh=numbers.speed_kmh,
        same_point_days=numbers.same_point_days,
        same_accuracy=numbers.same_accuracy,
        clock_off_seconds=numbers.clock_off_seconds,
    )


def score_jumps(rng: random.Random, count: int) -> Score:
    """Two check-ins: an honest journey, a fast train left out, or a jump of 15 to 40 km in minutes."""
    limits, score = limits_of(), Score()
    for number in range(count):
        start = anywhere(rng)
        jump = number % 4 == 0
        minutes = rng.uniform(3, 8) if jump else rng.uniform(5, 90)
        metres = rng.uniform(15_000, 40_000) if jump else minutes / 60 * rng.uniform(5, 110) * 1000
        first, before = seen(rng, start)
        second, accuracy = seen(rng, moved(start, metres, rng.uniform(0, math.tau)))
        speed = speed_kmh(metres_between(first, second), minutes * 60, accuracy, before)
        found = evidence(Known(Standing.INSIDE, accuracy=accuracy, speed_kmh=speed), limits)
        score.count(true=jump, said=Reason.TOO_FAST in found.reasons)
    return score


def score_made_up(rng: random.Random, count: int) -> Score:
    """Ten days of one person's check-ins at one place: honest, or with a tool that sets the point.

    A tool repeats its point, or lies exactly on the map's; it says one accuracy always, and half of them
    say 0. "Said" is what a person is asked to look at, on any of the ten days.
    """
    limits, score = limits_of(), Score()
    for number in range(count):
        site, tool = anywhere(rng), number % 3 == 0
        fixed = site if rng.random() < 0.5 else moved(site, rng.uniform(3, 60), rng.uniform(0, math.tau))
        said_accuracy = rng.choice((0.0, 15.0, 30.0, 65.0))
        points: list[tuple[Point, float]] = []
        flagged = False
        for day in range(10):
            if tool and rng.random() < 0.8:
                point, accuracy = fixed, said_accuracy
            else:
                point, accuracy = seen(rng, site)
            same = sum(_key(point) == _key(other) for other, _ in points)
            flat = _same_accuracy(points, point, accuracy)
            metres = metres_between(point, site)
            known = Known(
                standing(metres, accuracy, 300),
                accuracy=accuracy,
                same_point_days=same,
                metres_to_target=metres,
                target_is_geocode=True,
                same_accuracy=flat,
            )
            found = evidence(known, limits)
            flagged = flagged or any(reason in HINTS for reason in found.reasons)
            points.append((point, accuracy))
            del day
        score.count(true=tool, said=flagged)
    return score


def _key(point: Point) -> tuple[float, float]:
    return round(point.latitude, 6), round(point.longitude, 6)


def _same_accuracy(points: Sequence[tuple[Point, float]], point: Point, accuracy: float) -> int:
    count = 0
    for other, before in reversed(points):
        if before != accuracy or _key(other) == _key(point):
            break
        count += 1
    return count


def score_fences(rng: random.Random, count: int) -> Score:
    """Check-ins at most 200 m from the middle of a fence of 300 m, or at least 600 m away: inside or not."""
    score = Score()
    for number in range(count):
        site, inside = anywhere(rng), number % 2 == 0
        away = rng.uniform(0, 200) if inside else rng.uniform(600, 4000)
        point, accuracy = seen(rng, moved(site, away, rng.uniform(0, math.tau)))
        score.count(true=inside, said=standing(metres_between(point, site), accuracy, 300) is Standing.INSIDE)
    return score


def score_notes(rng: random.Random, count: int) -> Score:
    """Days of notes: an alert is right if a claimed visit has no check-in near there."""
    score = Score()
    days_of_notes(rng, count, lambda true, said: score.count(true=true, said=said), seen, moved)
    return score


def score_risks(rng: random.Random, count: int) -> Score:
    """Weeks of contacts with people on a list."""
    score = Score()
    weeks_of_contacts(rng, count, lambda true, said: score.count(true=true, said=said))
    return score


def main() -> None:
    """Print recall and precision of each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tracks", description=__doc__)
    parser.add_argument("--seed", type=int, default=20260302)
    parser.add_argument("--days", type=int, default=1000, help="synthetic days, or cases, of each kind")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}, {chosen.days} of each")
    print(f"{'':28}{'recall':>8}{'precision':>11}   hit/missed/wrong/rest")
    for name, score in (
        ("STOP_NON_CUSTOMER 45–90′", score_stops(random.Random(chosen.seed), chosen.days, (45, 90))),
        ("STOP_NON_CUSTOMER 31–45′", score_stops(random.Random(chosen.seed), chosen.days, (31, 45))),
        (
            "  the chat opened every 1–3′",
            score_stops(random.Random(chosen.seed), chosen.days, (31, 45), OFTEN),
        ),
        ("VISIT_MISMATCH", score_notes(random.Random(chosen.seed + 4), chosen.days)),
        ("RISK_CUSTOMER", score_risks(random.Random(chosen.seed + 5), chosen.days)),
        ("too fast (teleport)", score_jumps(random.Random(chosen.seed + 1), chosen.days)),
        ("made-up point", score_made_up(random.Random(chosen.seed + 2), chosen.days)),
        ("inside the fence", score_fences(random.Random(chosen.seed + 3), chosen.days)),
    ):
        counts = f"{score.hit}/{score.missed}/{score.wrong}/{score.rest}"
        print(f"{name:28}{score.recall:8.3f}{score.precision:11.3f}   {counts}")


if __name__ == "__main__":
    main()
