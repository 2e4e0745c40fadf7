"""One loan at a time, in plain Python: every column of `scenarios` and `loans`, on top of the ledger's flows.

The reference that the engine is tested against. It follows docs/method.md sentence by sentence, knows nothing of the
engine, and is as slow as it likes. `reference(loan, assumptions)` is the one public name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.ledger import NotComputable, outcome_of
from lossmit_xl.ledger.definitions import discount
from lossmit_xl.ledger.facts import Facts, facts_of
from lossmit_xl.ledger.flows import Flow, Plan, npl_servicing_fee, worth
from lossmit_xl.ledger.waterfall import modified_terms
from lossmit_xl.names import RETENTION, STRATEGIES

COST_TAGS = ("legal", "servicing", "carry", "disposition", "fee")
NUMBERS = (
    "months", "gross", "costs", *COST_TAGS, "sale_costs", "net_recovery", "npv", "outcome_npv", "pursuit_npv",
    "profit", "moic", "irr", "annualised_roi", "weight", "payment", "lump",
)  # fmt: skip
LOAN_COLUMNS = (
    "missed", "arrears", "legal_balance", "value", "not_valued", "recommended", "runner_up", "npv_given_up",
    "confirm", "expected_npv", "bid", "bid_binding", "price", "dpo_breakeven",
)  # fmt: skip
CURRENT = "the loan is current"
NO_CONTACT = "no contact with the borrower yet"

Row = dict[str, Any]
Floats = npt.NDArray[np.float64]


def reference(loan: Mapping[str, Any], assumptions: Assumptions) -> tuple[dict[str, Row], Row]:
    """The loan's row of `scenarios` for each strategy, and its row of `loans`; a blank is None."""
    row = loan.to_dict() if isinstance(loan, pd.Series) else dict(loan)
    try:
        facts = facts_of(row, assumptions)
    except NotComputable as why:
        blank = {s: {"feasible": False, "reason": str(why), **dict.fromkeys(NUMBERS)} for s in STRATEGIES}
        return blank, {**dict.fromkeys(LOAN_COLUMNS), "not_valued": str(why)}
    cases = {strategy: case_of(facts, strategy) for strategy in STRATEGIES}
    weights = outcome_weights(facts, cases)
    scenarios = {s: scenario(facts, cases, s, weights[s]) for s in STRATEGIES}
    summary = loan_row(facts, cases, scenarios)
    for strategy in STRATEGIES:
        scenarios[strategy].update(returns(cases[strategy], summary["price"]))
    return scenarios, summary


@dataclass(frozen=True)
class Case:
    """A strategy for a loan: its plan, None where it cannot be computed, and all it fails on; the first is shown."""

    plan: Plan | None
    failed: list[str]
    npv: float = 0.0

    @property
    def computable(self) -> bool:
        return self.plan is not None


def case_of(facts: Facts, strategy: str) -> Case:
    try:
        plan = outcome_of(facts, strategy).plan
    except NotComputable as why:
        return Case(None, [*tests_of_the_loan(facts, strategy), str(why)])
    npv = worth(plan.flows, facts.assumptions.target_yield)
    return Case(plan, [*tests_of_the_loan(facts, strategy), *OWN_TESTS[strategy](facts, plan)], npv)


# Triage --------------------------------------------------------------------------------------------------------


def tests_of_the_loan(facts: Facts, strategy: str) -> list[str]:
    """The first two rows of docs/method.md's table."""
    reasons = [CURRENT] if facts.missed == 0 and strategy not in ("reinstatement", "note_sale") else []
    needs_contact = strategy not in ("foreclosure", "note_sale")
    if strategy == "reinstatement" and facts.missed == 0:
        needs_contact = False
    return [*reasons, NO_CONTACT] if facts.contact is False and needs_contact else reasons


def wants(facts: Facts, *against: str) -> list[str]:
    return [f"the borrower wants to {facts.intent}"] if facts.intent in against else []


def cash_below(facts: Facts, lump: float | None, what: str) -> list[str]:
    short = facts.cash_available is not None and lump is not None and facts.cash_available < lump
    return [f"the cash is below the {what}"] if short else []


def income_below(facts: Facts, plan: Plan) -> list[str]:
    if facts.monthly_income is None or plan.payment is None:
        return []
    short = plan.payment + facts.carry_ti > facts.monthly_income - facts.monthly_debts
    return ["the income does not carry the payment"] if short else []


def house_vacant(facts: Facts) -> list[str]:
    return ["the house is vacant"] if facts.occupancy == "vacant" else []


def reinstatement_tests(facts: Facts, plan: Plan) -> list[str]:
    if facts.missed == 0:
        return []
    tests = wants(facts, "sell", "leave")
    if facts.hardship != "resolved":
        tests += cash_below(facts, plan.lump, "arrears")
    return tests


def repayment_plan_tests(facts: Facts, plan: Plan) -> list[str]:
    permanent = ["the hardship is permanent"] if facts.hardship == "permanent" else []
    return [*wants(facts, "sell", "leave"), *permanent, *income_below(facts, plan)]


def forbearance_tests(facts: Facts, plan: Plan) -> list[str]:
    lasting = ["the hardship is not temporary"] if facts.hardship in ("permanent", "resolved") else []
    return [*house_vacant(facts), *wants(facts, "sell", "leave"), *lasting, *cash_below(facts, plan.lump, "lump")]


def modification_tests(facts: Facts, plan: Plan) -> list[str]:
    missed_target = [] if modified_terms(facts).reaches_target else ["target payment not reached"]
    return [
        *house_vacant(facts), *wants(facts, "sell", "leave"), *missed_target, *income_below(facts, plan),
        *cash_below(facts, plan.lump, "down payment"),
    ]  # fmt: skip


def discounted_payoff_tests(facts: Facts, plan: Plan) -> list[str]:
    assert plan.lump is not None
    nothing = ["nothing to settle with"] if plan.lump <= 0 else []
    return [*nothing, *cash_below(facts, plan.lump, "payoff")]


def deed_in_lieu_tests(facts: Facts, plan: Plan) -> list[str]:
    title = ["the title is not clean"] if facts.title_clean is False else []
    equity = ["the borrower has equity: a sale pays more"] if facts.equity > facts.legal_balance else []
    return [*wants(facts, "stay", "sell"), *title, *equity]


OWN_TESTS: dict[str, Callable[[Facts, Plan], list[str]]] = {
    "reinstatement": reinstatement_tests,
    "repayment_plan": repayment_plan_tests,
    "forbearance": forbearance_tests,
    "modification": modification_tests,
    "discounted_payoff": discounted_payoff_tests,
    "short_sale": lambda facts, plan: wants(facts, "stay"),
    "deed_in_lieu": deed_in_lieu_tests,
    "foreclosure": lambda facts, plan: [],
    "note_sale": lambda facts, plan: [],
}


def outcome_weights(facts: Facts, cases: dict[str, Case]) -> dict[str, float]:
    """How likely each strategy is to come up."""
    weights = dict.fromkeys(STRATEGIES, 0.0)
    if facts.missed == 0:
        weights["reinstatement" if cases["reinstatement"].computable else "note_sale"] = 1.0
        return weights
    situation = "unresponsive" if facts.contact is False else facts.intent or "unknown"
    weights.update({s: float(w) for s, w in facts.assumptions.weights[situation].items()})

    def open_to(strategy: str) -> bool:
        case = cases[strategy]
        return case.computable and all(reason == NO_CONTACT for reason in case.failed)

    if facts.equity > facts.legal_balance:  # who has equity sells rather than gives the deed away
        if open_to("short_sale"):
            weights["short_sale"] += weights["deed_in_lieu"]
        weights["deed_in_lieu"] = 0.0
    weights = {s: w if open_to(s) else 0.0 for s, w in weights.items()}
    total = sum(weights.values())
    if total == 0:
        return {**weights, "foreclosure": 1.0}
    return {s: w / total for s, w in weights.items()}


# Scenarios -----------------------------------------------------------------------------------------------------


def by_tag(flows: list[Flow], tag: str) -> float:
    return sum(f.amount * f.probability for f in flows if f.tag == tag)


def scenario(facts: Facts, cases: dict[str, Case], strategy: str, weight: float) -> Row:
    """The row of `scenarios`, the returns on the price left blank."""
    case = cases[strategy]
    row: Row = {"feasible": not case.failed, "reason": case.failed[0] if case.failed else None}
    row.update(dict.fromkeys(NUMBERS))
    row["weight"] = weight
    if case.plan is None:
        return row
    plan, foreclosed = case.plan, cases["foreclosure"].npv
    costs = {tag: -by_tag(plan.flows, tag) for tag in COST_TAGS}
    gross = by_tag(plan.flows, "proceeds")
    outcome = max(0.0, case.npv)
    if facts.missed > 0 and strategy not in ("reinstatement", "foreclosure", "note_sale"):
        outcome = max(outcome, foreclosed)
    return row | costs | {
        "months": float(plan.last), "gross": gross, "costs": sum(costs.values()), "sale_costs": plan.sale_costs,
        "net_recovery": gross - sum(costs.values()), "npv": case.npv, "outcome_npv": outcome,
        "pursuit_npv": pursuit_npv(facts, strategy, case.npv, foreclosed),
        "payment": plan.payment if strategy in RETENTION else None, "lump": plan.lump,
    }  # fmt: skip


def pursuit_npv(facts: Facts, strategy: str, npv: float, foreclosed: float) -> float | None:
    """What going for the strategy is worth, foreclosure standing behind it."""
    a = facts.assumptions
    if strategy == "note_sale":
        return None
    if strategy == "foreclosure":
        return npv
    chance = 1.0 if strategy == "reinstatement" and facts.missed == 0 else float(a.success[strategy])
    wait = sum(
        (npl_servicing_fee(facts) + facts.carry_ti) * discount(a.target_yield, month)
        for month in range(1, a.attempt_months + 1)
    )
    failed = discount(a.target_yield, a.attempt_months) * max(0.0, foreclosed) - wait
    return chance * npv + (1 - chance) * failed


def returns(case: Case, price: float) -> Row:
    """Profit and the rates of return on the price."""
    if case.plan is None:
        return {}
    net = sum(f.amount * f.probability for f in case.plan.flows)
    row: Row = {"profit": net - price, "moic": None, "irr": None, "annualised_roi": None}
    if price == 0:
        return row
    row["moic"] = net / price
    row["irr"] = irr(case.plan.flows, price)
    if case.plan.last > 0:
        row["annualised_roi"] = max(net / price, 0.0) ** (12 / case.plan.last) - 1
    return row


def irr(flows: list[Flow], price: float) -> float | None:
    """12 x the monthly rate nearest to 0, within (-0.99, 10), at which the flows are worth the price."""
    by_month: dict[int, float] = {0: -price}
    for flow in flows:
        by_month[flow.month] = by_month.get(flow.month, 0.0) + flow.amount * flow.probability
    by_month = {month: by_month[month] for month in sorted(by_month) if by_month[month] != 0}  # 0 would set the scale
    months, amounts = np.array([*by_month]), np.array([*by_month.values()])
    if not len(months) or months[-1] == 0:
        return None

    def value(u: Floats) -> Floats:
        """Worth at the monthly rates exp(u) - 1, scaled so that no power overflows; the sign is what counts."""
        exponent = -np.outer(u, months)
        return np.asarray(np.exp(exponent - exponent.max(axis=1, keepdims=True)) @ amounts)

    roots = [_nearest_root(value, end) for end in (math.log(0.01), math.log(11.0))]
    rates = [math.expm1(u) for u in roots if u is not None]
    return 12 * min(rates, key=abs) if rates else None


def _nearest_root(value: Callable[[Floats], Floats], end: float, cells: int = 2000) -> float | None:
    """Walk from 0 to `end` on a grid finer near 0, then narrow the first cell in which the sign changes."""
    grid = end * (np.arange(cells + 1) / cells) ** 2
    signs = np.sign(value(grid))
    changes = np.flatnonzero(signs != signs[0])
    if signs[0] == 0:
        return 0.0
    return _narrow(value, grid[changes[0] - 1], grid[changes[0]]) if len(changes) else None


def _narrow(value: Callable[[Floats], Floats], near: float, far: float) -> float:
    """The change of sign between two points, by cutting the interval into a hundred again and again."""
    for _ in range(8):
        grid = np.linspace(near, far, 101)
        signs = np.sign(value(grid))
        changes = np.flatnonzero(signs != signs[0])
        if not len(changes):  # the interval is as narrow as floating point can tell
            break
        first = int(changes[0])
        near, far = float(grid[first - 1]), float(grid[first])
    return (near + far) / 2


# The loan's row ------------------------------------------------------------------------------------------------


def loan_row(facts: Facts, cases: dict[str, Case], scenarios: dict[str, Row]) -> Row:
    """The row of `loans`: balances, the recommendation, the bid."""
    expected = sum(r["weight"] * r["outcome_npv"] for r in scenarios.values() if r["outcome_npv"] is not None)
    bid, binding = bid_of(facts, expected)
    return {
        "missed": facts.missed, "arrears": facts.arrears, "legal_balance": facts.legal_balance, "value": facts.value,
        "not_valued": None, **recommendation(facts, scenarios),
        "expected_npv": expected, "bid": bid, "bid_binding": binding,
        "price": bid if facts.purchase_price is None else facts.purchase_price,
        "dpo_breakeven": dpo_breakeven(facts, cases),
    }  # fmt: skip


def recommendation(facts: Facts, scenarios: dict[str, Row]) -> Row:
    """The best feasible strategy to pursue, the second best, and what to find out before."""
    ranked = [(s, float(r["pursuit_npv"])) for s, r in scenarios.items() if r["feasible"] and s != "note_sale"]
    ranked.sort(key=lambda pair: -pair[1])  # stable: ties stay in the order of the keys
    if not ranked:
        return dict.fromkeys(("recommended", "runner_up", "npv_given_up", "confirm"))
    best, best_npv = ranked[0]
    second = ranked[1] if len(ranked) > 1 else None
    return {
        "recommended": best,
        "runner_up": second[0] if second else None,
        "npv_given_up": best_npv - second[1] if second else None,
        "confirm": ", ".join(to_confirm(facts, best) + (["or charge off"] if best_npv <= 0 else [])) or None,
    }


def to_confirm(facts: Facts, strategy: str) -> list[str]:
    """The answers that the recommendation rests on and nobody has given yet."""
    a = facts.assumptions
    asked: list[str] = []
    if strategy == "reinstatement" and facts.missed > 0:
        asked = ["contact", "intent", *([] if facts.hardship == "resolved" else ["cash_available", "hardship"])]
    elif strategy == "repayment_plan":
        asked = ["contact", "intent", "hardship", "monthly_income"]
    elif strategy == "forbearance":
        asked = ["contact", "occupancy", "intent", "hardship"]
        asked += ["cash_available"] if a.forbearance_exit == "lump" else []
    elif strategy == "modification":
        asked = ["contact", "occupancy", "intent", "monthly_income"]
        asked += ["cash_available"] if a.down_payment > 0 else []
    elif strategy == "discounted_payoff":
        asked = ["contact", "cash_available"]
    elif strategy == "short_sale":
        asked = ["contact", "intent"]
    elif strategy == "deed_in_lieu":
        asked = ["contact", "intent", "title_clean"]
    return [name for name in asked if getattr(facts, name) in (None, "unknown")]


def bid_of(facts: Facts, expected: float) -> tuple[float, str]:
    """The highest price at the target yield, and the limit that binds."""
    a = facts.assumptions
    limits = {
        "yield": expected - a.acquisition_cost - a.acquisition_rate * facts.upb,
        "upb": a.bid_cap_upb * facts.upb,
        "value": a.bid_cap_value * facts.equity,
    }
    lowest = min(limits.values())
    binding = "floor" if lowest < 0 else next(name for name, limit in limits.items() if limit == lowest)
    return max(0.0, lowest), binding


def dpo_breakeven(facts: Facts, cases: dict[str, Case]) -> float | None:
    """The payoff that is worth as much as the alternative; blank where that has no numbers."""
    a = facts.assumptions
    alternative, payoff = cases[a.dpo_alternative], cases["discounted_payoff"].plan
    assert payoff is not None
    if not alternative.computable:
        return None
    spent = [f for f in payoff.flows if f.tag in ("legal", "carry", "servicing")]
    costs = -worth(spent, a.target_yield)
    kept = 1 - a.contingency_rate if a.servicing_model == "full_service" else 1.0
    return max(0.0, (alternative.npv + costs) / discount(a.target_yield, facts.dpo_month) / kept)
