"""The finishing pass over the saved parts: cached values, the big grids' rows, fixed times, an atomic write."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook.book import Book, Canvas, Value
from lossmit_workbook.grid import computed, rows
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.macro_book import Additions
from lossmit_workbook.macro_book import additions as macro_parts
from lossmit_xl.errors import OutputError
from lossmit_xl.output import check_target, written_aside
from lossmit_xl.version import __version__

Progress = Callable[[str, float], None]

FORMULA_CELL = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"( s="[0-9]+")?(?: t="[a-zA-Z]+")?><f>(.*?)</f><v\s*(?:/>|></v>)</c>', re.DOTALL
)
PATTERN_ROW = re.compile(rb'<row r="%d"[^>]*>.*?</row>' % FIRST_ROW, re.DOTALL)
DIMENSION = re.compile(rb'<dimension ref="[^"]*"\s*/>')
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
LEVEL = 6
PLAIN, MACROS = ".xlsx", ".xlsm"
"""Endings of a workbook without and with macros."""

APP = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>lossmit_xl \
{__version__}</Application></Properties>""".encode()


def save(book: Canvas, out: Path, force: bool, progress: Progress) -> None:
    """Write the workbook to `out`: aside first, then renamed, so that no half-written file is ever left.

    Raises OutputError where `out` can't be written.
    """
    frame = io.BytesIO()
    book.workbook.save(frame)
    added = macro_parts(book) if isinstance(book, Book) and book.macros else Additions()
    progress("writing the file", 0.0)
    with written_aside(out, force=force) as (aside,), aside.open("wb") as file:
        _write(book, frame, file, added, progress)


def check_workbook_target(out: Path, force: bool) -> None:
    """Refuse a target that can't be written, before any work is done. Raises OutputError."""
    if out.suffix.lower() not in (PLAIN, MACROS) and not out.is_dir():
        raise OutputError(f"{out}: is a workbook; give it a name that ends in {PLAIN}, or {MACROS} for one with macros")
    check_target(out, force=force)


def _write(book: Canvas, frame: IO[bytes], file: IO[bytes], added: Additions, progress: Progress) -> None:
    sheets = {f"xl/worksheets/sheet{place}.xml": ws for place, ws in enumerate(book.workbook.worksheets, start=1)}
    packed = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
    with zipfile.ZipFile(frame) as source, packed as target:
        names = in_order([*source.namelist(), *added.parts])
        for done, name in enumerate(names):
            content = added.parts[name] if name in added.parts else source.read(name)
            if name in added.edits:
                content = added.edits[name](content)
            with target.open(zip_entry(name), "w", force_zip64=False) as part:
                for piece in _part(book, name, content, sheets.get(name)):
                    part.write(piece)
            progress("writing the file", (done + 1) / len(names))


def in_order(names: Iterable[str]) -> list[str]:
    """Parts as they stand in the file: the content types first, the rest by name."""
    return sorted(names, key=lambda name: (name != "[Content_Types].xml", name))


def zip_entry(name: str) -> zipfile.ZipInfo:
    """A part's entry in the zip, without anything of this machine or moment."""
    info = zipfile.ZipInfo(name, ZIP_TIME)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 0, 0
    return info


def _part(book: Canvas, name: str, content: bytes, ws: Worksheet | None) -> Iterator[bytes]:
    if ws is not None and ws.title in book.grids:
        yield from _grid_sheet(book, content, ws)
    elif ws is not None:
        yield with_values(content, book.cached.get(ws.title, {}), ws.title)
    elif name == "docProps/app.xml":
        yield APP
    elif name == "docProps/core.xml":
        yield with_time(content, book.as_of)
    else:
        yield content


def _grid_sheet(book: Canvas, content: bytes, ws: Worksheet) -> Iterator[bytes]:
    """The sheet with its loans in the place of the pattern row."""
    columns = book.grids[ws.title]
    found = PATTERN_ROW.search(content)
    if found is None:
        raise ValueError(f"{ws.title}: the pattern row {FIRST_ROW} is missing")
    last = f"A1:{columns[-1].letter}{FIRST_ROW + book.rows - 1}"
    head = DIMENSION.sub(f'<dimension ref="{last}"/>'.encode(), content[: found.start()])
    yield with_values(head, book.cached.get(ws.title, {}), ws.title)
    yield from rows(columns, book.rows)
    yield content[found.end() :]


def with_values(content: bytes, values: Mapping[str, Value], title: str) -> bytes:
    """The sheet's XML with the value of every formula beside it. Every formula must have one."""

    def cell(match: re.Match[bytes]) -> bytes:
        address = match[1].decode()
        if address not in values:
            raise ValueError(f"{title}!{address}: a formula without its value")
        inside = computed(values[address], f"<f>{match[3].decode()}</f>")
        return b'<c r="%b"%b%b' % (match[1], match[2] or b"", inside.encode())

    return FORMULA_CELL.sub(cell, content)


def with_time(content: bytes, as_of: dt.date) -> bytes:
    """Creation and change times set to the as-of date: the same input gives the same bytes."""
    stamp = f"{as_of.isoformat()}T00:00:00Z".encode()
    return re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
