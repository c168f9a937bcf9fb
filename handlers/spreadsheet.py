"""Tables as a file: sheets with a head that stays in sight, dates as dates, shares as percentages."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Cell = str | int | float | Decimal | date | None


@dataclass(frozen=True)
class Sheet:
    """A table: its name, its head, its rows; columns that are shares (0 to 1) by their number."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    shares: frozenset[int] = frozenset()
    widths: Sequence[int] = ()


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as one xlsx file. Words stay words: nothing in them is a formula or an address."""
    import xlsxwriter  # with the first table and not before: most processes never write one

    content = io.BytesIO()
    with xlsxwriter.Workbook(
        content,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    ) as book:
        head = book.add_format({"bold": True, "bg_color": "#e4e7eb", "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        share = book.add_format({"num_format": "0.0%"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for column, title in enumerate(sheet.head):
                width = sheet.widths[column] if column < len(sheet.widths) else 14
                page.set_column(column, column, width)
                page.write_string(0, column, title, head)
            for number, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    if value is None:
                        continue
                    if isinstance(value, date):
                        page.write_datetime(number, column, value, day)
                    elif isinstance(value, str):
                        page.write_string(number, column, value, wrapped)
                    else:
                        page.write_number(
                            number, column, float(value), share if column in sheet.shares else None
                        )
    return content.getvalue()
