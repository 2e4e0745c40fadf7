"""Which of a tape's issues cost most: errors before warnings, then by the unpaid balance of the loans they touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from lossmit_xl.tape import Tape

_RANK = {"error": 0, "warning": 1, "info": 2}
_FIRST_ROWS = 3


@dataclass(frozen=True)
class Doubt:
    """One kind of issue: how many loans it touches, their unpaid balance [USD], and their first rows in the file."""

    severity: str
    column: str
    message: str
    loans: int
    upb: float
    rows: tuple[int, ...]

    @property
    def where(self) -> str:
        """The rows in words; empty where the issue is the whole tape's."""
        if not self.rows:
            return ""
        word = "row" if self.loans == 1 else "rows"
        return f"{word} {', '.join(map(str, self.rows))}{', …' if self.loans > len(self.rows) else ''}"


def costliest(tape: Tape, most: int = 3) -> list[Doubt]:
    """The `most` costliest kinds of issue of a tape, see `Tally`."""
    tally = Tally()
    tally.add(tape.issues, tape.rows, tape.loans["upb"].to_numpy(dtype=float))
    return tally.costliest(most)


class Tally:
    """Adds up the kinds of issue (same severity, column and message) of a tape, part by part, infos left out.

    An issue of one column that stands against no single loan (a heading that was guessed, a column that is
    missing) puts the whole tape in doubt.
    """

    def __init__(self) -> None:
        self.loans, self.upb = 0, 0.0
        self.kinds: dict[tuple[str, str, str], tuple[int, float, tuple[int, ...]]] = {}

    def add(self, issues: pd.DataFrame, file_rows: npt.NDArray[np.int64], balances: npt.NDArray[np.float64]) -> None:
        """Count issues against the loans in these rows of the file with these balances, USD."""
        upb = pd.Series(np.nan_to_num(balances), index=file_rows)
        self.loans, self.upb = self.loans + len(upb), self.upb + float(upb.sum())
        grave = issues[issues["severity"] != "info"]
        for kind, group in grave.groupby(["severity", "column", "message"], sort=False):
            severity, column, message = map(str, kind)
            rows = upb.index.intersection(pd.Index(group["row"].unique()))
            loans, owed, first = self.kinds.get((severity, column, message), (0, 0.0, ()))
            first = (*first, *(int(row) for row in rows[:_FIRST_ROWS]))[:_FIRST_ROWS]
            self.kinds[severity, column, message] = loans + len(rows), owed + float(upb[rows].sum()), first

    def costliest(self, most: int = 3) -> list[Doubt]:
        """The costliest kinds."""
        found = []
        for (severity, column, message), (loans, upb, first) in self.kinds.items():
            if not loans and column:
                loans, upb = self.loans, self.upb
            # Without a column it is a remark on the file (a second sheet, a row of totals): no loan is in doubt by it.
            found.append(Doubt(severity, column, message, loans, upb, first))
        return sorted(found, key=lambda doubt: (_RANK[doubt.severity], -doubt.upb, -doubt.loans))[:most]
