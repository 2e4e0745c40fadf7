"""Workbooks whose names are LAMBDA functions and whose formulas may spill: Excel 2024, 365 and the web.

Apart from the valuation's workbooks, which hold nothing newer than Excel 2016. A formula is stored as Excel stores a
dynamic array: an array formula whose cell metadata (`cm`, part `xl/metadata.xml`) says that it spills by itself.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Value, print_setup
from lossmit_workbook.grid import computed, printable
from lossmit_workbook.package import APP, FORMULA_CELL, in_order, with_time, zip_entry
from lossmit_xl.output import written_aside

METADATA = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" \
xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray"><metadataTypes count="1">\
<metadataType name="XLDAPR" minSupportedVersion="120000" copy="1" pasteAll="1" pasteValues="1" merge="1" \
splitFirst="1" rowColShift="1" clearFormats="1" clearComments="1" assign="1" coerce="1" cellMeta="1"/>\
</metadataTypes><futureMetadata name="XLDAPR" count="1"><bk><extLst>\
<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}"><xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext>\
</extLst></bk></futureMetadata><cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>"""
METADATA_PART = "xl/metadata.xml"
CONTENT_TYPE = (
    b'<Override PartName="/xl/metadata.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"/>'
)
RELATION = (
    b'<Relationship Id="rIdMetadata" Target="metadata.xml" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata"/>'
)
MADE = dt.date(2026, 1, 1)
"""The date that every file of this kind carries: they depend on the version alone."""


@dataclass(frozen=True)
class _Formula:
    value: Value
    spills_to: str  # "" for a plain formula, else the range that a dynamic one fills


@dataclass
class DynamicBook:
    """A workbook in the making. Every formula is written with the value that it has."""

    workbook: Workbook = field(default_factory=Workbook)
    formulas: dict[str, dict[str, _Formula]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        styles.register(self.workbook)
        self.workbook.remove(self.workbook.worksheets[0])

    def sheet(self, title: str, heading: str, note: str, *, landscape: bool = True) -> Worksheet:
        """A new sheet with its heading in A1 and a line below that says what it is for."""
        ws = self.workbook.create_sheet(title)
        ws.sheet_view.showGridLines = False
        self.put(ws, "A1", heading, "lm_title")
        self.put(ws, "A2", note, "lm_note")
        ws.row_dimensions[1].height = 26
        print_setup(ws, landscape)
        return ws

    def put(self, ws: Worksheet, address: str, value: Value, style: str = "lm_cell", format: str | None = None) -> Cell:
        """Type a value; a text is never taken for a formula."""
        cell: Cell = ws[address]
        cell.value = printable(value) if isinstance(value, str) else value
        if isinstance(value, str) and value:
            cell.data_type = "s"
        cell.style = style
        if format:
            cell.number_format = format
        return cell

    def formula(self, ws: Worksheet, address: str, formula: str, value: Value, style: str = "lm_cell",
                format: str | None = None, *, dynamic: bool = False) -> Cell:  # fmt: skip
        """Write a formula (without `=`); `dynamic`: as a dynamic array, which no `@` is put before."""
        return self._write(ws, address, formula, _Formula(value, address if dynamic else ""), style, format)

    def spill(self, ws: Worksheet, address: str, formula: str, values: Sequence[Sequence[Value]],
              style: str = "lm_cell", formats: Sequence[str | None] = ()) -> None:  # fmt: skip
        """Write a formula that fills a range to the right and below; `formats` one a column."""
        row, column = coordinate_to_tuple(address)
        shown = [*formats, *(None,) * (len(values[0]) - len(formats))]
        for down, cells in enumerate(values):
            for right, value in enumerate(cells):
                self.put(ws, f"{get_column_letter(column + right)}{row + down}", value, style, shown[right])
        last = f"{get_column_letter(column + len(values[0]) - 1)}{row + len(values) - 1}"
        self._write(ws, address, formula, _Formula(values[0][0], f"{address}:{last}"), style, shown[0])

    def _write(self, ws: Worksheet, address: str, formula: str, held: _Formula, style: str, format: str | None) -> Cell:
        cell: Cell = ws[address]
        cell.value = f"={formula}"
        cell.style = style
        if format:
            cell.number_format = format
        self.formulas.setdefault(ws.title, {})[address] = held
        return cell

    def define(self, name: str, text: str, comment: str = "") -> None:
        """Define a name; `text` as the file stores it, without `=`."""
        self.workbook.defined_names[name] = DefinedName(name, attr_text=text, comment=comment or None)

    def save(self, out: Path, *, force: bool = False) -> None:
        """Write the file, whole or not at all: the same content gives the same bytes. Raises OutputError."""
        frame = io.BytesIO()
        self.workbook.save(frame)
        sheets = {f"xl/worksheets/sheet{place}.xml": ws.title for place, ws in enumerate(self.workbook.worksheets, 1)}
        with written_aside(out, force=force) as (aside,), zipfile.ZipFile(frame) as source:
            parts = {name: self._part(name, source.read(name), sheets) for name in source.namelist()}
            parts[METADATA_PART] = METADATA
            with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
                for name in in_order(parts):
                    target.writestr(zip_entry(name), parts[name])

    def _part(self, name: str, content: bytes, sheets: Mapping[str, str]) -> bytes:
        if name in sheets:
            return self._with_values(content, self.formulas.get(sheets[name], {}), sheets[name])
        if name == "[Content_Types].xml":
            return content.replace(b"</Types>", CONTENT_TYPE + b"</Types>")
        if name == "xl/_rels/workbook.xml.rels":
            return content.replace(b"</Relationships>", RELATION + b"</Relationships>")
        if name == "docProps/app.xml":
            return APP
        return with_time(content, MADE) if name == "docProps/core.xml" else content

    def _with_values(self, content: bytes, formulas: Mapping[str, _Formula], title: str) -> bytes:
        def cell(match: re.Match[bytes]) -> bytes:
            address = match[1].decode()
            if address not in formulas:
                raise ValueError(f"{title}!{address}: a formula without its value")
            held, text = formulas[address], match[3].decode()
            array = f' t="array" ref="{escape(held.spills_to)}"' if held.spills_to else ""
            metadata = b' cm="1"' if held.spills_to else b""
            inside = computed(held.value, f"<f{array}>{text}</f>").encode()
            return b'<c r="%b"%b%b%b' % (match[1], match[2] or b"", metadata, inside)

        return FORMULA_CELL.sub(cell, content)
