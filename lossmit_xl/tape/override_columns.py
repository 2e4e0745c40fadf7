"""Tape columns that override an assumption, or a figure of the loan's state, for that loan alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.tape.cells import Cells
from lossmit_xl.tape.clean import Desk, count_of


def override_column(name: str, cells: Cells, desk: Desk) -> NDArray[Any]:
    """The column cleaned as the assumption it overrides; a bad value is a tape error, and the assumption stands for
    that loan.
    """
    from lossmit_xl.assumptions import parse_override

    n = len(cells.raw)
    filled = ~(cells.blank | cells.said_nothing)
    if filled.any():
        desk.note(name, "info", f'"{cells.heading}" overrides the assumption {name} in {count_of(int(filled.sum()))}.')
    raw = cells.raw.copy()
    if cells.texts:
        raw[cells.codes >= 0] = np.array(cells.texts, dtype=object)[cells.codes[cells.codes >= 0]]
    raw[~filled] = None
    codes, distinct = pd.factorize(raw)
    parsed: list[float | str | None] = []
    messages: list[str] = []
    for value in distinct:
        try:
            parsed.append(parse_override(name, value))
            messages.append("")
        except (ValueError, TypeError) as error:
            parsed.append(None)
            messages.append(f"{' '.join(str(error).split())}; the assumption stands.")
    bad = np.array([p is None for p in parsed] + [False], dtype=np.bool_)[codes]
    if bad.any():
        texts = np.array([*messages, ""], dtype=object)[codes]
        desk.log.extend(desk.rows[bad], name, "error", cells.raw[bad], texts[bad].tolist())
    if any(isinstance(p, str) for p in parsed):
        return np.array([p if isinstance(p, str) else "" for p in parsed] + [""], dtype=object)[codes]
    numbers = np.array([np.nan if p is None else float(p) for p in parsed] + [np.nan], dtype=np.float64)
    return numbers[codes] if n else np.full(0, np.nan)
