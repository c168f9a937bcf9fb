"""The turn to write: one at a time, and never lost."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import bot.database
from bot.database import NoTurn, Turn


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[tuple[Turn, Turn]]:
    """The turns of two processes that write the same file."""
    one, other = (Turn(str(tmp_path / "muster.db")) for _ in range(2))
    with closing(one), closing(other):
        yield one, other


def test_one_has_it_at_a_time(turns: tuple[Turn, Turn]) -> None:
    one, other = turns

    assert one.take_if_free()
    assert not one.take_if_free()
    assert not other.take_if_free()
    one.give_back()
    with other:
        assert not one.take_if_free()
    assert one.take_if_free()
    one.give_back()


def test_it_is_not_lost_when_no_thread_can_be_started_to_wait_for_it(
    turns: tuple[Turn, Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    one, other = turns
    assert other.take_if_free()
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(NoTurn):
        one.take()
    monkeypatch.undo()
    other.give_back()

    assert one.take_if_free()
    one.give_back()


def test_it_is_passed_on_by_whoever_it_comes_to_too_late(
    turns: tuple[Turn, Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = turns
    assert other.take_if_free()
    monkeypatch.setattr(bot.database, "BUSY_MILLISECONDS", 50)
    with pytest.raises(NoTurn):
        one.take()
    monkeypatch.undo()
    other.give_back()

    with one:
        assert not other.take_if_free()
    with other:
        assert not one.take_if_free()


def test_it_does_not_come_where_its_file_cannot_be_made(tmp_path: Path) -> None:
    turn = Turn(str(tmp_path / "nowhere" / "muster.db"))

    for take in (turn.take, turn.take_if_free, turn.take_in_the_end):
        with pytest.raises(NoTurn):
            take()
    (tmp_path / "nowhere").mkdir()

    with closing(turn), turn:
        assert not turn.take_if_free()
