"""Pure decisions about alerts of field work (domain.md 6.5): neutral, and each with what it rests on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from models.locations.rules import Point, metres_between


class Code(StrEnum):
    """What an alert is about."""

    STOP = "stop_non_customer"
    """A long stay at a place that is neither an office nor a customer's."""
    NO_FOLLOW_UP = "no_followup_3d"
    """No note on so many workdays in a row, with cases to work."""
    LOW_VISITS = "low_visits"
    """Fewer valid visits a day than expected."""
    VISIT_MISMATCH = "visit_mismatch"
    """A note tells of a visit, and nobody was near there that day."""
    RISK_CUSTOMER = "risk_customer"
    """Contact, again, with somebody on the list of risks."""


@dataclass(frozen=True)
class Tracked:
    """One point of a track: what it is kept under, when, where, and how sure the phone was."""

    id: int
    at: datetime
    point: Point
    accuracy: float | None = None


@dataclass(frozen=True)
class Fence:
    """Where a stay is nobody's concern: an office, or a customer's place; metres."""

    point: Point
    radius: float


@dataclass(frozen=True)
class StopLimits:
    """The numbers of policy.toml for stays."""

    radius: float
    """All points of a stay lie within so many metres of its middle."""
    minutes: int
    """Longer than this is a stay."""
    points: int
    """So many points at least."""
    gap_minutes: int
    """Between two points at most; a longer gap says nothing of what was in it."""
    noon_from: time
    noon_until: time
    """Lunch: what lies inside does not count."""


@dataclass(frozen=True)
class Stay:
    """A stay, and the points it rests on."""

    begin: datetime
    end: datetime
    middle: Point
    points: tuple[int, ...]

    @property
    def minutes(self) -> int:
        """Whole minutes from the first point to the last."""
        return int((self.end - self.begin).total_seconds() // 60)


def stays(
    track: Iterable[Tracked],
    fences: Sequence[Fence],
    limits: StopLimits,
    shift: tuple[datetime, datetime] | None = None,
) -> Sequence[Stay]:
    """Stays outside all fences, inside the shift and outside lunch (domain.md 6.5, S4-11).

    Points are inside a radius around their middle; a gap ends a stay. What the phone is unsure of is given to
    the person: a point whose accuracy reaches a fence is in it. One that is vaguer than the radius is not
    counted, but shows that the person may still be there; so does a single point that lies off and is
    followed by one that is back.
    """
    groups: list[list[Tracked]] = [[]]
    heard: datetime | None = None
    astray: Tracked | None = None
    for one in sorted(track, key=lambda point: point.at):
        if shift is not None and not shift[0] <= one.at <= shift[1]:
            continue
        group = groups[-1]
        if one.accuracy is not None and one.accuracy > limits.radius:
            if group and metres_between(one.point, _middle(group)) - one.accuracy <= limits.radius:
                heard = one.at
            continue
        if _in_a_fence(one, fences):
            groups += [[], []]  # nothing is merged across it
            heard, astray = None, None
            continue
        gap = timedelta(minutes=limits.gap_minutes)
        if group and heard is not None and one.at - heard > gap:
            groups += [[]] if one.at - heard <= 2 * gap else [[], []]
            group, astray = groups[-1], None
        away = metres_between(one.point, _middle(group)) if group else 0.0
        if away > limits.radius:
            if astray is None and away <= STRAY_METRES:
                astray, heard = one, one.at
                continue
            groups += [[], [astray] if astray is not None and _together(astray, one, limits) else []]
        groups[-1].append(one)
        heard, astray = one.at, None
    return [stay for group in _merged(groups, limits) for stay in _stay(group, limits)]


STRAY_METRES = 1_000.0
"""A single point further off than this is no slip of the phone: somebody went there."""


def _merged(groups: Sequence[list[Tracked]], limits: StopLimits) -> Sequence[list[Tracked]]:
    """Neighbouring groups at one place as one: nothing was heard between them for a while, and nothing else.

    Each has two points at least; an empty group between two says that something else was heard.
    """
    merged: list[list[Tracked]] = []
    for group in groups:
        last = merged[-1] if merged else []
        near = len(last) >= 2 and len(group) >= 2
        if near and metres_between(_middle(last), _middle(group)) <= limits.radius:
            merged[-1] = [*last, *group]
        else:
            merged.append(list(group))
    return merged


def _in_a_fence(one: Tracked, fences: Sequence[Fence]) -> bool:
    sure = one.accuracy or 0.0
    return any(metres_between(one.point, fence.point) - sure <= fence.radius for fence in fences)


def _together(first: Tracked, second: Tracked, limits: StopLimits) -> bool:
    near = second.at - first.at <= timedelta(minutes=limits.gap_minutes)
    return near and metres_between(first.point, second.point) <= limits.radius


def _middle(group: Sequence[Tracked]) -> Point:
    latitudes = sorted(one.point.latitude for one in group)
    longitudes = sorted(one.point.longitude for one in group)
    half = len(group) // 2
    return Point(latitudes[half], longitudes[half])


def _stay(group: Sequence[Tracked], limits: StopLimits) -> list[Stay]:
    """The stay that a group of points makes, if it is one."""
    counted = [one for one in group if not limits.noon_from <= one.at.time() < limits.noon_until]
    parts: list[list[Tracked]] = []
    for one in counted:
        over_lunch = parts and parts[-1][-1].at.time() < limits.noon_from <= one.at.time()
        if not parts or over_lunch:
            parts.append([])
        parts[-1].append(one)
    return [
        Stay(part[0].at, part[-1].at, _middle(part), tuple(one.id for one in part))
        for part in parts
        if len(part) >= limits.points and part[-1].at - part[0].at > timedelta(minutes=limits.minutes)
    ]


def silent_days(
    workdays: Sequence[date], noted: Iterable[date], away: Iterable[date], *, run: int
) -> Sequence[date]:
    """The newest workdays in a row without a note, if they are at least `run` (domain.md 6.5, S4-22).

    `workdays` ends with the newest day that is over; days away do not count and do not break the run.
    """
    noted, away = set(noted), set(away)
    silent: list[date] = []
    for day in reversed(workdays):
        if day in away:
            continue
        if day in noted:
            break
        silent.append(day)
    silent.reverse()
    return silent if len(silent) >= run else []


def low_average(visits: Sequence[tuple[date, int]], *, days: int, least: float) -> float | None:
    """The average valid visits of the newest attended workdays if it lies below `least`; else None.

    None as well while there are fewer than `days` of them.
    """
    newest = sorted(visits)[-days:]
    if len(newest) < days:
        return None
    average = sum(count for _, count in newest) / days
    return average if average < least else None


@dataclass(frozen=True)
class Contacted:
    """A contact that we began with somebody on a list of risks."""

    id: int
    debtor: int
    at: datetime


def repeated_contacts(
    contacts: Iterable[Contacted], day: date, *, times: int, days: int
) -> Sequence[Contacted]:
    """The contacts with those who were contacted on this day, and so often within so many days up to it.

    In the order of time; the day counts as the last of the days (domain.md 6.5).
    """
    since = day - timedelta(days=days - 1)
    of_debtor: dict[int, list[Contacted]] = {}
    for one in contacts:
        if since <= one.at.date() <= day:
            of_debtor.setdefault(one.debtor, []).append(one)
    found = [
        one
        for some in of_debtor.values()
        if len(some) >= times and any(contact.at.date() == day for contact in some)
        for one in some
    ]
    return sorted(found, key=lambda one: (one.at, one.id))
