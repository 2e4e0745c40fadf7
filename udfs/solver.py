"""The rate of a level payment and a balloon: the one operation of ours that needs iteration.

Arrays: Newton's steps on the logarithm of the worth, which is convex and falls in the log rate, so that every
step after the first stays on one side of the root and none can run away. Formula: RATE with a near guess.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossmit_xl.expr import Expr

LOWEST_RATE, HIGHEST_RATE = -0.99, 10.0  # a month: where the model looks for a rate of return
STEPS = 60
CLOSE = 1e-13  # of the log rate


def rate(months: Any, payment: Any, price: Any, balloon: Any, guess: Any) -> Any:
    """Monthly rate at which `months` payments and a balloon with the last are worth `price`; NaN where there is none.

    Arrays broadcast; `guess` is for the formula alone. Symbols make a tree, as in `lossmit_xl.ops`.
    """
    if any(isinstance(value, Expr) for value in (months, payment, price, balloon, guess)):
        return Expr("rate", (months, payment, price, balloon, guess))
    n, p, b, c = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (months, payment, price, balloon)))
    with np.errstate(all="ignore"):
        x = _solve(*(np.atleast_1d(array).ravel() for array in (n, p, b, c)))
    return np.expm1(x).reshape(n.shape)


def _solve(n: Any, p: Any, b: Any, c: Any) -> Any:
    """Log rate of each row; rows that are done leave the computation."""
    total = p * n + c
    # The first step, from 0: all is paid in its mean month.
    x = np.log(total / b) * total / (p * n * (n + 1) / 2 + c * n)
    active = np.flatnonzero(np.isfinite(x))
    for _ in range(STEPS):
        if not len(active):
            return x
        step = _step(x[active], n[active], p[active], b[active], c[active])
        x[active] += step
        active = active[np.abs(step) > CLOSE * np.maximum(1, np.abs(x[active]))]
        active = active[np.isfinite(x[active])]
    x[active] = np.nan
    return x


def _step(x: Any, n: Any, p: Any, b: Any, c: Any) -> Any:
    """Newton's step of log(worth/price) in the log rate."""
    zero = np.abs(x) < 1e-12
    i = np.where(zero, 1.0, np.expm1(x))
    v = np.exp(-n * x)
    annuity = np.where(zero, n, np.expm1(-n * x) / -i)
    # The same series, each payment times its month.
    timed = np.where(zero, n * (n + 1) / 2, (annuity * np.exp(x) - n * v) / i)
    worth = p * annuity + c * v
    return np.log(worth / b) * worth / (p * timed + c * n * v)
