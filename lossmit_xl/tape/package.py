"""Looks through an xlsx before it is opened: damage, bombs, and cells far off that would fill the memory."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from lossmit_xl.errors import TapeError

MAX_CELLS = 60_000_000
_MAX_UNPACKED = 2_000_000_000
_MAX_RATIO = 250  # a sheet of real loans packs 5 to 30 times
_CHUNK = 1 << 20
_FAR = re.compile(rb"""r=["']((?:[A-Z]{3}|[C-Z][A-Z])\d{1,7})["']""")
_ROW = re.compile(rb"""<row\s[^>]*?r=["'](\d{1,7})["']""")
_FILLED = re.compile(rb"""<c\s[^>]*?r=["']([A-Z]{1,3}\d{1,7})["'][^>]*?(?<!/)>\s*<(?:v|is|f)[ >]""")
_ERROR = re.compile(rb"""<c r="([A-Z]+\d+)"[^>]*?t="e\"""")


def one_line(error: BaseException) -> str:
    """An error of someone else's in one short line."""
    return " ".join(str(error).split())[:160] or type(error).__name__


@dataclass
class _Look:
    """What a sheet's XML shows without being parsed."""

    far: bytes = b"A1"
    bottom: int = 0
    hidden_rows: int = 0
    hidden_columns: int = 0
    errors: list[str] = field(default_factory=list)

    def take(self, chunk: bytes) -> None:
        """Look through one piece."""
        if _FAR.search(chunk):
            self.far = max((self.far, *_FAR.findall(chunk)), key=_column)
        self.bottom = max(self.bottom, 0, *map(int, _ROW.findall(chunk)))
        if b"hidden=" in chunk:
            self.hidden_rows += len(re.findall(rb"<row\s[^>]*?hidden=.(?:1|true)", chunk))
            self.hidden_columns += sum(map(_span, re.findall(rb"<col\s[^>]*?hidden=.(?:1|true)[^>]*>", chunk)))
        if b't="e"' in chunk:
            self.errors += [cell.decode() for cell in _ERROR.findall(chunk)]

    def notes(self) -> list[str]:
        """What the user is to be told."""
        found = []
        if self.hidden_rows or self.hidden_columns:
            found.append(
                f"hidden rows: {self.hidden_rows}, hidden columns: {self.hidden_columns}; they were read like any other"
            )
        if self.errors:
            cells = ", ".join(self.errors[:8]) + (", ..." if len(self.errors) > 8 else "")
            found.append(f"{len(self.errors)} cells hold an Excel error (#N/A, #REF!): read as blank ({cells})")
        return found


def check_package(path: Path) -> list[str]:
    """Refuse archives that are damaged, no workbook, or unpack to more than a tape ever does; returns what is to be
    said of it.
    """
    name = path.name
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            if "mimetype" in names and "content.xml" in names:
                raise TapeError(f"{name}: is an OpenDocument file; open it and save it as xlsx.")
            if "xl/workbook.bin" in names:
                raise TapeError(f"{name}: is a binary workbook (xlsb); open it in Excel and save it as xlsx.")
            if not any(part.startswith("xl/") for part in names):
                raise TapeError(
                    f"{name}: is a zip archive without a workbook in it; unpack it and name the tape inside."
                )
            unpacked = sum(part.file_size for part in parts)
            big = [p for p in parts if p.file_size > 10_000_000 and p.file_size > _MAX_RATIO * max(p.compress_size, 1)]
            if unpacked > _MAX_UNPACKED or big:
                raise TapeError(
                    f"{name}: unpacks to {unpacked:,} bytes from {path.stat().st_size:,}: not a tape "
                    "but a zip bomb, or "
                    "millions of formatted empty rows; copy the loans to a new workbook."
                )
            looks = [
                check_extent(package, part, name)
                for part in parts
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
            ]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise TapeError(
            f"{name}: is cut short or damaged ({one_line(error)}); ask the seller to send it again."
        ) from None
    return [note for look in looks for note in look.notes()]


def check_extent(package: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> _Look:
    """Look through a sheet before it is opened.

    A single cell at XFD1048576 makes a reader set aside seventeen thousand million cells (and the process with it):
    refuse it here, by name. Reading to the end also checks the archive's sums.
    """
    look, rest = _Look(), b""
    with package.open(part) as stream:
        while piece := stream.read(_CHUNK):
            chunk = rest + piece
            # A piece ends where a cell or row begins, so that nothing is cut in two or seen twice.
            cut = max(chunk.rfind(b"<c "), chunk.rfind(b"<row "), 0)
            look.take(chunk[:cut])
            rest = chunk[cut:]
    look.take(rest)
    if _area(look.far, look.bottom) > min(MAX_CELLS, max(5_000_000, part.file_size * 4)):
        # Rows and cells that only have a format do no harm: look at the filled ones, one by one.
        far, bottom = _filled_extent(package, part)
        if _area(far, bottom) > min(MAX_CELLS, max(5_000_000, part.file_size * 4)):
            cell = f"cell {far.decode()}" if _column(far) > 100 else f"a cell in row {bottom:,}"
            raise TapeError(
                f"{name}: {cell} stands far away from the data; delete the empty rows and columns round the loans "
                "and save again."
            )
    return look


def _area(far: bytes, bottom: int) -> int:
    return bottom * max(_column(far), 26)


def _filled_extent(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[bytes, int]:
    far, bottom, rest = b"A1", 0, b""
    with package.open(part) as stream:
        while piece := stream.read(_CHUNK):
            chunk = rest + piece
            for found in _FILLED.finditer(chunk):
                far = found[1] if _column(found[1]) > _column(far) else far
                bottom = max(bottom, int(found[1].lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
            rest = chunk[-400:]
    return far, bottom


def _span(column: bytes) -> int:
    found = {key: int(value) for key, value in re.findall(rb'(min|max)="(\d+)"', column)}
    return min(found.get(b"max", 1) - found.get(b"min", 1) + 1, 16_384)


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters.rstrip(b"0123456789"):
        place = place * 26 + letter - 64
    return place
