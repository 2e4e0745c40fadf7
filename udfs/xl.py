"""The functions as xlwings registers them: what `UDF_MODULES = lossmit_udfs.xl` names.

On Windows `xw.func` makes them user-defined functions of the classic, free path; nothing here calls a part of
xlwings that asks for a licence. Ranges come as two-dimensional arrays of whatever the cells hold, results go back
as rows of numbers and texts; an error goes as its text (`#NUM!`), which the VBA wrapper (`lossmit_udfs.vba`) turns
into the error itself. Results of more than one cell spill by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xlwings as xw

from lossmit_udfs.call import call, signature
from lossmit_udfs.catalog import FUNCTIONS
from lossmit_udfs.definitions import Function

AS_CELLS = {"ndim": 2, "dtype": object, "empty": None, "err_to_str": True}
"""How a range is handed over: cell by cell, errors as texts. A text in a range of numbers must not turn all to text."""


def cells_out(result: Any) -> Any:
    """A result as xlwings writes it: a scalar, or rows of plain numbers, flags and texts."""
    if isinstance(result, np.ndarray):
        rows = result if result.ndim == 2 else result.reshape(1, -1)
        return [[_plain(cell) for cell in row] for row in rows.tolist()]
    return _plain(result)


def _plain(cell: Any) -> Any:
    return str(cell) if isinstance(cell, str) else cell


def registered(function: Function) -> Callable[..., Any]:
    """The function with its arguments' help and conversions, known to xlwings under its own name."""

    def run(*given: Any) -> Any:
        return cells_out(call(function, *given))

    run.__name__ = run.__qualname__ = function.name
    run.__module__ = __name__
    run.__doc__ = function.help
    run.__annotations__ = {}  # xlwings would take them for conversions
    run.__signature__ = signature(function)  # type: ignore[attr-defined]
    made: Any = run
    for argument in reversed(function.arguments):
        name = f"*{argument.python_name}" if argument.rest else argument.python_name
        made = xw.arg(name, np.array, doc=argument.wizard, **AS_CELLS)(made)
    made = xw.func(category=function.category)(made)
    return _named(made, function)


def _named(made: Any, function: Function) -> Callable[..., Any]:
    """Give arguments whose name is a keyword of Python their own name again, where xlwings keeps names."""
    for argument, known in zip(function.arguments, getattr(made, "__xlfunc__", {}).get("args", ()), strict=False):
        known["name"] = argument.name
    return made  # type: ignore[no-any-return]


globals().update({function.name: registered(function) for function in FUNCTIONS})

__all__ = [function.name for function in FUNCTIONS]
