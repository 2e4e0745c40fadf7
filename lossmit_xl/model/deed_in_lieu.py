"""Deed-in-lieu: the borrower hands over the house, the holder sells it. Method: strategy 7."""

from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import Col, annuity, discount, minimum, where


def deed_in_lieu_months(dil_months: Col, marketing_months: Col) -> Col:
    """Months to the money: the deed, then the sale of the house [months]"""
    return dil_months + marketing_months


def deed_in_lieu_gross(reo_receipt: Col, legal_balance: Col) -> Col:
    """Proceeds of the sale, at most what is owed: a borrower with equity sells instead [USD]"""
    return minimum(reo_receipt, legal_balance)


def deed_in_lieu_legal(dil_legal_cost: Col) -> Col:
    """Legal cost of the deed [USD]"""
    return dil_legal_cost


def deed_in_lieu_servicing(servicing_fee: Col, dil_months: Col) -> Col:
    """Servicing up to the deed [USD]"""
    return servicing_fee * dil_months


def deed_in_lieu_carry(carry_ti: Col, dil_months: Col, reo_upkeep: Col, marketing_months: Col) -> Col:
    """Taxes and insurance up to the deed, upkeep after it [USD]"""
    return carry_ti * dil_months + reo_upkeep * marketing_months


def deed_in_lieu_disposition(dil_repair_rate: Col, value: Col, vacant: Col, cash_for_keys_dil: Col) -> Col:
    """Repairs and cash for keys [USD]"""
    return dil_repair_rate * value + where(vacant, 0, cash_for_keys_dil)


def deed_in_lieu_fee(contingency: Col, deed_in_lieu_gross: Col) -> Col:
    """Contingency fee [USD]"""
    return contingency * deed_in_lieu_gross


def deed_in_lieu_sale_costs(reo_commission: Col) -> Col:
    """Commission already taken out of the sale [USD]"""
    return reo_commission


def deed_in_lieu_reo_pv(
    deed_in_lieu_gross: Col, deed_in_lieu_fee: Col, monthly_yield: Col, marketing_months: Col, reo_upkeep: Col
) -> Col:
    """Worth of the house when the deed is taken, upkeep deducted [USD]"""
    sale = (deed_in_lieu_gross - deed_in_lieu_fee) * discount(monthly_yield, marketing_months)
    return sale - reo_upkeep * annuity(monthly_yield, marketing_months)


def deed_in_lieu_npv(
    deed_in_lieu_reo_pv: Col, dil_legal_cost: Col, deed_in_lieu_disposition: Col, monthly_yield: Col, dil_months: Col,
    carry_ti: Col, servicing_fee: Col,
) -> Col:
    """Worth today at the target yield [USD]"""
    at_deed = deed_in_lieu_reo_pv - dil_legal_cost - deed_in_lieu_disposition
    held = (carry_ti + servicing_fee) * annuity(monthly_yield, dil_months)
    return at_deed * discount(monthly_yield, dil_months) - held


BLOCKS = totals("deed_in_lieu")
