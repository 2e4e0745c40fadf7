"""Which model column stands behind each published figure of a loan and of a strategy."""

from __future__ import annotations

from lossmit_xl.model import model
from lossmit_xl.names import RETENTION

TAGS = ("legal", "servicing", "carry", "disposition", "fee")
SCENARIO_NUMBERS = (
    "months", "gross", "costs", *TAGS, "sale_costs", "net_recovery", "npv", "outcome_npv", "pursuit_npv", "profit",
    "moic", "irr", "annualised_roi", "weight", "payment", "lump",
)  # fmt: skip
SCENARIO_COLUMNS = ("loan_id", "strategy", "feasible", "reason", *SCENARIO_NUMBERS)
LOAN_OUTPUTS = (
    "missed", "arrears", "legal_balance", "value", "not_valued", "recommended", "runner_up", "npv_given_up",
    "confirm", "expected_npv", "bid", "bid_binding", "price", "dpo_breakeven",
)  # fmt: skip

YIELD_OUTPUTS = ("investment_to_value", "expected_profit", "implied_yield", "yield_note", "light")
"""Figures of a loan at its price, from the graph of the implied yield."""

GROUPED_BY = ("lien_position", "occupied_by", "combined_ltv")
"""What a workbook's tables group loans by besides the outputs."""

WITHOUT: dict[str, frozenset[str]] = {
    "discounted_payoff": frozenset({"disposition", "sale_costs"}),
    "short_sale": frozenset({"legal"}),
    "note_sale": frozenset({"legal", "carry", "disposition", "fee", "sale_costs"}),
}
"""Costs that a strategy never has: 0, not blank."""
MONTHS = {"discounted_payoff": "dpo_month", "short_sale": "short_sale_months", "note_sale": "note_sale_months"}
WITH_LUMP = ("reinstatement", "forbearance", "modification", "discounted_payoff")
ZERO = 0.0


def scenario_source(strategy: str, figure: str) -> str | float | None:
    """The model column behind a strategy's figure; 0.0 where it never has one, None where it is always blank.

    `irr` is named `{strategy}_irr`, which is solved for and not a column of the graph.
    """
    if figure in WITHOUT.get(strategy, ()):
        return ZERO
    if figure == "months":
        return MONTHS.get(strategy, f"{strategy}_months")
    absent = {
        "pursuit_npv": strategy == "note_sale",
        "payment": strategy not in RETENTION,
        "lump": strategy not in WITH_LUMP,
    }
    return None if absent.get(figure, False) else f"{strategy}_{figure}"


def flag_of(strategy: str) -> str:
    """The column that says whether a strategy's numbers exist for a loan."""
    return f"{strategy}_computable" if strategy in RETENTION else "valued"


def may_lack_guard(source: str, figure: str) -> bool:
    """Whether a source has a value even for a loan without numbers: an assumption, or worked out from some alone."""
    if figure in ("irr", "feasible", "reason"):
        return False
    column = model().columns.get(source)
    return column is None or column.guard is None
