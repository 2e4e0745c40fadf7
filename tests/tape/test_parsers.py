"""Properties of the parsers: they never raise, and reading what was written gives what was meant."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmit_xl.columns import BY_NAME
from lossmit_xl.errors import TapeError
from lossmit_xl.tape import dates, numbers, read_tape, words
from lossmit_xl.tape.cells import split
from lossmit_xl.tape.headings import normal, unit_factor
from lossmit_xl.tape.mapping import Mapping, unique_headings
from tests.tape.making import AS_OF, write_csv

TEXT = st.text(max_size=40)
LIKELY = st.text(alphabet="0123456789.,-+()%$ /:eEkKmM'\u00a0JanFeb", max_size=24)
AMOUNTS = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
DAYS = st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31))


@given(TEXT | LIKELY)
def test_no_text_makes_a_parser_raise(text: str) -> None:
    value, _ = numbers.number(text)
    assert isinstance(value, float)
    numbers.number(text, True)
    found, _ = dates.parse(text)
    assert found is None or isinstance(found, dt.date)
    for column in ("property_type", "occupancy", "hardship", "intent", "bk_chapter"):
        word = words.choice(column, text)
        assert word in (None, "", *BY_NAME[column].choices)
    assert words.yes_no(text) in (None, "", "yes", "no")
    assert words.lien_position(text) in (None, *range(1, 10))
    assert normal(text) == normal(normal(text)) or text
    assert unit_factor(text) in (0.01, 1.0, 1000.0)


@given(AMOUNTS)
def test_an_amount_is_read_in_every_fashion(amount: float) -> None:
    size = abs(amount)
    for text in (
        f"{size}",
        f"{size:.2f}",
        f"{size:,.2f}",
        f"${size:,.2f}",
        f" $ {size:,.2f} ",
        f"USD {size:,.2f}",
        f"\u00a0{size:,.2f}",
    ):
        assert numbers.number(text)[0] == pytest.approx(size, abs=0.005)
    for text in (
        f"({size:,.2f})",
        f"-{size:,.2f}",
        f"{size:,.2f}-",
        f"$({size:,.2f})",
        f"-${size:,.2f}",
        f"\u2212{size}",
    ):
        assert numbers.number(text)[0] == pytest.approx(-size, abs=0.005)
    european = f"{size:,.2f}".translate(str.maketrans(",.", ".,"))
    assert numbers.number(european)[0] == pytest.approx(size, abs=0.005)
    value, percent = numbers.number(f"{size:.2f}%")
    assert percent and value == pytest.approx(size, abs=0.005)


@given(DAYS)
def test_a_date_is_read_in_every_fashion(day: dt.date) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    for text in (day.isoformat(), f"{day:%m/%d/%Y}", f"{day.month}/{day.day}/{day.year}", f"{day:%m/%d/%y}",
        f"{day:%d-%b-%Y}", f"{day:%B %d, %Y}",
                 f"{day:%Y%m%d}", f"{day:%b %d %Y}", str(serial), f"{day.isoformat()} 00:00:00"):  # fmt: skip
        assert dates.parse(text)[0] == day, text
    assert dates.parse(f"{day:%d/%m/%Y}", True)[0] == day
    for text in (f"{day:%m%Y}", f"{day:%Y%m}", f"{day:%m/%Y}"):
        assert dates.parse(text)[0] == day.replace(day=1), text


@given(DAYS, st.integers(-600, 600))
def test_months_later_and_between_agree(day: dt.date, months: int) -> None:
    start = np.array([day], dtype="datetime64[D]")
    moved = dates.add_months(start, months)
    assert (moved.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(int)[0] == months
    later = moved[0].astype(object)
    expected = 12 * (later.year - day.year) + (later.month - day.month) - (later.day < day.day)
    assert dates.months_between(start, moved)[0] == expected


CELL = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(10**18), 10**18)
    | TEXT
    | LIKELY
    | st.dates()
    | st.datetimes()
    | st.times()
)


@given(st.lists(CELL, max_size=12))
def test_a_column_of_anything_is_taken_apart_whole(values: list[object]) -> None:
    raw = np.empty(len(values), dtype=object)
    raw[:] = values
    cells = split("x", raw)
    filled = cells.blank.astype(int) + cells.is_text + cells.is_number + cells.is_date + (cells.boolean >= 0)
    assert filled.tolist() == [1] * len(values)
    for place, value in enumerate(values):
        if type(value) is float and math.isfinite(value):
            assert cells.number[place] == value
        if isinstance(value, bool):
            assert cells.boolean[place] == value
    numbers.read_numbers(cells)
    dates.read_dates(cells)


HEADINGS = st.sampled_from(["loan_id", "UPB", "Rate", "Next Due", "Paid To", "BPO", "BPO Date", "Lien", "BK", "State",
    "P&I", "Legal Status", "FC Referral Date",
                            "Remaining Term", "PRICE%", "target_yield", "exit", "Junk", "Contact", "UPB", "Occupancy",
                            ""])  # fmt: skip


@given(st.lists(HEADINGS, min_size=1, max_size=9), st.lists(st.lists(TEXT | LIKELY, max_size=9), max_size=6))
def test_no_csv_raises_anything_but_a_tape_error(headings: list[str], body: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clean = [[cell.encode("utf-8", "ignore").decode() for cell in row] for row in body]
        path = write_csv(Path(folder) / "t.csv", [headings, *clean])
        try:
            tape = read_tape(path, as_of=AS_OF)
        except TapeError as error:
            assert "\n" not in str(error)
            return
    loans = tape.loans
    assert list(loans.columns)[: len(BY_NAME)] == list(BY_NAME) and loans["loan_id"].is_unique
    assert len(loans) == len(tape.rows) > 0
    for name, spec in BY_NAME.items():
        if spec.is_number:
            values = loans[name].dropna()
            assert (
                (values >= (spec.low or 0)).all()
                and (spec.high is None or (values <= spec.high).all())
                and np.isfinite(values).all()
            )
        elif spec.choices:
            assert set(loans[name]) <= {"", *spec.choices}


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_tape_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, head in (
            ("t.csv", b""),
            ("t.xlsx", b"PK\x03\x04"),
            ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
            ("t.parquet", b"PAR1"),
        ):
            path = Path(folder) / name
            path.write_bytes(head + content)
            try:
                read_tape(path, as_of=AS_OF)
            except TapeError as error:
                assert "\n" not in str(error)


@given(st.lists(TEXT, max_size=12))
def test_headings_become_unique_without_regard_to_case(headings: list[str]) -> None:
    made = unique_headings(headings)
    assert len({name.casefold() for name in made}) == len(headings) and all(made)


@given(
    st.dictionaries(TEXT, st.sampled_from(["upb", "ignored", "personal", "paid_to_date", "target_yield"]), max_size=6)
)
def test_any_mapping_survives_its_file(table: dict[str, str]) -> None:
    table = {key.encode("utf-8", "ignore").decode(): value for key, value in table.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.toml"
        Mapping.of(table).save(path)
        assert Mapping.load(path).as_dict() == table
