"""The rules as worksheet formulas, recalculated natively, against the same rules over arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossmit_udfs import FUNCTIONS
from lossmit_udfs.call import call
from lossmit_udfs.definitions import Function
from lossmit_udfs.formulas import LONGEST_TEXT, packed_states
from lossmit_xl.states import states
from tests.tools import calc, engines
from tests.udfs import books
from tests.udfs.calls import calls

RULES = [function for function in FUNCTIONS if function.body is not None]
WITHIN = {"per year": 1e-6, "months": 1e-6, "yes/no": 0.0}
CENT = 0.01


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number))


def differences(function: Function, rows: list[Any], cells: dict[Any, Any], columns: list[int]) -> list[str]:
    """Every cell of a function's results that is not what its Python face gives."""
    found = []
    for row, given in enumerate(rows, books.FIRST_ROW):
        expected = call(function, *given)
        expected = list(expected) if isinstance(expected, np.ndarray) else [expected] * len(columns)
        for result, value, column in zip(function.results, expected, columns, strict=True):
            got = cells.get((row, column), "")
            if isinstance(value, str) or not is_number(got):
                same = got == value or (value in ("#NUM!",) and got == "#DIV/0!")
            else:
                same = abs(float(got) - float(value)) <= WITHIN.get(result.unit, CENT)
            if not same:
                found.append(f"{function.name}{given}: {result.help} is {got!r} in the cell, {value!r} in Python")
    return found


@pytest.fixture(scope="module")
def tables() -> dict[Function, list[Any]]:
    return {function: calls(function, usual_calls=20) for function in RULES}


@pytest.mark.parametrize("arrays", [False, True], ids=["cells", "arrays"])
def test_equal_in_libreoffice(tables: dict[Function, list[Any]], tmp_path: Path, arrays: bool) -> None:
    path = tmp_path / "formulas.xlsx"
    columns = books.write(path, tables, arrays=arrays)
    cells = calc.recalculate(path)
    found = [
        line
        for function, rows in tables.items()
        for line in differences(function, rows, cells[function.name], columns[function.name])
    ]
    assert not found, "\n".join(found[:20])


def test_equal_in_ironcalc(tables: dict[Function, list[Any]], tmp_path: Path) -> None:
    path = tmp_path / "formulas.xlsx"
    columns = books.write(path, tables)
    cells = engines.ironcalc_values(path)
    found = [
        line
        for function, rows in tables.items()
        for line in differences(function, rows, cells[function.name], columns[function.name])
    ]
    assert not found, "\n".join(found[:20])


def test_packed_states_are_the_state_table() -> None:
    """The text constants read back give every figure of every state."""
    packed, table = packed_states(), states()
    assert packed.codes == f",{','.join(table.index)},"
    for key, (text, width) in packed.columns.items():
        assert len(text) <= LONGEST_TEXT
        figures = [float(text[at : at + width]) for at in range(0, len(text), width)]
        assert figures == list(table[key.removeprefix("states_")])
