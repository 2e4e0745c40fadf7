"""The state table: published figures, what fills a blank, your own cells, and how states are recognised."""

from __future__ import annotations

import csv
from importlib.resources import files
from statistics import median
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.states import COLUMNS, FALLBACK, SOURCE_OF, STATE_CODES, published, sources, state_code, states

RAW: dict[str, dict[str, str]] = {
    row["state"]: row
    for row in csv.DictReader(
        (files("lossmit_xl.data") / "state_foreclosure.csv").read_text(encoding="utf-8").splitlines()
    )
}

PUBLISHED = [  # code, process, months, fee, redemption; by hand: (days from the last paid instalment - 120) / 30
    ("FL", "judicial", 20, 5400.0, 0),  # 720 days
    ("NY", "judicial", 54, 6800.0, 0),  # 1,740 days
    ("TX", "non_judicial", 12, 2300.0, 0),  # 480 days
    ("GU", "non_judicial", 13, 2550.0, 0),  # 500 days: 12.67 rounds up
    ("TN", "non_judicial", 6, 1500.0, 0),  # 300 days
    ("KS", "judicial", 12, 2700.0, 12),  # 480 days, twelve months to redeem
    ("WY", "non_judicial", 8, 2250.0, 3),  # 360 days, no fee published
    ("VI", "judicial", 13, 3275.0, 0),  # 510 days, neither fee nor redemption published
    ("US", "non_judicial", 14, 2650.0, 0),  # the national row: medians
]


class TestFigures:
    @pytest.mark.parametrize(("code", "process", "months", "fee", "redemption"), PUBLISHED, ids=lambda v: str(v))
    def test_published(self, code: str, process: str, months: int, fee: float, redemption: int) -> None:
        row = states().loc[code]
        assert (row["process"], row["fc_months"], row["legal_fee"], row["redemption_months"]) == (
            process,
            months,
            fee,
            redemption,
        )
        assert row["other_costs"] == (1800 if process == "judicial" else 1200)

    def test_54_rows_in_file_order_then_the_national_one(self) -> None:
        table = states()
        assert list(table.index) == [*RAW, FALLBACK] and len(RAW) == 54
        assert tuple(table.columns) == COLUMNS
        assert tuple(RAW) == STATE_CODES

    @pytest.mark.parametrize("code", RAW)
    def test_every_row_follows_from_the_file(self, code: str) -> None:
        raw, row = RAW[code], states().loc[code]
        assert row["name"] == raw["name"]
        assert abs(row["fc_months"] - (int(raw["timeline_days"]) - 120) / 30) <= 0.5
        assert row["legal_fee"] == float(raw["attorney_fee_usd"] or (3275 if raw["process"] == "judicial" else 2250))
        assert row["redemption_months"] == int(raw["redemption_months"] or 0)

    def test_medians_behind_the_blanks_and_the_national_row(self) -> None:
        for process, fee in (("judicial", 3275), ("non_judicial", 2250)):
            given = [
                float(r["attorney_fee_usd"]) for r in RAW.values() if r["process"] == process and r["attorney_fee_usd"]
            ]
            assert median(given) == fee
        rows = states().loc[list(RAW)]
        assert rows["fc_months"].median() == 14
        assert rows["legal_fee"].median() == 2650
        assert rows["redemption_months"].median() == 0
        assert (rows["process"] == "non_judicial").sum() == 28

    def test_numbers_are_numbers(self) -> None:
        table = states(Assumptions(states={"FL": {"fc_months": 30, "legal_fee": 1}}))
        for column in ("fc_months", "redemption_months"):
            assert pd.api.types.is_integer_dtype(table[column])
        for column in ("legal_fee", "other_costs"):
            assert pd.api.types.is_float_dtype(table[column])
        assert not table.isna().any().any()

    def test_the_caller_cannot_spoil_the_table(self) -> None:
        table = states()
        table.loc["FL", "fc_months"] = 1
        assert states().loc["FL", "fc_months"] == 20
        with pytest.raises(TypeError):
            published("FL")["fc_months"] = 1  # type: ignore[index]


class TestSources:
    def test_every_key_of_the_file_has_a_citation_with_year_and_strength(self) -> None:
        keys = {row[column] for row in RAW.values() for column in row if column.endswith("_source")} - {""}
        assert keys == sources().keys()
        for row in csv.DictReader((files("lossmit_xl.data") / "sources.csv").read_text(encoding="utf-8").splitlines()):
            assert row["citation"] and row["year"] and row["strength"]
            assert sources()[row["key"]] == f"{row['citation']} ({row['year']}; {row['strength']})"

    def test_beside_each_figure(self) -> None:
        row = states().loc["FL"]
        assert row["fc_months_source"] == (
            "720 days from the last paid instalment, less 120, over 30: Fannie Mae, Foreclosure Time Frames and "
            "Compensatory Fee Allowable Delays Exhibit, 18 June 2025 (2025; secondary copy of a primary figure)"
        )
        assert "Attorney Fees Exhibit, 18 December 2024 (2024;" in row["legal_fee_source"]
        assert row["other_costs_source"] == "analyst's convention, no published source"
        assert row["redemption_source"].startswith("State-by-state foreclosure summaries")
        assert "18 June 2025" in row["process_source"]

    def test_blanks_say_what_fills_them(self) -> None:
        table = states()
        assert table.loc["VI", "legal_fee_source"] == "no figure found: the median of the published judicial fees"
        assert table.loc["WY", "legal_fee_source"] == "no figure found: the median of the published non-judicial fees"
        assert table.loc["NY", "redemption_source"] == "no figure found: taken as 0"
        filled = {code for code, row in RAW.items() if not row["redemption_months"]}
        assert set(table.index[table["redemption_source"] == "no figure found: taken as 0"]) == filled
        assert table.loc["US", "fc_months_source"] == "median of the table's 54 rows"


class TestOverrides:
    CHANGES = (
        ("fc_months", 30), ("legal_fee", 1.5), ("other_costs", 9.0), ("redemption_months", 2),
        ("process", "non_judicial"),
    )  # fmt: skip

    @pytest.mark.parametrize("code", ["NY", "US"])
    @pytest.mark.parametrize(("cell", "value"), CHANGES, ids=[cell for cell, _ in CHANGES])
    def test_one_cell_and_its_source_change_and_nothing_else(self, code: str, cell: str, value: Any) -> None:
        before, after = states(), states(Assumptions(states={code: {cell: value}}))
        assert after.loc[code, cell] == value
        assert after.loc[code, SOURCE_OF[cell]] == "your assumption"
        differs = before.ne(after)
        changed = {(row, column) for row in differs.index for column in differs.columns if differs.loc[row, column]}
        assert changed - {(code, cell)} == {(code, SOURCE_OF[cell])}


SPELLINGS = [
    ("FL", ["FL", "fl", " Fl ", "Florida", "FLORIDA", "Fla.", "fla", "F.L.", "FL - Florida", "Florida (FL)", "FL, USA",
            "State of Florida", "US-FL", "FL 33101", "FL\u00a0"]),
    ("NY", ["N.Y.", "N Y", "New York", "NewYork", "new  york", "N. York", "NEW YORK STATE"]),
    ("CA", ["calif", "Calif.", "Cal."]),
    ("DC", ["D.C.", "DC", "District of Columbia", "Washington, D.C.", "Washington DC"]),
    ("WA", ["Wash.", "Washington", "Washington State"]),
    ("VA", ["Va.", "Commonwealth of Virginia"]),
    ("WV", ["W. Va.", "W Virginia", "West Virginia", "WEST VA"]),
    ("NC", ["N. Carolina", "No. Carolina", "North Carolina", "N.C."]),
    ("MA", ["Mass.", "Commonwealth of Massachusetts"]),
    ("VI", ["U.S. Virgin Islands", "USVI", "Virgin Islands, U.S."]),
    ("PR", ["P.R.", "Puerto Rico"]),
    ("OK", ["Okla."]),
]  # fmt: skip

NO_STATE: list[object] = [
    "", " ", "-", "?", "N/A", "n.a.", "none", "unknown", "US", "USA", "XX", "ZZ", "Floridda", "TX/LA", "FL or GA",
    "Ontario", "33101", "12", 12, 3.5, None, float("nan"), True, "American Samoa", "AE", "x" * 10_000,
]  # fmt: skip


class TestRecognition:
    @pytest.mark.parametrize(
        ("code", "text"), [(code, text) for code, texts in SPELLINGS for text in texts], ids=lambda v: repr(v)
    )
    def test_spellings(self, code: str, text: str) -> None:
        assert state_code(text) == code

    @pytest.mark.parametrize("text", NO_STATE, ids=lambda v: repr(v)[:20])
    def test_nothing_is_guessed(self, text: object) -> None:
        assert state_code(text) is None

    @pytest.mark.parametrize("code", STATE_CODES)
    def test_every_code_and_name_in_any_case(self, code: str) -> None:
        name = RAW[code]["name"]
        for text in (code, code.lower(), ".".join(code) + ".", name, name.upper(), name.lower(), f" {name} "):
            assert state_code(text) == code, text

    @given(st.text(max_size=30))
    def test_any_text_is_a_state_or_none(self, text: str) -> None:
        assert state_code(text) in {*STATE_CODES, None}
