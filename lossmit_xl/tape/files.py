"""Opens a tape whatever it is called: the content says what it is. Every refusal is one line that names the fix.

xlsx, xlsm and xls are read by calamine, csv by the standard library, parquet by pyarrow. Nothing is opened before its
size has been looked at: a small file must not be able to fill the memory.
"""

from __future__ import annotations

import gc
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lossmit_xl.errors import TapeError
from lossmit_xl.tape.arrow import plain
from lossmit_xl.tape.delimited import read_delimited
from lossmit_xl.tape.package import MAX_CELLS, check_package, one_line

Row = list[object]

TEXT_EXTENSIONS = frozenset((".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".asc", ".prn", ""))
EXCEL_EXTENSIONS = frozenset((".xlsx", ".xlsm", ".xls", ".xlsb", ".xltx", ".xlt"))
READABLE = "xlsx, xlsm, xls, csv, tsv, txt or parquet"
_MAX_BYTES = 2_000_000_000


@dataclass
class Sheet:
    """A sheet as the file has it: `rows[0]` is the file's row 1. `merged`: (first row, first column, last row, last
    column).
    """

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
    if (kind == "csv" and suffix in EXCEL_EXTENSIONS) or (
        kind != "csv" and suffix not in {f".{kind}", ".xlsm", ".xltx", ".xlt", ".pq"}
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
    notes = check_package(path) if kind == "xlsx" else []
    # By path the reader believes the extension; by content it cannot tell a locked xls from a damaged one.
    believed = kind == "xls" and path.suffix.lower() == ".xls"
    opener: str | io.BytesIO = str(path) if believed else io.BytesIO(content)
    try:
        with python_calamine.CalamineWorkbook.from_object(opener) as book:
            sheets = [
                _sheet(book, place, meta, path.name)
                for place, meta in enumerate(book.sheets_metadata)
                if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            ]
    except python_calamine.PasswordError:
        raise TapeError(
            f"{path.name}: is protected by a password; open it in Excel, remove the password and save it again."
        ) from None
    except BaseException as error:
        # A panic in the reader's Rust code is no Exception; anything else that is none is not ours to catch.
        if (not isinstance(error, Exception) and type(error).__name__ != "PanicException") or isinstance(
            error, TapeError
        ):
            raise
        raise TapeError(
            f"{path.name}: is damaged or no workbook ({one_line(error)}); open it in Excel and save it "
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
            f"{name}, sheet {meta.name!r}: cannot be read ({one_line(error)}); open it in Excel and save it again."
        ) from None
    spans = None if merged is None else [(a[0], a[1], b[0], b[1]) for a, b in merged]
    return Sheet(meta.name, rows, meta.visible != calamine.SheetVisibleEnum.Visible, spans)


def _parquet(path: Path) -> Opened:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        declared = pq.ParquetFile(path).metadata
        if declared.num_rows * declared.num_columns > MAX_CELLS:
            raise TapeError(
                f"{path.name}: declares {declared.num_rows:,} rows of {declared.num_columns} columns, "
                "more than is read; split it."
            )
        table = pq.read_table(path)
        columns = [plain(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TapeError(
            f"{path.name}: is damaged or no parquet file ({one_line(error)}); ask the seller to send it again."
        ) from None
    header: Row = list(table.column_names)
    body = [list(row) for row in zip(*columns, strict=True)]
    return Opened("parquet", [Sheet(path.stem, [header, *body])])
