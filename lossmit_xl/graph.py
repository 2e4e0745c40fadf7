"""The graph of the model's columns: built from the functions' own signatures, ordered, checked, evaluated.

A section is a module of functions (one function = one column; parameter names = the columns and inputs it
needs) and of block instances. Nothing here knows what a loan is.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any, TypeGuard

import numpy as np

from lossmit_xl.expr import Expr, name
from lossmit_xl.ops import BLANK
from lossmit_xl.text import Text

Source = str | float | bool
"""What stands for a parameter: the name of a column or input, or a literal (a number, a `Word`)."""


class GraphError(Exception):
    """A model function asks for a name that nothing makes, or the columns go round in a circle."""


class Word(str):
    """A word that a block is given as a literal, not as the name of a column."""

    __slots__ = ()


def is_name(source: Source) -> TypeGuard[str]:
    """Whether a source names a column or input (rather than being a literal)."""
    return isinstance(source, str) and not isinstance(source, Word)


@dataclass(frozen=True)
class Column:
    """One column of the model.

    `sources` are, per parameter of `function`, the name of a column or input, or a literal that a block was
    given. `guard` names the flag column that must hold for the column to have a value (blank otherwise).
    """

    name: str
    function: Callable[..., Any]
    sources: tuple[Source, ...]
    section: str
    unit: str
    help: str
    guard: str | None = None

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The names this column is computed from, its guard not included."""
        return tuple(source for source in self.sources if is_name(source))

    def expression(self) -> Expr:
        """The column's rule as a symbolic tree over names."""
        result = self.function(*(name(s) if is_name(s) else s for s in self.sources))
        return result if isinstance(result, Expr) else Expr("value", (result,))


@dataclass(frozen=True)
class BlockInstance:
    """A block's functions under a prefix, with the names (or literals) that stand for its inputs."""

    block: Block
    prefix: str
    bind: Mapping[str, Source]


class Block:
    """A template: a module of functions, instantiated with a prefix and a binding of its inputs."""

    def __init__(
        self, module_name: str, functions: Sequence[Callable[..., Any]] | Mapping[str, Callable[..., Any]]
    ) -> None:
        self.title = module_name.rpartition(".")[2]
        if not isinstance(functions, Mapping):
            functions = {function.__name__: function for function in functions}
        self.functions = dict(functions)

    def of(self, prefix: str, **bind: Source) -> BlockInstance:
        """This block as `prefix_…`; `bind` gives its inputs. Refuses a binding of a name it does not use."""
        used = {param for function in self.functions.values() for param in inspect.signature(function).parameters}
        strangers = sorted(set(bind) - (used - set(self.functions)))
        if strangers:
            raise GraphError(f"block {self.title} as {prefix}: it has no input {', '.join(strangers)}")
        return BlockInstance(self, prefix, bind)


def own_functions(module: ModuleType | Mapping[str, Any], module_name: str) -> list[Callable[..., Any]]:
    """The public functions defined in a module, in the order they are written."""
    namespace = vars(module) if isinstance(module, ModuleType) else module
    functions = [
        value
        for value in namespace.values()
        if inspect.isfunction(value) and value.__module__ == module_name and not value.__name__.startswith("_")
    ]
    return sorted(functions, key=lambda function: function.__code__.co_firstlineno)


def _describe(function: Callable[..., Any]) -> tuple[str, str]:
    """(help, unit) from a docstring's first paragraph; the unit stands in square brackets."""
    text = " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())
    unit = re.search(r"\[([^\]]*)\]", text)
    return re.sub(r"\s*\[[^\]]*\]", "", text), unit.group(1) if unit else ""


def columns_of(section: str, part: Callable[..., Any] | BlockInstance) -> list[Column]:
    """The columns of a function, or of every function of a block instance, with what stands for their parameters."""
    if not isinstance(part, BlockInstance):
        help_, unit = _describe(part)
        return [Column(part.__name__, part, tuple(inspect.signature(part).parameters), section, unit, help_)]
    made = []
    for key, function in part.block.functions.items():
        sources = tuple(
            f"{part.prefix}_{param}" if param in part.block.functions else part.bind.get(param, param)
            for param in inspect.signature(function).parameters
        )
        help_, unit = _describe(function)
        made.append(Column(f"{part.prefix}_{key}", function, sources, section, unit, help_))
    return made


def section_columns(module: ModuleType) -> list[Column]:
    """A section's columns: its functions, then the blocks in its `BLOCKS`, put in order of need."""
    section = module.__name__.rpartition(".")[2]
    parts: list[Callable[..., Any] | BlockInstance] = [
        *own_functions(module, module.__name__), *getattr(module, "BLOCKS", ())
    ]
    columns = [column for part in parts for column in columns_of(section, part)]
    return in_order_of_need(columns)


def in_order_of_need(columns: list[Column]) -> list[Column]:
    """The columns so that each stands behind those it needs, otherwise as given. Prints a circle if there is one."""
    waiting: dict[str | None, Column] = {column.name: column for column in columns}
    placed: dict[str, Column] = {}

    def place(column: Column, trail: tuple[str, ...]) -> None:
        if column.name in placed:
            return
        if column.name in trail:
            circle = (*trail[trail.index(column.name) :], column.name)
            raise GraphError("the columns go round in a circle: " + " -> ".join(circle))
        for need in (*column.needs, column.guard):
            if need in waiting:
                place(waiting[need], (*trail, column.name))
        placed[column.name] = column

    for column in columns:
        if waiting[column.name] is not column:
            raise GraphError(f"{column.section}: {column.name} is made twice")
        place(column, ())
    return list(placed.values())


class Graph:
    """The ordered columns of a model over declared inputs.

    Raises GraphError where a parameter is neither a column nor an input (the nearest name is given), where a
    column stands before one it needs, or where a name is made twice.
    """

    def __init__(self, columns: Iterable[Column], inputs: Collection[str]) -> None:
        self.columns: dict[str, Column] = {}
        self.inputs = frozenset(inputs)
        for column in columns:
            if column.name in self.columns or column.name in self.inputs:
                raise GraphError(f"{column.section}: {column.name} is made twice")
            for need in column.needs:
                if need not in self.columns and need not in self.inputs:
                    near = difflib.get_close_matches(need, [*self.columns, *self.inputs], 1)
                    hint = f"; did you mean {near[0]}?" if near else ""
                    raise GraphError(f"{column.section}: {column.name} needs {need}, which nothing makes{hint}")
            self.columns[column.name] = column

    def ancestors(self, names: Iterable[str]) -> set[str]:
        """Every column that the named ones are computed from, guards not counted, themselves included."""
        found: set[str] = set()
        stack = [n for n in names if n in self.columns]
        while stack:
            current = stack.pop()
            if current not in found:
                found.add(current)
                stack.extend(n for n in self.columns[current].needs if n in self.columns)
        return found

    def descendants(self, names: Iterable[str], stop: Collection[str] = ()) -> set[str]:
        """Every column computed, in any number of steps, from one of the names, not by way of those in `stop`."""
        found = set(names)
        for column in self.columns.values():
            if column.name not in stop and not found.isdisjoint(column.needs):
                found.add(column.name)
        return found & set(self.columns)

    def moved_by(self, name: str, targets: Sequence[str], stop: Collection[str]) -> list[Column]:
        """The columns that lead from `name` to the targets, in order, those in `stop` and what they alone move not."""
        moving = self.descendants([name], stop=stop) - {name}
        plan = self.plan(targets, given=set(self.columns) - moving, masked=False)
        return [column for column, *_ in plan.steps]

    def guarded(self, flag_of: Callable[[Column], str | None], base: str, free: Collection[str]) -> Graph:
        """This graph with guards: a column by the flag that `flag_of` names for it, all else by `base`.

        What a flag is computed from, and the flag itself, falls to `base`; what `base` is computed from has no
        guard, nor have the columns in `free`.
        """
        before_base = self.ancestors([base])
        before_flag: dict[str, set[str]] = {}
        made = []
        for column in self.columns.values():
            flag = flag_of(column)
            if flag is not None and flag not in before_flag:
                before_flag[flag] = self.ancestors([flag])
            guard: str | None = base
            if column.name in before_base or column.name in free:
                guard = None
            elif flag is not None and column.name not in before_flag[flag]:
                guard = flag
            made.append(replace(column, guard=guard))
        return Graph(in_order_of_need(made), self.inputs)

    @cached_property
    def _must_mask(self) -> frozenset[str]:
        """Columns whose blank rows matter to somebody else: read by a column under another guard."""
        crossing = set()
        for column in self.columns.values():
            for need in column.needs:
                source = self.columns.get(need)
                if source is not None and source.guard is not None and source.guard != column.guard:
                    crossing.add(need)
        return frozenset(crossing)

    def plan(self, wanted: Collection[str], given: Collection[str] = (), *, masked: bool = True) -> Plan:
        """The steps that compute `wanted` when the names in `given` are already there; guards apply if `masked`."""
        needed: set[str] = set()
        stack = [n for n in wanted if n in self.columns and n not in given]
        while stack:
            current = stack.pop()
            if current in needed:
                continue
            needed.add(current)
            column = self.columns[current]
            for need in (*column.needs, *([column.guard] if column.guard and masked else [])):
                if need in self.columns and need not in given:
                    stack.append(need)
        steps = [column for key, column in self.columns.items() if key in needed]
        return Plan(steps, frozenset(wanted), self._must_mask, masked)


class Plan:
    """An ordered list of columns to compute, and after which step each can be forgotten."""

    def __init__(self, steps: list[Column], wanted: frozenset[str], must_mask: frozenset[str], masked: bool) -> None:
        last_use: dict[str, int] = {}
        for number, column in enumerate(steps):
            for need in (*column.needs, column.guard if masked else None):
                if need is not None:
                    last_use[need] = number
        made = {column.name for column in steps}
        self.wanted = wanted
        self.steps = [
            (
                column,
                masked and column.guard is not None and (column.name in wanted or column.name in must_mask),
                [need for need, last in last_use.items() if last == number and need in made and need not in wanted],
            )
            for number, column in enumerate(steps)
        ]

    def run(self, values: dict[str, Any]) -> dict[str, Any]:
        """Compute every step into `values` (which holds the inputs) and return it.

        A column that is blank in some rows is NaN (empty, False) there wherever another section can see it.
        """
        with np.errstate(all="ignore"):
            for column, mask, forget in self.steps:
                result = column.function(*(values[s] if is_name(s) else s for s in column.sources))
                if mask:
                    result = _masked(result, values[column.guard])  # type: ignore[index]
                values[column.name] = result
                for need in forget:
                    del values[need]
        return values


def _masked(result: Any, guard: Any) -> Any:
    """`result` where the guard holds, blank elsewhere."""
    from lossmit_xl.ops import where

    if np.all(guard):
        return result
    if isinstance(result, (Text, str)):
        return where(guard, result, BLANK)
    if np.asarray(result).dtype == bool:
        return np.logical_and(result, guard)
    return np.where(guard, result, np.nan)
