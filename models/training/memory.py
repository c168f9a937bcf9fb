"""How well an answer sat, how long a streak is, what learning is worth on the board. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from fsrs import Rating

from models.worktime import IsWorkday

AT_ONCE = 2
"""So many times right in a row, and at once again: it was easy."""


@dataclass(frozen=True)
class Answer:
    """An answer: right or not, and after how many seconds; None where nobody knows."""

    correct: bool
    seconds: float | None = None


def rating(answer: Answer, right_in_a_row: int, *, slow_seconds: int) -> Rating:
    """Wrong: again; right but slow: hard; right: good; right at once, twice before: easy (domain.md 8)."""
    if not answer.correct:
        return Rating.Again
    if answer.seconds is not None and answer.seconds > slow_seconds:
        return Rating.Hard
    if answer.seconds is not None and answer.seconds <= slow_seconds / 2 and right_in_a_row >= AT_ONCE:
        return Rating.Easy
    return Rating.Good


def standing_streak(streak: int, last_on: date | None, today: date, is_workday: IsWorkday) -> int:
    """The streak before anything is learned today: over with the first workday that was left out."""
    if last_on is None:
        return 0
    between = (last_on + timedelta(days=n) for n in range(1, (today - last_on).days))
    return 0 if any(map(is_workday, between)) else streak


def streak_after(streak: int, last_on: date | None, today: date, is_workday: IsWorkday) -> int:
    """The streak once something was learned today: days off neither count against it nor break it."""
    if last_on is None or last_on > today:
        return 1
    if last_on == today:
        return max(streak, 1)
    return standing_streak(streak, last_on, today, is_workday) + 1


def points_of(courses: int, right: int, streak: int, worth: Mapping[str, int]) -> int:
    """Points of the board: for courses done, right answers, and the streak of those who did anything."""
    done = courses * worth["course"] + right * worth["right"]
    return done + streak * worth["streak"] if done else 0
