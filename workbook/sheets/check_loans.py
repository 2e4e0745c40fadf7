"""What Checks compares for each loan: stamped engine values, the sheet's own, and what was changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lossmit_workbook import styles
from lossmit_workbook.book import Book
from lossmit_workbook.layout import Layout
from lossmit_workbook.sheets import as_built
from lossmit_xl.model.outputs import TAGS, flag_of, scenario_source
from lossmit_xl.names import STRATEGIES

MONEY_TOLERANCE, SHARE_TOLERANCE = 0.01, 1e-6


@dataclass(frozen=True)
class LoanCheck:
    """A column of Checks. `formula` (None: typed in) names other columns as `{bid_gap}`; `ROW` is the loan's row on
    Loans and Model; `{loan_id_head}` the heading above the loans; `{MONEY}`, `{SHARE}` are the tolerances, `{GLOBAL}`
    the changes that touch every loan."""

    name: str
    head: str
    values: Any
    formula: str | None = None
    unit: str = ""
    width: float = 15
    format: str | None = None


def loan_checks(book: Book) -> list[LoanCheck]:
    """The columns from left to right: a row a loan as Loans has it now; stamps are found by its number on As built."""
    layout, valued = book.layout, book.column("valued").astype(bool)
    weights = as_built.over_strategies(book, "weight")
    unexplained = _unexplained_now(book)
    sound = (unexplained <= MONEY_TOLERANCE) & (np.abs(weights - valued) <= SHARE_TOLERANCE)
    own = "ROW({loan_id})-ROW({loan_id_head})"
    place = as_built.place_formula(as_built.column_range(layout, as_built.NUMBER), "{loan_id}", own)
    return [
        LoanCheck("loan_id", "Loan", list(book.loans["loan_id"]), layout.on_loans("loan_id"), "text"),
        LoanCheck("result", "Result", np.where(sound, "OK", "CHECK").astype(object), RESULT, "word"),
        LoanCheck("changed", "Inputs changed since the build?", [""] * layout.loans, _changed(layout), "word"),
        LoanCheck("place", "Place on As built", np.arange(1, layout.loans + 1, dtype=float), place, "position",
                  format=styles.WHOLE),
        *_money(book, "expected_npv", "Expected NPV", layout.on_model("expected_npv")),
        *_money(book, "bid", "Bid", layout.on_model("bid")),
        *_words(book, "recommended", "Recommended", layout.on_model("recommended"), 18),
        *_money(book, "npv_of_nine", "NPV, nine strategies", _over_strategies(layout, "npv")),
        *_money(book, "net_of_nine", "Net recovery, nine strategies", _over_strategies(layout, "net_recovery")),
        *_words(book, "not_valued", "Not valued because", layout.on_model("not_valued"), 22),
        LoanCheck("weights", "Sum of the outcome weights", weights,
                  f"SUM({_cells(layout, 'weight')})", "share", format="0.000000"),
        LoanCheck("unexplained", "Gross less costs by kind less net, all strategies", unexplained,
                  _unexplained(layout), "USD", format="0.00;-0.00;0"),
    ]  # fmt: skip


def _changed(layout: Layout) -> str:
    """Whether the loan's inputs are others than at the build, or its number is new."""
    counts = as_built.column_range(layout, as_built.CHANGED)
    return f'IF({{place}}=0,"changed",IF(INDEX({counts},{{place}})>0,"changed",""))'


# An empty text equals an empty cell in Excel, but not in every engine: each is compared with "" first.
RESULT = (
    'IF(ISERROR({expected_npv_gap}+{bid_gap}+{npv_of_nine_gap}+{net_of_nine_gap}+{weights}+{unexplained}),"CHECK",'
    'IF(OR({unexplained}>{MONEY},ABS({weights}-IF({not_valued_sheet}="",1,0))>{SHARE}),"CHECK",'
    'IF(OR({changed}<>"",{GLOBAL}>0),"not compared",'
    "IF(AND({expected_npv_gap}<={MONEY},{bid_gap}<={MONEY},{npv_of_nine_gap}<={MONEY},{net_of_nine_gap}<={MONEY},"
    'IF({recommended_engine}="",{recommended_sheet}="",{recommended_sheet}={recommended_engine}),'
    'IF({not_valued_engine}="",{not_valued_sheet}="",{not_valued_sheet}={not_valued_engine})),"OK","CHECK"))))'
)


def _money(book: Book, name: str, head: str, live: str) -> list[LoanCheck]:
    """Engine's value as stamped, the sheet's, and the difference; blank counts as 0 (`not_valued` is compared too)."""
    gap, values = f"ABS(N({{{name}_sheet}})-N({{{name}_engine}}))", as_built.results(book)[name]
    return [
        LoanCheck(f"{name}_engine", f"{head}: engine", values, _stamp(book.layout, name), "USD", format=styles.MONEY),
        LoanCheck(f"{name}_sheet", f"{head}: sheet", values, live, "USD", format=styles.MONEY),
        LoanCheck(f"{name}_gap", f"{head}: difference", np.zeros(book.layout.loans), gap, "USD", 11, "0.00;-0.00;0"),
    ]


def _words(book: Book, name: str, head: str, live: str, width: float) -> list[LoanCheck]:
    values = as_built.results(book)[name]
    return [
        LoanCheck(f"{name}_engine", f"{head}: engine", values, _stamp(book.layout, name), "text", width),
        LoanCheck(f"{name}_sheet", f"{head}: sheet", values, live, "text", width),
    ]


def _stamp(layout: Layout, name: str) -> str:
    """The engine's figure of the loan with this row's number."""
    found = f"INDEX({as_built.column_range(layout, as_built.result_column(name))},{{place}})"
    return f'IF({{place}}=0,"",IF({found}="","",{found}))'


def _over_strategies(layout: Layout, figure: str) -> str:
    """A figure added up over the nine strategies, blanks left out."""
    return f"SUM({_cells(layout, figure)})"


def _cells(layout: Layout, figure: str) -> str:
    return ",".join(layout.on_model(f"{strategy}_{figure}") for strategy in STRATEGIES)


def _unexplained(layout: Layout) -> str:
    """Dollars by which gross receipts less each kind of cost miss the net recovery, over all strategies."""
    parts = []
    for strategy in STRATEGIES:
        tags = [scenario_source(strategy, tag) for tag in TAGS]
        costs = ",".join(layout.on_model(tag) if tag in layout.model_letter else tag
                         for tag in tags if isinstance(tag, str))  # fmt: skip
        gross, net = layout.on_model(f"{strategy}_gross"), layout.on_model(f"{strategy}_net_recovery")
        parts.append(f"IF({layout.on_model(flag_of(strategy))},ABS({gross}-SUM({costs})-{net}),0)")
    return "+".join(parts)


def _unexplained_now(book: Book) -> npt.NDArray[np.float64]:
    """The same from the engine's figures, shape (loans,)."""
    figure, total = book.evaluation.figure, np.zeros(book.layout.loans)
    for strategy in STRATEGIES:
        costs = sum(np.nan_to_num(figure(strategy, tag).astype(float)) for tag in TAGS)
        left = figure(strategy, "gross").astype(float) - costs - figure(strategy, "net_recovery").astype(float)
        total += np.abs(np.nan_to_num(left))
    return total
