"""Rows of cells as worksheet XML, formula and cached value together, streamed row by row.

openpyxl writes the sheet's frame and one row as a pattern for the styles; these rows take that row's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from lossmit_workbook.layout import ABOVE, FIRST_ROW, ROW
from lossmit_xl.text import Text

SLOT = "\x02"
CHUNK = 500  # rows handed over at a time


@dataclass(frozen=True)
class GridColumn:
    """A column of a sheet with a row a loan.

    `formula` holds `ROW` for the row number, `ABOVE` for the one before; without one the values are typed in.
    `values` is an array, a `Text` or a list of one value a loan: numbers, words, True/False, NaN or "" for blank.
    `live`: which rows have the formula, the others have its value typed in; None: all.
    """

    letter: str
    style: str
    formula: str | None
    values: Any
    live: npt.NDArray[np.bool_] | None = None


def rows(columns: Sequence[GridColumn], count: int) -> Iterator[bytes]:
    """The `<row>` elements of `count` loans from `FIRST_ROW` on, in chunks."""
    pattern = "".join(_cell_pattern(column) for column in columns)
    pieces = f'<row r="{ROW}">{pattern}</row>'.split(SLOT)
    made = [_cells(column, count) for column in columns]
    for begin in range(0, count, CHUNK):
        text = []
        for place in range(begin, min(begin + CHUNK, count)):
            filled = chain.from_iterable(zip(pieces, chain((column[place] for column in made), ("",)), strict=True))
            row = FIRST_ROW + place
            text.append("".join(filled).replace(ROW, str(row)).replace(ABOVE, str(row - 1)))
        yield "".join(text).encode("utf-8")


def _cell_pattern(column: GridColumn) -> str:
    return f'<c r="{column.letter}{ROW}" s="{column.style}"{SLOT}'


def _cells(column: GridColumn, count: int) -> list[str]:
    """What follows a cell's style, for every row: type, formula, value and the closing tag."""
    values = listed(column.values, count)
    if column.formula is None:
        return [typed(value) for value in values]
    formula = f"<f>{escape(column.formula)}</f>"
    if column.live is None:
        return [computed(value, formula) for value in values]
    return [computed(value, formula) if live else stamped(value)
            for value, live in zip(values, column.live.tolist(), strict=True)]  # fmt: skip


def listed(values: Any, count: int) -> list[Any]:
    """Values as plain Python ones, one a row."""
    if isinstance(values, Text):
        values = values.objects()
    if isinstance(values, str) or np.ndim(values) == 0:
        return [values.item() if isinstance(values, (np.generic, np.ndarray)) else values] * count
    result = values.tolist() if isinstance(values, np.ndarray) else [
        value.item() if isinstance(value, np.generic) else value for value in values
    ]
    if len(result) != count:
        raise ValueError(f"{len(result)} values for {count} rows")
    return result


def computed(value: Any, formula: str) -> str:
    """A formula cell's inside, with its cached value."""
    if isinstance(value, bool):
        return f' t="b">{formula}<v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f' t="str">{formula}<v>{escape(value)}</v></c>'
    if value is None or value != value:  # NaN: the formula gives an empty text
        return f' t="str">{formula}<v></v></c>'
    return f">{formula}<v>{value!r}</v></c>"


def stamped(value: Any) -> str:
    """A computed cell's value alone; blank stays an empty text, for a formula that reads an empty cell reads a 0."""
    blank = value is None or value != value or value == ""
    return computed("", '<f>""</f>') if blank else typed(value)


def typed(value: Any) -> str:
    """A typed cell's inside: a number, a truth value, a text (never a formula), or nothing."""
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        if not value:
            return "/>"
        return f' t="inlineStr"><is><t xml:space="preserve">{escape(printable(value))}</t></is></c>'
    if value is None or value != value:
        return "/>"
    return f"><v>{value!r}</v></c>"


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without the control characters that a worksheet can't hold."""
    return _UNPRINTABLE.sub("", text)
