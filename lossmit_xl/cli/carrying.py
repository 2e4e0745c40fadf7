"""`lossmit build --from OLD.xlsx`: an older workbook's assumptions, overrides, decisions and notes on a new tape."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lossmit_xl.cli import screen

if TYPE_CHECKING:
    from rich.console import Console

    from lossmit_workbook.readback import ReadBack
    from lossmit_xl.assumptions import Assumptions
    from lossmit_xl.carry import Carried
    from lossmit_xl.tape import Tape

SHOWN = 8  # lines of each list on the screen


def read_old(path: Path) -> ReadBack:
    """The older workbook. Raises LossmitError with every problem."""
    from lossmit_workbook.readback import read_workbook

    return read_workbook(path)


def deal_of(old: ReadBack, given: Assumptions, file: Path | None) -> tuple[Assumptions, list[str]]:
    """The assumptions that hold, and in words whose they are. A file of assumptions beats the old workbook's; the
    as-of date is never the old one.
    """
    carried = old.assumptions.replace(as_of=given.as_of)
    theirs = carried.values()
    if file is None:
        notes = [f"Assumptions, weights and states: those of {old.path.name}."]
        deal = carried
    else:
        differ = [name for name, value in given.values().items() if value != theirs[name]]
        notes = [f"Assumptions, weights and states: those of {file.name}; {old.path.name} is not asked"
                 + (f", it differs in {', '.join(differ[:6])}{' and others' if len(differ) > 6 else ''}." if differ
                    else ", it says the same.")]  # fmt: skip
        deal = given
    was = old.tape.as_of if old.assumptions.as_of == old.tape.as_of else old.assumptions.as_of
    notes.append(f"As of {deal.as_of}; {old.path.name} was as of {was}.")
    return deal, notes


def onto(tape: Tape, old: ReadBack, notes: list[str], keep_personal: bool) -> Carried:
    """Put the old workbook's contents on the tape's loans."""
    from lossmit_xl.carry import carry

    if old.personal:
        columns = ", ".join(old.personal[:6])
        notes = [*notes, f"Personal columns of {old.path.name} ({columns}): "
                 + ("this tape's own are kept instead." if keep_personal else
                    "left out; --keep-personal keeps those of this tape.")]  # fmt: skip
    return carry(tape.loans, old.past(), notes)


def show(console: Console, carried: Carried) -> None:
    """What came, went and changed; what was kept, and what was not."""
    from lossmit_workbook.sheets.carried_over import lists
    from lossmit_xl.carry import summary

    first, *rest = summary(carried)
    console.print(screen.one_line(f"Carried over: {first}"), style="bold")
    for words in rest:
        console.print(screen.one_line(words))
    for title, _, heads, lines in lists(carried):
        if not lines:
            continue
        console.print(screen.one_line(f"{title} ({len(lines):,})"), style="bold")
        for line in lines[:SHOWN]:
            console.print("  " + screen.one_line(_in_words(line, heads)))
        if len(lines) > SHOWN:
            console.print(f"  and {len(lines) - SHOWN:,} more: see the sheet Overrides, or add --report FILE.txt")


def _in_words(line: tuple[str, ...], heads: tuple[str, ...]) -> str:
    """`LOAN column: old tape 1, new tape 2`."""
    if "Why" in heads:
        loan, what, text, why = line
        return f"{loan} {what} {text}: {why}" if loan else why
    subject, values = " ".join(line[:2]), zip(heads[2:], line[2:], strict=True)
    return subject + "".join(f"{mark}{head.lower()} {value}" for mark, (head, value) in
                             zip((": ", ", ", ", "), values, strict=False))  # fmt: skip
