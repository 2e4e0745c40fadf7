"""What a liquidation leaves: net recovery, discounted payoff, short sale, deed-in-lieu."""

from __future__ import annotations

from lossmit_udfs.body import BLANK_NUMBER
from lossmit_udfs.definitions import NO_CAP, Argument, Body, Function, Result, Source, like, money, yesno
from lossmit_xl.ops import Col, annuity, discount

CATEGORY = "Loss mitigation: recovery"
YIELD_HELP = "Yield a year, compounded monthly, as a decimal: 0.15 is 15 %; 0 = undiscounted"
LONGEST = 600.0  # months


def yield_or_none() -> Argument:
    """The investor's yield, 0 where blank."""
    return like("target_yield", "annual_yield", YIELD_HELP, optional=True, default=0.0)


def costs_pv(fixed_costs: Col, monthly_costs: Col, monthly_yield: Col, months: Col) -> Col:
    """Worth today of the costs: fixed ones now, monthly ones until the proceeds [USD]"""
    return fixed_costs + monthly_costs * annuity(monthly_yield, months)


def net_recovery_pv(short_sale_gross: Col, monthly_yield: Col, months: Col, costs_pv: Col) -> Col:
    """Worth today of the proceeds less the costs [USD]"""
    return short_sale_gross * discount(monthly_yield, months) - costs_pv


NETRECOVERY = Function(
    "NETRECOVERY", CATEGORY,
    "Net recovery in USD: proceeds after sale costs and prior claims, at most the debt, received at the month given, "
    "less fixed costs now and monthly costs till then; worth today at the yield.",
    (
        money("gross_proceeds", "Sale price or other gross proceeds, in USD"),
        Argument("months", "number", "Months to the money; a part of a month counts in proportion", "months",
                 0.0, LONGEST),
        money("fixed_costs", "Costs paid at once, in USD", optional=True, default=0.0),
        money("monthly_costs", "Costs at the end of each month till then, in USD", unit="USD/month", optional=True,
              default=0.0),
        like("sale_cost_rate", "sale_cost_rate", "Commission and closing costs, as a share of the gross proceeds",
             optional=True, default=0.0),
        money("prior_claims", "Senior liens and taxes paid before this lien, in USD", optional=True, default=0.0),
        money("debt_cap", "The most that may be received: the debt, in USD", optional=True, default=NO_CAP),
        yield_or_none(),
    ),
    (Result("net_recovery_pv", "USD", "Net recovery"),),
    Body(
        rules=(costs_pv, net_recovery_pv),
        bind={
            "short_sale_price": "gross_proceeds", "junior_release": 0, "legal_balance": "debt_cap",
            "target_yield": "annual_yield",
        },
    ),
)  # fmt: skip


DPO_BREAKEVEN = Function(
    "DPO_BREAKEVEN", CATEGORY,
    "Discounted payoff in USD that is worth as much today as the alternative, its own costs paid. "
    "Never below 0; it may exceed the debt.",
    (
        Argument("alternative_npv", "money", "Worth today of the alternative, at the same yield, in USD; may be "
                 "negative", "USD"),
        like("target_yield", "annual_yield", "Yield a year, compounded monthly, as a decimal: 0.15 is 15 %"),
        like("dpo_month", "dpo_month", "Month of the payoff", low=0.0, optional=True),
        money("dpo_costs", "Costs paid in that month, in USD", optional=True, default=0.0),
        money("monthly_costs", "Costs at the end of each month till then, in USD", unit="USD/month", optional=True,
              default=0.0),
        like("contingency_rate", "contingency_rate", "Share of the payoff that the servicer keeps", optional=True,
             default=0.0),
    ),
    (Result("dpo_breakeven", "USD", "Payoff"),),
    Body(
        bind={
            "dpo_alternative_npv": "alternative_npv", "target_yield": "annual_yield", "dpo_legal_cost": "dpo_costs",
            "carry_ti": "monthly_costs", "servicing_fee": 0, "contingency": "contingency_rate",
        },
    ),
)  # fmt: skip

VALUE = money("property_value", "As-is value of the property (BPO), in USD")
DEBT = money("debt", "Everything the borrower owes, in USD: the most that is received")
PRIOR = money("prior_claims", "Senior liens and taxes paid before this lien, in USD", optional=True, default=0.0)
HOLDING = (
    like("value_haircut", "value_haircut", "Taken off the value first, as a share", optional=True),
    like("tax_insurance_rate", "annual_tax_insurance_rate", "Taxes and insurance a year, as a share of the value",
         optional=True),
    like("servicing_npl", "servicing_monthly", "Servicing a month, in USD", optional=True),
    like("contingency_rate", "contingency_rate", "Share of the proceeds that the servicer keeps", optional=True,
         default=0.0),
)  # fmt: skip
HELD: dict[str, Source] = {
    "legal_balance": "debt", "target_yield": "annual_yield", "contingency": "contingency_rate",
    "servicing_fee": "servicing_monthly", "tax_insurance_rate": "annual_tax_insurance_rate",
    "annual_taxes_insurance": BLANK_NUMBER, "lien": 1,
}  # fmt: skip
"""What stands for the model's inputs where a house is held until it is sold."""

SHORTSALE_NET = Function(
    "SHORTSALE_NET", CATEGORY,
    "Net recovery of a short sale in USD: the net price, at most the debt, less incentive, taxes, insurance and "
    "servicing; worth today at the yield.",
    (
        VALUE, DEBT, PRIOR, yield_or_none(),
        like("short_sale_months", "months", "Months until the sale closes", optional=True),
        like("short_sale_discount", "price_discount", "Price below the value, as a share", optional=True),
        like("sale_cost_rate", "sale_cost_rate", "Commission and closing costs, as a share of the price",
             optional=True),
        like("borrower_incentive", "borrower_incentive", "Paid to the borrower at closing, in USD; none where the debt "
             "is paid in full", optional=True),
        *HOLDING,
    ),
    (Result("short_sale_npv", "USD", "Net recovery"),),
    Body(bind={
        **HELD, "short_sale_months": "months", "short_sale_discount": "price_discount", "junior_release": 0,
    }),
)  # fmt: skip

DIL_NET = Function(
    "DIL_NET", CATEGORY,
    "Net recovery of a deed-in-lieu in USD: the house is taken, repaired and sold, the receipt at most the debt; "
    "worth today at the yield.",
    (
        VALUE, DEBT, PRIOR, yield_or_none(),
        like("dil_months", "months", "Months until the deed", optional=True),
        like("marketing_months", "marketing_months", "Months from the deed to the sale", optional=True),
        like("dil_repair_rate", "repair_rate", "Repairs, as a share of the value", optional=True),
        like("dil_legal_cost", "legal_cost", "Legal cost of the deed, in USD", optional=True),
        like("cash_for_keys_dil", "cash_for_keys", "Paid to the occupant for leaving, in USD; none where vacant",
             optional=True),
        yesno("vacant", "TRUE where nobody lives there"),
        *HOLDING,
    ),
    (Result("deed_in_lieu_npv", "USD", "Net recovery"),),
    Body(bind={
        **HELD, "dil_months": "months", "dil_repair_rate": "repair_rate", "dil_legal_cost": "legal_cost",
        "cash_for_keys_dil": "cash_for_keys",
    }),
)  # fmt: skip

FUNCTIONS = (NETRECOVERY, DPO_BREAKEVEN, SHORTSALE_NET, DIL_NET)
