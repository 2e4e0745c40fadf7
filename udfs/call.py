"""Calling a function: cells in, the rule over arrays, cells out with real errors.

The three parts stand apart so that each can be measured: `take` (conversion and range checks), `compute` (the
rule alone), `give` (errors laid over the results).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossmit_udfs.convert import Cells, broadcast, read, read_steps
from lossmit_udfs.definitions import Argument, Function
from lossmit_udfs.errors import NA_CODE, NUM_CODE, VALUE, ExcelError, error_of


@dataclass
class Taken:
    """A call's arguments as the rule takes them. `codes`: error codes over `shape`, or None."""

    values: dict[str, Any]
    codes: Any
    shape: tuple[int, ...]


def take(function: Function, given: tuple[Any, ...]) -> Taken:
    """Convert and check the cells of a call; `given` holds one value an argument, None where it was left out."""
    values: dict[str, Any] = {}
    cells: list[Cells] = []
    for argument, value in zip(function.arguments, given, strict=True):
        if argument.kind == "steps":
            parts, code = read_steps(argument, value)
            values |= parts
            cells.append(Cells(None, np.int8(code) if code else None, ()))
        else:
            one = read(argument, value)
            values[argument.name] = one.values
            cells.append(one)
    shape, fits = broadcast([one.shape for one in cells])
    if not fits:
        cells = [_padded(one, name, values, shape) for one, name in zip(cells, _names(function), strict=True)]
    codes = None
    for one in cells:  # the first argument's error is the one that comes out
        if one.codes is not None:
            codes = one.codes if codes is None else np.where(codes != 0, codes, one.codes)
    return Taken(values, codes, shape)


def _names(function: Function) -> list[str]:
    return [argument.name for argument in function.arguments]


def _padded(one: Cells, name: str, values: dict[str, Any], shape: tuple[int, ...]) -> Cells:
    """A range that is smaller than the result, filled with #N/A as Excel does; a single row or column repeats."""
    own = (1,) * (len(shape) - len(one.shape)) + one.shape
    place = tuple(np.minimum(np.arange(size), size_own - 1) for size, size_own in zip(shape, own, strict=True))
    beyond = np.zeros(shape, dtype=bool)
    for axis, (size, size_own) in enumerate(zip(shape, own, strict=True)):
        if 1 < size_own < size:
            along = np.arange(size) >= size_own
            beyond |= along.reshape([-1 if a == axis else 1 for a in range(len(shape))])
    if one.shape:
        grid = np.ix_(*place)
        value = values[name]
        values[name] = value[grid] if hasattr(value, "codes") and value.codes.shape == own else _at(value, own, grid)
    codes = np.zeros(own, dtype=np.int8) if one.codes is None else np.broadcast_to(one.codes, own)
    filled = np.where(beyond, np.int8(NA_CODE), codes[np.ix_(*place)])
    return Cells(None, filled, shape)


def _at(value: Any, own: tuple[int, ...], grid: Any) -> Any:
    from lossmit_xl.text import Text

    if isinstance(value, Text):
        return Text(value.codes.reshape(own)[grid], value.words)
    return np.asarray(value).reshape(own)[grid]


def compute(function: Function, taken: Taken) -> tuple[Any, ...]:
    """The rule over the arguments: one array (or scalar) a result, then one a requirement."""
    program = function.program
    with np.errstate(all="ignore"):
        values = program.run(dict(taken.values))
    sources = (*program.results, *program.required)
    return tuple(values[source] if isinstance(source, str) else source for source in sources)


def give(function: Function, taken: Taken, computed: tuple[Any, ...]) -> Any:
    """The results with errors in their places.

    A scalar call gives a number, TRUE/FALSE or an `ExcelError`; a range an array of its shape, of floats, or of
    objects where an error is among them. A function with several results gives a row of them (one row a loan).
    """
    count = len(function.results)
    codes = taken.codes
    for holds in computed[count:]:
        if not np.all(holds):
            codes = _with(codes, np.logical_not(holds), taken.shape)
    results = computed[:count]
    for result in results:
        if not np.isfinite(result).all():
            codes = _with(codes, ~np.isfinite(result), taken.shape)
    return _laid_over(results[0], codes, taken.shape) if count == 1 else _spilled(results, codes, taken.shape)


def _with(codes: Any, wrong: Any, shape: tuple[int, ...]) -> Any:
    """The codes with #NUM! where nothing else was wrong before."""
    found = np.where(wrong, np.int8(NUM_CODE), np.int8(0))
    return found if codes is None else np.where(codes != 0, codes, found)


def _laid_over(result: Any, codes: Any, shape: tuple[int, ...]) -> Any:
    if not shape:
        if codes is not None and int(codes):
            return error_of(int(codes))
        scalar = np.asarray(result).item()
        return scalar if isinstance(scalar, bool) else float(scalar)
    array = np.asarray(result)
    whole = array if array.shape == shape else np.broadcast_to(array, shape).copy()
    if codes is None:
        return whole
    codes = np.broadcast_to(codes, shape)
    mixed = whole.astype(object)
    for code in np.unique(codes[codes != 0]):
        mixed[codes == code] = error_of(int(code))
    return mixed


def _spilled(results: tuple[Any, ...], codes: Any, shape: tuple[int, ...]) -> Any:
    """Several results side by side: a row for a scalar or each row of a column, a column for each of a row."""
    if len(shape) == 2 and shape[0] > 1 and shape[1] > 1:
        return ExcelError(VALUE)
    flat = np.empty((int(np.prod(shape, dtype=int)), len(results)), dtype=object)
    for place, result in enumerate(results):
        array = np.asarray(result)
        flat[:, place] = np.broadcast_to(array if array.dtype == bool else array.astype(float), shape).ravel()
    if codes is not None:
        each = np.broadcast_to(codes, shape).ravel()
        for code in np.unique(each[each != 0]):
            flat[each == code] = error_of(int(code))
    if not shape:
        return flat[0]
    return flat.T if len(shape) == 2 and shape[0] == 1 and shape[1] > 1 else flat


def call(function: Function, *given: Any) -> Any:
    """One call with its arguments in order; those left out at the end are blank."""
    if function.call is not None:
        return function.call(*given)
    taken = take(function, (*given, *(None,) * (len(function.arguments) - len(given))))
    return give(function, taken, compute(function, taken))


def _parameter(argument: Argument) -> inspect.Parameter:
    if argument.rest:
        return inspect.Parameter(argument.python_name, inspect.Parameter.VAR_POSITIONAL)
    default = None if argument.optional else inspect.Parameter.empty
    return inspect.Parameter(argument.python_name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def signature(function: Function) -> inspect.Signature:
    """The function's parameters as Python has them."""
    return inspect.Signature([_parameter(argument) for argument in function.arguments])


def python_callable(function: Function) -> Callable[..., Any]:
    """The function as a plain Python callable, with the signature and help of its definition.

    Arguments by place or by name; scalars, lists, 2-D ranges and arrays broadcast. An argument that is missing or
    not known raises TypeError, as for any Python function; what cells hold never raises.
    """
    own = signature(function)
    places = {argument.name: argument.python_name for argument in function.arguments}
    count, needed = len(function.arguments), len(function.required)

    def caller(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and needed <= len(args) <= count:
            return call(function, *args)
        bound = own.bind(*args, **{places.get(name, name): value for name, value in kwargs.items()})
        bound.apply_defaults()
        return call(function, *bound.args)

    caller.__name__ = caller.__qualname__ = function.name
    caller.__module__ = "lossmit_udfs"
    caller.__doc__ = docstring(function)
    caller.__signature__ = own  # type: ignore[attr-defined]
    return caller


def docstring(function: Function) -> str:
    """The help of a function and of each argument, as Python shows it."""
    lines = [function.help, "", *(f"{argument.python_name}: {argument.wizard}" for argument in function.arguments)]
    gives = ", ".join(f"{result.help} [{result.unit}]" for result in function.results)
    return "\n".join([*lines, "", f"Gives: {gives}." if gives else ""]).rstrip()
