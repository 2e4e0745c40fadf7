"""Where everything stands: which columns the Loans and Model sheets have, and how a name becomes a reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from openpyxl.utils import get_column_letter

from lossmit_workbook.render import Renderer
from lossmit_xl.assumptions import CONSTANTS, INPUTS, OVERRIDABLE
from lossmit_xl.columns import BY_NAME, LOAN_COLUMNS
from lossmit_xl.expr import name as cell
from lossmit_xl.graph import Column
from lossmit_xl.model import STATE_OVERRIDES, TABLES, model, yield_model
from lossmit_xl.names import SITUATIONS, STRATEGIES
from lossmit_xl.ops import known, where

ROW = "\x01"
"""Stands for the row number in a formula that is the same in every row."""

ABOVE = "\x04"
"""Stands for the number of the row above, in a running count."""

TITLE_ROW, NOTE_ROW, BAND_ROW, MEANING_ROW, UNIT_ROW, HEAD_ROW, FIRST_ROW = 1, 2, 3, 4, 5, 6, 7
"""The rows of every sheet with a row a loan: Loans, Model, Scenarios and Bids agree on them."""

ALWAYS_OVERRIDABLE = ("target_yield", "value_haircut", "mod_rate", "mod_term", "exit")
"""Assumptions that every workbook lets a loan override on Loans, besides what the tape brought."""

BIDS_COLUMNS = (
    "loan_id", "place", "state", "lien", "occupancy", "situation", "missed", "upb", "upb_valued", "legal_balance",
    "value", "equity", "recommended", "expected_npv", "bid", "bid_of_upb", "bid_of_value", "binds", "ask", "bid_asked",
    "ask_gap", "ask_over_bid", "light", "implied_yield", "implied_yield_effective", "expected_profit",
    "recommended_profit", "recommended_irr", "price", "all_in_cost", "investment_to_value", "decision", "note", "show",
    "runner_up", "npv_given_up", "not_valued", "why", "confirm", "dpo_breakeven",
)  # fmt: skip
"""Columns of Bids from left to right. `loan_id` is typed, `place` finds it on Loans; figures follow from the two."""

BIDS_INPUTS = ("ask", "decision", "note", "show")
"""What a user types on Bids; `ask` is the loan's `purchase_price`."""

ON_BIDS = {"purchase_price": "ask"}
"""Columns of a loan that are typed on Bids, and what they are called there."""

YIELD_STAMPS = ("built_recommended", "built_net", "built_price", "built_irr")
"""Columns of Yields stamped at the build: the recommended strategy, its net recovery, the price, and the irr."""

STAMPED_IRR = "recommended_irr"

FIGURES = "figures"
"""Column of Model, and the last of Bids, that says which loans are live and which are stamped; only where some are."""

WILDCARDS = ("~", "*", "?")

STATE_SHEET_COLUMNS = ("code", "name", "process", "fc_months", "legal_fee", "other_costs", "redemption_months")


@dataclass(frozen=True)
class Layout:
    """Addresses of one workbook. `loans` is the number of loans, `stamped` of those that hold figures of the build;
    `overrides` are the assumptions with a Loans column."""

    loans: int
    overrides: tuple[str, ...]
    weights_row: int
    strategies_row: int
    states: int
    stamped: int = 0

    @classmethod
    def overrides_for(cls, tape_columns: Sequence[str]) -> tuple[str, ...]:
        """The assumptions that get a column on Loans: those always there, then the tape's own."""
        brought = [n for n in tape_columns if n in OVERRIDABLE and n not in BY_NAME and n not in ALWAYS_OVERRIDABLE]
        return (*ALWAYS_OVERRIDABLE, *brought)

    @property
    def last_row(self) -> int:
        """Row of the last loan on every sheet with a row a loan."""
        return FIRST_ROW + self.loans - 1

    @cached_property
    def loan_columns(self) -> tuple[str, ...]:
        """Columns of Loans, in order: the canonical ones, the state overrides, the assumptions' overrides."""
        tape = (column.name for column in LOAN_COLUMNS if column.name not in ON_BIDS)
        return (*tape, *STATE_OVERRIDES, *self.overrides)

    @cached_property
    def from_bids(self) -> tuple[str, ...]:
        """Columns of Model that find a loan on Bids and take over what was typed there."""
        return ("bids_row", *ON_BIDS)

    @cached_property
    def effective(self) -> tuple[str, ...]:
        """Assumptions that are a column of Model, because a loan may have its own."""
        return (*self.overrides, "dpo_month")

    @cached_property
    def scalars(self) -> dict[str, Column]:
        """Model columns that no loan changes: computed once, on Assumptions."""
        fixed = {field.name for field in INPUTS} | set(CONSTANTS)
        fixed -= set(self.effective)
        found: dict[str, Column] = {}
        for column in (*model().columns.values(), *yield_model().columns.values()):
            if all(need in fixed for need in column.needs):
                found[column.name] = column
                fixed.add(column.name)
        return found

    @cached_property
    def model_columns(self) -> tuple[str, ...]:
        """Columns of Model from left to right: what Bids holds, assumptions with overrides, the graph's columns."""
        figures = (FIGURES,) if self.stamped else ()
        computed = (name for name in model().columns if name not in self.scalars)
        return (*figures, *self.from_bids, *self.effective, *computed)

    @cached_property
    def yield_columns(self) -> tuple[str, ...]:
        """Columns of Yields from left to right: the graph's, then what was stamped at the build and shown of it."""
        return (*(name for name in yield_model().columns if name not in self.scalars), *YIELD_STAMPS, STAMPED_IRR)

    @cached_property
    def loan_letter(self) -> dict[str, str]:
        """Column letter of each name on Loans."""
        return {name: get_column_letter(place) for place, name in enumerate(self.loan_columns, start=1)}

    @cached_property
    def model_letter(self) -> dict[str, str]:
        """Column letter of each name on Model; A holds the loan's number."""
        return {name: get_column_letter(place) for place, name in enumerate(self.model_columns, start=2)}

    @cached_property
    def yield_letter(self) -> dict[str, str]:
        """Column letter of each name on Yields; A holds the loan's number."""
        return {name: get_column_letter(place) for place, name in enumerate(self.yield_columns, start=2)}

    @cached_property
    def bids_letter(self) -> dict[str, str]:
        """Column letter of each name on Bids."""
        names = (*BIDS_COLUMNS, *((FIGURES,) if self.stamped else ()))
        return {name: get_column_letter(place) for place, name in enumerate(names, start=1)}

    def on_loans(self, name: str, row: str | int = ROW) -> str:
        """Reference to a loan's cell on Loans."""
        return f"Loans!{self.loan_letter[name]}{row}"

    def on_model(self, name: str, row: str | int = ROW) -> str:
        """Reference to a loan's cell on Model, from another sheet."""
        return f"Model!{self.model_letter[name]}{row}"

    def model_range(self, name: str) -> str:
        """All loans' cells of a Model column, from another sheet."""
        letter = self.model_letter[name]
        return f"Model!${letter}${FIRST_ROW}:${letter}${self.last_row}"

    def yields_range(self, name: str) -> str:
        """All loans' cells of a column of Yields, from another sheet."""
        letter = self.yield_letter[name]
        return f"Yields!${letter}${FIRST_ROW}:${letter}${self.last_row}"

    def loans_range(self, name: str) -> str:
        """All loans' cells of a Loans column, from another sheet."""
        letter = self.loan_letter[name]
        return f"Loans!${letter}${FIRST_ROW}:${letter}${self.last_row}"

    def bids_range(self, name: str) -> str:
        """All rows' cells of a column of Bids, from another sheet; in the order that Bids was sorted into."""
        letter = self.bids_letter[name]
        return f"Bids!${letter}${FIRST_ROW}:${letter}${self.last_row}"

    def table_range(self, name: str) -> str:
        """The range that `row_of` and `index` look up: states, weights, strategy keys."""
        if name.startswith("states_"):
            letter = get_column_letter(STATE_SHEET_COLUMNS.index(name.removeprefix("states_")) + 1)
            return f"States!${letter}${FIRST_ROW}:${letter}${FIRST_ROW + self.states - 1}"
        if name == "strategy_keys":
            return f"Assumptions!$A${self.strategies_row}:$A${self.strategies_row + len(STRATEGIES) - 1}"
        keys = ("situation", *STRATEGIES)
        letter = get_column_letter(keys.index(name.removeprefix("weights_")) + 1)
        return f"Assumptions!${letter}${self.weights_row}:${letter}${self.weights_row + len(SITUATIONS) - 1}"

    def resolve(self, name: str) -> str:
        """A name as the Model sheet refers to it, in the row `ROW`."""
        if name in self.model_letter:
            return f"{self.model_letter[name]}{ROW}"
        if name in TABLES:
            return self.table_range(name)
        if name in self.loan_letter and name not in self.scalars:
            return self.on_loans(name)
        return name  # a named cell on Assumptions

    def run_on_model(self, names: list[str]) -> str | None:
        """The range that Model columns side by side stand in, in the row `ROW`; None where they do not."""
        places = [self.model_columns.index(name) if name in self.model_letter else -1 for name in names]
        side_by_side = places[0] >= 0 and places == list(range(places[0], places[0] + len(places)))
        if not side_by_side:
            return None
        return f"{self.model_letter[names[0]]}{ROW}:{self.model_letter[names[-1]]}{ROW}"

    def model_formula(self, name: str) -> str:
        """The formula of a Model column, the row standing as `ROW`."""
        if name == "bids_row":
            return place_in(f"A{ROW}", self.bids_range("loan_id"))
        if name in ON_BIDS:
            place = f"{self.model_letter['bids_row']}{ROW}"
            typed = f"INDEX({self.bids_range(ON_BIDS[name])},{place})"
            return f'IF({place}=0,"",IF({typed}="","",{typed}))'
        if name in self.effective:
            own, book = cell("own"), cell("book")
            resolve = {"own": self.on_loans(name), "book": name}.__getitem__
            return Renderer(resolve, self.run_on_model).formula(where(known(own), own, book))
        column = model().columns[name]
        return Renderer(self.resolve, self.run_on_model).formula(column.expression(), column.guard)

    def yield_formula(self, name: str) -> str | None:
        """The formula of a column of Yields, the row standing as `ROW`; None where it was stamped."""
        if name in YIELD_STAMPS:
            return None

        def resolve(name: str) -> str:
            if name in self.yield_letter:
                return f"{self.yield_letter[name]}{ROW}"
            return self.on_model(name) if name in self.model_letter else self.resolve(name)

        if name == STAMPED_IRR:
            word, net, price, irr = (resolve(stamp) for stamp in YIELD_STAMPS)
            same = [f"ABS(N({resolve(now)})-N({then}))<=cent" for now, then in (("recommended_net", net),
                                                                                ("price", price))]  # fmt: skip
            return f'IF(AND({resolve("recommended")}={word},{",".join(same)},{irr}<>""),{irr},"")'
        column = yield_model().columns[name]
        return Renderer(resolve, lambda names: None).formula(column.expression(), column.guard)

    def scalar_formula(self, name: str) -> str:
        """The formula of a figure that no loan changes; it refers to named cells only."""
        return Renderer(lambda n: n, lambda names: None).formula(self.scalars[name].expression())


def place_in(loan_id: str, ids: str) -> str:
    """A formula: the place of the loan number in cell `loan_id` within the range `ids`, 0 where it is not there."""
    found = match(loan_id, ids)
    return f"IF(ISNUMBER({found}),{found},0)"


def match(loan_id: str, ids: str) -> str:
    """The same, an error where it is not there. Loan numbers are text, and a star in one is a star."""
    sought = f'{loan_id}&""'
    for mark in WILDCARDS:
        sought = f'SUBSTITUTE({sought},"{mark}","~{mark}")'
    return f"MATCH({sought},{ids},0)"


def places(ids: Iterable[str]) -> npt.NDArray[np.intp]:
    """The place (1, 2, …) at which a worksheet finds each loan number: the first that is the same but for its case."""
    seen: dict[str, int] = {}
    for place, name in enumerate(ids, start=1):
        seen.setdefault(str(name).lower(), place)
    return np.array([seen[str(name).lower()] for name in ids], dtype=np.intp)
