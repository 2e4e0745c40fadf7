"""A workbook in the making: the openpyxl frame, where everything stands, and the value behind every formula."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment
from openpyxl.utils import quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.grid import GridColumn, listed, printable
from lossmit_workbook.layout import (
    BAND_ROW,
    FIRST_ROW,
    HEAD_ROW,
    MEANING_ROW,
    NOTE_ROW,
    TITLE_ROW,
    UNIT_ROW,
    Layout,
)
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.carry import Carried
from lossmit_xl.evaluate import Evaluation
from lossmit_xl.tape import Tape
from lossmit_xl.text import Text

Value = float | int | str | bool | None


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet with a row a loan: header, unit, meaning, and either a formula or typed values."""

    header: str
    unit: str
    meaning: str
    values: Any
    formula: str | None = None
    style: str = "lm_cell"
    width: float = 13
    format: str | None = None
    outline: int = 0
    band: str = ""


class Canvas:
    """A workbook in the making, whatever it is about: what is written on it, and the value behind every formula.

    `cached[sheet][address]` is the value behind a formula outside the grids, `grids[sheet]` the columns of a sheet with
    a row a loan, `rows` how many those are, `as_of` the day that the file bears.
    """

    workbook: Workbook
    cached: dict[str, dict[str, Value]]
    grids: dict[str, list[GridColumn]]

    @property
    def rows(self) -> int:
        """Loans, a row each on the sheets in `grids`."""
        raise NotImplementedError

    @property
    def as_of(self) -> dt.date:
        """The day in the file's properties: the same input gives the same bytes."""
        raise NotImplementedError

    def begin(self) -> None:
        """Register the looks; no sheet yet."""
        styles.register(self.workbook)
        self.workbook.remove(self.workbook.worksheets[0])

    def sheet(self, title: str, heading: str, note: str, tab: str = styles.NAVY) -> Worksheet:
        """A new sheet with its heading and a line that says what it is for."""
        ws = self.workbook.create_sheet(title)
        ws.sheet_view.showGridLines = False
        ws.sheet_properties.tabColor = tab
        self.put(ws, f"A{TITLE_ROW}", heading, "lm_title")
        self.put(ws, f"A{NOTE_ROW}", note, "lm_note")
        ws.row_dimensions[TITLE_ROW].height = 26
        print_setup(ws)
        return ws

    def put(self, ws: Worksheet, address: str, value: Value, style: str = "lm_cell", format: str | None = None) -> Cell:
        """Type a value; a text is never taken for a formula."""
        cell: Cell = ws[address]
        cell.value = printable(value) if isinstance(value, str) else value
        if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")):
            cell.data_type = "s"
        cell.style = style
        if format:
            cell.number_format = format
        return cell

    def formula(self, ws: Worksheet, address: str, formula: str, value: Any, style: str = "lm_cell",
                format: str | None = None) -> Cell:  # fmt: skip
        """Write a formula (without `=`) and the value it has now; NaN and None are an empty text."""
        cell: Cell = ws[address]
        cell.value = f"={formula}"
        cell.style = style
        if format:
            cell.number_format = format
        if isinstance(value, np.generic):
            value = value.item()
        self.cached.setdefault(ws.title, {})[address] = "" if value is None or value != value else value
        return cell

    def name(self, name: str, ws: Worksheet, area: str) -> None:
        """Define a name for cells: `$A$1` or `$A$7:$A$31` of a sheet."""
        self.workbook.defined_names[name] = DefinedName(name, attr_text=f"{quote_sheetname(ws.title)}!{area}")

    def note(self, cell: Cell, text: str) -> None:
        """A comment shown when the pointer rests on a cell."""
        cell.comment = Comment(text, "lossmit_xl", width=320, height=120)

    def grid(self, ws: Worksheet, columns: Sequence[SheetColumn], first_letter: int = 1,
             live: npt.NDArray[np.bool_] | None = None) -> None:  # fmt: skip
        """A row a loan: band, meaning, unit and header rows, then the loans; widths, panes, filter, print titles.
        `live`: which rows have formulas, the others have their values; None: all."""
        from openpyxl.utils import get_column_letter

        made, band, head_lines = [], "", 2
        for place, column in enumerate(columns, start=first_letter):
            letter = get_column_letter(place)
            if column.band:
                shown = column.band if column.band != band else None
                self.put(ws, f"{letter}{BAND_ROW}", shown, "lm_band")
                band = column.band
            self.put(ws, f"{letter}{MEANING_ROW}", column.meaning, "lm_meaning")
            self.put(ws, f"{letter}{UNIT_ROW}", column.unit, "lm_unit")
            self.put(ws, f"{letter}{HEAD_ROW}", column.header, "lm_head")
            pattern = ws[f"{letter}{FIRST_ROW}"]
            pattern.value = 0
            pattern.style = column.style
            pattern.number_format = column.format or styles.number_format(column.unit)
            if column.unit in styles.WORDS:
                pattern.alignment = Alignment(horizontal="left", vertical="center", indent=1)
            dimension = ws.column_dimensions[letter]
            dimension.width = self._width(column, place == first_letter, self.rows)
            head_lines = max(head_lines, styles.lines(column.header, dimension.width))
            if column.outline:
                dimension.outlineLevel = column.outline
            made.append((letter, pattern.style_id, column))
        last_letter = made[-1][0]
        ws.row_dimensions[MEANING_ROW].height = 58
        ws.row_dimensions[HEAD_ROW].height = styles.height(head_lines)
        ws.auto_filter.ref = f"{made[0][0]}{HEAD_ROW}:{last_letter}{FIRST_ROW + self.rows - 1}"
        ws.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
        self.grids[ws.title] = [
            GridColumn(letter, str(style), column.formula, column.values, live) for letter, style, column in made
        ]


    @staticmethod
    def _width(column: SheetColumn, first: bool, rows: int) -> float:
        """A column's width: as asked, but wide enough for every word of its heading, and the first for its texts."""
        width = max(column.width, styles.width_of_word(column.header))
        if first and column.unit == "text":
            longest = max((len(str(value)) for value in listed(column.values, rows)), default=0)
            width = max(width, min(longest + 3.0, styles.WIDEST_NUMBER))
        return width


@dataclass
class Book(Canvas):
    """What the sheets are written from and into.

    `values` are all columns of the model by name (arrays of one value a loan, blank is NaN or ""), also
    `{strategy}_irr`; `scalars` the figures that no loan changes. `cached[sheet][address]` is the value behind a
    formula outside the grids, `grids[sheet]` the columns of a sheet with a row a loan. `carried`: what came over from
    an older workbook; its overrides are already in the tape's loans. `macros`: an .xlsm with buttons; `sample`: the
    loans are invented, which Start says and a build from it forgets. `live`: which loans have formulas (see `live`),
    None: all.
    """

    tape: Tape
    assumptions: Assumptions
    evaluation: Evaluation
    values: dict[str, Any]
    scalars: dict[str, Value]
    layout: Layout
    keep_personal: bool = False
    carried: Carried | None = None
    macros: bool = False
    sample: bool = False
    live: npt.NDArray[np.bool_] | None = None
    workbook: Workbook = field(default_factory=Workbook)
    cached: dict[str, dict[str, Value]] = field(default_factory=dict)
    grids: dict[str, list[GridColumn]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.begin()

    @property
    def rows(self) -> int:
        """The tape's loans."""
        return self.layout.loans

    @property
    def as_of(self) -> dt.date:
        """The valuation's day."""
        return self.assumptions.as_of

    @property
    def loans(self) -> pd.DataFrame:
        """The clean tape."""
        return self.tape.loans

    def decided(self, name: str) -> list[str]:
        """The `decision` or `note` of every loan, as carried over from an older workbook; else empty."""
        if self.carried is None:
            return [""] * self.layout.loans
        known = self.carried.decisions.set_index("loan_id")[name].to_dict()
        return [str(known.get(number, "")) for number in self.loans["loan_id"]]

    def column(self, name: str) -> Any:
        """A model column's values, one a loan, as a numpy array (words as objects)."""
        value = self.values[name]
        array = value.objects() if isinstance(value, Text) else np.asarray(value)
        return np.broadcast_to(array, self.layout.loans)


def print_setup(ws: Worksheet, landscape: bool = True) -> None:
    """One page wide, with the sheet's name and page numbers below."""
    ws.page_setup.orientation = "landscape" if landscape else "portrait"
    ws.page_setup.paperSize = ws.PAPERSIZE_LETTER
    ws.page_setup.fitToWidth = 1
    ws.page_setup.fitToHeight = 0
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.page_margins.left = ws.page_margins.right = 0.4
    ws.oddFooter.left.text = "&A"
    ws.oddFooter.right.text = "Page &P of &N"


def print_wide(ws: Worksheet, scale: int) -> None:
    """Many columns: at a readable scale over several pages, the loan's number repeated at the left."""
    ws.sheet_properties.pageSetUpPr.fitToPage = False
    ws.page_setup.fitToWidth = ws.page_setup.fitToHeight = None
    ws.page_setup.scale = scale
    ws.page_setup.pageOrder = "overThenDown"
    ws.print_title_cols = "A:A"
