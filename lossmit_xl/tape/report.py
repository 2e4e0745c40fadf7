"""What is said of the file as a whole: rows set aside, sheets, headings left out, a tape without a balance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rapidfuzz import fuzz

from lossmit_xl.errors import TapeError
from lossmit_xl.tape.clean import Desk, count_of
from lossmit_xl.tape.files import Opened, Sheet
from lossmit_xl.tape.headings import aliases, normal
from lossmit_xl.tape.issues import IssueLog, shown
from lossmit_xl.tape.layout import Layout, RowKinds
from lossmit_xl.tape.mapping import Mapping

_WANTED = ("loan_id", "state", "note_rate", "next_due_date", "property_value")
_STANDS_IN = {"next_due_date": "paid_to_date"}


def rows_set_aside(sheet: Sheet, layout: Layout, kinds: RowKinds, log: IssueLog) -> list[tuple[int, str, str]]:
    """Report every row of the body that is no loan; returns (file row, reason, contents)."""
    found: list[tuple[int, str, str]] = []
    if layout.unit_row is not None:
        found.append((layout.unit_row + 1, "units", _contents(sheet, layout.unit_row)))
        log.add(layout.unit_row + 1, "", "info", found[-1][2], "a row of units: not a loan, set aside.")
    for mask, reason, severity, message in (
        (kinds.header, "headings again", "info", "the headings again: not a loan, set aside."),
        (
            kinds.total,
            "total",
            "warning",
            "a row of totals: not a loan, set aside. If it is a loan, give it a loan number and a due date.",
        ),
        (kinds.note, "remark", "warning", "a remark, nothing else in the row: not a loan, set aside."),
    ):
        for place in np.flatnonzero(mask):
            row = layout.first + int(place)
            contents = _contents(sheet, row)
            found.append((row + 1, reason, contents))
            log.add(row + 1, "", severity, contents, message)  # type: ignore[arg-type]
    blank = np.flatnonzero(kinds.blank)
    loans = np.flatnonzero(kinds.loans)
    inside = blank[blank < loans[-1]] if len(loans) else blank[:0]
    if len(inside):
        rows = ", ".join(str(layout.first + int(p) + 1) for p in inside[:8]) + (", ..." if len(inside) > 8 else "")
        log.add(
            layout.first + int(inside[0]) + 1,
            "",
            "info",
            "",
            f"{count_of(len(inside))} between the loans {'is' if len(inside) == 1 else 'are'} blank ({rows}): skipped.",
        )
    found.extend((layout.first + int(p) + 1, "blank", "") for p in blank)
    return sorted(found)


def _contents(sheet: Sheet, row: int) -> str:
    return " | ".join(shown(cell) for cell in sheet.rows[row] if cell is not None and cell != "")[:200]


def header_notes(
    opened: Opened, sheet: Sheet, layout: Layout, others: list[tuple[Sheet, Layout]], log: IssueLog
) -> None:
    """Which sheet and which row of headings were taken, and what else the file holds."""
    for note in opened.notes:
        log.add(0, "", "info", "", note[:1].upper() + note[1:] + ".")
    if len(opened.sheets) > 1:
        log.add(
            0,
            "",
            "info",
            sheet.name,
            "the loans were read from sheet "
            f'"{sheet.name}"{" (hidden)" if sheet.hidden else ""}, one of '
            f"{len(opened.sheets)}.",
        )
    for other, found in others:
        log.add(
            0,
            "",
            "warning",
            other.name,
            f'sheet "{other.name}" looks like a tape too '
            f"({len(other.rows) - found.first} rows): not read. Read it with "
            f"sheet={other.name!r}.",
        )
    if layout.header_rows[0] > 0:
        log.add(
            layout.header_rows[0] + 1,
            "",
            "info",
            "",
            "the headings stand in row "
            f"{layout.header_rows[0] + 1}; the "
            f"{layout.header_rows[0]} above were passed over.",
        )
    if len(layout.header_rows) > 1:
        log.add(
            layout.header_rows[0] + 1,
            "",
            "info",
            "",
            f"the headings run over {len(layout.header_rows)} lines and were joined.",
        )


def mapping_notes(mapping: Mapping, user: Mapping | None, desk: Desk) -> None:
    """Headings left out, guesses by likeness, canonical columns that no heading gives, and mapping entries that found
    no heading.
    """
    unknown = [e.heading for e in mapping.entries if e.how == "unknown"]
    if unknown:
        desk.note(
            "",
            "warning",
            f"{_headings(len(unknown))} not known and left out: "
            f"{', '.join(unknown[:12])}{', ...' if len(unknown) > 12 else ''}. "
            "Map them if they matter.",
        )
    for entry in mapping.entries:
        if entry.how == "fuzzy" and entry.used:
            desk.note(
                entry.target,
                "warning",
                f'"{entry.heading}" was taken for {entry.target} by likeness '
                f"({entry.score:.0f} of 100, {entry.note}). Check it.",
                entry.heading,
            )
    for name in _WANTED:
        if mapping.place(name) is None and mapping.place(_STANDS_IN.get(name, name)) is None and name != "loan_id":
            what = (
                "the national fallback row is used for every loan"
                if name == "state"
                else "no loan can be valued without it"
            )
            desk.note(
                name,
                "warning" if name == "state" else "error",
                f"no heading stands for {name}: {what}. Map a heading to {name}.",
            )
    if user is not None:
        headings = {e.heading.casefold() for e in mapping.entries}
        for e in user.entries:
            if e.heading.casefold() not in headings and e.used:
                desk.note(
                    e.target, "warning", f'the mapping names "{e.heading}", which this tape does not have.', e.heading
                )


def _headings(n: int) -> str:
    return "1 heading is" if n == 1 else f"{n} headings are"


def no_upb(file: Path, sheet: Sheet, mapping: Mapping) -> TapeError:
    """The refusal of a tape without a balance, with its headings and the one most like a balance."""
    headings = [e.heading for e in mapping.entries]
    keys = [key for key, alias in aliases().items() if alias.target in ("upb", "total_balance")]
    free = [e.heading for e in mapping.entries if not e.used]
    likeness = {h: max((fuzz.token_sort_ratio(normal(h), key) for key in keys), default=0.0) for h in free}
    ranked = sorted(free, key=lambda heading: -likeness[heading])
    seen = ", ".join(headings[:15]) + (", ..." if len(headings) > 15 else "")
    nearest = f' The nearest is "{ranked[0]}":' if ranked else ""
    return TapeError(
        f'{file.name}, sheet "{sheet.name}": no heading stands for the unpaid principal balance (upb) '
        f"among: {seen}.{nearest} "
        'map one with a mapping file ("Heading" = "upb").'
    )
