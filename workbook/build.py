"""From a tape and the assumptions to a workbook: evaluate, lay out, write the sheets, finish the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from lossmit_workbook import macro_book, package
from lossmit_workbook.book import Book, Value
from lossmit_workbook.grid import printable
from lossmit_workbook.layout import Layout, places
from lossmit_workbook.live import AUTO, chosen, largest_first
from lossmit_workbook.sheets import (
    as_built,
    bids,
    checks,
    compare,
    explain,
    flows,
    loans,
    method,
    model,
    overrides,
    scenarios,
    seller_questions,
    start,
    summary,
    tape_issues,
    yields,
)  # fmt: skip
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import states as states_sheet
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.carry import Carried
from lossmit_xl.evaluate import Evaluation, Evaluator
from lossmit_xl.graph import Plan
from lossmit_xl.model import model as graph
from lossmit_xl.model import yield_model
from lossmit_xl.states import states
from lossmit_xl.tape import Tape

SHEETS: tuple[ModuleType, ...] = (
    start,
    summary,
    bids,
    compare,
    explain,
    flows,
    scenarios,
    seller_questions,
    loans,
    overrides,
    model,
    yields,
    assumptions_sheet,
    states_sheet,
    tape_issues,
    checks,
    as_built,
    method,
)
"""The sheets in tab order."""


def build(
    tape: Tape,
    assumptions: Assumptions,
    out: Path,
    *,
    force: bool = False,
    keep_personal: bool = False,
    carried: Carried | None = None,
    sample: bool = False,
    live: str | int = AUTO,
    progress: Callable[[str, float], None] | None = None,
) -> Evaluation:
    """Write the workbook of a tape to `out`, one with macros where it ends in .xlsm; returns what was evaluated, in the
    workbook's order.

    `progress(step, share)` is told how far each step is. Personal columns of the tape stay out unless
    `keep_personal`. `carried` is what an older workbook's contents became on this tape; a `sample` says so on Start.
    `live`: how many loans have formulas, see `live.chosen`.
    Raises OutputError where `out` can't be written; an existing file is replaced only with `force`.
    """
    progress = progress or (lambda step, share: None)
    package.check_workbook_target(out, force)
    progress("valuing the loans", 0.0)
    book = make_book(tape, assumptions, keep_personal=keep_personal, carried=carried, live=live)
    book.macros, book.sample = out.suffix.lower() == package.MACROS, sample
    for done, sheet in enumerate(SHEETS):
        progress("laying out the sheets", done / len(SHEETS))
        sheet.write(book)
    if book.macros:
        macro_book.prepare(book)
    progress("laying out the sheets", 1.0)
    package.save(book, out, force, progress)
    return book.evaluation


def make_book(
    tape: Tape,
    assumptions: Assumptions,
    *,
    keep_personal: bool = False,
    carried: Carried | None = None,
    live: str | int = AUTO,
) -> Book:
    """Evaluate the tape and lay the workbook out, without any sheet yet."""
    tape = replace(tape, loans=_printable(tape.loans if carried is None else carried.loans))
    count = chosen(tape.loans, live)
    if count is not None:
        tape = largest_first(tape)
    with_formulas = None if count is None else np.arange(len(tape.loans)) < count
    every = frozenset({*graph().columns, *yield_model().columns})
    evaluation = Evaluator(tape.loans, assumptions, every).evaluation()
    stamped = 0 if count is None else len(tape.loans) - count
    layout = lay_out(len(tape.loans), tuple(tape.loans.columns), assumptions, stamped)
    values = {**evaluation.values, "bids_row": places(tape.loans["loan_id"]).astype(float)}
    return Book(tape, assumptions, evaluation, values, _scalars(layout, assumptions), layout,
                keep_personal, carried, live=with_formulas)  # fmt: skip


def _printable(loans: pd.DataFrame) -> pd.DataFrame:
    """The loans without control characters in their texts, which no worksheet can hold."""
    made = loans.copy(deep=False)
    for name in loans.select_dtypes(["object", "string"]):
        words = [printable(word) if isinstance(word, str) else word for word in loans[name]]
        made[name] = pd.Series(words, index=loans.index, dtype=object)
    return made


def lay_out(rows: int, tape_columns: tuple[str, ...], assumptions: Assumptions, stamped: int = 0) -> Layout:
    """Addresses of a workbook for so many loans with these columns."""
    overrides = Layout.overrides_for(tape_columns)
    bare = Layout(rows, overrides, 0, 0, 0)
    _, _, weights, strategies = assumptions_sheet.places(len(bare.scalars))
    return Layout(rows, overrides, weights, strategies, len(states(assumptions)), stamped)


def _scalars(layout: Layout, assumptions: Assumptions) -> dict[str, Value]:
    """Values of the figures that no loan changes, computed without any loan's guard."""
    plan = Plan(list(layout.scalars.values()), frozenset(layout.scalars), frozenset(), False)
    values = plan.run(dict(assumptions.inputs()))
    return {name: np.asarray(values[name]).item() for name in layout.scalars}
