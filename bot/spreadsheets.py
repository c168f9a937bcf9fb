"""Drawing tables as xlsx files; their words come from the texts like all others."""

from datetime import datetime
from io import BytesIO

from bot.texts import Texts
from handlers.base import Attachment, AttachmentKind, Spreadsheet

COLUMN_WIDTH = 18
LONGEST_NAME = 80
"""Characters of a file's name; phones show fewer."""
AS_TEXT = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
"""What people wrote stays text: no cell becomes a formula or an address."""


def drawn(sheet: Spreadsheet, texts: Texts, now: datetime) -> Attachment:
    """The file of a table: its notes, its columns, its rows."""
    import xlsxwriter  # only where a table is drawn: most processes never do

    name, columns, *notes = [line.strip() for line in texts.render(sheet.block, sheet.values).splitlines()]
    head = [column.strip() for column in columns.split("|")]
    content = BytesIO()
    with xlsxwriter.Workbook(content, AS_TEXT) as book:
        book.set_properties({"created": now})
        page = book.add_worksheet()
        bold = book.add_format({"bold": True})
        page.set_column(0, len(head) - 1, COLUMN_WIDTH)
        for line, note in enumerate(notes):
            page.write_string(line, 0, note)
        for place, column in enumerate(head):
            page.write_string(len(notes), place, column, bold)
        page.freeze_panes(len(notes) + 1, 0)
        for line, row in enumerate(sheet.rows, start=len(notes) + 1):
            for place, cell in enumerate(row):
                page.write_string(line, place, cell)
    return Attachment(AttachmentKind.FILE, f"{name[:LONGEST_NAME]}.xlsx", content.getvalue())
