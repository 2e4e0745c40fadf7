"""Formulas in R1C1 terms: copied down a column, the same rule reads the same in every row.

    r1c1("A7*$B$1+Loans!C7", 7, 4)  ->  "RC[-3]*R1C2+Loans!RC[-1]"
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lossmit_workbook.formula_text import LAST_COLUMN, LAST_ROW, column_number, tokens

_CELL = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d+)\Z")
_COLUMN = re.compile(r"(\$?)([A-Z]{1,3})\Z")
_ROW = re.compile(r"(\$?)(\d+)\Z")


@dataclass(frozen=True)
class Reference:
    """Cells that a formula refers to: sheet ("" its own), first and last row and column, both inclusive, from 1.

    `own_row` says that the reference is relative in its rows: it moves down with the formula.
    """

    sheet: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int
    own_row: bool
    text: str


def r1c1(formula: str, row: int, column: int) -> str:
    """The formula (without `=`) of the cell at `row` and `column` with every address in R1C1 terms."""
    return "".join(_part(kind, text, row, column) for kind, text in tokens(formula))


def references(formula: str) -> list[Reference]:
    """Every address and range of a formula, in its order; names are not addresses."""
    found, sheet = [], ""
    for kind, text in tokens(formula):
        if kind in ("cell", "range"):
            found.append(_reference(sheet, text))
        sheet = plain_sheet(text) if kind == "sheet" else ""
    return found


def plain_sheet(text: str) -> str:
    """`'Tape issues'!` as the sheet's name."""
    name = text[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def _part(kind: str, text: str, row: int, column: int) -> str:
    if kind == "cell":
        return _address(text, row, column)
    if kind == "range":
        return ":".join(_address(end, row, column) for end in text.split(":"))
    return text


def _address(text: str, row: int, column: int) -> str:
    if found := _CELL.match(text):
        return _place("R", found[3], int(found[4]), row) + _place("C", found[1], column_number(found[2]), column)
    if found := _COLUMN.match(text):
        return _place("C", found[1], column_number(found[2]), column)
    found = _ROW.match(text)
    return text if found is None else _place("R", found[1], int(found[2]), row)


def _place(letter: str, fixed: str, place: int, own: int) -> str:
    if fixed:
        return f"{letter}{place}"
    return letter if place == own else f"{letter}[{place - own}]"


def _reference(sheet: str, text: str) -> Reference:
    first, _, last = text.partition(":")
    begin, end = _corner(first), _corner(last or first)
    return Reference(sheet, begin[0] or 1, begin[1] or 1, end[0] or LAST_ROW, end[1] or LAST_COLUMN,
                     begin[2] and end[2], text)  # fmt: skip


def _corner(text: str) -> tuple[int, int, bool]:
    """Row, column (0 where the address has none), and whether the row is relative."""
    if found := _CELL.match(text):
        return int(found[4]), column_number(found[2]), not found[3]
    if found := _COLUMN.match(text):
        return 0, column_number(found[2]), False
    found = _ROW.match(text)
    return (int(found[2]), 0, not found[1]) if found else (0, 0, False)
