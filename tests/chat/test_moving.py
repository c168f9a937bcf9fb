"""调动, and what stays behind."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models.lifecycle import ChecklistItem, StepState, Transfer, TransferState
from models.staff import Employee
from tests.chat.people import Company
from tests.chat.test_leaving import NOT_HERE, confirm, leads, owners
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def company(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Company:
    """A branch with two teams, HR, IT and administration."""
    return Company(muster, client, messenger, clock)


def test_a_transfer_is_previewed_planned_and_takes_effect_by_itself(
    company: Company, clock: TestClock, muster: Muster
) -> None:
    hr = company["hr"]
    hr.says("调动 赵组长 到 二组 催收员 3月9日起")
    hr.sees("调动赵组长？\n不跟着走、要交接的：带队 1 项。\n[确认][取消]")
    assert [row["value"] for row in hr.last_card["horizontal_content_list"]] == [  # type: ignore[index]
        "城北分公司/一组",
        "城北分公司/二组",
        "组长 → 催收员",
        "3月9日 周一",
    ]
    hr.taps_card("confirm:1")
    hr.sees(
        "(按钮:已登记)",
        "已登记：赵组长 3月9日 周一 起到城北分公司/二组任催收员，岗位和权限到时自动变。\n"
        "有 1 项要交接，已请人接；发「交接 赵组长」看进度。\n生效前可以发「撤销调动 赵组长」。",
    )
    company["leader"].sees(
        "赵组长，3月9日 周一 起你调到城北分公司/二组，任催收员。发「我的交接」看要交出去的工作。"
    )
    company.everybody_reads()
    clock.at("2026-03-08 23:59")
    company["leader"].says("谁没打卡")
    assert company["leader"].reads() == ["你的团队还没有人排班。"]

    clock.at("2026-03-09 00:00")
    company["leader"].says("谁没打卡")
    assert company["leader"].reads()[0].startswith("你没有这项权限")

    clock.passes_to("2026-03-09 00:01")
    clock.passes_to("2026-03-09 00:02")  # pushes of the full hour are spread over the minute after it
    company["leader"].sees(
        "赵组长，你现在是城北分公司/二组的催收员了，权限已经跟着变。发「帮助」看看现在能做什么。"
    )
    assert leads(muster, "一组") != []
    company.everybody_reads()


def test_a_transfer_is_undone_before_its_day(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "hr", "调动 赵组长 到 二组 催收员 3月9日起")
    company.everybody_reads()

    company["hr"].says("撤销调动 赵组长")

    company["hr"].sees("已撤销赵组长到城北分公司/二组的调动，岗位和手上的工作都不变。")
    company.everybody_reads()
    clock.passes_to("2026-03-09 08:31")
    company["leader"].says("谁没打卡")
    company["leader"].sees("你的团队还没有人排班。")
    assert leads(muster, "一组") == ["leader"]
    assert rows(muster, Transfer)[0].state == TransferState.CANCELLED
    assert {item.state for item in rows(muster, ChecklistItem)} == {StepState.DROPPED}


def test_work_goes_along_with_who_still_answers_for_it(
    company: Company, clock: TestClock, muster: Muster
) -> None:
    confirm(company, "hr", "入职 wangxin 王新 催收员 一组 3月9日")
    company.everybody_reads()
    before = owners(muster)

    company["root"].says("调动 李工 到 城北分公司 3月9日")

    company["root"].sees("调动李工？\n手上的工作都跟着走，不用交接。\n[确认][取消]")
    assert before["account"] == "itli"


def test_it_moves_away_from_the_unit_and_leaves_its_steps_behind(
    company: Company, clock: TestClock, muster: Muster
) -> None:
    confirm(company, "hr", "入职 wangxin 王新 催收员 一组 3月9日")
    company.everybody_reads()

    confirm(company, "root", "调动 李工 到 城南分公司 3月5日")
    company["itwu"].news()
    company["itwu"].taps_card("handover_accept:1")
    clock.passes_to("2026-03-05 00:01")

    joining = {item.key: item.owner_id for item in rows(muster, ChecklistItem) if item.process == "joining"}
    people = {row.id: row.wecom_id for row in rows(muster, Employee)}
    assert {people[joining[key]] for key in ("account", "equipment", "access")} == {"itwu"}
    company.everybody_reads()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("调动 张三 到 三组", "「三组」：没有这个单位，或者不在你的范围里。发「组织」看你管得到的单位。"),
        ("调动 远三 到 一组", f"「远三」：{NOT_HERE}"),
        ("调动 张三 到 一组", "张三现在就在这个岗位上，不用调动。"),
        ("调动 张三 到 二组 2月1日", "2月1日 周日已经过去了，请写今天或以后的日子。"),
        (
            "调动 没有的人 到 二组",
            f"「没有的人」：{NOT_HERE}",
        ),
        ("撤销调动 张三", "张三没有还没生效的调动；已经生效的，再办一次调动调回来。"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(company: Company, words: str, answer: str) -> None:
    company["hr"].says(words)

    company["hr"].sees(answer)


def test_who_is_to_move_is_not_moved_again_and_does_not_leave(company: Company) -> None:
    confirm(company, "hr", "调动 张三 到 二组 3月9日")
    company.everybody_reads()

    company["hr"].says("离职 张三 3月31日 薪资")
    company["hr"].sees("张三已经排了 3月9日 周一 的调动。请先发「撤销调动 张三」，再办一次。")


def test_nobody_who_works_here_is_moved_to_be_a_candidate(company: Company) -> None:
    company["hr"].says("调动 张三 到 二组 候选人")

    company["hr"].sees("「二组/候选人」：没有这个单位，或者不在你的范围里。发「组织」看你管得到的单位。")
