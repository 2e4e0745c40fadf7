"""xlwings.conf: the settings that the macros and xlwings read, a key and its value a row. Only with macros.

xlwings reads from A1 downwards to the first blank key, so the sheet has no title. What Python to start is named here
only if the user wants to: `lossmit excel install` writes it to the user's own file, and a path here would be wrong
elsewhere.
"""

from __future__ import annotations

from lossmit_workbook import styles
from lossmit_workbook.book import Book, print_setup
from lossmit_workbook.macro_sources import xlwings_version
from lossmit_xl.version import MODEL_VERSION, __version__

TITLE = "xlwings.conf"
KEEP_PERSONAL, SAMPLE = "LOSSMIT KEEP PERSONAL", "LOSSMIT SAMPLE"
YES, NO = "TRUE", "FALSE"
WIDTHS = {"A": 30, "B": 24, "C": 96}


def rows(sample: bool) -> tuple[tuple[str, str, str, bool], ...]:
    """(key, value, meaning, whether the user may change it)."""
    return (
        ("SHOW CONSOLE", YES, "Import and Build show a window with their progress; closing it stops them and changes "
                              "nothing", True),
        (KEEP_PERSONAL, NO, "TRUE: Build keeps names, addresses and account numbers of the tape", True),
        ("ADD_WORKBOOK_TO_PYTHONPATH", NO, "No Python file beside this workbook is ever run", False),
        ("UDF MODULES", "lossmit_udfs", "Where the Excel functions are, if the functions' package is installed", False),
        (SAMPLE, YES if sample else NO, "TRUE: this workbook holds the invented sample; Build carries nothing over",
         False),
        ("LOSSMIT VERSION", __version__, "What built this workbook", False),
        ("LOSSMIT MODEL", MODEL_VERSION, "The valuation model it follows", False),
        ("XLWINGS VERSION", xlwings_version(), "The xlwings inside; Python's must be the same", False),
    )  # fmt: skip


def write(book: Book) -> None:
    """Write the sheet, last of all."""
    ws = book.workbook.create_sheet(TITLE)
    ws.sheet_view.showGridLines = False
    ws.sheet_properties.tabColor = styles.GREY
    for letter, width in WIDTHS.items():
        ws.column_dimensions[letter].width = width
    for row, (key, value, meaning, free) in enumerate(rows(book.sample), start=1):
        book.put(ws, f"A{row}", key, "lm_label")
        book.put(ws, f"B{row}", value, "lm_input" if free else "lm_cell", "@")
        book.put(ws, f"C{row}", meaning, "lm_note")
    print_setup(ws)
