"""Start as a passport: rows add up, what is not the default and what was changed is listed live, the light leads on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lossmit_workbook.book import Book
from lossmit_workbook.build import build
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import start_lists
from lossmit_xl import Assumptions, read_tape
from tests.tools import calc, engines
from tests.workbook.books import AS_OF, CLEAN, MESSY, disagreements, written

OWN = Assumptions(as_of=AS_OF, target_yield=0.2).replace(states={"FL": {"fc_months": 44}})


@pytest.fixture(scope="module")
def book() -> Book:
    return written(read_tape(CLEAN), OWN)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("start") / "clean.xlsx"
    build(read_tape(CLEAN), OWN, path)
    return path


@pytest.fixture(scope="module")
def opened(path: Path) -> Iterator[calc.Book]:
    with calc.Book(path) as opened:
        yield opened


def _row(cells: calc.Cells, text: str) -> int:
    return next(row for (row, column), value in sorted(cells.items()) if column == 1 and value == text)


def _line(cells: calc.Cells, row: int) -> list[calc.Value]:
    return [cells.get((row, column), "") for column in range(1, 6)]


def _input(name: str) -> str:
    return f"B{next(row for row, text, field in assumptions_sheet.rows() if field is not None and text == name)}"


def test_two_engines_agree_with_what_is_stored(path: Path, book: Book) -> None:
    assert disagreements(book, calc.recalculate(calc.strip_cached_values(path)), ["Start"]) == []
    assert disagreements(book, engines.ironcalc_values(path), ["Start"]) == []


def test_what_is_not_the_default_is_listed_and_follows_edits(opened: calc.Book) -> None:
    cells = opened.values(["Start"])["Start"]
    first = _row(cells, "Not the default") + 2
    assert _line(cells, first) == ["target_yield", 0.2, 0.15, "per year", "Assumptions"]
    assert _line(cells, first + 1)[:2] == ["FL: Months to sale", 44.0] and _line(cells, first + 2) == [""] * 5
    assert cells.get((first - 2, 2), "") == ""
    opened.edit([("Assumptions", _input("target_yield"), 0.15), ("Assumptions", _input("mod_rate"), 0.04)])
    cells = opened.values(["Start"])["Start"]
    assert _line(cells, first)[:3] == ["mod_rate", 0.04, 0.05] and _line(cells, first + 1)[0] == "FL: Months to sale"
    opened.edit([("Assumptions", _input("target_yield"), 0.2), ("Assumptions", _input("mod_rate"), 0.05)])


def test_what_was_changed_is_counted_by_kind_and_listed(opened: calc.Book, book: Book) -> None:
    letter = book.layout.loan_letter["property_value"]
    rows = range(FIRST_ROW, FIRST_ROW + start_lists.CHANGE_LINES + 1)
    before = {row: float(book.loans["property_value"][row - FIRST_ROW]) for row in rows}
    cells = opened.values(["Start"])["Start"]
    title = _row(cells, "Changed since the build")
    assert cells[title, 2] == start_lists.UNCHANGED
    opened.edit([("Loans", f"{letter}{row}", 123_000.0 + row) for row in rows])
    cells = opened.values(["Start"])["Start"]
    assert cells[_row(cells, "Inputs of loans"), 2] == cells[_row(cells, "All cells changed"), 2] == len(rows)
    first = _row(cells, "What") + 1
    for place, row in enumerate(list(rows)[: start_lists.CHANGE_LINES]):
        name, was, now, unit, sheet = _line(cells, first + place)
        assert str(name).endswith(": property_value") and [was, now] == [before[row], 123_000.0 + row]
        assert [unit, sheet] == ["USD", "Loans"]
    assert cells[title, 2] == f"the first {start_lists.CHANGE_LINES} of {len(rows)} are listed"
    opened.edit([("Loans", f"{letter}{row}", value) for row, value in before.items()])


def test_rows_of_the_file_are_accounted_for() -> None:
    """The messy sample: 257 rows are 242 valued, 8 not valued, 7 set aside; two numbers stood there before."""
    cells = written(read_tape(MESSY), OWN).cached["Start"]
    assert _accounted(cells) == [257, 242, 8, 7, 257, start_lists.ADDS_UP, 2]


def _accounted(cells: Mapping[str, object]) -> list[object]:
    row = next(int(a[1:]) for a, value in cells.items() if a.startswith("B") and value == 257)
    return [*(cells[f"B{row + line}"] for line in range(5)), cells[f"C{row + 4}"], cells[f"B{row + 5}"]]
