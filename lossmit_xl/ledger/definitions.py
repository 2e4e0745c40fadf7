"""The words of docs/method.md's "Conventions": rounding, months between dates, level payment, rolling a balance."""

from __future__ import annotations

import datetime as dt
import math

from lossmit_xl.errors import LossmitError


class NotComputable(LossmitError, ValueError):
    """This loan or strategy has no numbers; the message is the reason in plain words."""


def round_half_away(x: float) -> int:
    """Halves go away from zero, with a whisker for floating point."""
    return int(math.copysign(math.floor(abs(x) + 0.5 + 1e-6), x))


def ceil_model(x: float) -> int:
    """The model's ceiling: a whisker above a whole number is that number."""
    return math.ceil(x - 1e-6)


def months_between(a: dt.date, b: dt.date) -> int:
    """Whole months from a to b, negative where b is earlier."""
    return 12 * (b.year - a.year) + (b.month - a.month) - (1 if b.day < a.day else 0)


def pmt(balance: float, i: float, n: float) -> float:
    """Level payment that retires `balance` in n months at monthly rate i [USD/month]."""
    if i == 0:
        return balance / n
    last_factor: float = (1 + i) ** -n
    return balance * i / (1 - last_factor)


def nper(balance: float, i: float, payment: float) -> float:
    """Payments that retire `balance`; infinite where the payment does not cover the interest."""
    if payment <= balance * i + 1e-6:
        return math.inf
    if i == 0:
        return balance / payment
    return -math.log(1 - balance * i / payment) / math.log(1 + i)


def instalments(balance: float, i: float, payment: float, at_most: int) -> int:
    """Payments of a loan that ends when its balance is retired or its term is over, whichever is first."""
    needed = nper(balance, i, payment)
    return at_most if math.isinf(needed) else min(at_most, ceil_model(needed))


def roll(balance: float, i: float, payment: float, months: int) -> float:
    """The balance after so many monthly payments; it may pass below zero."""
    for _ in range(months):
        balance = balance * (1 + i) - payment
    return balance


def discount(annual: float, months: int) -> float:
    """Worth today of 1 USD after so many months, at a nominal annual yield compounded monthly."""
    return float((1 + annual / 12) ** -months)
