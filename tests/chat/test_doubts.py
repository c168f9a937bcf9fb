"""A department doubts a dimension: HR puts a stage in or says no, and tells it so (S2-17)."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models.staff import Role
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock

CARD = "用经理想加测林小雨（加测 1）\n要带大客户，想看谈判\n[加测][不加]"


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires, its department, and 林小雨 before the first interview."""
    office = Recruiters(muster, client, messenger, clock)
    office.joins("needs", "用经理", Role.HIRING_DEPARTMENT)
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    return office


def test_hr_puts_a_stage_in_and_the_department_hears(office: Recruiters) -> None:
    office["needs"].says("申请加测 林小雨 抗压 要带大客户，想看谈判")

    office["needs"].sees("白城北收到了：林小雨的「抗压能力」要不要加测，3月4日 周三 09:03 前答复你。")
    office["north"].sees(CARD)
    office["north"].taps_card("doubt_yes:1")
    office["north"].says("模拟谈判")

    assert office["north"].reads()[-1] == (
        "给林小雨加了「模拟谈判」，已经告诉用经理。发「安排面试 林小雨 周三 15:00 面试官」定时间。"
    )
    office["needs"].sees("人事给林小雨加了「模拟谈判」（因为你问的「抗压能力」），做完再往下走。")
    office["north"].says("候选人进度 林小雨")
    assert "\n2. 模拟谈判：还没安排\n3. 初试：还没安排\n" in office["north"].reads()[0]
    office["north"].says("同意加测 1 情景模拟")
    office["north"].sees("已经加测了，不用再答。")


def test_hr_says_no_and_why(office: Recruiters) -> None:
    office["needs"].says("申请加测 林小雨 沟通 怕说不清")
    office["needs"].says("申请加测 林小雨 沟通 再问一次")
    office["needs"].says("申请加测 林小雨 颜值 不放心")
    told = office["needs"].reads()
    assert told[1] == "「沟通表达」已经申请过，等人事答复。"
    assert told[2].startswith("请写清是哪一项：沟通表达、抗压能力、")

    office["north"].reads()
    office["north"].taps_card("doubt_no:1")
    office["north"].says("复试会专门看")

    office["needs"].sees("人事没有给林小雨加测「沟通表达」：复试会专门看。")


def test_hr_is_reminded_and_the_head_office_hears(office: Recruiters) -> None:
    office["needs"].says("申请加测 林小雨 抗压 要带大客户，想看谈判")
    office["north"].reads()

    office.hours_pass(25)
    assert [one.splitlines()[0] for one in office["north"].reads()] == [
        "等了一个工作日：用经理想加测林小雨（加测 1）"
    ]
    office.hours_pass(24)
    assert "超时没答复：用经理想加测林小雨（加测 1）" in [
        one.splitlines()[0] for one in office["head"].reads()
    ]
    office["north"].says("加测申请")
    office["north"].sees(CARD)


def test_only_the_department_asks_and_only_hr_answers(office: Recruiters) -> None:
    office["asker"].says("申请加测 林小雨 抗压 想看谈判")
    assert office["asker"].reads()[0].startswith("你没有这项权限")
    office["needs"].says("申请加测 林小雨 抗压 想看谈判")
    office["east"].says("同意加测 1 模拟谈判")
    office["east"].sees("没有这份加测申请，或者不归你管。发「加测申请」看有哪些。")
