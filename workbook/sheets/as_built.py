"""As built: every input of every loan as it stood at the build, keyed by loan number; what differs now. Tab 17.

A `Block` is the inputs of a loan that stand side by side on one sheet. For each block a loan's place there is looked
up by its number, so that sorting a sheet changes nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from openpyxl.utils import get_column_letter

from lossmit_workbook import styles
from lossmit_workbook.book import Book, SheetColumn, print_wide
from lossmit_workbook.layout import ABOVE, FIRST_ROW, HEAD_ROW, ROW, UNIT_ROW, Layout
from lossmit_workbook.sheets import loans
from lossmit_xl.loan_cells import loan_cell

TITLE = "As built"
NOTE = (
    "What every input of a loan held when the workbook was built. Nothing is typed here: it is what \"changed since the "
    "build\" is measured against, and what a later build carries over from."
)  # fmt: skip
NUMBER, CHANGED, RUNNING = "loan_id", "changed_cells", "running_count"
NO_PLACE = 0
"""A loan's place where its number does not stand on the sheet any more."""


@dataclass(frozen=True)
class Block:
    """A loan's inputs side by side on `sheet`: their names, the range they stand in, and that of the loan numbers."""

    sheet: str
    names: tuple[str, ...]
    cells: str
    numbers: str

    @property
    def place(self) -> str:
        """Name of the column that holds a loan's place on the sheet."""
        return f"place_on_{self.sheet.lower()}"


def blocks(layout: Layout) -> tuple[Block, ...]:
    """Where the inputs of a loan stand, in the order of their stamps."""
    names = layout.loan_columns[1:]
    first, last = layout.loan_letter[names[0]], layout.loan_letter[names[-1]]
    cells = f"{loans.TITLE}!${first}${FIRST_ROW}:${last}${layout.last_row}"
    return (Block(loans.TITLE, names, cells, layout.loans_range("loan_id")),)


def stamped(layout: Layout) -> tuple[str, ...]:
    """Names of the stamped inputs from left to right."""
    return tuple(name for block in blocks(layout) for name in block.names)


def columns(layout: Layout) -> tuple[str, ...]:
    """Names of all columns from left to right."""
    return (NUMBER, *(block.place for block in blocks(layout)), CHANGED, RUNNING, *stamped(layout))


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
    return loans.cells(book.loans, name)


def place_formula(numbers: str, key: str, own: str) -> str:
    """A loan's place in `numbers`, from 1; 0 where its number is not there. The place it was built at is looked at
    first: only a sorted sheet is searched."""
    here = f"MIN({own},ROWS({numbers}))"
    return f"IFERROR(IF(INDEX({numbers},{here})={key},{here},MATCH({key},{numbers},0)),{NO_PLACE})"


def write(book: Book) -> None:
    """Write a row a loan: number, places, changes, stamps."""
    ws = book.sheet(TITLE, "As built", NOTE)
    book.grid(ws, [_column(book, name) for name in columns(book.layout)])
    ws.freeze_panes = f"{letter(book.layout, stamped(book.layout)[0])}{FIRST_ROW}"
    print_wide(ws, 55)


def _column(book: Book, name: str) -> SheetColumn:
    layout = book.layout
    rows = np.arange(1, layout.loans + 1, dtype=float)
    if name == NUMBER:
        return SheetColumn(name, "text", "The loan's number at the build", list(book.loans["loan_id"]), width=16,
                           format="@", band="Loan")  # fmt: skip
    if name == CHANGED:
        return SheetColumn(name, "count", "Inputs of this loan that hold something else now; 1 where it is gone",
                           np.zeros(layout.loans), _changed_formula(layout), band="Now")  # fmt: skip
    if name == RUNNING:
        above = f"N({letter(layout, RUNNING)}{ABOVE})"  # 0 for the heading's text
        return SheetColumn(name, "count", "Changes of this loan and of those above", np.zeros(layout.loans),
                           f"{above}+{letter(layout, CHANGED)}{ROW}", band="Now")  # fmt: skip
    for block in blocks(layout):
        if name == block.place:
            formula = place_formula(block.numbers, f"A{ROW}", f"ROWS(A${FIRST_ROW}:A{ROW})")
            return SheetColumn(name, "position", f"Its place on {block.sheet} now, from 1; 0: not there any more", rows,
                               formula, band="Now")  # fmt: skip
    kind = loan_cell(name)
    shown = styles.DATE if kind.kind == "date" else "0.000%" if kind.unit in ("per year", "share") else None
    text = "@" if kind.kind in ("text", "word") else shown
    sheet = next(block.sheet for block in blocks(layout) if name in block.names)
    return SheetColumn(name, kind.unit, f"{sheet} at the build", values(book, name), format=text, band=sheet)


def _changed_formula(layout: Layout) -> str:
    """How many inputs differ, cell by cell; blank and 0 are not the same."""
    parts, missing = [], []
    for block in blocks(layout):
        place = f"{letter(layout, block.place)}{ROW}"
        then = f"{letter(layout, block.names[0])}{ROW}:{letter(layout, block.names[-1])}{ROW}"
        now = f"INDEX({block.cells},{place},0)"
        parts.append(f'SUMPRODUCT(1*(({now}<>{then})+(({now}="")<>({then}=""))>0))')
        missing.append(f"{place}={NO_PLACE}")
    gone = missing[0] if len(missing) == 1 else f"OR({','.join(missing)})"
    return f"IF({gone},1,{'+'.join(parts)})"
