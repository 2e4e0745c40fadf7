"""The classic face through xlwings' own machinery: registration, conversion both ways, the VBA wrapper, the licence."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook

from lossmit_udfs import FUNCTIONS, vba
from lossmit_udfs.call import call
from lossmit_udfs.definitions import HELP_LENGTH, Function
from lossmit_udfs.errors import NUMBERS, ExcelError
from lossmit_udfs.intellisense import FILE_NAME, csv_text, sheet_rows
from lossmit_workbook import macro_sources, mapping_sheet, partner
from lossmit_workbook.macro_actions import ribbon
from lossmit_workbook.macro_sources import read_folder
from lossmit_workbook.template import write_template
from lossmit_xl.tape import read_tape
from lossmit_xl.version import __version__
from tests.command_line import ROOT
from tests.tools import calc, xlwings_book
from tests.tools.windows import ERROR_INTEGERS, MISSING, FakeRange, classic
from tests.udfs.calls import calls

MODULE = "lossmit_udfs.xl"
RULES = [function for function in FUNCTIONS if function.body is not None]
NAMES = [function.name for function in RULES]


class Excel:
    """Calls functions as Excel does: ranges and scalars in, rows of cells out."""

    def __init__(self, udfs: Any, module: Any) -> None:
        self.udfs, self.module = udfs, module

    def call(self, name: str, *given: Any) -> Any:
        return self.udfs.call_udf(MODULE, name, given, None, FakeRange([[None]]))

    def cell(self, name: str, *given: Any) -> Any:
        """The one cell of a result."""
        ((value,),) = self.call(name, *given)
        return value


@pytest.fixture(scope="module")
def excel() -> Iterator[Excel]:
    with classic(MODULE) as (udfs, module):
        yield Excel(udfs, module)


def as_cells(result: Any) -> list[list[Any]]:
    return [list(row) for row in result.tolist()] if isinstance(result, np.ndarray) else [[result]]


def same(got: Any, expected: Any) -> bool:
    if isinstance(expected, str) or isinstance(got, str):
        return str(got) == str(expected)
    return bool(got == expected)


class TestRegistered:
    def test_every_function_and_no_other(self, excel: Excel) -> None:
        found = {name for name in dir(excel.module) if hasattr(getattr(excel.module, name), "__xlfunc__")}
        assert found == {function.name for function in FUNCTIONS}

    @pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
    def test_arguments_and_help(self, excel: Excel, function: Function) -> None:
        known = getattr(excel.module, function.name).__xlfunc__
        assert known["category"] == function.category and known["ret"]["doc"] == function.help
        assert known["ret"]["options"] == {} and not known["volatile"] and known["async_mode"] is None
        for argument, arg in zip(function.arguments, known["args"], strict=True):
            assert (arg["name"], arg["doc"], arg["vararg"]) == (argument.name, argument.wizard, argument.rest)
            assert ("optional" in arg) == (argument.optional and not argument.rest)
            assert 0 < len(arg["doc"]) <= HELP_LENGTH
            options = {"ndim": 2, "dtype": object, "empty": None, "err_to_str": True, "convert": np.array}
            assert arg["options"] == options
        assert 0 < len(known["ret"]["doc"]) <= HELP_LENGTH


class TestCalled:
    @pytest.mark.parametrize("function", RULES, ids=NAMES)
    def test_single_cells_as_python(self, excel: Excel, function: Function) -> None:
        """Each cell in turn, blanks as empty cells, what is left out as Excel's mark for it."""
        for given in calls(function, usual_calls=8):
            handed = [FakeRange(value) if isinstance(value, list) else FakeRange([[value]]) for value in given]
            left_out = len(given) - next((i for i, v in enumerate(reversed(given)) if v is not None), len(given))
            cells = [*handed[: max(left_out, len(function.required))]]
            cells += [MISSING] * (len(given) - len(cells))
            expected = call(function, *given)
            expected = [expected] if not isinstance(expected, np.ndarray) else list(expected)
            (got,) = excel.call(function.name, *cells)
            assert len(got) == len(expected)
            assert all(same(a, b) for a, b in zip(got, expected, strict=True)), (function.name, given, got, expected)

    @pytest.mark.parametrize("function", [f for f in RULES if f.name != "FORBEARANCE_UNPAID"],
                             ids=[name for name in NAMES if name != "FORBEARANCE_UNPAID"])  # fmt: skip
    def test_a_column_a_call_as_cell_by_cell(self, excel: Excel, function: Function) -> None:
        """One bad cell spoils its own result only, and every result is a number, a flag or an error: never blank."""
        rows = calls(function, usual_calls=8)
        ranges = [FakeRange([[row[place]] for row in rows]) for place in range(len(function.arguments))]
        got = excel.call(function.name, *ranges)
        assert len(got) == len(rows)
        for given, cells in zip(rows, got, strict=True):
            one = call(function, *given)
            expected = list(one) if isinstance(one, np.ndarray) else [one] * len(cells)
            assert all(same(a, b) for a, b in zip(cells, expected, strict=True)), (function.name, given, cells)
            assert all(isinstance(cell, (bool, float)) or cell in NUMBERS for cell in cells)

    @pytest.mark.parametrize("error", ERROR_INTEGERS)
    @pytest.mark.parametrize("function", RULES, ids=NAMES)
    def test_errors_given_in_come_out_again(self, excel: Excel, function: Function, error: str) -> None:
        given = list(calls(function, usual_calls=1)[0])
        for place, argument in enumerate(function.arguments):
            bad = [[error, 0.5]] if argument.kind == "steps" else [[error]]
            cells = [FakeRange(v if isinstance(v, list) else [[v]]) for v in given]
            cells[place] = FakeRange(bad)
            assert set(excel.call(function.name, *cells)[0]) == {error}
            if argument.kind != "steps":
                scalars = list(cells)
                scalars[place] = ERROR_INTEGERS[error]  # as VBA hands over an error that is no cell
                assert set(excel.call(function.name, *scalars)[0]) == {error}

    def test_shapes(self, excel: Excel) -> None:
        """A row against a column gives a table; what does not fit is #N/A, as in Excel."""
        row, column = FakeRange([[1000.0, 2000.0]]), FakeRange([[0.0], [600.0], [1200.0]])
        assert excel.call("PLANPAYMENT", row, column, 12.0) == [[1000, 2000], [1050, 2050], [1100, 2100]]
        assert excel.call("PLANPAYMENT", FakeRange([[1000.0], [2000.0]]), column, 12.0) == [[1000], [2050], ["#N/A"]]
        assert excel.call("PLANPAYMENT", FakeRange([[1.0, 2.0], [3.0, 4.0]]), 12.0, 12.0) == [[2, 3], [4, 5]]
        assert excel.call("PLANPAYMENT", FakeRange([[1.0, 2.0], [3.0, 4.0]]), column, 12.0) == [
            [1, 2], [53, 54], ["#N/A", "#N/A"],
        ]  # fmt: skip

    def test_waterfall_spills_beside_its_rows(self, excel: Excel) -> None:
        scalar = excel.call("MODWATERFALL", 200_000.0, 0.05, 360.0, 1_000.0, MISSING, MISSING, MISSING)
        assert len(scalar) == 1 and len(scalar[0]) == 5 and scalar[0][4] is True
        column = excel.call("MODWATERFALL", FakeRange([[200_000.0], ["x"], [300_000.0]]), 0.05, 360.0, 1_000.0)
        assert [len(row) for row in column] == [5, 5, 5] and column[0] == scalar[0] and column[1] == ["#VALUE!"] * 5
        across = excel.call("MODWATERFALL", FakeRange([[200_000.0, 300_000.0]]), 0.05, 360.0, 1_000.0)
        assert [row[0] for row in across] == scalar[0] and [row[1] for row in across] == column[2]
        assert excel.cell("MODWATERFALL", FakeRange([[1.0, 2.0], [3.0, 4.0]]), 0.05, 360.0, 1_000.0) == "#VALUE!"

    def test_loans_of_the_users_sheet(self, excel: Excel) -> None:
        headers = FakeRange([["Loan #", "UPB", "Rate", "P&I", "Next Due", "Maturity", "State", "BPO"]])
        loan = ["A1", 200_000.0, 0.07, 1_500.0, 45_658.0, 52_597.0, "FL", 180_000.0]
        rows = FakeRange([loan, [None] * 8, ["A2", "#REF!", *loan[2:]]])
        as_of = FakeRange([["as_of", 46_000.0], ["target_yield", 0.12]])
        table = excel.call("LM_SCENARIOS", headers, rows, as_of)
        assert len(table) == 4 and {len(row) for row in table} == {5 + 9 * 4}
        assert table[0][:4] == ["Loan", "Recommended", "Expected npv", "Bid"] and table[1][0] == "A1"
        assert isinstance(table[1][3], float) and set(table[3][1:]) == {"#REF!"} and "not read" in table[2][4]
        best = excel.call("LM_BEST", headers, rows)
        assert [len(row) for row in best] == [2, 2, 2] and best[0][0] and best[2] == ["#REF!", "#REF!"]
        assert excel.cell("LM_SCENARIOS", headers, rows, FakeRange([["target_yield", 12.0]])) == "#NUM!"
        assert excel.cell("LM_BEST", FakeRange([["UPB", "#NAME?"]]), FakeRange([[1.0, 2.0]])) == "#NAME?"
        assert excel.cell("LM_SCENARIOS", headers, rows, FakeRange([["target_yeild", 0.12]])) == "#VALUE!"
        assert "did you mean target_yield" in excel.cell(
            "LM_WHY", "LM_SCENARIOS", headers, rows, FakeRange([["target_yeild", 0.12]])
        )

    def test_why_and_version(self, excel: Excel) -> None:
        assert excel.cell("LM_WHY", "FC_COST", FakeRange([["ZZ"]]), 1.0).startswith("FC_COST: state is 'ZZ'")
        assert excel.cell("LM_WHY", FakeRange([["fc_cost"]]), "FL", 1.0) == "FC_COST: no error."
        assert __version__ in excel.cell("LM_VERSION")


DECLARED = re.compile(r"^Function (\w+)\((.*)\)$", re.M)
CALLED = re.compile(
    r'(\w+) = (?:LmResult\()?XLPy\.CallUDF\("([\w.]+)", "(\w+)", (.*), ThisWorkbook, Application\.Caller\)'
)


def calls_in(text: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Per function: its parameters, and what it hands to the Python server."""
    joined = re.sub(r" _\n\s*", " ", text)
    declared = {name: parameters for name, parameters in DECLARED.findall(joined) if not name.startswith("Lm")}
    called = {name: rest for name, *rest in CALLED.findall(joined)}
    assert declared.keys() == called.keys()
    return {name: (parameters, tuple(called[name])) for name, parameters in declared.items()}


class TestWrapper:
    def test_shipped_file_is_what_is_generated(self) -> None:
        path = Path(vba.__file__).with_name(vba.FILE_NAME)
        assert path.read_bytes() == vba.wrapper().encode(), "run `python -m lossmit_udfs.vba`"
        assert vba.shipped() == vba.wrapper()

    def test_calls_what_xlwings_own_generator_calls(self, excel: Excel) -> None:
        """Same functions, parameters and calls. The differences are those that `lossmit_udfs.vba` lists."""
        own = io.StringIO()
        excel.udfs.generate_vba_wrapper(MODULE, excel.module, own, types.SimpleNamespace(Name="LossMit.xlsm"))
        theirs = own.getvalue()
        assert calls_in(vba.wrapper()) == calls_in(re.sub(r"#Else\n.*?#End If", "", theirs, flags=re.S))
        # In theirs, an exception's text lands in the cell; ours hands out an error, but where the result is a text.
        assert theirs.count("= Err.Description") == len(FUNCTIONS)
        assert vba.wrapper().count("= Err.Description") == len(vba.TEXT_RESULT)
        assert "#If" in theirs and "#If" not in vba.wrapper()
        # The open list of arguments is gathered by the same statements.
        gathering = [
            re.sub(r"\s+", " ", line).strip().lower() for line in vba.wrapper().splitlines() if "argsArray" in line
        ]
        theirs_flat = re.sub(r"\s+", " ", theirs).lower().replace("('function_name',)", "(function_name)")
        assert all(line.split(" _")[0] in theirs_flat for line in gathering if "lmresult" not in line)

    def test_fits_vba(self) -> None:
        text = vba.wrapper()
        text.encode("cp1252")
        lines = text.split("\n")
        assert max(map(len, lines)) < 1000 and "\t" not in text
        continued = 0
        for line in lines:
            continued = continued + 1 if line.endswith(" _") else 0
            assert continued < 24
        assert lines[0] == f'Attribute VB_Name = "{vba.MODULE_NAME}"' and vba.stamp() in lines[1]

    def test_pinned_to_the_installed_xlwings(self) -> None:
        import xlwings

        assert xlwings.__version__ == vba.XLWINGS_VERSION

    def test_help_for_the_wizard(self) -> None:
        text = vba.wrapper()
        for function in FUNCTIONS:
            name, quoted = function.name, function.help.replace('"', '""')
            assert f'Attribute {name}.VB_Description = "{quoted}"' in text
            body = re.search(rf"Private Sub LmHelp_{name}\(\)\n(.*?)End Sub", text, re.S)
            assert body is not None and f"    LmHelp_{name}\n" in text
            said = re.findall(r'said\(\d+\) = "(.*)"', body[1])
            assert said == [argument.wizard.replace('"', '""') for argument in function.arguments]
            assert ("ArgumentDescriptions:=said" in body[1]) == bool(said)

    def test_the_workbook_with_macros_registers_it(self) -> None:
        """Its ribbon calls, on loading, a Sub that runs what the wrapper has."""
        called = re.search(rb'<customUI [^>]*onLoad="(\w+)"', ribbon())
        assert called is not None
        ours = "\n".join(source.text for source in read_folder(Path(macro_sources.__file__).parent / "vba"))
        body = re.search(rf"Public Sub {called[1].decode()}\(ribbon As IRibbonUI\)\n(.*?)End Sub", ours, re.S)
        assert body is not None and "!LmRegisterHelp" in body[1]
        assert "\nPublic Sub LmRegisterHelp()\n" in vba.wrapper()

    def test_errors_become_errors(self) -> None:
        """Run in LibreOffice's Basic: texts that name an error are errors afterwards, all else is as it was."""
        module = "\n".join(line for line in vba.wrapper().splitlines() if not line.startswith("Attribute"))
        cells = [*NUMBERS, "# a note", "text", ""]
        probe = [
            "Option VBASupport 1", "Function Shown(cell)",
            'If IsError(cell) Then Shown = CStr(cell) Else Shown = TypeName(cell) & " " & CStr(cell)', "End Function",
            "Function Probe()", f"Dim cells(0 To 0, 0 To {len(cells)}) As Variant", "cells(0, 0) = 1.5",
            *(f'cells(0, {place}) = "{cell}"' for place, cell in enumerate(cells, 1)),
            "given = LmResult(cells)", f"For c = 0 To {len(cells)}", 'said = said & Shown(given(0, c)) & "|"', "Next c",
            'Probe = said & Shown(LmResult("#N/A")) & "|" & Shown(LmResult(True)) & "|" & Shown(LmResult("text"))',
            "End Function",
        ]  # fmt: skip
        modules = {
            vba.MODULE_NAME: "Option VBASupport 1\n" + module.replace("Private Function LmResult", "Function LmResult"),
            "Probe": "\n".join(probe),
        }
        expected = ["Double 1.5", *(f"Error {number}" for number in NUMBERS.values()), "String # a note", "String text",
                    "String ", "Error 2042", "Boolean True", "String text"]  # fmt: skip
        assert calc.run_basic(modules, "Probe.Probe").split("|") == expected


class TestLicence:
    def test_no_licensed_part_is_asked_for(self) -> None:
        """Registering and calling every function loads nothing of xlwings.pro that plain `import xlwings` does not."""
        script = """
import sys
import xlwings
assert not xlwings.__pro__
before = {name for name in sys.modules if name.startswith("xlwings.pro")}
from xlwings.pro import utils
asked = []
utils.LicenseHandler.validate_license = staticmethod(lambda *args, **kwargs: asked.append(args))
import lossmit_udfs.xl as functions
assert functions.NETRECOVERY([[200000.0]], 10) == [[200000.0]]
assert functions.LM_WHY("FC_COST", "ZZ", 1).startswith("FC_COST")
after = {name for name in sys.modules if name.startswith("xlwings.pro")}
print(sorted(after - before), asked)
"""
        script = script.replace("from xlwings.pro import utils", 'utils = sys.modules["xlwings.pro.utils"]')
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "[] []"

    def test_sources_name_no_licensed_part(self) -> None:
        for path in Path(vba.__file__).parents[1].rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
                source = node.module or "" if isinstance(node, ast.ImportFrom) else ""
                assert not any("xlwings.pro" in text for text in (*names, source)), path


def test_tooltip_sheet() -> None:
    """The layout that the add-in reads: mark and version, then name, description, help topic and pairs."""
    rows = sheet_rows()
    assert rows[0][0] == "FunctionInfo" and len({len(row) for row in rows}) == 1
    for function, row in zip(FUNCTIONS, rows[1:], strict=True):
        assert row[:3] == [function.name, function.help, ""]
        pairs = [cell for cell in row[3:] if cell]
        assert [name.strip("[], …") for name in pairs[::2]] == [argument.name for argument in function.arguments]
        assert pairs[1::2] == [argument.wizard for argument in function.arguments]


def test_tooltip_sheet_is_in_the_workbook_with_macros(tmp_path: Path) -> None:
    """Shipped as it is generated; the very last sheet, hidden; the mapping of an import goes before it."""
    shipped = Path(vba.__file__).with_name(FILE_NAME)
    assert shipped.read_text(encoding="utf-8") == csv_text(), "run `python -m lossmit_udfs.vba`"
    write_template(tmp_path / "LossMit.xlsm")
    book = load_workbook(tmp_path / "LossMit.xlsm")
    sheet = book.worksheets[-1]
    assert (sheet.title, sheet.sheet_state) == ("_IntelliSense_", "hidden")
    assert [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)] == sheet_rows()
    open_book = xlwings_book.Book({title: [] for title in book.sheetnames})
    mapping_sheet.write(open_book, read_tape(ROOT / "examples" / "clean_25.csv"))
    assert list(open_book.contents())[-2:] == [mapping_sheet.TITLE, sheet.title]
    assert sheet.title in partner.TOOL_SHEETS


def test_error_texts_are_excels() -> None:
    assert all(isinstance(ExcelError(text), str) for text in NUMBERS) and ERROR_INTEGERS.keys() <= NUMBERS.keys()
    # HRESULTs of COM errors end in the number that CVErr takes.
    assert {text: code + 2146828288 for text, code in ERROR_INTEGERS.items()} == {
        text: NUMBERS[text] for text in ERROR_INTEGERS
    }
