"""催: a leader reminds people of their own cases by an ordinary sentence, and takes it back."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from models import cases, staff
from models.audit import AuditEvent
from models.cases import Case
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """The two teams."""
    found = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return found


def test_those_who_have_not_accepted_are_reminded_once_each(floor: Floor) -> None:
    first = floor.case(owner="zhangsan", accepted=False, balance=500000)
    second = floor.case(owner="zhangsan", accepted=False, name="李小红", phone="13800138001")
    floor.case(owner="lisi", name="赵小军", phone="13800138002")
    third = floor.case(owner="wangwu", accepted=False, name="孙小美", phone="13800138003")
    leader, zhangsan, wangwu = floor["leader"], floor["zhangsan"], floor["wangwu"]

    leader.says("催一下还没接单的，今天都接完")
    leader.sees(
        "催 2 人，共 3 件？\n每人收到一张卡片，只列自己的。共 11,000 元。附言：今天都接完\n[确认][取消]"
    )
    leader.says("好的")

    leader.sees("已经催了 2 人\n每人一张卡片。30 分钟内可以撤销，卡片会从手机上收回。\n[撤销]")
    zhangsan.sees(
        "赵组长提醒你：2 件还没接单\n「今天都接完」\n"
        f"{first} 王* M1 5,000 元\n{second} 李* M1 3,000 元\n[全部接单][看列表]"
    )
    wangwu.sees(f"赵组长提醒你：1 件还没接单\n「今天都接完」\n{third} 孙* M1 3,000 元\n[全部接单][看列表]")
    floor["lisi"].sees_nothing()


def test_a_reminder_is_taken_back_from_the_phones(floor: Floor) -> None:
    floor.case(owner="zhangsan", accepted=False)
    leader, zhangsan = floor["leader"], floor["zhangsan"]
    leader.says("催催张三")
    leader.says("确认")
    leader.news()
    [card] = zhangsan.news()

    leader.says("搞错了退回去")
    leader.says("撤销")

    leader.sees(
        "已撤销这次催办。\n1 条消息已从手机上收回。",
        "没有能撤销的操作。只能撤销自己刚做的、还在时间内的那一步。",
    )
    [recalled] = zhangsan.reads()
    assert recalled == f"(撤回:msg-{card.ids[0]})"


def test_after_a_reminder_with_words_one_without_words_goes_out(floor: Floor) -> None:
    floor.case(owner="zhangsan", accepted=False)
    leader, zhangsan = floor["leader"], floor["zhangsan"]
    leader.says("催一下还没接单的，今天都接完")
    leader.says("确认")
    floor.everybody_reads()

    leader.says("催一下还没接单的")
    leader.says("确认")

    assert leader.reads()[-1].startswith("已经催了 1 人")
    assert zhangsan.reads()[0].startswith("赵组长提醒你：1 件还没接单\n1001 ")


def test_what_was_done_meanwhile_is_not_chased(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", accepted=False)
    leader = floor["leader"]
    leader.says("催一下还没接单的")
    leader.news()
    with floor.muster.database.writing() as session:
        actor = staff.find_employee(session, "zhangsan", at=floor.clock.now())
        assert actor is not None
        case = session.get_one(Case, number)
        cases.accept(session, actor=actor, case=case, at=floor.clock.now(), policy=floor.policy)

    leader.says("确认")

    leader.sees("没有要催的：这些人手上没有等着办的案件。")
    floor["zhangsan"].sees_nothing()


def test_only_what_still_waits_is_chased_and_what_was_told_is_kept(floor: Floor) -> None:
    worked = floor.case(owner="zhangsan", accepted=False, balance=500000)
    waits = floor.case(owner="zhangsan", accepted=False, name="李小红", phone="13800138001")
    moved = floor.case(owner="lisi", accepted=False, name="赵小军", phone="13800138002")
    leader, zhangsan = floor["leader"], floor["zhangsan"]
    leader.says("催催一组")
    leader.news()
    floor.case(owner="wangwu", accepted=False, name="孙小美", phone="13800138003")
    zhangsan.says(f"催记 {worked} 没人接")
    floor["lisi"].says(f"催记 {moved} 没人接")
    floor.everybody_reads()

    leader.says("确认")

    assert leader.reads()[0].startswith("已经催了 1 人")
    zhangsan.sees(f"赵组长提醒你：1 件等着跟进\n{waits} 李* M1 3,000 元\n[看列表]")
    floor["lisi"].sees_nothing()
    floor["wangwu"].sees_nothing()
    with floor.muster.database.reading() as session:
        [kept] = session.scalars(select(AuditEvent).where(AuditEvent.action == "cases.chase"))
    assert kept.details == {str(floor.employee("zhangsan").id): 1}


def test_a_name_that_sounds_like_two_people_is_asked_back(floor: Floor) -> None:
    floor.case(owner="lisi", accepted=False)
    boss = floor["boss"]

    boss.says("催催丽思")
    boss.sees("对谁？\n「丽思」可能是下面几个，点一下，也可以直接回复。\n[李四][李思][取消]")
    boss.taps_card(next(b["key"] for b in boss.last_card["button_list"] if b["text"] == "李四"))

    [preview] = boss.reads()
    assert preview.startswith("催 1 人，共 1 件？")


def test_the_answer_may_be_typed_and_the_question_survives_a_restart(floor: Floor) -> None:
    floor.case(owner="lisi", accepted=False)
    boss = floor["boss"]
    boss.says("催催丽思")
    boss.news()

    boss.says("李四")

    [preview] = boss.reads()
    assert preview.startswith("催 1 人，共 1 件？")


def test_nobody_chases_people_of_another_branch(floor: Floor) -> None:
    floor.case(owner="yuansan", branch="城南分公司", accepted=False)

    floor["boss"].says("催催远三")

    floor["boss"].sees("没有找到「远三」。对谁？直接回复就行，不做了回复「取消」。")
    floor["yuansan"].sees_nothing()


def test_a_collector_may_not_chase(floor: Floor) -> None:
    floor["zhangsan"].says("催一下李四")

    floor["zhangsan"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_words_that_must_not_be_said_are_not_sent_and_numbers_are_masked(floor: Floor) -> None:
    floor.case(owner="zhangsan", accepted=False)
    leader = floor["leader"]

    leader.says("催一下还没接单的，不接让你好看")

    leader.sees(
        "什么都没有发：「让你好看」属于威胁恐吓。"
        "可以这样说：请尽快处理这笔欠款；有困难可以联系我们，一起商量还款安排。"
    )
    leader.says("催一下还没接单的，有事打13800138000")
    leader.sees(
        "催 1 人，共 1 件？\n每人收到一张卡片，只列自己的。共 3,000 元。附言：有事打138****8000\n[确认][取消]"
    )
