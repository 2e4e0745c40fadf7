"""Valuing pools of loans nine ways: loans per second, growth with the pool, memory; each against a plain loop.

    python benchmarks/engine.py [--loans 100000] [--largest 1000000]

All figures come from one run and stand side by side. The engine's time includes the rates of return and both
result frames. The loops of `benchmarks.baseline` value a sample of the same loans; before anything is timed, the
engine's figures must equal theirs. Target: at least 1,000 times the straightforward loop.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.baseline import Figures, value_loan, value_loan_lean
from lossmit_xl import Assumptions, Evaluation, evaluate, evaluate_in_blocks
from lossmit_xl.names import STRATEGIES

STATES = ("FL", "TX", "OH", "PA", "NY", "GA", "IL", "MI", "NJ", "CA", "IN", "MD")
DEAL = Assumptions(as_of="2026-10-31")
SAMPLE = 150
FRAME = 50_000  # loans read at a time where the pool is a stream
TOLERANCE = {"irr": 1e-6, "moic": 1e-6}


def pool(rows: int, seed: int = 3) -> pd.DataFrame:
    """An invented pool of non-performing loans as a small investor sees it, one row a loan, gaps included."""
    rng = np.random.default_rng(seed)

    def sometimes(values: Any, share: float) -> Any:
        return np.where(rng.random(rows) < share, values, np.nan)

    def words(*choices: str | None) -> Any:
        return np.array(choices, dtype=object)[rng.integers(0, len(choices), rows)]

    junior = rng.random(rows) < 0.12
    upb = np.where(junior, rng.uniform(10_000, 80_000, rows), rng.uniform(15_000, 300_000, rows)).round(2)
    rate = rng.uniform(0.03, 0.12, rows).round(5)
    rate[rng.random(rows) < 0.01] = 0
    term = rng.integers(60, 360, rows)
    first = np.datetime64("2026-11-01")
    late = rng.integers(2, 40, rows)
    due = (first.astype("datetime64[M]") - late.astype("timedelta64[M]")).astype("datetime64[D]")
    with np.errstate(all="ignore"):
        level = np.where(rate == 0, upb / term, upb * rate / 12 / -np.expm1(-term * np.log1p(rate / 12)))
    value = (upb * np.where(junior, rng.uniform(2, 6, rows), rng.uniform(0.5, 2.0, rows))).round(-2)
    return pd.DataFrame({
        "loan_id": [f"{n:08d}" for n in range(rows)],
        "state": words(*STATES),
        "property_type": words("sfr", "sfr", "condo", "2-4", "land", None),
        "occupancy": words("owner", "owner", "tenant", "vacant", "unknown"),
        "lien": np.where(junior, 2, 1),
        "upb": upb,
        "deferred_balance": sometimes(rng.uniform(0, 10_000, rows).round(2), 0.1),
        "note_rate": rate,
        "pi_payment": sometimes(level.round(2), 0.9),
        "next_due_date": due,
        "maturity_date": (due.astype("datetime64[M]") + (term - 1).astype("timedelta64[M]")).astype("datetime64[D]"),
        "escrow_advances": sometimes(rng.uniform(0, 6_000, rows).round(2), 0.6),
        "corporate_advances": sometimes(rng.uniform(0, 3_000, rows).round(2), 0.6),
        "late_fees": sometimes(rng.uniform(0, 1_500, rows).round(2), 0.5),
        "property_value": np.where(rng.random(rows) < 0.02, np.nan, value),
        "senior_balance": np.where(junior, (value * rng.uniform(0.4, 1.1, rows)).round(2), np.nan),
        "delinquent_taxes": sometimes(rng.uniform(0, 8_000, rows).round(2), 0.3),
        "fc_months_elapsed": np.where(rng.random(rows) < 0.25, rng.integers(1, 18, rows), 0),
        "fc_contested": words("yes", "no", "no", None),
        "bk_chapter": words(None, None, None, None, None, "7", "13"),
        "contact": words("yes", "yes", "no", None),
        "hardship": words("temporary", "permanent", "resolved", "unknown", None),
        "intent": words("stay", "stay", "sell", "leave", "unknown", None),
        "monthly_income": sometimes(rng.uniform(1_500, 9_000, rows).round(2), 0.4),
        "monthly_debts": sometimes(rng.uniform(0, 2_500, rows).round(2), 0.4),
        "cash_available": sometimes(rng.uniform(0, 20_000, rows).round(2), 0.3),
        "title_clean": words("yes", "no", None),
        "purchase_price": sometimes((0.45 * np.minimum(upb, value)).round(2), 0.3),
    })


def differences(evaluation: Evaluation, found: list[dict[str, Figures]]) -> list[str]:
    """Every figure of the sample in which engine and loop differ."""
    wrong = []
    for place, by_strategy in enumerate(found):
        for strategy in STRATEGIES:
            ours = {name: float(evaluation.figure(strategy, name)[place]) for name in ("npv", "irr")}
            if strategy not in by_strategy:
                wrong += [] if np.isnan(ours["npv"]) else [f"loan {place}, {strategy}: only the engine has a value"]
                continue
            for name, theirs in by_strategy[strategy].items():
                got = float(evaluation.figure(strategy, name)[place])
                same = abs(got - theirs) <= TOLERANCE.get(name, 0.01) or (np.isnan(got) and np.isnan(theirs))
                beyond = name == "irr" and not -0.99 * 12 < theirs < 120  # numpy-financial knows no bounds
                wrong += [] if same or beyond else [f"loan {place}, {strategy}, {name}: {got} and {theirs}"]
    return wrong


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def frames_of(evaluation: Evaluation) -> int:
    """Make both result frames; returns their rows."""
    return len(evaluation.scenarios) + len(evaluation.loans)


def against_the_loops(loans: int) -> None:
    """The engine on the whole pool, the loops on a sample of it: time a loan, and the ratios."""
    tape = pool(loans)
    evaluate(tape.head(SAMPLE), DEAL)  # imports, the graph
    evaluation = evaluate(tape, DEAL)
    engine = min(seconds(lambda: frames_of(evaluate(tape, DEAL))) for _ in range(3)) / loans
    sample = tape.head(SAMPLE).astype(object).where(tape.head(SAMPLE).notna(), None).to_dict("records")
    prices = np.nan_to_num(evaluation.column("price")[:SAMPLE])
    print(f"{loans:,} loans x {len(STRATEGIES)} strategies, irr and both frames included")
    print(f"{'':42}{'a loan':>12}{'loans/s':>12}{'ratio':>9}")
    print(f"{'engine':42}{engine * 1e6:>9.1f} us{1 / engine:>12,.0f}{1:>9}")
    for name, loop in (("loop over ledger(), numpy-financial", value_loan), ("the same, lean", value_loan_lean)):
        found: list[dict[str, Figures]] = []
        took = seconds(lambda loop=loop, found=found: found.extend(  # type: ignore[misc]
            loop({str(key): cell for key, cell in loan.items()}, DEAL, price)
            for loan, price in zip(sample, prices, strict=True)
        )) / SAMPLE  # fmt: skip
        wrong = differences(evaluation, found)
        if wrong:
            raise SystemExit(f"engine and {name} differ in {len(wrong)} figures: {wrong[:5]}")
        print(f"{name:42}{took * 1e6:>9.0f} us{1 / took:>12,.0f}{took / engine:>9,.0f}")


def streamed(loans: int) -> tuple[float, int]:
    """Value a stream of frames, keeping nothing: seconds without the making of the loans, and result rows."""
    made = 0.0

    def stream() -> Iterator[pd.DataFrame]:
        nonlocal made
        for begin in range(0, loans, FRAME):
            start = time.perf_counter()
            frame = pool(min(FRAME, loans - begin), seed=begin)
            made += time.perf_counter() - start
            yield frame

    rows = 0
    start = time.perf_counter()
    for evaluation in evaluate_in_blocks(stream(), DEAL):
        rows += frames_of(evaluation)
    return time.perf_counter() - start - made, rows


def growth(largest: int) -> None:
    """From 1,000 loans to the largest pool: time a loan and the most memory used so far."""
    print(f"\n{'loans, streamed':>16}{'seconds':>10}{'us a loan':>11}{'result rows':>13}{'peak MB':>9}")
    loans = 1_000
    while loans <= largest:
        took, rows = streamed(loans)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{loans:>16,}{took:>10.2f}{took / loans * 1e6:>11.1f}{rows:>13,}{peak:>9,.0f}")
        loans *= 10


def main() -> None:
    """Growth first, while the peak of memory is still its own; then the loops."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--largest", type=int, default=1_000_000)
    options = parser.parse_args()
    growth(options.largest)
    print()
    against_the_loops(options.loans)


if __name__ == "__main__":
    main()
