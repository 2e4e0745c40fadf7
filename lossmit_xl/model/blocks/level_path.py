"""A level payment path: payments of one size until the balance is retired or the term ends.

A block. Inputs: `balance` B at its start, `rate` a month, `payment` p, `term` N; `sold_after` and
`sold_early` from the tail that stands on it; `months_by_redefault` that are paid before a re-default.
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import TICK, Col, annuity, balance_after, ceil, discount, maximum, minimum, nper, where


def months(payment: Col, balance: Col, rate: Col, term: Col) -> Col:
    """Payments until the loan is retired or matures [months]"""
    return where(payment <= balance * rate + TICK, term, minimum(term, ceil(nper(rate, payment, balance))))


def last_payment(payment: Col, rate: Col, months: Col, balance: Col) -> Col:
    """The last payment: what is still owed, at most a level payment [USD]"""
    return minimum(payment, balance_after(rate, months - 1, payment, balance) * (1 + rate))


def left(rate: Col, months: Col, payment: Col, balance: Col) -> Col:
    """Balance left at maturity: a balloon [USD]"""
    return maximum(0, balance_after(rate, months, payment, balance))


def level_months(sold_early: Col, sold_after: Col, months: Col) -> Col:
    """Level payments collected before the exit, the last payment not counted [months]"""
    return where(sold_early, sold_after, months - 1)


def last_received(sold_early: Col, last_payment: Col) -> Col:
    """The last payment, where the holder stays for it [USD]"""
    return where(sold_early, 0, last_payment)


def receipts(payment: Col, level_months: Col, last_received: Col) -> Col:
    """Payments collected before the exit [USD]"""
    return payment * level_months + last_received


def pv(payment: Col, monthly_yield: Col, level_months: Col, last_received: Col, months: Col) -> Col:
    """Worth of those payments when the path starts, at the target yield [USD]"""
    return payment * annuity(monthly_yield, level_months) + last_received * discount(monthly_yield, months)


def balance_at_exit(rate: Col, sold_after: Col, payment: Col, balance: Col) -> Col:
    """Balance at the exit [USD]"""
    return balance_after(rate, sold_after, payment, balance)


def worth(payment: Col, exit_yield_monthly: Col, months: Col, sold_after: Col, last_payment: Col) -> Col:
    """Worth at the exit of the payments after it, at the exit yield [USD]"""
    level = payment * annuity(exit_yield_monthly, maximum(0, months - 1 - sold_after))
    return level + last_payment * discount(exit_yield_monthly, months - sold_after)


def receipts_by_redefault(payment: Col, months_by_redefault: Col) -> Col:
    """Payments collected before a re-default [USD]"""
    return payment * months_by_redefault


def pv_by_redefault(payment: Col, monthly_yield: Col, months_by_redefault: Col) -> Col:
    """Worth of those when the path starts, at the target yield [USD]"""
    return payment * annuity(monthly_yield, months_by_redefault)


LEVEL_PATH = Block(__name__, own_functions(globals(), __name__))
