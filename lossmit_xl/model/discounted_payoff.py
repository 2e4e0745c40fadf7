"""Discounted payoff: the lien is released for less than is owed. Method: strategy 5."""

from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import Col, annuity, discount, maximum, minimum, where


def discounted_payoff_asked(
    dpo_rate_debt: Col, legal_balance: Col, dpo_rate: Col, equity: Col, dpo_floor_upb: Col, upb: Col
) -> Col:
    """Payoff to ask for: a share of debt or equity; a lien without equity still settles for something [USD]"""
    return maximum(minimum(dpo_rate_debt * legal_balance, dpo_rate * equity), dpo_floor_upb * upb)


def discounted_payoff_lump(legal_balance: Col, dpo_offer: Col, discounted_payoff_asked: Col) -> Col:
    """Payoff: the borrower's offer, else what is asked, at most the debt [USD]"""
    return minimum(legal_balance, where(dpo_offer > 0, dpo_offer, discounted_payoff_asked))


def discounted_payoff_gross(discounted_payoff_lump: Col) -> Col:
    """Proceeds [USD]"""
    return discounted_payoff_lump


def discounted_payoff_legal(dpo_legal_cost: Col) -> Col:
    """Legal cost [USD]"""
    return dpo_legal_cost


def discounted_payoff_servicing(servicing_fee: Col, dpo_month: Col) -> Col:
    """Servicing up to the payoff [USD]"""
    return servicing_fee * dpo_month


def discounted_payoff_carry(carry_ti: Col, dpo_month: Col) -> Col:
    """Taxes and insurance up to the payoff [USD]"""
    return carry_ti * dpo_month


def discounted_payoff_fee(contingency: Col, discounted_payoff_lump: Col) -> Col:
    """Contingency fee [USD]"""
    return contingency * discounted_payoff_lump


def discounted_payoff_cost_pv(
    dpo_legal_cost: Col, monthly_yield: Col, dpo_month: Col, carry_ti: Col, servicing_fee: Col
) -> Col:
    """Worth today of its legal cost, taxes, insurance and servicing [USD]"""
    legal = dpo_legal_cost * discount(monthly_yield, dpo_month)
    return legal + (carry_ti + servicing_fee) * annuity(monthly_yield, dpo_month)


def discounted_payoff_npv(
    discounted_payoff_lump: Col, contingency: Col, monthly_yield: Col, dpo_month: Col, discounted_payoff_cost_pv: Col
) -> Col:
    """Worth today at the target yield [USD]"""
    return discounted_payoff_lump * (1 - contingency) * discount(monthly_yield, dpo_month) - discounted_payoff_cost_pv


BLOCKS = totals("discounted_payoff", without=("disposition",))
