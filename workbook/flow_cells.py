"""Where everything on Flows stands, which names the flows need, and what they are for the chosen loan."""

from __future__ import annotations

from typing import Any

import numpy as np
from openpyxl.utils import get_column_letter

from lossmit_workbook.book import Book
from lossmit_workbook.chosen import Chosen, plain
from lossmit_workbook.render import Renderer
from lossmit_xl.assumptions import CONSTANT_HELP, INPUT_BY_NAME
from lossmit_xl.columns import BY_NAME
from lossmit_xl.graph import Column
from lossmit_xl.model import flow_model, model
from lossmit_xl.model.outputs import flag_of, scenario_source
from lossmit_xl.names import RETENTION, STRATEGIES

TITLE = "Flows"
LAST_MONTH = 600
"""Months shown: the longest modification (480 months) with its start and what a re-default adds lies inside."""

STATUS_ROW, BAND_ROW, HEAD_ROW = 3, 4, 5
FLAG_ROW, NET_ROW, MODEL_NET_ROW, NET_GAP_ROW, NPV_ROW, MODEL_NPV_ROW, NPV_GAP_ROW, LAST_ROW, VERDICT_ROW = range(6, 15)
MONTHS_HEAD_ROW = 22
FIRST_ROW = MONTHS_HEAD_ROW + 1
FINAL_ROW = FIRST_ROW + LAST_MONTH
SEEK_ROW = 6  # above the columns with the price: can a rate be sought, then three approaches to it of five rows each
APPROACH_ROWS = (7, 12, 17)
START_ROW = 21

MONTH, DISCOUNT = "A", "B"
FLOW_PLACE, PRICED_PLACE, INPUT_PLACE, PARTS_PLACE = 3, 13, 23, 29
INPUT_NAME, INPUT_VALUE, INPUT_UNIT, INPUT_FROM, INPUT_HELP = (get_column_letter(INPUT_PLACE + i) for i in range(5))
PARTS_LEVEL = 1

AGREES, DIFFERS, BEYOND = "agrees", "differs", "beyond the last month"
NO_LOAN = "No loan of that number: pick one on Compare"
NOT_VALUED = "This loan is not valued: there are no flows"
ALL_AGREE = "Every strategy's flows add up and discount to Model's figures, to the cent"
NOT_ALL = "Not every strategy agrees with Model: see the row The two ways"
FLOW_FORMAT = '#,##0.00;-#,##0.00;"-"'
ALSO_NEEDED = ("price", "monthly_yield", "valued")


def letter_of(strategy: str) -> str:
    """Column of a strategy's flows here and of its figures on Compare."""
    return str(get_column_letter(FLOW_PLACE + STRATEGIES.index(strategy)))


def priced_letter(strategy: str) -> str:
    """Column of a strategy's flows with the price deducted at month 0."""
    return str(get_column_letter(PRICED_PLACE + STRATEGIES.index(strategy)))


def months_of(letter: str) -> str:
    """All months of a column, from this sheet."""
    return f"{letter}${FIRST_ROW}:{letter}${FINAL_ROW}"


def figures(row: int, here: bool = False) -> str:
    """The nine strategies' cells of a row, from another sheet or from this one."""
    cells = f"${letter_of(STRATEGIES[0])}${row}:${letter_of(STRATEGIES[-1])}${row}"
    return cells if here else f"{TITLE}!{cells}"


def differing(here: bool = False) -> str:
    """A formula: the number of strategies whose flows do not lead to Model's figures."""
    row = figures(VERDICT_ROW, here)
    return f'COUNTIF({row},"{DIFFERS}")+COUNTIF({row},"{BEYOND}")'


def needed_inputs() -> list[str]:
    """Names that the flow functions take from Model and Assumptions, in the order they are first used."""
    flows = flow_model().columns
    found = dict.fromkeys(ALSO_NEEDED)
    for column in flows.values():
        found.update(dict.fromkeys(n for n in column.needs if n not in flows and n != "flow_month"))
    return list(found)


def monthly() -> list[Column]:
    """Flow columns that differ from month to month, in the order they are computed."""
    moving = flow_model().descendants(["flow_month"])
    return [column for column in flow_model().columns.values() if column.name in moving]


def once() -> list[Column]:
    """Flow columns that do not: they stand among the inputs."""
    moving = flow_model().descendants(["flow_month"])
    return [column for column in flow_model().columns.values() if column.name not in moving]


def strategy_of(name: str) -> str:
    """The strategy that a flow column belongs to: its name begins with it."""
    return next(strategy for strategy in STRATEGIES if name.startswith(f"{strategy}_"))


def last_month_sources(strategy: str) -> tuple[str, str | None, str | None]:
    """(month of the plan's last flow, month of the resale behind it, chance that there is one) as names."""
    if strategy == "foreclosure":
        return "foreclosure_resale_month", None, None
    own = str(scenario_source(strategy, "months"))
    if strategy in RETENTION:
        return own, f"{strategy}_redefault_fc_resale_month", f"{strategy}_foreclosed"
    return own, None, None


def input_names() -> list[str]:
    """What stands in the block of inputs, from the top: taken over from other sheets, then worked out once."""
    ready = {column.name for column in once()}
    ends = [last_month_sources(strategy)[0] for strategy in STRATEGIES]
    names = dict.fromkeys([*needed_inputs(), *(name for name in ends if name not in ready)])
    return [*names, *(column.name for column in once())]


def part_letters() -> dict[str, str]:
    """Columns of the flows' parts by name."""
    parts = [column.name for column in monthly() if column.name not in {f"{strategy}_flow" for strategy in STRATEGIES}]
    return {name: get_column_letter(PARTS_PLACE + place) for place, name in enumerate(parts)}


def places() -> dict[str, str]:
    """The column (the cell, for what is worked out once) on this sheet of every flow column."""
    rows = {name: f"{INPUT_VALUE}{row}" for row, name in enumerate(input_names(), start=HEAD_ROW + 1)}
    own = {f"{strategy}_flow": letter_of(strategy) for strategy in STRATEGIES}
    return {name: {**rows, **part_letters(), **own}[name] for name in flow_model().columns}


class FlowSheet:
    """Where each name of the flow functions stands on the sheet, and what it is worth for the chosen loan."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.chosen = Chosen(book)
        self.inputs = input_names()
        self.input_row = {name: row for row, name in enumerate(self.inputs, start=HEAD_ROW + 1)}
        self.flows = {f"{strategy}_flow": letter_of(strategy) for strategy in STRATEGIES}
        self.parts = part_letters()
        self.computable = {s: bool(self.chosen.value(flag_of(s))) for s in STRATEGIES}
        self.values = self._evaluate()

    def _evaluate(self) -> dict[str, Any]:
        """The chosen loan's flows by column, shape (LAST_MONTH + 1,); single figures as they are."""
        columns = flow_model().columns
        given = {name: self.chosen.value(name) for name in needed_inputs()}
        given = {name: np.nan if value == "" else value for name, value in given.items()}
        plan = flow_model().plan(list(columns))
        return plan.run({**given, "flow_month": np.arange(LAST_MONTH + 1)})

    def cell(self, name: str) -> str:
        """Reference to an input, always the same cell."""
        return f"${INPUT_VALUE}${self.input_row[name]}"

    def resolve(self, name: str) -> str:
        """A name as the flow formulas refer to it; `{row}` stands for the month's row."""
        if name == "flow_month":
            return f"${MONTH}{{row}}"
        if name in STRATEGIES:  # the guard
            return f"${letter_of(name)}${FLAG_ROW}"
        letter = self.flows.get(name) or self.parts.get(name)
        return f"{letter}{{row}}" if letter else self.cell(name)

    def formula(self, column: Column, guard: str) -> str:
        """A flow column's formula, blank where the strategy in `guard` can't be computed."""
        return Renderer(self.resolve, lambda names: None).formula(column.expression(), guard)

    def last_month(self, strategy: str) -> tuple[str, Any]:
        """(formula, value now) of the month in which a strategy's last flow falls."""
        own, resale, chance = last_month_sources(strategy)
        if resale is None or chance is None:
            return self.cell(own), self.value(own)
        text = f"MAX({self.cell(own)},IF({self.cell(chance)}>0,{self.cell(resale)},0))"
        if not self.computable[strategy]:
            return text, ""
        return text, max(self.value(own), self.value(resale) if self.value(chance) > 0 else 0)

    def verdict(self, strategy: str) -> str:
        """What the row "The two ways" says when the workbook is built."""
        if not self.computable[strategy]:
            return ""
        return AGREES if self.last_month(strategy)[1] <= LAST_MONTH else BEYOND

    def status(self) -> str:
        """The sentence about all nine, when the workbook is built."""
        if not self.chosen.value("valued"):
            return NOT_VALUED
        return NOT_ALL if any(self.verdict(s) == BEYOND for s in STRATEGIES) else ALL_AGREE

    def sought(self, strategy: str) -> bool:
        """Whether a rate of return can exist: a price, a month that brings in and one that costs, all on the sheet."""
        if not self.computable[strategy] or not self.chosen.value("price") > 0:
            return False
        flows = self.priced(strategy)
        return self.last_month(strategy)[1] <= LAST_MONTH and bool((flows > 0).any() and (flows < 0).any())

    def value(self, name: str) -> Any:
        """What an input is now; a single figure of the flows too."""
        return plain(self.values[name]) if name in flow_model().columns else self.chosen.value(name)

    def net(self, strategy: str) -> Any:
        """A strategy's flows as an array; zeros where it can't be computed."""
        flow = np.broadcast_to(np.asarray(self.values[f"{strategy}_flow"], dtype=float), LAST_MONTH + 1)
        return np.where(self.computable[strategy], flow, 0.0)

    def priced(self, strategy: str) -> Any:
        """The same with the price deducted at month 0; for a strategy that can be computed."""
        net = self.net(strategy).copy()
        net[0] -= self.chosen.value("price")
        return net


def described(name: str) -> tuple[str, str]:
    """(unit, meaning) of a model column, a flow column, an assumption, a loan's column or a constant."""
    column = model().columns.get(name) or flow_model().columns.get(name)
    if column is not None:
        return column.unit, column.help
    if name in INPUT_BY_NAME:
        return INPUT_BY_NAME[name].unit, INPUT_BY_NAME[name].help
    if name in BY_NAME:
        return BY_NAME[name].unit, BY_NAME[name].help
    return "", CONSTANT_HELP.get(name, "")
