"""Three columns that need each other: the circle is printed, and only it."""

from lossmit_xl.ops import Col

REFUSED = r"the columns go round in a circle: first -> third -> second -> first$"


def before(upb: Col, first: Col) -> Col:
    """Leads into the circle but is not of it [USD]"""
    return upb + first


def first(third: Col) -> Col:
    """One [USD]"""
    return third


def second(first: Col) -> Col:
    """Two [USD]"""
    return first


def third(second: Col) -> Col:
    """Three [USD]"""
    return second
