"""_IntelliSense_: from it the free IntelliSense add-in (Excel-DNA) shows what a function takes while it is typed.

Only in workbooks with macros, hidden, and the last sheet: the add-in looks there. Without the add-in nothing reads it.
"""

from __future__ import annotations

from lossmit_workbook.book import Book
from lossmit_workbook.macro_sources import function_tooltips

TITLE = "_IntelliSense_"


def write(book: Book) -> None:
    """Write the sheet, where the Excel functions' package is installed."""
    rows = function_tooltips()
    if not rows:
        return
    ws = book.workbook.create_sheet(TITLE)
    ws.sheet_state = "hidden"
    for row, cells in enumerate(rows, start=1):
        for column, text in enumerate(cells, start=1):
            if text:
                ws.cell(row, column, text).data_type = "s"
