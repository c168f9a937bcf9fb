"""入职, as HR, IT, the leader and the starter live through it."""

import pyotp
import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import proposals, staff
from models.lifecycle import ChecklistItem, Onboarding
from models.staff import Employee, Post
from tests.chat.people import Company
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def company(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Company:
    """A branch with two teams, HR, IT and administration."""
    return Company(muster, client, messenger, clock)


def join(company: Company, words: str = "入职 wangxin 王新 催收员 一组 3月9日") -> None:
    """HR has it confirmed, and everybody has read what came of it."""
    company["hr"].says(words)
    company["hr"].news()
    company["hr"].says("确认")
    company.everybody_reads()


def test_a_starter_is_entered_with_number_and_checklist(company: Company, clock: TestClock) -> None:
    hr = company["hr"]
    hr.says("入职 wangxin 王新 催收员 一组 3月9日")
    hr.sees("让王新入职？\n确认后分配工号，清单发给负责的人。\n[确认][取消]")
    assert [
        (row["keyname"], row["value"])
        for row in hr.last_card["horizontal_content_list"]  # type: ignore[index]
    ] == [
        ("姓名", "王新"),
        ("账号", "wangxin"),
        ("角色", "催收员"),
        ("单位", "城北分公司/一组"),
        ("报到", "3月9日 周一"),
        ("清单", "9 项"),
    ]

    hr.taps_card("confirm:1")

    hr.sees(
        "(按钮:已登记)",
        "王新的入职已登记：工号 E00001，3月9日 周一到城北分公司/一组报到，任催收员。\n"
        "9 项准备已发给李工、周行政、赵组长。发「入职进度 王新」看办到哪一步；办错了发「撤销入职 王新」。",
    )
    company["itli"].sees(
        "王新（账号 wangxin）3月9日 周一到城北分公司/一组报到，任催收员。请你：\n"
        "· 开账号，3月6日 周五 18:00 前\n· 备电脑和设备，3月6日 周五 18:00 前\n"
        "· 开通权限，3月9日 周一 18:00 前\n办好了发「我的待办」点一下。"
    )
    company["desk"].sees(
        "王新（账号 wangxin）3月9日 周一到城北分公司/一组报到，任催收员。请你：\n"
        "· 安排工位，3月6日 周五 18:00 前\n· 做工牌，3月6日 周五 18:00 前\n"
        "· 签合同，3月9日 周一 18:00 前\n办好了发「我的待办」点一下。"
    )
    company["leader"].sees(
        "王新（账号 wangxin）3月9日 周一到城北分公司/一组报到，任催收员。请你：\n"
        "· 当面欢迎，3月9日 周一 18:00 前\n· 安排第一批课程，3月10日 周二 18:00 前\n"
        "· 安排第一批任务，3月10日 周二 18:00 前\n办好了发「我的待办」点一下。"
    )


@pytest.mark.parametrize(
    "words",
    [
        "入职 wangxin 王新 一组 催收员 3月9日",
        "入职 wangxin 王新 3.9 催收员 一组",
        "入职 王新 wangxin 催收员 下周一 城北分公司/一组",
        "入职 ｗａｎｇｘｉｎ 王新 催收员 一组 2026-03-09",
        "入职 wangxin，王新，催收员，一组，3月9号",
    ],
)
def test_the_words_may_come_in_any_order(company: Company, words: str, muster: Muster) -> None:
    join(company, words)

    [onboarding] = rows(muster, Onboarding)
    assert (f"{onboarding.starts_at:%m-%d}", onboarding.role) == ("03-09", "collector")


def test_what_is_missing_is_asked_for(company: Company) -> None:
    company["hr"].says("入职 wangxin 王新")

    [answer] = company["hr"].reads()
    assert answer.startswith("还差角色、单位，请一次写全。\n写成「入职 wangxin 王新 催收员 一组 3月9日」")


def test_a_unit_that_nobody_knows_is_named(company: Company) -> None:
    company["hr"].says("入职 wangxin 王新 催收员 九组 3月9日")

    company["hr"].sees("「九组」：没有这个单位，或者不在你的范围里。发「组织」看你管得到的单位。")


def test_a_day_that_has_passed_is_refused(company: Company) -> None:
    company["hr"].says("入职 wangxin 王新 催收员 一组 3月1日")

    company["hr"].sees("3月1日 周日已经过去了，请写今天或以后的日子。")


def test_the_unit_of_another_branch_looks_like_none(company: Company) -> None:
    company["hr"].says("入职 wangxin 王新 催收员 三组 3月9日")

    company["hr"].sees("「三组」：没有这个单位，或者不在你的范围里。发「组织」看你管得到的单位。")


def test_hr_cannot_make_an_administrator(company: Company) -> None:
    company["hr"].says("入职 wangxin 王新 管理员 一组 3月9日")

    company["hr"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_a_role_with_power_takes_a_second_confirmation(
    company: Company, muster: Muster, clock: TestClock
) -> None:
    with muster.database.writing() as session:
        root = staff.find_employee(session, company["root"].id, at=clock.now())
        assert root is not None
        authenticator = pyotp.TOTP(proposals.register_second_factor(session, person=root, at=clock.now()))
    company["root"].says("入职 wangxin 王新 财务 一组 3月9日")
    company["root"].news()
    company["root"].says("确认")

    company["root"].sees("这是敏感操作，还要动态口令。请打开手机上的身份验证器，回复「确认 六位数字」。")

    company["root"].says(f"确认 {authenticator.at(clock.now())}")

    [done] = company["root"].reads()
    assert done.startswith("王新的入职已登记：工号 E00001，3月9日 周一到城北分公司/一组报到，任财务。")


def test_whoever_is_here_does_not_join_again(company: Company) -> None:
    company["hr"].says("入职 zhangsan 张三 催收员 一组 3月9日")

    company["hr"].sees("账号「zhangsan」是在职的张三，不用再办入职；要换岗位请发「调动 张三 到 单位」。")


def test_a_collector_enters_nobody(company: Company) -> None:
    company["wangwu"].says("入职 wangxin 王新 催收员 一组 3月9日")

    company["wangwu"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_rights_begin_with_the_first_day_and_so_does_the_welcome(company: Company, clock: TestClock) -> None:
    join(company)
    starter = company["wangxin"]
    clock.at("2026-03-08 23:59")
    starter.says("我的待办")
    starter.sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")

    clock.passes_to("2026-03-09 08:31")

    starter.sees(
        "欢迎你，王新！你的工号是 E00001，岗位是城北分公司/一组的催收员。\n带你的人：赵组长，有事直接找。\n"
        "岗位说明：联系客户、记录跟进、提醒还款；每一次联系都要合规，拿不准就问组长。\n"
        "第一天：上班前点菜单「一键打卡」，再发「帮助」看看还能做什么。"
    )
    starter.says("我的待办")
    starter.sees("你现在没有待办。")
    assert "王新（催收员，工号 E00001）今天到城北分公司/一组报到，请当面接一下。" in "".join(
        company["leader"].reads()
    )


def test_a_step_is_done_with_one_tap_and_undone_with_another(company: Company) -> None:
    join(company)
    it = company["itli"]
    it.says("我的待办")
    it.sees("你有 3 件待办\n办好一件，点一件。\n[1 开账号][2 备电脑和设备][3 开通权限]")

    it.taps_card("step_done:1")
    it.sees("办结：王新 开账号\n还有 2 件，发「我的待办」接着办。\n[点错了]")
    it.taps_card("step_done:1")
    it.sees("这一项 3月2日 周一 08:31 已经办结，不用再点。")
    it.taps_card("step_undo:1")
    it.sees("(按钮:已改回)", "好的，王新的「开账号」改回没办。")


def test_nobody_does_the_step_of_somebody_else(company: Company) -> None:
    join(company)

    company["desk"].says("我的待办")
    company["desk"].news()
    company["desk"].taps_card("step_done:1")

    company["desk"].sees(
        "(按钮:不用办了)", "这一项不在你手上了，可能已经交给别人或不用办了。发「我的待办」看看现在有哪些。"
    )


def test_the_last_step_tells_how_long_it_took(company: Company, clock: TestClock, muster: Muster) -> None:
    join(company)
    clock.at("2026-03-02 10:31")
    for item in rows(muster, ChecklistItem):
        account = {"it": "itli", "administration": "desk", "leader": "leader"}[item.role]
        company[account].says("我的待办")
        company[account].news()
        company[account].taps_card(f"step_done:{item.id}")

    assert company["hr"].reads() == ["王新的入职全部办结，用了 2.0 小时。"]
    company["hr"].says("入职进度 王新")
    [progress] = company["hr"].reads()
    assert progress.startswith(
        "王新（城北分公司/一组，催收员）3月9日 周一报到：\n✓ 开账号：李工，3月2日 周一 开始，"
    )
    company.everybody_reads()


def test_the_progress_shows_owner_start_due_and_age(company: Company, clock: TestClock) -> None:
    join(company)
    clock.at("2026-03-06 19:30")

    company["leader"].says("入职进度")

    [progress] = company["leader"].reads()
    assert "！ 开账号：李工，3月2日 周一 开始，3月6日 周五 18:00 前，已 4 天 10 小时" in progress
    assert "· 开通权限：李工，3月2日 周一 开始，3月9日 周一 18:00 前，已 4 天 10 小时" in progress


def test_it_does_not_see_how_starters_come_on(company: Company) -> None:
    company["itli"].says("入职进度")

    company["itli"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_steps_are_reminded_of_once_and_then_told_to_the_leader(company: Company, clock: TestClock) -> None:
    join(company)
    clock.passes_to("2026-03-06 16:05")
    company["itli"].sees(
        "你有 2 件待办快到时间了：\n· 王新：开账号，3月6日 周五 18:00 前\n"
        "· 王新：备电脑和设备，3月6日 周五 18:00 前\n办好了发「我的待办」点一下。"
    )
    clock.passes_to("2026-03-06 16:35")
    company["itli"].sees_nothing()

    clock.passes_to("2026-03-06 18:05")

    company["itli"].sees(
        "你有 2 件待办已经超时：\n· 王新：开账号，3月6日 周五 18:00 前\n"
        "· 王新：备电脑和设备，3月6日 周五 18:00 前\n办好了发「我的待办」点一下。"
    )
    clock.passes_to("2026-03-06 18:25")
    company["itli"].sees_nothing()
    company.everybody_reads()


def test_a_joining_is_undone_before_the_first_day(company: Company, muster: Muster) -> None:
    join(company)
    company["hr"].says("撤销入职 王新")

    company["hr"].sees("已撤销王新的入职，清单也取消了。")
    company["itli"].sees("王新的事撤销了，给你的待办不用办了。")
    company["itli"].says("我的待办")
    company["itli"].sees("你现在没有待办。")
    assert not [post for post in rows(muster, Post) if post.employee_id == _id(muster, "wangxin")]
    company.everybody_reads()


def test_who_was_called_off_may_join_again_with_the_same_number(company: Company, muster: Muster) -> None:
    join(company)
    company["hr"].says("撤销入职 王新")
    company.everybody_reads()

    join(company)

    [starter] = [row for row in rows(muster, Employee) if row.wecom_id == "wangxin"]
    assert (starter.number, starter.left_at) == ("E00001", None)


def _id(muster: Muster, account: str) -> int:
    return next(row.id for row in rows(muster, Employee) if row.wecom_id == account)
