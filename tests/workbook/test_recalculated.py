"""The sheet is the engine: every formula, recalculated from scratch by LibreOffice and by IronCalc, gives its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossmit_workbook.book import Book
from lossmit_workbook.build import SHEETS, build
from lossmit_workbook.layout import FIRST_ROW, ON_BIDS
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.assumptions import INPUTS
from lossmit_xl.evaluate import all_columns
from lossmit_xl.tape import Tape
from tests import strategies
from tests.tools import calc, engines
from tests.workbook.books import AS_OF, CLEAN, MESSY, WORKED, built, disagreements, same, tape_of, written

DEFAULT = Assumptions(as_of=AS_OF)
WORKED_SETS = ("default", "hold_full_service_defer", "steps_no_target")
TITLES = [sheet.TITLE for sheet in SHEETS if sheet.TITLE != "Method"]
LIVE = [sheet.TITLE for sheet in SHEETS if sheet.TITLE in ("Model", "Yields", "Scenarios", "Bids", "Summary")]
"""What must follow a change of inputs. (Compare and Flows have tests of their own.)"""


def _from_scratch(tape: Tape, assumptions: Assumptions, folder: Path) -> tuple[Book, calc.Sheets]:
    """The built file, and with every cached value taken out, recalculated."""
    path = folder / "book.xlsx"
    book = built(tape, assumptions, path)
    return book, calc.recalculate(calc.strip_cached_values(path, folder / "stripped.xlsx"))


@pytest.mark.parametrize("path", [CLEAN, MESSY], ids=["25 loans", "250 loans"])
def test_every_formula_gives_the_engines_value(path: Path, tmp_path: Path) -> None:
    tape = read_tape(path)
    book, found = _from_scratch(tape, DEFAULT, tmp_path)
    assert calc.errors(found) == []
    assert disagreements(book, found, [t for t in TITLES if t != "Loans"]) == []


@pytest.mark.parametrize("name", WORKED_SETS)
def test_worked_loans_in_the_sheet(name: str, tmp_path: Path) -> None:
    """The published results of the 40 worked loans stand in the recalculated workbook."""
    tape = read_tape(WORKED / "tape.csv")
    assumptions = Assumptions.from_toml(WORKED / name / "assumptions.toml")
    book, found = _from_scratch(tape, assumptions, tmp_path)
    assert disagreements(book, found, ["Model", "Scenarios"]) == []
    published = pd.read_csv(WORKED / name / "loans.csv")
    for figure in ("legal_balance", "arrears", "expected_npv", "bid", "dpo_breakeven"):
        letter = book.layout.model_letter[figure]
        for row, value in enumerate(published[figure], start=FIRST_ROW):
            got = calc.cell(found, "Model", f"{letter}{row}")
            assert got == "" if pd.isna(value) else abs(float(got) - value) <= 0.01, (figure, row)  # type: ignore[arg-type]


CHANGES: dict[str, tuple[dict[str, object], list[tuple[str, object]]]] = {
    "yield": ({"target_yield": 0.22}, [("target_yield", 0.22)]),
    "exit": ({"exit": "hold"}, [("exit", "hold")]),
    "servicing": ({"servicing_model": "full_service"}, [("servicing_model", "full_service")]),
    "forbearance exit": ({"forbearance_exit": "defer"}, [("forbearance_exit", "defer")]),
    "lump": ({"forbearance_exit": "lump"}, [("forbearance_exit", "lump")]),
    "no target": ({"mod_target": "none"}, [("mod_target", "none")]),
    "payoff against": ({"dpo_alternative": "short_sale"}, [("dpo_alternative", "short_sale")]),
    "step rates": (
        {"mod_step_rates": [(24, 0.03), (24, 0.04)]},
        [("mod_step1_months", 24), ("mod_step1_rate", 0.03), ("mod_step2_months", 24), ("mod_step2_rate", 0.04)],
    ),
    "timelines": ({"fc_months_factor": 1.3, "fc_months_add": 2}, [("fc_months_factor", 1.3), ("fc_months_add", 2)]),
}


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tape, Book, calc.Book]]:
    """The pool of 250 loans, its workbook, and that open in LibreOffice: a test takes back what it types."""
    path = tmp_path_factory.mktemp("messy") / "messy.xlsx"
    tape = read_tape(MESSY)
    book = built(tape, DEFAULT, path)
    with calc.Book(path) as opened:
        yield tape, book, opened


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_assumption_recalculates_everything(change: str, messy: tuple[Tape, Book, calc.Book]) -> None:
    tape, book, opened = messy
    changed, edits = CHANGES[change]
    rows = {text: row for row, text, field in assumptions_sheet.rows() if field is not None}
    sheet = book.workbook["Assumptions"]
    before = [("Assumptions", f"B{rows[name]}", sheet[f"B{rows[name]}"].value) for name, _ in edits]
    opened.edit([("Assumptions", f"B{rows[name]}", value) for name, value in edits])
    found = opened.values(LIVE)
    opened.edit(before)
    assert calc.errors(found) == []
    assert disagreements(written(tape, DEFAULT.replace(**changed)), found, LIVE, edited=True) == []


def test_changed_states_and_values_recalculate_everything(messy: tuple[Tape, Book, calc.Book]) -> None:
    """One state's months, ten property values, and overrides of every kind on Loans. The last to use the open book."""
    tape, book, opened = messy
    loans = tape.loans.copy()
    own: dict[str, object] = {
        "target_yield": 0.25, "value_haircut": 0.2, "fc_months": 31.0, "mod_rate": 0.04, "mod_term": 240.0,
        "dpo_offer": 21_000.0, "dpo_month": 0.0, "exit": "hold", "purchase_price": 12_500.0, "legal_fee": 9_000.0,
        "redemption_months": 3.0,
    }  # fmt: skip
    edits: list[tuple[str, str, object]] = []
    for place in range(3, 13):
        loans.loc[place, "property_value"] = 111_111.0 + place
        edits.append(("Loans", f"{book.layout.loan_letter['property_value']}{FIRST_ROW + place}", 111_111.0 + place))
    for place, (name, value) in enumerate(own.items(), start=20):
        if name not in loans:
            loans[name] = pd.Series([None] * len(loans), dtype=object)
        loans.loc[place, name] = value
        edits.append((*_typed(book, name, place), value))
    state = str(loans["state"].value_counts().index[0])
    line = next(r for r in range(FIRST_ROW, FIRST_ROW + 60) if book.workbook["States"][f"A{r}"].value == state)
    edits.append(("States", f"D{line}", 44))
    opened.edit(edits)
    found = opened.values(LIVE)
    expected = written(replace(tape, loans=loans), DEFAULT.replace(states={state: {"fc_months": 44}}))
    assert calc.errors(found) == []
    assert disagreements(expected, found, LIVE, edited=True) == []


def _typed(book: Book, name: str, place: int) -> tuple[str, str]:
    """Sheet and cell that a loan's value is typed into."""
    if name in ON_BIDS:
        return "Bids", f"{book.layout.bids_letter[ON_BIDS[name]]}{FIRST_ROW + place}"
    return "Loans", f"{book.layout.loan_letter[name]}{FIRST_ROW + place}"


@pytest.mark.parametrize("path", [CLEAN, MESSY], ids=["25 loans", "250 loans"])
def test_a_second_engine_agrees(path: Path, tmp_path: Path) -> None:
    """IronCalc, written independently of LibreOffice, computes the same cells."""
    tape = read_tape(path)
    out = tmp_path / "book.xlsx"
    book = built(tape, DEFAULT, out)
    assert disagreements(book, engines.ironcalc_values(out), LIVE) == []


@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large,
                                                 HealthCheck.function_scoped_fixture])  # fmt: skip
@given(data=st.data())
def test_any_loans_under_any_assumptions(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Loans of every edge case under drawn assumptions: sheet and engine agree in every cell of Model."""
    loans = data.draw(st.lists(strategies.loans(), min_size=12, max_size=30))
    assumptions = data.draw(strategies.assumptions())
    folder = tmp_path_factory.mktemp("any")
    frame = pd.DataFrame(loans).assign(loan_id=[f"L{place}" for place in range(len(loans))])
    tape = tape_of(frame, folder)
    out = folder / "book.xlsx"
    book = built(tape, assumptions, out)
    found = calc.recalculate(out)
    assert calc.errors(found) == []
    assert disagreements(book, found, ["Model", "Scenarios", "Assumptions"]) == []


def test_every_assumption_reaches_the_sheet() -> None:
    """No assumption is missing on the sheet, none stands there twice."""
    on_sheet = [text for _, text, field in assumptions_sheet.rows() if field is not None]
    assert on_sheet == [field.name for field in INPUTS if not field.name.startswith("weight_")]


def test_the_last_binary_digit_decides_nothing(tmp_path: Path) -> None:
    """Who has to the cent what a reinstatement asks for is not short of cash, whatever the sum's last binary digit."""
    loans = read_tape(CLEAN).loans.assign(hardship="", intent="stay", contact="yes")
    columns = all_columns(loans, DEFAULT)
    asked = np.asarray(columns["reinstatement_lump"], dtype=float)
    cash = np.round(asked, 2)
    assert (cash < asked).any(), "no sum that is more than its cents"
    tape = tape_of(loans.assign(cash_available=cash), tmp_path)
    book = written(tape, DEFAULT)
    assert not book.column("reinstatement_cash_short").any()
    build(tape, DEFAULT, tmp_path / "book.xlsx")
    assert disagreements(book, calc.recalculate(tmp_path / "book.xlsx"), ["Model"]) == []


def test_the_comparison_can_fail() -> None:
    """Money a cent and a half off, a text for a number, TRUE for 1: each is a difference; the return on a price of
    cents is known to fewer digits than money is."""
    assert same(603_628.37040, 603_628.37059, 1e-6) and not same(603_628.370, 603_628.372, 1e-6)
    assert same(1.0, 1.005, 0.01) and not same(1.0, 1.015, 0.01)
    assert not same("", 0.0, 0.01) and not same(True, 1.0, 0.01) and not same("a", "A", 0.01)
