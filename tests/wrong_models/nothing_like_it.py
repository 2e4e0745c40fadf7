"""A parameter that resembles nothing: no guess is better than a wrong one."""

from lossmit_xl.ops import Col

REFUSED = r"nothing_like_it: equity needs zzz, which nothing makes$"


def equity(zzz: Col) -> Col:
    """Value left for this lien [USD]"""
    return zzz
