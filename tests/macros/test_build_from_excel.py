"""The button Build from end to end: the macro in LibreOffice, a Python process of its own, a new workbook that opens.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from lossmit_workbook import mapping_sheet
from lossmit_workbook.build import build
from lossmit_workbook.readback import read_workbook
from lossmit_xl import Assumptions, read_tape
from tests.tools import calc, macros, run_command
from tests.tools.xlwings_book import Book
from tests.workbook.books import AS_OF, CLEAN

STATE = "-4105 -1 -1 -1 0 0"


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "Zoë's tape.csv"
    path.write_bytes(CLEAN.read_bytes())
    return path


@pytest.fixture
def pool(tape: Path, tmp_path: Path) -> Path:
    """A workbook with macros in which that tape was imported and a house is worth something else."""
    path = tmp_path / "built.xlsm"
    build(read_tape(tape), Assumptions(as_of=AS_OF), path)
    shown = Book({"Start": []})
    mapping_sheet.write(shown, read_tape(tape))
    book = openpyxl.load_workbook(path, keep_vba=True)
    sheet = book.create_sheet(mapping_sheet.TITLE)
    for row in shown.sheets[mapping_sheet.TITLE].cells:
        sheet.append(row)
    loans = book["Loans"]
    loans.cell(9, next(cell.column for cell in loans[6] if cell.value == "property_value")).value = 123_456
    book.save(path)
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def test_build_writes_opens_and_keeps(pool: Path, tmp_path: Path) -> None:
    out, before = tmp_path / "new pool.xlsm", names(tmp_path)
    with calc.Book(macros.for_libreoffice(pool, Path(run_command.__file__)), macros=True) as book:
        answer = str(book.run("LmPython.BuildTo", str(out)))
        assert book.run("LmState.StateText") == STATE
        again = str(book.run("LmPython.BuildTo", str(out)))
        web = str(book.run("LmPython.BuildTo", "https://x-my.sharepoint.com/new.xlsm"))
        (tmp_path / "other").mkdir()
        same_name = str(book.run("LmPython.BuildTo", str(tmp_path / "other" / "Built.xlsm")))
    assert web.startswith("LM1402: ") and same_name.startswith("LM1402: Built.xlsm: a workbook of this name"), same_name
    assert list((tmp_path / "other").iterdir()) == []
    assert answer.startswith("OK: 25 loans written to new pool.xlsm"), answer
    assert again.startswith("LM1402: "), again
    safe = Path(answer.rpartition("This workbook as it was: ")[2])
    opened = ".~lock.new pool.xlsm#"  # LibreOffice has it open
    assert names(tmp_path) == before | {"new pool.xlsm", "new pool mapping.toml", safe.name, opened}
    assert safe.name.startswith("built before 20")
    assert list(read_workbook(out).overrides["new"]) == [123_456]
    assert list(read_workbook(safe).overrides["new"]) == [123_456]


def test_a_build_that_python_refuses_leaves_nothing(pool: Path, tape: Path, tmp_path: Path) -> None:
    tape.unlink()
    before = names(tmp_path)
    with calc.Book(macros.for_libreoffice(pool, Path(run_command.__file__)), macros=True) as book:
        answer = str(book.run("LmPython.BuildTo", str(tmp_path / "new.xlsm")))
        assert book.run("LmState.StateText") == STATE
    assert answer.startswith("LM1501: ") and "no such file" in answer, answer
    assert names(tmp_path) == before


def test_python_that_gives_no_answer_leaves_nothing(pool: Path, tmp_path: Path) -> None:
    """Its window was closed, or an antivirus would not let it start."""
    before = names(tmp_path)
    with calc.Book(macros.for_libreoffice(pool), macros=True) as book:
        answer = str(book.run("LmPython.BuildTo", str(tmp_path / "new.xlsm")))
        assert book.run("LmState.StateText") == STATE
    assert answer.startswith("LM1403: Python gave no answer"), answer
    assert names(tmp_path) == before
