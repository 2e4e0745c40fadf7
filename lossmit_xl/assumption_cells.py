"""The tables of assumptions laid out flat, and the constants of the method.

`INPUTS` describes every name that the model's functions may ask for besides a loan's columns: the scalars of
`FIELDS`, and each cell of its tables under a flat name (`modification_redefault_rate`, `weight_sell_short_sale`).
Slots of steps that are not used hold 0. `CONSTANTS` are numbers of the method itself: named, so that no formula
holds a bare number, but not open to change.
"""

from __future__ import annotations

from dataclasses import replace

from lossmit_xl.assumption_fields import (
    BY_NAME,
    FIELDS,
    FORBEARANCE_SLOTS,
    MAX_FORBEARANCE_MONTHS,
    MAX_MOD_STEP_MONTHS,
    MOD_STEP_SLOTS,
    Field,
    Kind,
)
from lossmit_xl.columns import BANKRUPTCY_CHAPTERS
from lossmit_xl.names import PROCESSES, PURSUED, RETENTION, SITUATIONS, STRATEGIES, STRATEGY_LABELS


def _cell(table: str, name: str, label: str, default: float, help: str, kind: Kind, unit: str, high: float) -> Field:
    """One cell; group, source and the mark of a convention are its table's."""
    return replace(
        BY_NAME[table], name=name, label=label, default=default, help=help, kind=kind, unit=unit, low=0.0, high=high
    )


def _months_cell(table: str, name: str, label: str, default: float, help: str, high: float, low: float = 0) -> Field:
    return replace(_cell(table, name, label, default, help, "count", "months", high), low=low)


def _step_cells(
    table: str, step: str, value_name: str, slots: int, most: int, value_of: tuple[Kind, str, float]
) -> tuple[Field, ...]:
    """Two cells a slot: months (0 = not used), and the share or rate that holds for them."""
    cells: list[Field] = []
    kind, unit, top = value_of
    given = BY_NAME[table].default
    for slot in range(1, slots + 1):
        months, value = given[slot - 1] if slot <= len(given) else (0, 0.0)
        label, what = f"{table}, step {slot}", f"{step} step {slot}"
        cells += [
            _months_cell(table, f"{step}_step{slot}_months", f"{label}, months", months, f"{what}: months", most),
            _cell(table, f"{step}_step{slot}_{value_name}", f"{label}, {value_name}", value, f"{what}: {value_name}",
                  kind, unit, top),
        ]  # fmt: skip
    return tuple(cells)


def _redefault_cells() -> tuple[Field, ...]:
    cells: list[Field] = []
    for strategy in RETENTION:
        rate, months = BY_NAME["redefault"].default[strategy]
        label, plan = f"redefault.{strategy}", STRATEGY_LABELS[strategy].lower()
        cells += [
            _cell("redefault", f"{strategy}_redefault_rate", f"{label}, share", rate,
                  f"Chance that a {plan} fails again", "share", "of the plans", 1.0),
            _months_cell("redefault", f"{strategy}_redefault_months", f"{label}, months", months,
                         f"Payments made before a {plan} fails", 480, low=1),
        ]  # fmt: skip
    return tuple(cells)


def _weight_cell(situation: str, strategy: str) -> Field:
    default = BY_NAME["weights"].default[situation].get(strategy, 0.0)
    help = f"{STRATEGY_LABELS[strategy]}, situation {situation}: how often it is the outcome"
    label = f"weights.{situation}.{strategy}"
    return _cell("weights", f"weight_{situation}_{strategy}", label, default, help, "share", "of the outcomes", 1.0)


CELLS: dict[str, tuple[Field, ...]] = {
    "redefault": _redefault_cells(),
    "forbearance_steps": _step_cells(
        "forbearance_steps", "forbearance", "share", FORBEARANCE_SLOTS, MAX_FORBEARANCE_MONTHS,
        ("share", "of the payment", 1.0),
    ),
    "mod_step_rates": _step_cells(
        "mod_step_rates", "mod", "rate", MOD_STEP_SLOTS, MAX_MOD_STEP_MONTHS, ("rate", "per year", 0.36)
    ),
    "bk_delay": tuple(
        _months_cell("bk_delay", f"bk_delay_{chapter}", f"bk_delay.{chapter}", BY_NAME["bk_delay"].default[chapter],
                     f"Added in a chapter {chapter} bankruptcy", 120)
        for chapter in BANKRUPTCY_CHAPTERS
    ),
    "success": tuple(
        _cell("success", f"{strategy}_success", f"success.{strategy}", BY_NAME["success"].default[strategy],
              f"{STRATEGY_LABELS[strategy]}: chance that it comes about, once pursued", "share", "of the attempts", 1.0)
        for strategy in PURSUED
    ),
    "weights": tuple(_weight_cell(situation, strategy) for situation in SITUATIONS for strategy in STRATEGIES),
}  # fmt: skip
"""The flat cells of each table that has a fixed shape (not `states`), in order."""

STATE_CELLS: dict[str, Field] = {
    "process": replace(BY_NAME["states"], name="process", kind="choice", unit="word", choices=PROCESSES,
                       help="Usual process of the state"),
    "fc_months": _months_cell("states", "fc_months", "", 1, "Months from referral to the sale", 360, low=1),
    "legal_fee": _cell("states", "legal_fee", "", 0.0, "Attorney's fee of a foreclosure", "money", "USD", 1e5),
    "other_costs": _cell("states", "other_costs", "", 0.0, "Filing, service, publication", "money", "USD", 1e5),
    "redemption_months": _months_cell("states", "redemption_months", "", 0, "Months after the sale in which the "
                                      "borrower may redeem", 60),
}  # fmt: skip
"""Columns of the state table: what an override of a cell may hold."""

INPUTS: tuple[Field, ...] = tuple(
    cell for field in FIELDS for cell in (CELLS.get(field.name, ()) if field.kind == "table" else (field,))
)
"""Every flat input of the model in order, one number or word each (`states` is a table of its own)."""

INPUT_BY_NAME: dict[str, Field] = {field.name: field for field in INPUTS}

CONSTANTS: dict[str, float] = {
    "tick": 1e-6,
    "half": 0.5,
    "cent": 0.01,
    "mod_rate_step": 0.00125,
    "payment_rounding_months": 0.05,
    "max_scheduled": 480.0,
    "yield_settled": 1e-4,
    "yield_lowest": -0.6,
    "yield_highest": 6.0,
    "irr_lowest": -0.63,
    "irr_highest": 10.0,
    **{f"rate_cut_{place}": 2 ** (9 - place) * 0.00125 for place in range(1, 10)},
}

CONSTANT_HELP: dict[str, str] = {
    "tick": "Tolerance of comparisons and of rounding up or to the nearest [USD or months]",
    "half": "One half: what rounds up, and the share of legal cost already spent once referred",
    "cent": "One cent: a target payment missed by more counts as not reached [USD]",
    "mod_rate_step": "Step in which the waterfall lowers the rate, 1/8 % [per year]",
    "payment_rounding_months": "Part of a month that a rounded payment may leave over without another instalment",
    "max_scheduled": "Most instalments a loan without maturity date can have left [months]",
    "yield_settled": "Largest log of the worth over the cost at the last rate tried: the step after it is then good to "
                     "a millionth a year",
    "yield_lowest": "Lowest implied yield that is looked for [per year]",
    "yield_highest": "Highest implied yield that is looked for [per year]",
    "irr_lowest": "Lowest rate of return that Compare shows: a worksheet's IRR does not settle below [per month]",
    "irr_highest": "Highest rate of return that counts as one [per month]",
    **{f"rate_cut_{place}": f"Cut tried at place {place} of 9 in the search for the smallest number of rate steps: "
       f"{2 ** (9 - place)} x 1/8 % [per year]" for place in range(1, 10)},
}  # fmt: skip
