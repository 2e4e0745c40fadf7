"""What a foreclosure brings: a third party's bid at the auction, or the resale of the house as REO.

A block, standing five times: for the loan as it is, and behind each retention strategy's re-default. Inputs:
`debt_balance` (legal balance at the start), `debt_principal` and `debt_rate` (interest runs on), `wait`,
`sale_month`, `legal_cost`, `carry_to_sale`, `cost_pv` from a foreclosure path.
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import Col, discount, minimum, where


def debt(
    debt_balance: Col, debt_principal: Col, debt_rate: Col, sale_month: Col, legal_cost: Col, carry_ti: Col
) -> Col:
    """What the borrower owes at the sale [USD]"""
    return debt_balance + debt_principal * debt_rate * sale_month + legal_cost + carry_ti * sale_month


def third_party(auction_net: Col, debt: Col, third_party_share: Col) -> Col:
    """Chance that a third party buys at the auction; certain where it would bring the whole debt [share]"""
    return where(auction_net >= debt, 1, third_party_share)


def auction_receipt(auction_net: Col, debt: Col) -> Col:
    """Received at the auction from a third party [USD]"""
    return minimum(auction_net, debt)


def gross(third_party: Col, auction_receipt: Col, reo_receipt: Col) -> Col:
    """Expected proceeds [USD]"""
    return third_party * auction_receipt + (1 - third_party) * reo_receipt


def legal(legal_cost: Col) -> Col:
    """Legal cost [USD]"""
    return legal_cost


def servicing(servicing_fee: Col, sale_month: Col) -> Col:
    """Servicing up to the sale [USD]"""
    return servicing_fee * sale_month


def carry(carry_to_sale: Col, sale_month: Col, third_party: Col, reo_carry: Col) -> Col:
    """Expected taxes, insurance, preservation and REO upkeep [USD]"""
    return carry_to_sale * sale_month + (1 - third_party) * reo_carry


def disposition(third_party: Col, reo_outlay: Col) -> Col:
    """Expected repairs and cash for keys [USD]"""
    return (1 - third_party) * reo_outlay


def fee(contingency: Col, gross: Col) -> Col:
    """Expected contingency fee [USD]"""
    return contingency * gross


def sale_costs(third_party: Col, reo_commission: Col) -> Col:
    """Expected commission already taken out of the resale [USD]"""
    return (1 - third_party) * reo_commission


def months(sale_month: Col, third_party: Col, reo_months: Col) -> Col:
    """Expected months to the money [months]"""
    return sale_month + (1 - third_party) * reo_months


def npv(
    third_party: Col, auction_receipt: Col, contingency: Col, reo_pv: Col, monthly_yield: Col, sale_month: Col,
    cost_pv: Col,
) -> Col:
    """Worth at the start, at the target yield [USD]"""
    at_sale = third_party * auction_receipt * (1 - contingency) + (1 - third_party) * reo_pv
    return at_sale * discount(monthly_yield, sale_month) - cost_pv


FORECLOSURE_SALE = Block(__name__, own_functions(globals(), __name__))
