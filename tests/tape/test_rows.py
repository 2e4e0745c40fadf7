"""Finding the table in a sheet, and telling loans from everything else that stands in rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossmit_xl.errors import TapeError
from lossmit_xl.tape import read_tape
from tests.tape.making import AS_OF, loans, read_rows, said, write_csv, write_xlsx

HEADINGS = ["Loan Number", "State", "UPB", "Rate", "Next Due", "BPO", "P&I"]


def row(number: int, upb: object = 50_000.0) -> list[object]:
    """A loan under HEADINGS."""
    return [f"L{number:03d}", "FL", upb, 0.08, "1/1/2026", 90_000.0, 500.0]


BODY = [row(1), row(2), row(3)]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_title_rows_are_passed_over(tmp_path: Path, suffix: str) -> None:
    rows = [["Big Seller LLC - Pool 7"], [], ["Cut-off", "10/31/2026"], [], HEADINGS, *BODY]
    path = tmp_path / f"t.{suffix}"
    tape = read_tape(write_csv(path, rows) if suffix == "csv" else write_xlsx(path, {"T": rows}), as_of=AS_OF)
    assert tape.source.header_rows == (5,) and tape.rows.tolist() == [6, 7, 8]
    assert said(tape, "", "headings stand in row 5")["severity"].tolist() == ["info"]


def test_two_line_headings_are_joined(tmp_path: Path) -> None:
    upper = ["Loan", "Prop", "Current", "Interest", "Paid", "BPO", "P&I", "BPO"]
    lower = ["Number", "State", "Balance", "Rate", "To Date", "Value", "Payment", "Date"]
    tape = read_rows(tmp_path, [["Pool 7"], upper, lower, *[[*r, "9/1/2026"] for r in BODY]])
    assert tape.source.header_rows == (2, 3)
    assert [e.target for e in tape.mapping.entries] == [
        "loan_id", "state", "upb", "note_rate", "paid_to_date", "property_value", "pi_payment", "value_date",
    ]  # fmt: skip


@pytest.mark.parametrize("merged", [True, False])
def test_a_band_tells_two_balances_apart(tmp_path: Path, merged: bool) -> None:
    band = ["Loan", "", "Original Terms", "", "", "Current Terms", "", "", "Value"]
    lower = ["Number", "State", "Balance", "Rate", "Date", "Balance", "Rate", "Next Due", "BPO"]
    body = [[f"L{i}", "FL", 80_000, 0.10, "1/1/2005", 60_000, 0.05, "1/1/2026", 90_000] for i in range(3)]
    path = tmp_path / ("t.xlsx" if merged else "t.csv")
    rows = [band, lower, *body]
    tape = read_tape(
        write_xlsx(path, {"T": rows}, ["C1:E1", "F1:H1"]) if merged else write_csv(path, rows), as_of=AS_OF
    )
    assert tape.loans["upb"].tolist() == [60_000.0] * 3
    assert tape.loans["note_rate"].tolist() == [0.05] * 3


def test_a_merged_band_over_plain_headings_does_no_harm(tmp_path: Path) -> None:
    band = ["LOAN DATA", "", "", "", "COLLATERAL", "", ""]
    path = write_xlsx(tmp_path / "t.xlsx", {"T": [["Title"], band, HEADINGS, *BODY]}, ["A2:D2", "E2:G2"])
    assert [e.target for e in read_tape(path, as_of=AS_OF).mapping.entries] == [
        "loan_id", "state", "upb", "note_rate", "next_due_date", "property_value", "pi_payment",
    ]  # fmt: skip


@pytest.mark.parametrize("label", ["TOTAL", "Totals:", "Grand Total", "Subtotal FL", "Average", "3 loans", "Sum"])
def test_a_totals_row_is_no_loan_and_is_reported(tmp_path: Path, label: str) -> None:
    total = (
        ["", label, 150_000.0, "", "", 270_000.0, 1500.0]
        if label == "3 loans"
        else [label, "", 150_000.0, "", "", 270_000.0, ""]
    )
    if label == "3 loans":
        total[1] = "Count 3"
    tape = read_rows(tmp_path, [HEADINGS, *BODY, total])
    assert len(tape.loans) == 3 and tape.loans["upb"].sum() == 150_000
    assert [(r, why) for r, why, _ in tape.source.set_aside] == [(5, "total")]
    assert said(tape, "", "row of totals")["row"].tolist() == [5]


def test_a_total_without_a_label_is_told_by_its_sum(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, [HEADINGS, *BODY, ["", "", 150_000.0, "", "", "", ""]])
    assert len(tape.loans) == 3
    kept = read_rows(tmp_path, [HEADINGS, *BODY, ["", "", 150_001.5, "", "", "", ""]])
    assert len(kept.loans) == 4


@pytest.mark.parametrize("cell", ["Total Wine Loan", "SUMNER-1", "TOT-7", "Countess 9"])
def test_a_loan_whose_name_begins_like_a_total_is_kept(tmp_path: Path, cell: str) -> None:
    named = [cell, *row(9)[1:]]
    assert len(read_rows(tmp_path, [HEADINGS, row(1), named, row(2)]).loans) == 3


def test_blank_rows_headings_again_units_and_remarks(tmp_path: Path) -> None:
    units = ["text", "code", "USD", "%", "mm/dd/yyyy", "$", "$"]
    rows = [
        HEADINGS,
        units,
        row(1),
        [],
        [None] * 7,
        row(2),
        HEADINGS,
        row(3),
        [],
        ["* values are not warranted by the seller"],
    ]
    tape = read_rows(tmp_path, rows)
    assert tape.rows.tolist() == [3, 6, 8]
    assert [(r, why) for r, why, _ in tape.source.set_aside] == [
        (2, "units"),
        (4, "blank"),
        (5, "blank"),
        (7, "headings again"),
        (9, "blank"),
        (10, "remark"),
    ]
    for part, at in (("units", 2), ("are blank", 4), ("headings again", 7), ("a remark", 10)):
        assert said(tape, "", part)["row"].tolist() == [at]


def test_every_row_of_the_file_is_a_loan_or_accounted_for(tmp_path: Path) -> None:
    rows = [HEADINGS, row(1), [], row(2), ["TOTAL", "", 100_000.0]]
    tape = read_rows(tmp_path, rows)
    assert tape.source.rows_read == len(tape.loans) + len(tape.source.set_aside) == len(rows) - 1


def test_the_sheet_with_the_loans_is_found(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", {"Cover": [["Hello"], ["Contact", "Me"]],
        "By State": [["State", "UPB"], ["FL", 5]],
                                            "Data Tape": [["x"], HEADINGS, *BODY], "Empty": []})  # fmt: skip
    tape = read_tape(path, as_of=AS_OF)
    assert tape.source.sheet == "Data Tape" and tape.source.other_sheets == ("Cover", "By State", "Empty")
    assert said(tape, "", 'read from sheet "Data Tape"')["row"].tolist() == [0]


def test_a_second_tape_in_the_file_is_reported_and_can_be_asked_for(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", {"Firsts": [HEADINGS, *BODY], "Seconds": [HEADINGS, row(7), row(8)]})
    tape = read_tape(path, as_of=AS_OF)
    assert tape.source.sheet == "Firsts"
    assert said(tape, "", 'sheet "Seconds" looks like a tape too')["severity"].tolist() == ["warning"]
    assert read_tape(path, sheet="seconds", as_of=AS_OF).loans["loan_id"].tolist() == ["L007", "L008"]
    with pytest.raises(TapeError, match="has no sheet 'Thirds'; it has 'Firsts', 'Seconds'"):
        read_tape(path, sheet="Thirds")


def test_a_tape_that_starts_in_column_c_is_read(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, [[None, None, *r] for r in (["Title"], HEADINGS, BODY[0], BODY[1], BODY[2])])
    assert tape.loans["loan_id"].tolist() == ["L001", "L002", "L003"]


def test_the_same_heading_twice_is_made_unique_and_the_best_filled_is_used(tmp_path: Path) -> None:
    rows = [
        [*HEADINGS, "UPB", "Loan Number"],
        [*row(1, ""), 50_000, "L001"],
        [*row(2, ""), 51_000, ""],
        [*row(3, 52_000.0), 53_000, "x"],
    ]
    tape = read_rows(tmp_path, rows)
    assert [e.heading for e in tape.mapping.entries][-2:] == ["UPB (2)", "Loan Number (2)"]
    assert tape.loans["upb"].tolist() == [50_000, 51_000, 53_000]
    found = said(tape, "upb", "both stand for upb")
    assert found["severity"].tolist() == ["warning"] and "differ in 1 row" in found["message"].item()


def test_a_surer_name_that_is_mostly_blank_gives_way_to_the_filled_column(tmp_path: Path) -> None:
    rows = [
        ["Loan Number", "Principal Owed", "UPB"],
        ["A", 50_000, 49_000],
        ["B", 51_000, ""],
        ["C", 52_000, ""],
    ]
    tape = read_rows(tmp_path, rows)
    assert tape.mapping.heading("upb") == "Principal Owed" and tape.loans["upb"].tolist() == [50_000, 51_000, 52_000]
    assert said(tape, "upb", "both stand for upb")["severity"].tolist() == ["warning"]
    filled = [*rows[:2], ["B", 51_000, 48_000], ["C", 52_000, ""]]
    assert read_rows(tmp_path, filled).mapping.heading("upb") == "UPB"


def test_equal_duplicates_are_only_mentioned(tmp_path: Path) -> None:
    rows = [[*HEADINGS, "Current Balance"], *([*r, f"${r[2]:,.2f}"] for r in BODY)]
    assert said(read_rows(tmp_path, rows), "upb", "both stand for upb")["severity"].tolist() == ["info"]


def test_a_column_half_blank_is_read_and_each_loan_without_it_is_named(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, loans(4, property_value=[90_000, "", 80_000, ""]))
    assert said(tape, "property_value", "not valued")["row"].tolist() == [3, 5]


def test_hidden_rows_and_columns_are_read_and_told(tmp_path: Path) -> None:
    import openpyxl

    path = write_xlsx(tmp_path / "t.xlsx", {"T": [HEADINGS, *BODY]})
    book = openpyxl.load_workbook(path)
    book["T"].row_dimensions[3].hidden = True
    book["T"].column_dimensions["C"].hidden = True
    book.save(path)
    tape = read_tape(path, as_of=AS_OF)
    assert len(tape.loans) == 3 and tape.loans["upb"].tolist() == [50_000.0] * 3
    assert len(said(tape, "", "idden rows: 1, hidden columns: 1")) == 1
