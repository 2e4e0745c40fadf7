"""The one loan that Compare and Flows show: how to refer to its cells, and what they hold at the build."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import live
from lossmit_workbook.book import Book
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.sheets import loans

PICKED_LOAN = "picked_loan"
"""Named cell on Compare where a loan's number is typed; the macro CompareSelected types there, too."""
CHOSEN_LOAN, CHOSEN_ROW = "chosen_loan", "chosen_row"
"""Named cells on Compare: the loan shown, and its place among the loans (0: there is none of that number)."""
CHOSEN_FIGURES = "chosen_figures"
"""Named cell on Compare, where some loans are stamped: is the loan shown live, stamped or stale (see `live`)."""
COMPARE = "Compare"
THIS_LOAN = "This loan is "
JUMP = "To Compare; it shows the first loan with a mark under Show on Bids, else the loan picked there"


@dataclass(frozen=True)
class Chosen:
    """The loan that Compare and Flows show when the workbook is built: the first one that is valued."""

    book: Book

    @cached_property
    def place(self) -> int:
        """Its place among the loans, from 0."""
        return int(np.argmax(self.book.column("valued")))

    def value(self, name: str) -> Any:
        """What the cell that `formula` refers to holds: a model column, an assumption, or the loan's own cell."""
        layout = self.book.layout
        if name in self.book.scalars:
            return self.book.scalars[name]
        if name in layout.model_letter or name in layout.yield_letter or name not in layout.loan_letter:
            return plain(self.book.column(name)[self.place])
        return plain(loans.cells(self.book.loans, name)[self.place])

    def formula(self, name: str) -> str:
        """How any sheet refers to that value, `chosen_row` being a loan's place; an assumption by its name."""
        layout = self.book.layout
        if name in layout.model_letter:
            return f"INDEX({layout.model_range(name)},{CHOSEN_ROW})"
        if name in layout.yield_letter:
            return f"INDEX({layout.yields_range(name)},{CHOSEN_ROW})"
        if name in layout.loan_letter and name not in layout.scalars:
            return f"INDEX({layout.loans_range(name)},{CHOSEN_ROW})"
        return name

    def remark(self, no_loan: str) -> tuple[str, str]:
        """(formula, value now) of what must be known of the loan before its figures are believed: that there is no such
        loan, why it is not valued, that its figures are of the build."""
        reason, why = self.formula("not_valued"), self.value("not_valued")
        text, value = f'IF({reason}="","","{THIS_LOAN}"&{reason})', f"{THIS_LOAN}{why}" if why else ""
        stamped, now = self.stamped()
        if stamped:
            text += f'&IF(OR({reason}="",{CHOSEN_FIGURES}="{live.LIVE}"),"",". ")&{stamped}'
            value += ". " * bool(value and now) + now
        return f'IF({CHOSEN_ROW}=0,"{no_loan}",{text})', value

    def stamped(self) -> tuple[str, str]:
        """(formula, value now) of the sentence that its figures are of the build; two empty texts where all loans are
        live."""
        if self.book.live is None:
            return "", ""
        text = f'IF({CHOSEN_FIGURES}="{live.STALE}","{live.IS_STALE}",IF({CHOSEN_FIGURES}="{live.STAMPED}",'
        return f'{text}"{live.IS_STAMPED}",""))', "" if self.book.live[self.place] else live.IS_STAMPED

    def is_looked_up(self, name: str) -> bool:
        """Whether the value is the loan's, not the same for all."""
        return self.formula(name) != name


def jumps_to_compare(ws: Worksheet, last_row: int) -> None:
    """Make every loan number in column A a way to Compare. One link for all rows: a sort leaves it in place."""
    ref = f"A{FIRST_ROW}:A{last_row}"
    ws._hyperlinks.append(Hyperlink(ref=ref, location=f"{COMPARE}!A1", tooltip=JUMP))


def plain(value: Any) -> Any:
    """A value as a cell holds it: Python's own types, "" for blank."""
    value = value.item() if isinstance(value, np.generic) else value
    return "" if value is None or value != value else value
