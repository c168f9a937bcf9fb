"""What stands in sentences, read: amounts, counts, numbers, days, people, cases."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any

import pytest

from handlers.casewords import read_cases, take_sum_and_day
from handlers.sentences import Books, Directory, Known, Team, Times
from handlers.sentences.filters import criteria
from handlers.sentences.lexing import say
from handlers.sentences.moments import deadlines, moments, spans
from handlers.sentences.numbers import amounts, case_numbers, counts, parts
from handlers.sentences.values import Count, Criteria
from models.base import SHANGHAI
from models.staff import Named

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
TIMES = Times(NOW, time(18))


def whole(text: str, read: Callable[[str, int], Iterator[tuple[int, Any, float]]]) -> Any:
    """The value of a text that is one from end to end; None if it is none."""
    said = say(text).text
    found = [(doubt, value) for end, value, doubt in read(said, 0) if end == len(said)]
    return min(found, key=lambda one: one[0])[1] if found else None


@pytest.mark.parametrize(
    ("said", "yuan"),
    [
        ("3000", 3000),
        ("3,000", 3000),
        ("3000元", 3000),
        ("3000块钱", 3000),
        ("三千", 3000),
        ("2.5千", 2500),
        ("两千五", 2500),
        ("两千零五十", 2050),
        ("一百五", 150),
        ("1万2", 12000),
        ("1.2万", 12000),
        ("一万两千", 12000),
        ("5k", 5000),
        ("5K", 5000),
        ("3w", 30000),
        ("五百", 500),
        ("120.50元", 120.5),
        ("20个", None),
        ("3天", None),
        ("三五千", None),
    ],
)
def test_amounts(said: str, yuan: float | None) -> None:
    assert whole(said, amounts) == (None if yuan is None else round(yuan * 100))


@pytest.mark.parametrize(
    ("said", "many", "each"),
    [
        ("20个", 20, False),
        ("二十件", 20, False),
        ("半打", 6, False),
        ("15单", 15, False),
        ("一人15个", 15, True),
        ("每人十个", 10, True),
        ("各5个", 5, True),
        ("十来个", 10, False),
        ("30来个", 30, False),
        ("几个", None, False),
        ("一半", None, False),
    ],
)
def test_counts(said: str, many: int | None, each: bool) -> None:
    assert whole(said, counts) == Count(many, each)


@pytest.mark.parametrize(
    ("said", "between"),
    [
        ("三五个", (3, 5)),
        ("七八件", (7, 8)),
        ("两三十个", (20, 30)),
        ("10到15个", (10, 15)),
        ("二十几个", (20,)),
        ("一些", ()),
    ],
)
def test_rough_counts_are_no_numbers(said: str, between: tuple[int, ...]) -> None:
    assert whole(said, counts) == Count(None, False, between)


@pytest.mark.parametrize(
    ("said", "part"),
    [("一半", 0.5), ("半数", 0.5), ("三分之一", 0.3333), ("四分之三", 0.75), ("两成", 0.2), ("30%", 0.3)],
)
def test_parts_of_all_cases(said: str, part: float) -> None:
    assert whole(said, parts) == part


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("1024", (1024,)),
        ("案件1024", (1024,)),
        ("1024号案子", (1024,)),
        ("1024和1025", (1024, 1025)),
        ("1024、1025 1026", (1024, 1025, 1026)),
        ("一零二四", (1024,)),
        ("幺零二四", (1024,)),
        ("3000元", None),
        ("20个", None),
    ],
)
def test_case_numbers(said: str, numbers: tuple[int, ...] | None) -> None:
    assert whole(said, case_numbers) == numbers


@pytest.mark.parametrize(
    ("said", "by"),
    [
        ("今天下班前", "2026-03-02 18:00"),
        ("下班前", "2026-03-02 18:00"),
        ("今天", "2026-03-02 18:00"),
        ("周五前", "2026-03-06 18:00"),
        ("明天上午", "2026-03-03 12:00"),
        ("3月6号之前", "2026-03-06 18:00"),
        ("月底前", "2026-03-31 18:00"),
        ("下午三点前", "2026-03-02 15:00"),
        ("两小时内", "2026-03-02 12:00"),
        ("本周内", "2026-03-06 18:00"),
    ],
)
def test_deadlines(said: str, by: str) -> None:
    assert whole(said, lambda text, at: deadlines(text, at, TIMES)) == datetime.fromisoformat(by).replace(
        tzinfo=SHANGHAI
    )


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("明天下午三点", "2026-03-03 15:00"),
        ("明天下午三点半", "2026-03-03 15:30"),
        ("周五上午", "2026-03-06 10:00"),
        ("三点半", "2026-03-02 15:30"),
        ("半小时后", "2026-03-02 10:30"),
        ("两小时后", "2026-03-02 12:00"),
        ("明早九点", "2026-03-03 09:00"),
        ("今晚8点", "2026-03-02 20:00"),
        ("18:30", "2026-03-02 18:30"),
        ("后天", "2026-03-04 10:00"),
    ],
)
def test_moments(said: str, at: str) -> None:
    assert whole(said, lambda text, place: moments(text, place, TIMES)) == datetime.fromisoformat(at).replace(
        tzinfo=SHANGHAI
    )


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("这周", "2026-03-02", "2026-03-06"),
        ("下周", "2026-03-09", "2026-03-13"),
        ("明天", "2026-03-03", "2026-03-03"),
        ("明后两天", "2026-03-03", "2026-03-04"),
        ("3月5号到3月8号", "2026-03-05", "2026-03-08"),
        ("周三到周五", "2026-03-04", "2026-03-06"),
        ("下周一到下周三", "2026-03-09", "2026-03-11"),
        ("30号到2号", "2026-03-30", "2026-04-02"),
        ("明天开始三天", "2026-03-03", "2026-03-05"),
    ],
)
def test_spans_of_days(said: str, first: str, last: str) -> None:
    assert whole(said, lambda text, at: spans(text, at, TIMES)) == (
        date.fromisoformat(first),
        date.fromisoformat(last),
    )


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("M1", Criteria(buckets=(1,))),
        ("m 1", Criteria(buckets=(1,))),
        ("M1到M3", Criteria(buckets=(1, 2, 3))),
        ("m1、m2", Criteria(buckets=(1, 2))),
        ("M5以上", Criteria(buckets=(5, 6, 7))),
        ("M7+", Criteria(buckets=(7,))),
        ("1到30天", Criteria(buckets=(1,))),
        ("逾期两个月", Criteria(buckets=(2,))),
        ("信用卡", Criteria(products=("信用卡",))),
        ("2026-03批", Criteria(placements=(1,))),
        ("5000以上", Criteria(amount_from=500000)),
        ("1万以下", Criteria(amount_to=1000000)),
        ("2万到5万之间的", Criteria(amount_from=2000000, amount_to=5000000)),
        ("3000到5000", Criteria(amount_from=300000, amount_to=500000)),
        ("还没接单的", Criteria(not_accepted=True)),
        ("三天没跟进的", Criteria(not_worked_days=3)),
        ("今天有承诺到期的", Criteria(promise_due=date(2026, 3, 2))),
        ("池子里", Criteria(status="pool")),
    ],
)
def test_which_cases(said: str, wanted: Criteria) -> None:
    books = Books(("信用卡", "消费贷"), {"2026-03批": (1,)})
    assert whole(said, lambda text, at: criteria(text, at, TIMES, books)) == wanted


ZHANGSAN, LISI, LISI_TOO = Named(1, "张三", "zhangsan"), Named(2, "李四", "lisi"), Named(3, "李思", "lisi2")
ZHANGWEI = Named(4, "张伟", "zhangwei")
DIRECTORY = Directory(
    [Known(ZHANGSAN, "E0001", ("三哥",)), Known(LISI), Known(LISI_TOO), Known(ZHANGWEI)],
    [Team(1, "城北分公司"), Team(2, "一组")],
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("张三", [{ZHANGSAN}]),
        ("zhangsan", [{ZHANGSAN}]),
        ("E0001", [{ZHANGSAN}]),
        ("三哥", [{ZHANGSAN}]),
        ("章三", [{ZHANGSAN}]),
        ("李四", [{LISI}]),
        ("丽思", [{LISI, LISI_TOO}]),
        ("小张", [{ZHANGSAN, ZHANGWEI}]),
        ("zs", [{ZHANGSAN}]),
        ("ls", [{LISI, LISI_TOO}]),
        ("张三和李四", [{ZHANGSAN}, {LISI}]),
        ("张三李思", [{ZHANGSAN}, {LISI_TOO}]),
        ("远三", [set()]),
    ],
)
def test_people(said: str, meant: list[set[Named]]) -> None:
    people = whole(said, DIRECTORY.some)

    assert [set(some) for some in people.meant] == meant


@pytest.mark.parametrize(
    ("said", "name"), [("一组", "一组"), ("1组", "一组"), ("一组的人", "一组"), ("城北", "城北分公司")]
)
def test_teams(said: str, name: str) -> None:
    assert whole(said, DIRECTORY.team).name == name


def test_a_sentence_is_brought_into_one_shape() -> None:
    said = say("「把 张三 的 M1 案子，转给 李四」👍 逗号 18:00")

    assert said.text == "把张三的 m1 案子，转给李四 ， 18:00"
    assert said.words(0, 3) == "把 张三"


@pytest.mark.parametrize(
    ("behind", "yuan", "day"),
    [
        ("3000 周五", 3000, "2026-03-06"),
        ("周五还两千五", 2500, "2026-03-06"),
        ("3月6日前还 2.5万", 25000, "2026-03-06"),
        ("3,000.50 元", 3000.5, None),
        ("1万2 月底", 12000, "2026-03-31"),
        ("2千5百 周五", 2500, "2026-03-06"),
        ("12块3", 12.3, None),
        ("十五号 500", 500, "2026-03-15"),
        ("1,200 3.9", 1200, "2026-03-09"),
        ("全部 周五", None, "2026-03-06"),
    ],
)
def test_money_and_a_day_behind_a_command_word(behind: str, yuan: float | None, day: str | None) -> None:
    amount, due, _ = take_sum_and_day(behind, NOW.date())

    assert amount == (None if yuan is None else round(yuan * 100))
    assert due == (None if day is None else date.fromisoformat(day))


@pytest.mark.parametrize(
    ("behind", "meant"),
    [
        ("M1-M3 30件", ((1, 2, 3), 30, (), "")),
        ("M3以上 三十件", ((3, 4, 5, 6, 7), 30, (), "")),
        ("1024、1025", ((), None, (1024, 1025), "")),
        ("m1 m2 池子里的", ((1, 2), None, (), "")),
        ("三五个", ((), None, (), "三五个")),
    ],
)
def test_cases_behind_a_command_word(
    behind: str, meant: tuple[tuple[int, ...], int | None, tuple[int, ...], str]
) -> None:
    said = read_cases(behind)

    assert (said.buckets, said.count, said.numbers, said.rest) == meant
