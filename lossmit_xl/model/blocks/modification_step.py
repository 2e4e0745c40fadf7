"""One stretch of a modified loan at one rate: the balance is re-levelled over the months left.

A block, standing six times: five step rates and the final rate. Inputs: `before` (months of the stretches
before), `step_months`, `annual_rate`, `opening` (balance), `term` of the whole loan.
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import Col, annuity, balance_after, maximum, minimum, pmt, where

SLOTS = 6
MONTHS_A_YEAR = 12


def months(step_months: Col, term: Col, before: Col) -> Col:
    """Months at this rate [months]"""
    return minimum(step_months, term - before)


def end(before: Col, months: Col) -> Col:
    """Payment number with which the stretch ends [months]"""
    return before + months


def rate(annual_rate: Col) -> Col:
    """Rate a month [per month]"""
    return annual_rate / MONTHS_A_YEAR


def payment(months: Col, rate: Col, term: Col, before: Col, opening: Col) -> Col:
    """Level payment over the months left [USD/month]"""
    return where(months > 0, pmt(rate, term - before, opening), 0)


def closing(rate: Col, months: Col, payment: Col, opening: Col) -> Col:
    """Balance when the stretch ends [USD]"""
    return where(months > 0, balance_after(rate, months, payment, opening), opening)


def sold_months(modification_tail_sold_after: Col, before: Col, months: Col) -> Col:
    """Months of the stretch before the exit [months]"""
    return minimum(maximum(0, modification_tail_sold_after - before), months)


def receipts(receipts_before: Col, payment: Col, sold_months: Col) -> Col:
    """Payments so far collected before the exit [USD]"""
    return receipts_before + payment * sold_months


def pv(pv_before: Col, payment: Col, monthly_yield: Col, before: Col, sold_months: Col) -> Col:
    """Worth of those when the modification starts, at the target yield [USD]"""
    return pv_before + payment * (annuity(monthly_yield, before + sold_months) - annuity(monthly_yield, before))


def worth(worth_before: Col, payment: Col, exit_yield_monthly: Col, end: Col, before: Col, sold_months: Col) -> Col:
    """Worth when the modification starts of the payments after the exit, at the exit yield [USD]"""
    to_end, to_exit = annuity(exit_yield_monthly, end), annuity(exit_yield_monthly, before + sold_months)
    return worth_before + payment * (to_end - to_exit)


def balance_at_exit(
    balance_at_exit_before: Col, modification_tail_sold_after: Col, before: Col, end: Col, rate: Col,
    sold_months: Col, payment: Col, opening: Col
) -> Col:
    """Balance at the exit, where it falls into the stretches so far [USD]"""
    falls_here = (modification_tail_sold_after >= before) & (modification_tail_sold_after < end)
    return where(falls_here, balance_after(rate, sold_months, payment, opening), balance_at_exit_before)


def months_by_redefault(modification_months_by_redefault: Col, before: Col, months: Col) -> Col:
    """Months of the stretch before a re-default [months]"""
    return minimum(maximum(0, modification_months_by_redefault - before), months)


def receipts_by_redefault(receipts_by_redefault_before: Col, payment: Col, months_by_redefault: Col) -> Col:
    """Payments so far collected before a re-default [USD]"""
    return receipts_by_redefault_before + payment * months_by_redefault


def pv_by_redefault(
    pv_by_redefault_before: Col, payment: Col, monthly_yield: Col, before: Col, months_by_redefault: Col
) -> Col:
    """Worth of those when the modification starts, at the target yield [USD]"""
    until = annuity(monthly_yield, before + months_by_redefault)
    return pv_by_redefault_before + payment * (until - annuity(monthly_yield, before))


def redefault_here(modification_months_by_redefault: Col, before: Col, end: Col) -> Col:
    """Whether the last payment before a re-default falls into this stretch [yes/no]"""
    return (modification_months_by_redefault > before) & (modification_months_by_redefault <= end)


def redefault_principal(
    redefault_principal_before: Col, redefault_here: Col, rate: Col, months_by_redefault: Col, payment: Col,
    opening: Col
) -> Col:
    """Balance at the re-default, where it falls into the stretches so far [USD]"""
    here = balance_after(rate, months_by_redefault, payment, opening)
    return where(redefault_here, here, redefault_principal_before)


def redefault_rate(redefault_rate_before: Col, redefault_here: Col, rate: Col) -> Col:
    """Rate a month then, where it falls into the stretches so far [per month]"""
    return where(redefault_here, rate, redefault_rate_before)


RUNNING = (
    "receipts", "pv", "worth", "balance_at_exit", "receipts_by_redefault", "pv_by_redefault", "redefault_principal",
    "redefault_rate",
)  # fmt: skip
MODIFICATION_STEP = Block(__name__, own_functions(globals(), __name__))


def modification_steps() -> tuple[object, ...]:
    """The five step rates and the final stretch, each taking up where the one before ends."""
    made = []
    for slot in range(1, SLOTS + 1):
        previous = f"modification_step{slot - 1}"
        final = slot == SLOTS
        made.append(
            MODIFICATION_STEP.of(
                f"modification_step{slot}",
                before=f"{previous}_end" if slot > 1 else 0,
                opening=f"{previous}_closing" if slot > 1 else "modification_balance",
                step_months="modification_term" if final else f"mod_step{slot}_months",
                annual_rate="modification_final_rate" if final else f"mod_step{slot}_rate",
                term="modification_term",
                **{f"{key}_before": f"{previous}_{key}" if slot > 1 else 0 for key in RUNNING},
            )
        )
    return tuple(made)
