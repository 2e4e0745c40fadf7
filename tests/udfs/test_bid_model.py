"""The ten-row bid model of the examples: Python, IronCalc and pyOpenVBA say the same."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openpyxl import load_workbook

from lossmit_workbook.lint import lint
from tests.command_line import ROOT
from tests.tools import engines, validate
from tests.udfs.lambda_engines import PyOpenVba
from tests.udfs.test_lambdas_book import parts

WITH_NAMES, WITHOUT = ROOT / "examples" / "bid_model.xlsx", ROOT / "examples" / "bid_model_udfs.xlsx"
CENT = 0.01


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_bid_model", ROOT / "examples" / "make_bid_model.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def numbers(path: Path) -> dict[tuple[int, int], Any]:
    ws = load_workbook(path, data_only=True).worksheets[0]
    return {(c.row, c.column): c.value for row in ws.iter_rows() for c in row if isinstance(c.value, (int, float))}


@pytest.mark.parametrize(("path", "names"), [(WITH_NAMES, True), (WITHOUT, False)], ids=["names", "udfs"])
def test_shipped_files_are_what_is_written(maker: ModuleType, path: Path, names: bool, tmp_path: Path) -> None:
    made = tmp_path / "made.xlsx"
    maker.build(names=names).save(made)
    assert parts(path) == parts(made), "run: python examples/make_bid_model.py"
    assert validate.validate(made) == []


def test_clean() -> None:
    assert lint(WITH_NAMES, lambdas=True) == []


def test_both_editions_show_the_same() -> None:
    assert numbers(WITH_NAMES) == pytest.approx(numbers(WITHOUT), rel=1e-12)
    assert len(numbers(WITH_NAMES)) > 10 * 18


def test_ironcalc_computes_what_python_did() -> None:
    found = engines.ironcalc_values(WITH_NAMES)["Bid model"]
    for place, value in numbers(WITH_NAMES).items():
        assert found[place] == pytest.approx(value, abs=CENT if abs(value) > 1.5 else 1e-6), place


def test_both_engines_follow_a_change(maker: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another yield: every function of every row anew, and the bids are Python's.

    IronCalc recalculates the file. pyOpenVBA 6.5 leaves 0 in some cells of a chain that it recalculates by itself, so
    there every formula is typed anew, from left to right.
    """
    label, _, unit = maker.ASSUMPTIONS["yield"]
    monkeypatch.setitem(maker.ASSUMPTIONS, "yield", (label, 0.12, unit))
    expected = maker.computed()
    assert sum(expected["S"]) > numbers(WITH_NAMES)[maker.LAST_ROW + 1, 19] + 1_000
    opened = PyOpenVba(WITH_NAMES)
    opened.sheet.set_value("B5", 0.12)
    fixed = {name: address for name, (address, _) in maker.assumption_cells().items()}
    ironcalc = engines.ironcalc_values(WITH_NAMES, [("Bid model", "B5", 0.12)])["Bid model"]
    for place, (letter, column) in enumerate(maker.COLUMNS.items(), 1):
        for row, value in enumerate(expected[letter], maker.FIRST_ROW):
            if not column.values:
                cells = fixed | {one: f"{one}{row}" for one in maker.COLUMNS}
                opened.type(f"{letter}{row}", maker.formula_of(column, cells))
                assert opened.cell(f"{letter}{row}") == pytest.approx(value, abs=CENT), f"{letter}{row}"
                assert ironcalc[row, place] == pytest.approx(value, abs=CENT), f"{letter}{row}"
    assert ironcalc[maker.LAST_ROW + 1, 19] == pytest.approx(sum(expected["S"]), abs=CENT)


def test_a_call_a_column_gives_the_same(maker: ModuleType) -> None:
    """The formulas of the edition for macros, typed where the names are."""
    opened = PyOpenVba(WITH_NAMES)
    fixed = {name: address for name, (address, _) in maker.assumption_cells().items()}
    place = fixed | {letter: f"{letter}{maker.FIRST_ROW}:{letter}{maker.LAST_ROW}" for letter in maker.COLUMNS}
    expected, tried = maker.computed(), 0
    for letter, column in maker.COLUMNS.items():
        if column.function:
            block = opened.block(maker.formula_of(column, place), 10, 1)
            assert [row[0] for row in block] == pytest.approx(expected[letter], abs=CENT), letter
            tried += 1
    assert tried == 9
    cell = load_workbook(WITHOUT).worksheets[0]["K16"].value
    assert cell.ref == "K16:K25" and cell.text == "=FC_COST(B16:B25,C16:C25,,G16:G25)"


def test_weights_are_kept_at_one_at_most() -> None:
    """What is left for the foreclosure never gets negative: Excel refuses such weights."""
    for path in (WITH_NAMES, WITHOUT):
        (rule,) = load_workbook(path).worksheets[0].data_validations.dataValidation
        assert (str(rule.sqref), rule.formula1) == ("B9 B10", "$B$9+$B$10<=1") and rule.error
