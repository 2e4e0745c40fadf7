"""The lint's view of a workbook's parts: sheets, names, tables, links and charts, and what can be wrong with them."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, fromstring, iterparse

from lossmit_workbook.formula_text import column_number, read_formula, reads_as_cell

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_DOCUMENT = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"

_AREA = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)\Z")
_NAME = re.compile(r"[A-Za-z_\\\u0080-\uffff][\w.\\?]{0,254}\Z")


@dataclass(frozen=True)
class Finding:
    """One defect: the rule it breaks, where (`Sheet!A1`, a name, a part), and what is wrong, in a line."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.rule}]"


@dataclass(frozen=True)
class Table:
    """A worksheet table: its headings as the part states them, and where the heading row is (from 1)."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    columns: tuple[str, ...]
    formulas: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A worksheet: its tab's name, its part in the zip, its tables."""

    name: str
    part: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Name:
    """A defined name; `scope` is the index of its sheet, None for the workbook's."""

    name: str
    formula: str
    comment: str
    scope: str | None

    @property
    def built_in(self) -> bool:
        """Whether Excel gave the name (print titles, filters)."""
        return self.name.startswith("_xlnm.")


@dataclass
class Package:
    """The workbook's parts, read before its cells."""

    sheets: list[Sheet]
    names: list[Name]
    links: list[tuple[str, str]]
    shared: list[str] = field(default_factory=list)

    @property
    def tables(self) -> list[Table]:
        """Every table of every sheet."""
        return [table for sheet in self.sheets for table in sheet.tables]

    def text_of(self, cell: Element, kind: str, held: str) -> str | None:
        """The text a cell shows, None where it holds no text."""
        if kind == "s":
            return self.shared[int(held)]
        if kind == "inlineStr":
            return "".join(text.text or "" for text in cell.iter(MAIN + "t"))
        return held if kind == "str" else None


def read_package(archive: zipfile.ZipFile) -> Package:
    """Read everything but the cells."""
    root = fromstring(archive.read("xl/workbook.xml"))
    targets = {rel: target for rel, _, target, _ in _relations(archive, "xl/workbook.xml")}
    sheets = []
    for entry in root.iter(MAIN + "sheet"):
        part = targets[entry.get(_DOCUMENT + "id", "")]
        if part.startswith("xl/worksheets/"):
            sheets.append(Sheet(entry.get("name", ""), part, tuple(_tables(archive, part))))
    names = [
        Name(entry.get("name", ""), entry.text or "", entry.get("comment", ""), entry.get("localSheetId"))
        for entry in root.iter(MAIN + "definedName")
    ]
    return Package(sheets, names, list(_links(archive)), _shared_strings(archive))


def _relations(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str, str, str]]:
    """(id, kind, target part, mode) of each relationship of a part."""
    folder, name = posixpath.split(part)
    path = f"{folder}/_rels/{name}.rels"
    if path not in archive.namelist():
        return
    for entry in fromstring(archive.read(path)).iter(_REL + "Relationship"):
        target, mode = entry.get("Target", ""), entry.get("TargetMode", "Internal")
        if mode == "Internal":
            target = posixpath.normpath(posixpath.join(folder, target)) if target[:1] != "/" else target[1:]
        yield entry.get("Id", ""), entry.get("Type", "").rsplit("/", 1)[-1], target, mode


def _tables(archive: zipfile.ZipFile, part: str) -> Iterator[Table]:
    for _, kind, target, _ in _relations(archive, part):
        if kind != "table":
            continue
        root = fromstring(archive.read(target))
        area = _AREA.match(root.get("ref", ""))
        if area is None:
            raise KeyError(f"{target}: a table without an area")
        columns = list(root.iter(MAIN + "tableColumn"))
        formulas = [c.text or "" for column in columns for c in column.iter(MAIN + "calculatedColumnFormula")]
        names = tuple(_unescaped(column.get("name", "")) for column in columns)
        first, last, left = int(area[2]), int(area[4]), column_number(area[1])
        yield Table(root.get("displayName", ""), first, last, left, names, tuple(formulas))


def _unescaped(heading: str) -> str:
    """Headings hold line breaks as `_x000a_` in the table's part and as they are in the cell."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), heading)


def _links(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Links out of the file other than web pages a reader may click."""
    for name in archive.namelist():
        if name.startswith("xl/externalLinks/") and name.endswith(".xml"):
            yield name, "a part that holds another workbook's cells"
        if name == "xl/connections.xml":
            yield name, "a data connection"
        if not name.endswith(".rels"):
            continue
        for entry in fromstring(archive.read(name)).iter(_REL + "Relationship"):
            target = entry.get("Target", "")
            page = entry.get("Type", "").endswith("/hyperlink") and target.startswith(("https:", "http:", "mailto:"))
            if entry.get("TargetMode") == "External" and not page:
                yield name, f"a link to {target}"


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    texts: list[str] = []
    with archive.open("xl/sharedStrings.xml") as stream:
        for _, element in iterparse(stream):
            if element.tag == MAIN + "si":
                texts.append("".join(text.text or "" for text in element.iter(MAIN + "t")))
                element.clear()
    return texts


def check_package(package: Package) -> Iterator[Finding]:
    """Sheet names, defined names, table names and links."""
    yield from _check_sheet_names([sheet.name for sheet in package.sheets])
    for part, what in package.links:
        yield Finding("external-link", part, what)
    yield from _check_names(package)


def _check_names(package: Package) -> Iterator[Finding]:
    for defined in package.names:
        where = f"name {defined.name}"
        if reads_as_cell(defined.name):
            yield Finding("name-like-cell", where, "reads as a cell address: Excel repairs the file")
        elif not _NAME.match(defined.name):
            yield Finding("bad-name", where, "not a name Excel takes")
        if len(defined.comment) > 255:
            yield Finding("bad-name", where, "its comment is longer than 255 characters: Excel refuses the file")
    for (word, _), count in Counter((name.name.lower(), name.scope) for name in package.names).items():
        if count > 1:
            yield Finding("repeated-name", f"name {word}", "defined twice")
    taken = {name.name.lower() for name in package.names}
    words = Counter(table.name.lower() for table in package.tables)
    for table in package.tables:
        if reads_as_cell(table.name):
            yield Finding("name-like-cell", f"table {table.name}", "reads as a cell address")
        if words[table.name.lower()] > 1 or table.name.lower() in taken:
            yield Finding("repeated-name", f"table {table.name}", "another table or name is called so too")


def _check_sheet_names(names: list[str]) -> Iterator[Finding]:
    for name in names:
        if not 1 <= len(name) <= 31:
            yield Finding("sheet-name", name, f"{len(name)} characters; Excel takes 1 to 31")
        if re.search(r"[\\/*?:\[\]]", name) or name.startswith("'") or name.endswith("'"):
            yield Finding("sheet-name", name, "holds a character Excel does not allow there")
    for name, count in Counter(name.lower() for name in names).items():
        if count > 1:
            yield Finding("sheet-name", name, "stands twice")


def check_charts(archive: zipfile.ZipFile, sheets: frozenset[str]) -> Iterator[Finding]:
    """Each chart's references name a sheet that is there, and hold their values (phones and previews draw those)."""
    for part in sorted(name for name in archive.namelist() if re.fullmatch(r"xl/charts/chart[^/]*\.xml", name)):
        for reference in fromstring(archive.read(part)).iter():
            if reference.tag not in (_CHART + "numRef", _CHART + "strRef"):
                continue
            formula = reference.findtext(_CHART + "f") or ""
            parts = read_formula(formula)
            for name in sorted(parts.sheets):
                if name.lower() not in sheets:
                    yield Finding("unknown-sheet", part, f"{formula}: there is no sheet {name}")
            if parts.errors or parts.problem or not formula:
                yield Finding("ref-error", part, f"{formula or 'an empty reference'} can't be read")
            if next(reference.iter(_CHART + "pt"), None) is None:
                yield Finding("chart-cache", part, f"{formula} has no cached values")
