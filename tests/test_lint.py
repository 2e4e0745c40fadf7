"""The lint finds every defect planted in an otherwise clean workbook, and nothing in the clean one."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from lossmit_workbook.formula_text import FormulaParts, function_problem, read_formula, reads_as_cell
from lossmit_workbook.lint import lint

ROWS = 12
CACHE = '<numCache><ptCount val="1"/><pt idx="0"><v>1</v></pt></numCache>'
Plant = Callable[[Workbook], None]
Rewrite = dict[str, tuple[str, str]]  # part -> (pattern, replacement), applied to the saved XML


def _clean() -> Workbook:
    """Loans as a table, totals by SUMIFS on another sheet, a name, a list, a chart."""
    book = Workbook()
    loans, summary = book.active, book.create_sheet("Pool's summary")
    loans.title = "Loans"
    loans.append(["Loan", "UPB", "State", "Payment"])
    for row in range(2, ROWS + 2):
        loans.append([f"L{row}", 1_000.0 * row, "FL", f"=PMT(rate/12,360,-B{row})"])
    table = Table(displayName="loans", ref=f"A1:D{ROWS + 1}")
    table._initialise_columns()
    for column, heading in zip(table.tableColumns, ("Loan", "UPB", "State", "Payment"), strict=True):
        column.name = heading
    loans.add_table(table)
    choice = DataValidation(type="list", formula1='"FL,GA"')
    choice.add("C2")
    loans.add_data_validation(choice)
    summary["A1"] = 0.09
    summary["A2"] = f'=SUMIFS(Loans!$B$2:$B${ROWS + 1},Loans!$C$2:$C${ROWS + 1},"FL")'
    summary["A3"] = f"=SUM(Loans!$D$2:$D${ROWS + 1})*rate"
    summary["A4"] = '=IF(A2>0,"of "&LEFT("all loans",3),"")'
    summary["A5"] = "=SUM(loans[UPB])"
    book.defined_names["rate"] = DefinedName("rate", attr_text="'Pool''s summary'!$A$1")
    chart = BarChart()
    chart.add_data(Reference(loans, min_col=2, min_row=2, max_row=ROWS + 1))
    loans.add_chart(chart, "F2")
    return book


def _finish(book: Workbook, path: Path, rewrite: Rewrite | None = None) -> Path:
    """Save, give every formula and chart a cached value, then plant what openpyxl would not write."""
    raw = path.with_name("raw.xlsx")
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            text = re.sub(r"(</f>\s*)<v\s*(?:/>|></v>)", r"\1<v>1</v>", text)
            text = re.sub(r"(<numRef><f>[^<]*</f>)", r"\1" + CACHE, text)
            if rewrite and name in rewrite:
                pattern, replacement = rewrite[name]
                text, count = re.subn(pattern, lambda _, to=replacement: to, text, count=1)
                assert count == 1, f"{pattern} is not in {name}"
            new.writestr(name, text)
    return path


def _formula(text: str) -> Plant:
    def plant(book: Workbook) -> None:
        book["Loans"]["H1"] = "=" + text

    return plant


def _name(name: str, text: str = "Loans!$A$1", comment: str | None = None) -> Plant:
    def plant(book: Workbook) -> None:
        book.defined_names[name] = DefinedName(name, attr_text=text, comment=comment)

    return plant


def _long_list(book: Workbook) -> None:
    choice = DataValidation(type="list", formula1='"' + ",".join(f"word{n:03}" for n in range(40)) + '"')
    choice.add("C3")
    book["Loans"].add_data_validation(choice)


def _heading(text: object) -> Plant:
    def plant(book: Workbook) -> None:
        book["Loans"]["B1"] = text

    return plant


def _sheet_name(book: Workbook) -> None:
    book.create_sheet("x").title = "A name of more than thirty-one chars"


def _second_table(book: Workbook) -> None:
    book.defined_names["loans"] = DefinedName("loans", attr_text="Loans!$A$1")


FORMULAS = [  # id, formula, rule
    ("too long", "1" + "+1" * 4_096, "formula-length"),
    ("too deep", "ABS(" * 65 + "1" + ")" * 65, "formula-nesting"),
    ("today", "TODAY()", "volatile-function"),
    ("offset in an IF", "IF(A1>0,SUM(OFFSET(A1,0,0,2,1)),0)", "volatile-function"),
    ("indirect", 'INDIRECT("A1")', "volatile-function"),
    ("2019, prefixed", "_xlfn.IFS(A1>0,1)", "newer-function"),
    ("2021, prefixed twice", "_xlfn._xlws.FILTER(A1:A3,A1:A3>0)", "newer-function"),
    ("2013 without its prefix", "XOR(TRUE,FALSE)", "unprefixed-function"),
    ("2019 without its prefix", "XLOOKUP(1,A1:A3,B1:B3)", "unknown-function"),
    ("no function", "PTM(1,2,3)", "unknown-function"),
    ("other workbook by number", "[1]Sheet1!$A$1", "external-link"),
    ("other workbook by path", r"'C:\deals\[pool.xlsx]Tape'!$A$1", "external-link"),
    ("dead reference", "SUM(#REF!)", "ref-error"),
    ("dead reference on a sheet", "Loans!#REF!+1", "ref-error"),
    ("error typed in", "IF(A1>0,#N/A,1)", "error-literal"),
    ("no such sheet", "Tape!A1", "unknown-sheet"),
    ("no such quoted sheet", "'The tape'!A1", "unknown-sheet"),
    ("no such name", "target_yeild*2", "unknown-name"),
    ("no such table", "SUM(tape[UPB])", "unknown-name"),
    ("stops short of the table", "SUM(Loans!$B$2:$B$12)", "short-range"),
    ("runs past the table", "SUM($B$2:$B$14)", "short-range"),
    ("open parenthesis", "SUM(A1", "broken-formula"),
    ("open bracket", "SUM(loans[UPB)", "broken-formula"),
]

BOOKS: list[tuple[str, Plant, str]] = [
    ("name like a cell", _name("FC12"), "name-like-cell"),
    ("name in R1C1", _name("R2C3"), "name-like-cell"),
    ("name with a dash", _name("note-rate"), "bad-name"),
    ("comment too long", _name("rate2", comment="x" * 256), "bad-name"),
    ("name that points nowhere", _name("gone", "#REF!"), "ref-error"),
    ("name on another workbook", _name("away", "[2]Tape!$A$1"), "external-link"),
    ("name like the table", _second_table, "repeated-name"),
    ("list of 319 characters", _long_list, "list-length"),
    ("table heading differs", _heading("Balance"), "table-header"),
    ("table heading is a number", _heading(2026), "table-header"),
    ("table heading missing", _heading(None), "table-header"),
    ("sheet name too long", _sheet_name, "sheet-name"),
]

CELL = r'<c r="D3"[^>]*>(<f>[^<]*</f>)<v>1</v></c>'
SHEET = "xl/worksheets/sheet1.xml"
PARTS: list[tuple[str, str, str, str, str]] = [  # id, part, pattern, replacement, rule
    ("no cached value", SHEET, CELL, '<c r="D3"><f>1+1</f></c>', "missing-value"),
    ("empty cached value", SHEET, CELL, '<c r="D3"><f>1+1</f><v></v></c>', "missing-value"),
    ("cached error", SHEET, CELL, '<c r="D3" t="e"><f>1+1</f><v>#N/A</v></c>', "error-value"),
    ("typed error", SHEET, r'<c r="B3"[^>]*><v>[^<]*</v></c>', '<c r="B3" t="e"><v>#DIV/0!</v></c>', "error-value"),
    ("nan", SHEET, CELL, '<c r="D3"><f>1+1</f><v>nan</v></c>', "bad-value"),
    ("text as number", SHEET, CELL, '<c r="D3"><f>1+1</f><v>twelve</v></c>', "bad-value"),
    ("long text", SHEET, CELL, f'<c r="D3" t="str"><f>1+1</f><v>{"x" * 32_768}</v></c>', "long-text"),
    ("array formula", SHEET, CELL, '<c r="D3"><f t="array" ref="D3">1+1</f><v>2</v></c>', "array-formula"),
    ("dynamic array", SHEET, CELL, '<c r="D3" cm="1"><f>1+1</f><v>2</v></c>', "array-formula"),
    ("table like a cell", "xl/tables/table1.xml", 'displayName="loans"', 'displayName="LN1"', "name-like-cell"),
    ("name twice", "xl/workbook.xml", "</definedNames>", '<definedName name="RATE">1</definedName></definedNames>',
     "repeated-name"),
    ("sheet twice", "xl/workbook.xml", 'name="Pool\'s summary"', 'name="LOANS"', "sheet-name"),
    ("sheet with a colon", "xl/workbook.xml", 'name="Pool\'s summary"', 'name="Pool:summary"', "sheet-name"),
    ("chart on no sheet", "xl/charts/chart1.xml", "'Loans'!", "'Tape'!", "unknown-sheet"),
    ("chart without values", "xl/charts/chart1.xml", r"<numCache>.*?</numCache>", "", "chart-cache"),
    ("chart on a dead reference", "xl/charts/chart1.xml", r"'Loans'![^<]*", "#REF!", "ref-error"),
    ("link to a file", "xl/_rels/workbook.xml.rels", "</Relationships>",
     '<Relationship Id="r9" Type="x/externalLink" Target="file:///pool.xlsx" TargetMode="External"/></Relationships>',
     "external-link"),
]  # fmt: skip


def _rules(path: Path) -> set[str]:
    return {finding.rule for finding in lint(path)}


def test_a_clean_workbook_has_no_findings(tmp_path: Path) -> None:
    assert lint(_finish(_clean(), tmp_path / "clean.xlsx")) == []


@pytest.mark.parametrize(("formula", "rule"), [row[1:] for row in FORMULAS], ids=[row[0] for row in FORMULAS])
def test_formula_defects(tmp_path: Path, formula: str, rule: str) -> None:
    book = _clean()
    _formula(formula)(book)
    findings = lint(_finish(book, tmp_path / "planted.xlsx"))
    assert {finding.rule for finding in findings} == {rule}
    assert all(finding.where.startswith("Loans!H1") for finding in findings)


@pytest.mark.parametrize(("plant", "rule"), [row[1:] for row in BOOKS], ids=[row[0] for row in BOOKS])
@pytest.mark.filterwarnings("ignore:Title is more than 31 characters", "ignore:File may not be readable")
def test_workbook_defects(tmp_path: Path, plant: Plant, rule: str) -> None:
    book = _clean()
    plant(book)
    assert rule in _rules(_finish(book, tmp_path / "planted.xlsx"))


@pytest.mark.parametrize(("part", "pattern", "to", "rule"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_part_defects(tmp_path: Path, part: str, pattern: str, to: str, rule: str) -> None:
    assert rule in _rules(_finish(_clean(), tmp_path / "planted.xlsx", {part: (pattern, to)}))


def test_headings_that_differ_in_case_only_are_repeated(tmp_path: Path) -> None:
    book = _clean()
    book["Loans"]["D1"] = book["Loans"].tables["loans"].tableColumns[3].name = "loan"
    (finding,) = lint(_finish(book, tmp_path / "planted.xlsx"))
    assert str(finding) == "Loans, table loans: the heading 'loan' stands twice [table-header]"


def test_a_web_page_may_be_linked(tmp_path: Path) -> None:
    book = _clean()
    book["Loans"]["H1"].hyperlink = "https://www.example.com/source"
    assert lint(_finish(book, tmp_path / "linked.xlsx")) == []


def test_formulas_in_validations_and_conditional_formats_are_read(tmp_path: Path) -> None:
    book = _clean()
    rule = DataValidation(type="custom", formula1="OFFSET(A1,1,0)>0")
    rule.add("B3")
    book["Loans"].add_data_validation(rule)
    (finding,) = lint(_finish(book, tmp_path / "planted.xlsx"))
    assert (finding.rule, finding.where) == ("volatile-function", "Loans!B3, validation")


def test_what_is_no_workbook_raises(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_text("no zip")
    with pytest.raises(zipfile.BadZipFile):
        lint(path)


READINGS = [  # formula, what must be found
    ("SUM(Loans!$A$5:$A$9)*rate", {"functions": {"SUM"}, "ranges": {("Loans", "$A$5:$A$9")}, "names": {"rate"}}),
    ("LOG10(A1)+ATAN2(1,B$2)", {"functions": {"LOG10", "ATAN2"}, "names": set()}),
    ('"SUM(x)"&"a""b"', {"functions": set(), "names": set()}),
    ("IF(TRUE,1.5E-3,.5)%", {"functions": {"IF"}, "names": set(), "depth": 1}),
    ("'It''s'!A1+Sheet2!B2", {"sheets": {"It's", "Sheet2"}}),
    ("SUM(A:A)+SUM($1:$1)", {"ranges": {("", "A:A"), ("", "$1:$1")}}),
    ("loans[[#This Row],[a']b]]+(1)", {"tables": {"loans"}, "names": set(), "problem": ""}),
    ("((1+2)*MAX(1,(2)))", {"depth": 1, "problem": ""}),
    ("1)", {"problem": "a ) without its ("}),
]


@pytest.mark.parametrize(("formula", "expected"), READINGS, ids=[row[0] for row in READINGS])
def test_formulas_are_read(formula: str, expected: dict[str, object]) -> None:
    parts: FormulaParts = read_formula(formula)
    assert {field: getattr(parts, field) for field in expected} == expected


@pytest.mark.parametrize("name", ["A1", "XFD1048576", "fc12", "R", "c", "R1C1", "RC", "r5", "R[1]C[-1]"])
def test_words_excel_takes_for_cells(name: str) -> None:
    assert reads_as_cell(name)


@pytest.mark.parametrize("name", ["target_yield", "XFE1", "A1048577", "A0", "rate", "OPTION2", "fc_12", "R1X"])
def test_words_excel_takes_for_names(name: str) -> None:
    assert not reads_as_cell(name)


@pytest.mark.parametrize("function", ["PMT", "sumifs", "_xlfn.XOR", "_xlfn.STDEV.S", "NETWORKDAYS.INTL"])
def test_functions_of_excel_2016(function: str) -> None:
    assert function_problem(function) is None
