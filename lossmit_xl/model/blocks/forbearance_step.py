"""One step of a forbearance plan: some months at a share of the payment.

A block, standing six times. Inputs: `before` (months of the steps before), `months`, `share`, and of the step
before `lead_before` (leading months without a payment) and `paid_before` (any share paid so far).
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import Col, annuity, maximum, minimum, where


def end(before: Col, months: Col) -> Col:
    """Month in which the step ends [months]"""
    return before + months


def paid_share(paid_before: Col, share: Col) -> Col:
    """Sum of the shares so far: 0 while nothing is paid [share]"""
    return paid_before + share


def lead(lead_before: Col, months: Col, paid_share: Col) -> Col:
    """Leading months without a payment, up to this step [months]"""
    return lead_before + where(paid_share > 0, 0, months)


def first_share(first_share_before: Col, share: Col) -> Col:
    """The first share so far that is not 0 [share]"""
    return where(first_share_before > 0, first_share_before, share)


def due(due_before: Col, months: Col, share: Col) -> Col:
    """Payments asked so far, in contract payments [payments]"""
    return due_before + months * share


def pv(pv_before: Col, share: Col, monthly_yield: Col, end: Col, before: Col) -> Col:
    """Worth today of a payment of 1 a month under the steps so far [payments]"""
    return pv_before + share * (annuity(monthly_yield, end) - annuity(monthly_yield, before))


def due_by_redefault(due_by_redefault_before: Col, share: Col, forbearance_redefault_month: Col, before: Col,
                     months: Col) -> Col:
    """Payments asked so far and before a re-default, in contract payments [payments]"""
    return due_by_redefault_before + share * minimum(maximum(0, forbearance_redefault_month - before), months)


def pv_by_redefault(pv_by_redefault_before: Col, share: Col, monthly_yield: Col, forbearance_redefault_month: Col,
                    end: Col, before: Col) -> Col:
    """Worth today of those [payments]"""
    until = minimum(end, maximum(before, forbearance_redefault_month))
    return pv_by_redefault_before + share * (annuity(monthly_yield, until) - annuity(monthly_yield, before))


FORBEARANCE_STEP = Block(__name__, own_functions(globals(), __name__))

RUNNING = ("lead", "paid", "first_share", "due", "pv", "due_by_redefault", "pv_by_redefault")
COLUMN_OF = {"paid": "paid_share"}


def forbearance_steps(slots: int) -> tuple[object, ...]:
    """The six steps, each taking up where the one before ends."""
    made = []
    for slot in range(1, slots + 1):
        step, previous = f"forbearance_step{slot}", f"forbearance_step{slot - 1}"
        running: dict[str, str | float] = {
            f"{key}_before": f"{previous}_{COLUMN_OF.get(key, key)}" if slot > 1 else 0 for key in RUNNING
        }
        made.append(
            FORBEARANCE_STEP.of(
                step,
                before=f"{previous}_end" if slot > 1 else 0,
                months=f"{step}_months",
                share=f"{step}_share",
                **running,
            )
        )
    return tuple(made)
