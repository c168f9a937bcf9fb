"""The one writer of tables: notes above the head, values as what they are, words as words."""

import io
from datetime import date, datetime
from zipfile import ZipFile

from python_calamine import CalamineWorkbook

from jobs.spreadsheet import Sheet, attached, workbook
from models.base import SHANGHAI

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI)


def cells(content: bytes, name: str) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(name).to_python()


def test_notes_stand_above_the_head_and_the_head_above_the_rows() -> None:
    sheet = Sheet("名单", ("姓名", "入职"), [("张三", date(2026, 3, 9)), ("李四", None)], notes=["谁导出的"])

    assert cells(workbook([sheet]), "名单") == [
        ["谁导出的", ""],
        ["姓名", "入职"],
        ["张三", date(2026, 3, 9)],
        ["李四", ""],
    ]


def test_a_table_without_a_head_begins_with_its_rows() -> None:
    assert cells(workbook([Sheet("报告", (), [("人数", 3)])]), "报告") == [["人数", 3.0]]


def test_words_are_never_formulas_addresses_or_numbers() -> None:
    words = ["=HYPERLINK(1)", "+1", "@x", "https://example.com", "007"]
    content = workbook([Sheet("甲", ("列",), [(word,) for word in words])], at=NOW)

    assert [row for [row] in cells(content, "甲")] == ["列", *words]
    with ZipFile(io.BytesIO(content)) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "hyperlink" not in page


def test_a_share_is_shown_in_percent() -> None:
    content = workbook([Sheet("甲", ("率",), [(0.125,)], shares=frozenset({0}))])

    with ZipFile(io.BytesIO(content)) as book:
        assert 'formatCode="0.0%"' in book.read("xl/styles.xml").decode()


def test_a_file_says_when_it_was_made_and_has_a_short_name() -> None:
    file = attached("长" * 200, [Sheet("甲", ("列",), [])], at=NOW)

    assert file.name == "长" * 80 + ".xlsx"
    with ZipFile(io.BytesIO(file.content)) as book:
        assert "2026-03-02T08:30:00Z" in book.read("docProps/core.xml").decode()
