"""Loans: the clean tape as a table, a row a loan; overrides are welcome in its last columns. Tab 7."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableStyleInfo

from lossmit_workbook import styles
from lossmit_workbook.book import Book, SheetColumn, print_wide
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.sheets import assumptions
from lossmit_xl.assumption_cells import INPUT_BY_NAME, STATE_CELLS
from lossmit_xl.columns import BY_NAME, LoanColumn
from lossmit_xl.model import STATE_OVERRIDES
from lossmit_xl.ops import EXCEL_EPOCH

TITLE = "Loans"
TABLE = "LoanTape"
PERSONAL_COLUMNS = "personal_columns"
"""Name of the columns with personal data, where the build kept them."""
MOST_MONEY = 1e9
LATEST = 73050  # 2099-12-31
OVERRIDE = "Your override for this loan; empty: the assumption holds"
STATE_HELP = {
    "fc_months": ("months", "This loan's months from referral to sale; empty: its state's"),
    "legal_fee": ("USD", "This loan's attorney fee; empty: its state's"),
    "redemption_months": ("months", "This loan's redemption months; empty: its state's"),
}


def write(book: Book) -> None:
    """Write the table, with what each cell may hold."""
    ws = book.sheet(TITLE, "Loans", "The tape as it was understood. Change a blue cell and everything recalculates; "
                    "the columns at the right override an assumption for one loan.", styles.TEAL)  # fmt: skip
    names = book.layout.loan_columns
    columns = [_column(book, name) for name in names]
    if book.keep_personal:
        columns += _personal(book)
    book.grid(ws, columns)
    ref = ws.auto_filter.ref
    ws.auto_filter.ref = None
    looks = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    table = Table(displayName=TABLE, ref=ref, tableStyleInfo=looks)
    table._initialise_columns()
    for column, made in zip(table.tableColumns, columns, strict=True):
        column.name = made.header
    ws.add_table(table)
    for name in names:
        rule = _validation(name)
        if rule is not None:
            ws.add_data_validation(rule)
            letter = book.layout.loan_letter[name]
            rule.add(f"{letter}{FIRST_ROW}:{letter}{book.layout.last_row}")
    ids = book.layout.loan_letter["loan_id"]
    book.name("loan_numbers", ws, f"${ids}${FIRST_ROW}:${ids}${book.layout.last_row}")
    if len(columns) > len(names):
        first, last = get_column_letter(len(names) + 1), get_column_letter(len(columns))
        book.name(PERSONAL_COLUMNS, ws, f"${first}:${last}")
    ws.freeze_panes = f"B{FIRST_ROW}"
    print_wide(ws, 60)


def _personal(book: Book) -> list[SheetColumn]:
    personal, help_ = book.tape.personal, "Personal data from the tape"
    return [
        SheetColumn(head, "text", help_, list(personal[name].astype(str)), width=18, band="Personal")
        for name, head in personal_headings(personal, book.layout.loan_columns)
    ]


def personal_headings(personal: pd.DataFrame, taken: tuple[str, ...]) -> list[tuple[str, str]]:
    """(seller's heading, table heading): one line, not empty, and unique in the table whatever the seller wrote."""
    used = {name.lower() for name in taken}
    made = []
    for name in personal.columns:
        base = " ".join(str(name).split())[:200] or "column"
        head, number = base, 2
        while head.lower() in used:
            head, number = f"{base} ({number})", number + 1
        used.add(head.lower())
        made.append((name, head))
    return made


def _column(book: Book, name: str) -> SheetColumn:
    known = BY_NAME.get(name)
    values = cells(book.loans, name)
    if known is not None:
        width = 15 if name in ("loan_id", "next_due_date", "maturity_date", "value_date") else 13
        return SheetColumn(name, known.unit, f"{known.help}. Blank: {known.absent}", values, style="lm_input",
                           width=width, format=_format(known), band="From the tape")  # fmt: skip
    if name in STATE_OVERRIDES:
        unit, help_ = STATE_HELP[name]
        return SheetColumn(name, unit, help_, values, style="lm_input", band="Overrides")
    field = INPUT_BY_NAME[name]
    shown = styles.RATE if field.kind in ("rate", "share") else None
    return SheetColumn(name, field.unit, f"{OVERRIDE}. {field.help}", values, style="lm_input", format=shown,
                       band="Overrides")  # fmt: skip


def _format(column: LoanColumn) -> str:
    if column.kind == "rate":
        return "0.000%"
    if column.kind in ("text", "choice"):
        return "@"  # a loan number keeps its zeros when it is typed again, and a chapter 7 is a word
    return {"money": styles.MONEY, "date": styles.DATE, "count": "0"}.get(column.kind, styles.GENERAL)


def cells(loans: pd.DataFrame, name: str) -> Any:
    """A loan column as the sheet holds it: numbers, date serials, words; blank where absent."""
    if name not in loans:
        return [""] * len(loans)
    series = loans[name]
    if pd.api.types.is_datetime64_any_dtype(series):
        days = series.to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(float) + EXCEL_EPOCH)
    if pd.api.types.is_numeric_dtype(series):
        return series.to_numpy(dtype=float, na_value=np.nan)
    return ["" if value is None or value != value else value for value in series.tolist()]


def _validation(name: str) -> DataValidation | None:
    column = BY_NAME.get(name)
    if column is None:
        rule = assumptions.validation(STATE_CELLS[name] if name in STATE_OVERRIDES else INPUT_BY_NAME[name])
        if rule is not None:
            rule.allow_blank = True
        return rule
    if column.kind in ("choice", "yesno"):
        words = column.choices or ("yes", "no")
        return _rule(name, "list", f'"{",".join(words)}"', None, " or ".join(words))
    if column.kind == "date":
        return _rule(name, "date", "1", str(LATEST), "a date")
    if column.is_number:
        high = column.high if column.high is not None else MOST_MONEY
        allowed = f"from {column.low:g} to {high:,g} ({column.unit})"
        kind = "whole" if column.kind == "count" else "decimal"  # the engine rounds, a formula would not
        return _rule(name, kind, f"{column.low:g}", f"{high:g}", allowed)
    return None


def _rule(name: str, kind: str, first: str, second: str | None, allowed: str) -> DataValidation:
    operator = "between" if second is not None else None
    rule = DataValidation(kind, operator=operator, formula1=first, formula2=second, allow_blank=True)
    rule.showErrorMessage, rule.errorTitle, rule.error = True, "Not allowed", f"{name} must be {allowed}"[:255]
    return rule
