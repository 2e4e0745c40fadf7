"""The engine held to the ledger and to the independent reference, over generated loans and deals.

Each test draws a few loans and a deal, values them with arrays, and compares every cell of both frames.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lossmit_xl import Assumptions, Evaluation, evaluate, ledger
from lossmit_xl.ledger import NotComputable
from lossmit_xl.ledger.facts import facts_of
from lossmit_xl.ledger.waterfall import modified_terms
from lossmit_xl.model.outputs import TAGS
from lossmit_xl.names import RETENTION, STRATEGIES
from tests.strategies import EDGES, Loan, assumptions, loans
from tests.test_engine import CENT, differences


def examples(share: float) -> settings:
    """A share of the profile's examples: a draw of several loans is a dear one, and shrinking it takes minutes."""
    phases = [phase for phase in Phase if phase is not Phase.shrink]
    number = max(3, round(settings.default.max_examples * share))
    return settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)


def pools(*edges: str, most: int = 4) -> st.SearchStrategy[list[Loan]]:
    return st.lists(loans(*edges), min_size=1, max_size=most)


def check(pool: list[Loan], deal: Assumptions) -> Evaluation:
    """Value the pool and compare every cell with the reference."""
    evaluation = evaluate(pd.DataFrame(pool), deal)
    wrong = differences(evaluation, pool, deal)
    assert not wrong, f"{len(wrong)} cells; loan, strategy, column, engine, reference: {wrong[:6]}"
    return evaluation


# Every cell of both frames -------------------------------------------------------------------------------------


@examples(0.6)
@given(pool=pools(), deal=assumptions())
def test_equals_the_reference(pool: list[Loan], deal: Assumptions) -> None:
    check(pool, deal)


@pytest.mark.parametrize("edge", sorted(EDGES))
@examples(0.15)
@given(data=st.data(), deal=assumptions())
def test_equals_the_reference_at_every_edge_case(edge: str, data: st.DataObject, deal: Assumptions) -> None:
    check(data.draw(pools(edge, most=3)), deal)


@pytest.mark.parametrize("servicing", ["client_managed", "full_service"])
@pytest.mark.parametrize("forbearance_exit", ["lump", "plan", "defer"])
@pytest.mark.parametrize("exit_", ["sell", "hold"])
@examples(0.15)
@given(data=st.data())
def test_equals_the_reference_whatever_the_deal(
    exit_: str, forbearance_exit: str, servicing: str, data: st.DataObject
) -> None:
    deal = data.draw(assumptions(exit=exit_, forbearance_exit=forbearance_exit, servicing_model=servicing))
    check(data.draw(pools()), deal)


MODIFICATIONS = {
    "step rates": {"mod_step_rates": [(12, 0.02), (24, 0.03)], "mod_target": "none"},
    "five step rates, the first at 0 %": {
        "mod_step_rates": [(6, 0.0), (6, 0.02), (1, 0.09), (60, 0.03), (48, 0.05)], "mod_target": "none",
    },
    "steps beyond the term": {"mod_step_rates": [(40, 0.01), (40, 0.02)], "mod_target": "none", "mod_term": 50},
    "no target": {"mod_target": "none"},
    "waterfall": {"mod_target": "waterfall"},
    "waterfall at 0 %": {"mod_target": "waterfall", "mod_rate_floor": 0.0, "mod_payment_cut": 0.5},
}  # fmt: skip


@pytest.mark.parametrize("kind", MODIFICATIONS)
@examples(0.25)
@given(data=st.data())
def test_equals_the_reference_whatever_the_modification(kind: str, data: st.DataObject) -> None:
    deal = data.draw(assumptions(**{"mod_step_rates": [], **MODIFICATIONS[kind]}))
    check(data.draw(pools()), deal)


OUTCOMES = ("as offered", "rate", "term", "forborne", "not reached")


def _outcome(loan: Loan, deal: Assumptions) -> str:
    """With which step of the waterfall the loan's modification ends, by the ledger."""
    try:
        facts = facts_of(loan, deal)
        terms = modified_terms(facts)
    except NotComputable:
        return "not computable"
    a = facts.assumptions
    if not terms.reaches_target:
        return "not reached"
    if terms.forborne > a.forborne:
        return "forborne"
    if terms.term > a.mod_term:
        return "term"
    return "rate" if terms.annual_rate < min(a.mod_rate, facts.note_rate) else "as offered"


def test_equals_the_reference_at_every_outcome_of_the_waterfall() -> None:
    """The same loan, its target payment lowered step by step: every outcome comes up."""
    loan = {"upb": 150_000.0, "note_rate": 0.075, "pi_payment": 1_050.0, "next_due_date": "2026-03-01",
            "maturity_date": "2052-02-01", "property_value": 140_000.0}  # fmt: skip
    cuts = np.round(np.arange(0.0, 1.0, 0.02), 2)
    pool = [{**loan, "loan_id": str(cut), "mod_payment_cut": float(cut)} for cut in cuts]
    deal = Assumptions(as_of="2026-10-31", mod_rate=0.06)
    assert {_outcome(row, deal) for row in pool} == set(OUTCOMES)
    check(pool, deal)


# Against the ledger's own frame --------------------------------------------------------------------------------


@examples(0.5)
@given(pool=pools(), deal=assumptions())
def test_closed_forms_equal_the_flows_month_by_month(pool: list[Loan], deal: Assumptions) -> None:
    evaluation = evaluate(pd.DataFrame(pool), deal)
    for row, loan in enumerate(pool):
        for strategy in STRATEGIES:
            figure = {name: evaluation.figure(strategy, name)[row] for name in ("gross", "costs", *TAGS, "npv")}
            try:
                flows = ledger(loan, strategy, deal)
            except NotComputable:
                assert all(np.isnan(value) for value in figure.values())
                continue
            expected = flows["amount"] * flows["probability"]
            for tag in TAGS:
                assert -expected[flows["tag"] == tag].sum() == pytest.approx(figure[tag], abs=CENT)
            assert expected[flows["tag"] == "proceeds"].sum() == pytest.approx(figure["gross"], abs=CENT)
            growth = 1 + facts_of(loan, deal).assumptions.target_yield / 12
            assert (expected * growth ** -flows["month"]).sum() == pytest.approx(figure["npv"], abs=CENT)


def _net(loan: Loan, strategy: str, deal: Assumptions, price: float) -> tuple[Any, Any]:
    """Months and expected flows of a strategy, the price paid at month 0."""
    flows = ledger(loan, strategy, deal)
    by_month = (flows["amount"] * flows["probability"]).groupby(flows["month"]).sum()
    return np.append(0, by_month.index), np.append(-price, by_month.to_numpy())


@examples(0.6)
@given(pool=pools(), deal=assumptions())
def test_irr_put_back_into_the_flows_is_worth_the_price(pool: list[Loan], deal: Assumptions) -> None:
    evaluation = evaluate(pd.DataFrame(pool), deal)
    for row, loan in enumerate(pool):
        for strategy in STRATEGIES:
            rate = evaluation.figure(strategy, "irr")[row] / 12
            if np.isnan(rate):
                continue
            assert -0.99 < rate < 10
            months, net = _net(loan, strategy, deal, evaluation.column("price")[row])
            terms = net * np.exp(-np.log1p(rate) * (months - (months.max() if rate < 0 else 0)))
            assert abs(terms.sum()) <= 1e-7 * np.abs(terms).max()


@examples(0.6)
@given(pool=pools(), deal=assumptions())
def test_no_root_is_nearer_to_zero_than_the_irr(pool: list[Loan], deal: Assumptions) -> None:
    """Between minus the irr and the irr the flows never change sides of the price, looked at in 4,000 places."""
    evaluation = evaluate(pd.DataFrame(pool), deal)
    for row, loan in enumerate(pool):
        price = evaluation.column("price")[row]
        for strategy in STRATEGIES:
            if not price > 0 or np.isnan(evaluation.figure(strategy, "npv")[row]):
                continue
            rate = evaluation.figure(strategy, "irr")[row] / 12
            months, net = _net(loan, strategy, deal, price)
            if len(months) < 3 and months.max() == 0:
                assert np.isnan(rate)
                continue
            reach = np.array([-0.99, 10.0]) if np.isnan(rate) else np.array([max(-abs(rate), -0.99), abs(rate)])
            grid = np.linspace(*np.log1p(reach * (1 - 1e-6)), 4_000)
            shift = np.where(grid < 0, months.max(), 0)[:, None]
            worth = np.exp(-grid[:, None] * (months - shift)) @ net
            assert (worth > 0).all() or (worth < 0).all(), (strategy, rate)


# Identities ----------------------------------------------------------------------------------------------------


@examples(0.6)
@given(pool=pools(most=8), deal=assumptions())
def test_decisions_hang_together(pool: list[Loan], deal: Assumptions) -> None:
    evaluation = evaluate(pd.DataFrame(pool), deal)
    scenarios, rows = evaluation.scenarios, evaluation.loans
    valued = (rows["not_valued"] == "").to_numpy()
    np.testing.assert_allclose(scenarios["gross"] - scenarios["costs"], scenarios["net_recovery"], atol=CENT)
    np.testing.assert_allclose(scenarios[list(TAGS)].sum(axis=1, skipna=False), scenarios["costs"], atol=CENT)
    weights = scenarios["weight"].to_numpy().reshape(-1, len(STRATEGIES))
    np.testing.assert_allclose(weights.sum(axis=1)[valued], 1, atol=1e-9)
    outcomes = scenarios["outcome_npv"].fillna(0).to_numpy().reshape(-1, len(STRATEGIES))
    np.testing.assert_allclose((weights * outcomes).sum(axis=1)[valued], rows["expected_npv"][valued], atol=CENT)
    assert (rows["bid"][valued] >= 0).all()
    assert (rows["bid"][valued] <= np.maximum(0, rows["expected_npv"][valued]) + CENT).all()
    assert ((scenarios["reason"] == "") == scenarios["feasible"]).all()
    feasible = scenarios["feasible"] & (scenarios["strategy"] != "note_sale")
    best = scenarios["pursuit_npv"].where(feasible).to_numpy().reshape(-1, len(STRATEGIES))
    for row, name in enumerate(rows["recommended"]):
        assert (name == "") == np.isnan(best[row]).all()
        assert name == "" or best[row, STRATEGIES.index(name)] == np.nanmax(best[row])
    assert scenarios.loc[~scenarios["strategy"].isin(RETENTION), "payment"].isna().all()


@examples(0.3)
@given(pool=pools(most=8), deal=assumptions())
def test_a_loan_is_worth_the_same_alone_and_among_others(pool: list[Loan], deal: Assumptions) -> None:
    together = evaluate(pd.DataFrame(pool), deal).scenarios
    alone = pd.concat([evaluate(pd.DataFrame([loan]), deal).scenarios for loan in pool], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone, rtol=1e-9, atol=1e-7)
