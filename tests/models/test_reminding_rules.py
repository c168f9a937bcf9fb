"""Reminders about cases: when each step is taken, what falls on which workday, how many cards are enough."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.policy import load_policy, work_calendar
from models.base import SHANGHAI
from models.cases.reminding.rules import (
    Room,
    Step,
    fallen_due,
    idle_since,
    ladder,
    push_hours,
    room,
    signal_ladder,
    slot,
    snoozed_to,
    told_today,
)
from models.worktime import Hours, is_working

POLICY = load_policy()
IS_WORKDAY = work_calendar(POLICY).is_workday
DAY, LATE_SHIFT = Hours(time(9), time(18)), Hours(time(13), time(22))
WORKDAYS = [day for day in (date(2026, 1, 5) + timedelta(days=n) for n in range(330)) if IS_WORKDAY(day)]

moments = some.integers(0, 330 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 5, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)


def at(text: str) -> datetime:
    """A moment of 2026 in Shanghai: `03-02 09:00`."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def steps(deadline: str, hours: Hours = DAY) -> list[str]:
    """When each step is taken about a deadline."""
    found = ladder(
        at(deadline),
        warning=timedelta(hours=2),
        supervisor=timedelta(hours=4),
        hours=hours,
        is_workday=IS_WORKDAY,
    )
    return [f"{found[step]:%m-%d %H:%M}" for step in Step]


@pytest.mark.parametrize(
    ("deadline", "expected", "why"),
    [
        ("03-02 14:00", ["03-02 12:00", "03-02 14:00", "03-02 18:00", "03-03 09:00"], "within a day"),
        ("03-02 17:00", ["03-02 15:00", "03-02 17:00", "03-03 12:00", "03-04 09:00"], "over a night"),
        ("03-06 16:00", ["03-06 14:00", "03-06 16:00", "03-09 11:00", "03-10 09:00"], "over a weekend"),
        ("02-14 10:00", ["02-13 17:00", "02-14 10:00", "02-14 14:00", "02-24 09:00"], "over the festival"),
        ("03-02 14:02", ["03-02 12:05", "03-02 14:05", "03-03 09:05", "03-04 09:00"], "to full five minutes"),
    ],
)
def test_a_breach_goes_on_to_those_above(deadline: str, expected: list[str], why: str) -> None:
    assert steps(deadline) == expected


def test_the_steps_keep_to_the_hours_of_the_shift() -> None:
    assert steps("03-02 21:00", LATE_SHIFT) == ["03-02 19:00", "03-02 21:00", "03-03 16:00", "03-04 13:00"]


@given(moments)
def test_the_steps_follow_each_other(deadline: datetime) -> None:
    found = list(
        ladder(
            deadline,
            warning=timedelta(hours=2),
            supervisor=timedelta(hours=4),
            hours=DAY,
            is_workday=IS_WORKDAY,
        ).values()
    )

    assert found == sorted(found)
    assert found[1] == slot(deadline)
    assert all(moment == slot(moment) for moment in found)


def test_what_cannot_wait_goes_on_within_minutes_of_work() -> None:
    found = signal_ladder(at("03-02 17:50"), minutes=(5, 15, 60, 240), hours=DAY, is_workday=IS_WORKDAY)

    assert [f"{found[step]:%m-%d %H:%M}" for step in Step] == [
        "03-02 17:55",
        "03-03 09:05",
        "03-03 09:50",
        "03-03 12:50",
    ]


@pytest.mark.parametrize(
    ("moment", "shift", "told"),
    [
        ("03-02 08:29", None, False),
        ("03-02 08:30", None, True),
        ("03-02 19:59", None, True),
        ("03-02 20:00", None, False),
        ("03-07 10:00", None, False),
        ("02-28 10:00", None, True),
        ("03-02 20:00", LATE_SHIFT, True),
        ("03-02 21:59", LATE_SHIFT, True),
        ("03-02 12:59", LATE_SHIFT, False),
    ],
)
def test_quiet_time_is_kept_and_a_shift_goes_before_it(moment: str, shift: Hours | None, told: bool) -> None:
    assert is_working(at(moment), push_hours(shift, POLICY.reminders), IS_WORKDAY) is told


@given(some.integers(3, 40), some.integers(0, 200))
def test_nobody_gets_more_cards_than_the_limit_of_which_one_is_for_the_evening(
    most: int, wanted: int
) -> None:
    fates = Counter[Room]()
    for _ in range(wanted):
        cards = fates[Room.CARD] + fates[Room.LAST]
        fates[room(cards, most)] += 1

    assert fates[Room.CARD] + fates[Room.LAST] <= most - 1
    assert fates[Room.LAST] == (wanted >= most - 1)
    assert fates.total() == wanted


def test_three_workdays_without_a_note_are_whole_ones() -> None:
    assert idle_since(date(2026, 3, 6), 3, IS_WORKDAY) == (date(2026, 3, 2), date(2026, 3, 3))
    assert idle_since(date(2026, 3, 11), 3, IS_WORKDAY) == (date(2026, 3, 5), date(2026, 3, 6))
    assert idle_since(date(2026, 3, 12), 3, IS_WORKDAY) == (date(2026, 3, 6), date(2026, 3, 9))
    assert idle_since(date(2026, 2, 27), 3, IS_WORKDAY) == (date(2026, 2, 14), date(2026, 2, 24))


@pytest.mark.parametrize("workdays", [0, 3, 5])
def test_every_day_of_work_is_told_of_as_idle_on_exactly_one_workday(workdays: int) -> None:
    told = Counter(
        first + timedelta(days=number)
        for day in WORKDAYS[10:]
        for first, after in [idle_since(day, workdays, IS_WORKDAY)]
        for number in range((after - first).days)
    )

    assert set(told.values()) == {1}
    assert set(told) == {min(told) + timedelta(days=number) for number in range(len(told))}


def test_rest_days_are_announced_before_and_dealt_with_after() -> None:
    assert told_today(date(2026, 3, 6), IS_WORKDAY) == (date(2026, 3, 6), date(2026, 3, 8))
    assert told_today(date(2026, 3, 2), IS_WORKDAY) == (date(2026, 3, 2), date(2026, 3, 2))
    assert fallen_due(date(2026, 3, 9), IS_WORKDAY) == (date(2026, 3, 7), date(2026, 3, 9))
    assert fallen_due(date(2026, 2, 24), IS_WORKDAY) == (date(2026, 2, 15), date(2026, 2, 24))


@pytest.mark.parametrize("stretch", [told_today, fallen_due])
def test_every_day_belongs_to_exactly_one_workday(stretch: object) -> None:
    days = Counter(
        first + timedelta(days=number)
        for day in WORKDAYS
        for first, last in [stretch(day, IS_WORKDAY)]  # type: ignore[operator]
        for number in range((last - first).days + 1)
    )

    assert set(days.values()) == {1}


@pytest.mark.parametrize(
    ("by", "shift", "until"),
    [
        ("30", None, "03-06 17:10"),
        ("60", None, "03-06 17:40"),
        ("tomorrow", None, "03-09 09:00"),
        ("tomorrow", LATE_SHIFT, "03-09 13:00"),
    ],
)
def test_a_card_is_put_off(by: str, shift: Hours | None, until: str) -> None:
    found = snoozed_to(at("03-06 16:36"), by, shift=shift, policy=POLICY.reminders, is_workday=IS_WORKDAY)

    assert found == at(until)
