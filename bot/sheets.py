"""Tables as people keep them: Excel workbooks and CSV files, read row by row, written as plain text."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import python_calamine

from config.settings import SettingsError
from jobs.spreadsheet import Sheet, Streamed, workbook

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
UTF8 = "utf-8-sig"
CHINESE = "gb18030"
"""What Excel saves as CSV in China."""
CHUNK = 1 << 20
_UNIT = re.compile(r"[\s*]+|[(（\[【].*?[)）\]】]")
"""What may stand beside the name of a column: a star, and the unit in brackets."""

Line = tuple[int, Mapping[str, str]]
"""The number of a line as Excel shows it, and its cells by the name of the column."""
_Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class Table:
    """What a file holds."""

    columns: Sequence[str]
    """The names of the columns that `lines` have."""
    lines: Iterator[Line]
    expected: int
    """How many lines there may be: empty ones count here."""


def read(
    path: Path,
    *,
    needed: Sequence[str],
    optional: Sequence[str] = (),
    also: Mapping[str, str] | None = None,
    further: bool = False,
) -> Table:
    """The lines of a table that say something; `also` are other names of columns.

    With `further`, columns with other names are there as well, and a name says the same with its unit in
    brackets behind it.

    Raises:
        SettingsError: the file cannot be read, or a column is missing.
    """
    rows, expected = _workbook(path) if path.suffix.lower() == ".xlsx" else _text(path)
    wanted = (*needed, *optional)
    names: list[str] = []
    for _, row in islice(rows, HEADER_WITHIN):
        named = _named(row, wanted, also or {}, further)
        names = names or [name for name in named if name]
        if needed[0] in named:
            names = named
            break
    missing = [name for name in needed if name not in names]
    if missing:
        raise SettingsError(f"{path.name} 缺少列：{'、'.join(missing)}。用 --template 生成一份空表。")
    columns = tuple(dict.fromkeys(filter(None, names))) if further else wanted
    return Table(columns, _lines(rows, names, wanted), expected)


def _lines(rows: _Rows, names: Sequence[str], wanted: Sequence[str]) -> Iterator[Line]:
    absent = dict.fromkeys((name for name in wanted if name not in names), "")
    short = dict.fromkeys(names, "")
    for number, row in rows:
        if any(row):
            if len(row) < len(names):
                yield number, {**absent, **short, **dict(zip(names, row, strict=False))}
            else:
                yield number, {**absent, **dict(zip(names, row, strict=False))}


def _named(row: Sequence[str], wanted: Sequence[str], also: Mapping[str, str], further: bool) -> list[str]:
    """The names of the columns as they are known here; of several for the same the first one counts."""
    plain = [_UNIT.sub("", cell) or cell for cell in row] if further else list(row)
    names = [cell if cell in wanted else also.get(cell, cell) for cell in plain]
    exact = {cell for cell in plain if cell in wanted}
    taken: set[str] = set()
    for place, name in enumerate(names):
        if name in taken or (name in exact and plain[place] != name):
            names[place] = plain[place] if plain[place] not in taken else ""
        taken.add(names[place])
    return names


def _workbook(path: Path) -> tuple[_Rows, int]:
    if not path.is_file():
        raise SettingsError(f"读不了文件 {path}，请检查文件名和权限。")
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = [name for name in book.sheet_names if name != ABOUT] or book.sheet_names
        sheet = book.get_sheet_by_name(sheets[0])
    except (python_calamine.CalamineError, OSError):
        raise SettingsError(f"{path.name} 不是能读的 Excel 工作簿（.xlsx），或者有密码。") from None
    rows = (
        (number, [_cell(value) for value in row]) for number, row in enumerate(sheet.iter_rows(), start=1)
    )
    return rows, sheet.total_height


def all_sheets(path: Path) -> Mapping[str, Sequence[Sequence[str]]]:
    """Every sheet of a workbook, row by row as somebody would type it.

    Raises:
        SettingsError: the file cannot be read.
    """
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        return {
            name: [[_cell(value) for value in row] for row in book.get_sheet_by_name(name).iter_rows()]
            for name in book.sheet_names
        }
    except (python_calamine.CalamineError, OSError):
        raise SettingsError(f"{path.name} 不是能读的 Excel 工作簿（.xlsx），或者有密码。") from None


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


def _text(path: Path) -> tuple[_Rows, int]:
    try:
        encoding, lines = _encoding(path)
    except OSError as error:
        raise SettingsError(f"读不了文件 {path}，请检查文件名和权限（{error.strerror}）。") from None
    return _read_text(path, encoding), lines


def _encoding(path: Path) -> tuple[str, int]:
    """How a CSV file is written, and how many lines it has: in one pass over its bytes.

    Raises:
        SettingsError: it is no text; OSError: it cannot be read.
    """
    decoder, encoding, lines, first = codecs.getincrementaldecoder("utf-8")(), UTF8, 0, True
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            if first and chunk.startswith(BINARY):
                raise SettingsError(
                    f"{path.name} 不是 CSV。Excel 文件请存成 .xlsx 再导入，或「另存为」CSV（逗号分隔）。"
                )
            first = False
            lines += chunk.count(b"\n")
            if encoding != CHINESE:
                encoding = _encoding_after(decoder, chunk)
    if encoding != CHINESE:
        encoding = _encoding_after(decoder, b"", final=True)
    return encoding, lines


def _encoding_after(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return CHINESE
    return UTF8


def _read_text(path: Path, encoding: str) -> _Rows:
    with path.open(encoding=encoding, errors="replace", newline="") as source:
        reader = csv.reader((line.replace("\0", "") for line in source), strict=False)
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


@contextmanager
def streamed(
    path: Path, head: Sequence[str], *, before: Sequence[str] = ()
) -> Iterator[Callable[[Sequence[str]], None]]:
    """Like `write`, row by row: the file is there under its name once all of it is.

    Raises:
        FileExistsError: there is one of that name already.
    """
    if path.exists():
        raise FileExistsError(path)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        if path.suffix.lower() == ".xlsx":
            book = Streamed(part, "名单", head, about=[[ABOUT, *before]] if before else [])
            try:
                yield book.write
            finally:
                book.close()
        else:
            with part.open("w", encoding=UTF8, newline="") as target:
                target.write(as_csv([*([line] for line in before), head]))
                yield lambda row: _write(target, row)
        part.chmod(0o600)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _write(target: TextIO, row: Sequence[str]) -> None:
    target.write(as_csv([row]))


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
