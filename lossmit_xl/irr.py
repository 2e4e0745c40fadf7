"""The internal rate of return of expected flows, for whole columns at once.

The npv is a closed form in the monthly yield, so the same model functions evaluated at another yield give the
worth of the flows at any rate; no matrix of flows is needed. A secant on the logarithm of the worth (nearly a
straight line in the log rate) finds the root in a few steps. Where it does not, or where a nearer root on the
other side of 0 can't be ruled out, the flows themselves are scanned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lossmit_xl.graph import Graph, Plan

Floats = npt.NDArray[np.float64]
Worth = Callable[[Floats], Floats]

LOWEST, HIGHEST = np.log1p(-0.99), np.log1p(10.0)  # MODEL: the monthly rate lies in (-0.99, 10)
STEPS = 7
CLOSE = 1e-12  # of the price: far below a millionth of a yearly rate
GRID = np.unique(np.concatenate([np.linspace(0, 0.1, 101), np.linspace(0.1, 0.5, 81), np.linspace(0.5, 4.7, 85)]))
BISECTIONS = 60
CHUNK = 2048


def yield_plan(graph: Graph, strategy: str) -> tuple[Plan, frozenset[str]]:
    """(steps that recompute a strategy's npv at another monthly yield, names they take as they are).

    Whether the holder walks away from a re-default is decided at the target yield and stays as it is.
    """
    target = f"{strategy}_npv"
    moving = graph.descendants(["monthly_yield"], stop=(f"{strategy}_walks_away",)) - {"monthly_yield"}
    plan = graph.plan([target], given=set(graph.columns) - moving, masked=False)
    steps = {column.name for column, *_ in plan.steps}
    taken = {need for column, *_ in plan.steps for need in column.needs} - steps - {"monthly_yield"}
    return plan, frozenset(taken)


def secant(worth: Worth, at_zero: Floats, at_yield: Floats, monthly_yield: Any, price: Floats) -> tuple[Floats, Any]:
    """(monthly rate, where it is trusted): the root of worth(rate) = price near 0 and the target yield.

    `at_zero` and `at_yield` are the worths already known at rate 0 and at the target yield.
    """
    log_price = np.log(price)
    x0, x1 = np.zeros_like(at_zero), np.broadcast_to(np.log1p(monthly_yield), at_zero.shape).astype(float)
    h0, h1 = np.log(at_zero) - log_price, np.log(at_yield) - log_price
    for _ in range(STEPS):
        with np.errstate(all="ignore"):
            slope = (h1 - h0) / (x1 - x0)
            x2 = np.where(np.abs(h1) <= CLOSE, x1, x1 - h1 / slope)
            x2 = np.clip(x2, LOWEST * 0.9, HIGHEST * 0.9)
        moved = x2 != x1
        if not moved.any():
            break
        x0, h0 = np.where(moved, x1, x0), np.where(moved, h1, h0)
        h1 = np.log(worth(np.expm1(x2))) - log_price
        x1 = x2
    found = np.abs(h1) <= CLOSE * 100
    mirrored = worth(np.expm1(-x1)) - price
    # A falling worth is above the price at lower rates and below it at higher ones: else another root may be nearer.
    orderly = (np.sign(at_zero - price) == np.sign(x1)) & (np.sign(mirrored) == np.sign(x1))
    return np.expm1(x1), found & (orderly | (np.abs(x1) < CLOSE))


def scan(flows: Floats, price: Floats) -> Floats:
    """Monthly rate nearest to 0 at which each row of `flows` (months 0, 1, …) is worth its price; NaN where none is."""
    net = flows.copy()
    net[:, 0] -= price
    result = np.full(len(net), np.nan)
    for begin in range(0, len(net), CHUNK):
        part = slice(begin, begin + CHUNK)
        above = _nearest(net[part], GRID[HIGHEST >= GRID])
        below = _nearest(net[part], -GRID[-LOWEST >= GRID])
        nearer = np.abs(np.expm1(below)) < np.abs(np.expm1(above))
        result[part] = np.expm1(np.where(np.isnan(above) | nearer, below, above))
    return result


def _worth(net: Floats, log_rate: Floats) -> Floats:
    """Worth of each row at its own log rate, scaled so that nothing overflows; only the sign is meant."""
    months = np.arange(net.shape[1])
    last = net.shape[1] - 1
    exponent = -log_rate[:, None] * (months - np.where(log_rate < 0, last, 0)[:, None])
    return np.asarray((net * np.exp(exponent)).sum(axis=1))


def _nearest(net: Floats, grid: Floats) -> Floats:
    """Log rate of the first sign change along the grid (which starts at 0), bisected; NaN where there is none."""
    months = np.arange(net.shape[1])
    shift = np.where(grid < 0, net.shape[1] - 1, 0)
    signs = np.sign(net @ np.exp(-grid * (months[:, None] - shift)))
    changes = signs[:, 1:] * signs[:, :-1] <= 0
    first = changes.argmax(axis=1)
    low, high = grid[first].copy(), grid[np.minimum(first + 1, len(grid) - 1)].copy()
    sign = signs[np.arange(len(net)), first]
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        same = np.sign(_worth(net, middle)) == sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    flat = (np.count_nonzero(net, axis=1) < 2) | ~changes.any(axis=1)
    return np.where(flat, np.nan, (low + high) / 2)
