"""The Excel functions as plain Python callables: `from lossmit_udfs import NETRECOVERY`.

Each takes scalars, lists, 2-D ranges and arrays, which broadcast; a blank (None, "", NaN) is the default. Errors
come as `ExcelError` texts in the place of the result: `#NUM!` out of range or no solution, `#VALUE!` wrong type,
`#N/A` unknown state; an error given in comes out again. Call whole columns: one call is as fast as the model.
"""

from __future__ import annotations

from lossmit_udfs.call import python_callable
from lossmit_udfs.catalog import BY_NAME, FUNCTIONS
from lossmit_udfs.errors import ExcelError

__all__ = [  # noqa: RUF022 (in the order of the catalog)
    "ExcelError", "FUNCTIONS",
    "MODPAYMENT", "REINSTATEMENT", "PLANPAYMENT", "FORBEARANCE_UNPAID", "MODRATE", "MODWATERFALL",
    "NETRECOVERY", "DPO_BREAKEVEN", "SHORTSALE_NET", "DIL_NET",
    "FC_COST", "FC_MONTHS", "FC_NET",
    "NOTE_YIELD", "NOTE_PRICE", "NPL_BID",
    "LM_SCENARIOS", "LM_BEST", "LM_WHY", "LM_VERSION",
]  # fmt: skip

MODPAYMENT = python_callable(BY_NAME["MODPAYMENT"])
REINSTATEMENT = python_callable(BY_NAME["REINSTATEMENT"])
PLANPAYMENT = python_callable(BY_NAME["PLANPAYMENT"])
FORBEARANCE_UNPAID = python_callable(BY_NAME["FORBEARANCE_UNPAID"])
MODRATE = python_callable(BY_NAME["MODRATE"])
MODWATERFALL = python_callable(BY_NAME["MODWATERFALL"])
NETRECOVERY = python_callable(BY_NAME["NETRECOVERY"])
DPO_BREAKEVEN = python_callable(BY_NAME["DPO_BREAKEVEN"])
SHORTSALE_NET = python_callable(BY_NAME["SHORTSALE_NET"])
DIL_NET = python_callable(BY_NAME["DIL_NET"])
FC_COST = python_callable(BY_NAME["FC_COST"])
FC_MONTHS = python_callable(BY_NAME["FC_MONTHS"])
FC_NET = python_callable(BY_NAME["FC_NET"])
NOTE_YIELD = python_callable(BY_NAME["NOTE_YIELD"])
NOTE_PRICE = python_callable(BY_NAME["NOTE_PRICE"])
NPL_BID = python_callable(BY_NAME["NPL_BID"])
LM_SCENARIOS = python_callable(BY_NAME["LM_SCENARIOS"])
LM_BEST = python_callable(BY_NAME["LM_BEST"])
LM_WHY = python_callable(BY_NAME["LM_WHY"])
LM_VERSION = python_callable(BY_NAME["LM_VERSION"])
