"""The performing tail of a retention strategy: how the holder leaves a loan that pays again.

A block. Inputs: `path_months` M of payments, the receipts and worth of the payment path up to and after the
exit, `path_left` (balance after M), `path_balance` (balance at the exit), `extra` (non-interest-bearing
principal due with the last payment).
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import Col, discount, minimum, where


def sold_after(exit: Col, exit_months: Col, path_months: Col) -> Col:
    """Payments the holder collects before he leaves: to the sale of the note, or to the end [months]"""
    return where(exit == "sell", minimum(exit_months, path_months), path_months)


def sold_early(sold_after: Col, path_months: Col) -> Col:
    """Whether the note is sold before its last payment [yes/no]"""
    return sold_after < path_months


def worth(
    path_worth: Col, path_left: Col, extra: Col, exit_yield_monthly: Col, path_months: Col, sold_after: Col
) -> Col:
    """Worth of all that is still due after the exit, at the exit yield [USD]"""
    return path_worth + (path_left + extra) * discount(exit_yield_monthly, path_months - sold_after)


def exit_cap(exit_cap_value: Col, equity: Col) -> Col:
    """The most a buyer lends against the house [USD]"""
    return exit_cap_value * equity


def final(exit: Col, sold_early: Col, worth: Col, path_balance: Col, path_left: Col, extra: Col, exit_cap: Col) -> Col:
    """Received at the exit besides the payments: the note's price, or what is left at the end [USD]"""
    price = minimum(worth, path_balance + extra, exit_cap)
    at_the_end = where(exit == "sell", minimum(path_left + extra, exit_cap), path_left + extra)
    return where(sold_early, price, at_the_end)


def receipts(path_receipts: Col, final: Col) -> Col:
    """All receipts from the tail [USD]"""
    return path_receipts + final


def pv(path_pv: Col, final: Col, monthly_yield: Col, sold_after: Col) -> Col:
    """Worth of the tail's receipts when it starts, at the target yield [USD]"""
    return path_pv + final * discount(monthly_yield, sold_after)


TAIL = Block(__name__, own_functions(globals(), __name__))
