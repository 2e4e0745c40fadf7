"""A function as worksheet formulas: its arguments cleaned and checked, its rule, its results, step by step.

`formula_program` gives named steps over the arguments' raw names, each a symbolic tree. A face lays them out: one
cell a step, or `LET` variables in a `LAMBDA` body. `FormulaRenderer` writes a tree as text; with `arrays=True`
without MIN, MAX, AND and OR, which collapse a range to one value.

The state table travels inside the formula as text constants (at most 255 characters each), so that a name pasted
into any workbook computes there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

from lossmit_udfs.body import tables
from lossmit_udfs.definitions import NO_CAP, Argument, Function
from lossmit_udfs.errors import NA, NUM, VALUE
from lossmit_workbook.render import ATOM, COMPARE, JOIN, SUM, Renderer, simplify
from lossmit_xl.assumption_fields import FORBEARANCE_SLOTS
from lossmit_xl.expr import Expr, name
from lossmit_xl.graph import is_name
from lossmit_xl.model import STATE_TABLE
from lossmit_xl.ops import BLANK, where

LONGEST_TEXT = 255  # characters that Excel allows in a text constant of a formula
YES, NO = ("yes", "y", "true"), ("no", "n", "false")
EXACT_INTEGER = 1e15


@dataclass(frozen=True)
class FormulaProgram:
    """`parameters` raw argument names; `steps` (name, tree) in order; `results` the step that holds each result."""

    parameters: tuple[str, ...]
    steps: tuple[tuple[str, Any], ...]
    results: tuple[str, ...]


def formula_program(function: Function) -> FormulaProgram:
    """The steps of a function as formulas.

    Per optional argument `x` a step `x_used` (its default where blank; a required one stands as it is); a step
    `fault`, 0 or the error that comes out; the columns of the rule; and `result` (or `result_1`, `result_2`, …).
    Raises GraphError where it has no rule.
    """
    program = function.program
    steps: list[tuple[str, Any]] = []
    faults: list[Any] = []
    for argument in function.arguments:
        cleaned, fault = _argument(argument)
        steps += cleaned
        faults.append(fault)
    steps.append(("fault", reduce(lambda a, b: a + b, faults)))
    names = {argument.name: used(argument) for argument in function.arguments if argument.kind != "steps"}
    for column in program.columns:
        sources = (name(names.get(s, s)) if is_name(s) else s for s in column.sources)
        steps.append((column.name, column.function(*sources)))
    results = []
    for place, source in enumerate(program.results, start=1):
        step = "result" if len(program.results) == 1 else f"result_{place}"
        value: Any = name(source) if is_name(source) else source
        for requirement in reversed(program.required):
            value = where(name(str(requirement)), value, error(NUM))
        steps.append((step, where(name("fault") == 0, value, 0)))
        results.append(step)
    parameters = tuple(argument.name for argument in function.arguments)
    return FormulaProgram(parameters, tuple((key, folded(tree)) for key, tree in steps), tuple(results))


def used(argument: Argument) -> str:
    """The name that holds an argument once a blank is replaced by its default."""
    return f"{argument.name}_used" if argument.optional else argument.name


def error(text: str) -> Expr:
    """An error value."""
    return Expr("error", (text,))


def _test(op: str, tree: Any) -> Expr:
    return Expr(op, (tree,))


def _argument(argument: Argument) -> tuple[list[tuple[str, Any]], Any]:
    """(steps that clean it, its fault: 0 or an error)."""
    raw = name(argument.name)
    if argument.kind == "steps":
        cells = [
            (part, Expr("steps_cell", (raw, place // 2 + 1, place % 2 + 1)))
            for place, part in enumerate(argument.parts)
        ]
        faults = [_first_error(name(cell.name), _number_fault(cell, name(cell.name))) for cell in argument.cells]
        return cells, reduce(lambda a, b: a + b, faults, Expr("steps_fault", (raw,)))
    clean = name(used(argument))
    if argument.kind == "state":
        fault = where(_test("is_word", raw), where(_test("state_known", raw), 0, error(NA)), error(VALUE))
        return [], _first_error(raw, fault)
    if argument.kind == "yesno":
        said_yes = _one_of(raw, True, 1, *YES)
        said = _test("blank", raw) | _one_of(raw, True, 1, *YES) | _one_of(raw, False, 0, *NO)
        wrong = where(_test("is_number", raw), error(NUM), error(VALUE))
        return [(used(argument), said_yes)], _first_error(raw, where(said, 0, wrong))
    filled = where(_test("blank", raw), BLANK if argument.default is None else argument.default, raw)
    fault = _number_fault(argument, clean)
    if argument.optional and argument.default is None:
        fault = where(_test("blank", clean), 0, fault)
    return ([(used(argument), filled)] if argument.optional else []), _first_error(raw, fault)


def _first_error(raw: Expr, fault: Any) -> Any:
    """An error that comes in goes on as it is."""
    return where(_test("is_error", raw), raw, fault)


def _one_of(raw: Expr, flag: bool, number: int, *words: str) -> Any:
    tests: list[Any] = [raw == flag, raw == number]
    tests += [_test("trim", raw) == word for word in words]
    return reduce(lambda a, b: a | b, tests)


def _number_fault(argument: Argument, clean: Expr) -> Any:
    return where(_test("is_number", clean), _range_fault(argument, clean), error(VALUE))


def _range_fault(argument: Argument, clean: Expr) -> Any:
    wrong: list[Any] = []
    if argument.low is not None:
        wrong.append(clean <= argument.low if argument.above else clean < argument.low)
    if argument.high is not None:
        wrong.append(clean > argument.high)
    if argument.kind == "count":
        wrong.append(clean != Expr("floor", (clean,)))
    return where(reduce(lambda a, b: a | b, wrong), error(NUM), 0) if wrong else 0


def folded(node: Any) -> Any:
    """The tree without what a literal made idle: a cap that is none, a factor of 1."""
    node = simplify(node)
    if not isinstance(node, Expr) or node.op == "name":
        return node
    args = tuple(folded(arg) for arg in node.args)
    if node.op == "minimum":
        args = tuple(arg for arg in args if isinstance(arg, Expr) or arg != NO_CAP)
        return args[0] if len(args) == 1 else Expr("minimum", args)
    if node.op == "*" and any(not isinstance(arg, Expr) and type(arg) is not bool and arg == 1 for arg in args):
        return args[0] if isinstance(args[0], Expr) else args[1]
    return simplify(Expr(node.op, args))


@dataclass(frozen=True)
class PackedTable:
    """The state table as text constants. `codes`: `,AK,AL,…,US,`; per figure cells of equal width."""

    codes: str
    columns: dict[str, tuple[str, int]]


@cache
def packed_states() -> PackedTable:
    """The state table for a formula. Raises ValueError where a figure is not whole or a text would be too long."""
    table = tables()
    columns = {}
    for key in STATE_TABLE[1:]:
        numbers = table[key]
        cells = [f"{number:.0f}" for number in numbers]
        width = max(map(len, cells))
        text = "".join(cell.zfill(width) for cell in cells)
        if len(text) > LONGEST_TEXT or any(number != int(number) for number in numbers):
            raise ValueError(f"{key} does not fit into a text constant")
        columns[key] = (text, width)
    codes = f",{','.join(table['states_code'])},"
    if len(codes) > LONGEST_TEXT:
        raise ValueError("the codes of the states do not fit into a text constant")
    return PackedTable(codes, columns)


def text_of(words: str) -> str:
    """A text constant of a formula."""
    return '"' + words.replace('"', '""') + '"'


class FormulaRenderer(Renderer):
    """Trees of `formula_program` as text, names resolved by `resolve`."""

    def __init__(self, resolve: Callable[[str], str], *, arrays: bool = False) -> None:
        super().__init__(resolve, lambda names: None)
        self.arrays = arrays

    def _text(self, node: Any, level: int) -> str:
        if isinstance(node, (bool, str)) or node is BLANK:
            return super()._text(node, level)
        if not isinstance(node, Expr):
            text = _number(float(node))
            return f"({text})" if text.startswith("-") and level > SUM else text
        return super()._text(node, level)

    def _render(self, node: Expr) -> tuple[str, int]:
        if self.arrays and node.op in ("minimum", "maximum"):
            return self._extreme("<" if node.op == "minimum" else ">", node.args), ATOM
        if self.arrays and node.op in ("and", "or"):
            return self._logic(node), COMPARE
        return super()._render(node)

    def _extreme(self, sign: str, nodes: Sequence[Any]) -> str:
        first, *others = (self._text(node, JOIN) for node in nodes)
        for other in others:
            first = f"IF({first}{sign}{other},{first},{other})"
        return first

    def _logic(self, node: Expr) -> str:
        left, right = (f"({self._text(arg, 0)})" for arg in node.args)
        return f"{left}*{right}>0" if node.op == "and" else f"{left}+{right}>0"

    def _minus(self, value: Any) -> str:
        return _number(-float(value)) if not isinstance(value, Expr) else super()._minus(value)

    def _ceil(self, value: Any) -> tuple[str, int]:
        return f"-INT({_number(1e-6)}-{self._text(value, SUM + 1)})", SUM

    def _round_whole(self, value: Any) -> tuple[str, int]:
        text = self._text(value, 0)
        return f"SIGN({text})*INT(ABS({text})+{_number(0.5 + 1e-6)})", SUM + 1

    def _row_of(self, word: Any, table: Any) -> tuple[str, int]:
        return f"(FIND({self._code(word)},{text_of(packed_states().codes)})+2)/3", SUM + 1

    def _index(self, column: Any, row: Any) -> tuple[str, int]:
        text, width = packed_states().columns[column.args[0]]
        return f"VALUE(MID({text_of(text)},{width}*{self._text(row, SUM + 1)}-{width - 1},{width}))", ATOM

    def _code(self, word: Any) -> str:
        return f'","&UPPER(TRIM({self._text(word, 0)}))&","'

    def _state_known(self, word: Any) -> tuple[str, int]:
        found = f"ISNUMBER(FIND({self._code(word)},{text_of(packed_states().codes)}))"
        return f"{found}*(LEN(TRIM({self._text(word, 0)}))=2)>0", COMPARE

    def _blank(self, tree: Any) -> tuple[str, int]:
        return f'{self._text(tree, JOIN)}=""', COMPARE

    def _is_word(self, tree: Any) -> tuple[str, int]:
        text = self._text(tree, 0)
        return f"NOT(ISNUMBER({text})+ISLOGICAL({text}))", ATOM

    def _is_number(self, tree: Any) -> tuple[str, int]:
        return f"ISNUMBER({self._text(tree, 0)})", ATOM

    def _is_error(self, tree: Any) -> tuple[str, int]:
        return f"ISERROR({self._text(tree, 0)})", ATOM

    def _trim(self, tree: Any) -> tuple[str, int]:
        return f"TRIM({self._text(tree, 0)})", ATOM

    def _error(self, text: str) -> tuple[str, int]:
        return text, ATOM

    def _steps_cell(self, steps: Any, row: int, column: int) -> tuple[str, int]:
        cells = self._text(steps, 0)
        cell = f"INDEX({cells},{row},{column})"
        return f'IF(ROWS({cells})<{row},0,IF({cell}="",0,{cell}))', ATOM

    def _steps_fault(self, steps: Any) -> tuple[str, int]:
        cells = self._text(steps, 0)
        return f"IF(COLUMNS({cells})<>2,{VALUE},IF(ROWS({cells})>{FORBEARANCE_SLOTS},{NUM},0))", ATOM


def _number(number: float) -> str:
    """A number as a formula writes it."""
    if number.is_integer() and abs(number) < EXACT_INTEGER:
        return str(int(number))
    return repr(number).upper()

