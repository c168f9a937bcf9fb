"""What became of a workday: tables of cases (domain.md 6.3), and what holds for every day."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.attendance.rules import Bounds, DayFacts, DayStatus, Duty, Mark, Totals, day_status
from models.base import SHANGHAI

BOUNDS = Bounds(grace=5, late=30, half_day=60, out_after=240, overtime_from=30)
MONDAY = date(2026, 3, 2)
EVENING = "23:59"


def moment(clock: str) -> datetime:
    """A moment of Monday; `+07:00` is one of Tuesday."""
    day = MONDAY + timedelta(days=clock.startswith("+"))
    return datetime.combine(day, time.fromisoformat(clock.lstrip("+")), SHANGHAI)


def duty(hours: str = "09:00-18:00", **more: int | bool) -> Duty:
    """A duty of Monday with an hour's break."""
    begin, end = hours.split("-")
    return Duty("早班", moment(begin), moment(end), rest_minutes=60, **more)  # type: ignore[arg-type]


def status(
    came: str = "", went: str = "", *, now: str = EVENING, leave: str = "", what: Duty | None = None
) -> DayStatus:
    """What became of Monday."""
    away = [tuple(moment(end) for end in one.split("-")) for one in leave.split()]
    facts = DayFacts(
        MONDAY,
        what or duty(),
        moment(came) if came else None,
        moment(went) if went else None,
        leave=away,  # type: ignore[arg-type]
    )
    return day_status(facts, now=moment(now), bounds=BOUNDS)


@pytest.mark.parametrize(
    ("came", "went", "marks", "late", "early"),
    [
        ("08:55", "18:02", "normal", 0, 0),
        ("09:00", "18:00", "normal", 0, 0),
        ("09:05", "18:00", "normal", 0, 0),
        ("09:06", "18:00", "late", 6, 0),
        ("09:30", "18:00", "late", 30, 0),
        ("09:31", "18:00", "half_day_absent", 31, 0),
        ("09:59", "18:00", "half_day_absent", 59, 0),
        ("10:00", "18:00", "absent", 60, 0),
        ("09:00", "17:55", "normal", 0, 0),
        ("09:00", "17:54", "early_leave", 0, 6),
        ("09:10", "17:40", "late early_leave", 10, 20),
        ("09:00", "17:00", "absent", 0, 60),
        ("", "18:00", "missing_in", 0, 0),
        ("09:00", "", "missing_out", 0, 0),
        ("", "", "absent", 0, 0),
    ],
)
def test_a_fixed_shift(came: str, went: str, marks: str, late: int, early: int) -> None:
    found = status(came, went)

    assert (found.marks, found.minutes_late, found.minutes_early) == (
        tuple(Mark(mark) for mark in marks.split()),
        late,
        early,
    )


@pytest.mark.parametrize(
    ("came", "went", "now", "marks"),
    [
        ("", "", "08:00", "pending"),
        ("", "", "12:00", "pending"),
        ("", "", "18:00", "absent"),
        ("09:00", "", "12:00", "pending"),
        ("09:20", "", "12:00", "late pending"),
        ("09:00", "", "21:59", "pending"),
        ("09:00", "", "22:00", "missing_out"),
        ("09:00", "12:00", "12:30", "pending"),
        ("09:00", "12:00", "18:00", "absent"),
    ],
)
def test_a_day_that_is_not_over_is_not_judged(came: str, went: str, now: str, marks: str) -> None:
    assert status(came, went, now=now).marks == tuple(Mark(mark) for mark in marks.split())


@pytest.mark.parametrize(
    ("came", "went", "marks", "over"),
    [
        ("21:55", "+07:05", "normal", 0),
        ("22:20", "+07:00", "late", 0),
        ("+00:10", "+07:00", "absent", 0),
        ("22:00", "+06:40", "early_leave", 0),
        ("22:00", "+08:00", "normal", 60),
    ],
)
def test_a_night_shift_belongs_to_the_day_it_starts(came: str, went: str, marks: str, over: int) -> None:
    found = status(came, went, now="+23:00", what=duty("22:00-+07:00"))

    assert (found.marks, found.minutes_over) == ((Mark(marks),), over)


@pytest.mark.parametrize(
    ("came", "went", "marks"),
    [
        ("08:00", "17:00", "normal"),
        ("10:00", "19:00", "normal"),
        ("10:00", "18:40", "early_leave"),
        ("10:06", "19:00", "late"),
        ("07:00", "17:00", "normal"),
        ("07:00", "16:40", "early_leave"),
    ],
)
def test_a_flexible_shift_moves_with_who_comes_within_its_bounds(came: str, went: str, marks: str) -> None:
    assert status(came, went, what=duty(flex_minutes=60)).marks == (Mark(marks),)


@pytest.mark.parametrize(
    ("came", "went", "leave", "marks", "on_leave"),
    [
        ("", "", "09:00-18:00", "leave", 540),
        ("", "", "00:00-23:59", "leave", 540),
        ("13:30", "18:00", "09:00-13:30", "normal part_leave", 270),
        ("13:40", "18:00", "09:00-13:30", "late part_leave", 270),
        ("09:00", "13:30", "13:30-18:00", "normal part_leave", 270),
        ("09:00", "13:00", "13:30-18:00", "early_leave part_leave", 270),
        ("", "", "09:00-13:30", "absent part_leave", 270),
        ("", "", "09:00-13:30 13:30-18:00", "leave", 540),
        ("09:00", "18:00", "11:00-12:00", "normal part_leave", 60),
    ],
)
def test_leave_by_the_day_by_the_half_and_by_the_hour(
    came: str, went: str, leave: str, marks: str, on_leave: int
) -> None:
    found = status(came, went, leave=leave)

    assert (found.marks, found.minutes_leave) == (tuple(Mark(mark) for mark in marks.split()), on_leave)


def test_without_a_check_out_to_make_nobody_misses_one() -> None:
    assert status("09:00", what=duty(needs_out=False)).marks == (Mark.NORMAL,)


@pytest.mark.parametrize(
    ("came", "went", "worked", "over"),
    [
        ("09:00", "18:00", 480, 0),
        ("09:00", "18:29", 509, 0),
        ("09:00", "18:30", 510, 30),
        ("09:00", "20:15", 615, 135),
        ("09:00", "12:00", 180, 0),
    ],
)
def test_work_and_overtime_are_counted_in_minutes(came: str, went: str, worked: int, over: int) -> None:
    found = status(came, went)

    assert (found.minutes_worked, found.minutes_over) == (worked, over)


def test_on_a_day_off_all_of_it_is_over() -> None:
    facts = DayFacts(MONDAY, None, moment("10:00"), moment("15:30"))

    found = day_status(facts, now=moment(EVENING), bounds=BOUNDS)

    assert (found.marks, found.minutes_over, found.minutes_late) == ((Mark.REST,), 330, 0)


@pytest.mark.parametrize(
    ("begun", "left", "went", "now", "what", "marks"),
    [
        ("09:03", "17:58", "", EVENING, {}, "field"),
        ("15:00", "15:40", "", EVENING, {}, "field"),
        ("15:00", "", "", EVENING, {}, "field"),
        ("17:59", "18:20", "", EVENING, {}, "field"),
        ("07:30", "08:10", "", EVENING, {}, "field"),
        ("18:00", "18:40", "", EVENING, {}, "absent field"),
        ("20:00", "20:30", "", EVENING, {}, "absent field"),
        ("15:00", "15:40", "18:00", EVENING, {}, "field"),
        ("15:00", "15:40", "17:40", EVENING, {}, "early_leave field"),
        ("15:00", "15:40", "", "16:00", {}, "field pending"),
        ("15:00", "15:40", "18:00", EVENING, {"flex_minutes": 60}, "field"),
        ("09:40", "10:00", "18:40", EVENING, {"flex_minutes": 60}, "field"),
        ("15:00", "15:40", "", EVENING, {"needs_out": False}, "field"),
    ],
)
def test_a_planned_visit_within_the_shift_stands_for_the_office(
    begun: str, left: str, went: str, now: str, what: dict[str, int], marks: str
) -> None:
    facts = DayFacts(
        MONDAY,
        duty(**what),
        last_out=moment(went) if went else None,
        field_in=moment(begun),
        field_out=moment(left) if left else None,
    )

    found = day_status(facts, now=moment(now), bounds=BOUNDS)

    assert found.marks == tuple(Mark(mark) for mark in marks.split())
    assert found.attended


@st.composite
def days(draw: st.DrawFn) -> DayStatus:
    minutes = st.one_of(st.none(), st.integers(0, 1439).map(lambda m: moment("00:00") + timedelta(minutes=m)))
    came, went = draw(minutes), draw(minutes)
    if came and went and went < came:
        came, went = went, came
    shift = draw(st.sampled_from([None, duty(), duty(flex_minutes=30), duty(needs_out=False)]))
    away = draw(st.sampled_from([(), ((moment("09:00"), moment("13:30")),)]))
    now = moment("00:00") + timedelta(minutes=draw(st.integers(0, 2880)))
    return day_status(DayFacts(MONDAY, shift, came, went, leave=away), now=now, bounds=BOUNDS)


@given(days())
def test_every_day_has_a_mark_and_no_minute_below_zero(found: DayStatus) -> None:
    assert found.marks
    assert list(found.marks) == sorted(found.marks, key=list(Mark).index)
    for name in ("minutes_late", "minutes_early", "minutes_worked", "minutes_over", "minutes_leave"):
        assert getattr(found, name) >= 0
    assert not (Mark.PENDING in found.marks and Mark.NORMAL in found.marks)


@given(st.lists(days(), max_size=12))
def test_every_total_is_the_days_it_lists(kept: list[DayStatus]) -> None:
    totals = Totals.of(kept)

    for mark, listed in totals.by_mark.items():
        assert len(listed) == sum(mark in one.marks for one in kept)
    assert totals.minutes("minutes_worked") == sum(one.minutes_worked for one in kept)
    assert totals.expected <= len(kept)
