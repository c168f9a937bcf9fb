"""What may be corrected, and until when: tables of cases (domain.md 6.3)."""

from datetime import date, datetime, time, timedelta

import pytest

from bot.policy import load_policy, work_calendar
from models.attendance.request_rules import claimed, fits, last_day_for, wrong_ends
from models.attendance.rules import Bounds, DayFacts, Duty, day_status
from models.attendance.tables import Way
from models.base import SHANGHAI

BOUNDS = Bounds(grace=5, late=30, half_day=60, out_after=240, overtime_from=30)
MONDAY = date(2026, 3, 2)
EARLY, AFTER = timedelta(minutes=180), timedelta(minutes=240)


def moment(clock: str) -> datetime:
    """A moment of Monday; `+07:00` is one of Tuesday."""
    day = MONDAY + timedelta(days=clock.startswith("+"))
    return datetime.combine(day, time.fromisoformat(clock.lstrip("+")), SHANGHAI)


def duty(hours: str = "09:00-18:00", *, out: bool = True) -> Duty:
    """A duty of Monday."""
    begin, end = hours.split("-")
    return Duty("早班", moment(begin), moment(end), needs_out=out)


@pytest.mark.parametrize(
    ("came", "went", "now", "wrong"),
    [
        ("08:55", "18:00", "23:00", ""),
        ("09:20", "18:00", "23:00", "in"),
        ("09:20", "", "10:00", "in"),
        ("", "", "10:00", ""),
        ("", "18:00", "23:00", "in"),
        ("08:55", "", "18:30", ""),
        ("08:55", "", "23:00", "out"),
        ("08:55", "17:00", "17:30", ""),
        ("08:55", "17:00", "18:30", "out"),
        ("", "", "19:00", "in out"),
    ],
)
def test_only_what_is_missing_or_wrong_can_be_corrected(came: str, went: str, now: str, wrong: str) -> None:
    facts = DayFacts(MONDAY, duty(), moment(came) if came else None, moment(went) if went else None)
    status = day_status(facts, now=moment(now), bounds=BOUNDS)

    assert " ".join(wrong_ends(status, moment(now))) == wrong


def test_nothing_is_wrong_on_a_day_off_or_on_leave_or_where_no_end_is_asked_for() -> None:
    off = day_status(DayFacts(MONDAY, None), now=moment("23:00"), bounds=BOUNDS)
    away = DayFacts(MONDAY, duty(), leave=[(moment("00:00"), moment("+00:00"))])
    no_end = DayFacts(MONDAY, duty(out=False), moment("08:55"))

    for status in (off, *(day_status(one, now=moment("23:00"), bounds=BOUNDS) for one in (away, no_end))):
        assert wrong_ends(status, moment("23:00")) == []


@pytest.mark.parametrize(
    ("hours", "way", "clock", "means"),
    [
        ("09:00-18:00", Way.IN, None, "09:00"),
        ("09:00-18:00", Way.OUT, None, "18:00"),
        ("09:00-18:00", Way.OUT, "18:30", "18:30"),
        ("22:00-+07:00", Way.OUT, "07:05", "+07:05"),
        ("22:00-+07:00", Way.OUT, None, "+07:00"),
        ("22:00-+07:00", Way.IN, "21:50", "21:50"),
    ],
)
def test_the_moment_that_is_claimed(hours: str, way: Way, clock: str | None, means: str) -> None:
    said = None if clock is None else time.fromisoformat(clock)

    assert claimed(duty(hours), MONDAY, way, said) == moment(means)


@pytest.mark.parametrize(
    ("way", "at", "other", "right"),
    [
        (Way.IN, "08:50", "18:00", True),
        (Way.IN, "05:00", "", False),
        (Way.IN, "18:00", "", False),
        (Way.IN, "12:00", "11:00", False),
        (Way.OUT, "18:00", "08:50", True),
        (Way.OUT, "08:00", "", False),
        (Way.OUT, "22:01", "", False),
        (Way.OUT, "10:00", "10:30", False),
    ],
)
def test_a_moment_has_to_fit_the_duty_and_the_other_end(way: Way, at: str, other: str, right: bool) -> None:
    there = moment(other) if other else None

    assert fits(duty(), way, moment(at), there, EARLY, AFTER) is right


@pytest.mark.parametrize(
    ("day", "until"),
    [
        ("2026-03-02", "2026-03-05"),
        ("2026-03-05", "2026-03-10"),
        ("2026-04-30", "2026-05-08"),
        ("2026-02-13", "2026-02-25"),
        ("2027-12-30", "2028-01-04"),
    ],
)
def test_three_workdays_are_counted_with_holidays_make_up_days_and_unpublished_years(
    day: str, until: str
) -> None:
    calendar = work_calendar(load_policy())

    assert last_day_for(date.fromisoformat(day), 3, calendar.is_workday) == date.fromisoformat(until)
