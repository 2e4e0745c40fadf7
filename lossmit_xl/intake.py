"""From a frame of loans and the assumptions to the arrays that the model's functions take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lossmit_xl.assumptions import OVERRIDABLE, Assumptions, parse_override
from lossmit_xl.columns import BY_NAME, LOAN_COLUMNS, LoanColumn
from lossmit_xl.model import STATE_OVERRIDES
from lossmit_xl.names import SITUATIONS, STRATEGIES
from lossmit_xl.ops import EXCEL_EPOCH, round_whole, where
from lossmit_xl.states import states
from lossmit_xl.text import Text

Floats = npt.NDArray[np.float64]

ABSENT_IS_ZERO = (
    "deferred_balance", "escrow_advances", "corporate_advances", "late_fees", "senior_balance", "delinquent_taxes",
    "fc_months_elapsed", "monthly_debts",
)  # fmt: skip
YES = {"yes": "yes", "y": "yes", "true": "yes", "1": "yes", "1.0": "yes"}
NO = {"no": "no", "n": "no", "false": "no", "0": "no", "0.0": "no"}


def table_inputs(assumptions: Assumptions) -> dict[str, Any]:
    """The tables that the model looks things up in: states (fallback last), weights, strategy keys."""
    table = states(assumptions)
    columns = ("fc_months", "legal_fee", "other_costs", "redemption_months")
    flat = assumptions.inputs()
    weights = {
        f"weights_{strategy}": np.array([flat[f"weight_{situation}_{strategy}"] for situation in SITUATIONS])
        for strategy in STRATEGIES
    }
    return {
        "states_code": tuple(table.index),
        **{f"states_{column}": table[column].to_numpy(dtype=float) for column in columns},
        "weights_situation": SITUATIONS,
        **weights,
        "strategy_keys": STRATEGIES,
    }


def loan_ids(loans: pd.DataFrame) -> Any:
    """The loans' numbers as a pandas array of texts, shape (loans,); empty where there is none."""
    if "loan_id" not in loans:
        return pd.Series([""] * len(loans), dtype="str").array
    texts = [str(cell).strip() for cell in loans["loan_id"].astype(object).where(loans["loan_id"].notna(), "")]
    return pd.Series(texts, dtype="str").array


def loan_inputs(loans: pd.DataFrame, assumptions: Assumptions) -> dict[str, Any]:
    """Every input of the model for these loans: an array (or `Text`) a loan column, a scalar an assumption.

    `loans` holds canonical columns (absent ones may be missing), one row a loan, and optionally columns named
    as an assumption, whose values beat the workbook's. Values out of range count as absent (docs/method.md).
    """
    values: dict[str, Any] = {**assumptions.inputs(), **table_inputs(assumptions)}
    base = dict(values)
    for column in LOAN_COLUMNS:
        if column.kind != "text":
            values[column.name] = _column(loans, column)
    for name in (OVERRIDABLE & set(loans.columns)) - set(BY_NAME):
        values[name] = _override(loans[name], name, base[name])
    for name in STATE_OVERRIDES:
        values[name] = _override(loans[name], name, np.nan) if name in loans else np.nan
    own_month = values["dpo_month"]  # a loan column and an assumption of one name
    values["dpo_month"] = np.where(np.isnan(own_month), base["dpo_month"], own_month)
    return values


def _column(loans: pd.DataFrame, column: LoanColumn) -> Any:
    if column.name not in loans:
        absent = 0.0 if column.name in ABSENT_IS_ZERO else np.nan
        return absent if column.is_number or column.kind == "date" else ""
    series = loans[column.name]
    if column.kind == "date":
        return _serials(series)
    if column.is_number:
        numbers = _numbers(series, column.low, column.high)
        if column.name == "fc_months_elapsed":
            numbers = round_whole(numbers)
        return np.nan_to_num(numbers) if column.name in ABSENT_IS_ZERO else numbers
    return _words(series, _reader(column))


def _numbers(series: pd.Series[Any], low: float | None, high: float | None) -> Floats:
    raw = series if pd.api.types.is_numeric_dtype(series) else pd.to_numeric(series, errors="coerce")
    numbers = raw.to_numpy(dtype=float, na_value=np.nan).copy()
    with np.errstate(invalid="ignore"):
        outside = ~np.isfinite(numbers)
        if low is not None:
            outside |= numbers < low
        if high is not None:
            outside |= numbers > high
    numbers[outside] = np.nan
    return numbers


def _serials(series: pd.Series[Any]) -> Floats:
    if pd.api.types.is_numeric_dtype(series):  # Excel serials
        return _numbers(series, 1, None)
    dates = pd.to_datetime(series, errors="coerce", format="ISO8601")
    days = dates.to_numpy().astype("datetime64[D]")
    serial = days.astype(np.int64).astype(float) + EXCEL_EPOCH
    serial[np.isnat(days)] = np.nan
    return serial


def _reader(column: LoanColumn) -> Callable[[str], str]:
    if column.kind == "yesno":
        return lambda word: YES.get(word.lower(), NO.get(word.lower(), ""))
    if column.kind == "state":
        return str.upper
    if column.kind == "choice":
        return lambda word: _choice(word, column.choices)
    raise AssertionError(column.kind)


def _choice(word: str, choices: tuple[str, ...]) -> str:
    word = word.lower().removesuffix(".0")
    return word if word in choices else ""


def _words(series: pd.Series[Any], read: Callable[[str], str]) -> Text:
    text = Text.of(series.to_numpy(dtype=object))
    return text.mapped(lambda word: "" if word in ("", "nan", "None", "<NA>", "NaT") else read(word.strip()))


def _override(series: pd.Series[Any], name: str, otherwise: float | str) -> Any:
    """A loan's own value where its cell is filled and valid, else the workbook's."""

    def parsed(raw: Any) -> float | str | None:
        try:
            return parse_override(name, raw)
        except ValueError:
            return None

    codes, words = pd.factorize(series.to_numpy(dtype=object), use_na_sentinel=True)
    read = [parsed(word) if word != "" else None for word in words]
    if isinstance(otherwise, str):
        text = Text(np.where(codes < 0, len(read), codes), [*(str(word or "") for word in read), ""])
        return where(text != "", text, otherwise)
    numbers = np.array([*(np.nan if word is None else float(word) for word in read), np.nan])[codes]
    return np.where(np.isnan(numbers), otherwise, numbers)
