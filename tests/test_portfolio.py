"""The pool's totals and groupings: nothing left out in silence, every grouping adds up to the total."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lossmit_xl import Evaluation, evaluate
from tests.test_engine import CENT, DEAL, some, tape


@pytest.fixture(scope="module")
def pool() -> Evaluation:
    return evaluate(tape(), DEAL)


def test_totals_say_what_they_speak_of(pool: Evaluation) -> None:
    totals, loans = pool.portfolio.totals, pool.loans
    valued = loans["not_valued"] == ""
    assert 0 < (~valued).sum() == totals["not_valued"]
    assert totals["loans"] == 40 == totals["valued"] + totals["not_valued"]
    upb = tape()["upb"].to_numpy()
    assert totals["upb"] == pytest.approx(np.nansum(upb))
    assert totals["upb_valued"] == pytest.approx(upb[valued.to_numpy()].sum())
    for name in ("legal_balance", "value", "expected_npv", "bid"):
        assert totals[name] == pytest.approx(math.fsum(loans[name].dropna()), abs=CENT)
    assert pool.portfolio.coverage == (
        f"{valued.sum()} of 40 loans, USD {totals['upb_valued']:,.0f} of USD {totals['upb']:,.0f} UPB valued"
    )


def test_groups_add_up_to_the_totals(pool: Evaluation) -> None:
    totals = pool.portfolio.totals
    assert set(pool.portfolio.groups) == {"recommended", "state", "lien", "situation", "occupancy"}
    for table in pool.portfolio.groups.values():
        for name in table.columns:
            assert table[name].sum() == pytest.approx(totals[name], abs=CENT), name


def test_no_loan_leaves_its_group(pool: Evaluation) -> None:
    """Loans without a state, a recommendation or a value are counted under a name of their own."""
    assert "(none)" in pool.portfolio.groups["recommended"].index
    loans = some(3).assign(state=["TX", None, ""], lien=[2, None, 1])
    groups = evaluate(loans, DEAL).portfolio.groups
    assert groups["state"]["loans"].to_dict() == {"(none)": 2, "TX": 1}
    assert groups["lien"]["loans"].to_dict() == {"first": 2, "junior": 1}


def test_strategies_add_up_the_scenarios(pool: Evaluation) -> None:
    for strategy, row in pool.portfolio.strategies.iterrows():
        own = pool.scenarios[pool.scenarios["strategy"] == strategy]
        assert row["computed"] == own["npv"].notna().sum()
        assert row["feasible"] == own["feasible"].sum()
        assert row["recommended"] == (pool.loans["recommended"] == strategy).sum()
        assert row["npv"] == pytest.approx(own["npv"].sum(), abs=CENT)
        assert row["net_recovery"] == pytest.approx(own["net_recovery"].sum(), abs=CENT)
    assert pool.portfolio.strategies["expected_outcomes"].sum() == pytest.approx(pool.portfolio.totals["valued"])
