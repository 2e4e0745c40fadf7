"""The waterfall of a modification held to a brute-force search: every rate, every term, every whole dollar in turn."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.evaluate import all_columns
from tests.test_engine_properties import examples

AS_OF = dt.date(2026, 10, 31)
TICK = 1e-6
STEP = 0.00125


def payment(balance: Any, annual: float, months: float) -> Any:
    """Level payment, month rolled back by month: the worth of 1 a month is a plain sum."""
    worth = sum((1 + annual / 12) ** -k for k in range(1, round(months) + 1))
    return balance / worth


def brute_force(row: dict[str, float]) -> tuple[float, float, float, bool]:
    """(annual rate, term, forborne USD, whether the target is reached), each step tried in turn from its start."""
    goal = row["target"] + TICK
    rate, term, forborne = min(row["mod_rate"], row["note_rate"]), row["mod_term"], row["forborne"]
    balance = max(0.0, row["capitalised"] - forborne)
    lowest, longest = min(rate, row["floor"]), max(term, row["term_max"])
    first, k = rate, 0
    while payment(balance, rate, term) > goal and rate > lowest:
        k += 1
        rate = max(lowest, first - STEP * k)
    years = 0
    while payment(balance, rate, term) > goal and term < longest:
        years += 1
        term = min(longest, row["mod_term"] + 12 * years)
    most = max(forborne, row["forbear_max"] * row["capitalised"])
    if payment(balance, rate, term) > goal:
        dollars = forborne + np.append(np.arange(np.floor(most - forborne) + 1), most - forborne)
        enough = payment(np.maximum(0.0, row["capitalised"] - dollars), rate, term) <= goal
        forborne = float(dollars[enough.argmax()] if enough.any() else most)
    reached = payment(max(0.0, row["capitalised"] - forborne), rate, term) <= row["target"] + 0.01
    return rate, term, forborne, bool(reached)


def check(loans: list[dict[str, Any]], deal: Assumptions) -> set[str]:
    """Compare every loan with the brute force; returns the steps that were taken."""
    columns = all_columns(pd.DataFrame(loans), deal)
    steps = set()
    for place, loan in enumerate(loans):
        def at(name: str, place: int = place) -> float:
            return float(np.broadcast_to(columns[name], len(loans))[place])

        row = {
            "target": at("modification_target"), "capitalised": at("modification_capitalised"),
            "note_rate": loan["note_rate"], "mod_rate": deal.mod_rate, "mod_term": deal.mod_term,
            "forborne": deal.forborne, "floor": deal.mod_rate_floor, "term_max": deal.mod_term_max,
            "forbear_max": deal.mod_forbear_max,
        }  # fmt: skip
        if not at("modification_computable"):
            continue
        rate, term, forborne, reached = brute_force(row)
        got = (at("modification_final_rate"), at("modification_term"), at("modification_forborne"))
        assert got == pytest.approx((rate, term, forborne), abs=1e-9), (row, loan)
        assert at("modification_missed_target") == (not reached)
        steps |= {"rate"} if rate < min(deal.mod_rate, loan["note_rate"]) else set()
        steps |= {"term"} if term > deal.mod_term else set()
        steps |= {"forborne"} if forborne > deal.forborne else set()
        steps |= {"reached" if reached else "missed"}
    return steps


def loan(upb: float, rate: float, share: float) -> dict[str, Any]:
    """A loan whose payment is a share of its principal, so that a target lies near or far."""
    return {
        "upb": upb, "note_rate": rate, "pi_payment": round(upb * share, 2), "next_due_date": "2026-05-01",
        "maturity_date": "2049-04-01", "property_value": upb,
    }  # fmt: skip


def test_every_step_over_a_range_of_targets() -> None:
    rng = np.random.default_rng(11)
    loans = [
        loan(round(upb, 2), round(rate, 5), share)
        for upb, rate, share in zip(
            rng.uniform(20_000, 120_000, 150), rng.uniform(0, 0.12, 150), rng.uniform(0.002, 0.011, 150), strict=True
        )
    ]
    assert check(loans, Assumptions(as_of=AS_OF)) == {"rate", "term", "forborne", "reached", "missed"}


@examples(0.5)
@given(
    loans=st.lists(
        st.tuples(st.integers(5_000, 60_000), st.integers(0, 1_500), st.integers(15, 140)), min_size=1, max_size=5
    ),
    deal=st.fixed_dictionaries(
        {},
        optional={
            "mod_rate": st.integers(0, 1_200).map(lambda x: x / 10_000),
            "mod_rate_floor": st.integers(0, 800).map(lambda x: x / 10_000),
            "mod_term": st.integers(12, 480),
            "mod_term_max": st.integers(12, 560),
            "mod_forbear_max": st.integers(0, 100).map(lambda x: x / 100),
            "mod_payment_cut": st.integers(0, 100).map(lambda x: x / 100),
            "forborne": st.integers(0, 2_000_000).map(lambda x: x / 100),
            "forgiven": st.integers(0, 1_000_000).map(lambda x: x / 100),
        },
    ),
)
def test_equals_the_brute_force(loans: list[tuple[int, int, int]], deal: dict[str, Any]) -> None:
    check([loan(upb, rate / 10_000, share / 10_000) for upb, rate, share in loans], Assumptions(as_of=AS_OF, **deal))


ON_THE_EDGE = [  # payment cut, what the search must stop at: the target is met to the cent by construction
    ("the offer meets the target", 0.0, "reached"),
    ("nothing meets a target of 0", 1.0, "missed"),
]


@pytest.mark.parametrize(("name", "cut", "step"), ON_THE_EDGE, ids=[name for name, *_ in ON_THE_EDGE])
def test_ends(name: str, cut: float, step: str) -> None:
    assert step in check([loan(50_000, 0.06, 0.012)], Assumptions(as_of=AS_OF, mod_payment_cut=cut))


def test_the_income_sets_the_target_where_it_is_the_lower() -> None:
    poor = loan(100_000, 0.06, 0.008) | {"monthly_income": 1_500.0}
    rich = loan(100_000, 0.06, 0.008) | {"monthly_income": 15_000.0}
    columns = all_columns(pd.DataFrame([poor, rich]), Assumptions(as_of=AS_OF))
    np.testing.assert_allclose(columns["modification_target"], [0.4 * 1_500 - 2_000 / 12, 800 * 0.8])
