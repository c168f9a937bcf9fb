"""争议, 停催, 恢复, 转告, 留案, 退案 and 重新打开, on all the phones it concerns."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.policy import work_calendar
from models import contact, lifecycle, staff
from models.cases import CaseStatus, FollowUp, Halt, HaltKind, Signal
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

PASSED_ON = "客服转告：1001 王*想还款\n周五能还5000\n[已联系][稍后][催记][看案件]"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams, and head office, a few minutes past ten; 张三 has a case."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    made.case(owner="zhangsan", balance=800_000)
    return made


def covers(floor: Floor, *, away: str, cover: str) -> None:
    """Somebody is away today and tomorrow, somebody else stands in, and everybody has read that."""
    with floor.muster.database.writing() as session:
        now = floor.clock.now()
        boss, absent, there = (
            staff.find_employee(session, account, at=now) for account in ("boss", away, cover)
        )
        assert boss is not None
        assert absent is not None
        assert there is not None
        lifecycle.arrange_cover(
            session,
            actor=boss,
            employee=absent,
            cover=there,
            first=now.date(),
            last=now.date() + timedelta(days=1),
            at=now,
            policy=floor.policy,
            calendar=work_calendar(floor.policy),
        )
    floor.clock.passes_to("10:06")
    floor.everybody_reads()


def test_a_dispute_stops_contact_until_the_supervisor_has_looked(floor: Floor) -> None:
    floor["zhangsan"].says("争议 1001 说金额不对")
    floor["zhangsan"].sees(
        "1001 王*停催了（有争议），已经告诉主管。恢复之前请不要联系，约好的提醒也先停了。"
        "「撤销」收不回；停错了请主管发「恢复 1001」。"
    )
    floor["boss"].sees("1001 王*停催：有争议\n说金额不对\n[不成立，恢复][成立，恢复][历史]")
    floor["zhangsan"].says("承诺 1001 500 周五")
    floor["zhangsan"].sees("案件 1001 在处理争议，现在不能这样做。")

    floor["boss"].taps_card("case_resume:1001.dismissed")

    floor["boss"].sees("(按钮:已恢复)", "1001 王*恢复跟进了，记为不成立，已告诉张三。")
    floor["zhangsan"].sees("1001 王*可以接着跟了\n核实过，客户说的不成立，耐心解释就好。\n[看案件]")
    assert floor.look(1001).status == CaseStatus.IN_PROGRESS


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("他说已经没有路走了", HaltKind.SELF_HARM),
        ("没有路给他走了", HaltKind.SELF_HARM),
        ("说走投无路了", HaltKind.SELF_HARM),
        ("说活不下去，死了算了", HaltKind.SELF_HARM),
        ("家人说他自杀身亡", HaltKind.DEATH),
        ("家人说他上个月走了", None),
        ("他爱人说人走了", HaltKind.DEATH),
        ("没法走路，瘫痪了", HaltKind.ILLNESS),
    ],
)
def test_words_without_a_way_out_are_danger_and_no_death(
    floor: Floor, words: str, kind: HaltKind | None
) -> None:
    floor["zhangsan"].says(f"停催 1001 {words}")

    told = floor["zhangsan"].reads()[0]
    if kind is None:
        assert "为什么停催" in told
        assert not rows(floor.muster, Halt)
        return
    [halt] = rows(floor.muster, Halt)
    assert halt.kind == kind


def test_a_death_hands_the_case_to_the_supervisor(floor: Floor) -> None:
    floor["zhangsan"].says("停催 1001 客户去世了")

    floor["zhangsan"].sees(
        "1001 王*停催了（身故），已经告诉主管。恢复之前请不要联系，约好的提醒也先停了。"
        "「撤销」收不回；停错了请主管发「恢复 1001」。"
    )
    floor["boss"].sees("1001 王*停催：身故\n客户去世了\n[恢复跟进][历史]")
    assert floor.look(1001).status == CaseStatus.SUSPENDED
    assert floor.look(1001).owner_id == floor.employee("boss").id
    floor["boss"].says("恢复 1001")
    assert floor["boss"].reads()[-1] == "1001 王*恢复跟进了，已告诉张三。"
    assert floor.look(1001).owner_id == floor.employee("zhangsan").id


def test_who_had_a_suspended_case_goes_on_noting_and_reporting_money(floor: Floor) -> None:
    floor["zhangsan"].says("催记 1001 接通了，客户说不想活了")
    assert floor["zhangsan"].reads()[-1].endswith("[报了][没报]")
    floor.everybody_reads()
    assert floor.look(1001).owner_id == floor.employee("boss").id

    floor["zhangsan"].taps("case_stated:1001.y")
    floor["zhangsan"].sees("好的，记下了：开头报了机构名称。")
    floor["boss"].sees_nothing()
    floor["zhangsan"].says("催记 1001 他爱人回电，人没事")
    assert any(one.startswith("记好了：1001") for one in floor["zhangsan"].reads())
    floor["zhangsan"].says("案件 1001")
    assert floor["zhangsan"].reads()[0].startswith("1001 王* · 暂停")
    floor["zhangsan"].says("还款 1001 2000")
    assert any(one.startswith("报上去了：1001 还 2,000 元") for one in floor["zhangsan"].reads())

    floor["zhangsan"].says("下次 1001 明天下午3点")
    floor["zhangsan"].sees("案件 1001 刚刚有变动，现在由钱主管负责。请重新打开看最新的情况。")
    floor["lisi"].says("催记 1001 没人接")
    floor["lisi"].sees("没有找到案件 1001，请核对编号。")


def test_the_reason_of_a_halt_can_be_tapped(floor: Floor) -> None:
    floor["zhangsan"].says("停催 1001")
    floor["zhangsan"].sees(
        "1001 王* 为什么停催？\n停了以后谁都不能联系，由主管决定什么时候恢复，自己撤不回来。"
        "客户说了轻生的话，直接发「停催 1001 不想活了」。\n"
        "[有争议][要投诉][身故][重病][受灾][司法程序]"
    )

    floor["zhangsan"].taps_card("case_halt:1001.illness")

    assert floor["zhangsan"].reads()[0] == "(按钮:已停催)"
    assert floor.look(1001).status == CaseStatus.SUSPENDED


def test_a_collector_cannot_resume(floor: Floor) -> None:
    floor["zhangsan"].says("恢复 1001")

    floor["zhangsan"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


@pytest.mark.parametrize("words", ["转告 1001 周五能还5000", "转告 王小明 8000 周五能还5000"])
def test_willingness_to_pay_reaches_the_owner_with_a_deadline(floor: Floor, words: str) -> None:
    floor["zhengkefu"].says(words)

    floor["zhangsan"].sees(PASSED_ON)
    card = floor["zhangsan"].last_card
    assert card is not None
    assert {row["keyname"]: row["value"] for row in card["horizontal_content_list"]} == {
        "金额": "5,000 元",
        "日子": "3月6日 周五",
        "余额": "8,000 元",
        "期限": "3月2日 周一 10:10 前联系",
        "客服": "郑客服",
    }
    floor["zhengkefu"].sees(
        "转给张三了：1001 王*想还款，5,000 元，3月6日 周五。要在 3月2日 周一 10:10 前处理，处理了告诉你。"
    )


def test_customer_service_hears_when_it_was_dealt_with(floor: Floor) -> None:
    floor["zhengkefu"].says("转告 1001 周五能还5000")
    floor.everybody_reads()

    floor["zhangsan"].taps_card("signal_done:1")

    floor["zhangsan"].sees("(按钮:已联系)", "好的，已告诉客服。别忘了记一笔：「催记 1001 说了什么」。")
    floor["zhengkefu"].sees("你转告的 1001，张三已经处理了。")


@pytest.mark.parametrize("said", ["催记 1001 接通了，周五还", "承诺 1001 5000 周五", "还款 1001 5000 今天"])
def test_reaching_the_debtor_deals_with_it_as_well(floor: Floor, said: str) -> None:
    floor["zhengkefu"].says("转告 1001 周五能还5000")
    floor.everybody_reads()

    floor["zhangsan"].says(said)

    floor["zhengkefu"].sees("你转告的 1001，张三已经处理了。")
    assert rows(floor.muster, Signal)[0].handled_at == floor.clock.now()


@pytest.mark.parametrize("said", ["催记 1001 没人接", "催记 1001 别人接的", "催记 1001 空号"])
def test_a_failed_try_leaves_it_open(floor: Floor, said: str) -> None:
    floor["zhengkefu"].says("转告 1001 周五能还5000")
    floor.everybody_reads()

    floor["zhangsan"].says(said)

    floor["zhengkefu"].sees_nothing()
    assert "客服转告的还没联系上本人，先留着；" in "".join(floor["zhangsan"].reads())
    assert rows(floor.muster, Signal)[0].handled_at is None
    floor["zhangsan"].taps_card("signal_done:1")
    floor["zhengkefu"].sees("你转告的 1001，张三已经处理了。")


def test_a_correction_deals_with_nothing_that_came_later(floor: Floor) -> None:
    floor["zhangsan"].says("催记 1001 谈过了")
    floor.clock.at("10:06")
    floor["zhengkefu"].says("转告 1001 周五能还5000")
    floor.clock.at("10:07")
    floor.everybody_reads()

    floor["zhangsan"].says("更正 1001 本人接听，说下周还")
    floor["zhangsan"].taps_card("case_stated:1001.y")

    floor["zhengkefu"].sees_nothing()
    assert rows(floor.muster, Signal)[0].handled_at is None


def test_it_can_wait_half_an_hour(floor: Floor) -> None:
    floor["zhengkefu"].says("转告 1001 周五能还5000")
    floor.everybody_reads()

    floor["zhangsan"].taps_card("signal_later:1")

    floor["zhangsan"].sees(
        "(按钮:稍后提醒)", "好的，10:35 再提醒你跟 1001。客服这边的期限还是 3月2日 周一 10:10。"
    )


def test_late_in_the_evening_it_waits_for_the_next_lawful_moment(floor: Floor) -> None:
    floor.clock.at("21:40")
    floor["zhengkefu"].says("转告 1001 周五能还5000")
    floor.everybody_reads()

    floor["zhangsan"].taps_card("signal_later:1")

    [planned] = rows(floor.muster, FollowUp)
    assert f"{planned.due_at:%m-%d %H:%M}" == "03-03 08:00"
    assert (
        floor["zhangsan"]
        .reads()[1]
        .startswith("那时不能联系客户，推到能联系的时候：3月3日 周二 08:00 再提醒你跟 1001。")
    )
    floor["zhangsan"].taps(f"case_snooze:{planned.id}.30")
    floor["zhangsan"].sees("那时不能联系客户，推到能联系的时候：3月3日 周二 08:00 再提醒你跟进 1001。")


def test_who_may_not_contact_debtors_plans_no_contact(floor: Floor, muster: Muster) -> None:
    floor["zhengkefu"].says("转告 1001 周五能还5000")
    with muster.database.writing() as session:
        person = staff.find_known(session, "zhangsan")
        assert person is not None
        contact.suspend(session, employee=person, why="威胁客户", at=muster.clock.now(), by=None)
    floor.everybody_reads()

    floor["zhangsan"].taps_card("signal_later:1")
    assert floor["zhangsan"].reads()[-1].startswith("现在不能联系：")
    floor["zhangsan"].says("下次 1001 明天下午3点")

    assert floor["zhangsan"].reads()[0].startswith("现在不能联系：")
    assert rows(floor.muster, FollowUp) == []


def test_whoever_stands_in_gets_what_is_passed_on(floor: Floor, muster: Muster) -> None:
    covers(floor, away="zhangsan", cover="lisi")

    floor["zhengkefu"].says("转告 1001 周五能还5000")

    floor["lisi"].sees(PASSED_ON)
    floor["lisi"].taps_card("signal_done:1")
    assert floor["lisi"].reads()[0] == "(按钮:已联系)"


def test_whoever_stands_in_has_the_cases_on_the_list_marked_with_whose_they_are(floor: Floor) -> None:
    floor.case(owner="lisi", name="李雷", phone="13800138001", accepted=False)
    floor.case(owner="zhangsan", name="韩梅", phone="13800138002", accepted=False)
    covers(floor, away="zhangsan", cover="lisi")

    floor["lisi"].says("我的案件")

    floor["lisi"].sees(
        "今天要跟 3 件\n手上共 3 件（代班 2 件），1 件还没接，发「接单」全部接下。\n"
        "[1002 李*][1003 韩*][1001 王*]"
    )
    card = floor["lisi"].last_card
    assert card is not None
    assert [row["value"] for row in card["horizontal_content_list"]] == [
        "1002 李* M1 3,000 元",
        "1003 韩* M1 3,000 元，代张三",
        "1001 王* M1 8,000 元，代张三",
    ]
    floor["lisi"].taps_card("case:1001")
    assert floor["lisi"].reads()[-1].endswith("[拨打][催记][承诺][还款][历史][更多]")
    floor["lisi"].says("接单")
    floor["lisi"].reads()
    assert floor.look(1003).status == CaseStatus.ASSIGNED
    floor["zhangsan"].says("我的案件")
    assert "代班" not in floor["zhangsan"].reads()[0]


def test_whoever_stands_in_has_the_offers_too_and_hears_of_those_not_shown(floor: Floor) -> None:
    for serial in range(1, 4):
        floor.case(owner="zhangsan", name=f"李{serial}", phone=f"1380013810{serial}")
    for number in range(1001, 1005):
        floor["zhangsan"].says(f"减免 {number} {7900 if number == 1001 else 2950} 3月20日 原因 失业")
    covers(floor, away="leader", cover="leader2")

    floor["leader2"].says("待批减免")

    *cards, more = floor["leader2"].reads()
    assert len(cards) == 3
    assert more == "先看最早的 3 个，还有 1 个等你批。批完这些再发「待批减免」。"
    card = floor["leader2"].last_card
    assert card is not None
    assert {"keyname": "代谁批", "value": "赵组长"}.items() <= card["horizontal_content_list"][-1].items()
    floor["leader2"].taps("offer_approve:1")
    assert floor["leader2"].reads()[-1].startswith("同意了：1001 王*")


def test_customer_service_is_told_what_is_missing(floor: Floor) -> None:
    floor.case(owner="lisi", branch="城南分公司", name="远方人", phone="13900139000")
    for said, answer in (
        (
            "转告",
            "写成「转告 1024 周五能还5000」；"
            "不知道编号就写姓名和手机尾号，如「转告 王小明 8000 周五能还5000」。",
        ),
        ("转告 1001", "客户说了什么？写成「转告 1001 周五能还5000」。"),
        (
            "转告 赵大 1234 想还钱",
            "没有找到「赵大」、手机尾号 1234 的案件，或者不在你的范围里。"
            "请再核对姓名和尾号，或直接写案件编号。",
        ),
    ):
        floor["zhengkefu"].says(said)
        floor["zhengkefu"].sees(answer)


def test_a_case_is_retained_returned_and_opened_again(floor: Floor) -> None:
    floor["boss"].says("留案 1001 到3月20日 下周回款")
    floor["boss"].sees("留案了：1001 王*到 3月20日 周五 都归张三，不会被自动收回。")
    floor["zhangsan"].sees("钱主管把 1001 王*给你留到 3月20日 周五：下周回款")
    floor["boss"].says("退案 1001 甲方要求")
    floor["boss"].sees(
        "把 1 个案件退回甲方？\n"
        "退了就不能再联系客户，提醒和承诺都停；确认后不能撤销，退错了要「重新打开」。\n[确认][取消]"
    )
    floor["boss"].says("确认")
    floor["boss"].sees("退回甲方了：1001。退错了可以发「重新打开 1001 原因」。")
    floor["zhangsan"].sees("钱主管把你的 1001 退回甲方了：甲方要求。请不要再联系。")

    floor["boss"].says("重新打开 1001 甲方又委托")

    floor["boss"].sees("重新打开了：1001 王*，还归张三。")
    floor["zhangsan"].sees("1001 王*重新打开了，归你跟\n钱主管：甲方又委托\n[看案件]")
    assert floor.look(1001).status == CaseStatus.IN_PROGRESS


DEBTORS = (("李小红", "13800138001"), ("赵小军", "13800138002"), ("孙小兰", "13800138003"))


def placed(floor: Floor) -> list[int]:
    """A placement of two cases of 张三, one of 李四 and one in the pool."""
    [second, third, fourth] = DEBTORS
    return [
        1001,
        floor.case(owner="zhangsan", bucket=3, name=second[0], phone=second[1]),
        floor.case(owner="lisi", name=third[0], phone=third[1]),
        floor.case(name=fourth[0], phone=fourth[1]),
    ]


def test_a_whole_placement_goes_back(floor: Floor) -> None:
    numbers = placed(floor)
    other = floor.case(owner="lisi", placement="R-2026-03", name="别批", phone="13800138009")
    floor["boss"].says(f"留案 {numbers[1]} 到3月20日 下周回款")
    floor.everybody_reads()

    floor["boss"].says("2026-03批退回甲方")
    floor["boss"].sees(
        "把 2026-03批 的 4 件退回甲方？\n"
        "在你范围里还没结束的都退，共 17,000 元，在 3 人手上，其中 1 件是留案的，也一起退。"
        "退了就不能再联系客户，提醒和承诺都停；确认后不能撤销，退错了只能一件一件「重新打开」。\n[确认][取消]"
    )
    floor["boss"].says("确认")

    floor["boss"].sees("2026-03批 退回甲方了：4 件，共 17,000 元，原来在 3 人手上，都告诉他们了。")
    floor["zhangsan"].sees(
        "钱主管把 2026-03批 退回甲方了，你手上的 2 件（11,000 元）也在里面。请不要再联系。"
    )
    floor["lisi"].sees("钱主管把 2026-03批 退回甲方了，你手上的 1 件（3,000 元）也在里面。请不要再联系。")
    assert {floor.look(number).status for number in numbers} == {CaseStatus.RETURNED}
    assert floor.look(other).status == CaseStatus.IN_PROGRESS
    floor["boss"].says("撤销")
    floor["boss"].sees(f"退案不能撤销。退错了发「重新打开 {numbers[-1]} 原因」，一个一个来。")


def test_a_kind_of_a_placement_goes_back_with_a_reason(floor: Floor) -> None:
    numbers = placed(floor)

    floor["boss"].says("退案 2026-03批 M3 甲方要求")
    [asked] = floor["boss"].reads()
    assert asked.startswith("把 2026-03批 M3 的 1 件退回甲方？")
    floor["boss"].says("确认")

    assert [floor.look(number).status for number in numbers] == [
        CaseStatus.IN_PROGRESS,
        CaseStatus.RETURNED,
        CaseStatus.IN_PROGRESS,
        CaseStatus.POOL,
    ]
    floor.hears_only("boss", "zhangsan")


def test_a_large_placement_goes_back_part_by_part(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.case_returns.AT_ONCE", 2)
    numbers = placed(floor)
    floor["boss"].says("2026-03批退回甲方")
    floor["boss"].news()
    later = floor.case(owner="lisi", name="后来", phone="13800138009")

    floor["boss"].says("确认")
    floor["boss"].sees("好的，正在把 2026-03批 分批退回甲方，全部退完告诉你。退的时候别的事照常办。")
    assert [floor.look(number).status for number in numbers[1:3]] == [
        CaseStatus.RETURNED,
        CaseStatus.IN_PROGRESS,
    ]
    floor.clock.passes_to("10:06")
    floor.clock.passes_to("10:07")

    assert {floor.look(number).status for number in numbers} == {CaseStatus.RETURNED}
    assert floor.look(later).status == CaseStatus.IN_PROGRESS
    floor["boss"].sees("2026-03批 退回甲方了：4 件，共 17,000 元，原来在 3 人手上，都告诉他们了。")
    floor.hears_only("zhangsan", "lisi")


def test_a_placement_out_of_reach_is_as_one_that_is_not_there(floor: Floor) -> None:
    for said in ("2026-03批", "甲批"):
        floor["farboss"].says(f"退案 {said}")
        floor["farboss"].sees(
            f"没有找到「{said}」里还没结束的案件，或者不在你的范围里。请核对批次号；"
            "退几个案件写编号和原因，如「退案 1024 甲方要求」。"
        )


def test_not_everything_names_what_goes_back(floor: Floor) -> None:
    placed(floor)
    for said in ("退案 2026-03批 没接单的", "退案 1001 2026-03批"):
        floor["boss"].says(said)
        floor["boss"].sees(
            "要退 2026-03批 的哪些？整批写「退案 2026-03批」，也可以加账龄、产品、金额，"
            "如「退案 2026-03批 M3」；只退几个案件就写编号。"
        )
    floor["zhangsan"].says("2026-03批退回甲方")

    assert "确认" not in floor["zhangsan"].reads()[0]
