"""What the lists of hiring cost does not grow with how many applied: no question for each row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from bot.app import Muster
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock

FEW, MANY = 12, 60


@pytest.fixture
def recruiters(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """A branch that hires."""
    return Recruiters(muster, client, messenger, clock)


@contextmanager
def statements(muster: Muster) -> Iterator[Callable[[], int]]:
    """How many statements went to the database in the block."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        told.append(statement)

    event.listen(muster.database.engine, "before_cursor_execute", note)
    try:
        yield lambda: len(told)
    finally:
        event.remove(muster.database.engine, "before_cursor_execute", note)


def asked(recruiters: Recruiters, account: str, words: str) -> int:
    """So many statements an answer takes."""
    recruiters[account].says(words)
    recruiters[account].reads()
    with statements(recruiters.muster) as count:
        recruiters[account].says(words)
    recruiters[account].reads()
    return count()


def apply(recruiters: Recruiters, numbers: range) -> list[int]:
    """So many apply; every other one has done the AI interview."""
    found = [recruiters.applies(f"候选{number}") for number in numbers]
    recruiters.told(*(recruiters.result(f"e-{one}", one, score=60 + one % 40) for one in found[::2]))
    return found


@pytest.mark.parametrize("words", ["招聘队列", "招聘队列 只看做完的"])
def test_the_queue_of_many_takes_as_many_questions_as_that_of_few(recruiters: Recruiters, words: str) -> None:
    apply(recruiters, range(2))
    alone = asked(recruiters, "north", words)
    apply(recruiters, range(2, FEW))
    few = asked(recruiters, "north", words)
    apply(recruiters, range(FEW, MANY))

    assert asked(recruiters, "north", words) == few == alone


def test_a_candidate_among_many_is_told_of_their_own_with_the_same_questions(recruiters: Recruiters) -> None:
    rain, *_ = apply(recruiters, range(FEW))
    phone = recruiters.candidate(rain)

    def cost() -> int:
        phone.says("我的流程")
        with statements(recruiters.muster) as count:
            phone.says("我的流程")
        return count()

    few = cost()
    apply(recruiters, range(FEW, MANY))
    assert cost() == few


def test_a_request_among_many_is_shown_with_the_same_questions_and_all_are_counted(
    recruiters: Recruiters,
) -> None:
    people = [recruiters.applies(f"候选{number}") for number in range(26)]
    for one in people:
        recruiters.misses(one)
    first = recruiters.hands_in(people[0])
    alone = asked(recruiters, "north", f"看申请 {first}")

    for one in people[1:]:
        recruiters.hands_in(one)

    assert asked(recruiters, "north", f"看申请 {first}") == alone
    recruiters["north"].says("待处理申请")
    assert "23" in recruiters["north"].reads()[-1]


def test_the_list_of_requests_takes_questions_for_those_that_it_shows_alone(recruiters: Recruiters) -> None:
    people = [recruiters.applies(f"候选{number}") for number in range(12)]
    for one in people:
        recruiters.misses(one)
    for one in people[:4]:
        recruiters.hands_in(one)
    four = asked(recruiters, "north", "待处理申请")

    for one in people[4:]:
        recruiters.hands_in(one)

    assert asked(recruiters, "north", "待处理申请") == four
