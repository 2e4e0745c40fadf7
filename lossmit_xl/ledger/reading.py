"""A row of a tape as the ledger reads it: blanks, ranges, yes/no, dates, and the loan's own assumptions."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lossmit_xl.assumption_checks import clean_override
from lossmit_xl.assumption_fields import OVERRIDABLE
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.columns import BY_NAME, LoanColumn

Row = Mapping[str, Any]

YES = ("yes", "y", "true", "1")
NO = ("no", "n", "false", "0")


def is_blank(value: object) -> bool:
    """Whether a cell is absent: None, NaN, NaT, NA or empty text."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return bool(pd.isna(value))  # type: ignore[call-overload]


def _number_in_range(value: object, column: LoanColumn) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    if not math.isfinite(number) or (column.zero_is_absent and number == 0):
        return None
    too_low = column.low is not None and number < column.low
    too_high = column.high is not None and number > column.high
    return None if too_low or too_high else number


def _date(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):  # a pandas Timestamp is one too
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None


def _word(value: object) -> str:
    """Lower case; a chapter read as the number 13.0 is the word 13."""
    return str(value).strip().lower().removesuffix(".0")


def cell(row: Row, name: str) -> Any:
    """The value of a canonical column, None where it is absent or outside its column's range or list.

    Number columns give a float, dates a `date`, yes/no a bool, choices and text a str.
    """
    value, column = row.get(name), BY_NAME[name]
    if is_blank(value):
        return None
    if column.is_number:
        return _number_in_range(value, column)
    if column.kind == "date":
        return _date(value)
    if column.kind == "yesno":
        return True if _word(value) in YES else False if _word(value) in NO else None
    if column.kind == "choice":
        return _word(value) if _word(value) in column.choices else None
    return str(value).strip()


def own_value(row: Row, name: str) -> float | str | None:
    """The loan's own value of an assumption or a state's figure; None where its cell is blank or refused.

    What is refused leaves the assumption as it was; the tape reader reports it.
    """
    if is_blank(row.get(name)):
        return None
    try:
        return clean_override(name, row[name])
    except ValueError:
        return None


def own_assumptions(row: Row, assumptions: Assumptions) -> Assumptions:
    """The assumptions of this loan: where its row has a column named like a scalar assumption, that stands."""
    changes = {name: own_value(row, name) for name in row if name in OVERRIDABLE and name not in BY_NAME}
    if assumptions.mod_step_rates:  # they switch the payment target off; a loan's own word does not bring it back
        changes.pop("mod_target", None)
    given = {name: value for name, value in changes.items() if value is not None}
    return assumptions.replace(**given) if given else assumptions
