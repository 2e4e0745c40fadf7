"""The house check: whether a finished workbook keeps the conventions its readers rely on.

    for finding in check("out.xlsx"):
        print(finding)

Each rule is a function of `Built` that yields findings. It reads the file alone: a sheet added to the build is checked
without being named here, but for its place in `READS`, which says what a sheet may refer to.

    house.py            the file as the rules see it; the tables of what is allowed; which rules there are
    house_formulas.py   one formula a column, flow from left to right, no number inside a formula
    house_looks.py      units, panes, filters, print, contrast, colour, widths, cut texts, names, charts
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook.r1c1 import r1c1

INPUTS, WORKINGS, PRESENTATION, CONTROL = "inputs", "workings", "presentation", "control"
LAYER: Mapping[str, str] = {
    "Loans": INPUTS, "Assumptions": INPUTS, "States": INPUTS,
    "Model": WORKINGS, "Yields": WORKINGS, "Flows": WORKINGS,
    "Start": PRESENTATION, "Summary": PRESENTATION, "Bids": PRESENTATION, "Compare": PRESENTATION,
    "Explain": PRESENTATION, "Scenarios": PRESENTATION, "Seller questions": PRESENTATION,
    "Overrides": CONTROL, "Tape issues": CONTROL, "Checks": CONTROL, "As built": CONTROL, "Method": CONTROL,
}  # fmt: skip
"""What each sheet is for. A sheet that is not here has no place in the flow, and is a finding."""

READS: Mapping[str, tuple[str, ...]] = {
    INPUTS: (INPUTS,),
    WORKINGS: (INPUTS, WORKINGS),
    PRESENTATION: (INPUTS, WORKINGS, PRESENTATION, CONTROL),
    CONTROL: (INPUTS, WORKINGS, PRESENTATION, CONTROL),
}
"""From which layers a sheet's formulas may take figures: workings never from what presents them."""

ALSO_READS: Mapping[tuple[str, str], str] = {
    ("Model", "Bids"): "the seller's ask is typed on Bids, so that it stays with its loan when rows are sorted",
    ("Yields", "Bids"): "the same ask: the yield is sought at that price",
    ("Flows", "Compare"): "Compare says which loan is shown month by month",
}
"""Single directions against `READS`, each with its reason."""

CANONICAL: Mapping[str, str] = {
    "Loans": "headings are the canonical names of the tape's columns, by which formulas and tables refer to them",
    "Model": "headings are the names of the rules, as Method and the documents give them",
    "Yields": "as on Model: the columns are rules",
    "Overrides": "where it compares columns of Loans they bear the names they have there",
    "Flows": "a column is a rule's flow, under the rule's name, as Method gives it",
    "Method": "it lists the rules by their names",
    "As built": "headings are the names of the inputs stamped there, by which changes and later builds find them",
}
"""Sheets whose headings may be names of rules rather than words, and why."""


@dataclass(frozen=True)
class Finding:
    """A breach: the rule, the sheet, the cell ("" the sheet as a whole), what is wrong, and how to mend it."""

    rule: str
    sheet: str
    cell: str
    message: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        return f"{where}: {self.message}; {self.mend} [{self.rule}]"


@dataclass(frozen=True)
class Exempt:
    """Breaches that are let pass: a rule on a sheet, what its finding says, the reason, the columns (none: all)."""

    rule: str
    sheet: str
    says: str
    reason: str
    columns: tuple[str, ...] = ()


EXEMPT: tuple[Exempt, ...] = (
    Exempt("flow", "Checks", "", "the verdict on a loan stands beside its number, before the figures it rests on",
           ("B", "C")),
    Exempt("panes", "Checks", "B4", "two tables stand below each other: the light above both stays in sight"),
    Exempt("one-formula", "Checks", "not compared", "a check against stamped figures rests once an input has changed; "
           "one between two live figures never does"),
    Exempt("one-formula", "Checks", "<=R7C2", "a check of shares has the tolerance of shares, not that of money"),
    Exempt("one-formula", "Summary", "-SUM(", "the row of the rest is the total less the rows above it"),
    Exempt("contrast", "Explain", "#FFFFFF on #FFFFFF", "a level that is not open has no words: its frame vanishes"),
    Exempt("chart", "Summary", "axis without a title", "the steps are named below the columns; a title says no more"),
    Exempt("chart", "Compare", "axis without a title", "steps and strategies are named below their columns"),
    Exempt("colour-alone", "Explain", '=""', "as above: only an empty frame is made invisible by it"),
)
"""Nothing is let pass without its reason here; what is reported is to be taken out once it is mended."""


@dataclass(frozen=True)
class Region:
    """A table on a sheet: its heading row, its rows and columns, from 1, inclusive."""

    head_row: int
    last_row: int
    first_column: int
    last_column: int

    @property
    def first_row(self) -> int:
        """The first row of data."""
        return self.head_row + 1

    @property
    def columns(self) -> range:
        """Its columns."""
        return range(self.first_column, self.last_column + 1)

    @property
    def rows(self) -> range:
        """Its rows of data."""
        return range(self.first_row, self.last_row + 1)


class Built:
    """A finished workbook: its formulas, its cached values, its tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book: Workbook = openpyxl.load_workbook(path)
        self.shown: Workbook = openpyxl.load_workbook(path, data_only=True)

    @property
    def sheets(self) -> list[Worksheet]:
        """Its worksheets in tab order."""
        return list(self.book.worksheets)

    @cached_property
    def regions(self) -> dict[str, Region]:
        """The filtered table of each sheet that has one."""
        found = {}
        for ws in self.sheets:
            refs = [table.ref for table in ws.tables.values()] or [ws.auto_filter.ref]
            if refs[0]:
                first_column, head, last_column, last = range_boundaries(refs[0])
                found[ws.title] = Region(head, last, first_column, last_column)
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """The sheet that each defined name stands on, names in lower case."""
        made = {}
        for name, defined in self.book.defined_names.items():
            sheets = [sheet for sheet, _ in defined.destinations]
            if sheets:
                made[name.lower()] = sheets[0]
        return made

    @cached_property
    def a_row_a_loan(self) -> dict[str, Region]:
        """The tables whose first column holds the loan numbers of Loans."""
        loans = self.regions.get("Loans")
        if loans is None:
            return {}

        def ids(title: str, region: Region) -> list[Any]:
            ws = self.shown[title]
            return sorted(str(ws.cell(row, region.first_column).value) for row in region.rows)

        whole = ids("Loans", loans)
        return {title: region for title, region in self.regions.items() if ids(title, region) == whole}

    def lists_the_loans(self, title: str) -> bool:
        """Whether some column of a sheet holds every loan number of Loans."""
        loans = self.regions.get("Loans")
        if loans is None:
            return False
        whole = {str(self.shown["Loans"].cell(row, loans.first_column).value) for row in loans.rows}
        columns: dict[int, set[str]] = {}
        for (_, column), cell in self.shown[title]._cells.items():
            columns.setdefault(column, set()).add(str(cell.value))
        return any(whole <= column for column in columns.values())

    @cached_property
    def formulas(self) -> dict[str, dict[tuple[int, int], tuple[str, str]]]:
        """Of each sheet, by row and column: every formula (without `=`) as it stands and in R1C1 terms."""
        return {
            ws.title: {
                place: (formula, r1c1(formula, *place))
                for place, cell in sorted(ws._cells.items())
                if (formula := formula_of(cell.value)) is not None
            }
            for ws in self.sheets
        }

    @cached_property
    def distinct(self) -> dict[str, list[tuple[int, int, str]]]:
        """Of each sheet one cell of every formula that reads the same in R1C1 terms: row, column, formula."""
        made: dict[str, list[tuple[int, int, str]]] = {}
        for title, formulas in self.formulas.items():
            first: dict[tuple[int, str], tuple[int, int, str]] = {}
            for (row, column), (formula, pattern) in formulas.items():
                first.setdefault((column, pattern), (row, column, formula))
            made[title] = list(first.values())
        return made

    def part(self, name: str) -> bytes:
        """A part of the package."""
        with zipfile.ZipFile(self.path) as package:
            return package.read(name)

    def part_names(self) -> list[str]:
        """The parts of the package."""
        with zipfile.ZipFile(self.path) as package:
            return package.namelist()


def address(row: int, column: int) -> str:
    """`A1` of a row and column, from 1."""
    return f"{get_column_letter(column)}{row}"


def formula_of(value: Any) -> str | None:
    """The formula (without `=`) that a cell holds; None where it holds none."""
    text = getattr(value, "text", value)
    return text[1:] if isinstance(text, str) and text.startswith("=") and len(text) > 1 else None


Rule = Callable[[Built], Iterator[Finding]]


def rules() -> tuple[Rule, ...]:
    """Every rule, in the order in which its findings are given."""
    from lossmit_workbook import house_formulas as formulas
    from lossmit_workbook import house_looks as looks

    return (
        formulas.one_formula_a_column, formulas.flow, formulas.directions, formulas.numbers, formulas.no_errors,
        looks.units, looks.panes, looks.filters, looks.print_set_up, looks.contrast, looks.colour_alone, looks.widths,
        looks.fit, looks.words, looks.hidden, looks.charts,
    )  # fmt: skip


def check(path: str | Path, exempt: tuple[Exempt, ...] = EXEMPT) -> list[Finding]:
    """Every breach in a workbook that is not let pass, rule by rule, in the order of its sheets."""
    built = Built(Path(path))
    return [finding for rule in rules() for finding in rule(built) if not _passes(finding, exempt)]


def _passes(finding: Finding, exempt: tuple[Exempt, ...]) -> bool:
    column = finding.cell.rstrip("0123456789")
    return any(
        (finding.rule, finding.sheet) == (one.rule, one.sheet)
        and one.says in finding.message
        and (not one.columns or column in one.columns)
        for one in exempt
    )
