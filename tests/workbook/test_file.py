"""The file itself: valid, lint-clean, the same bytes twice, readable before any recalculation, nobody's secrets."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.cell import column_index_from_string

from lossmit_workbook.build import SHEETS, build
from lossmit_workbook.layout import FIRST_ROW, HEAD_ROW, ROW
from lossmit_workbook.lint import lint
from lossmit_workbook.sheets.loans import personal_headings
from lossmit_xl import Assumptions, evaluate, read_tape
from lossmit_xl.errors import OutputError
from tests.tools.validate import audit, validate
from tests.workbook.books import AS_OF, CLEAN, MESSY, written

DEFAULT = Assumptions(as_of=AS_OF)
HOSTILE = ("=1+1", "+1", "-1", "@SUM(1)", "\t=2", '=HYPERLINK("http://x","y")', "<b>&amp;", "a\x01b")
ELSEWHERE = r"(?:Loans|States|Assumptions|Bids)!\$?[A-Z]+\$?[0-9\x01]+(?::\$?[A-Z]+\$?[0-9\x01]+)?"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "clean.xlsx"
    build(read_tape(CLEAN), DEFAULT, path)
    return path


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "messy.xlsx"
    build(read_tape(MESSY), DEFAULT, path)
    return path


def test_open_xml_validator_finds_nothing(clean: Path, messy: Path) -> None:
    assert validate(clean) == []
    assert validate(messy) == []


def test_our_lint_finds_nothing(clean: Path, messy: Path) -> None:
    assert lint(clean) == []
    assert lint(messy) == []


def test_auditor_finds_nothing(tmp_path: Path) -> None:
    """Of the first loans: formulas are the same in every row, and its time grows with their number."""
    tape, path = tmp_path / "eight.csv", tmp_path / "eight.xlsx"
    tape.write_text("\n".join(CLEAN.read_text().splitlines()[:9]) + "\n")
    build(read_tape(tape), DEFAULT, path)
    assert audit(path) == []


@pytest.mark.full
def test_auditor_finds_nothing_in_more_rows(clean: Path) -> None:
    assert audit(clean) == []


def test_the_same_input_gives_the_same_bytes(clean: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    build(read_tape(CLEAN), DEFAULT, again)
    assert again.read_bytes() == clean.read_bytes()


def test_sheets_stand_in_the_order_of_the_design(clean: Path) -> None:
    order = ["Start", "Summary", "Bids", "Compare", "Explain", "Flows", "Scenarios", "Seller questions", "Loans",
             "Overrides", "Model", "Yields", "Assumptions", "States", "Tape issues", "Checks", "As built",
             "Method"]  # fmt: skip
    assert openpyxl.load_workbook(clean, read_only=True).sheetnames == order


def test_values_are_there_before_any_recalculation(messy: Path) -> None:
    """What a preview, a phone or pandas sees is the engine's result."""
    tape = read_tape(MESSY)
    loans = evaluate(tape.loans, DEFAULT).loans
    shown = pd.read_excel(messy, sheet_name="Model", header=HEAD_ROW - 1, engine="calamine", dtype={"loan_id": str})
    assert list(shown["loan_id"]) == list(loans["loan_id"])
    for name in ("bid", "expected_npv", "legal_balance", "dpo_breakeven"):
        found = pd.to_numeric(shown[name], errors="coerce")
        assert ((found - loans[name]).abs().fillna(0) < 0.005).all() and (found.isna() == loans[name].isna()).all()
    assert list(shown["recommended"].fillna("")) == list(loans["recommended"])


def test_every_column_refers_to_its_left_or_to_inputs() -> None:
    """Model flows from left to right: a column reads columns before it, Loans, States, Assumptions, names."""
    book = written(read_tape(CLEAN), DEFAULT)
    for column in book.grids["Model"]:
        text = re.sub(ELSEWHERE, "", column.formula or "")
        for letter in re.findall(rf"\b([A-Z]{{1,3}}){ROW}", text):
            assert column_index_from_string(letter) < column_index_from_string(column.letter), (column.letter, text)


def test_no_bare_numbers_in_model_formulas() -> None:
    """Only 0, 1 and 12 (months a year) stand in a formula; everything else has a name."""
    book = written(read_tape(CLEAN), DEFAULT)
    for title in ("Model", "Yields", "Scenarios", "Bids"):
        for column in book.grids[title]:
            bare = re.sub(r'"[^"]*"', "", column.formula or "")
            bare = re.sub(r"\$?[A-Z]+\$?[0-9\x01]+|[A-Za-z_][A-Za-z0-9_]*", "", bare)
            assert set(re.findall(r"[0-9.]+", bare)) <= {"0", "1", "12"}, (title, column.letter, column.formula)


def test_text_from_a_tape_stays_text(tmp_path: Path) -> None:
    loans = read_tape(CLEAN).loans.iloc[: len(HOSTILE)].assign(loan_id=list(HOSTILE))
    path = tmp_path / "hostile.csv"
    loans.to_csv(path, index=False)
    out = tmp_path / "out.xlsx"
    tape = read_tape(path)
    build(tape, DEFAULT, out)
    sheet = openpyxl.load_workbook(out)["Loans"]
    for row, wanted in enumerate(tape.loans["loan_id"], start=FIRST_ROW):
        cell = sheet.cell(row, 1)
        assert cell.data_type in ("s", "inlineStr"), (cell.value, cell.data_type)
        assert str(cell.value).strip() == "".join(mark for mark in wanted if mark >= " ").strip()
    assert validate(out) == [] and lint(out) == []


def test_personal_data_stays_out_unless_asked_for(tmp_path: Path) -> None:
    few = tmp_path / "few.xlsx"
    head = pd.read_excel(MESSY, "Loan Tape", header=None, dtype=object, engine="openpyxl")[:40]
    head.to_excel(few, header=False, index=False)
    tape = read_tape(few)
    assert len(tape.personal) > 20 and len(tape.personal.columns) > 0
    everything = [str(value) for column in tape.personal for value in tape.personal[column]]
    secrets = [value for value in everything if len(value) > 6]
    out, kept = tmp_path / "out.xlsx", tmp_path / "kept.xlsx"
    build(tape, DEFAULT, out)
    build(tape, DEFAULT, kept, keep_personal=True)
    text, with_personal = _all_text(out), _all_text(kept)
    assert [secret for secret in set(secrets) if secret in text] == []
    assert all(secret in with_personal for secret in set(secrets) if not set(secret) & set("<>&\""))
    assert validate(kept) == [] and lint(kept) == []


def _all_text(path: Path) -> str:
    with zipfile.ZipFile(path) as parts:
        return "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def test_headings_that_would_break_a_table_are_made_unique() -> None:
    seller = pd.DataFrame([[1, 2, 3, 4]], columns=["upb", "Name", "name", "two\nlines"])
    heads = [head for _, head in personal_headings(seller, ("loan_id", "upb"))]
    assert heads == ["upb (2)", "Name", "name (2)", "two lines"]


def test_nothing_is_written_where_it_must_not(clean: Path, tmp_path: Path) -> None:
    tape = read_tape(CLEAN)
    before = clean.read_bytes()
    for out in (clean, tmp_path, tmp_path / "missing" / "x.xlsx", tmp_path / "x.xls"):
        with pytest.raises(OutputError) as error:
            build(tape, DEFAULT, out)
        assert str(out) in str(error.value) and "\n" not in str(error.value)
    assert clean.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_every_sheet_is_written_for_paper() -> None:
    """Title, print set-up, no grid lines; frozen panes where rows run on."""
    book = written(read_tape(CLEAN), DEFAULT)
    for sheet in SHEETS:
        ws = book.workbook[sheet.TITLE]
        assert ws["A1"].value and ws["A2"].value, sheet.TITLE
        assert not ws.sheet_view.showGridLines, sheet.TITLE
        assert ws.oddFooter.right.text == "Page &P of &N", sheet.TITLE
        if sheet.TITLE in book.grids:
            assert ws.freeze_panes is not None, sheet.TITLE
