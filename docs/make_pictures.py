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

from lossmit_workbook.build import build
from lossmit_xl import Assumptions, read_tape

HERE = Path(__file__).parent
TAPE = HERE.parent / "examples" / "messy_250.xlsx"
AS_OF = dt.date(2026, 10, 31)
DPI = 96
PICTURES = {"start": ("Start", 1), "summary": ("Summary", 1), "bids": ("Bids", 1), "compare": ("Compare", 1),
            "strategies": ("Compare", 2), "checks": ("Checks", 1)}  # fmt: skip
"""Picture -> (sheet, its first or second page); the sheet's name stands in the page's footer."""
MARGIN = 0.35  # inches left above and below


def main() -> None:
    """Build, print, cut."""
    (HERE / "img").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        book = Path(scratch) / "demo.xlsx"
        build(read_tape(TAPE, as_of=AS_OF), Assumptions(as_of=AS_OF), book)
        profile = f"-env:UserInstallation={(Path(scratch) / 'profile').as_uri()}"
        _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", scratch, str(book))
        pdf = book.with_suffix(".pdf")
        pages = _pages(pdf)
        for picture, (sheet, number) in PICTURES.items():
            _cut(pdf, pages[sheet][number - 1], HERE / "img" / picture)


def _pages(pdf: Path) -> dict[str, list[int]]:
    """Page numbers of each sheet, by the sheet's name in the footer."""
    found: dict[str, list[int]] = {}
    for number, text in enumerate(_run("pdftotext", "-layout", str(pdf), "-").split("\f"), start=1):
        footer = re.search(r"^\s*(\S.*?)\s+Page \d+ of \d+\s*$", text, re.MULTILINE)
        if footer:
            found.setdefault(footer[1], []).append(number)
    return found


def _cut(pdf: Path, page: int, target: Path) -> None:
    """A page as a picture, without the empty strip above its title and below its last line."""
    boxes = _run("pdftotext", "-bbox", "-f", str(page), "-l", str(page), str(pdf), "-")
    words = re.findall(r'yMin="([\d.]+)".*?yMax="([\d.]+)"', boxes)
    size = re.search(r'<page width="([\d.]+)" height="([\d.]+)"', boxes)
    assert size is not None
    tops, bottoms = zip(*((float(top), float(bottom)) for top, bottom in words), strict=True)
    body = sorted(bottoms)[:-4] or sorted(bottoms)  # the footer's words stand last
    scale = DPI / 72
    top = max(0.0, min(tops) - MARGIN * 72)
    height = min(float(size[2]), max(body) + MARGIN * 72) - top
    _run("pdftoppm", "-r", str(DPI), "-f", str(page), "-l", str(page), "-png", "-singlefile", "-x", "0", "-y",
         str(int(top * scale)), "-W", str(int(float(size[1]) * scale)), "-H", str(int(height * scale)), str(pdf),
         str(target))  # fmt: skip


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
