"""The functions as LAMBDA names: Excel 2024, 365 and the web compute them with neither Python nor macros.

    render.py        a function's steps as the variables of one LET, in the three forms Excel knows
    check.py         what Excel would refuse
    conformance.py   calls with their results, and what other engines gave
    sheets.py        the workbook that carries the names
    try_it.py        its example block
"""

from __future__ import annotations

from functools import cache

from lossmit_udfs.catalog import FUNCTIONS
from lossmit_udfs.lambdas.render import LambdaName, rendered


@cache
def lambda_names() -> tuple[LambdaName, ...]:
    """Every function that has a rule, as a name. Raises ValueError with all that Excel would refuse."""
    from lossmit_udfs.lambdas.check import problems

    made = tuple(rendered(function) for function in FUNCTIONS if function.body is not None)
    found = [problem for name in made for problem in problems(name)]
    if found:
        raise ValueError("\n".join(found))
    return made


__all__ = ["LambdaName", "lambda_names", "rendered"]
