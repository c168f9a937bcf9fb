"""Tables as people keep them: Excel workbooks and CSV files, read row by row, written as plain text."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine

from config.settings import SettingsError
from jobs.spreadsheet import Sheet, workbook

BINARY = (b"PK", b"\xff\xfe", b"\xfe\xff", b"\xd0\xcf")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these at its beginning a text would be taken for a formula."""
EXACT = 10**15
"""From here on Excel has lost digits of a number."""
WIDTH = 18
ABOUT = "说明"
"""The sheet that says what a workbook is; it holds no rows."""
HEADER_WITHIN = 10
"""Within so many lines the names of the columns stand."""

Line = tuple[int, Mapping[str, str]]
"""The number of a line as Excel shows it, and its cells by the name of the column."""


def read(
    path: Path, *, needed: Sequence[str], optional: Sequence[str] = (), also: Mapping[str, str] | None = None
) -> Iterator[Line]:
    """The lines of a table that say something; `also` are other names of columns.

    Raises:
        SettingsError: the file cannot be read, or a column is missing.
    """
    rows = _workbook(path) if path.suffix.lower() == ".xlsx" else _text(path)
    names: list[str] = []
    for _, row in islice(rows, HEADER_WITHIN):
        names = names or [cell for cell in row if cell]
        if needed[0] in row:
            names = row
            break
    names = [(also or {}).get(name, name) for name in names]
    missing = [name for name in needed if name not in names]
    if missing:
        raise SettingsError(f"{path.name} 缺少列：{'、'.join(missing)}。用 --template 生成一份空表。")
    wanted = (*needed, *optional)
    for number, row in rows:
        if any(row):
            cells = dict(zip(names, row, strict=False))
            yield number, {name: cells.get(name, "") for name in wanted}


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    if not path.is_file():
        raise SettingsError(f"读不了文件 {path}，请检查文件名和权限。")
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = [name for name in book.sheet_names if name != ABOUT] or book.sheet_names
        sheet = book.get_sheet_by_name(sheets[0])
    except (python_calamine.CalamineError, OSError):
        raise SettingsError(f"{path.name} 不是能读的 Excel 工作簿（.xlsx），或者有密码。") from None
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, [_cell(value) for value in row]


def _cell(value: Any) -> str:
    """What a cell says, as somebody would type it; a number that has lost digits stays in its short form."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float | int):
        whole = float(value).is_integer()
        return str(int(value)) if whole and abs(value) < EXACT else f"{value:.6E}" if whole else str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return _plain(str(value))


def _plain(text: str) -> str:
    """A text without the apostrophe that kept it from being a formula."""
    text = text.replace("\0", "").strip()
    return text[1:] if text.startswith("'") and text[1:2] in FORMULA else text


def _text(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"读不了文件 {path}，请检查文件名和权限（{error.strerror}）。") from None
    if raw.startswith(BINARY):
        raise SettingsError(
            f"{path.name} 不是 CSV。Excel 文件请存成 .xlsx 再导入，或「另存为」CSV（逗号分隔）。"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")  # what Excel saves as CSV in China
    reader = csv.reader(io.StringIO(text.replace("\0", "")), strict=False)
    for row in reader:
        yield reader.line_num, [_plain(cell) for cell in row]


def write(path: Path, rows: Iterable[Sequence[str]], *, before: Sequence[str] = ()) -> None:
    """A table that only its owner can read; every cell is text, and `before` comes first."""
    path.touch(mode=0o600)
    if path.suffix.lower() == ".xlsx":
        path.write_bytes(_as_workbook(rows, before))
        return
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        target.write(as_csv([*([line] for line in before), *rows]))


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV, with an apostrophe before what would be a formula."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row] for row in rows
    )
    return text.getvalue()


def _as_workbook(rows: Iterable[Sequence[str]], before: Sequence[str]) -> bytes:
    head, *others = rows
    lines = Sheet("名单", head, others, widths=[WIDTH] * len(head), text_only=True)
    about = Sheet(ABOUT, (), [[line] for line in before], widths=[80])
    return workbook([about, lines] if before else [lines])
