"""Bids under a user's hands: asks typed, limits changed, rows filtered and sorted, loan numbers spoiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl.utils import column_index_from_string

from lossmit_workbook.book import Book
from lossmit_workbook.layout import FIRST_ROW, HEAD_ROW, STAMPED_IRR
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import bids, checks
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.model.yields import ABOVE, AMBER, BELOW, GREEN, NO_ASK, RED
from lossmit_xl.tape import Tape
from tests.tools import calc, engines
from tests.workbook.books import AS_OF, CLEAN, built, disagreements, same, tape_of, written

DEFAULT = Assumptions(as_of=AS_OF)
CHANGED = {"target_yield": 0.19, "light_green_yield": 0.35, "light_amber_yield": 0.05, "light_green_itv": 0.5,
           "light_amber_itv": 0.7}  # fmt: skip
OF_BID = (0.55, 0.8, 1.0, 1.2, 1.5, 2.5)
LAST = bids.letter(bids.NAMES[-1])


@dataclass(frozen=True)
class Made:
    """A workbook built without an ask, and what its user types: asks, a decision, a note."""

    tape: Tape
    path: Path
    book: Book
    asks: dict[int, float]

    def at(self, name: str, place: int) -> str:
        """Address of a loan's figure on Bids, as built; `place` from 0."""
        return f"{bids.letter(name)}{FIRST_ROW + place}"

    def typed(self) -> list[calc.Edit]:
        edits: list[calc.Edit] = [("Bids", self.at("ask", place), ask) for place, ask in self.asks.items()]
        for place in self.asks:
            edits.append(("Bids", self.at("decision", place), bids.DECISIONS[place % len(bids.DECISIONS)]))
            edits.append(("Bids", self.at("note", place), f"note of {self.tape.loans['loan_id'][place]}"))
        return edits

    def asked(self) -> Tape:
        """The tape with the asks on it, as the engine takes them."""
        loans = self.tape.loans.copy()
        loans["purchase_price"] = pd.Series(self.asks, dtype=float).reindex(loans.index)
        return replace(self.tape, loans=loans)

    @property
    def area(self) -> str:
        """The list with its header, as a user filters and sorts it."""
        return f"A{HEAD_ROW}:{LAST}{self.book.layout.last_row}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    tape, path = read_tape(CLEAN), tmp_path_factory.mktemp("bids") / "clean.xlsx"
    book = built(tape, DEFAULT, path)
    offered = book.column("bid").astype(float)
    asks = {place: round(float(offered[place] * OF_BID[place % len(OF_BID)]), 2) for place in range(18)}
    return Made(tape, path, book, asks | {20: 1.0, 21: 9e6})


@pytest.fixture
def opened(made: Made) -> Iterator[calc.Book]:
    """The workbook with the asks, decisions and notes typed in."""
    with calc.Book(made.path) as book:
        book.edit(made.typed())
        yield book


def limit(name: str) -> str:
    """Address of an assumption's cell."""
    return next(f"B{row}" for row, text, field in assumptions_sheet.rows() if field is not None and text == name)


def column(found: calc.Sheets, made: Made, name: str) -> list[calc.Value]:
    place = bids.NAMES.index(name) + 1
    return [found["Bids"].get((row, place), "") for row in range(FIRST_ROW, made.book.layout.last_row + 1)]


# What is typed


def test_asks_yield_and_limits_recalculate(made: Made, opened: calc.Book) -> None:
    """Every light and every kind of note shows, and each cell is the engine's with the same inputs."""
    opened.edit([("Assumptions", limit(name), value) for name, value in CHANGED.items()])
    found = opened.values()
    assert calc.errors(found) == []
    expected = written(made.asked(), DEFAULT.replace(**CHANGED))
    assert disagreements(expected, found, ["Bids", "Yields"], edited=True) == []
    assert {GREEN, AMBER, RED, NO_ASK} == set(column(found, made, "light"))
    assert {ABOVE, BELOW} <= set(map(str, column(found, made, "implied_yield")))
    assert calc.cell(found, "Start", "A4") == f"{checks.CHANGED}{len(CHANGED) + len(made.asks)}"


def test_the_stamped_return_goes_with_its_price(made: Made, opened: calc.Book) -> None:
    """The one figure that is not live is blank as soon as its price is another, and only then."""
    shown = column(opened.values(["Bids"]), made, STAMPED_IRR)
    priced = made.book.column("price").astype(float)
    kept = [place not in made.asks or abs(made.asks[place] - priced[place]) < 0.005 for place in range(len(shown))]
    irr = bids.values(made.book)[STAMPED_IRR].astype(float)
    for place, (value, stays) in enumerate(zip(shown, kept, strict=True)):
        assert (value != "") == (stays and not np.isnan(irr[place])), (place, value)
    assert 0 < sum(kept) < len(kept)


def test_a_second_engine_follows_the_asks(made: Made) -> None:
    edits = [*made.typed(), *(("Assumptions", limit(name), value) for name, value in CHANGED.items())]
    found = engines.ironcalc_values(made.path, edits)
    expected = written(made.asked(), DEFAULT.replace(**CHANGED))
    assert disagreements(expected, found, ["Bids", "Yields"], edited=True) == []


SIDE = 2e-6
SIDES = [
    ({}, GREEN),
    ({"light_green_yield": SIDE}, AMBER),
    ({"light_green_itv": -SIDE}, AMBER),
    ({"light_green_yield": SIDE, "light_amber_yield": SIDE}, RED),
    ({"light_green_itv": -SIDE, "light_amber_itv": -SIDE}, RED),
]


def test_the_light_on_both_sides_of_each_limit(made: Made, opened: calc.Book) -> None:
    """Limits typed to be what a loan has are met; moved by two millionths each is missed."""
    now = opened.values(["Bids"])
    has = {kind: float(calc.cell(now, "Bids", made.at(name, 1)))  # type: ignore[arg-type]
           for kind, name in (("yield", "implied_yield"), ("itv", "investment_to_value"))}  # fmt: skip
    names = [name for name in CHANGED if name.startswith("light_")]
    for moved, light in SIDES:
        opened.edit([("Assumptions", limit(n), has[n.rpartition("_")[2]] + moved.get(n, 0.0)) for n in names])
        assert calc.cell(opened.values(["Bids"]), "Bids", made.at("light", 1)) == light, moved


# Filter and sort


@pytest.mark.parametrize(("name", "value"), [("recommended", None), ("decision", "pass"), ("light", RED)])
def test_totals_are_those_of_the_rows_in_sight(name: str, value: str | None, made: Made, opened: calc.Book) -> None:
    """A filter set in LibreOffice: each SUBTOTAL is the engine's sum over the loans shown."""
    before = column(opened.values(["Bids"]), made, name)
    value = value or str(pd.Series(before).mode()[0])
    shown = np.array([cell == value for cell in before])
    assert 1 < shown.sum() < len(shown)
    opened.filter("Bids", made.area, bids.NAMES.index(name), value)
    found, row = opened.values(["Bids"]), bids.SHOWN_ROW
    now = bids.values(written(made.asked(), DEFAULT))
    sums = {figure: float(np.nansum(now[figure].astype(float)[shown])) for figure in bids.SUMMED}
    for figure, total in sums.items():
        got = calc.cell(found, "Bids", f"{bids.letter(figure)}{row}")
        assert got == pytest.approx(total, abs=0.01), figure
    assert calc.cell(found, "Bids", f"A{row}") == shown.sum()
    asks = int(np.count_nonzero(~np.isnan(now["ask"][shown])))
    assert calc.cell(found, "Bids", f"{bids.letter('binds')}{row}") == asks
    for figure, (top, bottom) in bids.RATIOS.items():
        got = calc.cell(found, "Bids", f"{bids.letter(figure)}{row}")
        assert got == pytest.approx(sums[top] / sums[bottom], abs=1e-9), figure
    asked = shown & ~np.isnan(now["ask_gap"].astype(float))
    over = calc.cell(found, "Bids", f"{bids.letter('ask_over_bid')}{row}")
    if asked.any():
        assert over == pytest.approx(sums["ask_gap"] / now["bid"].astype(float)[asked].sum(), abs=1e-9)


def test_an_ask_for_a_loan_without_a_bid_is_held_against_nothing(made: Made, tmp_path: Path) -> None:
    """The share by which the asks exceed the bids knows only loans with both: as built, and after an input is gone."""
    loans, row = made.asked().loans.copy(), bids.SHOWN_ROW
    loans.loc[21, "property_value"] = np.nan  # the dearest ask of all
    tape, path = replace(made.tape, loans=loans), tmp_path / "unvalued.xlsx"
    book = built(tape, DEFAULT, path)
    bid, ask = (book.column(name).astype(float) for name in ("bid", "purchase_price"))
    both = ~np.isnan(bid) & ~np.isnan(ask)
    over = (ask[both].sum() - bid[both].sum()) / bid[both].sum()
    assert np.count_nonzero(both) == np.count_nonzero(~np.isnan(ask)) - 1
    assert book.cached["Bids"][f"{bids.letter('ask_over_bid')}{row}"] == pytest.approx(over, abs=1e-12)
    edits = [*made.typed(), ("Loans", f"{book.layout.loan_letter['property_value']}{FIRST_ROW + 21}", None)]
    for found in (calc.recalculate(calc.strip_cached_values(path)), calc.recalculate(made.path, edits)):
        assert calc.cell(found, "Bids", f"{bids.letter('ask_over_bid')}{row}") == pytest.approx(over, abs=1e-9)
        assert calc.cell(found, "Bids", f"{bids.letter('ask')}{row}") == pytest.approx(np.nansum(ask), abs=0.01)


@pytest.mark.parametrize("by", ["upb", "loan_id", "light"])
def test_a_sorted_row_still_shows_its_loan(by: str, made: Made, opened: calc.Book) -> None:
    """Sorted as a user would: figures, ask, decision and note stay with the number in column A; Summary stands."""
    before = opened.values(["Bids", "Summary", "Model", "Yields"])
    opened.sort("Bids", made.area, bids.NAMES.index(by), ascending=False)
    after = opened.values()
    assert calc.errors(after) == []
    rows, sorted_rows = _rows(before, made), _rows(after, made)
    assert list(sorted_rows) != list(rows) and sorted(sorted_rows) == sorted(rows)
    for number, row in rows.items():
        assert all(same(*cells, 1e-9) for cells in zip(sorted_rows[number], row, strict=True)), number
    layout = made.book.layout
    moved = column_index_from_string(layout.model_letter[layout.from_bids[0]])  # where Model finds the ask
    for sheets in (before, after):
        sheets["Model"] = {at: value for at, value in sheets["Model"].items() if at[1] != moved}
    for title in ("Summary", "Model", "Yields"):
        assert _alike(before[title], after[title]), title
    assert calc.cell(after, "Start", "A4") == f"{checks.CHANGED}{len(made.asks)}"


def _rows(found: calc.Sheets, made: Made) -> dict[str, list[calc.Value]]:
    """Every row of Bids by its loan number."""
    rows = zip(*(column(found, made, name) for name in bids.NAMES), strict=True)
    return {str(row[0]): list(row) for row in rows}


def _alike(one: calc.Cells, other: calc.Cells) -> bool:
    return one.keys() == other.keys() and all(same(other[at], value, 1e-6) for at, value in one.items())


# Loan numbers


UNKNOWN, ONCE = "Loan numbers on Bids that are not on Loans", "Every loan on Loans stands on Bids, once"


@pytest.mark.parametrize(
    ("sheet", "number", "red"),
    [
        ("Bids", "no such loan", {UNKNOWN, ONCE}),
        ("Bids", None, {UNKNOWN, ONCE}),
        ("Bids", "twice", {ONCE}),
        ("Loans", "no such loan", {UNKNOWN, ONCE}),
        ("Loans", "twice", {UNKNOWN, ONCE}),
    ],
)
def test_a_spoiled_loan_number_turns_the_light_red(sheet: str, number: str | None, red: set[str], made: Made) -> None:
    """Missing or doubled, on either sheet: the check says so, and no other row of Bids shows another's figures."""
    number = str(made.tape.loans["loan_id"][8]) if number == "twice" else number
    found = calc.recalculate(made.path, [(sheet, f"A{FIRST_ROW + 4}", number)])
    assert calc.errors(found) == []
    results = {str(found["Checks"].get((row, 1))): found["Checks"].get((row, 2)) for row in range(1, 60)}
    assert {label for label in (UNKNOWN, ONCE) if results[label] == checks.BAD} == red
    assert calc.cell(found, "Start", "A4") == checks.FAILED
    others = [place for place in range(25) if place not in (4, 8)]
    for name in ("upb", "bid", "recommended"):
        expected = bids.values(made.book)[name]
        got = column(found, made, name)
        assert all(same(got[place], expected[place], 0.01) for place in others), name


def test_a_number_with_stars_is_found_as_it_is(tmp_path: Path) -> None:
    """`~`, `*` and `?` in a loan number are letters; numbers that differ in nothing else stay apart."""
    tape = read_tape(CLEAN)
    loans = tape.loans.copy()
    loans.loc[:5, "loan_id"] = ["A*", "AB", "A?", "A~", "A~*", "a b"]
    tape, path = replace(tape, loans=loans), tmp_path / "stars.xlsx"
    book = built(tape, DEFAULT, path)
    found = calc.recalculate(calc.strip_cached_values(path))
    assert disagreements(book, found, ["Bids"]) == []
    assert column(found, Made(tape, path, book, {}), "place")[:6] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("sheet", ["Bids", "Loans"])
def test_a_loan_typed_below_the_last_turns_the_light_red(sheet: str, made: Made) -> None:
    """It would be in no total."""
    below = FIRST_ROW + made.book.layout.loans
    found = calc.recalculate(made.path, [(sheet, f"A{below}", "one more")])
    results = {str(found["Checks"].get((row, 1))): found["Checks"].get((row, 2)) for row in range(1, 60)}
    assert results["Loan numbers typed below the rows of Loans or Bids"] == checks.BAD
    assert calc.cell(found, "Start", "A4") == checks.FAILED


def test_numbers_alike_but_for_case_are_told_apart(tmp_path: Path) -> None:
    """A worksheet finds a number whatever its case: the tape keeps each under a number of its own, and says so."""
    tape = tape_of(read_tape(CLEAN).loans.iloc[:3].assign(loan_id=["AB1", "ab1", "Ab1"]), tmp_path)
    assert list(tape.loans["loan_id"]) == ["AB1", "ab1 (row 3)", "Ab1 (row 4)"]
    assert tape.issues["message"].str.contains("stands on row 2 already").sum() == 2


def test_nothing_is_hidden(made: Made) -> None:
    for ws in made.book.workbook.worksheets:
        dimensions = [*ws.column_dimensions.items(), *ws.row_dimensions.items()]
        assert ws.sheet_state == "visible" and [key for key, d in dimensions if d.hidden] == [], ws.title
