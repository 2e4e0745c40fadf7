"""A loan brought current in some month: what is still owed on it then, and at a later re-default.

A block, standing behind reinstatement, repayment plan and forbearance. Input: `start`, the month after which the
loan performs; `redefault_month` from the plan that stands on it.
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import HALF, Col, balance_after, maximum, not_


def _current_balance(months: Col, upb: Col, monthly_rate: Col, contract_payment: Col, missed_on_schedule: Col) -> Col:
    """Principal once every instalment up to that month is paid."""
    return maximum(0, balance_after(monthly_rate, missed_on_schedule + months, contract_payment, upb))


def balance(start: Col, upb: Col, monthly_rate: Col, contract_payment: Col, missed_on_schedule: Col) -> Col:
    """Principal when the loan performs again [USD]"""
    return _current_balance(start, upb, monthly_rate, contract_payment, missed_on_schedule)


def term(remaining: Col, start: Col) -> Col:
    """Instalments still due after that [months]"""
    return remaining - start


def matures(term: Col) -> Col:
    """Whether the loan matures before that [yes/no]"""
    return term <= 0


def computable(matures: Col, balance: Col, cent: Col) -> Col:
    """Whether the strategy can be computed: instalments and more than a rounding are left [yes/no]"""
    return not_(matures) & (balance >= HALF * cent)


def redefault_principal(
    redefault_month: Col, upb: Col, monthly_rate: Col, contract_payment: Col, missed_on_schedule: Col
) -> Col:
    """Interest-bearing balance at the re-default [USD]"""
    return _current_balance(redefault_month, upb, monthly_rate, contract_payment, missed_on_schedule)


CURED = Block(__name__, own_functions(globals(), __name__))
