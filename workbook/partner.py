"""The copy for a partner who has neither Python nor trust in macros: `lossmit partner`. The macro PartnerCopy does the
same.

    report = partner_copy(Path("pool.xlsm"), Path("pool partner.xlsx"))
    report.replaced    # cells whose formula became a value, since it called what Excel does not have

The file's parts are rewritten one by one; it is never loaded and saved by a library that would lose what it does not
know.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import unescape

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string

from lossmit_workbook import mapping_sheet
from lossmit_workbook import partner_parts as parts
from lossmit_workbook.package import LEVEL, PLAIN, in_order, zip_entry
from lossmit_workbook.partner_parts import SheetWork
from lossmit_workbook.sheets import settings, tooltips
from lossmit_workbook.sheets.loans import PERSONAL_COLUMNS
from lossmit_workbook.sheets.start import BUTTONS, PARTNER_STAMP
from lossmit_workbook.sheets.tape_issues import PERSONAL_CELL, WITHHELD
from lossmit_xl.errors import LossmitError, OutputError
from lossmit_xl.output import check_target, written_aside

TOOL_SHEETS = (settings.TITLE, tooltips.TITLE, mapping_sheet.TITLE)
"""Sheets of the macros: they do not travel."""
LIVE = "Partner copy: formulas are live, blue cells may be changed, the rest is protected without a password. "
FROZEN = "FROZEN COPY: values only, nothing recalculates. "
DROPPED = re.compile(
    r"xl/(vbaProject|vbaData|externalLinks/|connections|queryTables/|persons/|threadedComments/|ctrlProps/|activeX/"
    r"|printerSettings/|calcChain|revisions/|macrosheets/|webextensions/)|customUI/|customXml/|docMetadata/"
    r"|docProps/(custom|thumbnail)"
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
CORE = (
    f'{HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Loan bids</dc:title></cp:coreProperties>'
).encode()
APP = (
    f'{HEAD}<Properties xmlns="{OFFICE}/extended-properties"><Application>lossmit_xl</Application></Properties>'
).encode()
MACRO_MAIN = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
PLAIN_MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


@dataclass
class PartnerReport:
    """What was done: cells that became values (`Sheet!A1`), sheets and parts that were left out."""

    replaced: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    personal: bool = False


def partner_copy(
    source: Path, out: Path, *, values: bool = False, keep_personal: bool = False, force: bool = False
) -> PartnerReport:
    """Write the copy to `out`, whole or not at all. Raises LossmitError where `source` is no workbook of ours,
    OutputError where `out` can't be written."""
    if out.suffix.lower() != PLAIN and not out.is_dir():
        raise OutputError(f"{out}: is a partner copy; give it a name that ends in {PLAIN}")
    if out.exists() and source.exists() and out.samefile(source):
        raise OutputError(f"{out}: is the workbook itself; choose another name for the copy")
    check_target(out, force=force)
    try:
        archive = zipfile.ZipFile(source)
    except FileNotFoundError:
        raise LossmitError(f"{source}: there is no such file; check the name and the folder.") from None
    except (OSError, zipfile.BadZipFile):
        raise LossmitError(f"{source}: is no .xlsx or .xlsm that can be read; save it from Excel again.") from None
    with archive:
        copy = _Copy(source, archive, values, keep_personal)
        changed = copy.make()
        with (
            written_aside(out, force=force) as (aside,),
            zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as target,
        ):
            for name in in_order([*changed, *copy.untouched]):
                target.writestr(zip_entry(name), changed[name] if name in changed else archive.read(name))
    return copy.report


@dataclass
class _Name:
    """A defined name: its element, where it points (sheet's title, area), and the sheet it belongs to."""

    element: bytes
    name: str
    sheet: str
    area: str
    scope: int | None
    text: str


class _Copy:
    """One run over a workbook's parts."""

    def __init__(self, source: Path, archive: zipfile.ZipFile, values: bool, keep_personal: bool) -> None:
        self.source, self.archive, self.values, self.keep_personal = source, archive, values, keep_personal
        self.report = PartnerReport()
        self.parts = archive.namelist()
        if "xl/workbook.xml" not in self.parts:
            raise LossmitError(f"{source}: is no Excel workbook; name the .xlsx or .xlsm that lossmit wrote.")
        self.book = archive.read("xl/workbook.xml")
        self.names = list(self._defined_names())
        self.sheets = self._sheet_parts()
        if PARTNER_STAMP not in {name.name for name in self.names}:
            raise LossmitError(f"{source}: is no workbook of this version of lossmit; build it anew from the tape.")
        self.gone = {part for title, part in self.sheets.items() if title in TOOL_SHEETS}
        self.untouched: list[str] = []

    def make(self) -> dict[str, bytes]:
        """Every part that changes, by name; the others are in `untouched`."""
        changed: dict[str, bytes] = {"docProps/core.xml": CORE, "docProps/app.xml": APP}
        works = {title: self._work(title) for title, part in self.sheets.items() if part not in self.gone}
        ids = self._relations(changed)
        for title, work in works.items():
            part = self.sheets[title]
            self._check_right_of_personal(title, work)
            made = parts.edit_sheet(self.archive.read(part), work)
            changed[part] = parts.without_ids(made, ids.get(part, set()))
            self.report.replaced += [f"{title}!{address}" for address in work.replaced]
        self._check_values(works)
        self._stamp_replaced(changed)
        for name in self.parts:
            if name in changed or self._dropped(name):
                continue
            made_part = self._other(name, works, ids)
            if made_part is None:
                self.untouched.append(name)
            else:
                changed[name] = made_part
        self.report.sheets = [title for title, part in self.sheets.items() if part in self.gone]
        self.report.parts = sorted(name for name in self.parts if self._dropped(name) and name not in self.gone)
        return changed

    def _dropped(self, name: str) -> bool:
        owner = re.sub(r"_rels/([^/]+)\.rels$", r"\1", name)
        return bool(DROPPED.match(name)) or name in self.gone or owner in self.gone or bool(DROPPED.match(owner))

    def _other(self, name: str, works: dict[str, SheetWork], ids: dict[str, set[str]]) -> bytes | None:
        content = self.archive.read(name)
        if name == "xl/workbook.xml":
            return parts.without_ids(self._workbook(), ids.get(name, set()))
        if name == "[Content_Types].xml":
            return self._content_types(content)
        if name == "xl/sharedStrings.xml":
            return parts.blank_unused_strings(content, {place for work in works.values() for place in work.strings})
        if name == "xl/styles.xml" and self.values:
            return content.replace(b'locked="0"', b'locked="1"')
        if re.match(r"xl/(comments|.*/comment)", name):
            return parts.without_authors(content)
        if name.startswith("xl/drawings/") and name.endswith(".xml"):
            return parts.without_ids(parts.without_macro_shapes(content), ids.get(name, set()))
        if name.startswith("xl/tables/"):
            columns = {letters for work in works.values() for letters in work.columns}
            return parts.shrink_table(content, columns)
        return None

    def _sheet_parts(self) -> dict[str, str]:
        """Part of each sheet by its title, in tab order."""
        relations = self.archive.read("xl/_rels/workbook.xml.rels").decode()
        targets = {}
        for element in re.findall(r"<Relationship\b[^>]*>", relations):
            target = _attribute(element, "Target")
            targets[_attribute(element, "Id")] = target[1:] if target[:1] == "/" else posixpath.join("xl", target)
        made = {}
        for element in re.findall(r"<sheet\b[^>]*>", self.book.decode()):
            made[_attribute(element, "name")] = targets[_attribute(element, r"\w+:id")]
        return made

    def _defined_names(self) -> list[_Name]:
        made = []
        for found in re.finditer(rb"<definedName\b([^>]*)>(.*?)</definedName>", self.book, re.DOTALL):
            head, text = found[1].decode(), unescape(found[2].decode(), {"&quot;": '"', "&apos;": "'"})
            at = re.fullmatch(r"(?:'((?:[^']|'')+)'|([\w.]+))!(\$?[A-Z$0-9:]+)", text)
            sheet = (at[1] or at[2]).replace("''", "'") if at else ""
            scope = _attribute(head, "localSheetId")
            made.append(_Name(found[0], _attribute(head, "name"), sheet, at[3].replace("$", "") if at else "",
                              int(scope) if scope else None, text))  # fmt: skip
        return made

    def _named(self, name: str) -> _Name | None:
        return next((one for one in self.names if one.name == name and one.area), None)

    def _work(self, title: str) -> SheetWork:
        """What is to be done on a sheet, from the names that the build gave."""
        work = SheetWork(self.values)
        stamp, buttons = self._named(PARTNER_STAMP), self._named(BUTTONS)
        if stamp is not None and stamp.sheet == title:
            work.texts[stamp.area] = (FROZEN if self.values else LIVE) + self._text_at(title, stamp.area)
        if buttons is not None and buttons.sheet == title:
            work.plain_rows = [int(re.findall(r"[0-9]+", buttons.area)[0])]
        if self.keep_personal:
            return work
        columns = self._named(PERSONAL_COLUMNS)
        if columns is not None and columns.sheet == title:
            work.columns = frozenset(_letters(columns.area))
            self.report.personal = True
        cells = {name.area: WITHHELD for name in self.names if _personal_cell(name) and name.sheet == title}
        if cells:
            work.texts |= cells
            self.report.personal = True
        return work

    def _text_at(self, title: str, address: str) -> str:
        """What a cell of text says."""
        for found in parts.Cell.finditer(self.archive.read(self.sheets[title])):
            if (found[1] + found[2]).decode() == address:
                return self._text_of(found[3], found[4] or b"")
        return ""

    def _text_of(self, attributes: bytes, inside: bytes) -> str:
        if b't="s"' in attributes:
            number = int(re.findall(rb"<v>([0-9]+)</v>", inside)[0])
            strings = self.archive.read("xl/sharedStrings.xml")
            inside = re.findall(rb"<si\s*/>|<si>.*?</si>", strings, re.DOTALL)[number]
        pieces = re.findall(rb"<t\b[^>]*>(.*?)</t>", inside, re.DOTALL)
        return unescape(b"".join(pieces).decode(), {"&quot;": '"', "&apos;": "'"})

    def _stamp_replaced(self, changed: dict[str, bytes]) -> None:
        """Say on Start which formulas are values now."""
        stamp = self._named(PARTNER_STAMP)
        if not self.report.replaced or stamp is None:
            return
        words = self._work(stamp.sheet).texts[stamp.area] + f" Replaced by values: {', '.join(self.report.replaced)}."
        part = self.sheets[stamp.sheet]
        at = SheetWork(texts={stamp.area: words})
        changed[part] = parts.edit_sheet(changed[part], at)

    def _check_right_of_personal(self, title: str, work: SheetWork) -> None:
        if work.columns:
            last = max(column_index_from_string(letters) for letters in work.columns)
            if parts.used_columns(self.archive.read(self.sheets[title])) > last:
                raise LossmitError(
                    f"{self.source}: something stands at the right of the personal columns of {title}; move it to "
                    "another sheet, or keep the personal columns with --keep-personal."
                )

    def _check_values(self, works: dict[str, SheetWork]) -> None:
        missing = [f"{title}!{address}" for title, work in works.items() for address in work.missing]
        if missing:
            raise LossmitError(
                f"{self.source}: {len(missing)} formulas hold no value ({missing[0]}, for one); open it in Excel, save "
                "it and try again."
            )

    def _relations(self, changed: dict[str, bytes]) -> dict[str, set[str]]:
        """Take relationships to dropped parts out; the ids that went, by the part that had them."""
        ids = {}
        for name in self.parts:
            if not name.endswith(".rels") or self._dropped(name):
                continue
            owner = re.sub(r"_rels/([^/]*)\.rels$", r"\1", name)
            folder = posixpath.dirname(owner)
            made, gone = parts.without_relations(self.archive.read(name), self._drops_from(folder))
            if gone:
                changed[name], ids[owner] = made, gone
        return ids

    def _drops_from(self, folder: str) -> Callable[[str], bool]:
        def dropped(target: str) -> bool:
            path = target[1:] if target[:1] == "/" else posixpath.normpath(posixpath.join(folder, target))
            return self._dropped(path)

        return dropped

    def _content_types(self, content: bytes) -> bytes:
        def override(found: re.Match[bytes]) -> bytes:
            return b"" if self._dropped(found[1].decode()) else found[0]

        content = content.replace(MACRO_MAIN, PLAIN_MAIN)
        content = re.sub(rb'<Override\b[^>]*?\bPartName="/([^"]+)"[^>]*?(?:/>|></Override>)', override, content)
        return re.sub(rb'<Default\b[^>]*?ContentType="application/vnd.ms-office.vbaProject"[^>]*?/>', b"", content)

    def _workbook(self) -> bytes:
        """The workbook's part: sheets and names that stay, no links, nobody's path or name, its structure locked."""
        book = self.book
        titles = list(self.sheets)
        for element in re.findall(rb"<sheet\b[^>]*?(?:/>|></sheet>)", book):
            if unescape(_attribute(element.decode(), "name")) in TOOL_SHEETS:
                book = book.replace(element, b"")
        for pattern in (
            rb"<externalReferences>.*?</externalReferences>", rb"<fileSharing\b[^>]*/>", rb"<xr:revisionPtr\b[^>]*/>",
            rb"<mc:AlternateContent\b(?:(?!</mc:AlternateContent>).)*absPath.*?</mc:AlternateContent>",
            rb"<workbookProtection\b[^>]*?(?:/>|></workbookProtection>)",
        ):  # fmt: skip
            book = re.sub(pattern, b"", book, flags=re.DOTALL)
        book = re.sub(rb'(<(?:workbookPr|fileVersion)\b[^>]*?) codeName="[^"]*"', rb"\1", book)
        book = re.sub(rb'\b(activeTab|firstSheet)="[0-9]+"', rb'\1="0"', book)
        book = book.replace(b"<bookViews", b'<workbookProtection lockStructure="1"/><bookViews', 1)
        kept = [title for title in titles if self.sheets[title] not in self.gone]
        for name in self.names:
            book = book.replace(name.element, self._name(name, titles, kept), 1)
        return book.replace(b"<definedNames></definedNames>", b"")

    def _name(self, name: _Name, titles: list[str], kept: list[str]) -> bytes:
        """A defined name as it stays; nothing where it points out of the copy or to what went."""
        personal = (name.name == PERSONAL_COLUMNS or _personal_cell(name)) and not self.keep_personal
        foreign = "#REF!" in name.text or parts.is_foreign(name.text)
        if personal or foreign or name.name == BUTTONS or name.sheet in TOOL_SHEETS:
            return b""
        if name.scope is None:
            return name.element
        if titles[name.scope] not in kept:
            return b""
        place = b'localSheetId="%d"' % kept.index(titles[name.scope])
        return re.sub(rb'localSheetId="[0-9]+"', place, name.element)


def _personal_cell(name: _Name) -> bool:
    return name.name.startswith(PERSONAL_CELL) and bool(name.area)


def _attribute(element: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', element)
    return unescape(found[1], {"&quot;": '"', "&apos;": "'"}) if found else ""


def _letters(area: str) -> list[str]:
    """Columns of an area, `AX:AZ` or `AX7:AZ31`."""
    ends = [re.sub(r"[0-9]", "", end) for end in area.split(":")]
    first, last = column_index_from_string(ends[0]), column_index_from_string(ends[-1])
    return [get_column_letter(place) for place in range(first, last + 1)]
