"""What Excel would refuse in a LAMBDA name, found before a file is written.

Limits: Microsoft, "Excel specifications and limits" (lengths, nesting, arguments, size in memory) and "LAMBDA
function" (253 parameters, no period in a parameter). A comment over 255 characters makes Excel refuse the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lossmit_udfs.definitions import HELP_LENGTH
from lossmit_udfs.formulas import LONGEST_TEXT
from lossmit_udfs.lambdas.render import STORED, LambdaName
from lossmit_workbook.formula_text import (
    LAMBDA_FUNCTIONS,
    PLAIN_FUNCTIONS,
    PREFIXED_FUNCTIONS,
    read_formula,
    reads_as_cell,
    tokens,
)

MOST_CHARACTERS = 8_192
MOST_BYTES = 16_384
MOST_NESTED = 64
MOST_PARAMETERS = 253
MOST_VARIABLES = 126  # pairs of LET, which takes 255 arguments at most, the result among them
COLLAPSING = frozenset({"MIN", "MAX", "AND", "OR", "SUM", "N", "T", "SUMPRODUCT", "COUNT"})
"""Functions that make one value of a range: a call with a column would give a single result."""

_FUNCTION = re.compile(r"[A-Z][A-Z0-9_]{2,254}\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}\Z")


def problems(name: LambdaName) -> list[str]:
    """Every reason why Excel would not take the name, or not compute it over columns; empty where there is none."""
    return [f"{name.name}: {problem}" for check in (_names, _sizes, _functions) for problem in check(name)]


def _names(name: LambdaName) -> Iterator[str]:
    taken = PLAIN_FUNCTIONS | PREFIXED_FUNCTIONS | LAMBDA_FUNCTIONS
    if not _FUNCTION.match(name.name) or reads_as_cell(name.name) or name.name in taken:
        yield "not a name that Excel takes for a function"
    words = [*(argument.name for argument in name.function.arguments), *(word for word, _ in name.variables)]
    for word in words:
        if not _VARIABLE.match(word) or reads_as_cell(word) or word.upper() in ("TRUE", "FALSE", "C", "R"):
            yield f"{word} is not a name that Excel takes for a variable"
    called = {text.removeprefix(STORED.newer).upper() for text in read_formula(name.stored).functions}
    for word in sorted(word for word in words if word.upper() in called):
        yield f"{word} is a variable and a function that it calls: Excel would call the variable"
    lower = [word.lower() for word in words]
    for word in sorted({word for word in lower if lower.count(word) > 1}):
        yield f"{word} is named twice"


def _sizes(name: LambdaName) -> Iterator[str]:
    for what, length, most in (
        ("characters as stored", len(name.stored) + 1, MOST_CHARACTERS),
        ("characters as typed", len(name.typed), MOST_CHARACTERS),
        ("bytes in Excel's memory (estimated)", estimated_bytes(name.stored), MOST_BYTES),
        ("parameters", len(name.function.arguments), MOST_PARAMETERS),
        ("variables", len(name.variables), MOST_VARIABLES),
        ("characters of comment", len(name.comment), HELP_LENGTH),
        ("functions deep", read_formula(name.stored).depth, MOST_NESTED),
    ):
        if length > most:
            yield f"{length} {what}; Excel takes {most}"
    for kind, text in tokens(name.stored):
        if kind == "text" and len(text) - 2 > LONGEST_TEXT:
            yield f"a text of {len(text) - 2} characters; Excel takes {LONGEST_TEXT}"


def _functions(name: LambdaName) -> Iterator[str]:
    parts = read_formula(name.stored)
    if parts.problem:
        yield parts.problem
    for called in sorted(parts.functions):
        plain = called.removeprefix(STORED.newer)
        if plain in COLLAPSING:
            yield f"{plain} makes one value of a range"
        elif not (plain in LAMBDA_FUNCTIONS if plain != called else plain in PLAIN_FUNCTIONS):
            yield f"{called} is not a function as Excel stores it"
    known = {STORED.variable + argument.name for argument in name.function.arguments}
    known |= {STORED.optional(argument.name) for argument in name.function.arguments}
    known |= {STORED.variable + word for word, _ in name.variables}
    for word in sorted(parts.names - known):
        yield f"{word} is no variable of it"
    if parts.ranges or parts.sheets or parts.tables:
        yield "it refers to cells"


BYTES = {"text": 3, "number": 9, "name": 7, "function": 8, "error": 2}


def estimated_bytes(formula: str) -> int:
    """An upper estimate of the parsed formula's size, from the token sizes of [MS-XLS] (a text takes 2 a character).

    How Excel keeps the variables of LET is not published: taken as names (7 bytes each).
    """
    size = 0
    for kind, text in tokens(formula):
        size += BYTES.get(kind, 1) + (2 * (len(text) - 2) if kind == "text" else 0)
        size += 4 if text == "," else 0  # jumps of IF
    return size
