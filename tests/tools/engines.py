"""Spreadsheet engines other than LibreOffice, each written independently: IronCalc (PyPI) and HyperFormula (npm).

Both evaluate a workbook from its formulas alone, ignoring cached values, and return the shape of
`calc.recalculate`: `values[sheet][(row, column)]` from 1, errors as Excel's text, empty cells absent.

What they lack (IronCalc 0.9.1, HyperFormula 3.5.0; `tests/test_tools.py` holds each line to it):

- IronCalc refuses a workbook with a what-if data table; `&` writes a fraction with 16 digits where Excel writes 15;
  `0.1+0.2-0.3` is 5.6E-17 where Excel's last subtraction snaps to 0 (HyperFormula too).
- HyperFormula reads no files (openpyxl reads for it), has neither structured references nor data tables, takes `INT`
  towards zero for negative numbers, rounds 1.005 to 1.00, treats `""` as 0 in arithmetic, knows few TEXT formats,
  does not evaluate `SUMPRODUCT((range=x)*range)`. It is a third opinion on sheets that use none of these.
- LibreOffice 7.4 itself: booleans are numbers (`1=TRUE`, `ISNUMBER(TRUE)`, `TRUE&""`), `0^0` is 1, LN(0) is #VALUE!.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ironcalc
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import to_excel

from tests.tools.calc import CalcError, Cells, Edit, Formula, Sheets, excel_serial, program

NODE_MODULES = Path(__file__).parent.parent / "node_modules"
NPM_INSTALL = "npm ci --prefix tests (needs node 18 or newer)"


def ironcalc_values(path: str | Path, edits: Iterable[Edit] = ()) -> Sheets:
    """Every cell as IronCalc computes it, after `edits` (see `calc.Book.edit`; addresses, not names).

    Raises ironcalc.WorkbookError for a workbook it can't take (what-if data tables).
    """
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    names: list[str] = [sheet["name"] for sheet in model.get_worksheets_properties()]
    for sheet, address, value in edits:
        row, column = coordinate_to_tuple(address)
        model.set_user_input(names.index(sheet), row, column, _typed(value))
    model.evaluate()
    values: Sheets = {name: {} for name in names}
    for index, row, column in model.get_all_cells():
        value = model.get_cell_value(index, row, column)
        if value is not None:
            values[names[index]][row, column] = value
    return values


def _typed(value: object) -> str:
    """What a user would type to enter `value`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return str(value) if isinstance(value, Formula) else "'" + value
    return repr(excel_serial(value))


def hyperformula_values(path: str | Path) -> Sheets:
    """Every cell as HyperFormula computes it. Raises CalcError where node or the npm package is missing."""
    if not (NODE_MODULES / "hyperformula").is_dir():
        raise CalcError(f"HyperFormula is not installed: {NPM_INSTALL}")
    book = load_workbook(path)
    names = [(name, f"={defined.attr_text}") for name, defined in book.defined_names.items()]
    sheets = [(sheet.title, [[_plain(cell) for cell in row] for row in sheet.iter_rows()]) for sheet in book.worksheets]
    done = subprocess.run(
        [program("node"), str(Path(__file__).with_name("hyperformula.mjs"))],
        input=json.dumps({"sheets": sheets, "names": names}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CalcError(f"HyperFormula: {done.stderr.strip()[-2000:]}")
    return {name: _cells(rows) for name, rows in json.loads(done.stdout)}


def _plain(cell: Cell) -> object:
    value = cell.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        # A leading apostrophe is HyperFormula's mark for a text, whatever it looks like.
        return value if cell.data_type == "f" else "'" + value
    return to_excel(value)


def _cells(rows: list[list[Any]]) -> Cells:
    cells: Cells = {}
    for r, row in enumerate(rows, 1):
        for c, value in enumerate(row, 1):
            if isinstance(value, dict):
                cells[r, c] = value["error"]
            elif value is not None:
                cells[r, c] = float(value) if type(value) is int else value
    return cells
