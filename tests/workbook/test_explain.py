"""Explain shows any number of any loan as the engine has it; its formula with numbers in place gives that number."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils import get_column_letter

from lossmit_workbook import explain_cells as at
from lossmit_workbook.book import Book
from lossmit_workbook.build import build
from lossmit_workbook.explain_values import BLANK, BLANK_ON, CHANGED, IS_DEFAULT, ExplainedLoan
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.lineage import LIST, LineageTable
from lossmit_workbook.sheets import assumptions, bids, compare, explain, method
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.model import model
from tests.tools import calc, engines
from tests.tools.calc import Sheets
from tests.workbook.books import AS_OF, MONEY, WORKED, disagreements, written

DEFAULT = Assumptions(as_of=AS_OF)
TAPE = WORKED / "tape.csv"
WIDE = len(at.WIDTHS) + 1
PANELS = [at.Panel(level, level * WIDE + 1, 0) for level in range(len(at.PANELS))]
SCRATCH = "Start"


@pytest.fixture(scope="module")
def plain() -> Book:
    return written(read_tape(TAPE), DEFAULT)


@pytest.fixture(scope="module")
def table(plain: Book) -> LineageTable:
    return LineageTable(plain.layout)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[calc.Book]:
    path = tmp_path_factory.mktemp("explain") / "book.xlsx"
    build(read_tape(TAPE), DEFAULT, path)
    with calc.Book(calc.strip_cached_values(path, path.with_name("bare.xlsx"))) as book:
        yield book


def _pick(book: calc.Book, loan: object, *way: object) -> Sheets:
    """Explain with this loan on Compare, a name in the first panel and input numbers in the next ones."""
    cells = [(explain.TITLE, PANELS[level].at(at.VALUE, at.PICK_ROW), step) for level, step in enumerate(way)]
    book.edit([(compare.TITLE, f"C{compare.PICK_ROW}", loan), *cells])
    return book.values([explain.TITLE], everything=False)


def _in(found: Sheets, panel: at.Panel, column: int, row: int) -> Any:
    return calc.cell(found, explain.TITLE, panel.at(column, row)) or ""


def _as_calc(text: str) -> calc.Formula:
    """A formula as LibreOffice's interface takes it: semicolons between arguments and within a listed row."""
    parts = re.split(r'("(?:[^"]|"")*")', text)
    # Sheets are named with a point there, and a hyphen in a range of one is none of ours.
    return calc.Formula("".join(part if part.startswith('"') else part.replace(",", ";").replace("!", ".")
                                for part in parts))  # fmt: skip


def _agrees(got: object, wanted: object, unit: str) -> bool:
    if isinstance(wanted, bool):
        return got in (wanted, float(wanted))
    if isinstance(wanted, (int, float)):
        allowed = MONEY if unit.startswith("USD") else 1e-6
        return isinstance(got, float) and abs(got - wanted) <= max(allowed, 1e-9 * abs(wanted))
    return (got or "") == wanted


EDITED = {"target_yield": 0.18, "exit": "hold", "mod_rate": 0.04, "fc_months_add": 3}


def test_fifty_random_numbers_after_edits(opened: calc.Book, plain: Book, table: LineageTable) -> None:
    """Values, inputs, addresses and the text with numbers are the engine's; entered in a cell, it gives the value."""
    tape = read_tape(TAPE)
    loans = tape.loans.copy()
    loans.loc[loans.index[3], "property_value"] = 98_765.0
    loans["purchase_price"] = loans["purchase_price"].astype(float)
    loans.loc[loans.index[5], "purchase_price"] = 43_210.0
    edited = written(replace(tape, loans=loans), DEFAULT.replace(**EDITED))
    rows = {text: row for row, text, field in assumptions.rows() if field is not None}
    edits: list[tuple[str, str, object]] = [("Assumptions", f"B{rows[name]}", value) for name, value in EDITED.items()]
    edits += [("Loans", f"{plain.layout.loan_letter['property_value']}{FIRST_ROW + 3}", 98_765.0),
              ("Bids", f"{bids.letter('ask')}{FIRST_ROW + 5}", 43_210.0)]  # fmt: skip
    opened.edit(edits)
    draw = random.Random(20261031)
    names = [*draw.sample(sorted(table.columns), 46), "bid", "expected_npv", "recommended", "purchase_price"]
    wrong, formulas = [], {}
    for number, name in enumerate(names, start=1):
        place = 5 if name == "purchase_price" else draw.randrange(len(loans))
        loan, line = ExplainedLoan(edited, table, place), table[name]
        found = _pick(opened, loans["loan_id"].iloc[place], name)
        assert calc.errors(found) == []
        panel = PANELS[0]
        wanted = {
            (at.VALUE, at.NAME_ROW): name, (at.VALUE, at.VALUE_ROW): loan.shown(name),
            (at.VALUE, at.WHERE_ROW): loan.address(name), (at.VALUE, at.BLANK_ROW): loan.why_blank(name),
            (at.NUMBER, at.NUMBERS_ROW): loan.rule(name), (at.NUMBER, at.EXACT_ROW): loan.rule(name, exact=True),
        }  # fmt: skip
        for place_, need in enumerate(line.inputs):
            row = at.FIRST_INPUT_ROW + 2 * place_
            wanted |= {(at.NAME, row): need, (at.VALUE, row): loan.shown(need), (at.WHERE, row): loan.address(need),
                       (at.FROM, row): loan.origin(need), (at.NAME, row + 1): table[need].meaning}  # fmt: skip
        got = {key: _in(found, panel, *key) for key in wanted}
        wrong += [(name, loans["loan_id"].iloc[place], key, got[key], wanted[key]) for key in wanted
                  if got[key] != wanted[key]]  # fmt: skip
        if line.template:
            formulas[f"ZA{number}"] = (name, got[at.NUMBER, at.EXACT_ROW], loan.value(name), line.unit)
    assert wrong == []
    opened.edit([(SCRATCH, cell, _as_calc(text)) for cell, (_, text, *_) in formulas.items()])
    found = opened.values([SCRATCH])
    differing = [(name, text, calc.cell(found, SCRATCH, cell), value) for cell, (name, text, value, unit)
                 in formulas.items() if not _agrees(calc.cell(found, SCRATCH, cell), value, unit)]  # fmt: skip
    assert differing == [] and len(formulas) >= 45
    opened.edit([(SCRATCH, cell, None) for cell in formulas])


ALL_OF = ("W001", "W005", "E104_matured", "E102_no_value", "E100_current")


def test_every_formula_with_numbers_gives_its_value(plain: Book, table: LineageTable, opened: calc.Book) -> None:
    """All of Model, for loans of every kind: what would stand in the cell "To try it", entered in a cell."""
    ids = list(plain.loans["loan_id"])
    entered: dict[str, tuple[str, str, object, str]] = {}
    for column, loan_id in enumerate(ALL_OF, start=700):
        loan = ExplainedLoan(plain, table, ids.index(loan_id))
        for row, (name, line) in enumerate(table.columns.items(), start=1):
            if line.template:
                cell = f"{get_column_letter(column)}{row}"
                entered[cell] = (name, loan.rule(name, exact=True), loan.value(name), line.unit)
    opened.edit([(SCRATCH, cell, _as_calc(text)) for cell, (_, text, *_) in entered.items()])
    found = opened.values([SCRATCH])
    wrong = [(name, text, calc.cell(found, SCRATCH, cell), value) for cell, (name, text, value, unit) in entered.items()
             if not _agrees(calc.cell(found, SCRATCH, cell), value, unit)]  # fmt: skip
    assert wrong == []  # what was entered stays: nothing refers to it
    assert len(entered) > len(ALL_OF) * 720


def test_the_way_from_the_bid_to_the_tape(opened: calc.Book, table: LineageTable) -> None:
    """Each panel goes into the input whose number is typed; below what is typed there is nothing."""
    found = _pick(opened, "W001", "bid", 1, 3, 2, 1, 1)
    names = [_in(found, panel, at.VALUE, at.NAME_ROW) for panel in PANELS]
    assert names == [at.START, *at.STEPS]
    assert _in(found, PANELS[5], at.FROM, at.VALUE_ROW) == "the tape, or what you typed over it"
    assert _in(found, PANELS[5], at.NUMBER, at.RULE_ROW) == explain.TYPED
    assert calc.cell(found, explain.TITLE, f"C{at.WAY_ROW}") == explain.ARROW.join(names)
    found = _pick(opened, "W001", "value", 1, 1, 99, None, "x")
    names = [_in(found, panel, at.VALUE, at.NAME_ROW) for panel in PANELS]
    assert names == ["value", table["value"].inputs[0], explain.NOTHING_BELOW, "", "", ""]
    found = _pick(opened, "W001", "value", 9, 0, 1.5, -1, 1)
    assert [_in(found, panel, at.VALUE, at.NAME_ROW) for panel in PANELS[1:3]] == [explain.NO_INPUT, ""]
    for name in ("no such column", "*", None, "Loans!upb"):
        found = _pick(opened, "W001", name, 1, 1, 1, 1, 1)
        assert calc.errors(found) == []
        assert _in(found, PANELS[0], at.VALUE, at.NAME_ROW) == explain.UNKNOWN_NAME, name
        assert not any(_in(found, panel, at.VALUE, at.VALUE_ROW) for panel in PANELS)
    found = _pick(opened, "no such loan", "bid", 1, 3, 2, 1, 1)
    assert calc.errors(found) == []
    assert calc.cell(found, explain.TITLE, f"D{at.LOAN_ROW}") == explain.NO_LOAN
    assert _in(found, PANELS[0], at.VALUE, at.VALUE_ROW) == BLANK


def test_why_a_number_is_blank(opened: calc.Book) -> None:
    for loan, name, said in (
        ("E104_matured", "forbearance_npv", "Blank: forbearance can't be computed: the loan matures first"),
        ("E104_matured", "reinstatement_npv", "Blank: reinstatement can't be computed: the loan matures first"),
        ("E102_no_value", "foreclosure_npv", "Blank: this loan is not valued"),
        ("W001", "foreclosure_npv", ""),
    ):
        found = _pick(opened, loan, name, 1, 1, 1, 1, 1)
        got = str(_in(found, PANELS[0], at.VALUE, at.BLANK_ROW))
        assert got.startswith(said) and bool(got) == bool(said), (loan, name, got)
        assert (_in(found, PANELS[0], at.VALUE, at.VALUE_ROW) == BLANK) == bool(said)


def test_where_an_input_comes_from(opened: calc.Book, plain: Book) -> None:
    """Default or changed, with the default; an override, or none; the table of states is a list."""
    rows = {text: row for row, text, field in assumptions.rows() if field is not None}
    cell = f"{plain.layout.loan_letter['target_yield']}{FIRST_ROW}"

    def origins(name: str) -> list[Any]:
        found = _pick(opened, plain.loans["loan_id"].iloc[0], name, 1, 1, 1, 1, 1)
        return [_in(found, PANELS[0], at.FROM, at.FIRST_INPUT_ROW + 2 * place) for place in range(2)]

    opened.edit([("Assumptions", f"B{rows['target_yield']}", 0.15), ("Loans", cell, None)])
    assert origins("target_yield") == [f"{BLANK_ON}Loans", IS_DEFAULT]
    opened.edit([("Assumptions", f"B{rows['target_yield']}", 0.2), ("Loans", cell, 0.25)])
    assert origins("target_yield") == ["your override", f"{CHANGED}15.00%"]
    opened.edit([("Assumptions", f"B{rows['target_yield']}", 0.15), ("Loans", cell, None)])
    found = _pick(opened, plain.loans["loan_id"].iloc[0], "state_row", 2, 1, 1, 1, 1)
    assert _in(found, PANELS[0], at.VALUE, at.FIRST_INPUT_ROW + 2) == LIST
    assert str(_in(found, PANELS[0], at.WHERE, at.FIRST_INPUT_ROW + 2)).startswith("States!A7:A")


def test_everything_that_is_read_has_a_line(plain: Book, table: LineageTable) -> None:
    """All columns of Model and what they read; every address holds what it says; each name once."""
    assert set(table.columns) == {*plain.layout.model_columns, *model().columns}
    needs = {need for line in table.columns.values() for need in line.inputs}
    assert needs <= set(table.all) and len(needs) > 500
    placed = method.rows(plain.layout, table)
    assert set(placed) == set(table.all)
    ws = plain.workbook[method.TITLE]
    assert all(ws[f"B{row}"].value == name for name, row in placed.items())
    for line in table.all.values():
        marks = set(re.findall("[\u2039\u00ab](\\d+)[\u203a\u00bb]", line.template))
        assert marks <= {str(n) for n in range(1, len(line.inputs) + 1)}, line.name
        assert len(marks) >= len(line.inputs) - bool(line.guard), line.name  # the guard stands outside the rule
        sheet, _, ref = line.ref.partition("!")
        if sheet == "Assumptions" and ":" not in ref:
            assert plain.workbook[sheet][f"A{ref[1:]}"].value == line.name.rpartition("!")[2]


def test_a_second_engine_shows_the_same(plain: Book, tmp_path: Path) -> None:
    build(read_tape(TAPE), DEFAULT, tmp_path / "book.xlsx")
    assert disagreements(plain, engines.ironcalc_values(tmp_path / "book.xlsx"), [explain.TITLE]) == []
