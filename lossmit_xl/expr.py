"""Symbolic cells: what a model function returns when it is given names instead of numbers.

An `Expr` is a small tree of operations over names and constants. The workbook package renders it as a
worksheet formula; nothing here knows of Excel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False, slots=True)
class Expr:
    """One operation (`op`) and what it is applied to: further `Expr`s, numbers, words or booleans."""

    op: str
    args: tuple[Any, ...]

    def __add__(self, other: Any) -> Expr:
        return Expr("+", (self, other))

    def __radd__(self, other: Any) -> Expr:
        return Expr("+", (other, self))

    def __sub__(self, other: Any) -> Expr:
        return Expr("-", (self, other))

    def __rsub__(self, other: Any) -> Expr:
        return Expr("-", (other, self))

    def __mul__(self, other: Any) -> Expr:
        return Expr("*", (self, other))

    def __rmul__(self, other: Any) -> Expr:
        return Expr("*", (other, self))

    def __truediv__(self, other: Any) -> Expr:
        return Expr("/", (self, other))

    def __rtruediv__(self, other: Any) -> Expr:
        return Expr("/", (other, self))

    def __neg__(self) -> Expr:
        return Expr("neg", (self,))

    def __lt__(self, other: Any) -> Expr:
        return Expr("<", (self, other))

    def __le__(self, other: Any) -> Expr:
        return Expr("<=", (self, other))

    def __gt__(self, other: Any) -> Expr:
        return Expr(">", (self, other))

    def __ge__(self, other: Any) -> Expr:
        return Expr(">=", (self, other))

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr("=", (self, other))

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr("<>", (self, other))

    def __and__(self, other: Any) -> Expr:
        return Expr("and", (self, other))

    def __rand__(self, other: Any) -> Expr:
        return Expr("and", (other, self))

    def __or__(self, other: Any) -> Expr:
        return Expr("or", (self, other))

    def __ror__(self, other: Any) -> Expr:
        return Expr("or", (other, self))

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        raise TypeError("a model function may not branch on a cell with if, and, or, not: use where, &, |, not_")


def name(text: str) -> Expr:
    """The cell or range that a column, an assumption or a table of that name stands in."""
    return Expr("name", (text,))


def names_in(expr: Any) -> list[str]:
    """Every name an expression refers to, in order of appearance, each once."""
    found: dict[str, None] = {}

    def visit(node: Any) -> None:
        if isinstance(node, Expr):
            if node.op == "name":
                found[node.args[0]] = None
            else:
                for arg in node.args:
                    visit(arg)

    visit(expr)
    return list(found)
