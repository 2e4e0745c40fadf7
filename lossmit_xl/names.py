"""The fixed words of the model: the nine strategies in their order, their families and the borrower's situations."""

from __future__ import annotations

RETENTION = ("reinstatement", "repayment_plan", "forbearance", "modification")
LIQUIDATION = ("discounted_payoff", "short_sale", "deed_in_lieu", "foreclosure")
REFERENCE = ("note_sale",)
STRATEGIES = RETENTION + LIQUIDATION + REFERENCE

STRATEGY_LABELS: dict[str, str] = {
    "reinstatement": "Reinstatement",
    "repayment_plan": "Repayment plan",
    "forbearance": "Forbearance",
    "modification": "Modification",
    "discounted_payoff": "Discounted payoff",
    "short_sale": "Short sale",
    "deed_in_lieu": "Deed-in-lieu",
    "foreclosure": "Foreclosure",
    "note_sale": "Note sale",
}

PURSUED = tuple(strategy for strategy in STRATEGIES if strategy not in ("foreclosure", "note_sale"))
"""Strategies that need the borrower and therefore have a chance of success: all but foreclosure and note sale."""

SITUATIONS = ("unresponsive", "stay", "sell", "leave", "unknown")
"""Rows of the outcome weights: no contact, else what the borrower wants, else unknown."""

PROCESSES = ("judicial", "non_judicial")
