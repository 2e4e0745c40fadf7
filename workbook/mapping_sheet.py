"""The sheet "Tape mapping" in an open workbook: what became of a tape's headings, to confirm or correct before a build.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lossmit_workbook.book import Value
from lossmit_workbook.grid import printable
from lossmit_workbook.sheets import tooltips
from lossmit_xl.columns import LOAN_COLUMNS
from lossmit_xl.errors import LossmitError
from lossmit_xl.tape import Mapping, Tape
from lossmit_xl.tape.headings import IGNORED, PERSONAL

TITLE = "Tape mapping"
HEADS = ("Seller's heading", "Read as", "Score", "How it was found")
TAPE_ROW, HASH_ROW, HELP_ROW, COLUMNS_ROW, HEAD_ROW, FIRST_ROW = 2, 3, 4, 5, 6, 7
COLUMNS_HEIGHT = 60  # points: four lines
WIDTHS = (34, 26, 9, 60)
HELP = (
    f'Correct "{HEADS[1]}" where it is wrong, then press Build. "{IGNORED}" leaves a column out, "{PERSONAL}" keeps it '
    "apart."
)
COLUMNS = "Columns: " + ", ".join(column.name for column in LOAN_COLUMNS)
INPUT_INK, INPUT_FILL, HEAD_INK, HEAD_FILL = (0, 51, 204), (255, 251, 230), (255, 255, 255), (18, 53, 91)


@dataclass(frozen=True)
class Choice:
    """What the sheet says now: the tape, its SHA-256 at the import, and the mapping as the user left it."""

    path: Path
    sha256: str
    mapping: Mapping


def write(book: Any, tape: Tape) -> None:
    """Show a tape's mapping on the sheet, made anew. If anything fails the sheet is as it was, or not there."""
    rows = _rows(tape)
    there = TITLE in [sheet.name for sheet in book.sheets]
    last = [sheet for sheet in book.sheets if sheet.name != tooltips.TITLE][-1]  # which must stay the very last
    sheet = book.sheets[TITLE] if there else book.sheets.add(TITLE, after=last)
    before = sheet.used_range.value if there else None
    try:
        _fill(sheet, rows)
    except BaseException:
        if there:
            sheet.clear()
            if before is not None:
                sheet.range("A1").value = [[_inert(cell) for cell in row] for row in before]
        else:
            sheet.delete()
        raise


def _rows(tape: Tape) -> list[list[Value]]:
    head: list[list[Value]] = [
        ["Tape mapping", None, None, None],
        ["Tape", str(tape.source.path.resolve()), None, None],
        ["SHA-256", tape.source.sha256, None, None],
        [HELP, None, None, None],
        [COLUMNS, None, None, None],
        list(HEADS),
    ]
    entries: list[list[Value]] = [
        [entry.heading, entry.target, float(round(entry.score)), entry.how + (f": {entry.note}" if entry.note else "")]
        for entry in tape.mapping.entries
    ]
    return [[_inert(cell) for cell in row] for row in head + entries]


def _inert(cell: Any) -> Any:
    """A text that stays one: Excel takes what follows an apostrophe as it stands, and would make a date of a heading
    like "Jan 2025", a truth value of "TRUE", a formula of "=x"."""
    return f"'{printable(cell)}" if isinstance(cell, str) and cell else cell


def _fill(sheet: Any, rows: list[list[Value]]) -> None:
    sheet.clear()
    sheet.range("A1").value = rows
    last = len(rows)
    for letter, width in zip("ABCD", WIDTHS, strict=True):
        sheet.range(f"{letter}1").column_width = width
    head, inputs = sheet.range(f"A{HEAD_ROW}:D{HEAD_ROW}"), sheet.range(f"B{FIRST_ROW}:B{last}")
    head.color, head.font.color, head.font.bold = HEAD_FILL, HEAD_INK, True
    inputs.color, inputs.font.color = INPUT_FILL, INPUT_INK
    sheet.range("A1").font.bold = True
    columns = sheet.range(f"A{COLUMNS_ROW}:D{COLUMNS_ROW}")
    columns.merge()
    columns.wrap_text, columns.row_height = True, COLUMNS_HEIGHT


def read(book: Any) -> Choice:
    """The sheet as the user left it. Raises LossmitError where it is not there or names a column that is none."""
    if TITLE not in [sheet.name for sheet in book.sheets]:
        raise LossmitError("no tape was imported yet: press Import tape.")
    rows = book.sheets[TITLE].used_range.value or []
    texts = [[str(cell).strip() if cell is not None else "" for cell in row] for row in rows]
    if len(texts) < FIRST_ROW or texts[HEAD_ROW - 1][:2] != list(HEADS[:2]):
        raise LossmitError(f'the sheet "{TITLE}" was rearranged: press Import tape again.')
    chosen = {row[0]: row[1] or IGNORED for row in texts[FIRST_ROW - 1 :] if row[0]}
    return Choice(Path(texts[TAPE_ROW - 1][1]), texts[HASH_ROW - 1][1], Mapping.of(chosen, f'sheet "{TITLE}"'))
