"""An example block: one loan's facts in blue, the functions below, each with the formula beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_workbook import styles
from lossmit_workbook.dynamic import DynamicBook

TITLE = "Try it"
FIRST_INPUT = 5


@dataclass(frozen=True)
class Input:
    label: str
    value: Any
    unit: str


@dataclass(frozen=True)
class Line:
    """A call: `arguments` are labels of inputs and lines, None where left out."""

    label: str
    function: str
    arguments: tuple[str | None, ...]


@dataclass(frozen=True)
class Plain:
    """An ordinary formula: `{}` stands for each label's cell."""

    label: str
    formula: str
    labels: tuple[str, ...]
    rule: Callable[..., float]


INPUTS = (
    Input("State", "FL", "code"),
    Input("Property value (BPO)", 240_000, "USD"),
    Input("Debt", 265_000, "USD"),
    Input("Unpaid principal", 231_000, "USD"),
    Input("Arrears", 24_500, "USD"),
    Input("Prior claims", 6_200, "USD"),
    Input("Yield", 0.15, "per year"),
    Input("Modified rate", 0.06, "per year"),
    Input("Modified term", 360, "months"),
    Input("Payment borrower can pay", 900, "USD/month"),
)
FORECLOSURE, MODIFIED = "Foreclosure, worth today", "Payment if modified"
OWED, EQUITY = "Principal and arrears", "Value left for this lien"
LINES: tuple[Line | Plain, ...] = (
    Plain(OWED, "{}+{}", ("Unpaid principal", "Arrears"), lambda upb, arrears: upb + arrears),
    Plain(EQUITY, "MAX(0,{}-{})", ("Property value (BPO)", "Prior claims"), lambda value, prior: max(0, value - prior)),
    Line("Months to the foreclosure sale", "FC_MONTHS", ("State",)),
    Line("Cost of foreclosing", "FC_COST", ("State", "Property value (BPO)")),
    Line(FORECLOSURE, "FC_NET", ("State", "Property value (BPO)", "Debt", "Prior claims", "Yield")),
    Line("Short sale, worth today", "SHORTSALE_NET", ("Property value (BPO)", "Debt", "Prior claims", "Yield")),
    Line("Deed-in-lieu, worth today", "DIL_NET", ("Property value (BPO)", "Debt", "Prior claims", "Yield")),
    Line("Payoff worth as much as foreclosing", "DPO_BREAKEVEN", (FORECLOSURE, "Yield")),
    Line(MODIFIED, "MODPAYMENT", ("Unpaid principal", "Modified rate", "Modified term", "Arrears")),
    Line("Worth today of those payments", "NOTE_PRICE", ("Yield", MODIFIED, "Modified term")),
    Line("Highest bid on the foreclosure", "NPL_BID", (FORECLOSURE, "Unpaid principal", EQUITY)),
)
WATERFALL = (OWED, "Modified rate", "Modified term", "Payment borrower can pay")
PARTS = ("Rate", "Term", "Forborne", "Payment", "Reached")


def shown(unit: str) -> str:
    """The number format; every month of this block is a whole one."""
    return styles.WHOLE if unit == "months" else styles.number_format(unit)


def result_of(function: str, arguments: tuple[Any, ...]) -> Any:
    """What a call gives, as plain Python values: one, or a row of them."""
    given = call(BY_NAME[function], *arguments)
    return given.tolist() if isinstance(given, np.ndarray) else given


def write(book: DynamicBook) -> None:
    """The sheet."""
    ws = book.sheet(TITLE, "Try it", "Change a blue cell, or copy the block: one loan, what the functions say of it.",
                    landscape=False)  # fmt: skip
    for letter, width in zip("ABCDEFG", (36, 16, 12, 14, 14, 14, 14), strict=True):
        ws.column_dimensions[letter].width = width
    cells: dict[str, tuple[str, Any]] = {}
    _heads(book, ws, FIRST_INPUT - 1, "The loan")
    for row, one in enumerate(INPUTS, FIRST_INPUT):
        book.put(ws, f"A{row}", one.label)
        cell = book.put(ws, f"B{row}", one.value, "lm_input", shown(one.unit))
        cell.alignment = Alignment(horizontal="right", vertical="center")
        _unit(book, ws, row, one.unit)
        cells[one.label] = (f"B{row}", one.value)
    heads = FIRST_INPUT + len(INPUTS) + 1
    _heads(book, ws, heads, "What the functions say", "Formula")
    for row, line in enumerate(LINES, heads + 1):
        plain = isinstance(line, Plain)
        formula, value = _computed(line, cells) if isinstance(line, Plain) else _called(line, cells)
        unit = "USD" if isinstance(line, Plain) else BY_NAME[line.function].results[0].unit
        book.put(ws, f"A{row}", line.label)
        book.formula(ws, f"B{row}", formula, value, format=shown(unit), dynamic=not plain)
        _unit(book, ws, row, unit)
        book.put(ws, f"D{row}", f"={formula}", "lm_note")
        cells[line.label] = (f"B{row}", value)
    _waterfall(book, ws, heads + len(LINES) + 2, cells)


def _heads(book: DynamicBook, ws: Worksheet, row: int, title: str, last: str = "") -> None:
    for letter, head in zip("ABCD", (title, "", "Unit", last), strict=True):
        book.put(ws, f"{letter}{row}", head, "lm_band")


def _unit(book: DynamicBook, ws: Worksheet, row: int, unit: str) -> None:
    book.put(ws, f"C{row}", unit, "lm_note").alignment = Alignment(horizontal="left", vertical="center", indent=1)


def _computed(line: Plain, cells: dict[str, tuple[str, Any]]) -> tuple[str, Any]:
    given = [cells[label] for label in line.labels]
    return line.formula.format(*(address for address, _ in given)), line.rule(*(value for _, value in given))


def _called(line: Line, cells: dict[str, tuple[str, Any]]) -> tuple[str, Any]:
    given = [cells[label] if label else ("", None) for label in line.arguments]
    formula = f"{line.function}({','.join(address for address, _ in given)})"
    return formula, result_of(line.function, tuple(value for _, value in given))


def _waterfall(book: DynamicBook, ws: Worksheet, row: int, cells: dict[str, tuple[str, Any]]) -> None:
    formula, values = _called(Line("", "MODWATERFALL", WATERFALL), cells)
    book.put(ws, f"A{row}", "Eased until the borrower can pay", "lm_band")
    for letter, part in zip("BCDEF", PARTS, strict=True):
        book.put(ws, f"{letter}{row}", part, "lm_band").alignment = Alignment(horizontal="right")
    units = [result.unit for result in BY_NAME["MODWATERFALL"].results]
    book.put(ws, f"A{row + 1}", "One formula, five cells")
    book.spill(ws, f"B{row + 1}", formula, [values], formats=[shown(unit) for unit in units])
    book.put(ws, f"A{row + 2}", f"={formula}", "lm_note")
