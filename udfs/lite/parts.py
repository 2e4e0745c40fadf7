"""What stands in the single file in place of the package's own: no symbols, no pandas, no file.

`lossmit_udfs.lite` puts these definitions where the named ones would stand; the generated part of the file fills the
tables below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lossmit_udfs.definitions import Function
from lossmit_xl.graph import Column

if TYPE_CHECKING:
    from lossmit_udfs.body import Program

BY_NAME: dict[str, Function] = {}
PROGRAMS: dict[str, Program] = {}
TABLES: dict[str, Any] = {}


def program(function: Function) -> Program:
    """The columns that the function needs, in order."""
    return PROGRAMS[function.name]


def tables() -> dict[str, Any]:
    """The state table: codes, and an array a figure."""
    return TABLES


def step(name: str, function: Callable[..., Any], *sources: Any) -> Column:
    """A column: the names (or literals) that stand for the parameters of its rule."""
    return Column(name, function, sources, "", "", "")


def of_python(function: Function, given: tuple[Any, ...]) -> str:
    """Functions without a rule do not fail."""
    return "no error"


OWN = "lossmit_udfs.lite.parts"
REPLACED: dict[tuple[str, str], tuple[str, str]] = {
    ("lossmit_udfs.catalog", "BY_NAME"): (OWN, "BY_NAME"),
    ("lossmit_udfs.body", "program"): (OWN, "program"),
    ("lossmit_udfs.body", "tables"): (OWN, "tables"),
    ("lossmit_udfs.why", "_of_python"): (OWN, "of_python"),
    ("lossmit_xl.ops", "operation"): ("lossmit_udfs.lite.plain", "operation"),
    ("lossmit_xl.text", "_factorized"): ("lossmit_udfs.lite.plain", "factorized"),
}
"""What each of them stands for."""
