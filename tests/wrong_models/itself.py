"""A column that needs itself."""

from lossmit_xl.ops import Col

REFUSED = r"the columns go round in a circle: equity -> equity$"


def equity(equity: Col) -> Col:
    """Value left for this lien [USD]"""
    return equity
