"""Pure decisions about places: one coordinate system, distances, fences, and what a fix is worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

EARTH_RADIUS = 6_371_008.8
"""Metres: the mean radius of the earth."""

ACCURACY_CAP = 100.0
"""Metres of accuracy, at most, that widen a fence (domain.md 6.4)."""

SAME_POINT = 0.15
"""Metres within which two points are equal to six decimals of a degree."""


class CoordType(StrEnum):
    """The coordinate systems in use in China; ours is GCJ-02, as on Tencent's maps (domain.md 6.2)."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True)
class Fix:
    """A location as reported: degrees, metres of accuracy, and the coordinate system it is in."""

    latitude: float
    longitude: float
    origin: str
    coord_type: str
    accuracy: float | None = None
    place: str | None = None
    at: datetime | None = None
    """When the phone measured it, where that was not just now."""
    device: str = ""
    """By which the phone names itself; kept as a keyed hash."""
    clock_off: float = 0.0
    """Seconds by which the phone's clock runs ahead of ours."""


@dataclass(frozen=True)
class Point:
    """A point in GCJ-02, degrees."""

    latitude: float
    longitude: float


_SEMI_MAJOR = 6_378_245.0
_FLATTENING = 0.00669342162296594323
"""Krasovsky 1940: semi-major axis in metres, and the square of the eccentricity."""
_BAIDU = math.pi * 3000.0 / 180.0


def in_china(latitude: float, longitude: float) -> bool:
    """Whether the Chinese offset applies: the rectangle that map services use."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def _waves(x: float, first: float) -> float:
    """The part of the offset that both axes share."""
    wave = 20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)
    return first + wave * 2.0 / 3.0


def _offset(latitude: float, longitude: float) -> tuple[float, float]:
    """Degrees by which GCJ-02 lies beside WGS-84 at a point."""
    x, y = longitude - 105.0, latitude - 35.0
    root = math.sqrt(abs(x))
    north = _waves(x, -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root)
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = _waves(x, 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root)
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    angle = math.radians(latitude)
    magic = 1.0 - _FLATTENING * math.sin(angle) ** 2
    metres_north = _SEMI_MAJOR * (1.0 - _FLATTENING) / magic**1.5
    metres_east = _SEMI_MAJOR / math.sqrt(magic) * math.cos(angle)
    return math.degrees(north / metres_north), math.degrees(east / metres_east)


def canonical(latitude: float, longitude: float, coord_type: str) -> Point:
    """The point in GCJ-02, whatever system it was reported in; outside China the systems are one.

    Raises:
        ValueError: there is no such system.
    """
    kind = CoordType(coord_type)
    if kind is CoordType.WGS84:
        if not in_china(latitude, longitude):
            return Point(latitude, longitude)
        north, east = _offset(latitude, longitude)
        return Point(latitude + north, longitude + east)
    if kind is CoordType.BD09:
        x, y = longitude - 0.0065, latitude - 0.006
        radius = math.hypot(x, y) - 0.00002 * math.sin(y * _BAIDU)
        angle = math.atan2(y, x) - 0.000003 * math.cos(x * _BAIDU)
        return Point(radius * math.sin(angle), radius * math.cos(angle))
    return Point(latitude, longitude)


def metres_between(a: Point, b: Point) -> float:
    """The great-circle distance (haversine)."""
    first, second = math.radians(a.latitude), math.radians(b.latitude)
    north, east = second - first, math.radians(b.longitude - a.longitude)
    half = math.sin(north / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, half)))


class Standing(StrEnum):
    """Where a fix lies as to the place it was meant for."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNCERTAIN = "uncertain"
    """The phone was so unsure that it may be either."""
    UNKNOWN = "unknown"
    """There is no fix, or no place to compare it with."""


def standing(metres: float, accuracy: float | None, radius: float) -> Standing:
    """Inside, outside or uncertain (domain.md 6.4: up to 100 m of accuracy widen the fence)."""
    if metres - min(accuracy or 0.0, ACCURACY_CAP) <= radius:
        return Standing.INSIDE
    if accuracy is not None and metres - accuracy <= radius:
        return Standing.UNCERTAIN
    return Standing.OUTSIDE


class Reason(StrEnum):
    """Why a fix has its grade; each is told in plain words."""

    INSIDE = "inside"
    UNCERTAIN = "uncertain"
    OUTSIDE = "outside"
    NO_PLACE = "no_place"
    """The phone told no location."""
    NO_SITE = "no_site"
    """Nobody has said where the place is."""
    NO_CONSENT = "no_consent"
    OFF_SHIFT = "off_shift"
    ACCURATE = "accurate"
    VAGUE = "vague"
    PHOTO = "photo"
    OFFICIAL = "official"
    """A check-in record of WeCom itself says the same."""
    CONTRADICTED = "contradicted"
    """A check-in record of WeCom itself says something else."""
    CHOSEN = "chosen"
    """Picked on a map by hand, not measured."""
    IN_TIME = "in_time"
    """At the planned time."""
    SENT_LATE = "sent_late"
    """Measured without a signal and sent later."""
    TOO_FAST = "too_fast"
    REPEATED = "repeated"
    """Exactly the same point on several days."""
    EXACT = "exact"
    """Exactly the point of the customer on the map."""
    FLAT = "flat"
    """An accuracy of 0, or always the same."""
    NEW_DEVICE = "new_device"
    SHARED_DEVICE = "shared_device"
    CLOCK_OFF = "clock_off"


HINTS = (
    Reason.TOO_FAST,
    Reason.REPEATED,
    Reason.EXACT,
    Reason.FLAT,
    Reason.NEW_DEVICE,
    Reason.SHARED_DEVICE,
    Reason.CLOCK_OFF,
    Reason.CONTRADICTED,
)
"""What speaks for a made-up location; one point each (domain.md 6.4), never a punishment by itself."""

REVIEW_AT = 2
"""So many hints ask for a look."""


@dataclass(frozen=True)
class Known:
    """What is known beside a fix: what came before it, and what else speaks for it."""

    standing: Standing
    accuracy: float | None = None
    absent: Reason | None = None
    """Why there is no fix at all: NO_PLACE, NO_CONSENT or OFF_SHIFT."""
    speed_kmh: float | None = None
    """From the fix before, with the accuracies of both given away."""
    same_point_days: int = 0
    """On how many other days exactly this point was reported."""
    metres_to_target: float | None = None
    target_is_geocode: bool = False
    """Whether the place was looked up on a map, so that nobody stands exactly on it."""
    same_accuracy: int = 0
    """How many fixes before it, each at another point, had exactly this accuracy."""
    device_new: bool = False
    device_shared: bool = False
    clock_off_seconds: float = 0.0
    chosen: bool = False
    sent_late: bool = False
    photo: bool = False
    official: bool | None = None
    """Whether WeCom's own record agrees; None if there is none."""
    in_time: bool | None = None


@dataclass(frozen=True)
class Limits:
    """The numbers of policy.toml that the evidence rests on."""

    accurate_metres: float
    vague_metres: float
    speed_kmh: float
    same_point_days: int
    same_accuracy: int
    clock_off_seconds: float


@dataclass(frozen=True)
class Evidence:
    """What a fix is worth: A (firm) to D (none), and why."""

    grade: str
    reasons: tuple[Reason, ...]

    @property
    def hints(self) -> int:
        """How many reasons speak for a made-up location."""
        return sum(reason in HINTS for reason in self.reasons)

    @property
    def asks_for_a_look(self) -> bool:
        """Whether a person should look at it (domain.md 6.4: review at 2)."""
        return self.hints >= REVIEW_AT


def evidence(known: Known, limits: Limits) -> Evidence:
    """The grade of a fix and its reasons, the place first.

    A: measured inside, and something else speaks for it (a photo, WeCom's own record); B: measured inside,
    or not as sure with something else; C: uncertain, chosen on a map, a place that nobody has set, or one
    hint; D: outside, no location, or two hints. Nothing is refused for its grade.
    """
    reasons = [known.absent or _PLACE[known.standing]]
    if known.accuracy is not None and known.absent is None:
        if known.accuracy > limits.vague_metres:
            reasons.append(Reason.VAGUE)
        elif 0 < known.accuracy <= limits.accurate_metres:
            reasons.append(Reason.ACCURATE)
    found = (
        (Reason.PHOTO, known.photo),
        (Reason.OFFICIAL, known.official is True),
        (Reason.IN_TIME, known.in_time is True),
        (Reason.CHOSEN, known.chosen and known.absent is None),
        (Reason.SENT_LATE, known.sent_late),
        (Reason.CONTRADICTED, known.official is False),
        *_hints(known, limits),
    )
    reasons += [reason for reason, holds in found if holds]
    return Evidence(grade(reasons), tuple(reasons))


_PLACE = {
    Standing.INSIDE: Reason.INSIDE,
    Standing.OUTSIDE: Reason.OUTSIDE,
    Standing.UNCERTAIN: Reason.UNCERTAIN,
    Standing.UNKNOWN: Reason.NO_SITE,
}


def _hints(known: Known, limits: Limits) -> Sequence[tuple[Reason, bool]]:
    exact = known.metres_to_target is not None and known.metres_to_target < SAME_POINT
    measured = not known.chosen
    flat = known.accuracy == 0 or known.same_accuracy >= limits.same_accuracy
    return (
        (Reason.TOO_FAST, known.speed_kmh is not None and known.speed_kmh > limits.speed_kmh),
        (Reason.REPEATED, measured and known.same_point_days + 1 >= limits.same_point_days),
        (Reason.EXACT, measured and exact and known.target_is_geocode),
        (Reason.FLAT, measured and flat),
        (Reason.NEW_DEVICE, known.device_new),
        (Reason.SHARED_DEVICE, known.device_shared),
        (Reason.CLOCK_OFF, abs(known.clock_off_seconds) > limits.clock_off_seconds),
    )


def grade(reasons: Sequence[Reason]) -> str:
    """The grade that these reasons come to, as `evidence` says."""
    hints = sum(reason in HINTS for reason in reasons)
    more = Reason.PHOTO in reasons or Reason.OFFICIAL in reasons
    if hints >= REVIEW_AT or not _SOMEWHERE & set(reasons):
        return "D"
    if hints or Reason.NO_SITE in reasons:
        return "C"
    if Reason.INSIDE in reasons and Reason.CHOSEN not in reasons:
        return "A" if more else "B"
    return "B" if more else "C"


_SOMEWHERE = {Reason.INSIDE, Reason.UNCERTAIN, Reason.NO_SITE}
"""One of them stands among the reasons of a fix that is neither outside nor nowhere."""


def compared(reasons: Sequence[str], where: Standing) -> Evidence:
    """What a fix is worth once it is known where the place is that it was meant for."""
    found = [_PLACE[where], *(Reason(one) for one in reasons[1:])]
    return Evidence(grade(found), tuple(found))


def speed_kmh(metres: float, seconds: float, accuracy: float | None, before: float | None) -> float | None:
    """The speed somebody must have had at least between two fixes; None if no time lies between.

    What both phones were unsure of is given away, so that jitter is no journey.
    """
    if seconds <= 0:
        return None
    sure = max(0.0, metres - (accuracy or 0.0) - (before or 0.0))
    return sure / seconds * 3.6
