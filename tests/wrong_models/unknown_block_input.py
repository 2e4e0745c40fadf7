"""A block bound to an input it does not have."""

from lossmit_xl.graph import Block
from lossmit_xl.ops import Col

REFUSED = r"block unknown_block_input as tail: it has no input trem"


def _months(term: Col) -> Col:
    """Months [months]"""
    return term


def BLOCKS() -> object:  # made when asked for, so that the file itself can be imported
    return (Block(__name__, {"months": _months}).of("tail", trem="upb"),)
