"""The bridge's workbook: its sums are live and hold, its chart draws them, its text is text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from lossmit_workbook import diff
from lossmit_workbook.diff import DiffBook
from lossmit_workbook.diff_sheets import BRIDGE, LOANS, MEANINGS, PARTS, axis_floor, cause_letter
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.lint import lint
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.bridge import CAUSES, Bridge, Built, Side, explain, usd
from lossmit_xl.evaluate import bids
from tests.tools import calc
from tests.tools.validate import audit, validate
from tests.workbook.books import AS_OF, CLEAN, ROOT, disagreements

FACTS = (diff.Fact("Workbook", "=a.xlsx", "b.xlsx"), diff.Fact("As of", 46_000.0, 46_030.0, "date"))


def _side(name: str, tape: Path, deal: Assumptions) -> Side:
    loans = read_tape(tape, as_of=deal.as_of).loans
    found = bids(loans, deal)
    built = Built(loans, deal, float(pd.Series(found).sum()), pd.Series(found, index=list(loans["loan_id"])))
    return Side(name, loans, loans, deal, name, built)


@pytest.fixture(scope="module")
def bridge() -> Bridge:
    a = _side("=a.xlsx", CLEAN, Assumptions(as_of=AS_OF))
    deal = Assumptions.from_toml(ROOT / "examples" / "november.toml").replace(as_of="2026-11-30")
    b = _side("b.xlsx", ROOT / "examples" / "november_24.csv", deal)
    loans = b.loans.copy()
    loans.loc[4, "property_value"] = 71_000.0  # an override that was never built
    return explain(a, replace(b, loans=loans))


@pytest.fixture(scope="module")
def written(bridge: Bridge, tmp_path_factory: pytest.TempPathFactory) -> tuple[DiffBook, Path]:
    path = tmp_path_factory.mktemp("diff") / "diff.xlsx"
    diff.build(bridge, FACTS, path)
    return diff.make(bridge, FACTS), path


def test_every_cause_is_explained() -> None:
    assert list(MEANINGS) == list(CAUSES)


def test_recalculated_it_says_the_same(written: tuple[DiffBook, Path], bridge: Bridge) -> None:
    book, path = written
    found = calc.recalculate(calc.strip_cached_values(path))
    assert calc.errors(found) == []
    assert disagreements(book, found, [BRIDGE, LOANS]) == []
    assert calc.cell(found, BRIDGE, "A4") == "ALL SUMS HOLD"
    rows = {found[BRIDGE].get((row, 1)): row for row in range(1, 40)}
    for cause, name in CAUSES.items():
        assert found[BRIDGE][rows[name], 7] == pytest.approx(usd(bridge.amount(cause)), abs=1e-6)
    assert found[BRIDGE][rows["Difference"], 7] == pytest.approx(usd(bridge.end - bridge.start), abs=1e-6)
    moved = sum(bridge.amount(cause) != 0 for cause in CAUSES)
    assert moved >= 6  # the pair has something of nearly everything


@pytest.mark.parametrize("edit", [
    lambda book: (LOANS, f"{cause_letter('tape')}{FIRST_ROW + 3}", 1.01),
    lambda book: (LOANS, f"C{FIRST_ROW}", 12.5), lambda book: (PARTS, "F6", 77.0), lambda book: (BRIDGE, "G8", 1.0),
])  # fmt: skip
def test_a_sum_that_does_not_hold_is_seen(
    edit: Callable[[DiffBook], calc.Edit], written: tuple[DiffBook, Path]
) -> None:
    book, path = written
    found = calc.recalculate(path, [edit(book)])
    assert str(calc.cell(found, BRIDGE, "A4")).startswith("CHECK")


def test_the_file_is_sound(written: tuple[DiffBook, Path]) -> None:
    _, path = written
    assert validate(path) == [] and lint(path) == [] and audit(path) == []


def test_it_opens_with_chart_text_and_values(written: tuple[DiffBook, Path], bridge: Bridge) -> None:
    _, path = written
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["Bridge", "Loans", "Parts", "What differs"]
    assert len(book["Bridge"]._charts) == 1
    assert book["Bridge"]["B8"].value == "=a.xlsx" and book["Bridge"]["A4"].value == "ALL SUMS HOLD"
    shown = {book["Loans"].cell(FIRST_ROW + place, 1).value for place in range(len(bridge.loan_ids))}
    assert shown == set(bridge.loan_ids)
    assert book["What differs"].max_row == 5 + len(bridge.changes)


def test_a_pool_against_itself(tmp_path: Path) -> None:
    side = _side("a.xlsx", CLEAN, Assumptions(as_of=AS_OF))
    diff.build(explain(side, side), FACTS, tmp_path / "same.xlsx")
    found = calc.recalculate(tmp_path / "same.xlsx")
    assert calc.errors(found) == [] and calc.cell(found, BRIDGE, "A4") == "ALL SUMS HOLD"
    assert validate(tmp_path / "same.xlsx") == [] and lint(tmp_path / "same.xlsx") == []


def test_the_axis_begins_below_the_columns() -> None:
    assert axis_floor([100.0, 40.0, 90.0]) == 0.0 and axis_floor([-5.0, 3.0]) == 0.0
    assert axis_floor([1_719_422.0, 1_631_679.0, 1_730_000.0]) == 1_530_000.0
    assert 0 < axis_floor([500.0, 500.0]) < 500.0
