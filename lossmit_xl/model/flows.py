"""Month-by-month expected flows, each strategy a column over months 0, 1, 2, …: a second way to every npv.

The amounts are the model's; when they fall is said here month by month, without an annuity or a discount. The
Flows sheet shows these for a chosen loan, and the rate of return is found from them where its solver needs help.
"""

from __future__ import annotations

from lossmit_xl.graph import Block, BlockInstance
from lossmit_xl.names import STRATEGIES
from lossmit_xl.ops import HALF, Col, where

FORBEARANCE_SLOTS = 6
MODIFICATION_SLOTS = 6


def _at_sale(flow_month: Col, begins: Col, sale_month: Col) -> Col:
    """Whether the foreclosure sale falls into the month [yes/no]"""
    return flow_month == begins + sale_month


def _costs_flow(
    flow_month: Col, begins: Col, legal_cost: Col, wait: Col, at_sale: Col, carry_to_sale: Col, servicing_fee: Col,
    sale_month: Col,
) -> Col:
    """Paid up to the foreclosure sale: legal cost in halves, carry and servicing [USD]"""
    legal = legal_cost * HALF * ((flow_month == begins + wait) * 1 + at_sale * 1)
    return legal + (carry_to_sale + servicing_fee) * (flow_month > begins) * (flow_month <= begins + sale_month)


def _reo_flow(
    flow_month: Col, resale_month: Col, at_sale: Col, reo_receipt: Col, contingency: Col, reo_upkeep: Col,
    begins: Col, sale_month: Col, reo_outlay: Col,
) -> Col:
    """Flow of the house as REO: outlay, upkeep, resale [USD]"""
    sold = reo_receipt * (1 - contingency) * (flow_month == resale_month)
    owned = reo_upkeep * (flow_month > begins + sale_month) * (flow_month <= resale_month)
    return sold - owned - reo_outlay * at_sale


def _resale_month(begins: Col, sale_month: Col, reo_months: Col) -> Col:
    """Month of the resale [months]"""
    return begins + sale_month + reo_months


def _foreclosure_flow(
    third_party: Col, auction_receipt: Col, contingency: Col, at_sale: Col, reo_flow: Col, costs_flow: Col
) -> Col:
    """Expected flow of the foreclosure [USD]"""
    auction = third_party * auction_receipt * (1 - contingency) * at_sale
    return auction + (1 - third_party) * reo_flow - costs_flow


def _level_tail_flow(
    flow_month: Col, start: Col, payment: Col, level_months: Col, last_received: Col, sold_after: Col, final: Col,
    servicing_performing: Col,
) -> Col:
    """Flow of a performing tail with level payments [USD]"""
    paid = payment * (flow_month > start) * (flow_month <= start + level_months)
    at_exit = (last_received + final) * (flow_month == start + sold_after)
    return paid + at_exit - servicing_performing * (flow_month > start) * (flow_month <= start + sold_after)


def _step_flow(flow_month: Col, so_far: Col, begins: Col, before: Col, sold_months: Col, payment: Col) -> Col:
    """Payments of a stretch of the modified loan, added to those of the stretches before [USD]"""
    return so_far + payment * (flow_month > begins + before) * (flow_month <= begins + before + sold_months)


def _stepped_tail_flow(
    flow_month: Col, paid: Col, start: Col, final: Col, sold_after: Col, servicing_performing: Col
) -> Col:
    """Flow of a performing tail whose payments follow steps [USD]"""
    servicing = servicing_performing * (flow_month > start) * (flow_month <= start + sold_after)
    return paid + final * (flow_month == start + sold_after) - servicing


def reinstatement_before_flow(flow_month: Col, reinstatement_lump: Col, reinstatement_start: Col) -> Col:
    """Received before the loan performs: the lump [USD]"""
    return reinstatement_lump * (flow_month == reinstatement_start)


def repayment_plan_before_flow(flow_month: Col, repayment_plan_payment: Col, plan_months: Col) -> Col:
    """Received before the loan performs: the plan's payments [USD]"""
    return repayment_plan_payment * (flow_month > 0) * (flow_month <= plan_months)


def _forbearance_step_flow(
    flow_month: Col, so_far: Col, contract_payment: Col, share: Col, before: Col, end: Col
) -> Col:
    """Payments of a forbearance step, added to those of the steps before [USD]"""
    return so_far + contract_payment * share * (flow_month > before) * (flow_month <= end)


def forbearance_before_flow(
    flow_month: Col, forbearance_step6_flow: Col, forbearance_by_lump: Col, forbearance_unpaid: Col,
    forbearance_steps_end: Col, forbearance_part_by_plan: Col, forbearance_start: Col,
) -> Col:
    """Received before the loan performs: the steps, then the exit [USD]"""
    lump = where(forbearance_by_lump, forbearance_unpaid, 0) * (flow_month == forbearance_steps_end)
    in_plan = (flow_month > forbearance_steps_end) * (flow_month <= forbearance_start)
    return forbearance_step6_flow + lump + forbearance_part_by_plan * in_plan


def modification_before_flow(flow_month: Col, down_payment: Col, mod_start: Col) -> Col:
    """Received before the loan performs: the down payment [USD]"""
    return down_payment * (flow_month == mod_start)


def _retention_flow(
    flow_month: Col, before_flow: Col, tail_flow: Col, servicing_fee: Col, start: Col, redefault_chance: Col,
    redefault_month: Col, foreclosed: Col, redefault_fc_flow: Col,
) -> Col:
    """Expected flow: the plan, less what a re-default cuts off, and the foreclosure behind it [USD]"""
    plan = before_flow + tail_flow - servicing_fee * (flow_month > 0) * (flow_month <= start)
    return plan * (1 - redefault_chance * (flow_month > redefault_month)) + foreclosed * redefault_fc_flow


def discounted_payoff_flow(
    flow_month: Col, discounted_payoff_lump: Col, discounted_payoff_fee: Col, dpo_legal_cost: Col, dpo_month: Col,
    carry_ti: Col, servicing_fee: Col,
) -> Col:
    """Expected flow of the discounted payoff [USD]"""
    at_payoff = (discounted_payoff_lump - discounted_payoff_fee - dpo_legal_cost) * (flow_month == dpo_month)
    return at_payoff - (carry_ti + servicing_fee) * (flow_month > 0) * (flow_month <= dpo_month)


def short_sale_flow(
    flow_month: Col, short_sale_gross: Col, short_sale_fee: Col, short_sale_disposition: Col, short_sale_months: Col,
    carry_ti: Col, servicing_fee: Col,
) -> Col:
    """Expected flow of the short sale [USD]"""
    at_sale = (short_sale_gross - short_sale_fee - short_sale_disposition) * (flow_month == short_sale_months)
    return at_sale - (carry_ti + servicing_fee) * (flow_month > 0) * (flow_month <= short_sale_months)


def deed_in_lieu_flow(
    flow_month: Col, deed_in_lieu_legal: Col, deed_in_lieu_disposition: Col, dil_months: Col, carry_ti: Col,
    servicing_fee: Col, deed_in_lieu_gross: Col, deed_in_lieu_fee: Col, deed_in_lieu_months: Col, reo_upkeep: Col,
) -> Col:
    """Expected flow of the deed-in-lieu [USD]"""
    at_deed = (deed_in_lieu_legal + deed_in_lieu_disposition) * (flow_month == dil_months)
    held = (carry_ti + servicing_fee) * (flow_month > 0) * (flow_month <= dil_months)
    owned = reo_upkeep * (flow_month > dil_months) * (flow_month <= deed_in_lieu_months)
    return (deed_in_lieu_gross - deed_in_lieu_fee) * (flow_month == deed_in_lieu_months) - at_deed - held - owned


def note_sale_flow(
    flow_month: Col, note_sale_gross: Col, note_sale_months: Col, servicing_fee: Col
) -> Col:
    """Expected flow of the note sale [USD]"""
    held = servicing_fee * (flow_month > 0) * (flow_month <= note_sale_months)
    return note_sale_gross * (flow_month == note_sale_months) - held


FORECLOSURE_FLOW = Block(
    __name__,
    {
        "at_sale": _at_sale,
        "resale_month": _resale_month,
        "costs_flow": _costs_flow,
        "reo_flow": _reo_flow,
        "flow": _foreclosure_flow,
    },
)
LEVEL_TAIL_FLOW = Block(__name__, {"tail_flow": _level_tail_flow})
STEP_FLOW = Block(__name__, {"flow": _step_flow})
STEPPED_TAIL_FLOW = Block(__name__, {"tail_flow": _stepped_tail_flow})
FORBEARANCE_STEP_FLOW = Block(__name__, {"flow": _forbearance_step_flow})
RETENTION_FLOW = Block(__name__, {"flow": _retention_flow})

START = {"repayment_plan": "plan_months", "modification": "mod_start"}


def _forbearance_steps() -> list[BlockInstance]:
    made = []
    for slot in range(1, FORBEARANCE_SLOTS + 1):
        step, previous = f"forbearance_step{slot}", f"forbearance_step{slot - 1}"
        made.append(
            FORBEARANCE_STEP_FLOW.of(
                step,
                so_far=f"{previous}_flow" if slot > 1 else 0,
                before=f"{previous}_end" if slot > 1 else 0,
                share=f"{step}_share",
                end=f"{step}_end",
            )
        )
    return made


def _modification_steps() -> list[BlockInstance]:
    made = []
    for slot in range(1, MODIFICATION_SLOTS + 1):
        step, previous = f"modification_step{slot}", f"modification_step{slot - 1}"
        made.append(
            STEP_FLOW.of(
                step,
                so_far=f"{previous}_flow" if slot > 1 else 0,
                begins="mod_start",
                before=f"{previous}_end" if slot > 1 else 0,
                sold_months=f"{step}_sold_months",
                payment=f"{step}_payment",
            )
        )
    return made


def _retention(strategy: str) -> list[BlockInstance]:
    start = START.get(strategy, f"{strategy}_start")
    exit_ = {"final": f"{strategy}_tail_final", "sold_after": f"{strategy}_tail_sold_after", "start": start}
    if strategy == "modification":
        tail = STEPPED_TAIL_FLOW.of(strategy, paid="modification_step6_flow", **exit_)
    else:
        tail = LEVEL_TAIL_FLOW.of(
            strategy,
            payment="contract_payment",
            level_months=f"{strategy}_path_level_months",
            last_received=f"{strategy}_path_last_received",
            **exit_,
        )
    return [
        tail,
        FORECLOSURE_FLOW.of(
            f"{strategy}_redefault_fc",
            begins=f"{strategy}_redefault_month",
            third_party=f"{strategy}_redefault_fc_third_party",
            auction_receipt=f"{strategy}_redefault_fc_auction_receipt",
            **{key: f"redefault_fc_{key}" for key in ("legal_cost", "wait", "sale_month", "carry_to_sale")},
        ),
        RETENTION_FLOW.of(
            strategy,
            start=start,
            before_flow=f"{strategy}_before_flow",
            tail_flow=f"{strategy}_tail_flow",
            redefault_fc_flow=f"{strategy}_redefault_fc_flow",
            **{key: f"{strategy}_{key}" for key in ("redefault_chance", "redefault_month", "foreclosed")},
        ),
    ]


BLOCKS = (
    *_forbearance_steps(),
    *_modification_steps(),
    *(part for strategy in STRATEGIES[:4] for part in _retention(strategy)),
    FORECLOSURE_FLOW.of(
        "foreclosure",
        begins=0,
        **{
            key: f"foreclosure_{key}"
            for key in ("third_party", "auction_receipt", "legal_cost", "wait", "sale_month", "carry_to_sale")
        },
    ),
)
FLOWS = tuple(f"{strategy}_flow" for strategy in STRATEGIES)
