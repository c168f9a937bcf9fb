"""兼任: further posts beside the main one, from a moment on and up to one."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models.audit import AuditEvent
from models.staff import Post
from tests.chat.people import Company
from tests.chat.test_leaving import confirm, leads
from tests.simulator import Messenger, TestClock, rows

UNKNOWN = "：名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。"


@pytest.fixture
def company(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Company:
    """A branch with two teams, HR, IT and administration."""
    return Company(muster, client, messenger, clock)


def test_a_further_post_is_previewed_and_begins_by_itself(company: Company, clock: TestClock) -> None:
    hr = company["hr"]
    hr.says("兼任 张三 二组 组长 3月9日起")
    hr.sees("给张三加一个兼任岗位？\n原来的岗位不变，权限到那一刻自动加上。\n[确认][取消]")
    assert [row["value"] for row in hr.last_card["horizontal_content_list"]] == [  # type: ignore[index]
        "城北分公司/二组",
        "组长",
        "3月9日 周一",
        "城北分公司/一组 催收员",
    ]
    hr.taps_card("confirm:1")
    hr.sees(
        "(按钮:已登记)",
        "已登记：张三3月9日 周一 起兼任城北分公司/二组的组长，权限到时自动加上，原来的岗位不变。"
        "要撤销，发「取消兼任 张三 城北分公司/二组」。",
    )
    company["zhangsan"].sees(
        "张三，3月9日 周一 起你兼任城北分公司/二组的组长，原来的岗位不变。到时发「我的权限」看看多了什么。"
    )
    company["leader2"].sees("张三3月9日 周一 起兼任城北分公司/二组的组长。")

    clock.at("2026-03-08 23:59")
    company["zhangsan"].says("谁没打卡")
    assert company["zhangsan"].reads()[0].startswith("你没有这项权限")
    clock.at("2026-03-09 00:00")
    company["zhangsan"].says("谁没打卡")
    assert company["zhangsan"].reads() == ["你的团队还没有人排班。"]

    clock.passes_to("2026-03-09 00:01")
    clock.passes_to("2026-03-09 00:02")  # pushes of the full hour are spread over the minute after it
    company["zhangsan"].sees(
        "张三，你现在兼任城北分公司/二组的组长了，权限已经加上。发「我的权限」看看能做什么。"
    )
    company["leader2"].sees("张三现在兼任城北分公司/二组的组长了。")


def test_all_posts_are_shown_to_others_and_to_oneself(company: Company) -> None:
    confirm(company, "hr", "兼任 张三 二组 组长 今天")
    company.everybody_reads()

    company["hr"].says("找人 张三")
    [found] = company["hr"].reads()
    company["zhangsan"].says("我的权限")
    [mine] = company["zhangsan"].reads()

    assert "一组 · 催收员\n二组 · 组长" in found
    assert "一组 · 催收员\n二组 · 组长" in mine


def test_before_it_begins_it_is_undone_at_once(company: Company, muster: Muster, clock: TestClock) -> None:
    confirm(company, "hr", "兼任 张三 二组 组长 3月9日起")
    company.everybody_reads()

    company["hr"].says("取消兼任 张三 二组")

    company["hr"].sees("已取消：张三不兼任城北分公司/二组的组长了，这个岗位还没有开始，没有什么要交接。")
    company["zhangsan"].sees("张三，城北分公司/二组的组长不用你兼任了，其他岗位不变。")
    company["leader2"].sees("张三不兼任城北分公司/二组的组长了。")
    clock.passes_to("2026-03-09 00:02")
    assert company["zhangsan"].news() == []
    assert leads(muster, "二组") == ["leader2"]


def test_the_end_takes_the_rights_and_hands_the_work_over(company: Company, muster: Muster) -> None:
    confirm(company, "root", "调动 孙组长 到 一组 催收员 今天")
    confirm(company, "hr", "兼任 张三 二组 组长 今天")
    confirm(company, "hr", "兼任 王五 二组 催收员 今天")
    company.clock.passes_to("08:33")
    company.everybody_reads()
    assert "zhangsan" in leads(muster, "二组")

    company["hr"].says("取消兼任 张三 二组")
    company["hr"].sees(
        "结束张三的兼任？\n要交接的：带队 1 项。主岗位不变，这个岗位的权限到时自动停。\n[确认][取消]"
    )
    company["hr"].says("确认")

    assert company["hr"].reads() == [
        "已登记：张三现在起不再兼任城北分公司/二组的组长，这个岗位的权限到时自动停。"
        "有 1 项要交接，发「交接 张三」看进度。"
    ]
    assert company["zhangsan"].news() != []
    company["zhangsan"].says("谁没打卡")
    assert company["zhangsan"].reads()[0].startswith("你没有这项权限")
    assert leads(muster, "二组") != []
    assert "zhangsan" not in leads(muster, "二组")


def test_an_end_on_a_later_day_comes_by_itself(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "hr", "兼任 张三 二组 催收员 今天")
    confirm(company, "hr", "取消兼任 张三 二组 3月9日起")
    company.everybody_reads()

    clock.passes_to("2026-03-09 00:01")
    clock.passes_to("2026-03-09 00:02")

    company["zhangsan"].sees(
        "张三，你不再兼任城北分公司/二组的催收员了，这个岗位的权限已经停，其他岗位不变。"
    )
    company["leader2"].sees("张三不再兼任城北分公司/二组的催收员了。")
    company["zhangsan"].says("我的权限")
    assert "二组" not in company["zhangsan"].reads()[0]
    actions = [row.action for row in rows(muster, AuditEvent)]
    assert {"people.add_post", "people.end_post"} <= set(actions)


def test_a_planned_end_is_taken_back(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "hr", "兼任 张三 二组 组长 今天")
    confirm(company, "hr", "取消兼任 张三 二组 3月9日")
    company["hr"].says("取消兼任 张三 二组")
    company["hr"].sees(
        "张三兼任城北分公司/二组的组长已经排了 3月9日 周一 结束。"
        "要改日子，先发「兼任 张三 城北分公司/二组 组长」恢复，再办一次。"
    )
    confirm(company, "hr", "兼任 张三 二组 组长")
    company.everybody_reads()

    clock.passes_to("2026-03-09 00:02")

    assert "zhangsan" in leads(muster, "二组")
    assert len([post for post in rows(muster, Post) if not post.is_main]) == 1


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("兼任 远三 二组 催收员", "「远三」" + UNKNOWN),
        ("兼任 没有的人 二组 催收员", "「没有的人」" + UNKNOWN),
        ("兼任 张三 一组 催收员", "张三现在就是城北分公司/一组的催收员，不用再加一次。"
         "发「找人 张三」看现有的岗位。"),
        ("兼任 张三 二组 催收员 2月1日", "2月1日 周日已经过去了，请写今天或以后的日子。"),
        ("取消兼任 张三 二组", "张三在城北分公司/二组没有兼任。发「找人 张三」看现有的岗位；"
         "主岗位要用「调动」或「离职」。"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_reason(company: Company, words: str, answer: str) -> None:
    company["hr"].says(words)

    company["hr"].sees(answer)


def test_a_unit_out_of_reach_looks_like_one_that_is_not_there(company: Company) -> None:
    company["hr"].says("兼任 张三 三组 催收员")
    company["hr"].says("兼任 张三 九组 催收员")

    out_of_reach, unknown = company["hr"].reads()
    assert out_of_reach.replace("三组", "九组") == unknown


def test_powerful_roles_are_not_given_by_who_may_not_appoint(company: Company) -> None:
    company["hr"].says("兼任 张三 二组 财务")

    assert company["hr"].reads()[0].startswith("你没有这项权限")


def test_who_leaves_takes_on_nothing_after_that_day(company: Company) -> None:
    confirm(company, "hr", "离职 张三 3月6日 薪资")
    company.everybody_reads()

    company["hr"].says("兼任 张三 二组 催收员 3月9日")
    company["hr"].sees("张三已经登记 3月6日 周五 18:00 离职。要改的话，先发「撤销离职 张三」。")
    company["hr"].says("兼任 张三 二组 催收员 3月5日")
    assert company["hr"].reads()[0].startswith("给张三加一个兼任岗位？")


def test_several_roles_in_one_unit_are_named(company: Company) -> None:
    confirm(company, "hr", "兼任 张三 二组 催收员 今天")
    confirm(company, "hr", "兼任 张三 二组 组长 今天")

    company["hr"].says("取消兼任 张三 二组")
    company["hr"].sees(
        "张三在城北分公司/二组兼任不止一个角色：催收员、组长。请写上角色，"
        "如「取消兼任 张三 城北分公司/二组 催收员」。"
    )
    confirm(company, "hr", "取消兼任 张三 二组 催收员")
    company["zhangsan"].says("我的权限")
    assert "二组 · 组长" in company["zhangsan"].reads()[-1]


def test_by_the_api_it_is_proposed_and_confirmed(
    company: Company, client: FlaskClient, muster: Muster
) -> None:
    def call(method: str, path: str, body: Any) -> tuple[int, Any]:
        token = Tokens(muster).issue("hr")
        told = client.open(
            f"/api/v1{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        return told.status_code, told.get_json()

    team = next(post.unit_id for post in rows(muster, Post) if post.role == "team_leader" and post.id > 4)
    status, told = call(
        "POST", "/people/zhangsan/posts", {"unit": team, "role": "collector", "on": "2026-03-09"}
    )
    assert status == 200
    call("POST", f"/proposals/{told['result']['proposal']}/confirm", {})
    assert [post.unit_id for post in rows(muster, Post) if not post.is_main] == [team]

    status, told = call("DELETE", "/people/zhangsan/posts", {"unit": team})
    assert (status, told["result"]) == (200, {"began": False})
    assert all(post.is_main for post in rows(muster, Post))
    assert call("POST", "/people/far/posts", {"unit": team, "role": "collector"})[0] == 404
    assert call("POST", "/people/zhangsan/posts", {"unit": team, "role": "candidate"})[0] == 422
