"""What a partner copy changes inside the parts of a workbook: cells, protection, names, relations, authors.

Works on the bytes of the XML, whether openpyxl, Excel or LibreOffice wrote it: what is not named here stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, unescape

from openpyxl.utils.cell import column_index_from_string

from lossmit_workbook.formula_text import function_problem

Cell = re.compile(rb'<c (?=[^>]*\br="([A-Z]+)([0-9]+)")([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_FORMULA = re.compile(rb"<f\b([^>]*?)(?:/>|>(.*?)</f>)", re.DOTALL)
_FUNCTION = re.compile(r"([A-Za-z_][\w.]*)\(")
_TEXTS = re.compile(r'"(?:[^"]|"")*"')
_EXTERNAL = re.compile(r"(?<![\w.])\[[0-9]+\][^\[\]!]*!|\.xla", re.IGNORECASE)
"""`[1]Sheet1!A1`, `'[1]A sheet'!A1`, `[1]!name`: another file. `Table1[2024]` is a table's column."""
_SHARED = re.compile(rb'\bsi="([0-9]+)"')
_TYPE = re.compile(rb'\bt="s"')
_INDEX = re.compile(rb"<v>([0-9]+)</v>")
_PROTECTION = re.compile(rb"<sheetProtection\b[^>]*?(?:/>|>.*?</sheetProtection>)", re.DOTALL)
_BEHIND_DATA = re.compile(rb"(?:</sheetData>|<sheetData\s*/>)(?:<sheetCalcPr\b[^>]*/>)?")
PROTECTED = b'<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" sort="0" autoFilter="0"/>'
"""Contents are locked where a cell is; widths, filters and sorting stay usable. There is no password."""


@dataclass
class SheetWork:
    """What is to be done on one sheet, and what was.

    `columns`: letters whose cells go; `texts`: new texts by address; `plain_rows`: rows that lose their height.
    `replaced` collects the cells whose formula became its value, `missing` those without a value to take.
    """

    values: bool = False
    columns: Collection[str] = ()
    texts: dict[str, str] = field(default_factory=dict)
    plain_rows: Collection[int] = ()
    replaced: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    strings: set[int] = field(default_factory=set)


def edit_sheet(content: bytes, work: SheetWork) -> bytes:
    """The sheet's part as the partner gets it."""
    begin, end = content.find(b"<sheetData"), content.find(b"</sheetData>")
    if end >= 0:
        cells = _edit_cells(content[begin:end], work)
        for row in work.plain_rows:
            cells = re.sub(rb'(<row r="%d"[^>]*?) (?:ht|customHeight)="[^"]*"' % row, rb"\1", cells)
            cells = re.sub(rb'(<row r="%d"[^>]*?) (?:ht|customHeight)="[^"]*"' % row, rb"\1", cells)
        content = content[:begin] + cells + content[end:]
    content = _PROTECTION.sub(b"", content)
    content = _BEHIND_DATA.sub(lambda found: found[0] + PROTECTED, content, count=1)
    content = re.sub(rb'(<sheetPr\b[^>]*?) codeName="[^"]*"', rb"\1", content)
    return re.sub(rb"<dimension\b[^>]*/>", b"", content) if work.columns else content


def _edit_cells(data: bytes, work: SheetWork) -> bytes:
    foreign = None if work.values else _foreign_formulas(data)

    def cell(found: re.Match[bytes]) -> bytes:
        letters, row, attributes, inside = found[1].decode(), found[2].decode(), found[3], found[4] or b""
        address = letters + row
        if letters in work.columns:
            return b""
        if address in work.texts:
            return _text_cell(attributes, work.texts[address])
        formula = _FORMULA.search(inside)
        if formula is not None and (foreign is None or foreign(formula)):
            return _as_value(attributes, inside, address, foreign is not None, work)
        if _TYPE.search(attributes) and (index := _INDEX.search(inside)):
            work.strings.add(int(index[1]))
        return found[0]

    return Cell.sub(cell, data)


def _as_value(attributes: bytes, inside: bytes, address: str, listed: bool, work: SheetWork) -> bytes:
    """The cell with the result of its formula in the formula's place."""
    if listed:
        work.replaced.append(address)
    if b"<v" not in inside:
        work.missing.append(address)
    attributes = re.sub(rb'\s*\bcm="[^"]*"', b"", attributes)
    text = re.search(rb"<v\b[^>]*>(.*?)</v>", inside, re.DOTALL)
    if text is not None and b't="str"' in attributes:  # a result that is text: typed text is stored otherwise
        return _text_cell(attributes, unescape(text[1].decode()))
    return b"<c %b>%b</c>" % (attributes, _FORMULA.sub(b"", inside))


def _text_cell(attributes: bytes, words: str) -> bytes:
    bare = re.sub(rb'\s*\bt="[^"]*"', b"", attributes)
    return b'<c %b t="inlineStr"><is><t xml:space="preserve">%b</t></is></c>' % (bare.strip(), escape(words).encode())


def _foreign_formulas(data: bytes) -> Callable[[re.Match[bytes]], bool]:
    """Whether a formula calls what a partner does not have; every distinct function is looked up once."""
    known: dict[str, bool] = {}
    shared = {
        found[1]
        for match in _FORMULA.finditer(data)
        if match[2] and is_foreign(_plain(match[2]), known) and (found := _SHARED.search(match[1]))
    }

    def foreign(formula: re.Match[bytes]) -> bool:
        number = _SHARED.search(formula[1])
        if number is not None and number[1] in shared:
            return True
        return bool(formula[2]) and is_foreign(_plain(formula[2]), known)

    return foreign


def _plain(text: bytes) -> str:
    return unescape(text.decode(), {"&quot;": '"', "&apos;": "'"})


def is_foreign(formula: str, known: dict[str, bool] | None = None) -> bool:
    """Whether a formula refers to another file, or calls a function that Excel does not have of its own.

    `known` remembers what was looked up; it may come with the workbook's own functions (LAMBDA names) as False.
    """
    known = {} if known is None else known
    bare = _TEXTS.sub('""', formula)
    if _EXTERNAL.search(bare):
        return True
    for name in _FUNCTION.findall(bare):
        if name not in known:
            problem = function_problem(name)
            known[name] = problem is not None and problem[0] == "unknown-function"
        if known[name]:
            return True
    return False


def used_columns(content: bytes) -> int:
    """Number of the last column that holds a cell."""
    return max((column_index_from_string(found[1].decode()) for found in Cell.finditer(content)), default=0)


def blank_unused_strings(content: bytes, used: Collection[int]) -> bytes:
    """The shared strings, those that no cell shows any more emptied: they may be what was taken out."""
    numbers = iter(range(len(content)))

    def item(found: re.Match[bytes]) -> bytes:
        return found[0] if next(numbers) in used else b"<si><t></t></si>"

    return re.sub(rb"<si\s*/>|<si>.*?</si>", item, content, flags=re.DOTALL)


def without_authors(content: bytes, tool: bytes = b"lossmit_xl") -> bytes:
    """A part of comments in which nobody is named."""
    for author in {found[1] for found in re.finditer(rb"<author>(.+?)</author>", content)}:
        if author != tool:
            content = content.replace(author, tool)
    return content


def without_macro_shapes(content: bytes) -> bytes:
    """A drawing without the shapes that start macros."""

    def anchor(found: re.Match[bytes]) -> bytes:
        return b"" if re.search(rb'\bmacro="[^"]+"', found[0]) else found[0]

    pattern = rb"<xdr:(twoCellAnchor|oneCellAnchor|absoluteAnchor)\b.*?</xdr:\1>"
    return re.sub(pattern, anchor, content, flags=re.DOTALL)


def shrink_table(content: bytes, columns: Collection[str]) -> bytes:
    """A table's part without its last columns, where these are among `columns`."""
    found = re.search(rb'<table\b[^>]*?\bref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"', content)
    if found is None:
        return content
    first, last = (column_index_from_string(found[place].decode()) for place in (1, 3))
    gone = [letters for letters in columns if first < column_index_from_string(letters) <= last]
    if not gone:
        return content
    from openpyxl.utils import get_column_letter

    end = get_column_letter(last - len(gone)).encode()
    old = b'ref="%b%b:%b%b"' % (found[1], found[2], found[3], found[4])
    content = content.replace(old, b'ref="%b%b:%b%b"' % (found[1], found[2], end, found[4]))
    column = re.compile(rb"<tableColumn\b[^>]*?(?:/>|>.*?</tableColumn>)", re.DOTALL)
    for entry in reversed(list(column.finditer(content))[-len(gone) :]):
        content = content[: entry.start()] + content[entry.end() :]
    kept = b'<tableColumns count="%d"' % (last - first + 1 - len(gone))
    return re.sub(rb'<tableColumns count="[0-9]+"', kept, content)


def without_relations(content: bytes, dropped: Callable[[str], bool]) -> tuple[bytes, set[str]]:
    """A part of relationships without those to dropped parts, and the ids that went."""
    gone: set[str] = set()

    def relation(found: re.Match[bytes]) -> bytes:
        target, number = (re.search(rb'\b%b="([^"]*)"' % key, found[0]) for key in (b"Target", b"Id"))
        assert target is not None and number is not None
        if dropped(target[1].decode()):
            gone.add(number[1].decode())
            return b""
        return found[0]

    return re.sub(rb"<Relationship\b[^>]*?(?:/>|></Relationship>)", relation, content), gone


def without_ids(content: bytes, gone: Collection[str]) -> bytes:
    """A part without the elements that stand for relationships that went; a page set-up only loses its printer."""
    for number in gone:
        mark = rb'\s\w+:id="%b"' % re.escape(number).encode()
        content = re.sub(rb"(<pageSetup\b[^>]*?)%b" % mark, rb"\1", content)
        content = re.sub(rb"<(\w+)\b[^<>]*?%b[^<>]*?(?:/>|></\1>)" % mark, b"", content)
    return content
