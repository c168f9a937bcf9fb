"""撤回, as the administrator says it, and what it does to the messages."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.channels.base import ApiError, Unreachable
from models import messaging, staff
from models.errors import DomainError, NotPermitted
from models.messaging import (
    Channel,
    NotRecallable,
    OutboundKind,
    OutboundMessage,
    OutboundState,
    Outgoing,
    Priority,
    RecallFailed,
    SharedMessage,
    StillSending,
    TooLateToRecall,
)
from models.staff import Role
from tests.simulator import MONDAY, Follower, Given, Member, Messenger, TestClock, rows


@pytest.fixture
def admin(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """Who runs the installation."""
    given.employee("itwang", "王工", role=Role.ADMIN)
    return Member("itwang", client, messenger, clock)


def put(muster: Muster, text: str, *to: str, channel: Channel = Channel.WECOM) -> list[int]:
    """An equal message to each of them in the outbox; returns the ids."""
    payload = {"msgtype": "text", "text": {"content": text}}
    before = {row.id for row in rows(muster, OutboundMessage)}
    with muster.database.writing() as session:
        outgoing = [
            Outgoing(f"{text}:{who}", channel, who, OutboundKind.MESSAGE, payload, Priority.ANSWER)
            for who in to
        ]
        messaging.post(session, outgoing, now=muster.clock.now(), lifetime=timedelta(days=1))
    return sorted(row.id for row in rows(muster, OutboundMessage) if row.id not in before)


def recall(muster: Muster, *ids: int) -> bool:
    """Take messages back, and let it leave."""
    with muster.database.writing() as session:
        asked = messaging.recall(session, ids=ids, at=muster.clock.now())
    muster.outbox.drain()
    return asked


def states(muster: Muster, kind: OutboundKind = OutboundKind.MESSAGE) -> list[str]:
    """The states of the messages in their order."""
    found = sorted(rows(muster, OutboundMessage), key=lambda row: row.id)
    return [row.state for row in found if row.kind == kind]


def test_the_newest_message_is_taken_back_after_a_confirmation(
    muster: Muster, admin: Member, alice: Member, messenger: Messenger
) -> None:
    put(muster, "早一点的", "AliceLi")
    muster.outbox.drain()
    [sent] = put(muster, "发错了的\n工资条", "AliceLi")
    muster.outbox.drain()
    alice.sees("早一点的", "发错了的\n工资条")

    admin.says("撤回 李爱丽")
    admin.sees("撤回发给李爱丽的这条消息？\n「发错了的 工资条」\n[撤回]")
    assert admin.last_card is not None
    rows_ = {row["keyname"]: row["value"] for row in admin.last_card["horizontal_content_list"]}
    assert rows_ == {"时间": "3月2日 周一 08:30", "状态": "已发出"}

    admin.taps_card(f"recall:{sent}")
    admin.sees(
        "(按钮:已撤回)",
        "正在撤回发给李爱丽的「发错了的 工资条」。\n"
        "发「消息状态 李爱丽」可以看撤回好了没有；在微信插件里看到的那一份收不回。",
    )
    [order] = alice.news()
    assert (order.kind, order.payload) == (OutboundKind.RECALL, {"msgid": f"msg-{sent}"})


def test_a_message_that_was_taken_back_says_so(muster: Muster, admin: Member, alice: Member) -> None:
    [sent] = put(muster, "发错了", "AliceLi")
    muster.outbox.drain()
    alice.sees("发错了")

    assert recall(muster, sent)
    alice.sees(f"(撤回:msg-{sent})")
    admin.says("消息状态 李爱丽")
    admin.says("撤回 李爱丽")

    admin.sees(
        "最近给李爱丽的消息：\n3月2日 周一 08:30 已撤回",
        "最近 24 小时没有能从李爱丽那里撤回的消息。平台只能撤回 24 小时以内的。",
    )


def test_twice_is_once_and_the_next_word_means_the_next_message(
    muster: Muster, admin: Member, alice: Member
) -> None:
    for text in ("第一条", "第二条"):
        put(muster, text, "AliceLi")
        muster.outbox.drain()
    second = max(row.id for row in rows(muster, OutboundMessage))
    alice.sees("第一条", "第二条")

    assert recall(muster, second)
    assert recall(muster, second)
    admin.says("撤回 李爱丽")

    alice.sees(f"(撤回:msg-{second})")
    assert "「第一条」" in admin.reads()[0]


def test_what_has_not_left_is_held_back(
    muster: Muster, admin: Member, alice: Member, messenger: Messenger
) -> None:
    admin.says("帮助")
    admin.news()
    messenger.fails_with = ApiError(-1, "system busy")
    [waiting] = put(muster, "还没发", "AliceLi")
    muster.outbox.drain()
    messenger.fails_with = None

    admin.says("撤回 alicELI")
    assert "还没发" in admin.reads()[0]
    assert admin.last_card is not None
    assert {"keyname": "状态", "value": "还没发出"} in admin.last_card["horizontal_content_list"]
    admin.taps_card(f"recall:{waiting}")

    admin.sees("(按钮:已撤回)", "已拦下，李爱丽没有收到「还没发」。")
    alice.sees_nothing()
    assert OutboundState.WITHDRAWN in states(muster)
    assert not recall(muster, waiting)


def test_a_message_to_many_is_taken_from_all_and_says_so_before(
    muster: Muster, admin: Member, alice: Member, leader: Member, given: Given
) -> None:
    shared = put(muster, "群发", "AliceLi", "leader")
    muster.outbox.drain()
    alice.sees("群发")
    leader.sees("群发")

    with pytest.raises(SharedMessage) as refusal:
        recall(muster, shared[0])
    assert refusal.value.facts == {"others": 1}

    admin.says("撤回 赵组长")
    admin.news()
    assert admin.last_card is not None
    assert {"keyname": "同时收到", "value": "另外 1 人，也会一起撤回"} in admin.last_card[
        "horizontal_content_list"
    ]
    admin.taps_card(f"recall:{shared[1]}")

    assert admin.reads()[1].startswith("正在撤回发给赵组长等 2 人的「群发」")
    assert states(muster, OutboundKind.RECALL) == [OutboundState.ACCEPTED]
    assert states(muster)[:2] == [OutboundState.RECALLED, OutboundState.RECALLED]
    alice.sees(f"(撤回:msg-{shared[0]})")


def test_the_platform_says_how_long(muster: Muster, admin: Member, alice: Member, clock: TestClock) -> None:
    [sent] = put(muster, "昨天的", "AliceLi")
    muster.outbox.drain()
    alice.sees("昨天的")
    admin.says("撤回 李爱丽")
    admin.news()
    clock.at("2026-03-03 08:29:30")

    admin.says("撤回 李爱丽")
    admin.taps_card(f"recall:{sent}")

    admin.sees(
        "最近 24 小时没有能从李爱丽那里撤回的消息。平台只能撤回 24 小时以内的。",
        "(按钮:来不及了)",
        "来不及了：平台只能撤回 24 小时以内的消息，这条是 3月2日 周一 08:30 发出的。",
    )


def test_an_order_that_came_too_late_is_not_repeated(muster: Muster, admin: Member, alice: Member) -> None:
    [sent] = put(muster, "发错了", "AliceLi")
    muster.outbox.drain()
    alice.sees("发错了")
    with muster.database.writing() as session:
        messaging.recall(session, ids=[sent], at=muster.clock.now())
    [order] = [row for row in rows(muster, OutboundMessage) if row.kind == OutboundKind.RECALL]
    with muster.database.writing() as session:
        messaging.fail(session, order.id, at=muster.clock.now(), error="42052 msgid expired")

    with pytest.raises(RecallFailed) as refusal:
        recall(muster, sent)

    assert muster.texts.render("delivery/recall_failed", refusal.value.facts) == (
        "平台没有答应撤回这条消息（已超过 24 小时）。"
    )
    assert states(muster) == [OutboundState.ACCEPTED]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"state": OutboundState.SENDING}, StillSending),
        ({"state": OutboundState.FAILED}, NotRecallable),
        ({"state": OutboundState.UNCERTAIN}, NotRecallable),
        ({"state": OutboundState.INTENT, "unknown": True}, NotRecallable),
        ({"msgid": None}, NotRecallable),
        ({"kind": OutboundKind.CARD_UPDATE}, NotRecallable),
        ({"channel": Channel.OFFICIAL}, NotRecallable),
        ({"settled_at": timedelta(hours=-24)}, TooLateToRecall),
    ],
)
def test_what_cannot_be_taken_back(
    muster: Muster, alice: Member, change: dict[str, object], refusal: type[DomainError]
) -> None:
    [sent] = put(muster, "一条", "AliceLi")
    muster.outbox.drain()
    alice.news()
    with muster.database.writing() as session:
        row = session.get(OutboundMessage, sent)
        assert row is not None
        for name, value in change.items():
            moved = muster.clock.now() + value if isinstance(value, timedelta) else value
            setattr(row, name, moved)

    with pytest.raises(refusal) as refused:
        recall(muster, sent)

    assert muster.texts.render(f"{refusal.texts}/{refusal.code()}", refused.value.facts)
    assert states(muster, OutboundKind.RECALL) == []


def test_a_message_whose_fate_is_unknown_is_not_offered(
    muster: Muster, admin: Member, alice: Member, messenger: Messenger
) -> None:
    messenger.fails_with = Unreachable("timeout")
    put(muster, "也许到了", "AliceLi")
    muster.outbox.drain()
    messenger.fails_with = None

    admin.says("撤回 李爱丽")

    assert admin.reads()[0].startswith("最近 24 小时没有")
    alice.sees("也许到了")


def test_from_whom_is_asked_back(admin: Member, given: Given, candidate: Follower) -> None:
    given.employee("a1", "张三")
    given.employee("a2", "张三")

    for said in ("撤回 张三", "撤回 李四", "撤回"):
        admin.says(said)

    only = "只有企业微信里的消息能撤回；候选人在服务号收到的，平台不支持撤回。"
    admin.sees(
        "叫「张三」的不止一个，请用企业微信账号再说一次：a1、a2",
        f"名单里没有「李四」。写成「撤回 张三」，也可以写企业微信账号。\n{only}",
        f"写成「撤回 张三」，也可以写企业微信账号。\n{only}",
    )


def test_others_may_not_take_back(muster: Muster, alice: Member, leader: Member) -> None:
    [sent] = put(muster, "一条", "AliceLi")
    muster.outbox.drain()
    alice.sees("一条")

    leader.says("撤回 李爱丽")
    leader.taps(f"recall:{sent}")

    assert [said.startswith("你没有这项权限") for said in leader.reads()] == [True, True]
    now, policy = muster.clock.now(), muster.policy
    with muster.database.writing() as session:
        boss = staff.find_employee(session, "leader", at=MONDAY)
        assert boss is not None
        with pytest.raises(NotPermitted):
            staff.recall_message(session, actor=boss, message_id=sent, at=now, policy=policy)


@pytest.mark.parametrize("key", ["recall:", "recall:x", "recall"])
def test_a_button_without_a_message_is_stale(admin: Member, key: str) -> None:
    admin.taps(key)

    assert admin.reads()[0].startswith("这个按钮已经失效了")


def test_a_button_of_a_forgotten_message_says_that_it_cannot(admin: Member) -> None:
    admin.taps("recall:999999")

    admin.sees("这条消息撤不了：它没有发成，或者不知道到没到。")


@pytest.mark.parametrize(
    ("payload", "gist"),
    [
        ({"msgtype": "text", "text": {"content": "你好\u200b"}}, "你好"),
        ({"msgtype": "news", "news": {"articles": [{"title": "周报"}]}}, "周报"),
        ({"msgtype": "template_card", "template_card": {"main_title": {"title": "补卡"}}}, "补卡"),
        ({"msgtype": "file", "file": {"media_id": {"name": "表.pdf", "attachment": "x"}}}, "表.pdf"),
        ({"msgtype": "image", "image": {"media_id": {"name": "x.png"}}}, ""),
        ({}, ""),
    ],
)
def test_a_message_is_recognised_by_its_words(payload: dict[str, object], gist: str) -> None:
    assert messaging.gist(payload) == gist
