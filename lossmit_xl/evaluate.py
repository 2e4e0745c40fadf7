"""Loans and assumptions in; every strategy, the recommendation, the bid and the pool's totals out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.graph import Plan
from lossmit_xl.intake import loan_inputs
from lossmit_xl.irr import Floats, scan, secant, yield_plan
from lossmit_xl.model import TABLES, flow_model, model
from lossmit_xl.model.outputs import (
    LOAN_OUTPUTS,
    SCENARIO_COLUMNS,
    SCENARIO_NUMBERS,
    flag_of,
    may_lack_guard,
    scenario_source,
)
from lossmit_xl.names import RETENTION, STRATEGIES
from lossmit_xl.portfolio import Portfolio
from lossmit_xl.text import Text

BLOCK = 8192  # rows computed at a time: what one step makes stays in the cache for the next
SCAN_BLOCK = 512  # rows of month-by-month flows at a time


class Evaluation:
    """The result for a pool. Arrays of one value a loan stand in `values` under the model's column names."""

    def __init__(self, loan_id: npt.NDArray[np.object_], upb: Floats, values: Mapping[str, Any],
                 groups: pd.DataFrame) -> None:  # fmt: skip
        self.loan_id = loan_id
        self.upb = upb
        self.values = values
        self.groups = groups

    def __len__(self) -> int:
        return len(self.loan_id)

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column of the model for every loan, shape (loans,); words as objects, blank is NaN or ""."""
        value = self.values[name]
        return value.objects() if isinstance(value, Text) else np.asarray(value)

    def figure(self, strategy: str, figure: str) -> npt.NDArray[Any]:
        """A strategy's figure for every loan, shape (loans,): one of `SCENARIO_COLUMNS`."""
        source = scenario_source(strategy, figure)
        if source is None:
            return np.full(len(self), np.nan)
        if isinstance(source, float) or may_lack_guard(source, figure):
            constant = source if isinstance(source, float) else self.values[source]
            return np.where(self.values[flag_of(strategy)], constant, np.nan)
        return self.column(source)

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """One row a loan and strategy, in the order of the loans and of `STRATEGIES`; money USD, rates yearly."""
        frame: dict[str, Any] = {
            "loan_id": np.repeat(self.loan_id, len(STRATEGIES)),
            "strategy": np.tile(np.array(STRATEGIES, dtype=object), len(self)),
        }
        for figure in SCENARIO_COLUMNS[2:]:
            frame[figure] = np.stack([self.figure(strategy, figure) for strategy in STRATEGIES], axis=1).ravel()
        return pd.DataFrame(frame, columns=list(SCENARIO_COLUMNS))

    @cached_property
    def loans(self) -> pd.DataFrame:
        """One row a loan: balances, recommendation, bid; a loan that can't be valued is blank, with the reason."""
        return pd.DataFrame({"loan_id": self.loan_id, **{name: self.column(name) for name in LOAN_OUTPUTS}})

    @cached_property
    def portfolio(self) -> Portfolio:
        """Totals and groupings; always with the number and UPB of the loans that are valued."""
        return Portfolio.of(self)


def evaluate(loans: pd.DataFrame, assumptions: Assumptions | None = None) -> Evaluation:
    """Value every loan nine ways.

    `loans`: one row a loan with the canonical columns (see `lossmit_xl.columns`); optional ones may be missing,
    and a column named as an assumption overrides it loan by loan. Nothing is dropped: a loan that can't be
    valued keeps its row, blank, with the reason in `not_valued`.
    """
    return Evaluator(loans, assumptions or Assumptions(), _PUBLISHED()).evaluation()


def evaluate_in_blocks(
    frames: Iterator[pd.DataFrame], assumptions: Assumptions | None = None
) -> Iterator[Evaluation]:
    """Evaluate a pool that does not fit into memory, a frame of loans at a time."""
    assumptions = assumptions or Assumptions()
    for frame in frames:
        yield evaluate(frame, assumptions)


def all_columns(loans: pd.DataFrame, assumptions: Assumptions) -> dict[str, Any]:
    """Every column of the model for every loan, and each strategy's irr: what the workbook shows."""
    return dict(Evaluator(loans, assumptions, frozenset(model().columns)).evaluation().values)


def _PUBLISHED() -> frozenset[str]:
    sources = {scenario_source(strategy, figure) for strategy in STRATEGIES
               for figure in ("feasible", "reason", *SCENARIO_NUMBERS)}  # fmt: skip
    wanted = {*(s for s in sources if isinstance(s, str)), *LOAN_OUTPUTS, "valued", "situation", "equity"}
    return frozenset((wanted | {flag_of(strategy) for strategy in STRATEGIES}) & set(model().columns))


class Evaluator:
    """Runs the model's plan block by block into arrays that are made once."""

    def __init__(self, loans: pd.DataFrame, assumptions: Assumptions, wanted: Collection[str]) -> None:
        self.rows = len(loans)
        self.inputs = loan_inputs(loans, assumptions)
        self.wanted = frozenset(wanted)
        graph = model()
        self.yields = {strategy: yield_plan(graph, strategy) for strategy in STRATEGIES}
        taken = {name for _, names in self.yields.values() for name in names if name in graph.columns}
        flows = flow_model()
        self.flow_plans = {s: flows.plan([f"{s}_flow"]) for s in STRATEGIES}
        self.flow_needs = {
            s: [n for c, *_ in plan.steps for n in c.needs if n in graph.columns] for s, plan in self.flow_plans.items()
        }
        for_irr = {f"{s}_{figure}" for s in STRATEGIES for figure in ("npv", "net_recovery", "gross", "months")}
        for_irr |= {"price", "monthly_yield", "valued", *taken, *(n for names in self.flow_needs.values() for n in names)}
        self.plan: Plan = graph.plan((self.wanted | for_irr) & set(graph.columns))
        self.out: dict[str, Any] = {}

    def evaluation(self) -> Evaluation:
        """Compute and hand over."""
        for begin in range(0, max(self.rows, 1), BLOCK):
            rows = slice(begin, min(begin + BLOCK, self.rows))
            values = self.plan.run(self._block_inputs(rows))
            with np.errstate(all="ignore"):
                for strategy in STRATEGIES:
                    self._store(f"{strategy}_irr", 12 * self._irr(strategy, values, rows.stop - rows.start), rows)
            for name in self.wanted:
                self._store(name, values[name], rows)
        upb = np.nan_to_num(np.broadcast_to(self.inputs["upb"], self.rows))
        words = {name: self._whole(self.inputs[name]) for name in ("loan_id", "state", "lien", "occupancy")}
        groups = pd.DataFrame(words)
        constants = {name: value for name, value in self.inputs.items() if name not in self.out and name not in TABLES}
        return Evaluation(groups["loan_id"].to_numpy(dtype=object), upb, {**constants, **self.out}, groups)

    def _whole(self, value: Any) -> Any:
        array = value.objects() if isinstance(value, Text) else value
        return np.broadcast_to(np.asarray(array, dtype=object if isinstance(value, (Text, str)) else None), self.rows)

    def _block_inputs(self, rows: slice) -> dict[str, Any]:
        """The inputs of these rows; scalars and tables stay as they are."""
        return {
            name: value[rows] if _is_column(name, value) else value for name, value in self.inputs.items()
        }

    def _store(self, name: str, value: Any, rows: slice) -> None:
        """Write a block's result into its place in the array for the whole pool."""
        if isinstance(value, (Text, str)):
            text = Text.of(value)
            kept = self.out.setdefault(name, Text(np.zeros(self.rows, dtype=np.intp), text.words))
            kept.codes[rows] = text.codes
            return
        if name not in self.out:
            self.out[name] = np.empty(self.rows, dtype=np.asarray(value).dtype if np.ndim(value) == 0
                                      or value.dtype == bool else float)  # fmt: skip
        self.out[name][rows] = value

    def _irr(self, strategy: str, values: dict[str, Any], size: int) -> Floats:
        """Monthly rate of return at the price, shape (size,); NaN where there is none."""
        plan, _ = self.yields[strategy]
        target = f"{strategy}_npv"
        price = np.broadcast_to(values["price"], size)
        npv, net = (np.broadcast_to(values[f"{strategy}_{figure}"], size) for figure in ("npv", "net_recovery"))

        def worth(rate: Floats) -> Floats:
            return np.asarray(plan.run({**values, "monthly_yield": rate})[target])

        last = self._last_month(strategy, values, size)
        rate, trusted = secant(worth, net, npv, values["monthly_yield"], price, last)
        wanted = (price > 0) & (np.broadcast_to(values[f"{strategy}_gross"], size) > 0)
        doubtful = np.flatnonzero(wanted & ~trusted)
        rate = np.where(wanted, rate, np.nan)
        for begin in range(0, len(doubtful), SCAN_BLOCK):
            rows = doubtful[begin : begin + SCAN_BLOCK]
            rate[rows] = scan(self._flows(strategy, values, rows, last[rows]), price[rows])
        return rate

    def _flows(self, strategy: str, values: dict[str, Any], rows: npt.NDArray[np.intp], last: Floats) -> Floats:
        """Expected flows of some rows, shape (rows, months)."""
        plan = self.flow_plans[strategy]
        given = {}
        for column, *_ in plan.steps:
            for name in column.needs:
                if name != "flow_month" and name in values:
                    value = values[name]
                    given[name] = value[rows][:, None] if np.ndim(value) else value
        months = np.arange(max(np.nanmax(last), 1) + 1)[None, :]
        flows = plan.run({**given, "flow_month": months})[f"{strategy}_flow"]
        return np.broadcast_to(flows, (len(rows), months.shape[1]))

    def _last_month(self, strategy: str, values: dict[str, Any], size: int) -> Floats:
        """The month by which every flow of the strategy has fallen, shape (size,)."""
        if strategy == "foreclosure":
            last = values["foreclosure_sale_month"] + values["reo_months"]
        else:
            last = values[str(scenario_source(strategy, "months"))]
            if strategy in RETENTION:
                resale = values["redefault_fc_sale_month"] + values["reo_months"]
                last = np.maximum(last, values[f"{strategy}_redefault_month"] + resale)
        return np.broadcast_to(np.asarray(last, dtype=float), size)


def _is_column(name: str, value: Any) -> bool:
    if name in TABLES:
        return False
    return value.codes.ndim == 1 if isinstance(value, Text) else np.ndim(value) == 1
