"""Short sale: the borrower sells, this lien takes the net price. Method: strategy 6."""

from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import Col, annuity, discount, maximum, minimum, where


def short_sale_price(value: Col, short_sale_discount: Col) -> Col:
    """Contract price [USD]"""
    return value * (1 - short_sale_discount)


def short_sale_sale_costs(short_sale_price: Col, sale_cost_rate: Col) -> Col:
    """Commission and closing costs, taken out of the price [USD]"""
    return short_sale_price * sale_cost_rate


def short_sale_gross(
    short_sale_price: Col, short_sale_sale_costs: Col, prior_claims: Col, junior_release: Col, legal_balance: Col
) -> Col:
    """Proceeds: 0 where prior claims take it all, at most what is owed [USD]"""
    return minimum(
        maximum(0, short_sale_price - short_sale_sale_costs - prior_claims - junior_release), legal_balance
    )


def short_sale_servicing(servicing_fee: Col, short_sale_months: Col) -> Col:
    """Servicing up to the sale [USD]"""
    return servicing_fee * short_sale_months


def short_sale_carry(carry_ti: Col, short_sale_months: Col) -> Col:
    """Taxes and insurance up to the sale [USD]"""
    return carry_ti * short_sale_months


def short_sale_disposition(short_sale_gross: Col, legal_balance: Col, borrower_incentive: Col) -> Col:
    """Incentive to the borrower; none where the debt is paid in full [USD]"""
    return where(short_sale_gross < legal_balance, borrower_incentive, 0)


def short_sale_fee(contingency: Col, short_sale_gross: Col) -> Col:
    """Contingency fee [USD]"""
    return contingency * short_sale_gross


def short_sale_npv(
    short_sale_gross: Col, short_sale_fee: Col, short_sale_disposition: Col, monthly_yield: Col,
    short_sale_months: Col, carry_ti: Col, servicing_fee: Col,
) -> Col:
    """Worth today at the target yield [USD]"""
    at_sale = short_sale_gross - short_sale_fee - short_sale_disposition
    held = (carry_ti + servicing_fee) * annuity(monthly_yield, short_sale_months)
    return at_sale * discount(monthly_yield, short_sale_months) - held


BLOCKS = totals("short_sale", without=("legal",))
