"""培训 in 业绩: an exam is passed, and the figures, their reasons and the goals show it at once."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import staff
from models.staff import Role
from models.training import PushReason
from tests.chat.floor import Floor
from tests.chat.quizzes import NIGHT, NOTICE, enrol, letters, places, publish
from tests.simulator import Member, Messenger, TestClock


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams; the full hour, when pushes are spread, is over."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return floor


def given(floor: Floor, account: str, due_at: datetime, **changes: str) -> int:
    """Somebody is to pass an exam by a moment."""
    return enrol(floor.muster, account, publish(floor.muster, NIGHT, **changes), due_at=due_at)


def passes(floor: Floor, member: Member) -> None:
    """Sit the exam with nothing wrong."""
    member.says("考试")
    member.reads()
    member.taps_card(member.last_card["button_list"][0]["key"])  # type: ignore[index]
    for shown in places(floor.muster):
        member.says(letters(shown))
    member.reads()


def test_an_exam_that_is_passed_shows_at_once(floor: Floor) -> None:
    zhangsan, now = floor["zhangsan"], floor.clock.now()
    given(floor, "zhangsan", now + timedelta(days=2))
    zhangsan.says("业绩 培训成绩")
    assert zhangsan.reads()[0].startswith("张三 3月 培训成绩 没有数")

    passes(floor, zhangsan)

    zhangsan.says("业绩 培训成绩")
    assert zhangsan.reads()[0].startswith("张三 3月 培训成绩 100 分")
    zhangsan.says("怎么算的 培训成绩")
    zhangsan.sees(
        "张三 3月 培训成绩 100 分\n"
        "怎么算：到期的课里考过的，每门最好的一次加起来 ÷ 考过的和期限过了没考的（没考算 0 分）\n"
        "代进去：100 ÷ 1\n"
        "口径 v1，2026-03-01 到 2026-03-02\n"
        "考过的课，最好的一次（日子是期限） 1 条：\n"
        "· 3月4日《夜间规则》100 分（第 1 次）\n"
        "考过的课 1 条：\n"
        "· 3月4日《夜间规则》"
    )


def test_the_leader_sees_how_many_were_done_in_time(floor: Floor) -> None:
    now = floor.clock.now()
    for account in ("zhangsan", "lisi"):
        given(floor, account, now + timedelta(minutes=30))
    passes(floor, floor["zhangsan"])
    floor.clock.at("2026-03-03 09:00")
    floor.everybody_reads()

    floor["leader"].says("业绩 培训完成率")

    assert floor["leader"].reads()[0].startswith("赵组长 3月 按时学完率 50%")
    floor["leader"].says("怎么算的 培训完成率")
    told = floor["leader"].reads()[-1]
    assert "· 张三 100%（1 ÷ 1）" in told
    assert "· 李四 0%（0 ÷ 1）" in told
    floor["lisi"].says("怎么算的 培训成绩")
    assert "期限过了没考的课（算 0 分） 1 条：\n· 3月2日《夜间规则》" in floor["lisi"].reads()[-1]


def test_a_card_that_is_full_drops_what_has_no_figure(floor: Floor) -> None:
    given(floor, "zhangsan", floor.clock.now() + timedelta(days=2))
    passes(floor, floor["zhangsan"])

    floor["zhangsan"].says("业绩")

    floor["zhangsan"].reads()
    card = floor["zhangsan"].last_card
    assert card is not None
    shown = {row["keyname"]: row["value"] for row in card["horizontal_content_list"]}
    assert shown["培训成绩"] == "100 分"
    assert len(shown) == 6


def test_the_target_says_how_many_points_are_missing(floor: Floor) -> None:
    given(floor, "zhangsan", floor.clock.now() + timedelta(minutes=30))
    floor["boss"].says("设目标 催收员 培训成绩 90")
    floor["boss"].says("确认")
    floor.clock.at("2026-03-03 10:05")
    floor.everybody_reads()

    floor["zhangsan"].says("差多少")

    floor["zhangsan"].sees("你 3月：\n· 培训成绩 0 分，目标 90 分，再多 90 分就到")


def test_the_goal_of_probation_counts_itself(
    floor: Floor, client: FlaskClient, messenger: Messenger, clock: TestClock
) -> None:
    with floor.muster.database.writing() as session:
        root = staff.root_unit(session)
        staff.add_employee(session, wecom_id="hejie", name="何洁", role=Role.HR_HEAD, unit=root)
    hr, zhangsan = Member("hejie", client, messenger, clock), floor["zhangsan"]
    hr.says("试用期目标 张三 风险识别")
    hr.says("确认")
    hr.news()
    floor.everybody_reads()
    given(floor, "zhangsan", clock.now() + timedelta(days=2))
    enrol(floor.muster, "zhangsan", publish(floor.muster, NOTICE))
    own = publish(floor.muster, NIGHT, code="own", title="自己学的")
    enrol(floor.muster, "zhangsan", own, PushReason.OWN)

    zhangsan.says("我的目标")
    assert "培训完成0%，还差100%" in zhangsan.reads()[0]
    zhangsan.says("考试 夜间规则")
    zhangsan.reads()
    zhangsan.taps_card(zhangsan.last_card["button_list"][0]["key"])  # type: ignore[index]
    for shown in places(floor.muster):
        zhangsan.says(letters(shown))
    zhangsan.reads()

    zhangsan.says("我的目标")
    assert "培训完成50%，还差50%" in zhangsan.reads()[0]
    hr.says("目标进度 张三 培训完成 100")
    hr.sees("「培训完成」系统自己数（试用期里安排的课学完了百分之几），不用记。")
