"""Delivery: order, retries, and what is given up."""

import pytest
from sqlalchemy import text

from bot.app import Muster
from bot.channels.base import ApiError, NotSent, Parcel, Receipt, Unreachable
from bot.outbox import CALLS
from jobs.base import JobContext
from jobs.schedule import CHECKS
from models.messaging import Channel, OutboundKind, OutboundMessage, OutboundState, Priority
from tests.bot.delivery import messages, put, said, states
from tests.simulator import Messenger, TestClock, rows


def test_messages_to_one_person_keep_their_order(muster: Muster, messenger: Messenger) -> None:
    texts = [f"第{n}条" for n in range(30)]
    put(muster, *texts)

    muster.outbox.drain()

    assert said(messenger) == texts
    assert set(states(muster)) == {OutboundState.ACCEPTED}


def test_answers_go_before_pushes(muster: Muster, messenger: Messenger, clock: TestClock) -> None:
    clock.at("08:31")
    put(muster, "推送", priority=Priority.PUSH)
    put(muster, "回答")

    muster.outbox.drain()

    assert said(messenger) == ["回答", "推送"]


def test_the_same_cause_makes_one_message(muster: Muster, messenger: Messenger) -> None:
    put(muster, "一次")
    put(muster, "一次")

    muster.outbox.drain()

    assert said(messenger) == ["一次"]


@pytest.mark.parametrize("trouble", [Unreachable("timeout"), NotSent("no token"), ApiError(-1, "busy")])
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

    [row] = [row for row in rows(muster, OutboundMessage) if row.recipient == "bob"]
    assert (row.state, row.attempts) == (OutboundState.FAILED, 1)
    assert str(code) in row.error


@pytest.mark.parametrize(
    ("code", "told"), [(40001, 1), (60020, 1), (48002, 1), (40201, 1), (81013, 0), (40058, 0)]
)
def test_the_maintainers_are_told_once_a_day_of_what_only_they_can_put_right(
    muster: Muster, messenger: Messenger, code: int, told: int
) -> None:
    put(muster, "一", to="anna")
    put(muster, "二", to="ben")
    messenger.fails_with = ApiError(code, "no")

    muster.outbox.drain()

    reports = [row for row in rows(muster, OutboundMessage) if row.recipient == "itwang"]
    assert len(reports) == told
    assert all(f"错误码：{code}" in row.payload["markdown"]["content"] for row in reports)


def test_equal_texts_leave_in_calls_of_a_thousand_people(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    clock.at("08:31")
    people = [f"member{number}" for number in range(2345)]
    for person in people:
        put(muster, "今天下午三点开会", to=person)
    put(muster, "只给你", to="bob")

    assert sum(iter(muster.outbox.drain, 0)) == 2346

    assert {person: len(inbox) for person, inbox in messenger.inbox.items()} == dict.fromkeys(
        [*people, "bob"], 1
    )
    sizes = sorted(len(call.recipients) for call in messenger.calls)
    assert sizes == [1, 345, 1000, 1000]
    assert set(states(muster)) == {OutboundState.ACCEPTED}


def test_of_many_receivers_only_the_refused_one_fails(muster: Muster, messenger: Messenger) -> None:
    for person in ("anna", "Ben", "cara"):
        put(muster, "开会", to=person)
    messenger.refused = frozenset({"ben"})

    muster.outbox.drain()

    assert len(messenger.calls) == 1
    assert {row.recipient: row.state for row in rows(muster, OutboundMessage)} == {
        "anna": OutboundState.ACCEPTED, "Ben": OutboundState.FAILED, "cara": OutboundState.ACCEPTED
    }  # fmt: skip


def test_one_bad_id_does_not_cost_the_others_their_message(muster: Muster, messenger: Messenger) -> None:
    people = [f"member{number}" for number in range(50)]
    for person in people:
        put(muster, "开会", to=person)
    messenger.rejects_calls_with = frozenset({"member17"})

    muster.outbox.drain()

    found = {row.recipient: row.state for row in rows(muster, OutboundMessage)}
    assert found.pop("member17") == OutboundState.FAILED
    assert set(found.values()) == {OutboundState.ACCEPTED}
    assert all(len(messenger.inbox[person]) == 1 for person in found)
    assert len(messenger.calls) < 16, "halves are tried, not everybody"


def test_once_the_platform_answers_again_nobody_waits_for_a_long_pause_to_end(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    put(muster, "一", to="anna")
    messenger.fails_with = NotSent("silent")
    for minute in range(30, 59):
        clock.at(f"08:{minute}")
        muster.outbox.drain()
    put(muster, "二", to="ben")
    messenger.fails_with = None

    clock.at("08:59:01")
    muster.outbox.drain()

    assert (said(messenger, "anna"), said(messenger, "ben")) == (["一"], ["二"])


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


def test_a_bug_in_a_channel_fails_the_row_and_nothing_else(muster: Muster, messenger: Messenger) -> None:
    class Broken:
        def send(self, parcel: Parcel) -> Receipt:
            raise KeyError("bug")

    put(muster, "好", to="carol")
    put(muster, "坏", to="dave")
    muster.outbox._messengers = {Channel.WECOM: Broken()}  # type: ignore[attr-defined]

    muster.outbox.drain()

    assert states(muster) == [OutboundState.FAILED, OutboundState.FAILED]


@pytest.mark.parametrize("check", ["no_such_check", "breaks", "asks_badly"])
def test_a_check_that_cannot_be_asked_fails_its_own_message_alone(
    muster: Muster, messenger: Messenger, clock: TestClock, monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    def breaks(ctx: JobContext, subject_id: int) -> bool:
        raise KeyError(subject_id)

    def asks_badly(ctx: JobContext, subject_id: int) -> bool:
        return bool(ctx.session.execute(text("SELECT nothing FROM nowhere")).scalar_one())

    for bad in (breaks, asks_badly):
        monkeypatch.setitem(CHECKS, bad.__name__, bad)  # type: ignore[arg-type]
    clock.at("08:31")
    put(muster, "好", to="anna")
    put(muster, "坏", to="ben", only_if=check)
    put(muster, "好", to="cara")

    muster.outbox.drain()

    assert states(muster) == [OutboundState.ACCEPTED, OutboundState.FAILED, OutboundState.ACCEPTED]
    assert [said(messenger, name) for name in ("anna", "ben", "cara")] == [["好"], [], ["好"]]
    assert str(messages(muster)[1].error).startswith(f"{check}: ")


def test_one_drain_goes_on_past_more_than_a_batch_that_may_not_leave(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    clock.at("09:00:10")
    for number in range(CALLS + 10):
        put(muster, f"推送{number}", to=f"m{number}", priority=Priority.PUSH)
    put(muster, "通知", to="c", channel=Channel.OFFICIAL, kind=OutboundKind.TEMPLATE, priority=Priority.PUSH)

    assert muster.outbox.drain() == 1

    assert said(messenger, "c") == ["通知"]
