"""Small tapes for the tests, written to a folder in the format a test asks for."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from lossmit_xl.tape import Tape, read_tape

AS_OF = dt.date(2026, 10, 31)
Row = Any

BASE: dict[str, object] = {
    "loan_id": "A1",
    "state": "FL",
    "upb": 100_000.0,
    "note_rate": 0.06,
    "pi_payment": 716.43,
    "next_due_date": dt.datetime(2026, 3, 1),
    "maturity_date": dt.datetime(2046, 2, 1),
    "property_value": 150_000.0,
}


def write_csv(path: Path, rows: Sequence[Row], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Rows as delimited text, a return at each line's end as Excel writes it."""
    with path.open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    return path


def write_xlsx(path: Path, sheets: Mapping[str, Sequence[Row]], merge: Sequence[str] = ()) -> Path:
    """Sheets of rows as xlsx; texts stay texts. `merge` are ranges of the first sheet."""
    book = openpyxl.Workbook()
    for place, (name, rows) in enumerate(sheets.items()):
        sheet = book.active if place == 0 else book.create_sheet()
        assert sheet is not None
        sheet.title = name
        for row in rows:
            sheet.append(list(row))
        for cells in sheet.iter_rows():
            for cell in cells:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    cell.data_type = "s"
        if place == 0:
            for span in merge:
                sheet.merge_cells(span)
    book.save(path)
    return path


def loans(count: int = 3, /, **changed: Any) -> list[list[object]]:
    """Headings and `count` sound loans; `changed` gives a column other cells, one a loan (columns not in BASE are
    added).
    """
    names = [*BASE, *(name for name in changed if name not in BASE)]
    rows: list[list[object]] = [list(names)]
    for place in range(count):
        loan = {**BASE, "loan_id": f"A{place + 1}"}
        loan.update({name: cells[place] for name, cells in changed.items()})
        rows.append([loan[name] for name in names])
    return rows


def read_rows(folder: Path, rows: Sequence[Row], headings: Mapping[str, str] | None = None) -> Tape:
    """Rows written as xlsx and read; `headings` renames headings of the first row."""
    named = [[(headings or {}).get(str(cell), cell) for cell in rows[0]], *rows[1:]]
    return read_tape(write_xlsx(folder / "tape.xlsx", {"Tape": named}), as_of=AS_OF)


def said(tape: Tape, column: str, part: str) -> pd.DataFrame:
    """Issues of a column whose message holds `part`."""
    issues = tape.issues
    return issues[(issues["column"] == column) & issues["message"].str.contains(part, regex=False)]
