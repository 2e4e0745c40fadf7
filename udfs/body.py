"""The rule of a function, resolved: an ordered list of columns over its arguments, for arrays and for symbols."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from lossmit_udfs.definitions import Body, Function
from lossmit_xl.assumption_cells import CONSTANTS, INPUT_BY_NAME
from lossmit_xl.expr import Expr
from lossmit_xl.graph import BlockInstance, Column, GraphError, Source, columns_of, is_name
from lossmit_xl.model import STATE_TABLE, model
from lossmit_xl.states import states


@cache
def tables() -> Mapping[str, Any]:
    """The state table under the names of the model: codes, and an array a figure."""
    table = states()
    return {
        "states_code": tuple(table.index),
        **{name: table[name.removeprefix("states_")].to_numpy(dtype=float) for name in STATE_TABLE[1:]},
    }


@dataclass(frozen=True)
class Program:
    """Columns in order of need. `inputs` are the arguments (and tables) that they start from."""

    columns: tuple[Column, ...]
    inputs: frozenset[str]
    results: tuple[Source, ...]
    required: tuple[Source, ...]

    def run(self, values: dict[str, Any]) -> dict[str, Any]:
        """Compute every column into `values`, which holds the arguments, and return it. Arrays broadcast."""
        for name in self.inputs:
            if name not in values:
                values[name] = tables()[name]
        for column in self.columns:
            values[column.name] = column.function(*(values[s] if is_name(s) else s for s in column.sources))
        return values

    def steps(self) -> list[tuple[str, Expr]]:
        """Each column's name and its rule as a symbolic tree over the names before it."""
        return [(column.name, column.expression()) for column in self.columns]


class _Resolver:
    def __init__(self, function: Function, body: Body) -> None:
        self.function = function
        self.bind = body.bind
        self.arguments = {part for argument in function.arguments for part in argument.parts}
        parts: list[Callable[..., Any] | BlockInstance] = [*body.rules, *body.blocks]
        self.rules = {column.name: column for part in parts for column in columns_of(function.name, part)}
        self.made: dict[str, Column] = {}
        self.used: set[str] = set()
        self.bound: set[str] = set()
        self.trail: list[str] = []

    def bound_source(self, name: str) -> Source:
        if name not in self.bind:
            return self.source(name)
        self.bound.add(name)
        source = self.bind[name]
        return self.source(source) if is_name(source) else source

    def source(self, name: str) -> Source:
        """What a name stands for: an argument or column (by name), or a literal."""
        if name in self.arguments or name in STATE_TABLE:
            self.used.add(name)
            return name
        if name in self.rules or name in model().columns:
            self.column(name)
            return name
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name in INPUT_BY_NAME and not isinstance(INPUT_BY_NAME[name].default, str):
            return float(INPUT_BY_NAME[name].default)
        near = difflib.get_close_matches(name, [*self.arguments, *self.rules, *model().columns], 1)
        raise GraphError(
            f"{self.function.name}: {self.trail[-1]} needs {name}, which nothing makes"
            + (f"; did you mean {near[0]}?" if near else "")
        )

    def column(self, name: str) -> None:
        if name in self.made:
            return
        if name in self.trail:
            raise GraphError(f"{self.function.name}: round in a circle: {' -> '.join([*self.trail, name])}")
        self.trail.append(name)
        own = name in self.rules
        column = self.rules[name] if own else model().columns[name]
        resolve = self.source if own else self.bound_source
        sources = tuple(resolve(s) if is_name(s) else s for s in column.sources)
        self.made[name] = replace(column, sources=sources)
        self.trail.pop()


def program(function: Function) -> Program:
    """The columns that a function's results and requirements need, in order.

    Raises GraphError where a name is made by nothing, where columns go round in a circle, or where an argument
    or a binding is used by none: each is a mistake of the definition.
    """
    body = function.body
    if body is None:
        raise GraphError(f"{function.name} has no rule to render: it is computed in Python only")
    resolver = _Resolver(function, body)
    resolver.trail.append(function.name)
    required = tuple(resolver.source(requirement.column) for requirement in body.requires)
    results = tuple(resolver.source(result.column) for result in function.results)
    idle = sorted((resolver.arguments - resolver.used) | (set(body.bind) - resolver.bound))
    if idle:
        raise GraphError(f"{function.name}: its rule does not use {', '.join(idle)}")
    return Program(tuple(resolver.made.values()), frozenset(resolver.used), results, required)


BLANK_NUMBER = float(np.nan)
"""A literal for an input that is absent: the model's own test `known` is then false."""
