"""Summary: bands, concentration, the way from UPB to bid, decisions: live, adding up, equal to the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lossmit_workbook.book import Book
from lossmit_workbook.build import build
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.readback import read_workbook
from lossmit_workbook.sheets import scenarios, summary, summary_bridge, summary_concentration, summary_groups
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.carry import carry
from lossmit_xl.evaluate import all_columns
from tests.tools import calc, engines
from tests.workbook.books import AS_OF, CLEAN, MESSY, built, disagreements, written
from tests.workbook.typing_in import Typist

DEAL = Assumptions(as_of=AS_OF)
BRIDGE_FIRST = summary.BRIDGE_ROW + 2
LAST_BRIDGE = BRIDGE_FIRST + len(summary_bridge.STEPS) - 1


@pytest.fixture(scope="module")
def book() -> Book:
    return written(read_tape(CLEAN), DEAL)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[calc.Book]:
    path = tmp_path_factory.mktemp("summary") / "clean.xlsx"
    build(read_tape(CLEAN), DEAL, path)
    with calc.Book(path) as opened:
        yield opened


def found_row(sheet: calc.Cells, text: str) -> int:
    """The row with this text in column A."""
    return next(row for (row, column), value in sheet.items() if column == 1 and value == text)


def table(sheet: calc.Cells, heading: str, letters: str = "BCDEFGHI") -> dict[str, list[float]]:
    """A table below its heading, by label, down to the row of the pool."""
    row, rows = found_row(sheet, heading) + 2, {}
    while True:
        label = str(sheet[row, 1])
        rows[label] = [float(sheet.get((row, ord(x) - 64), 0.0) or 0.0) for x in letters]
        if label == "The pool":
            return rows
        row += 1


def test_every_table_adds_up_to_the_pool(book: Book, opened: calc.Book) -> None:
    cells = opened.values(["Summary"])["Summary"]
    pool = Pool.of(book)
    for group in summary_groups.groups(book, pool):
        rows = table(cells, group.heading)
        whole = rows.pop("The pool")
        assert np.allclose(np.sum(list(rows.values()), axis=0), whole, atol=0.01), group.name
        assert whole[0] == 25 and whole[-1] == pytest.approx(pool.totals["bid"], abs=0.01)


def test_bands_hold_the_loans_that_lie_in_them_also_after_the_edges_move(book: Book, opened: calc.Book) -> None:
    """Loan-to-value and instalments missed, counted by hand from the engine's columns."""
    missed, ltv = (book.column(name).astype(float) for name in ("missed", "combined_ltv"))
    rows = table(opened.values(["Summary"])["Summary"], "By delinquency: instalments missed")
    assert rows["1 to 2"][0] == ((missed >= 1) & (missed < 3)).sum()
    assert rows["24 and more"][0] == (missed >= 24).sum()
    opened.edit([("Assumptions", "ltv_band4", 0.83)])
    after = table(opened.values(["Summary"])["Summary"], LTV)
    assert after["70% to below 83%"][0] == ((ltv >= 0.7) & (ltv < 0.83)).sum()
    assert after["83% to below 90%"][0] == ((ltv >= 0.83) & (ltv < 0.9)).sum()
    assert sum(row[0] for label, row in after.items() if label != "The pool") == 25
    opened.edit([("Assumptions", "ltv_band4", 0.8)])


LTV = "By combined loan-to-value: claims ahead and principal over the as-is value"


def test_combined_ltv_by_hand(book: Book) -> None:
    loans = book.loans
    taken = loans[["senior_balance", "delinquent_taxes", "upb", "deferred_balance"]].fillna(0).sum(axis=1)
    assert np.allclose(book.column("combined_ltv").astype(float), (taken / loans["property_value"]).to_numpy(float))


def test_the_way_from_upb_to_bid_adds_up_and_follows_the_yield(opened: calc.Book) -> None:
    """Steps lead from one total to the next, to the cent, before and after a change."""
    for target in (0.15, 0.24):
        opened.edit([("Assumptions", "target_yield", target)])
        cells = opened.values(["Summary"])["Summary"]
        amount = [float(cells[row, 2]) for row in range(BRIDGE_FIRST, LAST_BRIDGE + 1)]
        running = 0.0
        for (_, _, total, _), step in zip(summary_bridge.STEPS, amount, strict=True):
            if total:
                assert not running or running == pytest.approx(step, abs=0.01)
                running = step
            else:
                running += step
        columns = all_columns(read_tape(CLEAN).loans, DEAL.replace(target_yield=target))
        labels = [label for label, *_ in summary_bridge.STEPS]
        for label, name in (("Expected recovery", "outcomes_net"), ("Expected NPV", "expected_npv"), ("Bid", "bid")):
            assert amount[labels.index(label)] == pytest.approx(float(np.nansum(columns[name])), abs=0.01)
    opened.edit([("Assumptions", "target_yield", 0.15)])


def test_proceeds_less_costs_of_the_outcomes(book: Book) -> None:
    """What the outcomes bring and cost, from each strategy's own figures."""
    figure = book.evaluation.figure
    foreclosed = book.column("foreclosed_weight").astype(float)
    costs = np.zeros(book.layout.loans)
    for strategy in summary.STRATEGIES:
        weight = book.column(f"{strategy}_own_weight").astype(float)
        weight = weight + (foreclosed if strategy == "foreclosure" else 0)
        costs += weight * np.nan_to_num(figure(strategy, "costs"))
    gap = book.column("outcomes_gross").astype(float) - book.column("outcomes_net").astype(float)
    assert np.allclose(gap, costs, atol=0.01)


def test_concentration_ranks_by_upb_and_counts_what_makes_the_share(book: Book, opened: calc.Book) -> None:
    upb = np.sort(book.loans["upb"].to_numpy(float))[::-1]
    for share in (DEAL.concentration_share, 0.3):
        opened.edit([("Assumptions", "concentration_share", share)])
        cells = opened.values(["Summary"])["Summary"]
        needed = int(np.searchsorted(np.cumsum(upb), share * upb.sum()) + 1)
        assert cells[summary.CONCENTRATION_ROW, 11] == needed
        listed = [cells.get((summary.CONCENTRATION_ROW + 2 + place, 4), "") for place in range(needed + 1)]
        assert listed == [*upb[:needed], ""]
        last = cells[summary.CONCENTRATION_ROW + 1 + needed, 6]
        assert last == pytest.approx(np.cumsum(upb)[needed - 1] / upb.sum())
    opened.edit([("Assumptions", "concentration_share", DEAL.concentration_share)])


def test_loans_of_one_upb_have_ranks_of_their_own(book: Book, opened: calc.Book) -> None:
    letter = book.layout.loan_letter["upb"]
    same = [("Loans", f"{letter}{FIRST_ROW + place}", 123_456.0) for place in (2, 5, 9)]
    before = book.loans["upb"].to_numpy(float)
    opened.edit(same)
    cells = opened.values(["Scenarios"])["Scenarios"]
    rank = calc.coordinate_to_tuple(f"{scenarios.ranked_letter(scenarios.RANK)}{FIRST_ROW}")[1]
    ranks = [cells[FIRST_ROW + place, rank] for place in range(25)]
    assert sorted(ranks) == list(range(1, 26))
    assert ranks[2] < ranks[5] < ranks[9]
    opened.edit([(sheet, address, before[place]) for (sheet, address, _), place in zip(same, (2, 5, 9), strict=True)])


def test_decisions_and_asks_typed_on_bids_are_added_up(book: Book, opened: calc.Book) -> None:
    bids = book.layout.bids_letter
    typed = [("Bids", f"{bids['decision']}{FIRST_ROW}", "bid"), ("Bids", f"{bids['decision']}{FIRST_ROW + 3}", "pass"),
             ("Bids", f"{bids['ask']}{FIRST_ROW}", 50_000.0)]  # fmt: skip
    opened.edit(typed)
    rows = table(opened.values(["Summary"])["Summary"], "By your decision on Bids", "BCDEFG")
    bid = book.column("bid").astype(float)
    assert rows["bid"] == pytest.approx([1, book.loans["upb"][0], bid[0], 50_000, bid[0], 50_000 - bid[0]], abs=0.01)
    assert rows["pass"][0] == 1 and rows["not decided"][0] == 23 and rows["The pool"][0] == 25
    # Pasted past the list: a loan with another word is still one of the pool.
    odd = [("Bids", f"{bids['decision']}{FIRST_ROW + place}", word) for place, word in ((5, "Bid"), (6, "maybe"))]
    opened.edit(odd)
    typed += odd
    rows = table(opened.values(["Summary"])["Summary"], "By your decision on Bids", "BCDEFG")
    assert rows["bid"][:3] == pytest.approx([2, book.loans["upb"][[0, 5]].sum(), bid[[0, 5]].sum()], abs=0.01)
    assert rows["not decided"][0] == 21 and rows["another word"][0] == 1
    assert rows["The pool"][:3] == pytest.approx([25, book.loans["upb"].sum(), np.nansum(bid)], abs=0.01)
    opened.edit([(sheet, address, None) for sheet, address, _ in typed])


def test_no_decision_is_lost_and_an_ask_needs_a_bid(book: Book, opened: calc.Book) -> None:
    """A word pasted over the list of decisions, and an ask for a loan that can't be valued."""
    bids, value = book.layout.bids_letter, f"{book.layout.loan_letter['property_value']}{FIRST_ROW + 1}"
    typed = [("Bids", f"{bids['decision']}{FIRST_ROW}", "maybe"), ("Bids", f"{bids['ask']}{FIRST_ROW}", 50_000.0),
             ("Bids", f"{bids['decision']}{FIRST_ROW + 1}", "BID"), ("Bids", f"{bids['ask']}{FIRST_ROW + 1}", 9e6),
             ("Loans", value, None)]  # fmt: skip
    opened.edit(typed)
    rows = table(opened.values(["Summary"])["Summary"], "By your decision on Bids", "BCDEFG")
    bid, upb = book.column("bid").astype(float), book.loans["upb"].to_numpy(float)
    assert rows["another word"] == pytest.approx([1, upb[0], bid[0], 50_000, bid[0], 50_000 - bid[0]], abs=0.01)
    assert rows["bid"] == pytest.approx([1, upb[1], 0, 0, 0, 0], abs=0.01)
    assert rows["The pool"][0] == 25 and rows["The pool"][3] == 50_000
    opened.edit([*((sheet, address, None) for sheet, address, _ in typed[:4]),
                 ("Loans", value, float(book.loans["property_value"][1]))])  # fmt: skip


def test_decisions_that_were_carried_are_counted_as_the_sheet_counts_them(tmp_path: Path) -> None:
    tape = read_tape(CLEAN)
    build(tape, DEAL, tmp_path / "a.xlsx")
    typist = Typist(tmp_path / "a.xlsx")
    for place, word in enumerate(("Bid", "PASS", "maybe")):
        typist.loan(str(tape.loans["loan_id"][place]), "decision", word)
    carried = carry(tape.loans, read_workbook(typist.save(tmp_path / "b.xlsx")).past())
    made = written(tape, DEAL, carried)
    build(tape, DEAL, tmp_path / "c.xlsx", carried=carried)
    found = calc.recalculate(tmp_path / "c.xlsx", sheets=["Summary"])
    rows = table(found["Summary"], "By your decision on Bids", "B")
    assert [rows[word][0] for word in ("bid", "pass", "ask seller", "another word", "The pool")] == [1, 1, 0, 1, 25]
    assert disagreements(made, found, ["Summary"]) == []


def test_a_pool_of_any_size_fits(tmp_path: Path) -> None:
    """The sample of 250: the list of the largest stops, and says how many more there are."""
    book = written(read_tape(MESSY), DEAL)
    pool = Pool.of(book)
    assert summary_concentration.count(book, pool) == 128
    assert summary_concentration.lines(book, pool) == summary_concentration.MOST
    left = book.cached["Summary"][f"A{summary.CONCENTRATION_ROW + 3 + summary_concentration.MOST}"]
    assert left == "and 88 more: sort Bids by UPB"


EDGES = {0.7: (281_279.4, 196_895.58), 0.8: (205_439.1, 164_351.28), 0.9: (451_991.5, 406_792.35),
         1.2: (442_910.9, 531_493.08)}  # fmt: skip
"""Values and balances whose ratio is an edge of the bands, but for its last binary digit."""


def test_a_loan_at_an_edge_lies_in_the_band_that_starts_there(tmp_path: Path) -> None:
    """In every program: the last binary digit of a quotient decides nothing, nor how a half is shown."""
    head = "loan_id,state,upb,note_rate,pi_payment,next_due_date,maturity_date,property_value\n"
    lines = [f"E{place},FL,{upb},0.08,900,2026-01-01,2045-01-01,{value}\n"
             for place, (value, upb) in enumerate(EDGES.values())]  # fmt: skip
    (tmp_path / "edges.csv").write_text(head + "".join(lines))
    tape = read_tape(tmp_path / "edges.csv")
    book = built(tape, DEAL, tmp_path / "book.xlsx")
    ratios = book.column("combined_ltv").astype(float)
    assert np.allclose(ratios, list(EDGES), atol=1e-12) and (ratios < list(EDGES)).all()
    for found in (calc.recalculate(tmp_path / "book.xlsx"), engines.ironcalc_values(tmp_path / "book.xlsx")):
        assert disagreements(book, found, ["Summary"]) == []
        rows = table(found["Summary"], LTV)
        assert [rows[label][0] for label in rows if label[:2] in ("70", "80", "90", "12")] == [1, 1, 1, 1]
