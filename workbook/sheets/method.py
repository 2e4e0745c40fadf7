"""Method: every column of the calculation in words, read off the functions that compute it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from types import ModuleType

from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import flow_cells, lineage, styles
from lossmit_workbook.book import Book
from lossmit_workbook.layout import FIRST_ROW as LOANS_FIRST_ROW
from lossmit_workbook.layout import ON_BIDS, Layout
from lossmit_workbook.lineage import Lineage, LineageTable
from lossmit_workbook.render import Renderer
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import bids
from lossmit_workbook.sheets.model import FROM_BIDS, SECTION_TITLES
from lossmit_xl.assumptions import INPUT_BY_NAME
from lossmit_xl.expr import name as cell
from lossmit_xl.graph import Column
from lossmit_xl.model import SECTIONS, flow_model, flows, model, yield_model, yields
from lossmit_xl.model.outputs import flag_of
from lossmit_xl.ops import known, where

TITLE = "Method"
NOTE_ROW, HEAD_ROW = 3, 5
FIRST_ROW = HEAD_ROW + 1
HEADS = {
    "Where": 16, "Name": 40, "Section": 36, "Meaning": 46, "Unit": 11, "Rule, by name": 78, "Blank unless": 26,
    "Computed from": 46,
}  # fmt: skip
PURPOSE = (
    "Every column of the calculation, and everything it starts from: what it means, where it stands, and its rule, "
    "read off the functions that the engine computes with."
)
NOTE = (
    "A rule is the cell's own formula with names in the place of addresses; a:b are all columns from a to b. Names are "
    "columns here, columns of the tape on Loans, or inputs on Assumptions, which also gives each input's source."
)
LINE_HEIGHT, MOST_HEIGHT, WRAP_SHARE = 12.75, 409.0, 1.05
"""Points a line, the most Excel allows a row, and the share of a column's width that is safely filled."""
OVERRIDES = "Assumptions that a loan may override"
OVERRIDES_INTRO = "A loan's own value on Loans, where there is one, beats the workbook's assumption."
FROM_BIDS_TITLE = "What is typed on Bids"
FROM_BIDS_INTRO = "Bids may be sorted: Model finds a loan there by its number and takes over what was typed beside it."
YIELDS_TITLE = "Implied yield"
FLOWS_TITLE = "Flows month by month"
LINEAGE_NOTE = "Looked up by Explain: where each name's value stands, how it is shown, and what it is computed from"
LINEAGE_WIDTH = 14
LEAF_TITLES = {
    lineage.LOANS: ("Columns of Loans", "What the model reads of a loan: the tape, and what was typed over it."),
    lineage.BIDS: ("Columns of Bids", "What the model reads of what was typed on Bids."),
    lineage.ASSUMPTIONS: ("Assumptions", "Inputs that hold for every loan; each has its source on Assumptions."),
    "Constants": ("Constants of the method", "Numbers of the method itself, named so that no formula hides one."),
    "Tables": ("Tables", "Columns that a rule looks something up in: the states, the weights, the strategies."),
}  # fmt: skip
REFERENCE = re.compile(r"\s*Method: [^.]*\.$")  # a docstring's pointer to the written method


@dataclass(frozen=True)
class Entry:
    """A line of the sheet: one column of the calculation, or the introduction of a section (no `name`)."""

    section: str
    where: str
    name: str
    meaning: str
    unit: str = ""
    rule: str = ""
    guard: str = ""
    needs: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's texts, in the order of `HEADS`."""
        return (
            self.where,
            self.name,
            self.section,
            self.meaning,
            self.unit,
            self.rule,
            self.guard,
            ", ".join(self.needs),
        )


def entries(layout: Layout) -> Iterator[Entry]:
    """Every column in the order of the calculation, each section behind its introduction."""
    yield Entry(FROM_BIDS_TITLE, "", "", FROM_BIDS_INTRO)
    for name, (unit, help_) in FROM_BIDS.items():
        yield Entry(FROM_BIDS_TITLE, f"Model {layout.model_letter[name]}", name, help_, unit, _from_bids(name))
    yield Entry(OVERRIDES, "", "", OVERRIDES_INTRO)
    for name in layout.effective:
        field = INPUT_BY_NAME[name]
        own, book = f"Loans!{name}", f"Assumptions!{name}"
        rule = words(where(known(cell(own)), cell(own), cell(book)))
        yield Entry(
            OVERRIDES, f"Model {layout.model_letter[name]}", name, field.help, field.unit, rule, "", (own, book)
        )
    for section in SECTIONS:
        key = section.__name__.rpartition(".")[2]
        yield Entry(SECTION_TITLES[key], "", "", introduction(section))
        for column in model().columns.values():
            if column.section == key:
                yield _entry(column, SECTION_TITLES[key], place(layout, column.name), column.guard)
    yield Entry(YIELDS_TITLE, "", "", introduction(yields))
    for column in yield_model().columns.values():
        if column.section == "yields":
            yield _entry(column, YIELDS_TITLE, place(layout, column.name), column.guard)
    yield Entry(FLOWS_TITLE, "", "", introduction(flows))
    cells = flow_cells.places()
    for column in flow_model().columns.values():
        guard = flag_of(flow_cells.strategy_of(column.name))
        yield _entry(column, FLOWS_TITLE, f"Flows {cells[column.name]}", guard)


def leaf_entries(table: LineageTable) -> Iterator[Entry]:
    """What the calculation starts from, each kind behind its introduction."""
    for group, (title, introduction_) in LEAF_TITLES.items():
        yield Entry(title, "", "", introduction_)
        for leaf in table.leaves[group]:
            place_ = leaf.ref.partition(":")[0].replace("!", " ")
            yield Entry(title, place_, leaf.name, leaf.meaning, leaf.unit)


def _from_bids(name: str) -> str:
    """The rule of a column that Bids is looked up for, in words of the sheet."""
    if name == "bids_row":
        return "the row of Bids whose loan number is this loan's"
    return f"what stands in that row of Bids under {bids.HEADS[ON_BIDS[name]][0]}; blank where that is empty"


def introduction(section: ModuleType) -> str:
    """The first paragraph of a module's docstring, as one line."""
    text = " ".join((section.__doc__ or "").split("\n\n")[0].split())
    return REFERENCE.sub("", text)


def place(layout: Layout, name: str) -> str:
    """The sheet and column (the cell, where it is one for all loans) that a model column stands in."""
    if name in layout.model_letter:
        return f"Model {layout.model_letter[name]}"
    if name in layout.yield_letter:
        return f"Yields {layout.yield_letter[name]}"
    _, first, *_ = assumptions_sheet.places(len(layout.scalars))
    return f"Assumptions B{first + list(layout.scalars).index(name)}"


def words(tree: object) -> str:
    """A rule's formula with names in the place of addresses, spaced so that it can be read and broken into lines."""
    return lineage.spaced(Renderer(lambda name: name, lambda names: f"{names[0]}:{names[-1]}").formula(tree))


def height(texts: tuple[str, ...]) -> float:
    """Row height in points that shows these texts wrapped in their columns."""
    lines = (len(wrap(text, int(width * WRAP_SHARE))) for text, width in zip(texts, HEADS.values(), strict=True))
    return min(MOST_HEIGHT, LINE_HEIGHT * max(1, *lines) + 3)


def _entry(column: Column, title: str, where_: str, guard: str | None) -> Entry:
    return Entry(
        title, where_, column.name, column.help, column.unit, _rule(column), guard or "", column.needs
    )


@cache
def _rule(column: Column) -> str:
    """A column's rule in words: the same in every workbook, so rendered once a process."""
    return words(column.expression())


def lines(layout: Layout, table: LineageTable) -> list[Entry]:
    """The lines of the sheet from `FIRST_ROW` down."""
    return [*entries(layout), *leaf_entries(table)]


def rows(layout: Layout, table: LineageTable) -> dict[str, int]:
    """The row of every name that has a lineage."""
    placed = enumerate(lines(layout, table), start=FIRST_ROW)
    return {entry.name: row for row, entry in placed if entry.name in table.all}


def lineage_letters(table: LineageTable) -> dict[str, str]:
    """Column letter of each field of a lineage, and of each input by its number."""
    return lineage.letters(len(HEADS) + 1, table.most_inputs)


def write(book: Book) -> None:
    """Write the table; each section's introduction stands above its columns and is filtered with them."""
    ws = book.sheet(TITLE, "Method", PURPOSE)
    table = LineageTable(book.layout)
    book.put(ws, f"A{NOTE_ROW}", NOTE, "lm_note")
    letters = lineage_letters(table)
    heads = [*HEADS.items(), *((head if len(head) > 2 else f"Input {head}", LINEAGE_WIDTH) for head in letters)]
    for position, (head, width) in enumerate(heads, start=1):
        letter = get_column_letter(position)
        book.put(ws, f"{letter}{HEAD_ROW}", head, "lm_head")
        ws.column_dimensions[letter].width = width
    book.put(ws, f"{next(iter(letters.values()))}{NOTE_ROW}", LINEAGE_NOTE, "lm_note")
    row = FIRST_ROW
    for row, entry in enumerate(lines(book.layout, table), start=FIRST_ROW):
        _line(book, ws, row, entry)
        if entry.name in table.all:
            _lineage(book, ws, row, table[entry.name], list(letters.values()))
    ws.row_dimensions[HEAD_ROW].height = styles.height(max(styles.lines(*head) for head in heads))
    ws.auto_filter.ref = f"A{HEAD_ROW}:{get_column_letter(len(heads))}{row}"
    ws.freeze_panes = f"C{FIRST_ROW}"
    ws.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    ws.print_area = f"A1:{get_column_letter(len(HEADS))}{row}"


def _lineage(book: Book, ws: Worksheet, row: int, line: Lineage, letters: Sequence[str]) -> None:
    """What Explain looks up of a name, at the right of its line."""
    most = len(letters) - len(lineage.FIELDS)
    for letter, value in zip(letters, lineage.cells_of(line, most), strict=True):
        if value is not None:
            book.put(ws, f"{letter}{row}", value, "lm_note")


def _line(book: Book, ws: Worksheet, row: int, entry: Entry) -> None:
    style = "lm_text" if entry.name else "lm_band"
    for position, text in enumerate(entry.cells, start=1):
        address = f"{get_column_letter(position)}{row}"
        book.put(ws, address, text or None, style)
    if not entry.name:
        book.put(ws, f"A{row}", entry.section, "lm_band")
        return
    ws.row_dimensions[row].height = height(entry.cells)
    sheet, _, target = entry.where.partition(" ")
    first = flow_cells.HEAD_ROW if sheet == flow_cells.TITLE else LOANS_FIRST_ROW
    address = target if target[-1].isdigit() else f"{target}{first}"
    jump = book.put(ws, f"A{row}", entry.where, "lm_jump")
    jump.hyperlink = Hyperlink(ref=jump.coordinate, location=f"'{sheet}'!{address}", display=entry.where)
    jump.style = "lm_jump"
    jump.alignment = Alignment(vertical="top")
