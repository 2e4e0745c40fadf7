"""What makes a workbook one with macros: the VBA project, buttons on Start, a tab in the ribbon, a sheet of settings.

openpyxl's frame gets code names and the sheets `xlwings.conf` and `_IntelliSense_`; the finishing pass (`package`) then
adds the parts made here. Same input, same bytes: the project is built anew each time on a workbook of empty sheets.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import macro_actions, macro_buttons
from lossmit_workbook.book import Book
from lossmit_workbook.macro_sources import CLASS, INSTALL, Source, sources
from lossmit_workbook.sheets import settings, start, tooltips
from lossmit_xl.errors import LossmitError

PLAIN_MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_MAIN = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
DRAWING = "xl/drawings/buttons.xml"
PROJECT = "xl/vbaProject.bin"
RIBBON = "customUI/customUI14.xml"
AFTER_DRAWING = re.compile(
    rb"<(?:legacyDrawing|legacyDrawingHF|picture|oleObjects|controls|tableParts|extLst)\b|</worksheet>"
)

Edit = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Additions:
    """Parts to add to a saved workbook, and how parts that are there change."""

    parts: Mapping[str, bytes] = field(default_factory=dict)
    edits: Mapping[str, Edit] = field(default_factory=dict)


def code_name(title: str) -> str:
    """Name of a sheet in VBA: `shTapeIssues` for "Tape issues"."""
    return "sh" + "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", title))


def prepare(book: Book) -> None:
    """The sheet of settings, that of tooltips and the code names, on openpyxl's frame."""
    settings.write(book)
    tooltips.write(book)
    book.workbook.code_name = "ThisWorkbook"
    for ws in book.workbook.worksheets:
        ws.sheet_properties.codeName = code_name(ws.title)


def additions(book: Book) -> Additions:
    """The parts of the macros. Raises LossmitError where pyOpenVBA or xlwings is missing."""
    workbook = book.workbook
    place = workbook.sheetnames.index(start.TITLE) + 1
    home = f"xl/worksheets/sheet{place}.xml"
    relations = f"xl/worksheets/_rels/sheet{place}.xml.rels"
    widths = [start.WIDTHS[letter] for letter in sorted(start.WIDTHS)]
    parts = {
        PROJECT: project([ws.sheet_properties.codeName for ws in workbook.worksheets], sources()),
        RIBBON: macro_actions.ribbon(),
        DRAWING: macro_buttons.drawing(start.BUTTON_ROW, widths),
    }
    to_drawing = relationship("rIdButtons", f"{OFFICE}/drawing", "/" + DRAWING)
    edits: dict[str, Edit] = {
        "[Content_Types].xml": _content_types,
        "_rels/.rels": _adding(relationship("rIdRibbon", f"{MICROSOFT}/2007/relationships/ui/extensibility", RIBBON)),
        "xl/_rels/workbook.xml.rels": _adding(
            relationship("rIdProject", f"{MICROSOFT}/2006/relationships/vbaProject", "vbaProject.bin")
        ),
        home: _with_drawing,
    }
    if _has_relations(workbook[start.TITLE]):
        edits[relations] = _adding(to_drawing)
    else:
        head = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        parts[relations] = head + b'<Relationships xmlns="%b">%b</Relationships>' % (RELATIONS.encode(), to_drawing)
    return Additions(parts, edits)


def project(code_names: Sequence[str], modules: Sequence[Source]) -> bytes:
    """The VBA project: a document module a sheet, `ThisWorkbook`, and these modules. Raises LossmitError."""
    try:
        from pyopenvba import ExcelFile, VBAModuleKind
        from pyopenvba.vba import normalize_class_source
    except ImportError:
        raise LossmitError(f"pyOpenVBA is not installed, which a workbook with macros needs; {INSTALL}") from None
    with tempfile.TemporaryDirectory(prefix="lossmit-vba-") as folder:
        path = Path(folder) / "frame.xlsm"
        _frame(code_names, path)
        with ExcelFile(path) as file:
            made = file.add_vba_project()
            for module in modules:
                text = module.as_stored()
                if module.kind == CLASS:
                    made.add_module(module.name, normalize_class_source(text), kind=VBAModuleKind.other)
                else:
                    made.add_module(module.name, text)
            file.save(path)
        with zipfile.ZipFile(path) as parts:
            return parts.read(PROJECT)


def _frame(code_names: Sequence[str], path: Path) -> None:
    """A workbook of empty sheets with these code names, of the kind that may hold macros."""
    frame = Workbook()
    frame.code_name = "ThisWorkbook"
    frame.remove(frame.worksheets[0])
    for name in code_names:
        frame.create_sheet(name).sheet_properties.codeName = name
    plain = path.with_suffix(".xlsx")
    frame.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(PLAIN_MAIN, MACRO_MAIN))


def relationship(number: str, kind: str, target: str) -> bytes:
    """A relationship element."""
    return f'<Relationship Id="{number}" Type="{kind}" Target="{target}"/>'.encode()


def _adding(element: bytes) -> Edit:
    return lambda content: content.replace(b"</Relationships>", element + b"</Relationships>")


def _content_types(content: bytes) -> bytes:
    kinds = (
        '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        f'<Override PartName="/{DRAWING}" ContentType="{DRAWING_TYPE}"/>'
    ).encode()
    return content.replace(PLAIN_MAIN, MACRO_MAIN).replace(b"</Types>", kinds + b"</Types>")


def _with_drawing(content: bytes) -> bytes:
    """The sheet with its drawing, in the place the schema has for it."""
    if b"<drawing " in content:
        raise ValueError("Start has a drawing already: the buttons would take its place")
    element = f'<drawing xmlns:r="{OFFICE}" r:id="rIdButtons"/>'.encode()
    found = AFTER_DRAWING.search(content, content.index(b"</sheetData>"))
    assert found is not None
    return content[: found.start()] + element + content[found.start() :]


def _has_relations(ws: Worksheet) -> bool:
    """Whether openpyxl will write relationships for the sheet: outside links, notes, tables."""
    outside = any(cell.hyperlink is not None and cell.hyperlink.target for row in ws.iter_rows() for cell in row)
    notes = any(cell.comment is not None for row in ws.iter_rows() for cell in row)
    return outside or notes or bool(ws.tables)
