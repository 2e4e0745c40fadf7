"""Scenarios: a row a loan, nine strategies side by side; the recommended one shaded. Tab 6."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from lossmit_workbook import styles
from lossmit_workbook.book import Book, SheetColumn, print_wide
from lossmit_workbook.chosen import jumps_to_compare
from lossmit_workbook.layout import FIRST_ROW, ROW, Layout
from lossmit_workbook.sheets import loans
from lossmit_xl.model.outputs import flag_of, may_lack_guard, scenario_source
from lossmit_xl.names import STRATEGIES, STRATEGY_LABELS

TITLE = "Scenarios"
FIGURES = {
    "feasible": ("Feasible", "yes/no", 10),
    "net_recovery": ("Net recovery", "USD", 14),
    "npv": ("Worth at the target yield", "USD", 14),
    "months": ("Months", "months", 9),
    "profit": ("Profit at the price", "USD", 14),
    "moic": ("Multiple", "multiple", 10),
    "irr": ("IRR (stamped)", "per year", 10),
    "weight": ("Weight", "share", 9),
}
IRR_NOTE = "Value of the last build: it has no closed form, Compare shows it live for one loan"
LEADING = 3


def reference(book: Book, strategy: str, figure: str) -> str:
    """The formula that shows a strategy's figure for the loan of the row; blank where it can't be computed."""
    source = scenario_source(strategy, figure)
    if isinstance(source, str):
        cell = book.layout.on_model(source) if source in book.layout.model_letter else source
        return _where_valued(book, strategy, cell) if may_lack_guard(source, figure) else cell
    return _where_valued(book, strategy, "0")


def _where_valued(book: Book, strategy: str, text: str) -> str:
    return f'IF({book.layout.on_model(flag_of(strategy))},{text},"")'


def write(book: Book) -> None:
    """Write the nine blocks."""
    ws = book.sheet(TITLE, "Scenarios", "Every strategy for every loan. The recommended one is shaded and marked with "
                    "its name at the left; a strategy that can't be computed is blank, Compare says why.")  # fmt: skip
    layout = book.layout
    columns = [
        SheetColumn("Loan", "text", "The seller's loan number", list(book.loans["loan_id"]),
                    layout.on_loans("loan_id"), style="lm_link", width=16, band="Loan"),
        SheetColumn("Recommended", "strategy", "The feasible strategy most worth pursuing",
                    book.column("recommended"), layout.on_model("recommended"), style="lm_link", width=18, band="Loan"),
        SheetColumn("Not valued because", "text", "Why the loan has no numbers", book.column("not_valued"),
                    layout.on_model("not_valued"), style="lm_link", width=30, band="Loan"),
    ]  # fmt: skip
    for strategy in STRATEGIES:
        columns += [_figure(book, strategy, figure) for figure in FIGURES]
    columns += _ranked(book)
    book.grid(ws, columns, live=book.live)
    ws.freeze_panes = f"{get_column_letter(LEADING + 1)}{FIRST_ROW}"
    jumps_to_compare(ws, layout.last_row)
    print_wide(ws, 60)
    fill = PatternFill(bgColor=styles.GOOD_FILL)
    for place, strategy in enumerate(STRATEGIES):
        first = get_column_letter(LEADING + 1 + place * len(FIGURES))
        last = get_column_letter(LEADING + (place + 1) * len(FIGURES))
        rule = FormulaRule(formula=[f'$B{FIRST_ROW}="{strategy}"'], fill=fill, font=Font(bold=True))
        ws.conditional_formatting.add(f"{first}{FIRST_ROW}:{last}{layout.last_row}", rule)


RANK, LARGER = "UPB rank", "UPB of larger loans"


def ranked_letter(head: str) -> str:
    """Column letter of `RANK` or `LARGER`, which stand behind the strategies."""
    return str(get_column_letter(LEADING + len(STRATEGIES) * len(FIGURES) + (RANK, LARGER).index(head) + 1))


def ranked_range(layout: Layout, head: str) -> str:
    """All loans' cells of such a column, from another sheet."""
    letter = ranked_letter(head)
    return f"{TITLE}!${letter}${FIRST_ROW}:${letter}${layout.last_row}"


def ranks(book: Book) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(rank by UPB from 1, UPB of the loans before it), shape (loans,): the upper row first where two are equal."""
    upb = np.array([np.nan if cell == "" else cell for cell in loans.cells(book.loans, "upb")], dtype=float)
    order = np.argsort(-upb, kind="stable")
    order = order[upb[order] > 0]
    rank, larger = np.full(len(upb), np.nan), np.full(len(upb), np.nan)
    rank[order] = np.arange(1, len(order) + 1)
    larger[order] = np.cumsum(upb[order]) - upb[order]
    return rank, larger


def _ranked(book: Book) -> list[SheetColumn]:
    """Each loan's place by UPB, ties by their row; Summary's concentration reads them."""
    layout, (rank, larger) = book.layout, ranks(book)
    upb, every = layout.on_loans("upb"), layout.loans_range("upb")
    above = f"{every.split(':')[0]}:{layout.loan_letter['upb']}{ROW}"
    by_rank = ranked_range(layout, RANK).removeprefix(f"{TITLE}!")
    mine = f"{ranked_letter(RANK)}{ROW}"
    return [
        SheetColumn(RANK, "count", "Place by UPB in the pool, ties by their row", rank,
                    f'IF(N({upb})>0,RANK({upb},{every})+COUNTIF({above},{upb})-1,"")', width=9,
                    band="Concentration"),
        SheetColumn(LARGER, "USD", "UPB of the loans that rank before it", larger,
                    f'IF({mine}="","",SUMIF({by_rank},"<"&{mine},{every}))', width=15, band="Concentration"),
    ]  # fmt: skip


def _figure(book: Book, strategy: str, figure: str) -> SheetColumn:
    head, unit, width = FIGURES[figure]
    values = book.evaluation.figure(strategy, figure)
    band = STRATEGY_LABELS[strategy]
    if figure == "irr":
        return SheetColumn(f"{band}: {head}", unit, IRR_NOTE, values, width=width, band=band, style="lm_note")
    return SheetColumn(f"{band}: {head}", unit, head, values, reference(book, strategy, figure), style="lm_link",
                       width=width, band=band)  # fmt: skip


