"""S0 as it is lived: a missed interview, seen from the candidate's phone and from HR's, day by day."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models.recruiting import StageStatus
from tests.chat.applicants import Applicant
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires."""
    return Recruiters(muster, client, messenger, clock)


def first_lines(phone: Applicant) -> list[str]:
    """What the unread messages begin with."""
    return [read.splitlines()[0] for read in phone.reads()]


def test_a_missed_interview_is_no_invisible_minus(office: Recruiters, client: FlaskClient) -> None:
    application = office.applies("林小雨")
    rain, north = office.candidate(application), office["north"]

    # Monday: she looks where she stands, and at ten she is not there.
    rain.taps("my_process")
    rain.says("你好")
    office.misses_it(application)
    assert first_lines(rain) == [
        "城北分公司 催收员",
        "你好，我是招聘助手",
        "AI面试（3月2日 周一 10:03）没有等到你",
    ]
    assert office.process(application).row.frozen_at is not None

    # One tap, three answers, a picture: nothing is typed that could be tapped.
    rain.says("1")
    rain.says("生病")
    rain.says("喜欢和人打交道，想长期做")
    rain.says("周三下午都可以")
    rain.sends_picture()
    rain.says("1")
    rain.says("提交")
    told = rain.reads()
    assert told[-1].startswith("补测申请交上去了\n人事会在 3月4日 周三 10:33 前答复")

    # HR gets a card, and asks for a day that can be read.
    office.hours_pass(1)
    [card] = north.reads()
    assert card.startswith("林小雨申请补测（申请 1）\n生病\n想怎么安排：周三下午都可以\n")
    north.says("追问 1 病历上的日期看不清，是哪天？")
    north.reads()
    [asked] = rain.reads()
    assert asked.startswith("人事想再问你一点\n关于你的补测申请：病历上的日期看不清，是哪天？\n")

    # She answers in the evening; what she types is an answer, and a command is a command.
    office.hours_pass(8)
    rain.says("3月2日早上，急诊")
    rain.says("我的流程")
    rain.says("提交")
    answer, process, handed_in = rain.reads()
    assert "想怎么安排：周三下午都可以\n补充：3月2日早上，急诊\n证明：1 个文件\n" in answer
    assert "人事想再问你一点" in process
    assert handed_in.startswith("补测申请交上去了\n")

    # Tuesday: approved by a tap, with a fresh link that says until when.
    office.hours_pass(15)
    north.reads()
    north.says("同意补测 1")
    north.reads()
    [approved] = rain.reads()
    assert approved.startswith("补测批准了：AI面试重新开放\n请在 3月6日 周五 10:")
    link = approved.splitlines()[-1].partition("127.0.0.1:8000")[2]
    assert "请在 3月6日 周五 10:" in client.get(link).get_data(as_text=True)
    assert office.process(application).row.frozen_at is None

    # Wednesday: done, and nothing of it costs her anything; the link is used up.
    office.hours_pass(24)
    office.scores(application, 82)
    process_row = office.process(application).row
    assert (process_row.base_score, process_row.adjusted_score) == (82, 98.4)
    rain.taps("my_process")
    assert "现在：AI面试已通过，等初试的通知\n下一步：复试" in rain.reads()[0]
    assert "这个链接已经失效" in client.get(link).get_data(as_text=True)
    assert office.stage(application).status == StageStatus.PASSED

    # Her own side stands beside the remark that the absence made, for whoever reads it.
    rain.says("备注")
    rain.says("1")
    rain.says("那天早上急诊，有病历")
    assert first_lines(rain)[-1] == "你的说明记下了"
    rain.says("消息")
    assert "补测申请批准了" in rain.reads()[0]
