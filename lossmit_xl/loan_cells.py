"""One cell of a loan, read exactly: what a column may hold, and in words what is wrong where it holds something else.

A tape is understood generously (`lossmit_xl.tape`); a cell of a finished workbook is not: its formulas see a number, a
date or a word as it stands, so text in a number's place is no number here either.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from lossmit_xl.assumption_cells import STATE_CELLS
from lossmit_xl.assumption_checks import Problems, clean_number, nearest, plain, shown
from lossmit_xl.assumption_fields import BY_NAME as ASSUMPTIONS
from lossmit_xl.assumption_fields import OVERRIDABLE, STATE_OVERRIDES
from lossmit_xl.columns import BY_NAME
from lossmit_xl.states import STATE_CODES

Cell = float | str | pd.Timestamp | None
"""A clean cell: number, word or loan number, date, or None for blank."""

DAY_0 = pd.Timestamp(1899, 12, 30)
FIRST_DAY, LAST_DAY = 1.0, 73050.0  # 1899-12-31 to 2099-12-31, what a date cell of Loans takes
DECIDED = ("decision", "note")
"""What users write about a loan on Bids: kept as it stands, whatever it says."""
LAST_DIGIT = 1e-14  # of a number: programs that save a workbook anew may keep 15 digits and no more


@dataclass(frozen=True)
class LoanCell:
    """What a column of loans may hold. `kind`: number, date, word or text; `unit` as the sheets show it."""

    name: str
    kind: str
    unit: str
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()


@cache
def loan_cell(name: str) -> LoanCell:
    """The description of a canonical column, a state's override or an assumption's. Raises KeyError."""
    if name in BY_NAME:
        column = BY_NAME[name]
        if column.is_number:
            return LoanCell(name, "number", column.unit, column.low, column.high)
        words = {"yesno": ("yes", "no"), "state": STATE_CODES}.get(column.kind, column.choices)
        kind = {"date": "date", "text": "text"}.get(column.kind, "word")
        return LoanCell(name, kind, column.unit, words=words)
    if name in DECIDED:
        return LoanCell(name, "text", "text")
    if name not in OVERRIDABLE and name not in STATE_OVERRIDES:
        raise KeyError(name)
    field = ASSUMPTIONS[name] if name in OVERRIDABLE else STATE_CELLS[name]
    if field.kind == "choice":
        return LoanCell(name, "word", field.unit, words=field.choices)
    return LoanCell(name, "number", field.unit, field.low, field.high)


def is_loan_column(name: str) -> bool:
    """Whether a heading is one that a loan's cells may stand under."""
    return name in BY_NAME or name in OVERRIDABLE or name in STATE_OVERRIDES or name in DECIDED


def read_cell(name: str, raw: object) -> Cell:
    """A cell's content as the column's clean value; blank is None. Raises ValueError in words that name the mend."""
    if is_blank(raw):
        return None
    column = loan_cell(name)
    if column.kind == "number":
        return _number(column, raw)
    if column.kind == "date":
        return _date(raw)
    if column.kind == "text":
        return loan_number(raw) if isinstance(raw, (str, float, int)) else said(raw)
    return _word(column, raw)


def is_blank(raw: object) -> bool:
    """Nothing, an empty text, spaces alone, NaN or NaT."""
    return raw is None or (isinstance(raw, str) and not raw.strip()) or bool(raw != raw)


def loan_number(raw: object) -> str:
    """A loan number as text: 1001.0, as spreadsheets keep a typed number, is 1001; "001" stays as it is."""
    if isinstance(raw, (float, np.floating)) and float(raw).is_integer():
        return str(int(raw))
    return str(raw).strip()


def _number(column: LoanCell, raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, np.number)):
        if isinstance(raw, (dt.date, pd.Timestamp)):
            raise ValueError(f"is a date, where a number belongs ({column.unit}); type the number")
        raise ValueError(f"is text, where a number belongs ({column.unit}); type it as a number")
    number = float(raw)
    if column.name in ASSUMPTIONS or column.name in STATE_CELLS:
        field = ASSUMPTIONS[column.name] if column.name in OVERRIDABLE else STATE_CELLS.get(column.name)
        if field is not None and column.name not in BY_NAME:
            return _assumption(field, number)
    low, high = column.low, column.high
    if not math.isfinite(number) or (low is not None and number < low) or (high is not None and number > high):
        allowed = f"must lie between {plain(low or 0)} and {plain(high)}" if high is not None else "must be 0 or more"
        raise ValueError(f"{allowed} ({column.unit})")
    return number


def _assumption(field: Any, number: float) -> float:
    try:
        return float(clean_number(field, number, field.name))
    except Problems as problem:
        raise ValueError(str(problem).partition(": ")[2]) from None


def _date(raw: object) -> pd.Timestamp:
    if isinstance(raw, dt.date | pd.Timestamp | np.datetime64):
        date = pd.Timestamp(raw).normalize()
    elif isinstance(raw, (int, float, np.number)) and not isinstance(raw, bool):
        if not FIRST_DAY <= float(raw) <= LAST_DAY:
            raise ValueError("is no date of this or the last century; type it as a date, such as 2026-10-31")
        date = DAY_0 + pd.Timedelta(days=math.floor(float(raw)))
    else:
        raise ValueError("is text, where a date belongs; type it as a date, such as 2026-10-31")
    if not DAY_0 < date <= DAY_0 + pd.Timedelta(days=LAST_DAY):
        raise ValueError("is no date of this or the last century; type it as a date, such as 2026-10-31")
    return date


def _word(column: LoanCell, raw: object) -> str:
    word = loan_number(raw)
    known = {choice.lower(): choice for choice in column.words}
    if not isinstance(raw, bool) and word.lower() in known:
        return known[word.lower()]
    listed = "a two-letter state code" if column.name == "state" else f"one of {', '.join(column.words)}"
    raise ValueError(f"must be {listed}{nearest(word, column.words) if column.name != 'state' else ''}")


def alike(one: Cell, other: Cell) -> bool:
    """Whether two clean cells hold the same: numbers in all digits that spreadsheets keep, all else exactly."""
    if one is None or other is None:
        return one is other
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=LAST_DIGIT, abs_tol=0.0)
    return one == other


def said(cell: Cell | object) -> str:
    """A cell in words: a number without idle digits, a date as 2026-10-31, `blank` where there is nothing."""
    if is_blank(cell):
        return "blank"
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, dt.date | pd.Timestamp):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, (int, float)):
        return plain(float(cell))
    return shown(str(cell)).strip('"')


def as_column(name: str, cells: list[Cell]) -> pd.Series[Any]:
    """Clean cells as a column of a frame of loans: float64, datetime64 or str, as a tape's columns are."""
    kind = loan_cell(name).kind
    if kind == "number":
        return pd.Series([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    if kind == "date":
        days = np.array([np.datetime64("NaT") if cell is None else np.datetime64(str(cell)[:10]) for cell in cells])
        return pd.Series(days.astype("datetime64[s]"))
    return pd.Series(["" if cell is None else str(cell) for cell in cells], dtype="str")


def cells_of(loans: pd.DataFrame, name: str) -> list[Cell]:
    """A column of a frame of loans as clean cells; all blank where the frame lacks it."""
    if name not in loans:
        return [None] * len(loans)
    kind = loan_cell(name).kind
    series = loans[name]
    if kind == "number" and pd.api.types.is_numeric_dtype(series):
        return [None if value != value else float(value) for value in series.tolist()]
    if kind == "date" and pd.api.types.is_datetime64_any_dtype(series):
        return [None if value is pd.NaT else value for value in series]
    return [None if is_blank(value) else value for value in series.tolist()]
