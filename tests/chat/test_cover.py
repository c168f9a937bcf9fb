"""请假 and 代班: somebody else sees to the work, and it comes back by itself."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models.handover import HandoverItem, ItemState
from tests.chat.people import Company
from tests.chat.test_leaving import NOT_PERMITTED, OUT_OF_REACH, confirm, leads, owners
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def company(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Company:
    """A branch with two teams; 李工 has three steps to do for a starter."""
    made = Company(muster, client, messenger, clock)
    made["hr"].says("入职 wangxin 王新 催收员 一组 3月20日")
    made["hr"].says("确认")
    made.everybody_reads()
    return made


def test_a_long_leave_hands_the_work_over_and_gives_it_back(
    company: Company, clock: TestClock, muster: Muster
) -> None:
    root = company["root"]
    root.says("请假 李工 3月9日 到 3月13日 给 吴工")
    root.sees(
        "李工请假，吴工代班？\n工作转给吴工，李工回来那天自动转回。"
        "确认后 30 分钟内可以撤销，之后发「销假 李工」。\n[确认][取消]"
    )
    root.says("确认")
    root.sees(
        "已安排：李工 3月9日 周一 起请假，吴工代班，3月14日 周六 恢复。\n不请了或提前回来，发「销假 李工」。"
    )
    company["itli"].sees(
        "李工，你的请假已登记：3月9日 周一 到 3月14日 周六，由吴工代班。工作到时转过去，回来时自动转回。"
    )
    company["itwu"].sees(
        "李工请假，请你接手\n待办 3 项，3月9日 周一 起归你，3月14日 周六 自动还回去。\n"
        "[全部接下][逐项看][接不了]"
    )

    clock.passes_to("2026-03-09 00:01")
    company["itwu"].sees("李工请假，待办 3 项现在归你了，3月14日 周六 自动还回去。")
    assert owners(muster)["account"] == "itwu"

    company["itwu"].says("我的待办")
    company["itwu"].news()
    company["itwu"].taps_card("step_done:1")
    company.everybody_reads()
    clock.passes_to("2026-03-14 00:01")

    assert (owners(muster)["account"], owners(muster)["access"]) == ("itwu", "itli")
    company["itli"].sees("李工，你的假结束了。2 项工作已转回给你，1 项代班期间办完或另有安排。")
    company["itwu"].sees("李工回来了，代班结束。2 项工作已转回给他。谢谢！")
    company.everybody_reads()


def test_a_leave_is_taken_back_and_everybody_is_told(
    company: Company, clock: TestClock, muster: Muster
) -> None:
    confirm(company, "root", "请假 李工 3月9日 到 3月13日 给 吴工")
    company.everybody_reads()

    company["root"].says("撤销")

    company["root"].sees("李工的请假已取消，工作没有动。")
    company.everybody_reads()
    clock.passes_to("2026-03-09 00:01")
    assert owners(muster)["account"] == "itli"
    assert company["itwu"].reads() == []
    company["root"].says("销假 李工")
    assert "李工" in company["root"].reads()[0]


def test_a_short_leave_leaves_the_owner_the_owner(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "root", "请假 李工 3月9日 到 3月11日 给 吴工")
    company["itwu"].sees(
        "请你代李工的班：3月9日 周一 到 3月12日 周四。这几天「我的待办」里也有他的事，你可以代办。"
    )
    company["itwu"].says("我的待办")
    company["itwu"].sees("你现在没有待办。")

    clock.passes_to("2026-03-09 00:01")
    company["itwu"].sees("从现在起你代李工的班，到 3月12日 周四。他的事也在你的「我的待办」里，你可以代办。")
    assert owners(muster)["account"] == "itli"
    company["itwu"].says("我的待办")
    company["itwu"].news()
    company["itwu"].taps_card("step_done:1")
    assert company["itwu"].reads()[0].startswith("办结：王新 开账号")

    clock.passes_to("2026-03-12 00:01")
    company["itwu"].says("我的待办")
    assert company["itwu"].reads()[-1] == "你现在没有待办。"
    company.everybody_reads()


def test_new_work_that_comes_to_the_cover_goes_back_as_well(
    company: Company, clock: TestClock, muster: Muster
) -> None:
    confirm(company, "root", "请假 周行政 3月3日 到 3月13日 给 吴工")
    clock.passes_to("2026-03-03 00:01")
    company.everybody_reads()
    confirm(company, "hr", "入职 liulan 刘兰 催收员 一组 3月18日")
    marked = [row for row in rows(muster, HandoverItem) if row.state == ItemState.MOVED]
    assert len(marked) == 6

    clock.passes_to("2026-03-14 00:01")

    assert owners(muster)["badge"] == "desk"
    assert {row.state for row in rows(muster, HandoverItem)} == {ItemState.RETURNED}
    company.everybody_reads()


def test_who_is_back_early_has_the_work_at_once(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "root", "请假 李工 3月9日 到 3月13日 给 吴工")
    clock.passes_to("2026-03-09 00:01")
    company.everybody_reads()

    company["root"].says("销假 李工")

    company["root"].sees("李工的假已销，3 项工作转回给他。")
    assert owners(muster)["account"] == "itli"
    company.everybody_reads()


def test_a_leave_is_called_off_before_it_begins(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "root", "请假 李工 3月9日 到 3月13日 给 吴工")
    company.everybody_reads()

    company["root"].says("销假 李工")

    company["root"].sees("李工的请假已取消，工作没有动。")
    clock.passes_to("2026-03-09 00:01")
    assert owners(muster)["account"] == "itli"
    company.everybody_reads()


def test_a_team_is_led_by_the_cover_meanwhile(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "boss", "请假 赵组长 3月9日 到 3月13日 给 孙组长")
    clock.passes_to("2026-03-09 00:01")
    assert leads(muster, "一组") == ["leader", "leader2"]

    clock.passes_to("2026-03-14 00:01")

    assert leads(muster, "一组") == ["leader"]
    company.everybody_reads()


def test_a_leader_covers_the_own_team_and_no_other(company: Company) -> None:
    company["leader"].says("请假 张三 3月9日 到 3月13日 给 王五")
    assert company["leader"].reads()[0].startswith("张三请假，王五代班？")

    company["leader"].says("请假 张三 3月9日 到 3月13日 给 远三")
    company["leader"].sees(OUT_OF_REACH)

    company["wangwu"].says("请假 张三 3月9日 到 3月13日 给 王五")
    company["wangwu"].sees(NOT_PERMITTED)


def test_a_cover_is_asked_for_by_an_ordinary_sentence(company: Company) -> None:
    leader = company["leader"]
    leader.says("张三这周休假，案子先给王五")
    assert leader.reads()[0].startswith("张三请假，王五代班？")

    leader.says("确认")

    assert leader.reads()[0].startswith("已安排：张三")


def test_nobody_covers_who_is_away_or_covers_elsewhere(company: Company) -> None:
    confirm(company, "leader", "请假 张三 3月9日 到 3月13日 给 王五")
    company.everybody_reads()

    for name, why in (
        ("王五", "那段时间他在替别人代班"),
        ("张三", "那段时间他请假"),
        ("赵六", "这就是他自己的工作"),
    ):
        company["leader"].says(f"请假 赵六 3月12日 到 3月16日 给 {name}")
        company["leader"].news()
        company["leader"].says("确认")
        company["leader"].sees(f"现在不能交给{name}：{why}。请换一个人。")


def test_days_the_wrong_way_round_are_refused(company: Company) -> None:
    company["leader"].says("请假 张三 3月13日 到 3月9日 给 王五")

    company["leader"].sees("结束的日子比开始的早，请重新写，如「请假 李四 3月9日 到 3月13日 给 王五」。")
