"""Yields: the yield that each loan's price implies, by trying rates with the model's own columns. Tab 9."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from openpyxl.utils import get_column_letter

from lossmit_workbook.book import Book, SheetColumn, print_wide
from lossmit_workbook.layout import FIRST_ROW, STAMPED_IRR, YIELD_STAMPS, Layout
from lossmit_xl.model import yield_model
from lossmit_xl.names import STRATEGIES

TITLE = "Yields"
NOTE = (
    "The yield at which the expected outcomes are worth the price and the cost of buying. Their worth at rate 0 and at "
    "the target yield is known; four more rates are tried, each with Model's own columns (an outline that folds)."
)
PRICED, RESULT, STAMPED = "The loan at its price", "The yield", "Stamped at the build"
TRIED = "Rate tried, "
ORDINALS = ("first", "second", "third", "fourth")
OF_BUILD = {
    "built_recommended": ("strategy", "Recommended strategy at the build"),
    "built_net": ("USD", "Its net recovery at the build"),
    "built_price": ("USD", "Price at the build"),
    "built_irr": ("per year", "Internal rate of return of the recommended strategy at that price, without the "
                  "acquisition costs: the engine's"),
    STAMPED_IRR: ("per year", "That rate while strategy, net recovery and price are still those; else blank, and "
                  "Compare shows it live for one loan"),
}  # fmt: skip
TRY = re.compile(r"try(\d+)_(.*)")
SHOWN = {"log": "0.000000", "ratio": "0.0000"}
"""Number formats; a ratio of two small differences is not known to more digits."""


def write(book: Book) -> None:
    """Write every column; the model's own columns at the rates tried are outline groups, open: nothing is hidden.

    Printed are the loan at its price and the yield, not the rates between.
    """
    ws = book.sheet(TITLE, "Implied yields", NOTE)
    layout, now = book.layout, stamps(book)
    first = SheetColumn("loan_id", "text", "The seller's loan number", list(book.loans["loan_id"]),
                        layout.on_loans("loan_id"), style="lm_link", width=16, band="Loan")  # fmt: skip
    book.grid(ws, [first, *(_column(book, name, now) for name in layout.yield_columns)], live=book.live)
    before = max(place for place, name in enumerate(layout.yield_columns, start=2) if name in _before())
    ws.print_area = f"A1:{get_column_letter(before)}{layout.last_row},{results(layout)}"
    ws.freeze_panes = f"B{FIRST_ROW}"
    ws.sheet_properties.outlinePr.summaryRight = False
    print_wide(ws, 55)


def results(layout: Layout) -> str:
    """Cells of the columns behind the rates tried."""
    names, letters = layout.yield_columns, layout.yield_letter
    first = max(place for place, name in enumerate(names) if TRY.fullmatch(name)) + 1
    return f"{letters[names[first]]}{FIRST_ROW}:{letters[names[-1]]}{layout.last_row}"


def _is_folded(name: str) -> bool:
    """Whether it is a column of Model at a rate tried, not one of the search."""
    found = TRY.fullmatch(name)
    return found is not None and yield_model().columns[name].section != "yields"


def _column(book: Book, name: str, now: dict[str, Any]) -> SheetColumn:
    formula = book.layout.yield_formula(name)
    if name in OF_BUILD:
        unit, help_ = OF_BUILD[name]
        style = "lm_note" if name in YIELD_STAMPS else "lm_cell"
        return SheetColumn(name, unit, help_, now[name], formula, style=style, width=18, band=STAMPED)
    made, found = yield_model().columns[name], TRY.fullmatch(name)
    band = f"{TRIED}{ORDINALS[int(found[1]) - 1]}" if found else (PRICED if name in _before() else RESULT)
    width = 16 if made.unit == "text" else max(14, len(name) // 2 + 4)
    shown = SHOWN.get(made.unit)
    return SheetColumn(name, made.unit, made.help, book.values[name], formula, width=width, band=band, format=shown,
                       outline=1 if _is_folded(name) else 0)  # fmt: skip


def _before() -> set[str]:
    """Columns that no rate tried changes."""
    graph = yield_model()
    tried = [name for name in graph.columns if TRY.fullmatch(name)]
    return set(graph.columns) - graph.descendants(tried) - set(tried)


def stamps(book: Book) -> dict[str, Any]:
    """What is stamped at the build, and the irr shown of it, shape (loans,)."""
    recommended = book.column("recommended")
    irrs = np.stack([book.evaluation.figure(strategy, "irr").astype(float) for strategy in STRATEGIES], axis=1)
    place = np.array([STRATEGIES.index(word) if word else 0 for word in recommended])
    irr = np.where(recommended != "", irrs[np.arange(len(place)), place], np.nan)
    return {"built_recommended": recommended, "built_net": book.column("recommended_net"),
            "built_price": book.column("price"), "built_irr": irr, STAMPED_IRR: irr}  # fmt: skip
