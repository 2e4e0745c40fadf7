"""Bids and Yields: keyed and sortable, totals under a real filter, asks typed, implied yields and lights live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl.utils import get_column_letter

from lossmit_workbook.book import Book
from lossmit_workbook.build import build
from lossmit_workbook.layout import BIDS_COLUMNS, BIDS_INPUTS, FIRST_ROW, HEAD_ROW
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import bids, checks, yields
from lossmit_xl import Assumptions, evaluate, read_tape
from lossmit_xl.tape import Tape
from tests.tools import calc, engines
from tests.workbook.books import AS_OF, CLEAN, MESSY, disagreements, tape_of, written

DEFAULT = Assumptions(as_of=AS_OF)
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, np.nan)
LIVE = ["Bids", "Yields", "Model", "Scenarios"]
TYPED = FIRST_ROW + 21
AREA = f"A{HEAD_ROW}:{get_column_letter(len(BIDS_COLUMNS))}"


class Made:
    """A tape with an ask for most of its loans, the workbook built without them, and what it holds with them."""

    def __init__(self, path: Path, folder: Path, deal: Assumptions = DEFAULT) -> None:
        self.tape = read_tape(path)
        self.path = folder / "book.xlsx"
        build(self.tape, deal, self.path)
        self.book = written(self.tape, deal)
        self.last = self.book.layout.last_row
        bid = evaluate(self.tape.loans, deal).loans["bid"].to_numpy(dtype=float)
        share = np.resize(SHARES, len(bid))
        self.asks = np.where(bid > 0, np.round(bid * share, 2), np.where(np.isnan(bid), np.nan, 5_000.0))

    @property
    def asked(self) -> Tape:
        """The tape as if the seller had sent the asks with it."""
        return replace(self.tape, loans=self.tape.loans.assign(purchase_price=self.asks))

    def typed(self) -> list[calc.Edit]:
        """The asks as a user types them, a word and a number of his beside each."""
        edits: list[calc.Edit] = []
        for place, ask in enumerate(self.asks):
            if ask == ask:
                edits.append(("Bids", f"{bids.letter('ask')}{FIRST_ROW + place}", float(ask)))
                edits.append(("Bids", f"{bids.letter('decision')}{FIRST_ROW + place}", bids.DECISIONS[place % 3]))
                edits.append(("Bids", f"{bids.letter('note')}{FIRST_ROW + place}", f"note {place}"))
        return edits


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(MESSY, tmp_path_factory.mktemp("bids"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(CLEAN, tmp_path_factory.mktemp("bids25"))


def by_loan(cells: calc.Cells, last: int) -> dict[str, tuple[calc.Value | None, ...]]:
    """What each row of Bids shows, by its loan number."""
    wide = len(BIDS_COLUMNS)
    rows = (tuple(cells.get((row, place)) for place in range(1, wide + 1)) for row in range(FIRST_ROW, last + 1))
    return {str(row[0]): row for row in rows}


# Asks


def test_typed_asks_give_the_engines_yields_profits_and_lights(messy: Made) -> None:
    found = calc.recalculate(messy.path, messy.typed())
    assert calc.errors(found) == []
    expected = written(messy.asked, DEFAULT)
    assert disagreements(expected, found, LIVE, edited=True) == []
    lights = [found["Bids"][row, BIDS_COLUMNS.index("light") + 1] for row in range(FIRST_ROW, messy.last + 1)]
    assert {"green", "amber", "red", "no ask"} <= set(lights)
    shown = [found["Bids"][row, BIDS_COLUMNS.index("implied_yield") + 1] for row in range(FIRST_ROW, messy.last + 1)]
    assert sum(isinstance(value, float) for value in shown) > 220


def test_a_second_engine_agrees_with_asks_from_a_tenth_to_half_over(messy: Made, tmp_path: Path) -> None:
    build(messy.asked, DEFAULT, tmp_path / "asked.xlsx")
    found = engines.ironcalc_values(tmp_path / "asked.xlsx")
    assert disagreements(written(messy.asked, DEFAULT), found, ["Bids", "Yields"]) == []


def test_changed_yield_and_limits_move_yields_and_lights(clean: Made) -> None:
    changes = {"target_yield": 0.22, "light_green_yield": 0.2, "light_green_itv": 0.5, "light_amber_yield": 0.16,
               "light_amber_itv": 0.6, "acquisition_cost": 1_500.0, "acquisition_rate": 0.02}  # fmt: skip
    rows = {text: row for row, text, field in assumptions_sheet.rows() if field is not None}
    edits = [("Assumptions", f"B{rows[name]}", value) for name, value in changes.items()]
    with calc.Book(clean.path) as book:
        book.edit(clean.typed())
        before = book.values(["Bids"])
        book.edit(edits)
        after = book.values()
    assert disagreements(written(clean.asked, DEFAULT.replace(**changes)), after, LIVE, edited=True) == []
    place = BIDS_COLUMNS.index("light") + 1
    lights = [[cells["Bids"][row, place] for row in range(FIRST_ROW, clean.last + 1)] for cells in (before, after)]
    assert lights[0] != lights[1]


def test_the_stamped_irr_goes_blank_once_its_price_has_moved(clean: Made) -> None:
    """And only for that loan; typed back, it stands there again."""
    ask, irr = bids.letter("ask"), bids.letter("recommended_irr")
    with calc.Book(clean.path) as book:
        built = [calc.cell(book.values(["Bids"]), "Bids", f"{irr}{FIRST_ROW + place}") for place in range(25)]
        book.edit([("Bids", f"{ask}{FIRST_ROW + 2}", 10_000.0)])
        moved = [calc.cell(book.values(["Bids"]), "Bids", f"{irr}{FIRST_ROW + place}") for place in range(25)]
        book.edit([("Bids", f"{ask}{FIRST_ROW + 2}", None)])
        back = [calc.cell(book.values(["Bids"]), "Bids", f"{irr}{FIRST_ROW + place}") for place in range(25)]
    stamped = yields.stamps(clean.book)["recommended_irr"]
    assert back == built and [irr for irr in built if irr != ""] == pytest.approx(stamped[~np.isnan(stamped)])
    assert moved[2] == "" and built[2] != "" and moved[:2] + moved[3:] == built[:2] + built[3:]


# Sorted and filtered


@pytest.fixture(scope="module")
def sorted_cells(messy: Made) -> Iterator[tuple[calc.Sheets, calc.Sheets, calc.Sheets]]:
    """Everything before sorting by UPB, after it, and with one more ask typed into row `TYPED` then."""
    with calc.Book(messy.path) as book:
        book.edit(messy.typed())
        before = book.values()
        book.sort("Bids", f"{AREA}{messy.last}", BIDS_COLUMNS.index("upb"), ascending=False)
        after = book.values()
        book.edit([("Bids", f"{bids.letter('ask')}{TYPED}", 4_321.0)])
        yield before, after, book.values()


def test_sorted_rows_keep_figures_and_inputs_with_their_loan(
    messy: Made, sorted_cells: tuple[calc.Sheets, calc.Sheets, calc.Sheets]
) -> None:
    before, after, _ = sorted_cells
    first, then = by_loan(before["Bids"], messy.last), by_loan(after["Bids"], messy.last)
    assert list(first) != list(then) and len(then) == 250
    upb = [row[BIDS_COLUMNS.index("upb")] for row in then.values()]
    numbers = [value for value in upb if isinstance(value, float)]
    assert numbers == sorted(numbers, reverse=True)
    assert first == then
    assert calc.errors(after) == []
    assert {n: after[n] for n in after if n != "Bids"}["Summary"] == before["Summary"]
    moving = messy.book.layout.model_letter["bids_row"]
    for title in ("Model", "Yields", "Scenarios", "Checks"):
        apart = {a for a in before[title] if before[title][a] != after[title].get(a)}
        assert {get_column_letter(c) for _, c in apart} <= ({moving} if title == "Model" else set()), title


def test_what_is_typed_after_sorting_goes_to_the_loan_of_its_row(
    messy: Made, sorted_cells: tuple[calc.Sheets, calc.Sheets, calc.Sheets]
) -> None:
    _, after, typed = sorted_cells
    loan = str(after["Bids"][TYPED, 1])
    place = list(messy.tape.loans["loan_id"]).index(loan)
    price = messy.book.layout.model_letter["purchase_price"]
    assert calc.cell(typed, "Model", f"{price}{FIRST_ROW + place}") == 4_321.0
    assert calc.cell(typed, "Bids", f"{bids.letter('price')}{TYPED}") == 4_321.0
    rows = by_loan(typed["Bids"], messy.last), by_loan(after["Bids"], messy.last)
    assert {name for name in rows[0] if rows[0][name] != rows[1][name]} == {loan}


@pytest.mark.parametrize(("column", "word"), [("light", "red"), ("binds", "cap on value"), ("state", "TX")])
def test_totals_are_those_of_the_loans_a_filter_shows(column: str, word: str, messy: Made) -> None:
    with calc.Book(messy.path) as book:
        book.edit(messy.typed())
        book.filter("Bids", f"{AREA}{messy.last}", BIDS_COLUMNS.index(column), word)
        found = book.values(["Bids"])
    values = bids.values(written(messy.asked, DEFAULT))
    shown = values[column] == word
    row = bids.SHOWN_ROW
    assert calc.cell(found, "Bids", f"A{row}") == shown.sum() > 0
    for name in bids.SUMMED:
        wanted = np.nansum(values[name].astype(float)[shown])
        assert calc.cell(found, "Bids", f"{bids.letter(name)}{row}") == pytest.approx(wanted, abs=1e-4), name
    priced = shown & ~np.isnan(values["ask_gap"].astype(float))
    gap, bid = (np.nansum(values[name].astype(float)[priced]) for name in ("ask_gap", "bid"))
    assert calc.cell(found, "Bids", f"{bids.letter('ask_over_bid')}{row}") == (pytest.approx(gap / bid) if bid else "")
    asks = int((~np.isnan(values["ask"].astype(float)))[shown].sum())
    assert calc.cell(found, "Bids", f"{bids.letter('binds')}{row}") == asks


# Each loan once


NOT_ON_LOANS = "Loan numbers on Bids that are not on Loans"
NOT_ONCE = "Every loan on Loans stands on Bids, once"
BELOW = "Loan numbers typed below the rows of Loans or Bids"


@pytest.mark.parametrize(
    ("sheet", "row", "of", "failing"),
    [
        ("Bids", 3, "no such loan", {NOT_ON_LOANS, NOT_ONCE}),
        ("Bids", 3, 5, {NOT_ONCE}),
        ("Bids", 3, None, {NOT_ON_LOANS, NOT_ONCE}),
        ("Loans", 3, "another number", {NOT_ON_LOANS, NOT_ONCE}),
        ("Loans", 3, 5, {NOT_ON_LOANS, NOT_ONCE}),
        ("Bids", 25, "one more", {BELOW}),
        ("Loans", 25, "one more", {BELOW}),
    ],
)
def test_a_loan_missing_or_twice_turns_a_check_red(
    sheet: str, row: int, of: str | int | None, failing: set[str], clean: Made
) -> None:
    """Mistyped, typed twice, emptied, on Bids or on Loans, or added below: never a total that misses it in silence."""
    value = clean.tape.loans["loan_id"].iloc[of] if isinstance(of, int) else of
    found = calc.recalculate(clean.path, [(sheet, f"A{FIRST_ROW + row}", value)])
    assert calc.errors(found) == []
    assert calc.cell(found, "Start", "A4") == checks.FAILED
    results = {found["Checks"][r, 1]: found["Checks"][r, 2] for r in range(checks.POOL_FIRST, checks.POOL_FIRST + 12)}
    assert {name for name in (NOT_ON_LOANS, NOT_ONCE, BELOW) if results[name] == checks.BAD} == failing


def test_marks_in_a_loan_number_are_only_marks(tmp_path: Path) -> None:
    """Stars, question marks, tildes, case and leading zeros: every loan keeps its own row and ask."""
    loans = read_tape(CLEAN).loans.iloc[:7]
    ids = ["12934", "12*34", "12~?", "12?4", "0777", "777", "ab-1"]
    tape = tape_of(loans.assign(loan_id=ids, purchase_price=np.arange(1, 8) * 1_000.0), tmp_path)
    build(tape, DEFAULT, tmp_path / "marks.xlsx")
    found = calc.recalculate(calc.strip_cached_values(tmp_path / "marks.xlsx", tmp_path / "bare.xlsx"))
    assert disagreements(written(tape, DEFAULT), found, ["Bids", "Model", "Checks"]) == []
    assert [found["Bids"][FIRST_ROW + place, 2] for place in range(7)] == [1, 2, 3, 4, 5, 6, 7]
    assert calc.cell(found, "Start", "A4") == checks.PASS


def test_numbers_alike_but_for_case_are_told_apart(tmp_path: Path) -> None:
    loans = read_tape(CLEAN).loans.iloc[:3].assign(loan_id=["AB1", "ab1", "Ab1"])
    tape = tape_of(loans, tmp_path)
    assert list(tape.loans["loan_id"]) == ["AB1", "ab1 (row 3)", "Ab1 (row 4)"]
    assert (tape.issues["message"].str.contains("stands on row 2 already")).sum() == 2


# The sheet


@pytest.fixture(scope="module")
def unsaved(clean: Made) -> Book:
    return clean.book


def test_inputs_are_typed_all_else_is_a_formula_of_its_own_row(unsaved: Book) -> None:
    """So that a sorted row takes everything with it: no reference to another row of Bids."""
    for name, column in zip(BIDS_COLUMNS, unsaved.grids["Bids"], strict=True):
        assert (column.formula is None) == (name in (*BIDS_INPUTS, "loan_id")), name
    area = unsaved.workbook["Bids"].conditional_formatting
    assert len(list(area)) >= 4
    named = unsaved.workbook.defined_names["bids_show"].attr_text
    assert named == unsaved.layout.bids_range("show")


def test_words_say_what_the_colours_say(unsaved: Book) -> None:
    """Each coloured light has its word; the decision's list and the ask's limits bind."""
    rules = {str(rule.sqref).split(":")[0]: rule for rule in
             unsaved.workbook["Bids"].data_validations.dataValidation}  # fmt: skip
    ask, decision = (rules[f"{bids.letter(name)}{FIRST_ROW}"] for name in ("ask", "decision"))
    assert (ask.type, ask.formula1, ask.showErrorMessage) == ("decimal", "0", True)
    assert (decision.type, decision.formula1) == ("list", '"bid,pass,ask seller"')
