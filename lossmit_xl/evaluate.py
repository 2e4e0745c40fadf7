"""Loans and assumptions in; every strategy, the recommendation, the bid and the pool's totals out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.graph import Plan
from lossmit_xl.intake import loan_ids, loan_inputs
from lossmit_xl.irr import Floats, scan, secant, yield_plan
from lossmit_xl.model import TABLES, flow_model, model, yield_model
from lossmit_xl.model.outputs import (
    LOAN_OUTPUTS,
    SCENARIO_COLUMNS,
    SCENARIO_NUMBERS,
    YIELD_OUTPUTS,
    flag_of,
    may_lack_guard,
    scenario_source,
)
from lossmit_xl.names import RETENTION, STRATEGIES
from lossmit_xl.portfolio import Portfolio
from lossmit_xl.text import Text, Words

BLOCK = 16_384  # rows computed at a time: what one step makes stays in the cache for the next
WORKERS = min(4, os.cpu_count() or 1)  # threads over blocks: numpy lets the others run while it computes


class Evaluation:
    """The result for a pool. Arrays of one value a loan stand in `values` under the model's column names."""

    def __init__(
        self, ids: Any, values: Mapping[str, Any], figures: Mapping[str, npt.NDArray[Any]], reasons: Text
    ) -> None:
        self.ids = ids  # a pandas array of texts
        self.values = values
        self.figures = figures  # per figure shape (loans, strategies)
        self.reasons = reasons

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def loan_id(self) -> npt.NDArray[np.object_]:
        """The loans' numbers, shape (loans,)."""
        return np.asarray(self.ids, dtype=object)

    @property
    def upb(self) -> Floats:
        """Unpaid principal of every loan, valued or not, 0 where it is unknown, shape (loans,), USD."""
        return np.asarray(np.nan_to_num(np.broadcast_to(self.values["upb"], len(self))))

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column of the model, or of the loans, shape (loans,); words as objects, blank is NaN or ""."""
        value = self.values[name]
        array = value.objects() if isinstance(value, Text) else np.asarray(value)
        return np.broadcast_to(array, len(self))

    def figure(self, strategy: str, figure: str) -> npt.NDArray[Any]:
        """A strategy's figure for every loan, shape (loans,): one of `SCENARIO_COLUMNS`."""
        place = STRATEGIES.index(strategy)
        return self.reasons.objects()[:, place] if figure == "reason" else self.figures[figure][:, place]

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """One row a loan and strategy, in the order of the loans and of `STRATEGIES`; money USD, rates yearly."""
        keys = Text(np.tile(np.arange(len(STRATEGIES)), len(self)), STRATEGIES)
        frame: dict[str, Any] = {
            "loan_id": self.ids.repeat(len(STRATEGIES)),
            "strategy": keys.strings(),
            "reason": self.reasons.strings(),
            **{name: figures.ravel() for name, figures in self.figures.items()},
        }
        return pd.DataFrame({name: frame[name] for name in SCENARIO_COLUMNS})

    @cached_property
    def loans(self) -> pd.DataFrame:
        """One row a loan: balances, recommendation, bid; a loan that can't be valued is blank, with the reason."""
        outputs = {name: self.values[name] for name in (*LOAN_OUTPUTS, *YIELD_OUTPUTS)}
        frame = {name: v.strings() if isinstance(v, Text) else v for name, v in outputs.items()}
        return pd.DataFrame({"loan_id": self.ids, **frame})

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
    return Evaluator(loans, assumptions or Assumptions(), _published()).evaluation()


def evaluate_in_blocks(
    frames: Iterable[pd.DataFrame], assumptions: Assumptions | None = None
) -> Iterator[Evaluation]:
    """Evaluate a pool that does not fit into memory, a frame of loans at a time."""
    assumptions = assumptions or Assumptions()
    for frame in frames:
        yield evaluate(frame, assumptions)


def all_columns(loans: pd.DataFrame, assumptions: Assumptions) -> dict[str, Any]:
    """Every column of the model for every loan, and each strategy's irr: what the workbook shows."""
    every = frozenset({*model().columns, *yield_model().columns})
    return dict(Evaluator(loans, assumptions, every).evaluation().values)


def bids(loans: pd.DataFrame, assumptions: Assumptions) -> Floats:
    """The bid for every loan and nothing else, shape (loans,), USD; NaN where a loan can't be valued."""
    plan, inputs, rows = _bid_plan(), loan_inputs(loans, assumptions), len(loans)
    made = np.empty(rows)
    for begin in range(0, rows, BLOCK):
        block = slice(begin, min(begin + BLOCK, rows))
        made[block] = plan.run({name: _part(name, value, block) for name, value in inputs.items()})["bid"]
    return made


@cache
def _bid_plan() -> Plan:
    return model().plan(["bid"])


@cache
def _published() -> frozenset[str]:
    return frozenset({*LOAN_OUTPUTS, *YIELD_OUTPUTS, "valued", "situation"})


@dataclass(frozen=True)
class _Place:
    """A strategy's figure, and what stands behind it (None: always blank); `guarded` where that is blank by itself."""

    figure: str
    strategy: int
    source: str | float | None
    guarded: bool


@cache
def _places() -> tuple[_Place, ...]:
    """Every figure of every strategy."""
    made = []
    for figure in ("feasible", "reason", *SCENARIO_NUMBERS):
        for number, strategy in enumerate(STRATEGIES):
            source = scenario_source(strategy, figure)
            guarded = isinstance(source, str) and not may_lack_guard(source, figure)
            made.append(_Place(figure, number, source, guarded))
    return tuple(made)


class Evaluator:
    """Runs the model's plan block by block into arrays that are made once."""

    def __init__(self, loans: pd.DataFrame, assumptions: Assumptions, wanted: Collection[str]) -> None:
        self.rows = len(loans)
        self.ids = loan_ids(loans)
        self.inputs = loan_inputs(loans, assumptions)
        self.solver = _Solver()
        shown = {str(place.source) for place in _places()} | {flag_of(strategy) for strategy in STRATEGIES}
        self.wanted = frozenset(wanted) - {str(place.source) for place in _places() if place.guarded}
        self.yields: Plan = yield_model().plan(self.wanted & set(yield_model().columns))
        taken = {need for column, *_ in self.yields.steps for need in (*column.needs, column.guard) if need}
        self.plan: Plan = model().plan((self.wanted | shown | self.solver.needs | taken) & set(model().columns))
        self.figures = {
            name: np.empty((self.rows, len(STRATEGIES)), dtype=bool if name == "feasible" else float)
            for name in ("feasible", *SCENARIO_NUMBERS)
        }
        self.reasons = Words((self.rows, len(STRATEGIES)))
        self.out: dict[str, Any] = {}

    def evaluation(self) -> Evaluation:
        """Compute and hand over."""
        first, *others = (slice(begin, min(begin + BLOCK, self.rows)) for begin in range(0, max(self.rows, 1), BLOCK))
        self._compute(first)  # alone: it says which arrays there are
        if others:
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(self._compute, others))
        values = {name: value for name, value in self.inputs.items() if name not in TABLES}
        values |= {name: kept.text() if isinstance(kept, Words) else kept for name, kept in self.out.items()}
        reasons = self.reasons.text()
        for place in _places():
            if place.guarded:
                whole = reasons if place.figure == "reason" else self.figures[place.figure]
                values[str(place.source)] = whole[:, place.strategy]
        return Evaluation(self.ids, values, self.figures, reasons)

    def _compute(self, rows: slice) -> None:
        values = self.plan.run({name: _part(name, value, rows) for name, value in self.inputs.items()})
        values = self.yields.run(values)
        with np.errstate(all="ignore"):
            for strategy in STRATEGIES:
                values[f"{strategy}_irr"] = 12 * self.solver.rate(strategy, values, rows.stop - rows.start)
            for place in _places():
                if place.figure == "reason":
                    self.reasons.put((rows, place.strategy), values[str(place.source)])
                else:
                    self.figures[place.figure][rows, place.strategy] = _figure(place, values)
        for name in self.wanted:
            self._store(name, values[name], rows)

    def _store(self, name: str, value: Any, rows: slice) -> None:
        """Write a block's result into its place in the array for the whole pool."""
        if isinstance(value, (Text, str)):
            self.out.setdefault(name, Words((self.rows,))).put(rows, Text.of(value))
            return
        if name not in self.out:
            self.out[name] = np.empty(self.rows, dtype=bool if np.asarray(value).dtype == bool else float)
        self.out[name][rows] = value


class _Solver:
    """Each strategy's rate of return in a block of computed columns."""

    def __init__(self) -> None:
        graph, flows = model(), flow_model()
        self.yields = {strategy: yield_plan(graph, strategy) for strategy in STRATEGIES}
        self.flows = {strategy: flows.plan([f"{strategy}_flow"]) for strategy in STRATEGIES}
        self.flow_needs = {
            strategy: {need for column, *_ in plan.steps for need in column.needs if need not in flows.columns}
            for strategy, plan in self.flows.items()
        }
        self.needs = frozenset(
            {"price", "monthly_yield", "valued", "redefault_fc_sale_month", "foreclosure_sale_month", "reo_months"}
            | {f"{strategy}_redefault_month" for strategy in RETENTION}
            | {name for _, names in self.yields.values() for name in names}
            | {name for names in self.flow_needs.values() for name in names}
        )

    def rate(self, strategy: str, values: dict[str, Any], size: int) -> Floats:
        """Monthly rate of return at the price, shape (size,); NaN where there is none."""
        plan, _ = self.yields[strategy]
        names = ("npv", "net_recovery", "gross")
        npv, net, gross = (np.broadcast_to(values[f"{strategy}_{name}"], size) for name in names)
        price = np.broadcast_to(values["price"], size)
        last = self._last_month(strategy, values, size)

        def worth(rate: Floats) -> Floats:
            return np.asarray(plan.run({**values, "monthly_yield": rate})[f"{strategy}_npv"])

        rate, trusted = secant(worth, net, npv, values["monthly_yield"], price, last)
        wanted = (price > 0) & (gross > 0)  # who is never paid anything has no rate of return
        doubtful = np.flatnonzero(wanted & ~trusted)
        rate = np.where(wanted, rate, np.nan)
        if len(doubtful):
            rate[doubtful] = scan(self._flows(strategy, values, doubtful, last[doubtful]), price[doubtful])
        return rate

    def _flows(self, strategy: str, values: dict[str, Any], rows: npt.NDArray[np.intp], last: Floats) -> Floats:
        """Expected flows of some rows, shape (rows, months)."""
        given = {
            name: values[name][rows][:, None] if np.ndim(values[name]) else values[name]
            for name in self.flow_needs[strategy] - {"flow_month"}
        }
        months = np.arange(max(np.nanmax(last), 1) + 1)[None, :]
        flows = self.flows[strategy].run({**given, "flow_month": months})[f"{strategy}_flow"]
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


def _figure(place: _Place, values: Mapping[str, Any]) -> Any:
    """A figure of a block's rows; blank where the strategy has no numbers."""
    if place.source is None:
        return np.nan
    value = values[place.source] if isinstance(place.source, str) else place.source
    return value if place.guarded else np.where(values[flag_of(STRATEGIES[place.strategy])], value, np.nan)


def _part(name: str, value: Any, rows: slice) -> Any:
    """The rows of an input; a scalar or a table stays as it is."""
    if name in TABLES:
        return value
    return value[rows] if np.ndim(value.codes if isinstance(value, Text) else value) else value
