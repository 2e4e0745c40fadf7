"""Each operation on arrays: against hand-computed values, mixed with zero rates and blanks, scalars like arrays."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmit_xl import ops
from lossmit_xl.expr import Expr, name
from lossmit_xl.ops import BLANK, OPERATIONS
from lossmit_xl.text import Text, Words

NAN = np.nan


def array(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=float)


def words(*values: str) -> Text:
    return Text.of(np.array(values, dtype=object))


def plain(value: Any) -> Any:
    """Texts as lists of words, arrays as lists."""
    return value.objects().tolist() if isinstance(value, Text) else np.asarray(value).tolist()


# operation, arguments, what comes out; rates are a month, dates Excel serials (46,326 is 2026-10-31)
TABLE: list[tuple[str, tuple[Any, ...], Any]] = [
    ("where", (np.array([True, False]), 1.0, array(2, 3)), [1, 3]),
    ("where", (np.array([True, False]), BLANK, 2.0), [NAN, 2]),
    ("where", (True, 1.0, array(2, 3)), 1.0),
    ("where", (np.array([True, False]), "yes", "no"), ["yes", "no"]),
    ("where", (np.array([True, False]), BLANK, words("a", "b")), ["", "b"]),
    ("first_of", (np.array([True, False, False]), "a", np.array([True, True, False]), "b", ""), ["a", "b", ""]),
    ("first_of", (False, "a", np.array([True, False]), "b", "c"), ["b", "c"]),
    ("minimum", (array(1, 5), 3.0, array(9, 2)), [1, 2]),
    ("maximum", (array(1, 5), 3.0), [3, 5]),
    ("most", (array(1, NAN, NAN), array(NAN, 2, NAN)), [1, 2, NAN]),
    ("not_", (np.array([True, False]),), [False, True]),
    ("known", (array(0, NAN),), [True, False]),
    ("known", (words("a", ""),), [True, False]),
    ("number", (array(3, NAN),), [3, 0]),
    ("count", (np.array([True, False]), np.array([True, True])), [2, 1]),
    ("floor", (array(1.9, -1.1, 2),), [1, -2, 2]),
    ("ceil", (array(1.1, 2.0000005, 2.000002, -0.5),), [2, 2, 3, 0]),
    ("round_whole", (array(2.5, -2.5, 2.4999999, 2.49, 0),), [3, -3, 3, 2, 0]),
    ("annuity", (array(0.01, 0, 0.02), array(12, 12, 0)), [11.2550774735, 12, 0]),
    ("discount", (array(0.01, 0, -0.5), array(12, 5, 2)), [0.8874492253, 1, 4]),
    ("pmt", (array(0.075 / 12, 0), array(180, 10), array(200_000, 1_000)), [1854.0247200055, 100]),
    ("balance_after", (array(0.01, 0), array(12, 3), array(100, 300), array(1_000, 1_000)), [-141.4252711877, 100]),
    ("nper", (array(0.07 / 12, 0), array(150, 300), array(8_000, 1_000)), [64.0733487706, 10 / 3]),
    ("power", (array(2, 4), array(3, 0.5)), [8, 2]),
    ("log", (array(1, 2.718281828459045),), [0, 1]),
    ("exp", (array(0, 1),), [1, 2.718281828459045]),
    ("year", (array(46_326, 46_357, 60),), [2026, 2026, 1900]),
    ("month", (array(46_326, 46_327),), [10, 11]),
    ("day", (array(46_326, 46_327),), [31, 1]),
    ("row_of", (words("TX", "ZZ", "AL"), ("AL", "TX", "US")), [2, 3, 1]),
    ("index", (array(10, 20, 30), array(3, 1)), [30, 10]),
    ("index", (array(10, 20, 30), array(3, NAN)), [30, NAN]),
    ("choose", (array(2, 0, 1, NAN), array(1, 1, 1, 1), 5.0), [5, NAN, 1, NAN]),
    ("choose", (array(2, 0, NAN), "a", "b"), ["b", "", ""]),
    ("place_of", (array(5, 7, NAN), array(5, 1, NAN), array(5, 7, NAN)), [1, 2, 0]),
    ("join", (words("a", ""), "-", words("b", "c")), ["a-b", "-c"]),
    ("without_end", (words("a, b, ", ", ", ""), ", "), ["a, b", "", ""]),
]


@pytest.mark.parametrize(("operation", "args", "wanted"), TABLE, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(TABLE)])
def test_by_hand(operation: str, args: tuple[Any, ...], wanted: Any) -> None:
    with np.errstate(all="ignore"):
        got = plain(getattr(ops, operation)(*args))
    if isinstance(wanted, list) and isinstance(wanted[0], str):
        assert got == wanted
    else:
        np.testing.assert_allclose(np.asarray(got, dtype=float), np.asarray(wanted, dtype=float), rtol=1e-10)


def test_the_table_has_every_operation() -> None:
    assert {operation for operation, *_ in TABLE} == set(OPERATIONS)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_symbol_among_the_arguments_makes_a_tree(operation: str) -> None:
    args = next(args for known, args, _ in TABLE if known == operation)
    args = (name("x"), *args[1:])
    tree = getattr(ops, operation)(*args)
    assert isinstance(tree, Expr)
    assert (tree.op, tree.args) == (operation, args)


# Money functions: arrays like numbers, rates of 0 among others ---------------------------------------------------

MONEY: dict[str, Callable[..., Any]] = {
    "annuity": lambda i, n, p, b: ops.annuity(i, n),
    "discount": lambda i, n, p, b: ops.discount(i, n),
    "pmt": lambda i, n, p, b: ops.pmt(i, n, b),
    "balance_after": lambda i, n, p, b: ops.balance_after(i, n, p, b),
    "nper": lambda i, n, p, b: ops.nper(i, b * i + p, b),
}
rates = st.sampled_from((0.0, 0.0, 1e-8, 0.00125, 0.01)) | st.floats(1e-7, 0.03)
rows = st.lists(st.tuples(rates, st.integers(1, 480), st.floats(1, 5e3), st.floats(1, 5e5)), min_size=1, max_size=8)


@pytest.mark.parametrize("operation", MONEY)
@given(rows=rows)
def test_an_array_gives_what_each_of_its_rows_gives_alone(operation: str, rows: list[tuple[float, ...]]) -> None:
    columns = [np.array(column, dtype=float) for column in zip(*rows, strict=True)]
    with np.errstate(all="ignore"):
        together = MONEY[operation](*columns)
        alone = [float(MONEY[operation](*row)) for row in rows]
        one_rate = MONEY[operation](rows[0][0], *columns[1:])
        same = MONEY[operation](np.full(len(rows), rows[0][0]), *columns[1:])
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    np.testing.assert_allclose(np.broadcast_to(one_rate, len(rows)), same, rtol=1e-12)


@given(rows=rows)
def test_payment_balance_and_annuity_belong_together(rows: list[tuple[float, ...]]) -> None:
    i, n, _, balance = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    payment = ops.pmt(i, n, balance)
    np.testing.assert_allclose(ops.balance_after(i, n, payment, balance), 0, atol=1e-6 * balance.max())
    np.testing.assert_allclose(payment * ops.annuity(i, n), balance, rtol=1e-9)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ops.nper(i, payment, balance), n, rtol=1e-5)
    np.testing.assert_allclose(ops.annuity(i, n) * i, 1 - ops.discount(i, n), atol=1e-12)


@given(rows=rows)
def test_a_balance_rolls_month_by_month(rows: list[tuple[float, ...]]) -> None:
    i, n, payment, balance = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    once = ops.balance_after(i, n + 1, payment, balance)
    before = ops.balance_after(i, n, payment, balance)
    np.testing.assert_allclose(once, before * (1 + i) - payment, rtol=1e-9, atol=1e-6 * np.abs(before).max())


def test_the_memory_of_rates_is_about_the_array_and_not_its_values() -> None:
    """Two arrays that follow each other at one address, and more arrays than are remembered."""
    for value in (0.01, 0.02, 0.0, 0.03, 0.01, 0.0, 0.04) * 3:
        rate = np.full(3, value)
        np.testing.assert_allclose(ops.discount(rate, 2.0), (1 + value) ** -2)
        np.testing.assert_allclose(ops.annuity(rate, 2.0), 1 / (1 + value) + 1 / (1 + value) ** 2)


def test_dates_of_a_leap_day_and_of_blank() -> None:
    leap = array(45_351, 46_081.9)  # 2024-02-29; the hour of 2026-02-28 does not count
    assert (plain(ops.month(leap)), plain(ops.day(leap))) == ([2, 2], [29, 28])
    assert np.isfinite(ops.year(array(NAN))).all()  # not used: callers test first whether a date is known


# Words -----------------------------------------------------------------------------------------------------------


def test_comparing_words() -> None:
    text = words("a", "b", "")
    assert plain(text == "a") == [True, False, False]
    assert plain(text != "a") == [False, True, True]
    assert plain(text == words("a", "a", "")) == [True, False, True]
    assert plain(Text.of(NAN) == "") is True
    assert plain(Text.of(np.array(["x", None, NAN], dtype=object))) == ["x", "", ""]


def test_choosing_and_joining_words_keeps_the_rows() -> None:
    text = words("a", "b", "a")
    assert plain(text[1:]) == ["b", "a"]
    assert plain(text.mapped(str.upper)) == ["A", "B", "A"]
    assert list(text.strings()) == ["a", "b", "a"]
    assert len(text) == 3


def test_words_of_several_blocks_share_one_list() -> None:
    whole = Words((4,))
    whole.put(slice(0, 2), words("a", "b"))
    whole.put(slice(2, 4), Text(np.array([1, 2]), ("z", "b", "")))
    assert plain(whole.text()) == ["a", "b", "b", ""]
    assert sorted(whole.text().words) == ["", "a", "b", "z"]


def test_every_operation_says_what_it_does() -> None:
    assert all(inspect.getdoc(function) for function in OPERATIONS.values())
