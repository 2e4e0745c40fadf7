"""The bids at both ends of every question, all of them valued in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.evaluate import BLOCK
from lossmit_xl.intake import loan_inputs
from lossmit_xl.model import model
from lossmit_xl.questions.ends import Changes, Said, due_absent, maturity_absent
from lossmit_xl.questions.pool import Places, Pool
from lossmit_xl.questions.readings import READINGS
from lossmit_xl.tape.cells import Bools, Floats

NEEDED = ("upb", "note_rate", "next_due_date", "property_value")
"""Columns without which a loan is not valued; so is one that has neither payment nor maturity."""


@dataclass(frozen=True)
class Doubt:
    """Loans whose topic lies between the same two readings; `said` is what the tape says of each."""

    topic: str
    reading: str
    places: Places
    said: Said


def bids_at_ends(pool: Pool, doubts: Sequence[Doubt]) -> list[tuple[Floats, Floats]]:
    """For each doubt the bids of its loans with the first and the second reading [USD], 0 where not valued.

    A loan that is not valued gets what else it lacks from the pool, so that the answer's worth can be seen.
    """
    if not doubts:
        return []
    ends = [READINGS[doubt.reading].ends(pool, doubt.topic, doubt.places, doubt.said) for doubt in doubts]
    bids = _bids(_frame(pool, doubts, ends), pool)
    made, begin = [], 0
    for doubt in doubts:
        size = len(doubt.places)
        made.append((bids[begin : begin + size], bids[begin + size : begin + 2 * size]))
        begin += 2 * size
    return made


def _frame(pool: Pool, doubts: Sequence[Doubt], ends: Sequence[tuple[Changes, Changes]]) -> pd.DataFrame:
    """Two rows a question and loan: the doubt's loans with the first reading, then with the second, doubt by doubt."""
    whole = {str(name): _plain(pool.loans[name]) for name in pool.loans}
    for name, values in _filled(pool).items():
        whole[name] = values
    asis = np.concatenate([np.concatenate((doubt.places, doubt.places)) for doubt in doubts])
    rows = {name: values[asis] for name, values in whole.items()}
    begin = 0
    for doubt, pair in zip(doubts, ends, strict=True):
        unlocked = _unlocked(pool, doubt)
        for changes in pair:
            part = slice(begin, begin + len(doubt.places))
            for name in _FILLABLE:
                rows[name][part] = np.where(unlocked, rows[name][part], _plain(pool.loans[name])[doubt.places])
            for name, values in changes.items():
                rows[name][part] = values
            begin = part.stop
    return pd.DataFrame(rows)


_FILLABLE = (*NEEDED, "maturity_date")


def _unlocked(pool: Pool, doubt: Doubt) -> Bools:
    """Loans that lack the very cell in doubt, and cannot be valued without it: only there is the rest filled in."""
    if doubt.topic in NEEDED:
        return pool.blank[doubt.topic][doubt.places]
    if doubt.topic in ("pi_payment", "maturity_date"):
        return (pool.blank["pi_payment"] & pool.blank["maturity_date"])[doubt.places]
    return np.zeros(len(doubt.places), dtype=np.bool_)


def _filled(pool: Pool) -> dict[str, NDArray[Any]]:
    """The needed columns with the blanks of loans that are not valued filled from the pool."""
    blank: dict[str, Bools] = pool.blank
    made: dict[str, NDArray[Any]] = {}
    for topic in ("upb", "note_rate", "property_value"):
        at = np.flatnonzero(blank[topic])
        column = pool.number(topic).copy()
        low, high = READINGS[topic].ends(pool, topic, at, ())
        column[at] = (low[topic] + high[topic]) / 2
        made[topic] = column
    at = np.flatnonzero(blank["next_due_date"])
    due = pool.date("next_due_date").copy()
    due[at] = due_absent(pool, "next_due_date", at, ())[0]["next_due_date"]
    at = np.flatnonzero(blank["pi_payment"] & blank["maturity_date"])
    maturity = pool.date("maturity_date").copy()
    maturity[at] = maturity_absent(pool, "maturity_date", at, ())[1]["maturity_date"]
    return made | {"next_due_date": due, "maturity_date": maturity}


def _plain(column: pd.Series[Any]) -> NDArray[Any]:
    if column.dtype.kind == "M":
        return column.to_numpy().astype("datetime64[D]")
    return column.to_numpy(dtype=np.float64) if column.dtype.kind == "f" else column.to_numpy(dtype=object)


def _bids(frame: pd.DataFrame, pool: Pool) -> Floats:
    """The bid of every row [USD], a block of rows at a time."""
    plan = model().plan(["bid"])
    made = np.zeros(len(frame))
    for begin in range(0, len(frame), BLOCK):
        part = frame.iloc[begin : begin + BLOCK]
        found = plan.run(loan_inputs(part, pool.assumptions))["bid"]
        made[begin : begin + len(part)] = np.nan_to_num(np.asarray(found, dtype=np.float64))
    return made
