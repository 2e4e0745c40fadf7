"""Two sets of cells side by side: every difference in one report, with address, both values and their types."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeGuard

from openpyxl.utils import get_column_letter

from tests.tools.calc import Cells, Value

# Absolute: a number for every cell, or one by (sheet, row, column), so that money and rates have each their own.
Tolerance = float | Callable[[str, int, int], float]


def differences(
    found: Mapping[str, Cells],
    expected: Mapping[str, Cells],
    tolerance: Tolerance = 0.01,
    sheets: Iterable[str] | None = None,
) -> list[str]:
    """A line for each cell that is not as expected: `Bids!C7: 1.0 (float), expected 2.0 (float)`; [] where all agree.

    Numbers agree within the absolute tolerance, everything else only with its like: texts letter by letter, TRUE is
    not 1, an empty cell is "" (engines differ in which they keep). Sheets on one side only are differences too.
    """
    names = list(sheets) if sheets is not None else sorted({*found, *expected})
    lines = []
    for name in names:
        if name not in found or name not in expected:
            lines.append(f"{name}: the sheet is missing on the side {'found' if name not in found else 'expected'}")
            continue
        lines += _sheet_differences(name, found[name], expected[name], tolerance)
    return lines


def _sheet_differences(name: str, found: Cells, expected: Cells, tolerance: Tolerance) -> list[str]:
    lines = []
    for row, column in sorted({*found, *expected}):
        one, other = found.get((row, column), ""), expected.get((row, column), "")
        allowed = tolerance if isinstance(tolerance, float | int) else tolerance(name, row, column)
        if not agree(one, other, allowed):
            lines.append(f"{name}!{get_column_letter(column)}{row}: {_shown(one)}, expected {_shown(other)}")
    return lines


def agree(found: Value, expected: Value, tolerance: float) -> bool:
    """Whether two cell values are the same: numbers within `tolerance` (absolute), others in type and value."""
    if _is_number(found) and _is_number(expected):
        return math.isfinite(found) and abs(float(found) - float(expected)) <= tolerance
    return isinstance(found, bool) == isinstance(expected, bool) and found == expected


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, float | int) and not isinstance(value, bool)


def _shown(value: Value) -> str:
    return f"{value!r} ({type(value).__name__})"
