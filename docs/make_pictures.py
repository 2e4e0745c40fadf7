"""Pictures of the real sheets for the README: build the sample workbook, print it with LibreOffice, cut out pages.

    python docs/make_pictures.py

Needs LibreOffice Calc and poppler-utils, like the tests. Writes docs/img/*.png.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import tempfile
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.pagebreak import ColBreak

from lossmit_workbook.build import build
from lossmit_xl import Assumptions, read_tape

HERE = Path(__file__).parent
TAPE = HERE.parent / "examples" / "messy_250.xlsx"
AS_OF = dt.date(2026, 10, 31)
DPI = 96
PICTURES = {"start": ("Start", 1), "summary": ("Summary", 1), "bids": ("Bids", 1), "compare": ("Compare", 1),
            "strategies": ("Compare", 2), "checks": ("Checks", 1), "questions": ("Seller questions", 1)}  # fmt: skip
"""Picture -> (sheet, its first or second page); the sheet's name stands in the page's footer."""
TOP_ONLY = {"questions": 0.43, "explain": 0.58}
"""Of a long list the top of its page, as a share."""
EXPLAIN_AREA = "A1:M31"
"""Two levels of Explain side by side, as on a screen; printed they are a page each."""
MARGIN = 0.35  # inches left above and below


def main() -> None:
    """Build, print, cut."""
    (HERE / "img").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        book = Path(scratch) / "demo.xlsx"
        build(read_tape(TAPE, as_of=AS_OF), Assumptions(as_of=AS_OF), book)
        pdf = _print(book)
        pages = _pages(pdf)
        for picture, (sheet, number) in PICTURES.items():
            _cut(pdf, pages[sheet][number - 1], HERE / "img" / picture, TOP_ONLY.get(picture, 1.0))
        wide = _print(_side_by_side(book))
        _cut(wide, _pages(wide)["Explain"][0], HERE / "img" / "explain", TOP_ONLY["explain"])


def _side_by_side(book: Path) -> Path:
    """A copy whose Explain prints its first levels on one page; LibreOffice computes what openpyxl leaves out."""
    copy = load_workbook(book)
    for ws in copy.worksheets:
        if ws.title == "Explain":
            ws.print_area, ws.col_breaks = EXPLAIN_AREA, ColBreak()
            ws.page_setup.orientation, ws.page_setup.scale = "landscape", None
            ws.sheet_properties.pageSetUpPr.fitToPage = True
            ws.page_setup.fitToWidth = ws.page_setup.fitToHeight = 1
        else:
            ws.print_area = "A1:A1"
    target = book.with_name("explain.xlsx")
    copy.save(target)
    return target


def _print(book: Path) -> Path:
    """The workbook as LibreOffice prints it."""
    profile = f"-env:UserInstallation={(book.parent / 'profile').as_uri()}"
    _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(book.parent), str(book))
    return book.with_suffix(".pdf")


def _pages(pdf: Path) -> dict[str, list[int]]:
    """Page numbers of each sheet, by the sheet's name in the footer."""
    found: dict[str, list[int]] = {}
    for number, text in enumerate(_run("pdftotext", "-layout", str(pdf), "-").split("\f"), start=1):
        footer = re.search(r"^\s*(\S.*?)\s+Page \d+ of \d+\s*$", text, re.MULTILINE)
        if footer:
            found.setdefault(footer[1], []).append(number)
    return found


def _cut(pdf: Path, page: int, target: Path, share: float = 1.0) -> None:
    """A page as a picture, without the empty strip above its title and below its last line."""
    boxes = _run("pdftotext", "-bbox", "-f", str(page), "-l", str(page), str(pdf), "-")
    words = re.findall(r'yMin="([\d.]+)".*?yMax="([\d.]+)"', boxes)
    size = re.search(r'<page width="([\d.]+)" height="([\d.]+)"', boxes)
    assert size is not None
    tops, bottoms = zip(*((float(top), float(bottom)) for top, bottom in words), strict=True)
    body = sorted(bottoms)[:-4] or sorted(bottoms)  # the footer's words stand last
    scale = DPI / 72
    top = max(0.0, min(tops) - MARGIN * 72)
    height = min(float(size[2]) * share, max(body) + MARGIN * 72) - top
    _run("pdftoppm", "-r", str(DPI), "-f", str(page), "-l", str(page), "-png", "-singlefile", "-x", "0", "-y",
         str(int(top * scale)), "-W", str(int(float(size[1]) * scale)), "-H", str(int(height * scale)), str(pdf),
         str(target))  # fmt: skip


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
