"""Calls of every function to hold its faces together: usual ones, every limit, blanks, wrong types, errors."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossmit_udfs.definitions import Argument, Function

Call = tuple[Any, ...]

USUAL: dict[str, tuple[float, float]] = {  # amounts that have no upper limit of their own
    "balance": (20_000, 600_000), "arrears": (0, 40_000), "forgiven": (0, 9_000), "forborne": (0, 9_000),
    "payment": (300, 4_000), "advances": (0, 20_000), "late_fees": (0, 2_000), "target_payment": (300, 3_000),
    "gross_proceeds": (0, 500_000), "fixed_costs": (0, 20_000), "monthly_costs": (0, 2_000),
    "prior_claims": (0, 150_000), "debt_cap": (0, 400_000), "alternative_npv": (-20_000, 300_000),
    "dpo_costs": (0, 5_000), "property_value": (20_000, 800_000), "debt": (20_000, 700_000),
    "legal_cost": (0, 20_000), "interest_balance": (20_000, 600_000), "price": (5_000, 300_000),
    "balloon": (0, 200_000), "expected_npv": (-20_000, 300_000), "upb": (20_000, 600_000), "equity": (0, 400_000),
    "fc_months": (1, 60), "term_months": (12, 480), "interest_only_months": (0, 60), "missed": (0, 60),
    "months": (1, 360), "plan_months": (1, 60), "acquisition_cost": (0, 5_000), "cash_for_keys": (0, 10_000),
    "borrower_incentive": (0, 10_000), "max_term": (240, 600), "months_elapsed": (0, 40),
}  # fmt: skip
STATES = ("AL", "ca", " FL ", "NY", "tx", "US", "KS", "WY", "AK")
STEPS = (
    [[3, 0], [3, 0.5]], [[6, 0.25]], [[1, 0], [2, 0.5], [3, 0.75], [4, 1], [5, 0], [6, 0.1]], [[None, None], [4, 0]],
)  # fmt: skip
BAD_STEPS = ([[3, 1.5]], [[2.5, 0]], [[61, 0]], [["x", 0]], [["#N/A", 0]], [[1, 0]] * 7, [[3], [3]])


def usual(argument: Argument, random: np.random.Generator) -> Any:
    """A value in the argument's range, a third of the optional ones left blank."""
    if argument.optional and random.random() < 1 / 3:
        return None
    if argument.kind == "state":
        return str(random.choice(STATES))
    if argument.kind == "yesno":
        return [True, False, "yes", "No", 1, 0][int(random.integers(6))]
    if argument.kind == "steps":
        return STEPS[int(random.integers(len(STEPS)))]
    low, high = USUAL.get(argument.name, (argument.low or 0.0, argument.high or 1.0))
    low, high = max(low, argument.low or low), min(high, argument.high or high)
    number = random.uniform(low, high)
    return float(round(number)) if argument.kind in ("count", "number") else round(float(number), 4)


def odd(argument: Argument) -> list[Any]:
    """The argument's limits, what lies beyond them, and what is no value of its kind at all."""
    if argument.kind == "steps":
        return list(BAD_STEPS)
    if argument.kind == "state":
        return [None, "ZZ", "", "F*", "AK,AL", 12, "#N/A", "#DIV/0!", "FL\xa0"]
    if argument.kind == "yesno":
        return [None, "", "maybe", 2, "#REF!", "Y", "false", "yes\xa0"]
    found: list[Any] = [None, "", "text", "#N/A", "#DIV/0!", "5"]
    low, high = argument.low, argument.high
    if low is not None:
        found += [low, low - 1, low + (1 if argument.kind == "count" else 0.01)]
    if high is not None:
        found += [high, high + 1]
    if argument.kind == "count":
        found.append((low or 0) + 1.5)
    return found


def calls(function: Function, usual_calls: int = 40) -> list[Call]:
    """A table of calls, always the same."""
    random = np.random.default_rng(sum(map(ord, function.name)))
    made = [tuple(usual(argument, random) for argument in function.arguments) for _ in range(usual_calls)]
    for place, argument in enumerate(function.arguments):
        for value in odd(argument):
            base = list(made[(place * 7 + 3) % usual_calls])
            base[place] = value
            made.append(tuple(base))
    made.append(tuple("#N/A" if i == 1 else "#DIV/0!" for i, _ in enumerate(function.arguments)))
    return made


def columns(function: Function, rows: list[Call]) -> list[list[list[Any]]]:
    """The calls as one range an argument, a cell a row: what a user hands over when he calls columns."""
    return [[[row[place]] for row in rows] for place in range(len(function.arguments))]
