"""A column of the name of an input: one of the two would silently win."""

from lossmit_xl.ops import Col

REFUSED = r"input_made_again: upb is made twice"


def upb(property_value: Col) -> Col:
    """Unpaid principal [USD]"""
    return property_value
