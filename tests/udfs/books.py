"""A workbook of formulas: a sheet a function, a row a call, its arguments, then a column for every step of the rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from lossmit_udfs.definitions import Function
from lossmit_udfs.formulas import FormulaRenderer, formula_program
from tests.udfs.calls import Call

FIRST_ROW = 2
STEPS_SHEET = "plans"


def write(path: Path, tables: dict[Function, list[Call]], *, arrays: bool = False) -> dict[str, list[int]]:
    """Write the workbook; returns, per function, the columns in which its results stand."""
    book = Workbook()
    plans = book.active
    assert plans is not None
    plans.title = STEPS_SHEET
    results: dict[str, list[int]] = {}
    next_plan = 1
    for function, rows in tables.items():
        sheet = book.create_sheet(function.name)
        program = formula_program(function)
        place = {name: column for column, name in enumerate((*program.parameters, *(n for n, _ in program.steps)), 1)}
        results[function.name] = [place[name] for name in program.results]
        for name, column in place.items():
            sheet.cell(1, column, name)
        for row, call in enumerate(rows, FIRST_ROW):
            ranges: dict[str, str] = {}
            for argument, value in zip(function.arguments, call, strict=True):
                if argument.kind != "steps":
                    _put(sheet, row, place[argument.name], value)
                    continue
                for at, pair in enumerate(value):
                    for column, cell in enumerate(pair, 1):
                        _put(plans, next_plan + at, column, cell)
                last = next_plan + len(value) - 1
                ranges[argument.name] = f"{STEPS_SHEET}!$A${next_plan}:${get_column_letter(len(value[0]))}${last}"
                next_plan = last + 2
            cells = {name: f"{get_column_letter(column)}{row}" for name, column in place.items()} | ranges
            renderer = FormulaRenderer(cells.__getitem__, arrays=arrays)
            for name, tree in program.steps:
                sheet.cell(row, place[name], f"={renderer.formula(tree)}")
    book.save(path)
    return results


def _put(sheet: Any, row: int, column: int, value: Any) -> None:
    cell = sheet.cell(row, column)
    if isinstance(value, str) and not value.startswith("#"):
        cell.value = value
        cell.data_type = "s"
    else:
        cell.value = value
