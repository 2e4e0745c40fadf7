"""Every documented defect of tapes: what is read, what is absent, what is said. One loan of three is changed, the
others must not move.
"""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest

from lossmit_xl.tape import dated_warnings, read_tape
from tests.tape.making import AS_OF, loans, read_rows, said, write_csv

NAN = math.nan
D = dt.datetime
# id, column, heading, the three cells, what the three are, severity and part of the message ("" where nothing is to be
# said)
NUMBERS = [
    ("dollars and commas", "upb", "UPB", ["$1,234.50", 2e5, 3e5], [1234.5, 2e5, 3e5], "", ""),
    ("no-break spaces", "upb", "UPB", ["\u00a01,234.50\u00a0", 2e5, 3e5], [1234.5, 2e5, 3e5], "", ""),
    ("parentheses are negative", "late_fees", "Late Fees", ["(1,234)", 2.0, 3.0], [NAN, 2, 3], "error",
    "outside 0 or more"),
    ("trailing minus", "accrued_interest", "Accrued Int", ["1,234-", 2.0, 3.0], [NAN, 2, 3], "error",
    "outside 0 or more"),
    ("an advance column all negative is turned", "corporate_advances", "reccorpadvance", [-10.0, "(20.00)", "30-"],
    [10, 20, 30], "warning", "sign of the whole"),
    ("decimal comma", "upb", "UPB", ["1.234,50", "2.000,00", "99,5"], [1234.5, 2000, 99.5], "info", "decimal comma"),
    ("cents by heading", "pi_payment", "P&I Payment (cents)", [71643.0, 71643.0, 50000.0], [716.43, 716.43, 500],
    "info", "in cents"),
    ("thousands by heading", "upb", "UPB ($000)", [100.0, 120.5, 90.0], [100e3, 120.5e3, 90e3], "info", "in thousands"),
    ("K and M", "property_value", "BPO", ["150K", "$1.2M", 90_000.0], [150e3, 1.2e6, 90e3], "warning",
    "thousands and millions"),
    ("zero is unknown in upb", "upb", "UPB", [0, 2.0, 3.0], [NAN, 2, 3], "error", "not valued"),
    ("zero is a value in fees", "late_fees", "Late Fees", [0, 2.0, 3.0], [0, 2, 3], "", ""),
    ("999 and 9999 are no value of a house", "property_value", "BPO", [999, 9999, 90e3], [NAN, NAN, 90e3], "warning",
    "code for unknown"),
    ("N/A, dash, U", "property_value", "BPO", ["N/A", "-", "U"], [NAN, NAN, NAN], "error", "not valued"),
    ("words for nothing", "senior_balance", "Senior Balance", ["n/a ", "TBD", 5.0], [NAN, NAN, 5], "info",
    "read as absent"),
    ("words in a number", "pi_payment", "P&I", ["see note", 700.0, 710.0], [NAN, 700, 710], "error", "is no number"),
    ("a percent sign on money", "upb", "UPB", ["95%", 2.0, 3.0], [NAN, 2, 3], "error", "is no number"),
    ("lien in words", "lien", "Lien Position", ["1st Mortgage/Deed of Trust", "Second", "3rd Lien"], [1, 2, 3], "", ""),
    ("lien out of range", "lien", "Lien", [0, 12, 2], [NAN, NAN, 2], "error", "outside 1 to 9"),
    ("lien not whole", "lien", "Lien", [1.5, 1, 2], [NAN, 1, 2], "error", "not a whole number"),
    ("months in foreclosure rounded", "fc_months_elapsed", "FC Months Elapsed", [2.5, 2.4, 0], [3, 2, 0], "info",
    "rounded"),
    ("months in foreclosure 999", "fc_months_elapsed", "FC Months Elapsed", [999, 2, 0], [NAN, 2, 0], "error",
    "outside 0 to 600"),
    ("rate as 9.5, 9.5% and 0.095 in one column", "note_rate", "Rate", [9.5, "9.5%", 0.095], [0.095] * 3, "warning",
    "mixes percentages"),
    ("rates in percent", "note_rate", "Rate", [9.75, 4.0, 1.0], [0.0975, 0.04, 0.01], "info", "is in percent"),
    ("rate of 999", "note_rate", "Rate", [999, 0.06, 0.07], [NAN, 0.06, 0.07], "error", "no annual rate"),
    ("rate of 0 is kept and doubted", "note_rate", "Rate", [0, 0.06, 0.07], [0, 0.06, 0.07], "warning",
    "without interest"),
    ("half a percent among percentages", "note_rate", "Rate", [0.5, 6.0, 7.0], [0.005, 0.06, 0.07], "warning",
    "read as 0.5 percent"),
    ("half among decimals is no rate", "note_rate", "Rate", [0.5, 0.06, 0.07], [NAN, 0.06, 0.07], "error",
    "no annual rate"),
    ("rate at the limit", "note_rate", "note_rate", [0.36, 0.361, 36.0], [0.36, NAN, 0.36], "error", "no annual rate"),
    ("rate that is none", "note_rate", "Rate", ["9,5%%", 6.0, 7.0], [NAN, 0.06, 0.07], "error", "is not a rate"),
    ("negative rate", "note_rate", "Rate", [-0.05, 0.06, 0.07], [NAN, 0.06, 0.07], "error", "no annual rate"),
    ("price in percent of the balance", "purchase_price", "PRICE%", [62.5, "50%", 0.25], [62_500, 50_000, 25_000],
    "info", "times the balance"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "heading", "cells", "wanted", "severity", "part"), [n[1:] for n in NUMBERS], ids=[n[0] for n in NUMBERS]
)
def test_numbers(
    tmp_path: Path, column: str, heading: str, cells: list[object], wanted: list[float], severity: str, part: str
) -> None:
    tape = read_rows(tmp_path, loans(**{column: cells}), {column: heading})
    assert tape.loans[column].tolist() == pytest.approx(wanted, nan_ok=True, abs=1e-9)
    if part:
        found = said(tape, column, part)
        assert len(found) and set(found["severity"]) == {severity}
    else:
        assert tape.issues[tape.issues["column"] == column].empty


DATES = [
    ("ISO and US", ["2026-03-01", "3/1/2026", "03/01/26"], ["2026-03-01"] * 3),
    ("two-digit years", ["3/1/69", "3/1/70", "12-31-99"], ["2069-03-01", "1970-03-01", "1999-12-31"]),
    ("serials as numbers and text", [46082, "46082", 46082.75], ["2026-03-01"] * 3),
    ("MMYYYY as text", ["032026", "122025", "012026"], ["2026-03-01", "2025-12-01", "2026-01-01"]),
    ("MMYYYY as numbers, zeros lost", [32026, 122025, 12026], ["2026-03-01", "2025-12-01", "2026-01-01"]),
    ("YYYYMM", [202603, "202512", 202601], ["2026-03-01", "2025-12-01", "2026-01-01"]),
    ("YYYYMMDD", [20260301, "20251215", "20260131"], ["2026-03-01", "2025-12-15", "2026-01-31"]),
    ("month names", ["1-Mar-26", "March 1, 2026", "Mar 2026"], ["2026-03-01"] * 3),
    ("day first where the column says so", ["31/12/2025", "01/03/2026", "15/01/2026"],
    ["2025-12-31", "2026-03-01", "2026-01-15"]),
    ("both ways: each by itself", ["31/12/2025", "01/03/2026", "12/31/2025"],
    ["2025-12-31", "2026-01-03", "2025-12-31"]),
    ("with a time", ["2026-03-01 00:00:00", "3/1/2026 12:00 AM", "2026-03-01T00:00:00Z"], ["2026-03-01"] * 3),
    ("never", ["00/00/0000", "9999-12-31", "1/1/1900"], ["NaT"] * 3),
    ("nothing", ["N/A", "-", "U"], ["NaT"] * 3),
    ("impossible", ["02/30/2026", "2026-13-01", "soon"], ["NaT"] * 3),
    ("out of all bounds", ["1/1/1850", "1/1/2500", "3/1/2026"], ["NaT", "NaT", "2026-03-01"]),
    ("real dates", [D(2026, 3, 1), dt.date(2026, 3, 1), D(2026, 3, 1, 15, 30)], ["2026-03-01"] * 3),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "wanted"), [d[1:] for d in DATES], ids=[d[0] for d in DATES])
def test_dates(tmp_path: Path, cells: list[object], wanted: list[str]) -> None:
    tape = read_rows(tmp_path, loans(value_date=cells), {"value_date": "BPO Date"})
    assert tape.loans["value_date"].astype("datetime64[s]").dt.strftime("%Y-%m-%d").fillna("NaT").tolist() == wanted


@pytest.mark.parametrize(
    ("cells", "part", "severity"),
    [
        (["31/12/2025", "01/03/2026", "15/01/2026"], "day first", "warning"),
        (["31/12/2025", "01/03/2026", "12/31/2025"], "check them", "warning"),
        (["02/30/2026", "1/1/2026", "1/2/2026"], "is no date", "error"),
        (["3/1/26", "1/1/2026", "1/2/2026"], "two-digit", "info"),
        (["9999-12-31", "1/1/2026", "1/2/2026"], "code for no date", "info"),
    ],
)
def test_dates_that_need_a_word_get_one(tmp_path: Path, cells: list[object], part: str, severity: str) -> None:
    found = said(read_rows(tmp_path, loans(value_date=cells)), "value_date", part)
    assert len(found) and set(found["severity"]) == {severity}


WORDS = [
    ("state", "ST", ["Florida", "fl", "N.Y."], ["FL", "FL", "NY"]),
    ("state", "State", ["Cascadia", "", "U"], ["", "", ""]),
    ("property_type", "Prop Type", ["Single Family", "Mobile Home", "Duplex"], ["sfr", "manufactured", "2-4"]),
    ("property_type", "Property Type", ["SF", "CO", "PU"], ["sfr", "condo", "sfr"]),
    ("property_type", "Prop Type", [D(2026, 2, 4), "Land", "Yurt"], ["2-4", "land", ""]),
    ("occupancy", "Occ Status", ["Owner Occupied", "NOO", "Vacant"], ["owner", "tenant", "vacant"]),
    ("occupancy", "Occupancy Status", ["P", "I", "U"], ["owner", "tenant", "unknown"]),
    ("bk_chapter", "BK Chapter", ["Chapter 13", 7, "BK11"], ["13", "7", "11"]),
    ("bk_chapter", "BK", ["Yes", "None", "Ch. 9"], ["", "", ""]),
    ("bk_chapter", "bk_chapter_code", ["07", "13", ""], ["7", "13", ""]),
    ("contact", "Borrower Contact", ["Y", "no", "unk"], ["yes", "no", ""]),
    ("contact", "contact", [True, False, None], ["yes", "no", ""]),
    ("fc_contested", "Contested", [1, 0, "maybe"], ["yes", "no", ""]),
    ("hardship", "Hardship", ["Temporary", "long term", "?"], ["temporary", "permanent", ""]),
    ("intent", "Intent", ["Keep home", "SELL", "deed back"], ["stay", "sell", "leave"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "heading", "cells", "wanted"), WORDS, ids=[f"{w[0]}-{place}" for place, w in enumerate(WORDS)]
)
def test_words(tmp_path: Path, column: str, heading: str, cells: list[object], wanted: list[str]) -> None:
    tape = read_rows(tmp_path, loans(**{column: cells}), {column: heading})
    assert tape.loans[column].tolist() == wanted


@pytest.mark.parametrize(
    ("column", "cell", "severity", "part"),
    [
        ("state", "Cascadia", "error", "is no state"), ("state", "", "warning", "no state"),
        ("property_type", "Yurt", "error", "not in the list"),
        ("bk_chapter", "Yes", "warning", "chapter unknown"), ("bk_chapter", "9", "error", "no chapter"),
        ("contact", "maybe", "error", "not in the list"),
    ],
)  # fmt: skip
def test_words_not_in_the_list_are_reported_at_their_row(
    tmp_path: Path, column: str, cell: str, severity: str, part: str
) -> None:
    good = {"state": "FL", "property_type": "sfr", "bk_chapter": "7", "contact": "yes"}[column]
    tape = read_rows(tmp_path, loans(**{column: [good, cell, good]}))
    found = said(tape, column, part)
    assert found["row"].tolist() == [3] and found["severity"].tolist() == [severity]
    assert found["loan_id"].tolist() == ["A2"] and found["value"].tolist() == [cell]


def test_loan_numbers_keep_their_zeros_and_whole_numbers_have_no_point(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(loan_id=["0001230", 123456789012, "A-7 "]))
    assert tape.loans["loan_id"].tolist() == ["0001230", "123456789012", "A-7"]


@pytest.mark.parametrize(
    ("cell", "part"),
    [("1.00E+11", "scientific notation"), (1234567890123456789, "15 digits"), (None, "no loan number")],
)
def test_marks_of_a_spreadsheet_on_a_loan_number_are_reported(tmp_path: Path, cell: object, part: str) -> None:
    assert said(read_rows(tmp_path, loans(loan_id=["1", cell, "3"])), "loan_id", part)["row"].tolist() == [3]


def test_lost_zeros_are_suspected(tmp_path: Path) -> None:
    rows = loans(6, loan_id=[10000001, 10000002, 10000003, 10000004, 10000005, 51])
    assert len(said(read_rows(tmp_path, rows), "loan_id", "leading zeros")) == 1


def test_a_loan_on_two_rows_stays_two_loans_and_is_reported(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(4, loan_id=["X", "Y", "X", "X (row 4)"]))
    assert tape.loans["loan_id"].tolist() == ["X", "Y", "X (row 4) (row 4)", "X (row 4)"]
    assert said(tape, "loan_id", "row 2 already")["row"].tolist() == [4]
    assert len(tape.loans) == 4 and tape.loans["upb"].sum() == 400_000


def test_an_absent_loan_number_is_its_row(tmp_path: Path) -> None:
    assert read_rows(tmp_path, loans(loan_id=["X", "", "N/A"])).loans["loan_id"].tolist() == ["X", "row 3", "row 4"]


def test_paid_to_is_one_month_before_next_due(tmp_path: Path) -> None:
    rows = loans(next_due_date=["1/31/2026", "12/1/2025", ""])
    tape = read_rows(tmp_path, rows, {"next_due_date": "Paid To"})
    assert tape.loans["next_due_date"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["2026-02-28", "2026-01-01", ""]
    assert len(said(tape, "next_due_date", "one month after")) == 1


def test_a_next_due_date_beats_a_paid_to_date_and_a_clash_is_reported(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(paid_to_date=["2/1/2026", "1/1/2026", "2/1/2026"]))
    assert tape.loans["next_due_date"].dt.strftime("%Y-%m-%d").tolist() == ["2026-03-01"] * 3
    assert said(tape, "next_due_date", "not one month later")["row"].tolist() == [3]


def test_referral_dates_count_to_the_as_of_date(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(fc=["10/31/2025", "10/15/2026", "12/1/2026"]), {"fc": "FC Referral Date"})
    assert tape.loans["fc_months_elapsed"].tolist() == pytest.approx([12, 1, NAN], nan_ok=True)
    assert said(tape, "fc_months_elapsed", "lies after")["row"].tolist() == [4]


def test_legal_status_says_bankruptcy_or_foreclosure(tmp_path: Path) -> None:
    rows = loans(4, legal=["Foreclosure", "Bankruptcy", "None", "Bankruptcy Ch 13"])
    tape = read_rows(tmp_path, rows, {"legal": "legalStatus"})
    assert tape.loans["fc_months_elapsed"].tolist() == pytest.approx([1, NAN, NAN, NAN], nan_ok=True)
    assert tape.loans["bk_chapter"].tolist() == ["", "", "", "13"]
    assert said(tape, "bk_chapter", "chapter unknown")["row"].tolist() == [3]
    assert said(tape, "fc_months_elapsed", "month unknown")["row"].tolist() == [2]


def test_payments_in_cents_are_told_by_balance_rate_and_term(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(pi_payment=[71643, 70000, 69999]), {"pi_payment": "principalAndInterestPayment"})
    assert tape.loans["pi_payment"].tolist() == pytest.approx([716.43, 700.0, 699.99])
    assert len(said(tape, "pi_payment", "is in cents")) == 1
    assert read_rows(tmp_path, loans(pi_payment=[716.43, 70000, 700.0])).loans["pi_payment"].tolist() == [
        716.43,
        70000,
        700,
    ]


def test_a_balance_with_the_deferred_part_is_reduced_by_it(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(deferred_balance=[10_000, 0, ""]), {"upb": "Current Actual UPB"})
    assert tape.loans["upb"].tolist() == [90_000, 100_000, 100_000]


def test_a_remaining_term_gives_the_maturity(tmp_path: Path) -> None:
    tape = read_rows(
        tmp_path, loans(maturity_date=[240, 0, 12]), {"maturity_date": "Remaining Months to Legal Maturity"}
    )
    assert tape.loans["maturity_date"].dt.strftime("%Y-%m-%d").tolist() == ["2046-10-01", "2026-10-01", "2027-10-01"]


CHECKS = [
    ("maturity before the due date", {"maturity_date": D(2025, 1, 1)}, "maturity_date", "taken as matured"),
    ("maturity before origination", {"origination_date": D(2047, 1, 1)}, "maturity_date", "before it was made"),
    ("payment below interest", {"pi_payment": 400}, "pi_payment", "does not cover"),
    ("payment inconsistent", {"pi_payment": 1200}, "pi_payment", "inconsistent"),
    ("payoff far above", {"payoff": 160_000}, "upb", "far above"),
    ("balance above the original", {"original_balance": 50_000}, "upb", "original balance"),
    ("junior without senior balance", {"lien": 2}, "senior_balance", "junior lien"),
    ("value in thousands", {"property_value": 150}, "property_value", "thousands"),
]  # fmt: skip
SOUND: dict[str, object] = {
    "origination_date": D(2010, 1, 1),
    "payoff": 104_000,
    "original_balance": 120_000,
    "lien": 1,
}


@pytest.mark.parametrize(("changed", "column", "part"), [c[1:] for c in CHECKS], ids=[c[0] for c in CHECKS])
def test_columns_that_contradict_each_other_are_warned_of(
    tmp_path: Path, changed: dict[str, object], column: str, part: str
) -> None:
    (name, cell), sound = next(iter(changed.items())), loans()
    good = SOUND.get(name, dict(zip(sound[0], sound[1], strict=True)).get(name))
    tape = read_rows(tmp_path, loans(**{name: [good, cell, good]}))
    found = said(tape, column, part)
    assert found["row"].tolist() == [3] and found["severity"].tolist() == ["warning"]


@pytest.mark.parametrize("column", ["upb", "note_rate", "next_due_date", "property_value"])
def test_a_loan_that_cannot_be_valued_stays_and_says_why(tmp_path: Path, column: str) -> None:
    good = dict(zip(*loans(1), strict=True))[column]
    tape = read_rows(tmp_path, loans(**{column: [good, "", good]}))
    assert len(tape.loans) == 3
    found = said(tape, column, "not valued")
    assert found["row"].tolist() == [3] and found["severity"].tolist() == ["error"]


def test_no_payment_and_no_maturity_is_not_valued(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(pi_payment=["", "", 700], maturity_date=["", "2/1/2046", ""]))
    assert said(tape, "pi_payment", "not valued")["row"].tolist() == [2]
    assert said(tape, "pi_payment", "level payment")["row"].tolist() == [3]


def test_overrides_are_read_and_a_bad_one_is_an_error(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(target_yield=["12%", 0.2, 85], exit=["hold", "", "bolt"], fc_months=[30, "", -4]))
    assert list(tape.loans.columns)[-3:] == ["target_yield", "exit", "fc_months"] == tape.overrides
    assert tape.loans["target_yield"].tolist() == pytest.approx([0.12, 0.2, NAN], nan_ok=True)
    assert tape.loans["exit"].tolist() == ["hold", "", ""]
    assert tape.loans["fc_months"].tolist() == pytest.approx([30, NAN, NAN], nan_ok=True)
    for name in ("target_yield", "exit", "fc_months"):
        assert said(tape, name, "the assumption stands")["row"].tolist() == [4]


def test_dated_warnings_old_values_and_loans_paid_ahead(tmp_path: Path) -> None:
    dates = [D(2026, 5, 4), D(2026, 5, 3), D(2026, 11, 5)]
    tape = read_rows(tmp_path, loans(value_date=dates, next_due_date=[D(2026, 11, 1), D(2026, 12, 1), D(2026, 1, 1)]))
    warnings = dated_warnings(tape, AS_OF)
    assert list(warnings.columns) == list(tape.issues.columns)
    by_row = {(row, column) for row, column in zip(warnings["row"], warnings["column"], strict=True)}
    assert by_row == {(3, "value_date"), (4, "value_date"), (3, "next_due_date")}
    assert set(warnings["severity"]) == {"warning"}


def test_error_cells_are_absent_and_told(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(senior_balance=["#N/A", 5.0, "#REF!"]))
    assert tape.loans["senior_balance"].tolist() == pytest.approx([NAN, 5, NAN], nan_ok=True)
    assert "I2, I4" in said(tape, "", "hold an Excel error")["message"].item()


def test_a_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "@x", "-5 A", "\tz"]
    tape = read_tape(write_csv(tmp_path / "t.csv", loans(5, loan_id=texts)), as_of=AS_OF)
    assert tape.loans["loan_id"].tolist() == ["=1+1", "+1", "@x", "-5 A", "z"]
