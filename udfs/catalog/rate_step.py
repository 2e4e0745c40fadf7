"""The rate at which level payments and a balloon are worth a price: Newton's steps, written out.

A block. One step towards the root of log(worth/price) over the log rate, a convex falling curve: every step after
the first stays on one side of the root, so that none runs away. Started from the better of two lower bounds (the
step from rate 0, and the step from payment/price, which is above the root) six steps settle it for every loan;
the rate is put back into its equation, and where it does not fit the result is #NUM!. Inputs: `before` (the rate
so far, a month), `months`, `payment`, `balloon`, `price`.
"""

from __future__ import annotations

from lossmit_xl.graph import Block, BlockInstance
from lossmit_xl.ops import TICK, Col, maximum, power, where

STEPS = 6
LOWEST_RATE, HIGHEST_RATE = -0.99, 10.0  # a month: where the model looks for a rate of return
MONTHS_A_YEAR = 12
NEAR_0 = 1e-16  # square of a rate below which 1 - v has lost its digits
NEAR_0_TIMED = 1e-10  # the same for the payments times their months


def v(before: Col, months: Col) -> Col:
    """Worth of 1 with the last payment [share]"""
    return power(1 + before, -months)


def level(before: Col, months: Col, v: Col) -> Col:
    """Worth of 1 a month [months]"""
    near = months - before * months * (months + 1) / 2
    return where(before * before < NEAR_0, near, (1 - v) / before)


def worth(payment: Col, level: Col, balloon: Col, v: Col) -> Col:
    """Worth of payments and balloon at the rate so far [USD]"""
    return payment * level + balloon * v


def timed(before: Col, months: Col, level: Col, v: Col) -> Col:
    """Worth of 1 a month, each times its month [months]"""
    by_rate = (level * (1 + before) - months * v) / before
    return where(before * before < NEAR_0_TIMED, months * (months + 1) / 2, by_rate)


def rate(before: Col, worth: Col, price: Col, payment: Col, timed: Col, balloon: Col, months: Col, v: Col) -> Col:
    """The rate one step nearer [per month]"""
    life = (payment * timed + balloon * months * v) / worth
    return (1 + before) * power(worth / price, 1 / life) - 1


def of_price(payment: Col, price: Col) -> Col:
    """Payment in proportion to the price: above the rate that is looked for, where there is no balloon [per month]"""
    return payment / price


def start_rate(near_rate: Col, far_rate: Col) -> Col:
    """Where the steps begin: below the root, as near as the two bounds allow [per month]"""
    return maximum(near_rate, far_rate)


def fits(worth: Col, price: Col) -> Col:
    """Whether the rate, put back, gives the price [yes/no]"""
    return (worth > price * (1 - TICK)) & (worth < price * (1 + TICK))


def in_range(before: Col) -> Col:
    """Whether the rate lies where the model looks for one [yes/no]"""
    return (before > LOWEST_RATE) & (before < HIGHEST_RATE)


def annual(before: Col) -> Col:
    """The rate a year [per year]"""
    return before * MONTHS_A_YEAR


RATE_STEP = Block(__name__, {"v": v, "level": level, "worth": worth, "timed": timed, "rate": rate})
START = Block(__name__, {"of_price": of_price})
FOUND = Block(
    __name__, {"v": v, "level": level, "worth": worth, "fits": fits, "in_range": in_range, "annual": annual}
)
FITS = "no rate was found that gives the price back"
IN_RANGE = "no monthly rate between -99 % and 1,000 % gives that price"


def rate_steps(**bind: str | float) -> tuple[BlockInstance, ...]:
    """The steps; `bind` names the arguments that stand for months, payment, price, balloon."""
    steps = tuple(
        RATE_STEP.of(f"step{place}", before=f"step{place - 1}_rate" if place > 1 else "start_rate", **bind)
        for place in range(1, STEPS + 1)
    )
    return (
        START.of("payment", payment=bind.get("payment", "payment"), price=bind.get("price", "price")),
        RATE_STEP.of("near", before=0, **bind),
        RATE_STEP.of("far", before="payment_of_price", **bind),
        *steps,
        FOUND.of("found", before=f"step{STEPS}_rate", **bind),
    )
