"""What Checks compares for the pool: each total by a second route, weights, error cells, rows of the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossmit_workbook import live, styles
from lossmit_workbook.book import Book
from lossmit_workbook.layout import FIRST_ROW, places
from lossmit_workbook.sheets import bids, scenarios, summary, tape_issues
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_xl.model.outputs import flag_of, may_lack_guard, scenario_source
from lossmit_xl.names import SITUATIONS, STRATEGIES, STRATEGY_LABELS


@dataclass(frozen=True)
class PoolCheck:
    """Two figures that must agree: formulas as seen from Checks and their values now.

    `expected_formula` None: `expected` is typed in. `share` compares within the tolerance of shares, not of money.
    `stamped`: the expected one is the engine's at build, which no edit of an input can meet.
    """

    label: str
    formula: str
    value: float
    expected_formula: str | None
    expected: float
    meaning: str
    share: bool = False
    stamped: bool = False
    format: str = styles.WHOLE


def pool_checks(book: Book) -> list[PoolCheck]:
    """The checks of the pool that every workbook has."""
    pool = Pool.of(book)
    return [*_counts(book, pool), *_stamped(book), *_totals(book, pool), *_second_routes(book, pool), *_weights(book),
            *_errors(book)]  # fmt: skip


def _counts(book: Book, pool: Pool) -> list[PoolCheck]:
    layout = book.layout
    read, accounted = tape_issues.rows_close()
    aside = len(book.tape.source.set_aside)
    ids = layout.loans_range("loan_id")
    situations = layout.model_range("situation")
    by_situation = "+".join(f'COUNTIF({situations},"{situation}")' for situation in SITUATIONS)
    return [
        PoolCheck("Rows of the file are loans or set aside", read, book.tape.source.rows_read, accounted,
                  layout.loans + aside, "No row of the tape went missing"),
        PoolCheck("Every loan stands on Model", f"ROWS({layout.model_range('valued')})", layout.loans,
                  f"COUNTA({ids})", layout.loans, "As many rows of the calculation as loan numbers"),
        PoolCheck("Valued and not valued make the pool", summary.cell("loans"), pool.totals["loans"],
                  f'{summary.cell("loans", "D")}-COUNTIF({layout.model_range("not_valued")},"*?")',
                  pool.totals["loans"], "A loan has its numbers, or the reason why not"),
        PoolCheck("Every loan valued has a situation", by_situation, pool.totals["loans"], summary.cell("loans"),
                  pool.totals["loans"], "No outcome weights are looked up in vain"),
        *_on_bids(book),
    ]  # fmt: skip


def _on_bids(book: Book) -> list[PoolCheck]:
    """Each loan stands on Bids, once: else its ask is lost, or a total counts it twice or not at all."""
    layout, now = book.layout, places(book.loans["loan_id"])
    place = layout.bids_range("place")
    below = [f"COUNTA({sheet}!$A${layout.last_row + 1}:$A${LAST_SHEET_ROW})" for sheet in ("Loans", "Bids")]
    once = len(np.unique(now))
    return [
        PoolCheck("Loan numbers on Bids that are not on Loans", f"COUNTIF({place},0)", 0.0, None, 0.0,
                  "Mend the number in column A of Bids, or on Loans"),
        PoolCheck("Every loan on Loans stands on Bids, once", f"SUMPRODUCT(1*(FREQUENCY({place},{place})>0))"
                  f"-IF(COUNTIF({place},0)>0,1,0)", once, f"ROWS({layout.loans_range('loan_id')})", layout.loans,
                  "A loan number is missing on Bids or stands twice, there or on Loans"),
        PoolCheck("Loan numbers typed below the rows of Loans or Bids", "+".join(below), 0.0, None, 0.0,
                  "They are in no total: put them on the tape and build anew"),
    ]  # fmt: skip


LAST_SHEET_ROW = 1_048_576


def _stamped(book: Book) -> list[PoolCheck]:
    """Where some loans hold figures of the build: that nothing was changed for them, and that they stand where they
    stood."""
    if book.live is None:
        return []
    return [
        PoolCheck("No stamped loan is stale", live.stale_count(book.layout), 0.0, None, 0.0,
                  "An input of a stamped loan, or of all, was changed: build again from this workbook"),
        PoolCheck("Stamped loans stand where they did", live.moved_count(book.layout), 0.0, None, 0.0,
                  "Loans was sorted or renumbered: undo that, or build again; sort Bids instead"),
    ]  # fmt: skip


def _totals(book: Book, pool: Pool) -> list[PoolCheck]:
    """Summary's totals against Bids, and against the engine's at build."""
    engine = book.evaluation.portfolio.totals
    routes = {"upb": "upb_valued", "value": "value", "expected_npv": "expected_npv", "bid": "bid"}
    checks = [
        PoolCheck(f"{summary.POOL_LABELS[name]}: Summary and Bids", summary.cell(name), pool.totals[name],
                  f"SUM({book.layout.bids_range(column)})",
                  float(np.nansum(pool.columns[column].astype(float))), "The same total from the rows of Bids",
                  format=styles.MONEY)
        for name, column in routes.items()
    ]  # fmt: skip
    stamps = {"loans": "valued", "upb": "upb_valued", "value": "value", "expected_npv": "expected_npv", "bid": "bid"}
    checks += [
        PoolCheck(f"{summary.POOL_LABELS[name]}: engine at build", summary.cell(name),
                  pool.totals[name], None, engine[key], "Not compared once an input has been changed", stamped=True,
                  format=styles.WHOLE if name == "loans" else styles.MONEY)
        for name, key in stamps.items()
    ]  # fmt: skip
    return checks


def _second_routes(book: Book, pool: Pool) -> list[PoolCheck]:
    """Expected NPV as the sum over outcomes, and each strategy's net recovery as gross less costs."""
    figure = book.evaluation.figure
    outcomes = pool.strategy_total("expected_npv")
    checks = [
        PoolCheck("Expected NPV is the sum over the outcomes", summary.strategy_total("K"), outcomes,
                  summary.cell("expected_npv"), pool.totals["expected_npv"], "Weights times worth, added up",
                  format=styles.MONEY)
    ]  # fmt: skip
    for strategy in STRATEGIES:
        gross, costs, net = (_sum(book, strategy, name) for name in ("gross", "costs", "net_recovery"))
        received, paid, left = (
            float(np.nansum(figure(strategy, name).astype(float))) for name in ("gross", "costs", "net_recovery")
        )
        checks.append(PoolCheck(
            f"Net recovery: {STRATEGY_LABELS[strategy]}", f"{gross}-{costs}", received - paid, net, left,
            "Gross receipts less costs, over all loans", format=styles.MONEY))  # fmt: skip
    return checks


def _sum(book: Book, strategy: str, figure: str) -> str:
    """A strategy's figure over the loans that have it: assumptions alone may give it to others, too."""
    source, layout = scenario_source(strategy, figure), book.layout
    if not isinstance(source, str):
        return "0"
    holds = layout.model_range(flag_of(strategy))
    if source not in layout.model_letter:
        return f"{source}*COUNTIF({holds},TRUE)"
    cells = layout.model_range(source)
    return f"SUMIFS({cells},{holds},TRUE)" if may_lack_guard(source, figure) else f"SUM({cells})"


def _weights(book: Book) -> list[PoolCheck]:
    layout = book.layout
    first, last = layout.weights_row, layout.weights_row + len(SITUATIONS) - 1
    sums = f"Assumptions!$K${first}:$K${last}"
    return [
        PoolCheck("Outcome weights of each situation sum to 1", f"SUMPRODUCT(ABS({sums}-1))", 0.0, None, 0.0,
                  "Rows of the weights on Assumptions; mend them there", share=True, format="0.000000")
    ]  # fmt: skip


def _errors(book: Book) -> list[PoolCheck]:
    """No cell shows an error."""
    layout = book.layout
    last_model = layout.model_letter[layout.model_columns[-1]]
    last_scenario = scenarios.ranked_letter(scenarios.LARGER)
    areas = {
        "Model": f"Model!$A${FIRST_ROW}:${last_model}${layout.last_row}",
        "Yields": f"Yields!$A${FIRST_ROW}:${layout.yield_letter[layout.yield_columns[-1]]}${layout.last_row}",
        "Scenarios": f"Scenarios!$A${FIRST_ROW}:${last_scenario}${layout.last_row}",
        "Bids": f"Bids!$A${bids.SHOWN_ROW}:${bids.letter(bids.NAMES[-1])}${layout.last_row}",
        "Summary": f"Summary!$A$1:${summary.LAST_LETTER}${summary.last_row(book)}",
    }
    return [PoolCheck(f"No error cell on {sheet} (1: there is one)", f"IF(ISERROR(MAX({area})),1,0)", 0.0, None, 0.0,
                      "A figure that can't be computed is blank, never an error")
            for sheet, area in areas.items()]  # fmt: skip
