"""The bid: what to pay for the target yield, within the caps; and the break-even payoff. Method: bid."""

from lossmit_xl.ops import BLANK, Col, choose, discount, first_of, known, maximum, minimum, number, row_of, where


def expected_npv(
    reinstatement_weight: Col, reinstatement_outcome_npv: Col, repayment_plan_weight: Col,
    repayment_plan_outcome_npv: Col, forbearance_weight: Col, forbearance_outcome_npv: Col, modification_weight: Col,
    modification_outcome_npv: Col, discounted_payoff_weight: Col, discounted_payoff_outcome_npv: Col,
    short_sale_weight: Col, short_sale_outcome_npv: Col, deed_in_lieu_weight: Col, deed_in_lieu_outcome_npv: Col,
    foreclosure_weight: Col, foreclosure_outcome_npv: Col, note_sale_weight: Col, note_sale_outcome_npv: Col,
) -> Col:
    """Weighted worth of the outcomes: who pays this earns the target yield on what is expected [USD]"""
    return (
        reinstatement_weight * number(reinstatement_outcome_npv)
        + repayment_plan_weight * number(repayment_plan_outcome_npv)
        + forbearance_weight * number(forbearance_outcome_npv)
        + modification_weight * number(modification_outcome_npv)
        + discounted_payoff_weight * discounted_payoff_outcome_npv
        + short_sale_weight * short_sale_outcome_npv
        + deed_in_lieu_weight * deed_in_lieu_outcome_npv
        + foreclosure_weight * foreclosure_outcome_npv
        + note_sale_weight * note_sale_outcome_npv
    )


def bid_by_yield(expected_npv: Col, acquisition_cost: Col, acquisition_rate: Col, upb: Col) -> Col:
    """Price at the target yield, acquisition costs deducted [USD]"""
    return expected_npv - acquisition_cost - acquisition_rate * upb


def bid_by_upb(bid_cap_upb: Col, upb: Col) -> Col:
    """Most to pay against the unpaid principal [USD]"""
    return bid_cap_upb * upb


def bid_by_value(bid_cap_value: Col, equity: Col) -> Col:
    """Most to pay against the equity in the house [USD]"""
    return bid_cap_value * equity


def bid_limit(bid_by_yield: Col, bid_by_upb: Col, bid_by_value: Col) -> Col:
    """The lowest of the three [USD]"""
    return minimum(bid_by_yield, bid_by_upb, bid_by_value)


def bid(bid_limit: Col) -> Col:
    """Highest price at the target yield and within the caps; never below 0 [USD]"""
    return maximum(0, bid_limit)


def bid_binding(bid_limit: Col, bid_by_yield: Col, bid_by_upb: Col) -> Col:
    """Which limit sets the bid: floor, yield, upb or value [word]"""
    return first_of(
        bid_limit < 0, "floor",
        bid_by_yield <= bid_limit, "yield",
        bid_by_upb <= bid_limit, "upb",
        "value",
    )  # fmt: skip


def price(purchase_price: Col, bid: Col) -> Col:
    """Price that returns are measured on: the one paid or asked, else the bid [USD]"""
    return where(number(purchase_price) > 0, purchase_price, bid)


def dpo_alternative_npv(
    dpo_alternative: Col, strategy_keys: Col, reinstatement_npv: Col, repayment_plan_npv: Col, forbearance_npv: Col,
    modification_npv: Col, discounted_payoff_npv: Col, short_sale_npv: Col, deed_in_lieu_npv: Col,
    foreclosure_npv: Col, note_sale_npv: Col,
) -> Col:
    """Worth of the strategy that a payoff is held against; blank where it can't be computed [USD]"""
    return choose(
        row_of(dpo_alternative, strategy_keys), reinstatement_npv, repayment_plan_npv, forbearance_npv,
        modification_npv, discounted_payoff_npv, short_sale_npv, deed_in_lieu_npv, foreclosure_npv, note_sale_npv,
    )  # fmt: skip


def dpo_breakeven(
    dpo_alternative_npv: Col, discounted_payoff_cost_pv: Col, monthly_yield: Col, dpo_month: Col, contingency: Col
) -> Col:
    """Payoff that is worth as much as the alternative; it may exceed the debt [USD]"""
    needed = (number(dpo_alternative_npv) + discounted_payoff_cost_pv) / discount(monthly_yield, dpo_month)
    return where(known(dpo_alternative_npv), maximum(0, needed / (1 - contingency)), BLANK)
