"""The macros that need no Python, run in LibreOffice, and what they did; the set-up check on systems that are made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lossmit_workbook.excel import hexed, unhexed
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.template import write_template
from tests.tools import calc, macros

STATE = "-4105 -1 -1 -1 0 0"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "LossMit.xlsm"
    write_template(path)
    return path


@pytest.fixture(scope="module")
def book(template: Path) -> Iterator[calc.Book]:
    """The template of 25 loans, open with its macros."""
    with calc.Book(macros.for_libreoffice(template), macros=True) as opened:
        yield opened


def chosen(book: calc.Book) -> object:
    found = book.values(["Compare"])
    return calc.cell(found, "Compare", "C4"), calc.cell(found, "Compare", "C5")


def loan(book: calc.Book, row: int) -> object:
    return book.values(["Loans"])["Loans"][row, 1]


@pytest.mark.parametrize("title", ["Bids", "Scenarios", "Loans", "Model"])
def test_compare_shows_the_loan_of_the_row(title: str, book: calc.Book) -> None:
    row = FIRST_ROW + len(title)
    number = book.values([title])[title][row, 1]
    assert book.run("LmCompare.CompareRow", title, row, False) == f"OK: Compare shows loan {number}."
    assert chosen(book) == (number, number)
    assert book.run("LmState.StateText") == STATE


def test_compare_refuses_a_row_without_a_loan(book: calc.Book) -> None:
    before = chosen(book)
    for title, row in (("Bids", 3), ("Bids", 500), ("Start", FIRST_ROW), ("Nowhere", FIRST_ROW)):
        assert str(book.run("LmCompare.CompareRow", title, row, False)).startswith(("LM1101: ", "LM1100: ")), (
            title,
            row,
        )
        assert book.run("LmState.StateText") == STATE
    assert chosen(book) == before


def test_compare_takes_marks_away_only_when_told(book: calc.Book) -> None:
    number = loan(book, FIRST_ROW)
    book.edit([("Bids", "bids_show", "x")])  # the first cell of the column
    assert str(book.run("LmCompare.CompareRow", "Loans", FIRST_ROW + 4, False)).startswith("LM1103: ")
    assert str(book.run("LmCompare.CompareRow", "Loans", FIRST_ROW, True)).startswith("OK: ")
    assert chosen(book) == (number, number)
    assert (FIRST_ROW, 1) in book.values(["Bids"])["Bids"]


def test_refresh_recalculates_and_says_whether_the_checks_hold(book: calc.Book) -> None:
    answer = str(book.run("LmRefresh.RefreshAll"))
    assert answer.startswith("OK: Recalculated 20") and answer.endswith("; ALL CHECKS PASS"), answer
    assert book.run("LmState.StateText") == STATE


def test_the_buttons_and_the_ribbon_run(book: calc.Book) -> None:
    """The Subs themselves: messages go nowhere without a screen, a file dialog answers False."""
    for macro in ("LmRefresh.RefreshSummary", "LmSetup.CheckSetup", "LmCompare.CompareSelected"):
        book.run(macro)
        assert book.run("LmState.StateText") == STATE, macro


def test_partner_copy_refuses_a_bad_name(book: calc.Book, tmp_path: Path) -> None:
    there = tmp_path / "there.xlsx"
    there.write_text("mine")
    for target, code in ((str(tmp_path / "a.xls"), 1301), (str(tmp_path / "no" / "a.xlsx"), 1301),
                         ("a.xlsx", 1301), ("https://x.sharepoint.com/a.xlsx", 1301),
                         (str(there), 1302)):  # fmt: skip
        assert str(book.run("LmPartner.PartnerCopyTo", target, False, False, False)).startswith(f"LM{code}: "), target
        assert book.run("LmState.StateText") == STATE
    assert there.read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_text_travels_as_hexadecimal(book: calc.Book) -> None:
    for text in ("", "plain", "C:\\Users\\Zoë & Söhne\\50% 'deal'\\tape €.xlsx"):
        assert book.run("LmPython.Hexed", text) == hexed(text)
        assert book.run("LmPython.Unhexed", hexed(text)) == text
        assert unhexed(hexed(text)) == text


def test_paths_are_taken_apart(book: calc.Book) -> None:
    for path, folder, stem in (
        ("C:\\a.b\\c.d.xlsx", "C:\\a.b\\", "c.d"),
        ("/tmp/x", "/tmp/", "x"),
        ("x.xlsm", "", "x"),
    ):
        assert (book.run("LmFiles.FolderOf", path), book.run("LmFiles.StemOf", path)) == (folder, stem)


GOOD = {
    "excel_version": "16.0", "excel_build": "18129", "excel_bits": "64", "system": "Windows (64-bit) NT 10.00",
    "store_excel": "no", "book_path": "C:\\Deals\\LossMit.xlsm", "book_on_web": "no", "book_zone": "",
    "macro_setting": "2", "xlwings_book": "0.37.8", "lossmit_book": "0.1.0", "antivirus": "",
    "conf_level": "C:\\Users\\a\\.xlwings\\xlwings.conf",
    "conf_losers": "", "python_path": "C:\\Python312\\python.exe", "python_found": "yes", "python_alias": "no",
    "xlwings_python": "0.37.8", "lossmit_python": "0.1.0",
}  # fmt: skip
CAUSES = {  # what differs from a good system, the line it gives, whether Python may be asked
    "Excel from the Store": (
        {"store_excel": "yes"}, "FIX   Excel 16.0 build 18129, 64 bits from the Microsoft Store", False),
    "an old Excel": ({"excel_version": "14.0"}, "FIX   Excel 14.0 build 18129, 64 bits: Excel 2016 or newer", True),
    "a Mac": ({"system": "Macintosh (Intel) 15"}, "NOTE  Excel 16.0 build 18129, 64 bits on Macintosh", True),
    "OneDrive": (
        {"book_on_web": "yes", "book_path": "https://d.docs.live.net/x"}, "FIX   workbook on a OneDrive", True),
    "Mark of the Web": ({"book_zone": "3"}, "FIX   file marked as from the internet (zone 3)", True),
    "all macros run": ({"macro_setting": "1"}, "NOTE  macros of every file run without a question", True),
    "signed macros only": ({"macro_setting": "3"}, "NOTE  only signed macros run", True),
    "trusted folders only": ({"macro_setting": "4"}, "NOTE  macros run only in trusted folders", True),
    "no Python": (
        {"python_found": "no", "conf_level": "nothing", "python_path": ""}, "FIX   no Python named and none", False),
    "Python gone": ({"python_found": "no"}, "FIX   Python C:\\Python312\\python.exe (set by", False),
    "Store alias": ({"python_alias": "yes"}, "is the Microsoft Store's alias", False),
    "Python by luck": (
        {"conf_level": "nothing"}, "NOTE  Python C:\\Python312\\python.exe, the first on the PATH", True),
    "another level": (
        {"conf_losers": "the user's file"}, "NOTE  another INTERPRETER_WIN is set by the user's file", True),
    "no xlwings": ({"xlwings_python": ""}, "FIX   xlwings is not installed", False),
    "another xlwings": ({"xlwings_python": "0.33.1"}, "FIX   xlwings 0.33.1 in Python, 0.37.8 in this workbook", False),
    "no lossmit_xl": ({"lossmit_python": ""}, "FIX   lossmit_xl is not installed", False),
    "a newer lossmit_xl": ({"lossmit_python": "0.2.0"}, "NOTE  lossmit_xl 0.2.0 in Python, 0.1.0 built", True),
    "antivirus": ({"antivirus": "Norton"}, "NOTE  antivirus Norton", True),
}  # fmt: skip


def report(book: calc.Book, changes: dict[str, str]) -> list[str]:
    facts = "\n".join(f"{key}={value}" for key, value in (GOOD | changes).items())
    return str(book.run("LmSetup.CheckSetupReport", facts)).split("\n")


def test_a_good_system_has_nothing_to_mend(book: calc.Book) -> None:
    lines = report(book, {})
    assert lines[-1] == "Safe to ask Python." and all(line.startswith("OK  ") for line in lines[:-1]), lines


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_gives_its_own_line_and_cure(cause: str, book: calc.Book) -> None:
    changes, begins, safe = CAUSES[cause]
    good, lines = report(book, {}), report(book, changes)
    new = [line for line in lines[:-1] if line not in good and not line.startswith("OK")]
    assert len(new) == 1 and begins in new[0] and ": " in new[0], lines
    assert (lines[-1] == "Safe to ask Python.") is safe


def python_at(folder: Path, inside: str, packages: tuple[str, ...]) -> Path:
    """A Python as Windows has it, as far as its folders go."""
    program = folder / inside / "python.exe"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"MZ")
    for name in packages:
        (folder / "Lib" / "site-packages" / f"{name}.dist-info").mkdir(parents=True)
    return program


def facts_of(
    book: calc.Book, sheet: str, beside: Path, user: Path, path: str, roaming: str = ""
) -> dict[str, str]:
    answer = str(book.run("LmFacts.PythonFacts", sheet, str(beside), str(user), path, ";", roaming))
    return dict(line.split("=", 1) for line in answer.strip().split("\n"))


def test_which_python_and_who_says_so(book: calc.Book, tmp_path: Path) -> None:
    base = python_at(tmp_path / "base", ".", ("xlwings-0.37.8", "lossmit_xl-0.1.0"))
    venv = python_at(tmp_path / "venv", "Scripts", ("xlwings-0.33.1",))
    beside, user = tmp_path / "xlwings.conf", tmp_path / "user.conf"
    on_path = f"{tmp_path}/none;{tmp_path / 'base'};{tmp_path / 'venv' / 'Scripts'}"
    found = facts_of(book, "", beside, user, on_path)
    assert (found["conf_level"], found["python_found"], found["lossmit_python"]) == ("nothing", "yes", "0.1.0")
    assert Path(found["python_path"]) == base
    user.write_text(f'"PYTHONPATH","x"\n"INTERPRETER_WIN","{venv}"\n')
    found = facts_of(book, "", beside, user, on_path)
    assert (found["conf_level"], found["xlwings_python"], found["lossmit_python"]) == (str(user), "0.33.1", "")
    beside.write_text(f'"INTERPRETER_WIN","{base}"\n')
    found = facts_of(book, "", beside, user, on_path)
    assert (found["conf_level"], found["conf_losers"], found["xlwings_python"]) == (str(beside), str(user), "0.37.8")
    found = facts_of(book, str(tmp_path / "gone.exe"), beside, user, on_path)
    assert (found["conf_level"], found["python_found"]) == ("the sheet xlwings.conf", "no")
    for_all = python_at(tmp_path / "Program Files" / "Python312", ".", ())
    (tmp_path / "Roaming" / "Python" / "Python312" / "site-packages" / "xlwings-0.37.8.dist-info").mkdir(parents=True)
    found = facts_of(book, str(for_all), beside, user, on_path, str(tmp_path / "Roaming"))
    assert (found["xlwings_python"], found["lossmit_python"]) == ("0.37.8", "")
    assert facts_of(book, str(for_all), beside, user, on_path)["xlwings_python"] == ""
    alias = python_at(tmp_path / "Microsoft" / "WindowsApps", ".", ())
    assert facts_of(book, str(alias), beside, user, on_path)["python_alias"] == "yes"


def test_this_system_s_facts_are_gathered(book: calc.Book) -> None:
    answer = dict(line.split("=", 1) for line in str(book.run("LmFacts.GatherFacts")).strip().split("\n"))
    assert set(answer) == set(GOOD)
    assert answer["xlwings_book"] == "0.37.8" and answer["book_path"].endswith("LossMit.xlsm")


def test_the_report_says_what_is_missing_and_can_be_sent_on(book: calc.Book) -> None:
    answer = str(book.run("LmSetup.CheckSetupAnswer"))
    assert "FIX   no Python named and none on the PATH" in answer and "Python was not asked" in answer
    path = Path(answer.rpartition(": ")[2])
    assert "OK    macros are allowed for this file" in path.read_text()


@pytest.mark.parametrize(
    ("system", "bits"), [("Windows (32-bit) NT 10.00", "32"), ("Windows (64-bit) NT", "64"), ("Unix", "unknown")]
)
def test_bits(system: str, bits: str, book: calc.Book) -> None:
    assert book.run("LmFacts.BitsOf", system) == bits
