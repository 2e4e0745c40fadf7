"""A workbook's file, opened for reading alone: what is wrong with it as a file, its sheets, their cells as they are.

Values are calamine's (exact numbers, dates, truth values, texts); formulas and errors, which it does not tell from
values, are found in the sheets' XML. The file is read into memory once and never opened again.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from xml.sax.saxutils import unescape

import python_calamine
from openpyxl.utils import get_column_letter

from lossmit_xl.errors import LossmitError
from lossmit_xl.tape.package import check_extent, one_line

MOST_BYTES = 500_000_000
MOST_UNPACKED = 4_000_000_000
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
FORMULA = re.compile(rb"""<(?:\w+:)?c\s[^>]*?r=["']([A-Z]+[0-9]+)["'][^>]*(?<!/)>\s*<(?:\w+:)?f[\s>/]""")
ERROR = re.compile(rb"""<(?:\w+:)?c\s(?=[^>]*t=["']e["'])[^>]*?r=["']([A-Z]+[0-9]+)["']""")
NAME = re.compile(r"""<(?:\w+:)?definedName\s[^>]*?name=["']([^"']+)["'][^>]*>([^<]*)<""")
SHEET = re.compile(r"""<(?:\w+:)?sheet\s[^>]*?name=(["'])(.*?)\1[^>]*?\w+:id=["']([^"']+)["']""")
RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
ATTRIBUTE = re.compile(r"""(\w+)=["']([^"']*)["']""")
ENTITIES = {"&quot;": '"', "&apos;": "'"}

BLANK = ""


@dataclass(frozen=True)
class Grid:
    """A sheet's cells; rows and columns count from 1. `formulas` and `errors` are addresses."""

    title: str
    rows: list[list[Any]]
    formulas: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()

    def at(self, row: int, column: int) -> Any:
        """A cell's value; an empty text where there is nothing."""
        if not 1 <= row <= len(self.rows):
            return BLANK
        cells = self.rows[row - 1]
        return cells[column - 1] if 1 <= column <= len(cells) else BLANK

    def row(self, row: int) -> Iterator[tuple[int, Any]]:
        """(column, value) of a row's cells."""
        return enumerate(self.rows[row - 1], start=1)

    def where(self, row: int, column: int) -> str:
        """How a cell is named in messages: `Loans!K12`."""
        sheet = f"'{self.title}'" if " " in self.title else self.title
        return f"{sheet}!{address(row, column)}"


def address(row: int, column: int) -> str:
    """A cell's address without its sheet."""
    return f"{get_column_letter(column)}{row}"


@dataclass
class Source:
    """An opened workbook. `grid(title)` reads a sheet when it is asked for."""

    path: Path
    content: bytes
    book: Any
    archive: zipfile.ZipFile
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's name, with which every message begins."""
        return self.path.name

    @property
    def titles(self) -> list[str]:
        """The sheets in tab order."""
        return list(self.book.sheet_names)

    @cached_property
    def sha256(self) -> str:
        """Of the file's bytes, hex."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def names(self) -> dict[str, str]:
        """Defined names and what they refer to."""
        text = self.archive.read("xl/workbook.xml").decode("utf-8", "replace")
        return {name: unescape(target, ENTITIES) for name, target in NAME.findall(text)}

    def title(self, wanted: str) -> str | None:
        """The sheet's title as it is written; None where there is none of that title."""
        return next((title for title in self.titles if title.casefold() == wanted.casefold()), None)

    def grid(self, title: str) -> Grid:
        """A sheet's cells. Raises LossmitError where it can't be read."""
        part = self.parts.get(title)
        if part is not None:
            check_extent(self.archive, self.archive.getinfo(part), self.name)
        try:
            sheet = self.book.get_sheet_by_name(title)
            body = sheet.to_python()
            top, left = sheet.start or (0, 0)
        except python_calamine.CalamineError as error:
            raise LossmitError(
                f"{self.name}, sheet {title}: cannot be read ({one_line(error)}); open it in Excel and save it again"
            ) from None
        # Spaces at the ends of rows are no matter, but those before the first filled row and column are.
        rows: list[list[Any]] = [[] for _ in range(top)]
        rows += [[BLANK] * left + row for row in body] if left else body
        xml = self.archive.read(part) if part is not None else b""
        return Grid(title, rows, _addresses(FORMULA, xml), _addresses(ERROR, xml))


def _addresses(pattern: re.Pattern[bytes], xml: bytes) -> frozenset[str]:
    return frozenset(found.decode() for found in pattern.findall(xml))


def open_workbook(path: Path) -> Source:
    """Read a workbook's file. Raises LossmitError in one line for whatever is none, and says how to mend it."""
    content = _content(path)
    name = path.name
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise LossmitError(
                f"{name}: is locked by a password; open it in Excel, remove the password (File, Info, "
                "Protect Workbook) and save it again"
            )
        raise LossmitError(f"{name}: is a workbook of the old kind (xls); open it in Excel and save it as xlsx")
    if not content.startswith(ZIP):
        raise LossmitError(f"{name}: is no xlsx workbook; name the workbook that lossmit built")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = set(archive.namelist())
        if "mimetype" in names and "content.xml" in names:
            raise LossmitError(f"{name}: is an OpenDocument file; open it and save it as xlsx")
        if "xl/workbook.bin" in names:
            raise LossmitError(f"{name}: is a binary workbook (xlsb); open it in Excel and save it as xlsx")
        if "xl/workbook.xml" not in names:
            raise LossmitError(f"{name}: is a zip archive, but no workbook; name the workbook that lossmit built")
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise LossmitError(f"{name}: unpacks to more than {MOST_UNPACKED:,} bytes; it is no workbook of lossmit's")
        book = python_calamine.CalamineWorkbook.from_object(io.BytesIO(content))
        return Source(path, content, book, archive, _parts(archive))
    except LossmitError:
        raise
    except BaseException as error:
        # A panic in the reader's Rust code is no Exception; anything else that is none is not ours to catch.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if isinstance(error, MemoryError):
            raise
        known = (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            KeyError,
            OSError,
            ValueError,
            NotImplementedError,
            RuntimeError,
            python_calamine.CalamineError,
        )
        if isinstance(error, Exception) and not isinstance(error, known):
            raise
        raise LossmitError(
            f"{name}: is cut short or damaged ({one_line(error)}); take it from a backup, or open it in "
            "Excel, let it be repaired and save it again"
        ) from None


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise LossmitError(f"{path}: is a folder; name the workbook that lossmit built")
        if path.stat().st_size > MOST_BYTES:
            raise LossmitError(f"{path}: has more than {MOST_BYTES:,} bytes; it is no workbook of lossmit's")
        content = path.read_bytes()
    except FileNotFoundError:
        raise LossmitError(f"{path}: there is no such file; check the name and the folder") from None
    except PermissionError:
        raise LossmitError(f"{path}: may not be read; close it where it is open, or ask for permission") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise LossmitError(f"{str(path)[:200]}: cannot be read ({why}); check the name") from None
    if not content:
        raise LossmitError(f"{path.name}: the file is empty; take it from a backup")
    return content


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the archive that each sheet stands in."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for element in RELATION.findall(relations):
        attributes = dict(ATTRIBUTE.findall(element))
        targets[attributes.get("Id", "")] = attributes.get("Target", "")
    found = {}
    for _, title, key in SHEET.findall(book):
        target = targets.get(key, "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if part in archive.namelist():
            found[unescape(title, ENTITIES)] = part
    return found
