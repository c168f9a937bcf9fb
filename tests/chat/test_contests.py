"""申诉: a payment that was not counted, decided by whoever leads, with both figures before and after."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models.audit import AuditEvent
from models.cases import Payment
from models.performance import Contest
from tests.chat.floor import Floor
from tests.models.desk import Desk, pays
from tests.simulator import Messenger, TestClock, rows

NUMBER = 1001


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """张三 worked on a case, which 李四 got; then the debtor paid."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    floor.case(owner="zhangsan", balance=300000)
    Desk(floor, "boss").assigns({NUMBER: "lisi"})
    pays(floor, "lisi", NUMBER, 50000)
    floor.everybody_reads()
    return floor


def collected(floor: Floor, account: str) -> str:
    """The amount of the month as the person sees it."""
    floor[account].says("业绩")
    return floor[account].reads()[0].splitlines()[0].split(" 回收金额 ")[1]


def contests(floor: Floor) -> None:
    """张三 contests the payment by taps."""
    floor["zhangsan"].says("申诉")
    floor["zhangsan"].news()
    floor["zhangsan"].taps_card("contest_payment:1")
    floor["zhangsan"].news()
    floor["zhangsan"].taps_card("meant:1.0")


def test_a_payment_that_was_not_counted_is_credited_and_both_are_told(floor: Floor) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    assert (collected(floor, "zhangsan"), collected(floor, "lisi")) == ("0 元", "500 元")

    zhangsan.says("这笔还款没算我的")
    [told] = zhangsan.reads()
    assert told.startswith("哪里不对？\n点一笔没算给你的还款")
    assert told.endswith("[1001 500 元][别的数不对]")
    zhangsan.taps_card("contest_payment:1")
    told = zhangsan.reads()[-1]
    assert told.startswith("案件 1001 的 500 元，为什么该算你的？")
    zhangsan.says("转案前是我谈下来的")
    zhangsan.sees("申诉发给赵组长了：案件 1001 的 500 元。定了马上告诉你；不申诉了发「撤销」。")

    leader.sees("张三申诉：案件 1001 的 500 元\n转案前是我谈下来的\n[算他的][不同意]")
    leader.taps_card("contest_yes:1")

    leader.sees(
        "(按钮:已定)",
        "同意了张三的申诉：案件 1001 的 500 元。张三3月回收金额 0 元 → 500 元。"
        "已经告诉他和李四。定错了发「撤销」。",
    )
    zhangsan.sees("✅ 赵组长同意了你的申诉：案件 1001 的 500 元。你3月回收金额 0 元 → 500 元。发「业绩」看。")
    floor["lisi"].sees(
        "案件 1001 的 500 元经赵组长核实，改算张三的。你3月回收金额 500 元 → 0 元。"
        "不对就发「申诉 1001 500 元」。"
    )
    assert (collected(floor, "zhangsan"), collected(floor, "lisi")) == ("500 元", "0 元")
    actions = {one.action for one in rows(floor.muster, AuditEvent)}
    assert {"performance.contest", "performance.agree_contest", "cases.credit_payment"} <= actions


def test_a_decision_is_taken_back(floor: Floor) -> None:
    contests(floor)
    floor["leader"].says("同意申诉 1")
    floor.everybody_reads()

    floor["leader"].says("撤销")

    assert "已收回刚才的决定，张三的申诉又在等了。" in floor["leader"].reads()
    assert any(
        "刚才的决定收回了，你的申诉还在等：案件 1001 的 500 元。" in one for one in floor["zhangsan"].reads()
    )
    assert any("又算你的了。你3月回收金额 0 元 → 500 元。" in one for one in floor["lisi"].reads())
    assert (collected(floor, "zhangsan"), collected(floor, "lisi")) == ("0 元", "500 元")


def test_a_refusal_says_why_and_nothing_moves(floor: Floor) -> None:
    contests(floor)
    leader = floor["leader"]
    leader.news()

    leader.taps_card("contest_no:1")
    assert leader.reads()[-1].startswith("为什么不同意？\n张三：案件 1001 的 500 元。")
    leader.says("转案以后才谈下来")
    assert leader.reads()[-1] == "没有同意张三的申诉：案件 1001 的 500 元，已经告诉他。定错了发「撤销」。"

    assert floor["zhangsan"].reads()[-1] == (
        "赵组长没有同意你的申诉：案件 1001 的 500 元。\n原因：转案以后才谈下来\n有不同意见请直接找赵组长。"
    )
    assert [one.credited_to_id for one in rows(floor.muster, Payment)] == [floor.employee("lisi").id]
    leader.says("同意申诉 1")
    leader.sees("这份申诉已经答复：不同意，不用再办。")
    [kept] = rows(floor.muster, Contest)
    assert "谈".encode() not in (kept.words or b"") + (kept.answer or b"")


def test_nobody_contests_twice_or_what_was_never_theirs(floor: Floor) -> None:
    contests(floor)
    floor.everybody_reads()
    floor["zhangsan"].says("申诉 1001 500元")
    floor["zhangsan"].news()
    floor["zhangsan"].says("承诺是我记的")
    floor["zhangsan"].sees("这个已经申诉过了，还在等，定了马上告诉你。")
    floor["wangwu"].says("申诉 1001 500元")
    floor["wangwu"].sees(
        "你跟过的案件里没有这笔到账的还款。钱还了系统里没有的，发「还款 1001 500」报上来，财务确认就算。"
    )
    floor["lisi"].says("申诉 1001 500元")
    floor["lisi"].sees("案件 1001 的 500 元已经算你的了，发「怎么算的 回收金额」能看到。")
    floor["zhangsan"].says("申诉 1001")
    floor["zhangsan"].sees("案件 1001 的哪一笔？把金额也写上，如「申诉 1001 500元」。")


def test_who_asked_withdraws_it(floor: Floor) -> None:
    contests(floor)
    floor["zhangsan"].news()

    floor["zhangsan"].says("撤销")

    assert floor["zhangsan"].reads()[-1].startswith("已撤回申诉：案件 1001 的 500 元。")
    floor["leader"].news()
    floor["leader"].says("待批申诉")
    floor["leader"].sees("没有等你定的业绩申诉。")


def test_a_figure_is_contested_and_told_as_it_was_and_is(floor: Floor) -> None:
    lisi, leader = floor["lisi"], floor["leader"]
    lisi.says("申诉 回收金额")
    [told] = lisi.reads()
    assert told.startswith("3月的回收金额哪里不对？")
    lisi.says("少了一笔，案件 1001")
    lisi.sees("申诉发给赵组长了：3月回收金额。定了马上告诉你；不申诉了发「撤销」。")
    pays(floor, "lisi", NUMBER, 10000)
    leader.sees("李四申诉：3月回收金额\n少了一笔,案件 1001\n[同意，已改好][不同意]")

    leader.taps_card("contest_yes:1")

    assert any("你3月回收金额 500 元 → 600 元。" in one for one in lisi.reads())


def test_who_would_lose_by_it_or_is_elsewhere_does_not_decide(floor: Floor) -> None:
    contests(floor)
    floor.everybody_reads()
    for who in ("leader2", "far", "farboss"):
        floor[who].says("同意申诉 1")
        floor[who].sees("没有这份申诉，或者不归你管。发「待批申诉」看等你定的。")
    floor["lisi"].says("同意申诉 1")
    floor["lisi"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_what_waits_is_reminded_on_the_next_workday(floor: Floor) -> None:
    contests(floor)
    floor.everybody_reads()

    floor.clock.passes_to("2026-03-03 09:41")

    assert any(
        one.startswith("有 1 份业绩申诉等你定，发「待批申诉」就能点：\n· 张三 3月2日 周一申诉的，编号 1")
        for one in floor["leader"].reads()
    )


def test_by_the_api(floor: Floor, client: FlaskClient) -> None:
    def post(who: str, path: str, body: dict[str, Any]) -> int:
        headers = {"Authorization": f"Bearer {Tokens(floor.muster).issue(who)}"}
        return client.post(f"/api/v1{path}", json=body, headers=headers).status_code

    body = {"case": NUMBER, "amount": 50000, "words": "转案前是我谈下来的"}
    assert post("zhangsan", "/contests", body) == 201
    assert post("zhangsan", "/contests", {"words": "不对", "measure": "luck"}) == 422
    assert post("far", "/contests/1/decision", {"agrees": True}) == 404
    assert post("leader", "/contests/1/decision", {"agrees": True}) == 200
    assert [one.credited_to_id for one in rows(floor.muster, Payment)] == [floor.employee("zhangsan").id]
