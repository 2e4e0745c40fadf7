"""A function as a LAMBDA: its steps become the variables of one LET.

Three forms of one text. `stored` is what a file holds: `_xlfn.` before functions newer than the file format,
`_xlpm.` before every variable, an optional parameter as `_xlop.`. `typed` is one line for the box "Refers to" of the
Name Manager. `module` is the same with line breaks, for the Advanced Formula Environment of the add-in Excel Labs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lossmit_udfs.definitions import Argument, Function
from lossmit_udfs.errors import VALUE
from lossmit_udfs.formulas import (
    FormulaProgram,
    FormulaRenderer,
    folded,
    formula_program,
    packed_states,
    text_of,
    used,
)
from lossmit_workbook.formula_text import PLAIN_FUNCTIONS
from lossmit_workbook.render import ATOM, COMPARE, SUM
from lossmit_xl.expr import Expr, name
from lossmit_xl.ops import BLANK

FAMILIES = ("modification_", "foreclosure_", "forbearance_", "short_sale_", "deed_in_lieu_")
"""Prefixes of the model's names that a function on its own can do without."""

PLACE = "state_place"
REPEATED = ("minimum", "maximum", "round_whole")
"""Operations whose text names its operands more than once, so that each operand gets a variable."""

Step = tuple[str, Any]


@dataclass(frozen=True)
class Form:
    """How functions and variables are written."""

    newer: str = ""
    variable: str = ""

    def optional(self, parameter: str) -> str:
        """An optional parameter in the list."""
        return f"_xlop.{parameter}" if self.variable else f"[{parameter}]"


STORED, TYPED = Form("_xlfn.", "_xlpm."), Form()


class LambdaRenderer(FormulaRenderer):
    """Trees over LET variables; arrays spill."""

    def __init__(self, resolve: Callable[[str], str], form: Form) -> None:
        super().__init__(resolve, arrays=True)
        self.form = form

    def operand(self, tree: Any) -> str:
        """A tree as one addend of a sum."""
        return self._text(tree, SUM)

    def _filled(self, parameter: Any, default: Any) -> tuple[str, int]:
        text, instead = self._text(parameter, 0), self._text(default, 0)
        blank = "" if default is BLANK else f'IF({text}="",{instead},{text})'
        return f"IF({self.form.newer}ISOMITTED({text}),{instead},{blank or text})", ATOM

    def _logic(self, node: Expr) -> str:
        """Any or all of several conditions, cell by cell."""
        parts = [
            self._text(part, 0) if part.op == "name" else f"({self._text(part, 0)})" for part in _flat(node.op, node)
        ]
        return f"{('*' if node.op == 'and' else '+').join(parts)}>0"

    def _number(self, value: Any) -> tuple[str, int]:
        """N of an array is its first number."""
        text = self._text(value, 0)
        return f"IF(ISNUMBER({text}),{text},0)", ATOM

    def _state_place(self, word: Any) -> tuple[str, int]:
        return f"FIND({self._code(word)},{text_of(packed_states().codes)})", ATOM

    def _state_found(self, place: Any, word: Any) -> tuple[str, int]:
        return f"ISNUMBER({self._text(place, 0)})*(LEN(TRIM({self._text(word, 0)}))=2)>0", COMPARE

    def _beside(self, *results: Any) -> tuple[str, int]:
        """Several results: a row for a scalar, a row for each cell of a column, a column for each cell of a row."""
        first, cells = self._text(results[0], 0), ",".join(self._text(result, 0) for result in results)
        across, down = f"{self.form.newer}HSTACK({cells})", f"{self.form.newer}VSTACK({cells})"
        shape = f"ISERROR({first})"  # of an error, COLUMNS is that error; each result is to show it
        return f"IF(COLUMNS({shape})=1,{across},IF(ROWS({shape})=1,{down},{VALUE}))", ATOM


@dataclass(frozen=True, eq=False)
class LambdaName:
    """A function's variables in order and the tree it gives, over names as they are shown."""

    function: Function
    variables: tuple[Step, ...]
    result: Any

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def comment(self) -> str:
        """What Excel shows while the name is typed, at most 255 characters."""
        return self.function.help

    def lines(self, form: Form) -> list[Step]:
        """Each variable and its formula as text, then ("", result)."""
        renderer = LambdaRenderer(lambda word: form.variable + word, form)
        made = [(form.variable + word, renderer.formula(tree)) for word, tree in self.variables]
        return [*made, ("", renderer.formula(self.result))]

    def parameters(self, form: Form) -> list[str]:
        """The parameter list."""
        return [
            form.optional(argument.name) if argument.optional else form.variable + argument.name
            for argument in self.function.arguments
        ]

    def _fault_lines(self) -> str:
        """The sum of the arguments' faults, an argument a line."""
        renderer = LambdaRenderer(str, TYPED)
        parts = [renderer.operand(tree) for tree in _flat("+", dict(self.variables)["fault"])]
        return " +\n            ".join(["", *parts]).removeprefix(" +")

    def _one_line(self, form: Form) -> str:
        *steps, (_, result) = self.lines(form)
        inside = "".join(f"{word},{text}," for word, text in steps)
        parameters = ",".join(self.parameters(form))
        return f"{form.newer}LAMBDA({parameters},{form.newer}LET({inside}{result}))"

    @cached_property
    def stored(self) -> str:
        """The text of the defined name in the file, without `=`."""
        return self._one_line(STORED)

    @cached_property
    def typed(self) -> str:
        """The text for "Refers to", with `=`."""
        return f"={self._one_line(TYPED)}"

    @cached_property
    def module(self) -> str:
        """`NAME = LAMBDA(…);` with a comment that becomes the name's, a variable a line."""
        *steps, (_, result) = self.lines(TYPED)
        broken = {"fault": self._fault_lines()}
        body = "".join(f"        {word}, {broken.get(word, text)},\n" for word, text in steps)
        return (
            f"/** {self.comment} */\n{self.name} = LAMBDA({', '.join(self.parameters(TYPED))},\n"
            f"    LET(\n{body}        {result}\n    )\n);\n"
        )


def rendered(function: Function) -> LambdaName:
    """The function as a LAMBDA. Raises GraphError where it has no rule."""
    program = formula_program(function)
    steps = _needed(_shared(_plain(_given(function.arguments, program.steps))), program)
    shown = _short_names(function, [word for word, _ in steps])
    steps = [(shown[word], _renamed(tree, {old: name(new) for old, new in shown.items()})) for word, tree in steps]
    if len(program.results) == 1:
        *variables, (_, result) = steps
        return LambdaName(function, tuple(variables), result)
    return LambdaName(function, tuple(steps), Expr("beside", tuple(name(shown[word]) for word in program.results)))


def _renamed(tree: Any, names: Mapping[str, Any]) -> Any:
    """The tree with names replaced by other trees."""
    if not isinstance(tree, Expr):
        return tree
    if tree.op == "name":
        return names.get(tree.args[0], tree)
    return Expr(tree.op, tuple(_renamed(arg, names) for arg in tree.args))


def _given(arguments: Iterable[Argument], steps: Iterable[Step]) -> list[Step]:
    """What was left out counts as blank: `x_used` (shown as `x_`) is then the default; the rest sees it, not `x`.

    A yes or no goes through `x_in`, and a state's place in the table is looked up once.
    """
    looked_at: dict[str, Any] = {}
    first: list[Step] = []
    filled: dict[str, Any] = {}
    for argument in arguments:
        raw, own = name(argument.name), used(argument)
        if argument.kind == "state":
            first.append((PLACE, Expr("state_place", (raw,))))
        elif argument.kind == "yesno":
            looked_at[argument.name] = name(f"{argument.name}_in")
            first.append((f"{argument.name}_in", Expr("filled", (raw, BLANK))))
        elif argument.optional:
            looked_at[argument.name] = name(own)
            filled[own] = Expr("filled", (raw, BLANK if argument.default is None else argument.default))
    made = [(word, filled[word] if word in filled else _renamed(tree, looked_at)) for word, tree in steps]
    return [*first, *((word, _looked_up(tree)) for word, tree in made)]


def _looked_up(tree: Any) -> Any:
    """The tree with a state's place in the table taken from the variable that holds it."""
    if not isinstance(tree, Expr) or tree.op == "name":
        return tree
    if tree.op == "state_known":
        return Expr("state_found", (name(PLACE), tree.args[0]))
    if tree.op == "row_of":
        return (name(PLACE) + 2) / 3
    return Expr(tree.op, tuple(_looked_up(arg) for arg in tree.args))


def _plain(steps: Iterable[Step]) -> list[Step]:
    """Steps that only name another step or a constant are written where they are used."""
    stands_for: dict[str, Any] = {}
    made = []
    for word, tree in steps:
        tree = _single(folded(_renamed(tree, stands_for)))
        if not isinstance(tree, Expr) or tree.op == "name":
            stands_for[word] = tree
        else:
            made.append((word, tree))
    return made


def _key(tree: Any) -> Any:
    """The same for trees that read the same."""
    return (tree.op, *map(_key, tree.args)) if isinstance(tree, Expr) else (type(tree).__name__, repr(tree))


def _single(tree: Any) -> Any:
    """The least of one value is that value: where an argument stands for several inputs of the model."""
    if not isinstance(tree, Expr) or tree.op == "name":
        return tree
    args = tuple(_single(arg) for arg in tree.args)
    if tree.op in ("minimum", "maximum") and len({_key(arg) for arg in args}) == 1:
        return args[0]
    return Expr(tree.op, args)


def _shared(steps: Iterable[Step]) -> list[Step]:
    """Operands that a formula would repeat become variables of their own: `x_a`, `x_b`, …"""
    made: list[Step] = []
    known: dict[Any, str] = {}

    def hoisted(tree: Any, word: str, count: list[int]) -> Any:
        if not isinstance(tree, Expr) or tree.op == "name":
            return tree
        if _key(tree) in known:
            return name(known[_key(tree)])
        args = [hoisted(arg, word, count) for arg in tree.args]
        if tree.op in REPEATED:
            for place, arg in enumerate(args):
                if not isinstance(arg, Expr) or arg.op == "name":
                    continue
                if _key(arg) not in known:
                    known[_key(arg)] = f"{word}_{chr(ord('a') + count[0])}"
                    made.append((known[_key(arg)], arg))
                    count[0] += 1
                args[place] = name(known[_key(arg)])
        return Expr(tree.op, tuple(args))

    for word, tree in steps:
        tree = hoisted(tree, word, [0])
        made.append((word, tree))
        known.setdefault(_key(tree), word)
    return made


def _flat(op: str, tree: Any) -> list[Any]:
    """The operands of nested sums (or conditions) as one list."""
    if isinstance(tree, Expr) and tree.op == op:
        return [part for arg in tree.args for part in _flat(op, arg)]
    return [tree]


def _names_in(tree: Any) -> set[str]:
    if not isinstance(tree, Expr):
        return set()
    if tree.op == "name":
        return {tree.args[0]}
    return {word for arg in tree.args for word in _names_in(arg)}


def _needed(steps: list[Step], program: FormulaProgram) -> list[Step]:
    """The steps that the results stand on."""
    wanted = set(program.results)
    kept = []
    for word, tree in reversed(steps):
        if word in wanted:
            kept.append((word, tree))
            wanted |= _names_in(tree)
    return kept[::-1]


def _short_names(function: Function, words: list[str]) -> dict[str, str]:
    """The names as shown: `x_` for `x` or its default; without the model's family name.

    Never as a function is: with a variable `value`, typing `VALUE(…)` would call the variable.
    """
    from lossmit_udfs.catalog import BY_NAME

    taken = {argument.name for argument in function.arguments} | set(words)
    shown: dict[str, str] = {}
    for word in words:
        if word.endswith("_used"):
            shown[word] = f"{word.removesuffix('_used').removeprefix('annual_')}_"
            continue
        short = next((word.removeprefix(family) for family in FAMILIES if word.startswith(family)), word)
        if short.upper() in BY_NAME or short.upper() in PLAIN_FUNCTIONS:
            short = f"{short}_here"
        if short != word and short not in taken:
            taken.add(short)
            shown[word] = short
        else:
            shown[word] = word
    return shown
