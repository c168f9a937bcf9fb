"""Who was hired although something was weak: what to learn first, and a second look a month later."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import training
from models.coaching.suggesting import findings_of
from models.staff import Employee, Role
from models.training import CourseDraft, Enrolment, Family, LessonDraft, PushReason, Where
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock, rows

WEAK = {"沟通表达": 82, "抗压能力": 55, "逻辑思维": 74}


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires; 林小雨 was weak under pressure, and starts on Monday, 16 March."""
    office = Recruiters(muster, client, messenger, clock)
    office.joins("needs", "用经理", Role.HIRING_DEPARTMENT)
    office.joins("desk", "行政小何", Role.ADMINISTRATION)
    office.joins("itli", "李工", Role.IT)
    office.joins("boss", "赵主管", Role.SUPERVISOR)
    rain = office.applies("林小雨")
    office.told(office.result("e1", rain, score=80, dimensions=WEAK))
    office.candidate(rain).says("帮助")
    for stage in ("初试", "复试", "体检"):
        office["north"].says(f"通过 林小雨 {stage} 好")
        office["north"].says("确认")
    office["needs"].says("确认需求 林小雨")
    office.hours_pass(0.1)
    office["north"].reads()
    office["north"].taps_card("notice_go:1")
    office["north"].says("发offer 林小雨 薪资 8000 元")
    office["north"].says("确认")
    office.candidate(rain).taps("offer_accept:1")
    office.candidate(rain).reads()
    office.candidate(rain).says("1")
    where = Where("calm")
    draft = CourseDraft(
        code="calm",
        title="被拒绝了怎么办",
        family=Family.SKILLS,
        where=where,
        dimensions=["抗压能力"],
        homework="写下来。",
        lessons=[LessonDraft("深呼吸", "照着做。", where)],
    )
    with muster.database.writing() as session:
        training.publish(session, draft=draft, actor=None, at=clock.now(), policy=muster.policy)
    clock.passes_to("2026-03-16 09:40")
    office["boss"].reads()
    return office


def test_on_the_first_day_the_leader_hears_what_would_help(office: Recruiters, clock: TestClock) -> None:
    clock.passes_to("2026-03-16 09:46")

    office["boss"].sees(
        "林小雨的培养建议\n今天报到。测评里低于岗位要求的，可以先学：\n"
        "1. 被拒绝了怎么办：测评抗压能力 55 分，岗位要求 70 分。\n[发第 1 门给他]"
    )
    office["boss"].taps_card("give_course:E00001.1")
    office["boss"].sees("「被拒绝了怎么办」已安排给林小雨，会在他上班时间推送（一天最多一课）。")
    [enrolled] = rows(office.muster, Enrolment)
    assert enrolled.reason == PushReason.WEAK_DIMENSION


def test_a_month_later_the_leader_looks_again(office: Recruiters, clock: TestClock) -> None:
    clock.at("2026-04-16 09:40")
    clock.passes_to("2026-04-16 09:46")
    [asked] = [one for one in office["boss"].reads() if "一个月" in one]
    assert asked.startswith("林小雨入职一个月了\n录用测评里低于岗位要求的，现在怎么样？一项一项记下来。")

    office["boss"].says("复评 林小雨 抗压 72")

    office["boss"].sees("已记：林小雨抗压能力从 55 分到 72 分，到岗位要求了。已告诉本人，记错了发「撤销」。")
    with office.muster.database.reading() as session:
        rain = next(one for one in rows(office.muster, Employee) if one.name == "林小雨")
        assert findings_of(session, rain, office.muster.policy) == ()

    office["boss"].says("撤销")

    office["boss"].sees("已撤销：林小雨抗压能力的复评。\n1 条消息已从手机上收回。")
    with office.muster.database.reading() as session:
        [finding] = findings_of(session, rain, office.muster.policy)
        assert (finding.dimension, finding.points, finding.requirement) == ("抗压能力", 55, 70)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("复评 林小雨 抗压 101", "分数写 0 到 100。"),
        ("复评 林小雨 逻辑 60", "林小雨的测评里要复评的是：抗压能力。写成「复评 林小雨 抗压能力 82」。"),
        (
            "复评 林小雨",
            "林小雨录用测评里低于岗位要求的：\n· 抗压能力：55 分，要求 70\n"
            "写成「复评 林小雨 抗压能力 82」，把现在的分记下来。",
        ),
        (
            "复评 林小雨 抗压 60",
            "已记：林小雨抗压能力从 55 分到 60 分，离岗位要求 70 分还差 10 分，"
            "发「推荐课程 林小雨」看学什么。"
            "已告诉本人，记错了发「撤销」。",
        ),
    ],
)
def test_what_a_second_look_says(office: Recruiters, said: str, answer: str) -> None:
    office["boss"].says(said)

    office["boss"].sees(answer)
