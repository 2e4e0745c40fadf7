"""The LAMBDA names in engines that know LAMBDA, and the record of what each engine gave.

    python -m tests.udfs.lambda_engines     writes udfs/lambdas/conformance.csv anew

pyOpenVBA and IronCalc evaluate the names themselves. LibreOffice 7.4 knows no LAMBDA: there the rule stands step by
step in cells (`books.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ironcalc
import numpy as np
from pyopenvba.apps.excel import ExcelApplication

from lossmit_udfs.call import call
from lossmit_udfs.catalog import FUNCTIONS
from lossmit_udfs.definitions import Function
from lossmit_udfs.errors import NUMBERS
from lossmit_udfs.lambdas import lambda_names
from lossmit_udfs.lambdas.conformance import TABLE, Case, record
from lossmit_workbook.dynamic import DynamicBook
from tests.tools import calc
from tests.udfs import books
from tests.udfs.calls import calls

USUAL_CALLS = 6
ERROR_OF_NUMBER = {f"Error {number}": text for text, number in NUMBERS.items()}
RULES = [function for function in FUNCTIONS if function.body is not None]


def names_book(path: Path, formulas: Sequence[str] = (), cells: Iterable[tuple[str, Any]] = ()) -> Path:
    """A workbook with every name, formulas in column A, cells typed as given; cached values are none of them right."""
    book = DynamicBook()
    ws = book.workbook.create_sheet("Calls")
    for name in lambda_names():
        book.define(name.name, name.stored, name.comment)
    for row, formula in enumerate(formulas, 1):
        book.formula(ws, f"A{row}", formula, "not computed", dynamic=True)
    for address, value in cells:
        ws[address] = value
    book.save(path, force=True)
    return path


def ironcalc_cells(path: Path) -> dict[tuple[int, int], Any]:
    """Every cell of the first sheet as IronCalc computes it."""
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    return {
        (row, column): model.get_cell_value(0, row, column)
        for sheet, row, column in model.get_all_cells()
        if sheet == 0
    }


class PyOpenVba:
    """A workbook open in pyOpenVBA; each formula is typed into a cell of its first sheet and read.

    Typed as `Range.Formula2`, which spills; `set_value` types as Excel before dynamic arrays did.
    """

    def __init__(self, path: Path, sheet: int | str = 1) -> None:
        self.sheet = ExcelApplication.open(path).sheet(sheet)

    def type(self, cell: str, formula: str) -> None:
        """Type a formula (without `=`)."""
        self.sheet.sheet.vba_get("Range", [cell]).vba_set("Formula2", f"={formula}")

    def cell(self, address: str) -> Any:
        """What a cell shows; errors as Excel's text."""
        return shown(self.sheet.value(address))

    def value(self, formula: str) -> Any:
        """What a formula gives."""
        self.type("ZZ1", formula)
        return self.cell("ZZ1")

    def block(self, formula: str, rows: int, columns: int) -> list[list[Any]]:
        """What a formula spills."""
        self.type("ZZ1", formula)
        letters = ["ZZ", *(f"AA{chr(ord('A') + place)}" for place in range(25))]
        made = [[self.cell(f"{letters[c]}{r}") for c in range(columns)] for r in range(1, rows + 1)]
        self.sheet.set_value("ZZ1", None)
        return made


def shown(value: Any) -> Any:
    """A value of pyOpenVBA as a cell shows it."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return ERROR_OF_NUMBER.get(text, text)


def drawn(function: Function, usual_calls: int = USUAL_CALLS) -> list[tuple[Any, ...]]:
    """The calls that can be written out: a required argument is given. Blank cells are tried apart."""
    given = [place for place, argument in enumerate(function.arguments) if not argument.optional]
    rows = [row for row in calls(function, usual_calls) if all(row[place] is not None for place in given)]
    return list({repr(row): row for row in rows}.values())


def results_of(function: Function, arguments: tuple[Any, ...]) -> list[Case]:
    """A case for every result of a call; one where all are the same error."""
    block = np.atleast_2d(np.asarray(call(function, *arguments), dtype=object))
    if not any(isinstance(value, list) for value in arguments) and isinstance(block[0, 0], str):
        return [Case(function, arguments)]
    return [Case(function, arguments, r + 1, c + 1) for r in range(block.shape[0]) for c in range(block.shape[1])]


def columns_of_loans(function: Function) -> list[tuple[Any, ...]]:
    """A column and a row of three loans, the second with a text for an amount: no other result may suffer."""
    if any(not argument.broadcasts for argument in function.arguments):
        return []
    rows = drawn(function)[:3]
    numbers = (place for place, argument in enumerate(function.arguments) if argument.kind not in ("state", "yesno"))
    bad = next(numbers, 0)
    made = [[row[place] for row in rows] for place in range(len(function.arguments))]
    made[bad][1] = "text"
    down = tuple([[[cell] for cell in cells] for cells in made])
    across = tuple([[list(cells)] for cells in made])
    return [down, across]


def table() -> list[Case]:
    """Every case, without what engines gave."""
    made = []
    for function in RULES:
        for arguments in (*drawn(function), *columns_of_loans(function)):
            made += results_of(function, arguments)
    return made


def in_ironcalc(cases: Sequence[Case], folder: Path) -> list[Any]:
    cells = ironcalc_cells(names_book(folder / "ironcalc.xlsx", [case.formula for case in cases]))
    return [cells.get((row, 1)) for row in range(1, len(cases) + 1)]


def in_pyopenvba(cases: Sequence[Case], folder: Path) -> list[Any]:
    """Each call once, its block read."""
    book = PyOpenVba(names_book(folder / "pyopenvba.xlsx"))
    size: dict[str, tuple[int, int]] = {}
    for case in cases:
        down, right = size.get(case.call, (1, 1))
        size[case.call] = max(down, case.down), max(right, case.right)
    blocks = {text: book.block(text, *shape) for text, shape in size.items()}
    return [blocks[case.call][case.down - 1][case.right - 1] for case in cases]


def in_libreoffice(cases: Sequence[Case], folder: Path) -> list[Any]:
    """The rules in cells, each loan of a column in a row of its own."""
    tables: dict[Function, list[Any]] = {function: [] for function in RULES}
    place: list[tuple[Function, int, int]] = []
    for case in cases:
        one, result = _loan(case)
        tables[case.function].append(one)
        place.append((case.function, len(tables[case.function]), result))
    path = folder / "libreoffice.xlsx"
    columns = books.write(path, tables)
    cells = calc.recalculate(path)
    found = []
    for function, row, result in place:
        value = cells[function.name].get((row + books.FIRST_ROW - 1, columns[function.name][result]), "")
        found.append(bool(value) if function.results[result].unit == "yes/no" and isinstance(value, float) else value)
    return found


def _loan(case: Case) -> tuple[tuple[Any, ...], int]:
    """The arguments of the one loan that a case is of, and which result."""
    several = len(case.function.results) > 1
    if not any(isinstance(value, list) for value in case.arguments) or case.function.name == "FORBEARANCE_UNPAID":
        return case.arguments, case.right - 1 if several else 0
    across = len(case.arguments[0]) == 1
    loan, result = (case.right, case.down) if across else (case.down, case.right)
    one = tuple(value[0][loan - 1] if across else value[loan - 1][0] for value in case.arguments)
    return one, result - 1 if several else 0


def main() -> None:
    folder = calc.scratch_folder("lambdas")
    cases = table()
    given = zip(in_libreoffice(cases, folder), in_ironcalc(cases, folder), in_pyopenvba(cases, folder), strict=True)
    measured = [replace(case, others=values) for case, values in zip(cases, given, strict=True)]
    TABLE.write_text(record(measured), encoding="utf-8", newline="\n")
    calc.shutdown()


if __name__ == "__main__":
    main()
