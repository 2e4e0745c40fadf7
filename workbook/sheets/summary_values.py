"""What Summary's cells show now: the pool's figures from the engine's arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lossmit_workbook.book import Book
from lossmit_workbook.sheets import bids, loans
from lossmit_xl.names import STRATEGIES

SUMMED = ("legal_balance", "value", "equity", "outcomes_gross", "outcomes_net", "expected_npv", "bid_by_yield", "bid")
FROM_MODEL = ("outcomes_gross", "outcomes_net", "bid_by_yield", "bid_binding")


@dataclass(frozen=True)
class Pool:
    """Sums of a pool, USD. `totals` are those of the loans valued, `…_whole` of all; `columns` those of Bids."""

    columns: dict[str, npt.NDArray[Any]]
    valued: npt.NDArray[np.bool_]
    totals: dict[str, float]
    strategies: dict[str, dict[str, float]]
    states: tuple[str, ...]
    target_yield: float

    @classmethod
    def of(cls, book: Book) -> Pool:
        """Add up a book."""
        columns = {**bids.values(book), **{name: book.column(name) for name in FROM_MODEL}}
        valued = book.column("valued").astype(bool)
        strategies = {strategy: _strategy(book, strategy) for strategy in STRATEGIES}
        totals = {name: float(np.nansum(columns[name].astype(float))) for name in SUMMED}
        totals |= {
            "loans": float(valued.sum()), "loans_whole": float(len(valued)),
            "upb": float(np.nansum(columns["upb_valued"])), "upb_whole": float(np.nansum(columns["upb"])),
        }  # fmt: skip
        worth = sum(figures["expected_npv"] for figures in strategies.values())
        for figures in strategies.values():
            figures["share"] = figures["expected_npv"] / worth if worth > 0 else float("nan")
        upb_of = {state: float(np.nansum(columns["upb"][columns["state"] == state])) for state in set(columns["state"])}
        states = sorted(upb_of.keys() - {""}, key=lambda state: (-upb_of[state], state))
        target = float(book.assumptions.inputs()["target_yield"])
        return cls(columns, valued, totals, strategies, tuple(states), target)

    def total(self, name: str, members: npt.NDArray[np.bool_]) -> float:
        """Sum of a column over some loans; blanks do not count."""
        return float(np.nansum(self.columns[name].astype(float)[members]))

    def ratio(self, top: str, bottom: str) -> float | str:
        """One total over another; blank where that is 0."""
        return self.totals[top] / self.totals[bottom] if self.totals[bottom] > 0 else ""

    def group(self, members: npt.NDArray[np.bool_]) -> dict[str, float]:
        """The figures of one row of a table."""
        sums = {name: self.total(name, members) for name in ("value", "outcomes_net", "expected_npv", "bid")}
        return {"loans": float(members.sum()), "valued": float((members & self.valued).sum()),
                "upb_whole": self.total("upb", members), "upb": self.total("upb_valued", members), **sums}  # fmt: skip

    def strategy_total(self, name: str) -> float:
        """Sum of a figure over the strategies, blanks left out; blank where all are."""
        figures = [row[name] for row in self.strategies.values()]
        return float(np.nansum(figures))


def _strategy(book: Book, strategy: str) -> dict[str, float]:
    """What a strategy would bring for all, and what its outcomes are expected to bring; a foreclosure also those of the
    other strategies that the holder does not consent to."""
    totals = book.evaluation.portfolio.strategies
    row = {str(name): float(totals[name].to_numpy()[STRATEGIES.index(strategy)]) for name in totals}
    weight = book.column(f"{strategy}_own_weight").astype(float)
    if strategy == "foreclosure":
        weight = weight + book.column("foreclosed_weight").astype(float)
    net, npv = (book.evaluation.figure(strategy, name).astype(float) for name in ("net_recovery", "npv"))
    upb = np.array([np.nan if cell == "" else cell for cell in loans.cells(book.loans, "upb")], dtype=float)
    computed = float(np.nansum(upb[~np.isnan(net)]))
    row |= {"expected_recovery": float(np.nansum(weight * net)), "expected_npv": float(np.nansum(weight * npv)),
            "of_upb": row["net_recovery"] / computed if computed > 0 else float("nan")}  # fmt: skip
    return row
