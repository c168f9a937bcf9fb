"""补卡: somebody forgot to check in, says so, and the leader decides."""

import pytest
from flask.testing import FlaskClient

from models.staff import Role
from tests.simulator import Given, Member, Messenger, TestClock

BEFORE = (("2026-03-02", "08:55", "18:00"), ("2026-03-03", "09:20", "18:40"), ("2026-03-04", "08:50", ""))
"""Day, came, went: on Tuesday she is late, on Wednesday she forgets to check out."""


@pytest.fixture
def bella(
    client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given, leader: Member
) -> Member:
    """A collector who checks out as well; it is Thursday now, and she has looked at everything."""
    given.employee("bella", "白小贝", shift="09:00", out=True)
    member = Member("bella", client, messenger, clock)
    for day, came, went in BEFORE:
        clock.at(f"{day} {came}")
        member.says("上班")
        if went:
            clock.at(f"{day} {went}")
            member.says("下班")
    clock.at("2026-03-05 08:40")
    member.says("上班")
    member.news()
    return member


@pytest.fixture
def manager(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """Another leader of the team."""
    given.employee("second", "孙组长", role=Role.TEAM_LEADER, shift="")
    return Member("second", client, messenger, clock)


def test_a_forgotten_check_out_is_asked_for_in_one_sentence_and_approved(
    bella: Member, leader: Member
) -> None:
    bella.says("补卡 昨天 下班 18:00 手机没电")
    bella.sees(
        "已经发给赵组长\n补卡：3月4日 周三 下班 18:00。批了马上告诉你；发「我的申请」看进度。\n"
        "[撤回申请][我的申请]"
    )
    leader.sees("白小贝补卡：3月4日 周三 下班 18:00\n手机没电\n[同意][不同意]")

    leader.taps_card("attendance_yes:1")

    leader.sees("(按钮:已批)", "同意：白小贝 补卡：3月4日 周三 下班 18:00，已经告诉他。批错了发「撤销」。")
    bella.sees(
        "(按钮:已批)", "✅ 赵组长同意了：补卡：3月4日 周三 下班 18:00。考勤已经改好，发「我的考勤」看。"
    )
    bella.says("我的考勤")
    assert "3月4日" not in bella.reads()[0]


def test_the_days_to_correct_are_buttons_and_so_are_the_reasons(bella: Member, leader: Member) -> None:
    bella.says("补卡")
    bella.sees(
        "补哪一次卡？\n点一个，按班次的时间补；不是那个时间就发「补卡 3月4日 周三 下班 18:30 原因」。"
        "3 个工作日以内的都能补。\n[3月4日 周三 下班][3月3日 周二 上班]"
    )
    bella.taps_card("correct:2026-03-04.out")
    bella.sees(
        "(按钮:在写原因)",
        "3月4日 周三 下班，为什么补？\n点一个，或直接打字写原因；不补了回复「取消」。\n"
        "[手机没电][忘了打][没有信号][在外面办事][取消]",
    )

    bella.says("电梯里没信号")

    assert bella.reads()[0].startswith("已经发给赵组长\n补卡：3月4日 周三 下班 18:00。")
    leader.sees("白小贝补卡：3月4日 周三 下班 18:00\n电梯里没信号\n[同意][不同意]")


def test_who_was_late_through_no_fault_says_so_and_the_way_back_restores_it(
    bella: Member, leader: Member
) -> None:
    bella.says("迟到申诉 周二 上班 8:58 门禁坏了")
    bella.news()
    leader.news()
    leader.taps_card("attendance_yes:1")
    leader.news()
    bella.news()
    bella.says("我的考勤")
    assert "迟到" not in bella.reads()[0]

    leader.says("撤销")

    leader.sees(
        "已收回刚才的决定，白小贝的申请又在等了。",
        "白小贝补卡：3月3日 周二 上班 08:58\n门禁坏了\n[同意][不同意]",
    )
    told = bella.reads()
    assert told[-1] == ("刚才的决定收回了，你的申请还在等：补卡：3月3日 周二 上班 08:58。")
    bella.says("我的考勤")
    assert "· 3月3日 周二 迟到 20 分钟（09:20–18:40）" in bella.reads()[0]


def test_no_comes_with_a_reason(bella: Member, leader: Member, manager: Member) -> None:
    bella.says("补卡 昨天 下班 手机没电")
    bella.news()
    leader.news()
    manager.sees("白小贝补卡：3月4日 周三 下班 18:00\n手机没电\n[同意][不同意]")

    leader.taps_card("attendance_no:1")
    leader.sees(
        "(按钮:在写原因)",
        "为什么不同意？\n白小贝 补卡：3月4日 周三 下班 18:00。请直接打字，会告诉他；"
        "不做了回复「取消」。\n[取消]",
    )
    leader.says("那天你五点就走了")

    leader.sees(
        "(按钮:已批)", "没有同意：白小贝 补卡：3月4日 周三 下班 18:00，已经告诉他。批错了发「撤销」。"
    )
    bella.sees(
        "(按钮:已批)",
        "赵组长没有同意：补卡：3月4日 周三 下班 18:00。\n原因：那天你五点就走了\n有不同意见请直接找赵组长。",
    )
    manager.taps_card("attendance_yes:1")
    assert manager.reads()[-1] == "这份申请已经答复：不同意，不用再办。"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("补卡 周一 上班 9:00 忘了", "3月2日 周一 08:55 已经打过上班卡，没有迟到，不用补。"),
        ("补卡 3月1日 上班 9:00 忘了", "3月1日 周日 你休息，不用打卡，也就不用补。"),
        ("补卡 今天 下班 18:00 忘了", "3月5日 周四 的下班卡还能打：发「下班」就行，不用补。"),
        ("补卡 2月25日 上班 9:00 忘了", "2月25日 周三 已经过了 3 个工作日，补不了了，请找主管当面说明。"),
        (
            "补卡 昨天 下班 8:00 忘了",
            "3月4日 周三 是 09:00–18:00 的班，08:50 有另一张卡，08:00 的下班卡对不上。"
            "请写那天真正的时间，如「补卡 3月4日 周三 下班 18:00 原因」。",
        ),
    ],
)
def test_what_cannot_be_corrected_is_refused_plainly(
    bella: Member, said: str, told: str, leader: Member
) -> None:
    bella.says(said)

    bella.sees(told)


def test_the_same_is_not_asked_twice_and_may_be_withdrawn(bella: Member, leader: Member) -> None:
    bella.says("补卡 昨天 下班 18:00 手机没电")
    bella.news()
    leader.news()
    bella.says("补卡 昨天 下班 18:30 手机没电")
    bella.sees("3月4日 周三 已经申请过了，发「我的申请」看批了没有。")

    bella.says("我的申请")
    bella.sees("最近一个月的申请：\n· 补卡：3月4日 周三 下班 18:00，等着批；不要了发「撤回申请 1」")
    bella.says("撤回申请 1")
    bella.sees("(按钮:已撤回)", "已撤回：补卡：3月4日 周三 下班 18:00。")
    leader.sees("(按钮:已撤回)")


def test_a_fourth_correction_in_a_month_is_a_matter_for_a_talk(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    for day in ("2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12"):
        clock.at(f"{day} 08:40")
        bella.says("上班")
        clock.at(f"{day} 22:31")
        bella.news()
        bella.says("补卡 今天 下班 18:00 忘了")

    bella.sees("3 月已经补过 3 次卡，一个月最多 3 次，请找主管当面说明。")
    assert len(leader.reads()) == 3


def test_nobody_decides_their_own_and_collectors_decide_nothing(
    bella: Member, leader: Member, manager: Member, clock: TestClock
) -> None:
    clock.at("2026-03-05 19:05")
    leader.says("补卡 今天 上班 9:00 忘了")
    leader.news()
    manager.sees("赵组长补卡：3月5日 周四 上班 09:00\n忘了\n[同意][不同意]")

    leader.says("同意考勤 1")
    leader.sees("自己的申请不能自己批，等你的上级。")
    bella.says("同意考勤 1")
    bella.sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")
    leader.says("考勤申请")
    leader.sees("没有等你批的补卡、请假和加班。")


def test_what_waits_comes_again_on_the_next_workday(bella: Member, leader: Member, clock: TestClock) -> None:
    bella.says("补卡 昨天 下班 18:00 手机没电")
    bella.news()
    leader.news()

    clock.passes_to("2026-03-06 09:35")

    told = "有 1 份考勤申请等你批，发「考勤申请」就能点：\n· 白小贝 补卡：3月4日 周三 下班 18:00"
    assert told in leader.reads()
