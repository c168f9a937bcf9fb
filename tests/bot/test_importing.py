"""People from tables: every row taken or refused with a reason, twice the same, and out again."""

import csv
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from bot import sheets
from bot.app import Muster
from bot.exporting import export_file
from bot.importing import Report, import_file, template, write_refused
from config.settings import SettingsError
from models import secrecy, staff
from models.attendance import ShiftHours
from models.audit import AuditEvent
from models.staff import Candidate, Employee, Post, Role, Unit
from tests.simulator import rows

HEADER = "企业微信账号,姓名,角色,团队,上班,下班\n"
FULL = (
    "企业微信账号",
    "姓名",
    "角色",
    "单位",
    "职务",
    "工号",
    "入职日期",
    "手机号",
    "身份证号",
    "住址",
    "兼任",
)
ID = "11010519491231002X"
OTHER_ID = "440524188001010014"


def run(muster: Muster, path: Path, kind: str = "employees") -> Report:
    """Import the file."""
    return import_file(
        muster.database, kind, path, at=muster.clock.now(), policy=muster.policy, calendar=muster.calendar
    )


def reasons(report: Report) -> list[tuple[int, str]]:
    """The refused lines with their reasons."""
    return [(number, reason) for number, _, reason in report.refused]


def workbook(path: Path, *lines: tuple[Any, ...]) -> Path:
    """An Excel file with these rows, typed as Excel types them."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        formats = {date: "yyyy-mm-dd", time: "hh:mm"}
        made = {kind: book.add_format({"num_format": text}) for kind, text in formats.items()}
        for number, line in enumerate(lines):
            for column, cell in enumerate(line):
                if type(cell) in made:
                    sheet.write_datetime(number, column, cell, made[type(cell)])
                else:
                    sheet.write(number, column, cell)
    return path


def person(muster: Muster, wecom_id: str) -> Employee:
    """Somebody with the posts held now."""
    with muster.database.reading() as session:
        found = staff.find_employee(session, wecom_id, at=muster.clock.now())
    assert found is not None
    return found


def opened(muster: Muster, somebody: Employee | Candidate, name: str) -> str | None:
    """A sealed value."""
    with muster.database.reading() as session:
        return secrecy.open_text(session, somebody.subject, getattr(somebody, name))


def posts(muster: Muster, wecom_id: str) -> list[tuple[str, str, str]]:
    """(role, unit, title) of each post held now, the main one first."""
    names = {unit.id: unit.name for unit in rows(muster, Unit)}
    return [(post.role, names[post.unit_id], post.title) for post in person(muster, wecom_id).posts]


# --- employees -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["员工.csv", "员工.xlsx"])
def test_the_template_imports(muster: Muster, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    sheets.write(path, template("employees"))

    report = run(muster, path)

    assert (report.new, report.refused) == (1, [])
    assert [(e.wecom_id, e.name) for e in rows(muster, Employee)] == [("zhangsan", "张三")]
    assert posts(muster, "zhangsan") == [("collector", "催收一组", "高级催收员")]
    assert {unit.name: unit.kind for unit in rows(muster, Unit)}["城北分公司"] == "branch"


@pytest.mark.parametrize("kind", ["员工.csv", "员工.xlsx"])
def test_the_same_file_twice_changes_nothing(muster: Muster, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    full = ("lisi", "李四", "质检", "城北分公司/质检组", "质检员", "e7", "2026年3月9日", "13800138000", ID)
    sheets.write(path, [FULL, [*full, "成都市锦江区示例路8号", "组长@总部；催收员@催收一组"]])

    run(muster, path)
    before = (len(rows(muster, Post)), person(muster, "lisi").phone)
    report = run(muster, path)

    assert (report.read, report.unchanged) == (1, 1)
    assert (len(rows(muster, Post)), person(muster, "lisi").phone) == before


def test_every_column_is_kept(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.xlsx"
    full = ("lisi", "李四", "质检", "城北分公司/质检组", "质检员", "e7", date(2026, 3, 9), 13800138000, ID)
    workbook(
        path,
        (*FULL, "上班", "下班"),
        (*full, "成都市锦江区示例路8号", "组长@总部；催收员@催收一组", time(9, 0), "18：00"),
    )

    report = run(muster, path)

    lisi = person(muster, "lisi")
    assert reasons(report) == []
    assert (lisi.number, lisi.hired_on) == ("E7", date(2026, 3, 9))
    assert (opened(muster, lisi, "phone"), opened(muster, lisi, "id_number")) == ("13800138000", ID)
    assert opened(muster, lisi, "address") == "成都市锦江区示例路8号"
    assert posts(muster, "lisi") == [
        ("qa", "质检组", "质检员"),
        ("team_leader", "总部", ""),
        ("collector", "催收一组", ""),
    ]
    assert [(shift.starts_at, shift.ends_at) for shift in rows(muster, ShiftHours)] == [(time(9), time(18))]


def test_what_is_not_given_stays(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    sheets.write(path, [FULL, ["lisi", "李四", "质检", "质检组", "质检员", "E7", "2026-3-9", "13800138000"]])
    run(muster, path)
    sheets.write(path, [FULL[:4], ["lisi", "李思", "质检", ""]])

    report = run(muster, path)

    lisi = person(muster, "lisi")
    assert (report.changed, lisi.name, lisi.number) == (1, "李思", "E7")
    assert opened(muster, lisi, "phone") == "13800138000"
    assert posts(muster, "lisi") == [("qa", "质检组", "质检员")]


def test_every_role_of_the_rights_can_be_given(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    names = [found.name for role, found in muster.policy.rights.roles.items() if role != Role.CANDIDATE]
    sheets.write(path, [FULL[:4], *([f"u{n}", f"人{n}", name, "一组"] for n, name in enumerate(names))])

    report = run(muster, path)

    assert (report.new, report.refused) == (len(names), [])
    assert {post.role for post in rows(muster, Post)} == {str(role) for role in Role} - {"candidate"}


def test_a_role_that_changes_begins_now_and_the_old_one_is_history(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    sheets.write(path, [FULL[:4], ["lisi", "李四", "催收员", "一组"]])
    run(muster, path)
    sheets.write(path, [FULL[:4], ["lisi", "李四", "组长", "一组"]])

    run(muster, path)

    assert [(post.role, post.ends_at is None) for post in rows(muster, Post)] == [
        ("collector", False),
        ("team_leader", True),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_excel_saves_is_read(muster: Muster, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "员工.csv"
    path.write_bytes((HEADER + "lisi,李四,外勤,外访组,9：00,18:00\n,,,,,\n").encode(encoding))

    report = run(muster, path)

    assert (report.read, report.new) == (1, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",张三,催收员,一组,09:00,18:00", "企业微信账号"),
        ("张三,张三,催收员,一组,09:00,18:00", "企业微信账号"),
        ("a" * 65 + ",张三,催收员,一组,09:00,18:00", "企业微信账号"),
        ("a,,催收员,一组,09:00,18:00", "姓名"),
        ("a,张三,老板,一组,09:00,18:00", "角色只能是"),
        ("a,张三,候选人,一组,09:00,18:00", "角色只能是"),
        ("a,张三,催收员,一组,09:00,", "要么都填"),
        ("a,张三,催收员,一组,九点,18:00", "看不懂时间「九点」"),
        ("a,张三,催收员,一组,25:00,18:00", "看不懂时间「25:00」"),
        ("a,张三", "角色只能是"),
    ],
)
def test_a_row_that_is_wrong_is_refused_with_line_and_reason(
    muster: Muster, tmp_path: Path, row: str, reason: str
) -> None:
    path = tmp_path / "员工.csv"
    path.write_text(HEADER + "good,好人,催收员,一组,,\n" + row + "\n", encoding="utf-8")

    report = run(muster, path)

    assert (report.taken, report.refused[0][0]) == (1, 3)
    assert reason in report.refused[0][2]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("手机号", "1380013800", "手机号「138***3800」不是 11 位的手机号"),
        ("手机号", "1.38E+10", "手机号被表格软件改成了数字，后面几位已经丢了"),
        ("身份证号", 510104199001011237, "身份证号被表格软件改成了数字，后面几位已经丢了"),
        ("身份证号", "110105194912310021", "最后一位要对得上"),
        ("入职日期", "去年", "看不懂入职日期「去年」，写成 2026-03-09"),
        ("入职日期", "2026-02-30", "看不懂入职日期「2026-02-30」"),
        ("工号", "工号七", "工号要 1–20 位字母、数字或 -"),
        ("兼任", "质检", "兼任要写成"),
        ("兼任", "老板@总部", "角色只能是"),
    ],
)
def test_a_cell_that_is_wrong_is_refused_without_telling_all_of_it(
    muster: Muster, tmp_path: Path, column: str, value: Any, reason: str
) -> None:
    row = ("a", "张三", "催收员", "一组", value)
    path = workbook(tmp_path / "员工.xlsx", (*FULL[:4], column), row)

    [(number, told)] = reasons(run(muster, path))

    assert number == 2
    assert reason in told
    assert rows(muster, Employee) == []


@pytest.mark.parametrize(
    "written",
    [
        *(date(2026, 3, 9), 46090, "46090"),
        *("2026-03-09", "2026.3.9", "2026/3/9", "2026年3月9日", "20260309", "2026-03-09 08:00"),
    ],
)
def test_a_day_is_read_however_it_is_written(muster: Muster, tmp_path: Path, written: Any) -> None:
    path = workbook(tmp_path / "员工.xlsx", (*FULL[:4], "入职日期"), ("a", "张三", "催收员", "一组", written))

    assert reasons(run(muster, path)) == []
    assert person(muster, "a").hired_on == date(2026, 3, 9)


@pytest.mark.parametrize("written", [13800138000, "13800138000.0", "138 0013 8000", "+86-138-0013-8000"])
def test_a_phone_is_read_however_it_is_written(muster: Muster, tmp_path: Path, written: Any) -> None:
    path = workbook(tmp_path / "员工.xlsx", (*FULL[:4], "手机号"), ("a", "张三", "催收员", "一组", written))

    assert reasons(run(muster, path)) == []
    assert opened(muster, person(muster, "a"), "phone") == "13800138000"


def test_two_people_with_one_phone_are_told_apart_by_line_and_not_by_value(
    muster: Muster, tmp_path: Path
) -> None:
    path = tmp_path / "员工.csv"
    header = (*FULL[:4], "手机号", "身份证号", "工号")
    first = ["a", "张三", "催收员", "一组", "13800138000", ID, "E1"]
    sheets.write(
        path,
        [
            header,
            first,
            ["b", "李四", "催收员", "一组", "138 0013 8000", "", ""],
            ["c", "王五", "催收员", "一组", "", ID.lower(), ""],
            ["d", "赵六", "催收员", "一组", "", "", "e1"],
        ],
    )
    assert reasons(run(muster, path)) == [
        (3, "手机号和第 2 行重复"),
        (4, "身份证号和第 2 行重复"),
        (5, "工号和第 2 行重复"),
    ]

    sheets.write(path, [header, ["b", "李四", "催收员", "一组", "13800138000", "", ""]])
    assert reasons(run(muster, path)) == [(2, "手机号和已经登记的张*相同")]


def test_units_are_found_by_their_path_and_made_where_there_are_none(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    lines = [
        ["a", "甲", "催收员", "城北分公司/催收一组"],
        ["b", "乙", "催收员", "城东分公司/催收一组"],
        ["c", "丙", "催收员", "总部"],
        ["d", "丁", "催收员", "城北分公司／催收一组"],
        ["e", "戊", "催收员", "催收一组"],
    ]
    sheets.write(path, [FULL[:4], *lines])

    report = run(muster, path)

    assert reasons(report) == [(6, "有几个单位都叫「催收一组」：写全路径，如 城北分公司/催收一组")]
    assert person(muster, "a").unit_id == person(muster, "d").unit_id != person(muster, "b").unit_id
    assert len(rows(muster, Unit)) == 5


def test_who_has_left_is_not_brought_back_by_an_old_table(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    sheets.write(path, [FULL[:4], ["a", "甲", "催收员", "一组"]])
    run(muster, path)
    with muster.database.writing() as session:
        gone = staff.find_known(session, "a")
        assert gone is not None
        gone.left_at = muster.clock.now()

    [(_, reason)] = reasons(run(muster, path))

    assert reason == "这个账号已经离职；人回来了的话，先由人事办理入职，再导入"


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_refused_rows_are_written_beside_the_file_with_the_reason(
    muster: Muster, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"员工{kind}"
    sheets.write(path, [FULL[:4], ["a", "=1+1", "老板", "一组"]])

    beside = write_refused(path, run(muster, path))

    assert beside.name == f"员工-未导入{kind}"
    [(_, row)] = sheets.read(beside, needed=(*FULL[:4], "原因")).lines
    assert (row["企业微信账号"], row["姓名"], row["角色"]) == ("a", "=1+1", "老板")
    assert row["原因"].startswith("角色只能是")
    assert beside.stat().st_mode & 0o077 == 0


def test_a_file_without_the_columns_is_refused_whole(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    path.write_text("账号,姓名\na,b\n", encoding="utf-8")

    with pytest.raises(SettingsError, match="缺少列：企业微信账号、角色、单位"):
        run(muster, path)
    for name in ("没有.csv", "没有.xlsx"):
        with pytest.raises(SettingsError, match="读不了文件"):
            run(muster, tmp_path / name)


def test_an_account_that_comes_twice_is_refused_the_second_time(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    path.write_text(HEADER + "a,张三,催收员,一组,,\nA,李四,催收员,一组,,\n", encoding="utf-8")

    report = run(muster, path)

    assert (report.taken, reasons(report)) == (1, [(3, "企业微信账号和第 2 行重复")])


@pytest.mark.parametrize("content", [b"PK\x03\x04", HEADER.encode("utf-16")])
def test_a_file_that_is_no_csv_is_told_apart(muster: Muster, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "员工.csv"
    path.write_bytes(content)

    with pytest.raises(SettingsError, match="不是 CSV"):
        run(muster, path)


def test_a_file_that_is_no_workbook_is_told_apart(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.xlsx"
    path.write_text(HEADER)

    with pytest.raises(SettingsError, match="不是能读的 Excel 工作簿"):
        run(muster, path)


def test_an_import_is_in_the_evidence_trail_with_its_counts(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    sheets.write(path, [FULL[:4], ["a", "甲", "催收员", "一组"], ["b", "乙", "老板", "一组"]])

    run(muster, path)

    [event] = [event for event in rows(muster, AuditEvent) if event.action == "import.employees"]
    assert event.actor == "operator"
    assert event.details == {"read": 2, "new": 1, "changed": 0, "unchanged": 0, "refused": 1}


def test_many_batches_are_kept_one_by_one(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.xlsx"
    sheets.write(path, [FULL[:4], *([f"u{n}", f"人{n}", "催收员", "一组"] for n in range(450))])
    read: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        import_file(
            muster.database,
            "employees",
            path,
            at=muster.clock.now(),
            policy=muster.policy,
            calendar=muster.calendar,
            say=lambda number, _: read.append(number) if number < 400 else _break_off(),
        )
    assert len(rows(muster, Employee)) == 400

    report = run(muster, path)

    assert (report.read, report.new, report.unchanged) == (450, 50, 400)


def _break_off() -> None:
    raise KeyboardInterrupt


# --- candidates ------------------------------------------------------------------------------------------

CANDIDATES = ("姓名", "手机号", "应聘机构", "应聘岗位", "身份证号", "应聘日期", "来源")


@pytest.fixture
def branch(muster: Muster) -> None:
    """A branch that hires."""
    with muster.database.writing() as session:
        staff.add_unit(session, name="城北分公司")


@pytest.mark.usefixtures("branch")
def test_candidates_are_entered_once_and_recognised(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "候选人.xlsx"
    lines = [
        ["陈晨", "13800138001", "城北分公司", "催收员", ID, "2026-03-09", "校园招聘"],
        ["陈晨", "13800138009", "总部", "外勤", ID, "2026-03-10", "内推"],
        ["周舟", "13800138002", "城北分公司", "催收员", "", "2026-03-09", ""],
        ["周舟", "13800138002", "总部", "客服", OTHER_ID, "2026-03-09", ""],
    ]
    sheets.write(path, [CANDIDATES, *lines])

    report = run(muster, path, "candidates")

    assert reasons(report) == []
    assert (report.new, report.recognised, report.possible) == (3, 1, 1)
    assert len(rows(muster, Candidate)) == 3
    again = run(muster, path, "candidates")
    assert (again.new, again.read) == (0, 4)


@pytest.mark.usefixtures("branch")
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["", "13800138001", "城北分公司", "催收员"], "姓名没有填"),
        (["陈晨", "", "城北分公司", "催收员"], "至少要填一个"),
        (["陈晨", "13800138001", "没有的机构", "催收员"], "没有「没有的机构」这个机构"),
        (["陈晨", "13800138001", "城北分公司", ""], "应聘岗位没有填"),
    ],
)
def test_a_candidate_that_is_wrong_is_refused(
    muster: Muster, tmp_path: Path, row: list[str], reason: str
) -> None:
    path = tmp_path / "候选人.csv"
    sheets.write(path, [CANDIDATES, row])

    [(_, told)] = reasons(run(muster, path, "candidates"))

    assert reason in told


@pytest.mark.usefixtures("branch")
def test_the_template_of_candidates_imports(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "候选人.xlsx"
    sheets.write(path, template("candidates"))

    assert run(muster, path, "candidates").new == 1


# --- out again -------------------------------------------------------------------------------------------


@pytest.fixture
def entered(muster: Muster, tmp_path: Path) -> Path:
    """A table of which everything is entered."""
    path = tmp_path / "员工.csv"
    full = ("lisi", "李四", "质检", "城北分公司/质检组", "质检员", "E7", "2026-03-09", "13800138000", ID)
    sheets.write(path, [FULL, [*full, "成都市锦江区示例路8号", "组长@总部"]])
    assert run(muster, path).new == 1
    return path


def exported(muster: Muster, path: Path, reason: str = "") -> Path:
    """Export the employees."""
    at, policy = muster.clock.now(), muster.policy
    written, count = export_file(muster.database, "employees", path, at=at, policy=policy, reason=reason)
    assert count == 1
    return written


@pytest.mark.usefixtures("entered")
@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_an_export_is_masked(muster: Muster, tmp_path: Path, kind: str) -> None:
    path = exported(muster, tmp_path / f"名单{kind}")

    [(_, row)] = sheets.read(path, needed=FULL).lines
    assert (row["手机号"], row["身份证号"], row["住址"]) == (
        "138****8000",
        "110***********002X",
        "成都市锦江区***",
    )
    assert (row["单位"], row["兼任"]) == ("城北分公司/质检组", "组长@总部")
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("entered")
@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_a_full_export_says_who_when_and_why_and_imports_again(
    muster: Muster, tmp_path: Path, kind: str
) -> None:
    path = exported(muster, tmp_path / f"名单{kind}", reason="报社保")

    assert path.name == f"名单-完整-20260302-报社保{kind}"
    about = _first_line(path)
    assert "2026-03-02 08:30 由" in about
    assert "理由：报社保" in about
    report = run(muster, path)
    assert (report.unchanged, reasons(report)) == (1, [])
    [event] = [event for event in rows(muster, AuditEvent) if event.action == "export.employees"]
    assert event.details == {"count": 1, "full": True}
    assert "operator" in event.personal


def _first_line(path: Path) -> str:
    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8-sig").splitlines()[0]
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    return str(next(iter(sheet.iter_rows()))[0])


@pytest.mark.usefixtures("entered")
def test_nothing_is_overwritten_by_an_export(muster: Muster, tmp_path: Path) -> None:
    exported(muster, tmp_path / "名单.csv")

    with pytest.raises(FileExistsError):
        exported(muster, tmp_path / "名单.csv")


@hypothesis_given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5))
def test_no_cell_of_a_csv_begins_a_formula(cells: list[str]) -> None:
    [row] = csv.reader([*sheets.as_csv([cells]).split("\r\n")][:1]) if "\n" not in "".join(cells) else [[]]

    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_a_cell_of_a_workbook_is_never_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "名单.xlsx"
    sheets.write(path, [["姓名"], ["=HYPERLINK(1)"], ["+1"], ["@x"]])

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    assert book.get_sheet_by_index(0).to_python() == [["姓名"], ["=HYPERLINK(1)"], ["+1"], ["@x"]]
    assert [row["姓名"] for _, row in sheets.read(path, needed=["姓名"]).lines] == [
        "=HYPERLINK(1)",
        "+1",
        "@x",
    ]
