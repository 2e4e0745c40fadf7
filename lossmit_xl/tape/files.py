"""Opens a tape whatever it is called: the content says what it is. Every refusal is one line that names the fix.

xlsx, xlsm and xls are read by calamine, csv by the standard library, parquet by pyarrow. Nothing is opened before its size
has been looked at: a small file must not be able to fill the memory.
"""

from __future__ import annotations

import gc
import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lossmit_xl.errors import TapeError
from lossmit_xl.tape.delimited import read_delimited

Row = list[object]

TEXT_EXTENSIONS = frozenset((".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".asc", ".prn", ""))
EXCEL_EXTENSIONS = frozenset((".xlsx", ".xlsm", ".xls", ".xlsb", ".xltx", ".xlt"))
READABLE = "xlsx, xlsm, xls, csv, tsv, txt or parquet"
_MAX_BYTES = 2_000_000_000
_MAX_UNPACKED = 2_000_000_000
_MAX_RATIO = 250  # a sheet of real loans packs 5 to 30 times
_MAX_CELLS = 60_000_000


@dataclass
class Sheet:
    """A sheet as the file has it: `rows[0]` is the file's row 1. `merged`: (first row, first column, last row, last column)."""

    name: str
    rows: list[Row]
    hidden: bool = False
    merged: list[tuple[int, int, int, int]] | None = None


@dataclass
class Opened:
    """A file's sheets and what is known of the file."""

    format: str
    sheets: list[Sheet]
    encoding: str = ""
    delimiter: str = ""
    sha256: str = ""
    notes: list[str] = field(default_factory=list)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """A hundred thousand lists and no cycles: the collector would go over them again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def open_tape(path: Path) -> Opened:
    """Read every sheet of `path`. Raises TapeError in one line for anything that is no tape."""
    content = _content(path)
    kind = _kind(path, content[:4096])
    with _no_collecting():
        if kind in ("xlsx", "xls"):
            opened = _excel(path, kind, content)
        elif kind == "parquet":
            opened = _parquet(path)
        else:
            text = read_delimited(path.name, content)
            opened = Opened("csv", [Sheet(path.stem, text.rows)], text.encoding, text.delimiter, notes=text.notes)
    suffix = path.suffix.lower()
    if (
        (kind == "csv"
        and suffix in EXCEL_EXTENSIONS)
        or (kind != "csv"
        and suffix not in {f".{kind}", ".xlsm", ".xltx", ".xlt", ".pq"})
    ):
        opened.notes.append(f"the file is called {path.name} but its content is {kind}; it was read as {kind}")
    opened.sha256 = hashlib.sha256(content).hexdigest()
    return opened


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise TapeError(f"{path}: is a folder, not a tape; name one file in it ({READABLE}).")
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise TapeError(f"{path}: has {size:,} bytes, more than the {_MAX_BYTES:,} that are read; split the tape.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise TapeError(f"{path}: there is no such file; check the name and the folder.") from None
    except PermissionError:
        raise TapeError(f"{path}: may not be read; close it elsewhere or ask for permission.") from None
    except (OSError, ValueError) as error:
        raise TapeError(
            f"{str(path)[:200]!r}: cannot be read ({getattr(error, 'strerror', None) or error}); check the name."
        ) from None
    if not content.strip(b"\0 \r\n\t"):
        raise TapeError(f"{path.name}: the file is empty; ask the seller to send it again.")
    return content


def _kind(path: Path, head: bytes) -> str:
    """xlsx, xls, parquet or csv, by content."""
    name = path.name
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    if head.startswith(b"PAR1"):
        return "parquet"
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith(b"%pdf"):
        raise TapeError(f"{name}: is a PDF; ask the seller for the tape as xlsx or csv.")
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta")):
        raise TapeError(f"{name}: is a web page or XML file; open it in Excel and save it as xlsx.")
    if start.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"rar!", b"bzh")):
        raise TapeError(f"{name}: is packed; unpack it first.")
    if start.startswith(b"{\\rtf"):
        raise TapeError(f"{name}: is a word-processor file; save the table as xlsx or csv.")
    suffix = path.suffix.lower()
    if suffix not in TEXT_EXTENSIONS | EXCEL_EXTENSIONS:
        hint = "rename it to .csv if it is a delimited text" if suffix != ".json" else "save the table as csv"
        raise TapeError(f"{name}: {suffix} is not a kind of tape that is read ({READABLE}); {hint}.")
    return "csv"


def _excel(path: Path, kind: str, content: bytes) -> Opened:
    import python_calamine

    if kind == "xls" and "EncryptedPackage".encode("utf-16-le") in content:
        raise TapeError(
            f"{path.name}: is protected by a password; open it in Excel, remove the password and save it again."
        )
    notes = _check_package(path) if kind == "xlsx" else []
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            sheets = [
                _sheet(book, place, meta, path.name)
                for place, meta in enumerate(book.sheets_metadata)
                if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            ]
    except python_calamine.PasswordError:
        raise TapeError(
            f"{path.name}: is protected by a password; open it in Excel, remove the password and save it again."
        ) from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise TapeError(
            f"{path.name}: is damaged or no workbook ({_line(error)}); open it in Excel and save it "
            "again as xlsx, "
            "or ask the seller to send it again."
        ) from None
    if not any(sheet.rows for sheet in sheets):
        raise TapeError(f"{path.name}: holds no data on any sheet; ask the seller to send it again.")
    return Opened(kind, sheets, notes=notes)


def _sheet(book: object, place: int, meta: object, name: str) -> Sheet:
    import python_calamine as calamine

    assert isinstance(book, calamine.CalamineWorkbook) and isinstance(meta, calamine.SheetMetadata)
    try:
        found = book.get_sheet_by_index(place)
        first = found.start[0] if found.start else 0
        left = found.start[1] if found.start else 0
        pad: Row = [""] * left
        rows: list[Row] = [list(pad) for _ in range(first)]
        body = found.to_python()
        rows.extend([*pad, *row] if left else row for row in body)  # type: ignore[misc]
        merged = found.merged_cell_ranges
    except calamine.CalamineError as error:
        raise TapeError(
            f"{name}, sheet {meta.name!r}: cannot be read ({_line(error)}); open it in Excel and save it again."
        ) from None
    spans = None if merged is None else [(a[0], a[1], b[0], b[1]) for a, b in merged]
    return Sheet(meta.name, rows, meta.visible != calamine.SheetVisibleEnum.Visible, spans)


def _line(error: BaseException) -> str:
    """An error of someone else's in one short line."""
    return " ".join(str(error).split())[:160] or type(error).__name__


def _check_package(path: Path) -> list[str]:
    """Refuse archives that are damaged, no workbook, or unpack to more than a tape ever does; returns what is to be said of it."""
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
            hidden = [
                _check_extent(package, part, name)
                for part in parts
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
            ]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise TapeError(f"{name}: is cut short or damaged ({_line(error)}); ask the seller to send it again.") from None
    rows, columns = sum(h[0] for h in hidden), sum(h[1] for h in hidden)
    return [f"hidden rows: {rows}, hidden columns: {columns}; they were read like any other"] if rows or columns else []


_FAR = re.compile(rb"""r=["']((?:[A-Z]{3}|[C-Z][A-Z])\d{1,7})["']""")
_ROW = re.compile(rb"""<row\s[^>]*?r=["'](\d{1,7})["']""")
_CHUNK = 1 << 20


def _check_extent(package: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> tuple[int, int]:
    """Look through a sheet before it is opened; returns how many rows and columns are hidden.

    A single cell at XFD1048576 makes a reader set aside seventeen thousand million cells (and the process with it): refuse it
    here, by name. Reading to the end also checks the archive's sums.
    """
    far, bottom, hidden_rows, hidden_columns, tail = b"A1", 0, 0, 0, b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            chunk = tail + chunk
            if _FAR.search(chunk):
                far = max((far, *_FAR.findall(chunk)), key=_column)
            if b"<row" in chunk:
                bottom = max(bottom, int((_ROW.findall(chunk[chunk.rfind(b"<row") :]) or [b"0"])[0]))
            if b"hidden=" in chunk:
                hidden_rows += len(re.findall(rb"<row\s[^>]*?hidden=.(?:1|true)", chunk))
                hidden_columns += sum(map(_span, re.findall(rb"<col\s[^>]*?hidden=.(?:1|true)[^>]*>", chunk)))
            tail = chunk[-200:] if len(chunk) > _CHUNK else b""
    area = bottom * max(_column(far), 26)
    if area > _MAX_CELLS or area > max(5_000_000, part.file_size * 4):
        raise TapeError(
            f"{name}: cell {far.decode() if _column(far) > 100 else f'in row {bottom:,}'} stands far "
            "away from the data; delete the empty rows "
            "and columns round the loans and save again."
        )
    return hidden_rows, hidden_columns


def _span(column: bytes) -> int:
    found = {key: int(value) for key, value in re.findall(rb'(min|max)="(\d+)"', column)}
    return min(found.get(b"max", 1) - found.get(b"min", 1) + 1, 16_384)


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters.rstrip(b"0123456789"):
        place = place * 26 + letter - 64
    return place


def _parquet(path: Path) -> Opened:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        declared = pq.ParquetFile(path).metadata
        if declared.num_rows * declared.num_columns > _MAX_CELLS:
            raise TapeError(
                f"{path.name}: declares {declared.num_rows:,} rows of {declared.num_columns} columns, "
                "more than is read; split it."
            )
        table = pq.read_table(path)
        columns = [_plain(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TapeError(
            f"{path.name}: is damaged or no parquet file ({_line(error)}); ask the seller to send it again."
        ) from None
    header: Row = list(table.column_names)
    body = [list(row) for row in zip(*columns, strict=True)]
    return Opened("parquet", [Sheet(path.stem, [header, *body])])


def _plain(column: object) -> list[object]:
    """A parquet column as plain Python values; categories, decimals and times as what they stand for."""
    import datetime as dt
    import decimal

    values: list[object] = column.to_pylist()  # type: ignore[attr-defined]
    kinds = set(map(type, values)) - {str, float, int, bool, type(None), dt.date, dt.datetime}
    if not kinds and type(None) not in set(map(type, values)):
        return values
    return [
        ""
        if v is None
        else float(v)
        if isinstance(v, decimal.Decimal)
        else v
        if isinstance(v, str | float | int | dt.date)
        else str(v)
        for v in values
    ]
