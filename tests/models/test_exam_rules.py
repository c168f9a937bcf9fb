"""The rules of exams as tables, and that no sequence of starts and answers gets more than is allowed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.base import SHANGHAI
from models.training import Bank, Tries, draw, read_choice, score_of, tries_of

NOW = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
DAY = timedelta(days=1)
FOUR = ["先道歉", "先核对身份", "直接催款", "挂断"]
JUDGED = ["对", "错"]


@pytest.mark.parametrize(
    ("said", "several", "chosen"),
    [
        ("B", False, [1]),
        ("b。", False, [1]),
        ("Ｂ", False, [1]),
        ("选B", False, [1]),
        ("我选 c", False, [2]),
        ("答案是D", False, [3]),
        ("第二个", False, [1]),
        ("第2个", False, [1]),
        ("2", False, [1]),
        ("选二", False, [1]),
        ("先核对身份", False, [1]),
        ("AC", True, [0, 2]),
        ("c, a", True, [0, 2]),
        ("A和C", True, [0, 2]),
        ("a、c", True, [0, 2]),
        ("1和3", True, [0, 2]),
        ("第一个和第三个", True, [0, 2]),
        ("B", True, [1]),
        ("AC", False, None),
        ("E", False, None),
        ("9", False, None),
        ("13", True, None),
        ("一", False, None),
        ("请假", False, None),
        ("对", False, None),
        ("A组今天谁没打卡", False, None),
        ("这题怎么选", False, None),
        ("打卡", True, None),
        ("", False, None),
        ("123456", True, None),
    ],
)
def test_a_short_answer_is_read_and_a_sentence_is_none(
    said: str, several: bool, chosen: list[int] | None
) -> None:
    assert read_choice(said, FOUR, several=several, judge=False) == chosen


@pytest.mark.parametrize(
    ("said", "options", "chosen"),
    [
        ("对", JUDGED, 0),
        ("对的。", JUDGED, 0),
        ("正确", JUDGED, 0),
        ("√", JUDGED, 0),
        ("错", JUDGED, 1),
        ("不对", JUDGED, 1),
        ("×", JUDGED, 1),
        ("B", JUDGED, 1),
        ("对", ["错误", "正确"], 1),
        ("选错", JUDGED, 1),
    ],
)
def test_a_judgement_is_read_by_its_meaning(said: str, options: list[str], chosen: int) -> None:
    assert read_choice(said, options, several=False, judge=True) == [chosen]


@pytest.mark.parametrize(
    ("right", "total", "score"), [(5, 5, 100), (4, 5, 80), (2, 3, 66), (0, 3, 0), (8, 9, 88), (0, 0, 0)]
)
def test_a_score_is_rounded_down(right: int, total: int, score: int) -> None:
    assert score_of(right, total) == score


@pytest.mark.parametrize(
    ("begun", "rounds", "since", "told"),
    [
        (0, 1, None, Tries(3, None)),
        (1, 1, timedelta(hours=23), Tries(2, NOW + timedelta(hours=1))),
        (1, 1, DAY, Tries(2, None)),
        (2, 1, DAY, Tries(1, None)),
        (3, 1, DAY, Tries(0, None)),
        (3, 2, timedelta(minutes=1), Tries(3, None)),
        (4, 2, timedelta(hours=1), Tries(2, NOW + timedelta(hours=23))),
        (6, 2, DAY, Tries(0, None)),
    ],
)
def test_tries_are_counted_by_round(begun: int, rounds: int, since: timedelta | None, told: Tries) -> None:
    last = None if since is None else NOW - since
    assert tries_of(begun, last, rounds=rounds, tries=3, gap_hours=24, at=NOW) == told


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.tuples(st.integers(2, 6), st.booleans()), min_size=1, max_size=12),
    st.integers(1, 12),
    st.text(min_size=1),
)
def test_a_draw_is_the_same_for_the_same_try_and_loses_nothing(
    bank: list[tuple[int, bool]], count: int, key: str
) -> None:
    questions = [Bank(number, options, fixed) for number, (options, fixed) in enumerate(bank)]

    drawn = draw(questions, count, key)

    assert drawn == draw(reversed(questions), count, key)
    assert len({id_ for id_, _ in drawn}) == len(drawn) == min(count, len(bank))
    for id_, order in drawn:
        options, fixed = bank[id_]
        assert sorted(order) == list(range(options))
        assert not fixed or order == list(range(options))


def test_the_options_of_another_try_stand_in_another_order() -> None:
    questions = [Bank(number, 4, fixed=False) for number in range(10)]

    drawn = {str(draw(questions, 5, f"attempt:1:{number}")) for number in range(20)}

    assert len(drawn) == 20


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.integers(0, 50), max_size=20), st.sets(st.integers(0, 20), max_size=3))
def test_no_sequence_of_tries_gets_more_than_the_rounds_allow(hours: list[int], lessons: set[int]) -> None:
    begun, rounds, last, now = 0, 1, None, NOW
    for number, waited in enumerate(hours):
        now += timedelta(hours=waited)
        tries = tries_of(begun, last, rounds=rounds, tries=3, gap_hours=24, at=now)
        if tries.left and tries.next_at is None:
            assert last is None or begun % 3 == 0 or now - last >= DAY
            begun, last = begun + 1, now
        elif number in lessons and not tries.left:
            rounds += 1
        assert begun <= 3 * rounds
