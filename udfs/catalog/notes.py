"""Price and yield of a performing note, and the bid for a non-performing one."""

from __future__ import annotations

from lossmit_udfs.catalog.rate_step import FITS, IN_RANGE, rate_steps, start_rate
from lossmit_udfs.definitions import Argument, Body, Function, Requirement, Result, like, money
from lossmit_xl.ops import Col, annuity, discount

CATEGORY = "Loss mitigation: notes and bids"
MONTHS = Argument("months", "number", "Payments left, the first in a month; a part of a month as in PV",
                  "months", 1.0, 600.0)  # fmt: skip
BALLOON = money("balloon", "Due with the last payment besides it, in USD", optional=True, default=0.0)
PAYMENT = money("payment", "Payment at each month end, in USD", unit="USD/month")


def total(payment: Col, months: Col, balloon: Col) -> Col:
    """All that will be paid [USD]"""
    return payment * months + balloon


def something_paid(total: Col) -> Col:
    """Whether anything is paid at all [yes/no]"""
    return total > 0


NOTE_YIELD = Function(
    "NOTE_YIELD", CATEGORY,
    "Yield a year, compounded monthly, of a note bought at a price: RATE()*12. Negative where less comes back than "
    "was paid.",
    (money("price", "Price paid today, in USD", above=True), PAYMENT, MONTHS, BALLOON),
    (Result("found_annual", "per year", "Yield"),),
    Body(
        rules=(total, something_paid, start_rate),
        blocks=rate_steps(),
        requires=(
            Requirement("something_paid", "payment and balloon are 0: nothing comes back"),
            Requirement("found_fits", FITS),
            Requirement("found_in_range", IN_RANGE),
        ),
    ),
)  # fmt: skip


def note_price(payment: Col, monthly_yield: Col, months: Col, balloon: Col) -> Col:
    """Worth today of the payments and the balloon [USD]"""
    return payment * annuity(monthly_yield, months) + balloon * discount(monthly_yield, months)


NOTE_PRICE = Function(
    "NOTE_PRICE", CATEGORY,
    "Price today of a note's payments and balloon at a yield a year, compounded monthly, in USD, positive.",
    (
        like("target_yield", "yield", "Yield a year as a decimal: 0.12 is 12 %"),
        PAYMENT, MONTHS, BALLOON,
    ),
    (Result("note_price", "USD", "Price"),),
    Body(rules=(note_price,), bind={"target_yield": "yield"}),
)  # fmt: skip

NPL_BID = Function(
    "NPL_BID", CATEGORY,
    "Highest bid for a non-performing loan in USD: its expected worth less the cost of buying it, at most a share of "
    "the unpaid principal and of the equity, never below 0.",
    (
        Argument("expected_npv", "money", "Expected worth at the target yield, in USD; may be negative", "USD"),
        money("upb", "Unpaid principal, in USD"),
        money("equity", "Value left for this lien after prior claims, in USD"),
        like("acquisition_cost", "acquisition_cost", "Due diligence, transfer and boarding, in USD", optional=True),
        like("bid_cap_upb", "cap_upb", "Bid at most, as a share of the unpaid principal", optional=True),
        like("bid_cap_value", "cap_value", "Bid at most, as a share of the equity", optional=True),
    ),
    (Result("bid", "USD", "Bid"),),
    Body(bind={"bid_cap_upb": "cap_upb", "bid_cap_value": "cap_value", "acquisition_rate": 0}),
)  # fmt: skip

FUNCTIONS = (NOTE_YIELD, NOTE_PRICE, NPL_BID)
