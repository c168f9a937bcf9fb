"""消息状态, as the administrator asks it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.channels.base import ApiError
from bot.governor import Governor
from models import messaging
from models.messaging import Channel, OutboundKind, Outgoing
from models.staff import Role
from tests.simulator import Given, Member, Messenger, TestClock


@pytest.fixture
def admin(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """Who runs the installation."""
    given.employee("itwang", "王工", role=Role.ADMIN)
    return Member("itwang", client, messenger, clock)


def test_states_are_told_in_words(
    admin: Member, alice: Member, messenger: Messenger, clock: TestClock
) -> None:
    clock.at("08:31")
    alice.says("打卡")
    alice.news()
    messenger.fails_with = ApiError(60020, "not allow to access from your ip")
    alice.says("帮助")
    messenger.fails_with = ApiError(-1, "system busy")
    alice.says("帮助")
    messenger.fails_with = None

    admin.says("消息状态 李爱丽")

    admin.sees(
        "最近给李爱丽的消息：\n3月2日 周一 08:31 待发\n3月2日 周一 08:31 没发成（60020）\n"
        "3月2日 周一 08:31 平台已收下"
    )


def test_a_held_message_says_why_and_until_when(admin: Member, alice: Member, clock: TestClock) -> None:
    clock.at("08:31")
    for _ in range(31):
        alice.says("帮助")
    alice.news()

    admin.says("消息状态 alicELI")

    assert "暂缓：这个人收得太密，等到 08:32" in admin.reads()[0]


@pytest.mark.parametrize(
    ("channel", "hours", "asked_at", "words"),
    [
        (Channel.WECOM, 24, "08:32", "暂缓：今天的总量用完了，等到 3月3日 周二 00:00"),
        (Channel.WECOM, 4, "08:32", "暂缓：今天的总量用完了，3月2日 周一 12:30 作废"),
        (Channel.OFFICIAL, 4, "08:32", "暂缓：对方最近没有说过话，对方再发话才能发，3月2日 周一 12:30 作废"),
        (Channel.OFFICIAL, 24, "08:32", "暂缓：对方最近没有说过话，对方再发话才能发，3月3日 周二 08:30 作废"),
        (Channel.WECOM, 4, "12:31", "过期没有发"),
        (Channel.OFFICIAL, 4, "12:31", "过期没有发"),
    ],
)
def test_what_has_not_left_says_what_it_waits_for_or_that_it_came_too_late(
    muster: Muster,
    admin: Member,
    alice: Member,
    clock: TestClock,
    channel: Channel,
    hours: int,
    asked_at: str,
    words: str,
) -> None:
    payload = {"msgtype": "text", "text": {"content": "回访"}}
    with muster.database.writing() as session:
        visit = Outgoing("visit", channel, alice.id, OutboundKind.MESSAGE, payload)
        messaging.post(session, [visit], now=clock.now(), lifetime=timedelta(hours=hours))
    usual = muster.outbox._governor  # type: ignore[attr-defined]
    nothing_more_today = replace(muster.policy.governor, account_limit=0)
    muster.outbox._governor = Governor(nothing_more_today)  # type: ignore[attr-defined]
    muster.outbox.drain()
    clock.at(asked_at)
    muster.outbox.drain()
    muster.outbox._governor = usual  # type: ignore[attr-defined]

    admin.says("消息状态 李爱丽")

    admin.sees(f"最近给李爱丽的消息：\n3月2日 周一 08:30 {words}")


def test_whom_is_asked_back(admin: Member, given: Given) -> None:
    given.employee("a1", "张三")
    given.employee("a2", "张三")

    admin.says("消息状态 张三")
    admin.says("消息状态 李四")

    admin.sees(
        "叫「张三」的不止一个，请用企业微信账号再问：a1、a2",
        "名单里没有「李四」。写成「消息状态 张三」，也可以写企业微信账号。",
    )


def test_others_may_not_ask(alice: Member) -> None:
    alice.says("消息状态 李爱丽")

    assert alice.reads()[0].startswith("你没有这项权限")
