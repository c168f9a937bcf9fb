"""Days and times as people write them."""

from datetime import date, time

import pytest

from handlers.parsing import NoSuchDay, read_cover, read_giving, read_going, take_days, take_time

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天", date(2026, 3, 2)),
        ("明天", date(2026, 3, 3)),
        ("后天", date(2026, 3, 4)),
        ("大后天", date(2026, 3, 5)),
        ("3天后", date(2026, 3, 5)),
        ("下周一", date(2026, 3, 9)),
        ("下个星期五", date(2026, 3, 13)),
        ("下下周三", date(2026, 3, 18)),
        ("本周五", date(2026, 3, 6)),
        ("周五", date(2026, 3, 6)),
        ("周一", date(2026, 3, 2)),
        ("星期天", date(2026, 3, 8)),
        ("3月9日", date(2026, 3, 9)),
        ("3月9号", date(2026, 3, 9)),
        ("3月9", date(2026, 3, 9)),
        ("3月9日起", date(2026, 3, 9)),
        ("３月９日", date(2026, 3, 9)),
        ("三月九号", date(2026, 3, 9)),
        ("十二月三十一日", date(2026, 12, 31)),
        ("3.9", date(2026, 3, 9)),
        ("3/9", date(2026, 3, 9)),
        ("3-9", date(2026, 3, 9)),
        ("2026-03-09", date(2026, 3, 9)),
        ("2026/3/9", date(2026, 3, 9)),
        ("2026.3.9", date(2026, 3, 9)),
        ("2026年3月9日", date(2026, 3, 9)),
        ("20260309", date(2026, 3, 9)),
        ("9号", date(2026, 3, 9)),
        ("1号", date(2026, 4, 1)),
        ("月底", date(2026, 3, 31)),
        ("4月底", date(2026, 4, 30)),
        ("下个月1号", date(2026, 4, 1)),
        ("下月底", date(2026, 4, 30)),
        ("3月1日", date(2026, 3, 1)),
    ],
)
def test_a_day_is_read(text: str, day: date) -> None:
    assert take_days(text, MONDAY) == ([day], "")


def test_a_day_without_a_year_late_in_the_year_is_meant_for_the_next() -> None:
    assert take_days("1月5日", date(2026, 12, 20)) == ([date(2027, 1, 5)], "")


@pytest.mark.parametrize(
    ("text", "days", "rest"),
    [
        ("张三 3月31日 薪资", [date(2026, 3, 31)], "张三 薪资"),
        ("张三3月31日薪资", [date(2026, 3, 31)], "张三 薪资"),
        ("李四 3月9日 到 3月13日 给 王五", [date(2026, 3, 9), date(2026, 3, 13)], "李四 到 给 王五"),
        ("李四 3月9日到3月13日 给王五", [date(2026, 3, 9), date(2026, 3, 13)], "李四 到 给王五"),
        ("李四 3.9-3.13 王五", [], "李四 3.9-3.13 王五"),
        ("张三 月底 薪资", [date(2026, 3, 31)], "张三 薪资"),
        ("3 月 9 日 张三", [date(2026, 3, 9)], "张三"),
        ("周一鸣 明天", [date(2026, 3, 3)], "周一鸣"),
        ("zhang3-9 张三", [], "zhang3-9 张三"),
        ("user2026 张三", [], "user2026 张三"),
        ("催收一组 二组", [], "催收一组 二组"),
    ],
)
def test_days_are_found_in_a_sentence(text: str, days: list[date], rest: str) -> None:
    assert take_days(text, MONDAY) == (days, rest)


@pytest.mark.parametrize("said", ["2月30日", "13月1日", "2027年2月29日", "四月31号"])
def test_a_day_that_the_calendar_does_not_have_is_named(said: str) -> None:
    with pytest.raises(NoSuchDay) as told:
        take_days(f"张三 {said} 薪资", MONDAY)

    assert told.value.facts == {"said": said}


@pytest.mark.parametrize(
    ("text", "moment", "rest"),
    [
        ("张三 18:00 薪资", time(18), "张三 薪资"),
        ("张三 18点", time(18), "张三"),
        ("张三 下午6点半", time(18, 30), "张三"),
        ("张三 9点15分", time(9, 15), "张三"),
        ("张三 25:00", None, "张三 25:00"),
        ("张三", None, "张三"),
    ],
)
def test_a_time_is_found_in_a_sentence(text: str, moment: time | None, rest: str) -> None:
    assert take_time(text) == (moment, rest)


@pytest.mark.parametrize(
    "text",
    [
        "李四 3月9日 到 3月13日 给 王五",
        "李四 3月9日到3月13日 给王五",
        "李四 从3月9日 至 3月13日 由王五",
        "李四 3.9-3.13 王五",
        "李四 3月9日到13日 交给 王五",
        "李四,3月9日~3月13日,王五",
        "李四 王五 ３月９日 ３月１３日",
        "李四 2026-03-09 2026-03-13 给 王五",
        "李四 2026-03-09 到 2026-03-13 给 王五",
    ],
)
def test_a_cover_is_read(text: str) -> None:
    assert read_cover(text, MONDAY) == (["李四", "王五"], [date(2026, 3, 9), date(2026, 3, 13)])


@pytest.mark.parametrize("text", ["张三 给 王五", "张三给王五", "张三 交给王五", "张三 转给 王五"])
def test_a_giving_is_read(text: str) -> None:
    assert read_giving(text) == ("张三", "王五")


def test_a_name_alone_gives_nothing() -> None:
    assert read_giving("张三") is None


@pytest.mark.parametrize(
    "text",
    ["张三 到 城东催收组 组长", "张三到城东催收组 组长", "张三 调到 城东催收组 组长", "张三 城东催收组 组长"],
)
def test_a_going_is_read(text: str) -> None:
    assert read_going(text) == ("张三", "城东催收组 组长")
