"""Forbearance: for a while the borrower pays less or nothing, then the rest is made up. Method: strategy 3.

Up to six steps of (months, share of the payment), so step-rate plans are covered too. The exit: a lump, a
plan of equal parts, or deferral as non-interest-bearing principal.
"""

from lossmit_xl.model.blocks.cured import CURED
from lossmit_xl.model.blocks.forbearance_step import forbearance_steps
from lossmit_xl.model.blocks.retention import retention_blocks
from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import BLANK, Col, annuity, discount, maximum, minimum, where


def forbearance_steps_end(forbearance_step6_end: Col) -> Col:
    """Months of the steps together [months]"""
    return forbearance_step6_end


def forbearance_by_lump(forbearance_exit: Col) -> Col:
    """Whether what is unpaid is asked at once [yes/no]"""
    return forbearance_exit == "lump"


def forbearance_by_plan(forbearance_exit: Col) -> Col:
    """Whether what is unpaid is asked in equal parts [yes/no]"""
    return forbearance_exit == "plan"


def forbearance_start(forbearance_steps_end: Col, forbearance_by_plan: Col, plan_months: Col) -> Col:
    """Month in which the loan performs again [months]"""
    return forbearance_steps_end + where(forbearance_by_plan, plan_months, 0)


def forbearance_unpaid(
    arrears: Col, forbearance_steps_end: Col, forbearance_step6_due: Col, contract_payment: Col
) -> Col:
    """Unpaid when the steps end: the arrears and what the steps left out [USD]"""
    return arrears + (forbearance_steps_end - forbearance_step6_due) * contract_payment


def forbearance_plan_payment(contract_payment: Col, forbearance_unpaid: Col, plan_months: Col) -> Col:
    """A month's payment while the unpaid is made up in equal parts [USD/month]"""
    return contract_payment + forbearance_unpaid / plan_months


def forbearance_payment(
    forbearance_step6_first_share: Col, contract_payment: Col, forbearance_by_plan: Col, forbearance_plan_payment: Col
) -> Col:
    """What the borrower pays in the first paying month [USD/month]"""
    later = where(forbearance_by_plan, forbearance_plan_payment, contract_payment)
    return where(forbearance_step6_first_share > 0, forbearance_step6_first_share * contract_payment, later)


def forbearance_lump(forbearance_by_lump: Col, forbearance_unpaid: Col) -> Col:
    """Asked at once when the steps end; blank with another exit [USD]"""
    return where(forbearance_by_lump, forbearance_unpaid, BLANK)


def forbearance_deferred(forbearance_exit: Col, forbearance_unpaid: Col) -> Col:
    """Unpaid that becomes non-interest-bearing principal [USD]"""
    return where(forbearance_exit == "defer", forbearance_unpaid, 0)


def forbearance_extra(deferred_balance: Col, forbearance_deferred: Col) -> Col:
    """Due without interest with the last payment [USD]"""
    return deferred_balance + forbearance_deferred


def forbearance_first_payment(
    forbearance_step6_lead: Col, forbearance_by_lump: Col, forbearance_step6_paid_share: Col
) -> Col:
    """Month of the first payment; a lump after steps without any counts too [months]"""
    lump_comes_first = forbearance_by_lump & (forbearance_step6_paid_share <= 0)
    return forbearance_step6_lead + where(lump_comes_first, 0, 1)


def forbearance_exit_receipts(
    forbearance_by_lump: Col, forbearance_unpaid: Col, forbearance_by_plan: Col, forbearance_plan_payment: Col,
    plan_months: Col,
) -> Col:
    """Received by way of the exit before the loan performs [USD]"""
    by_plan = where(forbearance_by_plan, forbearance_plan_payment * plan_months, 0)
    return where(forbearance_by_lump, forbearance_unpaid, by_plan)


def forbearance_exit_pv(
    forbearance_by_lump: Col, forbearance_unpaid: Col, forbearance_by_plan: Col, forbearance_plan_payment: Col,
    plan_months: Col, monthly_yield: Col,
) -> Col:
    """Worth of that when the steps end [USD]"""
    by_plan = where(forbearance_by_plan, forbearance_plan_payment * annuity(monthly_yield, plan_months), 0)
    return where(forbearance_by_lump, forbearance_unpaid, by_plan)


def forbearance_receipts_before(
    contract_payment: Col, forbearance_step6_due: Col, forbearance_exit_receipts: Col
) -> Col:
    """Received before the loan performs [USD]"""
    return contract_payment * forbearance_step6_due + forbearance_exit_receipts


def forbearance_pv_before(
    contract_payment: Col, forbearance_step6_pv: Col, forbearance_exit_pv: Col, monthly_yield: Col,
    forbearance_steps_end: Col,
) -> Col:
    """Worth of that today [USD]"""
    at_exit = forbearance_exit_pv * discount(monthly_yield, forbearance_steps_end)
    return contract_payment * forbearance_step6_pv + at_exit


def forbearance_plan_by_redefault(
    forbearance_redefault_month: Col, forbearance_steps_end: Col, plan_months: Col
) -> Col:
    """Months of an exit plan before a re-default [months]"""
    return minimum(maximum(0, forbearance_redefault_month - forbearance_steps_end), plan_months)


def forbearance_lump_by_redefault(
    forbearance_by_lump: Col, forbearance_redefault_month: Col, forbearance_steps_end: Col, forbearance_unpaid: Col
) -> Col:
    """The lump, where it is paid before a re-default [USD]"""
    return where(forbearance_by_lump & (forbearance_redefault_month >= forbearance_steps_end), forbearance_unpaid, 0)


def forbearance_part_by_plan(forbearance_by_plan: Col, forbearance_plan_payment: Col) -> Col:
    """A month's payment under an exit plan; 0 with another exit [USD/month]"""
    return where(forbearance_by_plan, forbearance_plan_payment, 0)


def forbearance_before_by_redefault(
    contract_payment: Col, forbearance_step6_due_by_redefault: Col, forbearance_lump_by_redefault: Col,
    forbearance_part_by_plan: Col, forbearance_plan_by_redefault: Col,
) -> Col:
    """Received before the loan performs and before a re-default [USD]"""
    steps = contract_payment * forbearance_step6_due_by_redefault
    return steps + forbearance_lump_by_redefault + forbearance_part_by_plan * forbearance_plan_by_redefault


def forbearance_pv_before_by_redefault(
    contract_payment: Col, forbearance_step6_pv_by_redefault: Col, forbearance_lump_by_redefault: Col,
    forbearance_part_by_plan: Col, monthly_yield: Col, forbearance_plan_by_redefault: Col, forbearance_steps_end: Col,
) -> Col:
    """Worth of that today [USD]"""
    by_plan = forbearance_part_by_plan * annuity(monthly_yield, forbearance_plan_by_redefault)
    exit_pv = (forbearance_lump_by_redefault + by_plan) * discount(monthly_yield, forbearance_steps_end)
    return contract_payment * forbearance_step6_pv_by_redefault + exit_pv


def forbearance_unpaid_by_steps(
    arrears: Col, forbearance_redefault_month: Col, forbearance_steps_end: Col, forbearance_step6_due_by_redefault: Col,
    contract_payment: Col,
) -> Col:
    """Unpaid at a re-default before anything is made up [USD]"""
    asked_less = minimum(forbearance_redefault_month, forbearance_steps_end) - forbearance_step6_due_by_redefault
    return arrears + asked_less * contract_payment


def forbearance_unpaid_share(
    forbearance_by_lump: Col, forbearance_redefault_month: Col, forbearance_steps_end: Col, forbearance_by_plan: Col,
    forbearance_plan_by_redefault: Col, plan_months: Col,
) -> Col:
    """Part of it that is still unpaid at a re-default [share]"""
    after_lump = where(forbearance_redefault_month < forbearance_steps_end, 1, 0)
    in_plan = where(forbearance_by_plan, 1 - forbearance_plan_by_redefault / plan_months, 1)
    return where(forbearance_by_lump, after_lump, in_plan)


def forbearance_redefault_other_debt(
    deferred_balance: Col, forbearance_unpaid_by_steps: Col, forbearance_unpaid_share: Col
) -> Col:
    """Other debt at the re-default: deferred principal and what is still unpaid [USD]"""
    return deferred_balance + forbearance_unpaid_by_steps * forbearance_unpaid_share


BLOCKS = (
    *forbearance_steps(6),
    CURED.of("forbearance", start="forbearance_start", redefault_month="forbearance_redefault_month"),
    *retention_blocks("forbearance"),
    *totals("forbearance"),
)
