"""Where things stand on a sheet that somebody may have rearranged: headings by name, values by their labels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from openpyxl.utils import get_column_letter

from lossmit_workbook.readback.source import Grid, Source

SEARCHED = 60  # rows looked through for a row of headings


def sentence(problem: str) -> str:
    """A problem in words as a sentence; a question has its mark already."""
    return problem if problem.endswith(("?", ".")) else f"{problem}."


@dataclass
class Findings:
    """What is wrong: `fatal` lines make the file unusable, `notes` say what could not be carried."""

    name: str
    fatal: list[str]
    notes: list[str]

    def refuse(self, where: str, problem: str) -> None:
        """A line for something without which the file can't be trusted."""
        self.fatal.append(f"{self.name}, {where}: {problem}")

    def note(self, where: str, problem: str) -> None:
        """A line for something that is left out."""
        self.notes.append(f"{self.name}, {where}: {problem}")


def needed_sheet(source: Source, title: str, ours: Collection[str], findings: Findings) -> Grid | None:
    """A sheet by its title; where it is missing, the likeliest that is not `ours` (titles, case folded) is named."""
    found = source.title(title)
    if found is not None:
        return source.grid(found)
    strange = [t for t in source.titles if t.casefold() not in ours]
    close = get_close_matches(title.casefold(), [t.casefold() for t in strange], n=1, cutoff=0.5)
    like = [t for t in strange if title.casefold() in t.casefold() or t.casefold() in close]
    have = ", ".join(f'"{t}"' for t in source.titles[:20])
    mend = f'rename the sheet "{like[0]}" back to "{title}"' if like else f"bring it back from a copy; it has {have}"
    findings.refuse(f'sheet "{title}"', f"is missing; {mend}")
    return None


def text(value: object) -> str:
    """A cell as a label: its text without spaces at the ends; nothing for numbers."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def head_row(grid: Grid, known: Callable[[str], bool], must: str, most: int = SEARCHED) -> int:
    """The row that holds the heading `must` and most headings that are known; 0 where there is none."""
    best, found = 0, 0
    for row in range(1, min(len(grid.rows), most) + 1):
        labels = [text(value) for _, value in grid.row(row)]
        hits = sum(1 for label in labels if label and known(label))
        if must in labels and hits > best:
            best, found = hits, row
    return found


def columns_of(grid: Grid, row: int, wanted: Iterable[str], findings: Findings) -> dict[str, int]:
    """The column of each heading in a row; missing and doubled ones are refused, by name."""
    places: dict[str, list[int]] = {}
    for column, value in grid.row(row):
        places.setdefault(text(value), []).append(column)
    found = {}
    for name in wanted:
        at = places.get(name, [])
        if len(at) > 1:
            letters = " and ".join(get_column_letter(column) for column in at)
            findings.refuse(
                f"{grid.title} row {row}",
                f'the heading "{name}" stands in columns {letters}; which of them '
                "counts cannot be known: rename or delete the other",
            )
        elif not at:
            findings.refuse(
                f"{grid.title} row {row}", f'the heading "{name}" is missing; type it again above its column'
            )
        else:
            found[name] = at[0]
    return found
