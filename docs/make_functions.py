"""Writes docs/functions.md: the guide to the Excel functions, and each function's reference from its definition.

    python docs/make_functions.py            write the page
    python docs/make_functions.py --check    exit 1 where the page is not what this script would write

Prose comes from functions_prose.md; signatures, help, ranges, defaults and the examples' results from lossmit_udfs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lossmit_udfs.call import call
from lossmit_udfs.catalog import FUNCTIONS
from lossmit_udfs.definitions import Function
from lossmit_udfs.lite import LEFT_OUT

HERE = Path(__file__).parent
PAGE, PROSE = HERE / "functions.md", HERE / "functions_prose.md"

EXAMPLES: dict[str, tuple[Any, ...]] = {
    "MODPAYMENT": (250_000, 0.05, 360, 12_000), "REINSTATEMENT": (1_500, 7, 2_300, 450),
    "PLANPAYMENT": (1_500, 9_000, 12), "FORBEARANCE_UNPAID": (1_500, 9_000, [[3, 0], [3, 0.5]]),
    "MODRATE": (250_000, 1_200, 480), "MODWATERFALL": (250_000, 0.07, 300, 1_250),
    "NETRECOVERY": (200_000, 10, 4_000, 250, 0.08, 12_000, 190_000, 0.15),
    "DPO_BREAKEVEN": (120_000, 0.15, 4, 1_000, 250), "SHORTSALE_NET": (200_000, 240_000, 5_000, 0.15),
    "DIL_NET": (200_000, 240_000, 5_000, 0.15), "FC_COST": ("FL", 200_000), "FC_MONTHS": ("NY",),
    "FC_NET": ("FL", 200_000, 240_000, 5_000, 0.15), "NOTE_YIELD": (80_000, 900, 180),
    "NOTE_PRICE": (0.12, 900, 180), "NPL_BID": (130_000, 210_000, 180_000), "LM_WHY": ("FC_COST", "ZZ", 200_000),
}  # fmt: skip
"""One call a function; those that read a whole sheet or say their version have none."""


def shown(value: Any) -> str:
    """A value as a cell shows it."""
    if isinstance(value, (bool, np.bool_)):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and abs(value) < 1 and value:
        return f"{value:.5f}"
    return f"{value:,.2f}".removesuffix(".00") if isinstance(value, (int, float)) else str(value)


def written(value: Any) -> str:
    """An argument as a formula writes it."""
    if isinstance(value, list):
        return "{" + ";".join(",".join(f"{cell:g}" for cell in row) for row in value) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def example(function: Function) -> str:
    """The call and what it gives, as a line."""
    given = EXAMPLES[function.name]
    result = call(function, *given)
    cells = result.tolist() if isinstance(result, np.ndarray) else [result]
    formula = f"={function.name}({', '.join(map(written, given))})"
    return f"{formula}  ->  {' | '.join(map(shown, cells))}"


def reference() -> Iterator[str]:
    """The functions, family by family."""
    family = ""
    for function in FUNCTIONS:
        if function.category != family:
            family = function.category
            yield from (f"### {family.partition(': ')[2].capitalize()}", "")
        yield from _entry(function)


def _entry(function: Function) -> Iterator[str]:
    yield from (f"#### {function.name}", "", f"`={function.signature}`", "", _text(function.help))
    if function.body is None:
        yield f"Not among the LAMBDA names{', nor in xlwings Lite' if function.name in LEFT_OUT else ''}."
    yield ""
    if function.arguments:
        yield from ("| Argument | Unit | |", "|---|---|---|")
        for argument in function.arguments:
            name = f"`[{argument.name}]`" if argument.optional else f"`{argument.name}`"
            yield f"| {name}{', …' if argument.rest else ''} | {argument.unit} | {_text(argument.wizard)} |"
        yield ""
    gives = "; ".join(f"{result.help} ({result.unit})" for result in function.results)
    yield from (f"Gives: {gives}.", "")
    if function.name in EXAMPLES:
        yield from ("```text", example(function), "```", "")


def _text(said: str) -> str:
    return said.replace("|", "\\|").replace("*", "\\*")


def page() -> str:
    """The whole page."""
    return PROSE.read_text(encoding="utf-8").rstrip("\n") + "\n\n" + "\n".join(reference()).rstrip("\n") + "\n"


def main() -> int:
    """Write or check the page; 1 where the check fails."""
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is not what make_functions.py writes now: run python docs/make_functions.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
