"""What counts as overtime: tables of cases, by the day as it was judged."""

from datetime import date, datetime, time, timedelta

import pytest

from bot.policy import load_policy, work_calendar
from models.attendance.overtime_rules import (
    OvertimeKind,
    minutes_confirmed,
    overtime_kind,
    stretch_asked,
)
from models.attendance.rules import Bounds, DayFacts, Duty, day_status
from models.base import SHANGHAI

BOUNDS = Bounds(grace=5, late=30, half_day=60, out_after=240, overtime_from=30)
MONDAY = date(2026, 3, 2)
DAY, NIGHT, FLEXIBLE, OFF = "09:00-18:00", "22:00-+06:00", "09:00-18:00 flex", ""


def moment(clock: str) -> datetime:
    """A moment of Monday; `+07:00` is one of Tuesday."""
    day = MONDAY + timedelta(days=clock.startswith("+"))
    return datetime.combine(day, time.fromisoformat(clock.lstrip("+")), SHANGHAI)


def duty(words: str) -> Duty | None:
    """The duty of Monday; none is a day off."""
    if not words:
        return None
    hours, _, flexible = words.partition(" ")
    begin, end = (moment(clock) for clock in hours.split("-"))
    return Duty("班", begin, end, rest_minutes=60, flex_minutes=60 if flexible else 0)


@pytest.mark.parametrize(
    ("works", "asked", "came", "went", "leave", "counts"),
    [
        (DAY, "18:00-20:30", "08:55", "20:31", "", 150),
        (DAY, "18:00-20:30", "08:55", "19:15", "", 75),
        (DAY, "18:00-20:30", "08:55", "23:10", "", 150),
        (DAY, "19:00-20:30", "08:55", "20:00", "", 60),
        (DAY, "18:00-20:30", "08:55", "18:29", "", 0),
        (DAY, "18:00-20:30", "08:55", "18:30", "", 30),
        (DAY, "20:00-21:00", "08:55", "20:20", "", 0),
        (DAY, "18:00-20:30", "08:55", "", "", 0),
        (DAY, "18:00-20:30", "", "20:30", "", 0),
        (DAY, "18:00-20:30", "", "", "", 0),
        (DAY, "18:00-01:00", "08:55", "+01:10", "", 420),
        (DAY, "17:00-19:00", "08:55", "19:00", "", 60),
        (DAY, "18:00-20:00", "08:55", "20:00", "13:30-18:00", 120),
        (DAY, "18:00-20:00", "13:30", "20:00", "09:00-13:30", 120),
        (DAY, "18:00-20:00", "18:30", "20:00", "09:00-18:00", 90),
        (NIGHT, "06:00-08:00", "21:55", "+07:30", "", 90),
        (NIGHT, "06:00-08:00", "21:55", "+06:00", "", 0),
        (FLEXIBLE, "17:00-20:00", "08:00", "20:00", "", 180),
        (FLEXIBLE, "18:00-20:00", "10:00", "20:00", "", 60),
        (OFF, "10:00-16:00", "09:50", "16:20", "", 360),
        (OFF, "10:00-16:00", "10:30", "15:00", "", 270),
        (OFF, "10:00-16:00", "10:30", "", "", 0),
        (OFF, "10:00-16:00", "10:30", "10:50", "", 0),
        (OFF, "22:00-02:00", "22:00", "+01:00", "", 180),
    ],
)
def test_no_more_counts_than_was_asked_for_and_than_the_check_ins_bear_out(
    works: str, asked: str, came: str, went: str, leave: str, counts: int
) -> None:
    begin, end = (time.fromisoformat(clock) for clock in asked.split("-"))
    away = [(moment(leave.split("-")[0]), moment(leave.split("-")[1]))] if leave else []
    facts = DayFacts(
        MONDAY,
        duty(works),
        moment(came) if came else None,
        moment(went) if went else None,
        leave=away,
    )
    status = day_status(facts, now=moment("+23:00"), bounds=BOUNDS)

    stretch = stretch_asked(duty(works), MONDAY, (begin, end), moment("12:00"))

    assert minutes_confirmed(stretch, status.over, 30) == counts


@pytest.mark.parametrize(
    ("works", "asked", "begins", "ends"),
    [
        (DAY, "18:00-20:30", "18:00", "20:30"),
        (DAY, "17:00-20:30", "18:00", "20:30"),
        (DAY, "22:00-01:30", "22:00", "+01:30"),
        (DAY, "14:00-17:00", "18:00", "17:00"),
        (DAY, "07:00-09:00", "07:00", "07:00"),
        (NIGHT, "06:00-08:00", "+06:00", "+08:00"),
        (NIGHT, "05:00-08:00", "+06:00", "+08:00"),
        (NIGHT, "18:00-20:00", "+18:00", "+18:00"),
        (FLEXIBLE, "16:00-20:00", "17:00", "20:00"),
        (OFF, "10:00-16:00", "10:00", "16:00"),
        (OFF, "22:00-06:00", "22:00", "+06:00"),
    ],
)
def test_what_two_times_of_day_mean_beside_a_shift(works: str, asked: str, begins: str, ends: str) -> None:
    begin, end = (time.fromisoformat(clock) for clock in asked.split("-"))

    found = stretch_asked(duty(works), MONDAY, (begin, end), moment("12:00"))

    assert found == (moment(begins), moment(ends))


@pytest.mark.parametrize(
    ("day", "works", "kind"),
    [
        ("2026-03-02", True, OvertimeKind.WORKDAY),
        ("2026-03-02", False, OvertimeKind.REST_DAY),
        ("2026-03-07", False, OvertimeKind.REST_DAY),
        ("2026-02-14", True, OvertimeKind.WORKDAY),
        ("2026-10-01", False, OvertimeKind.HOLIDAY),
        ("2026-10-01", True, OvertimeKind.HOLIDAY),
        ("2026-10-10", True, OvertimeKind.WORKDAY),
        ("2028-01-01", False, OvertimeKind.REST_DAY),
    ],
)
def test_make_up_days_are_workdays_and_holidays_stand_apart(
    day: str, works: bool, kind: OvertimeKind
) -> None:
    calendar = work_calendar(load_policy())

    holiday = calendar.is_day_of_holiday(date.fromisoformat(day))

    assert overtime_kind(works=works, holiday=holiday) is kind
