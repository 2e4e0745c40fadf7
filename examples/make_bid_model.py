"""Writes the ten-row bid model that is built from the Excel functions, in two editions.

    python examples/make_bid_model.py

`bid_model.xlsx` carries the functions as LAMBDA names and calls them row by row: it computes in Excel 2024, 365 and
on the web, without Python. `bid_model_udfs.xlsx` has no names and one call a column: its sheet is to be moved into
LossMit.xlsm, where Python computes the functions, and a call a column is much faster than a call a row.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl.styles import Alignment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_udfs.lambdas import lambda_names
from lossmit_udfs.lambdas.try_it import shown
from lossmit_workbook import styles
from lossmit_workbook.dynamic import DynamicBook

FOLDER = Path(__file__).parent
SHEET = "Bid model"
UNIT_ROW, HEAD_ROW, FIRST_ROW = 14, 15, 16
NOTES = {
    True: "Needs Excel 2024, Microsoft 365 or Excel on the web: the functions are LAMBDA names of this workbook.",
    False: "Move this sheet into LossMit.xlsm (right-click its tab, Move or Copy): the functions are there. Alone it "
           "shows #NAME?.",
}  # fmt: skip

ASSUMPTIONS: dict[str, tuple[str, float, str]] = {
    "yield": ("Yield a year", 0.15, "per year"),
    "mod_rate": ("Modified rate", 0.055, "per year"),
    "mod_term": ("Modified term", 360, "months"),
    "sale_costs": ("Commission and closing costs", 0.08, "share"),
    "w_mod": ("Weight of a modification", 0.25, "share"),
    "w_sale": ("Weight of a short sale", 0.35, "share"),
}
W_FORECLOSURE = "w_foreclosure"
"""The weight that is left, by formula."""


@dataclass(frozen=True)
class Column:
    """A column of facts (`values`), of calls (`function`, `arguments`) or of arithmetic (`formula`, `rule`).

    Arguments are letters of columns or names of assumptions, None where left empty; in a formula they stand in `{}`.
    """

    header: str
    unit: str
    values: tuple[Any, ...] = ()
    function: str = ""
    arguments: tuple[str | None, ...] = ()
    formula: str = ""
    rule: Any = None
    width: float = 13


COLUMNS: dict[str, Column] = {
    "A": Column("Loan", "", ("L-101", "L-102", "L-103", "L-104", "L-105", "L-106", "L-107", "L-108", "L-109", "L-110"),
                width=30),
    "B": Column("State", "code", ("FL", "NY", "TX", "OH", "CA", "NJ", "GA", "IL", "AZ", "PA")),
    "C": Column("Value (BPO)", "USD", (240_000, 410_000, 155_000, 98_000, 520_000, 275_000, 180_000, 132_000, 305_000,
                                       88_000)),
    "D": Column("Unpaid principal", "USD", (231_000, 388_000, 121_500, 104_000, 402_000, 290_500, 166_000, 149_000,
                                            214_000, 61_000)),
    "E": Column("Interest and advances owed", "USD", (24_500, 71_200, 9_800, 12_300, 18_900, 46_000,
                                                      7_400, 21_600, 13_000, 8_200)),
    "F": Column("Prior claims", "USD", (6_200, 14_000, 3_100, 5_400, 0, 9_900, 1_200, 7_700, 0, 2_600)),
    "G": Column("Contested", "yes/no", ("yes", "yes", None, None, None, "yes", None, None, None, None), width=11),
    "H": Column("Debt", "USD", formula="{D}+{E}", rule=lambda upb, owed: upb + owed, arguments=("D", "E")),
    "I": Column("Equity", "USD", formula="IF({C}>{F},{C}-{F},0)", arguments=("C", "F"),
                rule=lambda value, prior: np.maximum(value - prior, 0)),
    "J": Column("Months to sale", "months", function="FC_MONTHS", arguments=("B",), width=10),
    "K": Column("Foreclosure cost", "USD", function="FC_COST", arguments=("B", "C", None, "G")),
    "L": Column("Foreclosure net", "USD", function="FC_NET", arguments=("B", "C", "H", "F", "yield", None, "G")),
    "M": Column("Short sale net", "USD", function="SHORTSALE_NET", arguments=("C", "H", "F", "yield")),
    "N": Column("Sold at full value after the foreclosure", "USD", function="NETRECOVERY",
                arguments=("C", "J", "K", None, "sale_costs", "F", "H", "yield"), width=16),
    "O": Column("Payoff worth as much as the short sale", "USD", function="DPO_BREAKEVEN", arguments=("M", "yield"),
                width=15),
    "P": Column("Payment if modified", "USD/month", function="MODPAYMENT",
                arguments=("D", "mod_rate", "mod_term", "E")),
    "Q": Column("Worth of those payments", "USD", function="NOTE_PRICE", arguments=("yield", "P", "mod_term")),
    "R": Column("Expected worth", "USD", formula="{w_mod}*{Q}+{w_sale}*{M}+{w_foreclosure}*{L}",
                arguments=("w_mod", "Q", "w_sale", "M", "w_foreclosure", "L"),
                rule=lambda a, x, b, y, c, z: a * x + b * y + c * z),
    "S": Column("Bid", "USD", function="NPL_BID", arguments=("R", "D", "I")),
    "T": Column("Bid / UPB", "share", formula="{S}/{D}", rule=lambda bid, upb: bid / upb, arguments=("S", "D"),
                width=10),
}  # fmt: skip
TOTALLED = ("C", "D", "E", "F", "H", "I", "R", "S")
LAST_ROW = FIRST_ROW + len(COLUMNS["A"].values) - 1


def assumption_cells() -> dict[str, tuple[str, float]]:
    """Each assumption's address and value."""
    cells = {name: (f"$B${row}", value) for row, (name, (_, value, _)) in enumerate(ASSUMPTIONS.items(), 5)}
    left = 1 - cells["w_mod"][1] - cells["w_sale"][1]
    return {**cells, W_FORECLOSURE: (f"$B${5 + len(cells)}", left)}


def computed() -> dict[str, list[Any]]:
    """Every column's values, by Python."""
    made: dict[str, list[Any]] = {}
    given = {name: value for name, (_, value) in assumption_cells().items()}
    for letter, column in COLUMNS.items():
        if column.values:
            made[letter] = list(column.values)
            continue
        cells = [None if one is None else given[one] if one in given else made[one] for one in column.arguments]
        if column.function:
            columns = [[[cell] for cell in one] if isinstance(one, list) else one for one in cells]
            answer = call(BY_NAME[column.function], *columns)
        else:
            answer = column.rule(*(np.asarray(one, dtype=float) for one in cells))
        made[letter] = np.asarray(answer).ravel().tolist()
    return made


def formula_of(column: Column, place: Mapping[str, str]) -> str:
    """A column's formula; `place` says where each argument stands."""
    if column.function:
        return f"{column.function}({','.join(place[one] if one else '' for one in column.arguments)})"
    return column.formula.format(**place)


def build(*, names: bool) -> DynamicBook:
    """The workbook: with the LAMBDA names and a call a row, or without and a call a column."""
    book = DynamicBook()
    if names:
        for name in lambda_names():
            book.define(name.name, name.stored, name.comment)
    ws = book.sheet(SHEET, "Bid model of ten loans", NOTES[names])
    _assumptions(book, ws)
    values = computed()
    for letter, column in COLUMNS.items():
        book.put(ws, f"{letter}{UNIT_ROW}", column.unit, "lm_unit")
        book.put(ws, f"{letter}{HEAD_ROW}", column.header, "lm_head")
        ws.column_dimensions[letter].width = column.width
        _column(book, ws, letter, values[letter], calls_columns=not names)
    _totals(book, ws, values)
    ws.row_dimensions[HEAD_ROW].height = 54
    ws.freeze_panes = f"B{FIRST_ROW}"
    return book


def _assumptions(book: DynamicBook, ws: Worksheet) -> None:
    cells = assumption_cells()
    book.put(ws, "A4", "Assumptions", "lm_subtitle")
    for row, (label, value, unit) in enumerate(ASSUMPTIONS.values(), 5):
        book.put(ws, f"A{row}", label)
        book.put(ws, f"B{row}", value, "lm_input", shown(unit))
    address, left = cells[W_FORECLOSURE]
    row = 5 + len(ASSUMPTIONS)
    book.put(ws, f"A{row}", "Weight of a foreclosure: what is left")
    weights = DataValidation("custom", formula1=f"{cells['w_mod'][0]}+{cells['w_sale'][0]}<=1", errorTitle="Weights",
                             error="The two weights together are at most 100%; the foreclosure has what is left.")
    for name in ("w_mod", "w_sale"):
        weights.add(cells[name][0].replace("$", ""))
    ws.add_data_validation(weights)
    rest = f"1-{cells['w_mod'][0]}-{cells['w_sale'][0]}"
    book.formula(ws, address.replace("$", ""), rest, left, format=styles.SHARE)


def _column(book: DynamicBook, ws: Worksheet, letter: str, values: Sequence[Any], *, calls_columns: bool) -> None:
    column, format = COLUMNS[letter], shown(COLUMNS[letter].unit)
    fixed = {name: address for name, (address, _) in assumption_cells().items()}
    if column.function and calls_columns:
        place = fixed | {one: f"{one}{FIRST_ROW}:{one}{LAST_ROW}" for one in COLUMNS}
        spilled = [[value] for value in values]
        book.spill(ws, f"{letter}{FIRST_ROW}", formula_of(column, place), spilled, formats=[format])
        return
    for row, value in enumerate(values, FIRST_ROW):
        address = f"{letter}{row}"
        if column.values:
            cell = book.put(ws, address, value, "lm_input", format)
            if column.unit in ("code", "yes/no"):
                cell.alignment = Alignment(horizontal="center", vertical="center")
        else:
            place = fixed | {one: f"{one}{row}" for one in COLUMNS}
            book.formula(ws, address, formula_of(column, place), value, format=format, dynamic=bool(column.function))


def _totals(book: DynamicBook, ws: Worksheet, values: Mapping[str, Sequence[Any]]) -> None:
    row = LAST_ROW + 1
    for letter in COLUMNS:
        book.put(ws, f"{letter}{row}", "All" if letter == "A" else "", "lm_total")
    for letter in TOTALLED:
        area = f"{letter}{FIRST_ROW}:{letter}{LAST_ROW}"
        book.formula(ws, f"{letter}{row}", f"SUM({area})", float(sum(values[letter])), "lm_total", styles.MONEY)
    share = sum(values["S"]) / sum(values["D"])
    book.formula(ws, f"T{row}", f"S{row}/D{row}", share, "lm_total", styles.SHARE)


def main() -> int:
    """Write both editions."""
    build(names=True).save(FOLDER / "bid_model.xlsx", force=True)
    build(names=False).save(FOLDER / "bid_model_udfs.xlsx", force=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
