"""消息状态, as the administrator asks it."""

import pytest
from flask.testing import FlaskClient

from bot.channels.base import ApiError
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
