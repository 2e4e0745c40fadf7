"""Large pools: which loans have formulas, and how the workbook says which have not.

A workbook of ten thousand loans with every formula has 240 MB and takes 7 GB in LibreOffice (`benchmarks/`). So of a
large pool the loans with the largest balances come first and are live, and the rest hold the figures of the build on
Model, Yields and Scenarios. Those are stamped: no change reaches them. They are stale as soon as an input of theirs,
or one of all loans, is changed; the sheets say so and Checks fails, since a total of both is neither.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.layout import FIGURES, FIRST_ROW, Layout
from lossmit_xl.errors import OutputError

if TYPE_CHECKING:
    from lossmit_workbook.book import Book
    from lossmit_xl.tape import Tape

MOST = 2_000
"""Loans that are live without being asked for: a file of 50 MB that LibreOffice opens in some ten seconds."""
ALL, AUTO = "all", "auto"
LIVE, STAMPED, STALE = "live", "stamped", "stale"
HEAD = "Figures"
HELP = "live: formulas; stamped: of the build, no change reaches them; stale: stamped, and changed since"
IS_STAMPED = "This loan is stamped: its figures are of the build, and no change reaches them"
IS_STALE = (
    "This loan is STALE: inputs were changed, and its figures are still those of the build. "
    "Build again from this workbook"
)
EVERY = "Every figure of a live loan, and every total, is a formula over the sheets Loans, Assumptions and States."
LIMIT = (
    f"Up to {MOST:,} loans are live, every figure a formula; of a larger pool those with the largest balances, which "
    "come first, and the others hold the figures of the build, marked stamped (lossmit build --live all, or --live N, "
    "decides otherwise)."
)
Bools = npt.NDArray[np.bool_]


def chosen(loans: pd.DataFrame, wanted: str | int) -> int | None:
    """How many loans are live; None: all. `wanted`: `all`, `auto` (`MOST`) or a number of loans. Raises OutputError for
    anything else."""
    count = len(loans) if wanted == ALL else MOST if wanted == AUTO else None
    if count is None:
        try:
            count = int(wanted)
        except ValueError:
            count = -1
        if count < 0:
            raise OutputError(f"--live {wanted}: must be all, auto or a number of loans, such as {MOST}")
    return None if count >= len(loans) else count


def largest_first(tape: Tape) -> Tape:
    """The tape with its loans by falling UPB: rows with formulas stand together, as spreadsheets keep them best."""
    upb = np.nan_to_num(tape.loans["upb"].to_numpy(dtype=float, na_value=np.nan))
    order = np.argsort(-upb, kind="stable")
    loans, personal = (frame.iloc[order].reset_index(drop=True) for frame in (tape.loans, tape.personal))
    return replace(tape, loans=loans, personal=personal, rows=tape.rows[order])


def words(live: Bools) -> npt.NDArray[np.object_]:
    """`live` or `stamped` for every loan."""
    return np.where(live, LIVE, STAMPED).astype(object)


def formula_on_bids(layout: Layout, place: str, changed: str, changed_for_all: str) -> str:
    """What Bids says of a loan at `place` on Loans: `changed` are the changes of each loan, `changed_for_all` those of
    every one."""
    word = f"INDEX({layout.model_range(FIGURES)},{place})"
    stale = f"INDEX({changed},{place})+{changed_for_all}>0"
    return f'IF({place}=0,"",IF({word}="{STAMPED}",IF({stale},"{STALE}","{STAMPED}"),{word}))'


def stale_count(layout: Layout) -> str:
    """How many loans are stale."""
    return f'COUNTIF({layout.bids_range(FIGURES)},"{STALE}")'


def moved_count(layout: Layout) -> str:
    """How many stamped rows of Model no longer stand beside their loan on Loans."""
    ids = f"Model!$A${FIRST_ROW}:$A${layout.last_row}"
    return f'SUMPRODUCT(({layout.model_range(FIGURES)}="{STAMPED}")*({ids}<>{layout.loans_range("loan_id")}))'


def banner(book: Book, ws: Worksheet, address: str, last: str) -> None:
    """One line over the sheet that says how many loans are stamped and what that means; red once some are stale."""
    if book.live is None:
        return
    count, layout = int(book.live.sum()), book.layout
    still = (f"{count:,} of {layout.loans:,} loans are live, those with the largest balances. The other "
             f"{layout.loans - count:,} are stamped: their figures are of the build, and no change reaches them."
             )  # fmt: skip
    late = "STALE: inputs were changed, and the totals mix new figures with old ones. Build again from this workbook "
    late += "(lossmit build --from), or with --live all. Stale loans: "
    stale = stale_count(layout)
    cell = book.formula(ws, address, f'IF({stale}>0,"{late}"&{stale},"{still}")', still, "lm_label")
    row = cell.row
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    ws.merge_cells(f"{address}:{last}{row}")
    ws.row_dimensions[row].height = 30
    for initial, fill, ink in (("S", styles.BAD_FILL, styles.BAD_INK), ("", styles.WARN_FILL, styles.WARN_INK)):
        rule = FormulaRule(formula=[f'LEFT(${cell.column_letter}${row},{len(initial)})="{initial}"'], stopIfTrue=True,
                           fill=PatternFill(bgColor=fill), font=Font(color=ink, bold=True))  # fmt: skip
        ws.conditional_formatting.add(f"{address}:{last}{row}", rule)


def shade(book: Book, ws: Worksheet, figures: str, last: str) -> None:
    """Grey and slanted: the rows of a sheet that are stamped. `figures`: the cell of the first row that says so."""
    if book.live is None:
        return
    rule = FormulaRule(formula=[f'{figures}="{STAMPED}"'], font=Font(color=styles.GREY, italic=True))
    ws.conditional_formatting.add(f"A{FIRST_ROW}:{last}{book.layout.last_row}", rule)
