"""What the borrower pays: modification, reinstatement, repayment plan, forbearance."""

from __future__ import annotations

from lossmit_udfs.catalog.rate_step import FITS, IN_RANGE, rate_steps, start_rate
from lossmit_udfs.definitions import NO_CAP, Body, Function, Requirement, Result, like, money, steps
from lossmit_xl.ops import Col, not_

CATEGORY = "Loss mitigation: payments"
TERM = like("mod_term_max", "term_months", "Monthly payments of the new term")


def amortising_months(term_months: Col, interest_only_months: Col) -> Col:
    """Months left to retire the balance once the interest-only months are over [months]"""
    return term_months - interest_only_months


def amortises(amortising_months: Col) -> Col:
    """Whether any month is left to retire the balance [yes/no]"""
    return amortising_months > 0


def net_balance(balance: Col, arrears: Col, forgiven: Col, forborne: Col) -> Col:
    """Balance that bears interest, before it is held at 0 [USD]"""
    return balance + arrears - forgiven - forborne


def balance_left(net_balance: Col) -> Col:
    """Whether what is forgiven and forborne does not exceed what is owed [yes/no]"""
    return net_balance >= 0


MODPAYMENT = Function(
    "MODPAYMENT", CATEGORY,
    "Monthly principal and interest of a modified loan, positive (PMT shows it negative). The rate is annual.",
    (
        money("balance", "Unpaid principal before the modification, in USD"),
        like("note_rate", "annual_rate", "New rate a year as a decimal: 0.05 is 5 %"),
        TERM,
        money("arrears", "Arrears added to the balance, in USD", optional=True, default=0.0),
        money("forgiven", "Principal forgiven, in USD", optional=True, default=0.0),
        money("forborne", "Principal set aside without interest, in USD", optional=True, default=0.0),
        like("mod_term_max", "interest_only_months", "First months in which interest alone is paid; the result is the "
             "payment after them", low=0.0, high=599.0, optional=True, default=0.0),
    ),
    (Result("modification_first_payment_level", "USD/month", "Payment"),),
    Body(
        rules=(amortising_months, amortises, net_balance, balance_left),
        bind={
            "modification_first_rate": "annual_rate", "mod_term": "amortising_months",
            "upb": "balance", "accrued": "arrears", "monthly_rate": 0, "mod_start": 0, "escrow_advances": 0,
            "corporate_advances": 0, "deferred_balance": 0, "down_payment": 0,
        },
        requires=(
            Requirement("balance_left", "more is forgiven and forborne than is owed"),
            Requirement("amortises", "the interest-only months take up the whole term"),
        ),
    ),
)  # fmt: skip

REINSTATEMENT = Function(
    "REINSTATEMENT", CATEGORY,
    "What brings a loan current at once: missed payments, advances and late fees, in USD.",
    (
        money("payment", "Monthly principal and interest, in USD", unit="USD/month"),
        like("mod_term_max", "missed", "Payments due and unpaid", low=0.0),
        money("advances", "Taxes, insurance and costs advanced by the holder, in USD", optional=True, default=0.0),
        money("late_fees", "Unpaid late fees, in USD", optional=True, default=0.0),
    ),
    (Result("arrears", "USD", "Amount due"),),
    Body(bind={
        "legal_balance": NO_CAP, "contract_payment": "payment", "missed_on_schedule": "missed",
        "escrow_advances": "advances", "corporate_advances": 0,
    }),
)  # fmt: skip

PLANPAYMENT = Function(
    "PLANPAYMENT", CATEGORY,
    "Monthly payment of a repayment plan: the payment and an equal part of the arrears, in USD.",
    (
        money("payment", "Monthly principal and interest, in USD", unit="USD/month"),
        money("arrears", "What is overdue, in USD"),
        like("plan_months", "months", "Months over which the arrears are paid"),
    ),
    (Result("repayment_plan_payment", "USD/month", "Payment during the plan"),),
    Body(bind={"contract_payment": "payment", "plan_months": "months"}),
)  # fmt: skip

FORBEARANCE_UNPAID = Function(
    "FORBEARANCE_UNPAID", CATEGORY,
    "What is unpaid when a forbearance ends: the arrears and what its steps left out, in USD.",
    (
        money("payment", "Monthly principal and interest, in USD", unit="USD/month"),
        money("arrears", "What is overdue when it begins, in USD"),
        steps("steps", "Two columns, up to six rows: months, and the share of the payment paid in them (0.5 is half)"),
    ),
    (Result("forbearance_unpaid", "USD", "Unpaid at the end"),),
    Body(bind={"contract_payment": "payment"}),
)  # fmt: skip


def reaches_balance(target_payment: Col, term_months: Col, balance: Col) -> Col:
    """Whether the payments retire the balance at rate 0 [yes/no]"""
    return target_payment * term_months >= balance


MODRATE = Function(
    "MODRATE", CATEGORY,
    "Annual rate at which the monthly payment is the target, as RATE()*12. #NUM! where not even 0 % is low enough.",
    (
        money("balance", "Interest-bearing balance, in USD", above=True),
        money("target_payment", "Payment aimed at, in USD a month", unit="USD/month", above=True),
        TERM,
    ),
    (Result("found_annual", "per year", "Rate"),),
    Body(
        rules=(reaches_balance, start_rate),
        blocks=rate_steps(months="term_months", payment="target_payment", price="balance", balloon=0),
        requires=(
            Requirement("reaches_balance", "the payments do not even retire the balance at 0 %"),
            Requirement("found_fits", FITS),
            Requirement("found_in_range", IN_RANGE),
        ),
    ),
)  # fmt: skip


def reached(modification_missed_target: Col) -> Col:
    """Whether the payment meets the target [yes/no]"""
    return not_(modification_missed_target)


MODWATERFALL = Function(
    "MODWATERFALL", CATEGORY,
    "Eases a loan until the payment meets the target: rate in steps of 1/8 %, term in years, then principal forborne. "
    "Gives five cells: rate, term, forborne, payment, reached.",
    (
        money("balance", "Balance of the loan with its arrears, in USD", above=True),
        like("note_rate", "annual_rate", "Rate to begin with, a year, as a decimal: 0.05 is 5 %"),
        like("mod_term", "term_months", "Term to begin with, in months"),
        money("target_payment", "Payment aimed at, in USD a month", unit="USD/month"),
        like("mod_rate_floor", "rate_floor", "Lowest rate a year", optional=True),
        like("mod_term_max", "max_term", "Longest term in months", optional=True),
        like("mod_forbear_max", "max_forbear_rate", "Most principal forborne, as a share of the balance",
             optional=True),
    ),
    (
        Result("modification_waterfall_rate", "per year", "rate"),
        Result("modification_term", "months", "term"),
        Result("modification_forborne", "USD", "forborne"),
        Result("modification_step1_payment", "USD/month", "payment"),
        Result("reached", "yes/no", "reached"),
    ),
    Body(
        rules=(reached,),
        bind={
            "modification_capitalised": "balance", "mod_rate": "annual_rate", "note_rate": "annual_rate",
            "mod_term": "term_months", "modification_target": "target_payment", "mod_rate_floor": "rate_floor",
            "mod_term_max": "max_term", "mod_forbear_max": "max_forbear_rate", "forborne": 0,
            "modification_targets": True, "mod_step1_months": "modification_term",
            "mod_step1_rate": "modification_waterfall_rate",
            "modification_step6_payment": "modification_step1_payment",
        },
    ),
)  # fmt: skip

FUNCTIONS = (MODPAYMENT, REINSTATEMENT, PLANPAYMENT, FORBEARANCE_UNPAID, MODRATE, MODWATERFALL)
