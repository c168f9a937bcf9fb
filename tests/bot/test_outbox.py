"""Delivery: order, retries, what is given up, and rows left behind by a dead worker."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.app import Muster
from bot.channels.base import ApiError, NotSent, Parcel, Receipt, TokenRefused, Unreachable
from bot.governor import Governor
from models import messaging
from models.messaging import Channel, OutboundKind, OutboundMessage, OutboundState, Outgoing, Priority
from tests.simulator import Follower, Messenger, TestClock, rows


def put(
    muster: Muster, *texts: str, to: str = "bob", priority: Priority = Priority.ANSWER, hours: int = 1
) -> None:
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
            lifetime=timedelta(hours=hours),
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


def test_a_busy_platform_is_left_alone_for_longer_after_three_tries(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    calls = messenger.calls
    put(muster, "忙")
    messenger.fails_with = ApiError(-1, "system busy")
    for moment in ("08:30", "08:30:05", "08:30:15", "08:31", "08:32", "08:33"):
        clock.at(moment)
        muster.outbox.drain()

    [row] = rows(muster, OutboundMessage)
    assert (len(calls), row.state, row.held_reason) == (3, OutboundState.HELD, "platform_busy")
    messenger.fails_with = None
    clock.at("08:37")
    muster.outbox.drain()
    assert said(messenger) == ["忙"]


@pytest.mark.parametrize("refusal", [TokenRefused(40001, "invalid credential"), ApiError(42001, "expired")])
def test_without_a_token_messages_wait_for_whoever_puts_the_settings_right(
    muster: Muster, messenger: Messenger, clock: TestClock, refusal: ApiError
) -> None:
    put(muster, "一", to="anna")
    messenger.fails_with = refusal
    muster.outbox.drain()
    put(muster, "二", to="ben")
    for moment in ("08:30:20", "08:30:40", "08:30:59"):
        clock.at(moment)
        muster.outbox.drain()

    assert len(messenger.calls) == 1
    mine = [row for row in rows(muster, OutboundMessage) if row.recipient != "itwang"]
    assert {(row.state, row.held_reason) for row in mine} == {("held", "unauthorised")}
    messenger.fails_with = None
    clock.at("08:31:01")
    muster.outbox.drain()
    assert (said(messenger, "anna"), said(messenger, "ben")) == (["一"], ["二"])


@pytest.mark.parametrize(
    ("message", "still", "again"),
    [
        ("api freq out of limit", "08:30:59", "08:31:01"),
        ("api freq out of limit, per hour", "09:29", "09:31"),
        ("reach max api daily quota limit", "23:59", "2026-03-03 00:00:06"),
    ],
)
def test_over_the_quota_the_whole_api_rests_until_its_window_is_over(
    muster: Muster, messenger: Messenger, clock: TestClock, message: str, still: str, again: str
) -> None:
    put(muster, "第一条", to="anna", hours=48)
    messenger.fails_with = ApiError(45009, message)
    muster.outbox.drain()
    messenger.fails_with = None
    put(muster, "第二条", to="ben", hours=48)

    clock.at(still)
    muster.outbox.drain()
    assert len(messenger.calls) == 1
    assert {row.held_reason for row in rows(muster, OutboundMessage)} == {"platform_limit"}
    clock.at(again)
    muster.outbox.drain()

    assert (said(messenger, "anna"), said(messenger, "ben")) == (["第一条"], ["第二条"])


def test_equal_texts_leave_in_calls_of_a_thousand_people(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    clock.at("08:31")
    people = [f"member{number}" for number in range(2345)]
    for person in people:
        put(muster, "今天下午三点开会", to=person)
    put(muster, "只给你", to="bob")

    assert muster.outbox.drain() == 2346

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


def test_a_bug_in_a_channel_fails_the_row_and_nothing_else(muster: Muster, messenger: Messenger) -> None:
    class Broken:
        def send(self, parcel: Parcel) -> Receipt:
            raise KeyError("bug")

    put(muster, "好", to="carol")
    put(muster, "坏", to="dave")
    muster.outbox._messengers = {Channel.WECOM: Broken()}  # type: ignore[attr-defined]

    muster.outbox.drain()

    assert states(muster) == [OutboundState.FAILED, OutboundState.FAILED]


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
    with muster.database.writing() as session:
        messaging.receive(
            session, key="k", account="official", sender="bob", kind="text", event="",
            sent_at=clock.now(), received_at=clock.now(), fields={},
        )  # fmt: skip
        messaging.post(
            session,
            [Outgoing("x", channel, "bob", OutboundKind.MESSAGE,
                      {"msgtype": "text", "text": {"content": "x"}}, priority)],
            now=clock.now(),
            lifetime=timedelta(hours=1),
        )  # fmt: skip
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


def test_equal_answers_are_told_apart_and_a_repeat_is_not(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    for number in range(3):
        with muster.database.writing() as session:
            messaging.post(
                session,
                [Outgoing(f"k{number}", Channel.WECOM, "bob", OutboundKind.MESSAGE,
                          {"msgtype": "text", "text": {"content": "已打卡"}})],
                now=clock.now(),
                lifetime=timedelta(hours=1),
            )  # fmt: skip
    muster.outbox.drain()

    assert [parcel.repeat for parcel in messenger.inbox["bob"]] == [0, 1, 2]


def test_the_thirty_first_message_of_a_minute_waits_and_says_why(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    put(muster, *[f"第{n}条" for n in range(33)])
    muster.outbox.drain()

    assert len(messenger.inbox["bob"]) == 30
    held = [row for row in rows(muster, OutboundMessage) if row.state == OutboundState.HELD]
    assert [row.held_reason for row in held] == ["member_limit"]
    clock.at("08:31:03")
    muster.outbox.drain()
    assert len(messenger.inbox["bob"]) == 33


def test_the_minute_counts_from_when_the_platform_took_a_message(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    put(muster, *[f"第{n}条" for n in range(31)])
    messenger.fails_with = Unreachable("no answer")
    muster.outbox.drain()
    messenger.fails_with = None
    clock.at("08:30:50")
    muster.outbox.drain()
    assert len(messenger.inbox["bob"]) == 29, "the first was perhaps counted twice"

    clock.at("08:31:45")
    muster.outbox.drain()
    assert len(messenger.inbox["bob"]) == 29 + 1
    clock.at("08:31:53")
    muster.outbox.drain()
    assert len(messenger.inbox["bob"]) == 31


def test_pushes_keep_clear_of_the_half_hour_and_answers_do_not(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    put(muster, "推送", priority=Priority.PUSH, to="carol")
    put(muster, "回答", to="dave")
    muster.outbox.drain()
    assert (said(messenger, "carol"), said(messenger, "dave")) == ([], ["回答"])

    clock.at("08:31:55")
    muster.outbox.drain()

    assert said(messenger, "carol") == ["推送"]


def test_beyond_the_days_account_limit_messages_wait_for_tomorrow(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    small = replace(muster.policy.governor, account_limit=1, per_account_day=2)
    muster.outbox._governor = Governor(small)  # type: ignore[attr-defined]
    for name in ("anna", "ben", "cara"):
        put(muster, "你好", to=name)
    muster.outbox.drain()
    assert sum(len(inbox) for inbox in messenger.inbox.values()) == 2

    clock.at("2026-03-03 00:00:06")
    with muster.database.writing() as session:
        for row in session.scalars(select(OutboundMessage)):
            row.expires_at = clock.now() + timedelta(hours=1)
    muster.outbox.drain()

    assert sum(len(inbox) for inbox in messenger.inbox.values()) == 3


def test_a_candidate_is_written_to_only_while_a_window_is_open(
    muster: Muster, messenger: Messenger, clock: TestClock, candidate: Follower
) -> None:
    candidate.says("你好")
    candidate.news()
    for number in range(6):
        with muster.database.writing() as session:
            messaging.post(
                session,
                [Outgoing(f"k{number}", Channel.OFFICIAL, candidate.id, OutboundKind.MESSAGE,
                          {"msgtype": "text", "text": {"content": f"第{number}条"}})],
                now=clock.now(),
                lifetime=timedelta(days=5),
            )  # fmt: skip
    muster.outbox.drain()

    assert len(candidate.reads()) == 4, "five in all after one message"
    clock.at("08:31")
    candidate.taps("help")
    assert len(candidate.reads()) == 3, "a tap opens the window for three more"
