"""Compare and Flows follow the loan picked and every input; month by month leads to Model's figures and to the IRR."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl.utils.cell import column_index_from_string, coordinate_to_tuple

from lossmit_workbook import charts
from lossmit_workbook import flow_cells as at
from lossmit_workbook.book import Book
from lossmit_workbook.build import build
from lossmit_workbook.layout import FIRST_ROW as FIRST_LOAN
from lossmit_workbook.sheets import bids, checks, compare, compare_bid, compare_table
from lossmit_workbook.waterfall import HELPERS, in_short
from lossmit_xl import Assumptions, evaluate, read_tape
from lossmit_xl.names import STRATEGIES
from tests.tools import calc
from tests.tools.calc import Cells, Sheets
from tests.workbook.books import (
    AS_OF,
    CLEAN,
    MESSY,
    MONEY,
    RATE,
    WORKED,
    built,
    computed_cells,
    disagreements,
    tape_of,
    written,
)

DEFAULT = Assumptions(as_of=AS_OF)
SETS = ("default", "hold_full_service_defer", "steps_no_target")
PICK = f"C{compare.PICK_ROW}"
MESSAGE = f"E{compare.PICK_ROW}"
PER_STRATEGY = ("payment", "lump", "months", "gross", "costs", "legal", "servicing", "carry", "disposition", "fee",
                "net_recovery", "sale_costs", "npv", "outcome_npv", "pursuit_npv", "weight", "profit", "moic", "irr",
                "annualised_roi")  # fmt: skip
RATES = ("months", "weight", "moic", "irr", "annualised_roi")


@cache
def _lines() -> dict[str, int]:
    """The row of each line of Compare's table, by its label's key: the same in every workbook."""
    sheet = written(read_tape(CLEAN), DEFAULT).workbook[compare.TITLE]
    labels = {sheet[f"A{row}"].value: row for row in range(1, sheet.max_row + 1)}
    lines = (*compare_table.BORROWER, *compare_table.RECOVERY, *compare_table.WORTH, *compare_table.RETURNS)
    found = {line.figure: labels[line.label] for line in (*lines, compare_table.ROI)}
    words = {"verdict": "Verdict", "reason": "Why not", "effective": compare_table.EFFECTIVE,
             "contribution": "Weight x outcome npv", "expected": "Weighted worth of the outcomes",
             "happens": compare_table.HAPPENS, "breakeven": "Break-even payoff", "bridge": "Reinstatement"}  # fmt: skip
    return found | {key: labels[word] for key, word in words.items()}


def _pick(book: calc.Book, loan: object) -> Sheets:
    book.edit([(compare.TITLE, PICK, loan)])
    return book.values([compare.TITLE, at.TITLE], everything=False)


def _cell(cells: Cells, strategy: str, row: int) -> Any:
    return cells.get((row, column_index_from_string(at.letter_of(strategy))), "")


def _same(got: Any, wanted: Any, allowed: float) -> bool:
    if wanted == "" or pd.isna(wanted):
        return bool(got == "")
    return isinstance(got, float) and abs(got - wanted) <= allowed


@pytest.fixture(scope="module", params=SETS)
def worked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, calc.Book]]:
    """A workbook of the 40 worked loans under each set of assumptions, open in LibreOffice without cached values."""
    folder = tmp_path_factory.mktemp(request.param)
    assumptions = Assumptions.from_toml(WORKED / request.param / "assumptions.toml")
    build(read_tape(WORKED / "tape.csv"), assumptions, folder / "book.xlsx")
    with calc.Book(calc.strip_cached_values(folder / "book.xlsx", folder / "bare.xlsx")) as book:
        yield request.param, book


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked loans under the defaults, on disk."""
    path = tmp_path_factory.mktemp("saved") / "book.xlsx"
    build(read_tape(WORKED / "tape.csv"), DEFAULT, path)
    return path


TEN = ("W001", "W005", "W010", "W014", "E097_zero_rate", "E100_current", "E106_remaining_3",
       "E111_elapsed_over_state_ch13", "E118_dpo_now_with_price", "E139_interest_only_no_maturity")  # fmt: skip


def test_ten_loans_nine_strategies_month_by_month(worked: tuple[str, calc.Book]) -> None:
    """Flows add up and discount to the published npv and net recovery; IRR on Compare is the published one."""
    name, book = worked
    published = pd.read_csv(WORKED / name / "scenarios.csv").set_index(["loan_id", "strategy"])
    lines = _lines()
    wrong, seen = [], 0
    for loan in TEN:
        found = _pick(book, loan)
        assert calc.errors(found) == []
        for strategy in STRATEGIES:
            wanted = published.loc[loan, strategy]
            pairs = {"npv": (_cell(found[at.TITLE], strategy, at.NPV_ROW), wanted["npv"], MONEY),
                     "net": (_cell(found[at.TITLE], strategy, at.NET_ROW), wanted["net_recovery"], MONEY)}  # fmt: skip
            for figure in PER_STRATEGY:
                allowed = RATE if figure in RATES else MONEY
                pairs[figure] = (_cell(found[compare.TITLE], strategy, lines[figure]), wanted[figure], allowed)
            wrong += [(loan, strategy, key, *pair) for key, pair in pairs.items() if not _same(*pair)]
            seen += not pd.isna(wanted["irr"])
    assert wrong == []
    assert seen > 60


def test_an_irr_put_back_into_its_flows(worked: tuple[str, calc.Book]) -> None:
    """The flows with the price at month 0 are worth nothing at the rate shown; the effective yield compounds it."""
    _, book = worked
    lines = _lines()
    found = _pick(book, "W002")
    months = np.arange(at.LAST_MONTH + 1)
    seen = 0
    for strategy in STRATEGIES:
        rate = _cell(found[compare.TITLE], strategy, lines["irr"])
        if rate == "":
            continue
        place = column_index_from_string(at.priced_letter(strategy))
        flows = np.array([found[at.TITLE][at.FIRST_ROW + month, place] for month in months], dtype=float)
        assert flows[0] < 0
        assert abs(flows @ (1 + rate / 12.0) ** -months) < 0.01
        effective = _cell(found[compare.TITLE], strategy, lines["effective"])
        assert abs(effective - ((1 + rate / 12) ** 12 - 1)) < 1e-9
        seen += 1
    assert seen >= 5


def test_weights_times_outcomes_make_the_bids_start(worked: tuple[str, calc.Book]) -> None:
    _, book = worked
    lines = _lines()
    found = _pick(book, "W006")[compare.TITLE]
    total = found[lines["contribution"], column_index_from_string(compare_table.TOTAL)]
    assert abs(float(total) - float(found[lines["expected"], 3])) < 0.005
    assert abs(float(found[lines["weight"], column_index_from_string(compare_table.TOTAL)]) - 1) < 1e-9


def test_words_for_each_strategy(worked: tuple[str, calc.Book]) -> None:
    """One BEST, the recommended one; the reason where one is ruled out or can't be computed, nothing where not."""
    name, book = worked
    published = pd.read_csv(WORKED / name / "scenarios.csv").set_index(["loan_id", "strategy"])
    best = pd.read_csv(WORKED / name / "loans.csv").set_index("loan_id")["recommended"]
    lines = _lines()
    words = set()
    for loan in ("W001", "W003", "E104_matured", "E129_land_lived_on"):
        found = _pick(book, loan)[compare.TITLE]
        for strategy in STRATEGIES:
            verdict, reason = (_cell(found, strategy, lines[key]) for key in ("verdict", "reason"))
            wanted = published.loc[loan, strategy]
            assert (verdict == "BEST") == (best[loan] == strategy), (loan, strategy)
            assert bool(reason) == (not wanted["feasible"]), (loan, strategy, reason)
            assert (verdict == "can't be computed") == bool(pd.isna(wanted["npv"])), (loan, strategy)
            words.add(verdict)
    assert words == {"BEST", "feasible", "not feasible", "for reference", "can't be computed"}


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[calc.Book]:
    path = tmp_path_factory.mktemp("messy") / "book.xlsx"
    build(read_tape(MESSY), DEFAULT, path)
    with calc.Book(path) as book:
        yield book


def test_losing_strategies_have_their_rate_too(messy: calc.Book) -> None:
    """Loans whose foreclosure loses more than the price: rates far below zero, where a solver's usual guess fails."""
    evaluation = evaluate(read_tape(MESSY).loans, DEFAULT)
    lines = _lines()
    scenarios = evaluation.scenarios.set_index(["loan_id", "strategy"])
    for loan in ("0004104329", "0004105957", "0004110804", "0004107696"):
        found = _pick(messy, loan)[compare.TITLE]
        assert scenarios.loc[(loan, "foreclosure"), "irr"] < -1
        for strategy in STRATEGIES:
            wanted = scenarios.loc[(loan, strategy), "irr"]
            assert _same(_cell(found, strategy, lines["irr"]), wanted, RATE), (loan, strategy, wanted)


PENNIES = 0.01, 30.0
"""Prices for which a strategy returns thousands of times what it cost, and for which it does in a few months."""


def test_a_rate_beyond_the_range_is_no_rate(tmp_path: Path) -> None:
    """At a price of a cent a note pays back in two months more than eleven times a month: the engine has no rate for
    that, and no more has the sheet. At 30 dollars some rates lie inside the range."""
    loans = read_tape(CLEAN).loans.iloc[:6].assign(purchase_price=[PENNIES[place % 2] for place in range(6)])
    tape = tape_of(loans, tmp_path)
    build(tape, DEFAULT, tmp_path / "book.xlsx")
    scenarios = evaluate(tape.loans, DEFAULT).scenarios.set_index(["loan_id", "strategy"])
    lines, beyond, inside = _lines(), 0, 0
    with calc.Book(calc.strip_cached_values(tmp_path / "book.xlsx", tmp_path / "bare.xlsx")) as book:
        for loan in tape.loans["loan_id"]:
            found = _pick(book, loan)[compare.TITLE]
            for strategy in STRATEGIES:
                row = scenarios.loc[(loan, strategy)]
                wanted = row["irr"]
                assert _same(_cell(found, strategy, lines["irr"]), wanted, 1e-5), (loan, strategy, wanted)
                beyond += pd.isna(wanted) and row["moic"] > 1
                inside += wanted > 12
    assert beyond > 6 and inside > 0


def test_an_unknown_number_gives_the_message_and_no_errors(messy: calc.Book) -> None:
    shape = set(computed_cells(written(read_tape(MESSY), DEFAULT), compare.TITLE))
    for wrong in ("no such loan", None, "000410", "*", "?004104329"):
        found = _pick(messy, wrong)
        assert calc.errors(found) == []
        assert calc.cell(found, compare.TITLE, MESSAGE) == compare.UNKNOWN_LOAN, wrong
        assert calc.cell(found, at.TITLE, f"E{at.STATUS_ROW}") == at.NO_LOAN
        numbers = {a for a in shape if isinstance(found[compare.TITLE].get(a, ""), float) and found[compare.TITLE][a]}
        assert numbers <= {coordinate_to_tuple(f"C{compare.PLACE_ROW}")}, wrong
        assert all(_cell(found[at.TITLE], s, at.FIRST_ROW + 1) == "" for s in STRATEGIES)


def test_a_loan_that_is_not_valued_says_why(messy: calc.Book) -> None:
    tape = read_tape(MESSY)
    loans = evaluate(tape.loans, DEFAULT).loans
    without = loans[loans["not_valued"] != ""].iloc[0]
    found = _pick(messy, without["loan_id"])
    assert calc.errors(found) == []
    assert calc.cell(found, compare.TITLE, MESSAGE) == f"This loan is {without['not_valued']}"
    assert calc.cell(found, at.TITLE, f"E{at.STATUS_ROW}") == at.NOT_VALUED
    lines = _lines()
    assert all(_cell(found[compare.TITLE], s, lines["npv"]) == "" for s in STRATEGIES)


def test_a_star_in_a_loan_number_is_a_star(tmp_path: Path) -> None:
    """MATCH takes * and ? for any text; the loan meant is found all the same, and a number typed as one too."""
    loans = read_tape(WORKED / "tape.csv").loans.iloc[:5].assign(loan_id=["12934", "12*34", "12~?", "12?4", "777"])
    tape = tape_of(loans, tmp_path)
    build(tape, DEFAULT, tmp_path / "stars.xlsx")
    with calc.Book(tmp_path / "stars.xlsx") as book:
        for place, loan in enumerate(tape.loans["loan_id"], start=1):
            found = _pick(book, loan)
            assert calc.cell(found, compare.TITLE, f"C{compare.PLACE_ROW}") == place, loan
        assert calc.cell(_pick(book, 777), compare.TITLE, f"C{compare.PLACE_ROW}") == 5
        assert calc.cell(_pick(book, 778), compare.TITLE, MESSAGE) == compare.UNKNOWN_LOAN


CHANGES: dict[str, list[tuple[str, str, object]]] = {
    "hold": [("Assumptions", "exit", "hold")],
    "full service": [("Assumptions", "servicing_model", "full_service"), ("Assumptions", "target_yield", 0.2)],
    "step rates": [("Assumptions", "mod_step1_months", 24), ("Assumptions", "mod_step1_rate", 0.03)],
    "late lump": [("Assumptions", "forbearance_exit", "lump"), ("Assumptions", "forbearance_step6_months", 7)],
    "a state": [("Assumptions", "fc_months_add", 9), ("Assumptions", "third_party_share", 0.0)],
}


@pytest.mark.parametrize("change", CHANGES)
def test_both_ways_follow_a_change_of_inputs(change: str, saved: Path) -> None:
    with calc.Book(saved) as book:
        before = _pick(book, "W004")
        book.edit(CHANGES[change])
        after = _pick(book, "W004")
    assert calc.errors(after) == []
    assert calc.cell(after, at.TITLE, f"E{at.STATUS_ROW}") == at.ALL_AGREE
    npvs = [[_cell(found[at.TITLE], s, at.NPV_ROW) for s in STRATEGIES] for found in (before, after)]
    assert npvs[0] != npvs[1]
    for strategy in STRATEGIES:
        gap = _cell(after[at.TITLE], strategy, at.NPV_GAP_ROW)
        assert gap == "" or abs(gap) < 1e-6, (strategy, gap)


def test_a_price_typed_on_bids_moves_the_rates(tmp_path: Path) -> None:
    tape = read_tape(WORKED / "tape.csv")
    place = list(tape.loans["loan_id"]).index("W004")
    loans = tape.loans.copy()
    loans["purchase_price"] = pd.to_numeric(loans["purchase_price"]) if "purchase_price" in loans else np.nan
    loans.loc[loans.index[place], "purchase_price"] = 40_000.0
    wanted = evaluate(loans, DEFAULT).scenarios.set_index(["loan_id", "strategy"])
    book = built(tape, DEFAULT, tmp_path / "book.xlsx")
    with calc.Book(tmp_path / "book.xlsx") as opened:
        cell = f"{book.layout.bids_letter['ask']}{FIRST_LOAN + place}"
        opened.edit([("Bids", cell, 40_000.0)])
        found = _pick(opened, "W004")[compare.TITLE]
    lines = _lines()
    for strategy in STRATEGIES:
        for figure in ("irr", "moic", "profit", "annualised_roi"):
            got = _cell(found, strategy, lines[figure])
            assert _same(got, wanted.loc[("W004", strategy), figure], MONEY if figure == "profit" else RATE), strategy


def test_flows_past_the_last_month_are_said_not_shown(saved: Path) -> None:
    """A foreclosure of 700 months does not fit: Flows says so, no rate is shown, and Checks is not green."""
    lines = _lines()
    with calc.Book(saved) as book:
        book.edit([("Assumptions", "fc_months_factor", 10.0), ("Assumptions", "fc_months_add", 60)])
        found = book.values()
    assert calc.errors(found) == []
    assert _cell(found[at.TITLE], "foreclosure", at.VERDICT_ROW) == at.BEYOND
    assert calc.cell(found, at.TITLE, f"E{at.STATUS_ROW}") == at.NOT_ALL
    assert _cell(found[compare.TITLE], "foreclosure", lines["irr"]) == ""
    assert calc.cell(found, checks.TITLE, f"B{checks.LIGHT_ROW}") == checks.FAILED


ODD = ("E104_matured", "E118_dpo_now_with_price", "E102_no_value")


@pytest.mark.parametrize(
    ("loan", "name"),
    [pytest.param(loan, name, marks=() if place == SETS.index(name) else pytest.mark.full)
     for place, loan in enumerate(ODD) for name in SETS],
)  # fmt: skip
def test_every_formula_gives_its_cached_value_whatever_loan_is_built_with(loan: str, name: str, tmp_path: Path) -> None:
    """Also where the first loan has strategies that can't be computed, no rate to find, or no value at all."""
    loans = read_tape(WORKED / "tape.csv").loans
    tape = tape_of(loans[loans["loan_id"] == loan], tmp_path)
    assumptions = Assumptions.from_toml(WORKED / name / "assumptions.toml")
    book = built(tape, assumptions, tmp_path / "book.xlsx")
    found = calc.recalculate(calc.strip_cached_values(tmp_path / "book.xlsx", tmp_path / "bare.xlsx"))
    assert calc.errors(found) == []
    assert disagreements(book, found, [compare.TITLE, at.TITLE]) == []


def _bridge(cells: Cells, row: int) -> dict[str, float]:
    """The table "What the bid is made of", which ends in `row`, by its labels."""
    first = row - compare_bid.BRIDGE_ROWS + 1
    return {str(cells[at, 1]): float(cells[at, 3]) for at in range(first, row + 1)}  # type: ignore[arg-type]


def test_what_the_bid_is_made_of_adds_up(worked: tuple[str, calc.Book]) -> None:
    """Outcomes add up to the expected npv, and with the cost of buying and the limits to the published bid."""
    name, book = worked
    published = pd.read_csv(WORKED / name / "loans.csv").set_index("loan_id")
    last = compare_bid.BRIDGE_ROWS + _lines()["bridge"] - 1
    bound = set()
    for loan in published.dropna(subset="bid").groupby("bid_binding").head(3).index:
        found = _pick(book, loan)
        parts, wanted = _bridge(found[compare.TITLE], last), published.loc[loan]
        outcomes = sum(list(parts.values())[: len(STRATEGIES)])
        assert abs(outcomes - wanted["expected_npv"]) <= MONEY and abs(parts["Expected NPV"] - outcomes) < 1e-6
        assert abs(parts["Bid"] - wanted["bid"]) <= MONEY
        assert abs(outcomes + parts["Cost of buying"] + parts["Limits and floor"] - parts["Bid"]) < 1e-6
        bound.add(wanted["bid_binding"])
        # The bars of the waterfall: each ends where the next begins, the last at the bid.
        end = compare_bid.WORKING_PLACE + 1 + HELPERS.index("end")
        ends = [found[compare.TITLE][row, end] for row in range(last - 3, last + 1)]
        assert ends == pytest.approx([parts["Expected NPV"], parts["Expected NPV"] + parts["Cost of buying"],
                                      parts["Bid"], parts["Bid"]])  # fmt: skip
        captions = compare_bid.WORKING_PLACE + 1 + HELPERS.index("caption")  # no loan is too small for them
        assert found[compare.TITLE][last, captions] == f"Bid {in_short(parts['Bid'], charts.AXIS_DOLLARS)}"
    assert len(bound) >= 2


def test_the_expected_outcome_is_what_yields_takes(worked: tuple[str, calc.Book]) -> None:
    """Net recovery and profit as on Yields; discounted, the expected npv; how often adds up to at most 1."""
    _, book = worked
    layout = written(read_tape(WORKED / "tape.csv"), DEFAULT).layout
    lines, place = _lines(), column_index_from_string(compare_table.TOTAL)
    for loan in TEN:
        book.edit([(compare.TITLE, PICK, loan)])
        found = book.values([compare.TITLE, "Yields"])
        cells, row = found[compare.TITLE], int(found[compare.TITLE][compare.PLACE_ROW, 3]) + FIRST_LOAN - 1
        got = {key: float(cells[lines[key], place]) for key in ("net_recovery", "npv", "happens", "costs", "gross")}
        net = float(calc.cell(found, "Yields", f"{layout.yield_letter['outcomes_net']}{row}") or 0)
        assert abs(got["net_recovery"] - net) <= MONEY and abs(got["gross"] - got["costs"] - net) <= MONEY, loan
        assert abs(got["npv"] - float(cells[lines["contribution"], place])) <= MONEY, loan
        assert 0 <= got["happens"] <= 1 + 1e-9


def test_the_payoff_in_sentences(worked: tuple[str, calc.Book]) -> None:
    """What to ask and to refuse follows from break-even, debt and ask; the amounts are those of the table."""
    _, book = worked
    lines, first, kinds = _lines(), _lines()["breakeven"], set()
    for loan in TEN:
        cells = _pick(book, loan)[compare.TITLE]
        even = float(cells[first, 3])
        worth, ask, refuse, away = (str(cells[first + n, 5]) for n in range(4))
        lump = float(_cell(cells, "discounted_payoff", lines["lump"]))
        net = float(_cell(cells, "foreclosure", lines["net_recovery"]))
        debt = next(float(cells[row, 7]) for row in range(1, 20) if cells.get((row, 5)) == "Legal balance")
        assert compare_bid.dollars(even) in worth and compare_bid.dollars(net) in away
        if even > debt:
            kinds.add("above the debt")
            assert ask.startswith("Ask for the whole debt") and refuse == "Refuse every discount"
        else:
            kinds.add("short" if lump < even else "above")
            assert ("Ask for more" in ask) == (lump < even)
            assert (compare_bid.dollars(even) in refuse) == (even > 0)
    assert kinds


def test_the_first_mark_on_bids_is_shown(saved: Path) -> None:
    """A mark of any kind beats the loan picked, the first one wins; spaces are none; cleared, the pick counts again."""
    show = bids.letter("show")
    with calc.Book(saved) as book:
        ids = [calc.cell(book.values(["Bids"]), "Bids", f"A{row}") for row in range(FIRST_LOAN, FIRST_LOAN + 40)]
        assert calc.cell(_pick(book, ids[2]), compare.TITLE, f"C{compare.SHOWN_ROW}") == ids[2]
        for marks, wanted in (({30: "x"}, 30), ({30: "x", 7: 1}, 7), ({30: "x", 7: 1, 3: " "}, 7), ({}, 2)):
            cells = [("Bids", f"{show}{FIRST_LOAN + place}", marks.get(place)) for place in (3, 7, 30)]
            book.edit(cells)
            found = book.values([compare.TITLE, at.TITLE], everything=False)
            assert calc.cell(found, compare.TITLE, f"C{compare.SHOWN_ROW}") == ids[wanted], marks
            assert calc.cell(found, compare.TITLE, f"C{compare.PLACE_ROW}") == wanted + 1
            said = str(calc.cell(found, compare.TITLE, f"E{compare.SHOWN_ROW}"))
            assert (f"row {FIRST_LOAN + wanted}:" in said) == bool(marks), said
        # Sorted otherwise, the loan follows its number.
        book.edit([("Bids", f"A{FIRST_LOAN}", ids[9]), ("Bids", f"A{FIRST_LOAN + 9}", ids[0]),
                   ("Bids", f"{show}{FIRST_LOAN}", "x")])  # fmt: skip
        assert calc.cell(book.values([compare.TITLE]), compare.TITLE, f"C{compare.PLACE_ROW}") == 10


@pytest.fixture(scope="module")
def unsaved() -> Book:
    return written(read_tape(MESSY), DEFAULT)


def _formulas(book: Book, title: str) -> Iterator[tuple[str, str]]:
    for row in book.workbook[title].iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith("=") and cell.data_type == "f":
                yield cell.coordinate, cell.value


def test_no_bare_numbers_and_one_hidden_error(unsaved: Book) -> None:
    """0, 1 and 12 only; IFERROR nowhere but around IRR, where there may be no rate."""
    for title in (compare.TITLE, at.TITLE):
        for address, text in _formulas(unsaved, title):
            bare = re.sub(r'"[^"]*"', "", text)
            bare = re.sub(r"\$?[A-Z]+\$?[0-9]+|[A-Za-z_][A-Za-z0-9_]*", "", bare)
            assert set(re.findall(r"[0-9.]+", bare)) <= {"0", "1", "12"}, (title, address, text)
            assert ("IFERROR" in text) == ("IRR(" in text), (title, address, text)


def test_one_formula_a_column_over_the_months(unsaved: Book) -> None:
    rows: dict[str, set[str]] = {}
    for address, text in _formulas(unsaved, at.TITLE):
        letters, row = re.fullmatch(r"([A-Z]+)(\d+)", address).groups()  # type: ignore[union-attr]
        if int(row) > at.FIRST_ROW and letters not in (at.INPUT_VALUE,):
            # The row itself and the one above, where no $ stands before them.
            here = re.sub(rf"(?<=[A-Z]){row}\b", "[0]", text)
            rows.setdefault(letters, set()).add(re.sub(rf"(?<=[A-Z]){int(row) - 1}\b", "[-1]", here))
    assert len(rows) > 50
    assert {letter: len(forms) for letter, forms in rows.items() if len(forms) > 1} == {}


def test_charts_show_the_cells_they_draw(unsaved: Book) -> None:
    """The values kept in the chart are those of the cells, so that a preview draws the chosen loan."""
    gross, costs, waterfall = unsaved.workbook[compare.TITLE]._charts
    cached = unsaved.cached[compare.TITLE]
    assert [len(chart.series) for chart in (gross, costs)] == [6, 5]
    for series in (*gross.series, *costs.series, *waterfall.series):
        reference = series.val.numRef
        sheet, _, area = reference.f.partition("!")
        drawn = [cell for line in unsaved.workbook[sheet.strip("'")][area] for cell in line]
        kept = {point.idx: float(point.v) for point in reference.numCache.pt}
        cells = [cached.get(cell.coordinate, "") for cell in drawn]
        assert len(cells) in (len(STRATEGIES) + 1, compare_bid.BRIDGE_ROWS)
        assert kept == {place: value for place, value in enumerate(cells) if value != ""}
        assert kept


def test_compare_prints_on_two_pages_and_loan_numbers_lead_there(unsaved: Book) -> None:
    ws = unsaved.workbook[compare.TITLE]
    assert len(ws.row_breaks.brk) == 1 and not ws.col_breaks.brk
    for title in ("Bids", "Scenarios"):
        (link,) = unsaved.workbook[title]._hyperlinks
        assert link.ref == f"A{FIRST_LOAN}:A{unsaved.layout.last_row}" and link.location == "Compare!A1"
