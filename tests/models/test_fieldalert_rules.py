"""Alerts of field work: tables of cases over small tracks, and what holds for every track."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import SHANGHAI
from models.fieldalerts.rules import (
    Contacted,
    Fence,
    StopLimits,
    Tracked,
    low_average,
    repeated_contacts,
    silent_days,
    stays,
)
from models.locations.rules import Point, metres_between

LIMITS = StopLimits(200, 30, 3, 15, time(12), time(13, 30))
CAFE, OFFICE = Point(30.6600, 104.0800), Point(30.6500, 104.0600)
DEGREE = 111_195
"""Metres of a degree of latitude."""


def track(*parts: str, accuracy: float | None = 20) -> list[Tracked]:
    """Points as `14:00+0m`: when, and how far north of the café."""
    found = []
    for number, part in enumerate(parts):
        clock, _, metres = part.partition("+")
        moment = datetime.combine(date(2026, 3, 2), time.fromisoformat(clock), SHANGHAI)
        north = float(metres.removesuffix("m") or 0) / DEGREE
        found.append(Tracked(number, moment, Point(CAFE.latitude + north, CAFE.longitude), accuracy))
    return found


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ("14:00 14:12 14:24 14:36", ["14:00–14:36"]),
        ("14:00 14:15 14:30", []),
        ("14:00 14:15 14:31", []),
        ("14:00 14:10 14:20 14:31", ["14:00–14:31"]),
        ("14:00 14:31", []),
        ("14:00 14:16 14:32 14:48", []),
        ("14:00 14:12+150m 14:24+90m 14:36", ["14:00–14:36"]),
        ("14:00 14:12+300m 14:24+600m 14:36+900m", []),
        ("14:00 14:10 14:20 14:31 14:40+2000m 14:50 15:00 15:10 15:21", ["14:00–14:31", "14:50–15:21"]),
        ("14:00 14:10 14:25+800m 14:20 14:31", ["14:00–14:31"]),
        ("14:00 14:10 14:33 14:45", ["14:00–14:45"]),
        ("14:00 14:10 14:45 14:55", []),
        ("12:00 12:15 12:30 12:45 13:00 13:15", []),
        ("11:30 11:45 12:00 12:15 12:30", []),
        ("11:20 11:30 11:40 11:51 12:00 12:15", ["11:20–11:51"]),
        ("13:20 13:30 13:40 13:50 14:01", ["13:30–14:01"]),
    ],
)
def test_a_stay_is_seen(parts: str, found: list[str]) -> None:
    seen = stays(track(*parts.split()), [], LIMITS)

    assert [f"{one.begin:%H:%M}–{one.end:%H:%M}" for one in seen] == found


@pytest.mark.parametrize(
    ("radius", "accuracy", "found"), [(500, 20, 0), (100, 20, 1), (100, 150, 0), (10, 250, 0)]
)
def test_inside_a_fence_or_too_vague_to_tell_there_is_none(
    radius: float, accuracy: float, found: int
) -> None:
    near = Point(CAFE.latitude + 200 / DEGREE, CAFE.longitude)
    points = track("14:00", "14:12", "14:24", "14:36", accuracy=accuracy)

    assert len(stays(points, [Fence(near, radius), Fence(OFFICE, 300)], LIMITS)) == found


def test_out_of_shift_nobody_is_looked_at() -> None:
    points = track("18:10", "18:20", "18:30", "18:45")
    shift = (points[0].at.replace(hour=9, minute=0), points[0].at.replace(hour=18, minute=0))

    assert stays(points, [], LIMITS, shift) == []


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(-3000, 3000)), max_size=40))
def test_every_stay_rests_on_its_points(raw: list[tuple[int, int]]) -> None:
    start = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
    points = [
        Tracked(n, start + timedelta(minutes=m), Point(CAFE.latitude + away / DEGREE, CAFE.longitude), 10)
        for n, (m, away) in enumerate(raw)
    ]
    by_id = {one.id: one for one in points}

    seen = stays(points, [], LIMITS)

    for stay in seen:
        resting = [by_id[number] for number in stay.points]
        assert len(resting) >= LIMITS.points
        assert stay.minutes >= LIMITS.minutes
        assert all(metres_between(one.point, stay.middle) <= 2 * LIMITS.radius for one in resting)
        assert not any(LIMITS.noon_from <= one.at.time() < LIMITS.noon_until for one in resting)
    used = [number for stay in seen for number in stay.points]
    assert len(used) == len(set(used))


WEEK = [date(2026, 3, day) for day in (2, 3, 4, 5, 6)]


@pytest.mark.parametrize(
    ("noted", "away", "silent"),
    [
        ([], [], [2, 3, 4, 5, 6]),
        ([6], [], []),
        ([3], [], [4, 5, 6]),
        ([4], [], []),
        ([2], [4], [3, 5, 6]),
        ([3], [5], []),
        ([2, 3], [4, 5, 6], []),
    ],
)
def test_days_without_a_note_in_a_row(noted: list[int], away: list[int], silent: list[int]) -> None:
    found = silent_days(WEEK, [date(2026, 3, n) for n in noted], [date(2026, 3, n) for n in away], run=3)

    assert [day.day for day in found] == silent


@pytest.mark.parametrize(
    ("counts", "average"),
    [
        ([0, 1, 1, 1, 1], 0.8),
        ([1, 1, 1, 1, 1], None),
        ([5, 0, 0, 0, 0, 0], 0.0),
        ([0, 0, 0, 0], None),
        ([], None),
    ],
)
def test_too_few_visits_on_average(counts: list[int], average: float | None) -> None:
    visits = [(date(2026, 3, 2) + timedelta(days=n), count) for n, count in enumerate(counts)]

    assert low_average(visits, days=5, least=1) == average


@pytest.mark.parametrize(
    ("contacts", "found"),
    [
        ("", ""),
        ("A9", ""),
        ("A9 A9", "A9 A9"),
        ("A8 A9", "A8 A9"),
        ("A3 A9", "A3 A9"),
        ("A2 A9", ""),
        ("A7 A8", ""),
        ("A9 B9", ""),
        ("A8 B8 A9", "A8 A9"),
        ("A8 B8 A9 B9", "A8 A9 B8 B9"),
        ("A1 A2 A8 A9 A10", "A8 A9"),
    ],
)
def test_repeated_contacts_with_the_same_person_on_a_list(contacts: str, found: str) -> None:
    """Debtor and day of March; it is the ninth, and seven days count."""
    made = [
        Contacted(
            number,
            ord(one[0]),
            datetime(2026, 3, int(one[1:]), 10, tzinfo=SHANGHAI) + timedelta(minutes=number),
        )
        for number, one in enumerate(contacts.split())
    ]

    seen = repeated_contacts(made, date(2026, 3, 9), times=2, days=7)

    assert sorted(f"{chr(one.debtor)}{one.at.day}" for one in seen) == sorted(found.split())
