"""Employees from a CSV file: every row taken or refused with a reason, twice the same."""

from pathlib import Path

import pytest

from bot.app import Muster
from bot.importing import import_employees, template, write_refused
from config.settings import SettingsError
from models.staff import Employee, Post
from tests.simulator import rows

HEADER = "企业微信账号,姓名,角色,团队,上班,下班\n"


def run(muster: Muster, path: Path) -> tuple[int, list[tuple[int, str]]]:
    """Import the file; (taken, [(line, reason)])."""
    with muster.database.writing() as session:
        report = import_employees(session, path)
    return report.taken, [(number, reason) for number, _, reason in report.refused]


def test_the_template_imports(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    path.write_text(template(), encoding="utf-8-sig")

    assert run(muster, path) == (1, [])
    assert [(e.wecom_id, e.name) for e in rows(muster, Employee)] == [("zhangsan", "张三")]
    assert [post.role for post in rows(muster, Post)] == ["collector"]


def test_the_same_file_twice_changes_nothing(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    path.write_text(template(), encoding="utf-8-sig")

    run(muster, path)
    run(muster, path)

    assert len(rows(muster, Employee)) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_excel_saves_is_read(muster: Muster, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "员工.csv"
    path.write_bytes((HEADER + "lisi,李四,外勤,外访组,9：00,18:00\n,,,,,\n").encode(encoding))

    assert run(muster, path) == (1, [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",张三,催收员,一组,09:00,18:00", "企业微信账号"),
        ("张三,张三,催收员,一组,09:00,18:00", "企业微信账号"),
        ("a" * 65 + ",张三,催收员,一组,09:00,18:00", "企业微信账号"),
        ("a,,催收员,一组,09:00,18:00", "姓名"),
        ("a,张三,老板,一组,09:00,18:00", "角色只能是"),
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

    taken, refused = run(muster, path)

    assert (taken, refused[0][0]) == (1, 3)
    assert reason in refused[0][1]


def test_refused_rows_are_written_beside_the_file_with_the_reason(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    path.write_text(HEADER + "a,张三,老板,一组,,\n", encoding="utf-8")
    with muster.database.writing() as session:
        report = import_employees(session, path)

    beside = write_refused(path, report)

    assert beside.name == "员工-未导入.csv"
    assert "a,张三,老板,一组,,,角色只能是" in beside.read_text(encoding="utf-8-sig")


def test_a_file_without_the_columns_is_refused_whole(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    path.write_text("账号,姓名\na,b\n", encoding="utf-8")

    with pytest.raises(SettingsError, match="缺少列"):
        run(muster, path)
    with pytest.raises(SettingsError, match="读不了文件"):
        run(muster, tmp_path / "没有.csv")


def test_an_account_that_comes_twice_is_refused_the_second_time(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "员工.csv"
    path.write_text(HEADER + "a,张三,催收员,一组,,\nA,李四,催收员,一组,,\n", encoding="utf-8")

    taken, refused = run(muster, path)

    assert (taken, refused) == (1, [(3, "企业微信账号和第 2 行重复")])


@pytest.mark.parametrize("content", [b"PK\x03\x04", HEADER.encode("utf-16")])
def test_a_file_that_is_no_csv_is_told_apart(muster: Muster, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "员工.csv"
    path.write_bytes(content)

    with pytest.raises(SettingsError, match="不是 CSV"):
        run(muster, path)
