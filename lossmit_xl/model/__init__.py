"""The valuation model: one function = one column. Sections in the order of the worksheet's columns.

`model()` gives the graph of all columns over loan columns, assumptions and tables; nothing is computed here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from lossmit_xl.assumption_cells import CONSTANTS, INPUTS
from lossmit_xl.columns import LOAN_COLUMNS
from lossmit_xl.graph import Column, Graph, in_order_of_need, is_name, section_columns
from lossmit_xl.model import (
    bid,
    deed_in_lieu,
    derived,
    discounted_payoff,
    flows,
    forbearance,
    foreclosure,
    modification,
    note_sale,
    recommendation,
    reinstatement,
    repayment_plan,
    returns,
    short_sale,
    triage,
    weights,
    yields,
)
from lossmit_xl.names import RETENTION, STRATEGIES

SECTIONS = (
    derived, foreclosure, reinstatement, repayment_plan, forbearance, modification, discounted_payoff, short_sale,
    deed_in_lieu, note_sale, triage, recommendation, weights, bid, returns,
)  # fmt: skip

STATE_TABLE = ("states_code", "states_fc_months", "states_legal_fee", "states_other_costs", "states_redemption_months")
WEIGHT_TABLE = ("weights_situation", *(f"weights_{strategy}" for strategy in STRATEGIES))
TABLES = (*STATE_TABLE, *WEIGHT_TABLE, "strategy_keys")
"""Ranges of several rows that `row_of` and `index` look things up in."""

STATE_OVERRIDES = ("fc_months", "legal_fee", "redemption_months")


def _inputs() -> set[str]:
    loan = {column.name for column in LOAN_COLUMNS}
    return loan | {field.name for field in INPUTS} | set(CONSTANTS) | set(TABLES) | set(STATE_OVERRIDES)


def _flag(column: Column) -> str | None:
    """The flag that must hold for a column of a retention strategy: that the strategy can be computed."""
    for strategy in RETENTION:
        own_returns = column.section == "returns" and column.name.startswith(f"{strategy}_")
        if column.section == strategy or own_returns:
            return f"{strategy}_computable"
    return None


def _same_for_all(columns: list[Column]) -> set[str]:
    """Columns worked out from assumptions alone: they have a value whatever the loan."""
    known = {field.name for field in INPUTS} | set(CONSTANTS)
    found: set[str] = set()
    for column in columns:
        if all(need in known or need in found for need in column.needs):
            found.add(column.name)
    return found


@cache
def model() -> Graph:
    """The graph of the whole model, built once and checked.

    Raises GraphError where a function asks for a name that nothing makes.
    """
    columns = [column for section in SECTIONS for column in section_columns(section)]
    free = {column.name for column in columns if column.name.endswith(("_reason", "_feasible"))}
    free |= {"lien_position", "occupied_by"}
    free |= _same_for_all(columns)
    return Graph(columns, _inputs()).guarded(_flag, "valued", free)


@cache
def flow_model() -> Graph:
    """The graph of the month-by-month flows, over the model's columns and `flow_month`."""
    return Graph(section_columns(flows), {*_inputs(), *model().columns, "flow_month"})


@cache
def yield_model() -> Graph:
    """The graph of the yield that a price implies, over the model's columns: the model again at other rates."""
    rates = [column for tried in range(1, yields.TRIES + 1) for column in _at_rate(tried)]
    scalars = {"log_rate_lowest", "log_rate_highest"}
    own = [replace(c, guard=None if c.name in scalars else "valued") for c in section_columns(yields)]
    columns = in_order_of_need([*own, *rates])
    tried = {column.name: part for part in range(1, yields.TRIES + 1) for column in columns
             if column.name.startswith(f"try{part}_")}  # fmt: skip
    results = Graph(columns, {*_inputs(), *model().columns}).descendants(list(tried))
    place = {name: tried.get(name, yields.TRIES + 1) for name in results} | tried
    columns.sort(key=lambda column: place.get(column.name, 0))  # what is known before, the rates tried, the results
    return Graph(columns, {*_inputs(), *model().columns})


def _at_rate(number: int) -> list[Column]:
    """The model's columns that lead from the monthly yield to the nine npvs, evaluated at the rate tried instead.

    Whether the holder walks away from a re-default was decided at the target yield and stays as it is.
    """
    decided = [f"{strategy}_walks_away" for strategy in RETENTION]
    steps = model().moved_by("monthly_yield", [f"{strategy}_npv" for strategy in STRATEGIES], decided)
    names = {column.name: f"try{number}_{column.name}" for column in steps} | {"monthly_yield": f"try{number}_rate"}
    return [
        replace(column, name=names[column.name], section=f"try{number}", guard=column.guard or "valued",
                sources=tuple(names.get(s, s) if is_name(s) else s for s in column.sources))
        for column in steps
    ]  # fmt: skip
