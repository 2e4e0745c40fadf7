"""The sheet from which the free IntelliSense add-in (Excel-DNA) shows tooltips while a formula is typed.

Layout, from the add-in's WorkbookIntelliSenseProvider and its wiki page "Getting Started": a sheet
`_IntelliSense_`, the last of the workbook (it may be hidden); A1 holds `FunctionInfo`, B1 the version of the
layout; then a row a function: name, description, help topic, and for each argument its name and description.

Its cells are shipped as a file beside the VBA wrapper, from which workbooks with macros take them.
"""

from __future__ import annotations

import csv
import io

from lossmit_udfs.catalog import FUNCTIONS
from lossmit_udfs.definitions import Argument

FILE_NAME = "intellisense.csv"
MARK, LAYOUT_VERSION = "FunctionInfo", "1"


def _shown(argument: Argument) -> str:
    if argument.rest:
        return f"{argument.name}, …"
    return f"[{argument.name}]" if argument.optional else argument.name


def sheet_rows() -> list[list[str]]:
    """The cells of the sheet, all texts; every row as wide as the widest, so that it is one rectangle."""
    rows = [[MARK, LAYOUT_VERSION]]
    for function in FUNCTIONS:
        help_of = [text for argument in function.arguments for text in (_shown(argument), argument.wizard)]
        rows.append([function.name, function.help, "", *help_of])
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def csv_text() -> str:
    """The sheet as the shipped file holds it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sheet_rows())
    return text.getvalue()
