"""Two pools laid side by side: which loans both hold, which cells differ, and the frames between the two.

Cells are compared as plain values (numbers, words, dates; absent is None), whatever the columns' types.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lossmit_xl.columns import BY_NAME

Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
Places = npt.NDArray[np.intp]

COUNTED_TO_AS_OF = ("fc_months_elapsed", "maturity_date")
"""Columns that the tape reader may count from other dates to the as-of date: they change although the tape does not."""


def plain(series: pd.Series[Any]) -> Objects:
    """A column's cells as plain values: float, str, date; None where absent."""
    if pd.api.types.is_datetime64_any_dtype(series):
        return np.asarray(series.to_numpy().astype("datetime64[D]").astype(object), dtype=object)
    values = series.astype(object).to_numpy(copy=True)
    made = np.empty(len(values), dtype=object)
    made[:] = [_plain_cell(value) for value in values]
    return made


def _plain_cell(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA or value == "" or value != value:
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return float(value) if isinstance(value, (int, float, np.integer, np.floating)) else value


def differ(one: Objects, other: Objects) -> Bools:
    """Where two columns of plain values are not the same."""
    return np.fromiter((a != b for a, b in zip(one, other, strict=True)), dtype=bool, count=len(one))


@dataclass(frozen=True)
class Cells:
    """One column of the loans that both pools hold, as each tape has it and as each pool is valued."""

    tape_a: Objects
    tape_b: Objects
    valued_a: Objects
    valued_b: Objects

    @cached_property
    def own_a(self) -> Bools:
        """Overridden in A: valued otherwise than the tape says."""
        return differ(self.valued_a, self.tape_a)

    @cached_property
    def own_b(self) -> Bools:
        """Overridden in B."""
        return differ(self.valued_b, self.tape_b)

    @cached_property
    def retaped(self) -> Bools:
        """The two tapes say different things."""
        return differ(self.tape_a, self.tape_b)

    @cached_property
    def removed(self) -> Bools:
        """An override of A that B does not have."""
        return self.own_a & ~self.own_b

    @cached_property
    def added(self) -> Bools:
        """An override of B that A does not have."""
        return ~self.own_a & self.own_b

    @cached_property
    def altered(self) -> Bools:
        """Overridden in both, with another value."""
        return self.own_a & self.own_b & differ(self.valued_a, self.valued_b)

    @cached_property
    def still(self) -> bool:
        """Nothing differs anywhere."""
        return not (self.own_a.any() or self.own_b.any() or self.retaped.any())


class Pair:
    """The loans of both pools in one order: A's first, then those that only B holds."""

    def __init__(self, tape_a: pd.DataFrame, loans_a: pd.DataFrame, tape_b: pd.DataFrame, loans_b: pd.DataFrame):
        self.frames = tuple(_keyed(frame) for frame in (tape_a, loans_a, tape_b, loans_b))
        ids_a, ids_b = self.frames[1].index, self.frames[3].index
        self.ids = tuple(map(str, ids_a.append(ids_b[~ids_b.isin(ids_a)])))
        everyone = pd.Index(self.ids)
        self.in_a, self.in_b = np.asarray(everyone.isin(ids_a)), np.asarray(everyone.isin(ids_b))
        self.common = np.flatnonzero(self.in_a & self.in_b)
        named = (str(name) for frame in self.frames for name in frame)
        self.names = [name for name in dict.fromkeys(named) if name != "loan_id"]
        keys = [self.ids[place] for place in self.common]
        both = [frame.loc[keys] for frame in self.frames]
        self.cells = {name: self._cells(name, both) for name in self.names}

    @staticmethod
    def _cells(name: str, frames: Sequence[pd.DataFrame]) -> Cells:
        tape_a, loans_a, tape_b, loans_b = (
            plain(frame[name]) if name in frame else np.full(len(frame), None, dtype=object) for frame in frames
        )
        return Cells(tape_a, tape_b, loans_a, loans_b)

    def only_a(self) -> tuple[Places, pd.DataFrame]:
        """Where the loans stand that only A holds, and they as A values them."""
        return self._only(self.in_a & ~self.in_b, self.frames[1])

    def only_b(self) -> tuple[Places, pd.DataFrame]:
        """Where the loans stand that only B holds, and they as B values them."""
        return self._only(self.in_b & ~self.in_a, self.frames[3])

    def _only(self, here: Bools, frame: pd.DataFrame) -> tuple[Places, pd.DataFrame]:
        places = np.flatnonzero(here)
        return places, frame.loc[[self.ids[place] for place in places]].reset_index(drop=True)

    def frame(self, pick: Callable[[str, Cells], Objects]) -> pd.DataFrame:
        """The common loans with each column's cells as `pick(name, cells)` chooses them."""
        made: dict[str, Any] = {"loan_id": [self.ids[place] for place in self.common]}
        for name in self.names:
            values = pick(name, self.cells[name])
            is_date = name in BY_NAME and BY_NAME[name].kind == "date"
            made[name] = pd.Series(_days(values) if is_date else values, dtype=None if is_date else object)
        return pd.DataFrame(made)

    def changed(self, at: Callable[[Cells], Bools], old: str, new: str, *, names: Sequence[str] | None = None,
                ) -> list[tuple[str, str, Any, Any]]:  # fmt: skip
        """Cells where `at` holds: loan, column, value in `old` and in `new` (attributes of `Cells`)."""
        found = []
        for name in self.names if names is None else names:
            cells = self.cells[name]
            for place in np.flatnonzero(at(cells)):
                loan = self.ids[self.common[place]]
                found.append((loan, name, getattr(cells, old)[place], getattr(cells, new)[place]))
        return found


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its loan numbers as index, each once."""
    keyed = frame.set_index(pd.Index([str(key) for key in frame["loan_id"]], dtype=object))
    if not keyed.index.is_unique:
        twice = keyed.index[keyed.index.duplicated()][0]
        raise ValueError(f"loan {twice} stands there twice")
    return keyed


def _days(values: Objects) -> npt.NDArray[np.datetime64]:
    return np.array([value if isinstance(value, dt.date) else None for value in values], dtype="datetime64[s]")
