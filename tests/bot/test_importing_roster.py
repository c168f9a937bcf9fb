"""排班表 from a table: cells are shifts or days off; errors name row and column; twice changes nothing."""

from datetime import date, time
from pathlib import Path

import pytest

from bot import sheets
from bot.app import Muster
from bot.importing import Report, import_file, template, write_refused
from bot.importing.roster import day_of
from config.settings import SettingsError
from models import attendance, staff
from models.attendance import RosterEntry, ShiftAssignment
from models.audit import AuditEvent
from tests.simulator import Given, TestClock, rows

HEADER = "姓名,企业微信账号,2026-03-03 周二,3月4日,3/5(周四),备注\n"


@pytest.fixture
def company(muster: Muster, given: Given, clock: TestClock) -> Muster:
    """Two collectors, one of them on 09:00 班, and two shifts; it is Monday the second of March."""
    clock.at("10:05")
    given.employee("bella", "白小贝", shift="09:00")
    given.employee("chen", "陈小晨", shift="")
    with muster.database.writing() as session:
        attendance.add_shift(session, name="早班", starts_at=time(9), ends_at=time(18))
        attendance.add_shift(session, name="夜班", starts_at=time(22), ends_at=time(6))
    return muster


def run(muster: Muster, path: Path) -> Report:
    """Import the file."""
    return import_file(
        muster.database, "roster", path, at=muster.clock.now(), policy=muster.policy, calendar=muster.calendar
    )


def written(path: Path, text: str) -> Path:
    """A CSV file."""
    path.write_text(text, encoding="utf-8")
    return path


def entries(muster: Muster) -> list[str]:
    """What the roster says: bella 03-03 夜班."""
    with muster.database.reading() as session:
        names = {number: name for name, number in attendance.open_shift_names(session).items()}
        accounts = {
            person.id: person.wecom_id
            for person in (staff.find_known(session, one) for one in ("bella", "chen"))
            if person is not None
        }
    return [
        f"{accounts[one.employee_id]} {one.day:%m-%d} {names.get(one.shift_id, '休')}"
        for one in rows(muster, RosterEntry)
    ]


def test_a_roster_is_taken_and_twice_it_changes_nothing(company: Muster, tmp_path: Path) -> None:
    path = written(tmp_path / "三月.csv", HEADER + "白小贝,,夜班,休,,新人\n陈小晨,chen,早班,,夜班,\n")

    report = run(company, path)

    assert (report.new, report.changed, report.unchanged, report.refused) == (2, 0, 0, [])
    assert report.told == ["没有用到的列：备注"]
    told = ["bella 03-03 夜班", "bella 03-04 休", "chen 03-03 早班", "chen 03-05 夜班"]
    assert entries(company) == told
    again = run(company, path)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert entries(company) == told
    assert len([one for one in rows(company, AuditEvent) if one.action == "import.rostered"]) == 2
    assert [(one.since, one.by_roster) for one in rows(company, ShiftAssignment)][-1] == (
        date(2026, 3, 3),
        True,
    ), "who had no shift works by roster"


def test_a_wrong_cell_is_named_by_row_and_column_and_the_row_is_not_taken(
    company: Muster, tmp_path: Path
) -> None:
    lines = "白小贝,,夜,休,晚班,\n没这人,,早班,,,\n陈小晨,chen,早班,,,\n陈小晨,,休,,,\n白小贝,chen,休,,,\n"
    path = written(tmp_path / "三月.csv", HEADER + lines)

    report = run(company, path)

    assert [(number, reason) for number, _, reason in report.refused] == [
        (
            2,
            "2026-03-03周二：没有「夜」这个班次，可以写：09:00 班、早班、夜班、休；"
            "3/5：没有「晚班」这个班次，可以写：09:00 班、早班、夜班、休",
        ),
        (3, "名单里没有「没这人」，或者已经离职"),
        (5, "姓名和第 4 行重复"),
        (6, "企业微信账号、工号是陈小晨的，和姓名对不上"),
    ]
    assert entries(company) == ["chen 03-03 早班"]
    beside = write_refused(path, report)
    assert "没有「夜」这个班次" in beside.read_text(encoding="utf-8-sig")


def test_a_change_counts_as_one_and_empty_cells_and_leave_say_nothing(
    company: Muster, tmp_path: Path
) -> None:
    run(company, written(tmp_path / "三月.csv", HEADER + "白小贝,,夜班,夜班,夜班,\n"))

    report = run(company, written(tmp_path / "三月改.csv", HEADER + "白小贝,,早班,,年假,\n"))

    assert (report.new, report.changed) == (0, 1)
    assert entries(company) == ["bella 03-03 早班", "bella 03-04 夜班", "bella 03-05 夜班"]


def test_days_that_are_over_stay_as_they_were(company: Muster, tmp_path: Path, clock: TestClock) -> None:
    path = written(tmp_path / "三月.csv", HEADER + "白小贝,,夜班,夜班,夜班,\n")
    clock.at("2026-03-05 10:00")

    report = run(company, path)

    assert report.told == ["过去的日子不改：2026-03-03周二、3月4日", "没有用到的列：备注"]
    assert entries(company) == ["bella 03-05 夜班"]


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("姓名,备注", "表头里没有日子"),
        ("姓名,2月30日", "日历上没有这一天"),
        ("姓名,3月9日,2026-03-09", "有两列是同一天"),
        ("账号,3月9日", "缺少列：姓名"),
    ],
)
def test_a_head_that_cannot_be_is_refused(company: Muster, tmp_path: Path, head: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        run(company, written(tmp_path / "三月.csv", f"{head}\n白小贝,早班,早班\n"))


@pytest.mark.parametrize(
    ("column", "day"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("2026-12-01 周二", date(2026, 12, 1)),
        ("12月1日", date(2026, 12, 1)),
        ("12月1日（周二）", date(2026, 12, 1)),
        ("12/1", date(2026, 12, 1)),
        ("12.1 星期二", date(2026, 12, 1)),
        ("1月4日", date(2027, 1, 4)),
        ("20261201", date(2026, 12, 1)),
        ("备注", None),
        ("班组", None),
    ],
)
def test_days_as_people_head_their_columns(column: str, day: date | None) -> None:
    assert day_of(column, date(2026, 11, 26)) == day


def test_the_template_can_be_read(company: Muster, tmp_path: Path) -> None:
    path = tmp_path / "空表.xlsx"
    sheets.write(path, template("roster"))

    report = run(company, path)

    assert [reason for _, _, reason in report.refused] == ["名单里没有「zhangsan」，或者已经离职"]
