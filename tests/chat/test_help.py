"""帮助, near misses, and what happens to words and messages nobody knows."""

import re

import pytest
from flask.testing import FlaskClient

import handlers
from bot.app import Muster
from bot.policy import load_policy
from handlers.base import Audience
from models.messaging import InboundMessage, OutboundMessage
from models.staff import Candidate, Role
from tests.simulator import Follower, Given, Member, Messenger, TestClock, rows


def test_help_lists_what_a_collector_may_do(alice: Member) -> None:
    alice.says("帮助")

    [answer] = alice.reads()
    assert answer.startswith("李爱丽，你可以直接发给我：\n")
    assert "\n【案件】我的案件、案件、历史、接单、拒绝、催记、" in answer
    assert "\n【打卡和考勤】打卡、上班打卡、下班打卡、" in answer
    assert "\n【拜访】今天拜访、到了、离开\n" in answer
    assert "谁没打卡" not in answer


def test_help_lists_more_for_a_team_leader(leader: Member) -> None:
    leader.taps("help")

    [answer] = leader.reads()
    assert "\n【打卡和考勤】打卡、上班打卡、下班打卡、" in answer
    assert "打卡" in answer


@pytest.mark.parametrize(
    "said",
    [
        "打卡",
        " 打卡 ",
        "打卡！",
        "打卡。",
        "「打卡」",
        "我要打卡",
        "帮我打卡一下",
        "打卡了",
        "签到",
        "打 卡",
        "我来打个卡",
        "帮我打一下卡",
        "麻烦帮我打一下卡谢谢",
        "打卡打卡",
        "打卡👍",
        "给我打卡",
        "打一下卡",
        "上班打卡啦",
        "我到公司了",
        "到岗",
    ],
)
def test_politeness_and_punctuation_do_not_matter(alice: Member, said: str) -> None:
    alice.says(said)

    alice.sees("✅ 08:30 打卡成功")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("大卡", "打卡"), ("打咔", "打卡"), ("daka", "打卡"), ("帮住", "帮助")],
)
def test_words_nearly_right_are_guessed_but_not_done(alice: Member, said: str, meant: str) -> None:
    alice.says(said)

    alice.sees(f"没听懂「{said}」。\n你是不是想说「{meant}」？直接回复这个词就行。")


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("李爱丽今天到底有没有好好打卡呀", "「打卡」记录上班或下班的时间，一天各一次"),
        (
            "城东分公司都有谁，待办是什么",
            "「名单」看一个单位的人，如「名单 城东催收组」\n「我的待办」看我要办的事，点一下就办结",
        ),
    ],
)
def test_a_sentence_about_a_command_is_answered_with_how_to_say_it(
    alice: Member, said: str, lines: str
) -> None:
    alice.says(said)

    alice.sees(f"没听懂「{said}」。\n可以这样说：\n{lines}")


def test_words_far_off_get_a_way_on(alice: Member) -> None:
    alice.says("今天天气真不错啊")

    alice.sees("没听懂「今天天气真不错啊」。\n回复「帮助」看看我能做什么。")


def test_a_suggestion_never_offers_what_is_not_permitted(alice: Member) -> None:
    alice.says("谁没打咔")

    [answer] = alice.news()
    assert "谁没打卡」" not in answer.payload["text"]["content"]


def test_what_is_not_permitted_is_refused_kindly(alice: Member) -> None:
    alice.says("谁没打卡")

    alice.sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_a_stranger_is_told_how_to_join(stranger: Member) -> None:
    stranger.says("打卡")

    stranger.sees(
        "你好！我是点将，还没有在名单里找到你。\n请把你的企业微信账号「stranger」告诉主管或 IT 管理员，"
        "加入名单后再发「帮助」就能用了。"
    )


def test_the_user_id_is_known_in_any_letter_case(alice: Member) -> None:
    alice.post({**alice.message("text", Content="打卡"), "FromUserName": "aliceli"})

    alice.sees("✅ 08:30 打卡成功")


def test_what_it_cannot_read_is_answered_too(alice: Member) -> None:
    alice.post(alice.message("link", Title="t", Url="http://u"))

    alice.sees(
        "收到你发的链接，不过我目前只看得懂文字、位置、图片、语音、视频和菜单。\n回复「帮助」看看我能做什么。"
    )


def test_a_menu_item_of_yesterday_is_answered(alice: Member) -> None:
    alice.taps("gone_since_yesterday")

    alice.sees("这个按钮已经失效了（可能菜单刚更新过）。\n回复「帮助」看看现在能做什么。")


def test_events_nobody_asked_for_stay_silent(alice: Member) -> None:
    alice.post(alice.event("enter_agent", EventKey=""))
    alice.post(alice.event("view", EventKey="https://example.com"))
    alice.post(alice.event("some_future_event", Detail="x"))

    alice.sees_nothing()


def test_a_new_member_of_the_app_is_welcomed(alice: Member) -> None:
    alice.post(alice.event("subscribe", EventKey=""))

    alice.sees("李爱丽，你好！我是点将。\n上班前点一下菜单「一键打卡」就行；回复「帮助」看看还能做什么。")


def test_a_leader_sees_who_is_missing(leader: Member, alice: Member, given: Given, clock: TestClock) -> None:
    given.employee("bob", "波波", shift="13:00")
    given.employee("other", "外组人", team="二组")
    clock.at("09:07")
    alice.says("打卡")
    alice.news()

    leader.says("谁没打卡")

    leader.sees(
        "3月2日 周一：应到 3 人，已打卡 1 人\n没打卡：赵组长\n迟到：李爱丽 7 分钟\n13:00 上班，还没到点：波波"
    )


def test_on_a_day_off_nobody_is_missing_and_nobody_late(
    leader: Member, alice: Member, clock: TestClock
) -> None:
    clock.at("2026-03-07 10:00")
    alice.says("打卡")
    alice.sees("✅ 10:00 打卡成功")

    leader.says("谁没打卡")

    leader.sees("3月7日 周六是休息日，不用打卡。\n已打卡：李爱丽")


def test_a_candidate_is_welcomed_and_helped(candidate: Follower) -> None:
    candidate.follows(scene="campus-2026")
    candidate.says("今天天气真好")
    candidate.says("帮助")

    welcome, misunderstood, answer = candidate.reads()
    assert welcome == (
        "你好，欢迎关注招聘服务号！\n点菜单「我的流程」看应聘到哪一步；没参加面试点「补测」；回复「帮助」看看还能做什么。"
    )
    assert misunderstood == "没听懂「今天天气真好」。\n回复「帮助」看看我能做什么。"
    assert "\n「帮助」看看我能做什么\n" in answer
    assert "打卡" not in answer


def test_a_candidate_cannot_check_in(candidate: Follower) -> None:
    candidate.says("打卡")

    candidate.sees("没听懂「打卡」。\n回复「帮助」看看我能做什么。")


def test_a_candidate_who_leaves_is_forgotten(candidate: Follower, muster: Muster) -> None:
    candidate.follows()
    candidate.says("我叫林小雨")
    candidate.news()

    candidate.post(candidate.event("unsubscribe"))

    assert rows(muster, Candidate) == []
    left = [str(row.fields) + row.sender for row in rows(muster, InboundMessage)]
    left += [str(row.payload) + row.recipient for row in rows(muster, OutboundMessage)]
    assert not [text for text in left if "林小雨" in text or "oCandidate001" in text]


@pytest.mark.parametrize("said", ["不打卡", "别打卡", "取消打卡"])
def test_the_opposite_of_a_command_is_not_proposed(alice: Member, said: str) -> None:
    alice.says(said)

    alice.sees(f"没听懂「{said}」。\n回复「帮助」看看我能做什么。")


@pytest.mark.parametrize("said", ["？", "?", "HELP", "ｈｅｌｐ"])
def test_a_question_mark_is_a_call_for_help(alice: Member, said: str) -> None:
    alice.says(said)

    assert "你可以直接发给我" in alice.reads()[0]


def test_a_long_list_of_commands_is_told_in_sections_and_each_on_demand(
    client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given
) -> None:
    given.employee("itwang", "王工", role=Role.ADMIN)
    admin = Member("itwang", client, messenger, clock)

    admin.says("帮助")
    [everything] = admin.reads()
    admin.says("帮助 离职")
    [leaving] = admin.reads()
    admin.says("怎么用打卡？")
    [checking_in] = admin.reads()

    assert "\n【打卡和考勤】打卡、上班打卡、下班打卡、" in everything
    assert "\n【人和组织】找人、电话、" in everything
    assert len(everything.encode()) < 2_000, "it stays one message"
    assert "\n「离职」办离职：离职 张三 3月31日 薪资\n" in leaving
    assert "\n「打卡」记录上班或下班的时间，一天各一次\n" in checking_in
    told = ""
    for section in re.findall(r"【(.*?)】", everything):
        admin.says(f"帮助 {section}")
        told += "".join(admin.reads())
    for command in set(load_commands()) - {"帮助", "撤销"}:
        assert f"「{command}」" in told, "a feature without a section"


def load_commands() -> list[str]:
    """The main words of everything an administrator may say."""
    rights = load_policy().rights
    commands = handlers.collect().commands_of(Audience.EMPLOYEE)
    return [
        command.word
        for command in commands
        if not command.hidden and (command.may is None or rights.scope(Role.ADMIN, command.may) is not None)
    ]
