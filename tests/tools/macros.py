"""Workbooks with macros for the tests: VBA read back, and copies whose macros LibreOffice can run.

LibreOffice 7.4 ignores `#If`: it compiles both branches, and a module that does not compile stops every macro of the
workbook. xlwings' modules and the functions' wrapper are such; a copy for LibreOffice has a stand-in of `RunPython`
there.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from lossmit_workbook.macro_sources import (
    GENERATED,
    XLWINGS_MODULES,
    Source,
    built,
    functions_wrapper,
    read_folder,
)
from tests.tools.calc import scratch_folder

STAND_IN = """Attribute VB_Name = "xlwings"
Option Explicit
Public Function RunPython(command As String)
    Shell "{python}", 0, "{script} " & Chr(34) & command & Chr(34), True
End Function
"""
NOBODY = """Attribute VB_Name = "xlwings"
Option Explicit
Public Function RunPython(command As String)
End Function
"""
SAVING = """Attribute VB_Name = "LmSave"
Option Explicit
Private Function Filter(words As String)
    Dim made As New com.sun.star.beans.PropertyValue
    made.Name = "FilterName"
    made.Value = words
    Filter = Array(made)
End Function
Private Sub CheckMode()
    If Application.Calculation <> -4105 Then Err.Raise 1004, , "Excel would write manual calculation into this file"
End Sub
Public Sub SaveTwin(path As String)
    If InStr(path, "lossmit-twin") = 0 Then CheckMode
    ThisComponent.storeToURL(ConvertToURL(path), Filter("Calc MS Excel 2007 VBA XML"))
End Sub
Public Sub SavePlain(twin As Workbook, path As String)
    CheckMode
    Dim every As Object, one As Object
    every = StarDesktop.Components.createEnumeration()
    Do While every.hasMoreElements()
        one = every.nextElement()
        If one.URL = ConvertToURL(twin.Path & "/" & twin.Name) Then
            one.storeToURL(ConvertToURL(path), Filter("Calc MS Excel 2007 XML"))
        End If
    Loop
End Sub
"""
"""LibreOffice's SaveAs and SaveCopyAs write .xls whatever they are asked for; this is the same by its own means."""


def read_back(path: Path) -> dict[str, str]:
    """Every module's source as olevba reads it, by name, Unix line ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a parser's older names
        from oletools.olevba import VBA_Parser

        parser = VBA_Parser(str(path))
        try:
            found = list(parser.extract_macros())
        finally:
            parser.close()
    return {name.rpartition(".")[0]: code.replace("\r\n", "\n") for _, _, name, code in found}


def without_attributes(text: str) -> str:
    """A module's text without the lines that only a stored module has."""
    kept = [line.rstrip() for line in text.split("\n") if not line.startswith("Attribute ")]
    return "\n".join(kept).strip()


def for_libreoffice(
    path: Path, script: Path | None = None, functions: str = "", broken: tuple[str, int] | None = None
) -> Path:
    """A copy whose macros LibreOffice compiles; `RunPython` calls `script` with the command, or does nothing.

    `functions` are taken for such that need Python, for LibreOffice has no values of those that really do. `broken`
    is a Sub of LmSave that raises an error of this number instead of saving.
    """
    from pyopenvba import ExcelFile

    out = scratch_folder("macros") / path.name
    text = NOBODY if script is None else STAND_IN.format(python=sys.executable, script=script)
    with ExcelFile(path) as file:
        project = file.vba_project()
        for name in (*XLWINGS_MODULES, *(source.name for source in functions_wrapper())):
            project.delete_module(name)
        project.add_module("xlwings", text.replace("\n", "\r\n"))
        wrapper = [Source("", f"Function {name}(") for name in functions.split()]
        project.delete_module(GENERATED)
        project.add_module(GENERATED, built(wrapper).as_stored())
        project.delete_module("LmSave")
        saving = SAVING
        if broken is not None:
            head = saving[saving.index(f"Public Sub {broken[0]}(") :].partition("\n")[0]
            saving = saving.replace(head, f'{head}\n    Err.Raise {broken[1]}, , "planted"')
        project.add_module("LmSave", saving.replace("\n", "\r\n"))
        file.save(out)
    return out


def ours() -> list[Source]:
    """The macros' modules as they stand in the repository."""
    return read_folder(Path(__file__).parents[2] / "workbook" / "vba")
