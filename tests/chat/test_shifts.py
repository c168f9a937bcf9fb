"""班次: listed, added, changed from a day on with everybody told, closed, and taken back."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models import attendance
from models.attendance import Shift
from tests.chat.floor import Floor
from tests.simulator import Member, Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams, on Monday the second of March in the morning."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return made


def hours_on(floor: Floor, account: str, *days: date) -> list[str]:
    """What somebody works on these days: 夜班 22:00–06:00, or nothing."""
    person = floor.employee(account)
    with floor.muster.database.reading() as session:
        found = attendance.duties(session, [person.id], days, calendar=floor.calendar, like=floor.clock.now())
    duties = [found.get((person.id, day)) for day in days]
    return ["" if one is None else f"{one.name} {one.starts_at:%H:%M}–{one.ends_at:%H:%M}" for one in duties]


def confirms(member: Member) -> None:
    """Tap the first button of the newest card."""
    member.news()
    assert member.last_card is not None
    member.taps_card(member.last_card["button_list"][0]["key"])


def test_a_shift_is_added_with_all_that_can_be_said_of_it(floor: Floor) -> None:
    boss = floor["boss"]
    boss.says("班次")
    boss.sees("还没有班次。发「加班次 早班 09:00-18:00 休息60分钟」加一个。")

    boss.says("加班次 夜班 22:00-06:00")
    boss.sees(
        "✅ 加了班次 夜班（夜班）22:00–06:00（第二天）。\n"
        "给人排班，发「排班 张三 夜班 明天起」。加错了，发「撤销」。"
    )
    boss.says("加班次 弹性 9:00-18:00 弹性30分钟 休息60分钟 不用下班卡")
    boss.sees(
        "✅ 加了班次 弹性（弹性）09:00–18:00，弹性 30 分钟，休息 60 分钟，不用打下班卡。\n"
        "给人排班，发「排班 张三 弹性 明天起」。加错了，发「撤销」。"
    )
    boss.says("加班次 夜班 21:00-05:00")
    boss.sees("已经有「夜班」了。要改它的时间，发「改班次 夜班 09:00-18:00 明天起」。")
    boss.says("加班次 休息 21:00-05:00")
    boss.sees("「休息」是休息的意思，请给班次换个名字。让人休息发「排班 张三 周六 休息」。")
    boss.says("加班次 怪班 09:00-10:00 休息60分钟")
    assert boss.reads()[0].startswith("这个班次不合理：")

    boss.says("班次")
    boss.sees(
        "班次：\n"
        "· 弹性（弹性）09:00–18:00，弹性 30 分钟，休息 60 分钟，不用打下班卡：你管的人里没有人在上\n"
        "· 夜班（夜班）22:00–06:00（第二天）：你管的人里没有人在上\n\n"
        "给人排班，发「排班 张三 弹性 下周一起」；改时间，发「改班次 弹性 09:30-18:30 下周一起」；"
        "不用了，发「停用班次 弹性」。"
    )


def test_a_change_says_whom_it_touches_and_leaves_the_days_before(floor: Floor) -> None:
    boss, zhangsan = floor["boss"], floor["zhangsan"]
    boss.says("加班次 夜班 22:00-06:00")
    boss.says("排班 张三、李四 夜班 3月3日起")
    confirms(boss)
    floor.everybody_reads()

    boss.says("改班次 夜班 23:00-07:00 3月10日起")
    boss.sees(
        "3月10日 周二起改「夜班」？\n"
        "张三、李四 2 人在上这个班，都会跟着变，也会收到通知。之前的日子不变。\n[确认][取消]"
    )
    confirms(boss)
    boss.sees(
        "(按钮:已改)",
        "✅ 3月10日 周二起，夜班是 23:00–07:00（第二天）；2 人的班跟着变了，已经告诉他们。之前的日子不变。\n"
        "改错了，发「撤销」。",
    )
    zhangsan.sees(
        "3月10日 周二起，你上的夜班改成 23:00–07:00（第二天），原来是 22:00–06:00（第二天）。\n"
        "钱主管改的，有疑问请找他。"
        "发「我的班」看后面怎么上。"
    )
    floor.everybody_reads()
    days = (date(2026, 3, 9), date(2026, 3, 10))
    assert hours_on(floor, "zhangsan", *days) == ["夜班 22:00–06:00", "夜班 23:00–07:00"]

    boss.says("撤销")
    assert boss.reads()[-1] == "撤销了，班次「夜班」和原来一样。"
    assert zhangsan.reads()[-1] == "班次「夜班」不改了，和原来一样上。发「我的班」看后面怎么上。"
    floor.everybody_reads()
    assert hours_on(floor, "zhangsan", *days) == ["夜班 22:00–06:00", "夜班 22:00–06:00"]


def test_what_a_past_day_came_to_does_not_change_with_the_shift(floor: Floor) -> None:
    boss, zhangsan = floor["boss"], floor["zhangsan"]
    boss.says("加班次 早班 09:00-18:00 不用下班卡")
    boss.says("排班 张三 早班 3月3日起")
    floor.clock.at("2026-03-03 09:20")
    zhangsan.says("上班")
    floor.clock.at("2026-03-03 20:00")
    floor.everybody_reads()

    boss.says("改班次 早班 10:00-19:00")
    confirms(boss)
    floor.clock.at("2026-03-04 12:00")
    boss.says("考勤 张三")

    assert "· 3月3日 周二 迟到 20 分钟" in boss.reads()[-1]
    zhangsan.news()
    assert hours_on(floor, "zhangsan", date(2026, 3, 4)) == ["早班 10:00–19:00"]


def test_days_that_are_over_and_the_same_again_are_not_changed(floor: Floor) -> None:
    boss = floor["boss"]
    boss.says("加班次 早班 09:00-18:00")
    boss.news()

    boss.says("改班次 早班 10:00-19:00 3月1日起")
    boss.sees("3月1日 周日已经过去了，过去的班不能改。打卡不对的，发「补卡」。")
    boss.says("改班次 早班 09:00-18:00")
    boss.sees("3月3日 周二那天的早班本来就是这样：09:00–18:00。")
    boss.says("改班次 中班 09:00-18:00")
    boss.sees("没有叫「中班」的班次。发「班次」看有哪些，「加班次 夜班 22:00-06:00」可以加一个。")
    boss.says("改班次 早班 休息45分钟 周五起")
    boss.sees(
        "✅ 3月6日 周五起，早班是 09:00–18:00，休息 45 分钟；现在没有人上这个班。之前的日子不变。\n"
        "改错了，发「撤销」。"
    )
    boss.says("班次")
    assert "\n  3月6日 周五起：09:00–18:00，休息 45 分钟\n" in boss.reads()[0]


def test_a_shift_that_others_work_too_is_changed_by_somebody_above_them_all(floor: Floor) -> None:
    floor["boss"].says("加班次 早班 09:00-18:00")
    floor["boss"].says("排班 张三、赵六 早班 明天起")
    confirms(floor["boss"])
    floor.everybody_reads()
    leader = floor["leader"]

    leader.says("改班次 早班 10:00-19:00")
    leader.sees(
        "「早班」还有你管不到的人在上，改了他们也会跟着变。请上一级来改，或者「加班次」另加一个，再排给你的人。"
    )
    leader.says("停用班次 早班")
    assert leader.reads()[0].startswith("「早班」还有你管不到的人在上")
    floor["boss"].says("停用班次 早班")
    floor["boss"].sees("「早班」还有 2 人在上：张三、赵六。先把他们排到别的班，再停用。")
    floor["zhangsan"].says("加班次 晚班 13:00-22:00")
    assert floor["zhangsan"].reads()[0].startswith("你没有这项权限")


def test_a_shift_is_closed_and_comes_back(floor: Floor) -> None:
    boss = floor["boss"]
    boss.says("加班次 晚班 13:00-22:00")
    boss.says("停用班次 晚班")
    assert boss.reads()[-1] == "已停用班次「晚班」，不能再排给人；以前上过的日子不变。停错了，发「撤销」。"

    boss.says("排班 张三 晚班 明天起")
    assert boss.reads()[0].startswith("没有叫「晚班」的班次。")
    boss.says("撤销")
    boss.says("停用班次 晚班")
    boss.says("加班次 晚班 14:00-23:00")
    assert boss.reads()[-1].startswith("✅ 加了班次 晚班（固定）14:00–23:00。")
    boss.says("撤销")
    assert boss.reads()[-1] == "撤销了，班次「晚班」不用了。"
    assert [one.closed_on for one in rows(floor.muster, Shift)] == [date(2026, 3, 2)]


def test_shifts_by_the_api(floor: Floor, client: FlaskClient) -> None:
    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        token = Tokens(floor.muster).issue("boss")
        answer = client.open(
            f"/api/v1{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        return answer.status_code, answer.get_json()

    early = {"name": "早班", "starts_at": "09:00", "ends_at": "18:00", "rest_minutes": 60}
    status, added = call("POST", "/attendance/shifts", early)
    assert (status, added["result"]["kind"]) == (201, "fixed")
    number = added["result"]["id"]
    status, changed = call(
        "POST", f"/attendance/shifts/{number}", {"flex_minutes": 30, "since": "2026-03-09"}
    )
    assert (status, changed["result"]["people"], changed["result"]["flex_minutes"]) == (200, 0, 30)
    _, listed = call("GET", "/attendance/shifts")
    [shift] = listed["result"]["shifts"]
    assert [one["since"] for one in shift["later"]] == ["2026-03-09"]
    assert call("POST", "/attendance/shifts", {**early, "starts_at": "nine"})[0] == 422
    assert call("DELETE", f"/attendance/shifts/{number}")[0] == 200
    assert call("DELETE", f"/attendance/shifts/{number}")[0] == 404
    floor["boss"].news()
