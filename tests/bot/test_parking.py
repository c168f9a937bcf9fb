"""A rush of candidates: what they say is durable at once, and answered in its turn, once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot.app import Muster
from bot.dispatch import Handled
from bot.inbound import parse
from handlers.base import Account, Message
from models import messaging
from models.messaging import InboundMessage, ParkedMessage
from tests.simulator import Messenger, TestClock, rows

MANY = 80


def said(text: str, number: int, times: int = 0) -> Message:
    """What the n-th follower says, for the first or another time."""
    fields = {
        "ToUserName": "gh_rush", "FromUserName": f"o{number}", "CreateTime": "1772411400",
        "MsgType": "text", "Content": text, "MsgId": str(10_000 * (times + 1) + number),
    }  # fmt: skip
    return parse(Account.OFFICIAL, fields)


def take(muster: Muster, messages: Sequence[Message]) -> list[Handled]:
    """All at once, as the server does."""

    async def together() -> list[Handled]:
        return list(await asyncio.gather(*map(muster.intake.take, messages)))

    return asyncio.run(together())


def heard(messenger: Messenger, number: int) -> list[str]:
    """What came to the phone of the n-th follower."""
    return [str(parcel.payload) for parcel in messenger.inbox[f"o{number}"]]


def test_in_a_rush_everybody_is_answered_once(muster: Muster, messenger: Messenger) -> None:
    became = take(muster, [said(f"第{number}人的话", number) for number in range(MANY)])
    assert set(became) == {Handled.DONE, Handled.PARKED}
    assert len(rows(muster, ParkedMessage)) == became.count(Handled.PARKED)

    muster.wakeups.work()

    assert rows(muster, ParkedMessage) == []
    assert {number: len(heard(messenger, number)) for number in range(MANY)} == dict.fromkeys(range(MANY), 1)


def test_when_the_rush_is_over_everybody_is_answered_at_once_again(muster: Muster) -> None:
    take(muster, [said("有人吗", number) for number in range(MANY)])
    muster.wakeups.work()

    became = [take(muster, [said("还在吗", number, times=1)]) for number in range(2)]

    assert became == [[Handled.PARKED], [Handled.DONE]], "the first one sees that nobody is before it"
    muster.wakeups.work()
    assert rows(muster, ParkedMessage) == []


def test_what_the_platform_sends_again_changes_nothing(muster: Muster, messenger: Messenger) -> None:
    first = said("有人吗", 0)
    muster.dispatcher.park([first])
    muster.dispatcher.park([first])
    assert muster.intake.take_now(first) is Handled.PARKED
    assert len(rows(muster, ParkedMessage)) == 1

    muster.wakeups.work()
    muster.dispatcher.park([first])
    muster.wakeups.work()

    assert rows(muster, ParkedMessage) == []
    assert len(heard(messenger, 0)) == 1


def test_who_says_more_is_answered_in_that_order(muster: Muster, messenger: Messenger) -> None:
    muster.dispatcher.park([said("先说的话", 0)])
    assert muster.intake.take_now(said("后说的话", 0, times=1)) is Handled.PARKED
    assert muster.intake.take_now(said("旁人的话", 1)) is Handled.DONE

    muster.wakeups.work()

    first, second = heard(messenger, 0)
    assert "先说的话" in first
    assert "后说的话" in second


def test_what_a_process_took_that_died_is_taken_again(muster: Muster, clock: TestClock) -> None:
    muster.dispatcher.park([said("有人吗", number) for number in range(3)])
    with muster.database.writing() as session:
        assert len(messaging.take_parked(session, now=clock.now(), limit=2)) == 2
    with muster.database.writing() as session:
        assert len(messaging.take_parked(session, now=clock.now(), limit=9)) == 1
        assert not messaging.to_be_taken(session, now=clock.now())

    clock.at(f"{clock.now() + timedelta(seconds=31):%H:%M:%S}")
    muster.wakeups.work()

    assert rows(muster, ParkedMessage) == []
    assert len(rows(muster, InboundMessage)) == 3


def test_a_broken_answer_is_apologised_for_and_not_tried_for_ever(
    muster: Muster, messenger: Messenger
) -> None:
    muster.dispatcher.park([said("有人吗", 0)])
    muster.routing.route = broken  # type: ignore[method-assign]

    muster.wakeups.work()

    assert rows(muster, ParkedMessage) == []
    assert [row.outcome for row in rows(muster, InboundMessage)] == ["crashed"]
    assert len(heard(messenger, 0)) == 1


def test_who_leaves_leaves_nothing_behind(muster: Muster, clock: TestClock) -> None:
    muster.dispatcher.park([said("有人吗", number) for number in range(2)])
    with muster.database.writing() as session:
        messaging.forget_person(session, account=Account.OFFICIAL, sender="o0", now=clock.now())
    assert [row.sender for row in rows(muster, ParkedMessage)] == ["o1"]


def broken(*_: object) -> None:
    """A bug."""
    raise KeyError("bug")
