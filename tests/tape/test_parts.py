"""A parquet tape read in parts is the tape read whole: the same loans, the same issues."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from benchmarks.engine import pool
from lossmit_xl.errors import TapeError
from lossmit_xl.tape import read_tape
from lossmit_xl.tape.parts import open_parts
from lossmit_xl.tape.read import Tape

AS_OF = dt.date(2026, 10, 31)
ROWS, PART = 5_000, 700


def _text(values: Any) -> list[str | None]:
    return [None if value is None or value != value else str(value) for value in values]


def typed(rows: int = ROWS) -> pd.DataFrame:
    """A tape as a system writes it: numbers as numbers; codes for unknown, a turned sign, duplicates far apart."""
    loans = pool(rows)
    loans["escrow_advances"] = -loans["escrow_advances"].fillna(0)
    loans.loc[[100, 2_000, 4_900], "senior_balance"] = 9_999.0  # a code for unknown only by its third time
    loans["pi_payment"] = loans["pi_payment"] * 100
    loans.loc[[3_000, 4_999], "loan_id"] = [loans["loan_id"][10], loans["loan_id"][10]]
    loans.loc[4_000, "loan_id"] = None
    loans.loc[[5, 2_500], "upb"] = [np.nan, -5.0]
    loans.loc[4_500, "note_rate"] = 0.55
    return loans


def texts(rows: int = ROWS) -> pd.DataFrame:
    """A tape as somebody exported it, all texts: what its columns mean shows late, or only over the whole."""
    loans = pool(rows)
    late = rows - 600
    due, matures = loans.pop("next_due_date"), loans.pop("maturity_date")
    made: dict[str, Any] = {
        "Loan Number": loans["loan_id"].tolist(),
        "Borrower Name": [f"Somebody {n}" for n in range(rows)],
        "Contact No.": [f"212-555-{n % 10_000:04d}" for n in range(rows)],
        "ST": _text(loans["state"]),
        # Day first, which only the last rows can tell.
        "Next Due": [f"{min(day.day, 12) if n < late else 13 + n % 15}/{day.month}/{day.year}" for n, day in
                     enumerate(pd.to_datetime(due))],
        "Maturity": [f"{pd.Timestamp(day):%Y%m%d}" for day in matures],
        "Unpaid Principal Balance": [f"{value:,.2f}".replace(",", "X").replace(".", ",").replace("X", ".")
                                     for value in loans["upb"]],  # a decimal comma
        "Interest Rate": [f"{100 * rate:.3f}" if n % 7 else f"{rate:.5f}" for n, rate in enumerate(loans["note_rate"])],
        "P&I": _text(loans["pi_payment"]),
        "BPO Value": [f"${value:,.0f}" if value == value else "N/A" for value in loans["property_value"]],
        "UPB Balance": [f"{value:,.2f}" for value in loans["upb"]],
        "Deferred Interest": [f"({value:.2f})" if value == value else None for value in loans["deferred_balance"]],
        "target_yield": ["18%" if n % 900 == 0 else "lots" if n == 4_321 else None for n in range(rows)],
        "Lien Pos": [("1st" if lien == 1 else "2nd") for lien in loans["lien"]],
        "Legal Status": [("Foreclosure", "Bankruptcy", "None", None)[n % 4] for n in range(rows)],
        "FC Contested": _text(loans["fc_contested"]),
        "Occupancy": [("Owner Occ", "Tenant", "martian", None)[n % 4] for n in range(rows)],
    }  # fmt: skip
    frame = pd.DataFrame(made, dtype=object)
    for place in (4, 1_500, 4_200):
        frame.iloc[place] = None  # blank rows
    frame.iloc[2_222] = list(frame.columns)  # the headings again
    frame.iloc[2_900, 0], frame.iloc[4_100, 0] = frame.iloc[12, 0], None
    frame.loc[rows] = None
    frame.loc[rows, "Loan Number"] = "Total"
    return frame


def unlabelled_sum(rows: int = 1_500) -> pd.DataFrame:
    """The last row, without a number, is the sum of all the others."""
    loans = pool(rows)
    loans.loc[rows] = None
    loans.loc[rows, "upb"] = loans["upb"].sum()
    return loans


def own_types(rows: int = 1_500) -> pa.Table:
    """Categories, decimals, whole numbers, truth values, dates and times as parquet knows them."""
    loans = pool(rows)
    loans = loans.assign(state=loans["state"].astype("category"), contact=loans["contact"].eq("yes"))
    table = pa.Table.from_pandas(loans)
    place = table.schema.get_field_index("property_value")
    values = pa.array([None if value != value else round(value) for value in loans["property_value"]], pa.int64())
    table = table.set_column(place, "property_value", values)
    return table.set_column(table.schema.get_field_index("upb"), "upb", table["upb"].cast(pa.decimal128(12, 2)))


TAPES: dict[str, Any] = {"typed": typed, "texts": texts, "unlabelled sum": unlabelled_sum, "own types": own_types}


@pytest.fixture(scope="module", params=TAPES)
def tape(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tape]:
    path = tmp_path_factory.mktemp("parts") / "tape.parquet"
    made = TAPES[request.param]()
    table = made if isinstance(made, pa.Table) else pa.Table.from_pandas(made, preserve_index=False)
    pq.write_table(table, path, row_group_size=1_111)
    return path, read_tape(path, as_of=AS_OF)


COUNTED = re.compile(r"^\d[\d,]* rows? between the loans (?:is|are) blank")


def lines(issues: pd.DataFrame) -> Counter[tuple[object, ...]]:
    """Issues as they are; blank rows, which are told of part by part, left away."""
    kept = issues[[COUNTED.match(message) is None for message in issues["message"]]]
    return Counter(kept.itertuples(index=False, name=None))


@pytest.mark.parametrize("size", [PART, 100_000])
def test_the_parts_are_the_whole(tape: tuple[Path, Tape], size: int) -> None:
    path, whole = tape
    found = open_parts(path, as_of=AS_OF, part_rows=size)
    parts = list(found.parts())
    assert len(parts) == (1 if size > ROWS else max(2, len(parts)))
    loans = pd.concat([part.loans for part in parts], ignore_index=True)
    assert_frame_equal(loans, whole.loans, check_exact=True)
    assert np.concatenate([part.rows for part in parts]).tolist() == whole.rows.tolist()
    assert found.mapping == whole.mapping
    issues = pd.concat([found.notes, *(part.issues for part in parts)], ignore_index=True)
    assert lines(issues) == lines(whole.issues)
    assert sum(len(part.loans) + part.set_aside for part in parts) == found.rows == whole.source.rows_read


def test_the_tapes_decide_what_they_are_meant_to(tmp_path: Path) -> None:
    """Each trap is one: read as if the first part were all, it would be read otherwise."""
    for name, wanted in (("typed", ("code for unknown", "sign of the whole column", "in cents", "stands on row")),
                         ("texts", ("day first", "decimal comma", "mixes percentages", "the headings again", "totals",
                                    "telephone numbers", "both stand for upb", "target_yield")),
                         ("unlabelled sum", ("a row of totals",))):  # fmt: skip
        path = tmp_path / f"{name}.parquet"
        TAPES[name]().to_parquet(path, index=False)
        said = " | ".join(read_tape(path, as_of=AS_OF).issues["message"].unique())
        for words in wanted:
            assert words in said, (name, words)


def test_refusals_are_those_of_the_whole(tmp_path: Path) -> None:
    empty, nameless, broken = (tmp_path / f"{name}.parquet" for name in ("empty", "nameless", "broken"))
    pool(10).iloc[:0].to_parquet(empty, index=False)
    pool(10).drop(columns="upb").to_parquet(nameless, index=False)
    broken.write_bytes(b"PAR1" + b"x" * 100)
    for path in (empty, nameless, broken):
        with pytest.raises(TapeError) as whole:
            read_tape(path, as_of=AS_OF)
        with pytest.raises(TapeError) as parts:
            open_parts(path, as_of=AS_OF)
        assert str(parts.value) == str(whole.value)
