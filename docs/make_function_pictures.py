"""Pictures for docs/functions.md: sheets with the functions' results, printed by LibreOffice.

    python docs/make_function_pictures.py

No spreadsheet here runs the functions, so the cells hold what the functions give in Python, and the values that
examples/bid_model.xlsx carries. Needs LibreOffice Calc and poppler-utils. Writes docs/img/functions_*.png.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill

from lossmit_udfs import LM_WHY, MODPAYMENT

HERE = Path(__file__).parent
BID_MODEL = HERE.parent / "examples" / "bid_model.xlsx"
DPI, BID_MODEL_DPI, MARGIN = 110, 190, 0.2  # MARGIN: inches
LOANS: list[tuple[str, float, Any, float]] = [
    ("L-101", 231_000, 0.045, 14_200), ("L-102", 98_500, 0.0625, 6_100), ("L-103", 310_400, 0.05, 22_750),
    ("L-104", 74_900, 0.07, 3_980), ("L-105", 186_000, 0.055, 9_450), ("L-106", 142_300, "x", 8_800),
    ("L-107", 265_750, 0.0475, 17_320), ("L-108", 119_200, 0.06, 5_640),
]  # fmt: skip
FACE = "Calibri"
HEAD = PatternFill("solid", fgColor="FF1F3864")
INPUT = PatternFill("solid", fgColor="FFFFF9E5")
FORMULA = "=MODPAYMENT(B2:B9, C2:C9, 360, D2:D9)"


def first_function(path: Path) -> None:
    """A column of loans, the formula at its head, its results; the sentence on the one that fails."""
    book = Workbook()
    sheet = book.active
    sheet.title = "First function"
    for column, (title, width) in enumerate(
        (("Loan", 9), ("Balance", 13), ("Rate", 9), ("Arrears", 12), ("Payment", 13)), start=1
    ):
        cell = sheet.cell(1, column, title)
        cell.font, cell.fill = Font(name=FACE, bold=True, color="FFFFFFFF"), HEAD
        cell.alignment = Alignment(horizontal="left" if column == 1 else "right")
        sheet.column_dimensions[cell.column_letter].width = width
    columns = [np.array([[loan[place]] for loan in LOANS], dtype=object) for place in (1, 2, 3)]
    payments = MODPAYMENT(columns[0], columns[1], 360, columns[2])
    for row, (loan, payment) in enumerate(zip(LOANS, payments.ravel(), strict=True), start=2):
        for column, (value, form) in enumerate(zip(loan, ("@", "#,##0", "0.00%", "#,##0"), strict=True), start=1):
            cell = sheet.cell(row, column, value)
            cell.number_format, cell.fill = form, INPUT
            cell.font = Font(name=FACE, color="FF0000FF")
            cell.alignment = Alignment(horizontal="left" if column == 1 else "right")
        _result(sheet.cell(row, 5), payment)
    _result(sheet.cell(10, 5), "#VALUE!")
    sheet.cell(10, 1, "Sum")
    for column in range(1, 6):
        sheet.cell(10, column).font = Font(name=FACE, bold=True)
    sheet.cell(2, 7, f"E2: {FORMULA}")
    sheet.cell(7, 7, 'G8: =LM_WHY("MODPAYMENT", B7, C7, 360, D7)')
    sheet.cell(8, 7, str(LM_WHY("MODPAYMENT", LOANS[5][1], LOANS[5][2], 360, LOANS[5][3])))
    sheet.cell(10, 7, "E10: =SUM(E2:E9) shows the error: no loan is left out in silence")
    sheet.column_dimensions["F"].width, sheet.column_dimensions["G"].width = 3, 62
    _printed(sheet)
    book.save(path)


def _result(cell: Any, value: Any) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "e"
    cell.number_format = "#,##0.00"
    cell.alignment = Alignment(horizontal="right")


def bid_model(path: Path) -> None:
    """The example with its values in place of formulas that LibreOffice does not have."""
    book = load_workbook(BID_MODEL, data_only=True)
    _printed(book.worksheets[0])
    for sheet in book.worksheets[1:]:
        sheet.sheet_state = "hidden"
    for name in list(book.defined_names):
        del book.defined_names[name]
    book.save(path)


def _printed(sheet: Any) -> None:
    """One page, with row numbers and column letters, nothing around."""
    sheet.print_options.headings = sheet.print_options.gridLines = True
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 1
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddHeader.center.text = sheet.oddFooter.left.text = sheet.oddFooter.center.text = ""
    sheet.oddFooter.right.text = ""


def picture(book: Path, target: Path, dpi: int) -> None:
    """The first page, cut to what is on it."""
    folder = book.parent
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(book))
    pdf = str(book.with_suffix(".pdf"))
    boxes = _run("pdftotext", "-bbox", "-l", "1", pdf, "-")
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', boxes)
    left, top, right, bottom = (pick(float(box[i]) for box in found) for i, pick in enumerate((min, min, max, max)))
    inches = [left / 72 - MARGIN, top / 72 - MARGIN, (right - left) / 72 + 2 * MARGIN, (bottom - top) / 72 + 2 * MARGIN]
    x, y, width, height = (str(max(0, int(inch * dpi))) for inch in inches)
    _run("pdftoppm", "-r", str(dpi), "-l", "1", "-png", "-singlefile", "-x", x, "-y", y, "-W", width, "-H", height, pdf,
         str(target))  # fmt: skip


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Both pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, make, dpi in (
            ("functions_first", first_function, DPI), ("functions_bid_model", bid_model, BID_MODEL_DPI),
        ):  # fmt: skip
            book = Path(scratch) / f"{name}.xlsx"
            make(book)
            picture(book, HERE / "img" / name, dpi)


if __name__ == "__main__":
    main()
