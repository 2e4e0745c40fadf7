"""What an Excel function of ours is: its arguments, its results, its rule. Every face is made from these.

A `Function` is data and a `Body`. The body names columns of the model (`lossmit_xl.model`) and says what stands
for their inputs; a rule that the model does not have is one small function more, written with `lossmit_xl.ops`
like the model's own. So one rule computes arrays and renders as a formula (`body.Program`).
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from lossmit_xl.assumption_cells import INPUT_BY_NAME, STATE_CELLS
from lossmit_xl.assumption_fields import FORBEARANCE_SLOTS, MAX_FORBEARANCE_MONTHS
from lossmit_xl.columns import BY_NAME as LOAN_BY_NAME

if TYPE_CHECKING:
    from lossmit_udfs.body import Program
    from lossmit_xl.graph import BlockInstance

Kind = Literal["money", "rate", "share", "count", "number", "state", "yesno", "steps", "text", "table"]
Source = str | float | bool
HELP_LENGTH = 255  # Excel's limit for a function's and an argument's help
NO_CAP = 9.99e307  # the largest round number a cell can hold: no cap


@dataclass(frozen=True)
class Argument:
    """One argument. `low` and `high` are inclusive (`above`: `low` itself is out); a `count` must be whole.

    `default` is what a blank stands for. An optional argument without one is left blank for the rule to fill, and
    `absent` says with what. `rest`: it takes every further argument of the call.
    """

    name: str
    kind: Kind
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    above: bool = False
    optional: bool = False
    default: float | bool | None = None
    absent: str = ""
    rest: bool = False

    @property
    def python_name(self) -> str:
        """The name as a Python parameter: `yield` is a keyword there."""
        return f"{self.name}_" if keyword.iskeyword(self.name) else self.name

    @property
    def broadcasts(self) -> bool:
        """Whether each cell of a range makes a result of its own."""
        return self.kind not in ("steps", "text", "table")

    @property
    def parts(self) -> tuple[str, ...]:
        """The names under which a rule sees it: its own, or one per cell of a plan's steps."""
        if self.kind != "steps":
            return (self.name,)
        return tuple(
            f"forbearance_step{slot}_{what}" for slot in range(1, FORBEARANCE_SLOTS + 1) for what in ("months", "share")
        )

    @property
    def cells(self) -> tuple[Argument, ...]:
        """What each cell of a plan's steps may hold: months and shares in turn, blank is 0."""
        return tuple(
            Argument(part, "count" if part.endswith("months") else "share", self.help, low=0.0,
                     high=self.high if part.endswith("months") else 1.0, optional=True, default=0.0)
            for part in self.parts
        )  # fmt: skip

    @property
    def limits(self) -> str:
        """The range in words; "" where it is any amount of at least 0, or any number."""
        if self.above:
            return f"above {self.low:g}" + ("" if self.high is None else f", at most {self.high:g}")
        return "" if self.low is None or self.high is None else f"{self.low:g} to {self.high:g}"

    @property
    def wizard(self) -> str:
        """Help with range and default, at most 255 characters."""
        said = [self.help.rstrip(".")]
        if self.limits and self.kind != "steps":
            said.append(self.limits[0].upper() + self.limits[1:])
        if self.optional:
            said.append(f"Blank = {self.blank}")
        return ". ".join(said) + "."

    @property
    def blank(self) -> str:
        """What a blank stands for, in words; "" where a value must be given."""
        return (self.absent or _shown(self.default)) if self.optional else ""


@dataclass(frozen=True)
class Result:
    """One value that a function gives: a column of its body, in `unit`."""

    column: str
    unit: str
    help: str


@dataclass(frozen=True)
class Requirement:
    """A column of the body that must hold, else the result is #NUM!; `otherwise` says why in a sentence."""

    column: str
    otherwise: str


@dataclass(frozen=True, eq=False)
class Body:
    """The rule. `bind`: model name -> the argument, own rule or literal that stands for it.

    Names resolve to the binding, then to an argument, an own rule, a column of the model, a default assumption.
    The parameters of an own rule are not bound again. `blocks`: rules that stand several times, like the model's.
    """

    rules: tuple[Callable[..., Any], ...] = ()
    blocks: tuple[BlockInstance, ...] = ()
    bind: Mapping[str, Source] = field(default_factory=dict)
    requires: tuple[Requirement, ...] = ()


@dataclass(frozen=True, eq=False)
class Function:
    """One Excel function. `results` of more than one spill to the right. `body` None: `call` does it in Python only."""

    name: str
    category: str
    help: str
    arguments: tuple[Argument, ...]
    results: tuple[Result, ...]
    body: Body | None = None
    call: Callable[..., Any] | None = None

    @cached_property
    def program(self) -> Program:
        """The body, resolved and put in order. Raises GraphError where it asks for a name that nothing makes."""
        from lossmit_udfs.body import program

        return program(self)

    @property
    def required(self) -> tuple[Argument, ...]:
        """The arguments that must be given."""
        return tuple(argument for argument in self.arguments if not argument.optional)

    @property
    def signature(self) -> str:
        """As Excel's help writes it: `F(a, b, [c])`."""
        shown = (f"[{argument.name}]" if argument.optional else argument.name for argument in self.arguments)
        return f"{self.name}({', '.join(shown)})"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "FALSE" if not value else "TRUE"
    return "no cap" if value == NO_CAP else f"{value:g}"


def like(source: str, name: str, help: str, **changes: Any) -> Argument:
    """An argument with the kind, unit and range of an assumption, a state table cell or a loan column.

    `optional=True` without a `default` takes the assumption's default.
    """
    given = INPUT_BY_NAME.get(source) or STATE_CELLS.get(source) or LOAN_BY_NAME.get(source)
    if given is None:
        raise KeyError(source)
    made = Argument(name, given.kind, help, given.unit, given.low, given.high)  # type: ignore[arg-type]
    if changes.get("optional") and not changes.keys() & {"default", "absent"}:
        changes["default"] = INPUT_BY_NAME[source].default
    return replace(made, **changes)


def money(name: str, help: str, **changes: Any) -> Argument:
    """An amount of at least 0, like every amount of a loan."""
    return replace(Argument(name, "money", help, "USD", low=0.0), **changes)


def state(name: str = "state") -> Argument:
    """A state's code."""
    return Argument(name, "state", "Two-letter code of the state or territory; US is the national median", "code")


def yesno(name: str, help: str) -> Argument:
    """A yes or no, no where blank."""
    return Argument(name, "yesno", help, "yes/no", optional=True, default=False)


def steps(name: str, help: str) -> Argument:
    """A plan's steps, a row each: months, share of the payment."""
    return Argument(name, "steps", help, "months, share", 0.0, float(MAX_FORBEARANCE_MONTHS))
