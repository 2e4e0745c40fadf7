"""Method says of every column what the sheets really hold: its place, its rule, what blanks it."""

from __future__ import annotations

import re

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook.book import Book
from lossmit_workbook.layout import HEAD_ROW as GRID_HEAD_ROW
from lossmit_workbook.sheets import method
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.model import SECTIONS, flow_model, model, yield_model
from tests.workbook.books import AS_OF, CLEAN, written

NAME = re.compile(r'("(?:[^"]|"")*")|(?:(Loans|Assumptions)!)?\b([A-Za-z_][A-Za-z0-9_]*)\b(?!\()')


@pytest.fixture(scope="module")
def book() -> Book:
    return written(read_tape(CLEAN), Assumptions(as_of=AS_OF))


@pytest.fixture(scope="module")
def sheet(book: Book) -> Worksheet:
    return book.workbook[method.TITLE]


@pytest.fixture(scope="module")
def entries(book: Book) -> list[method.Entry]:
    return [entry for entry in method.entries(book.layout) if entry.name]


def test_every_column_once_and_in_the_order_of_the_calculation(book: Book, entries: list[method.Entry]) -> None:
    of_yields = [column.name for column in yield_model().columns.values() if column.section == "yields"]
    wanted = [*book.layout.from_bids, *book.layout.effective, *model().columns, *of_yields, *flow_model().columns]
    assert sorted(entry.name for entry in entries) == sorted(wanted)
    on_model = [entry.name for entry in entries if entry.where.startswith("Model ")]
    assert on_model == list(book.layout.model_columns)


def test_a_column_stands_where_the_sheet_says(book: Book, entries: list[method.Entry]) -> None:
    for entry in entries:
        title, _, target = entry.where.partition(" ")
        ws = book.workbook[title]
        if title in ("Model", "Yields"):
            found = ws[f"{target}{GRID_HEAD_ROW}"].value
        elif title == "Assumptions":
            found = ws[f"A{target[1:]}"].value
        elif target[-1].isdigit():  # an input of the flows: its name stands at the left of its value
            found = ws.cell(ws[target].row, ws[target].column - 1).value
        else:
            found = ws[f"{target}5"].value
            found = found if "_" in str(found) else f"{str(found).lower().replace(' ', '_').replace('-', '_')}_flow"
        assert found == entry.name, entry.where


def _with_addresses(book: Book, rule: str) -> str:
    """The rule as the Model sheet writes it: addresses for names, without the spaces."""

    def address(found: re.Match[str]) -> str:
        text, sheet, name = found.groups()
        if text or name in ("TRUE", "FALSE"):
            return found[0]
        if sheet:
            return book.layout.on_loans(name) if sheet == "Loans" else name
        return book.layout.resolve(name)

    parts = re.split(r'("(?:[^"]|"")*")', rule)
    tight = "".join(part if part.startswith('"') else part.replace(" ", "") for part in parts)
    return NAME.sub(address, tight)


def test_a_rule_is_the_cells_own_formula(book: Book, entries: list[method.Entry]) -> None:
    layout = book.layout
    for entry in entries:
        if not entry.where.startswith("Model ") or entry.name in layout.from_bids:  # these are said in words
            continue
        text = _with_addresses(book, entry.rule)
        if entry.guard:
            flag = layout.resolve(entry.guard)
            wanted = (f'IF({flag},{text},"")', f"IF({flag},{text},FALSE)")
        else:
            wanted = (text,)
        assert layout.model_formula(entry.name) in wanted, entry.name


def test_inputs_and_meanings_are_the_graphs(entries: list[method.Entry]) -> None:
    for entry in entries:
        column = model().columns.get(entry.name, yield_model().columns.get(entry.name))
        if column is None:
            continue
        assert (entry.needs, entry.meaning, entry.unit) == (column.needs, column.help, column.unit)
        assert entry.guard == (column.guard or "")
        assert entry.meaning and entry.rule


def test_each_section_begins_with_what_it_is(book: Book) -> None:
    intros = [entry for entry in method.entries(book.layout) if not entry.name]
    assert len(intros) == len(SECTIONS) + 4  # Bids and the overrides before them, yields and flows behind
    for entry in intros:
        assert len(entry.meaning) > 20 and entry.meaning.endswith("."), entry.section
        assert "Method:" not in entry.meaning and "\n" not in entry.meaning


def test_text_only_wrapped_filtered_and_high_enough(book: Book, sheet: Worksheet) -> None:
    assert not book.cached.get(method.TITLE)
    rows = list(sheet.iter_rows(min_row=method.FIRST_ROW))
    assert sheet.auto_filter.ref == f"A{method.HEAD_ROW}:{rows[0][-1].column_letter}{rows[-1][0].row}"
    assert sheet.print_area == f"'{method.TITLE}'!$A$1:$H${rows[-1][0].row}"
    # What Explain looks up, at the right, is neither printed nor wrapped.
    assert all(cell.value is None or cell.data_type in ("s", "n") for row in rows for cell in row[8:])
    rows = [row[:8] for row in rows]
    assert sheet.print_title_rows == f"${method.HEAD_ROW}:${method.HEAD_ROW}"
    widths = [sheet.column_dimensions[cell.column_letter].width for cell in rows[0]]
    for row in rows:
        assert all(cell.value is None or cell.data_type == "s" for cell in row)
        if row[1].value is None:  # an introduction runs on over the empty cells at its right
            continue
        assert all(cell.alignment.wrap_text for cell in row[1:] if cell.value)
        lines = max(len(str(cell.value or "")) / width for cell, width in zip(row, widths, strict=True))
        height = sheet.row_dimensions[row[0].row].height
        assert int(lines) * 12 <= height <= 409, row[1].value


def test_spaces_stand_around_operators_not_in_words() -> None:
    from lossmit_xl.expr import name
    from lossmit_xl.ops import where

    rule = where(name("a") - -name("b") <= 0, "x,y=z", -name("c"))
    assert method.words(rule) == 'IF(a - -b <= 0, "x,y=z", -c)'
