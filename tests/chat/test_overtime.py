"""加班: asked for before and afterwards, decided by the leader, and counted by the check-ins."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from tests.chat.test_attendance import newest_book
from tests.simulator import Given, Member, Messenger, TestClock


@pytest.fixture
def bella(
    client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given, leader: Member
) -> Member:
    """A collector who checks out as well, nine to six; it is Monday morning and she is there."""
    given.employee("bella", "白小贝", shift="09:00", out=True)
    clock.at("08:41")
    member = Member("bella", client, messenger, clock)
    member.says("上班")
    member.news()
    return member


def test_overtime_is_asked_for_before_it_and_counts_what_the_check_out_bears_out(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    clock.at("16:07")
    bella.says("加班 今晚 18:00-20:30 月底冲刺")
    bella.sees(
        "已经发给赵组长\n工作日加班：3月2日 周一 18:00 到 20:30。批了马上告诉你；发「我的申请」看进度。\n"
        "[撤回申请][我的申请]"
    )
    leader.sees("白小贝工作日加班：3月2日 周一 18:00 到 20:30\n月底冲刺\n[同意][不同意]")

    leader.taps_card("attendance_yes:1")
    leader.sees(
        "(按钮:已批)",
        "同意：白小贝 工作日加班：3月2日 周一 18:00 到 20:30，已经告诉他。批错了发「撤销」。",
    )
    bella.sees(
        "(按钮:已批)",
        "✅ 赵组长同意了：工作日加班：3月2日 周一 18:00 到 20:30。算多少以打卡为准，走的时候记得打下班卡。",
    )
    clock.at("19:46")
    bella.says("下班")
    bella.sees("✅ 19:46 下班打卡成功\n加班 1 小时 46 分")
    clock.at("21:10")
    bella.says("下班")
    bella.sees("✅ 21:10 下班打卡成功\n加班 2 小时 30 分")

    bella.says("我的加班")
    bella.sees(
        "3月1日 周日 到 3月31日 周二，加班 2 小时 30 分：工作日 2 小时 30 分\n"
        "· 3月2日 周一 工作日 18:00–20:30，算 2 小时 30 分\n批了的，算打卡能证明的那一段，不到 30 分钟不算。"
    )
    bella.says("我的考勤")
    assert "其中批了的加班 2 小时 30 分：工作日 2 小时 30 分" in bella.reads()[0]


def test_a_late_check_out_offers_it_as_a_tap_and_the_reason_is_a_tap_too(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    clock.at("20:31")
    bella.says("下班")
    bella.sees("✅ 20:31 下班打卡成功\n多做了 2 小时 31 分，要算加班吗？\n[算加班]")

    bella.taps_card("claim_overtime:2026-03-02")
    bella.sees(
        "(按钮:在写原因)",
        "3月2日 周一 18:00 到 20:31，为什么加班？\n点一个，或直接打字写原因；不申请了回复「取消」。\n"
        "[月底冲刺][客户晚上才有空][交接案件][开会、培训][取消]",
    )
    bella.says("等客户回电话")

    assert bella.reads()[0].startswith("已经发给赵组长\n工作日加班：3月2日 周一 18:00 到 20:31。")
    leader.sees("白小贝工作日加班：3月2日 周一 18:00 到 20:31\n等客户回电话\n[同意][不同意]")


def test_who_leaves_on_time_is_offered_nothing(bella: Member, clock: TestClock) -> None:
    clock.at("18:29")
    bella.says("下班")

    bella.sees("✅ 18:29 下班打卡成功")


def test_a_day_off_counts_from_coming_to_going(bella: Member, leader: Member, clock: TestClock) -> None:
    clock.at("2026-03-07 10:00")
    bella.says("上班")
    bella.news()
    clock.at("2026-03-07 15:37")
    bella.says("下班")
    assert bella.reads()[0] == "✅ 15:37 下班打卡成功\n多做了 5 小时 37 分，要算加班吗？\n[算加班]"

    bella.says("加班 10:00-14:00 清库存")
    bella.news()
    leader.sees("白小贝休息日加班：3月7日 周六 10:00 到 14:00\n清库存\n[同意][不同意]")
    leader.taps_card("attendance_no:1")
    leader.says("没有安排你来")
    leader.news()
    bella.sees(
        "(按钮:已批)",
        "赵组长没有同意：休息日加班：3月7日 周六 10:00 到 14:00。\n"
        "原因：没有安排你来\n有不同意见请直接找赵组长。",
    )
    leader.says("撤销")
    leader.news()
    bella.news()
    leader.says("同意考勤 1")
    leader.news()
    bella.news()
    bella.says("我的加班")
    assert "· 3月7日 周六 休息日 10:00–14:00，算 4 小时" in bella.reads()[0]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("加班 今天 14:00-17:00 赶进度", "3月2日 周一 是 09:00–18:00 的班，18:00 以后的才算加班。"),
        ("加班 今天 18:00-18:20 赶进度", "不到 30 分钟不算加班。"),
        (
            "加班 2月25日 18:00-20:00 赶进度",
            "2月25日 周三 已经过了 3 个工作日，申请不了加班了，请找主管当面说明。",
        ),
        ("加班 5月20日 18:00-20:00 赶进度", "5月20日 周三 还早，一个月以内的加班才能申请。"),
        (
            "加班 3月7日 搬家",
            "3月7日 周六 从几点加到几点？请一起写上，如「加班 3月7日 周六 18:00-20:30 月底冲刺」。",
        ),
        (
            "加班",
            "最近 3 个工作日，打卡没有多出半小时以上的。要加班就先申请，写上几点到几点和原因，"
            "如「加班 今晚 18:00-20:30 月底冲刺」。",
        ),
        ("我的加班", "3月1日 周日 到 3月31日 周二 没有加班。要申请发「加班 今晚 18:00-20:30 月底冲刺」。"),
    ],
)
def test_what_cannot_be_asked_for_is_said_plainly(bella: Member, said: str, told: str) -> None:
    bella.says(said)

    bella.sees(told)


@pytest.mark.parametrize(
    ("said", "begins", "ends"),
    [
        ("加班 今天 两小时 写报告", "18:00", "20:00"),
        ("加班 1.5小时 写报告", "18:00", "19:30"),
        ("加班 今晚到20:30 写报告", "18:00", "20:30"),
        ("加班 晚上7点到9点 写报告", "19:00", "21:00"),
        ("申请加班 3月2日 18:00-20:00 原因：写报告", "18:00", "20:00"),
    ],
)
def test_it_is_said_in_many_ways(bella: Member, leader: Member, said: str, begins: str, ends: str) -> None:
    bella.says(said)

    assert bella.reads()[0].startswith(f"已经发给赵组长\n工作日加班：3月2日 周一 {begins} 到 {ends}。")
    leader.sees(f"白小贝工作日加班：3月2日 周一 {begins} 到 {ends}\n写报告\n[同意][不同意]")


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("加班 昨晚7点到9点 写报告", "3月2日 周一 19:00 到 21:00"),
        ("加班 昨晚加到21点 写报告", "3月2日 周一 18:00 到 21:00"),
        ("加班 周一 18:00-20:00 写报告", "3月2日 周一 18:00 到 20:00"),
        ("加班 明晚 18:00~20:00 写报告", "3月4日 周三 18:00 到 20:00"),
        ("加班 今天18:00到20:30写报告", "3月3日 周二 18:00 到 20:30"),
        ("加班 昨天 写报告", "3月2日 周一 18:00 到 22:00"),
    ],
)
def test_last_night_is_yesterday_and_a_weekday_the_one_that_has_been(
    bella: Member, leader: Member, clock: TestClock, said: str, about: str
) -> None:
    clock.at("22:00")
    bella.says("下班")
    bella.news()
    clock.at("2026-03-03 09:07")

    bella.says(said)

    assert bella.reads()[0].startswith(f"已经发给赵组长\n工作日加班：{about}。")
    leader.sees(f"白小贝工作日加班：{about}\n写报告\n[同意][不同意]")


def test_what_the_check_ins_do_not_bear_out_and_what_is_asked_for_twice_is_refused(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    clock.at("18:40")
    bella.says("下班")
    bella.news()
    clock.at("2026-03-03 08:50")
    bella.says("加班 昨天 19:00-21:00 写报告")
    bella.sees("3月2日 周一 的打卡是 08:41–18:40，那段时间对不上。打卡不对就先「补卡」，再申请加班。")
    bella.says("加班 昨天 写报告")
    bella.news()
    leader.sees("白小贝工作日加班：3月2日 周一 18:00 到 18:40\n写报告\n[同意][不同意]")

    bella.says("加班 昨天 写报告")

    bella.sees("3月2日 周一 已经申请过了，发「我的申请」看批了没有。")


def test_what_is_still_to_come_can_be_given_up(bella: Member, leader: Member, clock: TestClock) -> None:
    bella.says("加班 今天 18:00-20:00 写报告")
    bella.news()
    leader.news()
    leader.taps_card("attendance_yes:1")
    leader.news()
    bella.news()

    bella.says("撤回申请 1")

    assert bella.reads()[-1] == "已撤回：工作日加班：3月2日 周一 18:00 到 20:00。"
    assert leader.reads()[-1] == "白小贝不加班了：工作日加班：3月2日 周一 18:00 到 20:00。"


def test_days_that_were_long_are_buttons(bella: Member, leader: Member, clock: TestClock) -> None:
    clock.at("20:00")
    bella.says("下班")
    bella.news()
    clock.at("2026-03-03 08:50")

    bella.says("加班")

    bella.sees(
        "哪一天算加班？\n点一个，按打卡算；没做完的、还没到的，发「加班 今晚 18:00-20:30 月底冲刺」。"
        "3 个工作日以内的都能申请。\n3月2日 周一 多 2 小时\n[3月2日 周一]"
    )


def test_what_waits_comes_again_on_the_next_workday(bella: Member, leader: Member, clock: TestClock) -> None:
    bella.says("加班 今天 18:00-20:00 写报告")
    bella.news()
    leader.news()
    clock.at("2026-03-03 09:30")

    clock.passes_to("2026-03-03 09:36")

    assert (
        "有 1 份考勤申请等你批，发「考勤申请」就能点：\n· 白小贝 工作日加班：3月2日 周一 18:00 到 20:00"
        in leader.reads()
    )
    bella.news()


def test_a_long_month_is_told_to_the_leader_once_and_neutrally(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    for number, day in enumerate(("03-03", "03-04", "03-05", "03-06", "03-09", "03-10", "03-11"), 1):
        clock.at(f"2026-{day} 08:50")
        bella.says("上班")
        clock.at(f"2026-{day} 22:30")
        bella.says("下班")
        bella.says("加班 18:00-22:30 月底冲刺")
        bella.news()
        leader.news()
        leader.says(f"同意考勤 {number}")
        leader.news()
        bella.news()

    clock.at("2026-03-12 09:20")
    clock.passes_to("2026-03-12 09:26")

    assert (
        "白小贝 3 月加班 31 小时 30 分，超过 30 小时了。可能是人手紧，也可能是手上的事太多，"
        "找本人聊聊，看要不要分担一些。" in leader.reads()
    )
    clock.passes_to("2026-03-13 09:26")
    assert not any("超过 30 小时" in told for told in leader.reads())
    bella.news()
    leader.says("考勤 白小贝 三月")
    assert "其中批了的加班 31 小时 30 分：工作日 31 小时 30 分" in leader.reads()[0]


def test_the_sheet_shows_the_minutes_of_each_kind_and_the_days_they_come_from(
    bella: Member, leader: Member, clock: TestClock, muster: Muster
) -> None:
    for number, (day, came, went, said) in enumerate(
        (
            ("2026-03-02", "", "20:00", "加班 18:00-19:30 写报告"),
            ("2026-03-03", "08:50", "19:10", "加班 18:00-20:00 写报告"),
            ("2026-03-07", "10:00", "12:00", "加班 10:00-12:00 写报告"),
        ),
        1,
    ):
        if came:
            clock.at(f"{day} {came}")
            bella.says("上班")
        clock.at(f"{day} {went}")
        bella.says("下班")
        bella.says(said)
        leader.news()
        leader.says(f"同意考勤 {number}")
    bella.news()
    clock.at("2026-03-09 08:31")
    leader.news()
    leader.says("考勤表 一组 三月")
    clock.passes_to("08:32")
    leader.news()

    book = newest_book(muster)
    totals, days = book.get_sheet_by_name("合计").to_python(), book.get_sheet_by_name("每天").to_python()
    head = next(row for row in totals if "姓名" in row)
    [hers] = [dict(zip(head, row, strict=True)) for row in totals if "白小贝" in row]
    traced = [row[-2:] for row in days if "白小贝" in row and row[-2]]
    assert traced == [[90, "工作日"], [70, "工作日"], [120, "休息日"]]
    assert (hers["工作日加班分钟"], hers["休息日加班分钟"], hers["放假加班分钟"]) == (160, 120, 0)


def test_the_same_by_the_api(
    bella: Member, leader: Member, client: FlaskClient, clock: TestClock, muster: Muster
) -> None:
    def asks(account: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = client.open(
            f"/api/v1/attendance/{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {Tokens(muster).issue(account)}"},
        )
        return answer.status_code, answer.json.get("result")

    clock.at("19:00")
    bella.says("下班")
    body = {"day": "2026-03-02", "begins": "18:00", "ends": "20:00", "reason": "写报告"}
    assert asks("bella", "POST", "overtime", body) == (201, {"request": 1})
    assert asks("bella", "POST", "overtime", body | {"day": "2026-03-03", "ends": ""})[0] == 422
    assert asks("bella", "POST", "requests/1/decision", {"approves": True})[0] == 403
    assert asks("leader", "POST", "requests/1/decision", {"approves": True})[0] == 200

    _, listed = asks("bella", "GET", "overtime?month=2026-03")
    assert [(one["day"], one["kind"], one["minutes"]) for one in listed["overtime"]] == [
        ("2026-03-02", "workday", 60)
    ]
    bella.news()
    leader.news()
