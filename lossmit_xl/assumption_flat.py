"""From flat cells, a name and a value each as the workbook holds them, back to the fields of `Assumptions`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from lossmit_xl.assumption_cells import CELLS
from lossmit_xl.assumption_fields import FIELDS, Field
from lossmit_xl.columns import BANKRUPTCY_CHAPTERS
from lossmit_xl.names import PURSUED, RETENTION, SITUATIONS, STRATEGIES

DAY_0 = dt.date(1899, 12, 30)
STEPS = ("forbearance_steps", "mod_step_rates")


def cells_of_field(field: Field) -> tuple[str, ...]:
    """Names of the flat cells that a field stands in: its own, or those of its table (none for `states`)."""
    return tuple(cell.name for cell in CELLS.get(field.name, ())) if field.kind == "table" else (field.name,)


def unflatten(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Field values as `Assumptions` takes them, from values of all flat cells; `states` is not among them.

    `as_of` is an Excel serial day. Nothing is checked. Slots of steps with 0 months are not used and left out.
    """
    return {field.name: field_value(field, flat) for field in FIELDS if field.name != "states"}


def field_value(field: Field, flat: Mapping[str, Any]) -> Any:
    """One field's value from the flat cells."""
    if field.kind == "date":
        serial = flat[field.name]
        return DAY_0 + dt.timedelta(days=int(serial)) if isinstance(serial, (int, float)) else serial
    if field.kind != "table":
        return flat[field.name]
    numbers = [flat[name] for name in cells_of_field(field)]
    if field.name in STEPS:
        return tuple((months, value) for months, value in _pairs(numbers) if months != 0)
    if field.name == "redefault":
        return dict(zip(RETENTION, _pairs(numbers), strict=True))
    if field.name == "weights":
        rows = zip(*[iter(numbers)] * len(STRATEGIES), strict=True)
        return {situation: dict(zip(STRATEGIES, row, strict=True)) for situation, row in zip(SITUATIONS, rows,
                                                                                            strict=True)}  # fmt: skip
    keys = {"success": PURSUED, "bk_delay": BANKRUPTCY_CHAPTERS}[field.name]
    return dict(zip(keys, numbers, strict=True))


def _pairs(numbers: list[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(numbers[::2], numbers[1::2], strict=True)
