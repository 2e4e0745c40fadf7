"""Repayment plan: the arrears are paid in equal parts on top of the payments. Method: strategy 2."""

from lossmit_xl.model.blocks.cured import CURED
from lossmit_xl.model.blocks.retention import retention_blocks
from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import Col, annuity, minimum


def repayment_plan_payment(contract_payment: Col, arrears: Col, plan_months: Col) -> Col:
    """What the borrower pays during the plan [USD/month]"""
    return contract_payment + arrears / plan_months


def repayment_plan_extra(deferred_balance: Col) -> Col:
    """Due without interest with the last payment [USD]"""
    return deferred_balance


def repayment_plan_receipts_before(repayment_plan_payment: Col, plan_months: Col) -> Col:
    """Received during the plan [USD]"""
    return repayment_plan_payment * plan_months


def repayment_plan_pv_before(repayment_plan_payment: Col, monthly_yield: Col, plan_months: Col) -> Col:
    """Worth of that today [USD]"""
    return repayment_plan_payment * annuity(monthly_yield, plan_months)


def repayment_plan_before_by_redefault(
    repayment_plan_payment: Col, repayment_plan_workout_by_redefault: Col
) -> Col:
    """Of that, received before a re-default [USD]"""
    return repayment_plan_payment * repayment_plan_workout_by_redefault


def repayment_plan_pv_before_by_redefault(
    repayment_plan_payment: Col, monthly_yield: Col, repayment_plan_workout_by_redefault: Col
) -> Col:
    """Worth of that today [USD]"""
    return repayment_plan_payment * annuity(monthly_yield, repayment_plan_workout_by_redefault)


def repayment_plan_redefault_other_debt(
    deferred_balance: Col, arrears: Col, repayment_plan_redefault_month: Col, plan_months: Col
) -> Col:
    """Other debt at the re-default: deferred principal and the arrears unpaid by then [USD]"""
    return deferred_balance + arrears * (1 - minimum(repayment_plan_redefault_month, plan_months) / plan_months)


BLOCKS = (
    CURED.of("repayment_plan", start="plan_months", redefault_month="repayment_plan_redefault_month"),
    *retention_blocks("repayment_plan", first_payment=1, start="plan_months"),
    *totals("repayment_plan"),
)
