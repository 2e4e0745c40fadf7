"""A foreclosure's time and costs, from its start to the sale and, as REO, to the resale.

A block, standing twice: for the loan as it is, and for a re-default (uncontested, outside bankruptcy, nothing
elapsed). Inputs: `missed_now`, `elapsed`, `bk_months`, `contest_months`, `contest_cost`.
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import HALF, Col, annuity, discount, maximum, where


def wait(elapsed: Col, referral_wait: Col, missed_now: Col) -> Col:
    """Months before the loan may be referred: nothing is, before it is 120 days late [months]"""
    return where(elapsed > 0, 0, maximum(0, referral_wait - missed_now))


def sale_month(wait: Col, state_sale_months: Col, elapsed: Col, bk_months: Col, contest_months: Col) -> Col:
    """Month of the foreclosure sale [months]"""
    return wait + maximum(1, state_sale_months - elapsed) + bk_months + contest_months


def legal_cost(state_legal_fee: Col, state_other_costs: Col, contest_cost: Col, elapsed: Col) -> Col:
    """Legal cost still to be paid; half is spent once the loan is referred [USD]"""
    full = state_legal_fee + state_other_costs + contest_cost
    return where(elapsed > 0, full * HALF, full)


def carry_to_sale(carry_ti: Col, preservation_monthly: Col) -> Col:
    """Taxes, insurance and preservation until the sale [USD/month]"""
    return carry_ti + preservation_monthly


def cost_pv(
    legal_cost: Col, monthly_yield: Col, wait: Col, sale_month: Col, carry_to_sale: Col, servicing_fee: Col
) -> Col:
    """Worth at the start of all that is paid up to the sale [USD]"""
    legal = legal_cost * HALF * (discount(monthly_yield, wait) + discount(monthly_yield, sale_month))
    return legal + (carry_to_sale + servicing_fee) * annuity(monthly_yield, sale_month)


FORECLOSURE_PATH = Block(__name__, own_functions(globals(), __name__))
