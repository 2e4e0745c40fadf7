"""Large pools: some loans live, the rest stamped: recalculated they are what the engine says, and marked for what they
are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from benchmarks.engine import pool
from lossmit_workbook import live
from lossmit_workbook.build import SHEETS, build, make_book
from lossmit_workbook.explain_cells import LOAN_ROW
from lossmit_workbook.layout import FIGURES, FIRST_ROW
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import compare, summary
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.errors import OutputError
from lossmit_xl.evaluate import bids
from lossmit_xl.tape import Tape
from tests.tools import calc
from tests.tools.validate import validate
from tests.workbook.books import AS_OF, disagreements

DEAL = Assumptions(as_of=AS_OF)
CHECKED = ("Model", "Yields", "Scenarios", "Bids", "Summary", "Compare", "Flows", "Explain")


def _tape(folder: Path, loans: int) -> Tape:
    path = folder / f"{loans}.parquet"
    made = pool(loans)
    asked = made["purchase_price"].where(made["property_value"].notna())
    made.assign(purchase_price=asked).to_parquet(path, index=False)
    return read_tape(path, as_of=AS_OF)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tape, Path]:
    """60 loans, 20 of them live."""
    folder = tmp_path_factory.mktemp("small")
    tape, path = _tape(folder, 60), folder / "small.xlsx"
    build(tape, DEAL, path, live=20)
    return tape, path


@pytest.mark.parametrize(("loans", "count"), [(400, 80), pytest.param(2_000, 200, marks=pytest.mark.full)])
def test_recalculated_it_is_the_engine(loans: int, count: int, tmp_path: Path) -> None:
    tape, path = _tape(tmp_path, loans), tmp_path / "large.xlsx"
    build(tape, DEAL, path, live=count)
    book = make_book(tape, DEAL, live=count)
    for sheet in SHEETS:
        sheet.write(book)
    with calc.Book(path) as office:
        found = office.values([*CHECKED, "Start"])
    assert calc.errors(found) == []
    assert disagreements(book, found, CHECKED) == []
    assert calc.cell(found, "Start", "A4") == "ALL CHECKS PASS"
    total = float(book.evaluation.portfolio.totals["bid"])
    bid = summary.cell("bid").split("!")[1].replace("$", "")
    assert calc.cell(found, "Summary", bid) == pytest.approx(total, abs=0.01)
    said = str(calc.cell(found, "Summary", "A3"))
    assert said.startswith(f"{count:,} of {loans:,} loans are live") and f"{loans - count:,} are stamped" in said
    assert said in found["Start"].values()
    figures = [found["Bids"][FIRST_ROW + row, len(book.layout.bids_letter)] for row in range(loans)]
    assert figures.count("live") == count and figures.count("stamped") == loans - count
    shown = [found["Model"][FIRST_ROW + row, 2] for row in range(loans)]
    assert shown == figures


def test_the_largest_are_live_and_only_they_have_formulas(small: tuple[Tape, Path]) -> None:
    tape, path = small
    book = make_book(tape, DEAL, live=20)
    assert book.live is not None
    upb = np.nan_to_num(book.loans["upb"].to_numpy(dtype=float))
    assert (np.diff(upb) <= 0).all() and book.live[:20].all() and not book.live[20:].any()
    assert (tape.loans["loan_id"].to_numpy()[book.tape.rows - 2] == book.loans["loan_id"].to_numpy()).all()
    ws = openpyxl.load_workbook(path)["Model"]
    rows = ws.iter_rows(min_row=FIRST_ROW, max_row=FIRST_ROW + len(upb) - 1, min_col=3, max_col=120)
    for cells, is_live in zip(rows, book.live, strict=True):
        formulas = sum(str(cell.value).startswith("=") for cell in cells)
        blank = sum(cell.value == '=""' for cell in cells)
        assert formulas == (len(cells) if is_live else blank)


def test_a_stamped_workbook_is_sound_and_smaller(small: tuple[Tape, Path], tmp_path: Path) -> None:
    tape, path = small
    whole = tmp_path / "whole.xlsx"
    build(tape, DEAL, whole, live="all")
    assert validate(path) == [] and path.stat().st_size < 0.9 * whole.stat().st_size
    assert FIGURES not in make_book(tape, DEAL).layout.model_letter  # nothing of all this where all loans are live


def test_a_change_for_all_makes_the_stamped_stale(small: tuple[Tape, Path]) -> None:
    """Live loans follow, stamped ones stay; the light is red and every sheet says why."""
    tape, path = small
    row = {text: row for row, text, field in assumptions_sheet.rows() if field is not None}["target_yield"]
    found = calc.recalculate(path, [("Assumptions", f"B{row}", 0.22)])
    assert calc.errors(found) == []
    assert str(calc.cell(found, "Start", "A4")).startswith("CHECK FAILED")
    said = str(calc.cell(found, "Summary", "A3"))
    assert said.startswith("STALE") and said.endswith(" 40")
    book = make_book(tape, DEAL, live=20)
    assert book.live is not None
    then, now = bids(book.loans, DEAL), bids(book.loans, DEAL.replace(target_yield=0.22))
    column = list(book.layout.bids_letter).index("bid") + 1
    for place, (is_live, old, new) in enumerate(zip(book.live, then, now, strict=True)):
        shown, wanted = found["Bids"].get((FIRST_ROW + place, column), ""), new if is_live else old
        assert shown == ("" if wanted != wanted else pytest.approx(wanted, abs=0.01))


def test_an_edit_of_one_stamped_loan_is_seen(small: tuple[Tape, Path]) -> None:
    tape, path = small
    book = make_book(tape, DEAL, live=20)
    assert book.live is not None
    place, other = int(np.flatnonzero(~book.live)[3]), int(np.flatnonzero(book.live)[3])
    value, ask = book.layout.loan_letter["property_value"], book.layout.bids_letter["ask"]
    figures = len(book.layout.bids_letter)
    found = calc.recalculate(path, [("Loans", f"{value}{FIRST_ROW + place}", 12_345.0)])
    assert found["Bids"][FIRST_ROW + place, figures] == "stale"
    assert list(found["Bids"].values()).count("stale") == 1
    assert str(calc.cell(found, "Start", "A4")).startswith("CHECK FAILED")
    asked = calc.recalculate(path, [("Bids", f"{ask}{FIRST_ROW + place}", 999.0)])
    assert asked["Bids"][FIRST_ROW + place, figures] == "stale"
    fine = calc.recalculate(path, [("Loans", f"{value}{FIRST_ROW + other}", 12_345.0)])
    assert list(fine["Bids"].values()).count("stale") == 0
    assert str(calc.cell(fine, "Start", "A4")).startswith("INPUTS CHANGED")


def test_the_loan_sheets_say_what_is_stamped(small: tuple[Tape, Path]) -> None:
    """Compare, Flows and Explain show one loan: they say that its figures are of the build, and once they are late."""
    tape, path = small
    book = make_book(tape, DEAL, live=20)
    row = {text: row for row, text, field in assumptions_sheet.rows() if field is not None}["target_yield"]
    value = book.layout.loan_letter["property_value"]
    places = (("Compare", "E4"), ("Flows", "E1"), ("Explain", f"D{LOAN_ROW}"))

    def said() -> list[str]:
        found = office.values(["Compare", "Flows", "Explain"])
        assert calc.errors(found) == []
        return [str(calc.cell(found, *place) or "") for place in places]

    with calc.Book(path) as office:
        assert said() == [""] * 3
        office.edit([("Compare", f"C{compare.PICK_ROW}", str(book.loans["loan_id"][35]))])
        assert said() == [live.IS_STAMPED] * 3
        office.edit([("Loans", f"{value}{FIRST_ROW + 36}", 12_345.0)])
        assert said() == [live.IS_STAMPED] * 3  # another loan's
        office.edit([("Loans", f"{value}{FIRST_ROW + 35}", 12_345.0)])
        assert said() == [live.IS_STALE] * 3
        office.edit([("Compare", f"C{compare.PICK_ROW}", str(book.loans["loan_id"][34])),
                     ("Assumptions", f"B{row}", 0.22)])  # fmt: skip
        assert said() == [live.IS_STALE] * 3
        office.edit([("Compare", f"C{compare.PICK_ROW}", str(book.loans["loan_id"][3]))])
        assert said() == [""] * 3


def test_loans_that_moved_are_seen(small: tuple[Tape, Path]) -> None:
    tape, path = small
    one, other = (str(make_book(tape, DEAL, live=20).loans["loan_id"][place]) for place in (30, 31))
    found = calc.recalculate(path, [("Loans", f"A{FIRST_ROW + 30}", other), ("Loans", f"A{FIRST_ROW + 31}", one)])
    assert str(calc.cell(found, "Start", "A4")).startswith("CHECK FAILED")


@pytest.mark.parametrize(("wanted", "count"), [
    ("all", None), ("auto", None), (60, None), (61, None), ("20", 20), (0, 0)])  # fmt: skip
def test_which_are_live(wanted: str | int, count: int | None, small: tuple[Tape, Path]) -> None:
    found = live.chosen(small[0].loans, wanted)
    assert found == count


def test_auto_is_two_thousand() -> None:
    assert live.chosen(pool(live.MOST), "auto") is None
    assert live.chosen(pool(live.MOST + 1), "auto") == live.MOST


@pytest.mark.parametrize("wanted", ["some", "-1", "1.5", ""])
def test_no_other_word_is_taken(wanted: str, small: tuple[Tape, Path]) -> None:
    with pytest.raises(OutputError, match="must be all, auto or a number of loans"):
        live.chosen(small[0].loans, wanted)
