"""The log of everything a tape said that was not plain: one row a defect, in whole arrays at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Severity = Literal["error", "warning", "info"]

ISSUE_COLUMNS = ("row", "loan_id", "column", "severity", "value", "message")
_RANK = {"error": 0, "warning": 1, "info": 2}


def shown(value: object) -> str:
    """A cell as a reader would recognise it: 12345.0 is 12345, dates are ISO, text as it stands."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)


class IssueLog:
    """Collects issues; `frame()` makes the table.

    `row` is the file's row, 1-based; 0 stands for the file as a whole. `add` takes one issue, `extend` an array of
    rows that share a column and a severity.
    """

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []
        self._single: list[tuple[int, str, str, str, str]] = []

    def add(self, row: int, column: str, severity: Severity, value: object, message: str) -> None:
        """One issue at `row` (0: the whole file)."""
        self._single.append((row, column, severity, shown(value), message))

    def extend(
        self,
        rows: NDArray[np.int64],
        column: str,
        severity: Severity,
        values: Sequence[object] | NDArray[np.object_],
        messages: str | Sequence[str],
    ) -> None:
        """One issue for each of `rows`; `messages` is one text for all, or one for each."""
        if not len(rows):
            return
        # One value often fills thousands of rows: write each out once.
        texts = values if all(type(value) is str for value in values) else [shown(value) for value in values]
        part = pd.DataFrame({"row": np.asarray(rows, dtype=np.int64), "value": texts})
        part["column"] = column
        part["severity"] = severity
        part["message"] = messages
        self._parts.append(part)

    def frame(self, rows: NDArray[np.int64] | None = None, loan_ids: Sequence[str] | None = None) -> pd.DataFrame:
        """All issues, by row, then the gravest first; `loan_id` of each row where it holds a loan."""
        singles = pd.DataFrame(self._single, columns=["row", "column", "severity", "value", "message"])
        table = pd.concat([singles, *self._parts], ignore_index=True) if self._parts else singles
        ids = pd.Series(list(loan_ids), index=rows, dtype=object) if rows is not None and loan_ids is not None else None
        owner = table["row"].map(ids) if ids is not None and len(ids) else pd.Series("", index=table.index)
        table["loan_id"] = owner.astype(object).where(owner.notna(), "")
        table["rank"] = table["severity"].map(_RANK)
        table = table.sort_values(["row", "rank"], kind="stable", ignore_index=True)
        table["row"] = table["row"].astype(np.int64)
        texts = ["loan_id", "column", "severity", "value", "message"]
        table[texts] = table[texts].astype("str")
        return table[list(ISSUE_COLUMNS)]
