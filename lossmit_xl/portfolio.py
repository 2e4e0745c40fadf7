"""Totals and groupings of a pool. A total never gets smaller in silence: it says how many loans stand behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lossmit_xl.names import SITUATIONS, STRATEGIES

if TYPE_CHECKING:
    from lossmit_xl.evaluate import Evaluation

MEASURES = ("upb", "legal_balance", "value", "expected_npv", "bid")
GROUPINGS = ("recommended", "state", "lien", "situation", "occupancy")


@dataclass(frozen=True)
class Portfolio:
    """`totals`: one figure a name. `groups`: per grouping a frame with a row a group, totals of `MEASURES`.

    Money is USD. In a group `loans` counts all and `valued` those behind the sums; UPB is that of all loans,
    every other measure that of the valued ones.
    """

    totals: dict[str, float]
    groups: dict[str, pd.DataFrame]
    strategies: pd.DataFrame

    @property
    def coverage(self) -> str:
        """How much of the pool the totals speak of, in words."""
        t = self.totals
        return (
            f"{t['valued']:,.0f} of {t['loans']:,.0f} loans, "
            f"USD {t['upb_valued']:,.0f} of USD {t['upb']:,.0f} UPB valued"
        )

    @classmethod
    def together(cls, parts: Sequence[Portfolio]) -> Portfolio:
        """The totals of several pools as of one."""
        totals = {name: math.fsum(part.totals[name] for part in parts) for name in parts[0].totals}
        groups = {}
        for name in GROUPINGS:
            sums = pd.concat([part.groups[name] for part in parts]).groupby(level=0, sort=True).sum()
            groups[name] = _ordered(sums, name).rename_axis(name)
        weighted = [part.strategies.assign(average_months=lambda table: table["average_months"] * table["computed"])
                    for part in parts]  # fmt: skip
        strategies = pd.concat(weighted).groupby(level=0, sort=False).sum()
        strategies["average_months"] = (strategies["average_months"] / strategies["computed"]).where(
            strategies["computed"] > 0)  # fmt: skip
        return cls(totals, groups, strategies)

    @classmethod
    def of(cls, evaluation: Evaluation) -> Portfolio:
        """Add up an evaluation."""
        valued = evaluation.column("valued").astype(bool)
        frame = pd.DataFrame({name: evaluation.column(name) for name in MEASURES if name != "upb"})
        frame["upb"] = evaluation.upb
        totals = {
            "loans": float(len(evaluation)),
            "valued": float(valued.sum()),
            "not_valued": float((~valued).sum()),
            "upb": float(frame["upb"].sum()),
            "upb_valued": float(frame["upb"][valued].sum()),
            **{name: float(frame[name].sum()) for name in MEASURES if name != "upb"},
        }
        groups = {name: _grouped(frame, valued, _keys(evaluation, name), name) for name in GROUPINGS}
        return cls(totals, groups, _by_strategy(evaluation))


def _keys(evaluation: Evaluation, name: str) -> npt.NDArray[Any]:
    """The group of every loan."""
    words = evaluation.column(name)
    return np.where(words > 1, "junior", "first") if name == "lien" else np.where(words == "", "(none)", words)


def _grouped(frame: pd.DataFrame, valued: Any, keys: npt.NDArray[Any], name: str) -> pd.DataFrame:
    table = frame.assign(loans=1, valued=valued.astype(int), upb_valued=np.where(valued, frame["upb"], 0.0))
    sums = table.groupby(keys, sort=True).sum()
    sums = _ordered(sums, name)
    return sums[["loans", "valued", "upb", "upb_valued", *MEASURES[1:]]].rename_axis(name)


def _ordered(sums: pd.DataFrame, name: str) -> pd.DataFrame:
    """Groups in the order that their names have in the model, if they have one."""
    order = {"recommended": STRATEGIES, "situation": SITUATIONS}.get(name)
    if not order:
        return sums
    return sums.reindex([*(key for key in order if key in sums.index), *sums.index.difference(list(order))])


def _by_strategy(evaluation: Evaluation) -> pd.DataFrame:
    """Per strategy: for how many loans it can be computed and is feasible, and its totals where it can."""
    rows = []
    for strategy in STRATEGIES:
        net, npv = evaluation.figure(strategy, "net_recovery"), evaluation.figure(strategy, "npv")
        weight, months = evaluation.figure(strategy, "weight"), evaluation.figure(strategy, "months")
        computed = ~np.isnan(net)
        rows.append(
            {
                "strategy": strategy,
                "computed": int(computed.sum()),
                "feasible": int(evaluation.figure(strategy, "feasible").astype(bool).sum()),
                "recommended": int((evaluation.column("recommended") == strategy).sum()),
                "net_recovery": float(np.nansum(net)),
                "npv": float(np.nansum(npv)),
                "expected_outcomes": float(np.nansum(weight)),
                "average_months": float(np.nanmean(months)) if computed.any() else float("nan"),
            }
        )
    return pd.DataFrame(rows).set_index("strategy")
