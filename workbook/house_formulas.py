"""House rules of formulas: alike down a column, from left to right, from input to presentation, without numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook.formula_text import tokens
from lossmit_workbook.house import (
    ALSO_READS,
    LAYER,
    READS,
    Built,
    Finding,
    Region,
    address,
)
from lossmit_workbook.r1c1 import plain_sheet, references

ALLOWED_NUMBERS = ("0", "1", "12")
SELECTS = ("SUBTOTAL(",)
"""Functions whose first argument chooses what they do; that is no figure."""
LONG_RUN = 8
MOST = 0.8
TOTALS = ("lm_total",)
"""Outside tables: from this many formulas in a run on, most of them alike, the odd one is a slip."""


def one_formula_a_column(built: Built) -> Iterator[Finding]:
    """In a table a column is one formula, or typed values; elsewhere a long run of like formulas has no odd one."""
    for ws in built.sheets:
        patterns = {place: pattern for place, (_, pattern) in built.formulas[ws.title].items()}
        region = built.regions.get(ws.title)
        if region is not None:
            for column in region.columns:
                yield from _column_of_table(ws.title, patterns, region, column)
            patterns = {
                (row, column): pattern
                for (row, column), pattern in patterns.items()
                if row not in region.rows or column not in region.columns
            }
        yield from _runs(ws, {place: p for place, p in patterns.items() if ws._cells[place].style not in TOTALS})


Patterns = dict[tuple[int, int], str]


def _column_of_table(title: str, patterns: Patterns, region: Region, column: int) -> Iterator[Finding]:
    found = {row: patterns.get((row, column), "") for row in region.rows}
    usual = Counter(found.values()).most_common(1)[0][0]
    told: set[str] = set()
    for row, pattern in found.items():
        if pattern != usual and pattern not in told:
            told.add(pattern)
            what = f"={pattern}" if pattern else "a typed value"
            among = f"={usual}" if usual else "typed values"
            yield Finding("one-formula", title, address(row, column), f"{what[:80]} among {among[:80]}",
                          "write the column's formula here too")  # fmt: skip


def _runs(ws: Worksheet, patterns: Patterns) -> Iterator[Finding]:
    """The odd ones in long runs of formulas below each other."""
    runs: dict[int, list[list[int]]] = {}
    for row, column in sorted(patterns, key=lambda place: (place[1], place[0])):
        of_column = runs.setdefault(column, [])
        if of_column and of_column[-1][-1] == row - 1:
            of_column[-1].append(row)
        else:
            of_column.append([row])
    for column, of_column in runs.items():
        for run in of_column:
            usual, count = Counter(patterns[row, column] for row in run).most_common(1)[0]
            if len(run) < LONG_RUN or count < MOST * len(run):
                continue
            for row in run:
                if patterns[row, column] != usual:
                    message = f"={patterns[row, column][:80]} in a run of ={usual[:80]}"
                    yield Finding("one-formula", ws.title, address(row, column), message,
                                  "write the run's formula here")  # fmt: skip


def flow(built: Built) -> Iterator[Finding]:
    """In a table a formula refers to columns at its left, or above the table."""
    for ws in built.sheets:
        region = built.regions.get(ws.title)
        if region is None:
            continue
        for row, column, formula in built.distinct[ws.title]:
            if row not in region.rows or column not in region.columns:
                continue
            for found in references(formula):
                if found.sheet not in ("", ws.title) or found.last_row < region.first_row:
                    continue
                if found.last_column >= column:
                    yield Finding("flow", ws.title, address(row, column), f"refers to {found.text}, not at its left",
                                  "move the column it needs to its left")  # fmt: skip
                elif found.first_row > region.last_row:
                    yield Finding("flow", ws.title, address(row, column), f"refers to {found.text}, below the table",
                                  "put inputs above the table or on a sheet of inputs")  # fmt: skip


def directions(built: Built) -> Iterator[Finding]:
    """Figures come from inputs over workings to presentation; every sheet has its place."""
    for ws in built.sheets:
        layer = LAYER.get(ws.title)
        if layer is None:
            yield Finding("direction", ws.title, "", "has no place in the order of the sheets",
                          "give it its layer in house.LAYER")  # fmt: skip
            continue
        told: set[str] = set()
        for row, column, formula in built.distinct[ws.title]:
            for other in _sheets_of(built, formula) - told - {ws.title}:
                allowed = LAYER.get(other) in READS[layer] or (ws.title, other) in ALSO_READS
                if other in LAYER and not allowed:
                    told.add(other)
                    yield Finding("direction", ws.title, address(row, column), f"{layer} take figures from {other}",
                                  "refer to where it is made, or give the reason in house.ALSO_READS")  # fmt: skip


def _sheets_of(built: Built, formula: str) -> set[str]:
    """The sheets that a formula refers to, those of its names too."""
    found = set()
    for kind, text in tokens(formula):
        if kind == "sheet":
            found.add(plain_sheet(text))
        elif kind == "name" and text.lower() in built.names:
            found.add(built.names[text.lower()])
    return found


def numbers(built: Built) -> Iterator[Finding]:
    """No number in a formula but 0, 1 and 12: whatever may change has a cell of its own."""
    for ws in built.sheets:
        for row, column, formula in built.distinct[ws.title]:
            previous = ""
            for kind, text in tokens(formula):
                if kind == "number" and text not in ALLOWED_NUMBERS and previous not in SELECTS:
                    yield Finding("number", ws.title, address(row, column), f"holds the number {text}",
                                  "put it into a cell with a name, unit and source")  # fmt: skip
                previous = text


def no_errors(built: Built) -> Iterator[Finding]:
    """No cell shows an error."""
    for ws in built.sheets:
        for (row, column), cell in built.shown[ws.title]._cells.items():
            if getattr(cell, "data_type", "") == "e":
                yield Finding("error-cell", ws.title, address(row, column), f"shows {cell.value}",
                              "give the formula a case for this input")  # fmt: skip
