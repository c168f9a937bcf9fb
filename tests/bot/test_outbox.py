"""Delivery: order, retries, what is given up, and rows left behind by a dead worker."""

from datetime import timedelta

import pytest

from bot.app import Muster
from bot.channels.base import ApiError, Parcel, Receipt, Unreachable
from models import messaging
from models.messaging import Channel, OutboundKind, OutboundMessage, OutboundState, Outgoing, Priority
from tests.simulator import Messenger, TestClock, rows


def put(muster: Muster, *texts: str, to: str = "bob", priority: Priority = Priority.ANSWER) -> None:
    """Messages in the outbox."""
    with muster.database.writing() as session:
        messaging.post(
            session,
            [
                Outgoing(
                    f"{to}:{text}",
                    Channel.WECOM,
                    to,
                    OutboundKind.MESSAGE,
                    {"msgtype": "text", "text": {"content": text}},
                    priority,
                )
                for text in texts
            ],
            now=muster.clock.now(),
            lifetime=timedelta(hours=1),
        )


def states(muster: Muster) -> list[str]:
    """The states of all messages in their order."""
    return [row.state for row in sorted(rows(muster, OutboundMessage), key=lambda row: row.id)]


def said(messenger: Messenger, to: str = "bob") -> list[str]:
    """What arrived at a person."""
    return [parcel.payload["text"]["content"] for parcel in messenger.inbox[to]]


def test_messages_to_one_person_keep_their_order(muster: Muster, messenger: Messenger) -> None:
    texts = [f"第{n}条" for n in range(30)]
    put(muster, *texts)

    muster.outbox.drain()

    assert said(messenger) == texts
    assert set(states(muster)) == {OutboundState.ACCEPTED}


def test_answers_go_before_pushes(muster: Muster, messenger: Messenger) -> None:
    put(muster, "推送", priority=Priority.PUSH)
    put(muster, "回答")

    muster.outbox.drain()

    assert said(messenger) == ["回答", "推送"]


def test_the_same_cause_makes_one_message(muster: Muster, messenger: Messenger) -> None:
    put(muster, "一次")
    put(muster, "一次")

    muster.outbox.drain()

    assert said(messenger) == ["一次"]


@pytest.mark.parametrize("trouble", [Unreachable("timeout"), ApiError(-1, "busy"), ApiError(45009, "quota")])
def test_what_may_heal_is_tried_again_later(
    muster: Muster, messenger: Messenger, clock: TestClock, trouble: Exception
) -> None:
    put(muster, "慢慢来")
    messenger.fails_with = trouble
    muster.outbox.drain()
    assert states(muster) == [OutboundState.INTENT]
    messenger.fails_with = None

    muster.outbox.drain()
    assert said(messenger) == []
    clock.at("08:31")
    muster.outbox.drain()

    assert said(messenger) == ["慢慢来"]


@pytest.mark.parametrize("code", [40001, 60020, 81013, 40058, 48002])
def test_what_cannot_heal_is_given_up_at_once(muster: Muster, messenger: Messenger, code: int) -> None:
    put(muster, "没救")
    messenger.fails_with = ApiError(code, "no")

    muster.outbox.drain()

    [row] = rows(muster, OutboundMessage)
    assert (row.state, row.attempts) == (OutboundState.FAILED, 1)
    assert str(code) in row.error


def test_a_failed_message_does_not_hold_up_the_next(muster: Muster, messenger: Messenger) -> None:
    put(muster, "坏", to="carol")
    messenger.fails_with = ApiError(81013, "gone")
    muster.outbox.drain()
    messenger.fails_with = None
    put(muster, "好", to="carol")

    muster.outbox.drain()

    assert said(messenger, "carol") == ["好"]


def test_a_later_message_waits_for_the_earlier_one(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    put(muster, "先")
    messenger.fails_with = Unreachable("down")
    muster.outbox.drain()
    messenger.fails_with = None
    put(muster, "后")

    muster.outbox.drain()
    assert said(messenger) == []
    clock.at("08:31")
    muster.outbox.drain()

    assert said(messenger) == ["先", "后"]


def test_an_expired_message_is_withdrawn(muster: Muster, messenger: Messenger, clock: TestClock) -> None:
    put(muster, "过期")
    clock.at("09:31")

    muster.outbox.drain()

    assert said(messenger) == []
    assert states(muster) == [OutboundState.WITHDRAWN]


def test_rows_of_a_dead_worker_are_taken_back_and_marked_as_repeats(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    put(muster, "半路")
    with muster.database.writing() as session:
        messaging.claim(messaging.sendable(session, now=clock.now(), limit=9), now=clock.now())

    muster.outbox.release_left_behind()
    muster.outbox.drain()
    assert said(messenger) == []
    clock.at("08:31:01")
    assert muster.outbox.release_left_behind() == 1
    muster.outbox.drain()

    [parcel] = messenger.inbox["bob"]
    assert parcel.attempts == 2


def test_a_bug_in_a_channel_fails_the_row_and_nothing_else(muster: Muster, messenger: Messenger) -> None:
    class Broken:
        def send(self, parcel: Parcel) -> Receipt:
            raise KeyError("bug")

    put(muster, "好", to="carol")
    put(muster, "坏", to="dave")
    muster.outbox._messengers = {Channel.WECOM: Broken()}  # type: ignore[attr-defined]

    muster.outbox.drain()

    assert states(muster) == [OutboundState.FAILED, OutboundState.FAILED]
