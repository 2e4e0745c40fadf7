"""LM_WHY: a sentence on why a call fails, or that it does not. Where, what was read, what to do."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np

from lossmit_udfs.call import Taken, compute, give, take
from lossmit_udfs.convert import cell_number, grid, is_blank
from lossmit_udfs.definitions import Argument, Function
from lossmit_udfs.errors import CODES, NA_CODE, NUM_CODE, ExcelError

PERCENT = 100


def why(function_name: Any, *given: Any) -> str:
    """Why the function fails for these arguments, in one sentence."""
    from lossmit_udfs.catalog import BY_NAME

    cell = grid(function_name)
    cell = cell.ravel()[0] if isinstance(cell, np.ndarray) and cell.size else cell
    wanted = str(cell).strip().strip("=").partition("(")[0].upper()
    function = BY_NAME.get(wanted)
    if function is None:
        near = difflib.get_close_matches(wanted, BY_NAME, 1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(BY_NAME)}"
        return f"There is no function {wanted or 'without a name'}{hint}"
    said = _sentence(function, _trimmed(function, given))
    return f"{function.name}: {said}{'' if said.endswith(('?', '.')) else '.'}"


def _trimmed(function: Function, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments without what was handed over beyond the last and is blank."""
    count = len(function.arguments)
    while len(given) > count and given[-1] is None:
        given = given[:-1]
    return given


def _sentence(function: Function, given: tuple[Any, ...]) -> str:
    required = len(function.required)
    if len(given) > len(function.arguments):
        return f"takes {len(function.arguments)} arguments, {len(given)} were given: {function.signature}"
    if len(given) < required:
        missing = function.arguments[len(given) : required]
        return f"{', '.join(argument.name for argument in missing)} is missing: {function.signature}"
    if function.body is None:
        return _of_python(function, given)
    given = (*given, *(None,) * (len(function.arguments) - len(given)))
    taken = take(function, given)
    codes = np.zeros(taken.shape, dtype=np.int8) if taken.codes is None else np.broadcast_to(taken.codes, taken.shape)
    if codes.any():
        return _wrong_argument(function, given, taken, tuple(int(i) for i in np.argwhere(codes)[0]))
    return _wrong_result(function, taken)


def _of_python(function: Function, given: tuple[Any, ...]) -> str:
    from lossmit_udfs import loans

    said = loans.why_not(function.name, given) if function.name in ("LM_SCENARIOS", "LM_BEST") else ""
    return said or "no error"


def _wrong_argument(function: Function, given: tuple[Any, ...], taken: Taken, place: tuple[int, ...]) -> str:
    """The first argument that is wrong in that cell of the result."""
    at = _at(place, taken.shape)
    for argument, value in zip(function.arguments, given, strict=True):
        if argument.kind == "steps":
            said = _steps(argument, function, value)
            if said:
                return said
            continue
        cells = grid(value)
        shape = cells.shape if isinstance(cells, np.ndarray) else ()
        own = place[len(place) - len(shape) :]
        if any(i >= size > 1 for i, size in zip(own, shape, strict=True)):
            return f"{at}{argument.name} has no cell there: its range is smaller than another's"
        cell = cells[tuple(min(i, n - 1) for i, n in zip(own, shape, strict=True))] if shape else cells
        cell = cell.item() if isinstance(cell, np.generic) else cell
        said = _cell(function, argument, cell)
        if said:
            return f"{at}{argument.name} {said}"
    return f"{at}an argument can't be read"


def _cell(function: Function, argument: Argument, cell: Any) -> str:
    """What is wrong with one cell; "" where nothing is."""
    if isinstance(cell, (list, tuple, np.ndarray)):
        return "has a list in a cell; a range is rows of single values"
    one = take(_alone(function, argument), (cell,))
    code = 0 if one.codes is None else int(one.codes)
    if not code:
        return ""
    if isinstance(cell, str) and cell in CODES:
        return f"holds {cell} already; mend that cell first"
    if is_blank(cell):
        return "is blank but must be given"
    if code == NA_CODE:
        return f"is {cell!r}, which is no state of the table; write a two-letter code such as FL"
    if code == NUM_CODE:
        return f"is {_shown(cell)}; {_allowed(argument, cell)}"
    wanted = {"state": "a two-letter code", "yesno": "TRUE or FALSE"}.get(argument.kind, "a number")
    return f"is {cell!r}, not {wanted}"


def _alone(function: Function, argument: Argument) -> Function:
    return Function(function.name, "", "", (argument,), ())


def _allowed(argument: Argument, cell: Any) -> str:
    if argument.kind == "yesno":
        return "write TRUE or FALSE"
    whole = "a whole number " if argument.kind == "count" else ""
    low, high = argument.low, argument.high
    number = cell_number(cell)[0]
    if high is None and (low is None or number != number or number == np.inf):
        return "it must be a number that a cell can hold"
    said = f"it must be {whole}{argument.limits or f'at least {low:g}'}"
    if argument.kind in ("rate", "share") and high is not None and high < number <= high * PERCENT:
        said += f"; did you mean {number / PERCENT:g} ({number:g} %)?"
    return said


def _shown(cell: Any) -> str:
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return repr(cell)
    number = cell_number(cell)[0]
    return f"{cell:,g}" if number == number else "too large a number"


def _steps(argument: Argument, function: Function, value: Any) -> str:
    one = take(_alone(function, argument), (value,))
    if one.codes is None or not int(one.codes):
        return ""
    return (
        f"{argument.name} must be two columns and at most six rows: whole months from 0 to {argument.high:g}, and a "
        "share of the payment from 0 to 1"
    )


def _wrong_result(function: Function, taken: Taken) -> str:
    computed = compute(function, taken)
    requires = function.body.requires if function.body else ()
    for requirement, holds in zip(requires, computed[len(function.results) :], strict=True):
        if not np.all(holds):
            return f"{_first(holds, taken.shape)}{requirement.otherwise}"
    result = give(function, taken, computed)
    failed = [cell for cell in np.ravel(np.asarray(result, dtype=object)) if isinstance(cell, ExcelError)]
    if not failed:
        return "no error"
    return "the result is too large to compute, or the equation has no solution"


def _first(holds: Any, shape: tuple[int, ...]) -> str:
    flags = np.broadcast_to(holds, shape)
    return _at(tuple(int(i) for i in np.argwhere(~flags)[0]), shape)


def _at(place: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Which cell of the result is meant, where there are several."""
    if int(np.prod(shape, dtype=int)) == 1:
        return ""
    if len(place) == 1:
        return f"cell {place[0] + 1}: "
    row, column = place[-2:]
    return f"row {row + 1}: " if shape[-1] == 1 else f"row {row + 1}, column {column + 1}: "


