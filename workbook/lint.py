"""A lint for finished workbooks: what Excel refuses, repairs or miscalculates although the XML is valid.

Microsoft's Open XML SDK validator checks the schema; it lets formulas of any length, unknown functions, lists that are
too long and table headers unlike their cells pass. This reads the parts of the zip as a stream, without openpyxl, and
takes a formula apart once per pattern (rows of a column share one), so that 100,000 formulas take seconds.

    for finding in lint("out.xlsx"):
        print(finding)
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, iterparse

from lossmit_workbook import lint_parts
from lossmit_workbook.formula_text import (
    LAMBDA_FUNCTIONS,
    LAMBDA_VARIABLES,
    FormulaParts,
    column_number,
    function_problem,
    read_formula,
)
from lossmit_workbook.lint_parts import MAIN, Finding, Package, Sheet, Table

MAX_FORMULA = 8_192  # characters, the leading = included; Microsoft, "Excel specifications and limits"
MAX_NESTING = 64
MAX_TEXT = 32_767

_ROW_OF_RELATIVE = re.compile(r"(?<![\w$.:])(\$?[A-Z]{1,3})\d+\b(?![(:\[])")
_BOUNDED = re.compile(r"\$?([A-Z]{1,3})\$?(\d+):\$?([A-Z]{1,3})\$?(\d+)\Z")
_ADDRESS = re.compile(r"([A-Z]+)(\d+)\Z")
# A column range at least this tall is taken for a whole block of data; shorter ones may be a choice.
_TALL = 8


@dataclass
class _State:
    """What is known of the whole workbook while its sheets are read."""

    package: Package
    lambdas: bool = False
    findings: list[Finding] = field(default_factory=list)
    sheets: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()  # defined names and tables, lower case
    parts: dict[tuple[str, str], FormulaParts] = field(default_factory=dict)  # by sheet and pattern
    # (sheet, first row) -> last row -> where such a range was first seen
    tall: dict[tuple[str, int], dict[int, list[str]]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, rule: str, where: str, message: str) -> None:
        self.findings.append(Finding(rule, where, message))


def lint(path: str | Path, *, lambdas: bool = False) -> list[Finding]:
    """Every defect found in an .xlsx or .xlsm, in the order of its parts; an empty list is a clean workbook.

    `lambdas`: a workbook of LAMBDA names, which spills, gives errors on purpose and needs Excel 2024 or 365.
    Raises zipfile.BadZipFile or KeyError where the file is no workbook at all.
    """
    with zipfile.ZipFile(path) as archive:
        package = lint_parts.read_package(archive)
        state = _State(package, lambdas)
        state.sheets = frozenset(sheet.name.lower() for sheet in package.sheets)
        named = [name.name for name in package.names] + [table.name for table in package.tables]
        state.words = frozenset(name.lower() for name in named)
        state.findings += lint_parts.check_package(package)
        for name in package.names:
            _check_formula(state, "", f"name {name.name}", name.formula)
        for sheet in package.sheets:
            with archive.open(sheet.part) as stream:
                _lint_sheet(state, sheet, stream)
        state.findings += lint_parts.check_charts(archive, state.sheets)
    _check_tall_ranges(state)
    return state.findings


def _lint_sheet(state: _State, sheet: Sheet, stream: IO[bytes]) -> None:
    headers: dict[tuple[int, int], str | None] = {}
    header_rows = {table.first_row for table in sheet.tables}
    for element in _elements(stream):
        tag = element.tag
        if tag == MAIN + "c":
            _check_cell(state, sheet, element, header_rows, headers)
        elif tag == MAIN + "dataValidation":
            _check_validation(state, sheet, element)
        elif tag == MAIN + "cfRule":
            for formula in element.findall(MAIN + "formula"):
                _check_formula(state, sheet.name, f"{sheet.name}, conditional format", formula.text or "")
    for table in sheet.tables:
        _check_table(state, sheet, table, headers)


def _elements(stream: IO[bytes]) -> Iterator[Element]:
    """The sheet's elements as they end; finished rows are dropped so that memory stays flat."""
    events = iterparse(stream, ("start", "end"))
    data: Element | None = None
    for event, element in events:
        if event == "start":
            data = element if element.tag == MAIN + "sheetData" else data
        else:
            yield element
            if element.tag == MAIN + "row" and data is not None:
                data.clear()


def _check_cell(
    state: _State, sheet: Sheet, cell: Element, header_rows: set[int], headers: dict[tuple[int, int], str | None]
) -> None:
    address = cell.get("r", "?")
    where = f"{sheet.name}!{address}"
    kind = cell.get("t", "n")
    formula, value = cell.find(MAIN + "f"), cell.find(MAIN + "v")
    held = (value.text or "") if value is not None else ""
    if formula is not None:
        dynamic = formula.get("t") == "array" and cell.get("cm") is not None
        if (formula.get("t") == "array" or cell.get("cm") is not None) and not (state.lambdas and dynamic):
            state.add("array-formula", where, "array-entered formulas are not used in these workbooks")
        if formula.text:
            _check_formula(state, sheet.name, where, formula.text)
        if value is None or (not held and kind != "str"):
            state.add("missing-value", where, "the formula has no cached result: previews and pandas show nothing")
    if kind == "e":
        state.add("error-value", where, f"holds {held}")
    elif kind == "n" and held and not _is_number(held):
        state.add("bad-value", where, f"{held!r} is not a number")
    elif len(held) > MAX_TEXT:
        state.add("long-text", where, f"a text of {len(held)} characters; Excel holds {MAX_TEXT}")
    found = _ADDRESS.match(address)
    if found and int(found[2]) in header_rows:
        headers[int(found[2]), column_number(found[1])] = state.package.text_of(cell, kind, held)


def _is_number(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return number - number == 0  # False for inf and nan, which Excel can't hold


def _check_formula(state: _State, sheet: str, where: str, formula: str) -> None:
    if len(formula) + 1 > MAX_FORMULA:
        state.add("formula-length", where, f"{len(formula) + 1} characters; Excel takes {MAX_FORMULA}")
    pattern = _ROW_OF_RELATIVE.sub(r"\g<1>1", formula)
    parts = state.parts.get((sheet, pattern))
    if parts is None:
        parts = state.parts[sheet, pattern] = read_formula(pattern)
        _note_ranges(state, sheet, where, parts)
    for rule, message in _problems(state, parts):
        state.add(rule, where, message)


def _problems(state: _State, parts: FormulaParts) -> Iterator[tuple[str, str]]:
    if parts.problem:
        yield "broken-formula", parts.problem
    if parts.depth > MAX_NESTING:
        yield "formula-nesting", f"functions {parts.depth} deep; Excel takes {MAX_NESTING}"
    if parts.external:
        yield "external-link", "refers to another workbook"
    for error in sorted(parts.errors if not state.lambdas else ()):
        yield "ref-error" if error == "#REF!" else "error-literal", f"contains {error}"
    for function in sorted(parts.functions):
        known = state.lambdas and _of_lambdas(state, function)
        if not known and (problem := function_problem(function)):
            yield problem
    for name in sorted(parts.sheets):
        if name.lower() not in state.sheets:
            yield "unknown-sheet", f"there is no sheet {name}"
    for name in sorted(parts.names | parts.tables):
        variable = state.lambdas and name.startswith(LAMBDA_VARIABLES)
        if not variable and name.lower() not in state.words:
            yield "unknown-name", f"{name} is neither a defined name nor a table: Excel shows #NAME?"


def _of_lambdas(state: _State, function: str) -> bool:
    """Whether it is one of the workbook's own names, or a newer function stored as Excel stores it."""
    return function.lower() in state.words or function.removeprefix("_xlfn.") in LAMBDA_FUNCTIONS - {function}


def _note_ranges(state: _State, sheet: str, where: str, parts: FormulaParts) -> None:
    for target, reference in parts.ranges:
        found = _BOUNDED.match(reference)
        if found and found[1] == found[3] and int(found[4]) - int(found[2]) + 1 >= _TALL:
            seen = state.tall[(target or sheet).lower(), int(found[2])]
            seen.setdefault(int(found[4]), []).append(f"{where} ({reference})")


def _check_tall_ranges(state: _State) -> None:
    """Ranges over a sheet that start in one row must end in one row: the odd one leaves loans out of a total."""
    tables = {(sheet.name.lower(), t.first_row + 1): t.last_row for sheet in state.package.sheets for t in sheet.tables}
    for (sheet, first), ends in state.tall.items():
        counts = {last: len(places) for last, places in ends.items()}
        # A table's own end, else the usual one; with as many of each, the taller range is taken to be the whole.
        whole = tables.get((sheet, first)) or max(counts, key=lambda last: (counts[last], last))
        for last in sorted(ends):
            if last != whole:
                message = f"ends in row {last} of {sheet}; its peers run from row {first} to {whole}"
                for place in ends[last]:
                    state.add("short-range", place, message)


def _check_validation(state: _State, sheet: Sheet, rule: Element) -> None:
    where = f"{sheet.name}!{rule.get('sqref', '?')}, validation"
    for tag in ("formula1", "formula2"):
        text = rule.findtext(MAIN + tag) or ""
        if rule.get("type") == "list" and text.startswith('"'):
            if len(text) - 2 > 255:
                state.add("list-length", where, f"a list of {len(text) - 2} characters; Excel takes 255: use a range")
        elif text:
            _check_formula(state, sheet.name, where, text)


def _check_table(state: _State, sheet: Sheet, table: Table, headers: dict[tuple[int, int], str | None]) -> None:
    where = f"{sheet.name}, table {table.name}"
    for offset, column in enumerate(table.columns):
        found = headers.get((table.first_row, table.first_column + offset))
        if found != column:
            state.add("table-header", where, f"column {column!r} stands under the heading {found!r}")
    repeated = [name for name, count in Counter(name.lower() for name in table.columns).items() if count > 1]
    for name in repeated:
        state.add("table-header", where, f"the heading {name!r} stands twice")
    for formula in table.formulas:
        _check_formula(state, sheet.name, where, formula)
