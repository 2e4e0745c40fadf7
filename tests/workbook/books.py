"""Workbooks for the tests: built from a tape, and the cells that the engine expects in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl.utils.cell import column_index_from_string, coordinate_to_tuple

from lossmit_workbook import package
from lossmit_workbook.book import Book, Canvas
from lossmit_workbook.build import SHEETS, make_book
from lossmit_workbook.grid import listed
from lossmit_workbook.layout import FIRST_ROW, STAMPED_IRR
from lossmit_workbook.sheets import yields
from lossmit_xl import Assumptions
from lossmit_xl.carry import Carried
from lossmit_xl.tape import Tape, read_tape
from tests.tools.calc import Cells, Sheets

ROOT = Path(__file__).parent.parent.parent
WORKED = ROOT / "tests" / "reference" / "worked_loans"
CLEAN, MESSY = ROOT / "examples" / "clean_25.csv", ROOT / "examples" / "messy_250.xlsx"
AS_OF = dt.date(2026, 10, 31)
MONEY, RATE, RATIO = 0.01, 1e-6, 1e-4


def tape_of(loans: pd.DataFrame, folder: Path) -> Tape:
    """A frame of canonical columns as a tape, by way of a real file."""
    path = folder / "loans.csv"
    loans.to_csv(path, index=False)
    return read_tape(path)


def written(tape: Tape, assumptions: Assumptions, carried: Carried | None = None) -> Book:
    """The workbook with all its sheets, not saved: its cells are what the engine says."""
    book = make_book(tape, assumptions, carried=carried)
    for sheet in SHEETS:
        sheet.write(book)
    return book


def built(tape: Tape, assumptions: Assumptions, path: Path) -> Book:
    """The workbook saved at `path`, as `build` does it, and its cells: laid out once for both."""
    book = written(tape, assumptions)
    package.save(book, path, False, lambda step, share: None)
    return book


def computed_cells(book: Canvas, title: str) -> Cells:
    """The value that the engine expects behind every formula of a sheet."""
    cells: Cells = {coordinate_to_tuple(address): value for address, value in book.cached.get(title, {}).items()}
    for column in book.grids.get(title, []):
        place = column_index_from_string(column.letter)
        if column.formula is None:
            continue
        for row, value in enumerate(listed(column.values, book.rows), start=FIRST_ROW):
            cells[row, place] = "" if value is None or value != value else value
    return cells


def tolerance_of(book: Canvas, title: str) -> dict[tuple[int, int], float]:
    """Money to the cent, the ratios of small differences on Yields to the digits shown, everything else (rates, shares,
    months, counts) to a millionth; by number format."""
    ws = book.workbook[title]
    grid = {column_index_from_string(c.letter) for c in book.grids.get(title, [])}

    def of(row: int, place: int) -> float:
        shown = ws.cell(FIRST_ROW if place in grid and row >= FIRST_ROW else row, place).number_format
        if title == "Yields" and shown == yields.SHOWN["ratio"]:
            return RATIO
        return MONEY if shown.lstrip("+").startswith(("#,##0", "$#,##0")) else RATE

    return {address: of(*address) for address in computed_cells(book, title)}


def of_the_build(book: Book, title: str) -> int | None:
    """The column that shows a figure stamped at the build, which an edit makes blank but never new."""
    letters = {"Bids": book.layout.bids_letter, "Yields": book.layout.yield_letter}
    return column_index_from_string(letters[title][STAMPED_IRR]) if title in letters else None


def disagreements(book: Canvas, found: Sheets, titles: Sequence[str], *, edited: bool = False) -> list[str]:
    """Every formula cell of these sheets whose recalculated value is not the engine's, in words.

    `edited`: the sheet was edited after it was built; what is stamped there is the build's and not compared.
    """
    lines = []
    for title in titles:
        expected, allowed = computed_cells(book, title), tolerance_of(book, title)
        assert expected, f"{title}: no formula to check"
        stamped = of_the_build(book, title) if edited else None
        for address, value in expected.items():
            if address[1] == stamped and address[0] >= FIRST_ROW:
                continue
            got = found[title].get(address, "")
            if not same(got, value, allowed[address]):
                lines.append(f"{title} {address}: sheet {got!r}, engine {value!r}")
    return lines


def same(got: object, value: object, allowed: float) -> bool:
    """Numbers within the tolerance (huge money within twelve digits, a huge ratio, a power of money, within nine),
    everything else exactly."""
    plain = (int, float, np.floating)
    numbers = isinstance(got, plain) and isinstance(value, plain)
    if numbers and not isinstance(got, bool) and not isinstance(value, bool):
        digits = 1e-12 if allowed == MONEY else 1e-9
        return abs(float(got) - float(value)) <= max(allowed, digits * abs(float(value)))
    return isinstance(got, bool) == isinstance(value, bool) and got == value
