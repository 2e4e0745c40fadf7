"""Symbols to worksheet formulas: how each operation of the model reads in a cell.

`Renderer` turns the tree that a model function returns into Excel text. Names are resolved by the caller (a
cell of the same row, a named input, a table's range). Only functions up to Excel 2016, none volatile, none
array-entered; operands are parenthesised by need, also where Excel binds otherwise than Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossmit_xl.expr import Expr
from lossmit_xl.ops import BLANK, HALF, TICK

Resolve = Callable[[str], str]

EMPTY = '""'
ATOM, POWER, PRODUCT, SUM, JOIN, COMPARE = 6, 5, 4, 3, 2, 1
NAMED = {TICK: "tick", HALF: "half"}  # constants that formulas call by name
BINARY = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "^": POWER}
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
CALLS = {
    "minimum": "MIN", "maximum": "MAX", "not_": "NOT", "number": "N", "floor": "INT", "year": "YEAR",
    "month": "MONTH", "day": "DAY", "index": "INDEX", "choose": "CHOOSE", "pmt": "PMT", "annuity": "PV",
    "balance_after": "FV", "nper": "NPER",
    "log": "LN", "exp": "EXP",
}  # fmt: skip


def simplify(node: Any) -> Any:
    """The same tree without what a block's literals made idle (x - 0, IF(TRUE, …)), and with discounts as divisions."""
    if not isinstance(node, Expr):
        return node.item() if isinstance(node, np.generic) else node
    args = tuple(simplify(arg) for arg in node.args)
    if node.op == "name":
        return node
    if node.op == "discount":
        rate, months = args
        return Expr("/", (1, Expr("^", (Expr("+", (1, rate)), months))))
    return _folded(node.op, args)


def _is(value: Any, *constants: Any) -> bool:
    return not isinstance(value, Expr) and any(value is c or (type(value) is not bool and value == c)
                                               for c in constants)  # fmt: skip


def _folded(op: str, args: tuple[Any, ...]) -> Any:
    plain = not any(isinstance(arg, Expr) for arg in args)
    a, b = (args[0], args[1]) if len(args) > 1 else (args[0], None)
    if op == "+" and (_is(a, 0) or _is(b, 0)):
        return b if _is(a, 0) else a
    if op == "-" and _is(b, 0):
        return a
    if op == "*" and (_is(a, 0) or _is(b, 0)):
        return 0
    if op == "*" and isinstance(b, Expr) and b.op == "/" and _is(b.args[0], 1):
        return Expr("/", (a, b.args[1]))
    if op == "*" and isinstance(b, Expr) and b.op == "*" and isinstance(b.args[1], Expr) and b.args[1].op == "/" \
            and _is(b.args[1].args[0], 1):  # fmt: skip
        return Expr("/", (Expr("*", (a, b.args[0])), b.args[1].args[1]))
    if op == "/" and isinstance(b, Expr) and b.op == "/" and _is(b.args[0], 1):
        return Expr("*", (a, b.args[1]))
    if op == "annuity" and _is(b, 0):
        return 0
    if op == "where" and isinstance(a, bool):
        return args[1] if a else args[2]
    if op == "not_" and isinstance(a, bool):
        return not a
    if op in ("and", "or") and (isinstance(a, bool) or isinstance(b, bool)):
        constant, other = (a, b) if isinstance(a, bool) else (b, a)
        return other if constant == (op == "and") else op == "or"
    if op in ("<", "<=", ">", ">=") and plain:
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]
    if op in ("+", "-") and plain:
        return a + b if op == "+" else a - b
    if op == "value" and plain:
        return a
    return Expr(op, args)


def is_condition(node: Any) -> bool:
    """Whether a tree gives TRUE or FALSE."""
    if isinstance(node, bool):
        return True
    if not isinstance(node, Expr):
        return False
    if node.op == "where":
        return is_condition(node.args[1]) or is_condition(node.args[2])
    return node.op in (*COMPARISONS, "and", "or", "not_", "known")


class Renderer:
    """Renders trees with one way of resolving names.

    `run(names)` gives the range that several names stand in side by side, or None; used for MAX, COUNTIF, MATCH.
    """

    def __init__(self, resolve: Resolve, run: Callable[[list[str]], str | None]) -> None:
        self.resolve = resolve
        self.run = run

    def formula(self, tree: Any, guard: str | None = None) -> str:
        """The formula's text without the leading `=`; `guard` is the flag that must hold for a value."""
        tree = simplify(tree)
        text = self._text(tree, 0)
        if guard is None:
            return text
        otherwise = "FALSE" if is_condition(tree) else EMPTY
        return f"IF({self.resolve(guard)},{text},{otherwise})"

    def _text(self, node: Any, level: int) -> str:
        if not isinstance(node, Expr):
            return _literal(node)
        text, own = self._render(node)
        return f"({text})" if own < level else text

    def _render(self, node: Expr) -> tuple[str, int]:
        op, args = node.op, node.args
        if op == "name":
            return self.resolve(args[0]), ATOM
        if op in BINARY:
            return self._binary(op, *args)
        if op in COMPARISONS:
            return f"{self._text(args[0], JOIN)}{op}{self._text(args[1], JOIN)}", COMPARE
        if op == "neg":
            return f"-{self._text(args[0], POWER)}", PRODUCT
        if op in ("and", "or"):
            parts = ",".join(self._text(arg, 0) for arg in _flat(op, node))
            return f"{op.upper()}({parts})", ATOM
        special = getattr(self, f"_{op}", None)
        if special is not None:
            return special(*args)  # type: ignore[no-any-return]
        return self._call(CALLS[op], *args), ATOM

    def _binary(self, op: str, left: Any, right: Any) -> tuple[str, int]:
        level = BINARY[op]
        # The right side of - and / binds tighter; so do both sides of ^, which Excel reads from the left.
        right_level = level + (op in "-/^")
        return f"{self._text(left, level + (op == '^'))}{op}{self._text(right, right_level)}", level

    def _call(self, function: str, *args: Any) -> str:
        return f"{function}({','.join(self._text(arg, 0) for arg in args)})"

    def _minus(self, value: Any) -> str:
        return _literal(-value) if not isinstance(value, Expr) else f"-{self._text(value, POWER)}"

    def _where(self, condition: Any, yes: Any, no: Any) -> tuple[str, int]:
        if yes is True and no is False:
            return self._render(condition)
        if yes is False and no is True:
            return self._call("NOT", condition), ATOM
        return self._call("IF", condition, yes, no), ATOM

    def _first_of(self, *parts: Any) -> tuple[str, int]:
        *pairs, text = parts
        result = self._text(text, 0)
        for condition, word in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
            result = f"IF({self._text(condition, 0)},{self._text(word, 0)},{result})"
        return result, ATOM

    def _known(self, value: Any) -> tuple[str, int]:
        return f'{self._text(value, JOIN)}<>""', COMPARE

    def _ceil(self, value: Any) -> tuple[str, int]:
        return f"-INT({NAMED[TICK]}-{self._text(value, PRODUCT)})", PRODUCT

    def _round_whole(self, value: Any) -> tuple[str, int]:
        text = self._text(value, 0)
        return f"SIGN({text})*INT(ABS({text})+{NAMED[HALF]}+{NAMED[TICK]})", PRODUCT

    def _annuity(self, rate: Any, months: Any) -> tuple[str, int]:
        return f"PV({self._text(rate, 0)},{self._text(months, 0)},-1)", ATOM

    def _pmt(self, rate: Any, months: Any, balance: Any) -> tuple[str, int]:
        return f"PMT({self._text(rate, 0)},{self._text(months, 0)},{self._minus(balance)})", ATOM

    def _balance_after(self, rate: Any, months: Any, payment: Any, balance: Any) -> tuple[str, int]:
        return f"{self._call('FV', rate, months, payment)[:-1]},{self._minus(balance)})", ATOM

    def _nper(self, rate: Any, payment: Any, balance: Any) -> tuple[str, int]:
        return f"NPER({self._text(rate, 0)},{self._minus(payment)},{self._text(balance, 0)})", ATOM

    def _power(self, base: Any, exponent: Any) -> tuple[str, int]:
        return f"{self._text(base, ATOM)}^{self._text(exponent, ATOM)}", POWER

    def _row_of(self, word: Any, table: Any) -> tuple[str, int]:
        key, cells = self._text(word, 0), self._text(table, 0)
        return f"IF(COUNTIF({cells},{key})=0,ROWS({cells}),MATCH({key},{cells},0))", ATOM

    def _place_of(self, value: Any, *candidates: Any) -> tuple[str, int]:
        return f"MATCH({self._text(value, 0)},{self._cells(candidates, must=True)},0)", ATOM

    def _most(self, *values: Any) -> tuple[str, int]:
        return f"MAX({self._cells(values)})", ATOM

    def _count(self, *conditions: Any) -> tuple[str, int]:
        return f"COUNTIF({self._cells(conditions, must=True)},TRUE)", ATOM

    def _join(self, *texts: Any) -> tuple[str, int]:
        return "&".join(self._text(text, JOIN) for text in texts), JOIN

    def _without_end(self, text: Any, ending: Any) -> tuple[str, int]:
        shown = self._text(text, 0)
        return f"LEFT({shown},MAX(0,LEN({shown})-LEN({self._text(ending, 0)})))", ATOM

    def _cells(self, nodes: tuple[Any, ...], must: bool = False) -> str:
        names = [node.args[0] for node in nodes if isinstance(node, Expr) and node.op == "name"]
        joined = self.run(names) if len(names) == len(nodes) else None
        if joined is None and must:
            raise ValueError(f"these columns must stand side by side: {', '.join(names)}")
        return joined or ",".join(self._text(node, 0) for node in nodes)


def _flat(op: str, node: Any) -> list[Any]:
    """The operands of nested `and`s (or `or`s) as one list."""
    if isinstance(node, Expr) and node.op == op:
        return [part for arg in node.args for part in _flat(op, arg)]
    return [node]


def _literal(value: Any) -> str:
    if value is BLANK:
        return EMPTY
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if value in NAMED:
        return NAMED[value]
    return repr(int(value)) if float(value).is_integer() else repr(float(value))
