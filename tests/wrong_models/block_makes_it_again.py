"""A block under a prefix that collides with a function."""

from lossmit_xl.graph import Block
from lossmit_xl.ops import Col

REFUSED = r"block_makes_it_again: tail_months is made twice"


def tail_months(upb: Col) -> Col:
    """Months [months]"""
    return upb


def _months(term: Col) -> Col:
    """Months [months]"""
    return term


BLOCKS = (Block(__name__, {"months": _months}).of("tail", term="upb"),)
