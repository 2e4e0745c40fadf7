"""The loans of a workbook: as they stood at the build, as the tape had them, and as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lossmit_workbook.readback.headings import Findings, columns_of, head_row, sentence, text
from lossmit_workbook.readback.source import BLANK, Grid, address
from lossmit_workbook.sheets import as_built, overrides
from lossmit_xl.columns import BY_NAME
from lossmit_xl.loan_cells import (
    DECIDED,
    Cell,
    alike,
    as_column,
    is_blank,
    is_loan_column,
    loan_cell,
    loan_number,
    read_cell,
    said,
)

NUMBER = "loan_id"
STANDS = "not carried, the value at the build stands"
PERSONAL_HELP = "Personal data from the tape"
STAMPED_BID = as_built.result_column("bid")


@dataclass
class Stamps:
    """As built: the loans' numbers in order, their columns, and the stamp of each cell as the file has it."""

    grid: Grid
    first: int
    numbers: list[str]
    columns: dict[str, int]

    def raw(self, name: str) -> list[Any]:
        """A column's stamps, one a loan, as the file has them."""
        column = self.columns[name]
        return [self.grid.at(self.first + place, column) for place in range(len(self.numbers))]


@dataclass
class Table:
    """A sheet with a row a loan: which row each loan number stands in, and which column each input."""

    grid: Grid
    head: int
    columns: dict[str, int]
    rows: dict[str, int] = field(default_factory=dict)


def read_stamps(grid: Grid, findings: Findings) -> Stamps | None:
    """As built, checked: it is typed by the build alone, so whatever is odd there makes the file unusable."""
    head = head_row(grid, is_loan_column, NUMBER)
    if not head:
        findings.refuse(
            f"sheet {as_built.TITLE}", f'has no row of headings with "{NUMBER}"; take the file from a backup'
        )
        return None
    names = [text(value) for _, value in grid.row(head)]
    known = list(dict.fromkeys(name for name in names if is_loan_column(name)))
    columns = columns_of(grid, head, known, findings)
    numbers: list[str] = []
    for row in range(head + 1, len(grid.rows) + 1):
        raw = grid.at(row, columns.get(NUMBER, 1))
        if is_blank(raw):
            break
        numbers.append(loan_number(raw))
    if len(set(numbers)) < len(numbers):
        twice = next(number for number in numbers if numbers.count(number) > 1)
        findings.refuse(
            f"sheet {as_built.TITLE}",
            f'the loan number "{twice}" stands there twice; take the file from a '
            "backup: nobody is to type on that sheet",
        )
    if not numbers:
        findings.refuse(f"sheet {as_built.TITLE}", "holds no loans; take the file from a backup")
    return Stamps(grid, head + 1, numbers, columns)


def find_table(
    grid: Grid, stamps: Stamps, wanted: Iterable[str], headings: dict[str, str], findings: Findings
) -> Table | None:
    """A sheet's headings and rows. `headings` says how an input is headed there where that is not its name."""
    number = headings.get(NUMBER, NUMBER)
    spoken = {headings.get(name, name): name for name in wanted}
    head = head_row(grid, lambda label: label in spoken, number)
    if not head:
        findings.refuse(
            f"sheet {grid.title}",
            f'has no row of headings with "{number}"; type the heading again above the loan numbers',
        )
        return None
    found = columns_of(grid, head, [number, *spoken], findings)
    if number not in found:
        return None
    table = Table(grid, head, {spoken[label]: column for label, column in found.items() if label in spoken})
    table.columns[NUMBER] = found[number]
    _rows(table, stamps, findings)
    return table


def _rows(table: Table, stamps: Stamps, findings: Findings) -> None:
    """Which row each loan of the build stands in now; what was inserted, deleted, doubled or renumbered is noted."""
    grid, column = table.grid, table.columns[NUMBER]
    built = set(stamps.numbers)
    seen: dict[str, list[int]] = {}
    strange: dict[int, str] = {}
    for row in range(table.head + 1, len(grid.rows) + 1):
        raw = grid.at(row, column)
        if is_blank(raw):
            if any(not is_blank(grid.at(row, place)) for place in table.columns.values()):
                strange[row] = ""
            continue
        number = loan_number(raw)
        if number in built:
            seen.setdefault(number, []).append(row)
        else:
            strange[row] = number
    for number, rows in seen.items():
        if len(rows) == 1:
            table.rows[number] = rows[0]
        else:
            cells = " and ".join(address(row, column) for row in rows)
            findings.note(
                grid.where(rows[0], column),
                f'the loan number "{number}" stands in {cells}; delete the row that '
                "is not the loan. Nothing of this loan is carried, its values at the build stand",
            )
    _strangers(table, stamps, [n for n in stamps.numbers if n not in seen], strange, findings)


def _strangers(table: Table, stamps: Stamps, missing: list[str], strange: dict[int, str], findings: Findings) -> None:
    """Numbers that were not there at the build, and loans that are gone: a renumbered row is both."""
    grid, column = table.grid, table.columns[NUMBER]
    order = {number: place for place, number in enumerate(stamps.numbers)}
    at_build = {table.head + 1 + order[number]: number for number in missing}
    for row, number in strange.items():
        if row in at_build and len(missing) <= len(strange):
            was = at_build[row]
            missing = [other for other in missing if other != was]
            findings.note(
                grid.where(row, column),
                f'reads "{number}", but was "{was}" at the build; type "{was}" again. '
                "Nothing of this row is carried, the loan's values at the build stand",
            )
        elif number:
            findings.note(
                grid.where(row, column),
                f'"{number}": there was no such loan at the build, and the workbook does '
                "not value it; delete the row, and put the loan on the tape",
            )
        else:
            findings.note(
                grid.where(row, column),
                "the row has values but no loan number; type the number, or delete the row. Nothing of it is carried",
            )
    for number in missing:
        findings.note(
            f"sheet {grid.title}",
            f'the row of loan "{number}" is gone; put it back to carry what it held. Its values at the build stand',
        )


@dataclass
class ReadLoans:
    """Frames of one row a loan in the order of the build, and the overrides between them."""

    loans: pd.DataFrame
    tape_loans: pd.DataFrame
    overrides: pd.DataFrame
    decisions: pd.DataFrame
    built: pd.DataFrame


def read_loans(
    stamps: Stamps, tables: list[Table], ledger: dict[tuple[str, str], Cell], findings: Findings
) -> ReadLoans:
    """Put stamps, ledger and what stands on the sheets together."""
    now: dict[str, pd.Series[Any]] = {NUMBER: as_column(NUMBER, list(stamps.numbers))}
    then: dict[str, pd.Series[Any]] = dict(now)
    at_build: dict[str, pd.Series[Any]] = dict(now)
    lines: list[tuple[str, str, Cell, Cell]] = []
    order = {number: place for place, number in enumerate(stamps.numbers)}
    tape_cells: dict[str, list[tuple[int, Cell]]] = {}
    decided: dict[str, list[Cell]] = {}
    for (number, name), cell in ledger.items():
        if number in order:
            tape_cells.setdefault(name, []).append((order[number], cell))
    for table in tables:
        for name, column in table.columns.items():
            if name == NUMBER or name not in stamps.columns:
                continue
            built = _stamped(stamps, name, findings)
            cells = list(built)
            _overlay(cells, stamps.raw(name), stamps.numbers, table, name, column, findings)
            if name in DECIDED:
                decided[name] = cells
                continue
            tape = list(built)
            for place, cell in tape_cells.get(name, []):
                tape[place] = cell
            now[name], then[name], at_build[name] = (as_column(name, each) for each in (cells, tape, built))
            lines += [
                (number, name, old, new)
                for number, old, new in zip(stamps.numbers, tape, cells, strict=True)
                if old is not new and not alike(old, new)
            ]
    frame = pd.DataFrame(lines, columns=["loan_id", "column", "old", "new"], dtype=object)
    frame = frame.sort_values("loan_id", key=lambda ids: ids.map(order), kind="stable", ignore_index=True)
    return ReadLoans(_ordered(now), _ordered(then), frame, _decisions(stamps.numbers, decided),
                     _ordered(at_build))  # fmt: skip


def built_bids(stamps: Stamps) -> pd.Series[Any] | None:
    """The engine's bids at the build, by loan number; None where they are not all there."""
    heads = [text(value) for _, value in stamps.grid.row(stamps.first - 1)]
    if heads.count(STAMPED_BID) != 1:
        return None
    column = heads.index(STAMPED_BID) + 1
    cells = [stamps.grid.at(stamps.first + place, column) for place in range(len(stamps.numbers))]
    if any(not isinstance(cell, float) and not is_blank(cell) for cell in cells):
        return None
    bids = [cell if isinstance(cell, float) else float("nan") for cell in cells]
    return pd.Series(bids, index=stamps.numbers, dtype=float)


def _ordered(columns: dict[str, pd.Series[Any]]) -> pd.DataFrame:
    """The canonical columns first, in their order."""
    names = [*(name for name in BY_NAME if name in columns), *(name for name in columns if name not in BY_NAME)]
    return pd.DataFrame({name: columns[name] for name in names})


def _decisions(numbers: list[str], decided: dict[str, list[Cell]]) -> pd.DataFrame:
    """The loans that have a decision or a note."""
    lines = [
        (number, *("" if cell is None else cell for cell in row))
        for number, *row in zip(numbers, *(decided[name] for name in DECIDED), strict=True)
        if any(cell is not None for cell in row)
    ]
    return pd.DataFrame(lines, columns=["loan_id", *DECIDED], dtype="str")


def _stamped(stamps: Stamps, name: str, findings: Findings) -> list[Cell]:
    """A column's stamps, clean. A stamp out of range is the tape's own and stays."""
    cells: list[Cell] = []
    number = loan_cell(name).kind == "number"
    for place, raw in enumerate(stamps.raw(name)):
        if raw == BLANK:
            cells.append(None)
        elif number and type(raw) is float:
            cells.append(raw)
        else:
            try:
                cells.append(read_cell(name, raw))
            except ValueError as problem:
                where = stamps.grid.where(stamps.first + place, stamps.columns[name])
                findings.refuse(
                    where, f'"{said(raw)}" {problem}; nobody is to type on that sheet: take the file from a backup'
                )
                cells.append(None)
    return cells


def _overlay(
    cells: list[Cell], raws: list[Any], numbers: list[str], table: Table, name: str, column: int, findings: Findings
) -> None:
    """Put what stands on the sheet in place of the stamps, cell by cell where they differ."""
    grid = table.grid
    odd = grid.formulas | grid.errors
    letter = address(1, column)[:-1]
    for place, number in enumerate(numbers):
        row = table.rows.get(number)
        if row is None:
            continue
        raw = grid.at(row, column)
        where = f"{letter}{row}"
        if where in odd:
            if where in grid.errors:
                findings.note(
                    grid.where(row, column),
                    f"{name} of loan {number} shows an error; type a value or empty the cell. It is {STANDS}",
                )
                continue
            if is_blank(raw):
                findings.note(
                    grid.where(row, column),
                    f"{name} of loan {number} is a formula without a stored result; open "
                    f"the file in Excel and save it. It is {STANDS}",
                )
                continue
            findings.note(
                grid.where(row, column),
                f"{name} of loan {number} is a formula; its result {said(raw)} is carried as a value",
            )
        if type(raw) is type(raws[place]) and raw == raws[place]:
            continue
        try:
            cells[place] = read_cell(name, raw)
        except ValueError as problem:
            wrong = sentence(f'{name} of loan {number}: "{said(raw)}" {problem}')
            findings.note(grid.where(row, column), f"{wrong} It is {STANDS}")


def read_ledger(grid: Grid, findings: Findings) -> dict[tuple[str, str], Cell]:
    """(loan number, column) -> what the tape said, of every override that was in force at the build."""
    wanted = ("Loan", "Column", "Tape's value", "At the build")
    head = head_row(grid, lambda label: label in overrides.LEDGER_HEADS, "Tape's value", len(grid.rows))
    if not head:
        if not any(text(value) == overrides.NONE for row in grid.rows for value in row[:1]):
            findings.refuse(f"sheet {grid.title}", "the ledger of overrides is gone; take the file from a backup")
        return {}
    places = {text(value): column for column, value in grid.row(head)}
    missing = [name for name in wanted if name not in places]
    if missing:
        findings.refuse(
            f"{grid.title} row {head}", f'the heading "{missing[0]}" is missing; type it again above its column'
        )
        return {}
    made: dict[tuple[str, str], Cell] = {}
    for row in range(head + 1, len(grid.rows) + 1):
        name, raw = text(grid.at(row, places["Column"])), grid.at(row, places["Tape's value"])
        if not is_loan_column(name):
            break
        try:
            made[loan_number(grid.at(row, places["Loan"])), name] = read_cell(name, raw)
        except ValueError as problem:
            findings.refuse(
                grid.where(row, places["Tape's value"]),
                f'"{said(raw)}" {problem}; nobody is to type there: take the file from a backup',
            )
    return made


def foreign_columns(table: Table) -> tuple[list[str], dict[str, int]]:
    """Headings of Loans that are no inputs: those of personal columns, and the user's own with how many cells they
    fill."""
    personal, own = [], {}
    known = set(table.columns.values())
    for column, value in table.grid.row(table.head):
        head = text(value) or (said(value) if not is_blank(value) else "")
        if column in known or not head:
            continue
        above = [table.grid.at(row, column) for row in range(1, table.head)]
        if PERSONAL_HELP in above:
            personal.append(head)
        else:
            rows = range(table.head + 1, len(table.grid.rows) + 1)
            own[head] = sum(not is_blank(table.grid.at(row, column)) for row in rows)
    return personal, own
