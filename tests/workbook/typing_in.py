"""A finished workbook opened in openpyxl and typed into, as its users do: cells found by heading and loan number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook.layout import BIDS_COLUMNS, FIRST_ROW, HEAD_ROW, ON_BIDS
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import bids
from lossmit_workbook.sheets import states as states_sheet
from lossmit_xl.names import SITUATIONS, STRATEGIES


class Typist:
    """Types into a copy of a workbook; `save` writes it."""

    def __init__(self, path: Path) -> None:
        self.book: Workbook = load_workbook(path)

    def heads(self, sheet: str) -> dict[str, int]:
        """Column of each heading."""
        return {cell.value: cell.column for cell in self.book[sheet][HEAD_ROW] if cell.value}

    def row(self, sheet: str, loan: str) -> int:
        """Row of a loan."""
        ws = self.book[sheet]
        return next(row for row in range(FIRST_ROW, ws.max_row + 1) if ws.cell(row, 1).value == loan)

    def cell(self, loan: str, name: str) -> Any:
        """The cell of a loan's input, wherever it is typed."""
        if name in ON_BIDS or name in ("decision", "note"):
            head = bids.HEADS[ON_BIDS.get(name, name)][0]
            return self.book["Bids"].cell(self.row("Bids", loan), self.heads("Bids")[head])
        return self.book["Loans"].cell(self.row("Loans", loan), self.heads("Loans")[name])

    def loan(self, loan: str, name: str, value: object) -> None:
        """Type a loan's input."""
        self.cell(loan, name).value = value

    def assumption(self, name: str, value: object) -> None:
        """Type an assumption."""
        row = next(row for row, text, field in assumptions_sheet.rows() if field is not None and text == name)
        self.book["Assumptions"][f"B{row}"].value = value

    def weights(self, situation: str, shares: dict[str, float]) -> None:
        """Type a row of outcome weights."""
        ws = self.book["Assumptions"]
        head = next(row for row in range(FIRST_ROW, ws.max_row) if ws.cell(row, 1).value == "Situation")
        for place, strategy in enumerate(STRATEGIES, start=2):
            ws.cell(head + 1 + SITUATIONS.index(situation), place).value = shares.get(strategy, 0.0)

    def state(self, code: str, name: str, value: object) -> None:
        """Type a figure of a state."""
        ws: Worksheet = self.book["States"]
        row = next(row for row in range(FIRST_ROW, ws.max_row + 1) if ws.cell(row, 1).value == code)
        ws.cell(row, "ABC".index("C") + 2 + states_sheet.NUMBERS.index(name)).value = value

    def save(self, path: Path) -> Path:
        """Write the copy."""
        self.book.save(path)
        return path


assert BIDS_COLUMNS[0] == "loan_id"
