"""What the rest of a pool says about a loan: quartiles, and the figures of its state. Arrays have one value a loan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.evaluate import Evaluation
from lossmit_xl.states import FALLBACK, states
from lossmit_xl.tape.cells import Bools, Dates, Floats, Objects
from lossmit_xl.tape.dates import months_between

Places = NDArray[np.intp]

ENOUGH = 8
"""Loans of a group whose quartiles are believed; below that the next wider group speaks."""
VALUE_TO_UPB = (0.6, 1.6)
"""Value over UPB where the pool has too few loans to say."""
RATES = (0.06, 0.11)
"""Note rates where the pool has too few loans to say."""
TERM = (60.0, 360.0)
"""Months to maturity where the pool has too few loans to say."""
BALANCES = (25_000.0, 150_000.0)
"""UPB where the pool has too few loans to say."""


@dataclass
class Pool:
    """The loans of a tape, what they are worth as they stand, and the deal's assumptions."""

    loans: pd.DataFrame
    assumptions: Assumptions
    evaluation: Evaluation

    def number(self, name: str) -> Floats:
        """A numeric column, NaN where absent."""
        return self.loans[name].to_numpy(dtype=np.float64)

    def word(self, name: str) -> Objects:
        """A column of words, "" where absent."""
        return self.loans[name].to_numpy(dtype=object)

    def date(self, name: str) -> Dates:
        """A column of dates, NaT where absent."""
        return self.loans[name].to_numpy().astype("datetime64[D]")

    @cached_property
    def as_of(self) -> np.datetime64:
        """The day that everything is counted to."""
        return np.datetime64(self.assumptions.as_of, "D")

    @cached_property
    def blank(self) -> dict[str, Bools]:
        """Where each canonical column says nothing."""
        found = {}
        for name in self.loans:
            column = self.loans[name]
            found[str(name)] = np.asarray(column.isna() | column.astype(str).isin(("", "unknown")), dtype=np.bool_)
        return found

    @cached_property
    def bid(self) -> Floats:
        """The bid as it stands [USD]; 0 where the loan is not valued."""
        return np.nan_to_num(np.asarray(self.evaluation.column("bid"), dtype=np.float64))

    @cached_property
    def valued(self) -> Bools:
        """Whether a loan has a bid as it stands."""
        return np.asarray(self.evaluation.column("not_valued") == "", dtype=np.bool_)

    @cached_property
    def states(self) -> pd.DataFrame:
        """The state table with the deal's own cells."""
        return states(self.assumptions)

    def of_state(self, name: str, at: Places) -> Floats:
        """A figure of the state table for some loans; that of the national row where the state is unknown."""
        codes = [code if code in self.states.index else FALLBACK for code in self.word("state")[at]]
        return self.states[name].loc[codes].to_numpy(dtype=np.float64)

    @cached_property
    def slow_and_fast(self) -> tuple[str, str]:
        """The states with the longest and the shortest way from referral to possession."""
        table = self.states.drop(index=FALLBACK)
        months = table["fc_months"] + table["redemption_months"]
        return str(months.idxmax()), str(months.idxmin())

    def quartiles(self, name: str, otherwise: tuple[float, float]) -> tuple[float, float]:
        """First and third quartile of what the pool's loans have above 0 in a column."""
        return _quartiles(self.number(name)) or otherwise

    @cached_property
    def terms(self) -> tuple[float, float]:
        """First and third quartile of the months from the next due date to maturity, where they are above 0."""
        return _quartiles(months_between(self.date("next_due_date"), self.date("maturity_date"))) or TERM

    @cached_property
    def value_to_upb(self) -> tuple[Floats, Floats]:
        """First and third quartile of value over UPB: of the state and lien, else of the lien, else of the pool."""
        with np.errstate(all="ignore"):
            ratio = self.number("property_value") / self.number("upb")
        lien = np.where(np.nan_to_num(self.number("lien"), nan=1.0) > 1, "junior", "first").astype(object)
        whole = _quartiles(ratio) or VALUE_TO_UPB
        low, high = np.full(len(ratio), whole[0]), np.full(len(ratio), whole[1])
        for keys in (lien, self.word("state") + "/" + lien):
            for places in pd.Series(range(len(ratio))).groupby(keys).indices.values():
                if (found := _quartiles(ratio[places])) is not None:
                    low[places], high[places] = found
        return low, high


def _quartiles(values: Floats) -> tuple[float, float] | None:
    known = values[np.isfinite(values) & (values > 0)]
    if len(known) < ENOUGH:
        return None
    low, high = np.percentile(known, (25, 75))
    return float(low), float(high)
