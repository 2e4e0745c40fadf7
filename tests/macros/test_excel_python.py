"""The Python behind Import tape and Build, on a stand-in of xlwings' API: what it writes, and that a failure changes
nothing.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from lossmit_workbook import excel, mapping_sheet, package
from lossmit_workbook.build import build as write_workbook
from lossmit_workbook.readback import read_workbook
from lossmit_workbook.sheets import settings
from lossmit_xl import Assumptions, read_tape
from tests.tools import xlwings_book
from tests.tools.xlwings_book import Book
from tests.workbook.books import AS_OF, CLEAN

CONF: list[list[object]] = [[key, value, meaning] for key, value, meaning, _ in settings.rows(sample=True)]
OWN: list[list[object]] = [[key, "False" if key == settings.SAMPLE else value] for key, value, *_ in CONF]


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "tape.csv"
    path.write_bytes(CLEAN.read_bytes())
    return path


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with macros in which somebody overrode a value, decided and noted."""
    folder = tmp_path_factory.mktemp("worked")
    built, path = folder / "built.xlsm", folder / "worked.xlsm"
    write_workbook(read_tape(CLEAN), Assumptions(as_of=AS_OF), built)
    book = openpyxl.load_workbook(built, keep_vba=True)
    loans, bids = book["Loans"], book["Bids"]
    column = next(cell.column for cell in loans[6] if cell.value == "property_value")
    loans.cell(9, column).value = 123_456
    heads = {str(cell.value): cell.column for cell in bids[6]}
    bids.cell(9, heads["Note"]).value = "asked the servicer"
    book.save(path)
    return path


def imported(tape: Path, conf: list[list[object]] = CONF, fail_at: int = 0) -> Book:
    book = Book({"Start": [["Loan bids"]], settings.TITLE: [list(row) for row in conf]})
    assert excel.answered("import_tape", lambda: book, str(tape), "").startswith("OK: ")
    book.fail_at = book.writes + fail_at if fail_at else 0
    return book


def folder_of(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}


def test_import_shows_what_became_of_the_headings(tape: Path) -> None:
    book = imported(tape)
    rows = book.sheets[mapping_sheet.TITLE].cells
    assert [sheet.name for sheet in book.sheets] == ["Start", settings.TITLE, mapping_sheet.TITLE]
    assert rows[1][:2] == ["Tape", str(tape)] and rows[2][1] == read_tape(tape).source.sha256
    assert [row[:2] for row in rows[6:]] == [[e.heading, e.target] for e in read_tape(tape).mapping.entries]
    assert any("reading tape.csv" in words for words in book.app.said)


def test_import_says_what_to_look_at(tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text(CLEAN.read_text().replace("upb", "Unpayd Princpal Balanse", 1))
    answer = excel.answered("import_tape", lambda: Book({"Start": []}), str(odd), "")
    assert answer.startswith("OK: 25 loans read from odd.csv; ") and "press Build" in answer


def test_headings_of_a_tape_stay_text(tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.csv"
    hostile.write_text(
        CLEAN.read_text()
        .replace("\n", ",1,2,3,4,5\n")
        .replace(",1,2,3,4,5", ',"=HYPERLINK(""x"")",1e5,\'quoted,Jan 2025,TRUE', 1)
    )
    book = Book({"Start": []})
    assert excel.answered("import_tape", lambda: book, str(hostile), "").startswith("OK: ")
    cells = [cell for row in book.sheets[mapping_sheet.TITLE].cells for cell in row]
    assert not [cell for cell in cells if isinstance(cell, xlwings_book.Formula)]
    for heading in ('=HYPERLINK("x")', "1e5", "'quoted", "Jan 2025", "TRUE"):
        assert heading in cells, heading


def test_a_second_import_replaces_the_first(tape: Path) -> None:
    book = imported(tape)
    book.sheets[mapping_sheet.TITLE].cells.append(["left over", "upb", 1.0, ""])
    assert excel.answered("import_tape", lambda: book, str(tape), "").startswith("OK: ")
    assert "left over" not in [row[0] for row in book.sheets[mapping_sheet.TITLE].cells]


def test_build_writes_the_workbook_and_the_mapping(tape: Path, tmp_path: Path) -> None:
    book, out = imported(tape), tmp_path / "pool.xlsm"
    answer = excel.answered("build", lambda: book, str(out), "")
    assert answer.startswith("OK: 25 loans written to pool.xlsm"), answer
    assert len(read_workbook(out).loans) == 25
    assert read_tape(tape, tmp_path / "pool mapping.toml").mapping.as_dict() == read_tape(tape).mapping.as_dict()
    assert "xl/vbaProject.bin" in package.zipfile.ZipFile(out).namelist()


def test_build_takes_the_corrected_mapping(tape: Path, tmp_path: Path) -> None:
    book, out = imported(tape), tmp_path / "pool.xlsm"
    rows = book.sheets[mapping_sheet.TITLE].cells
    next(row for row in rows if row[0] == "occupancy")[1] = "ignored"
    assert excel.answered("build", lambda: book, str(out), "").startswith("OK: ")
    assert set(read_workbook(out).loans["occupancy"].fillna("")) == {""}


def test_build_carries_over_what_was_typed(tape: Path, tmp_path: Path, worked: Path) -> None:
    book, out = imported(tape, OWN), tmp_path / "pool.xlsm"
    answer = excel.answered("build", lambda: book, str(out), str(worked))
    assert answer.startswith("OK: ") and "1 kept" in answer and "kept for 1 loans" in answer, answer
    read = read_workbook(out)
    assert list(read.overrides["new"]) == [123_456] and list(read.decisions["note"]) == ["asked the servicer"]


def test_the_sample_carries_nothing_over(tape: Path, tmp_path: Path, worked: Path) -> None:
    book, out = imported(tape), tmp_path / "pool.xlsm"
    assert excel.answered("build", lambda: book, str(out), str(worked)).startswith("OK: ")
    assert len(read_workbook(out).overrides) == 0


def _gone(tape: Path, book: Book, patch: pytest.MonkeyPatch) -> None:
    tape.unlink()


def _changed(tape: Path, book: Book, patch: pytest.MonkeyPatch) -> None:
    tape.write_text(tape.read_text().replace("OH", "MI", 1) + "\n\n")


def _nonsense(tape: Path, book: Book, patch: pytest.MonkeyPatch) -> None:
    book.sheets[mapping_sheet.TITLE].cells[7][1] = "nonsense"


def _rearranged(tape: Path, book: Book, patch: pytest.MonkeyPatch) -> None:
    book.sheets[mapping_sheet.TITLE].cells.insert(0, ["mine"])


def _raising(target: str, error: BaseException) -> Callable[[Path, Book, pytest.MonkeyPatch], None]:
    def fail(*args: object, **options: object) -> None:
        raise error

    return lambda tape, book, patch: patch.setattr(target, fail)


FULL = OSError(errno.ENOSPC, "No space left on device")
LOCKED = OSError(errno.EBUSY, "Device or resource busy", "pool.xlsm")
FAULTS = {  # what goes wrong, and the code of the answer
    "the tape is gone": (_gone, 1501),
    "the tape has changed": (_changed, 1501),
    "a column that is none": (_nonsense, 1501),
    "the sheet was rearranged": (_rearranged, 1501),
    "a defect while reading": (_raising("lossmit_workbook.excel.read_tape", ZeroDivisionError()), 1599),
    "a defect while reading back": (_raising("lossmit_workbook.readback.read_workbook", ZeroDivisionError()), 1599),
    "a defect while carrying over": (_raising("lossmit_workbook.excel.carry", KeyError("x")), 1599),
    "the disk is full before the mapping": (_raising("lossmit_workbook.excel.write_text", FULL), 1502),
    "a defect while valuing": (_raising("lossmit_workbook.build.make_book", ZeroDivisionError()), 1599),
    "a defect on a sheet": (_raising("lossmit_workbook.sheets.checks.write", ZeroDivisionError()), 1599),
    "no xlwings": (
        _raising("lossmit_workbook.macro_book.sources", excel.LossmitError("xlwings is not installed")),
        1501,
    ),
    "the disk is full while writing": (_raising("lossmit_workbook.package._write", FULL), 1501),
    "the file is locked": (_raising("lossmit_workbook.package._write", LOCKED), 1501),
    "no memory": (_raising("lossmit_workbook.package._write", MemoryError()), 1503),
    "the user stops while valuing": (_raising("lossmit_workbook.build.make_book", KeyboardInterrupt()), 1504),
    "the user stops while writing": (_raising("lossmit_workbook.package._write", KeyboardInterrupt()), 1504),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_build_that_fails_changes_nothing(
    fault: str, tape: Path, tmp_path: Path, worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, code = FAULTS[fault]
    book, out = imported(tape, OWN), tmp_path / "pool.xlsm"
    with monkeypatch.context() as patch:
        spoil(tape, book, patch)
        files, cells = folder_of(out), book.contents()
        answer = excel.answered("build", lambda: book, str(out), str(worked))
    assert answer.startswith(f"LM{code}: ") and "\n" not in answer, answer
    assert folder_of(out) == files and book.contents() == cells


def test_nothing_is_replaced(tape: Path, tmp_path: Path) -> None:
    book, out = imported(tape), tmp_path / "pool.xlsm"
    out.write_text("mine")
    assert excel.answered("build", lambda: book, str(out), "").startswith("LM1501: ")
    assert out.read_text() == "mine"


def test_a_build_without_an_import_is_refused(tmp_path: Path) -> None:
    answer = excel.answered("build", lambda: Book({"Start": []}), str(tmp_path / "pool.xlsm"), "")
    assert answer == "LM1501: no tape was imported yet: press Import tape."


def test_an_import_that_fails_at_any_call_leaves_the_book_as_it_was(tape: Path) -> None:
    """Excel may refuse any call: a cell is being edited, a dialog is open, the user pressed Ctrl+C."""
    whole = imported(tape).writes
    assert whole > 5
    for again in (False, True):
        for place in range(1, whole):
            book = imported(tape) if again else Book({"Start": [["Loan bids"]]})
            before, book.fail_at = book.contents(), book.writes + place
            book.error = KeyboardInterrupt() if place % 2 else RuntimeError("busy")
            answer = excel.answered("import_tape", lambda book=book: book, str(tape), "")  # type: ignore[misc]
            assert answer.startswith(("LM1504", "LM1599")), (again, place, answer)
            assert book.contents() == before, (again, place)


def test_an_import_of_what_is_no_tape_is_refused(tmp_path: Path) -> None:
    book = Book({"Start": [["Loan bids"]]})
    for name in ("gone.xlsx", "empty.csv"):
        (tmp_path / "empty.csv").write_text("")
        answer = excel.answered("import_tape", lambda: book, str(tmp_path / name), "")
        assert answer.startswith("LM1501: ") and book.contents() == {"Start": [["Loan bids"]]}


def test_ping() -> None:
    assert excel.answered("ping", lambda: Book({}), "", "").startswith("OK: lossmit_xl ")


def test_every_task_that_vba_names_exists() -> None:
    from tests.tools.macros import ours

    text = "\n".join(source.text for source in ours())
    import re

    assert set(re.findall(r'AskPython\("(\w+)"', text)) == set(excel.TASKS)
    assert "import lossmit_workbook.excel as e; e.called('" in text


def test_the_answer_goes_through_a_file(tape: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import xlwings

    book, answer = Book({"Start": []}), tmp_path / "Zoë answer.txt"
    monkeypatch.setattr(xlwings.Book, "caller", staticmethod(lambda: book))
    sent = "','".join(("import_tape", excel.hexed(str(answer)), excel.hexed(str(tape)), ""))
    command = f"import lossmit_workbook.excel as e; e.called('{sent}')"
    exec(command)
    assert excel.unhexed(answer.read_text()).startswith("OK: 25 loans read")
