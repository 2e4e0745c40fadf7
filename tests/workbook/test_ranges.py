"""What a cell takes is what the engine takes: a number that it would refuse or round is refused by the cell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openpyxl.worksheet.datavalidation import DataValidation

from lossmit_workbook.book import Book
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.sheets import states
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.assumption_cells import STATE_CELLS
from lossmit_xl.columns import LOAN_COLUMNS
from lossmit_xl.states import STATE_CODES
from tests.workbook.books import AS_OF, CLEAN, written


@pytest.fixture(scope="module")
def book() -> Book:
    return written(read_tape(CLEAN), Assumptions(as_of=AS_OF))


def _rule(book: Book, sheet: str, address: str) -> DataValidation:
    (rule,) = (rule for rule in book.workbook[sheet].data_validations.dataValidation if address in rule.sqref)
    return rule


def _cells(book: Book) -> Iterator[tuple[str, str, str, float | None, float | None]]:
    """(sheet, address, kind, lowest, highest) of every cell that takes a count, or a figure of a state."""
    for column in LOAN_COLUMNS:
        if column.kind == "count":
            yield "Loans", f"{book.layout.loan_letter[column.name]}{FIRST_ROW}", "count", column.low, column.high
    for name, field in STATE_CELLS.items():
        if name in book.layout.loan_letter:
            yield "Loans", f"{book.layout.loan_letter[name]}{FIRST_ROW}", field.kind, field.low, field.high
        if name in states.NUMBERS:
            for row in (FIRST_ROW, FIRST_ROW + len(STATE_CODES)):
                yield "States", f"{'DEFG'[states.NUMBERS.index(name)]}{row}", field.kind, field.low, field.high


def test_a_cell_takes_what_the_engine_takes(book: Book) -> None:
    """Half a month in foreclosure is rounded on a tape; typed, the formulas would reckon with the half."""
    seen = 0
    for sheet, address, kind, low, high in _cells(book):
        rule = _rule(book, sheet, address)
        wanted = ("whole" if kind == "count" else "decimal", low, high)
        assert (rule.type, float(rule.formula1), float(rule.formula2)) == wanted, (sheet, address)
        assert rule.showErrorMessage and rule.error, (sheet, address)
        seen += 1
    assert seen == 3 + 3 + 8
