"""A retention strategy as a whole: the plan, and the re-default that may break it.

A block. Inputs: `start` T where the tail begins; `receipts_before`, `pv_before` (the plan's receipts up to T,
and their worth today); the same up to the re-default; the tail's totals; `first_payment` f; the chance and
months of the re-default; the debt that a foreclosure then claims.
"""

from lossmit_xl.graph import Block, BlockInstance, own_functions
from lossmit_xl.model.blocks.foreclosure_sale import FORECLOSURE_SALE
from lossmit_xl.model.blocks.level_path import LEVEL_PATH
from lossmit_xl.model.blocks.tail import TAIL
from lossmit_xl.ops import Col, annuity, discount, maximum, minimum, not_, where

FORECLOSURE_TOTALS = ("gross", "legal", "servicing", "carry", "disposition", "fee", "sale_costs", "npv")
MADE_BY_STRATEGY = (
    "start", "first_payment", "receipts_before", "pv_before", "before_by_redefault", "pv_before_by_redefault",
    "redefault_principal", "redefault_other_debt",
)  # fmt: skip
PATH_FOR_TAIL = ("path_months", "path_left", "path_worth", "path_balance", "path_receipts", "path_pv")
MADE_BY_PATH = (*PATH_FOR_TAIL, "path_receipts_by_redefault", "path_pv_by_redefault")


def months(start: Col, sold_after: Col) -> Col:
    """Month of the plan's last flow [months]"""
    return start + sold_after


def redefault_month(first_payment: Col, redefault_after: Col) -> Col:
    """Month in which a re-default happens: after so many payments [months]"""
    return first_payment + redefault_after - 1


def redefault_chance(redefault_month: Col, months: Col, redefault_rate: Col, redefault_factor: Col) -> Col:
    """Chance of a re-default; none once the plan is over [share]"""
    return where(redefault_month >= months, 0, minimum(1, redefault_rate * redefault_factor))


def months_by_redefault(redefault_month: Col, start: Col, sold_after: Col) -> Col:
    """Tail payments made before the re-default [months]"""
    return minimum(maximum(0, redefault_month - start), sold_after)


def workout_by_redefault(redefault_month: Col, start: Col) -> Col:
    """Months of non-performing servicing before the re-default [months]"""
    return minimum(redefault_month, start)


def plan_servicing(servicing_fee: Col, start: Col, servicing_performing: Col, sold_after: Col) -> Col:
    """Servicing if the plan holds [USD]"""
    return servicing_fee * start + servicing_performing * sold_after


def plan_npv(
    pv_before: Col, tail_pv: Col, servicing_performing: Col, monthly_yield: Col, sold_after: Col, start: Col,
    servicing_fee: Col,
) -> Col:
    """Worth today if the plan holds, at the target yield [USD]"""
    tail = tail_pv - servicing_performing * annuity(monthly_yield, sold_after)
    return pv_before + tail * discount(monthly_yield, start) - servicing_fee * annuity(monthly_yield, start)


def receipts_by_redefault(before_by_redefault: Col, tail_by_redefault: Col) -> Col:
    """Receipts up to the re-default [USD]"""
    return before_by_redefault + tail_by_redefault


def servicing_by_redefault(
    servicing_fee: Col, workout_by_redefault: Col, servicing_performing: Col, months_by_redefault: Col
) -> Col:
    """Servicing up to the re-default [USD]"""
    return servicing_fee * workout_by_redefault + servicing_performing * months_by_redefault


def npv_by_redefault(
    pv_before_by_redefault: Col, tail_pv_by_redefault: Col, servicing_performing: Col, monthly_yield: Col,
    months_by_redefault: Col, start: Col, servicing_fee: Col, workout_by_redefault: Col,
) -> Col:
    """Worth today of what comes up to the re-default [USD]"""
    tail = tail_pv_by_redefault - servicing_performing * annuity(monthly_yield, months_by_redefault)
    workout = servicing_fee * annuity(monthly_yield, workout_by_redefault)
    return pv_before_by_redefault + tail * discount(monthly_yield, start) - workout


def redefault_legal_balance(redefault_principal: Col, redefault_other_debt: Col) -> Col:
    """Owed at the re-default: principal, deferred and forborne principal, unpaid arrears [USD]"""
    return redefault_principal + redefault_other_debt


def walks_away(redefault_fc_npv: Col) -> Col:
    """Whether the holder lets the loan go after a re-default: foreclosing would cost more than it brings [yes/no]"""
    return redefault_fc_npv < 0


def foreclosed(redefault_chance: Col, walks_away: Col) -> Col:
    """Chance that the loan re-defaults and is foreclosed [share]"""
    return redefault_chance * not_(walks_away)


def gross(
    redefault_chance: Col, receipts_before: Col, tail_receipts: Col, receipts_by_redefault: Col, foreclosed: Col,
    redefault_fc_gross: Col,
) -> Col:
    """Expected proceeds [USD]"""
    plan = (1 - redefault_chance) * (receipts_before + tail_receipts)
    return plan + redefault_chance * receipts_by_redefault + foreclosed * redefault_fc_gross


def legal(foreclosed: Col, redefault_fc_legal: Col) -> Col:
    """Expected legal cost [USD]"""
    return foreclosed * redefault_fc_legal


def servicing(
    redefault_chance: Col, plan_servicing: Col, servicing_by_redefault: Col, foreclosed: Col,
    redefault_fc_servicing: Col,
) -> Col:
    """Expected servicing [USD]"""
    plan = (1 - redefault_chance) * plan_servicing + redefault_chance * servicing_by_redefault
    return plan + foreclosed * redefault_fc_servicing


def carry(foreclosed: Col, redefault_fc_carry: Col) -> Col:
    """Expected taxes, insurance, preservation and upkeep [USD]"""
    return foreclosed * redefault_fc_carry


def disposition(foreclosed: Col, redefault_fc_disposition: Col) -> Col:
    """Expected repairs and cash for keys [USD]"""
    return foreclosed * redefault_fc_disposition


def fee(foreclosed: Col, redefault_fc_fee: Col) -> Col:
    """Expected contingency fee [USD]"""
    return foreclosed * redefault_fc_fee


def sale_costs(foreclosed: Col, redefault_fc_sale_costs: Col) -> Col:
    """Expected commission already taken out of sale proceeds [USD]"""
    return foreclosed * redefault_fc_sale_costs


def npv(
    redefault_chance: Col, plan_npv: Col, npv_by_redefault: Col, foreclosed: Col, redefault_fc_npv: Col,
    monthly_yield: Col, redefault_month: Col,
) -> Col:
    """Expected worth today at the target yield [USD]"""
    plan = (1 - redefault_chance) * plan_npv + redefault_chance * npv_by_redefault
    return plan + foreclosed * redefault_fc_npv * discount(monthly_yield, redefault_month)


RETENTION = Block(__name__, own_functions(globals(), __name__))




def retention_blocks(
    strategy: str, *, level_path: bool = True, debt_rate: str = "monthly_rate", **made_elsewhere: str | float
) -> tuple[BlockInstance, ...]:
    """The blocks behind a retention strategy: payment path, tail, plan with re-default, and its foreclosure.

    The strategy's module makes the columns `{strategy}_start, _first_payment, _receipts_before, _pv_before,
    _before_by_redefault, _pv_before_by_redefault, _redefault_principal, _redefault_other_debt`, also `_balance`
    and `_term` for a level path, and `_extra`; `made_elsewhere` names the column (or number) that stands for one.
    """
    made_elsewhere = {"path_balance": f"{strategy}_path_balance_at_exit", **made_elsewhere}
    own = {key: made_elsewhere.get(key, f"{strategy}_{key}") for key in (*MADE_BY_STRATEGY, *MADE_BY_PATH)}
    blocks = (
        TAIL.of(f"{strategy}_tail", extra=f"{strategy}_extra", **{key: own[key] for key in PATH_FOR_TAIL}),
        RETENTION.of(
            strategy,
            **{key: own[key] for key in MADE_BY_STRATEGY},
            **{f"redefault_fc_{total}": f"{strategy}_redefault_fc_{total}" for total in FORECLOSURE_TOTALS},
            sold_after=f"{strategy}_tail_sold_after",
            tail_pv=f"{strategy}_tail_pv",
            tail_receipts=f"{strategy}_tail_receipts",
            tail_by_redefault=own["path_receipts_by_redefault"],
            tail_pv_by_redefault=own["path_pv_by_redefault"],
            redefault_after=f"{strategy}_redefault_months",
            redefault_rate=f"{strategy}_redefault_rate",
        ),
        FORECLOSURE_SALE.of(
            f"{strategy}_redefault_fc",
            debt_balance=f"{strategy}_redefault_legal_balance",
            debt_principal=own["redefault_principal"],
            debt_rate=debt_rate,
            **{key: f"redefault_fc_{key}" for key in ("sale_month", "legal_cost", "carry_to_sale", "cost_pv")},
        ),
    )
    if not level_path:
        return blocks
    level = LEVEL_PATH.of(
        f"{strategy}_path",
        balance=f"{strategy}_balance",
        rate="monthly_rate",
        payment="contract_payment",
        term=f"{strategy}_term",
        sold_after=f"{strategy}_tail_sold_after",
        sold_early=f"{strategy}_tail_sold_early",
        months_by_redefault=f"{strategy}_months_by_redefault",
    )
    return (level, *blocks)
