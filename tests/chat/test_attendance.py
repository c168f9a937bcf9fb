"""考勤: going, one tap that knows what is meant, one's own month, the team's, and the sheet."""

import io
from datetime import date

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from bot.app import Muster
from models import attendance, messaging, staff
from models.attendance import CheckIn
from models.messaging import OutboundMessage
from tests.simulator import Given, Member, Messenger, TestClock, rows


@pytest.fixture
def bella(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """A collector who checks out as well: nine to six."""
    given.employee("bella", "白小贝", shift="09:00", out=True)
    return Member("bella", client, messenger, clock)


def test_one_tap_comes_in_the_morning_and_goes_in_the_evening(bella: Member, clock: TestClock) -> None:
    clock.at("08:55")
    bella.taps("check_in")
    bella.sees("✅ 08:55 打卡成功")

    clock.at("18:03")
    bella.taps("check_in")
    bella.sees("✅ 18:03 下班打卡成功")


def test_a_tap_before_the_end_asks_what_is_meant(bella: Member, clock: TestClock) -> None:
    clock.at("08:55")
    bella.taps("check_in")
    bella.news()
    clock.at("16:00")
    bella.taps("check_in")
    assert "还没到下班时间，现在下班？" in bella.reads()[0]

    bella.taps_card("check_out")

    bella.sees("(按钮:已打下班卡)", "✅ 16:00 下班打卡成功，早退 120 分钟")


def test_the_later_end_counts(bella: Member, clock: TestClock, muster: Muster) -> None:
    clock.at("08:55")
    bella.says("上班")
    clock.at("18:01")
    bella.says("下班")
    clock.at("19:40")
    bella.says("下班打卡")
    bella.sees(
        "✅ 08:55 打卡成功",
        "✅ 18:01 下班打卡成功",
        "✅ 19:40 下班打卡成功\n多做了 1 小时 40 分，要算加班吗？\n[算加班]",
    )

    assert [f"{one.way} {one.at:%H:%M}" for one in rows(muster, CheckIn)] == ["in 08:55", "out 19:40"]


def test_who_forgets_to_check_out_is_reminded_once(bella: Member, clock: TestClock) -> None:
    clock.at("08:50")
    bella.taps("check_in")
    bella.news()

    clock.passes_to("18:14")
    bella.sees_nothing()
    clock.passes_to("18:15")
    bella.sees("18:00 下班了，还没打下班卡\n白小贝，走之前点一下；还在忙就晚点再打。\n[打下班卡]")
    bella.taps_card("check_out")
    bella.sees("(按钮:已打下班卡)", "✅ 18:15 下班打卡成功")


def test_a_night_shift_ends_on_the_next_day(
    bella: Member, clock: TestClock, given: Given, muster: Muster
) -> None:
    given.shift("bella", "22:00")
    clock.at("2026-03-02 21:50")
    bella.says("上班")
    clock.at("2026-03-03 07:02")
    bella.says("下班")
    bella.news()

    assert [one.day.isoformat() for one in rows(muster, CheckIn)] == ["2026-03-02", "2026-03-02"]


def test_a_roster_comes_before_the_calendar(
    bella: Member, leader: Member, clock: TestClock, muster: Muster
) -> None:
    monday, saturday = date(2026, 3, 2), date(2026, 3, 7)
    with muster.database.writing() as session:
        person = staff.find_known(session, "bella")
        assert person is not None
        shift = attendance.find_shift(session, "09:00 班")
        attendance.keep_roster(session, employee=person, days=[monday], shift=None)
        attendance.keep_roster(session, employee=person, days=[saturday], shift=shift)

    clock.passes_to("2026-03-02 08:51")
    bella.sees_nothing()
    leader.says("谁没打卡")
    assert "应到 1 人" in leader.reads()[-1]
    clock.passes_to("2026-03-07 08:51")
    assert "09:00 上班，还没打卡" in bella.reads()[-1]
    leader.news()


def test_my_month_says_what_wants_a_word(bella: Member, clock: TestClock) -> None:
    for day, came, went in (
        ("2026-03-02", "08:55", "18:00"),
        ("2026-03-03", "09:20", "18:40"),
        ("2026-03-04", "08:50", ""),
    ):
        clock.at(f"{day} {came}")
        bella.says("上班")
        if went:
            clock.at(f"{day} {went}")
            bella.says("下班")
    clock.at("2026-03-06 08:31")
    bella.news()

    bella.says("我的考勤")

    bella.sees(
        "你 3月1日 周日 到 3月6日 周五\n"
        "今天 09:00 班 09:00–18:00：还没打上班卡\n"
        "应出勤 4 天，出勤 3 天，出勤率 75%\n"
        "迟到 1 次\n"
        "下班后和休息日多做了 0.7 小时\n"
        "· 3月3日 周二 迟到 20 分钟（09:20–18:40）\n"
        "· 3月4日 周三 缺下班卡（08:50–无）\n"
        "· 3月5日 周四 旷工"
    )


def test_the_leader_sees_a_persons_month_and_a_stranger_does_not(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    clock.at("2026-03-02 08:55")
    bella.says("上班")
    clock.at("2026-03-02 18:00")
    bella.says("下班")
    bella.news()
    clock.at("2026-03-03 08:31")

    leader.says("考勤 白小贝 三月")
    assert leader.reads()[0].startswith("白小贝 3月1日 周日 到 3月3日 周二\n")
    bella.says("考勤 赵组长")
    assert "应出勤" not in bella.reads()[0]


def test_the_sheet_of_a_team_can_be_traced(
    bella: Member, leader: Member, clock: TestClock, muster: Muster
) -> None:
    for day, came in (("2026-03-02", "08:55"), ("2026-03-03", "09:20"), ("2026-03-04", "09:10")):
        clock.at(f"{day} {came}")
        bella.says("上班")
        clock.at(f"{day} 18:00")
        bella.says("下班")
    bella.news()
    clock.at("2026-03-05 08:31")

    leader.says("考勤表 一组 三月")

    told = leader.reads()
    assert told[0] == (
        "一组 3月1日 周日 到 3月5日 周四，2 人\n应出勤 6 人天，出勤 3 人天\n迟到 2 次，缺卡 0 次，旷工 3 次\n"
        "表格马上发来，每个合计都能在「每天」那一页找到是哪几天。"
    )
    clock.passes_to("08:32")
    leader.sees("[file]")
    book = newest_book(muster)
    totals, days = book.get_sheet_by_name("合计").to_python(), book.get_sheet_by_name("每天").to_python()
    head = next(row for row in totals if "姓名" in row)
    [hers] = [dict(zip(head, row, strict=True)) for row in totals if "白小贝" in row]
    late = [row for row in days if "白小贝" in row and "迟到" in str(row[6])]
    assert hers["迟到"] == len(late) == 2
    assert hers["迟到分钟"] == sum(row[7] for row in late) == 30  # type: ignore[misc]


def newest_book(muster: Muster) -> CalamineWorkbook:
    """The newest file that was sent."""
    sent = [one for one in rows(muster, OutboundMessage) if "file" in one.payload]
    with muster.database.reading() as session:
        content = messaging.kept_content(session, sent[-1].payload["file"]["media_id"]["attachment"])
    assert content is not None
    return CalamineWorkbook.from_filelike(io.BytesIO(content))
