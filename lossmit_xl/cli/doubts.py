"""Which of a tape's issues cost most: errors before warnings, then by the unpaid balance of the loans they touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
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
    """The `most` costliest kinds of issue (same severity, column and message), infos left out.

    An issue of one column that stands against no single loan (a heading that was guessed, a column that is
    missing) puts the whole tape in doubt.
    """
    upb = pd.Series(np.nan_to_num(tape.loans["upb"].to_numpy(dtype=float)), index=tape.rows)
    grave = tape.issues[tape.issues["severity"] != "info"]
    found = []
    for kind, group in grave.groupby(["severity", "column", "message"], sort=False):
        severity, column, message = map(str, kind)
        rows = upb.index.intersection(pd.Index(group["row"].unique()))
        # Without a column it is a remark on the file (a second sheet, a row of totals): no loan is in doubt by it.
        touched = upb[rows] if len(rows) else upb if column else upb[:0]
        first = tuple(int(row) for row in rows[:_FIRST_ROWS])
        found.append(Doubt(severity, column, message, len(touched), float(touched.sum()), first))
    return sorted(found, key=lambda doubt: (_RANK[doubt.severity], -doubt.upb, -doubt.loans))[:most]
