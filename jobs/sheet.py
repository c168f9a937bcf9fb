"""A small spreadsheet of names and values."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any


def workbook(title: str, rows: Sequence[tuple[str, Any]]) -> bytes:
    """One sheet with a name and a value in each row; what is not known stays empty."""
    import xlsxwriter  # with the first table and not before

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet(title)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 30)
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    for number, (name, value) in enumerate(rows):
        sheet.write_string(number, 0, name, bold)
        if isinstance(value, date):
            sheet.write_datetime(number, 1, value, day)
        elif isinstance(value, int | float):
            sheet.write_number(number, 1, value)
        elif value is not None:
            sheet.write_string(number, 1, str(value))
    book.close()
    return target.getvalue()
