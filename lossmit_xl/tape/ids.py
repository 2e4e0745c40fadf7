"""Loan numbers: unique, never merged, and the marks a spreadsheet leaves on them reported."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.tape.cells import Cells, Objects
from lossmit_xl.tape.clean import Desk, id_texts

_SCIENTIFIC = re.compile(r"[1-9](?:\.\d+)?E\+?\d{1,2}", re.IGNORECASE).fullmatch
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}").fullmatch
_DIGITS_KEPT = 1e15


def loan_ids(cells: Cells | None, desk: Desk) -> Objects:
    """The loan number of every row; absent ones are `row N`, second and later rows of one get ` (row N)` behind it."""
    n = len(desk.rows)
    if cells is None:
        if n:
            desk.note(
                "loan_id",
                "warning",
                "the tape has no loan number; loans are called by their row (row N). "
                "Map a heading to loan_id if there is one.",
            )
        return np.array([f"row {row}" for row in desk.rows], dtype=object)
    ids = id_texts(cells)
    _marks(ids, cells, desk)
    absent = np.equal(ids, "")
    desk.each(absent, "loan_id", "warning", cells, "no loan number; the loan is kept under its row number.")
    ids[absent] = [f"row {row}" for row in desk.rows[absent]]
    return _unique(ids, cells, desk)


def _unique(ids: Objects, cells: Cells, desk: Desk) -> Objects:
    same = pd.Series(ids).str.lower()  # a worksheet finds a number whatever its case
    again = same.duplicated(keep="first").to_numpy()
    if not again.any():
        return ids
    first = pd.Series(desk.rows).groupby(pd.factorize(same)[0]).transform("first").to_numpy()
    messages = [
        f'loan {name} stands on row {top} already: both rows are kept and valued, this one as "{name} '
        f'(row {row})"; drop one if it is '
        "the same loan, or its balance counts twice."
        for name, top, row in zip(ids[again], first[again], desk.rows[again], strict=True)
    ]
    desk.log.extend(desk.rows[again], "loan_id", "warning", ids[again].tolist(), messages)
    taken = set(same.tolist())
    for place in np.flatnonzero(again):
        name = f"{ids[place]} (row {desk.rows[place]})"
        while name.lower() in taken:
            name = f"{name} (row {desk.rows[place]})"
        taken.add(name.lower())
        ids[place] = name
    return ids


def _marks(ids: Objects, cells: Cells, desk: Desk) -> None:
    """Scientific notation, digits beyond the fifteenth, leading zeros lost, social security numbers."""
    distinct, codes = np.unique(ids.astype(str), return_inverse=True)
    scientific = np.array([_SCIENTIFIC(t) is not None for t in distinct], dtype=np.bool_)[codes]
    desk.each(
        scientific,
        "loan_id",
        "error",
        cells,
        "{value}: a spreadsheet has turned the loan number to "
        "scientific notation and its digits are lost; "
        "kept as it stands. Ask the seller for the numbers as text.",
    )
    desk.each(
        np.abs(np.nan_to_num(cells.number)) >= _DIGITS_KEPT,
        "loan_id",
        "warning",
        cells,
        "{value}: a spreadsheet keeps 15 digits of a number; the last digits of this loan number may be "
        "lost. Ask for the numbers as text.",
    )
    if np.array([_SSN(t) is not None for t in distinct], dtype=np.bool_)[codes].mean() > 0.5:
        desk.note(
            "loan_id",
            "warning",
            "the loan numbers look like social security numbers, and will be in the "
            "workbook; map another heading to loan_id.",
        )
    _lost_zeros(ids, cells, desk)


def _lost_zeros(ids: Objects, cells: Cells, desk: Desk) -> None:
    numeric = cells.is_number & np.array([isinstance(t, str) and t.isdecimal() for t in ids], dtype=np.bool_)
    if numeric.sum() < 5:
        return
    lengths: NDArray[np.int64] = np.array([len(t) for t in ids[numeric]], dtype=np.int64)
    usual, times = Counter(lengths.tolist()).most_common(1)[0]
    short = int((lengths < usual).sum())
    if usual >= 6 and short and times >= 0.6 * len(lengths) and int((lengths > usual).sum()) == 0:
        desk.note(
            "loan_id",
            "warning",
            f"{short} loan numbers have fewer than {usual} digits: leading zeros may "
            "have been stripped before the file came here.",
        )
