"""Calls that hold the names to the Python functions: each with what other engines gave when it was recorded.

`conformance.csv` holds a row a result: function, arguments (JSON; null is left empty), place of the result in the
spilled block, and what LibreOffice (the rule in cells: it knows no LAMBDA), IronCalc and pyOpenVBA gave. What a call
must give is not recorded but computed: Python is asked again at every build.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_udfs.definitions import Function, Result
from lossmit_udfs.errors import CODES
from lossmit_udfs.formulas import text_of

TABLE = Path(__file__).with_name("conformance.csv")
ENGINES = ("libreoffice", "ironcalc", "pyopenvba")
SHOWN = {"libreoffice": "LibreOffice, rule in cells", "ironcalc": "IronCalc 0.9.1", "pyopenvba": "pyOpenVBA 6.5.0"}
CENT, RATE = 0.01, 1e-6
Cell = float | bool | str


@dataclass(frozen=True)
class Case:
    """One result of one call: `down` and `right` are its place in what the call spills, from 1."""

    function: Function
    arguments: tuple[Any, ...]
    down: int = 1
    right: int = 1
    others: tuple[Cell, ...] = ()

    @property
    def call(self) -> str:
        """The call as a cell holds it, without `=`."""
        return call_text(self.function, self.arguments)

    @property
    def formula(self) -> str:
        """The call, and which of its results."""
        single = len(self.function.results) == 1 and not self.columns
        return self.call if single else f"INDEX({self.call},{self.down},{self.right})"

    @property
    def columns(self) -> bool:
        """Whether whole columns (or rows) of loans are handed over."""
        pairs = zip(self.function.arguments, self.arguments, strict=True)
        return any(isinstance(value, list) and argument.broadcasts for argument, value in pairs)

    @property
    def result(self) -> Result:
        """What the result is. A row of loans stands a result a row, all else a result a column."""
        results = self.function.results
        if len(results) == 1:
            return results[0]
        across = any(isinstance(cells, list) and len(cells) == 1 and len(cells[0]) > 1 for cells in self.arguments)
        return results[(self.down if across else self.right) - 1]

    @property
    def within(self) -> float:
        """How far apart two engines may be: a cent, or a millionth of a rate."""
        return CENT if self.result.unit.startswith("USD") else RATE

    @property
    def expected(self) -> Cell:
        """What the Python function gives."""
        given = call(self.function, *self.arguments)
        if isinstance(given, np.ndarray):
            given = np.atleast_2d(given)[self.down - 1, self.right - 1]
        value = given.item() if isinstance(given, np.generic) else given
        return value if isinstance(value, bool) else str(value) if isinstance(value, str) else float(value)


def call_text(function: Function, arguments: Sequence[Any]) -> str:
    """`F(1,,"FL",{3,0;3,0.5})`: what is left out at the end is not written."""
    texts = [literal(value) for value in arguments]
    while texts and not texts[-1] and len(texts) > len(function.required):
        texts.pop()
    return f"{function.name}({','.join(texts)})"


def literal(value: Any) -> str:
    """A value as a formula writes it; None is nothing at all, in a block an empty text."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "{" + ";".join(",".join(literal(cell) or '""' for cell in row) for row in value) + "}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value if value in CODES else text_of(value)
    return str(int(value)) if float(value).is_integer() else repr(float(value)).upper()


def agrees(case: Case, value: Any, expected: Any = None) -> bool:
    """Whether another engine's value is what the case expects."""
    wanted = case.expected if expected is None else expected
    if isinstance(wanted, str) or isinstance(value, str) or value is None:
        return bool(value == wanted)
    return bool(abs(float(value) - float(wanted)) <= case.within)


@cache
def cases() -> tuple[Case, ...]:
    """The recorded table. Raises KeyError for a function that is no more."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Case(BY_NAME[row["function"]], tuple(json.loads(row["arguments"])), int(row["down"]), int(row["right"]),
                 tuple(json.loads(row[engine]) for engine in ENGINES))
            for row in csv.DictReader(file)
        )  # fmt: skip


def record(table: Sequence[Case]) -> str:
    """The table as text, what other engines gave with the digits that matter."""
    lines = []
    for case in table:
        others = [round(value, 8) if isinstance(value, float) else value for value in case.others]
        cells = [case.function.name, json.dumps(list(case.arguments)), case.down, case.right, *map(json.dumps, others)]
        lines.append(cells)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["function", "arguments", "down", "right", *ENGINES])
    writer.writerows(lines)
    return text.getvalue()
