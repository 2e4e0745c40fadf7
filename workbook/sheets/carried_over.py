"""What became of an older workbook's contents on this tape: the last part of Overrides. Stamped, in full."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook.book import Book
from lossmit_workbook.sheets import tape_issues
from lossmit_xl.carry import Carried, summary
from lossmit_xl.loan_cells import said

MOST = 2000
"""Lines of one list; the text of `--report` has no limit."""
FRESH = "A fresh build: nothing was carried over from an older workbook."


def write(book: Book, ws: Worksheet, row: int) -> int:
    """Write the report from `row` on; returns the row below it."""
    book.put(ws, f"A{row}", "Carried over", "lm_subtitle")
    if book.carried is None:
        book.put(ws, f"A{row + 1}", FRESH)
        return row + 2
    for line in summary(book.carried):
        row += 1
        tape_issues.text(book, ws, f"A{row}", line, "lm_note")
    row += 2
    for title, none, heads, lines in lists(book.carried):
        row = _list(book, ws, row, title, none, heads, lines)
    return row


Lines = list[tuple[str, ...]]


def lists(carried: Carried) -> list[tuple[str, str, tuple[str, ...], Lines]]:
    """(title, words where it is empty, headings, lines) of every list of the report."""
    conflicts: Lines = [(e.loan_id, e.column, said(e.old_tape), said(e.tape), said(e.value)) for e in carried.conflicts]
    moot: Lines = [(e.loan_id, e.column, said(e.old_tape), said(e.tape)) for e in carried.moot]
    changed: Lines = [(c.loan_id, c.column, said(c.old), said(c.new)) for c in carried.changed]
    return [
        (
            "Not carried",
            "Nothing: all that the old workbook held was carried.",
            ("Loan", "What", "It said", "Why"),
            [tuple(item) for item in carried.lost],
        ),
        (
            "Overrides where the tape changed too: the override is kept",
            "None.",
            ("Loan", "Column", "Old tape", "New tape", "Override"),
            conflicts,
        ),
        (
            "Overrides that are moot: the tape says the same now",
            "None.",
            ("Loan", "Column", "Old tape", "New tape"),
            moot,
        ),
        ("Loans that came", "None.", ("Loan",), [(number,) for number in carried.came]),
        ("Loans that went", "None.", ("Loan",), [(number,) for number in carried.went]),
        (
            "Changed on the tape",
            "Nothing: loans on both tapes are the same.",
            ("Loan", "Column", "Old tape", "New tape"),
            changed,
        ),
    ]


def _list(book: Book, ws: Worksheet, row: int, title: str, none: str, heads: Sequence[str], lines: Lines) -> int:
    book.put(ws, f"A{row}", f"{title} ({len(lines):,})" if lines else title, "lm_subtitle")
    if not lines:
        book.put(ws, f"A{row + 1}", none)
        return row + 3
    for letter, head in zip("ABCDE", heads, strict=False):
        book.put(ws, f"{letter}{row + 1}", head, "lm_head")
    row += 2
    for line in lines[:MOST]:
        for letter, part in zip("ABCDE", line, strict=False):
            tape_issues.text(book, ws, f"{letter}{row}", part)
        row += 1
    if len(lines) > MOST:
        book.put(ws, f"A{row}", f"and {len(lines) - MOST:,} more: lossmit build --report FILE.txt lists all", "lm_note")
        row += 1
    return row + 1
