"""Cells in: what a face hands over (a scalar, a list, a 2-D range, an array) as numbers, words and error codes.

A blank (None, "", NaN) is the argument's default; a text where a number belongs is #VALUE!, a number out of its
range #NUM!, an unknown state #N/A, and an error that comes in goes on. Only the cell itself is spoiled.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from lossmit_udfs.body import tables
from lossmit_udfs.definitions import Argument
from lossmit_udfs.errors import CODES, NA_CODE, NUM_CODE, VALUE_CODE
from lossmit_xl.assumption_fields import FORBEARANCE_SLOTS
from lossmit_xl.ops import EXCEL_EPOCH
from lossmit_xl.text import Text

Codes = npt.NDArray[np.int8]
SECONDS_A_DAY = 86_400
YES = {"yes", "y", "true"}
NO = {"no", "n", "false"}
WORDS = (str, bool, int, float, np.number, np.bool_, Decimal)
NO_WORD = object()
"""Stands for a cell that is neither a text nor a number."""


@dataclass(frozen=True)
class Cells:
    """One argument read. `values`: what the rule takes; `codes`: error codes of the same shape, None where none."""

    values: Any
    codes: Any
    shape: tuple[int, ...]


def grid(given: Any) -> Any:
    """What was handed over as a numpy array (lists become arrays of objects); a scalar as it is."""
    if isinstance(given, (np.ndarray, np.generic)):
        array = _cells_of(np.asanyarray(given))
        return array if array.ndim else array.item()
    if isinstance(given, (dt.date, dt.timedelta)):  # those of pandas are arrays of one cell, too
        return given
    if isinstance(given, (list, tuple)):
        if given and isinstance(given[0], (list, tuple, np.ndarray)):
            rows = [list(row) for row in given]
            array = np.empty((len(rows), max(map(len, rows))), dtype=object)
            for place, row in enumerate(rows):
                array[place, : len(row)] = row
            return array
        flat = np.empty(len(given), dtype=object)
        flat[:] = given
        return flat
    if hasattr(given, "to_numpy"):
        return _cells_of(given.to_numpy())
    return given


def _cells_of(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An array whose cells mean what they say: masked ones are blank, times are no whole numbers of nanoseconds."""
    if isinstance(array, np.ma.MaskedArray):
        cells = np.array(array.data, dtype=object)
        cells[np.ma.getmaskarray(array)] = None
        return cells
    if array.dtype.kind in "mM":
        return array.astype(f"{array.dtype.kind}8[us]").astype(object)
    return array


def is_blank(cell: Any) -> bool:
    """Whether a cell is blank: None, an empty text, or a NaN of Python, numpy, pandas or decimal. Never raises."""
    if cell is None or isinstance(cell, str):
        return not cell
    try:
        return bool(cell != cell)
    except ValueError:  # several cells in one
        return False
    except (TypeError, ArithmeticError):  # pandas' NA is neither equal nor not; a signalling NaN refuses
        return True


def read(argument: Argument, given: Any) -> Cells:
    """An argument's cells, checked against its definition. Never raises for what a cell holds."""
    cells = grid(given)
    if argument.kind == "state":
        return _states(cells)
    if argument.kind == "yesno":
        return _flags(argument, cells)
    if isinstance(cells, np.ndarray):
        return _numbers(argument, cells)
    return _number(argument, cells)


def cell_number(cell: Any) -> tuple[float, int]:
    """(number, error code) of one cell; NaN where it is blank or no number."""
    if is_blank(cell):
        return np.nan, 0
    if isinstance(cell, (bool, np.bool_)):
        return np.nan, VALUE_CODE
    if isinstance(cell, (float, int, np.floating, np.integer, Decimal)):
        try:
            number = float(cell)
        except OverflowError:  # a whole number of Python's may have any size
            return np.nan, NUM_CODE
        return (np.nan, NUM_CODE) if number in (np.inf, -np.inf) else (number, 0)
    if isinstance(cell, str):
        return np.nan, CODES.get(cell, VALUE_CODE)
    if isinstance(cell, np.datetime64):
        cell = _cells_of(np.asarray(cell)).item()
    if isinstance(cell, dt.datetime):
        since = cell.replace(tzinfo=None) - dt.datetime(1970, 1, 1)
        return EXCEL_EPOCH + since.days + since.seconds / SECONDS_A_DAY, 0
    if isinstance(cell, dt.date):
        return float(EXCEL_EPOCH + (cell - dt.date(1970, 1, 1)).days), 0
    return np.nan, VALUE_CODE


def _number(argument: Argument, cell: Any) -> Cells:
    """One cell, without the overhead of arrays."""
    number, code = cell_number(cell)
    if number != number:
        if not code and not argument.optional:
            code = VALUE_CODE
        elif not code and argument.default is not None:
            number = float(argument.default)
    elif _outside(argument, number, number) or (argument.kind == "count" and number != np.floor(number)):
        number, code = np.nan, NUM_CODE
    # A numpy scalar: it divides by 0 without raising.
    return Cells(np.float64(number), np.int8(code) if code else None, ())


def _outside(argument: Argument, least: float, most: float) -> bool:
    """Whether any number between the two may be out of the argument's range."""
    low, high = argument.low, argument.high
    below = low is not None and (least <= low if argument.above else least < low)
    return below or (high is not None and most > high) or most == np.inf or least == -np.inf


def _as_floats(cells: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], Any]:
    """(numbers with NaN for blank, error codes or None) of an array of anything."""
    if cells.dtype.kind in "fiu":
        return np.asarray(cells, dtype=float), None
    flat = cells.ravel().tolist() if cells.dtype.kind != "O" else list(cells.ravel())
    if set(map(type, flat)) <= {float, int, type(None)}:
        with contextlib.suppress(OverflowError):
            return np.array(flat, dtype=float).reshape(cells.shape), None
    numbers, codes = np.empty(len(flat)), np.zeros(len(flat), dtype=np.int8)
    for place, cell in enumerate(flat):
        if type(cell) is float:
            numbers[place] = cell
        else:
            numbers[place], codes[place] = cell_number(cell)
    return numbers.reshape(cells.shape), codes.reshape(cells.shape)


def _numbers(argument: Argument, cells: npt.NDArray[Any]) -> Cells:
    """A range of numbers: the range's limits are looked at first, its cells one by one only where they must be."""
    numbers, codes = _as_floats(cells)
    if not numbers.size:
        return Cells(numbers, codes, numbers.shape)
    least, most = numbers.min(), numbers.max()
    whole = argument.kind != "count" or not (numbers != np.floor(numbers)).any()
    if least == least and whole and not _outside(argument, least, most):
        return Cells(numbers, codes if codes is not None and codes.any() else None, numbers.shape)
    codes = np.zeros(numbers.shape, dtype=np.int8) if codes is None else codes
    blank = np.isnan(numbers) & (codes == 0)
    wrong = _wrong(argument, numbers) & ~np.isnan(numbers)
    codes = np.where(wrong, np.int8(NUM_CODE), codes)
    if not argument.optional:
        codes = np.where(blank, np.int8(VALUE_CODE), codes)
    numbers = np.where(wrong, np.nan, numbers)
    if argument.optional and argument.default is not None:
        numbers = np.where(blank, float(argument.default), numbers)
    return Cells(numbers, codes if codes.any() else None, numbers.shape)


def _wrong(argument: Argument, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Where a number is out of range, or not whole where it must be."""
    wrong = np.isinf(numbers)
    if argument.low is not None:
        wrong |= numbers <= argument.low if argument.above else numbers < argument.low
    if argument.high is not None:
        wrong |= numbers > argument.high
    if argument.kind == "count":
        wrong |= numbers != np.floor(numbers)
    return wrong


class _Places(dict[Any, int]):
    """The different cells and their places, in order of appearance."""

    def __missing__(self, cell: Any) -> int:
        self[cell] = place = len(self)
        return place


def _words(cells: Any) -> tuple[list[Any], npt.NDArray[np.intp], tuple[int, ...]]:
    """(the different cells, the place of each cell among them, shape)."""
    if not isinstance(cells, np.ndarray):
        return [cells], np.zeros((), dtype=np.intp), ()
    flat = cells.ravel().tolist()
    places = _Places()  # TRUE and 1 mean the same here
    try:
        found = np.fromiter(map(places.__getitem__, flat), dtype=np.intp, count=len(flat))
    except TypeError:  # a list in a cell, or another thing that can't be looked up: no word at all
        words = [None if is_blank(cell) else cell if isinstance(cell, WORDS) else NO_WORD for cell in flat]
        places = _Places()
        found = np.fromiter(map(places.__getitem__, words), dtype=np.intp, count=len(words))
    return list(places), found.reshape(cells.shape), cells.shape


def _coded(codes: list[int], places: npt.NDArray[np.intp]) -> Any:
    return np.array(codes, dtype=np.int8)[places] if any(codes) else None


def _states(cells: Any) -> Cells:
    """Codes of states, in any case; #N/A where the table has none such."""
    words, places, shape = _words(cells)
    known = set(tables()["states_code"])
    found, codes = [], []
    for cell in words:
        text = "" if is_blank(cell) else cell
        code = CODES.get(text, 0) if isinstance(text, str) else VALUE_CODE
        word = text.strip(" ").upper() if isinstance(text, str) else ""
        found.append(word)
        codes.append(code or (0 if word in known else NA_CODE))
    return Cells(Text(places, found), _coded(codes, places), shape)


def _flags(argument: Argument, cells: Any) -> Cells:
    """Yes and no: TRUE and FALSE, 1 and 0, or the words."""
    if isinstance(cells, np.ndarray) and cells.dtype == bool:
        return Cells(cells, None, cells.shape)
    words, places, shape = _words(cells)
    flags, codes = zip(*(_flag(argument, cell) for cell in words), strict=True) if words else ((), ())
    return Cells(np.array(flags, dtype=bool)[places], _coded(list(codes), places), shape)


def _flag(argument: Argument, cell: Any) -> tuple[bool, int]:
    if is_blank(cell):
        return bool(argument.default), 0
    if isinstance(cell, str):
        word = cell.strip(" ").lower()  # as Excel's TRIM: no other space
        return word in YES, 0 if word in YES | NO else CODES.get(cell, VALUE_CODE)
    if isinstance(cell, (bool, np.bool_, int, float, np.number, Decimal)):
        return cell == 1, 0 if cell in (0, 1) else NUM_CODE
    return False, VALUE_CODE


def read_steps(argument: Argument, given: Any) -> tuple[dict[str, float], int]:
    """(the cells of a plan's steps under the names of its parts, error code of the whole plan).

    Rows of months and share; an empty row is no step. #VALUE! where it is not two columns wide, #NUM! where there
    are more than six rows, where months are not whole or out of range, or where a share is not 0 to 1.
    """
    values: dict[str, float] = dict.fromkeys(argument.parts, 0.0)
    rows = grid(given)
    if isinstance(rows, np.ndarray) and rows.shape == (2,):  # a single step
        rows = rows.reshape(1, 2)
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.shape[1] != 2:
        code = cell_number(rows)[1] if not isinstance(rows, np.ndarray) else 0
        return values, code or VALUE_CODE
    if len(rows) > FORBEARANCE_SLOTS:
        return values, NUM_CODE
    for part, cell in zip(argument.cells, rows.ravel().tolist(), strict=False):
        one = _number(part, cell)
        if one.codes is not None:
            return values, int(one.codes)
        values[part.name] = one.values
    return values, 0


def broadcast(shapes: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], bool]:
    """(shape of the result, whether every range fits): Excel fills what does not fit with #N/A."""
    try:
        return np.broadcast_shapes(*shapes), True
    except ValueError:
        deep = max(map(len, shapes))
        padded = [(1,) * (deep - len(shape)) + shape for shape in shapes]
        return tuple(max(sizes) for sizes in zip(*padded, strict=True)), False
