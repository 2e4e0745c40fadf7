"""A small stand-in of xlwings' API: what the macros' Python side uses of it and nothing else, on plain lists.

It behaves as Excel does where that matters: an apostrophe before a text is taken off and the text stays one, a text
that begins with "=" becomes a formula and one that looks like a date its number, the used range begins at A1.
`fail_at=n` makes the n-th call that writes raise.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from openpyxl.utils.cell import coordinate_to_tuple

Cell = Any


class Formula(str):
    """A text that Excel would have taken for a formula."""


class Book:
    """An open workbook; `sheets` by name or place, `app.status_bar`, `name`, `fullname`."""

    def __init__(self, sheets: dict[str, list[list[Cell]]], name: str = "LossMit.xlsm", fail_at: int = 0) -> None:
        self.name, self.fullname = name, str(Path("/nowhere") / name)
        self.app = App()
        self.writes, self.fail_at = 0, fail_at
        self.error: BaseException = RuntimeError("Excel is busy")
        self.sheets = Sheets(self, sheets)

    def wrote(self) -> None:
        """Count a call that changes the book; raise at the one that was chosen."""
        self.writes += 1
        if self.writes == self.fail_at:
            raise self.error

    def contents(self) -> dict[str, list[list[Cell]]]:
        """Every sheet's cells."""
        return {sheet.name: [list(row) for row in sheet.cells] for sheet in self.sheets}


class App:
    """Excel itself."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "status_bar":
            self.said.append(value)
        object.__setattr__(self, name, value)


class Sheets:
    """The sheets, in order."""

    def __init__(self, book: Book, sheets: dict[str, list[list[Cell]]]) -> None:
        self.book = book
        self.all = [Sheet(book, name, cells) for name, cells in sheets.items()]

    def __iter__(self) -> Any:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, which: str | int) -> Sheet:
        return self.all[which] if isinstance(which, int) else next(sheet for sheet in self.all if sheet.name == which)

    def add(self, name: str, before: Sheet | None = None, after: Sheet | None = None) -> Sheet:
        self.book.wrote()
        made = Sheet(self.book, name, [])
        self.all.insert(self.all.index(after) + 1 if after is not None else 0, made)
        return made


class Sheet:
    """A worksheet."""

    def __init__(self, book: Book, name: str, cells: list[list[Cell]]) -> None:
        self.book, self.name, self.cells = book, name, cells

    @property
    def used_range(self) -> Range:
        return Range(self, "A1", whole=True)

    def range(self, address: str) -> Range:
        return Range(self, address)

    def clear(self) -> None:
        self.book.wrote()
        self.cells = []

    def delete(self) -> None:
        self.book.sheets.all.remove(self)


class Range:
    """Cells: a value, or a list of rows from its first cell on."""

    def __init__(self, sheet: Sheet, address: str, whole: bool = False) -> None:
        self.sheet, self.whole = sheet, whole
        self.row, self.column = coordinate_to_tuple(address.partition(":")[0])
        self.font = Looks(sheet.book)

    @property
    def value(self) -> Cell:
        assert self.whole, "the stand-in reads whole sheets only"
        return [list(row) for row in self.sheet.cells] or None

    @value.setter
    def value(self, rows: list[list[Cell]]) -> None:
        self.sheet.book.wrote()
        for down, row in enumerate(rows):
            while len(self.sheet.cells) < self.row + down:
                self.sheet.cells.append([])
            line = self.sheet.cells[self.row + down - 1]
            line.extend([None] * (self.column + len(row) - 1 - len(line)))
            line[self.column - 1 : self.column - 1 + len(row)] = [_typed(cell) for cell in row]

    def merge(self) -> None:
        """Excel keeps the first cell's value only: here the others must be empty."""
        self.sheet.book.wrote()
        line = self.sheet.cells[self.row - 1]
        assert not any(line[self.column :]), "merging would lose a value"

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("color", "column_width", "number_format", "row_height", "wrap_text"):
            self.sheet.book.wrote()
        object.__setattr__(self, name, value)


class Looks:
    """A font."""

    def __init__(self, book: Book) -> None:
        object.__setattr__(self, "book", book)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in ("color", "bold"), name
        self.book.wrote()


_A_DATE = re.compile(r"[A-Z][a-z]{2} [0-9]{4}|[0-9/.-]+")


def _typed(cell: Cell) -> Cell:
    """What Excel makes of a value that is written to a cell, as if it were typed."""
    if not isinstance(cell, str):
        return cell
    if cell.startswith("'"):
        return cell[1:]
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if _A_DATE.fullmatch(cell):
        return 45658.0
    return Formula(cell) if cell.startswith("=") else cell
