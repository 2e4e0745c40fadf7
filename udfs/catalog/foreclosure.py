"""Foreclosure: how long, how dear, and what it leaves. The state table stands behind all three."""

from __future__ import annotations

from lossmit_udfs.body import BLANK_NUMBER
from lossmit_udfs.catalog.recovery import DEBT, HELD, HOLDING, PRIOR, VALUE, yield_or_none
from lossmit_udfs.definitions import Body, Function, Result, Source, like, money, state, yesno
from lossmit_xl.assumption_cells import INPUT_BY_NAME
from lossmit_xl.ops import Col, known, where

CATEGORY = "Loss mitigation: foreclosure"
FROM_TABLE = "the state table's"
LATE: dict[str, Source] = {"foreclosure_wait": 0, "bk_months": 0}
"""The loan is 120 days late, so that it may be referred at once, and the borrower is not bankrupt."""


def own_other_costs(legal_cost: Col, state_other_costs: Col) -> Col:
    """Other costs of the state; none where the whole legal cost is given [USD]"""
    return where(known(legal_cost), 0, state_other_costs)


def fc_cost(foreclosure_legal: Col, foreclosure_carry: Col, foreclosure_servicing: Col) -> Col:
    """Legal cost, carry and servicing up to the sale [USD]"""
    return foreclosure_legal + foreclosure_carry + foreclosure_servicing


MONTHS = like("fc_months", "months", "Months from referral to the sale; a contest adds its delay",
              optional=True, absent=FROM_TABLE)  # fmt: skip
CONTESTED = yesno(
    "contested",
    f"TRUE where the borrower contests it: adds {INPUT_BY_NAME['contest_delay'].default} months and "
    f"{INPUT_BY_NAME['contested_legal_cost'].default:,.0f} USD of legal cost",
)

FC_MONTHS = Function(
    "FC_MONTHS", CATEGORY,
    "Months from referral to the foreclosure sale in a state. #N/A for a state the table does not have.",
    (state(),),
    (Result("state_sale_months", "months", "Months"),),
    Body(bind={"fc_months": BLANK_NUMBER}),
)  # fmt: skip

FC_COST = Function(
    "FC_COST", CATEGORY,
    "All-in cost of foreclosing from referral to the sale in USD, undiscounted: legal cost, taxes, insurance, "
    "preservation and servicing.",
    (
        state(), VALUE, MONTHS, CONTESTED,
        like("tax_insurance_rate", "annual_tax_insurance_rate", "Taxes and insurance a year, as a share of the value",
             optional=True),
        like("preservation_monthly", "preservation_monthly", "Inspections, lawn, securing: a month, in USD",
             optional=True),
        like("servicing_npl", "servicing_monthly", "Servicing a month, in USD", optional=True),
        money("legal_cost", "Legal fee and other costs of an uncontested foreclosure, in USD", optional=True,
              absent=FROM_TABLE),
    ),
    (Result("fc_cost", "USD", "Cost"),),
    Body(
        rules=(own_other_costs, fc_cost),
        bind={
            **LATE, "fc_months": "months", "legal_fee": "legal_cost", "state_other_costs": "own_other_costs",
            "fc_months_elapsed": 0, "foreclosure_third_party": 1, "reo_carry": 0,
            "servicing_fee": "servicing_monthly", "tax_insurance_rate": "annual_tax_insurance_rate",
            "annual_taxes_insurance": BLANK_NUMBER, "lien": 1,
        },
    ),
)  # fmt: skip


def accruing(interest_balance: Col, debt: Col) -> Col:
    """Principal on which interest runs until the sale [USD]"""
    return where(known(interest_balance), interest_balance, debt)


FC_NET = Function(
    "FC_NET", CATEGORY,
    "Net recovery of a foreclosure in USD, from referral: a third party's bid or the resale of the house, less all "
    "costs; worth today at the yield. Repairs, auction and resale as in the default assumptions.",
    (
        state(), VALUE, DEBT, PRIOR, yield_or_none(), MONTHS, CONTESTED,
        yesno("vacant", "TRUE where nobody lives there: no eviction, no cash for keys"),
        like("note_rate", "note_rate", "Rate a year at which the debt grows until the sale", optional=True,
             default=0.0),
        money("interest_balance", "Balance on which that rate runs, in USD", optional=True, absent="the debt"),
        like("fc_months_elapsed", "months_elapsed", "Months since referral; half of the legal cost is then spent",
             optional=True, default=0.0),
        *HOLDING,
    ),
    (Result("foreclosure_npv", "USD", "Net recovery"),),
    Body(
        rules=(accruing,),
        bind={
            **LATE, **HELD, "fc_months": "months", "legal_fee": BLANK_NUMBER, "redemption_months": BLANK_NUMBER,
            "fc_months_elapsed": "months_elapsed", "upb": "accruing",
        },
    ),
)  # fmt: skip

FUNCTIONS = (FC_COST, FC_MONTHS, FC_NET)
