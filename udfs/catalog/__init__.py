"""Every function of ours, one module a family."""

from __future__ import annotations

from lossmit_udfs.catalog import foreclosure, notes, payments, recovery, sheet
from lossmit_udfs.definitions import Function

FUNCTIONS: tuple[Function, ...] = (
    *payments.FUNCTIONS, *recovery.FUNCTIONS, *foreclosure.FUNCTIONS, *notes.FUNCTIONS, *sheet.FUNCTIONS,
)  # fmt: skip
BY_NAME: dict[str, Function] = {function.name: function for function in FUNCTIONS}
