"""Functions over the user's own rows of loans, and those that speak of the others. Python only: no formula."""

from __future__ import annotations

from typing import Any

from lossmit_udfs.definitions import Argument, Function, Result

CATEGORY = "Loss mitigation: loans"
HEADERS = Argument("headers", "table", "One row of column headings, as a seller writes them: UPB, Rate, State, BPO")
ROWS = Argument("rows", "table", "The loans below those headings, a row a loan")


def _scenarios(headers: Any, rows: Any, assumptions: Any = None) -> Any:
    from lossmit_udfs.loans import scenarios

    return scenarios(headers, rows, assumptions)


def _best(headers: Any, rows: Any) -> Any:
    from lossmit_udfs.loans import best

    return best(headers, rows)


def _why(function_name: Any, *arguments: Any) -> str:
    from lossmit_udfs.why import why

    return why(function_name, *arguments)


def _version() -> str:
    from lossmit_xl.version import MODEL_VERSION, __version__

    return f"lossmit-xl {__version__}, model {MODEL_VERSION}"


LM_SCENARIOS = Function(
    "LM_SCENARIOS", CATEGORY,
    "Values loans of your own sheet nine ways, side by side: a row of headings, then a row a loan with bid and each "
    "strategy's net recovery, npv, months, feasible. #N/A where a loan is not valued; Note says why.",
    (
        HEADERS, ROWS,
        Argument("assumptions", "table", "Two columns: names of assumptions (as_of, target_yield and others) and their "
                 "values", optional=True, absent="the default assumptions, as of today"),
    ),
    (Result("table", "table", "Scenarios"),),
    call=_scenarios,
)  # fmt: skip

LM_BEST = Function(
    "LM_BEST", CATEGORY,
    "The strategy to pursue for each loan of your own sheet, and the reason: two cells a row.",
    (HEADERS, ROWS),
    (Result("strategy", "word", "strategy"), Result("reason", "text", "reason")),
    call=_best,
)  # fmt: skip

LM_WHY = Function(
    "LM_WHY", CATEGORY,
    'Says in a sentence why a call gives an error: LM_WHY("FC_COST", A2, B2) for =FC_COST(A2, B2).',
    (
        Argument("function_name", "text", 'Name of the function, in quotes: "FC_COST"'),
        Argument("arguments", "table", "The arguments of that call, in the same order", optional=True, rest=True,
                 absent="left out"),
    ),
    (Result("sentence", "text", "Sentence"),),
    call=_why,
)  # fmt: skip

LM_VERSION = Function(
    "LM_VERSION", CATEGORY,
    "Version of these functions and of the valuation model behind them.",
    (),
    (Result("version", "text", "Version"),),
    call=_version,
)

FUNCTIONS = (LM_SCENARIOS, LM_BEST, LM_WHY, LM_VERSION)
