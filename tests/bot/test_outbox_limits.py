"""Delivery within limits: what waits, why, and until when."""

from dataclasses import replace

import pytest

from bot.app import Muster
from bot.channels.base import ApiError, NotSent, TokenRefused, Unreachable, UploadRefused
from bot.governor import Governor
from models.messaging import Channel, OutboundKind, OutboundMessage, OutboundState, Priority
from tests.bot.delivery import messages, put, said, states
from tests.simulator import Follower, Messenger, TestClock, rows


def allow(muster: Muster, **limits: int) -> None:
    """Other limits than those of the policy."""
    muster.outbox._governor = Governor(replace(muster.policy.governor, **limits))  # type: ignore[attr-defined]


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


def test_equal_answers_are_told_apart_and_a_repeat_is_not(muster: Muster, messenger: Messenger) -> None:
    for number in range(3):
        put(muster, "已打卡", key=str(number))
    muster.outbox.drain()

    assert [parcel.repeat for parcel in messenger.inbox["bob"]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("moments", "marks"),
    [
        (["09:01", "09:02", "09:03"], [0, 1, 2]),
        (["09:01", "10:01", "13:05"], [0, 1, 2]),
        (["09:01", "10:01", "13:31"], [0, 1, 0]),
        (["09:01", "10:01", "13:31", "14:07"], [0, 1, 0, 1]),
        (["09:01", "10:01", "13:31", "14:05"], [0, 1, 0, 2]),
        (["09:01", "2026-03-03 09:01"], [0, 0]),
    ],
)
def test_no_mark_is_used_again_before_the_platform_has_forgotten_it(
    muster: Muster, messenger: Messenger, clock: TestClock, moments: list[str], marks: list[int]
) -> None:
    for moment in moments:
        clock.at(moment)
        put(muster, "已打卡", key=moment)
        muster.outbox.drain()

    assert [parcel.repeat for parcel in messenger.inbox["bob"]] == marks


@pytest.mark.parametrize(("moment", "unused"), [("13:31", 1), ("14:05", 1), ("14:07", 0)])
def test_the_platform_remembers_from_when_it_took_a_message(
    muster: Muster, messenger: Messenger, clock: TestClock, moment: str, unused: int
) -> None:
    clock.at("09:01")
    put(muster, "已打卡", key="早", hours=24)
    messenger.fails_with = NotSent("silent")
    muster.outbox.drain()
    messenger.fails_with = None
    clock.at("10:01")
    muster.outbox.drain()

    clock.at(moment)
    put(muster, "已打卡", key="晚")
    muster.outbox.drain()

    assert [parcel.repeat for parcel in messenger.inbox["bob"]] == [0, unused]


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
    allow(muster, account_limit=1, per_account_day=2)
    for name in ("anna", "ben", "cara"):
        put(muster, "你好", to=name, hours=24)
    muster.outbox.drain()
    assert sum(len(inbox) for inbox in messenger.inbox.values()) == 2

    clock.at("2026-03-03 00:00:04")
    muster.outbox.drain()
    assert [row.held_reason for row in messages(muster)] == [None, None, "account_limit"]
    clock.at("2026-03-03 00:00:06")
    muster.outbox.drain()

    assert sum(len(inbox) for inbox in messenger.inbox.values()) == 3


@pytest.mark.parametrize("back_to", ["2026-03-03 09:00", "2026-03-02 10:02"])
def test_after_the_clock_was_put_back_nobody_waits_for_what_was_sent_later(
    muster: Muster, messenger: Messenger, clock: TestClock, back_to: str
) -> None:
    allow(muster, account_limit=1, per_account_day=30)
    clock.at("2026-03-03 10:01")
    put(muster, *[f"第{n}条" for n in range(30)])
    muster.outbox.drain()
    assert len(messenger.inbox["bob"]) == 30, "as many as a member gets in a minute, and all of the day's"

    clock.at(back_to)
    put(muster, "回答")
    muster.outbox.drain()

    assert said(messenger)[30:] == ["回答"]


def test_after_the_clock_was_put_back_a_candidate_who_writes_is_answered(
    muster: Muster, clock: TestClock, candidate: Follower
) -> None:
    clock.at("10:01")
    candidate.says("你好")
    put(muster, *[f"第{n}条" for n in range(4)], to=candidate.id, channel=Channel.OFFICIAL)
    muster.outbox.drain()
    assert len(candidate.reads()) == 5, "as many as one message allows"

    clock.at("09:01")
    candidate.says("帮助")

    assert len(candidate.reads()) == 1


@pytest.mark.parametrize(
    ("worth_until", "state"),
    [
        ("09:00:55", OutboundState.ACCEPTED),
        ("09:01:00", OutboundState.ACCEPTED),
        ("09:02:00", OutboundState.HELD),
    ],
)
def test_a_push_that_cannot_wait_for_the_next_minute_leaves_on_the_busy_one(
    muster: Muster, clock: TestClock, worth_until: str, state: str
) -> None:
    clock.at(worth_until)
    until = clock.now()
    clock.at("09:00:10")
    put(muster, "推送", priority=Priority.PUSH, expires_at=until)

    muster.outbox.drain()

    assert states(muster) == [state]


def test_a_file_over_its_quota_holds_up_its_own_message_alone(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    put(muster, "有图", to="anna", hours=24)
    messenger.fails_with = UploadRefused(45009, "reach max api daily quota limit")
    muster.outbox.drain()
    messenger.fails_with = None
    put(muster, "只有字", to="ben")

    muster.outbox.drain()
    assert (said(messenger, "anna"), said(messenger, "ben")) == ([], ["只有字"])
    clock.at("2026-03-03 00:00:06")
    muster.outbox.drain()

    assert said(messenger, "anna") == ["有图"]


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (ApiError(45009, "reach max api daily quota limit"), "platform_limit"),
        (UploadRefused(45009, "reach max api daily quota limit"), "platform_busy"),
        (TokenRefused(40001, "invalid credential"), "unauthorised"),
    ],
)
def test_nothing_is_held_for_longer_than_it_is_worth(
    muster: Muster, messenger: Messenger, clock: TestClock, trouble: Exception, reason: str
) -> None:
    def mine() -> list[OutboundMessage]:
        return [row for row in messages(muster) if row.recipient != "itwang"]

    messenger.fails_with = trouble
    for name in ("anna", "ben"):
        put(muster, name, to=name, hours=1 / 60)
        muster.outbox.drain()
    messenger.fails_with = None

    assert {(row.state, row.held_reason) for row in mine()} == {(OutboundState.HELD, reason)}
    clock.at("08:31")
    muster.outbox.drain()
    assert {(row.state, row.error) for row in mine()} == {(OutboundState.WITHDRAWN, "expired")}


def test_what_would_have_to_wait_for_tomorrow_is_given_up_when_its_time_is_over(
    muster: Muster, clock: TestClock
) -> None:
    allow(muster, account_limit=0)
    put(muster, "一小时内有用")
    muster.outbox.drain()
    assert states(muster) == [OutboundState.HELD]

    clock.at("09:30")
    muster.outbox.drain()

    assert states(muster) == [OutboundState.WITHDRAWN]


@pytest.mark.parametrize("together", [False, True])
def test_a_template_does_not_wait_for_a_window(
    muster: Muster, messenger: Messenger, clock: TestClock, together: bool
) -> None:
    clock.at("08:31")
    put(muster, "客服消息", to="c", channel=Channel.OFFICIAL, priority=Priority.PUSH)
    if not together:
        muster.outbox.drain()
    put(muster, "模板", to="c", channel=Channel.OFFICIAL, kind=OutboundKind.TEMPLATE, priority=Priority.PUSH)

    muster.outbox.drain()

    assert said(messenger, "c") == ["模板"]
    assert [row.held_reason for row in messages(muster)] == ["no_window", None]


def test_a_card_that_may_not_be_changed_yet_does_not_hold_up_an_answer(
    muster: Muster, messenger: Messenger
) -> None:
    put(muster, "改卡片", kind=OutboundKind.CARD_UPDATE)
    messenger.fails_with = ApiError(45009, "reach max api daily quota limit")
    muster.outbox.drain()
    messenger.fails_with = None
    put(muster, "回答")

    muster.outbox.drain()

    assert said(messenger) == ["回答"]


def test_a_candidate_is_written_to_only_while_a_window_is_open(
    muster: Muster, messenger: Messenger, clock: TestClock, candidate: Follower
) -> None:
    candidate.says("你好")
    candidate.news()
    put(muster, *[f"第{n}条" for n in range(6)], to=candidate.id, channel=Channel.OFFICIAL, hours=120)
    muster.outbox.drain()

    assert len(candidate.reads()) == 4, "five in all after one message"
    clock.at("08:31")
    candidate.taps("help")
    assert len(candidate.reads()) == 3, "a tap opens the window for three more"
