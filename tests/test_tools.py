"""The judges themselves: LibreOffice, IronCalc, HyperFormula, the Open XML validator and the formula auditor.

Every verdict the suite relies on is checked both ways: the right answer on a sound workbook, red on a planted defect.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path

import ironcalc
import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import DataTableFormula

from tests.tools import calc, compare, engines, validate

Save = Callable[..., Path]
LOANS = 20


def _pool() -> Workbook:
    """Twenty loans with a payment each, a total over them, a name, an error, an empty text, a date and a boolean."""
    book = Workbook()
    loans, other = book.active, book.create_sheet("It's other")
    loans.title = "Loans"
    loans.append(["Loan", "UPB", "Rate", "Payment"])
    for row in range(2, LOANS + 2):
        loans.append([f"L{row}", 1_000.0 * row, 0.05 + row / 1_000, f"=PMT(C{row}/12,term,-B{row})"])
    loans["F1"], loans["F2"] = 360, f"=SUM(D2:D{LOANS + 1})"
    book.defined_names["term"] = DefinedName("term", attr_text="Loans!$F$1")
    other["B2"], other["B3"], other["B4"] = "=1/0", '=IF(Loans!F1>0,"","x")', "=Loans!F1>0"
    other["B5"], other["B6"] = '="a"&"b"', "=MATCH(7,Loans!A1:A3,0)"
    other["B7"], other["B8"] = "=B8+1", dt.date(2026, 10, 31)
    return book


def _payment(amount: float, rate: float, months: int) -> float:
    i = rate / 12
    return amount * i / (1 - (1 + i) ** -months)


# --- LibreOffice


def test_libreoffice_computes_every_kind_of_value(save: Save) -> None:
    values = calc.recalculate(save(_pool()))
    assert calc.cell(values, "Loans", "D2") == pytest.approx(_payment(2_000, 0.052, 360), abs=1e-9)
    other = {at: calc.cell(values, "It's other", at) for at in ("A1", "B2", "B3", "B4", "B5", "B6", "B7")}
    assert other == {"A1": None, "B2": "#DIV/0!", "B3": "", "B4": True, "B5": "ab", "B6": "#N/A", "B7": 46_327.0}
    assert type(other["B4"]) is bool
    assert calc.errors(values) == [("It's other", 2, 2, "#DIV/0!"), ("It's other", 6, 2, "#N/A")]


def test_edits_recalculate_and_leave_the_file_alone(save: Save) -> None:
    path = save(_pool())
    before = path.read_bytes()
    edits: list[calc.Edit] = [("Loans", "F1", 120), ("Loans", "B2", None), ("Loans", "B3", "=1+1"),
                              ("It's other", "B8", dt.date(2026, 1, 1)), ("It's other", "B5", calc.Formula("=2*3")),
                              ("It's other", "B2", True)]  # fmt: skip
    values = calc.recalculate(path, edits)
    assert calc.cell(values, "Loans", "D4") == pytest.approx(_payment(4_000, 0.054, 120), abs=1e-9)
    assert calc.cell(values, "Loans", "D2") == 0
    assert calc.cell(values, "Loans", "B3") == "=1+1"
    assert calc.cell(values, "Loans", "B2") is None
    assert [calc.cell(values, "It's other", a) for a in ("B7", "B5", "B2")] == [46_024.0, 6.0, True]
    assert path.read_bytes() == before


def test_one_open_book_takes_many_edits(save: Save) -> None:
    with calc.Book(save(_pool())) as book:
        first = calc.cell(book.values(["Loans"]), "Loans", "F2")
        book.edit([("Loans", "B2", 0.0)])
        second = book.values(["Loans"])
    assert isinstance(first, float) and list(second) == ["Loans"]
    assert first - calc.cell(second, "Loans", "F2") == pytest.approx(_payment(2_000, 0.052, 360), abs=1e-9)


def _stale(path: Path) -> Path:
    """The workbook with a wrong number cached in every formula cell."""
    out = path.with_name("stale.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v />", b"<v></v>").replace(b"<v></v>", b"<v>4711</v>"))
    return out


def test_cached_numbers_are_not_believed(save: Save) -> None:
    stale = _stale(save(_pool()))
    assert b"4711" in zipfile.ZipFile(stale).read("xl/worksheets/sheet1.xml")
    assert calc.cell(calc.recalculate(stale), "Loans", "D2") == pytest.approx(_payment(2_000, 0.052, 360), abs=1e-9)


def test_cached_values_are_stripped_and_nothing_else(save: Save, tmp_path: Path) -> None:
    stale = _stale(save(_pool()))
    bare = calc.strip_cached_values(stale, tmp_path / "bare.xlsx")
    xml = zipfile.ZipFile(bare).read("xl/worksheets/sheet1.xml")
    assert b"4711" not in xml
    assert xml.count(b"<f>") == LOANS + 1 and b"<v>360</v>" in xml
    assert calc.recalculate(bare) == calc.recalculate(stale)


def test_typed_cached_values_are_stripped(tmp_path: Path) -> None:
    cells = (
        b'<c r="A1" s="2" t="str"><f>B1</f><v>old</v></c><c r="A2" t="b"><f>1=1</f><v>0</v></c>'
        b'<c r="A3" t="s"><v>7</v></c><c r="A4"><f t="shared" si="0"/><v>9</v></c><c r="A5"><v>5</v></c>'
    )
    path = tmp_path / "typed.xlsx"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", cells)
    assert zipfile.ZipFile(calc.strip_cached_values(path)).read("xl/worksheets/sheet1.xml") == (
        b'<c r="A1" s="2"><f>B1</f></c><c r="A2"><f>1=1</f></c>'
        b'<c r="A3" t="s"><v>7</v></c><c r="A4"><f t="shared" si="0"/></c><c r="A5"><v>5</v></c>'
    )


def test_libreoffice_failures_are_errors(tmp_path: Path, save: Save) -> None:
    with pytest.raises(FileNotFoundError):
        calc.recalculate(tmp_path / "absent.xlsx")
    with pytest.raises(calc.CalcError, match="no sheet 'Tape'"):
        calc.recalculate(save(_pool()), [("Tape", "A1", 1)])
    with pytest.raises(TypeError, match="a cell takes"):
        calc.recalculate(save(_pool()), [("Loans", "A1", object())])


def test_a_missing_libreoffice_fails_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(calc.CalcError, match=r"apt-get install .*libreoffice-calc"):
        calc.program("soffice")


def test_libreoffice_starts_anew_after_its_worker_died(save: Save) -> None:
    path = save(_pool())
    first = calc.recalculate(path)
    calc._running().kill()
    assert calc.recalculate(path) == first


def test_sheets_are_rendered(save: Save, tmp_path: Path) -> None:
    pages = calc.render(save(_pool(), "pool.xlsx"), tmp_path / "pictures")
    assert [page.name for page in pages] == ["pool-1.png", "pool-2.png"]
    assert all(page.read_bytes().startswith(b"\x89PNG") for page in pages)


# --- The other engines


@pytest.mark.parametrize("engine", [engines.ironcalc_values, engines.hyperformula_values])
def test_other_engines_agree_with_libreoffice(engine: Callable[[Path], calc.Sheets], save: Save) -> None:
    path = _stale(save(_pool()))
    assert compare.differences(engine(path), calc.recalculate(path), 1e-9) == []


def test_ironcalc_takes_edits(save: Save) -> None:
    path = save(_pool())
    edits: list[calc.Edit] = [("Loans", "F1", 120), ("Loans", "B2", None), ("Loans", "B3", "=1+1"),
                              ("It's other", "B8", dt.date(2026, 1, 1)),
                              ("It's other", "B5", calc.Formula("=2*3"))]  # fmt: skip
    assert compare.differences(engines.ironcalc_values(path, edits), calc.recalculate(path, edits), 1e-9) == []


# Where the engines part ways from Excel (and so what the workbooks' formulas keep away from). Excel's answers are its
# documentation's. formula, Excel, LibreOffice, IronCalc, HyperFormula.
ODDITIES = [
    ("INT(-1.5)", -2.0, -2.0, -2.0, -1.0),
    ("ROUND(1.005,2)", 1.01, 1.01, 1.01, 1.0),
    ("LN(0)", "#NUM!", "#VALUE!", "#NUM!", "#NUM!"),
    ("1=TRUE", False, True, False, False),
    ("ISNUMBER(TRUE)", False, True, False, False),
    ('"a"&TRUE', "aTRUE", "a1", "aTRUE", "aTRUE"),
    ('1/3&""', "0.333333333333333", "0.333333333333333", "0.3333333333333333", "0.3333333333333333"),
    ('TEXT(1234.5,"#,##0.00")', "1,234.50", "1,234.50", "1,234.50", "1235,##0.00"),
    ('SUMPRODUCT((A1:A3="x")*B1:B3)', 5.0, 5.0, 5.0, "#VALUE!"),
    ('C1+1', "#VALUE!", "#VALUE!", "#VALUE!", 1.0),
    ("0.1+0.2-0.3", 0.0, 0.0, 2.0**-54, 2.0**-54),
    ("0^0", "#NUM!", 1.0, "#NUM!", 1.0),
    ('"_"<"a"', True, True, False, True),
]  # fmt: skip


@pytest.fixture(scope="module")
def oddities(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[calc.Value]]:
    book = Workbook()
    sheet = book.active
    for row, (name, amount) in enumerate([("x", 2), ("y", 4), ("x", 3)], 1):
        sheet.cell(row, 1, name)
        sheet.cell(row, 2, amount)
    sheet["C1"] = '=""'
    for row, (formula, *_) in enumerate(ODDITIES, 1):
        sheet.cell(row, 5, "=" + formula)
    path = tmp_path_factory.mktemp("oddities") / "oddities.xlsx"
    book.save(path)
    found = {
        "LibreOffice": calc.recalculate(path),
        "IronCalc": engines.ironcalc_values(path),
        "HyperFormula": engines.hyperformula_values(path),
    }
    return {name: [values["Sheet"][row, 5] for row in range(1, len(ODDITIES) + 1)] for name, values in found.items()}


@pytest.mark.parametrize("index", range(len(ODDITIES)), ids=[row[0] for row in ODDITIES])
def test_what_the_engines_lack_is_still_so(index: int, oddities: dict[str, list[calc.Value]]) -> None:
    """A line that turns red here says an engine was mended: take it off engines.py's list and use it more."""
    _, excel, *expected = ODDITIES[index]
    assert [oddities[name][index] for name in ("LibreOffice", "IronCalc", "HyperFormula")] == expected
    assert expected != [excel] * 3


def test_ironcalc_refuses_data_tables(save: Save) -> None:
    book = _pool()
    sheet = book.create_sheet("Sensitivity")
    sheet["A1"], sheet["B3"], sheet["C4"], sheet["C3"], sheet["B4"] = 1, "=A1*2", 0, 5, 6
    sheet["C4"] = DataTableFormula(ref="C4:C5", dt2D=True, dtr=True, r1="A1", r2="A2")
    with pytest.raises(ironcalc.WorkbookError, match="data table"):
        engines.ironcalc_values(save(book))


# --- The Open XML SDK validator


@pytest.fixture
def plain_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """openpyxl writes a font's parts in an order the schema does not allow."""
    order = ("b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name",
             "family", "charset", "scheme")  # fmt: skip
    monkeypatch.setattr(Font, "__elements__", order)


@pytest.mark.usefixtures("plain_fonts")
def test_a_sound_workbook_is_valid(save: Save) -> None:
    assert validate.validate(save(_pool())) == []


@pytest.mark.usefixtures("plain_fonts")
def test_the_validator_names_part_and_fault(save: Save, tmp_path: Path) -> None:
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(save(_pool())) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<sheetData>", b"<sheetData><bogus/>"))
    first, *_ = validate.validate(bad)
    assert "/xl/worksheets/sheet1.xml" in first and "bogus" in first


def test_a_truncated_file_is_invalid(save: Save, tmp_path: Path) -> None:
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(save(_pool()).read_bytes()[:2_000])
    assert validate.validate(cut) == ["Exception | File contains corrupted data."]


# --- spreadsheet-auditor


def _drift(book: Workbook) -> None:
    book["Loans"]["D9"] = "=PMT(C9/12,term-1,-B9)"


def _typed_number(book: Workbook) -> None:
    book["Loans"]["D9"] = 123.45


def _short_total(book: Workbook) -> None:
    book["Loans"][f"D{LOANS + 3}"] = f"=SUM(D2:D{LOANS - 1})"
    book["Loans"][f"D{LOANS}"] = 99.0
    book["Loans"][f"D{LOANS + 1}"] = 99.0


def _masked(book: Workbook) -> None:
    for row in range(2, LOANS + 2):
        book["Loans"][f"D{row}"] = f"=IFERROR(PMT(C{row}/12,term,-B{row}),0)"


def _literal(book: Workbook) -> None:
    book["Loans"]["F3"] = "=F2*0.85"


def _sound() -> Workbook:
    book = _pool()
    del book["It's other"]
    return book


def test_the_auditor_finds_nothing_in_a_sound_workbook(save: Save) -> None:
    assert validate.audit(save(_sound())) == []


AUDITS = [
    ("drift", _drift, "FORMULA_DRIFT", "Loans!D9"),
    ("typed number", _typed_number, "HARDCODE_IN_FORMULA_BLOCK", "Loans!D9"),
    ("short total", _short_total, "RANGE_EXCLUSION", f"Loans!D{LOANS + 3}"),
    ("masked error", _masked, "IFERROR_MASK", "Loans!D2"),
    ("number in a formula", _literal, "LITERAL_CONSTANT", "Loans!F3"),
]


@pytest.mark.parametrize(("plant", "rule", "cell"), [row[1:] for row in AUDITS], ids=[row[0] for row in AUDITS])
def test_the_auditor_finds_planted_defects(save: Save, plant: Callable[[Workbook], None], rule: str, cell: str) -> None:
    book = _sound()
    plant(book)
    findings = validate.audit(save(book))
    assert (rule, True) in {(finding.rule, cell in finding.cells) for finding in findings}


def test_an_audit_that_did_not_happen_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(calc.CalcError, match="did not finish"):
        validate.audit(tmp_path / "absent.xlsx")


# --- The comparison

AGREE = [
    (1.0, 1.009, True), (1.0, 1.011, False), (1, 1.0, True), (-0.0, 0.0, True), (True, 1.0, False), (1.0, True, False),
    (True, True, True), (True, False, False), ("a", "a", True), ("a", "A", False), ("1", 1.0, False), ("", 0.0, False),
    (float("nan"), 1.0, False), (float("nan"), float("nan"), False), ("#N/A", "#N/A", True),
]  # fmt: skip


@pytest.mark.parametrize(("found", "expected", "same"), AGREE)
def test_values_agree(found: calc.Value, expected: calc.Value, same: bool) -> None:
    assert compare.agree(found, expected, 0.01) is same


def test_every_difference_is_reported() -> None:
    expected: calc.Sheets = {"Bids": {(1, 1): 1.0, (2, 28): "a", (3, 1): 0.05, (4, 1): ""}, "Model": {}}
    found: calc.Sheets = {"Bids": {(1, 1): 1.5, (3, 1): 0.051, (5, 1): True}, "Extra": {}}
    assert compare.differences(found, expected, lambda sheet, row, column: 1e-6 if row == 3 else 0.01) == [
        "Bids!A1: 1.5 (float), expected 1.0 (float)",
        "Bids!AB2: '' (str), expected 'a' (str)",
        "Bids!A3: 0.051 (float), expected 0.05 (float)",
        "Bids!A5: True (bool), expected '' (str)",
        "Extra: the sheet is missing on the side expected",
        "Model: the sheet is missing on the side found",
    ]
    assert compare.differences(found, expected, 1.0, sheets=["Bids"])[:1] == ["Bids!AB2: '' (str), expected 'a' (str)"]
