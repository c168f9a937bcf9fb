"""排班 and 我的班: from a day on, on single days, for a person, several and a unit; told, and taken back."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot import sheets
from bot.app import Muster
from bot.importing import import_file
from bot.miniapp import Tokens
from models import attendance, staff
from models.attendance import RosterEntry, ShiftAssignment
from models.staff import UnitKind
from tests.chat.floor import Floor
from tests.chat.test_attendance import newest_book
from tests.simulator import Member, Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams and two shifts, on Monday the second of March in the morning."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    made["boss"].says("加班次 早班 09:00-18:00 休息60分钟")
    made["boss"].says("加班次 夜班 22:00-06:00")
    made["boss"].news()
    return made


def works(floor: Floor, account: str, first: int, last: int) -> str:
    """What somebody works from one day of March to another: 早 早 休 夜."""
    person = floor.employee(account)
    days = [date(2026, 3, number) for number in range(first, last + 1)]
    with floor.muster.database.reading() as session:
        found = attendance.duties(session, [person.id], days, calendar=floor.calendar, like=floor.clock.now())
    return " ".join(found[person.id, day].name[0] if (person.id, day) in found else "休" for day in days)


def confirms(member: Member) -> None:
    """Tap the first button of the newest card."""
    member.news()
    assert member.last_card is not None
    member.taps_card(member.last_card["button_list"][0]["key"])


def test_somebody_works_a_shift_from_a_day_on_and_is_told(floor: Floor) -> None:
    leader, zhangsan = floor["leader"], floor["zhangsan"]
    zhangsan.says("我的班")
    zhangsan.sees("还没有给你排班，请找组长或主管。")

    leader.says("排班 张三 早班 明天起")
    leader.sees(
        "✅ 张三3月3日 周二起上早班（09:00–18:00，休息 60 分钟），已经告诉本人。\n排错了，发「撤销」。"
    )
    zhangsan.sees(
        "你的班有变动：3月3日 周二起上早班 09:00–18:00，休息 60 分钟。赵组长排的，有疑问请找他。\n"
        "发「我的班」看后面怎么上。"
    )
    leader.says("排班 张三 下周起 夜班")
    assert works(floor, "zhangsan", 2, 13) == "休 早 早 早 早 休 休 夜 夜 夜 夜 夜"
    floor.everybody_reads()

    zhangsan.says("我的班")
    zhangsan.sees(
        "你的班：\n3月2日 周一 休息（今天）\n3月3日 周二 早班 09:00–18:00\n3月4日 周三 早班 09:00–18:00\n"
        "3月5日 周四 早班 09:00–18:00\n3月6日 周五 早班 09:00–18:00\n3月7日 周六 休息\n3月8日 周日 休息"
    )
    zhangsan.says("我的班 两周")
    assert zhangsan.reads()[0].endswith("3月14日 周六 休息\n3月15日 周日 休息")
    leader.says("排班 张三 夜班 下周一起")
    leader.sees("本来就是这样排的，不用改。发「排班表」看大家后面怎么上。")


def test_single_days_come_before_the_shift_and_are_taken_back(floor: Floor) -> None:
    leader, zhangsan = floor["leader"], floor["zhangsan"]
    leader.says("排班 张三 早班 明天起")
    leader.says("排班 张三 周四 夜班")
    assert leader.reads()[-1] == (
        "✅ 张三3月5日 周四上夜班（22:00–06:00（第二天）），已经告诉本人。\n排错了，发「撤销」。"
    )
    leader.says("排班 张三 周六 周日 早班")
    leader.says("排班 张三 周五 休息")
    assert leader.reads()[-1] == "✅ 张三3月6日 周五休息，已经告诉本人。\n排错了，发「撤销」。"
    assert works(floor, "zhangsan", 3, 9) == "早 早 夜 休 早 早 早"
    zhangsan.news()

    leader.says("撤销")
    assert leader.reads()[-1] == "撤销了，张三的班和原来一样，已经告诉本人。"
    assert zhangsan.reads()[-1] == "赵组长撤销了刚才排的班，你的班和原来一样。发「我的班」看后面怎么上。"
    assert works(floor, "zhangsan", 3, 9) == "早 早 夜 早 早 早 早"


def test_who_was_rostered_elsewhere_is_told_which_days_stay(floor: Floor) -> None:
    leader, zhangsan = floor["leader"], floor["zhangsan"]
    leader.says("排班 张三 早班 明天起")
    leader.says("排班 张三 周六 早班")
    floor.everybody_reads()

    leader.says("排班 张三 夜班 周四起")

    assert "\n有 1 人之后有单独排过的日子，那几天不变。\n" in leader.reads()[-1]
    assert "\n之后单独排过的 1 天不变。\n" in zhangsan.reads()[-1]
    assert works(floor, "zhangsan", 3, 9) == "早 早 夜 夜 早 休 夜"


def test_a_unit_is_shown_before_it_is_arranged(floor: Floor) -> None:
    boss = floor["boss"]
    boss.says("排班 二组 早班 下周")
    boss.sees(
        "给 5 人排早班？\n周七、孙组长、张伟等 5 人。确认了会一个个告诉他们；中间的周末、节假日 2 天照休，"
        "要上班就单独排那几天。\n[确认][取消]"
    )
    assert [row["value"] for row in boss.last_card["horizontal_content_list"]] == [  # type: ignore[index]
        "早班 09:00–18:00，休息 60 分钟",
        "3月9日 周一 到 3月13日 周五（5 天）",
    ]
    assert rows(floor.muster, RosterEntry) == []
    confirms(boss)
    assert boss.reads()[-1].startswith(
        "✅ 周七、孙组长、张伟等 5 人3月9日 周一 到 3月13日 周五（5 天）上早班"
    )
    assert floor["zhaoliu"].reads()[0].startswith("你的班有变动：3月9日 周一 到 3月13日 周五（5 天）上早班")
    assert works(floor, "zhaoliu", 8, 15) == "休 早 早 早 早 早 休 休"
    assert works(floor, "zhangsan", 8, 15) == "休 休 休 休 休 休 休 休"

    boss.says("撤销")
    assert boss.reads()[-1] == "撤销了，周七、孙组长、张伟等 5 人的班和原来一样，已经告诉本人。"
    assert rows(floor.muster, RosterEntry) == rows(floor.muster, ShiftAssignment) == []
    floor.everybody_reads()


def test_what_was_changed_since_is_not_taken_back(floor: Floor) -> None:
    leader, boss = floor["leader"], floor["boss"]
    leader.says("排班 张三 早班 明天起")
    boss.says("排班 张三 夜班 周四起")
    floor.everybody_reads()

    leader.says("撤销")

    assert leader.reads()[-1].startswith("后来又改过，撤销会把后来的也改掉，所以没有动。")
    assert works(floor, "zhangsan", 3, 6) == "早 早 夜 夜"
    floor.everybody_reads()


def test_who_works_by_roster_works_the_days_it_names(floor: Floor) -> None:
    leader = floor["leader"]
    leader.says("排班 张三 夜班 按排班表 明天起")
    assert "3月3日 周二起上夜班（22:00–06:00（第二天）），只上排班表排的日子，" in leader.reads()[0]
    leader.says("排班 张三 夜班 周三 周六")
    assert works(floor, "zhangsan", 3, 8) == "休 夜 休 休 夜 休"
    floor.clock.at("2026-03-03 10:00")
    leader.says("班次")
    assert "张三在上，其中 1 人只上排班表排的日子" in leader.reads()[-1]
    floor["zhangsan"].news()


def test_leave_shows_in_ones_days(floor: Floor) -> None:
    floor["leader"].says("排班 张三 早班 明天起")
    zhangsan = floor["zhangsan"]
    zhangsan.says("请假 周四 年假")
    zhangsan.says("请假 周五 下午 看病")
    for request in (1, 2):
        floor["leader"].says(f"同意考勤 {request}")
    floor.everybody_reads()

    zhangsan.says("我的班")

    told = zhangsan.reads()[0]
    assert "3月5日 周四 请假\n3月6日 周五 早班 09:00–18:00（有假）\n" in told


def test_what_cannot_be_is_said_with_what_to_do(floor: Floor) -> None:
    leader = floor["leader"]
    for said, told in (
        (
            "排班 张三 中班 明天",
            "没有叫「中班」的班次。发「班次」看有哪些，「加班次 夜班 22:00-06:00」可以加一个。",
        ),
        ("排班 张三 早班 3月1日", "3月1日 周日已经过去了，过去的班不能改。打卡不对的，发「补卡」。"),
        ("排班 张三 休息", "张三哪天休息？写成「排班 张三 周六 休息」。长一点的用「请假」。"),
        (
            "排班 张三 明天",
            "给张三排哪个班？有这些：早班、夜班。写成「排班 张三 早班 下周一起」，"
            "让人休息写「排班 张三 周六 休息」。",
        ),
        ("排班 张三", "张三还没有排班。发「排班 张三 早班 明天起」这样排。"),
        (
            "排班 赵六 早班 明天",
            "「赵六」：名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。",
        ),
        (
            "排班 三组 早班 明天",
            "「三组」：名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。",
        ),
    ):
        leader.says(said)
        leader.sees(told)
    floor["zhangsan"].says("排班 张三 早班 明天")
    assert floor["zhangsan"].reads()[-1].startswith("你没有这项权限")


def test_the_reminder_follows_the_roster(floor: Floor) -> None:
    leader, zhangsan = floor["leader"], floor["zhangsan"]
    leader.says("排班 张三 早班 明天起")
    leader.says("排班 张三 明天 夜班")
    floor.everybody_reads()

    floor.clock.passes_to("2026-03-03 12:00")
    zhangsan.sees_nothing()
    floor.clock.passes_to("2026-03-03 21:51")
    assert "22:00 上班，还没打卡" in zhangsan.reads()[-1]
    floor.everybody_reads()


def test_the_roster_of_a_unit_is_told_and_sent_as_the_import_takes_it(floor: Floor, tmp_path: Path) -> None:
    boss = floor["boss"]
    boss.says("排班表 二组")
    boss.sees("二组还没有人排班。发「排班 张三 早班 明天起」这样排，先用「班次」看有哪些班。")
    boss.says("排班 赵六 早班 明天起")
    boss.says("排班 周七 夜班 明天起")
    boss.says("排班 周七 下周六 早班")
    floor["zhaoliu"].says("请假 下周三 年假")
    floor["leader2"].says("同意考勤 1")
    floor.everybody_reads()

    boss.says("排班表 二组 下周")
    boss.sees(
        "二组 3月9日 周一 到 3月15日 周日，2 人：\n"
        "3月9日 周一：夜班 1、早班 1\n3月10日 周二：夜班 1、早班 1\n3月11日 周三：夜班 1、请假 1\n"
        "3月12日 周四：夜班 1、早班 1\n3月13日 周五：夜班 1、早班 1\n3月14日 周六：早班 1、休 1\n"
        "3月15日 周日：休 2\n"
        "表格马上发来，谁哪天上什么班都在里面。"
    )
    floor.clock.passes_to("10:06")
    boss.sees("[file]")
    [sheet] = [newest_book(floor.muster).get_sheet_by_name("排班表").to_python()]
    assert sheet[1:] == [
        ["周七", "zhouqi", "夜班", "夜班", "夜班", "夜班", "夜班", "早班", "休"],
        ["赵六", "zhaoliu", "早班", "早班", "假", "早班", "早班", "休", "休"],
    ]
    path = tmp_path / "排班.xlsx"
    sheets.write(path, [[str(cell) for cell in row] for row in sheet])
    report = import_file(
        floor.muster.database,
        "roster",
        path,
        at=floor.clock.now(),
        policy=floor.policy,
        calendar=floor.calendar,
    )
    assert (report.new + report.changed, report.refused) == (2, [])
    assert works(floor, "zhouqi", 9, 15) == "夜 夜 夜 夜 夜 早 休"


def test_rosters_by_the_api(floor: Floor, client: FlaskClient) -> None:
    def call(account: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        token = Tokens(floor.muster).issue(account)
        answer = client.open(
            f"/api/v1{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        return answer.status_code, answer.get_json()

    body = {"people": ["zhangsan", "lisi"], "shift": "早班", "since": "2026-03-03"}
    status, told = call("leader", "POST", "/attendance/roster", body)
    assert (status, told["result"]["changed"]) == (200, ["zhangsan", "lisi"])
    body = {"people": ["zhangsan"], "days": ["2026-03-04"]}
    assert call("leader", "POST", "/attendance/roster", body)[0] == 200
    status, mine = call("zhangsan", "GET", "/attendance/my-roster?days=3")
    assert [one["shift"] for one in mine["result"]["days"]] == [None, "早班", None]
    status, team = call("boss", "GET", "/attendance/roster?first=2026-03-03&days=2")
    assert [(one["name"], [day["shift"] for day in one["days"]]) for one in team["result"]["people"]] == [
        ("张三", ["早班", None]),
        ("李四", ["早班", "早班"]),
    ]
    elsewhere = {**body, "people": ["zhaoliu"]}
    nobody = {**body, "people": ["nosuchaccount"]}
    assert call("leader", "POST", "/attendance/roster", elsewhere)[0] == 404
    assert call("leader", "POST", "/attendance/roster", nobody)[0] == 404
    assert call("leader", "POST", "/attendance/roster", {"people": ["lisi"], "shift": "早班"})[0] == 422
    assert call("zhangsan", "POST", "/attendance/roster", body)[0] == 403
    floor.everybody_reads()


def test_a_team_is_ones_own_whatever_other_branches_call_theirs(floor: Floor) -> None:
    with floor.muster.database.writing() as session:
        far = staff.find_unit(session, "城南分公司")
        staff.add_unit(session, name="一组", parent=far, kind=UnitKind.TEAM)
    leader = floor["leader"]

    leader.says("排班 一组 早班 明天起")
    assert leader.reads()[0].startswith("给 4 人排早班？")
    leader.says("考勤表 一组 三月")
    assert leader.reads()[0].startswith("一组")
