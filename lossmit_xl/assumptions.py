"""The validated assumptions: what a user may set, checked all at once, read from and written to TOML.

    assumptions = Assumptions.from_toml("deal.toml").replace(target_yield=0.18)

What each field means, its unit, default, range and source stand in `assumption_fields.FIELDS`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, SkipValidation, ValidationError, ValidationInfo, field_validator

from lossmit_xl.assumption_cells import CELLS, CONSTANT_HELP, CONSTANTS, INPUT_BY_NAME, INPUTS, STATE_CELLS
from lossmit_xl.assumption_checks import Collector, Problems, clean_override, clean_scalar, nearest, shown
from lossmit_xl.assumption_fields import BY_NAME, FIELDS, OVERRIDABLE, SCALARS, STATE_OVERRIDES, TABLES, Field
from lossmit_xl.assumption_tables import clean_table, full_table
from lossmit_xl.assumption_toml import read_toml, write_toml
from lossmit_xl.errors import AssumptionError

__all__ = [
    "CONSTANTS", "CONSTANT_HELP", "FIELDS", "INPUTS", "INPUT_BY_NAME", "OVERRIDABLE", "STATE_OVERRIDES",
    "Assumptions", "Field", "parse_override",
]  # fmt: skip

EXCEL_DAY_0 = dt.date(1899, 12, 30)
BOTH_SET = (
    'mod_target = "waterfall": step rates (mod_step_rates) and a payment target exclude each other, and both are '
    'set; remove mod_step_rates, or write mod_target = "none"'
)


class Assumptions(BaseModel):
    """All assumptions of a run; frozen, every value checked. `Assumptions()` holds the documented defaults.

    Rates are nominal annual decimals, shares decimals, money USD, counts whole months. A table names only the
    cells that differ (a row of `weights` is replaced whole). Raises `AssumptionError`, which lists every field
    that is wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: dt.date
    target_yield: float
    value_haircut: float
    tax_insurance_rate: float
    servicing_model: str
    servicing_npl: float
    servicing_performing: float
    servicing_full_service: float
    contingency_rate: float
    exit: str
    exit_months: int
    exit_yield: float
    exit_cap_value: float
    redefault: SkipValidation[Mapping[str, tuple[float, int]]]
    redefault_factor: float
    reinstatement_month: int
    plan_months: int
    forbearance_steps: tuple[tuple[int, float], ...]
    forbearance_exit: str
    mod_start: int
    mod_rate: float
    mod_term: int
    mod_step_rates: tuple[tuple[int, float], ...]
    mod_target: str
    mod_payment_cut: float
    housing_ratio: float
    mod_rate_floor: float
    mod_term_max: int
    mod_forbear_max: float
    down_payment: float
    forgiven: float
    forborne: float
    dpo_rate: float
    dpo_rate_debt: float
    dpo_floor_upb: float
    dpo_month: int
    dpo_legal_cost: float
    dpo_alternative: str
    short_sale_months: int
    short_sale_discount: float
    sale_cost_rate: float
    borrower_incentive: float
    junior_release: float
    dil_months: int
    dil_legal_cost: float
    cash_for_keys_dil: float
    dil_repair_rate: float
    referral_wait: int
    fc_months_add: int
    fc_months_factor: float
    third_party_share: float
    auction_bid_rate: float
    preservation_monthly: float
    contest_delay: int
    contested_legal_cost: float
    bk_delay: SkipValidation[Mapping[str, int]]
    states: SkipValidation[Mapping[str, Mapping[str, Any]]]
    repair_rate: float
    cash_for_keys_reo: float
    reo_monthly: float
    eviction_months: int
    marketing_months: int
    reo_discount: float
    reo_sale_cost_rate: float
    note_sale_rate: float
    note_sale_months: int
    acquisition_cost: float
    acquisition_rate: float
    bid_cap_upb: float
    bid_cap_value: float
    light_green_yield: float
    light_green_itv: float
    light_amber_yield: float
    light_amber_itv: float
    concentration_share: float
    ltv_band2: float
    ltv_band3: float
    ltv_band4: float
    ltv_band5: float
    ltv_band6: float
    ltv_band7: float
    missed_band2: int
    missed_band3: int
    missed_band4: int
    missed_band5: int
    missed_band6: int
    success: SkipValidation[Mapping[str, float]]
    attempt_months: int
    weights: SkipValidation[Mapping[str, Mapping[str, float]]]

    def __init__(self, **values: Any) -> None:
        given = dict(values)
        if given.get("mod_step_rates"):
            # Step rates switch the payment target off, unless it was asked for as well: that is an error below.
            given.setdefault("mod_target", "none")
        try:
            super().__init__(**{**_defaults(), **given})
        except ValidationError as error:
            raise AssumptionError(_lines(error, given)) from None

    @field_validator("*", mode="before")
    @classmethod
    def _check(cls, value: object, info: ValidationInfo) -> object:
        """Cleans a field by its entry in `FIELDS`; the order of fields puts step rates before their target."""
        field = BY_NAME[str(info.field_name)]
        if field.kind == "table":
            return clean_table(field.name, full_table(field.name, field.default), value)
        clean = clean_scalar(field, value)
        if field.name == "mod_target" and clean == "waterfall" and info.data.get("mod_step_rates"):
            raise Problems([BOTH_SET])
        return clean

    def replace(self, **changes: Any) -> Self:
        """A copy with the changes, checked like a new one. Tables name only the cells that change."""
        collector = Collector()
        values = self.values()
        if changes.get("mod_step_rates"):
            values["mod_target"] = "none"
        for name, change in changes.items():
            if name in TABLES:
                # A table that cannot be read leaves the old one standing, so that the other fields are checked too.
                table = collector.attempt(clean_table, name, values[name], change)
                values[name] = values[name] if table is None else table
            else:
                values[name] = change
        try:
            changed = type(self)(**values)
        except AssumptionError as error:
            raise AssumptionError([*collector.lines, *error.problems]) from None
        if collector.lines:
            raise AssumptionError(collector.lines)
        return changed

    def values(self) -> dict[str, Any]:
        """Name and value of every field, in the order of `FIELDS`."""
        return {name: getattr(self, name) for name in BY_NAME}

    @classmethod
    def from_toml(cls, source: str | Path) -> Self:
        """Reads a TOML file, or TOML text (a text with `=` or a line break in it, or an empty one).

        Raises `AssumptionError`: every line names the file, the field, what was read and what is allowed.
        """
        values, file = read_toml(source)
        try:
            return cls(**values)
        except AssumptionError as error:
            where = f"{file}, " if file else ""
            raise AssumptionError(where + problem for problem in error.problems) from None

    def to_toml(self, *, comments: bool = False) -> str:
        """TOML text that `from_toml` reads back to equal assumptions.

        With `comments`, each field stands under its meaning, unit, default, range and source.
        """
        return write_toml(self.values(), comments=comments)

    def inputs(self) -> dict[str, float | str]:
        """Flat names and values the model's functions use: scalars, cells of tables, constants of the method.

        Numbers are floats, `as_of` is an Excel serial day, slots of steps that are not used hold 0.
        """
        flat: dict[str, float | str] = {"as_of": float((self.as_of - EXCEL_DAY_0).days)}
        for field in SCALARS:
            if field.kind != "date":
                value = getattr(self, field.name)
                flat[field.name] = value if isinstance(value, str) else float(value)
        for table, cells in CELLS.items():
            numbers = _flat_numbers(table, getattr(self, table))
            numbers += [0.0] * (len(cells) - len(numbers))
            flat |= {cell.name: float(number) for cell, number in zip(cells, numbers, strict=True)}
        return {field.name: flat[field.name] for field in INPUTS} | CONSTANTS


def _defaults() -> dict[str, Any]:
    return {name: dt.date.today() if field.kind == "date" else field.default for name, field in BY_NAME.items()}


def _flat_numbers(table: str, value: Any) -> list[float]:
    """A table's numbers in the order of its cells."""
    if table in ("success", "bk_delay"):
        return list(value.values())
    rows = value if isinstance(value, tuple) else value.values()
    return [number for row in rows for number in (row.values() if isinstance(row, Mapping) else row)]


def _lines(error: ValidationError, given: Mapping[str, Any]) -> list[str]:
    """Every complaint as a line of our own, in the order of the fields."""
    lines: list[str] = []
    for item in error.errors():
        name = str(item["loc"][0])
        problem = item.get("ctx", {}).get("error")
        if isinstance(problem, Problems):
            lines.extend(problem.lines)
        else:
            lines.append(_unknown(name, given.get(name)))
    return lines


def _unknown(name: str, value: object) -> str:
    """What to write instead of a name that is not known."""
    if name in INPUT_BY_NAME:
        return f"{name} = {shown(value)}: is a cell of a table; write it as {INPUT_BY_NAME[name].label}"
    if name in STATE_CELLS:
        return f"{name} = {shown(value)}: belongs to a state; write it below a line such as [states.FL]"
    if isinstance(value, Mapping) and value.keys() & BY_NAME.keys():
        return f"[{name}]: there is no such table; delete the line, its fields stand on their own"
    hint = nearest(name, BY_NAME) or "; `lossmit assumptions` lists them all"
    return f"{name} = {shown(value)}: there is no such assumption{hint}"


def parse_override(name: str, raw: object) -> float | str:
    """A loan's own value of an assumption, or of `fc_months`, `legal_fee`, `redemption_months` of its state.

    `name` is one of `OVERRIDABLE` or `STATE_OVERRIDES`. Texts such as `12 %`, `$1,500`, `24 months` or `Hold` are
    understood. Raises `ValueError` with one line that says what is allowed and what was likely meant.
    """
    return clean_override(name, raw)
