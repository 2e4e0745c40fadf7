"""The plain-Python reference of triage, weights, bid and irr, by hand. Base case: `LOAN` and `DEAL` of test_ledger.

60,000 owed, 3 instalments of 500 missed, equity 90,000, 100 a month of taxes and insurance.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.ledger.facts import facts_of
from lossmit_xl.ledger.flows import Flow
from lossmit_xl.names import STRATEGIES
from tests.decisions import bid_of, irr, reference, to_confirm
from tests.strategies import assumptions, loans
from tests.test_ledger import CENT, DEAL, LOAN, SENIOR

CURRENT = {"next_due_date": "2026-11-01"}
LUMP = {"forbearance_exit": "lump"}
TARGET = {"mod_target": "waterfall", "mod_term": 1, "mod_term_max": 1, "mod_forbear_max": 0}

TRIAGE: list[tuple[str, dict[str, Any], dict[str, Any], str | None]] = [  # strategy, loan, deal, reason
    ("reinstatement", CURRENT | {"contact": "no", "intent": "sell"}, {}, None),
    ("note_sale", CURRENT | {"contact": "no"}, {}, None),
    ("foreclosure", CURRENT, {}, "the loan is current"),
    ("foreclosure", {"contact": "no"}, {}, None),
    ("repayment_plan", CURRENT | {"contact": "no"}, {}, "the loan is current"),
    ("reinstatement", {"contact": "no", "intent": "sell"}, {}, "no contact with the borrower yet"),
    ("short_sale", {"contact": "no"}, {}, "no contact with the borrower yet"),
    ("reinstatement", {"intent": "leave"}, {}, "the borrower wants to leave"),
    ("reinstatement", {"cash_available": 2_499.99}, {}, "the cash is below the arrears"),
    ("reinstatement", {"cash_available": 2_500}, {}, None),
    ("reinstatement", {"cash_available": 0, "hardship": "resolved"}, {}, None),
    ("repayment_plan", {"intent": "sell", "hardship": "permanent"}, {}, "the borrower wants to sell"),
    ("repayment_plan", {"hardship": "permanent"}, {}, "the hardship is permanent"),
    ("repayment_plan", {"monthly_income": 1_500, "monthly_debts": 400}, {}, None),
    ("repayment_plan", {"monthly_income": 1_500, "monthly_debts": 401}, {}, "the income does not carry the payment"),
    ("repayment_plan", {"monthly_debts": 9_000}, {}, None),
    ("forbearance", {"occupancy": "vacant", "intent": "leave"}, {}, "the house is vacant"),
    ("forbearance", {"property_type": "land"}, {}, None),
    ("forbearance", {"hardship": "resolved"}, {}, "the hardship is not temporary"),
    ("forbearance", {"hardship": "unknown"}, {}, None),
    ("forbearance", {"cash_available": 2_749}, LUMP, "the cash is below the lump"),
    ("forbearance", {"cash_available": 0}, {}, None),
    ("modification", {"occupancy": "vacant"}, {}, "the house is vacant"),
    ("modification", {"intent": "leave"}, TARGET, "the borrower wants to leave"),
    ("modification", {"monthly_income": 1}, TARGET, "target payment not reached"),
    ("modification", {"monthly_income": 6_099}, {}, "the income does not carry the payment"),
    ("modification", {"cash_available": 999}, {"down_payment": 1_000}, "the cash is below the down payment"),
    ("discounted_payoff", {"intent": "stay", "occupancy": "vacant"}, {}, None),
    ("discounted_payoff", {"senior_balance": 90_000}, {"dpo_floor_upb": 0}, "nothing to settle with"),
    ("discounted_payoff", {"cash_available": 53_999}, {}, "the cash is below the payoff"),
    ("short_sale", {"intent": "stay"}, {}, "the borrower wants to stay"),
    ("deed_in_lieu", SENIOR | {"intent": "stay"}, {}, "the borrower wants to stay"),
    ("deed_in_lieu", SENIOR | {"title_clean": "no"}, {}, "the title is not clean"),
    ("deed_in_lieu", {}, {}, "the borrower has equity: a sale pays more"),
    ("deed_in_lieu", SENIOR, {}, None),  # an equity of 60,000 is not above 60,000 owed
]


@pytest.mark.parametrize(("strategy", "loan", "deal", "reason"), TRIAGE)
def test_triage(strategy: str, loan: dict[str, Any], deal: dict[str, Any], reason: str | None) -> None:
    row = reference(LOAN | loan, DEAL.replace(**deal))[0][strategy]
    assert (row["feasible"], row["reason"]) == (reason is None, reason)


WEIGHTS: list[tuple[str, dict[str, Any], dict[str, float]]] = [
    ("current: it goes on", CURRENT, {"reinstatement": 1}),
    ("current, its last instalment next month", CURRENT | {"maturity_date": "2026-11-01"}, {"note_sale": 1}),
    ("has equity: the deed's 0.45 goes to the sale", {"intent": "leave"}, {"short_sale": 0.60, "foreclosure": 0.40}),
    ("no equity: each its own", SENIOR | {"intent": "leave"},
     {"deed_in_lieu": 0.45, "short_sale": 0.15, "foreclosure": 0.40}),
    ("silent, but known to sell: 0.05 twice are out of 1", {"contact": "no", "intent": "sell"},
     {"discounted_payoff": 0.1 / 0.9, "foreclosure": 0.75 / 0.9, "note_sale": 0.05 / 0.9}),
    ("stays, vacant, no cash: 0.10 + 0.35 are left", {"intent": "stay", "occupancy": "vacant", "cash_available": 0},
     {"repayment_plan": 0.1 / 0.45, "foreclosure": 0.35 / 0.45}),
]  # fmt: skip


@pytest.mark.parametrize(("loan", "weights"), [c[1:] for c in WEIGHTS], ids=[c[0] for c in WEIGHTS])
def test_weights(loan: dict[str, Any], weights: dict[str, float]) -> None:
    rows = reference(LOAN | loan, DEAL)[0]
    assert {s: rows[s]["weight"] for s in STRATEGIES} == pytest.approx({s: weights.get(s, 0) for s in STRATEGIES})


def test_foreclosure_stands_in_where_no_weight_is_left() -> None:
    deal = DEAL.replace(weights={"stay": {"short_sale": 1}})
    assert reference(LOAN | {"intent": "stay"}, deal)[0]["foreclosure"]["weight"] == 1


BIDS = [  # expected npv, changes, bid, what binds: 95 % of 60,000; 75 % of the equity
    (10_750, {}, 10_000, "yield"),
    (60_000, {}, 57_000, "upb"),
    (60_000, {"senior_balance": 60_000}, 22_500, "value"),
    (500, {}, 0, "floor"),
    (9_000, {"senior_balance": 90_000}, 0, "value"),
]


@pytest.mark.parametrize(("expected", "loan", "bid", "binding"), BIDS)
def test_bid(expected: float, loan: dict[str, Any], bid: float, binding: str) -> None:
    assert bid_of(facts_of(LOAN | loan, DEAL), expected) == (bid, binding)


IRRS = [  # price, flows by month, 12 x the root
    (100, {1: 110}, 1.2),
    (100, {1: 90}, -1.2),
    (100, {3: 100}, 0.0),
    (100, {1: 230, 2: -132}, 1.2),  # 10 % and 20 %
    (1, {1: 1.75, 2: -0.625}, 3.0),  # 25 % and -50 %
    (100, {0: 90}, None),
    (100, {0: -10, 5: -10}, None),
    (1, {1: 12}, None),  # 1,100 % a month is outside
]


@pytest.mark.parametrize(("price", "flows", "annual"), IRRS)
def test_irr_is_the_root_nearest_to_zero(price: float, flows: dict[int, float], annual: float | None) -> None:
    got = irr([Flow(month, "proceeds", amount) for month, amount in flows.items()], price)
    assert got == (None if annual is None else pytest.approx(annual, abs=1e-9))


def test_pursuit_counts_the_failed_attempt() -> None:
    rows = reference(LOAN, DEAL)[0]
    # Success 0.35; else two months later the foreclosure, after 135 a month at 1 %: 135/1.01 + 135/1.01^2 = 266.00.
    behind = rows["foreclosure"]["npv"] / 1.0201 - 266.00
    assert rows["short_sale"]["pursuit_npv"] == pytest.approx(
        0.35 * rows["short_sale"]["npv"] + 0.65 * behind, abs=CENT
    )
    assert rows["note_sale"]["pursuit_npv"] is None


CONFIRM = [  # strategy, loan, deal, what is unknown
    ("reinstatement", {}, {}, ["contact", "intent", "cash_available", "hardship"]),
    ("reinstatement", {"hardship": "resolved", "contact": "yes"}, {}, ["intent"]),
    ("reinstatement", CURRENT, {}, []),
    ("repayment_plan", {"monthly_income": 2_000}, {}, ["contact", "intent", "hardship"]),
    ("forbearance", {"occupancy": "unknown", "intent": "stay"}, LUMP,
     ["contact", "occupancy", "hardship", "cash_available"]),
    ("modification", {"occupancy": "owner"}, {}, ["contact", "intent", "monthly_income"]),
    ("deed_in_lieu", {"title_clean": "yes", "intent": "unknown"}, {}, ["contact", "intent"]),
    ("foreclosure", {}, {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("strategy", "loan", "deal", "asked"), CONFIRM)
def test_what_to_confirm(strategy: str, loan: dict[str, Any], deal: dict[str, Any], asked: list[str]) -> None:
    assert to_confirm(facts_of(LOAN | loan, DEAL.replace(**deal)), strategy) == asked


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(loan=loans(), deal=assumptions())
def test_the_break_even_payoff_offered_is_worth_its_alternative(loan: dict[str, Any], deal: Assumptions) -> None:
    by_strategy, summary = reference(loan, deal)
    even = summary["dpo_breakeven"]
    if even is None or not 0 < even < summary["legal_balance"]:
        return
    alternative = facts_of(loan, deal).assumptions.dpo_alternative
    offered = reference(loan | {"dpo_offer": even}, deal)[0]["discounted_payoff"]["npv"]
    assert offered == pytest.approx(by_strategy[alternative]["npv"], abs=CENT)
