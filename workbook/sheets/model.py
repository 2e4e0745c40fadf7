"""Model: the calculation, a row a loan, a block of columns a strategy, one formula per column. Tab 8."""

from __future__ import annotations

from lossmit_workbook import live, styles
from lossmit_workbook.book import Book, SheetColumn, print_wide
from lossmit_workbook.layout import FIGURES, FIRST_ROW, Layout
from lossmit_xl.assumptions import INPUT_BY_NAME
from lossmit_xl.columns import BY_NAME
from lossmit_xl.model import model
from lossmit_xl.names import STRATEGY_LABELS

TITLE = "Model"
SECTION_TITLES = {
    "derived": "What follows from the loan", "triage": "Triage: what the borrower's situation allows",
    "recommendation": "Recommendation", "weights": "Outcome weights", "bid": "Bid", "returns": "Returns at the price",
    **STRATEGY_LABELS,
}  # fmt: skip
NOTE = (
    "The whole calculation: each column is one rule, the same in every row, and refers to columns at its left, to "
    "Loans, States or named assumptions. Nothing is typed here."
)
OPEN_SECTIONS = ("derived", "bid", "assumptions", "bids")
FROM_BIDS = {
    "bids_row": ("position", "Place of the loan number on Bids, as that sheet is sorted; 0: not there"),
    "purchase_price": ("USD", "Seller's ask, or the price paid, as typed on Bids; blank: none"),
}


def write(book: Book) -> None:
    """Write every column; the strategies' blocks are outline groups that fold away."""
    ws = book.sheet(TITLE, "Model", NOTE)
    layout = book.layout
    first = SheetColumn("loan_id", "text", "The seller's loan number", list(book.loans["loan_id"]),
                        layout.on_loans("loan_id"), style="lm_link", width=16, band="Loan")  # fmt: skip
    book.grid(ws, [first, *(column(book, layout, name) for name in layout.model_columns)], live=book.live)
    ws.freeze_panes = f"B{FIRST_ROW}"
    ws.sheet_properties.outlinePr.summaryRight = False
    print_wide(ws, 55)
    _fold(ws, layout)
    if layout.stamped:
        letters = layout.model_letter
        live.shade(book, ws, f"${letters[FIGURES]}{FIRST_ROW}", letters[layout.model_columns[-1]])


def column(book: Book, layout: Layout, name: str) -> SheetColumn:
    """A Model column with its formula and the engine's values."""
    if name == FIGURES:
        assert book.live is not None
        return SheetColumn(name, "word", live.HELP, live.words(book.live), style="lm_note", band="Loan")
    formula = layout.model_formula(name)
    if name in layout.from_bids:
        unit, help_ = FROM_BIDS[name]
        return SheetColumn(name, unit, help_, book.values[name], formula, style="lm_link", band="From Bids")
    if name in layout.effective:
        field = INPUT_BY_NAME[name]
        shown = styles.RATE if field.kind in ("rate", "share") else None
        return SheetColumn(name, field.unit, f"The loan's own where Loans has one, else the assumption. {field.help}",
                           book.values[name], formula, style="lm_link", format=shown,
                           band="Assumptions that a loan may override")  # fmt: skip
    made = model().columns[name]
    width = 24 if made.unit == "text" else max(14, len(name) // 2 + 4)
    return SheetColumn(name, made.unit, made.help, book.values[name], formula, width=width,
                       band=SECTION_TITLES[made.section],
                       outline=0 if made.section in OPEN_SECTIONS else 1)  # fmt: skip


def section_of(name: str) -> str:
    """The section a Model column belongs to; `loan` for a loan's column, `assumptions` for an assumption."""
    if name in model().columns:
        return model().columns[name].section
    if name in FROM_BIDS:
        return "bids"
    return "loan" if name in BY_NAME else "assumptions"


def _fold(ws: object, layout: Layout) -> None:
    """openpyxl merges neighbouring columns of one width and level by itself; each section starts a group of its own."""
    previous = ""
    for name in layout.model_columns:
        section = section_of(name)
        letter = layout.model_letter[name]
        if section != previous and section not in OPEN_SECTIONS:
            ws.column_dimensions[letter].outlineLevel = 0  # type: ignore[attr-defined]
        previous = section
