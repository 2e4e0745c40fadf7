"""How far the waterfall cuts a rate: the largest number of rate steps that is still not enough, bit by bit.

A block, standing nine times with halving cuts (256 steps, 128, … 1). Each takes its cut where the payment would
still be above the target, so that in the end one step more is the smallest cut that will do.
"""

from lossmit_xl.graph import Block, own_functions
from lossmit_xl.ops import Col, maximum, pmt, where

BITS = 9
MONTHS_A_YEAR = 12


def tried(total_before: Col, cut: Col) -> Col:
    """Cut that is tried here [per year]"""
    return total_before + cut


def payment(
    tried: Col, modification_first_rate: Col, modification_rate_limit: Col, mod_term: Col,
    modification_first_balance: Col,
) -> Col:
    """Payment at that cut [USD/month]"""
    rate = maximum(modification_rate_limit, modification_first_rate - tried)
    return pmt(rate / MONTHS_A_YEAR, mod_term, modification_first_balance)


def total(payment: Col, modification_goal: Col, tried: Col, total_before: Col) -> Col:
    """Cut so far that is not enough [per year]"""
    return where(payment > modification_goal, tried, total_before)


RATE_SEARCH = Block(__name__, own_functions(globals(), __name__))


def rate_search() -> tuple[object, ...]:
    """The nine trials."""
    return tuple(
        RATE_SEARCH.of(
            f"modification_cut{bit}",
            total_before=f"modification_cut{bit - 1}_total" if bit > 1 else 0,
            cut=f"rate_cut_{bit}",
        )
        for bit in range(1, BITS + 1)
    )
