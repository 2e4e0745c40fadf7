"""Foreclosure: the backstop. Its own path, the re-default's path, and the house as REO. Method: strategy 8."""

from lossmit_xl.model.blocks.foreclosure_path import FORECLOSURE_PATH
from lossmit_xl.model.blocks.foreclosure_sale import FORECLOSURE_SALE
from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import Col, annuity, discount, maximum, round_whole, where


def state_sale_months(state_fc_months: Col, fc_months_add: Col, fc_months_factor: Col) -> Col:
    """Months from referral to sale, after the book's own shift and stretch [months]"""
    return round_whole((state_fc_months + fc_months_add) * fc_months_factor)


def contested(fc_contested: Col) -> Col:
    """Whether the borrower contests the foreclosure [yes/no]"""
    return fc_contested == "yes"


def contest_months(contested: Col, contest_delay: Col) -> Col:
    """Delay by a contest [months]"""
    return where(contested, contest_delay, 0)


def contest_cost(contested: Col, contested_legal_cost: Col) -> Col:
    """Legal cost of a contest [USD]"""
    return where(contested, contested_legal_cost, 0)


def bk_months(bk_chapter: Col, bk_delay_7: Col, bk_delay_11: Col, bk_delay_12: Col, bk_delay_13: Col) -> Col:
    """Delay by the borrower's bankruptcy [months]"""
    return (
        (bk_chapter == "7") * bk_delay_7
        + (bk_chapter == "11") * bk_delay_11
        + (bk_chapter == "12") * bk_delay_12
        + (bk_chapter == "13") * bk_delay_13
    )


def auction_net(auction_bid_rate: Col, value: Col, prior_claims: Col) -> Col:
    """What an auction leaves for this lien, before its debt limits it [USD]"""
    return maximum(0, auction_bid_rate * value - prior_claims)


def resale_price(value: Col, reo_discount: Col) -> Col:
    """Price of the house when the holder sells it [USD]"""
    return value * (1 - reo_discount)


def reo_commission(resale_price: Col, reo_sale_cost_rate: Col) -> Col:
    """Cost of that sale [USD]"""
    return resale_price * reo_sale_cost_rate


def reo_receipt(resale_price: Col, reo_commission: Col, prior_claims: Col) -> Col:
    """Received from it, after prior claims [USD]"""
    return maximum(0, resale_price - reo_commission - prior_claims)


def reo_upkeep(carry_ti: Col, reo_monthly: Col) -> Col:
    """Taxes, insurance and upkeep of an REO [USD/month]"""
    return carry_ti + reo_monthly


def reo_months(state_redemption_months: Col, vacant: Col, eviction_months: Col, marketing_months: Col) -> Col:
    """Months from the foreclosure sale to the resale: redemption, eviction, marketing [months]"""
    return state_redemption_months + where(vacant, 0, eviction_months) + marketing_months


def reo_carry(reo_upkeep: Col, reo_months: Col) -> Col:
    """Upkeep from the sale to the resale [USD]"""
    return reo_upkeep * reo_months


def reo_outlay(repair_rate: Col, value: Col, vacant: Col, cash_for_keys_reo: Col) -> Col:
    """Repairs and cash for keys [USD]"""
    return repair_rate * value + where(vacant, 0, cash_for_keys_reo)


def reo_pv(
    reo_receipt: Col, contingency: Col, monthly_yield: Col, reo_months: Col, reo_upkeep: Col, reo_outlay: Col
) -> Col:
    """Worth of the house at the foreclosure sale, at the target yield [USD]"""
    resale = reo_receipt * (1 - contingency) * discount(monthly_yield, reo_months)
    return resale - reo_outlay - reo_upkeep * annuity(monthly_yield, reo_months)


def foreclosure_pursuit_npv(foreclosure_npv: Col) -> Col:
    """Worth of pursuing it: it needs nobody's consent [USD]"""
    return foreclosure_npv


def attempt_fallback(
    foreclosure_npv: Col, monthly_yield: Col, attempt_months: Col, servicing_fee: Col, carry_ti: Col
) -> Col:
    """Worth of a foreclosure that starts after a vain attempt at something else, its holding cost deducted [USD]"""
    later = discount(monthly_yield, attempt_months) * maximum(0, foreclosure_npv)
    return later - (servicing_fee + carry_ti) * annuity(monthly_yield, attempt_months)


BLOCKS = (
    FORECLOSURE_PATH.of("foreclosure", missed_now="missed", elapsed="fc_months_elapsed"),
    FORECLOSURE_PATH.of(
        "redefault_fc", missed_now=0, elapsed=0, bk_months=0, contest_months=0, contest_cost=0,
    ),
    FORECLOSURE_SALE.of(
        "foreclosure",
        debt_balance="legal_balance", debt_principal="upb", debt_rate="monthly_rate",
        sale_month="foreclosure_sale_month", legal_cost="foreclosure_legal_cost",
        carry_to_sale="foreclosure_carry_to_sale", cost_pv="foreclosure_cost_pv",
    ),
    *totals("foreclosure", consent=False, chance=""),
)  # fmt: skip
