"""A yearly yield tried: the expected outcomes worth at one more rate, and what rate to try after it.

A block, standing behind the two rates at which the worth is known anyway. The model's own columns are evaluated
again at `rate`; a secant on the log of the worth against the log rate, bent through the last three points, gives
the next one.
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import TICK, Col, exp, log, maximum, minimum, number, where


def log_rate(proposed: Col, log_rate_lowest: Col, log_rate_highest: Col) -> Col:
    """Log of 1 + the monthly rate that is tried, within the range shown [log]"""
    return maximum(log_rate_lowest, minimum(log_rate_highest, proposed))


def rate(log_rate: Col) -> Col:
    """Monthly rate tried [per month]"""
    return exp(log_rate) - 1


def worth(
    reinstatement_own_weight: Col, reinstatement_npv: Col, repayment_plan_own_weight: Col, repayment_plan_npv: Col,
    forbearance_own_weight: Col, forbearance_npv: Col, modification_own_weight: Col, modification_npv: Col,
    discounted_payoff_own_weight: Col, discounted_payoff_npv: Col, short_sale_own_weight: Col, short_sale_npv: Col,
    deed_in_lieu_own_weight: Col, deed_in_lieu_npv: Col, foreclosure_own_weight: Col, foreclosed_weight: Col,
    foreclosure_npv: Col, note_sale_own_weight: Col, note_sale_npv: Col,
) -> Col:
    """Worth of the expected outcomes at that rate, each as decided at the target yield [USD]"""
    return (
        reinstatement_own_weight * number(reinstatement_npv)
        + repayment_plan_own_weight * number(repayment_plan_npv)
        + forbearance_own_weight * number(forbearance_npv)
        + modification_own_weight * number(modification_npv)
        + discounted_payoff_own_weight * discounted_payoff_npv
        + short_sale_own_weight * short_sale_npv
        + deed_in_lieu_own_weight * deed_in_lieu_npv
        + (foreclosure_own_weight + foreclosed_weight) * foreclosure_npv
        + note_sale_own_weight * note_sale_npv
    )


def gap(worth: Col, all_in_cost: Col) -> Col:
    """Log of the worth over the all-in cost: 0 at the implied yield [log]"""
    return log(maximum(TICK, worth / maximum(TICK, all_in_cost)))


def _near(a: Col, b: Col, within: Col) -> Col:
    """Whether two figures are as good as equal: their difference would be noise."""
    return (a - b <= within) & (b - a <= within)


def slope(log_rate: Col, last_log_rate: Col, gap: Col, last_gap: Col, last_slope: Col) -> Col:
    """Step of the log rate for a step of the gap, between the last two points; as before once settled [ratio]"""
    return where(_near(gap, last_gap, TICK), last_slope, (log_rate - last_log_rate) / (gap - last_gap))


def bend(slope: Col, last_slope: Col, gap: Col, before_gap: Col, yield_settled: Col) -> Col:
    """How that step changes, over the last three points; 0 once settled [ratio]"""
    return where(_near(gap, before_gap, yield_settled), 0, (slope - last_slope) / (gap - before_gap))


def next_log_rate(log_rate: Col, gap: Col, slope: Col, last_gap: Col, bend: Col) -> Col:
    """Log rate at which the curve through the last three points meets the cost [log]"""
    return log_rate - gap * (slope - last_gap * bend)


YIELD_TRY = Block(__name__, own_functions(globals(), __name__))
