"""What to ask the seller: the doubtful cells of a tape as plain questions, by the bid dollars that hang on them.

    asked = questions(read_tape("tape.xlsx"), Assumptions())

words.py     how a column is spoken of          ends.py      what a loan would be at both ends
rules.py     which issue is which question      readings.py  the ends in words, and what they rest on
asked.py     the questions of a tape            bids.py      the bids at their ends, in one batch
pool.py      what the other loans say
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.evaluate import Evaluation, evaluate
from lossmit_xl.questions.asked import Asked, asked
from lossmit_xl.questions.bids import Doubt, bids_at_ends
from lossmit_xl.questions.pool import Pool
from lossmit_xl.questions.readings import READINGS
from lossmit_xl.tape import Tape
from lossmit_xl.tape.cells import Floats


class Question(NamedTuple):
    """A row of `questions`. `row` is the file's row, 0 for the file as a whole; money is USD, NaN where unknown."""

    rank: int
    loan_id: str
    row: int
    column: str
    tape_says: str
    why: str
    question: str
    bid_low: float
    bid: float
    bid_high: float
    at_stake: float
    loans: int
    readings: str
    source: str

    @property
    def estimated(self) -> bool:
        """Whether it is known what hangs on the answer."""
        return self.at_stake == self.at_stake


QUESTION_COLUMNS = Question._fields

SMALL = 250.0
"""Dollars at stake below which a question is grouped at the end. Analyst's convention."""

POOL = "all"
"""Stands for the loan number of a question about the pool."""


def questions(tape: Tape, assumptions: Assumptions, evaluation: Evaluation | None = None) -> pd.DataFrame:
    """The questions of a tape, the dearest first (columns `QUESTION_COLUMNS`).

    `bid` is the bid as it stands, `bid_low` and `bid_high` the bids at the lower and the upper end of what is
    plausible, `at_stake` how far the three lie apart [USD]. A loan that is not valued has a bid of 0 as it stands, and
    at the ends the bid it would have. A question of the pool sums its `loans`. All four are NaN where the stake can't
    be estimated.
    Ends of several questions of a loan overlap: their sum is a measure of order, not of money.
    """
    value = evaluation if evaluation is not None else evaluate(tape.loans, assumptions)
    pool = Pool(tape.loans, assumptions, value)
    found = asked(tape, pool)
    made = []
    for one, (first, second) in zip(found, _ends(pool, found), strict=True):
        now = pool.bid[one.places]
        low, high = np.minimum(first, second), np.maximum(first, second)
        valued = pool.valued[one.places]
        # A valued loan may well be as it stands: that is one of the plausible readings.
        low, high = np.where(valued, np.minimum(low, now), low), np.where(valued, np.maximum(high, now), high)
        known = one.reading != "unknown"
        three = [float(part.sum()) if known else np.nan for part in (low, now, high)]
        loan = POOL if one.whole else str(tape.loans["loan_id"].iloc[one.places[0]])
        made.append((loan, one.row, one.topic, one.tape_says, one.why, one.question, *three, max(three) - min(three),
                     len(one.places), READINGS[one.reading].words, READINGS[one.reading].source))  # fmt: skip
    frame = pd.DataFrame(made, columns=list(QUESTION_COLUMNS[1:]))
    frame = frame.sort_values(["at_stake", "row"], ascending=[False, True], kind="stable", na_position="last",
                              ignore_index=True)  # fmt: skip
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    return frame


def _ends(pool: Pool, found: Sequence[Asked]) -> list[tuple[Floats, Floats]]:
    """The bids at both ends of every question. Questions of one topic and reading are valued as one."""
    alike: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(found):
        alike.setdefault((one.topic, one.reading), []).append(number)
    doubts = [
        Doubt(topic, reading, np.concatenate([found[number].places for number in numbers]),
              [said for number in numbers for said in found[number].said])
        for (topic, reading), numbers in alike.items()
    ]  # fmt: skip
    made: dict[int, tuple[Floats, Floats]] = {}
    for numbers, (first, second) in zip(alike.values(), bids_at_ends(pool, doubts), strict=True):
        cuts = np.cumsum([len(found[number].places) for number in numbers])[:-1]
        parts = zip(np.split(first, cuts), np.split(second, cuts), strict=True)
        made |= dict(zip(numbers, parts, strict=True))
    return [made[number] for number in range(len(found))]


def each(asked: pd.DataFrame) -> Iterator[Question]:
    """The rows of `questions`, typed."""
    return (Question._make(row) for row in asked.itertuples(index=False, name=None))


__all__ = ["POOL", "QUESTION_COLUMNS", "SMALL", "Question", "each", "questions"]
