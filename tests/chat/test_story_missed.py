"""Missed interviews as they are lived, from both phones, with everything that breaks on the way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from bot.app import Muster
from bot.channels.base import GatewayError
from bot.policy import load_policy
from config.settings import Settings
from models.policy import Policy
from models.recruiting import StageStatus
from tests.chat.applicants import Applicant
from tests.chat.stories import SECRET, Story
from tests.simulator import Member, Messenger, TestClock


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The policy as it is delivered, with an interview system."""
    policy = load_policy()
    numbers = replace(policy.recruiting, interview_address="https://interview.example/{number}")
    return replace(policy, recruiting=numbers)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings, with the key of the interview system."""
    return settings.model_copy(update={"interview_webhook_secret": SecretStr(SECRET)})


@pytest.fixture
def story(
    muster: Muster,
    client: FlaskClient,
    messenger: Messenger,
    letterbox: Messenger,
    clock: TestClock,
    settings: Settings,
) -> Iterator[Story]:
    """The beginning of every story."""
    story = Story(muster, client, messenger, letterbox, clock, settings)
    yield story
    story.ends()


def tells_all(phone: Applicant, kind: str = "补测") -> list[str]:
    """Everything a request asks for, up to handing it in; what was read on the way."""
    for words in (kind, "1", "想长期做", "这周下午都行", "没有", "提交"):
        phone.says(words)
    return phone.reads()


def test_three_channels_a_miss_days_of_silence_and_the_way_back(story: Story) -> None:
    application = story.applies("林小雨")
    story.has_mail(application)
    rain, north = story.candidate(application), story["north"]

    # Monday: HR invites her to Wednesday, by three channels at once.
    rain.taps("my_process")
    rain.reads()
    north.says("安排面试 林小雨 3月4日 10:00")
    north.reads()
    story.a_moment_passes()
    [invited] = rain.reads()
    assert "安排在 3月4日 周三 10:00。\n进入方式：https://interview.example/A1\n" in invited
    assert story.letters_to(application) == ["sms", "email"]

    # She is reminded a day and two hours before; the service account may not speak, so texts leave at once.
    story.until("03 10:05")
    assert story.letters_to(application)[2:] == ["sms"]
    story.until("04 08:35")
    assert story.letters_to(application)[3:] == ["sms"]

    # She misses it: a text at once, and another one before a day is over.
    story.until("04 10:20")
    assert story.letters_to(application)[4:] == ["sms"]
    story.until("05 06:30")
    assert story.letters_to(application)[5:] == ["sms"]

    # Five minutes before the day is over she writes; she is asked, not prompted any more, and is silent.
    story.until("05 09:55")
    rain.says("补测")
    [asked] = rain.reads()
    assert asked.startswith("申请补测（第 1 步，共 3 步）：为什么没有参加？")
    rain.says("生病住院")
    story.until("06 15:00")
    story.restarts()
    rain.says("住院的时候也一直想做这份工作")
    story.until("07 21:00")
    rain.says("周一上午")
    rain.sends_picture()
    rain.says("1")
    rain.says("提交")
    assert rain.reads()[-1].startswith("补测申请交上去了\n人事会在 3月10日 周二 21:00 前答复")

    # HR decides by what is known: the reason, the evidence, and what arrived.
    story.a_moment_passes()
    [card] = north.reads()
    assert card.startswith("林小雨申请补测（申请 1）\n生病住院\n想怎么安排：周一上午\n")
    assert facts_on(north) == {
        "应聘": "城北分公司 催收员",
        "环节": "AI面试，3月4日 周三 10:00 缺席",
        "原因": "生病",
        "通知": "面试邀请：服务号平台已收、短信平台已收、邮件平台已收",
        "证明": "1 个文件",
        "期限": "3月10日 周二 21:00 前",
    }

    # Monday: approved by a tap; the link works until it is used, and the flow goes on by itself.
    story.until("09 09:30")
    north.reads()
    north.says("同意补测 1")
    story.a_moment_passes()
    [approved] = rain.reads()
    assert approved.startswith("补测批准了：AI面试重新开放\n请在 3月12日 周四 09:30 前用下面的链接做完")
    link = approved.splitlines()[-1].partition("127.0.0.1:8000")[2]
    assert "请在 3月12日 周四 09:30 之前做完" in story.client.get(link).get_data(as_text=True)
    story.interview_system_tells(application, 82)
    story.a_moment_passes()
    rain.says("我的流程")
    assert "现在：AI面试已通过，等初试的通知\n下一步：复试" in rain.reads()[-1]
    assert "这个链接已经失效" in story.client.get(link).get_data(as_text=True)
    assert story.process(application).row.adjusted_score == 98.4


def facts_on(phone: Member) -> dict[str, str]:
    """The rows of the card that was read last."""
    assert phone.last_card is not None
    return {row["keyname"]: row["value"] for row in phone.last_card["horizontal_content_list"]}


def test_where_nothing_gets_through_hr_hears_at_once_and_nobody_is_blamed(story: Story) -> None:
    application = story.applies("林小雨")
    rain, north = story.candidate(application), story["north"]
    rain.taps("my_process")
    rain.reads()

    # The service account is down all day, and her number is refused.
    story.wecom.out_of_line = frozenset({rain.id})
    story.letters.fails_with = GatewayError("isv.MOBILE_NUMBER_ILLEGAL")
    north.says("安排面试 林小雨 3月3日 10:00")
    story.a_moment_passes()
    assert north.reads()[-1] == (
        "林小雨没收到「面试邀请」\n短信号码不对。请打电话告诉本人；"
        "号码不对，发「改手机 林小雨 新号码」。\n[已联系]"
    )

    # Nobody rings her; she misses it, which is not her fault: no minus, and no time runs.
    story.until("03 08:35")
    story.until("03 10:30")
    story.a_moment_passes()
    assert [one.splitlines()[0] for one in north.reads()] == [
        "林小雨没收到「面试提醒」",
        "林小雨没收到「错过面试」",
    ]
    north.says("候选人进度 林小雨")
    assert "1. AI面试：缺席，3月3日 周二 10:00，不是本人的责任\n" in north.reads()[0]
    story.told(story.result("first", application, stage="first_interview", score=80))
    assert story.process(application).row.adjusted_score is None

    # A week later the account is back: she sees that her time has not run, and asks for her chance.
    story.until("09 10:00")
    story.wecom.out_of_line = frozenset()
    rain.says("我的流程")
    assert "因为通知没有送到，申请的期限先不算" in rain.reads()[0]
    assert tells_all(rain, "替代流程")[-1].startswith("替代流程申请交上去了")
    assert story.stage(application).not_at_fault


def test_the_service_account_alone_is_down_and_texts_go_instead(story: Story) -> None:
    application = story.applies("林小雨")
    rain, north = story.candidate(application), story["north"]
    rain.says("帮助")
    rain.reads()
    story.misses_it(application)
    tells_all(rain)

    story.wecom.out_of_line = frozenset({rain.id})
    sent = len(story.letters_to(application))
    north.says("追问 1 哪家医院？")
    story.a_moment_passes()
    assert len(story.letters_to(application)) == sent
    story.until(f"{story.now + timedelta(minutes=12):%H:%M}")
    story.a_moment_passes()

    assert story.letters_to(application)[sent:] == ["sms"]
    assert rain.reads() == []
    story.wecom.out_of_line = frozenset()
    rain.says("？")
    story.a_moment_passes()
    assert any(read.startswith("人事想再问你一点\n关于你的补测申请：哪家医院？") for read in rain.reads())


def test_over_the_national_day_our_clock_runs_in_workdays(story: Story) -> None:
    story.clock.at("2026-09-30T09:03")
    application = story.applies("林小雨")
    rain, north, head = story.candidate(application), story["north"], story["head"]
    rain.says("帮助")
    story.misses_it(application)
    assert "人事会在 10月9日 周五 10:33 前答复" in tells_all(rain)[-1]
    north.reads()

    story.until("10-08 10:25", step=timedelta(days=4))
    assert (north.reads(), head.reads()) == ([], [])
    story.until("10-08 10:40")
    assert [one.splitlines()[0] for one in north.reads()] == ["等了一个工作日：林小雨申请补测（申请 1）"]
    story.until("10-09 10:30")
    assert head.reads() == []
    story.until("10-09 10:40")
    assert [one.splitlines()[0] for one in head.reads()] == ["超时没答复：林小雨申请补测（申请 1）"]
    rain.says("我的流程")
    assert "申请已经交上去，人事会在 10月9日 周五 10:33 前答复" in rain.reads()[-1]

    head.taps_card("request_approve:1")
    story.a_moment_passes()
    assert rain.reads()[0].startswith("补测批准了：AI面试重新开放\n请在 10月12日 周一 10:40 前")


def test_in_the_last_minute_of_the_window_and_one_minute_later(story: Story) -> None:
    application = story.applies("林小雨")
    rain = story.candidate(application)
    rain.says("帮助")
    story.misses_it(application)
    rain.reads()

    # The window ends at 10:03 on Thursday: one minute before, a request is taken.
    story.clock.at("2026-03-05T10:02")
    read = tells_all(rain, "替代流程")
    assert read[-1].startswith("替代流程申请交上去了")
    assert "等答复的时间不算在你的期限里" in read[-1]

    # While it waits no time runs; withdrawn after a weekend, exactly the rest is left: less than a minute.
    story.clock.at("2026-03-09T10:00")
    rain.says("撤回")
    assert "替代流程在 3月9日 周一 10:00 前，点一下就行。\n1. 申请补测\n2. 申请替代流程" in rain.reads()[0]
    for words in ("替代流程", "1", "想长期做", "这周下午都行", "没有"):
        rain.says(words)
    rain.reads()
    story.clock.at("2026-03-09T10:01")
    rain.says("提交")
    rain.sees("替代流程要在缺席后 3 天内申请，3月9日 周一 10:00 已经截止。可以申请补测，由人事决定。")
    rain.says("替代流程")
    assert rain.reads()[0].startswith("替代流程申请写好了")
    rain.says("补测")
    rain.says("2")
    assert rain.reads()[-1].startswith("申请补测（第 1 步，共 3 步）")


def test_one_minute_after_the_window_the_rule_is_stated(story: Story) -> None:
    application = story.applies("林小雨")
    rain = story.candidate(application)
    rain.says("帮助")
    story.misses_it(application)
    rain.reads()
    story.clock.at("2026-03-05T10:04")

    rain.says("替代流程")

    rain.sees(
        "现在不能申请替代流程\n规定是缺席后 3 天内申请，3月5日 周四 10:03 已经截止。\n可以改为：\n"
        "1. 申请补测\n2. 看我的流程\n3. 问人事"
    )


def test_a_fresh_link_that_nobody_uses_is_a_missed_interview_again(story: Story) -> None:
    application = story.applies("林小雨")
    rain, north = story.candidate(application), story["north"]
    rain.says("帮助")
    story.misses_it(application)
    rain.reads()
    tells_all(rain)
    north.says("同意补测 1")
    north.reads()
    assert rain.reads()[-1].startswith("补测批准了：AI面试重新开放\n请在 3月5日 周四 10:")

    story.until("05 10:45")
    story.a_moment_passes(minutes=20)

    assert story.stage(application).status == StageStatus.NO_SHOW
    assert north.reads()[-1] == (
        "林小雨没用补测的链接，AI面试又记了缺席\n应聘：城北分公司 催收员\n"
        "已经请本人说明原因。他可以再申请替代流程；你可以「放行 林小雨 原因」或「结束应聘 林小雨 原因」。"
    )
    rain.says("你好")
    [late] = [read for read in rain.reads() if read.startswith("补测的链接")]
    head, again, *_, first, second = late.splitlines()
    assert head.endswith("过期了")
    assert again == "没有收到你的AI面试，又记了一次没有参加。"
    assert (first, second) == ("1. 申请替代流程", "2. 问人事")


def test_a_fresh_link_that_never_arrived_is_for_hr_to_give_again(story: Story) -> None:
    application = story.applies("林小雨")
    rain, north = story.candidate(application), story["north"]
    rain.says("帮助")
    story.misses_it(application)
    rain.reads()
    tells_all(rain)
    story.until("04 10:50")
    story.letters.fails_with = GatewayError("isv.MOBILE_NUMBER_ILLEGAL")
    story.until("05 14:00")
    north.reads()
    north.says("同意补测 1")

    story.until("08 14:14")
    story.a_moment_passes(minutes=6)

    assert story.stage(application).status == StageStatus.REMEDIAL_REQUESTED
    assert any(read.startswith("补测的链接没能用上，请重新答复：林小雨（申请 1）") for read in north.reads())
    rain.says("我的流程")
    assert any(read.startswith("补测的链接没能用上，不怪你\n") for read in rain.reads())
