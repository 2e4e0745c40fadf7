"""The workbook with macros as a file: valid, the same bytes twice, its VBA as the sources, buttons and ribbon that lead
somewhere.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from lossmit_workbook import macro_actions, macro_sources
from lossmit_workbook.build import SHEETS, build
from lossmit_workbook.lint import lint
from lossmit_workbook.macro_book import code_name
from lossmit_workbook.macro_sources import Source
from lossmit_workbook.package import in_order
from lossmit_workbook.template import write_template
from lossmit_xl import Assumptions, read_tape
from tests.tools import vba_check
from tests.tools.macros import ours, read_back, without_attributes
from tests.tools.validate import validate
from tests.workbook.books import AS_OF, CLEAN, ROOT


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "LossMit.xlsm"
    write_template(path)
    return path


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def test_open_xml_validator_finds_nothing(template: Path) -> None:
    assert validate(template) == []


def test_our_lint_finds_nothing_more_than_without_macros(template: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.xlsx"
    build(read_tape(CLEAN), Assumptions(as_of=AS_OF), plain)
    assert {str(finding) for finding in lint(template)} <= {str(finding) for finding in lint(plain)}


def test_the_same_bytes_twice(template: Path, tmp_path: Path) -> None:
    again = tmp_path / "LossMit.xlsm"
    write_template(again)
    assert again.read_bytes() == template.read_bytes()


def test_the_parts_stand_in_order_without_a_time_of_this_machine(template: Path) -> None:
    with zipfile.ZipFile(template) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == in_order(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_the_sample_is_the_example_tape() -> None:
    assert (ROOT / "lossmit_xl" / "data" / "sample_25.csv").read_bytes() == CLEAN.read_bytes()


def test_it_says_that_it_is_a_sample(template: Path) -> None:
    book = openpyxl.load_workbook(template, read_only=True)
    assert str(book["Start"]["A2"].value).startswith("SAMPLE")


def test_vba_read_back_is_the_sources(template: Path) -> None:
    found = read_back(template)
    wanted = macro_sources.sources()
    documents = {"ThisWorkbook", *(code_name(title) for title in openpyxl.load_workbook(template).sheetnames)}
    assert set(found) == {source.name for source in wanted} | documents
    for source in wanted:
        if source.kind == macro_sources.MODULE:
            assert without_attributes(found[source.name]) == without_attributes(source.text), source.name
    assert "Tim Hall" in found["Dictionary"] and "BSD 3-clause" in found["xlwings"]


def test_every_sheet_has_a_code_name_of_its_own(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    names = [ws.sheet_properties.codeName for ws in book.worksheets]
    assert names == [code_name(title) for title in book.sheetnames]
    assert len(set(names)) == len(SHEETS) + 2  # the settings and the tooltips
    assert all(re.fullmatch(r"sh[A-Z]\w{0,28}", name) for name in names)


def test_every_button_and_ribbon_callback_exists(template: Path) -> None:
    public = {
        f"{procedure.module}.{procedure.name}": procedure
        for source in ours() for procedure in vba_check.procedures(source) if procedure.public
    }  # fmt: skip
    buttons = re.findall(r'macro="\[0\]!([^"]+)"', part(template, "xl/drawings/buttons.xml"))
    callbacks = re.findall(r'onAction="([^"]+)"', part(template, "customUI/customUI14.xml"))
    assert len(buttons) == len(callbacks) == len(macro_actions.ACTIONS)
    for name in buttons:
        assert re.match(r"Public Sub \w+\(\)", public[name].body), name
    for name, action in zip(
        sorted(callbacks), sorted(macro_actions.ACTIONS, key=lambda one: one.callback), strict=True
    ):
        assert re.match(r"Public Sub \w+\(control As IRibbonControl\)", public[name].body), name
        assert re.search(rf"^    {action.sub}$", public[name].body, re.MULTILINE), name


def test_nothing_points_out_of_the_file(template: Path) -> None:
    """No add-in, no other workbook, no path of the machine that built it."""
    with zipfile.ZipFile(template) as archive:
        text = "\n".join(
            archive.read(name).decode("latin-1") for name in archive.namelist() if name.endswith((".xml", ".rels"))
        )
    vba = "\n".join(source.text for source in ours())
    assert 'TargetMode="External"' not in text
    for where in (text, vba):
        assert str(ROOT) not in where and "/root" not in where and "C:\\Users" not in where
    assert ".xlam" not in text


def test_settings_stand_where_xlwings_reads_them(template: Path) -> None:
    """From A1 downwards without a gap; no interpreter is named, since it would be wrong elsewhere."""
    sheet = openpyxl.load_workbook(template)["xlwings.conf"]
    keys = [sheet.cell(row, 1).value for row in range(1, sheet.max_row + 1)]
    assert all(keys) and len(set(keys)) == len(keys) and sheet.sheet_state == "visible"
    values = {str(sheet.cell(row, 1).value): sheet.cell(row, 2).value for row in range(1, sheet.max_row + 1)}
    assert values["XLWINGS VERSION"] == macro_sources.xlwings_version()
    assert not [key for key in keys if str(key).startswith("INTERPRETER")]


def test_static_check_of_the_macros_finds_nothing() -> None:
    assert vba_check.check([*ours(), macro_sources.built([])]) == []


WRONG = {
    "no Option Explicit": "Public Sub A()\nEnd Sub\n",
    "takes whatever workbook is active": "Option Explicit\nPublic Sub A()\n    ActiveWorkbook.Save\nEnd Sub\n",
    "selects": "Option Explicit\nPublic Sub A()\n    Range(1).Select\nEnd Sub\n",
    "swallows errors": "Option Explicit\nPublic Sub A()\n    On Error Resume Next\nEnd Sub\n",
    "conditional compilation": "Option Explicit\n#If Mac Then\n#End If\n",
    "without a handler": 'Option Explicit\nPublic Sub A()\n    StateSave "x"\n    StateRestore\nEnd Sub\n',
    "does not restore": 'Option Explicit\nPublic Sub A()\n    On Error GoTo Failed\n    StateSave "x"\n'
                        "    StateRestore\n    Exit Sub\nFailed:\nEnd Sub\n",
    "a way out": 'Option Explicit\nPublic Sub A()\n    On Error GoTo Failed\n    StateSave "x"\n    If 1 Then\n'
                 "        Exit Sub\n    End If\n    StateRestore\n    Exit Sub\nFailed:\n    StateRestore\nEnd Sub\n",
    "there is no label": "Option Explicit\nPublic Sub A()\n    On Error GoTo Nowhere\nEnd Sub\n",
    "which nobody defines": "Option Explicit\nPublic Sub A()\n    B = Missing(1)\nEnd Sub\n",
    "written 2 times": "Option Explicit\nPublic Sub A()\nEnd Sub\nPublic Sub A()\nEnd Sub\n",
}  # fmt: skip


@pytest.mark.parametrize("finding", WRONG)
def test_the_static_check_finds(finding: str) -> None:
    assert any(finding in line for line in vba_check.check([Source("X", WRONG[finding])])), finding


def test_a_letter_outside_the_code_page_is_refused() -> None:
    with pytest.raises(ValueError, match="code page"):
        Source("X", "' \u0394").as_stored()


def test_a_module_must_be_called_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "A.bas").write_text('Attribute VB_Name = "B"\n')
    with pytest.raises(ValueError, match=r"A\.bas"):
        macro_sources.read_folder(tmp_path)


def test_a_workbook_without_macros_has_none(tmp_path: Path) -> None:
    out = tmp_path / "plain.xlsx"
    build(read_tape(CLEAN), Assumptions(as_of=AS_OF), out)
    with zipfile.ZipFile(out) as archive:
        assert [name for name in archive.namelist() if "vba" in name or "customUI" in name] == []
    assert "xlwings.conf" not in openpyxl.load_workbook(out, read_only=True).sheetnames
