"""试用期目标, 目标进度 and 我的目标: set, followed, told every week, and taken back."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from handlers.performance_words import read_goals, read_progress, take_template
from models import fieldwork, staff
from models.audit import AuditEvent
from models.cases import Case
from models.contact import Debtor
from models.locations import Point
from models.performance import GoalStep, ProbationPlan
from models.policy import GoalLine
from models.staff import Role
from tests.chat.floor import Floor
from tests.simulator import Member, Messenger, TestClock, rows

HOME = (30.6500, 104.0800)
THREE = "数据报告 3份 40% 客户拜访 5次 30% 满意度 80分 30%"


WHOLE = "权重合起来要正好 100%，"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams; the full hour, when pushes are spread, is over."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return floor


@pytest.fixture
def hr(floor: Floor, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Member:
    """HR of head office."""
    with floor.muster.database.writing() as session:
        root = staff.root_unit(session)
        staff.add_employee(session, wecom_id="hejie", name="何洁", role=Role.HR_HEAD, unit=root)
    return Member("hejie", client, messenger, clock)


def set_for_zhangsan(floor: Floor, hr: Member, goals: str = THREE) -> None:
    """HR sets the goals of 张三, and nobody's news are part of the story."""
    hr.says(f"试用期目标 张三 {goals}")
    hr.says("确认")
    hr.news()
    floor.everybody_reads()


def test_goals_are_previewed_set_and_told(floor: Floor, hr: Member) -> None:
    hr.says(f"试用期目标 张三 {THREE} 到5月31日")
    hr.sees("给张三定这些试用期目标？\n到 5月31日 周日 为止。\n[确认][取消]")
    assert [row["value"] for row in hr.last_card["horizontal_content_list"]] == [  # type: ignore[index]
        "3份，占 40%",
        "5次，占 30%",
        "≥ 80分，占 30%",
    ]

    hr.taps_card("confirm:1")

    hr.sees(
        "(按钮:已定)",
        "已给张三定了 3 项试用期目标，到 5月31日 周日 为止，已告诉本人。"
        "做到多少发「目标进度 张三 数据报告 1」，客户拜访系统自己数；定错了发「撤销」。",
    )
    floor["zhangsan"].sees(
        "张三，你的试用期目标定了，到 5月31日 周日 为止：\n· 数据报告 3份，占 40%\n"
        "· 客户拜访 5次，占 30%\n· 客户满意度 ≥ 80分，占 30%\n做到哪里随时发「我的目标」看。"
    )


def test_a_template_is_one_tap(floor: Floor) -> None:
    leader = floor["leader"]
    leader.says("试用期目标 张三")
    leader.sees(
        "给张三定试用期目标？\n还没有定过。点一个模板，或者自己写：「试用期目标 张三 数据报告 3份 40% "
        "客户拜访 5次 30% 满意度 80分 30%」，权重合起来 100%。\n[数据分析][风险识别][柜员][技术]"
    )

    leader.taps_card("goal_template:zhangsan.risk")

    told = leader.reads()
    assert told[-1].startswith("给张三定这些试用期目标？\n到 6月2日 周二 为止。")
    assert [row["value"] for row in leader.last_card["horizontal_content_list"]] == [  # type: ignore[index]
        "2个，占 50%",
        "1条，占 20%",
        "≥ 100%，占 30%",
    ]


def test_progress_is_told_in_one_sentence_to_all_whom_it_concerns(floor: Floor, hr: Member) -> None:
    set_for_zhangsan(floor, hr)
    leader, zhangsan = floor["leader"], floor["zhangsan"]

    leader.says("目标进度 张三 数据报告 2")

    leader.sees("已记：张三数据报告完成2份，还差1份。总进度 26.67%，已告诉本人。记错了发「撤销」。")
    zhangsan.sees("数据报告完成2份，还差1份。试用期目标总进度 26.67%，发「我的目标」看全部。")
    hr.sees("张三：数据报告完成2份，还差1份。试用期目标总进度 26.67%。")

    leader.says("目标进度 张三 满意度 85分")
    assert leader.reads()[0].startswith("已记：张三客户满意度85分，已达成。总进度 56.67%")

    leader.says("撤销")
    assert leader.reads()[-1].startswith("已撤销，张三现在是：客户满意度0分，还差80分。")


def test_visits_count_themselves(floor: Floor, hr: Member) -> None:
    set_for_zhangsan(floor, hr)
    zhangsan = floor["zhangsan"]
    zhangsan.says("同意定位")
    for number in (floor.case(owner="zhangsan", name=name, phone=phone) for name, phone in DEBTORS):
        with floor.muster.database.writing() as session:
            debtor = session.get_one(Debtor, session.get_one(Case, number).debtor_id)
            fieldwork.keep_place(session, debtor=debtor, point=Point(*HOME))
        begin = 11 + number - 1001
        floor.clock.at(f"{begin}:00")
        zhangsan.says(f"计划上门 {number} 今天{begin}点05分 谈分期")
        floor.clock.at(f"{begin}:05")
        zhangsan.opens_chat(30.6524, 104.0775)
        zhangsan.says(f"到了 {number}")
        floor.clock.at(f"{begin}:30")
        zhangsan.says("离开")
        zhangsan.says(f"催记 {number} 本人接听，说周五还")
    zhangsan.news()

    zhangsan.says("我的目标")

    zhangsan.sees(
        "你的试用期目标，总进度 18%，到 6月2日 周二 为止：\n· 数据报告完成0份，还差3份（占 40%，已得 0）\n"
        "· 客户拜访完成3次，还差2次（占 30%，已得 18）\n· 客户满意度0分，还差80分（占 30%，已得 0）"
    )
    hr.says("目标进度 张三 客户拜访 4")
    hr.sees("「客户拜访」系统自己数（签到在客户处、写了催记的有效拜访），不用记。")


DEBTORS = (("王小明", "13800138000"), ("李小红", "13800138001"), ("赵小军", "13800138002"))


def test_new_goals_take_the_place_of_the_old_ones_and_can_be_taken_back(floor: Floor, hr: Member) -> None:
    set_for_zhangsan(floor, hr)
    hr.says("目标进度 张三 数据报告 1")
    hr.says("试用期目标 张三 数据分析")
    assert hr.reads()[-1].startswith("给张三定这些试用期目标？\n到 6月2日 周二 为止，代替原来的。")
    hr.says("确认")
    hr.news()

    hr.says("撤销")

    assert hr.reads()[-1].startswith("已撤销：张三的试用期目标恢复成原来的。")
    floor.everybody_reads()
    hr.says("试用期目标 张三")
    assert "数据报告完成1份，还差2份" in hr.reads()[0]
    assert [plan.over_at is None for plan in rows(floor.muster, ProbationPlan)] == [True, False]


def test_whoever_leads_sees_all_of_theirs(floor: Floor, hr: Member) -> None:
    floor["leader"].says("试用期目标")
    floor["leader"].sees("你管的人里还没有试用期目标。要定，发「试用期目标 张三」。")
    set_for_zhangsan(floor, hr, "风险识别")

    for who in (hr, floor["leader"]):
        who.says("试用期目标")
        who.sees(
            "有试用期目标的 1 人：\n· 张三 0%，还有 92 天：风险点完成0个，还差2个；流程建议完成0条，还差1条；"
            "培训完成0%，还差100%"
        )
    floor["leader2"].says("试用期目标")
    floor["leader2"].sees("你管的人里还没有试用期目标。要定，发「试用期目标 张三」。")


def test_once_a_week_everybody_hears_how_far_it_is(floor: Floor, hr: Member) -> None:
    set_for_zhangsan(floor, hr, "数据报告 3份 70% 客户拜访 5次 30%")
    floor.clock.at("2026-03-06 17:00")
    floor.clock.passes_to("2026-03-09 09:28")

    told = "· 张三 0%，还有 85 天：数据报告完成0份，还差3份；客户拜访完成0次，还差5次"
    for who in (hr, floor["leader"]):
        [week] = [one for one in who.reads() if "本周" in one]
        assert week.splitlines()[1] == told
    [mine] = [one for one in floor["zhangsan"].reads() if "试用期目标" in one]
    assert mine == (
        "张三，试用期目标总进度 0%，到 6月2日 周二 为止：\n· 数据报告完成0份，还差3份\n"
        "· 客户拜访完成0次，还差5次"
    )
    floor.everybody_reads()
    floor.clock.passes_to("2026-03-10 09:28")
    assert not [one for one in hr.reads() if "本周" in one]
    floor.everybody_reads()


@pytest.mark.parametrize(
    ("goals", "answer"),
    [
        (
            "数据报告 3份 40% 客户拜访 5次 30%",
            "权重合起来要正好 100%，现在是 70%，还差 30%。请改好再发一次。",
        ),
        (
            "数据报告 3份 80% 客户拜访 5次 30%",
            "权重合起来要正好 100%，现在是 110%，多了 10%。请改好再发一次。",
        ),
        (
            "数据报告 3份 100% 客户拜访 5次 0%",
            "权重合起来要正好 100%，现在是 100%，有一项不是正数。请改好再发一次。",
        ),
        ("数据报告 3份 50% 数据分析报告 5份 50%", "「数据报告」写了两次，请合成一项再发。"),
        ("满意度 120分 100%", "「客户满意度」要在 0 到 100分之间，目标不能是 0。"),
        ("满意度 80分 100% 到2027年6月1日", "最后一天要在今天之后、366 天以内。"),
    ],
)
def test_what_cannot_be_is_said(floor: Floor, goals: str, answer: str) -> None:
    floor["leader"].says(f"试用期目标 张三 {goals}")

    floor["leader"].sees(answer)
    assert rows(floor.muster, ProbationPlan) == []


def test_progress_of_what_is_no_goal(floor: Floor, hr: Member) -> None:
    leader = floor["leader"]
    leader.says("目标进度 张三 数据报告 2")
    leader.sees("张三没有试用期目标。要定，发「试用期目标 张三」。")
    set_for_zhangsan(floor, hr)

    leader.says("目标进度 张三 风险点 2")
    leader.sees("张三没有这一项，有的是：数据报告、客户拜访、客户满意度")
    leader.says("目标进度 张三")
    leader.sees("写成「目标进度 张三 数据报告 2」：谁、哪一项、一共做到多少。")
    assert rows(floor.muster, GoalStep) == []


def test_nobody_sets_or_notes_the_own_goals(floor: Floor, hr: Member) -> None:
    floor["leader"].says("试用期目标 赵组长 数据分析")
    floor["leader"].sees("自己的试用期目标不能自己定、自己记，请找组长或人事。")
    floor["zhangsan"].says("试用期目标 张三 数据分析")
    assert floor["zhangsan"].reads()[0].startswith("你没有这项权限")
    floor["zhangsan"].says("我的目标")
    floor["zhangsan"].sees("你没有试用期目标。业绩目标发「目标」看。")


def test_by_the_api(floor: Floor, hr: Member, client: FlaskClient, muster: Muster) -> None:
    def asks(account: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {Tokens(muster).issue(account)}"}

    body = {"goals": [{"kind": "reports", "target": 4, "weight": 100}], "ends_on": "2026-05-31"}
    told = client.post("/api/v1/people/zhangsan/goals", json=body, headers=asks("hejie")).get_json()
    number = told["result"]["proposal"]
    client.post(f"/api/v1/proposals/{number}/confirm", json={}, headers=asks("hejie"))
    client.post("/api/v1/people/zhangsan/goals/reports", json={"done": 3}, headers=asks("leader"))

    seen = client.get("/api/v1/goals", headers=asks("zhangsan")).get_json()["result"]

    assert (seen["ends_on"], seen["reached"]) == ("2026-05-31", 75.0)
    assert seen["goals"] == [
        {
            "kind": "reports",
            "name": "数据报告",
            "target": 4,
            "done": 3,
            "missing": 1,
            "weight": 100,
            "points": 75.0,
        }
    ]
    unknown = {"goals": [{"kind": "luck", "target": 1, "weight": 100}]}
    wrong = client.post("/api/v1/people/zhangsan/goals", json=unknown, headers=asks("hejie"))
    assert wrong.status_code in (409, 422)
    far = client.get("/api/v1/people/zhangsan/goals", headers=asks("farboss"))
    assert far.status_code == 404
    hr.news()
    floor.everybody_reads()


def test_what_was_set_and_noted_leaves_a_trace(floor: Floor, hr: Member) -> None:
    set_for_zhangsan(floor, hr)
    hr.says("目标进度 张三 数据报告 2")
    hr.news()
    floor.everybody_reads()

    told = {event.action: event for event in rows(floor.muster, AuditEvent)}
    assert told["performance.set_goals"].details["goals"]["reports"] == [3, 40]
    assert told["performance.note_progress"].details["done"] == 2


def test_how_goals_are_said(muster: Muster) -> None:
    kinds, templates = muster.policy.performance.goal_kinds, muster.policy.performance.goal_templates
    three = (GoalLine("reports", 3, 40), GoalLine("visits", 5, 30), GoalLine("satisfaction", 80, 30))

    assert read_goals(f"张三 {THREE}", kinds) == (three, "张三")
    assert read_goals("张三 数据报告3份占40%，客户拜访5次占30%，客户满意度≥80分占30%", kinds) == (
        three,
        "张三",
    )
    assert read_goals("张三", kinds) == ((), "张三")
    assert take_template("张三 数据分析模板", templates) == ("analysis", "张三")
    assert take_template("张三", templates) == (None, "张三")
    assert read_progress("张三 的数据报告 已经完成 2份了", kinds) == ("张三", "reports", 2)
    assert read_progress("数据报告 2", kinds) is None


def test_the_probation_began_with_the_hire(floor: Floor, hr: Member) -> None:
    with floor.muster.database.writing() as session:
        session.merge(floor.employee("zhangsan")).hired_on = date(2026, 2, 10)
    set_for_zhangsan(floor, hr)

    [plan] = rows(floor.muster, ProbationPlan)
    assert plan.starts_on == date(2026, 2, 10)
