"""Working hours: the arithmetic of the deadlines."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.policy import load_policy, work_calendar
from models.base import SHANGHAI
from models.worktime import (
    Hours,
    NoWorkday,
    add_work,
    is_working,
    last_workday,
    next_workday,
    next_working,
    work_between,
    workdays_before,
)

DAY = Hours(time(9), time(18))
NIGHT = Hours(time(22), time(6))
IS_WORKDAY = work_calendar(load_policy()).is_workday

shifts = some.sampled_from([DAY, NIGHT, Hours(time(13), time(22)), Hours(time(0), time(0))])
FIRST = datetime(2026, 1, 2, tzinfo=SHANGHAI)
moments = some.integers(0, 330 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
amounts = some.integers(1, 200 * 60).map(lambda minutes: timedelta(minutes=minutes))


def at(text: str) -> datetime:
    """A moment of 2026 in Shanghai: `03-02 09:00`."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "hours", "done", "why"),
    [
        ("03-02 10:00", 4, "03-02 14:00", "within a day"),
        ("03-02 14:00", 4, "03-02 18:00", "to the minute at which the day ends"),
        ("03-02 16:00", 4, "03-03 11:00", "over the night"),
        ("03-02 07:00", 2, "03-02 11:00", "from before work"),
        ("03-02 21:00", 2, "03-03 11:00", "from after work"),
        ("03-06 17:00", 2, "03-09 10:00", "over a weekend"),
        ("02-13 17:00", 2, "02-14 10:00", "into a Saturday that is worked"),
        ("02-14 17:00", 2, "02-24 10:00", "over the Spring Festival"),
        ("09-30 17:00", 10, "10-08 18:00", "over the National Day, to the end of a day"),
        ("03-02 10:00", 0, "03-02 10:00", "nothing"),
        ("03-03 11:00", -4, "03-02 16:00", "back over the night"),
        ("03-09 10:00", -2, "03-06 17:00", "back over a weekend"),
    ],
)
def test_working_hours_are_added(start: str, hours: int, done: str, why: str) -> None:
    assert add_work(at(start), timedelta(hours=hours), DAY, IS_WORKDAY) == at(done)


def test_a_night_shift_belongs_to_the_day_on_which_it_starts() -> None:
    assert add_work(at("03-06 23:00"), timedelta(hours=4), NIGHT, IS_WORKDAY) == at("03-07 03:00")
    assert add_work(at("03-07 05:00"), timedelta(hours=2), NIGHT, IS_WORKDAY) == at("03-09 23:00")


@given(moments, amounts, shifts)
def test_exactly_so_much_work_lies_between(moment: datetime, amount: timedelta, hours: Hours) -> None:
    done = add_work(moment, amount, hours, IS_WORKDAY)

    assert work_between(moment, done, hours, IS_WORKDAY) == amount
    assert done - moment >= amount


@given(moments, amounts, shifts)
def test_what_was_added_can_be_taken_back(moment: datetime, amount: timedelta, hours: Hours) -> None:
    begun = next_working(moment, hours, IS_WORKDAY)

    assert add_work(add_work(begun, amount, hours, IS_WORKDAY), -amount, hours, IS_WORKDAY) in (
        begun,
        _end_before(begun, hours),
    )


def _end_before(moment: datetime, hours: Hours) -> datetime:
    """The end of the stretch of work before one that starts at the moment: no work lies between."""
    return add_work(moment, -timedelta(seconds=1), hours, IS_WORKDAY) + timedelta(seconds=1)


@given(moments, amounts, amounts, shifts)
def test_two_amounts_one_after_the_other_are_their_sum(
    moment: datetime, first: timedelta, second: timedelta, hours: Hours
) -> None:
    stepwise = add_work(add_work(moment, first, hours, IS_WORKDAY), second, hours, IS_WORKDAY)

    assert stepwise == add_work(moment, first + second, hours, IS_WORKDAY)


@given(moments, amounts, shifts)
def test_who_starts_later_is_not_done_earlier(moment: datetime, amount: timedelta, hours: Hours) -> None:
    later = moment + timedelta(hours=1)

    assert add_work(later, amount, hours, IS_WORKDAY) >= add_work(moment, amount, hours, IS_WORKDAY)


@given(moments, shifts)
def test_the_next_working_moment_is_worked_and_nothing_lies_before_it(moment: datetime, hours: Hours) -> None:
    found = next_working(moment, hours, IS_WORKDAY)

    assert is_working(found, hours, IS_WORKDAY)
    assert work_between(moment, found, hours, IS_WORKDAY) == timedelta(0)


def test_workdays_follow_the_calendar() -> None:
    assert next_workday(date(2026, 2, 13), IS_WORKDAY) == date(2026, 2, 14)
    assert next_workday(date(2026, 2, 14), IS_WORKDAY) == date(2026, 2, 24)
    assert last_workday(date(2026, 2, 24), IS_WORKDAY) == date(2026, 2, 14)
    assert workdays_before(date(2026, 2, 25), 3, IS_WORKDAY) == date(2026, 2, 13)


def test_a_calendar_without_workdays_is_no_endless_search() -> None:
    with pytest.raises(NoWorkday):
        add_work(at("03-02 09:00"), timedelta(hours=1), DAY, lambda day: False)
    with pytest.raises(NoWorkday):
        next_workday(date(2026, 3, 2), lambda day: False)
