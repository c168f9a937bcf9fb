"""Requests of candidates as HR answers them: cards, typed words, guided words, and the clock."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import handover, recruiting, staff
from models.recruiting import StageStatus
from models.staff import Role
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock

CARD = (
    "林小雨申请补测（申请 1）\n生病\n想怎么安排：这周任何一天下午都可以\n"
    "[同意补测][换成替代流程][追问][拒绝][看全文]"
)


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires."""
    return Recruiters(muster, client, messenger, clock)


@pytest.fixture
def rain(office: Recruiters) -> int:
    """Somebody who has missed the AI interview."""
    application = office.applies("林小雨")
    office.misses(application)
    return application


def test_hr_sees_what_is_asked_and_agrees_by_a_tap(office: Recruiters, rain: int) -> None:
    office.joins("bai", "白二", Role.HR_CITY)
    office.asks_again(rain)
    office["north"].sees(CARD)
    office["bai"].sees(CARD)
    card = office["north"].last_card
    assert card is not None
    assert {row["keyname"]: row["value"] for row in card["horizontal_content_list"]} == {
        "应聘": "城北分公司 催收员",
        "环节": "AI面试，3月2日 周一 10:03 缺席",
        "原因": "生病",
        "通知": "没有发过面试邀请",
        "证明": "没有",
        "期限": "3月4日 周三 10:18 前",
    }

    office["north"].taps_card("request_approve:1")

    office["bai"].sees("(按钮:已同意)")
    office["north"].sees(
        "(按钮:已同意)",
        "同意了林小雨补测AI面试\n新的链接 3月5日 周四 10:18 作废，流程不再冻结。\n已经告诉本人。\n[撤销]",
    )
    [told] = office.candidate(rain).reads()
    assert told.startswith("补测批准了：AI面试重新开放\n请在 3月5日 周四 10:18 前用下面的链接做完，过期作废")
    assert office.process(rain).row.frozen_at is None


def test_hr_refuses_in_words_of_its_own_after_the_tap(office: Recruiters, rain: int) -> None:
    office.asks_again(rain)
    office["north"].reads()

    office["north"].taps_card("request_refuse:1")
    office["north"].sees(
        "(按钮:在写原因)",
        "为什么拒绝林小雨？\n点一个，或直接打字说原因，会告诉本人；不做了回复「取消」。\n"
        "[超过期限太久][没有证明][已经给过机会][岗位已招满][取消]",
    )
    office["north"].says("这个月的名额已经用完")

    office["north"].sees(
        "(按钮:已拒绝)",
        "拒绝了林小雨的申请\n原因：这个月的名额已经用完。已经告诉本人。\n[撤销]",
    )
    office.candidate(rain).sees(
        "你的补测申请没有批准\n原因：这个月的名额已经用完\n有疑问可以问人事；「我的流程」里看还能做什么。\n"
        "1. 看我的流程\n2. 问人事"
    )
    assert office.stage(rain).status == StageStatus.NO_SHOW


def test_an_answer_is_taken_back_and_the_request_waits_again(office: Recruiters, rain: int) -> None:
    office.asks_again(rain)
    before = office.process(rain).row.frozen_at
    for words in ("拒绝 1 材料不够", "撤销", "同意补测 1", "撤销"):
        office["north"].says(words)
        office.waits(seconds=1)
    office["north"].reads()

    titles = [read.splitlines()[0] for read in office.candidate(rain).reads()]
    assert titles == [
        "你的补测申请没有批准",
        "刚才那条答复人事收回了",
        "补测批准了：AI面试重新开放",
        "刚才那条答复人事收回了",
    ]
    stage = office.stage(rain)
    assert (office.state_of(1), stage.status) == ("submitted", StageStatus.REMEDIAL_REQUESTED)
    assert (stage.link_hash, office.process(rain).row.frozen_at) == (None, before)


def test_an_answer_that_was_followed_stands(office: Recruiters, rain: int) -> None:
    office.asks_again(rain)
    office["north"].says("同意补测 1")
    office.scores(rain, 80)
    office["north"].reads()

    office["north"].says("撤销")

    office["north"].sees(
        "撤不回了：候选人或面试官已经照这个答复办下去。要改就看「待处理申请」或直接联系本人。"
    )


def test_an_alternative_takes_an_interviewer_and_a_time(office: Recruiters, rain: int) -> None:
    office.asks_again(rain, "alternative")
    office["north"].reads()

    office["north"].taps_card("request_alternative:1")
    office["north"].sees(
        "(按钮:在定时间)",
        "谁来面、什么时候？\n直接回复，如「王面试官 周三 15:00」，后面可以写地点；15 分钟。\n"
        "林小雨想要：这周任何一天下午都可以\n[取消]",
    )
    office["north"].says("另面试官 周三下午3点 二楼会议室")

    office["north"].sees(
        "(按钮:已同意)",
        "安排好了：林小雨的情景模拟\n另面试官，3月4日 周三 15:00，15 分钟，二楼会议室。已告诉面试官。\n"
        "已经告诉本人。\n[撤销]",
    )
    office["other"].sees(
        "请你主持情景模拟：林小雨，应聘 城北分公司 催收员\n时间：3月4日 周三 15:00\n地点：二楼会议室"
    )
    office.candidate(rain).sees(
        "替代流程批准了：情景模拟\n时间：3月4日 周三 15:00\n地点：二楼会议室\n由另面试官主持\n"
        "1. 看我的流程\n2. 问人事"
    )


def test_hr_asks_back_and_the_time_for_the_answer_runs_anew(office: Recruiters, rain: int) -> None:
    office.asks_again(rain)
    office["north"].says("追问 1 哪几天有空")
    office.candidate(rain).sees(
        "人事想再问你一点\n关于你的补测申请：哪几天有空\n直接打字或发图片回答，答好了点「提交」。\n"
        "1. 看整份申请\n2. 撤回申请"
    )
    office.hours_pass(120)
    office["north"].reads()

    office.submits(rain, 1)
    office["north"].says("看申请 1")

    [whole] = office["north"].reads()
    assert whole.endswith("请在 3月10日 周二 10:18 前答复\n追问过：哪几天有空")


def test_a_review_is_passed_with_a_reason_only(office: Recruiters) -> None:
    high = office.applies("高远")
    office.waits(minutes=20)
    office.scores(high, 50)
    office.acts("north", recruiting.decide_stage, application_id=high, passed=False, reason="分数不到")
    office.asks_again(high, "review")
    office["north"].reads()

    office["north"].taps_card("request_pass:1")
    office["north"].says("看了录像表达很好")

    office.candidate(high).sees("复核有结果了：AI面试算通过\n人事说：看了录像表达很好\n1. 看我的流程")
    assert office.stage(high).status == StageStatus.PASSED


def test_only_the_hr_of_the_unit_sees_a_request(office: Recruiters, rain: int) -> None:
    office.asks_again(rain)
    office["east"].sees_nothing()

    for words in ("待处理申请", "看申请 1", "拒绝申请 1 不行"):
        office["east"].says(words)

    gone = "没有这份申请，或者不归你管。"
    office["east"].sees("没有等答复的申请。", gone, gone)


def test_hr_is_reminded_after_a_workday_and_its_lead_hears_after_two(office: Recruiters, rain: int) -> None:
    office.asks_again(rain)
    office["north"].reads()

    office.hours_pass(24.3)
    office["north"].sees("等了一个工作日：" + CARD)
    office["head"].sees_nothing()
    office.hours_pass(24)

    office["head"].sees("超时没答复：" + CARD)
    office["head"].taps_card("request_approve:1")
    assert "(按钮:已同意)" in office["north"].reads()


def test_who_is_on_leave_is_stood_in_for(office: Recruiters, rain: int) -> None:
    with office.writing() as session:
        away, cover = (staff.find_employee(session, account, at=office.now) for account in ("north", "head"))
        assert away is not None
        handover.open_handover(
            session,
            employee=away,
            cause=handover.Cause.LEAVE,
            unit_id=away.unit_id,
            role=Role.HR_CITY,
            effective_at=office.now,
            at=office.now,
            by="operator",
            returns_at=office.in_days(3),
            cover=cover,
            delegated=True,
        )

    office.asks_again(rain)

    office["north"].sees_nothing()
    office["head"].sees(CARD)


def test_the_api_answers_as_the_chat_does(office: Recruiters, rain: int) -> None:
    office.asks_again(rain)

    status, told = office.calls("north", "GET", "/requests")
    [one] = told["requests"]
    assert (status, one["id"], one["words"]["wish"]) == (200, 1, "这周任何一天下午都可以")
    assert office.calls("east", "GET", "/requests/1")[0] == 404
    assert office.calls("asker", "GET", "/requests")[0] == 403
    assert office.calls("north", "POST", "/requests/1/question", question="哪天？")[0] == 200
    starts_at = office.in_days(1).isoformat()
    status, told = office.calls(
        "north", "POST", "/requests/1/alternative", interviewer="asker", starts_at=starts_at, place="二楼"
    )
    assert status == 200, told
    assert told["request"]["state"] == "approved"
    assert office.calls("north", "POST", "/requests/1/refusal", reason="晚了")[0] == 409
