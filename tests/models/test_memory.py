"""How well an answer sat, how long a streak is, what learning is worth: tables of cases."""

from datetime import date, timedelta

import pytest
from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from models.training.memory import Answer, points_of, rating, standing_streak, streak_after

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("answer", "in_a_row", "expected"),
    [
        (Answer(False, 3), 5, Rating.Again),
        (Answer(False), 0, Rating.Again),
        (Answer(True, 21), 5, Rating.Hard),
        (Answer(True, 20), 5, Rating.Good),
        (Answer(True, 10), 2, Rating.Easy),
        (Answer(True, 10), 1, Rating.Good),
        (Answer(True), 5, Rating.Good),
    ],
)
def test_the_rating_follows_from_the_answer(answer: Answer, in_a_row: int, expected: Rating) -> None:
    assert rating(answer, in_a_row, slow_seconds=20) is expected


def is_workday(day: date) -> bool:
    """Monday to Friday, but for the Wednesday of this week."""
    return day.weekday() < 5 and day != date(2026, 3, 4)


@pytest.mark.parametrize(
    ("streak", "last_on", "today", "expected"),
    [
        (0, None, MONDAY, 1),
        (3, MONDAY, MONDAY, 3),
        (3, MONDAY, MONDAY + timedelta(days=1), 4),
        (3, date(2026, 3, 3), date(2026, 3, 5), 4),  # a day off lies between
        (3, date(2026, 3, 6), date(2026, 3, 9), 4),  # a weekend
        (3, MONDAY, date(2026, 3, 5), 1),  # the Tuesday was missed
        (3, date(2026, 3, 9), MONDAY, 1),  # the clock was put back
    ],
)
def test_days_off_neither_break_a_streak_nor_make_one(
    streak: int, last_on: date | None, today: date, expected: int
) -> None:
    assert streak_after(streak, last_on, today, is_workday) == expected


@pytest.mark.parametrize(
    ("last_on", "today", "expected"),
    [
        (None, MONDAY, 0),
        (MONDAY, MONDAY, 3),
        (MONDAY, MONDAY + timedelta(days=1), 3),
        (date(2026, 3, 3), date(2026, 3, 5), 3),  # a day off lies between
        (date(2026, 3, 6), date(2026, 3, 9), 3),
        (MONDAY, date(2026, 3, 5), 0),  # the Tuesday was missed
        (date(2026, 3, 9), MONDAY, 3),  # the clock was put back
    ],
)
def test_a_streak_stands_until_a_workday_is_left_out(
    last_on: date | None, today: date, expected: int
) -> None:
    assert standing_streak(3, last_on, today, is_workday) == expected


@given(st.lists(st.integers(min_value=0, max_value=60), max_size=40))
def test_a_streak_never_exceeds_the_days_learned(offsets: list[int]) -> None:
    streak, last = 0, None
    for day in sorted({MONDAY + timedelta(days=one) for one in offsets}):
        streak, last = streak_after(streak, last, day, is_workday), day
    assert streak <= len(set(offsets))


@pytest.mark.parametrize(
    ("courses", "right", "streak", "expected"),
    [(0, 0, 9, 0), (1, 0, 0, 10), (0, 5, 3, 11), (2, 7, 4, 35)],
)
def test_a_streak_alone_is_worth_nothing(courses: int, right: int, streak: int, expected: int) -> None:
    assert points_of(courses, right, streak, {"course": 10, "right": 1, "streak": 2}) == expected
