"""A mistyped parameter: it must not become a new input."""

from lossmit_xl.ops import Col

REFUSED = r"unknown_parameter: equity needs property_valu, which nothing makes; did you mean property_value\?"


def equity(property_valu: Col, senior_balance: Col) -> Col:
    """Value left for this lien [USD]"""
    return property_valu - senior_balance
