"""What Checks compares for each loan: stamped engine values, the sheet's own, and what was changed since."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from lossmit_workbook import styles
from lossmit_workbook.book import Book
from lossmit_workbook.layout import ROW, Layout
from lossmit_workbook.sheets import loans as loans_sheet
from lossmit_xl.assumptions import INPUT_BY_NAME
from lossmit_xl.columns import BY_NAME
from lossmit_xl.model.outputs import TAGS, flag_of, scenario_source
from lossmit_xl.names import STRATEGIES

BETWEEN = "|"
MONEY_TOLERANCE, SHARE_TOLERANCE = 0.01, 1e-6


@dataclass(frozen=True)
class LoanCheck:
    """A column of Checks. `formula` (None: a stamped value) names other columns as `{bid_gap}`; `ROW` is the loan's
    row on Loans and Model; `{MONEY}`, `{SHARE}` are the tolerances, `{GLOBAL}` the changes that touch every loan."""

    name: str
    head: str
    values: Any
    formula: str | None = None
    unit: str = ""
    width: float = 15
    format: str | None = None


def loan_checks(book: Book) -> list[LoanCheck]:
    """The columns from left to right."""
    layout, valued = book.layout, book.column("valued").astype(bool)
    weights, _ = _over_strategies(book, "weight")
    unexplained = _unexplained_now(book)
    sound = (unexplained <= MONEY_TOLERANCE) & (np.abs(weights - valued) <= SHARE_TOLERANCE)
    return [
        LoanCheck("loan_id", "Loan", list(book.loans["loan_id"]), layout.on_loans("loan_id"), "text"),
        LoanCheck("result", "Result", np.where(sound, "OK", "CHECK").astype(object), RESULT, "word"),
        LoanCheck("changed", "Inputs changed since the build?", [""] * layout.loans, CHANGED, "word"),
        *_money(book, "expected_npv", "Expected NPV", book.column("expected_npv"), layout.on_model("expected_npv")),
        *_money(book, "bid", "Bid", book.column("bid"), layout.on_model("bid")),
        *_words("recommended", "Recommended", book.column("recommended"), layout.on_model("recommended"), 18),
        *_money(book, "npv", "NPV, nine strategies", *_over_strategies(book, "npv")),
        *_money(book, "net", "Net recovery, nine strategies", *_over_strategies(book, "net_recovery")),
        *_words("not_valued", "Not valued because", book.column("not_valued"), layout.on_model("not_valued"), 22),
        LoanCheck("weights", "Sum of the outcome weights", weights,
                  f"SUM({_cells(layout, 'weight')})", "share", format="0.000000"),
        LoanCheck("unexplained", "Gross less costs by kind less net, all strategies", unexplained,
                  _unexplained(layout), "USD", format="0.00;-0.00;0"),
        LoanCheck("inputs_engine", "Numbers on Loans at build", fingerprint(book), None, "sum", format="0.000000"),
        LoanCheck("inputs_sheet", "Numbers on Loans now", fingerprint(book), _fingerprint(layout), "sum",
                  format="0.000000"),
        *_words("words", "Words on Loans", words(book), f'&"{BETWEEN}"&'.join(
            layout.on_loans(name) for name in word_columns(layout)), 66),
    ]  # fmt: skip


CHANGED = 'IF(AND(ABS({inputs_sheet}-{inputs_engine})<={SHARE},{words_sheet}={words_engine}),"","changed")'
# An empty text equals an empty cell in Excel, but not in every engine: each is compared with "" first.
RESULT = (
    'IF(ISERROR({expected_npv_gap}+{bid_gap}+{npv_gap}+{net_gap}+{weights}+{unexplained}),"CHECK",'
    'IF(OR({unexplained}>{MONEY},ABS({weights}-IF({not_valued_sheet}="",1,0))>{SHARE}),"CHECK",'
    'IF(OR({changed}<>"",{GLOBAL}>0),"not compared",'
    "IF(AND({expected_npv_gap}<={MONEY},{bid_gap}<={MONEY},{npv_gap}<={MONEY},{net_gap}<={MONEY},"
    'IF({recommended_engine}="",{recommended_sheet}="",{recommended_sheet}={recommended_engine}),'
    'IF({not_valued_engine}="",{not_valued_sheet}="",{not_valued_sheet}={not_valued_engine})),"OK","CHECK"))))'
)


def _money(book: Book, name: str, head: str, values: npt.NDArray[Any], live: str) -> list[LoanCheck]:
    """Engine's value as stamped, the sheet's, and the difference; blank counts as 0 (`not_valued` is compared too)."""
    gap = f"ABS(N({{{name}_sheet}})-N({{{name}_engine}}))"
    return [
        LoanCheck(f"{name}_engine", f"{head}: engine", values, None, "USD", format=styles.MONEY),
        LoanCheck(f"{name}_sheet", f"{head}: sheet", values, live, "USD", format=styles.MONEY),
        LoanCheck(f"{name}_gap", f"{head}: difference", np.zeros(book.layout.loans), gap, "USD", 11, "0.00;-0.00;0"),
    ]


def _words(name: str, head: str, values: Any, live: str, width: float) -> list[LoanCheck]:
    engine = "at build" if name == "words" else "engine"
    sheet = "now" if name == "words" else "sheet"
    return [
        LoanCheck(f"{name}_engine", f"{head}: {engine}", values, None, "text", width),
        LoanCheck(f"{name}_sheet", f"{head}: {sheet}", values, live, "text", width),
    ]


def _cells(layout: Layout, figure: str) -> str:
    return ",".join(layout.on_model(f"{strategy}_{figure}") for strategy in STRATEGIES)


def _over_strategies(book: Book, figure: str) -> tuple[npt.NDArray[np.float64], str]:
    """A figure added up over the nine strategies, blanks left out: its values and its formula."""
    values = np.stack([book.evaluation.figure(strategy, figure).astype(float) for strategy in STRATEGIES])
    return np.nansum(values, axis=0), f"SUM({_cells(book.layout, figure)})"


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


def word_columns(layout: Layout) -> list[str]:
    """The columns of Loans that hold words."""

    def is_word(name: str) -> bool:
        if name in BY_NAME:
            return BY_NAME[name].kind in ("text", "state", "choice", "yesno")
        return name in INPUT_BY_NAME and INPUT_BY_NAME[name].kind == "choice"

    return [name for name in layout.loan_columns if is_word(name)]


def words(book: Book) -> list[str]:
    """The words of each loan, joined as the sheet joins them."""
    columns = [loans_sheet.cells(book.loans, name) for name in word_columns(book.layout)]
    return [BETWEEN.join("" if word is None or word != word else str(word) for word in row)
            for row in zip(*columns, strict=True)]  # fmt: skip


def _fingerprint(layout: Layout) -> str:
    """Every number of a loan times its column's place, its ask, how many are filled: an edit of any changes it."""
    ask = layout.on_model("purchase_price")  # weighs 1: no number stands in the first column of Loans
    runs = [f"{layout.on_loans(run[0])}:{layout.loan_letter[run[-1]]}{ROW}" for run in number_runs(layout)]
    weighed = "+".join(f"SUMPRODUCT({cells},COLUMN({cells}))" for cells in runs)
    return f"{weighed}+N({ask})+COUNT({','.join([*runs, ask])})"


def number_runs(layout: Layout) -> list[list[str]]:
    """The columns of Loans that hold numbers, those side by side together."""
    spoken = set(word_columns(layout))
    return [list(names) for is_word, names in groupby(layout.loan_columns, key=spoken.__contains__) if not is_word]


def fingerprint(book: Book) -> npt.NDArray[np.float64]:
    """The same from the tape, shape (loans,)."""
    total = np.zeros(book.layout.loans)
    for name in (name for run in number_runs(book.layout) for name in run):
        place = book.layout.loan_columns.index(name) + 1
        cells = loans_sheet.cells(book.loans, name)
        numbers = np.array([value if isinstance(value, (int, float)) else np.nan for value in
                            (cells.tolist() if isinstance(cells, np.ndarray) else cells)], dtype=float)  # fmt: skip
        total += np.where(np.isnan(numbers), 0.0, np.nan_to_num(numbers) * place + 1)
    asks = book.column("purchase_price").astype(float)
    return total + np.where(np.isnan(asks), 0.0, np.nan_to_num(asks) + 1)
