"""The files that carry the LAMBDA names: sound, the same every time, and a table that goes red when a name is wrong."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import ironcalc
import pytest
from openpyxl import load_workbook

from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_udfs.lambdas import lambda_names, sheets, try_it
from lossmit_udfs.lambdas.conformance import agrees, cases
from lossmit_workbook.lint import lint
from tests.command_line import ROOT, lossmit
from tests.tools import engines, validate
from tests.udfs.lambda_engines import PyOpenVba

EXAMPLES = ROOT / "examples"
FIRST = sheets.FIRST_ROW
OK = 8  # column H


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lambdas") / "lambdas.xlsx"
    sheets.write(path)
    return path


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_valid_and_clean(book: Path) -> None:
    assert validate.validate(book) == []
    assert lint(book, lambdas=True) == []


def test_lint_minds_the_difference() -> None:
    """As an ordinary workbook it is refused; as one of LAMBDA names, a call of no name still is."""
    rules = {finding.rule for finding in lint(EXAMPLES / "bid_model.xlsx")}
    assert rules >= {"array-formula", "unknown-function", "newer-function", "unknown-name", "error-literal"}
    alone = lint(EXAMPLES / "bid_model_udfs.xlsx", lambdas=True)
    assert {finding.rule for finding in alone} == {"unknown-function"}


def test_same_bytes_twice(book: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    sheets.write(again)
    assert again.read_bytes() == book.read_bytes()


def test_shipped_files_are_what_is_written(book: Path) -> None:
    said = "run: lossmit lambdas -o examples/lossmit_lambdas.xlsx --text examples/lossmit_lambdas.txt --force"
    assert parts(EXAMPLES / "lossmit_lambdas.xlsx") == parts(book), said
    text = (EXAMPLES / "lossmit_lambdas.txt").read_text(encoding="utf-8")
    assert text == sheets.module_text(), said


def test_names_and_their_help(book: Path) -> None:
    defined = load_workbook(book).defined_names
    assert {name: (made.attr_text, made.comment) for name, made in defined.items()} == {
        made.name: (made.stored, made.function.help) for made in lambda_names()
    }


def test_every_argument_is_explained(book: Path) -> None:
    cells = [[cell.value for cell in row] for row in load_workbook(book)["Functions"].iter_rows(min_row=FIRST)]
    expected: list[str] = []
    for made in lambda_names():
        expected += [made.name, "gives", *(argument.name for argument in made.function.arguments)]
    assert [row[0] for row in cells] == expected
    signatures = {row[0]: row[1] for row in cells if row[0] in BY_NAME}
    assert signatures == {made.name: made.function.signature for made in lambda_names()}
    blank = {(row[0], row[3]) for row in cells}
    assert {("dpo_month", "4"), ("months", "the state table's"), ("debt_cap", "no cap")} <= blank


def test_first_sheet_says_what_it_needs(book: Path) -> None:
    start = load_workbook(book).worksheets[0]
    words = " ".join(str(cell.value) for row in start.iter_rows() for cell in row if cell.value)
    assert all(said in words for said in ("Excel 2024", "Microsoft 365", "web", "no macros", "no Python"))
    assert "No machine with Excel took part" in words


def cached(path: Path, title: str) -> dict[tuple[int, int], Any]:
    ws = load_workbook(path, data_only=True)[title]
    return {(cell.row, cell.column): cell.value for row in ws.iter_rows() for cell in row if cell.value is not None}


def test_cached_values_are_what_ironcalc_computes(book: Path) -> None:
    """Every cell but those that call with whole columns, which IronCalc can't, and the light that stands on them."""
    found = engines.ironcalc_values(book)
    columns = {row for row, case in enumerate(cases(), FIRST) if case.columns}
    for title in ("Start", "Functions", "Try it", "Conformance", "Paste"):
        wrong = []
        for (row, column), value in cached(book, title).items():
            got = found[title].get((row, column))
            light = title in ("Start", "Conformance") and row < FIRST
            if light or (title == "Conformance" and row in columns):
                continue
            near = isinstance(value, (int, float)) and isinstance(got, (int, float)) and abs(got - value) < 1e-6
            if got != value and not near:
                wrong.append(f"{title} row {row} column {column}: cached {value!r}, IronCalc {got!r}")
        assert not wrong, "\n".join(wrong[:10])


def ok_column(model: Any) -> dict[int, Any]:
    return {row: model.get_cell_value(3, row, OK) for row in range(FIRST, FIRST + len(cases()))}


def evaluated(path: Path) -> Any:
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    return model


def test_a_wrong_name_turns_its_rows_red(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A name that charges a cent more, as if the workbook were damaged: its own numbers fail, nobody else's."""

    def damaged() -> tuple[Any, ...]:
        made = []
        for one in lambda_names():
            if one.name == "PLANPAYMENT":
                one = replace(one, result=one.result + 0.02)
            made.append(one)
        return tuple(made)

    monkeypatch.setattr(sheets, "lambda_names", damaged)
    path = tmp_path / "damaged.xlsx"
    sheets.write(path)
    verdicts = ok_column(evaluated(path))
    for row, case in enumerate(cases(), FIRST):
        if not case.columns:
            number = isinstance(case.expected, float)
            assert verdicts[row] is not (case.function.name == "PLANPAYMENT" and number), case.call


def test_light_follows_the_rows(book: Path) -> None:
    """In pyOpenVBA, which computes every case: TRUE, then FALSE when one expected value is changed, then TRUE."""
    opened = PyOpenVba(book, "Conformance")
    assert opened.cell(sheets.LIGHT) is True
    held = opened.cell(f"D{FIRST}")
    opened.sheet.set_value(f"D{FIRST}", held + 1)
    assert opened.cell(f"H{FIRST}") is False and opened.cell(sheets.LIGHT) is False
    opened.sheet.set_value(f"D{FIRST}", held)
    assert opened.cell(sheets.LIGHT) is True


def test_try_it_follows_its_inputs(book: Path) -> None:
    opened = PyOpenVba(book, try_it.TITLE)
    opened.sheet.set_value("B5", "NY")
    opened.sheet.set_value("B6", 300_000)
    row = next(r for (r, c), v in cached(book, try_it.TITLE).items() if c == 1 and v == "Cost of foreclosing")
    assert opened.cell(f"B{row}") == pytest.approx(call(BY_NAME["FC_COST"], "NY", 300_000), abs=0.01)
    last = next(r for (r, c), v in cached(book, try_it.TITLE).items() if v == "One formula, five cells")
    opened.sheet.set_value("B14", 1_200)
    expected = call(BY_NAME["MODWATERFALL"], 255_500, 0.06, 360, 1_200)
    for letter, value in zip("BCDEF", expected, strict=True):
        assert opened.cell(f"{letter}{last}") == pytest.approx(value, abs=0.01)


class TestCommand:
    def test_writes_both(self, tmp_path: Path) -> None:
        out, text = tmp_path / "out.xlsx", tmp_path / "out.txt"
        done = lossmit("lambdas", "-o", out, "--text", text)
        assert done.code == 0, done.err
        assert "16 functions" in done.out and "Excel 2024" in done.out
        assert text.read_text(encoding="utf-8").count("= LAMBDA(") == 16 and out.exists()

    def test_refuses(self, tmp_path: Path) -> None:
        macro = lossmit("lambdas", "-o", tmp_path / "out.xlsm")
        assert macro.code == 2 and "ends in .xlsx" in macro.err
        there = tmp_path / "there.txt"
        there.write_text("mine")
        kept = lossmit("lambdas", "-o", tmp_path / "out.xlsx", "--text", there)
        assert kept.code == 2 and "exists already" in kept.err and there.read_text() == "mine"
        assert not (tmp_path / "out.xlsx").exists()
        same = lossmit("lambdas", "-o", tmp_path / "a.xlsx", "--text", tmp_path / "a.xlsx")
        assert same.code == 2 and "another name" in same.err


def test_recorded_disagreement_is_known() -> None:
    """What is printed as differing is what the table of gaps says: IronCalc, whole columns."""
    for case in cases():
        libreoffice, other, openvba = case.others
        assert agrees(case, libreoffice) and agrees(case, openvba), case.call
        assert case.columns or agrees(case, other), case.call
