"""The questions to a seller as a workbook of their own: one sheet, and nothing of a bid unless asked for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lossmit_workbook import package
from lossmit_workbook.book import Book
from lossmit_workbook.build import lay_out
from lossmit_workbook.sheets import seller_questions
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.evaluate import Evaluation
from lossmit_xl.tape import Tape


def save_questions(
    tape: Tape, assumptions: Assumptions, evaluation: Evaluation, asked: pd.DataFrame, out: Path, *, internal: bool,
    force: bool = False,
) -> None:  # fmt: skip
    """Write the questions `asked` (as `lossmit_xl.questions.questions` gives them) to `out`. Raises OutputError."""
    package.check_workbook_target(out, force)
    package.save(lay(tape, assumptions, evaluation, asked, internal=internal), out, force, lambda step, share: None)


def lay(tape: Tape, assumptions: Assumptions, evaluation: Evaluation, asked: pd.DataFrame, *, internal: bool) -> Book:
    """The workbook, not yet saved."""
    layout = lay_out(len(tape.loans), tuple(tape.loans.columns), assumptions)
    book = Book(tape, assumptions, evaluation, {}, {}, layout)
    seller_questions.fill(book, asked, internal=internal)
    return book
