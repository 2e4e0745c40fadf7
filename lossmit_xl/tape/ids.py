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
_HASH_KEYS = ("lossmit_loan_id1", "lossmit_loan_id2")  # 16 letters each


class Seen:
    """The loan numbers of the parts of a tape read before, some 24 bytes each: two hashes of the number, and its row.
    Capitals do not count."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]]] = []

    def rows(self, ids: Objects) -> NDArray[np.int64]:
        """The file row in which each number was first seen; 0 where it is new."""
        found = np.zeros(len(ids), dtype=np.int64)
        one, other = _hashes(ids)
        for hashes, checks, rows in self._parts:
            place = np.minimum(np.searchsorted(hashes, one), len(hashes) - 1)
            hit = (hashes[place] == one) & (checks[place] == other) & (found == 0)
            found[hit] = rows[place[hit]]
        return found

    def add(self, ids: Objects, rows: NDArray[np.int64]) -> None:
        """Remember numbers."""
        if len(ids):
            one, other = _hashes(ids)
            order = np.argsort(one, kind="stable")
            self._parts.append((one[order], other[order], rows[order]))


def _hashes(ids: Objects) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Two hashes of each number, 128 bits in all: two numbers of a tape are not taken for one."""
    same = pd.Series(ids).str.lower().to_numpy(dtype=object)
    one, other = (pd.util.hash_array(same, hash_key=key, categorize=False) for key in _HASH_KEYS)
    return one, other


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
    return _unique(ids, desk)


def _unique(ids: Objects, desk: Desk) -> Objects:
    same = pd.Series(ids).str.lower()  # a worksheet finds a number whatever its case
    again = same.duplicated(keep="first").to_numpy()
    before = np.zeros(len(ids), dtype=np.int64)
    if desk.seen is not None:
        before = desk.seen.rows(ids)
        again = again | (before > 0)
        desk.seen.add(ids[~again], desk.rows[~again])
    if not again.any():
        return ids
    first = pd.Series(desk.rows).groupby(pd.factorize(same)[0]).transform("first").to_numpy()
    first = np.where(before > 0, before, first)
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
        while name.lower() in taken or _stands(name, desk):
            name = f"{name} (row {desk.rows[place]})"
        taken.add(name.lower())
        ids[place] = name
    if desk.seen is not None:
        desk.seen.add(ids[again], desk.rows[again])
    return ids


def _stands(name: str, desk: Desk) -> bool:
    return desk.seen is not None and bool(desk.seen.rows(np.array([name], dtype=object))[0])


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
