"""请假: an employee's own leave, said or tapped, decided by the leader, and what it changes."""

from datetime import date, time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from handlers.attendance_words import read_leave, read_overtime, take_past_day
from models import attendance, staff
from models.attendance import AttendanceRequest
from tests.chat.people import Company
from tests.simulator import Given, Member, Messenger, TestClock


@pytest.fixture
def bella(
    client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given, leader: Member
) -> Member:
    """A collector who checks out as well, nine to six; it is Monday morning."""
    given.employee("bella", "白小贝", shift="09:00", out=True)
    clock.at("08:41")
    return Member("bella", client, messenger, clock)


def test_half_a_day_is_asked_for_in_a_sentence_and_the_day_is_judged_by_the_rest(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    bella.says("请假 明天下午 看病")
    bella.sees(
        "已经发给赵组长\n病假：3月3日 周二 13:30 到 18:00。批了马上告诉你；发「我的申请」看进度。\n"
        "[撤回申请][我的申请]"
    )
    leader.sees("白小贝病假：3月3日 周二 13:30 到 18:00\n看病\n[同意][不同意]")
    leader.taps_card("attendance_yes:1")
    leader.news()
    bella.sees(
        "(按钮:已批)",
        "✅ 赵组长同意了：病假：3月3日 周二 13:30 到 18:00。那段时间不用打卡，也不再提醒你。",
    )

    clock.at("2026-03-03 08:50")
    bella.says("上班")
    clock.at("2026-03-03 13:31")
    bella.says("下班")
    bella.news()
    clock.at("2026-03-03 23:01")
    bella.says("我的考勤")
    told = bella.reads()[0]
    assert "3月3日 周二 早退" not in told
    assert "请假 4.5 小时" in told


@pytest.mark.parametrize(
    ("said", "first", "last", "part", "words"),
    [
        ("周五下午 看病", 6, 6, "afternoon", "看病"),
        ("周五看病", 6, 6, None, "看病"),
        ("星期五上午", 6, 6, "morning", ""),
        ("下周五 看病", 13, 13, None, "看病"),
        ("后天到周五 年假", 4, 6, None, ""),
        ("下周一到周三 年假", 9, 11, None, ""),
        ("下周三到下周五 回老家", 11, 13, None, "回老家"),
        ("周一到周五 年假", 2, 6, None, ""),
        ("3月9日到11日 年假", 9, 11, None, ""),
        ("明天想请下午的假看牙", 3, 3, "afternoon", "的假看牙"),
    ],
)
def test_days_of_a_leave_are_those_that_were_said(
    said: str, first: int, last: int, part: str | None, words: str
) -> None:
    heard = read_leave(said, date(2026, 3, 2))
    assert (heard.first, heard.last) == (date(2026, 3, first), date(2026, 3, last))
    assert (heard.part, heard.words, heard.half) == (part, words, False)


def test_a_weekday_needs_no_blank_behind_it() -> None:
    friday = date(2026, 3, 6)
    assert take_past_day("周三下班忘了", friday) == (date(2026, 3, 4), "下班忘了")
    overtime = read_overtime("周四晚上 19:00-21:00 对账", friday, [date(2026, 3, 5)])
    assert (overtime.day, overtime.hours, overtime.words) == (
        date(2026, 3, 5),
        (time(19), time(21)),
        "对账",
    )


def test_half_a_day_asks_which_half(bella: Member, leader: Member) -> None:
    bella.says("请假 明天半天 看牙")
    bella.sees(
        "3月3日 周二 请半天，上午还是下午？\n点一个，或直接打字；不请了回复「取消」。\n"
        "[上午 看牙][下午 看牙][取消]"
    )
    bella.says("下午看牙")
    assert "3月3日 周二 13:30 到 18:00" in bella.reads()[-1]
    leader.sees("白小贝事假：3月3日 周二 13:30 到 18:00\n看牙\n[同意][不同意]")


def test_whole_days_stop_the_reminders_and_show_the_leader_who_is_away(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    bella.says("请假 3月4日到6日 年假")
    bella.news()
    leader.news()
    leader.taps_card("attendance_yes:1")
    leader.news()
    bella.news()

    clock.passes_to("2026-03-04 08:56")
    assert not any("还没打卡" in told for told in bella.reads())
    leader.news()
    leader.says("谁没打卡")
    assert "请假：白小贝" in leader.reads()[0]


def test_a_leave_without_a_kind_is_asked_about_and_begun_by_buttons(bella: Member, leader: Member) -> None:
    bella.says("请假")
    bella.sees(
        "什么时候请假？\n点一个，或直接打字，如「请假 3月9日到11日 年假」「请假 今天 14:00-16:00 接孩子」。\n"
        "[今天下午][明天上午][明天下午][明天一天][后天一天]"
    )
    bella.taps_card("leave_when:1.morning")
    assert bella.reads()[-1] == (
        "3月3日 周二 上午，请什么假？\n点一个，或直接打字，婚假、产假、丧假也是，带上原因更好；"
        "不请了回复「取消」。\n"
        "[年假][病假][事假][调休][其他假][取消]"
    )
    bella.says("调休")

    assert bella.reads()[0].startswith("已经发给赵组长\n调休：3月3日 周二 09:00 到 13:30。")
    leader.sees("白小贝调休：3月3日 周二 09:00 到 13:30\n调休\n[同意][不同意]")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("请假 3月7日 有事", "3月7日 周六 你本来就休息，不用请假。"),
        ("请假 2月20日 看病", "过了 7 天的假补请不了，请找主管当面说明。"),
        (
            "请假 3月10日 到 3月9日 看病",
            "请假的结束要比开始晚，也不能超过一年。请重新写，如「请假 3月9日到11日 年假」。",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused_plainly(bella: Member, said: str, told: str) -> None:
    bella.says(said)

    bella.sees(told)


def test_no_two_leaves_at_a_time_and_one_may_come_back(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    bella.says("请假 3月4日到6日 年假")
    bella.news()
    leader.news()
    leader.taps_card("attendance_yes:1")
    leader.news()
    bella.news()
    bella.says("请假 3月6日 看病")
    bella.sees("那段时间已经有假了：3月4日 周三 到 3月6日 周五 全天。发「我的申请」看，不要了可以撤回。")

    clock.at("2026-03-05 10:03")
    bella.says("销假")

    bella.sees("已经销假：年假：3月4日 周三 00:00 到 3月5日 周四 10:03。")
    leader.sees("白小贝不请假了：年假：3月4日 周三 00:00 到 3月5日 周四 10:03。")


def test_a_leave_over_a_new_year_that_nobody_has_published(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    clock.at("2027-12-30 10:03")

    bella.says("请假 2027年12月31日 到 2028年1月3日 结婚")

    assert bella.reads()[0].startswith("已经发给赵组长\n婚假：12月31日 周五 到 1月3日 周一 全天。")
    leader.news()


def test_who_approves_a_leave_taps_who_sees_to_the_work(
    muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock
) -> None:
    company = Company(muster, client, messenger, clock)
    company["hr"].says("入职 wangxin 王新 催收员 一组 3月20日")
    company["hr"].says("确认")
    company.everybody_reads()
    with muster.database.writing() as session:
        shift = attendance.add_shift(session, name="早班", starts_at=time(9), ends_at=time(18))
        for account in ("itli", "itwu"):
            person = staff.find_employee(session, account, at=clock.now())
            assert person is not None
            attendance.assign_shift(session, employee=person, shift=shift)
    company["itli"].says("请假 3月9日到13日 年假")
    company["itli"].news()
    root = company["root"]
    root.news()

    root.taps_card("attendance_yes:1")
    root.sees(
        "(按钮:已批)",
        "同意了，李工的工作谁代？\n年假：3月9日 周一 到 3月13日 周五 全天，已经告诉他。"
        "他手上有 3 项工作。批错了发「撤销」。\n[安排代班]",
    )
    root.taps_card("cover_leave:1")
    assert root.reads()[-1] == (
        "谁代李工的班？\n3月9日 周一 到 3月13日 周五，手上有 3 项工作。点一个同组的，或直接打名字；"
        "先给你看一遍再确认，不安排了回复「取消」。\n[吴工][取消]"
    )
    root.says("吴工")
    assert root.reads()[-1].startswith("李工请假，吴工代班？\n")
    root.says("确认")
    root.sees(
        "已安排：李工 3月9日 周一 起请假，吴工代班，3月14日 周六 恢复。\n不请了或提前回来，发「销假 李工」。"
    )
    company.everybody_reads()


def test_the_last_day_of_a_leave_that_ends_with_a_night_shift_is_the_one_it_starts(
    client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given, leader: Member, muster: Muster
) -> None:
    given.employee("nina", "宁夜", shift="22:00", out=True)
    nina = Member("nina", client, messenger, clock)
    clock.at("10:03")
    nina.says("请假 3月4日到5日 年假")
    assert nina.reads()[0].startswith("已经发给赵组长\n年假：3月4日 周三 07:00 到 3月6日 周五 07:00。")
    leader.news()
    with muster.database.reading() as session:
        [request] = session.scalars(select(AttendanceRequest))
        who = staff.find_employee(session, "leader", at=clock.now())
        assert who is not None
        view = attendance.request_within(
            session,
            actor=who,
            request_id=request.id,
            at=clock.now(),
            policy=muster.policy,
            calendar=muster.calendar,
        )

    assert f"{view.last_day}" == "2026-03-05"
