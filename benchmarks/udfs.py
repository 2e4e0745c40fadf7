"""The Excel functions over columns: one array call against the engine's own functions, and against single calls.

    python -m benchmarks.udfs [--rows 100000]

Both sides of a ratio run in turn, on the same arrays, and the best of several runs counts. Converting and checking
cells is measured apart: `read` takes float arrays, `cells` what xlwings hands over (objects, one in fifty blank).
Targets: computing at most 1.2 times the engine's time, one array call at least 500 times as fast as single calls.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lossmit_udfs.body import tables
from lossmit_udfs.call import Taken, call, compute, give, take
from lossmit_udfs.catalog import BY_NAME, FUNCTIONS
from lossmit_udfs.definitions import Argument, Function
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.graph import is_name
from lossmit_xl.model import model
from lossmit_xl.model.short_sale import short_sale_gross, short_sale_sale_costs
from lossmit_xl.ops import annuity, discount

RUNS, SINGLE_CALLS = 15, 300
MOST, LEAST = 1.2, 500.0
AMOUNTS = {"balance": 3e5, "property_value": 4e5, "debt": 3e5, "gross_proceeds": 3e5, "expected_npv": 2e5, "upb": 3e5,
           "equity": 3e5, "price": 2e5, "alternative_npv": 2e5, "target_payment": 2e3, "payment": 2e3}  # fmt: skip
BLANK_EVERY = 50
ENGINES_NAME = {"modification_step1_payment": "modification_step6_payment"}  # no step rates: one payment


def column(argument: Argument, rows: int, random: np.random.Generator) -> Any:
    """An array of usual values in the argument's range; a plan's steps as they are."""
    if argument.kind == "steps":
        return [[3, 0], [3, 0.5]]
    if argument.optional and argument.default is None:
        return np.full(rows, np.nan)  # from the state table, or from another argument: the usual case
    if argument.kind == "state":
        return np.array(tables()["states_code"], dtype=object)[random.integers(0, 50, rows)]
    if argument.kind == "yesno":
        return random.random(rows) < 0.5
    high = argument.high if argument.high is not None else AMOUNTS.get(argument.name, 2e4)
    low = AMOUNTS.get(argument.name, 0) / 10 if argument.high is None else argument.low or 0.0
    if argument.kind == "count":
        return random.integers(max(low, 1), min(high, 360) + 1, rows).astype(float)
    return random.uniform(low, min(high, low + 0.3) if argument.kind in ("rate", "share") else high, rows)


def engine(function: Function, taken: Taken) -> Callable[[], Any] | None:
    """The engine's own functions on the same arrays; None where the rule is the function's own.

    The model's plan for the columns behind the result, given the arguments under the model's names. Before
    anything is timed, both sides must give the same figures.
    """
    if function.name == "NETRECOVERY":
        return lambda: _net_recovery(**taken.values)
    body, program, columns = function.body, function.program, model().columns
    assert body is not None
    with np.errstate(all="ignore"):
        values = program.run(dict(taken.values))
    own = [column for column in program.columns if column.name not in columns]
    targets = {ENGINES_NAME.get(r.column, r.column): r.column for r in function.results if r.column in columns}
    if function.name == "FC_COST":  # the sum of three columns
        targets = {need: need for column in own if column.name == "fc_cost" for need in column.needs}
    if not targets:
        return None
    given: dict[str, Any] = {**Assumptions().inputs(), **tables(), **taken.values}
    for name, source in body.bind.items():
        if not is_name(source):
            given[name] = source
        elif name != "state_other_costs" and (source not in columns or source in taken.values):
            given[name] = values[source]
    plan = model().plan(list(targets), given=given, masked=False)
    computed = plan.run(dict(given))
    for name, ours in targets.items():
        assert np.array_equal(np.broadcast_to(computed[name], taken.shape), np.broadcast_to(values[ours], taken.shape))

    def job() -> Any:
        found = plan.run(dict(given))
        return sum(found[name] for name in targets) if function.name == "FC_COST" else found

    return job


def _net_recovery(gross_proceeds: Any, months: Any, fixed_costs: Any, monthly_costs: Any, sale_cost_rate: Any,
                  prior_claims: Any, debt_cap: Any, annual_yield: Any) -> Any:  # fmt: skip
    """A short sale's proceeds and the worth of flows, as the engine computes them."""
    costs = short_sale_sale_costs(gross_proceeds, sale_cost_rate)
    proceeds = short_sale_gross(gross_proceeds, costs, prior_claims, 0, debt_cap)
    rate = annual_yield / 12
    return proceeds * discount(rate, months) - (fixed_costs + monthly_costs * annuity(rate, months))


def seconds(*jobs: Callable[[], Any]) -> list[float]:
    """Best time of each job, the jobs taking turns."""
    best = [float("inf")] * len(jobs)
    for _ in range(RUNS):
        for place, job in enumerate(jobs):
            began = time.perf_counter()
            job()
            best[place] = min(best[place], time.perf_counter() - began)
    return best


def as_cells(array: Any) -> Any:
    """A column as xlwings hands it over: two-dimensional, objects, some cells empty."""
    if not isinstance(array, np.ndarray):
        return array
    cells = array.astype(object).reshape(-1, 1)
    if array.dtype == float:
        cells[::BLANK_EVERY] = None
    return cells


def measure(function: Function, rows: int) -> tuple[str, float, float]:
    """(line of the table, computing against the engine (NaN where there is no counterpart), singles against array)."""
    random = np.random.default_rng(7)
    given = [column(argument, rows, random) for argument in function.arguments]
    taken = take(function, tuple(given))
    computed = compute(function, taken)
    own = engine(function, taken)
    jobs = [lambda: compute(function, taken), lambda: call(function, *given)]
    ours, whole, *theirs = seconds(*jobs, *([own] if own else []))
    if function.name == "NETRECOVERY" and own:
        assert np.array_equal(computed[0], own())
    read, write = seconds(lambda: take(function, tuple(given)), lambda: give(function, taken, computed))
    cells = tuple(map(as_cells, given))
    began = time.perf_counter()
    take(function, cells)
    from_cells = time.perf_counter() - began
    scalars = [cell if isinstance(cell, list) else cell[0].item() if hasattr(cell[0], "item") else cell[0]
               for cell in given]  # fmt: skip
    began = time.perf_counter()
    for _ in range(SINGLE_CALLS):
        call(function, *scalars)
    single = (time.perf_counter() - began) / SINGLE_CALLS
    against = ours / theirs[0] if theirs else float("nan")
    faster = single * rows / whole
    shown = f"{theirs[0] * 1e3:9.2f} {ours * 1e3:9.2f} {against:7.2f}" if theirs else f"{'':9} {ours * 1e3:9.2f} {'':7}"
    line = (f"{function.name:19}{shown}  {read * 1e3:8.2f} {write * 1e3:8.2f} {from_cells * 1e3:8.1f} "
            f"{whole * 1e3:9.2f} {single * 1e6:8.1f} {faster:9,.0f}")  # fmt: skip
    return line, against, faster


def main() -> int:
    """Print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("functions", nargs="*", help="names (all)")
    options = parser.parse_args()
    chosen = [BY_NAME[name.upper()] for name in options.functions] or [f for f in FUNCTIONS if f.body is not None]
    print(f"{options.rows:,} rows; ms, single calls in us")
    print(f"{'function':19}{'engine':>9} {'compute':>9} {'ratio':>7}  {'read':>8} {'write':>8} {'cells':>8} "
          f"{'call':>9} {'single':>8} {'x faster':>9}")  # fmt: skip
    missed = []
    for function in chosen:
        line, against, faster = measure(function, options.rows)
        print(line, flush=True)
        if against > MOST or faster < LEAST:
            missed.append(function.name)
    print(f"target missed: {', '.join(missed)}" if missed else f"all within {MOST} x the engine, {LEAST:,.0f} x faster")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
