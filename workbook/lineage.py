"""Where every number comes from, read off the function graph: what Explain looks up on Method.

One `Lineage` a name: a model column, and every leaf under the model (a column of Loans, an assumption, a constant, a
column of a table). `template` is the column's formula with a mark in the place of each input: its number in `inputs`
between `OPEN` and `SHUT`. With the inputs' values there it is a formula again, and gives the column's value.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string

from lossmit_workbook.layout import ON_BIDS, STATE_SHEET_COLUMNS, Layout
from lossmit_workbook.render import EMPTY, Renderer, is_condition, simplify
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import loans as loans_sheet
from lossmit_workbook.sheets.model import FROM_BIDS
from lossmit_xl.assumptions import CONSTANT_HELP, CONSTANTS, INPUT_BY_NAME
from lossmit_xl.columns import BY_NAME
from lossmit_xl.expr import Expr
from lossmit_xl.expr import name as cell
from lossmit_xl.graph import Column
from lossmit_xl.model import STATE_OVERRIDES, TABLES, model
from lossmit_xl.ops import BLANK, known, where

MODEL, LOANS, BIDS, ASSUMPTIONS, STATES = "Model", "Loans", "Bids", "Assumptions", "States"
OPEN, SHUT = "\u2039", "\u203a"
"""Around the place of an input in a template; no formula and no word of the model holds them."""
OPEN_NUMBER, SHUT_NUMBER = "\u00ab", "\u00bb"
"""The same where the formula takes the input for a number: an empty cell counts as 0 there."""
TEXT_TAKERS = ("known", "number", "row_of", "join", "without_end")
COMPARED = ("=", "<>")

MOST_USERS = 6
MONEY_UNITS = ("USD", "USD/month", "USD/year")
MONEY_SHOWN, SHARE_SHOWN = "#,##0.00", "0.00##%"
MONEY_DIGITS, DIGITS = 6, 12
YES_NO, DATE, LIST = "yes/no", "date", "list"
OF_TAPE, OF_OVERRIDE, OF_ASSUMPTION = "the tape, or what you typed over it", "your override", "assumption"
OF_BIDS = "typed on Bids"
OF_CONSTANT, OF_TABLE, OF_ALL, OF_LOAN = (
    "constant of the method", "a table", "worked out, the same for every loan", "worked out for this loan"
)  # fmt: skip
QUOTED = re.compile(r'("(?:[^"]|"")*")')
OPERATOR = re.compile(r"(?<=[\w)])(?:<=|>=|<>|[-+*/=<>&])|^(?:<=|>=|<>|[=<>&])")  # with a value on its left
STAND_IN = re.compile(r"__(\d+)(n?)__")
NUMERIC = "#"


@dataclass(frozen=True)
class Lineage:
    """What is known of a name. `sheet` and `place` (its column there, from 1) hold the value; `row` is that of the
    one cell for all loans, 0 where each loan has its own. `ref` is the address, for a loan's own without the row.

    `shown` is the number format in words of a formula, "" for a plain number; `digits` how many decimals a value keeps
    where it must compute. `otherwise` is the formula's text where `guard` does not hold.
    """

    name: str
    sheet: str
    place: int
    row: int
    ref: str
    unit: str
    meaning: str
    origin: str
    source: str
    shown: str = ""
    digits: int = DIGITS
    template: str = ""
    guard: str = ""
    otherwise: str = EMPTY
    inputs: tuple[str, ...] = ()
    """The guard, where there is one, is the last."""
    used_by: str = ""


class _Values(Renderer):
    """Renders for values in the place of cells: what reads a range of columns takes their values listed."""

    def _place_of(self, value: Any, *candidates: Any) -> tuple[str, int]:
        return f"MATCH({self._text(value, 0)},{self._listed(candidates)},0)", 6

    def _most(self, *values: Any) -> tuple[str, int]:
        return f"MAX({self._listed(values)})", 6

    def _count(self, *conditions: Any) -> tuple[str, int]:
        return f"SUM({','.join(self._text(c, 0) for c in conditions)})", 6

    def _listed(self, nodes: tuple[Any, ...]) -> str:
        return "{" + ",".join(self._text(node, 0) for node in nodes) + "}"


def spaced(text: str) -> str:
    """A formula with room around its operators, so that it can be read and broken into lines."""
    parts = QUOTED.split(text)
    return "".join(
        part if QUOTED.fullmatch(part) else OPERATOR.sub(r" \g<0> ", part).replace(",", ", ") for part in parts
    )


def template(tree: Any, inputs: tuple[str, ...]) -> str:
    """A rule's formula with marks in the place of the inputs' names; `tick` and `half` stay, as names of cells."""
    places = {name: f"__{place}__" for place, name in enumerate(inputs, start=1)}
    places |= {f"{NUMERIC}{name}": f"__{place}n__" for place, name in enumerate(inputs, start=1)}
    text = spaced(_Values(places.__getitem__, lambda names: None).formula(_in_context(tree, False)))

    def mark(found: re.Match[str]) -> str:
        place, numeric = found.groups()
        return f"{OPEN_NUMBER}{place}{SHUT_NUMBER}" if numeric else f"{OPEN}{place}{SHUT}"

    return STAND_IN.sub(mark, text)


def marks(place: int) -> tuple[str, str]:
    """The marks of an input: as it is, and where it is taken for a number."""
    return f"{OPEN}{place}{SHUT}", f"{OPEN_NUMBER}{place}{SHUT_NUMBER}"


def _in_context(node: Any, as_it_is: bool) -> Any:
    """The tree with `NUMERIC` before each name that is taken for a number: neither tested for blank nor a word."""
    if not isinstance(node, Expr):
        return node
    if node.op == "name":
        return node if as_it_is else cell(f"{NUMERIC}{node.args[0]}")
    words = any(arg is BLANK or isinstance(arg, str) for arg in node.args)
    inside = node.op in TEXT_TAKERS or (node.op in COMPARED and words)
    return Expr(node.op, tuple(_in_context(arg, inside) for arg in node.args))


def _used(column: Column) -> tuple[str, ...]:
    """What a column's formula reads: not what a literal of its block made idle."""
    needs = tuple(dict.fromkeys(column.needs))
    text = template(column.expression(), needs)
    return tuple(need for place, need in enumerate(needs, start=1) if any(mark in text for mark in marks(place)))


def shown_of(unit: str) -> str:
    """The format of a value of this unit inside a formula."""
    if unit in MONEY_UNITS:
        return MONEY_SHOWN
    return SHARE_SHOWN if unit in ("share", "per year", "per month") or unit.startswith("of ") else ""


def reason_of(guard: str) -> tuple[str, str, str]:
    """(what can't be done, the flag that says the loan matures first or "", the reason otherwise) behind a guard."""
    if guard == "valued":
        return "this loan is not valued", "", ""
    strategy = guard.removesuffix("_computable")
    words = f"{strategy.replace('_', ' ')} can't be computed"
    matures = f"{strategy}_matures"
    from lossmit_xl.model.triage import PAID_OFF

    return (words, matures, PAID_OFF) if matures in model().columns else (words, "", "nothing left to modify")


class LineageTable:
    """Every name of a workbook and its lineage: `table["bid"]`, `table.columns`, `table.leaves`."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        _, first, *_ = assumptions_sheet.places(len(layout.scalars))
        self._scalar_row = {name: first + place for place, name in enumerate(layout.scalars)}
        constants, *_ = assumptions_sheet.places(len(layout.scalars))
        self._fixed_row = {name: constants + place for place, name in enumerate(CONSTANTS)}
        self._fixed_row |= {field.name: row for row, _, field in assumptions_sheet.rows() if field is not None}

    def __getitem__(self, name: str) -> Lineage:
        return self.all[name]

    @cached_property
    def all(self) -> dict[str, Lineage]:
        """Columns, then leaves, by name."""
        return {**self.columns, **{leaf.name: leaf for group in self.leaves.values() for leaf in group}}

    @cached_property
    def columns(self) -> dict[str, Lineage]:
        """What can be explained: the model's columns, those that a loan may override before them."""
        names = [*self.layout.from_bids, *self.layout.effective, *model().columns]
        made = {name: self._from_bids(name) for name in self.layout.from_bids}
        made |= {name: self._effective(name) for name in self.layout.effective}
        made |= {name: self._column(column) for name, column in model().columns.items()}
        return {name: made[name] for name in names}

    @cached_property
    def leaves(self) -> dict[str, list[Lineage]]:
        """What the model starts from, by where it is typed: only what a column reads."""
        found: dict[str, list[Lineage]] = {LOANS: [], BIDS: [], ASSUMPTIONS: [], "Constants": [], "Tables": []}
        for name in self._needs:
            if name not in self.columns:
                group, leaf = self._leaf(name)
                found[group].append(leaf)
        order = [*self.layout.loan_columns]
        found[LOANS].sort(key=lambda leaf: order.index(leaf.name.rpartition("!")[2]))
        found[ASSUMPTIONS].sort(key=lambda leaf: leaf.row)
        found["Constants"].sort(key=lambda leaf: leaf.row)
        return found

    @cached_property
    def _needs(self) -> list[str]:
        return list(dict.fromkeys(need for column in self.columns.values() for need in column.inputs))

    @cached_property
    def most_inputs(self) -> int:
        """How many inputs a column has at most, its guard among them."""
        return max(len(column.inputs) for column in self.columns.values())

    @cached_property
    def _users(self) -> dict[str, list[str]]:
        users: dict[str, list[str]] = defaultdict(list)
        for name in self.layout.effective:
            users[f"Loans!{name}"].append(name)
            users[f"Assumptions!{name}"].append(name)
        for name in ON_BIDS:
            users["bids_row"].append(name)
            users[f"Bids!{ON_BIDS[name]}"].append(name)
        for column in model().columns.values():
            for need in dict.fromkeys((*_used(column), *([column.guard] if column.guard else []))):
                users[need].append(column.name)
        return users

    def _used_by(self, name: str) -> str:
        users = self._users.get(name, [])
        if not users:
            return "nothing else on Model"
        shown = ", ".join(users[:MOST_USERS])
        more = len(users) - MOST_USERS
        return f"{shown} and {more} more" if more > 0 else shown

    def _effective(self, name: str) -> Lineage:
        field = INPUT_BY_NAME[name]
        inputs = (f"Loans!{name}", f"Assumptions!{name}")
        own, book = cell(inputs[0]), cell(inputs[1])
        return Lineage(
            name, MODEL, column_index_from_string(self.layout.model_letter[name]), 0,
            f"{MODEL}!{self.layout.model_letter[name]}", field.unit, field.help, OF_LOAN,
            "An override beats the workbook's assumption", shown_of(field.unit), _digits(field.unit),
            template(where(known(own), own, book), inputs), inputs=inputs, used_by=self._used_by(name),
        )  # fmt: skip

    def _from_bids(self, name: str) -> Lineage:
        letter = self.layout.model_letter[name]
        unit, help_ = FROM_BIDS[name]
        inputs = ("bids_row", f"Bids!{ON_BIDS[name]}") if name in ON_BIDS else ()
        row, typed = (cell(need) for need in inputs or ("", ""))
        rule = template(where(row == 0, BLANK, where(known(typed), typed, BLANK)), inputs) if inputs else ""
        return Lineage(name, MODEL, column_index_from_string(letter), 0, f"{MODEL}!{letter}", unit, help_, OF_LOAN,
                       "Bids is searched for the loan's number", shown_of(unit), _digits(unit), rule, inputs=inputs,
                       used_by=self._used_by(name))  # fmt: skip

    def _column(self, column: Column) -> Lineage:
        name, layout = column.name, self.layout
        on_model = name in layout.model_letter
        letter = layout.model_letter[name] if on_model else "B"
        row = 0 if on_model else self._scalar_row[name]
        tree = column.expression()
        needs = _used(column)
        guard = column.guard or ""
        return Lineage(
            name, MODEL if on_model else ASSUMPTIONS, column_index_from_string(letter), row,
            f"{MODEL}!{letter}" if on_model else f"{ASSUMPTIONS}!{letter}{row}", column.unit, column.help,
            OF_LOAN if on_model else OF_ALL, written_in(column), shown_of(column.unit), _digits(column.unit),
            template(tree, needs), guard, "FALSE" if is_condition(simplify(tree)) else EMPTY,
            (*needs, guard) if guard and guard not in needs else needs, self._used_by(name),
        )  # fmt: skip

    def _leaf(self, name: str) -> tuple[str, Lineage]:
        bare = name.rpartition("!")[2]
        if name in TABLES:
            return "Tables", self._table(name)
        if name.startswith("Bids!"):
            return BIDS, self._of_bids(name, bare)
        if name.startswith("Loans!") or (bare in self.layout.loan_letter and not name.startswith("Assumptions!")):
            return LOANS, self._of_loans(name, bare)
        row = self._fixed_row[bare]
        used = self._used_by(name)
        ref = f"{ASSUMPTIONS}!B{row}"
        if bare in CONSTANTS:
            return "Constants", Lineage(name, ASSUMPTIONS, 2, row, ref, "", CONSTANT_HELP[bare], OF_CONSTANT,
                                        "The method itself", used_by=used)  # fmt: skip
        field = INPUT_BY_NAME[bare]
        source = ("* " if field.convention else "") + field.source
        return ASSUMPTIONS, Lineage(name, ASSUMPTIONS, 2, row, ref, field.unit, field.help, OF_ASSUMPTION, source,
                                    shown_of(field.unit), _digits(field.unit), used_by=used)  # fmt: skip

    def _of_bids(self, name: str, bare: str) -> Lineage:
        letter = self.layout.bids_letter[bare]
        unit, meaning = FROM_BIDS[next(column for column, typed in ON_BIDS.items() if typed == bare)]
        return Lineage(name, BIDS, column_index_from_string(letter), 0, f"{BIDS}!{letter}", unit, meaning, OF_BIDS,
                       "Whoever typed it; the tape's at the build", shown_of(unit), _digits(unit),
                       used_by=self._used_by(name))  # fmt: skip

    def _of_loans(self, name: str, bare: str) -> Lineage:
        letter = self.layout.loan_letter[bare]
        known_ = BY_NAME.get(bare)
        if known_ is not None:
            unit, meaning, origin = known_.unit, f"{known_.help}. Blank: {known_.absent}", OF_TAPE
        elif bare in STATE_OVERRIDES:
            (unit, meaning), origin = loans_sheet.STATE_HELP[bare], OF_OVERRIDE
        else:
            unit, meaning, origin = INPUT_BY_NAME[bare].unit, loans_sheet.OVERRIDE, OF_OVERRIDE
        source = "The seller's tape; Tape issues says how it was read" if origin == OF_TAPE else "Whoever typed it"
        return Lineage(name, LOANS, column_index_from_string(letter), 0, f"{LOANS}!{letter}", unit, meaning, origin,
                       source, shown_of(unit), _digits(unit), used_by=self._used_by(name))  # fmt: skip

    def _table(self, name: str) -> Lineage:
        ref = self.layout.table_range(name).replace("$", "")
        sheet = ref.partition("!")[0]
        what = name.removeprefix("states_") if name.startswith("states_") else name
        assert sheet != STATES or what in STATE_SHEET_COLUMNS
        meaning = f"The table of {'states' if sheet == STATES else 'strategies and weights'}: its column {what}"
        source = "Beside each figure on States" if sheet == STATES else "* analyst's convention, no published source"
        return Lineage(name, sheet, 0, 0, ref, LIST, meaning, OF_TABLE, source, used_by=self._used_by(name))


def _digits(unit: str) -> int:
    return MONEY_DIGITS if unit in MONEY_UNITS else DIGITS


def written_in(column: Column) -> str:
    """Where a column's rule is written: the method page's part, and the function."""
    import sys

    module = column.function.__module__
    section = sys.modules[f"lossmit_xl.model.{column.section}"]
    pointer = re.search(r"Method: ([^.]*)\.", " ".join((section.__doc__ or "").split("\n\n")[0].split()))
    page = f"Method page, {pointer[1]}; " if pointer else ""
    return f"{page}{module.replace('.', '/')}.py, {column.function.__name__.lstrip('_')}"


def cells_of(line: Lineage, most: int) -> Iterator[str | float | None]:
    """A lineage as Method's columns hold it, in the order of `HEADS`."""
    yield from (line.sheet, line.place or None, line.row or None, line.ref, line.origin, line.shown or None,
                float(line.digits), line.template or None, line.otherwise if line.guard else None, line.source,
                line.used_by)  # fmt: skip
    yield from (line.inputs[place] if place < len(line.inputs) else None for place in range(most))


FIELDS = (
    "Sheet", "Column there", "Row there", "Address", "Comes from", "Number format", "Decimals kept",
    "Rule with marks for the inputs", "Else", "Source", "Used by",
)  # fmt: skip
Lookup = Callable[[str], Lineage]


def letters(first: int, most: int) -> dict[str, str]:
    """Column letter on Method of each field and each input (`1`, `2`, …), the first at place `first`."""
    heads = [*FIELDS, *(str(n) for n in range(1, most + 1))]
    return {head: get_column_letter(place) for place, head in enumerate(heads, start=first)}
