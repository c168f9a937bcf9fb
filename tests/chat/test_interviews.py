"""我的面试, 面试提纲, 评分 and 没来: the interviewer's side."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import recruiting
from models.recruiting import StageStatus
from tests.chat.applicants import Office
from tests.simulator import Messenger, TestClock

FILLED = (
    "记下了：林小雨初试 78.3 分（沟通表达 80、抗压能力 75、逻辑思维 80）\n评语：思路清楚\n"
    "过没过由人事定；定之前可以再发一次来改。"
)


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Office:
    """The branch that hires."""
    return Office(muster, client, messenger, clock)


@pytest.fixture
def rain(office: Office) -> int:
    """Somebody who passed the AI interview and is to be talked to in three hours."""
    application = office.applies("林小雨")
    office.told(
        office.result(
            "e1", application, score=80, dimensions={"沟通表达": 82, "抗压能力": 55, "逻辑思维": 74}
        )
    )
    office.acts(
        "north",
        recruiting.schedule,
        application_id=application,
        starts_at=office.now + timedelta(hours=3),
        interviewer=office.employee("asker"),
        place="三楼",
    )
    return application


def test_the_brief_comes_an_hour_before_and_names_what_to_ask(office: Office, rain: int) -> None:
    asker = office.member("asker")

    office.hours_pass(1.9)
    assert asker.reads() == []
    office.hours_pass(0.2)

    [told] = asker.reads()
    assert told.startswith(
        "面试提纲：林小雨，城北分公司 催收员\n初试 3月2日 周一 12:03，三楼\n"
        "推荐分 96 = 基础分 80 × 1.20（做了 AI 面试）\n沟通表达：AI 82（要求 70）\n"
        "抗压能力：AI 55（要求 70）\n逻辑思维：AI 74（要求 60）\n"
        "薄弱的，可以这样问：\n抗压能力（差 15）\n· 说一次被人当面指责的经历，你当时怎么做？"
    )


def test_a_sheet_is_filled_in_by_words_with_parts_of_the_names(office: Office, rain: int) -> None:
    asker = office.member("asker")

    asker.says("评分 林小雨 沟通 80 抗压：75分 逻辑80 评语 思路清楚")

    asker.sees(FILLED)
    assert office.stage(rain, "first_interview").status == StageStatus.COMPLETED


def test_a_sheet_that_is_not_whole_says_what_is_missing(office: Office, rain: int) -> None:
    asker = office.member("asker")

    asker.says("评分 林小雨 沟通 80 抗压 75")
    asker.sees("还有没打分的：逻辑思维。每一项 0–100 分。")
    asker.says("评分 林小雨 沟通 80 抗压 75 逻辑 80 颜值 90")
    asker.sees("这个岗位不评「颜值」。")


def test_a_word_to_it_can_follow_and_the_points_stay(office: Office, rain: int) -> None:
    asker = office.member("asker")
    asker.says("评分 林小雨 沟通 80 抗压 75 逻辑 80")
    asker.reads()

    asker.says("评分 林小雨 评语 思路清楚")
    asker.sees(FILLED)

    asker.says("评分 林小雨 逻辑 80")
    asker.sees(FILLED)


def test_after_the_interview_a_tap_opens_the_sheet_and_another_hands_it_in(office: Office, rain: int) -> None:
    asker = office.member("asker")
    office.hours_pass(3.2)
    asker.reads()
    office.hours_pass(0.5)
    asker.sees("林小雨面完了吗？\n催收员 初试，3月2日 周一 12:03。打了分流程才能往下走。\n[打分][没来]")

    asker.taps_card(f"sheet:{rain}")
    assert any("给林小雨打分：初试" in told for told in asker.reads())
    chosen = [
        {"QuestionKey": key, "OptionIds": {"OptionId": points}}
        for key, points in {"d0": "85", "d1": "75", "d2": "65"}.items()
    ]
    asker.taps_card(f"sheet_scores:{rain}", SelectedItems={"SelectedItem": chosen})

    assert any(told.startswith("记下了：林小雨初试 ") for told in asker.reads())
    assert office.stage(rain, "first_interview").dimensions == {
        "沟通表达": 85,
        "抗压能力": 75,
        "逻辑思维": 65,
    }


def test_a_missing_sheet_is_asked_for_once_more_a_day_later(office: Office, rain: int) -> None:
    asker = office.member("asker")
    office.hours_pass(4)
    asker.reads()

    office.hours_pass(24)

    assert [told.partition("\n")[0] for told in asker.reads()] == ["还没打分：林小雨"]


def test_who_scored_is_not_asked_again(office: Office, rain: int) -> None:
    asker = office.member("asker")
    asker.says("评分 林小雨 沟通 80 抗压 75 逻辑 80")
    asker.reads()

    office.hours_pass(30)

    assert asker.reads() == []


def test_only_the_interviewer_says_that_nobody_came_and_the_candidate_is_asked(
    office: Office, rain: int
) -> None:
    asker, other = office.member("asker"), office.member("other")
    office.candidate(rain).says("帮助")
    office.candidate(rain).reads()
    office.hours_pass(3.5)
    asker.reads()

    other.says("没来 林小雨")
    other.sees("这一场不是你面试，不能填评分表。")
    asker.says("没来 林小雨")
    asker.sees("(按钮:记了没来)", "记下了：林小雨没来初试。会请他说明原因；通知没送到的不算他的。")

    assert office.stage(rain, "first_interview").status == StageStatus.NO_SHOW


def test_interviews_to_come_are_listed(office: Office, rain: int) -> None:
    asker, other = office.member("asker"), office.member("other")

    asker.says("我的面试")
    asker.sees(
        "你的面试：\n3月2日 周一 12:03 林小雨 催收员 初试，三楼\n"
        "面之前看提纲发「面试提纲 林小雨」，面完发「评分 林小雨」。"
    )
    other.says("我的面试")
    other.sees("现在没有等你面试或打分的人。")
