"""What Explain shows when the workbook is built: the engine's values, written out as the sheet's formulas do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lossmit_workbook import lineage
from lossmit_workbook.book import Book
from lossmit_workbook.chosen import Chosen, plain
from lossmit_workbook.layout import FIRST_ROW, ON_BIDS
from lossmit_workbook.lineage import DATE, LIST, YES_NO, Lineage, LineageTable
from lossmit_workbook.sheets import loans as loans_sheet
from lossmit_xl.assumptions import CONSTANTS
from lossmit_xl.ops import EXCEL_EPOCH

SHOWN_DIGITS = 4
"""Decimals of a plain number (months, counts, multiples) where it is shown."""
BLANK = "(blank)"
BLANK_TEXT, EMPTY_NUMBER = '""', "0"
"""A blank where a formula tests it, and an empty cell of Loans where it counts."""


@dataclass(frozen=True)
class ExplainedLoan:
    """The chosen loan's values by the names of the lineage table, and how each reads."""

    book: Book
    table: LineageTable
    place: int

    @classmethod
    def chosen(cls, book: Book, table: LineageTable) -> ExplainedLoan:
        return cls(book, table, Chosen(book).place)

    def value(self, name: str) -> Any:
        """The value behind a name; "" where blank, and for a whole table."""
        line = self.table[name]
        bare = name.rpartition("!")[2]
        if line.unit == LIST:
            return ""
        if line.sheet == lineage.BIDS:
            bare = next(name for name, typed in ON_BIDS.items() if typed == bare)
        if line.sheet in (lineage.LOANS, lineage.BIDS):
            return plain(loans_sheet.cells(self.book.loans, bare)[self.place])
        if name in self.table.columns:
            return plain(self.book.scalars[name] if line.row else self.book.column(name)[self.place])
        return CONSTANTS[bare] if bare in CONSTANTS else plain(self.book.assumptions.inputs()[bare])

    def in_rule(self, name: str) -> str:
        """The value as it stands in the rule, for reading."""
        line = self.table[name]
        return name if line.unit == LIST else _written(line, self.value(name), _shown(line))

    def exact(self, name: str) -> str:
        """The value as it stands in the rule, for computing."""
        line = self.table[name]
        if line.unit == LIST:
            return line.ref
        return _written(line, self.value(name), lambda value: plain_number(value, line.digits))

    def shown(self, name: str) -> str:
        """The value by itself."""
        line, value = self.table[name], self.value(name)
        if line.unit == LIST:
            return LIST
        if value == "" or isinstance(value, str):
            return value or BLANK
        return str(date_of(value)) if line.unit == DATE else self.in_rule(name)

    def rule(self, name: str, exact: bool = False) -> str:
        """The formula with the values in the place of the inputs; with `exact` one that can be entered in a cell."""
        line = self.table[name]
        text = line.template
        for place, need in enumerate(line.inputs, start=1):
            text = self.put_in(text, place, need, exact)
        if not exact or not text:
            return text
        return f"=IF({self.exact(line.guard)}, {text}, {line.otherwise})" if line.guard else f"={text}"

    def put_in(self, text: str, place: int, need: str, exact: bool) -> str:
        """A rule with the value of one more input in its place."""
        written = self.exact(need) if exact else self.in_rule(need)
        empty = self.table[need].sheet == lineage.LOANS and self.value(need) == ""
        as_it_is, as_number = lineage.marks(place)
        return text.replace(as_it_is, written).replace(as_number, EMPTY_NUMBER if empty else written)

    def address(self, name: str) -> str:
        """The cell that holds the value; the range, for a table."""
        line = self.table[name]
        if not line.place or line.row:
            return line.ref
        place = int(self.value("bids_row")) if line.sheet == lineage.BIDS else self.place + 1
        return f"{line.ref}{place + FIRST_ROW - 1}"

    def origin(self, name: str) -> str:
        """Where the value comes from, in words."""
        line, value = self.table[name], self.value(name)
        if line.origin == lineage.OF_ASSUMPTION:
            return self._against_default(line, value)
        typed = line.sheet in (lineage.LOANS, lineage.BIDS)
        return f"{BLANK_ON}{line.sheet}" if typed and value == "" else line.origin

    def _against_default(self, line: Lineage, value: Any) -> str:
        from lossmit_xl.assumptions import INPUT_BY_NAME

        field = INPUT_BY_NAME[line.name.rpartition("!")[2]]
        if field.kind == "date":
            return NO_DEFAULT
        if value == field.default:
            return IS_DEFAULT
        default = field.default
        text = default if isinstance(default, str) else _shown(line)(default)
        return f"{CHANGED}{text}"

    def why_blank(self, name: str) -> str:
        """Why a guard leaves the value blank; "" where it does not."""
        guard = self.table[name].guard
        if not guard or self.value(guard):
            return ""
        not_valued = self.value("not_valued")
        if not_valued:
            return f"{WHY}{NOT_VALUED}{not_valued}"
        words, matures, otherwise = lineage.reason_of(guard)
        first = bool(matures) and self.value(matures)
        return f"{WHY}{words}: {MATURES if first else otherwise}"


BLANK_ON = "blank on "
NO_DEFAULT, IS_DEFAULT, CHANGED = "set for this workbook", "default", "changed; the default is "
WHY, NOT_VALUED, MATURES = "Blank: ", "this loan is ", "the loan matures first"


def _written(line: Lineage, value: Any, number: Any) -> str:
    """A value as a formula holds it; `number` writes a plain one."""
    if value == "" and not isinstance(value, bool):
        return BLANK_TEXT
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if line.unit == DATE:
        day = date_of(value)
        return f"DATE({day.year}, {day.month}, {day.day})"
    if line.unit == YES_NO:
        return "TRUE" if value else "FALSE"
    return str(number(value))


def _shown(line: Lineage) -> Any:
    """How a number of this unit is shown."""
    if line.shown == lineage.MONEY_SHOWN:
        return lambda value: f"{_rounded(value, 2):,.2f}"
    if line.shown == lineage.SHARE_SHOWN:
        return _per_cent
    return lambda value: plain_number(value, SHOWN_DIGITS)


def _per_cent(value: float) -> str:
    text = f"{_rounded(value * 100, 4):.4f}"
    return (text[:-2] + text[-2:].rstrip("0")) + "%"


def plain_number(value: float, digits: int) -> str:
    """As `ROUND(value, digits) & ""` writes it: at most fifteen digits, no idle zeros."""
    rounded = float(_rounded(value, digits))
    return f"{rounded + 0.0:.15g}".replace("e-0", "E-0").replace("e-", "E-").replace("e+", "E+")


def _rounded(value: float, digits: int) -> Decimal:
    """Half away from zero of the fifteen digits that a sheet sees."""
    made = Decimal(f"{float(value):.15g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return made + 0 if made else Decimal(0)


def date_of(serial: float) -> dt.date:
    """A worksheet's date."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(serial) - EXCEL_EPOCH)
