"""A block bound to a name that nothing makes."""

from lossmit_xl.graph import Block
from lossmit_xl.ops import Col

REFUSED = r"block_bound_to_nothing: tail_months needs upbb, which nothing makes; did you mean upb\?"


def _months(term: Col) -> Col:
    """Months [months]"""
    return term


BLOCKS = (Block(__name__, {"months": _months}).of("tail", term="upbb"),)
