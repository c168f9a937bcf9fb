"""What candidates type in words of their own: understood, or offered as numbered choices."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models.notices import NoticeReply
from tests.chat.applicants import Applicant
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock, rows

MISS = "没能参加面试？\n告诉人事原因，就有机会再来一次。\n1. 告诉人事原因，申请补测\n2. 申请替代流程"
TIME = "想换个时间？\n面试还没到，可以自己改；已经错过了，申请补测；别的告诉人事。\n1. 选、改面试时间"
PROCESS = "城北分公司 催收员\n现在：等AI面试的通知"
SURE = "确定不应聘了吗？\n城北分公司 催收员：撤回以后，安排好的面试和没答复的申请都不算了。"
HELLO = "你好，我是招聘助手\n想做什么，点一下或回复数字；也可以直接打字问。\n1. 看我的流程"


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires."""
    return Recruiters(muster, client, messenger, clock)


@pytest.fixture
def rain(office: Recruiters) -> Applicant:
    """The phone of somebody who applied."""
    return office.candidate(office.applies("林小雨"))


def test_words_of_their_own_are_understood(rain: Applicant) -> None:
    told = {
        "我病了没参加": MISS,
        "昨天那个面试我忘了，不好意思": MISS,
        "链接打不开": MISS,
        "能不能换个时间": TIME,
        "周三我来不了": TIME,
        "什么时候面试": PROCESS,
        "面试在哪里啊": PROCESS,
        "结果出来没": PROCESS,
        "我不去了": SURE,
        "已经找到工作了": SURE,
        "有没有人事的电话": "想问什么？\n请直接打字，我转给 城北分公司 的人事",
        "好的，谢谢": "不客气，有事随时说\n1. 看我的流程",
        "收到": "不客气，有事随时说\n1. 看我的流程",
        "您好！": HELLO,
    }
    for said, answer in told.items():
        rain.says(said)
        [read] = rain.reads()
        assert read.startswith(answer), said
        rain.says("不问了")
        rain.reads()


def test_words_after_a_notice_are_the_reply_to_it(office: Recruiters, rain: Applicant) -> None:
    rain.says("帮助")
    office.scores(1, 80)
    office["north"].says("安排面试 林小雨 周三 15:00 面试官 二楼会议室")
    office.hours_pass(0.1)
    rain.reads()
    office["north"].reads()

    rain.says("好的，到时候一定准时到")
    rain.says("门口让停车吗")
    rain.says("算了，太远了")
    rain.says("我属龙")

    expected, asked, refused, other = rain.reads()
    assert expected == "收到，谢谢回复\n时间有变化随时说。\n1. 看我的流程\n2. 改面试时间"
    assert asked == (
        "收到，已经转给 城北分公司 的人事\n你说：门口让停车吗\n人事的答复会发到这里。\n1. 看我的流程"
    )
    assert refused.endswith("1. 改面试时间\n2. 不应聘了\n3. 看我的流程")
    assert other.startswith("收到你的回复「我属龙」\n")
    cards = office["north"].reads()
    assert [card.splitlines()[1] for card in cards] == ["问：门口让停车吗", "问：算了，太远了"]
    kinds = [reply.kind for reply in rows(office.muster, NoticeReply)]
    assert kinds == ["expectation", "question", "refusal", "other"]


def test_what_nobody_understands_is_passed_on_by_a_tap(office: Recruiters, rain: Applicant) -> None:
    rain.says("你们那边食堂怎么样呀")
    rain.sees(
        "没听懂「你们那边食堂怎么样呀」\n点一下或回复数字：\n1. 把这句话转给人事\n2. 看我的流程\n"
        "3. 没参加面试，申请补测\n4. 改面试时间\n5. 看消息"
    )
    rain.says("1")
    rain.sees("已经转给 城北分公司 的人事：「你们那边食堂怎么样呀」。答复会发到这里，发「消息」也能看到。")
    assert office["north"].reads() == ["林小雨问人事\n问：你们那边食堂怎么样呀\n[回复]"]


def test_a_word_nearly_right_is_guessed_as_before(rain: Applicant) -> None:
    rain.says("我的流成")

    assert rain.reads()[0].startswith("没听懂「我的流成」。\n你是不是想说「我的流程」")


def test_giving_up_ends_a_request_that_is_being_written(office: Recruiters, rain: Applicant) -> None:
    rain.says("你好")
    office.misses_it(1)
    rain.says("补测")
    rain.says("1")
    rain.reads()

    rain.says("算了我不去了")
    assert rain.reads()[0].startswith(SURE)
    rain.says("1")

    [told] = rain.reads()
    assert told.startswith("好的，城北分公司 催收员的应聘撤回了\n")
    assert office["north"].reads()[-1].startswith("林小雨不应聘了（城北分公司 催收员）")
    rain.says("不应聘了")
    rain.sees("你现在没有在办的应聘\n1. 看我的流程\n2. 问人事")


def test_who_gives_up_frees_the_time_that_was_chosen(office: Recruiters, rain: Applicant) -> None:
    office.offers(1, hours=48, place="二楼")
    rain.says("选时间")
    rain.says("1")
    office["asker"].reads()
    rain.says("不应聘了")
    rain.says("1")

    assert office["asker"].reads() == [
        "林小雨不应聘了（城北分公司 催收员）\n本人刚在服务号里撤回的，安排好的面试不用等了。"
    ]
    wind = office.candidate(office.applies("王大风"))
    wind.says("选时间")
    assert "1. 3月4日 周三 09:03，二楼" in wind.reads()[-1]
