"""The ways out: discounted payoff, short sale, deed-in-lieu, foreclosure; and the sale of the note as it stands.

docs/method.md, strategies 5 to 9.
"""

from __future__ import annotations

from lossmit_xl.ledger.facts import Facts
from lossmit_xl.ledger.flows import (
    Case,
    Flow,
    Owed,
    Plan,
    foreclosure,
    liquidation_proceeds,
    monthly,
    npl_servicing_fee,
    reo,
    reo_sale_commission,
)


def holding(facts: Facts, months: int) -> list[Flow]:
    """Taxes, insurance and non-performing servicing up to a sale or deed."""
    return [
        *monthly("carry", -facts.carry_ti, 1, months),
        *monthly("servicing", -npl_servicing_fee(facts), 1, months),
    ]


def payoff_amount(facts: Facts) -> float:
    """What the borrower is asked for: his offer, or a share of the debt or the equity; never above the debt."""
    a = facts.assumptions
    asked = facts.dpo_offer
    if asked is None:
        share = min(a.dpo_rate_debt * facts.legal_balance, a.dpo_rate * facts.equity)
        asked = max(share, a.dpo_floor_upb * facts.upb)
    return min(facts.legal_balance, asked)


def discounted_payoff(facts: Facts) -> Plan:
    """The borrower pays less than he owes, at once, and is free."""
    month, lump = facts.dpo_month, payoff_amount(facts)
    flows = [*holding(facts, month), Flow(month, "legal", -facts.assumptions.dpo_legal_cost)]
    return Plan([*flows, *liquidation_proceeds(facts, month, lump)], last=month, lump=lump)


def short_sale(facts: Facts) -> Plan:
    """The borrower sells; this lien takes what is left of the price."""
    a = facts.assumptions
    month, price = a.short_sale_months, facts.value * (1 - a.short_sale_discount)
    commission = price * a.sale_cost_rate
    net = max(0.0, price - commission - facts.prior_claims - a.junior_release)
    incentive = 0.0 if net >= facts.legal_balance else a.borrower_incentive
    flows = [*holding(facts, month), Flow(month, "disposition", -incentive)]
    flows += liquidation_proceeds(facts, month, min(net, facts.legal_balance))
    return Plan(flows, last=month, sale_costs=commission)


def deed_in_lieu(facts: Facts) -> Plan:
    """The borrower gives the deed and leaves; the holder sells the house."""
    a = facts.assumptions
    deed, keys = a.dil_months, 0.0 if facts.vacant else a.cash_for_keys_dil
    owned = reo(facts, deed, 0, a.marketing_months, keys, a.dil_repair_rate, at_most=facts.legal_balance)
    flows = [*holding(facts, deed), Flow(deed, "legal", -a.dil_legal_cost), *owned]
    return Plan(flows, last=deed + a.marketing_months, sale_costs=reo_sale_commission(facts))


def own_foreclosure(facts: Facts) -> Plan:
    """Foreclose on the loan as it stands today."""
    owed = Owed(facts.upb, facts.note_rate, facts.legal_balance)
    case = Case(owed, facts.missed, facts.fc_months_elapsed, facts.contested, facts.bk_chapter)
    return foreclosure(facts, 0, case)


def note_sale(facts: Facts) -> Plan:
    """Sell the note as it stands."""
    a = facts.assumptions
    price = a.note_sale_rate * min(facts.legal_balance, facts.equity)
    flows = monthly("servicing", -npl_servicing_fee(facts), 1, a.note_sale_months)
    return Plan([*flows, Flow(a.note_sale_months, "proceeds", price)], last=a.note_sale_months)
