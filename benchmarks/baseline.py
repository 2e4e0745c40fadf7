"""The references of the engine's benchmark: an analyst's plain valuation, loan by loan, strategy by strategy.

Flows come from the month-by-month ledger; npv and irr are numpy-financial's. `value_loan` is the straightforward
loop over the published `ledger` function; `value_loan_lean` avoids its frames and reads each loan's facts only
once. Neither makes the engine's decisions (triage, weights, bid, recommendation): the comparison leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy_financial as npf

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.ledger import NotComputable, ledger, outcome_of
from lossmit_xl.ledger.facts import facts_of
from lossmit_xl.names import STRATEGIES

Figures = dict[str, float]


def value_loan(loan: Mapping[str, Any], assumptions: Assumptions, price: float) -> dict[str, Figures]:
    """Figures of each strategy that can be computed, at a price [USD], from the ledger's frames."""
    found = {}
    for strategy in STRATEGIES:
        try:
            flows = ledger(loan, strategy, assumptions)
        except NotComputable:
            continue
        by_month = [0.0] * (int(flows["month"].max()) + 1)
        for month, amount, chance in zip(flows["month"], flows["amount"], flows["probability"], strict=True):
            by_month[month] += amount * chance
        received = flows[flows["tag"] == "proceeds"]
        gross = float((received["amount"] * received["probability"]).sum())
        found[strategy] = figures_of(by_month, gross, assumptions.target_yield, price)
    return found


def value_loan_lean(loan: Mapping[str, Any], assumptions: Assumptions, price: float) -> dict[str, Figures]:
    """The same from the ledger's entries, without a frame, the loan's facts read once."""
    try:
        facts = facts_of(loan, assumptions)
    except NotComputable:
        return {}
    found = {}
    for strategy in STRATEGIES:
        try:
            flows = outcome_of(facts, strategy).plan.flows
        except NotComputable:
            continue
        by_month = [0.0] * (max(flow.month for flow in flows) + 1)
        for flow in flows:
            by_month[flow.month] += flow.amount * flow.probability
        gross = sum(flow.amount * flow.probability for flow in flows if flow.tag == "proceeds")
        found[strategy] = figures_of(by_month, gross, assumptions.target_yield, price)
    return found


def figures_of(by_month: list[float], gross: float, target_yield: float, price: float) -> Figures:
    """Net recovery, npv at the target yield and returns on the price, from expected flows by month [USD]."""
    net = sum(by_month)
    figures = {
        "gross": gross,
        "costs": gross - net,
        "net_recovery": net,
        "npv": float(npf.npv(target_yield / 12, by_month)),
        "profit": net - price,
    }
    if price > 0:
        figures["moic"] = net / price
        with np.errstate(all="ignore"):
            figures["irr"] = 12 * float(npf.irr([by_month[0] - price, *by_month[1:]]))
    return figures
