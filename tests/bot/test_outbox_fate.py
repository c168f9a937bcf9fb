"""Delivery in doubt: unknown outcomes, dead workers, late answers, and a database that is away."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import bot.outbox
from bot.app import Muster
from bot.channels.base import ApiError, NotSent, Receipt, Unreachable
from bot.database import Database, NoTurn
from bot.governor import Governor, Verdict
from bot.outbox import Outbox
from models import messaging
from models.messaging import Channel, OutboundKind, OutboundState, Priority, Waiting
from models.policy import GovernorPolicy
from tests.bot.delivery import (
    PATIENCE_SECONDS,
    Undecided,
    during_the_next_call,
    open_window,
    put,
    said,
    states,
    words,
)
from tests.simulator import Messenger, TestClock

TAKEN = Receipt("m1")


def decide(answer: "Future[Receipt]", result: Receipt | Exception) -> None:
    """The platform answers a call that was under way."""
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)


class Away:
    """A database that fails to open transactions as often as it is told to."""

    def __init__(self, muster: Muster, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
        self.met = threading.Event()
        self.left = 0
        self._trouble = trouble
        for name in ("reading", "writing"):
            monkeypatch.setattr(muster.database, name, self._failing(getattr(muster.database, name)))

    def fails(self, times: int) -> None:
        """From now on, so often."""
        self.left = times

    def _failing(
        self, opens: Callable[[], AbstractContextManager[Session]]
    ) -> Callable[[], AbstractContextManager[Session]]:
        def open_or_fail() -> AbstractContextManager[Session]:
            if self.left:
                self.left -= 1
                self.met.set()
                raise self._trouble
            return opens()

        return open_or_fail


class Thinking(Governor):
    """A governor who takes his time over the first batch."""

    def __init__(self, policy: GovernorPolicy) -> None:
        super().__init__(policy)
        self.began = threading.Event()
        self.may_end = threading.Event()

    def judge(self, session: Session, rows: Sequence[Waiting], now: datetime) -> Verdict:
        """The same verdict, later."""
        self.began.set()
        assert self.may_end.wait(PATIENCE_SECONDS)
        return super().judge(session, rows, now)


@pytest.fixture
def second_worker(muster: Muster) -> Iterator[Outbox]:
    """The outbox of one more process."""
    with closing(Database(muster.settings.database)) as database:
        report = muster.reporting.report_refusal
        yield Outbox(database, {}, muster.clock, muster.policy, muster.calendar, report)


def waits_to_choose(muster: Muster) -> bool:
    """Whether a worker waits until another has chosen (PostgreSQL)."""
    with muster.database.reading() as session:
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(session.execute(text(waiting)).scalar_one())


def until(holds: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_rows_of_a_dead_worker_are_taken_back_as_unknown(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    put(muster, "半路")
    with muster.database.writing() as session:
        taken = messaging.sendable(session, now=clock.now(), limit=9)
        messaging.claim(session, [(row.id, 0) for row in taken], now=clock.now())

    muster.outbox.release_left_behind()
    muster.outbox.drain()
    assert said(messenger) == []
    clock.at("08:31:01")
    assert muster.outbox.release_left_behind() == 1
    clock.at("08:31:05")
    muster.outbox.drain()

    [parcel] = messenger.inbox["bob"]
    assert parcel.unknown


@pytest.mark.parametrize("priority", list(Priority))
@pytest.mark.parametrize("channel", [Channel.WECOM, Channel.OFFICIAL])
@pytest.mark.parametrize("trouble", [Unreachable("no answer"), NotSent("refused")])
def test_an_unknown_fate_is_repeated_only_where_that_does_no_harm(
    muster: Muster,
    messenger: Messenger,
    clock: TestClock,
    channel: Channel,
    priority: Priority,
    trouble: Exception,
) -> None:
    clock.at("08:31")
    open_window(muster, "bob")
    put(muster, "x", channel=channel, priority=priority)
    messenger.fails_with = trouble
    muster.outbox.drain()
    messenger.fails_with = None
    clock.at("08:32")
    muster.outbox.drain()

    once = channel is Channel.OFFICIAL and priority is Priority.PUSH and not isinstance(trouble, NotSent)
    assert states(muster) == [OutboundState.UNCERTAIN if once else OutboundState.ACCEPTED]
    assert len(messenger.inbox["bob"]) == (0 if once else 1)


def test_nothing_overtakes_a_message_whose_fate_is_unknown(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    clock.at("08:31")
    put(muster, "推送", priority=Priority.PUSH)
    messenger.fails_with = Unreachable("no answer")
    muster.outbox.drain()
    messenger.fails_with = None
    put(muster, "回答")

    muster.outbox.drain()
    assert said(messenger) == []
    clock.at("08:32")
    muster.outbox.drain()

    assert said(messenger) == ["推送", "回答"]


@pytest.mark.parametrize(
    ("channel", "kind", "priority", "met_again", "state"),
    [
        (Channel.WECOM, OutboundKind.MESSAGE, Priority.PUSH, "12:59", OutboundState.ACCEPTED),
        (Channel.WECOM, OutboundKind.MESSAGE, Priority.PUSH, "13:01", OutboundState.UNCERTAIN),
        (Channel.WECOM, OutboundKind.MESSAGE, Priority.ANSWER, "14:01", OutboundState.ACCEPTED),
        (Channel.WECOM, OutboundKind.CARD_UPDATE, Priority.PUSH, "14:01", OutboundState.ACCEPTED),
        (Channel.OFFICIAL, OutboundKind.TEMPLATE, Priority.PUSH, "09:09", OutboundState.ACCEPTED),
        (Channel.OFFICIAL, OutboundKind.TEMPLATE, Priority.PUSH, "09:11", OutboundState.UNCERTAIN),
        (Channel.OFFICIAL, OutboundKind.MESSAGE, Priority.ANSWER, "14:01", OutboundState.ACCEPTED),
    ],
)
def test_what_is_met_again_after_its_keys_life_is_asked_once_more_whether_it_may_repeat(
    muster: Muster,
    messenger: Messenger,
    clock: TestClock,
    channel: Channel,
    kind: OutboundKind,
    priority: Priority,
    met_again: str,
    state: str,
) -> None:
    clock.at("09:01")
    open_window(muster, "bob")
    put(muster, "也许到了", channel=channel, kind=kind, priority=priority, hours=24)
    messenger.fails_with = Unreachable("no answer")
    muster.outbox.drain()
    messenger.fails_with = None
    assert states(muster) == [OutboundState.INTENT]

    clock.at(met_again)
    muster.outbox.drain()

    assert states(muster) == [state]
    assert len(messenger.calls) == (2 if state == OutboundState.ACCEPTED else 1)


@pytest.mark.parametrize(
    ("first", "second", "meanwhile", "in_the_end"),
    [
        (ApiError(40058, "no"), TAKEN, OutboundState.SENDING, OutboundState.ACCEPTED),
        (NotSent("no connection"), TAKEN, OutboundState.SENDING, OutboundState.ACCEPTED),
        (Unreachable("no answer"), TAKEN, OutboundState.SENDING, OutboundState.ACCEPTED),
        (ApiError(40058, "no"), ApiError(40058, "no"), OutboundState.SENDING, OutboundState.FAILED),
        (TAKEN, ApiError(40058, "no"), OutboundState.ACCEPTED, OutboundState.ACCEPTED),
        (TAKEN, TAKEN, OutboundState.ACCEPTED, OutboundState.ACCEPTED),
    ],
)
def test_of_an_earlier_attempt_only_its_success_settles_a_message_that_is_tried_anew(
    muster: Muster,
    clock: TestClock,
    first: Receipt | Exception,
    second: Receipt | Exception,
    meanwhile: str,
    in_the_end: str,
) -> None:
    platform = Undecided()
    muster.outbox._messengers = {Channel.WECOM: platform}  # type: ignore[attr-defined]
    put(muster, "试两次")
    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(muster.outbox.drain)
        _, first_answer = platform.next_call()
        clock.at("08:31")
        assert muster.outbox.release_left_behind() == 1
        clock.at("08:32")
        fast = threads.submit(muster.outbox.drain)
        _, second_answer = platform.next_call()

        decide(first_answer, first)
        slow.result(PATIENCE_SECONDS)
        assert states(muster) == [meanwhile]
        decide(second_answer, second)
        fast.result(PATIENCE_SECONDS)

    assert states(muster) == [in_the_end]


@pytest.mark.parametrize("told_to_stop", [False, True])
@pytest.mark.parametrize("trouble", [NoTurn(), OperationalError("", {}, OSError("connection refused"))])
def test_while_the_database_is_away_for_a_moment_no_answer_of_the_platform_is_lost(
    muster: Muster,
    messenger: Messenger,
    clock: TestClock,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    told_to_stop: bool,
) -> None:
    away = Away(muster, monkeypatch, trouble)
    clock.at("08:31")

    def meanwhile() -> None:
        if told_to_stop:
            muster.outbox.stop()
            away.fails(3)  # when the answer is written down
        else:
            away.fails(5)  # already when more is looked for
            assert away.met.wait(PATIENCE_SECONDS)

    during_the_next_call(messenger, meanwhile)
    open_window(muster, "bob")
    put(muster, "客服消息", channel=Channel.OFFICIAL)

    muster.outbox.drain()

    assert away.met.is_set()
    assert states(muster) == [OutboundState.ACCEPTED]
    clock.at("08:33")
    assert muster.outbox.release_left_behind() == 0
    assert len(messenger.calls) == 1


def test_told_to_stop_while_the_database_is_away_it_is_asked_now_and_then(
    muster: Muster, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Away(muster, monkeypatch, NoTurn())
    monkeypatch.setattr(bot.outbox, "STOP_SECONDS", 0.5)
    many = 10**9

    def meanwhile() -> None:
        muster.outbox.stop()
        away.fails(many)

    during_the_next_call(messenger, meanwhile)
    put(muster, "半路")

    muster.outbox.drain()

    assert 0 < many - away.left < 50
    away.fails(0)
    assert states(muster) == [OutboundState.SENDING], "left to whoever starts next"


def test_what_comes_while_the_database_is_away_leaves_once_it_is_back(
    muster: Muster, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Away(muster, monkeypatch, NoTurn())

    def meanwhile() -> None:
        put(muster, "后")
        away.fails(3)
        assert away.met.wait(PATIENCE_SECONDS)

    during_the_next_call(messenger, meanwhile)
    put(muster, "先")

    muster.outbox.drain()

    assert said(messenger) == ["先", "后"]


def test_with_nothing_under_way_a_drain_says_that_the_database_is_away(
    muster: Muster, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(muster, "稍后")
    Away(muster, monkeypatch, NoTurn()).fails(1)

    with pytest.raises(NoTurn):
        muster.outbox.drain()
    assert messenger.calls == []
    muster.outbox.drain()

    assert said(messenger) == ["稍后"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_workers_neither_overtakes_what_the_other_is_just_taking(
    muster: Muster, clock: TestClock, second_worker: Outbox
) -> None:
    one, other = muster.outbox, second_worker
    platform, thinking = Undecided(), Thinking(muster.policy.governor)
    one._messengers = other._messengers = {Channel.WECOM: platform}  # type: ignore[attr-defined]
    one._governor = thinking  # type: ignore[attr-defined]
    clock.at("08:31")
    put(muster, "先来的推送", priority=Priority.PUSH)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(one.drain)
        assert thinking.began.wait(PATIENCE_SECONDS)
        put(muster, "后来的回答")
        second = threads.submit(other.drain)
        until(lambda: waits_to_choose(muster) or second.done() or not platform.is_idle())
        thinking.may_end.set()

        earlier, taken = platform.next_call()
        assert (words(earlier), platform.is_idle()) == ("先来的推送", True)
        assert second.result(PATIENCE_SECONDS) == 0
        taken.set_result(Receipt("m1"))
        later, taken = platform.next_call()
        taken.set_result(Receipt("m2"))
        assert first.result(PATIENCE_SECONDS) == 2

    assert words(later) == "后来的回答"
    assert set(states(muster)) == {OutboundState.ACCEPTED}
