"""The model's whole vocabulary: each operation works on numpy arrays and on symbols.

Given arrays (or numbers) an operation computes, element by element; given an `Expr` among its arguments it
returns an `Expr`, which the workbook package renders as worksheet text. Each has exactly these two faces,
and the tests hold them together through a real spreadsheet engine.

Blank is NaN in an array of numbers and the empty word in a `Text`; in a cell it is the empty text.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import reduce, wraps
from typing import Any, TypeVar

import numpy as np

from lossmit_xl.expr import Expr
from lossmit_xl.text import Text, select

Col = Any
"""A column: a float or bool array, a `Text`, a plain number or word, or an `Expr`."""

TICK = 1e-6  # what separates "equal" from "more" when counting whole months (docs/method.md: ceil, round, nper)
HALF = 0.5
EXCEL_EPOCH = 25569  # serial number of 1970-01-01

F = TypeVar("F", bound=Callable[..., Any])

OPERATIONS: dict[str, Callable[..., Any]] = {}


def _has_symbol(args: tuple[Any, ...]) -> bool:
    return any(isinstance(arg, Expr) for arg in args)


def operation(function: F) -> F:
    """Register an operation: symbols among its arguments make a tree, numbers are computed."""

    @wraps(function)
    def either(*args: Any) -> Any:
        return Expr(function.__name__, args) if _has_symbol(args) else function(*args)

    OPERATIONS[function.__name__] = function
    return either  # type: ignore[return-value]


class _Blank:
    """No value: NaN among numbers, the empty word among words, an empty text in a cell."""

    def __repr__(self) -> str:
        return "BLANK"


BLANK = _Blank()


@operation
def where(condition: Col, yes: Col, no: Col) -> Col:
    """`yes` where the condition holds, else `no`; both are computed."""
    if isinstance(yes, (Text, str)) or isinstance(no, (Text, str)):
        return select(condition, "" if yes is BLANK else yes, "" if no is BLANK else no)
    yes, no = (np.nan if branch is BLANK else branch for branch in (yes, no))
    if isinstance(condition, (bool, np.bool_)):
        return yes if condition else no
    return np.where(condition, yes, no)


@operation
def first_of(*conditions_and_words: Col) -> Col:
    """`first_of(condition, word, condition, word, …, otherwise)`: the word of the first condition that holds."""
    *pairs, otherwise = conditions_and_words
    result: Col = otherwise
    for condition, word in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
        result = select(condition, word, result)
    return result


@operation
def minimum(*values: Col) -> Col:
    """The smallest, element by element."""
    return reduce(np.minimum, values)


@operation
def maximum(*values: Col) -> Col:
    """The largest, element by element."""
    return reduce(np.maximum, values)


@operation
def most(*values: Col) -> Col:
    """The largest of the values that are not blank; blank where all are."""
    return reduce(np.fmax, values)


@operation
def not_(condition: Col) -> Col:
    """The condition reversed."""
    return np.logical_not(condition)


@operation
def known(value: Col) -> Col:
    """Whether there is a value: not blank."""
    if isinstance(value, Text):
        return value.test(bool)
    return np.logical_not(np.isnan(value))


@operation
def number(value: Col) -> Col:
    """The value, 0 where it is blank."""
    return np.where(np.isnan(value), 0.0, value)


@operation
def count(*conditions: Col) -> Col:
    """How many of the conditions hold."""
    return sum(np.asarray(condition, dtype=float) for condition in conditions)


@operation
def floor(value: Col) -> Col:
    """The whole number at or below."""
    return np.floor(value)


@operation
def ceil(value: Col) -> Col:
    """The whole number at or above, a millionth forgiven (docs/method.md: always taken of x - 1e-6)."""
    return np.ceil(value - TICK)


@operation
def round_whole(value: Col) -> Col:
    """The nearest whole number, halves away from zero (docs/method.md: sign(x)*floor(|x| + 0.5 + 1e-6))."""
    return np.sign(value) * np.floor(np.abs(value) + HALF + TICK)


class _Recent(threading.local):
    """The last few rate arrays of this thread, each with its log growth and whether a 0 is among them."""

    def __init__(self) -> None:
        self.rates: deque[tuple[Any, Any, bool]] = deque(maxlen=4)


_recent = _Recent()


def _growth(rate: Col) -> tuple[Col, bool]:
    """(log(1 + rate), whether any rate is 0), remembered for an array: one rate discounts many columns."""
    if np.ndim(rate) == 0:
        return np.log1p(rate), rate == 0
    for known_rate, log, zeros in _recent.rates:
        if known_rate is rate:
            return log, zeros
    found = np.log1p(rate), not np.all(rate)
    _recent.rates.append((rate, *found))
    return found


def _by_rate(rate: Col, at_zero: Callable[[], Col], otherwise: Callable[[Col, Col], Col]) -> Col:
    """`otherwise(rate, log growth)`, but `at_zero()` where the rate is 0: it must not spoil its neighbours."""
    log, zeros = _growth(rate)
    if not zeros:
        return otherwise(rate, log)
    zero = np.equal(rate, 0)
    safe = np.where(zero, 1.0, rate)
    return np.where(zero, at_zero(), otherwise(safe, np.log1p(safe)))


@operation
def annuity(rate: Col, months: Col) -> Col:
    """Present value of 1 a month for `months` months at a monthly `rate`; `months` at rate 0."""
    return _by_rate(rate, lambda: months, lambda i, log: np.expm1(-months * log) / -i)


@operation
def discount(rate: Col, months: Col) -> Col:
    """Present value of 1 in `months` months at a monthly `rate`: (1+rate)^-months."""
    return np.exp(-months * _growth(rate)[0])


@operation
def pmt(rate: Col, months: Col, balance: Col) -> Col:
    """Level monthly payment that retires `balance` in `months`; `balance/months` at rate 0."""
    return _by_rate(rate, lambda: balance / months, lambda i, log: balance * i / -np.expm1(-months * log))


@operation
def balance_after(rate: Col, months: Col, payment: Col, balance: Col) -> Col:
    """What is left of `balance` after `months` payments; `balance - payment*months` at rate 0."""
    return _by_rate(
        rate,
        lambda: balance - payment * months,
        lambda i, log: balance + np.expm1(months * log) * (balance - payment / i),
    )


@operation
def nper(rate: Col, payment: Col, balance: Col) -> Col:
    """Payments that retire `balance`; callers test first that the payment exceeds the interest."""
    return _by_rate(rate, lambda: balance / payment, lambda i, log: -np.log1p(-balance * i / payment) / log)


@operation
def power(base: Col, exponent: Col) -> Col:
    """`base` to the power `exponent`."""
    return np.power(base, exponent)


@operation
def log(value: Col) -> Col:
    """Natural logarithm."""
    return np.log(value)


@operation
def exp(value: Col) -> Col:
    """e to the power of the value."""
    return np.exp(value)


def _days(serial: Col) -> Any:
    return (np.nan_to_num(np.asarray(serial, dtype=float)) - EXCEL_EPOCH).astype("datetime64[D]")


@operation
def year(serial: Col) -> Col:
    """Calendar year of a date serial."""
    return _days(serial).astype("datetime64[Y]").astype(float) + 1970


@operation
def month(serial: Col) -> Col:
    """Calendar month (1-12) of a date serial."""
    return _days(serial).astype("datetime64[M]").astype(int) % 12 + 1.0


@operation
def day(serial: Col) -> Col:
    """Day of the month of a date serial."""
    days = _days(serial)
    return (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(float) + 1


@operation
def row_of(word: Col, table: Col) -> Col:
    """Place (1, 2, …) of a word in a table's key column; the last row where it is not there."""
    places = {key: place for place, key in reversed(list(enumerate(table, start=1)))}
    text = Text.of(word)
    return np.array([places.get(key, len(table)) for key in text.words], dtype=float)[text.codes]


@operation
def index(column: Col, row: Col) -> Col:
    """The value of a table's column in that row (1, 2, …); blank where the row is."""
    blank = np.isnan(row)
    found = np.asarray(column)[np.where(blank, 1, row).astype(np.intp) - 1]
    return np.where(blank, np.nan, found) if blank.any() else found


@operation
def choose(place: Col, *values: Col) -> Col:
    """The first, second, … of the values: numbers or words; blank where the place is 0 or blank."""
    if any(isinstance(value, (Text, str)) for value in values):
        result: Col = ""
        for number_, value in reversed(list(enumerate(values, start=1))):
            result = select(np.equal(place, number_), value, result)
        return result
    if np.ndim(place) == 0:
        return values[int(place) - 1]
    return np.select([np.equal(place, n) for n in range(1, len(values) + 1)], values, np.nan)


@operation
def place_of(value: Col, *candidates: Col) -> Col:
    """Place (1, 2, …) of the first candidate that equals the value; candidates must stand side by side."""
    conditions = [np.equal(value, candidate) for candidate in candidates]
    return np.select(conditions, list(range(1, len(candidates) + 1)), 0).astype(float)


@operation
def join(*texts: Col) -> Col:
    """The texts one after the other."""
    return reduce(lambda a, b: Text.of(a).joined(Text.of(b)), texts)


@operation
def without_end(text: Col, ending: Col) -> Col:
    """The text less its last characters, as many as `ending` has; an empty text stays empty."""
    return Text.of(text).mapped(lambda word: word[: max(0, len(word) - len(ending))])
