"""As built: every input of every loan as it stood at the build, keyed by loan number; what differs now. Tab 17.

A `Block` is inputs of a loan that stand side by side on one sheet. A loan's place on each sheet is looked up by its
number, so that sorting a sheet changes nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from openpyxl.utils import get_column_letter

from lossmit_workbook import styles
from lossmit_workbook.book import Book, SheetColumn, print_wide
from lossmit_workbook.layout import (
    ABOVE,
    FIRST_ROW,
    HEAD_ROW,
    ON_BIDS,
    ROW,
    UNIT_ROW,
    Layout,
    place_in,
)
from lossmit_workbook.sheets import bids, loans
from lossmit_xl.loan_cells import DECIDED, loan_cell
from lossmit_xl.names import STRATEGIES

TITLE = "As built"
NOTE = (
    "What every input of a loan held when the workbook was built. Nothing is typed here: it is what changes since "
    "the build are measured against, and what a later build carries over from."
)
NUMBER, CHANGED, REMARKED, RUNNING = "loan_id", "inputs_changed", "decisions_changed", "running_count"


@dataclass(frozen=True)
class Block:
    """A loan's inputs side by side on `sheet`: their names, the range they stand in, and that of the loan numbers.

    `missed`: how many changes it counts as where the loan's number does not stand on the sheet any more; one sheet
    counts one.
    """

    sheet: str
    names: tuple[str, ...]
    cells: str
    numbers: str
    missed: int = 1

    @property
    def place(self) -> str:
        """Name of the column that holds a loan's place on the sheet."""
        return f"place_on_{self.sheet.lower()}"


def blocks(layout: Layout) -> tuple[Block, ...]:
    """Where the inputs of a loan stand, in the order of their stamps."""
    names = layout.loan_columns[1:]
    first, last = layout.loan_letter[names[0]], layout.loan_letter[names[-1]]
    cells = f"{loans.TITLE}!${first}${FIRST_ROW}:${last}${layout.last_row}"
    numbers = layout.bids_range("loan_id")
    ((price, ask),) = ON_BIDS.items()
    first, last = layout.bids_letter[DECIDED[0]], layout.bids_letter[DECIDED[-1]]
    decided = f"{bids.TITLE}!${first}${FIRST_ROW}:${last}${layout.last_row}"
    return (
        Block(loans.TITLE, names, cells, layout.loans_range("loan_id")),
        Block(bids.TITLE, (price,), layout.bids_range(ask), numbers),
        Block(bids.TITLE, DECIDED, decided, numbers, missed=0),
    )


RESULTS = {
    "expected_npv": "USD", "bid": "USD", "recommended": "strategy", "npv_of_nine": "USD", "net_of_nine": "USD",
    "not_valued": "text",
}  # fmt: skip
"""What the engine made of a loan at the build, and its unit: Checks compares the sheet with it."""


def results(book: Book) -> dict[str, Any]:
    """The engine's figures at the build, shape (loans,) each, by the names of `RESULTS`."""
    return {
        **{name: book.column(name) for name in ("expected_npv", "bid", "recommended", "not_valued")},
        "npv_of_nine": over_strategies(book, "npv"), "net_of_nine": over_strategies(book, "net_recovery"),
    }  # fmt: skip


def over_strategies(book: Book, figure: str) -> npt.NDArray[np.float64]:
    """A figure added up over the nine strategies, blanks left out, shape (loans,)."""
    values = np.stack([book.evaluation.figure(strategy, figure).astype(float) for strategy in STRATEGIES])
    return np.asarray(np.nansum(values, axis=0))


def result_column(name: str) -> str:
    """Name of the column that a result is stamped in."""
    return f"engine_{name}"


def block_of(layout: Layout, name: str) -> Block:
    """The block that an input belongs to."""
    return next(block for block in blocks(layout) if name in block.names)


def stamped(layout: Layout) -> tuple[str, ...]:
    """Names of the stamped inputs from left to right."""
    return tuple(name for block in blocks(layout) for name in block.names)


def columns(layout: Layout) -> tuple[str, ...]:
    """Names of all columns from left to right."""
    found = dict.fromkeys(block.place for block in blocks(layout))
    return (NUMBER, *found, *stamped(layout), *map(result_column, RESULTS), CHANGED, REMARKED, RUNNING)


def letter(layout: Layout, name: str) -> str:
    """Column letter of a name."""
    return str(get_column_letter(columns(layout).index(name) + 1))


def column_range(layout: Layout, name: str) -> str:
    """All loans' cells of a column, from another sheet."""
    at = letter(layout, name)
    return f"'{TITLE}'!${at}${FIRST_ROW}:${at}${layout.last_row}"


def block_range(layout: Layout, names: Sequence[str], first_row: int = FIRST_ROW, last_row: int = 0) -> str:
    """The cells of stamps side by side, from another sheet: all loans', or those of other rows."""
    first, last = letter(layout, names[0]), letter(layout, names[-1])
    return f"'{TITLE}'!${first}${first_row}:${last}${last_row or layout.last_row}"


def heads_range(layout: Layout, names: Sequence[str]) -> str:
    """The headings of stamps side by side."""
    return block_range(layout, names, HEAD_ROW, HEAD_ROW)


def units_range(layout: Layout, names: Sequence[str]) -> str:
    """The units of stamps side by side."""
    return block_range(layout, names, UNIT_ROW, UNIT_ROW)


def values(book: Book, name: str) -> Any:
    """What an input of the loans holds at the build, as the cells have it."""
    if name in DECIDED:
        return book.decided(name)
    return loans.cells(book.loans, name)


def place_formula(numbers: str, key: str, own: str) -> str:
    """A loan's place in `numbers`, from 1; 0 where its number is not there. The place it was built at is looked at
    first: only a sorted sheet is searched."""
    here = f"MIN({own},ROWS({numbers}))"
    return f"IFERROR(IF(INDEX({numbers},{here})={key},{here},{place_in(key, numbers)}),0)"


def write(book: Book) -> None:
    """Write a row a loan: number, places, changes, stamps."""
    ws = book.sheet(TITLE, "As built", NOTE)
    book.grid(ws, [_column(book, name) for name in columns(book.layout)])
    ws.freeze_panes = f"{letter(book.layout, stamped(book.layout)[0])}{FIRST_ROW}"
    print_wide(ws, 55)


def _column(book: Book, name: str) -> SheetColumn:
    layout = book.layout
    none = np.zeros(layout.loans)
    valuing = [block for block in blocks(layout) if block.names != DECIDED]
    decided = [block for block in blocks(layout) if block.names == DECIDED]
    now: dict[str, tuple[str, str, str]] = {
        CHANGED: ("count", "Inputs of this loan that hold something else now, cell by cell; 1 for a sheet that it is "
                  "gone from", _changed(layout, valuing)),
        REMARKED: ("count", "Decision and note: how many are others now", _changed(layout, decided)),
        RUNNING: ("count", "Both counts, of this loan and of those above", _running(layout)),
    }  # fmt: skip
    if name == NUMBER:
        return SheetColumn(name, "text", "The loan's number at the build", list(book.loans["loan_id"]), width=16,
                           format="@", band="Loan")  # fmt: skip
    if name in now:
        unit, help_, formula = now[name]
        return SheetColumn(name, unit, help_, none, formula, band="Changed since")
    for block in blocks(layout):
        if name == block.place:
            formula = place_formula(block.numbers, f"$A{ROW}", f"ROW($A{ROW})-ROW($A${HEAD_ROW})")
            return SheetColumn(name, "position", f"Its place on {block.sheet} now, from 1; 0: not there any more",
                               np.arange(1, layout.loans + 1, dtype=float), formula, band="Now")  # fmt: skip
    for result, unit in RESULTS.items():
        if name == result_column(result):
            return SheetColumn(name, unit, "The engine's, at the build", results(book)[result],
                               format=styles.number_format(unit), band="The engine at the build")  # fmt: skip
    sheet, kind = block_of(layout, name).sheet, loan_cell(name)
    return SheetColumn(name, kind.unit, f"{sheet} at the build", values(book, name), format=number_format(name),
                       band=f"{sheet} at the build")  # fmt: skip


def number_format(name: str) -> str:
    """How a loan's input is shown."""
    kind = loan_cell(name)
    if kind.kind == "date":
        return styles.DATE
    if kind.unit == "per year":
        return "0.000%"
    return styles.number_format(kind.unit) if kind.kind == "number" else "@"


def _changed(layout: Layout, wanted: Sequence[Block]) -> str:
    """How many inputs differ, cell by cell; blank and 0 are not the same."""
    parts = []
    for block in wanted:
        place = f"${letter(layout, block.place)}{ROW}"
        then = f"{letter(layout, block.names[0])}{ROW}:{letter(layout, block.names[-1])}{ROW}"
        now = f"INDEX({block.cells},{place},0)"
        differ = f'SUMPRODUCT(1*(({now}<>{then})+(({now}="")<>({then}=""))>0))'
        parts.append(f"IF({place}=0,{block.missed},{differ})")
    return "+".join(parts)


def _running(layout: Layout) -> str:
    """The row above, where the heading's text counts as 0, and this loan's."""
    return f"N({letter(layout, RUNNING)}{ABOVE})+{letter(layout, CHANGED)}{ROW}+{letter(layout, REMARKED)}{ROW}"
