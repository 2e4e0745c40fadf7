"""The internal rate of return of expected flows, for whole columns at once.

The npv is a closed form in the monthly yield, so the same model functions evaluated at another yield give the
worth of the flows at any rate; no matrix of flows is needed. A secant on the logarithm of the worth (nearly a
straight line in the log rate), bent through the last three points, finds the root in a few steps. Where it does
not, or where a nearer root on the other side of 0 can't be ruled out, `scan` looks at the flows themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lossmit_xl.graph import Graph, Plan

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Worth = Callable[[Floats], Floats]

LOWEST, HIGHEST = float(np.log1p(-0.99)), float(np.log1p(10.0))  # docs/method.md: the monthly rate lies in (-0.99, 10)
STEPS = 8
FEW = 0.01  # of the rows: not worth another step for all of them, `scan` solves them
SETTLED = 1e-8  # of the price: one more step of the secant, taken unseen, is then exact to floating point
SURE = 12.0  # most that money may grow over a plan's months, as a log, for a closed form to keep its digits
CLOSE = 1e-13  # of the log rate: a thousand times finer than a millionth of a yearly rate asks for
# Log rates at which flows with several changes of sign are looked at, from 0 outwards: tighter near 0.
GRID = np.concatenate([np.linspace(0, 0.1, 101), np.linspace(0.1, 0.5, 81)[1:], np.linspace(0.5, 5.0, 91)[1:]])
NARROWINGS = 100
CELLS = 250_000  # of a matrix of flows at a time: what one step makes stays in the cache for the next
WIDEN = 2.0  # how much longer than the shortest the longest row of one matrix may be


def yield_plan(graph: Graph, strategy: str) -> tuple[Plan, frozenset[str]]:
    """(steps that recompute a strategy's npv at another monthly yield, names they take as they are).

    Whether the holder walks away from a re-default is decided at the target yield and stays as it is.
    """
    target = f"{strategy}_npv"
    columns = graph.moved_by("monthly_yield", [target], (f"{strategy}_walks_away",))
    steps = {column.name for column in columns}
    taken = {need for column in columns for need in column.needs} - steps - {"monthly_yield"}
    return graph.plan([target], given=set(graph.columns) - steps, masked=False), frozenset(taken)


def secant(
    worth: Worth, at_zero: Floats, at_yield: Floats, monthly_yield: Any, price: Floats, months: Any = 0.0
) -> tuple[Floats, Bools]:
    """The monthly rate at which `worth` equals the price, from its values at rate 0 and at the target yield.

    `at_zero`, `at_yield`: the worths already known, shape (rows,), USD; `months`: how far the flows reach.
    Returns the rate, shape (rows,), and where it is trusted to be the root nearest to 0.
    """
    with np.errstate(all="ignore"):
        log_price = np.log(price)
        x0, x1 = np.zeros_like(at_zero), np.broadcast_to(np.log1p(monthly_yield), at_zero.shape).astype(float)
        h0, h1 = np.log(at_zero) - log_price, np.log(at_yield) - log_price
        slope, bend = (x1 - x0) / (h1 - h0), 0.0
        for _ in range(STEPS):
            settled = np.abs(h1) <= SETTLED
            x2 = np.clip(np.where(h1 == h0, x1, x1 - h1 * (slope - h0 * bend)), LOWEST, HIGHEST)
            if np.count_nonzero(~settled & (h1 == h1)) <= FEW * len(x1):
                break
            h2 = np.log(worth(np.expm1(x2))) - log_price
            slope_before, slope = slope, (x2 - x1) / (h2 - h1)
            bend = np.nan_to_num((slope - slope_before) / (h2 - h0), posinf=0, neginf=0)
            x0, h0, x1, h1 = x1, h1, x2, h2
        rate = np.expm1(x2)
        mirrored = worth(-rate) - price
        # A falling worth is above the price at lower rates, below it at higher ones: else another root may be nearer.
        side = np.sign(rate)
        orderly = (np.sign(at_zero - price) == side) & (np.sign(mirrored) == side)
        # A sign needs fewer digits than a root.
        exact = (-x2 * months < SURE) & (-np.log1p(-np.abs(rate)) * months < 2 * SURE)
        return rate, settled & orderly & exact


def scan(flows: Floats, price: Floats) -> Floats:
    """Monthly rate nearest to 0 at which each row of `flows` is worth its price; NaN where there is none.

    `flows`: shape (rows, months 0, 1, …), USD; `price`: shape (rows,), paid at month 0.
    """
    net = flows.copy()
    net[:, 0] -= price
    last = net.shape[1] - 1 - (net[:, ::-1] != 0).argmax(axis=1)
    result = np.full(len(net), np.nan)
    order = np.argsort(last)  # short rows are not made to carry the months of long ones
    begin = 0
    while begin < len(order):
        width = int(last[order[begin]]) + 1
        rows = order[begin : begin + max(1, CELLS // width)]
        rows = rows[last[rows] <= width * WIDEN]
        part = net[rows, : int(last[rows].max()) + 1]
        result[rows] = _rates(part, last[rows])
        begin += len(rows)
    return result


def _rates(net: Floats, last: npt.NDArray[np.intp]) -> Floats:
    """Monthly rate nearest to 0 at which each row of flows is worth nothing; `last` is its last month with a flow.

    The flows counted back from the last month, at the opposite log rate, have the same roots.
    """
    place = last[:, None] - np.arange(net.shape[1])
    backwards = np.where(place >= 0, np.take_along_axis(net, np.maximum(place, 0), axis=1), 0)
    above, below = np.expm1(_nearest(net, HIGHEST)), np.expm1(-_nearest(backwards, -LOWEST))
    rates = np.where(np.isnan(above) | (-below < above), below, above)
    rates[net.sum(axis=1) == 0] = 0
    rates[np.count_nonzero(net, axis=1) < 2] = np.nan
    return rates


def _nearest(net: Floats, end: float) -> Floats:
    """Log rate of the smallest root between 0 and `end`, for each row; NaN where there is none.

    The running totals change their sign at least as often as there are roots above 0: Descartes' rule, for the
    flows divided by 1 - v.
    """
    changes = _sign_changes(np.cumsum(net, axis=1))
    low, high = np.zeros(len(net)), np.full(len(net), end)
    several = np.flatnonzero(changes > 1)
    if len(several):
        low[several], high[several] = _first_cell(net[several], end)
    sign = np.sign(_terms(net, low).sum(axis=1))
    found = np.flatnonzero((changes > 0) & (np.sign(_terms(net, high).sum(axis=1)) == -sign))
    roots = np.full(len(net), np.nan)
    roots[found] = _narrowed(net[found], low[found], high[found], sign[found])
    return roots


def _sign_changes(totals: Floats) -> npt.NDArray[np.intp]:
    """How often each row changes its sign; zeros don't count."""
    signs = np.sign(totals)
    last = np.maximum.accumulate(np.where(signs != 0, np.arange(signs.shape[1]), 0), axis=1)
    filled = np.take_along_axis(signs, last, axis=1)
    return np.asarray(np.count_nonzero(filled[:, 1:] * filled[:, :-1] < 0, axis=1))


def _first_cell(net: Floats, end: float) -> tuple[Floats, Floats]:
    """The grid's first cell in which each row's worth changes its sign; (0, `end`) where none does."""
    grid = np.append(GRID[end > GRID], end)
    signs = np.sign(net @ np.exp(-grid * np.arange(net.shape[1])[:, None]))
    changes = signs[:, 1:] != signs[:, :1]
    first = changes.argmax(axis=1)
    some = changes.any(axis=1)
    return np.where(some, grid[first], 0.0), np.where(some, grid[first + 1], end)


def _terms(net: Floats, log_rate: Floats) -> Floats:
    """Each flow's worth at its row's own log rate."""
    return np.asarray(net * np.exp(-log_rate[:, None] * np.arange(net.shape[1])))


def _narrowed(net: Floats, low: Floats, high: Floats, sign: Floats) -> Floats:
    """The root between `low`, where the worth has that sign, and `high`, where it has not.

    Newton's steps on log(inflows / outflows), nearly a straight line; the interval halved where a step leaves it.
    """
    root = (low + high) / 2
    months = np.arange(net.shape[1], dtype=float)
    active = np.arange(len(net))
    for _ in range(NARROWINGS):
        x = root[active]
        terms = _terms(net[active], x)
        total, inflows = terms.sum(axis=1), np.maximum(terms, 0)
        paid, late = inflows.sum(axis=1), inflows @ months
        spent, later = paid - total, late - terms @ months
        same = np.sign(total) == sign[active]
        low[active], high[active] = np.where(same, x, low[active]), np.where(same, high[active], x)
        with np.errstate(all="ignore"):
            step = x + np.log(paid / spent) / (late / paid - later / spent)
        inside = (step > low[active]) & (step < high[active])
        root[active] = np.where(total == 0, x, np.where(inside, step, (low[active] + high[active]) / 2))
        active = active[np.abs(root[active] - x) > CLOSE]
        if not len(active):
            break
    return root
