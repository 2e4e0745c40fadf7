"""Pictures of walkthrough.md: the template, the headings to confirm, a partner copy, as LibreOffice prints them.

    python docs/make_walkthrough.py

Needs LibreOffice Calc and poppler-utils, like the tests. Writes docs/img/walk_*.png.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from make_pictures import AS_OF, TAPE, _cut, _pages, _run

from lossmit_workbook import mapping_sheet, styles
from lossmit_workbook.build import build
from lossmit_workbook.partner import partner_copy
from lossmit_workbook.template import NAME, write_template
from lossmit_xl import Assumptions, read_tape
from tests.tools.xlwings_book import Book

SHOWN = 26  # headings of the tape on the picture


def main() -> None:
    """Write the three workbooks, print them, cut their first page out."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        template, pool = folder / NAME, folder / "pool.xlsm"
        copy, mapping = folder / "partner.xlsx", folder / "mapping.xlsx"
        write_template(template)
        build(read_tape(TAPE, as_of=AS_OF), Assumptions(as_of=AS_OF), pool, keep_personal=True)
        partner_copy(pool, copy)
        headings(mapping)
        for path, sheet, picture in (
            (template, "Start", "walk_start"), (mapping, mapping_sheet.TITLE, "walk_mapping"),
            (copy, "Start", "walk_partner"),
        ):  # fmt: skip
            profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
            _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", scratch, str(path))
            pdf = path.with_suffix(".pdf")
            _cut(pdf, _pages(pdf)[sheet][0], HERE / "img" / picture)


def headings(path: Path) -> None:
    """The sheet that Import tape writes, with what it writes there and its looks."""
    shown = Book({"Start": []})
    mapping_sheet.write(shown, read_tape(TAPE))
    rows = shown.sheets[mapping_sheet.TITLE].cells
    book = Workbook()
    ws = book.worksheets[0]
    ws.title = mapping_sheet.TITLE
    rows[mapping_sheet.TAPE_ROW - 1][1] = f"C:\\Deals\\{TAPE.name}"
    for row in rows[: mapping_sheet.FIRST_ROW + SHOWN]:
        ws.append(row)
    for letter, width in zip("ABCD", mapping_sheet.WIDTHS, strict=True):
        ws.column_dimensions[letter].width = width
    columns = mapping_sheet.COLUMNS_ROW
    ws[f"A{columns}"].alignment = Alignment(wrap_text=True, vertical="top")
    ws.merge_cells(f"A{columns}:D{columns}")
    ws.row_dimensions[columns].height = mapping_sheet.COLUMNS_HEIGHT
    for cell in ws[mapping_sheet.HEAD_ROW]:
        cell.font = Font(name=styles.FACE, bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor=styles.NAVY)
    for row in range(mapping_sheet.FIRST_ROW, ws.max_row + 1):
        ws[f"B{row}"].font = Font(name=styles.FACE, color=styles.INPUT_INK)
        ws[f"B{row}"].fill = PatternFill("solid", fgColor=styles.INPUT_FILL)
    ws["A1"].font = Font(name=styles.FACE, bold=True)
    ws.page_setup.orientation = "landscape"
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.page_setup.fitToHeight = 0
    ws.oddFooter.left.text, ws.oddFooter.right.text = "&A", "Page &P of &N"
    book.save(path)


if __name__ == "__main__":
    main()
