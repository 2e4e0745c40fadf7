"""What an asking price yields: the expected outcomes against the all-in cost, and a light. Method: yields.

The outcomes stay as they were decided at the target yield; the implied yield is the rate at which they are worth
what the loan costs, so that at a bid that the yield binds it is the target yield.
"""

from lossmit_xl.graph import Block, BlockInstance
from lossmit_xl.model.blocks.yield_try import YIELD_TRY, gap
from lossmit_xl.names import STRATEGIES
from lossmit_xl.ops import BLANK, TICK, Col, choose, exp, first_of, known, log, not_, number, power, row_of, where

MONTHS_A_YEAR = 12
TRIES = 4
"""Rates tried before the last step: with four, every yield of the sample pools at 50 % to 125 % of the bid settles."""
NO_YIELD, NOT_SETTLED, BELOW, ABOVE = "no yield", "not settled", "below the range", "above the range"
GREEN, AMBER, RED, NO_ASK = "green", "amber", "red", "no ask"
LIGHTS = (GREEN, AMBER, RED)


def all_in_cost(price: Col, acquisition_cost: Col, acquisition_rate: Col, upb: Col) -> Col:
    """Price and what buying costs besides [USD]"""
    return price + acquisition_cost + acquisition_rate * upb


def investment_to_value(all_in_cost: Col, prior_claims: Col, property_value: Col) -> Col:
    """All-in cost and what is paid before this lien, over the as-is value before the haircut [of the value]"""
    return (all_in_cost + prior_claims) / property_value


def foreclosed_weight(
    reinstatement_weight: Col, reinstatement_own_weight: Col, reinstatement_outcome_npv: Col,
    repayment_plan_weight: Col, repayment_plan_own_weight: Col, repayment_plan_outcome_npv: Col,
    forbearance_weight: Col, forbearance_own_weight: Col, forbearance_outcome_npv: Col,
    modification_weight: Col, modification_own_weight: Col, modification_outcome_npv: Col,
    discounted_payoff_weight: Col, discounted_payoff_own_weight: Col, discounted_payoff_outcome_npv: Col,
    short_sale_weight: Col, short_sale_own_weight: Col, short_sale_outcome_npv: Col,
    deed_in_lieu_weight: Col, deed_in_lieu_own_weight: Col, deed_in_lieu_outcome_npv: Col,
) -> Col:
    """Weight of the outcomes in which the holder forecloses instead of consenting [share]"""
    return (
        where(number(reinstatement_outcome_npv) > 0, reinstatement_weight - reinstatement_own_weight, 0)
        + where(number(repayment_plan_outcome_npv) > 0, repayment_plan_weight - repayment_plan_own_weight, 0)
        + where(number(forbearance_outcome_npv) > 0, forbearance_weight - forbearance_own_weight, 0)
        + where(number(modification_outcome_npv) > 0, modification_weight - modification_own_weight, 0)
        + where(discounted_payoff_outcome_npv > 0, discounted_payoff_weight - discounted_payoff_own_weight, 0)
        + where(short_sale_outcome_npv > 0, short_sale_weight - short_sale_own_weight, 0)
        + where(deed_in_lieu_outcome_npv > 0, deed_in_lieu_weight - deed_in_lieu_own_weight, 0)
    )


def outcomes_gross(
    reinstatement_own_weight: Col, reinstatement_gross: Col, repayment_plan_own_weight: Col,
    repayment_plan_gross: Col, forbearance_own_weight: Col, forbearance_gross: Col,
    modification_own_weight: Col, modification_gross: Col, discounted_payoff_own_weight: Col,
    discounted_payoff_gross: Col, short_sale_own_weight: Col, short_sale_gross: Col,
    deed_in_lieu_own_weight: Col, deed_in_lieu_gross: Col, foreclosure_own_weight: Col, foreclosed_weight: Col,
    foreclosure_gross: Col, note_sale_own_weight: Col, note_sale_gross: Col,
) -> Col:
    """Proceeds of the expected outcomes before any cost, undiscounted [USD]"""
    return (
        reinstatement_own_weight * number(reinstatement_gross)
        + repayment_plan_own_weight * number(repayment_plan_gross)
        + forbearance_own_weight * number(forbearance_gross)
        + modification_own_weight * number(modification_gross)
        + discounted_payoff_own_weight * discounted_payoff_gross
        + short_sale_own_weight * short_sale_gross
        + deed_in_lieu_own_weight * deed_in_lieu_gross
        + (foreclosure_own_weight + foreclosed_weight) * foreclosure_gross
        + note_sale_own_weight * note_sale_gross
    )


def outcomes_net(
    reinstatement_own_weight: Col, reinstatement_net_recovery: Col, repayment_plan_own_weight: Col,
    repayment_plan_net_recovery: Col, forbearance_own_weight: Col, forbearance_net_recovery: Col,
    modification_own_weight: Col, modification_net_recovery: Col, discounted_payoff_own_weight: Col,
    discounted_payoff_net_recovery: Col, short_sale_own_weight: Col, short_sale_net_recovery: Col,
    deed_in_lieu_own_weight: Col, deed_in_lieu_net_recovery: Col, foreclosure_own_weight: Col, foreclosed_weight: Col,
    foreclosure_net_recovery: Col, note_sale_own_weight: Col, note_sale_net_recovery: Col,
) -> Col:
    """Net recovery of the expected outcomes, undiscounted [USD]"""
    return (
        reinstatement_own_weight * number(reinstatement_net_recovery)
        + repayment_plan_own_weight * number(repayment_plan_net_recovery)
        + forbearance_own_weight * number(forbearance_net_recovery)
        + modification_own_weight * number(modification_net_recovery)
        + discounted_payoff_own_weight * discounted_payoff_net_recovery
        + short_sale_own_weight * short_sale_net_recovery
        + deed_in_lieu_own_weight * deed_in_lieu_net_recovery
        + (foreclosure_own_weight + foreclosed_weight) * foreclosure_net_recovery
        + note_sale_own_weight * note_sale_net_recovery
    )


def expected_profit(outcomes_net: Col, all_in_cost: Col) -> Col:
    """Net recovery of the expected outcomes less the all-in cost [USD]"""
    return outcomes_net - all_in_cost


def recommended_net(
    recommended: Col, strategy_keys: Col, reinstatement_net_recovery: Col, repayment_plan_net_recovery: Col,
    forbearance_net_recovery: Col, modification_net_recovery: Col, discounted_payoff_net_recovery: Col,
    short_sale_net_recovery: Col, deed_in_lieu_net_recovery: Col, foreclosure_net_recovery: Col,
    note_sale_net_recovery: Col,
) -> Col:
    """Net recovery of the recommended strategy; blank where none is feasible [USD]"""
    return where(recommended == "", BLANK, choose(
        row_of(recommended, strategy_keys), reinstatement_net_recovery, repayment_plan_net_recovery,
        forbearance_net_recovery, modification_net_recovery, discounted_payoff_net_recovery, short_sale_net_recovery,
        deed_in_lieu_net_recovery, foreclosure_net_recovery, note_sale_net_recovery,
    ))  # fmt: skip


def recommended_profit(recommended_net: Col, all_in_cost: Col) -> Col:
    """Net recovery of the recommended strategy less the all-in cost; blank where none is feasible [USD]"""
    return where(known(recommended_net), number(recommended_net) - all_in_cost, BLANK)


def log_rate_lowest(yield_lowest: Col) -> Col:
    """Lowest rate that is looked at, as the log of 1 + a month's [log]"""
    return log(1 + yield_lowest / MONTHS_A_YEAR)


def log_rate_highest(yield_highest: Col) -> Col:
    """Highest rate that is looked at, as the log of 1 + a month's [log]"""
    return log(1 + yield_highest / MONTHS_A_YEAR)


def gap_at_zero(outcomes_net: Col, all_in_cost: Col) -> Col:
    """Log of the worth at rate 0, the net recovery, over the all-in cost [log]"""
    return gap(outcomes_net, all_in_cost)


def gap_at_target(expected_npv: Col, all_in_cost: Col) -> Col:
    """Log of the worth at the target yield over the all-in cost [log]"""
    return gap(expected_npv, all_in_cost)


def log_rate_at_target(monthly_yield: Col) -> Col:
    """Log of 1 + the target yield a month [log]"""
    return log(1 + monthly_yield)


def slope_at_target(log_rate_at_target: Col, gap_at_target: Col, gap_at_zero: Col, yield_settled: Col) -> Col:
    """Step of the log rate for a step of the gap, from rate 0 to the target yield; where the two are too near to tell,
    that of money due in a year [ratio]"""
    apart = gap_at_zero - gap_at_target > yield_settled
    run = where(apart, log_rate_at_target, 1)
    return run / where(apart, gap_at_target - gap_at_zero, -MONTHS_A_YEAR)


def first_log_rate(log_rate_at_target: Col, gap_at_target: Col, slope_at_target: Col) -> Col:
    """Log rate at which the straight line through the two meets the cost [log]"""
    return log_rate_at_target - gap_at_target * slope_at_target


def implied_yield(yield_note: Col, try4_next_log_rate: Col) -> Col:
    """Yield at which the expected outcomes are worth the all-in cost; blank where `yield_note` says why [per year]"""
    return where(yield_note == "", MONTHS_A_YEAR * (exp(try4_next_log_rate) - 1), BLANK)


def yield_note(
    all_in_cost: Col, outcomes_net: Col, expected_npv: Col, try4_gap: Col, try4_next_log_rate: Col,
    log_rate_lowest: Col, log_rate_highest: Col, yield_settled: Col,
) -> Col:
    """Why there is no implied yield, in words; blank where there is one [text]"""
    return first_of(
        (all_in_cost <= 0) | (outcomes_net <= 0) | (expected_npv <= 0), NO_YIELD,
        try4_next_log_rate >= log_rate_highest, ABOVE,
        try4_next_log_rate <= log_rate_lowest, BELOW,
        not_((try4_gap < yield_settled) & (-try4_gap < yield_settled)), NOT_SETTLED,
        "",
    )  # fmt: skip


def implied_yield_effective(implied_yield: Col) -> Col:
    """That yield as an effective yearly one, compounded [per year]"""
    compounded = power(1 + number(implied_yield) / MONTHS_A_YEAR, MONTHS_A_YEAR) - 1
    return where(known(implied_yield), compounded, BLANK)


def light(
    purchase_price: Col, implied_yield: Col, yield_note: Col, investment_to_value: Col, light_green_yield: Col,
    light_green_itv: Col, light_amber_yield: Col, light_amber_itv: Col,
) -> Col:
    """Whether the ask is within your limits: green, amber or red; `no ask` where none is typed [word]"""
    return first_of(
        not_(number(purchase_price) > 0), NO_ASK,
        yield_note == NOT_SETTLED, NOT_SETTLED,
        _at_least(light_green_yield, implied_yield, yield_note) & _at_most(light_green_itv, investment_to_value), GREEN,
        _at_least(light_amber_yield, implied_yield, yield_note) & _at_most(light_amber_itv, investment_to_value), AMBER,
        RED,
    )  # fmt: skip


def _at_least(limit: Col, implied_yield: Col, yield_note: Col) -> Col:
    """Whether the implied yield reaches a limit, a millionth forgiven."""
    return (yield_note == ABOVE) | (known(implied_yield) & (number(implied_yield) >= limit - TICK))


def _at_most(limit: Col, investment_to_value: Col) -> Col:
    """Whether the investment keeps to a limit, a millionth forgiven."""
    return investment_to_value <= limit + TICK


def _own_weight(weight: Col, npv: Col, outcome_npv: Col) -> Col:
    """Weight of the outcome where the strategy's own plan is what the holder takes [share]"""
    taken = (number(outcome_npv) > 0) & (number(npv) >= number(outcome_npv))
    return where(taken, weight, 0)


OWN_WEIGHT = Block(__name__, {"own_weight": _own_weight})


def _try(number_: int) -> BlockInstance:
    """The columns of a rate tried; the first stands behind rate 0 and the target yield."""
    known_before = {
        1: ("first_log_rate", "log_rate_at_target", "gap_at_target", "slope_at_target", "gap_at_zero"),
        2: ("try1_next_log_rate", "try1_log_rate", "try1_gap", "try1_slope", "gap_at_target"),
    }
    one = f"try{number_ - 1}"
    names = (f"{one}_next_log_rate", f"{one}_log_rate", f"{one}_gap", f"{one}_slope", f"try{number_ - 2}_gap")
    proposed, last_log_rate, last_gap, last_slope, before_gap = known_before.get(number_, names)
    npvs = {f"{strategy}_npv": f"try{number_}_{strategy}_npv" for strategy in STRATEGIES}
    return YIELD_TRY.of(f"try{number_}", proposed=proposed, last_log_rate=last_log_rate, last_gap=last_gap,
                        last_slope=last_slope, before_gap=before_gap, **npvs)  # fmt: skip


BLOCKS: tuple[BlockInstance, ...] = (
    *(
        OWN_WEIGHT.of(strategy, weight=f"{strategy}_weight", npv=f"{strategy}_npv",
                      outcome_npv=f"{strategy}_outcome_npv")
        for strategy in STRATEGIES
    ),
    *(_try(number_) for number_ in range(1, TRIES + 1)),
)  # fmt: skip
