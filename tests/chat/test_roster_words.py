"""What people type about shifts and rosters: tables of sentences."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.roster_words import ShiftSaid, read_roster, read_shift, take_span

THURSDAY = date(2026, 11, 26)
SHIFTS = ("早班", "夜班", "大夜班", "09:00 班")


def told(days: tuple[date, ...]) -> str:
    """Days as 11-30 12-01, or 12-01..12-31 for many."""
    if len(days) > 7:
        return f"{days[0]:%m-%d}..{days[-1]:%m-%d}"
    return " ".join(f"{day:%m-%d}" for day in days)


@pytest.mark.parametrize(
    ("said", "names", "shift", "off", "when"),
    [
        ("张三 夜班 12月1日起", "张三", "夜班", False, "从 12-01"),
        ("张三 下周起 夜班", "张三", "夜班", False, "从 11-30"),
        ("张三 从下周一开始上夜班", "张三", "夜班", False, "从 11-30"),
        ("张三 下个月起 早班", "张三", "早班", False, "从 12-01"),
        ("张三 09:00 班 明天起", "张三", "09:00 班", False, "从 11-27"),
        ("张三 大夜班", "张三", "大夜班", False, ""),
        ("张三大夜班", "张三", "大夜班", False, ""),
        ("把张三换到夜班", "张三", "夜班", False, ""),
        ("张三 明天 夜班", "张三", "夜班", False, "11-27"),
        ("张三 周六 休息", "张三", "", True, "11-28"),
        ("张三明天休息", "张三", "", True, "11-27"),
        ("张三 周末 休", "张三", "", True, "11-28 11-29"),
        ("张三，李四、王五 夜班 周六", "张三 李四 王五", "夜班", False, "11-28"),
        ("二组 早班 下周一到周五", "二组", "早班", False, "11-30 12-01 12-02 12-03 12-04"),
        ("二组 早班 下周", "二组", "早班", False, "11-30 12-01 12-02 12-03 12-04 12-05 12-06"),
        ("二组 早班 本周", "二组", "早班", False, "11-26 11-27 11-28 11-29"),
        ("张三 12月1日-3日 夜班", "张三", "夜班", False, "12-01 12-02 12-03"),
        ("张三 12.1-12.3 夜班", "张三", "夜班", False, "12-01 12-02 12-03"),
        ("张三 2026-12-01到2026-12-03 夜班", "张三", "夜班", False, "12-01 12-02 12-03"),
        ("张三 12月 早班", "张三", "早班", False, "12-01..12-31"),
        ("张三 周一、周三、周五 夜班", "张三", "夜班", False, "11-30 12-02 12-04"),
        ("张三", "张三", "", False, ""),
        ("张三 小夜班", "张三 小", "夜班", False, ""),
    ],
)
def test_a_roster(said: str, names: str, shift: str, off: bool, when: str) -> None:
    found = read_roster(said, SHIFTS, THURSDAY)

    since = "" if found.span.since is None else f"从 {found.span.since:%m-%d}"
    assert (" ".join(found.names), found.shift or "", found.off) == (names, shift, off)
    assert (since or told(found.span.days)) == when


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("夜班 22:00-06:00", ShiftSaid("夜班", (time(22), time(6)))),
        (
            "弹性 9:00-18:00 弹性30分钟 休息60分钟 不用下班卡",
            ShiftSaid("弹性", (time(9), time(18)), 60, 30, False),
        ),
        ("早班 9点到18点 休息1.5小时 要打下班卡", ShiftSaid("早班", (time(9), time(18)), 90, None, True)),
        (
            "夜班 22:30–06:30 12月1日起",
            ShiftSaid("夜班", (time(22, 30), time(6, 30)), since=date(2026, 12, 1)),
        ),
        ("夜班 休息30分钟", ShiftSaid("夜班", rest_minutes=30)),
        ("夜班 不休息 下周一起", ShiftSaid("夜班", rest_minutes=0, since=date(2026, 11, 30))),
        ("夜班", ShiftSaid("夜班")),
    ],
)
def test_a_shift(said: str, meant: ShiftSaid) -> None:
    assert read_shift(said, THURSDAY) == meant


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 40))
def test_from_one_day_to_another_is_every_day_between(first: date, many: int) -> None:
    last = first + timedelta(days=many)

    span, rest = take_span(f"{first:%Y-%m-%d}到{last:%Y-%m-%d} 张三", date(2026, 11, 26))

    assert (len(span.days), span.days[0], span.days[-1], rest) == (many + 1, first, last, "张三")


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_next_week_is_seven_days_from_a_monday_on(today: date) -> None:
    span, _ = take_span("下周", today)

    assert (len(span.days), span.days[0].weekday()) == (7, 0)
    assert 1 <= (span.days[0] - today).days <= 7
