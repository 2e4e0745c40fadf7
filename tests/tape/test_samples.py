"""The sample tapes: made by the committed script, and read as their planted defects say."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from lossmit_xl.columns import BY_NAME
from lossmit_xl.tape import Tape, dated_warnings, read_tape
from tests.tape.making import AS_OF, said

EXAMPLES = Path(__file__).parents[2] / "examples"
CLEAN, MESSY = EXAMPLES / "clean_25.csv", EXAMPLES / "messy_250.xlsx"


@pytest.fixture(scope="module")
def messy() -> Tape:
    return read_tape(MESSY, as_of=AS_OF)


def cells(path: Path) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


def test_the_script_makes_the_committed_tapes_cell_by_cell(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(EXAMPLES / "make_tapes.py"), str(tmp_path)], check=True, capture_output=True)
    assert (tmp_path / CLEAN.name).read_bytes() == CLEAN.read_bytes()
    assert cells(tmp_path / MESSY.name) == cells(MESSY)


def test_the_clean_tape_reads_as_it_stands() -> None:
    tape = read_tape(CLEAN, as_of=AS_OF)
    assert list(tape.loans.columns) == list(BY_NAME) and len(tape.loans) == 25
    with CLEAN.open(encoding="utf-8") as stream:
        for place, raw in enumerate(csv.DictReader(stream)):
            for name, text in raw.items():
                got: Any = tape.loans.at[place, name]
                if BY_NAME[name].is_number:
                    assert np.isnan(got) if text == "" else got == float(text)
                elif BY_NAME[name].kind == "date":
                    assert str(got.date()) == text
                else:
                    assert got == text
    assert set(tape.issues["severity"]) <= {"warning"} and len(tape.issues) <= 3
    assert dated_warnings(tape, AS_OF).empty


def test_the_messy_tape_keeps_every_loan_row(messy: Tape) -> None:
    assert len(messy.loans) == 250
    assert messy.source.sheet == "Loan Tape" and messy.source.header_rows == (5, 6)
    reasons = [why for _, why, _ in messy.source.set_aside]
    assert {why: reasons.count(why) for why in reasons} == {"blank": 3, "headings again": 2, "total": 1, "remark": 1}
    assert messy.source.rows_read == 250 + len(reasons)


def test_the_messy_tape_is_realistic(messy: Tape) -> None:
    loans = messy.loans
    assert loans["upb"].between(14_999, 300_001).sum() == 249 and loans["state"].nunique() >= 30
    assert 40 <= (loans["lien"] == 2).sum() <= 100 and (loans["bk_chapter"] != "").sum() >= 10
    assert (loans["contact"] == "no").sum() >= 30 and (loans["fc_months_elapsed"] > 0).sum() >= 30
    as_of = np.datetime64(AS_OF)
    assert (loans["maturity_date"].to_numpy() < as_of).sum() >= 3
    late = (as_of - loans["next_due_date"].to_numpy().astype("datetime64[D]")).astype(float) / 30
    late[loans["next_due_date"].isna().to_numpy()] = np.nan
    assert np.nanmax(late) > 40 and (late < 1).sum() >= 10


def test_the_messy_tape_reads_to_the_values_it_was_made_from(messy: Tape) -> None:
    """The total the seller wrote below the tape is the sum of what was read (the loan with balance 0 adds nothing)."""
    total = next(text for _, why, text in messy.source.set_aside if why == "total")
    assert messy.loans["upb"].sum() == pytest.approx(float(total.split(" | ")[-1]), abs=0.01)
    assert messy.loans["note_rate"].dropna().between(0, 0.13).all()


PLANTED = [
    ("state", "Cascadia", "error"), ("state", "ZZ", "warning"), ("note_rate", "999", "error"),
    ("note_rate", "9,5%%", "error"),
    ("accrued_interest", "-312.5", "error"), ("pi_payment", "see note", "error"), ("bk_chapter", "Ch 9", "error"),
    ("property_type", "Yurt", "error"), ("hardship", "flood", "error"), ("maturity_date", "02/30/2031", "error"),
    ("value_date", "13/25/2026", "error"), ("loan_id", "4.1E+09", "error"), ("note_rate", "0", "warning"),
    ("maturity_date", "00/00/0000", "info"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "severity"), PLANTED)
def test_each_planted_defect_is_an_issue_at_its_row(messy: Tape, column: str, value: str, severity: str) -> None:
    issues = messy.issues
    found = issues[(issues["column"] == column) & (issues["value"] == value)]
    assert severity in found["severity"].tolist()
    row = int(found["row"].iloc[0])
    seen = {str(cell) for cell in cells(MESSY)["Loan Tape"][row - 1]}
    assert value in seen


def test_duplicates_sign_and_loans_not_valued_are_reported(messy: Tape) -> None:
    assert len(said(messy, "loan_id", "stands on row")) == 2
    assert messy.loans["loan_id"].str.contains(" (row ", regex=False).sum() == 2
    assert messy.loans["loan_id"].is_unique
    assert len(said(messy, "corporate_advances", "sign of the whole column")) == 1
    lost = messy.issues[messy.issues["message"].str.contains("not valued", regex=False)]
    assert 5 <= lost["row"].nunique() <= 12


def test_no_personal_data_and_no_formula_reaches_the_loans(messy: Tape) -> None:
    assert list(messy.personal.columns) == ["Borrower Name", "Home Phone", "Property Address", "City", "Zip Code"]
    text = messy.loans.to_csv()
    assert not any(name.split(",")[0] in text for name in messy.personal["Borrower Name"])
    assert "HYPERLINK" not in text


def test_the_as_of_date_moves_what_is_counted_to_it() -> None:
    later = read_tape(MESSY, as_of=dt.date(2027, 10, 31))
    now = read_tape(MESSY, as_of=AS_OF)
    moved = later.loans["fc_months_elapsed"] - now.loans["fc_months_elapsed"]
    assert (moved.dropna() == 12).sum() > 60


def test_the_benchmark_measures_both_readers_on_one_file() -> None:
    script = EXAMPLES.parent / "benchmarks" / "read_tape.py"
    run = subprocess.run([sys.executable, str(script), "--rows", "300"], check=True, capture_output=True, text=True)
    lines = run.stdout.splitlines()
    assert lines[0].startswith("300 rows x 30 columns") and lines[-1].startswith("ratio")
    ours, theirs, ratio = (float(line.split()[-2 if line.endswith(" s") else -1]) for line in lines[1:])
    assert ratio == pytest.approx(theirs / ours, rel=0.2)
