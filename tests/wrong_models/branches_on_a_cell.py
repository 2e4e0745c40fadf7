"""Python's own `if` on a column: an array could not, and a formula would lose a branch."""

from lossmit_xl.ops import Col

REFUSED = r"may not branch on a cell with if, and, or, not: use where, &, \|, not_"


def equity(property_value: Col, senior_balance: Col) -> Col:
    """Value left for this lien [USD]"""
    return property_value - senior_balance if property_value > senior_balance else 0
