"""Tables as xlsx files: notes, a head that stays in sight, dates as dates, shares as percentages."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from models.messaging import Attachment, AttachmentKind

Cell = str | int | float | Decimal | date | None

WIDTH = 14
"""Characters that a column shows unless the sheet says otherwise."""
LONGEST_NAME = 80
"""Characters of a file's name; phones show fewer."""
PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
"""What people wrote stays text: no cell becomes a formula or an address."""


@dataclass(frozen=True)
class Sheet:
    """A table; without a head there is none."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]] = field(repr=False)
    notes: Sequence[str] = field(default=(), repr=False)
    """Lines above the head."""
    shares: frozenset[int] = frozenset()
    """The numbers of the columns that are shares (0 to 1)."""
    widths: Sequence[int] = ()
    text_only: bool = False
    """Whether what somebody types into the columns later stays as it was typed: for tables to fill in."""


def attached(name: str, sheets: Sequence[Sheet], *, at: datetime) -> Attachment:
    """The workbook as a file to send; `name` is without ending."""
    return Attachment(AttachmentKind.FILE, f"{name[:LONGEST_NAME]}.xlsx", workbook(sheets, at=at))


class Streamed:
    """One long table, row by row, past the memory: every cell is text."""

    def __init__(self, path: Path, name: str, head: Sequence[str], *, about: Sequence[Sequence[str]]) -> None:
        """Begin; `about` is (name of a sheet before it, lines…)."""
        import xlsxwriter

        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        title = self._book.add_format({"bold": True, "bg_color": "#e4e7eb"})
        self._typed = self._book.add_format({"num_format": "@"})
        for called, *lines in about:
            page = self._book.add_worksheet(called)
            for number, line in enumerate(lines):
                page.write_string(number, 0, line)
        self._page = self._book.add_worksheet(name)
        self._page.set_column(0, len(head) - 1, WIDTH, self._typed)
        self._page.freeze_panes(1, 0)
        for column, cell in enumerate(head):
            self._page.write_string(0, column, cell, title)
        self._next = 1

    def write(self, row: Sequence[str]) -> None:
        """The next row."""
        for column, cell in enumerate(row):
            if cell:
                self._page.write_string(self._next, column, cell, self._typed)
        self._next += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()


def workbook(sheets: Sequence[Sheet], *, at: datetime | None = None) -> bytes:
    """The sheets as one xlsx file, made `at` as its properties say."""
    import xlsxwriter  # with the first table and not before: most processes never write one

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, PLAIN) as book:
        if at is not None:
            book.set_properties({"created": at})
        title = book.add_format({"bold": True, "bg_color": "#e4e7eb", "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        share = book.add_format({"num_format": "0.0%"})
        words = book.add_format({"text_wrap": True, "valign": "top"})
        typed = book.add_format({"num_format": "@"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            text = typed if sheet.text_only else words
            columns = max((len(row) for row in (sheet.head, *sheet.rows)), default=0)
            for column in range(columns):
                width = sheet.widths[column] if column < len(sheet.widths) else WIDTH
                page.set_column(column, column, width, typed if sheet.text_only else None)
            for line, note in enumerate(sheet.notes):
                page.write_string(line, 0, note)
            first = len(sheet.notes)
            if sheet.head:
                for column, name in enumerate(sheet.head):
                    page.write_string(first, column, name, title)
                first += 1
                page.freeze_panes(first, 0)
            for number, row in enumerate(sheet.rows, start=first):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        page.write_string(number, column, value, text)
                    elif isinstance(value, date):
                        page.write_datetime(number, column, value, day)
                    elif value is not None:
                        kind = share if column in sheet.shares else None
                        page.write_number(number, column, float(value), kind)
    return content.getvalue()
